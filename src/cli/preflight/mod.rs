//! `jetbridge preflight`. SPEC F1, F2, F7.

pub mod args;
mod bind;
mod repeated;
mod requirements;
mod results;
mod waive;

use std::sync::Arc;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use args::{PreflightArgs, PreflightVerb};
use repeated::Repeated;

use super::answer::{self, Format as AnswerFormat};
use super::audit::files::{refused, waivers};
use super::checks::PREFLIGHT;
use super::directory::review;
use super::file_args::place;
use super::output::stdout_failed;
use super::session::{Session, wait};
use super::several::no_names;
use super::signin;
use super::signin::ground::ground;
use super::table::{self, Column};
use crate::audit::format::Format;
use crate::backend::Place;
use crate::checks::preflight::{Run, SignIn, rows};
use crate::checks::{CheckResult, Level, Need};
use crate::domain::{ConnectionId, DirectoryObject};
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service;
use crate::service::preflight::{self, Line, Plan, Report, Selection, Verdict, Waived, formats};
use crate::text::counted;

pub fn run(session: &mut Session<'_, '_>, args: PreflightArgs) -> Result<Exit, Failure> {
    match &args.verb {
        Some(PreflightVerb::Results { limit, answer }) => {
            results::run(session, *limit, answer.format())
        }
        Some(PreflightVerb::Checks(answer)) => list(session, answer.format()),
        Some(PreflightVerb::Requirements(args)) => requirements::run(session, args),
        Some(PreflightVerb::Waive(args)) => waive::run(session, args),
        None => check(session, &args),
    }
}

fn check(session: &mut Session<'_, '_>, args: &PreflightArgs) -> Result<Exit, Failure> {
    if !args.all {
        args.choose.required("check").map_err(|it| it.hint("--all checks every connection."))?;
    }
    let format = format_of(args)?;
    // A mistake in a file is reported before anybody is asked.
    let waived = match &args.waivers {
        Some(path) => waivers(path)?.1,
        None => session.waivers.read().map_err(refused)?,
    };
    let waived = Waived(waived);
    if let Some(several) = session.several {
        no_names(&args.choose.which)?;
        if args.evidence {
            return Err(Failure::usage("--evidence is about one context")
                .because("several contexts were asked for")
                .hint("Leave it out, or name one context."));
        }
        let (done, failed) = several.each(session, |session| {
            let context = session.contexts.active().map(|it| it.name.as_str().into());
            let made = checked(session, args, &waived, (format.is_none(), context))?;
            match made.stopped {
                false => Ok(made.report),
                // What the others would show is not known: nothing is half of an answer.
                true => Err(Failure { exit: Exit::Interrupted, ..Failure::new("cancelled") }
                    .hint("Run it again; a check changes nothing.")),
            }
        })?;
        let report = Report::merged(session.now, done, failed.missed());
        finish(session, args, &waived, &report, format)?;
        return Ok(failed.end(session, exit(&report, args)));
    }
    let Made { report, stopped, backend, run } =
        checked(session, args, &waived, (format.is_none(), None))?;
    finish(session, args, &waived, &report, format)?;
    if stopped {
        return Ok(Exit::Interrupted);
    }
    if args.evidence {
        learned(session, args, &backend, &run)?;
    }
    Ok(exit(&report, args))
}

/// What the checks of a context came to.
struct Made {
    report: Report,
    /// It was interrupted, and the report has what was known until then.
    stopped: bool,
    backend: Place,
    run: Run,
}

/// Makes the checks of the connections of one context, and keeps the results.
fn checked(
    session: &mut Session<'_, '_>,
    args: &PreflightArgs,
    waived: &Waived,
    how: (bool, Option<Arc<str>>),
) -> Result<Made, Failure> {
    let backend = session.backend()?;
    let chosen = args.choose.live(session, &backend)?;
    if let Some((_, failure)) = chosen.failed.into_iter().next() {
        return Err(failure);
    }
    let mut which: Vec<ConnectionId> = chosen.targets.iter().map(|it| it.id).collect();
    let results = session.preflights();
    if args.changed {
        which = wait(preflight::changed(&backend, which, &results))??;
    }
    let run = ground(session, args.offline, backend.clone())?;
    let plan = wait(preflight::prepare(&backend, &which, &run, &args.selection()))??;
    let (run, mut plan) = people(session, run, plan)?;
    plan.waived = waived.clone();
    bind::agree(session, &run, &plan, args.bind)?;
    let revisions = plan.revisions();
    if plan.listed_only > 0 {
        let many = counted(plan.listed_only, "connection");
        session.printer.say(&format!("note: {many} left out: the form was never filled in"));
    }
    let (report, stopped) = made(session, &run, plan, how)?;
    // Part of the checks is no result of the whole.
    if args.selection() == Selection::default()
        && let Err(why) = results.keep(&report, |id| revisions.get(&id).copied())
    {
        session.printer.say(&format!("warning: {why}"));
    }
    Ok(Made { report, stopped, backend, run })
}

