//! `jetbridge context test`: walks to a context rung by rung, and says where it ends and why.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::open::{self, Openers, Wish};
use super::{Desk, report, wants_stdin};
use crate::backend::PageRequest;
use crate::backend::fly::{FlyOptions, ProbeReport, Rung, RungOutcome, probe};
use crate::cli::answer::{Format, VERSION, whole};
use crate::cli::output::Printer;
use crate::cli::prompt;
use crate::cli::session::{Session, wait};
use crate::config::Config;
use crate::config::contexts::{FlyConfig, Place};
use crate::domain::Secret;
use crate::error::{Exit, Failure};
use crate::service::contexts::OpenError;
use crate::service::secret_source::{self, Shape};
use crate::text::shown;

/// A rung in the words of this command.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// Which.
    pub step: &'static str,
    /// `passed`, `skipped` or `failed`.
    pub outcome: &'static str,
    /// What was found.
    pub detail: String,
    /// What to do when it failed.
    pub hint: String,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// How it is told.
#[derive(Debug, Clone, Copy)]
struct How {
    format: Format,
    /// Whether details are left out: they name hosts and files.
    hides: bool,
}

/// What a walk found.
struct Walk {
    steps: Vec<Step>,
    exit: Exit,
    /// The probe's own report, without names.
    ladder: Option<String>,
}

/// Walks to a context.
pub fn run(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    wish: &Wish,
    name: Option<String>,
    to: Option<&Path>,
    format: Format,
) -> Result<Exit, Failure> {
    if to.is_some_and(|it| it.as_os_str() == "-") && !format.is_table() {
        return Err(Failure::usage("standard output has room for one answer")
            .hint("Give --report a file, or leave -o out."));
    }
    let mut config = desk.config()?;
    config.network.within(wish.timeout);
    let hide = session.hide.clone();
    let how = How { format, hides: hide.is_some() };
    let name = match name {
        Some(name) => {
            open::known(&config, &name)?;
            name
        }
        None => open::chosen(wish, &|name| std::env::var(name).ok(), &config)?,
    };
    let typed = typed(session, &config, &name)?.map(|it| (name.clone(), it));
    let openers = desk.openers(&config, typed);
    let place = open::place(&config, &name).unwrap_or(Place::Store { path: None });
    let Walk { steps, exit, ladder } = match &place {
        Place::Store { .. } => store(session, openers, &name, how)?,
        Place::Fly(fly) => walk(session, &openers, &name, fly, how)?,
    };
    let (named, mut told) = (name, steps.clone());
    let name = hide.map_or_else(|| named.clone(), |hide| open::hidden_name(&named, &hide));
    if how.hides {
        // They name hosts and files.
        for step in &mut told {
            (step.detail, step.hint) = (String::new(), String::new());
        }
    }
    let answer = serde_json::json!({
        "version": VERSION,
        "context": name,
        "kind": place.kind().slug(),
        "passed": exit == Exit::Ok,
        "steps": told,
    });
    let fields = ["step", "outcome", "milliseconds", "detail", "hint"];
    if !whole(session.printer, format, &answer, &fields, told.iter())? {
        conclude(session.printer, &name, &told, exit);
    }
    let Some(path) = to else { return Ok(exit) };
    let text = report::text(&config, &place, &steps, ladder.as_deref(), session.now);
    if path.as_os_str() == "-" {
        session.printer.line("")?;
        session.printer.line(text.trim_end())?;
    } else {
        report::write(path, &text)?;
        let path = path.display().to_string();
        session.printer.say(&format!("A report without names is in {}.", shown(&path)));
    }
    Ok(exit)
}

/// The last line: it works, or where it ended and what to do.
fn conclude(printer: &mut Printer<'_>, name: &str, steps: &[Step], exit: Exit) {
    match steps.iter().find(|it| it.outcome == "failed") {
        Some(failed) => {
            printer.say(&format!("error: {name}: {}: {}", failed.step, failed.detail));
            if !failed.hint.is_empty() {
                printer.say(&format!("hint: {}", failed.hint));
            }
        }
        None if exit == Exit::Ok => printer.say(&format!("{name} works.")),
        None => printer.say(&format!("error: {name}: the walk was not finished")),
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
        Some((Shape::Word, what)) if session.can_ask() => prompt::secret(session, what).map(Some),
        Some((shape, _)) => {
            let secret = secret_source::from_reader(&mut session.input, "standard input", shape);
            Ok(Some(secret?))
        }
    }
}

