//! `jetbridge import`: from a file, or from a Fly context into the plan.

mod parts;

use std::io::Read;
use std::path::PathBuf;

use clap::ValueEnum;

use super::answer::{FormatArgs, one, whole};
use super::choose::{ChooseArgs, Chosen, FilterArgs};
use super::live::{live, not_opened, read_before};
use super::progress::{wait_saying, wait_telling};
use super::report::{FIELDS, OutcomeOut, Report, few};
use super::session::{Session, minute, wait};
use crate::backend::{BackendError, Imported, OnProgress};
use crate::domain::Timestamp;
use crate::error::{Exit, Failure};
use crate::files::read as bounded;
use crate::service;
use crate::service::copy::{self, Copied};
use crate::service::import::{Ignored, ImportError, MAX_BYTES, connections};
use crate::text::{counted, shown};

/// Format of a file to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Commas, semicolons or tabs; column names first
    Csv,
    /// An array, or an object that holds arrays
    Json,
    /// One object per line
    Jsonl,
}

impl From<FormatArg> for crate::service::import::Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Csv => Self::Csv,
            FormatArg::Json => Self::Json,
            FormatArg::Jsonl => Self::JsonLines,
        }
    }
}

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct ConnectionImportArgs {
    /// File to import, - for standard input; with --from names or ids, - for those of standard input;
    /// all when none is given
    #[arg(value_name = "FILE|NAME", required_unless_present = "from")]
    pub what: Vec<PathBuf>,
    /// Copy connections from this Fly context into the plan, to be completed there
    #[arg(long, value_name = "CONTEXT", conflicts_with = "format")]
    pub from: Option<String>,
    /// Format; guessed from the content when not given
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FormatArg>,
    /// Only show what would be imported
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub filter: FilterArgs,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Arguments of `directory import`, and of `import` from a file.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// File to import; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Format; guessed from the content when not given
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FormatArg>,
    /// Only check the file and show what would be imported
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const IMPORT_HELP: &str = "\
Columns, in any order and case:
  name         required; unique, ignoring case
  type         required; name, label or number, such as M365Group, Device or 4
  side         source, destination or any
  tenant       tenant or domain by name
  modified     moment of the last change, such as 2026-01-31T12:00:00Z
  modified_by  who made it
  description  one line of text
  id           kept when it is a UUID that is not in use

JSON is an array of objects, or an object with \"connections\"; JSON lines are one object per line.
The text is UTF-8. All problems are reported with line and column, and nothing is imported. A name
that exists already is skipped. A type with a form is listed as incomplete until its form is filled
in. CSV and JSON lines of more than 100 MB are checked whole first and then imported in parts: after
an interruption, import the file again.

With --from the connections of a Fly context are copied into the plan: as they are listed, marked as
coming from there, and to be completed. With filters, or names from standard input, their number is shown
and asked first. Live ones that share a name are left out: Fly takes the first
of equal names, so nobody can know which is meant.";

pub fn run(session: &mut Session<'_, '_>, args: &ConnectionImportArgs) -> Result<Exit, Failure> {
    if let Some(context) = &args.from {
        return from_context(session, args, context);
    }
    if !args.filter.is_empty() {
        return Err(Failure::usage("filters choose among the connections of a context")
            .hint("Add --from CONTEXT, or leave the filters out: a file is imported whole."));
    }
    let [file] = args.what.as_slice() else {
        return Err(Failure::usage("one file is imported at a time")
            .hint("To copy connections by name from a Fly context, add --from CONTEXT."));
    };
    let answer = args.answer;
    let (format, dry_run) = (args.format, args.dry_run);
    from_file(session, &ImportArgs { file: file.clone(), format, dry_run, answer })
}

/// Copies live connections into the plan. Exit code 5 when some that were named were not copied.
fn from_context(
    session: &mut Session<'_, '_>,
    args: &ConnectionImportArgs,
    context: &str,
) -> Result<Exit, Failure> {
    let name = live(session.contexts, Some(context), "--from")?;
    let given: Vec<String> = args.what.iter().map(|it| it.display().to_string()).collect();
    let choose = ChooseArgs { which: given, filter: args.filter.clone() };
    // Names on the command line are an answer; how many a filter shows has to be seen first.
    let asks = choose.is_open() && !session.yes && !args.dry_run;
    if asks && !session.can_ask() {
        return Err(session
            .nobody("whether to copy")
            .hint("Add --yes to copy, or --dry-run to see what would be copied."));
    }
    let plan = session.backend()?;
    let (contexts, cached) = (session.contexts, session.cached);
    let work = async |on_progress: OnProgress<'_>| {
        let live = contexts.open(&name).await.map_err(|error| not_opened(&name, error))?;
        match cached {
            true => read_before(&name, &live)?,
            false => live.refresh(on_progress).await.map_err(|error| stale(error, live.as_of()))?,
        }
        Ok::<_, Failure>(live)
    };
    let live = wait_telling(session.printer, session.terminals.error, work)??;
    for remark in live.remarks() {
        session.printer.say(&format!("warning: {}", shown(&remark)));
    }
    let Chosen { targets, failed } = choose.live(session, &live)?;
    let report = Report { done: Vec::new(), failed };
    if asks && !targets.is_empty() {
        few(session, &targets, |_| None);
        let question = format!("Copy {}?", counted(targets.len(), "connection"));
        if !session.confirm(&question)? {
            return Err(Failure::new("nothing was copied")
                .because("you did not agree")
                .hint("Answer y to copy, or give --yes."));
        }
    }
    let ids = targets.into_iter().map(|it| it.id).collect();
    let copied = wait(copy::copy(&plan, &live, ids, args.dry_run))??;
    reported(session, args, &name, &copied, &report)
}

