//! `jetbridge context`: the places to work on. SPEC E2, E3.

pub mod args;
pub mod ask;
pub mod change;
pub mod credential;
pub mod fields;
mod list;
pub mod member;
pub mod open;
mod report;
mod server;
mod test;
pub mod trust;

use std::sync::Arc;

use args::ContextVerb;
use open::{Openers, Wish};

use super::choose;
use super::keys::Keys;
use super::output::{Printer, Terminals};
use super::session::{Session, nobody};
use super::{prompt, wiring};
use crate::config::contexts::CredentialConfig;
use crate::config::contexts::file::{ConfigFile, WriteError};
use crate::config::{Config, Paths};
use crate::domain::{Secret, SecretSource};
use crate::error::Exit;
use crate::error::Failure;
use crate::files::Problem;
use crate::service::secret_source::{self, Shape, SourceError};

/// Runs a command of `context`.
pub fn run(
    session: &mut Session<'_, '_>,
    verb: ContextVerb,
    wish: &Wish,
    desk: &Desk<'_>,
) -> Result<Exit, Failure> {
    match verb {
        ContextVerb::List(answer) => list::run(session, desk, wish, answer.format()),
        ContextVerb::Add { name, activate, fields, answer } => {
            change::add(session, desk, name, activate, &fields, answer.format())
        }
        ContextVerb::Edit { name, fields, answer } => {
            let name = one(session, &name, &fields)?;
            change::edit(session, desk, &name, &fields, answer.format())
        }
        ContextVerb::Use { name, dry_run, answer } => {
            let name = choose::name(session, &name)?;
            change::activate(session, desk, &name, dry_run, answer.format())
        }
        ContextVerb::Remove { name, dry_run, answer } => {
            let name = choose::name(session, &name)?;
            change::remove(session, desk, &name, dry_run, answer.format())
        }
        ContextVerb::Trust { host, remove, dry_run, answer } => {
            let change = trust::Change { host: host.as_deref(), remove, dry_run };
            trust::run(session, desk, change, answer.format())
        }
        ContextVerb::Test { name, report, answer } => {
            let name = name.map(|it| choose::name(session, &it)).transpose()?;
            test::run(session, desk, wish, name, report.as_deref(), answer.format())
        }
    }
}

/// The name of a context to change; standard input gives it or its secret, not both.
fn one(
    session: &mut Session<'_, '_>,
    name: &str,
    fields: &args::FieldArgs,
) -> Result<String, Failure> {
    if choose::are_typed(&[name.to_owned()]) && fields.secret.secret_stdin {
        return Err(Failure::usage("standard input cannot give both the name and the secret")
            .hint("Name the context, or use --secret-file."));
    }
    choose::name(session, name)
}

/// What these commands work at: the configuration as a file.
pub struct Desk<'a> {
    pub paths: &'a Paths,
    /// What may open the vault of the own store.
    pub keys: Keys,
    pub asked_for: bool,
}

impl Desk<'_> {
    /// The configuration, only to be read.
    pub fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load(&self.paths.config_file, self.asked_for)?)
    }

    /// The configuration, to be changed.
    pub fn file(&self) -> Result<(ConfigFile, Config), Failure> {
        Ok(ConfigFile::read(&self.paths.config_file, self.asked_for)?)
    }

    /// What opens contexts, with this configuration.
    pub fn openers(&self, config: &Config, typed: Option<(String, Secret)>) -> Arc<Openers> {
        wiring::openers(self.paths, config, &Wish::default(), typed)
    }
}

/// What standard input gives for a context that takes its secret from there: typed without echo on
/// a terminal, all of it otherwise. `None` for every other context.
pub fn typed(
    printer: &mut Printer<'_>,
    config: &Config,
    name: &str,
    no_input: bool,
) -> Result<Option<Secret>, Failure> {
    let Some((shape, what)) = wants_stdin(config, name) else { return Ok(None) };
    let terminals = Terminals::of_process();
    let mut input = std::io::stdin().lock();
    if no_input && terminals.input {
        return Err(nobody(no_input, &format!("for the {} of {name}", what.to_lowercase()))
            .hint("Pipe it in, or keep it elsewhere: `jetbridge context edit --help`."));
    }
    if terminals.can_ask() && shape != Shape::Pem {
        return prompt::ask(printer, &mut input, &format!("{what} of {name}")).map(Some);
    }
    Ok(Some(secret_source::from_reader(input, "standard input", shape)?))
}

/// What a context expects on standard input; `None`: nothing.
fn wants_stdin(config: &Config, name: &str) -> Option<(Shape, &'static str)> {
    let place = open::place(config, name)?;
    let credential = place.credential()?;
    match credential {
        CredentialConfig::Secret(SecretSource::Stdin) => {
            Some((change::shape(place.kind(), credential), change::called(place.kind())))
        }
        CredentialConfig::Certificate { key: Some(SecretSource::Stdin), .. } => {
            Some((Shape::Pem, "Private key"))
        }
        CredentialConfig::Secret(_) | CredentialConfig::Certificate { .. } => None,
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::new(error.what).hint(error.hint)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let failure = Self::new(error.to_string());
        match error {
            WriteError::Changed(_) => failure
                .because("nothing was changed")
                .hint("Run the command again; it starts from what the file says now."),
            WriteError::Invalid(wrong) => {
                let mut failure = Self::usage(failure.what);
                failure.why = wrong.problems.iter().map(Problem::words).collect();
                failure.hint("Give other values; nothing was changed.")
            }
            WriteError::Io(error) => failure.hint(error.hint()).hint("Nothing was changed."),
        }
    }
}
