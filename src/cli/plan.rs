//! `jetbridge plan`. Issue 5, point 1.

use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service::files::{self, Document, PruneLimit};
use crate::text::shown;
use std::path::PathBuf;

use super::answer::FormatArgs;
use super::file_args::is_standard;
use super::files::{input, run, show};
use super::output::Printer;
use super::session::{Session, wait};

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// File, or folder of files; - for standard input; repeat for several
    #[arg(long, short = 'f', value_name = "FILE|DIR|-", required = true)]
    pub file: Vec<PathBuf>,
    /// Delete every connection of the store that no file names
    #[arg(long)]
    pub prune: bool,
    /// Most connections that --prune may delete: a number, or a percentage such as 30%; without it
    /// 10, and no more than 25%
    #[arg(long, value_name = "N|N%", requires = "prune")]
    pub prune_limit: Option<PruneLimit>,
    /// Write the plan into this file, for apply --plan-file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Take secrets that stand in the file as they are
    #[arg(long)]
    pub allow_plain_secrets: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const PLAN_HELP: &str = "\
Exit code 0 when nothing would change, 3 when something would. No command is run and no secret file is
opened: the plan lists them, and apply reads and compares them. Nothing is asked and nothing is changed.";

pub fn run(session: &mut Session<'_, '_>, args: &PlanArgs) -> Result<Exit, Failure> {
    let inputs = input::read(session, &args.file)?;
    if inputs.stdin && args.out.is_some() {
        return Err(Failure::usage("a plan of standard input cannot be kept")
            .because("apply reads the files of a plan again")
            .hint("Write the input into a file first."));
    }
    if args.out.as_deref().is_some_and(is_standard) {
        return Err(Failure::usage("a plan for apply is kept in a file")
            .hint("Name a file after --out, or leave it out and add -o json to see the plan."));
    }
    inputs.whole(session, args.prune)?;
    let records = files::read(&inputs.inputs);
    let options = run::options(session, args.allow_plain_secrets);
    let backend = session.backend()?;
    let plan = wait(files::plan(&backend, &records, options, args.prune))??;
    let document = Document::new(&plan, inputs.digests, args.prune, session.now)
        .of(wait(backend.identity())??);
    if let Some(path) = &args.out {
        write::bytes(path, Existing::Replace, &json(&document)?)?;
    }
    show::document(session, &plan, &document, args.answer.format())?;
    run::warn(session, &plan, args.prune_limit);
    if let Some(path) = args.out.as_ref().filter(|_| !plan.is_empty()) {
        let name = path.to_string_lossy();
        session
            .printer
            .say(&format!("hint: do it with `jetbridge apply --plan-file {}`", shown(&name)));
    }
    Ok(if plan.is_empty() { Exit::Ok } else { Exit::Findings })
}

/// The bytes of a document, as they would be printed.
fn json(document: &Document) -> Result<Vec<u8>, Failure> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    Printer::new(&mut out, &mut err, None).json(document)?;
    Ok(out)
}
