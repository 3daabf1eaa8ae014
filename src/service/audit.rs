//! The audit of a backend: reads what the rules look at, page by page, and puts the report
//! together. SPEC E7.

mod redacted;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::connections::{Pages, Query, pick};
use super::contexts::Contexts;
use super::secret_source;
use crate::audit::baseline::BaselineError;
use crate::audit::judge::{
    LOCAL_ADMIN_PASSWORD, PREFLIGHT_FAILED, PREFLIGHT_OUTDATED, certificate, plan_differs,
    preflight,
};
use crate::audit::{
    Auditor, Baseline, Hit, Look, Report, Request, Rule, Selection, Setup, Subject, Waivers, rules,
};
use crate::backend::graph::certificate_expiry;
use crate::backend::{BackendError, Place};
use crate::domain::compare;
use crate::domain::preflight::Kept;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{Connection, ConnectionId, Secret, Summary, Timestamp};
use crate::form;
use crate::form::When;
use crate::service::files::OnDone;

/// What to audit, and by what.
#[derive(Debug, Clone)]
pub struct AuditRequest {
    /// Which connections by filter and search, and the days before an expiry is reported. Order
    /// and limit are not checked.
    pub query: Query,
    /// Only these connections; `None`: all that the query takes.
    pub only: Option<HashSet<ConnectionId>>,
    /// Name of what is audited, for people.
    pub of: Option<String>,
    /// Days without a change from which a connection counts as stale.
    pub stale_days: i64,
    /// Rules for local administrator passwords. D8.
    pub password: PasswordPolicy,
    /// Which rules are asked.
    pub rules: Selection,
    /// Open the secrets that rules judge. None of them is kept or reported.
    pub open_secrets: bool,
    /// What does not count.
    pub waivers: Waivers,
    /// What was found before.
    pub baseline: Option<Baseline>,
    /// Compare with a baseline of another store too.
    pub any_store: bool,
    /// Findings from elsewhere, such as those of [`differences`] and [`certificates`].
    pub extra: Vec<Hit>,
    /// The last pre-flight of each connection, and the days from which one is outdated; `None`: none was
    /// ever made, or they are not checked.
    pub preflights: Option<(HashMap<ConnectionId, Kept>, i64)>,
    /// Rules that were asked elsewhere, whether or not they found something.
    pub elsewhere: Vec<&'static Rule>,
}

impl AuditRequest {
    /// Everything, by every rule that needs no opened secret.
    pub fn all(warning_days: i64, password: PasswordPolicy) -> Self {
        Self {
            query: Query { warning_days, ..Query::default() },
            only: None,
            of: None,
            stale_days: crate::audit::STALE_DAYS,
            password,
            rules: Selection::default(),
            open_secrets: false,
            waivers: Waivers::default(),
            baseline: None,
            any_store: false,
            extra: Vec::new(),
            preflights: None,
            elsewhere: Vec::new(),
        }
    }

    /// The same with the last pre-flights, if any was made.
    #[must_use]
    pub fn with_preflights(mut self, all: HashMap<ConnectionId, Kept>, days: i64) -> Self {
        self.preflights = (!all.is_empty()).then_some((all, days));
        self
    }

    /// Whether connections are left out.
    pub fn is_narrowed(&self) -> bool {
        self.only.is_some() || !self.query.takes_all()
    }

