//! `jetbridge export`. Issue 5, point 1; E3, E4.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value as Json;

use super::answer;
use super::choose::{ChooseArgs, Chosen};
use super::file_args::place;
use super::output::stdout_failed;
use super::session::{Session, wait};
use crate::backend::Place;
use crate::domain::ConnectionId;
use crate::domain::document::Format;
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service::files::{self, Exported, Exporter, Preflights};
use crate::service::{self, Row};
use crate::text::{counted, shown, thousands};

/// Formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Whole records, for plan and apply
    Toml,
    /// Whole records, for plan and apply
    Json,
    /// Whole records, one per line
    Jsonl,
    /// A table for spreadsheets; formulas are disarmed
    Csv,
    /// A table for people
    Markdown,
    /// A page for people; it opens without network and prints well
    Html,
}

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Format; by the name of the file when not given, else TOML
    #[arg(long, short = 'o', alias = "output", value_enum, value_name = "FORMAT")]
    pub format: Option<ExportFormat>,
    /// As -o json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// File to write; a folder that is there, or ends in /, gets one file per connection
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
}

pub const EXPORT_HELP: &str = "\
Without names and filters every connection is written. No format holds a secret: TOML and JSON say that it stays, so that a plan of them changes nothing.
In a folder, the file of a connection is named after it; files of connections that are gone by now stay.
The exit code is 5 when some of the names were not found.";

pub fn run(session: &mut Session<'_, '_>, args: ExportArgs) -> Result<Exit, Failure> {
    let out = place(args.out.as_deref());
    let to_folder = out.is_some_and(is_folder);
    let asked = args.format.or(args.json.then_some(ExportFormat::Json));
    let format = asked.unwrap_or_else(|| format_of(out));
    if to_folder && !matches!(format, ExportFormat::Toml | ExportFormat::Json) {
        return Err(Failure::usage("in this format all connections go into one file")
            .hint("Name a file after --out, or choose TOML or JSON."));
    }
    let backend = session.backend()?;
    let (rows, missing) = chosen(session, &backend, &args)?;
    let directory = wait(service::directory::whole(&backend))??;
    let exporter = Exporter::new(&backend, &directory);
    let ids: Vec<ConnectionId> = rows.iter().map(|it| it.summary.id).collect();
    let state = State::default();
    let command = session.printer.asked().command.clone();
    let records = Reading {
        exporter: &exporter,
        total: ids.len(),
        ids: ids.chunks(AT_A_TIME),
        ready: Vec::new().into_iter(),
        state: &state,
        show: &|_, _| {},
    };
    let terminal = session.terminals.error;
    let (preflights, now, days) = (session.preflights().all(), session.now, session.preflight_days);
    let printer = RefCell::new(&mut *session.printer);
    let show = |done: usize, total: usize| {
        if terminal && total > AT_A_TIME {
            let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
            let text = format!("{} of {} connections", thousands(done), thousands(total));
            printer.borrow_mut().pass_far((number(done), number(total)), &text);
        }
    };
    // Of no use in the other formats, which hold whole records.
    let all = match format {
        ExportFormat::Csv | ExportFormat::Markdown | ExportFormat::Html => preflights,
        ExportFormat::Toml | ExportFormat::Json | ExportFormat::Jsonl => HashMap::new(),
    };
    let preflights = Preflights { all, now, days };
    let written = Written { command: &command, rows: &rows, preflights: &preflights, format };
    match out {
        // For a mistyped name no file is emptied, and nothing is written that looks like an answer.
        _ if rows.is_empty() && !missing.is_empty() => {}
        Some(folder) if to_folder => written.folder(folder, Reading { show: &show, ..records })?,
        Some(file) => {
            let records = Reading { show: &show, ..records };
            let done = write::with(file, Existing::Replace, |out| written.all(out, records));
            state.failed()?;
            done?;
        }
        None => {
            // The answer goes to the terminal itself, or to whoever reads it: nothing is shown beside it.
            let done = written.all(&mut **printer.borrow_mut(), records);
            state.failed()?;
            done.map_err(stdout_failed)?;
        }
    }
    state.failed()?;
    let count = state.count.get();
    if let Some(place) = out.filter(|_| count > 0 || missing.is_empty()) {
        let count = counted(count, "connection");
        session.printer.say(&format!("{count} written to {}.", name(place)));
    }
    for failure in &missing {
        session.printer.failure(failure);
    }
    Ok(Exit::of_several(count > 0, missing.iter().map(|it| it.exit)))
}

/// Connections that are read at a time: an export of any size fits into memory.
const AT_A_TIME: usize = 500;

/// How far the reading came, and what stopped it.
#[derive(Default)]
struct State {
    count: Cell<usize>,
    failure: Cell<Option<Failure>>,
}

impl State {
    fn failed(&self) -> Result<(), Failure> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// The records, read as they are written. Ends early where the backend fails; the state says so.
struct Reading<'a> {
    exporter: &'a Exporter<'a>,
    total: usize,
    ids: std::slice::Chunks<'a, ConnectionId>,
    /// Shows how many are written, of how many.
    show: &'a dyn Fn(usize, usize),
    ready: std::vec::IntoIter<Exported>,
    state: &'a State,
}

