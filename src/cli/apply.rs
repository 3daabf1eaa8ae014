//! `jetbridge apply`. Issue 5, point 1.

use std::path::{Path, PathBuf};

use super::answer::FormatArgs;
use super::file_args::SecretArgs;
use super::files::input::{self, Inputs};
use super::files::run::{self, Commands};
use super::files::{done, show};
use super::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::files::read;
use crate::service::files::{
    self, Action, Document, Options, Plan, PruneLimit, changed_files, stale,
};
use crate::text::{counted, shown};

/// Arguments of `apply`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("pruning").args(["prune", "plan_file"]))]
pub struct ApplyArgs {
    /// File, or folder of files; - for standard input; repeat for several
    #[arg(
        long,
        short = 'f',
        value_name = "FILE|DIR|-",
        required_unless_present = "plan_file",
        conflicts_with = "plan_file"
    )]
    pub file: Vec<PathBuf>,
    /// Apply exactly this plan, or nothing if the files or the store changed since
    #[arg(long, value_name = "FILE")]
    pub plan_file: Option<PathBuf>,
    /// Delete every connection of the store that no file names
    #[arg(long, conflicts_with = "plan_file")]
    pub prune: bool,
    /// Maximum number of connections that --prune may delete: a number, or a percentage such as 30%; without it
    /// 10, and no more than 25%
    #[arg(long, value_name = "N|N%", requires = "pruning")]
    pub prune_limit: Option<PruneLimit>,
    /// Only this connection, by its name now or in the files; repeat for several; - reads names from
    /// standard input
    #[arg(long, value_name = "NAME", conflicts_with = "plan_file")]
    pub target: Vec<String>,
    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub secrets: SecretArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const APPLY_HELP: &str = "\
Shows the plan, asks, and applies it, each connection completely or not at all. One that fails stays
as it was and is listed; the exit code is then 5. Applying the same files again does what is left,
and then nothing. With --dry-run the exit code is 0 when nothing would change, 3 when something
would.";

/// A plan larger than this is not one.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

pub fn run(session: &mut Session<'_, '_>, args: &ApplyArgs) -> Result<Exit, Failure> {
    if !session.yes && !args.dry_run && !session.can_ask() {
        return Err(session
            .nobody("whether to apply this")
            .hint("Add --yes to apply it, or --dry-run to see what would be done."));
    }
    let saved = args.plan_file.as_deref().map(document).transpose()?;
    let paths = match &saved {
        Some(saved) => saved.files.iter().map(|it| PathBuf::from(&it.path)).collect(),
        None => args.file.clone(),
    };
    let named = run::targets(session, &args.target, &args.file)?;
    let inputs = input::read(session, &paths)?;
    if let (Some(saved), Some(path)) = (&saved, &args.plan_file) {
        refuse(changed_files(&saved.files, &inputs.digests), path, Exit::Failure)?;
    }
    let prune = saved.as_ref().map_or(args.prune, |it| it.prune);
    inputs.whole(session, prune)?;
    let backend = session.backend()?;
    let (mut plan, options) = fresh(session, &backend, args, &inputs, prune)?;
    let targets = saved.as_ref().map_or(&named, |it| &it.targets);
    match &saved {
        // What is missing is named as what changed since.
        Some(_) => drop(plan.narrow(targets)),
        None => run::narrow(&mut plan, targets)?,
    }
    if let (Some(saved), Some(path)) = (&saved, &args.plan_file) {
        let fresh = Document::new(&plan, inputs.digests, prune, session.now)
            .about(targets)
            .of(wait(backend.identity())??);
        let exit = if saved.store == fresh.store { Exit::Conflict } else { Exit::Failure };
        refuse(stale(saved, &fresh), path, exit)?;
    }
    if args.dry_run {
        run::dry(session, &plan, args.answer.format())?;
        run::warn(session, &plan, args.prune_limit);
        // As `plan` ends: something would change.
        return Ok(if plan.is_empty() { Exit::Ok } else { Exit::Findings });
    }
    run::brake(&plan, args.prune_limit)?;
    let compared = plan.reads().count();
    if plan.is_empty() && compared == 0 {
        let unchanged = plan.count(Action::Unchanged);
        if args.answer.format().is_table() {
            session.printer.line(&show::summary(&plan))?;
            return Ok(Exit::Ok);
        }
        return done::report(session, &[], (unchanged, 0), args.answer.format());
    }
    let commands = Commands::of_files(session, args.secrets.allow_commands);
    if !session.yes {
        show::plan(session, &plan)?;
        // Nobody agrees to what would be refused then.
        run::possible(session, &backend, &plan, commands)?;
        let steps = plan.steps.len() - plan.count(Action::Unchanged);
        let deletions = plan.count(Action::Delete);
        let question = match steps {
            0 => format!("Read {} and save what differs?", counted(compared, "secret")),
            _ => format!("Apply this to {}?", counted(steps, "connection")),
        };
        let does = format!("delete {deletions} of them and apply the rest");
        if !session.agree(&question, &does, deletions)? {
            return Err(Failure::new("nothing was changed")
                .because("you did not agree")
                .hint("Confirm as asked to apply the plan, or use --yes."));
        }
    }
    run::finish(session, &backend, plan, (options, commands), args.answer.format())
}

/// The plan of the files as they are now. That of a plan file is made again: the mistakes
/// of its files, if they have any by now, are reported as such.
fn fresh(
    session: &Session<'_, '_>,
    backend: &crate::backend::Place,
    args: &ApplyArgs,
    inputs: &Inputs,
    prune: bool,
) -> Result<(Plan, Options), Failure> {
    let records = files::read(&inputs.inputs);
    let options = run::options(session, args.secrets.allow_plain_secrets);
    Ok((wait(files::plan(backend, &records, options, prune))??, options))
}

fn document(path: &Path) -> Result<Document, Failure> {
    let name = shown(&path.to_string_lossy()).into_owned();
    let failed = |why: String| {
        Failure::new(format!("{name} cannot be read"))
            .because(why)
            .hint("Create a plan with `jetbridge plan -f DIR --out FILE`.")
    };
    let text = read::text(path, MAX_BYTES)?;
    Document::parse(&text).map_err(failed)
}

/// Nothing is done when the plan would not be the one that was shown.
fn refuse(why: Vec<String>, path: &Path, exit: Exit) -> Result<(), Failure> {
    if why.is_empty() {
        return Ok(());
    }
    let name = path.to_string_lossy();
    let mut failure = Failure::new(format!("{} is no longer valid", shown(&name)))
        .hint("Nothing was changed. Make a new plan, look at it, and apply that.");
    (failure.why, failure.exit) = (why, exit);
    Err(failure)
}
