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
use crate::domain::document::Format;
use crate::domain::{ConnectionId, Timestamp};
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::service::files::{self, Exported, Exporter, Preflights};
use crate::service::{self, Picked, Query, Row};
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
    /// File to write; an existing folder, or a path that ends in /, gets one file per connection
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
}

pub const EXPORT_HELP: &str = "\
Without names and filters every connection is written. No format contains a secret: TOML and JSON
mark it as kept, so that a plan of them changes nothing. In a folder, each file is named after its
connection; files of deleted connections stay. The exit code is 5 when some of the names were not
found.";

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
    let Wanted { query, only, missing } = wanted(session, &backend, &args)?;
    let now = session.now;
    let rows = || Rows { backend: &backend, query: &query, only: only.as_ref(), now };
    let directory = wait(service::directory::whole(&backend))??;
    let exporter = Exporter::new(&backend, &directory);
    let total = rows().count()?;
    let state = State::default();
    let command = session.printer.asked().command.clone();
    let records = Reading {
        exporter: &exporter,
        total,
        rows: rows().open()?,
        ready: Vec::new().into_iter(),
        state: &state,
        show: &|_, _| {},
    };
    let terminal = session.terminals.error;
    let (preflights, days) = (session.preflights().all(), session.preflight_days);
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
    let written = Written { command: &command, total, preflights: &preflights, format };
    match out {
        // For a mistyped name no file is emptied, and nothing is written that looks like an answer.
        _ if total == 0 && !missing.is_empty() => {}
        Some(folder) if to_folder => {
            written.folder(folder, &rows().names()?, Reading { show: &show, ..records })?;
        }
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

/// Connections of which a terminal is not shown how far it is: they are there at once.
const AT_A_TIME: usize = 500;

/// What is asked for.
struct Wanted {
    query: Query,
    /// Only these of them; `None`: all.
    only: Option<HashSet<ConnectionId>>,
    /// Why others are not among them.
    missing: Vec<Failure>,
}

fn wanted(
    session: &mut Session<'_, '_>,
    backend: &Place,
    args: &ExportArgs,
) -> Result<Wanted, Failure> {
    let query = args.choose.filter.query(session.warning_days);
    if args.choose.which.is_empty() {
        return Ok(Wanted { query, only: None, missing: Vec::new() });
    }
    let Chosen { targets, failed } = args.choose.live(session, backend)?;
    let only = Some(targets.into_iter().map(|it| it.id).collect());
    Ok(Wanted { query, only, missing: failed.into_iter().map(|it| it.1).collect() })
}

/// The rows that are asked for. They are read page by page, each time from the beginning: an export of
/// any size fits into memory.
struct Rows<'a> {
    backend: &'a Place,
    query: &'a Query,
    only: Option<&'a HashSet<ConnectionId>>,
    now: Timestamp,
}

impl<'a> Rows<'a> {
    fn open(self) -> Result<Pages<'a>, Failure> {
        let picked = wait(Picked::open(self.backend, self.query, self.now))??;
        Ok(Pages { picked, only: self.only })
    }

    /// How many there are.
    fn count(self) -> Result<usize, Failure> {
        if self.only.is_none() && self.query.takes_all() {
            return Ok(wait(self.backend.count())??);
        }
        let (mut pages, mut count) = (self.open()?, 0);
        while let Some(rows) = pages.next()? {
            count += rows.len();
        }
        Ok(count)
    }

    /// Their names.
    fn names(self) -> Result<Vec<(ConnectionId, Box<str>)>, Failure> {
        let (mut pages, mut names) = (self.open()?, Vec::new());
        while let Some(rows) = pages.next()? {
            names.extend(rows.into_iter().map(|it| (it.summary.id, it.summary.name)));
        }
        Ok(names)
    }
}

/// Their pages.
struct Pages<'a> {
    picked: Picked<'a>,
    only: Option<&'a HashSet<ConnectionId>>,
}

impl Pages<'_> {
    fn next(&mut self) -> Result<Option<Vec<Row>>, Failure> {
        let Some(mut rows) = wait(self.picked.next())?? else { return Ok(None) };
        if let Some(only) = self.only {
            rows.retain(|row| only.contains(&row.summary.id));
        }
        Ok(Some(rows))
    }
}