impl Iterator for Reading<'_> {
    type Item = Exported;

    fn next(&mut self) -> Option<Exported> {
        loop {
            if let Some(record) = self.ready.next() {
                self.state.count.update(|it| it + 1);
                return Some(record);
            }
            let part = self.ids.next()?;
            (self.show)(self.state.count.get(), self.total);
            let read = wait(self.exporter.read(part));
            match read.and_then(|it| it.map_err(Failure::from)) {
                Ok(records) => self.ready = records.into_iter(),
                Err(failure) => {
                    self.state.failure.set(Some(failure));
                    self.ids = [].chunks(AT_A_TIME);
                }
            }
        }
    }
}

fn name(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// A folder that is there, or one that is written as such.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

fn format_of(path: Option<&Path>) -> ExportFormat {
    let extension = path.and_then(Path::extension).map(|it| it.to_ascii_lowercase());
    match extension.as_deref().and_then(|it| it.to_str()) {
        Some("json") => ExportFormat::Json,
        Some("jsonl" | "ndjson") => ExportFormat::Jsonl,
        Some("csv") => ExportFormat::Csv,
        Some("md" | "markdown") => ExportFormat::Markdown,
        Some("html" | "htm") => ExportFormat::Html,
        _ => ExportFormat::Toml,
    }
}

/// The rows that are asked for, and why others are not among them.
fn chosen(
    session: &mut Session<'_, '_>,
    backend: &Place,
    args: &ExportArgs,
) -> Result<(Vec<Row>, Vec<Failure>), Failure> {
    let query = args.choose.filter.query(session.warning_days);
    let mut rows = wait(service::list(backend, &query, session.now))??.rows;
    if args.choose.which.is_empty() {
        return Ok((rows, Vec::new()));
    }
    let Chosen { targets, failed } = args.choose.live(session, backend)?;
    let wanted: HashSet<ConnectionId> = targets.into_iter().map(|it| it.id).collect();
    rows.retain(|row| wanted.contains(&row.summary.id));
    Ok((rows, failed.into_iter().map(|it| it.1).collect()))
}

/// How the records are written.
struct Written<'a> {
    command: &'a str,
    rows: &'a [Row],
    preflights: &'a Preflights,
    format: ExportFormat,
}

impl Written<'_> {
    /// All of them, one after the other. Fails also where the backend did, so that a file that is not
    /// whole gets no name.
    fn all(&self, out: &mut dyn Write, records: Reading<'_>) -> io::Result<()> {
        let state = records.state;
        self.each(out, records)?;
        match state.failure.take() {
            None => Ok(()),
            failure => {
                state.failure.set(failure);
                Err(io::ErrorKind::Other.into())
            }
        }
    }

    fn each(&self, out: &mut dyn Write, records: impl Iterator<Item = Exported>) -> io::Result<()> {
        let lines = match self.format {
            ExportFormat::Json => return self.json(out, false, records),
            ExportFormat::Jsonl => return self.json(out, true, records),
            ExportFormat::Toml => files::Table {
                head: files::TOML_HEAD.to_owned(),
                line: |it, _, _| files::toml_record(&it.fields),
                tail: String::new(),
            },
            ExportFormat::Csv => files::table(Format::Csv, self.rows.len()),
            ExportFormat::Markdown => files::table(Format::Markdown, self.rows.len()),
            ExportFormat::Html => files::table(Format::Html, self.rows.len()),
        };
        let rows: ById<'_> = self.rows.iter().map(|row| (row.summary.id, row)).collect();
        out.write_all(lines.head.as_bytes())?;
        for it in records {
            let row = rows.get(&it.connection.id).copied();
            out.write_all((lines.line)(&it, row, self.preflights).as_bytes())?;
        }
        out.write_all(lines.tail.as_bytes())
    }

    /// As one object, or as a line per record.
    fn json(
        &self,
        out: &mut dyn Write,
        lines: bool,
        records: impl Iterator<Item = Exported>,
    ) -> io::Result<()> {
        let records = records.map(|it| it.fields.into_iter().collect::<Json>());
        answer::stream(out, self.command, lines, "connections", records)
    }

    /// One file per connection.
    fn folder(&self, folder: &Path, records: Reading<'_>) -> Result<(), Failure> {
        let names: Vec<&str> = self.rows.iter().map(|it| &*it.summary.name).collect();
        let ids = self.rows.iter().map(|it| it.summary.id);
        let stems: HashMap<_, _> = ids.zip(files::file_names(&names)).collect();
        let extension = if self.format == ExportFormat::Json { "json" } else { "toml" };
        let texts = records.filter_map(|record| {
            let stem = stems.get(&record.connection.id)?;
            let (file, mut text) = (folder.join(format!("{stem}.{extension}")), Vec::new());
            let written = self.each(&mut text, std::iter::once(record));
            Some((file, written.map(|()| text)))
        });
        Ok(write::many(folder, Existing::Replace, texts)?)
    }
}

/// Rows by their connection.
type ById<'a> = HashMap<ConnectionId, &'a Row>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_the_name() {
        for (path, format) in [
            ("a.toml", ExportFormat::Toml),
            ("a.JSON", ExportFormat::Json),
            ("a.csv", ExportFormat::Csv),
            ("a.md", ExportFormat::Markdown),
            ("a.html", ExportFormat::Html),
            ("a", ExportFormat::Toml),
        ] {
            assert_eq!(format_of(Some(Path::new(path))), format);
        }
    }
}