    /// Rules that cannot be asked are left out, so that they do not look as if nothing was found.
    fn settle(&mut self) {
        if self.preflights.is_some() {
            self.elsewhere.extend([&PREFLIGHT_FAILED, &PREFLIGHT_OUTDATED]);
        }
        for rule in rules::all().filter(|it| matches!(it.when, When::Given)) {
            let found = self.extra.iter().any(|hit| hit.rule == rule);
            let opened = self.open_secrets && *rule == LOCAL_ADMIN_PASSWORD;
            if !found && !opened && !self.elsewhere.contains(&rule) {
                self.rules.leave_out(rule);
            }
        }
    }
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The baseline does not belong here.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

/// Audits what a backend holds.
///
/// # Errors
/// Whatever the backend answers, and a baseline of another store.
pub async fn audit(
    backend: &Place,
    request: AuditRequest,
    now: Timestamp,
) -> Result<Report, AuditError> {
    audit_counting(backend, request, now, &|_, _| {}).await
}

/// The same, and reports how many connections are judged.
///
/// # Errors
/// Whatever the backend answers, and a baseline of another store.
pub async fn audit_counting(
    backend: &Place,
    request: AuditRequest,
    now: Timestamp,
    on_done: OnDone<'_>,
) -> Result<Report, AuditError> {
    match backend.behind() {
        Some(behind) => redacted::audit(backend, behind, request, now, on_done).await,
        None => judged(backend, request, now, on_done).await,
    }
}

async fn judged(
    backend: &Place,
    mut request: AuditRequest,
    now: Timestamp,
    on_done: OnDone<'_>,
) -> Result<Report, AuditError> {
    request.settle();
    // A live context is distinguished from others by its name.
    let store = backend.identity().await?.or_else(|| request.of.clone());
    if let Some(baseline) = request.baseline.as_ref().filter(|_| !request.any_store) {
        baseline.fits(store.as_deref())?;
    }
    let setup = Setup {
        now,
        warning_days: request.query.warning_days,
        stale_days: request.stale_days,
        password: request.password,
        rules: request.rules.clone(),
        wanted: request.is_narrowed().then(HashSet::new),
    };
    let mut auditor = Auditor::new(setup, super::directory::whole(backend).await?);
    let (mut unchecked, mut there, mut made) = (HashSet::new(), HashSet::new(), Vec::new());
    let (mut total, expected) = (0, backend.count().await?);
    // Page by page: a million rows are never in memory at once.
    let mut pages = Pages::of(backend);
    while let Some(page) = pages.next().await? {
        on_done(total, expected);
        total += page.len();
        if request.is_narrowed() {
            auditor.want(wanted(&request, &page, now));
        }
        let left = page.iter().filter(|row| !row.findings.is_checked() && auditor.wants(row.id));
        unchecked.extend(left.map(|row| row.id));
        if request.baseline.is_some() {
            there.extend(page.iter().map(|row| row.id));
        }
        if let Some(kept) = &request.preflights {
            made.extend(preflights(&page, kept, now));
        }
        judge(backend, &mut auditor, &page, request.open_secrets).await?;
        // The screen answers keys in between.
        tokio::task::yield_now().await;
    }
    let narrowed = auditor.wanted().cloned();
    let audited = narrowed.as_ref().map_or(total, HashSet::len);
    // All names are compared with each other now: work for another thread than the screen's.
    let rest = tokio::task::spawn_blocking(move || {
        let mut hits = auditor.finish();
        let asked = |hit: &Hit| {
            request.rules.asks(hit.rule)
                && narrowed.as_ref().is_none_or(|it| it.contains(&hit.subject.id))
        };
        hits.extend(request.extra.into_iter().chain(made).filter(asked));
        let looked = |id: ConnectionId| {
            // What is gone was looked for; what is there was looked at unless it was left out.
            !there.contains(&id) || narrowed.as_ref().is_none_or(|it| it.contains(&id))
        };
        let report = Request {
            now,
            of: request.of,
            store,
            rules: &request.rules,
            audited,
            unchecked,
            total,
            waivers: request.waivers,
            baseline: request.baseline.as_ref(),
        };
        Report::new(hits, report, &looked)
    });
    rest.await.map_err(|_| BackendError::Other("the audit could not be finished".into()).into())
}

/// What the last pre-flights are worth.
fn preflights(
    rows: &[Summary],
    (all, days): &(HashMap<ConnectionId, Kept>, i64),
    now: Timestamp,
) -> Vec<Hit> {
    let of = |row: &Summary| {
        let kept = all.get(&row.id)?;
        preflight(&Arc::new(Subject::from(row)), kept, (row.revision, now, *days))
    };
    rows.iter().filter_map(of).collect()
}

/// What the rule `plan-differs` says of a plan held against a live context. Its rule belongs into
/// [`AuditRequest::elsewhere`].
pub fn differences(report: &compare::Report) -> Vec<Hit> {
    let of = |entry: &compare::Entry| {
        let ([plan], compare::Standing::Differs) = (entry.plan.as_slice(), entry.standing()) else {
            return None;
        };
        let subject = Arc::new(Subject {
            id: plan.id,
            name: plan.name.clone(),
            kind: plan.kind,
            side: plan.side,
            tenant: plan.tenant.clone(),
        });
        let or_nothing =
            |text: &str| if text.is_empty() { "nothing".into() } else { text.to_owned() };
        let lines: Vec<String> = entry
            .differing()
            .map(|it| {
                let (plan, live) = (or_nothing(&it.plan), or_nothing(&it.live));
                format!("{}: {plan} in the plan, {live} live", it.field.label())
            })
            .collect();
        plan_differs(&subject, entry.differing().next().and_then(|it| field(it.field)), &lines)
    };
    report.entries.iter().filter_map(of).collect()
}

/// What the rules about certificates say of the contexts that sign in with one, and why a file could
/// not be read, context by context. Their rules belong into [`AuditRequest::elsewhere`].
pub fn certificates(
    contexts: &Contexts,
    now: Timestamp,
    warning_days: i64,
) -> (Vec<Hit>, Vec<(String, String)>) {
    let (mut hits, mut unread) = (Vec::new(), Vec::new());
    for (context, path) in contexts.certificates() {
        let pem = secret_source::certificate(path).map_err(|error| error.to_string());
        match pem.and_then(|pem| certificate_expiry(&pem).map_err(|error| error.to_string())) {
            Ok(at) => hits.extend(certificate(context, at, now, warning_days)),
            Err(why) => unread.push((context.clone(), why)),
        }
    }
    (hits, unread)
}

/// The field of the form that holds what differs; types and sides are not asked alike everywhere.
const fn field(field: compare::Field) -> Option<&'static str> {
    match field {
        compare::Field::Name => Some("name"),
        compare::Field::Description => Some("description"),
        compare::Field::Tenant => Some("tenant"),
        compare::Field::AppProfile => Some("app_profile"),
        compare::Field::ServiceAccounts => Some("accounts"),
        compare::Field::DelegatedProfiles => Some("delegated"),
        compare::Field::Type | compare::Field::Side => None,
    }
}

