//! State of the audit screen: the report, what of it is shown, and where one is.

use std::sync::Arc;

use super::RequestId;
use super::geometry::scroll;
use super::search::Search;
use crate::audit::report::LEVELS;
use crate::audit::{Hit, Report, Rule};
use crate::backend::BackendError;
use crate::domain::health::Level;
use crate::text::shown;

/// The audit screen. Whoever comes back to it finds the cursor on the same finding.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Screen {
    /// The last report; `None`: there was none yet.
    pub report: Option<Arc<Report>>,
    /// Audit under way.
    pub loading: Option<RequestId>,
    /// Why the last one failed; the old report stays.
    pub error: Option<BackendError>,
    /// Only findings of this level; `None`: all.
    pub level: Option<Level>,
    /// Only findings with this in connection, tenant, rule or detail.
    pub search: Search,
    /// Findings stand by rule; otherwise by level.
    pub by_rule: bool,
    /// Indexes of the findings that pass.
    pub shown: Vec<u32>,
    /// Where each group begins, as indexes into `shown`; groups without finding have none.
    pub starts: Vec<(Group, usize)>,
    /// Cursor, an index into `shown`.
    pub at: usize,
    /// First visible line; heads of groups are lines too.
    pub top: usize,
    /// First line shown of the details.
    pub details_top: usize,
    /// The details are hidden.
    pub plain: bool,
}

impl Screen {
    /// The finding under the cursor.
    pub fn current(&self) -> Option<&Hit> {
        self.hit(self.at)
    }

    /// The finding at a place in `shown`.
    pub fn hit(&self, place: usize) -> Option<&Hit> {
        let at = usize::try_from(*self.shown.get(place)?).ok()?;
        self.report.as_deref()?.hits.get(at)
    }

    /// How many findings of a group are shown.
    pub fn count(&self, group: Group) -> usize {
        let place = self.starts.iter().position(|(it, _)| *it == group);
        let Some(place) = place else { return 0 };
        let from = self.starts.get(place).map_or(0, |it| it.1);
        self.starts.get(place + 1).map_or(self.shown.len(), |it| it.1) - from
    }

    /// Lines of the list: findings, and a head for each group.
    pub fn lines(&self) -> usize {
        self.shown.len() + self.starts.len()
    }

    /// The line of a finding.
    pub fn line_of(&self, place: usize) -> usize {
        place + self.starts.iter().filter(|(_, from)| *from <= place).count()
    }

    /// What stands on a line: the head of a group, or a place in `shown`.
    pub fn at_line(&self, line: usize) -> Line {
        let mut heads = 0;
        for (group, from) in &self.starts {
            let head = from + heads;
            if line == head {
                return Line::Head(*group);
            }
            if line < head {
                break;
            }
            heads += 1;
        }
        Line::Finding(line - heads)
    }

    /// Whether something narrows what is shown.
    pub fn is_narrowed(&self) -> bool {
        self.level.is_some() || !self.search.is_empty()
    }

    /// Recomputes what is shown; the cursor stays on its finding where it is still there.
    pub(super) fn apply(&mut self, height: usize) {
        let anchor = self.current().map(|hit| hit.fingerprint);
        let words = self.search.words();
        let level = self.level;
        self.starts.clear();
        self.shown.clear();
        let Some(report) = self.report.clone() else { return };
        for (at, hit) in (0u32..).zip(&report.hits) {
            let passes = hit.counts() && level.is_none_or(|it| it == hit.rule.level);
            if !passes || !words.are_in(&texts(hit)) {
                continue;
            }
            self.shown.push(at);
        }
        let hit = |at: &u32| usize::try_from(*at).ok().and_then(|at| report.hits.get(at));
        if self.by_rule {
            let place = |hit: &Hit| report.rules.iter().position(|it| it.id == hit.rule.id);
            // Stable: within a rule they stay in the order of the report.
            self.shown.sort_by_cached_key(|at| hit(at).and_then(place));
        }
        for (place, hit) in self.shown.iter().filter_map(hit).enumerate() {
            let group = Group::of(hit, self.by_rule);
            if self.starts.last().is_none_or(|(it, _)| *it != group) {
                self.starts.push((group, place));
            }
        }
        let same = |place: &usize| self.hit(*place).map(|hit| hit.fingerprint) == anchor;
        let found = anchor.and_then(|_| (0..self.shown.len()).find(same));
        self.at = found.unwrap_or(self.at).min(self.shown.len().saturating_sub(1));
        if found.is_none() {
            self.details_top = 0;
        }
        self.keep_in_view(height);
    }

    /// Keeps the cursor on screen, and the head above it where that is the line above.
    pub(super) fn keep_in_view(&mut self, height: usize) {
        let line = self.line_of(self.at);
        let above = matches!(self.at_line(line.saturating_sub(1)), Line::Head(_));
        let first = if above { line.saturating_sub(1) } else { line };
        let last_top = self.lines().saturating_sub(height);
        self.top = scroll(self.top.min(last_top), line, height);
        if height > 1 {
            self.top = self.top.min(first);
        }
    }

    /// The next level to show alone; after the last all of them.
    pub(super) fn next_level(&mut self) {
        let at = self.level.and_then(|level| LEVELS.iter().position(|it| *it == level));
        self.level = match at {
            None => LEVELS.first().copied(),
            Some(at) => LEVELS.get(at + 1).copied(),
        };
    }
}

/// What findings have in common that stand under one head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Their level.
    Level(Level),
    /// Their rule.
    Rule(&'static Rule),
}

impl Group {
    const fn of(hit: &Hit, by_rule: bool) -> Self {
        if by_rule { Self::Rule(hit.rule) } else { Self::Level(hit.rule.level) }
    }
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The head of a group.
    Head(Group),
    /// A finding, by its place in what is shown.
    Finding(usize),
}

/// What of a finding is searched.
fn texts(hit: &Hit) -> [&str; 5] {
    [&hit.subject.name, &hit.subject.tenant, hit.rule.id, hit.rule.title, &hit.detail]
}

/// Everything about a finding, label and text; what comes from outside is escaped.
pub fn facts(hit: &Hit) -> Vec<(&'static str, String)> {
    let rule = hit.rule;
    let mut facts = vec![
        ("Found", shown(&hit.detail).into_owned()),
        ("Problem", rule.means.to_owned()),
        ("Why", rule.why.to_owned()),
        ("Fix", rule.fix.to_owned()),
        ("Where", rule.with.to_owned()),
        ("Rule", rule.named()),
    ];
    if !hit.subject.tenant.is_empty() {
        facts.insert(1, ("Tenant", shown(&hit.subject.tenant).into_owned()));
    }
    facts
}
