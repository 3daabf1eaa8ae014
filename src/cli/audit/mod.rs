//! `jetbridge audit`. SPEC E7.

pub(super) mod args;
pub(super) mod files;
mod registry;
mod table;

use std::collections::{BTreeSet, HashSet};

pub use args::AuditArgs;
use args::{AuditVerb, OutputArgs};

use super::choose;
use super::diff::compared;
use super::file_args::place;
use super::live;
use super::output::stdout_failed;
use super::progress::wait_counting;
use super::session::{Session, wait};
use super::several::{Several, no_names};
use crate::audit::format::{self, Format};
use crate::audit::judge::{CERTIFICATE_EXPIRED, CERTIFICATE_EXPIRING, PLAN_DIFFERS};
use crate::audit::{Baseline, Hit, Report, Selection, Waivers};
use crate::backend::Place;
use crate::domain::ConnectionId;
use crate::domain::compare::Wanted;
use crate::domain::query::Filter;
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service::diff::Fresh;
use crate::service::files::OnDone;
use crate::service::{self, AuditError, AuditRequest, Query};
use crate::text::shown;

/// Findings of a rule that a terminal shows unless asked.
const ON_TERMINAL: usize = 10;
/// Findings of a rule that an HTML page shows unless asked.
const ON_PAGE: usize = 1_000;

pub fn run(session: &mut Session<'_, '_>, args: AuditArgs) -> Result<Exit, Failure> {
    match args.verb {
        Some(AuditVerb::Rules(answer)) => registry::list(session, answer.format()),
        Some(AuditVerb::Explain { rule, answer }) => {
            registry::explain(session, rule, answer.format())
        }
        None => audit(session, args),
    }
}

fn audit(session: &mut Session<'_, '_>, args: AuditArgs) -> Result<Exit, Failure> {
    let format = format_of(&args.output)?;
    if session.several.is_some() {
        one_only(&args)?;
    }
    // Files first: a mistake in them is reported before anything is read.
    let waivers = args.rules.waivers.as_deref().map(files::waivers).transpose()?;
    let waivers = waivers.unwrap_or_default();
    let baseline = args.output.baseline.as_deref().map(files::baseline).transpose()?;
    if args.output.write_baseline.is_some() && !args.choose.is_empty() {
        return Err(Failure::usage("a baseline covers every connection")
            .because("names or filters leave some out")
            .hint("Leave them out, or leave --write-baseline out."));
    }
    if let Some(several) = session.several {
        return in_several(session, several, &args, &waivers, format);
    }
    let report = reported(session, &args, (waivers, baseline), None)?;
    print(session, &report, format, &args.output)?;
    if let Some(path) = &args.output.write_baseline {
        let text = serde_json::to_string_pretty(&report.baseline()).map_err(|error| {
            Failure::new("the baseline cannot be written").because(error.to_string()).hint(
                "Check free space and permissions where the output goes, or send it elsewhere.",
            )
        })?;
        write::with(path, Existing::Replace, |out| writeln!(out, "{text}"))?;
    }
    Ok(exit(&report, &args))
}

/// Refuses what belongs to one context where several are audited.
fn one_only(args: &AuditArgs) -> Result<(), Failure> {
    no_names(&args.choose.which)?;
    let given = [
        ("--baseline", args.output.baseline.is_some()),
        ("--write-baseline", args.output.write_baseline.is_some()),
        ("--live", args.rules.live.is_some()),
    ];
    match given.into_iter().find(|it| it.1) {
        None => Ok(()),
        Some((option, _)) => Err(Failure::usage(format!("{option} is about one context"))
            .because("several contexts were asked for")
            .hint("Leave it out, or name one context.")),
    }
}

/// One report of several contexts.
fn in_several(
    session: &mut Session<'_, '_>,
    several: Several<'_>,
    args: &AuditArgs,
    waivers: &Waivers,
    format: Option<Format>,
) -> Result<Exit, Failure> {
    // The certificates are those of all contexts: they are looked at once.
    let mut first = true;
    let (done, failed) = several.each(session, |session| {
        let report = reported(session, args, (waivers.clone(), None), Some(first))?;
        first = false;
        Ok(report)
    })?;
    let report = Report::merged(session.now, done, failed.missed());
    let tenants = &args.choose.filter.tenants;
    if let (0, [tenant, ..], true) = (report.audited, tenants.as_slice(), report.total > 0) {
        let reported = match &session.hide {
            Some(hide) => hide.name("tenant", tenant),
            None => tenant.clone(),
        };
        return Err(Failure::new(format!("no connection belongs to {}", shown(&reported)))
            .hint("`jetbridge list --all-contexts` shows the tenants; nothing was audited."));
    }
    print(session, &report, format, &args.output)?;
    let otherwise = exit(&report, args);
    Ok(failed.end(session, otherwise))
}

fn exit(report: &Report, args: &AuditArgs) -> Exit {
    match args.output.fail_on.level().is_some_and(|level| report.fails(level)) {
        true => Exit::Findings,
        false => Exit::Ok,
    }
}