/// Those of these connections to report on.
fn wanted(request: &AuditRequest, rows: &[Summary], now: Timestamp) -> Vec<ConnectionId> {
    let named = |row: &&Summary| request.only.as_ref().is_none_or(|it| it.contains(&row.id));
    let rows = rows.iter().filter(named).cloned().collect();
    pick(rows, &request.query, now).into_iter().map(|row| row.summary.id).collect()
}

/// Judges a page of rows, with the records of those that have a form.
async fn judge(
    backend: &Place,
    auditor: &mut Auditor,
    page: &[Summary],
    open_secrets: bool,
) -> Result<(), BackendError> {
    // Of what was not checked only what a list reports is known: its record has no answers.
    let wants = |row: &&Summary| {
        form::has_form(row.kind) && row.findings.is_checked() && auditor.wants(row.id)
    };
    let ids: Vec<ConnectionId> = page.iter().filter(wants).map(|row| row.id).collect();
    let records = match ids.is_empty() {
        true => Vec::new(),
        false => backend.connections(ids).await?,
    };
    // Both are in the same order; a record may be missing because it was deleted just now.
    let mut records = records.iter().peekable();
    for row in page {
        let record = records.next_if(|it| it.id == row.id);
        let password = match (record, open_secrets) {
            (Some(record), true) => password(backend, record).await?,
            (Some(_) | None, _) => None,
        };
        auditor.add(Look { row, record, password: password.as_ref() });
    }
    Ok(())
}

/// The local administrator's password, opened for the one rule that judges it. D8, E3.
async fn password(backend: &Place, record: &Connection) -> Result<Option<Secret>, BackendError> {
    const FIELD: &str = "local_admin_password";
    match record.answers.sheet().is_some_and(|it| it.secret(FIELD).is_some()) {
        true => backend.reveal(record.id, FIELD.to_owned()).await.map(Some),
        false => Ok(None),
    }
}

#[cfg(test)]
mod tests;
