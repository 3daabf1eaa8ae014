//! `jetbridge runbook`: what to enter in the portal of AvePoint Fly for a planned connection.

pub mod args;

use std::collections::BTreeSet;

use args::RunbookArgs;

use super::answer::{self, Format};
use super::choose;
use super::diff::args::Form;
use super::diff::compared;
use super::live::{deliver, live, plan};
use super::output::Printer;
use super::session::{Session, wait};
use crate::domain::compare::Wanted;
use crate::domain::context::ContextKind;
use crate::error::{Exit, Failure};
use crate::form::Limits;
use crate::form::runbook::{Entry, NoRunbook, Remark, Severity, Step, markdown};
use crate::service;
use crate::service::diff::Fresh;
use crate::service::runbook::ticks::{Change, Ticks};
use crate::service::runbook::{Planned, RunbookError, runbook};
use crate::text::{fold, shown};

/// Prints, ticks or confirms. Exit code 3 when the live list does not show what was planned.
pub fn run(session: &mut Session<'_, '_>, args: &RunbookArgs) -> Result<Exit, Failure> {
    if session.contexts.active().is_some_and(|it| it.kind == ContextKind::Fly) {
        return Err(Failure::usage(
            "runbooks exist only for planned connections, and this context is live",
        )
        .hint("Work on a store: --context local."));
    }
    let limits = Limits { now: session.now, password: session.password };
    let which = choose::name(session, &args.which)?;
    let backend = session.backend()?;
    let planned = wait(async {
        let found = service::find(&backend, &which).await.map_err(Failure::from)?;
        let planned = runbook(&backend, found.id, &limits, session.warning_days).await;
        planned.map_err(|error| refused(&found.name, error))
    })??;
    let ticks = Ticks::below(session.ticks);
    let mut ticked = change(&ticks, &planned, args)?;
    let mut exit = Exit::Ok;
    if let Some(named) = &args.live {
        let said = confirm(session, &planned, named.as_deref())?;
        let done = said.is_ok();
        let step = vec![Step::CONFIRM.to_owned()];
        let what = if done { Change::Tick(step) } else { Change::Untick(step) };
        ticked = match args.dry_run {
            true => what.on(ticked),
            false => ticks.change(planned.id, planned.revision, what).map_err(not_ticked)?,
        };
        exit = if done { Exit::Ok } else { Exit::Findings };
        session.printer.say(&said.unwrap_or_else(|why| why));
    }
    if args.dry_run {
        session.printer.say("note: shown as it would be; the ticks stay as they are");
    }
    let text = match args.form.form() {
        Form::Table => lines(&planned, &ticked).join("\n") + "\n",
        Form::Markdown => markdown(&planned.runbook, &ticked),
        Form::Json => reported(session.printer, Format::Json, &planned, &ticked)?,
        Form::Jsonl => reported(session.printer, Format::Jsonl, &planned, &ticked)?,
        Form::Csv => reported(session.printer, Format::Csv, &planned, &ticked)?,
    };
    deliver(session, args.out.as_deref(), &text)?;
    Ok(exit)
}

fn refused(name: &str, error: RunbookError) -> Failure {
    match error {
        RunbookError::Backend(error) => error.into(),
        RunbookError::None(why) => {
            let failure =
                Failure::new(format!("{} has no runbook", shown(name))).because(why.to_string());
            match why {
                NoRunbook::Incomplete => {
                    failure.hint("Open it on the screen and answer its form, or set its fields with `jetbridge edit NAME --set`.")
                }
                NoRunbook::NoForm(_) => failure.hint(
                    "Fill in the portal's form by hand; `jetbridge show` lists what is known.",
                ),
            }
        }
    }
}

/// Ticks what was asked for.
fn change(
    ticks: &Ticks,
    planned: &Planned,
    args: &RunbookArgs,
) -> Result<BTreeSet<String>, Failure> {
    let (id, revision) = (planned.id, planned.revision);
    let steps = |all: &[String]| all.iter().map(|it| step(planned, it)).collect::<Result<_, _>>();
    let (tick, untick): (Vec<String>, Vec<String>) = (steps(&args.tick)?, steps(&args.untick)?);
    let mut changes = Vec::new();
    changes.extend(args.reset.then_some(Change::Reset));
    changes.extend((!tick.is_empty()).then_some(Change::Tick(tick)));
    changes.extend((!untick.is_empty()).then_some(Change::Untick(untick)));
    let read = || {
        ticks.read(id, revision).map_err(|why| {
            let name = shown(&planned.runbook.name).into_owned();
            Failure::new(why).hint(format!("`jetbridge runbook {name:?} --reset` starts again."))
        })
    };
    if args.dry_run {
        // Starting again is the way out of ticks that cannot be read.
        let kept = if args.reset { BTreeSet::new() } else { read()? };
        return Ok(changes.into_iter().fold(kept, |ticked, it| it.on(ticked)));
    }
    for change in changes {
        ticks.change(id, revision, change).map_err(not_ticked)?;
    }
    read()
}

