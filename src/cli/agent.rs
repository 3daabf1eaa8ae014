//! `jetbridge agent download`. SPEC D7.

use std::path::PathBuf;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::answer::one;
use super::args::AgentArgs;
use super::file_args::is_standard;
use super::session::{Session, wait};
use crate::domain::agent::{Checks, GROUP_POLICY, KEY_PLACE, install_command, progress, size};
use crate::error::{Exit, Failure};
use crate::service::agent::{AgentError, Fetched, Order, Step, fetch};
use crate::text::shown;

/// Columns before a note.
const MARGIN: usize = 4;

/// Fetches the installer and says how to install it.
pub fn download(session: &mut Session<'_, '_>, args: AgentArgs) -> Result<Exit, Failure> {
    let config = session.agent;
    let Some(from) = args.url.or_else(|| config.installer.url.clone()) else {
        return Err(Failure::usage("nobody told where the device agent is")
            .because("download_url under [agent] in the configuration is empty")
            .hint("Set it, or give --url."));
    };
    let checks = Checks {
        sha256: args.sha256.or(config.installer.checks.sha256),
        ..config.installer.checks
    };
    if args.out.as_deref().is_some_and(is_standard) {
        return Err(Failure::usage("the installer goes into a file")
            .hint("Name a file or a folder after --out, or leave it out."));
    }
    let to = args.out.unwrap_or_else(|| PathBuf::from("."));
    let order = Order { from, to, checks, resume: !args.no_resume, force: args.force };
    let fetched = match run(session, order)? {
        Ok(fetched) => fetched,
        Err(AgentError::Stopped) => {
            session.printer.say(&format!("stopped: {}", AgentError::Stopped.hint()));
            return Ok(Exit::Interrupted);
        }
        Err(error) => return Err(failure(&error)),
    };
    let name = fetched.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let command = install_command(&config.install_command, &name, KEY_PLACE);
    let mut fetched = fetched;
    if let Some(hide) = &session.hide {
        fetched.host = fetched.host.map(|it| hide.domain(&it));
    }
    let answer = Answer::of(&fetched, &command);
    if !one(session.printer, args.answer.format(), &FIELDS, &answer)? {
        tell(session, &fetched, &command)?;
    }
    Ok(Exit::Ok)
}

/// Runs it and tells how far it is. Ctrl-C ends it and keeps what is here.
fn run(
    session: &mut Session<'_, '_>,
    order: Order,
) -> Result<Result<Fetched, AgentError>, Failure> {
    let network = (session.network)()?;
    let terminal = session.terminals.error;
    wait(async {
        let cancel = CancellationToken::new();
        let (sender, mut steps) = tokio::sync::mpsc::unbounded_channel();
        // Nobody listening any more is fine.
        let told = move |step: Step| drop(sender.send(step));
        let work = fetch(network.options, order, &cancel, &told);
        let interrupt = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::pin!(work, interrupt);
        let done = loop {
            tokio::select! {
                biased;
                done = &mut work => break done,
                () = &mut interrupt, if !cancel.is_cancelled() => cancel.cancel(),
                Some(step) = steps.recv() => show(session, &step, terminal),
            }
        };
        while let Ok(step) = steps.try_recv() {
            show(session, &step, terminal);
        }
        session.printer.pass("");
        done
    })
}

/// What changed is said; how far it is only where it can be overwritten.
fn show(session: &mut Session<'_, '_>, step: &Step, terminal: bool) {
    let printer = &mut *session.printer;
    match step {
        Step::From(_) if session.hide.is_some() => {}
        Step::From(host) => printer.say(&format!("from {}", shown(host))),
        Step::Resumed(done) => printer.say(&format!("goes on behind {}", size(*done))),
        Step::Anew(why) => printer.say(&format!("begins anew: {why}")),
        Step::Again(why) => printer.say(&format!("tries again: {why}")),
        Step::Bytes { done, total } if terminal => printer.pass(&progress(*done, *total)),
        Step::Bytes { .. } => {}
    }
}

fn failure(error: &AgentError) -> Failure {
    let failure = Failure::new(format!("the device agent was not fetched: {error}"));
    let failure = failure.hint(error.hint());
    match error {
        AgentError::Exists { .. } => failure.hint("To replace it, add --force."),
        AgentError::Location(_) | AgentError::Share | AgentError::NoFolder { .. } => {
            Failure { exit: Exit::Usage, ..failure }
        }
        AgentError::Foreign { .. }
        | AgentError::Busy { .. }
        | AgentError::Http(_)
        | AgentError::Redirects { .. }
        | AgentError::NotTheFile { .. }
        | AgentError::TooLarge { .. }
        | AgentError::Digest { .. }
        | AgentError::Disk { .. }
        | AgentError::Stopped => failure,
    }
}

fn tell(session: &mut Session<'_, '_>, fetched: &Fetched, command: &str) -> Result<(), Failure> {
    let printer = &mut *session.printer;
    printer.line(&fetched.line())?;
    printer.line(&format!("SHA-256 {}", fetched.sha256))?;
    printer.line("\nInstall it silently, as administrator; the form copies this with the key:")?;
    for line in command.lines() {
        printer.line(&format!("  {line}"))?;
    }
    printer.line("\nBy Group Policy:")?;
    let width = printer.width().unwrap_or(usize::MAX).max(MARGIN + 20) - MARGIN;
    for note in GROUP_POLICY {
        let lines = wrapped(note, width);
        for (at, line) in lines.iter().enumerate() {
            printer.line(&format!("  {} {line}", if at == 0 { "-" } else { " " }))?;
        }
    }
    if !fetched.checked {
        printer.say(
            "warning: no SHA-256 is configured, so nothing tells that this is the vendor's file",
        );
    }
    Ok(())
}

/// Our own text in lines of so many characters, broken between words.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Columns of CSV.
const FIELDS: [&str; 6] = ["file", "bytes", "sha256", "checked", "already_there", "host"];

#[derive(Serialize)]
struct Answer<'a> {
    file: String,
    bytes: u64,
    sha256: String,
    checked: bool,
    already_there: bool,
    length_told: bool,
    resumed_at: u64,
    host: Option<&'a str>,
    install_command: &'a str,
    group_policy: [&'a str; GROUP_POLICY.len()],
}

impl<'a> Answer<'a> {
    fn of(fetched: &'a Fetched, command: &'a str) -> Self {
        let Fetched { file, bytes, sha256, checked, host, resumed_at, already, length_told } =
            fetched;
        Self {
            file: file.to_string_lossy().into_owned(),
            bytes: *bytes,
            sha256: sha256.to_string(),
            checked: *checked,
            already_there: *already,
            length_told: *length_told,
            resumed_at: *resumed_at,
            host: host.as_deref(),
            install_command: command,
            group_policy: GROUP_POLICY,
        }
    }
}
