//! `jetbridge clone`. C6; issue 5, point 1.

use super::answer::FormatArgs;
use super::choose;
use super::file_args::{SecretArgs, Set, set};
use super::files::run::{self, Commands};
use super::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::service;
use crate::service::files::{self, CopyOf};

/// Arguments of `clone`.
#[derive(Debug, clap::Args)]
pub struct CloneArgs {
    /// Name, id, or the beginning of an id; - reads it from standard input
    #[arg(value_name = "NAME|ID")]
    pub which: String,
    /// Name of the copy
    #[arg(value_name = "NEWNAME")]
    pub name: String,
    /// Set a field of the copy; repeat for several
    #[arg(long, value_name = "KEY=VALUE", value_parser = set)]
    pub set: Vec<Set>,
    /// Use the key of the original in the copy too, in place of one of its own; agents cannot
    /// distinguish the two then
    #[arg(long)]
    pub keep_keys: bool,
    /// Only check, and show what would be created
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub fn run(session: &mut Session<'_, '_>, args: &CloneArgs) -> Result<Exit, Failure> {
    if args.set.iter().any(|it| it.key == "name") {
        return Err(Failure::usage("the copy is named twice")
            .hint("Leave --set name=… out: the second name is that of the copy."));
    }
    let backend = session.backend()?;
    let which = choose::name(session, &args.which)?;
    let found = wait(service::find(&backend, &which))??;
    let connection = wait(backend.connection(found.id))??;
    let copy = CopyOf { name: args.name.clone(), fields: run::fields(connection.kind, &args.set)? };
    // A secret on the command line would be seen by every process.
    let mut options = run::options(session, false);
    options.ask_again = true;
    options.new_keys = !args.keep_keys;
    let plan = wait(files::clone_one(&backend, connection, copy, options))??;
    if args.dry_run {
        return run::dry(session, &plan, args.answer.format());
    }
    // Whoever gives a command with --set typed it.
    run::finish(session, &backend, plan, (options, Commands::Run), args.answer.format())
}
