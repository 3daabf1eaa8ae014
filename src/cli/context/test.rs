//! `jetbridge context test`: the checks of a context, each printed as it ends.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::open::{self, Openers, Wish};
use super::{Desk, report, wants_stdin};
use crate::checks::fly::{self, FlyContext};
use crate::checks::store::{self, StoreContext};
use crate::checks::team::{self, TeamContext};
use crate::checks::{
    Cause, Check, CheckResult, Finished, Level, Limits, Lookups, Skip, Sort, Stop,
    run as run_checks,
};
use crate::cli::answer::{Format, VERSION, whole};
use crate::cli::checks::TEST;
use crate::cli::output::Printer;
use crate::cli::prompt;
use crate::cli::session::{Session, until_interrupt};
use crate::config::Config;
use crate::config::contexts::{ContextPlace, FlyConfig, TeamConfig};
use crate::domain::Secret;
use crate::error::{Exit, Failure};
use crate::service::contexts::OpenError;
use crate::service::secret_source::{self, Shape};
use crate::text::shown;

/// How it is shown.
#[derive(Debug, Clone, Copy)]
struct How {
    format: Format,
    /// Whether details are left out: they name hosts and files.
    hides: bool,
    /// Longest that one check may take.
    each: Duration,
    /// Whether the report has standard output: it has the checks as well.
    reports: bool,
}

/// What was found.
struct Found {
    /// The checks that were made.
    checks: Vec<Finished>,
    exit: Exit,
    /// The report of the service, without names.
    service: Option<String>,
}

/// Tests a context.
pub fn run(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    wish: &Wish,
    name: Option<String>,
    to: Option<&Path>,
    format: Format,
) -> Result<Exit, Failure> {
    let reports = to.is_some_and(|it| it.as_os_str() == "-");
    if reports && !format.is_table() {
        return Err(Failure::usage("--report and -o cannot both write to standard output")
            .hint("Give --report a file, or leave -o out."));
    }
    let mut config = desk.config()?;
    config.network.within(wish.timeout);
    let hide = session.hide.clone();
    // A command that gives the secret has a minute; of calls it is one, with a token that was renewed.
    let each = (config.network.timeout() * 4).max(Duration::from_secs(90));
    let how = How { format, hides: hide.is_some(), each, reports };
    let name = match name {
        Some(name) => {
            open::known(&config, &name)?;
            name
        }
        None => open::chosen(wish, &|name| std::env::var(name).ok(), &config)?,
    };
    let typed = typed(session, &config, &name)?.map(|it| (name.clone(), it));
    let openers = desk.openers(&config, typed);
    let place = open::place(&config, &name).unwrap_or(ContextPlace::Store { path: None });
    let Found { checks, exit, service } = match &place {
        ContextPlace::Store { .. } => test_store(session, openers, &name, how)?,
        ContextPlace::Postgres(team) => test_team(session, openers, &name, team, how)?,
        ContextPlace::Fly(fly) => test_fly(session, openers, &name, fly, how)?,
    };
    let name = hide.map_or_else(|| name.clone(), |hide| open::hidden_name(&name, &hide));
    let results: Vec<CheckResult> = checks.iter().map(|it| how.shown(&it.result)).collect();
    let answer = serde_json::json!({
        "version": VERSION,
        "context": name,
        "kind": place.kind().slug(),
        "passed": exit == Exit::Ok,
        "steps": results.iter().map(|it| TEST.record(it)).collect::<Vec<_>>(),
    });
    let records = results.iter().map(|it| TEST.record(it));
    if !whole(session.printer, format, &answer, TEST.columns, records)? {
        conclude(session.printer, &name, &results, exit);
    }
    let Some(path) = to else { return Ok(exit) };
    let text = report::text(&config, &place, &checks, service.as_deref(), session.now);
    if reports {
        session.printer.line(text.trim_end())?;
    } else {
        report::write(path, &text)?;
        let path = path.display().to_string();
        session.printer.say(&format!("A report without names is in {}.", shown(&path)));
    }
    Ok(exit)
}

impl How {
    fn shown(self, result: &CheckResult) -> CheckResult {
        match self.hides {
            true => bare(result),
            false => result.clone(),
        }
    }
}

/// A result without what names hosts and files.
pub(super) fn bare(result: &CheckResult) -> CheckResult {
    CheckResult { found: String::new(), fix: String::new(), ..result.clone() }
}

/// The last line: it works, or where it ended and what to do.
fn conclude(printer: &mut Printer<'_>, name: &str, results: &[CheckResult], exit: Exit) {
    match results.iter().find(|it| it.level == Level::Fail) {
        Some(failed) => {
            let (check, found) = (&failed.check, shown(&failed.found));
            printer.say(&format!("error: {name}: {check}: {found}"));
            if !failed.fix.is_empty() {
                printer.say(&format!("hint: {}", failed.fix));
            }
        }
        None if exit == Exit::Ok => printer.say(&format!("{name} works.")),
        None => printer.say(&format!("error: {name}: the test was not finished")),
    }
}