/// Audits one context; `first` says whether it is the first of several.
fn reported(
    session: &mut Session<'_, '_>,
    args: &AuditArgs,
    (waivers, baseline): (Waivers, Option<Baseline>),
    first: Option<bool>,
) -> Result<Report, Failure> {
    let mut request = request(session, args, waivers, baseline);
    let backend = session.backend()?;
    if !args.choose.which.is_empty() {
        let texts = choose::names(session, &args.choose.which)?;
        request.only = Some(named(&backend, &texts)?);
    }
    if first.is_none() {
        known_tenants(session, &backend, &request)?;
    }
    if let Some(live) = args.live() {
        request.extra = differences(session, live)?;
        request.elsewhere = vec![&PLAN_DIFFERS];
    }
    if first.unwrap_or(true) && !session.contexts.certificates().is_empty() {
        let days = request.query.warning_days;
        let (hits, unread) = service::certificates(session.contexts, session.now, days);
        request.extra.extend(hits);
        request.elsewhere.extend([&CERTIFICATE_EXPIRED, &CERTIFICATE_EXPIRING]);
        for (context, why) in unread {
            // What went wrong may name files and people.
            let why = if session.hide.is_some() { String::new() } else { format!(": {why}") };
            let what = format!("warning: the certificate of context {context} cannot be read{why}");
            session.printer.say(&shown(&what));
        }
    }
    let now = session.now;
    let work =
        async |on_done: OnDone<'_>| service::audit_counting(&backend, request, now, on_done).await;
    let terminal = session.terminals.error;
    Ok(wait_counting(session.printer, terminal, "connections", work)??)
}

/// The format asked for; `None`: a table.
fn format_of(args: &OutputArgs) -> Result<Option<Format>, Failure> {
    let asked = match (args.json, args.output) {
        (true, _) => Some(Some(Format::Json)),
        (false, asked) => asked.map(args::FormatArg::format),
    };
    let Some(path) = place(args.out.as_deref()) else { return Ok(asked.flatten()) };
    match asked {
        Some(Some(format)) => Ok(Some(format)),
        Some(None) => Err(Failure::usage("a table is for the terminal only")
            .hint("Choose another format for --out: json, jsonl, csv, markdown, junit or html.")),
        None => Format::of_path(path).map(Some).ok_or_else(|| {
            Failure::usage("the format does not follow from the name of --out")
                .hint("Add -o json, jsonl, csv, markdown, junit or html.")
        }),
    }
}

fn request(
    session: &Session<'_, '_>,
    args: &AuditArgs,
    waivers: Waivers,
    baseline: Option<Baseline>,
) -> AuditRequest {
    let warning_days = args.rules.warning_days.unwrap_or(session.warning_days);
    AuditRequest {
        query: args.choose.filter.query(warning_days),
        only: None,
        of: session.contexts.active().map(|it| it.name.clone()),
        stale_days: args.rules.stale_days,
        password: session.password,
        rules: Selection::new(&args.rules.only, &args.rules.ignore),
        open_secrets: args.rules.open_secrets,
        waivers,
        baseline,
        any_store: args.output.any_store,
        extra: Vec::new(),
        preflights: None,
        elsewhere: Vec::new(),
    }
    .with_preflights(session.preflights().all(), session.preflight_days)
}

/// Refuses a tenant that no connection has: a mistyped one would look like a clean one.
fn known_tenants(
    session: &Session<'_, '_>,
    backend: &Place,
    request: &AuditRequest,
) -> Result<(), Failure> {
    for tenant in &request.query.filter.tenants {
        let filter = Filter { tenants: BTreeSet::from([tenant.clone()]), ..Filter::default() };
        let of = |filter: Filter| {
            let query = Query { filter, ..Query::default() };
            wait(service::list(backend, &query, session.now))
        };
        if !of(filter)??.rows.is_empty() {
            continue;
        }
        let all = of(Filter::default())??.rows;
        let reported = match &session.hide {
            Some(hide) => hide.name("tenant", tenant),
            None => tenant.clone(),
        };
        let failure =
            Failure::new(format!("no connection belongs to the tenant {}", shown(&reported)));
        let failure = failure.meaning(tenant, all.iter().map(|row| &*row.summary.tenant));
        return Err(failure.hint("`jetbridge list` shows the tenants; nothing was audited."));
    }
    Ok(())
}

/// What differs between the plan, which is audited, and a live context.
fn differences(session: &mut Session<'_, '_>, named: &str) -> Result<Vec<Hit>, Failure> {
    let contexts = session.contexts;
    let live = live::live(contexts, Some(named), "--live")?;
    let plan = live::plan(contexts, None)?;
    if contexts.active().is_some_and(|it| it.name != plan) {
        return Err(Failure::usage("--live compares a plan with a live context")
            .because("the audited context is not a store")
            .hint("Leave --live out, or add --context with the store of the plan."));
    }
    let fresh = if session.cached { Fresh::Cached } else { Fresh::Must };
    let wanted = Wanted::default();
    let report = compared(session, (&plan, &live), fresh, &wanted)?;
    Ok(service::differences(&report))
}

/// The connections with these names; all of them must be there.
fn named(backend: &Place, which: &[String]) -> Result<HashSet<ConnectionId>, Failure> {
    let found = wait(service::find_many(backend, which))??;
    found.into_iter().map(|it| it.map(|it| it.id).map_err(Failure::from)).collect()
}

fn print(
    session: &mut Session<'_, '_>,
    report: &Report,
    format: Option<Format>,
    args: &OutputArgs,
) -> Result<(), Failure> {
    let out = place(args.out.as_deref());
    match (format, out) {
        (None, _) if args.summary => table::summary(session, report)?,
        (None, _) => table::print(session, report, args.most(ON_TERMINAL))?,
        (Some(format), None) => {
            format::write(report, format, args.most(ON_PAGE), session.printer)
                .map_err(stdout_failed)?;
        }
        (Some(format), Some(path)) => {
            write::with(path, Existing::Replace, |out| {
                format::write(report, format, args.most(ON_PAGE), out)
            })?;
        }
    }
    if format.is_none() || out.is_some() || session.terminals.output {
        // The verdict comes last, where the eye is.
        session.printer.hand_on()?;
        table::remarks(session, report);
    }
    Ok(())
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Backend(error) => error.into(),
            AuditError::Baseline(error) => Self::usage(error.to_string())
                .hint("Write a new one with --write-baseline, or compare with --any-store."),
        }
    }
}