fn not_ticked(why: String) -> Failure {
    Failure::new(why).hint("`jetbridge doctor` looks at the data folder, where ticks are kept.")
}

/// A step by its number or id.
fn step(planned: &Planned, text: &str) -> Result<String, Failure> {
    let steps = &planned.runbook.steps;
    let by_number = text.parse::<usize>().ok().and_then(|it| steps.get(it.checked_sub(1)?));
    let found = by_number.or_else(|| steps.iter().find(|it| it.id == text));
    found.map(|it| it.id.to_owned()).ok_or_else(|| {
        Failure::usage(format!("{} is not a step of this runbook", shown(text)))
            .hint(format!("Steps are the numbers 1 to {}.", steps.len()))
    })
}

/// Holds the connection against the live list; `Err` says why it is not confirmed.
fn confirm(
    session: &mut Session<'_, '_>,
    planned: &Planned,
    named: Option<&str>,
) -> Result<Result<String, String>, Failure> {
    let contexts = session.contexts;
    let live = live(contexts, named, "--live")?;
    let plan = plan(contexts, None)?;
    let wanted = Wanted { name: planned.runbook.name.clone(), ..Wanted::default() };
    let fresh = if session.cached { Fresh::Cached } else { Fresh::Must };
    let report = compared(session, (&plan, &live), fresh, &wanted)?;
    let name = fold(planned.runbook.name.trim());
    let gone = || Err("Not confirmed: the plan does not have it any more.".to_owned());
    let entry = report.entries.iter().find(|it| fold(it.name().trim()) == name);
    Ok(entry.map_or_else(gone, |it| it.confirmed(&live)))
}

fn answer(planned: &Planned, ticked: &BTreeSet<String>) -> serde_json::Value {
    serde_json::json!({
        "version": 1,
        "id": planned.id,
        "revision": planned.revision,
        "done": planned.done(ticked),
        "ticked": ticked,
        "runbook": planned.runbook,
    })
}

/// Columns of CSV.
const FIELDS: [&str; 7] = ["number", "id", "label", "done", "todo", "values", "notes"];

/// For programs: as a whole, or a record per step.
fn reported(
    of: &Printer<'_>,
    format: Format,
    planned: &Planned,
    ticked: &BTreeSet<String>,
) -> Result<String, Failure> {
    let records = planned.runbook.steps.iter().enumerate().map(|(at, step)| {
        serde_json::json!({
            "number": at + 1,
            "id": step.id,
            "label": step.label,
            "done": ticked.contains(step.id),
            "todo": step.todo,
            "values": step.entries.iter().map(entry).collect::<Vec<_>>(),
            "notes": step.notes,
        })
    });
    answer::text(of, |printer| {
        answer::whole(printer, format, &answer(planned, ticked), &FIELDS, records).map(|_| ())
    })
}

/// The runbook in plain lines.
fn lines(planned: &Planned, ticked: &BTreeSet<String>) -> Vec<String> {
    let book = &planned.runbook;
    let what = if book.edit { "edit" } else { "create" };
    let mut out = vec![
        format!("{}: {what} it in the portal ({})", shown(&book.name), book.kind.label()),
        format!("{} of {} steps are done", planned.done(ticked), book.steps.len()),
        String::new(),
    ];
    out.extend(book.before.iter().map(remark));
    if !book.before.is_empty() {
        out.push(String::new());
    }
    for (at, step) in book.steps.iter().enumerate() {
        let tick = if ticked.contains(step.id) { 'x' } else { ' ' };
        out.push(format!("{:>3}. [{tick}] {}: {}", at + 1, step.label, step.todo));
        out.extend(step.entries.iter().map(|it| format!("          {}", entry(it))));
        out.extend(step.notes.iter().map(|it| format!("         ({})", shown(it))));
    }
    if !book.asides.is_empty() {
        out.push(String::new());
    }
    for it in &book.asides {
        let value = if it.value.is_empty() { "not set".into() } else { shown(&it.value) };
        out.push(format!("In the plan only: {}: {value} ({})", it.label, it.why));
    }
    out
}

fn remark(it: &Remark) -> String {
    let sign = match it.severity {
        Severity::Refused => "the portal will refuse this: ",
        Severity::Warning => "warning: ",
        Severity::Note => "note: ",
    };
    let about = it.about.map(|it| format!("{it}: ")).unwrap_or_default();
    format!("{sign}{about}{}", it.text)
}

fn entry(it: &Entry) -> String {
    match it {
        Entry::Text(text) => shown(text).into_owned(),
        Entry::Labelled { label, text } => format!("{label}: {}", shown(text)),
        Entry::Secret { what, .. } => format!("(copy the {what} on the screen)"),
        Entry::Missing(message) => format!("(not answered in the plan: {message})"),
    }
}