/// What standard input gives, where the context takes its secret from there.
fn typed(
    session: &mut Session<'_, '_>,
    config: &Config,
    name: &str,
) -> Result<Option<Secret>, Failure> {
    match wants_stdin(config, name) {
        None => Ok(None),
        Some((Shape::Word | Shape::Line, what)) if session.can_ask() => {
            prompt::secret(session, what).map(Some)
        }
        Some((shape, _)) => {
            let secret = secret_source::from_reader(&mut session.input, "standard input", shape);
            Ok(Some(secret?))
        }
    }
}

/// A service: its credential, the way to it, sign-in and first page.
fn test_fly(
    session: &mut Session<'_, '_>,
    openers: Arc<Openers>,
    name: &str,
    fly: &FlyConfig,
    how: How,
) -> Result<Found, Failure> {
    if openers.network.as_ref().is_ok_and(|it| it.stand_in_url.is_some()) {
        session.printer.say("warning: a server on this machine plays AvePoint Fly; for tests only");
    }
    let (name, fly) = (name.to_owned(), fly.clone());
    let opening = async move { openers.fly(&name, &fly).await.map_err(cause) };
    let lookups = Lookups::new(how.each);
    let context = FlyContext::new(lookups.clone(), opening);
    let (checks, exit) = test(session.printer, &lookups, context.clone(), &fly::CHECKS, how)?;
    let service = context.redacted(&checks);
    Ok(Found { checks, exit, service })
}

/// A team store: the way to its server, who signs in there, and what is there.
fn test_team(
    session: &mut Session<'_, '_>,
    openers: Arc<Openers>,
    name: &str,
    config: &TeamConfig,
    how: How,
) -> Result<Found, Failure> {
    let (name, config) = (name.to_owned(), config.clone());
    let opening = async move { openers.team(&name, &config).await.map_err(cause) };
    let lookups = Lookups::new(how.each);
    let context = TeamContext::new(&lookups, opening);
    let (checks, exit) = test(session.printer, &lookups, context, &team::CHECKS, how)?;
    Ok(Found { checks, exit, service: None })
}

/// A store: it opens, and its first page can be read.
fn test_store(
    session: &mut Session<'_, '_>,
    openers: Arc<Openers>,
    name: &str,
    how: How,
) -> Result<Found, Failure> {
    let opening = openers.open(name.to_owned());
    let opening = async move { opening.await.map_err(cause) };
    let lookups = Lookups::new(how.each);
    let context = StoreContext::new(&lookups, opening);
    let (checks, exit) = test(session.printer, &lookups, context, &store::CHECKS, how)?;
    Ok(Found { checks, exit, service: None })
}

fn cause(error: OpenError) -> Cause {
    let sort = if error.auth { Sort::Refused } else { Sort::Failed };
    Cause::new(sort, error.to_string(), error.hint)
}

/// Makes the checks one after the other and prints each as it ends. Those after one that failed are
/// left out. Ctrl-C ends the request that is under way.
fn test<S>(
    printer: &mut Printer<'_>,
    lookups: &Lookups,
    context: S,
    checks: &[Check<S>],
    how: How,
) -> Result<(Vec<Finished>, Exit), Failure> {
    let limits = Limits { at_once: 1, whole: how.each * 8 };
    let cancel = CancellationToken::new();
    let mut printed = Ok(());
    let mut on_finished = |it: &Finished| {
        if how.format.is_table() && !how.reports && is_tried(it) && printed.is_ok() {
            // What to do comes last, once.
            let line = CheckResult { fix: String::new(), ..how.shown(&it.result) };
            printed = TEST.print(printer, &line);
            if printed.is_err() {
                cancel.cancel();
            }
        }
    };
    let subjects = [context];
    let all = run_checks(lookups, &subjects, checks, limits, &cancel, &mut on_finished);
    let all = until_interrupt(all)?;
    printed?;
    let exit = all.iter().find_map(|it| match &it.outcome {
        Err(Stop::Fault(fault)) if fault.cause.sort == Sort::Refused => Some(Exit::Auth),
        Err(Stop::Fault(_) | Stop::Skip(Skip::Cancelled | Skip::TimeUp(_))) => Some(Exit::Failure),
        Ok(_) | Err(Stop::Skip(_)) => None,
    });
    Ok((all.into_iter().filter(is_tried).collect(), exit.unwrap_or(Exit::Ok)))
}

fn is_tried(it: &Finished) -> bool {
    !matches!(it.outcome, Err(Stop::Skip(Skip::After(_))))
}