/// What to do about checks that were skipped: said once, whatever many of them lack.
const HINTS: [(&str, &str); 3] = [
    (
        "no-sign-in",
        "`jetbridge signin add` adds a sign-in for the checks that need one; it only reads",
    ),
    (
        "permission",
        "`jetbridge preflight requirements` prints the permissions that the app of the sign-in needs",
    ),
    (
        "other-sign-in",
        "`jetbridge signin add --device-code` adds a person's sign-in for the checks that need one",
    ),
];

/// Reports what was found, and which waivers were of no use.
fn finish(
    session: &mut Session<'_, '_>,
    args: &PreflightArgs,
    waived: &Waived,
    report: &Report,
    format: Option<Format>,
) -> Result<(), Failure> {
    for line in waived.idle(report) {
        session.printer.say(&line);
    }
    for (reason, hint) in HINTS {
        if report.lines.iter().any(|it| it.reason() == Some(reason)) {
            session.printer.say(&format!("hint: {hint}"));
        }
    }
    deliver(session, args, report, format)
}

/// Offers what was learned for the directory.
fn learned(
    session: &mut Session<'_, '_>,
    args: &PreflightArgs,
    backend: &Place,
    run: &Run,
) -> Result<(), Failure> {
    let known = wait(service::directory::whole(backend))??;
    let changes = service::directory::learned(&known, &run.learned(), session.now);
    let tenant_of = |it: &DirectoryObject| {
        known.tenant(it.tenant()).map_or_else(|| it.tenant().0.clone(), |it| it.name.clone())
    };
    review::offer(session, backend, changes, args.dry_run, &tenant_of)
}

fn exit(report: &Report, args: &PreflightArgs) -> Exit {
    match report.verdict() {
        Verdict::NotSignedIn => Exit::Auth,
        Verdict::Failed => Exit::Findings,
        Verdict::Unfinished => Exit::Failure,
        Verdict::Passed if args.strict && report.unanswered() > 0 => Exit::Findings,
        Verdict::Passed => Exit::Ok,
    }
}

/// The format asked for; `None`: lines for people.
fn format_of(args: &PreflightArgs) -> Result<Option<Format>, Failure> {
    let asked = match (args.json, args.output) {
        (true, _) => Some(Some(Format::Json)),
        (false, asked) => asked.map(super::audit::args::FormatArg::format),
    };
    match (place(args.out.as_deref()), asked) {
        (None, asked) => Ok(asked.flatten()),
        (Some(_), Some(Some(format))) => Ok(Some(format)),
        (Some(_), Some(None)) => Err(Failure::usage("a table is for the terminal only")
            .hint("Choose another format for --out: json, jsonl, csv, markdown, junit or html.")),
        (Some(path), None) => Format::of_path(path).map(Some).ok_or_else(|| {
            Failure::usage("the format does not follow from the name of --out")
                .hint("Add -o json, jsonl, csv, markdown, junit or html.")
        }),
    }
}

/// Lets the people sign in whose sign-ins serve a tenant of the plan. Without a terminal nobody is
/// asked, and what needs them is skipped.
fn people(session: &mut Session<'_, '_>, run: Run, plan: Plan) -> Result<(Run, Plan), Failure> {
    let asks = session.terminals.error && !session.no_input;
    if !asks || !run.sign_ins.iter().any(SignIn::waits) {
        return Ok((run, plan));
    }
    let mut people = wait(preflight::waiting(&run, &plan))?;
    for it in &mut people {
        signin::device::attempt(session, &run, it)?;
    }
    Ok(preflight::signed_in(&run, plan, people))
}

