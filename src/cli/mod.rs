//! The command line: one file per verb, one printer, one table of exit codes. SPEC E7.

mod args;
mod backup;
mod delete;
mod directory;
mod generate;
mod harden;
mod import;
mod key;
mod keys;
mod list;
mod network;
pub mod output;
mod paths;
mod permissions;
mod prompt;
mod report;
mod restore;
mod sample;
pub mod screen;
mod session;
mod show;
mod table;
#[cfg(test)]
mod tests;
mod vault;
mod wiring;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use args::{Args, DirectoryVerb, KeyVerb, SampleVerb, ScreenArgs, StoreVerb, Verb};
use keys::Keys;
use output::{Printer, Terminals};
use session::Session;
use vault::Place;
pub use wiring::open_store;

use crate::backend::Backend;
use crate::config::{Config, ConfigError, HomeUnknown, Paths};
use crate::domain::Timestamp;
use crate::error::{Exit, Failure};

/// Runs the process: reads the arguments, does what they say, answers with the exit code.
///
/// Ctrl-C is left to the system, which ends the process with what a shell shows as 130: every
/// save is one transaction, so there is nothing to tidy up. Two places see to it themselves: the
/// live check, which ends its requests, and the prompt for a secret, which gives the echo back.
pub fn main() -> ExitCode {
    harden::no_core_dumps();
    let exit = match Args::try_parse() {
        Ok(args) => output::on_process(|printer| run(args, printer)),
        Err(error) => output::on_usage(&error),
    };
    exit.into()
}

fn run(args: Args, printer: &mut Printer<'_>) -> Result<Exit, Failure> {
    let paths = || Paths::of_process(args.config.clone()).map_err(Failure::from);
    let asked_for = args.config.is_some();
    let keys = Keys::new(args.vault_key_fd);
    match args.verb {
        None => screen::run(&args.screen, args.demo, asked_for, paths()?, &keys),
        // These three work with a broken configuration: they help to mend it.
        Some(Verb::Paths(json)) => paths::run(printer, &paths()?, json.json),
        Some(Verb::Completions { shell }) => generate::completions(printer, shell),
        Some(Verb::Man { dir }) => generate::man(printer, dir.as_deref()),
        Some(Verb::Store(_) | Verb::Vault(_) | Verb::Backup(_))
            if args.screen != ScreenArgs::default() =>
        {
            Err(Failure::usage("--theme, --ascii, --mouse and --no-mouse are for the screen")
                .hint("Leave them out, or start `jetbridge` without a command."))
        }
        Some(Verb::Store(verb)) => {
            let paths = paths()?;
            let config = Config::load(&paths.config_file, asked_for)?;
            let open = || wiring::open(&paths, &config, args.demo, &keys);
            in_session(printer, &config, &open, |session| dispatch(verb, session))
        }
        Some(Verb::Vault(verb)) => {
            let (paths, config) = (paths()?, Config::load(&paths()?.config_file, asked_for)?);
            let place = Place { paths: &paths, config: &config, keys: &keys, demo: args.demo };
            let open = || wiring::open(&paths, &config, args.demo, &keys);
            in_session(printer, &config, &open, |session| vault::run(session, &place, verb))
        }
        Some(Verb::Backup(verb)) => {
            let (paths, config) = (paths()?, Config::load(&paths()?.config_file, asked_for)?);
            let place = Place { paths: &paths, config: &config, keys: &keys, demo: args.demo };
            let open = || wiring::open(&paths, &config, args.demo, &keys);
            in_session(printer, &config, &open, |session| backup::run(session, &place, verb))
        }
    }
}

/// Runs a verb with what it may need; the store is opened when the verb asks for it.
fn in_session(
    printer: &mut Printer<'_>,
    config: &Config,
    open: &dyn Fn() -> Result<Arc<dyn Backend>, Failure>,
    verb: impl FnOnce(&mut Session<'_, '_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let mut session = Session {
        printer,
        input: &mut std::io::stdin().lock(),
        terminals: Terminals::of_process(),
        now: Timestamp::now(),
        warning_days: config.expiry_warning_days,
        network: &|| network::network(config, &|name| std::env::var(name).ok()),
        open,
    };
    verb(&mut session)
}

fn dispatch(verb: StoreVerb, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match verb {
        StoreVerb::List(args) => list::run(session, args),
        StoreVerb::Show(args) => show::run(session, &args),
        StoreVerb::Delete(args) => delete::run(session, &args),
        StoreVerb::Restore(args) => restore::run(session, &args),
        StoreVerb::Import(args) => import::run(session, &args),
        StoreVerb::Directory(DirectoryVerb::Import(args)) => directory::import(session, &args),
        StoreVerb::Directory(DirectoryVerb::List { kind, tenant, json }) => {
            directory::list(session, kind, tenant.as_deref(), json.json)
        }
        StoreVerb::Key(KeyVerb::Check { key, json }) => key::check(session, key, json.json),
        StoreVerb::Permissions(verb) => permissions::run(session, verb),
        StoreVerb::Sample(SampleVerb::Load(json)) => sample::load(session, json.json),
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