/// The credential, then the ladder of the probe.
fn walk(
    session: &mut Session<'_, '_>,
    openers: &Arc<Openers>,
    name: &str,
    fly: &FlyConfig,
    how: How,
) -> Result<Walk, Failure> {
    if openers.network.as_ref().is_ok_and(|it| it.stand_in_url.is_some()) {
        session.printer.say("warning: a server on this machine plays AvePoint Fly; for tests only");
    }
    let start = Instant::now();
    let options = match wait(openers.fly(name, fly))? {
        Ok(options) => options,
        Err(error) => {
            let exit = if error.auth { Exit::Auth } else { Exit::Failure };
            let step = failed("credential", error, start);
            print(session.printer, &step, how)?;
            return Ok(Walk { steps: vec![step], exit, ladder: None });
        }
    };
    let read = passed("credential", "read", start);
    print(session.printer, &read, how)?;
    let mut steps = vec![read];
    let found = climb(session.printer, &options, how)?;
    steps.extend(found.rungs.iter().map(step));
    let exit = match (found.passed(), found.auth) {
        (true, _) => Exit::Ok,
        (false, true) => Exit::Auth,
        (false, false) => Exit::Failure,
    };
    Ok(Walk { steps, exit, ladder: Some(found.redacted()) })
}

/// The ladder, each rung printed as it is reached. Ctrl-C ends the request that is under way.
fn climb(
    printer: &mut Printer<'_>,
    options: &FlyOptions,
    how: How,
) -> Result<ProbeReport, Failure> {
    wait(async {
        let cancel = CancellationToken::new();
        let mut unprinted = None;
        let mut on_rung = |rung: &Rung| {
            if let Err(failure) = print(printer, &step(rung), how) {
                unprinted = Some(failure);
            }
        };
        let interrupt = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let interrupted = || {
            Failure { exit: Exit::Interrupted, ..Failure::new("cancelled") }
                .hint("Run it again; a test changes nothing.")
        };
        let found = tokio::select! {
            biased;
            found = probe(options, &cancel, &mut on_rung) => Ok(found),
            () = interrupt => Err(interrupted()),
        };
        match unprinted {
            Some(failure) => Err(failure),
            None => found,
        }
    })?
}

/// A store: it opens, and its first page can be read.
fn store(
    session: &mut Session<'_, '_>,
    openers: Arc<Openers>,
    name: &str,
    how: How,
) -> Result<Walk, Failure> {
    let start = Instant::now();
    let mut steps = Vec::new();
    match wait(openers.open(name.to_owned()))? {
        Err(error) => steps.push(failed("file", error, start)),
        Ok(backend) => {
            steps.push(passed("file", "opened", start));
            let start = Instant::now();
            let page = wait(async {
                backend.page(PageRequest { after: None, limit: 1 }).await?;
                backend.count().await
            })?;
            steps.push(match page {
                Ok(count) => passed("first page", &format!("{count} connections"), start),
                Err(error) => failed("first page", error.into(), start),
            });
        }
    }
    for step in &steps {
        print(session.printer, step, how)?;
    }
    let good = steps.iter().all(|it| it.outcome == "passed");
    let exit = if good { Exit::Ok } else { Exit::Failure };
    Ok(Walk { steps, exit, ladder: None })
}

fn passed(step: &'static str, detail: &str, since: Instant) -> Step {
    let milliseconds = millis(since.elapsed());
    Step { step, outcome: "passed", detail: detail.to_owned(), hint: String::new(), milliseconds }
}

fn failed(step: &'static str, error: OpenError, since: Instant) -> Step {
    let milliseconds = millis(since.elapsed());
    Step { step, outcome: "failed", detail: error.to_string(), hint: error.hint, milliseconds }
}

fn step(rung: &Rung) -> Step {
    Step {
        step: rung.step.label(),
        outcome: match rung.outcome {
            RungOutcome::Passed => "passed",
            RungOutcome::Skipped => "skipped",
            RungOutcome::Failed => "failed",
        },
        detail: shown(&rung.detail).into_owned(),
        hint: rung.hint.clone(),
        milliseconds: millis(rung.took),
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn print(printer: &mut Printer<'_>, step: &Step, how: How) -> Result<(), Failure> {
    if !how.format.is_table() {
        return Ok(());
    }
    let Step { step, outcome, detail, milliseconds, .. } = step;
    let detail = if how.hides { "" } else { detail };
    printer.line(&format!("{step:11} {outcome:8} {milliseconds:>6} ms  {detail}"))
}
