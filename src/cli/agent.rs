//! `jetbridge agent download`. SPEC D7.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::answer::{FormatArgs, one};
use super::file_args::is_standard;
use super::session::{Session, wait};
use crate::domain::agent::{Checks, GROUP_POLICY, KEY_PLACE, Sha256, install_command, progress};
use crate::error::{Exit, Failure};
use crate::files::{Doing, FileError, Why};
use crate::service::agent::{AgentError, Fetched, Order, Step, fetch};
use crate::text::{shown, wrap};

/// Commands of `agent`.
#[derive(Debug, Subcommand)]
pub enum AgentVerb {
    /// Download its installer, check it, and show how to install it; nothing is run
    #[command(after_help = AGENT_HELP)]
    Download(AgentArgs),
}

/// Arguments of `agent download`.
#[derive(Debug, clap::Args)]
pub struct AgentArgs {
    /// File to write, or an existing folder; the working folder when not given
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
    /// Location to use in place of download_url: an https:// address or a path
    #[arg(long, value_name = "URL|PATH")]
    pub url: Option<String>,
    /// SHA-256 it must have in place of sha256
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    pub sha256: Option<Sha256>,
    /// Accept a file without a SHA-256 to check it with
    #[arg(long, conflicts_with = "sha256")]
    pub unverified: bool,
    /// Replace a file of that name
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

const AGENT_HELP: &str = "\
The file gets its name, readable for you only, once it is complete and passed every check. A download
that breaks starts again from the beginning; after Ctrl-C nothing is left. At most 5 redirects are
followed, to https only. Without a SHA-256 it is refused unless --unverified is given, and no redirect
leads to another host. Set under [agent] in the configuration: download_url, sha256, max_mb,
install_command.";

fn sha256(text: &str) -> Result<Sha256, String> {
    Sha256::parse(text).ok_or_else(|| "64 hexadecimal digits".to_owned())
}

/// Columns before a note.
const MARGIN: usize = 4;

/// Fetches the installer and says how to install it.
pub fn download(session: &mut Session<'_, '_>, args: AgentArgs) -> Result<Exit, Failure> {
    let config = session.agent;
    let Some(from) = args.url.or_else(|| config.installer.url.clone()) else {
        return Err(Failure::usage("the address of the device agent is not configured")
            .because("download_url under [agent] in the configuration is empty")
            .hint("Set it, or give --url."));
    };
    let checks = Checks {
        sha256: args.sha256.or(config.installer.checks.sha256),
        ..config.installer.checks
    };
    if args.out.as_deref().is_some_and(is_standard) {
        return Err(Failure::usage("the installer is written to a file")
            .hint("Name a file or a folder after --out, or leave it out."));
    }
    let to = args.out.unwrap_or_else(|| PathBuf::from("."));
    let order = Order { from, to, checks, force: args.force, unverified: args.unverified };
    let fetched = match run(session, order)? {
        Ok(fetched) => fetched,
        Err(AgentError::Stopped) => {
            session.printer.must_say(&format!("stopped: {}", AgentError::Stopped.hint()));
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
        report(session, &fetched, &command)?;
    }
    Ok(Exit::Ok)
}

/// Runs it and shows how far it is. Ctrl-C ends it and leaves nothing behind.
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
        let reported = move |step: Step| drop(sender.send(step));
        let work = fetch(network.options, order, &cancel, &reported);
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
        Step::Again(why) => printer.say(&format!("starts again: {why}")),
        Step::Bytes { done, total: Some(total) } if terminal && *total > 0 => {
            printer.pass_far((*done, *total), &progress(*done, Some(*total)));
        }
        Step::Bytes { done, total } if terminal => printer.pass(&progress(*done, *total)),
        Step::Bytes { .. } => {}
    }
}

fn failure(error: &AgentError) -> Failure {
    let failure = Failure::new(format!("the device agent was not fetched: {error}"));
    let failure = failure.hint(error.hint());
    match error {
        _ if error.exists() => failure.hint("To replace it, add --force."),
        AgentError::Location(_) | AgentError::Share | AgentError::NoHash => {
            Failure { exit: Exit::Usage, ..failure }
        }
        AgentError::File(FileError {
            doing: Doing::Write, why: Why::Missing | Why::Name, ..
        }) => Failure { exit: Exit::Usage, ..failure },
        AgentError::File(_)
        | AgentError::Http(_)
        | AgentError::OtherHost { .. }
        | AgentError::Redirects { .. }
        | AgentError::NotTheFile { .. }
        | AgentError::TooLarge { .. }
        | AgentError::Digest { .. }
        | AgentError::Stopped => failure,
    }
}

fn report(session: &mut Session<'_, '_>, fetched: &Fetched, command: &str) -> Result<(), Failure> {
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
        let lines = wrap(note, width);
        for (at, line) in lines.iter().enumerate() {
            printer.line(&format!("  {} {line}", if at == 0 { "-" } else { " " }))?;
        }
    }
    if !fetched.checked {
        printer.say("warning: the file is not verified: nothing shows that it is the vendor's");
    }
    Ok(())
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
    host: Option<&'a str>,
    install_command: &'a str,
    group_policy: [&'a str; GROUP_POLICY.len()],
}

impl<'a> Answer<'a> {
    fn of(fetched: &'a Fetched, command: &'a str) -> Self {
        let Fetched { file, bytes, sha256, checked, host, already, length_told } = fetched;
        Self {
            file: file.to_string_lossy().into_owned(),
            bytes: *bytes,
            sha256: sha256.to_string(),
            checked: *checked,
            already_there: *already,
            length_told: *length_told,
            host: host.as_deref(),
            install_command: command,
            group_policy: GROUP_POLICY,
        }
    }
}
