//! What a verb works with, and what several verbs need.

use std::io::BufRead;
use std::path::Path;

use rustix::termios::QueueSelector;
use serde::Serialize;

use super::network::Network;
use super::output::{Printer, Terminals};
use super::several::Several;
use crate::backend::Place;
use crate::backend::redacted::Hide;
use crate::checks::preflight::SignIn;
use crate::config::Agent;
use crate::domain::context::is_production;
use crate::domain::health::Findings;
use crate::domain::query::Filter;
use crate::domain::removal::{is_number, number_is_typed};
use crate::domain::rules::PasswordPolicy;
use crate::domain::{Summary, Timestamp};
use crate::error::{Exit, Failure};
use crate::files::{FileError, Why, encoding, read};
use crate::form::judge;
use crate::service::FindError;
use crate::service::contexts::Contexts;
use crate::service::import::ImportError;
use crate::service::preflight::Results;
use crate::service::waivers::WaiverFile;

/// Longest line that an answer or a key may have.
const LINE_MAX: usize = 4_096;

/// Opens the backend; what takes its time is reported. With a filter, a service that decides it reads
/// only what passes.
pub type Open<'s> = dyn Fn(&mut Printer<'_>, Option<&Filter>) -> Result<Opened, Failure> + 's;

/// A backend that was opened.
pub struct Opened {
    /// It.
    pub backend: Place,
    /// The rows of the filter, where only those were read.
    pub rows: Option<Vec<Summary>>,
}

impl From<Place> for Opened {
    fn from(backend: Place) -> Self {
        Self { backend, rows: None }
    }
}

/// What a verb works with.
pub struct Session<'s, 'p> {
    /// Prints.
    pub printer: &'s mut Printer<'p>,
    /// Standard input.
    pub input: &'s mut dyn BufRead,
    /// Which standard streams are terminals.
    pub terminals: Terminals,
    /// `--no-input`: nobody is asked anything.
    pub no_input: bool,
    /// `--yes`: whether to go on is answered already.
    pub yes: bool,
    /// Hides names, with `--redact`.
    pub hide: Option<Hide>,
    /// The present.
    pub now: Timestamp,
    /// Days before an expiry from which it is reported.
    pub warning_days: i64,
    /// Days from which the result of a pre-flight is outdated; 0: never.
    pub preflight_days: i64,
    /// Where waivers of checks are kept.
    pub waivers: WaiverFile,
    /// Rules for the local administrator's password. D8
    pub password: PasswordPolicy,
    /// Where the device agent is, and what it must be. D7
    pub agent: &'s Agent,
    /// How to reach Microsoft; only a live check asks.
    pub network: &'s dyn Fn() -> Result<Network, Failure>,
    /// Who can sign in to tenants; only the pre-flight asks.
    pub sign_ins: &'s dyn Fn() -> Vec<SignIn>,
    /// Opens the backend; only verbs that need it do.
    pub open: &'s Open<'s>,
    /// The contexts of a command that works in several; `None`: in one.
    pub several: Option<Several<'s>>,
    /// Every context, and the way to open each.
    pub contexts: &'s Contexts,
    /// Answer from what was read of a live context last.
    pub cached: bool,
    /// Whether the commands of connection files may be run without an option of the command line.
    pub allow_commands: bool,
    /// A sample in memory stands in for the store.
    pub demo: bool,
    /// Data directory for the ticks of runbooks; `None`: they are not kept.
    pub ticks: Option<&'s Path>,
}

impl Session<'_, '_> {
    /// The backend.
    pub fn backend(&mut self) -> Result<Place, Failure> {
        Ok((self.open)(self.printer, None)?.backend)
    }

    /// The backend for a list that nothing but the rows of a filter is shown of.
    pub fn selected(&mut self, filter: &Filter) -> Result<Opened, Failure> {
        (self.open)(self.printer, Some(filter))
    }

    /// Where results of pre-flights are kept; nowhere while names are hidden.
    pub fn preflights(&self) -> Results {
        Results::below(self.ticks.filter(|_| self.hide.is_none()))
    }

    /// Whether somebody can be asked.
    pub const fn can_ask(&self) -> bool {
        !self.no_input && self.terminals.can_ask()
    }

    /// Nobody can be asked; the caller adds the option that answers.
    pub fn nobody(&self, what: &str) -> Failure {
        nobody(self.no_input, what)
    }

