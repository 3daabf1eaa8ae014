//! State of the pre-flight screen: which connections and checks there are, what came of them, what of
//! it is shown and where one is. Answers come while it is looked at, so the cursor stands on a line
//! by what it is and not by its number.

mod talk;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

pub use talk::{Ask, Bind, Code, Ended, Plan, Progress, Rejudged, Reply, SignIn, Waive, Wish};

use jiff::civil::Date;

use super::effect::RequestId;
use crate::checks::Level;
use crate::domain::{ConnectionId, ConnectionType, Timestamp};

/// A connection that is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its identity.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ConnectionType,
    /// The tenant or domain that it reaches; empty: none.
    pub reaches: String,
    /// Its checks, in the order of the rows.
    pub checks: Vec<Check>,
}

/// A check of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its id.
    pub id: &'static str,
    /// What it is part of.
    pub area: &'static str,
    /// What is true when it is fine.
    pub proves: &'static str,
    /// Field of the form that it is about.
    pub field: Option<&'static str>,
    /// What came of it; `None`: nothing yet.
    pub found: Option<Found>,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How it came out.
    pub level: Level,
    /// The word for why it was not made.
    pub reason: Option<&'static str>,
    /// What was seen, as it came.
    pub text: String,
    /// What to do; empty when all is well.
    pub fix: String,
    /// How long it took, where it was made.
    pub took: Option<Duration>,
    /// Why it does not count though it failed, and the last day of that.
    pub waived: Option<(String, Option<Date>)>,
}

impl Check {
    /// How it came out; `None`: it did not yet.
    pub fn level(&self) -> Option<Level> {
        self.found.as_ref().map(|it| it.level)
    }

    /// Whether it did not come to an end that says something about the connection, so that it is worth
    /// another try.
    fn is_open(&self) -> bool {
        self.found.as_ref().is_none_or(|it| {
            it.level == Level::Fail
                || matches!(it.reason, Some("after" | "cancelled" | "timed-out" | "declined"))
        })
    }
}

/// An entry of the connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Entry {
    /// All of them together.
    #[default]
    All,
    /// One, by its place in the plan.
    One(usize),
}

/// Checks under one heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Those of one area.
    Area(&'static str),
    /// Those that came out alike; `None`: not yet.
    Level(Option<Level>),
}

impl Group {
    /// Whether it is folded unless somebody unfolds it.
    const fn is_folded_at_first(self) -> bool {
        matches!(self, Self::Level(None | Some(Level::Ok | Level::Skipped)))
    }
}

/// A line of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A heading, with how many checks of it are done of how many.
    Head(Group, (usize, usize)),
    /// A check, by the places of connection and check; the last of its group.
    Check(usize, usize, bool),
}

impl Line {
    /// Whether both are the same line, whatever it counts by now.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Head(a, _), Self::Head(b, _)) => a == b,
            (Self::Check(a, b, _), Self::Check(c, d, _)) => (a, b) == (c, d),
            (Self::Head(..) | Self::Check(..), _) => false,
        }
    }
}

/// How many checks came out how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Do not work.
    pub failed: usize,
    /// Work, but not well.
    pub warnings: usize,
    /// As they should be.
    pub passed: usize,
    /// Not checked.
    pub skipped: usize,
    /// Those of them that were ended before they were through.
    pub ended: usize,
    /// Not finished.
    pub waiting: usize,
}

