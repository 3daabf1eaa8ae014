//! `jetbridge plan`. Issue 5, point 1.

use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service::files::{self, Document, PruneLimit};
use crate::text::shown;
use std::path::PathBuf;

use super::answer::Format;
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
    /// Maximum number of connections that --prune may delete: a number, or a percentage such as 30%; without it
    /// 10, and no more than 25%
    #[arg(long, value_name = "N|N%", requires = "prune")]
    pub prune_limit: Option<PruneLimit>,
    /// Only this connection, by its name now or in the files; repeat for several; - reads names from
    /// standard input
    #[arg(long, value_name = "NAME")]
    pub target: Vec<String>,
    /// Write the plan into this file, for apply --plan-file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Accept secrets that are written in plain text in the file
    #[arg(long)]
    pub allow_plain_secrets: bool,
    #[command(flatten)]
    pub answer: PlanFormatArgs,
}

/// How the plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct PlanFormatArgs {
    /// Format of the plan
    #[arg(
        long,
        short,
        value_enum,
        value_name = "FORMAT",
        default_value = "table",
        hide_default_value = true,
        conflicts_with = "json"
    )]
    output: PlanFormat,
    /// As -o json
    #[arg(long)]
    json: bool,
    /// Leave out the line with the headings of CSV
    #[arg(long)]
    no_headers: bool,
}

/// Formats of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PlanFormat {
    /// For people
    Table,
    /// One object, version 1
    Json,
    /// One object per step and line
    Jsonl,
    /// For spreadsheets; formulas are disarmed
    Csv,
    /// For pull requests, tickets and wikis
    Markdown,
}

impl PlanFormatArgs {
    /// The format of records; `None`: Markdown.
    const fn format(self) -> Option<Format> {
        match self.output {
            _ if self.json => Some(Format::Json),
            PlanFormat::Table => Some(Format::Table),
            PlanFormat::Json => Some(Format::Json),
            PlanFormat::Jsonl => Some(Format::Jsonl),
            PlanFormat::Csv => Some(Format::Csv),
            PlanFormat::Markdown => None,
        }
    }
}

pub const PLAN_HELP: &str = "\
Exit code 0 when nothing would change, 3 when something would. No command is run and no secret file is
opened: the plan lists them, and apply reads and compares them. Nothing is asked and nothing is changed.";

pub fn run(session: &mut Session<'_, '_>, args: &PlanArgs) -> Result<Exit, Failure> {
    let targets = run::targets(session, &args.target, &args.file)?;
    let inputs = input::read(session, &args.file)?;
    if inputs.stdin && args.out.is_some() {
        return Err(Failure::usage("a plan of standard input cannot be saved")
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
    let mut plan = wait(files::plan(&backend, &records, options, args.prune))??;
    run::narrow(&mut plan, &targets)?;
    let document = Document::new(&plan, inputs.digests, args.prune, session.now)
        .about(&targets)
        .of(wait(backend.identity())??);
    if let Some(path) = &args.out {
        write::bytes(path, Existing::Replace, &json(&document)?)?;
    }
    match args.answer.format() {
        Some(format) => show::document(session, &plan, &document, format)?,
        None => show::markdown(session, &plan)?,
    }
    run::warn(session, &plan, args.prune_limit);
    if let Some(path) = args.out.as_ref().filter(|_| !plan.is_empty()) {
        let name = path.to_string_lossy();
        session
            .printer
            .say(&format!("hint: apply it with `jetbridge apply --plan-file {}`", shown(&name)));
    }
    Ok(if plan.is_empty() { Exit::Ok } else { Exit::Findings })
}

/// The bytes of a document, as they would be printed.
fn json(document: &Document) -> Result<Vec<u8>, Failure> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    Printer::new(&mut out, &mut err, None).json(document)?;
    Ok(out)
}
