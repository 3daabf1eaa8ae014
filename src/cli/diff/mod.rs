//! `jetbridge diff`: the plan held against a live context.

pub mod args;
mod json;
mod text;

use args::{DiffArgs, Form};

use super::answer::{self, Format};
use super::live::{deliver, live, not_opened, plan, read_before};
use super::progress::wait_telling;
use super::session::{Session, minute};
use crate::backend::{BackendError, OnProgress};
use crate::domain::compare::{NOT_REPORTED, Report, Wanted, export};
use crate::error::{Exit, Failure};
use crate::service::diff::{Compared, DiffError, Fresh, diff};
use crate::text::shown;

/// Runs it. Exit code 3 when something that was asked for is not the same.
pub fn run(session: &mut Session<'_, '_>, args: &DiffArgs) -> Result<Exit, Failure> {
    let contexts = session.contexts;
    let live = live(contexts, args.live.as_deref(), "--live")?;
    let plan = plan(contexts, args.plan.as_deref())?;
    let wanted = Wanted {
        types: args.types.iter().copied().collect(),
        name: args.name.clone(),
        only: args.only.iter().map(|it| (*it).into()).collect(),
    };
    let fresh = if session.cached { Fresh::Cached } else { Fresh::Must };
    let mut report = compared(session, (&plan, &live), fresh, &wanted)?;
    report.entries.retain(|it| wanted.accepts(it));
    let exit = if report.differs() { Exit::Findings } else { Exit::Ok };
    for remark in &report.remarks {
        session.printer.say(&format!("warning: {}", shown(remark)));
    }
    let out = args.out.as_deref();
    match args.form.form() {
        form @ (Form::Json | Form::Jsonl) => {
            let format = if form == Form::Json { Format::Json } else { Format::Jsonl };
            let answer = json::answer(&report);
            let text = answer::text(session.printer, |printer| {
                answer::whole(printer, format, &answer, &[], answer.records()).map(|_| ())
            })?;
            deliver(session, out, &text)?;
        }
        Form::Markdown => deliver(session, out, &export::markdown(&report))?,
        Form::Csv => deliver(session, out, &export::csv(&report))?,
        Form::Table => {
            let text = text::lines(&report).join("\n");
            if !text.is_empty() {
                deliver(session, out, &format!("{text}\n"))?;
            }
            remark(session, &report);
        }
    }
    Ok(exit)
}

/// Opens both and holds them against each other, all on one runtime: connections of a service live
/// as long as it does.
pub fn compared(
    session: &mut Session<'_, '_>,
    (plan, live): (&str, &str),
    fresh: Fresh,
    wanted: &Wanted,
) -> Result<Report, Failure> {
    let contexts = session.contexts;
    let work = async |on_progress: OnProgress<'_>| {
        let ours = contexts.open(plan).await.map_err(|error| not_opened(plan, error))?;
        let theirs = contexts.open(live).await.map_err(|error| not_opened(live, error))?;
        if fresh == Fresh::Cached {
            read_before(live, &theirs)?;
        }
        let place = |name, backend| Compared { name, backend };
        let (plan, live) = (place(plan, &ours), place(live, &theirs));
        diff(plan, live, fresh, wanted, on_progress)
            .await
            .map_err(|error| failed(error, theirs.as_of().map(minute)))
    };
    wait_telling(session.printer, session.terminals.error, work)?
}

fn failed(error: DiffError, as_of: Option<String>) -> Failure {
    let what = error.to_string();
    let (live, unsupported) = (error.live, matches!(error.error, BackendError::Unsupported(_)));
    let mut failure = Failure::from(error.error);
    failure.what = what;
    match as_of {
        Some(at) if live && !unsupported => {
            failure.hint(format!("--cached compares with the list of {at}."))
        }
        _ => failure,
    }
}

/// Says what the lines do not: the counts, the age of the list, what cannot be compared.
fn remark(session: &mut Session<'_, '_>, report: &Report) {
    session.printer.say(&format!("{}.", report.summary()));
    if session.cached
        && let Some(at) = report.as_of
    {
        session.printer.say(&format!(
            "The live list is of {}; without --cached it is refreshed first.",
            minute(at)
        ));
    }
    if !report.entries.is_empty() {
        session.printer.say(&format!(
            "Not compared, because the service does not report it: {}.",
            NOT_REPORTED.join("; ")
        ));
    }
}
