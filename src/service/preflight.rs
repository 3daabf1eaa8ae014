//! The pre-flight of connections: gathers what each needs, runs all of it over shared questions, and
//! says how it came out. SPEC F1-F7.

pub mod formats;
mod ground;
mod kept;
mod needed;
mod people;
#[cfg(test)]
mod tests;
mod waived;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

pub use ground::Means;
pub use kept::Results;
pub use needed::{Needed, manifest, needed};
pub use people::{Domain, agree, domains, signed_in, waiting};
pub use waived::Waived;

use jiff::civil::Date;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::backend::graph::{DeviceCode, DeviceLogin, Endpoints, find_tenant};
use crate::backend::http::Http;
use crate::backend::{BackendError, Place};
use crate::checks::directory::{self, Account};
use crate::checks::preflight::{Run, SignIn, Subject, TenantRef, Who, id, is_local, rows};
use crate::checks::{
    Cause, Check, CheckResult, Finished, Level, Limits, Need, Outcome, Skip, Sort, Stop, run,
};
use crate::domain::context::Missed;
use crate::domain::preflight::PASSED;
pub use crate::domain::preflight::{Counts, Kept};
use crate::domain::{ConnectionId, Secret, Timestamp};
use crate::permissions::import;
use crate::text::{counted, shown};

/// Records read at a time.
const PAGE: usize = 500;
/// Checks under way at once, in the order of the plan.
pub const AT_ONCE: usize = 16;
/// Longest time of a whole run.
pub const WHOLE: Duration = Duration::from_secs(15 * 60);

/// Which checks are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these, by id or family; empty: all.
    pub only: Vec<String>,
    /// Not these, by id or family.
    pub skip: Vec<String>,
    /// Only those that need nothing but this machine.
    pub offline: bool,
}

impl Selection {
    fn takes(&self, check: &Check<Subject>) -> bool {
        let meant = |words: &[String]| words.iter().any(|word| is_meant(word, check.id));
        (self.only.is_empty() || meant(&self.only))
            && !meant(&self.skip)
            && (!self.offline || is_local(check))
    }
}

/// Whether a word names a check: its id, or the family before the dot.
fn is_meant(word: &str, id: &str) -> bool {
    word == id || id.split_once('.').is_some_and(|(family, _)| family == word)
}

/// Every check with what it proves.
pub fn checks() -> Vec<(&'static str, &'static str)> {
    rows().iter().map(|it| (it.id, it.proves)).collect()
}