impl Tally {
    fn of<'a>(checks: impl Iterator<Item = &'a Check>) -> Self {
        let mut out = Self::default();
        for check in checks {
            *(match check.level() {
                None => &mut out.waiting,
                Some(Level::Fail) => &mut out.failed,
                Some(Level::Warning) => &mut out.warnings,
                Some(Level::Skipped) => &mut out.skipped,
                Some(Level::Ok) => &mut out.passed,
            }) += 1;
            let reason = check.found.as_ref().and_then(|it| it.reason);
            out.ended += usize::from(matches!(reason, Some("cancelled" | "timed-out")));
        }
        out
    }

    /// How many there are.
    pub const fn total(&self) -> usize {
        self.done() + self.waiting
    }

    /// How many came to an end.
    pub const fn done(&self) -> usize {
        self.failed + self.warnings + self.passed + self.skipped
    }

    /// The worst of those that came to an end; `None`: none did. What was ended before it was through is
    /// not fine, whatever else is.
    pub const fn worst(&self) -> Option<Level> {
        match self {
            Self { failed: 1.., .. } => Some(Level::Fail),
            Self { warnings: 1.., .. } => Some(Level::Warning),
            Self { ended: 1.., .. } => Some(Level::Skipped),
            Self { passed: 1.., .. } => Some(Level::Ok),
            Self { skipped: 1.., .. } => Some(Level::Skipped),
            _ => None,
        }
    }
}

/// The screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// What was asked for.
    pub wish: Wish,
    /// The connections with their checks; empty until they are known.
    pub connections: Vec<Checked>,
    /// Connections whose form was never filled in.
    pub listed_only: usize,
    /// Checks that an offline run leaves out.
    pub left_out: usize,
    /// The run under way.
    pub request: Option<RequestId>,
    /// It was asked to end.
    pub stopping: bool,
    /// When it began, and when it ended.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Longest time of the whole run.
    pub limit: Duration,
    /// What it came to.
    pub verdict: &'static str,
    /// Why there is nothing, in one line.
    pub error: Option<String>,
    /// What it waits for.
    pub ask: Option<Box<Ask>>,
    /// The checks have the keys; else the connections.
    pub in_checks: bool,
    /// Cursor of the connections.
    pub entry: Entry,
    /// Cursor of the checks; `None`: the first line.
    pub line: Option<Line>,
    /// Where that line was, should it be gone.
    pub line_at: usize,
    /// Groups that are not as they are at first.
    pub turned: BTreeSet<Group>,
    /// Only what failed or warns is shown.
    pub only_bad: bool,
    /// Connections in the order in which they are shown.
    order: Vec<usize>,
    places: HashMap<ConnectionId, usize>,
    at_once: usize,
}

impl Screen {
    /// The screen before anything is known.
    pub fn new(wish: Wish, request: RequestId, now: Timestamp) -> Self {
        Self {
            wish,
            connections: Vec::new(),
            listed_only: 0,
            left_out: 0,
            request: Some(request),
            stopping: false,
            began: now,
            ended: None,
            limit: Duration::ZERO,
            verdict: "",
            error: None,
            ask: None,
            in_checks: false,
            entry: Entry::All,
            line: None,
            line_at: 0,
            turned: BTreeSet::new(),
            only_bad: false,
            order: Vec::new(),
            places: HashMap::new(),
            at_once: 0,
        }
    }

    /// Whether a run is under way.
    pub const fn is_running(&self) -> bool {
        self.request.is_some()
    }

    /// How long it took, or takes by now.
    pub fn elapsed(&self, now: Timestamp) -> Duration {
        let until = self.ended.unwrap_or(now);
        Duration::try_from(until.duration_since(self.began)).unwrap_or_default()
    }

    /// How many of all came out how.
    pub fn tally(&self) -> Tally {
        Tally::of(self.connections.iter().flat_map(|it| &it.checks))
    }

    /// How many of a connection came out how.
    pub fn tally_of(&self, connection: usize) -> Tally {
        Tally::of(self.connections.get(connection).into_iter().flat_map(|it| &it.checks))
    }

