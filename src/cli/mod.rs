//! The command line: one file per verb, one printer, one table of exit codes. SPEC E7.

mod args;
mod delete;
mod directory;
mod generate;
mod import;
mod key;
mod list;
pub mod output;
mod paths;
mod report;
mod restore;
mod sample;
pub mod screen;
mod session;
mod show;
mod table;
#[cfg(test)]
mod tests;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, DirectoryVerb, KeyVerb, SampleVerb, Verb};
use output::{Printer, Terminals};
use session::Session;
pub use wiring::open_store;

use crate::config::{Config, ConfigError, HomeUnknown, Paths};
use crate::domain::Timestamp;
use crate::error::{Exit, Failure};

/// Runs the process: reads the arguments, does what they say, answers with the exit code.
///
/// Ctrl-C is left to the system, which ends the process with what a shell shows as 130: every
/// save is one transaction, so there is nothing to tidy up.
pub fn main() -> ExitCode {
    let exit = match Args::try_parse() {
        Ok(args) => output::on_process(|printer| run(args, printer)),
        Err(error) => output::on_usage(&error),
    };
    exit.into()
}

fn run(args: Args, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
    // These must work with a broken configuration and without a home.
    match &args.verb {
        Some(Verb::Completions { shell }) => return generate::completions(printer, *shell),
        Some(Verb::Man { dir }) => return generate::man(printer, dir.as_deref()),
        Some(_) | None => {}
    }
    let paths = Paths::of_process(args.config.clone())?;
    if let Some(Verb::Paths(json)) = &args.verb {
        return paths::run(printer, &paths, json.json);
    }
    let Some(verb) = args.verb else {
        return screen::run(&args.screen, args.demo, args.config.is_some(), paths);
    };
    if args.screen != args::ScreenArgs::default() {
        return Err(Failure::usage("--theme, --ascii, --mouse and --no-mouse are for the screen")
            .hint("Leave them out, or start `jetbridge` without a command."));
    }
    let config = Config::load(&paths.config_file, args.config.is_some())?;
    let warning_days = config.expiry_warning_days;
    let demo = args.demo;
    let open = || wiring::open(&paths, &config, demo);
    let mut input = std::io::stdin().lock();
    let mut session = Session {
        printer,
        input: &mut input,
        terminals: Terminals::of_process(),
        now: Timestamp::now(),
        warning_days,
        open: &open,
    };
    dispatch(verb, &mut session)
}

fn dispatch(verb: Verb, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match verb {
        Verb::List(args) => list::run(session, args),
        Verb::Show(args) => show::run(session, &args),
        Verb::Delete(args) => delete::run(session, &args),
        Verb::Restore(args) => restore::run(session, &args),
        Verb::Import(args) => import::run(session, &args),
        Verb::Directory(DirectoryVerb::Import(args)) => directory::import(session, &args),
        Verb::Directory(DirectoryVerb::List { kind, tenant, json }) => {
            directory::list(session, kind, tenant.as_deref(), json.json)
        }
        Verb::Key(KeyVerb::Check { key, json }) => key::check(session, key, json.json),
        Verb::Sample(SampleVerb::Load(json)) => sample::load(session, json.json),
        // Answered before there was a session.
        Verb::Paths(_) | Verb::Completions { .. } | Verb::Man { .. } => Ok(Exit::Ok),
    }
}

impl From<HomeUnknown> for Failure {
    fn from(error: HomeUnknown) -> Self {
        Self::new(error.to_string())
            .hint("Set HOME, or JETBRIDGE_CONFIG_DIR, JETBRIDGE_DATA_DIR and JETBRIDGE_STATE_DIR.")
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let why = error.lines().collect();
        let mut failure = Self::usage(error.to_string())
            .hint("Mend these lines; config.example.toml shows every key with its default.");
        failure.why = why;
        failure
    }
}