/// Makes the checks; each is printed as it ends where people read it, with the context where there are
/// several. The second value: it was
/// interrupted, and the report has what was known until then.
fn made(
    session: &mut Session<'_, '_>,
    run: &Run,
    plan: Plan,
    (for_people, context): (bool, Option<Arc<str>>),
) -> Result<(Report, bool), Failure> {
    let (total, watched) = (plan.total(), session.terminals.error);
    let printer = &mut *session.printer;
    let cancel = CancellationToken::new();
    let (mut done, mut printed) = (0, Ok(()));
    let mut repeated = Repeated::default();
    let mut on_line = |it: &Line| {
        done += 1;
        if watched {
            printer.pass("");
        }
        if for_people && printed.is_ok() && repeated.is_first(it) {
            let mut named = it.clone();
            named.context.clone_from(&context);
            let line = for_terminal(&named);
            printed = PREFLIGHT.print(printer, &line).and_then(|()| printer.hand_on());
            if printed.is_err() {
                cancel.cancel();
            }
        }
        if watched && done < total {
            let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
            printer.pass_far((number(done), number(total)), &format!("{done} of {total} checks"));
        }
    };
    let checks = preflight::preflight(run, plan, &cancel, &mut on_line);
    let (report, stopped) = wait(async {
        tokio::pin!(checks);
        tokio::select! {
            biased;
            report = &mut checks => (report, false),
            Ok(()) = tokio::signal::ctrl_c() => {
                cancel.cancel();
                (checks.await, true)
            }
        }
    })?;
    printed?;
    for line in repeated.lines() {
        PREFLIGHT.print(session.printer, &line)?;
    }
    Ok((report, stopped))
}

/// A line for people: the connection, the check, and details only when it is not fine.
fn for_terminal(it: &Line) -> CheckResult {
    let check = format!("{}: {}", it.title(), it.result.check);
    let (found, fix) = match it.result.level {
        Level::Ok => (String::new(), String::new()),
        // Many checks are skipped for one reason: what to do is said once, at the end.
        Level::Skipped => (it.result.found.clone(), String::new()),
        Level::Warning | Level::Fail => (it.result.found.clone(), it.result.fix.clone()),
    };
    CheckResult { check, found, fix, took: None, ..it.result.clone() }
}

fn deliver(
    session: &mut Session<'_, '_>,
    args: &PreflightArgs,
    report: &Report,
    format: Option<Format>,
) -> Result<(), Failure> {
    match (format, place(args.out.as_deref())) {
        (None, _) => {}
        (Some(format), None) => {
            formats::write(report, format, session.printer).map_err(stdout_failed)?;
        }
        (Some(format), Some(path)) => {
            write::with(path, Existing::Replace, |out| formats::write(report, format, out))?;
        }
    }
    if report.left_out > 0 {
        let left_out = counted(report.left_out, "check");
        session.printer.say(&format!("note: --offline left out {left_out} that need a network"));
    }
    let verdict = match report.verdict() {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::NotSignedIn => "failed: no sign-in works",
        Verdict::Unfinished => "not finished",
    };
    let line = match (report.lines.is_empty(), report.left_out) {
        (false, _) => format!("Pre-flight {verdict}. {}.", report.summary()),
        (true, 0) => {
            let many = counted(report.connections, "connection");
            format!("Nothing was checked: no chosen check applies to {many}.")
        }
        (true, _) => "Nothing was checked: every chosen check needs a network.".to_owned(),
    };
    if format.is_none() {
        session.printer.line(&line)?;
    } else if place(args.out.as_deref()).is_some() {
        session.printer.say(&line);
    }
    Ok(())
}

/// A check in a list of all.
#[derive(Serialize)]
struct RowOut {
    check: &'static str,
    area: &'static str,
    proves: &'static str,
    needs: Vec<&'static str>,
}

const COLUMNS: [Column<RowOut>; 4] = [
    Column { title: "CHECK", cell: |it| it.check.into(), least: 14, rank: 0 },
    Column { title: "AREA", cell: |it| it.area.into(), least: 9, rank: 2 },
    Column { title: "NEEDS", cell: |it| it.needs.join(", ").into(), least: 8, rank: 1 },
    Column { title: "PROVES", cell: |it| it.proves.into(), least: 20, rank: 0 },
];

fn list(session: &mut Session<'_, '_>, format: AnswerFormat) -> Result<Exit, Failure> {
    let rows: Vec<RowOut> = rows()
        .iter()
        .map(|it| RowOut {
            check: it.id,
            area: it.area,
            proves: it.proves,
            needs: it.needs.iter().copied().map(Need::label).collect(),
        })
        .collect();
    let columns = ["check", "area", "needs", "proves"];
    if !answer::records(session.printer, format, "checks", &columns, rows.iter())? {
        table::print(session.printer, &COLUMNS, &rows)?;
    }
    Ok(Exit::Ok)
}