/// Every word that names checks: families, then ids.
pub fn words() -> Vec<(String, &'static str)> {
    let all = rows();
    let mut out: Vec<(String, &'static str)> = Vec::new();
    for row in &all {
        let family = row.id.split_once('.').map(|it| it.0);
        if let Some(family) = family.filter(|it| !out.iter().any(|known| known.0 == **it)) {
            out.push((family.to_owned(), "all checks whose id begins so"));
        }
    }
    out.extend(all.iter().map(|it| (it.id.to_owned(), it.proves)));
    out
}

/// What is to be checked.
#[derive(Debug)]
pub struct Plan {
    subjects: Vec<Subject>,
    checks: Vec<Check<Subject>>,
    /// Connections whose form was never filled in: there is nothing to check.
    pub listed_only: usize,
    /// Checks that `--offline` leaves out of all connections together.
    pub left_out: usize,
    /// Checks that do not count when they fail.
    pub waived: Waived,
}

impl Plan {
    /// How many checks will be made.
    pub fn total(&self) -> usize {
        self.asked(&self.checks)
    }

    /// Every check that will be made, connection by connection, in the order in which they begin.
    pub fn asked_of(&self) -> impl Iterator<Item = (&Subject, Vec<&Check<Subject>>)> {
        self.subjects
            .iter()
            .map(|subject| (subject, self.checks.iter().filter(|it| (it.when)(subject)).collect()))
    }

    /// How many connections are checked.
    pub const fn connections(&self) -> usize {
        self.subjects.len()
    }

    /// The domain accounts that would sign in, each with the connections that name it.
    pub fn sign_ins(&self) -> BTreeMap<Account, Vec<String>> {
        let mut all: BTreeMap<Account, Vec<String>> = BTreeMap::new();
        for subject in &self.subjects {
            if self.checks.iter().any(|it| directory::signs_in(it) && (it.when)(subject))
                && let Some(account) = Account::of(subject)
            {
                all.entry(account).or_default().push(subject.name.clone());
            }
        }
        all
    }

    /// The revision of each connection that is checked.
    pub fn revisions(&self) -> HashMap<ConnectionId, u32> {
        self.subjects.iter().map(|it| (it.connection, it.revision)).collect()
    }

    /// The tenants that a check needs a sign-in for, each once.
    pub fn tenants(&self) -> Vec<TenantRef> {
        let mut out: Vec<TenantRef> = Vec::new();
        let signs_in = |it: &&Subject| {
            self.checks.iter().any(|check| needs_sign_in(check) && (check.when)(it))
        };
        for tenant in self.subjects.iter().filter(signs_in).filter_map(|it| it.tenant.as_ref()) {
            if !out.iter().any(|it| it.id == tenant.id) {
                out.push(tenant.clone());
            }
        }
        out
    }

    /// The same on another run.
    #[must_use]
    pub fn on(mut self, run: &Run) -> Self {
        for it in &mut self.subjects {
            it.run = run.clone();
        }
        self
    }

    fn asked(&self, checks: &[Check<Subject>]) -> usize {
        let of = |subject: &Subject| checks.iter().filter(|it| (it.when)(subject)).count();
        self.subjects.iter().map(of).sum()
    }
}

/// Reads connections and what the directory knows of them.
///
/// # Errors
/// What the backend answers.
pub async fn prepare(
    place: &Place,
    which: &[ConnectionId],
    run: &Run,
    selection: &Selection,
) -> Result<Plan, BackendError> {
    let directory = super::directory::whole(place).await?;
    let (mut subjects, mut listed_only) = (Vec::with_capacity(which.len()), 0);
    for page in which.chunks(PAGE) {
        for connection in place.connections(page.to_vec()).await? {
            match Subject::of(run, &connection, &directory) {
                Some(subject) => subjects.push(subject),
                None => listed_only += 1,
            }
        }
    }
    let (checks, rest): (Vec<_>, Vec<_>) = rows().into_iter().partition(|it| selection.takes(it));
    let plan = Plan { subjects, checks, listed_only, left_out: 0, waived: Waived::default() };
    let online = Selection { offline: false, ..selection.clone() };
    let rest: Vec<_> = rest.into_iter().filter(|it| online.takes(it)).collect();
    Ok(Plan { left_out: plan.asked(&rest), ..plan })
}

/// Lets a person sign in by device code; `on_code` shows it. The token is kept in memory only, and is
/// not taken when it is of another tenant, app or person.
///
/// # Errors
/// [`Cause`].
pub async fn person(
    http: &Http,
    endpoints: &Endpoints,
    it: &SignIn,
    on_code: &mut dyn FnMut(&DeviceCode),
) -> Result<Secret, Cause> {
    let login = DeviceLogin { tenant: it.tenant.clone(), client_id: it.client_id };
    let expected = match Uuid::try_parse(&it.tenant) {
        Ok(id) => Some(id),
        Err(_) => find_tenant(http, &endpoints.login, &it.tenant).await?.map(|it| it.id),
    };
    let code = login.begin(http, endpoints).await?;
    on_code(&code);
    let token = login.finish(http, endpoints, &code).await?;
    let claims = import::token(token.expose())
        .map_err(|why| Cause::new(Sort::Refused, format!("the token cannot be read: {why}"), ""))?;
    let refused = |what: String| {
        Cause::new(Sort::Refused, what, format!("Sign in as meant by [signins.{}].", it.name))
    };
    if claims.tenant.is_none() || claims.tenant != expected {
        return Err(refused("the token is of another tenant than the sign-in".to_owned()));
    }
    if claims.app_id.is_some_and(|id| id != it.client_id) {
        return Err(refused("the token is of another app than the sign-in".to_owned()));
    }
    match (&it.who, &claims.user) {
        (Who::Person { user: Some(wanted), .. }, Some(user))
            if !wanted.eq_ignore_ascii_case(user) =>
        {
            Err(refused(format!("{} signed in, not {}", shown(user), shown(wanted))))
        }
        (Who::Person { user: Some(wanted), .. }, None) => {
            Err(refused(format!("the token does not say that {} signed in", shown(wanted))))
        }
        _ => Ok(token),
    }
}

/// Those of these connections whose last result is none of their present revision, or did not pass.
///
/// # Errors
/// What the backend answers.
pub async fn changed(
    place: &Place,
    which: Vec<ConnectionId>,
    results: &Results,
) -> Result<Vec<ConnectionId>, BackendError> {
    let mut out = Vec::new();
    for page in which.chunks(PAGE) {
        for it in place.connections(page.to_vec()).await? {
            let fine = results
                .read(it.id)
                .is_some_and(|kept| kept.is_current(it.revision) && kept.has_passed());
            if !fine {
                out.push(it.id);
            }
        }
    }
    Ok(out)
}

/// A check of a connection that came to its end.
#[derive(Debug, Clone)]
pub struct Line {
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
    /// Its context, where several were checked.
    pub context: Option<Arc<str>>,
    /// What it came to.
    pub outcome: Outcome,
    /// The same for people.
    pub result: CheckResult,
    /// What it came to before it was waived.
    before: Option<Box<(Outcome, CheckResult)>>,
}

impl Line {
    /// The name of the connection, with its context where several were checked.
    pub fn title(&self) -> Cow<'_, str> {
        match &self.context {
            None => Cow::Borrowed(&self.name),
            Some(context) => format!("{context}: {}", self.name).into(),
        }
    }

    /// A check as it came out.
    pub const fn new(
        connection: ConnectionId,
        name: String,
        outcome: Outcome,
        result: CheckResult,
    ) -> Self {
        Self { connection, name, context: None, outcome, result, before: None }
    }

    /// The word for why it was not made.
    pub fn reason(&self) -> Option<&'static str> {
        match &self.outcome {
            Err(Stop::Skip(why)) => Some(why.slug()),
            Ok(_) | Err(Stop::Fault(_)) => None,
        }
    }

    /// Why it does not count though it failed, and the last day of that; `None`: it is not waived.
    pub fn waived(&self) -> Option<(&str, Option<Date>)> {
        match &self.outcome {
            Err(Stop::Skip(Skip::Waived { reason, expires, .. })) => Some((reason, *expires)),
            Ok(_) | Err(_) => None,
        }
    }

    /// As it was found, whoever answers for it.
    fn unwaived(mut self) -> Self {
        if let Some(before) = self.before.take() {
            (self.outcome, self.result) = *before;
        }
        self
    }
}

