//! `jetbridge create`. G12; issue 5, point 1.

use std::path::PathBuf;

use super::answer::FormatArgs;
use super::ask::{self, AskArgs};
use super::file_args::SecretArgs;
use super::files::input;
use super::files::run::{self, Commands};
use super::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::service::files;

/// Arguments of `create`.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// File, or folder of files; - for standard input; repeat for several. Without it, the fields of the
    /// form are asked one by one
    #[arg(long, short = 'f', value_name = "FILE|DIR|-")]
    pub file: Vec<PathBuf>,
    /// Only check, and show what would be created
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub ask: AskArgs,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub fn run(session: &mut Session<'_, '_>, args: &CreateArgs) -> Result<Exit, Failure> {
    if args.file.is_empty() {
        let how = args.ask.how(args.dry_run, args.answer);
        return ask::create(session, how);
    }
    let inputs = input::read(session, &args.file)?;
    let records = files::read(&inputs.inputs);
    let options = run::options(session, args.secrets.allow_plain_secrets);
    let backend = session.backend()?;
    let plan = wait(files::create_all(&backend, &records, options))??;
    if args.dry_run {
        return run::dry(session, &plan, args.answer.format());
    }
    let commands = Commands::of_files(session, args.secrets.allow_commands);
    run::finish(session, &backend, plan, (options, commands), args.answer.format())
}