    /// The entries of the connections; all together where there are several.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let all = (self.connections.len() > 1).then_some(Entry::All);
        all.into_iter().chain(self.order.iter().map(|it| Entry::One(*it)))
    }

    /// The place of the cursor among the entries.
    pub fn entry_at(&self) -> usize {
        self.entries().position(|it| it == self.entry).unwrap_or(0)
    }

    /// The connection whose checks are shown; `None`: those of all.
    pub fn shown(&self) -> Option<&Checked> {
        match self.entry {
            Entry::All => None,
            Entry::One(at) => self.connections.get(at),
        }
    }

    /// A check.
    pub fn check(&self, connection: usize, check: usize) -> Option<(&Checked, &Check)> {
        let of = self.connections.get(connection)?;
        Some((of, of.checks.get(check)?))
    }

    /// The check under the cursor, if it has the keys.
    pub fn current(&self) -> Option<(&Checked, &Check)> {
        match self.line()? {
            Line::Check(connection, check, _) => self.check(connection, check),
            Line::Head(..) => None,
        }
    }

    /// Whether a check is under way: the runner takes them in the order of the plan, so many at once.
    pub fn under_way(&self) -> BTreeSet<(usize, usize)> {
        if !self.is_running() {
            return BTreeSet::new();
        }
        let all = self.connections.iter().enumerate().flat_map(|(at, it)| {
            it.checks.iter().enumerate().map(move |(check, it)| ((at, check), it))
        });
        all.filter(|(_, it)| it.found.is_none()).map(|it| it.0).take(self.at_once).collect()
    }

    fn is_shown(&self, check: &Check) -> bool {
        !self.only_bad || matches!(check.level(), Some(Level::Fail | Level::Warning))
    }

    /// Whether the checks of a group are out of sight.
    pub fn is_folded(&self, group: Group) -> bool {
        group.is_folded_at_first() != self.turned.contains(&group)
    }

    /// The lines of the checks. Those of one connection by area, what failed first once the run has
    /// ended; those of all by how they came out.
    pub fn lines(&self) -> Vec<Line> {
        let groups = match self.entry {
            Entry::One(at) => self.by_area(at),
            Entry::All => self.by_level(),
        };
        let mut lines = Vec::new();
        for (group, mut places) in groups {
            let done = places.iter().filter(|(connection, check)| {
                self.check(*connection, *check).is_some_and(|it| it.1.found.is_some())
            });
            let counts = (done.count(), places.len());
            places.retain(|(connection, check)| {
                self.check(*connection, *check).is_some_and(|it| self.is_shown(it.1))
            });
            if places.is_empty() {
                continue;
            }
            lines.push(Line::Head(group, counts));
            if self.is_folded(group) {
                continue;
            }
            let last = places.len() - 1;
            let line = |(at, (connection, check))| Line::Check(connection, check, at == last);
            lines.extend(places.into_iter().enumerate().map(line));
        }
        lines
    }

    fn by_area(&self, connection: usize) -> Vec<(Group, Vec<(usize, usize)>)> {
        let Some(of) = self.connections.get(connection) else { return Vec::new() };
        let mut groups: Vec<(Group, Vec<(usize, usize)>)> = Vec::new();
        for (check, it) in of.checks.iter().enumerate() {
            let group = Group::Area(it.area);
            match groups.iter_mut().find(|known| known.0 == group) {
                Some(known) => known.1.push((connection, check)),
                None => groups.push((group, vec![(connection, check)])),
            }
        }
        if !self.is_running() {
            let level = |(_, check): &(usize, usize)| of.checks.get(*check).and_then(Check::level);
            for (_, places) in &mut groups {
                places.sort_by_key(|it| std::cmp::Reverse(level(it)));
            }
            groups.sort_by_key(|it| std::cmp::Reverse(it.1.first().and_then(level)));
        }
        groups
    }

    fn by_level(&self) -> Vec<(Group, Vec<(usize, usize)>)> {
        let levels =
            [Some(Level::Fail), Some(Level::Warning), None, Some(Level::Skipped), Some(Level::Ok)];
        let mut groups: Vec<(Group, Vec<(usize, usize)>)> =
            levels.iter().map(|it| (Group::Level(*it), Vec::new())).collect();
        for connection in &self.order {
            let Some(of) = self.connections.get(*connection) else { continue };
            for (check, it) in of.checks.iter().enumerate() {
                let group = levels.iter().position(|level| *level == it.level());
                if let Some((_, places)) = group.and_then(|at| groups.get_mut(at)) {
                    places.push((*connection, check));
                }
            }
        }
        groups
    }

    /// The place of the cursor in these lines: on its line, or where that was.
    pub fn place(&self, lines: &[Line]) -> usize {
        let found = self.line.and_then(|line| lines.iter().position(|it| it.is(&line)));
        found.unwrap_or(self.line_at).min(lines.len().saturating_sub(1))
    }

    /// The line under the cursor.
    pub fn line(&self) -> Option<Line> {
        let lines = self.lines();
        lines.get(self.place(&lines)).copied()
    }

    /// Checks worth another try: which, and of which connections.
    pub fn open_checks(&self) -> Wish {
        let mut wish = Wish { offline: self.wish.offline, ..Wish::default() };
        for it in &self.connections {
            let open: Vec<&Check> = it.checks.iter().filter(|it| it.is_open()).collect();
            if !open.is_empty() {
                wish.which.push(it.id);
            }
            for check in open {
                if wish.only.iter().all(|known| known != check.id) {
                    wish.only.push(check.id.to_owned());
                }
            }
        }
        wish
    }

    pub(super) fn go(&mut self, lines: &[Line], to: usize) {
        self.line_at = to.min(lines.len().saturating_sub(1));
        self.line = lines.get(self.line_at).copied();
    }

    /// Shows the checks of another entry, from the first.
    pub(super) fn choose(&mut self, at: usize) {
        let entry = self.entries().nth(at).filter(|it| *it != self.entry);
        if let Some(entry) = entry {
            self.entry = entry;
            self.line = None;
            self.line_at = 0;
        }
    }

    /// Folds or unfolds the group of the line under the cursor, which goes to its heading.
    pub(super) fn fold(&mut self) {
        let lines = self.lines();
        let at = self.place(&lines);
        let head = lines.iter().take(at + 1).rposition(|it| matches!(it, Line::Head(..)));
        let Some(Line::Head(group, _)) = head.and_then(|it| lines.get(it)) else { return };
        if !self.turned.remove(group) {
            self.turned.insert(*group);
        }
        self.go(&lines, head.unwrap_or(0));
    }

    /// Takes what is going to be checked. Of a run that repeats some checks, their old results go.
    pub(super) fn planned(&mut self, plan: Plan) {
        self.limit = plan.limit;
        self.at_once = plan.at_once;
        self.listed_only = plan.listed_only;
        self.left_out = plan.left_out;
        if self.connections.is_empty() {
            self.order = (0..plan.connections.len()).collect();
            self.places = plan.connections.iter().enumerate().map(|(at, it)| (it.id, at)).collect();
            self.connections = plan.connections;
            if self.connections.len() == 1 {
                self.entry = Entry::One(0);
            }
            return;
        }
        for again in plan.connections {
            let place = self.places.get(&again.id).copied();
            let Some(old) = place.and_then(|it| self.connections.get_mut(it)) else { continue };
            for check in again.checks {
                if let Some(old) = old.checks.iter_mut().find(|it| it.id == check.id) {
                    old.found = None;
                }
            }
        }
    }

    /// Takes what came of a check.
    pub(super) fn found(&mut self, connection: ConnectionId, check: &str, found: Found) {
        let place = self.places.get(&connection).copied();
        let Some(of) = place.and_then(|it| self.connections.get_mut(it)) else { return };
        if let Some(check) = of.checks.iter_mut().find(|it| it.id == check) {
            check.found = Some(found);
        }
    }

    /// The run ended: what failed comes first.
    pub(super) fn ended(&mut self, now: Timestamp, verdict: &'static str) {
        self.request = None;
        self.stopping = false;
        self.ended = Some(now);
        self.ask = None;
        self.judged(verdict);
    }

    /// It comes to this; what failed comes first.
    pub(super) fn judged(&mut self, verdict: &'static str) {
        self.verdict = verdict;
        let mut order: Vec<usize> = (0..self.connections.len()).collect();
        order.sort_by_key(|it| {
            let tally = self.tally_of(*it);
            std::cmp::Reverse((tally.failed, tally.warnings))
        });
        self.order = order;
    }
}