/// What the run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing that was checked stands against it.
    Passed,
    /// A check failed.
    Failed,
    /// Sign-ins were tried and none worked.
    NotSignedIn,
    /// It was ended before it was through, and nothing failed until then.
    Unfinished,
}

impl Verdict {
    /// The word for programs.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Passed => PASSED,
            Self::Failed => "failed",
            Self::NotSignedIn => "not-signed-in",
            Self::Unfinished => "unfinished",
        }
    }
}

/// How a run came out.
#[derive(Debug, Clone)]
pub struct Report {
    /// When it began.
    pub at: Timestamp,
    /// Connections that were checked.
    pub connections: usize,
    /// Every check, by connection and in the order of the rows.
    pub lines: Vec<Line>,
    /// As in [`Plan`].
    pub listed_only: usize,
    /// As in [`Plan`].
    pub left_out: usize,
    /// The contexts that could not be checked, where there are several; `None`: there is one.
    pub failed: Option<Vec<Missed>>,
}

impl Report {
    /// One report of several contexts.
    pub fn merged(at: Timestamp, parts: Vec<(Arc<str>, Self)>, failed: Vec<Missed>) -> Self {
        let (lines, failed) = (Vec::new(), Some(failed));
        let mut out = Self { at, connections: 0, lines, listed_only: 0, left_out: 0, failed };
        for (context, part) in parts {
            out.connections += part.connections;
            out.listed_only += part.listed_only;
            out.left_out += part.left_out;
            let of = |it| Line { context: Some(Arc::clone(&context)), ..it };
            out.lines.extend(part.lines.into_iter().map(of));
        }
        out
    }

    /// The contexts that could not be checked.
    pub fn missed(&self) -> &[Missed] {
        self.failed.as_deref().unwrap_or_default()
    }

    /// The same without its lines.
    const fn empty(&self) -> Self {
        Self {
            at: self.at,
            connections: 0,
            lines: Vec::new(),
            listed_only: self.listed_only,
            left_out: self.left_out,
            failed: None,
        }
    }

    /// The report with the lines of a later run in place of those that they repeat.
    #[must_use]
    pub fn with(mut self, later: Self) -> Self {
        for line in later.lines {
            let same = |it: &&mut Line| {
                it.connection == line.connection && it.result.check == line.result.check
            };
            if let Some(old) = self.lines.iter_mut().find(same) {
                *old = line;
            }
        }
        self.at = later.at;
        self
    }