fn stale(error: BackendError, as_of: Option<Timestamp>) -> Failure {
    let failure = Failure::from(error);
    match as_of {
        Some(at) => failure.hint(format!("--cached copies from the list of {}.", minute(at))),
        None => failure,
    }
}

fn reported(
    session: &mut Session<'_, '_>,
    args: &ConnectionImportArgs,
    context: &str,
    copied: &Copied,
    report: &Report,
) -> Result<Exit, Failure> {
    let exit = Exit::of_several(!copied.added.is_empty(), report.failed.iter().map(|it| it.1.exit));
    let format = args.answer.format();
    if !format.is_table() {
        let left: Vec<_> = copied
            .left_out
            .iter()
            .map(|it| serde_json::json!({ "name": it.name, "because": it.why }))
            .collect();
        let failed: Vec<_> = report
            .failed
            .iter()
            .map(|(text, failure)| serde_json::json!({ "name": text, "error": failure.what }))
            .collect();
        let answer = serde_json::json!({
            "version": 1,
            "dry_run": args.dry_run,
            "from": context,
            "added": copied.added.len(),
            "names": copied.added,
            "left_out": left,
            "failed": failed,
        });
        let records = outcomes(args, copied, report);
        whole(session.printer, format, &answer, &FIELDS, records)?;
        return Ok(exit);
    }
    let verb = if args.dry_run { "would copy" } else { "copied" };
    for name in &copied.added {
        session.printer.line(&format!("{verb} {}", shown(name)))?;
    }
    for it in &copied.left_out {
        session.printer.say(&format!("left out {}: {}.", shown(&it.name), it.why));
    }
    for (text, failure) in &report.failed {
        let mut failure = failure.clone();
        failure.what = format!("{}: {}", shown(text), failure.what);
        session.printer.failure(&failure);
    }
    let count = counted(copied.added.len(), "connection");
    session.printer.say(&format!("{verb} {count} from {}.", shown(context)));
    if !copied.added.is_empty() && !args.dry_run {
        session
            .printer
            .say("hint: those of a type with a form are incomplete until the form is filled in");
    }
    Ok(exit)
}

/// What became of each connection that was named.
fn outcomes<'a>(
    args: &ConnectionImportArgs,
    copied: &'a Copied,
    report: &'a Report,
) -> impl Iterator<Item = OutcomeOut<'a>> {
    let verb = if args.dry_run { "would copy" } else { "copied" };
    let out = |outcome, name, error| OutcomeOut { outcome, id: None, name, error };
    let added = copied.added.iter().map(move |name| out(verb, name.as_str(), None));
    let left =
        copied.left_out.iter().map(move |it| out("left out", &it.name, Some(it.why.as_str())));
    let failed = report
        .failed
        .iter()
        .map(move |(text, failure)| out("failed", text.as_str(), Some(failure.what.as_str())));
    added.chain(left).chain(failed)
}

fn from_file(session: &mut Session<'_, '_>, args: &ImportArgs) -> Result<Exit, Failure> {
    if parts::is_large(args) {
        return parts::run(session, args);
    }
    let read =
        with_input(session, args, |input| connections::read(input, args.format.map(Into::into)))?;
    note_ignored(session, &read.ignored);
    let rows = read.rows;
    let total = rows.len();
    let backend = session.backend()?;
    let done = match args.dry_run {
        true => wait(service::plan_import(&backend, &rows))??,
        false => {
            let doing = format!("Importing {}", counted(total, "connection"));
            let work = service::import_connections(&backend, rows);
            wait_saying(session.printer, session.terminals.error, &doing, work)??
        }
    };
    imported(session, args, total, done)
}

/// Says what became of the rows of a file.
fn imported(
    session: &mut Session<'_, '_>,
    args: &ImportArgs,
    rows: usize,
    imported: Imported,
) -> Result<Exit, Failure> {
    let record = serde_json::json!({
        "dry_run": args.dry_run,
        "rows": rows,
        "added": imported.added,
        "skipped": imported.skipped,
    });
    let fields = ["dry_run", "rows", "added", "skipped"];
    if one(session.printer, args.answer.format(), &fields, &record)? {
        return Ok(Exit::Ok);
    }
    let verb = if args.dry_run { "would import" } else { "imported" };
    session.printer.line(&format!("{verb} {}", counted(imported.added, "connection")))?;
    if imported.skipped > 0 {
        let names = counted(imported.skipped, "row");
        session.printer.say(&format!("{names} skipped: the name exists already."));
    }
    Ok(Exit::Ok)
}

/// Reads the file, or standard input, and names it in what goes wrong.
pub fn with_input<T>(
    session: &mut Session<'_, '_>,
    args: &ImportArgs,
    read: impl FnOnce(&mut dyn Read) -> Result<T, ImportError>,
) -> Result<T, Failure> {
    let name = args.file.display().to_string();
    let name = crate::text::shown(&name).into_owned();
    let result = if name == "-" {
        if session.terminals.input {
            session.printer.say("Reading from the terminal; end with Ctrl-D.");
        }
        read(&mut session.input)
    } else {
        let mut file = bounded::open(&args.file, MAX_BYTES)?;
        read(&mut file.bytes)
    };
    result.map_err(|error| {
        let mut failure = Failure::from(error);
        failure.what = format!("{name}: {}", failure.what);
        failure
    })
}

/// Reports which columns were not read: a misspelt one would otherwise be lost silently.
pub fn note_ignored(session: &mut Session<'_, '_>, ignored: &Ignored) {
    if !ignored.is_empty() {
        session.printer.say(&format!("note: these columns are not imported: {ignored}"));
    }
}