    /// One line of standard input without its line end; `None` at the end.
    pub fn read_line(&mut self) -> Result<Option<String>, Failure> {
        let mut bytes = Vec::new();
        let mut limited = std::io::Read::take(&mut *self.input, LINE_MAX as u64);
        let read = limited.read_until(b'\n', &mut bytes).map_err(|error| {
            Failure::new("standard input cannot be read")
                .because(error.to_string())
                .hint("Open standard input for reading, or give what is asked for as an option.")
        })?;
        if read == 0 {
            return Ok(None);
        }
        if read == LINE_MAX {
            return Err(Failure::new(format!("a line has more than {LINE_MAX} bytes"))
                .hint("Give only what is asked for, on a line of its own."));
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// All of standard input, in whichever encoding. Nothing is left to be asked for after it.
    pub fn read_text(&mut self, limit: u64) -> Result<String, Failure> {
        let name = "standard input";
        let bytes = read::stream(&mut *self.input, name, limit)?;
        let text =
            encoding::decode(&bytes).map_err(|it| FileError::stream(name, Why::NotText(it)))?;
        Ok(text.into_owned())
    }

    /// Asks a question that is answered with y or n; anything but yes is no.
    pub fn confirm(&mut self, question: &str) -> Result<bool, Failure> {
        Ok(is_yes(&self.ask(&format!("{question} [y/N] "))?))
    }

    /// Asks before so much is destroyed. What was typed before the question is no answer to it; for
    /// more than a handful, and in a context labelled as production, the number is typed.
    pub fn agree(&mut self, question: &str, does: &str, count: usize) -> Result<bool, Failure> {
        if !number_is_typed(count, 0, self.is_production()) {
            self.forget_typed_ahead();
            return self.confirm(question);
        }
        let answer = self.agree_by(&format!("{question} Type {count} to {does}: "))?;
        Ok(is_number(&answer, count))
    }

    /// Asks for what must be typed before something is destroyed.
    pub fn agree_by(&mut self, question: &str) -> Result<String, Failure> {
        self.forget_typed_ahead();
        self.ask(question)
    }

    fn ask(&mut self, question: &str) -> Result<String, Failure> {
        self.printer.ask(question);
        Ok(self.read_line()?.unwrap_or_default())
    }

    fn forget_typed_ahead(&self) {
        if self.terminals.input {
            forget_typed_ahead();
        }
    }

    /// Whether the context that is worked on is labelled as production.
    pub fn is_production(&self) -> bool {
        let label = self.contexts.active().and_then(|it| it.label.as_deref());
        label.is_some_and(is_production)
    }
}

/// Whether an answer is yes.
pub fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Drops what waits in the terminal to be read: it was typed before what is asked now.
pub fn forget_typed_ahead() {
    // Where there is no terminal there is nothing of the kind.
    let _ = rustix::termios::tcflush(rustix::stdio::stdin(), QueueSelector::IFlush);
}

/// A question that nobody can be asked, and why.
pub fn nobody(no_input: bool, what: &str) -> Failure {
    Failure::usage(format!("cannot ask {what}")).because(match no_input {
        true => "--no-input was given",
        false => "standard input or standard error is not a terminal",
    })
}

/// Runs a call to its end on this thread.
pub fn wait<F: Future>(call: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new("the runtime cannot be started")
            .because(error.to_string())
            .hint("The system may be out of memory, threads or file handles.")
    })?;
    Ok(runtime.block_on(call))
}

/// Runs calls that change nothing to their end, or until Ctrl-C ends them.
///
/// # Errors
/// It was interrupted, or the runtime cannot be started.
pub fn until_interrupt<F: Future>(call: F) -> Result<F::Output, Failure> {
    wait(async {
        let interrupt = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            done = call => Ok(done),
            () = interrupt => Err(Failure { exit: Exit::Interrupted, ..Failure::new("cancelled") }
                .hint("Run it again; a check changes nothing.")),
        }
    })?
}

/// A moment in a table: to the minute, in UTC.
pub fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// A finding in JSON.
#[derive(Serialize)]
pub struct FindingOut {
    finding: &'static str,
    level: &'static str,
    advice: String,
}

/// Findings in JSON, worst first.
pub fn findings_out(findings: Findings) -> Vec<FindingOut> {
    let out = judge::of(findings).map(|it| FindingOut {
        finding: it.id,
        level: it.level.label(),
        advice: it.advice(),
    });
    out.collect()
}

impl From<FindError> for Failure {
    fn from(error: FindError) -> Self {
        let mut failure = Self::new(error.to_string()).hint(error.hint());
        failure.why = error.candidates();
        failure
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let mut failure = Self::new(error.to_string()).hint(error.hint());
        failure.why = error.lines();
        failure
    }
}