/// How far the reading came, and what stopped it.
#[derive(Default)]
struct State {
    count: Cell<usize>,
    ended: Cell<bool>,
    failure: Cell<Option<Failure>>,
}

impl State {
    fn failed(&self) -> Result<(), Failure> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// The records with their rows, read as they are written. Ends early where the backend fails; the state
/// says so.
struct Reading<'a> {
    exporter: &'a Exporter<'a>,
    total: usize,
    rows: Pages<'a>,
    /// Shows how many are written, of how many.
    show: &'a dyn Fn(usize, usize),
    ready: std::vec::IntoIter<(Exported, Row)>,
    state: &'a State,
}

impl Reading<'_> {
    /// The records of the next page; one that is gone by now is left out.
    fn page(&mut self) -> Result<Option<Vec<(Exported, Row)>>, Failure> {
        let Some(rows) = self.rows.next()? else { return Ok(None) };
        let ids: Vec<ConnectionId> = rows.iter().map(|it| it.summary.id).collect();
        let mut records = wait(self.exporter.read(&ids))??.into_iter().peekable();
        let both = rows.into_iter().filter_map(|row| {
            Some((records.next_if(|it| it.connection.id == row.summary.id)?, row))
        });
        Ok(Some(both.collect()))
    }
}

impl Iterator for Reading<'_> {
    type Item = (Exported, Row);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.state.ended.get() {
            if let Some(record) = self.ready.next() {
                self.state.count.update(|it| it + 1);
                return Some(record);
            }
            (self.show)(self.state.count.get(), self.total);
            match self.page() {
                Ok(Some(records)) => self.ready = records.into_iter(),
                Ok(None) => self.state.ended.set(true),
                Err(failure) => {
                    self.state.failure.set(Some(failure));
                    self.state.ended.set(true);
                }
            }
        }
        None
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

/// How the records are written.
struct Written<'a> {
    command: &'a str,
    total: usize,
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

    fn each(
        &self,
        out: &mut dyn Write,
        records: impl Iterator<Item = (Exported, Row)>,
    ) -> io::Result<()> {
        let lines = match self.format {
            ExportFormat::Json => return self.json(out, false, records),
            ExportFormat::Jsonl => return self.json(out, true, records),
            ExportFormat::Toml => files::Table {
                head: files::TOML_HEAD.to_owned(),
                line: |it, _, _| files::toml_record(&it.fields),
                tail: String::new(),
            },
            ExportFormat::Csv => files::table(Format::Csv, self.total),
            ExportFormat::Markdown => files::table(Format::Markdown, self.total),
            ExportFormat::Html => files::table(Format::Html, self.total),
        };
        out.write_all(lines.head.as_bytes())?;
        for (it, row) in records {
            out.write_all((lines.line)(&it, Some(&row), self.preflights).as_bytes())?;
        }
        out.write_all(lines.tail.as_bytes())
    }

    /// As one object, or as a line per record.
    fn json(
        &self,
        out: &mut dyn Write,
        lines: bool,
        records: impl Iterator<Item = (Exported, Row)>,
    ) -> io::Result<()> {
        let records = records.map(|(it, _)| it.fields.into_iter().collect::<Json>());
        answer::stream(out, self.command, lines, "connections", records)
    }

    /// One file per connection.
    fn folder(
        &self,
        folder: &Path,
        named: &[(ConnectionId, Box<str>)],
        records: Reading<'_>,
    ) -> Result<(), Failure> {
        let names: Vec<&str> = named.iter().map(|it| &*it.1).collect();
        let ids = named.iter().map(|it| it.0);
        let stems: HashMap<_, _> = ids.zip(files::file_names(&names)).collect();
        let extension = if self.format == ExportFormat::Json { "json" } else { "toml" };
        let texts = records.filter_map(|record| {
            let stem = stems.get(&record.0.connection.id)?;
            let (file, mut text) = (folder.join(format!("{stem}.{extension}")), Vec::new());
            let written = self.each(&mut text, std::iter::once(record));
            Some((file, written.map(|()| text)))
        });
        Ok(write::many(folder, Existing::Replace, texts)?)
    }
}

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