    /// The report by these waivers in place of those of the run, and which of its lines are others now.
    #[must_use]
    pub fn waived(mut self, waived: &Waived, now: Timestamp) -> (Self, Vec<Line>) {
        let mut changed = Vec::new();
        for line in &mut self.lines {
            let new = waived.applied(line.clone(), now);
            if new.result != line.result {
                changed.push(new.clone());
                *line = new;
            }
        }
        (self, changed)
    }

    /// How many came out how.
    pub fn counts(&self) -> Counts {
        let mut out = Counts::default();
        for line in &self.lines {
            match line.result.level {
                Level::Ok => out.ok += 1,
                Level::Skipped => out.skipped += 1,
                Level::Warning => out.warnings += 1,
                Level::Fail => out.failed += 1,
            }
        }
        out
    }

    /// How many were not made, but for those that somebody answers for.
    pub fn unanswered(&self) -> usize {
        let skipped = self.lines.iter().filter(|it| it.result.level == Level::Skipped);
        skipped.filter(|it| it.reason() != Some("waived")).count()
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let ended =
            |it: &Line| matches!(it.outcome, Err(Stop::Skip(Skip::Cancelled | Skip::TimeUp(_))));
        // Where its own check is not part of the run, whoever needed the sign-in reports it.
        let refused =
            |it: &Line| matches!(&it.outcome, Err(Stop::Fault(it)) if it.owner == id::SIGN_IN);
        let signs_in = |check: &str| rows().iter().any(|it| it.id == check && needs_sign_in(it));
        let works = |it: &Line| it.outcome.is_ok() && signs_in(&it.result.check);
        if self.lines.iter().any(refused) && !self.lines.iter().any(works) {
            Verdict::NotSignedIn
        } else if self.counts().failed > 0 {
            Verdict::Failed
        } else if self.lines.iter().any(ended) {
            Verdict::Unfinished
        } else {
            Verdict::Passed
        }
    }

    /// In one line.
    pub fn summary(&self) -> String {
        let Counts { ok, skipped, warnings, failed } = self.counts();
        let (connections, checks) = (self.connections, self.lines.len());
        let mut parts = Vec::new();
        for (count, word) in [(failed, "failed"), (ok, "ok"), (skipped, "skipped")] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        if warnings > 0 {
            parts.insert(usize::from(failed > 0), counted(warnings, "warning"));
        }
        let (connections, checks) = (counted(connections, "connection"), counted(checks, "check"));
        match parts.is_empty() {
            true => format!("{connections}, {checks}"),
            false => format!("{connections}, {checks}: {}", parts.join(", ")),
        }
    }
}

/// Whether a check comes to nothing without a sign-in.
fn needs_sign_in(check: &Check<Subject>) -> bool {
    let reads = check.needs.iter().any(|it| matches!(it, Need::Permission(_)));
    reads || [id::SIGN_IN, id::GRAPH].contains(&check.id)
}

/// Makes the checks and reports each as it ends. Ends at once when cancelled: what is known by then
/// is in the report.
pub async fn preflight(
    ground: &Run,
    plan: Plan,
    cancel: &CancellationToken,
    on_line: &mut dyn FnMut(&Line),
) -> Report {
    let limits = Limits { at_once: AT_ONCE, whole: WHOLE };
    let line = |it: &Finished| {
        let subject = plan.subjects.get(it.subject)?;
        let (outcome, result) = (it.outcome.clone(), it.result.clone());
        let line = Line::new(subject.connection, subject.name.clone(), outcome, result);
        Some(plan.waived.applied(line, ground.now))
    };
    let mut on_finished = |it: &Finished| line(it).iter().for_each(&mut *on_line);
    let lookups = &ground.lookups;
    let mut all =
        run(lookups, &plan.subjects, &plan.checks, limits, cancel, &mut on_finished).await;
    let place = |it: &Finished| plan.checks.iter().position(|row| row.id == it.result.check);
    all.sort_by_key(|it| (it.subject, place(it)));
    Report {
        at: ground.now,
        connections: plan.subjects.len(),
        lines: all.iter().filter_map(line).collect(),
        listed_only: plan.listed_only,
        left_out: plan.left_out,
        failed: None,
    }
}
