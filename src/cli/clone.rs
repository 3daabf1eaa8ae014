//! `jetbridge clone`. C6; issue 5, point 1.

use super::file_args::CloneArgs;
use super::files::run::{self, Commands};
use super::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::service;
use crate::service::files::{self, CopyOf};

pub fn run(session: &mut Session<'_, '_>, args: &CloneArgs) -> Result<Exit, Failure> {
    if args.set.iter().any(|it| it.key == "name") {
        return Err(Failure::usage("the copy has its name already")
            .hint("Leave --set name=… out: the second name is that of the copy."));
    }
    let backend = session.backend()?;
    let found = wait(service::find(&*backend, &args.which))??;
    let connection = wait(backend.connection(found.id))??;
    let copy = CopyOf { name: args.name.clone(), fields: run::fields(connection.kind, &args.set)? };
    // A secret on the command line would be seen by every process.
    let mut options = run::options(session, false);
    options.ask_again = true;
    options.new_keys = !args.keep_keys;
    let plan = wait(files::clone_one(&*backend, connection, copy, options))??;
    if args.dry_run {
        return run::dry(session, &plan, args.answer.format());
    }
    // Whoever gives a command with --set typed it.
    run::finish(session, &*backend, plan, (options, Commands::Run), args.answer.format())
}
