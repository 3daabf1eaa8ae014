//! One answer in every format: a table for people; JSON, JSON lines and CSV for programs. Issue 5,
//! point 3. In JSON, every answer and every line names its version and its command; what each
//! command answers with is in `assets/cli.schema.json`.
//!
//! A verb says what its answer is as one object and as records; how that is written is the same for
//! all of them. The table stays with the verb, which knows what people look for.

use std::cell::Cell;
use std::io::{self, Write};

use clap::ValueEnum;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::{CompactFormatter, PrettyFormatter};
use serde_json::{Map, Value};

use super::output::{Printer, instead, stdout_failed, write_json};
use crate::error::Failure;
use crate::text::csv;

/// Version of answers in JSON and JSON lines, but for those that [`version`] lists.
pub const VERSION: u8 = 1;

/// Version of a command's answer: `show` has the answers of a form by the keys of their fields.
fn version(command: &str) -> u8 {
    match command {
        "show" => 2,
        _ => VERSION,
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One object, version 1
    Json,
    /// One object per record and line
    Jsonl,
    /// For spreadsheets; formulas are disarmed
    Csv,
}

/// How the answer is written, for every verb that gives records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::Args)]
// Not below the heading of what happens to stand before it.
#[command(next_help_heading = None::<&'static str>)]
pub struct FormatArgs {
    /// Format of the answer
    #[arg(
        long,
        short,
        value_enum,
        value_name = "FORMAT",
        default_value = "table",
        hide_default_value = true,
        conflicts_with = "json"
    )]
    output: Format,
    /// As -o json
    #[arg(long)]
    json: bool,
    /// Leave out the line with the headings of a table or CSV
    #[arg(long)]
    no_headers: bool,
}

impl FormatArgs {
    /// The format asked for.
    pub const fn format(self) -> Format {
        if self.json { Format::Json } else { self.output }
    }
}

impl Format {
    /// Whether people read it.
    pub const fn is_table(self) -> bool {
        matches!(self, Self::Table)
    }
}

/// Prints records: as JSON they stand in one object below `key`. Nothing for a table; the answer
/// says whether it was printed.
///
/// # Errors
/// Standard output cannot be written.
pub fn records<R: Serialize>(
    printer: &mut Printer<'_>,
    format: Format,
    key: &'static str,
    columns: &[&str],
    records: impl Iterator<Item = R> + Clone,
) -> Result<bool, Failure> {
    records_and(printer, format, key, columns, records, &Map::new())
}

/// As [`records`], with more members beside them in JSON.
///
/// # Errors
/// Standard output cannot be written.
pub fn records_and<R: Serialize>(
    printer: &mut Printer<'_>,
    format: Format,
    key: &'static str,
    columns: &[&str],
    records: impl Iterator<Item = R> + Clone,
    more: &Map<String, Value>,
) -> Result<bool, Failure> {
    let version = version(&printer.asked().command);
    let below = Below { version, key, records: Sequence(records.clone()), more };
    whole(printer, format, &below, columns, records)
}

/// Writes records that can be read only once, one by one: as one object with all below `key`, or as a
/// line each.
///
/// # Errors
/// What writing fails with.
pub fn stream<R: Serialize>(
    out: &mut dyn Write,
    command: &str,
    lines: bool,
    key: &'static str,
    records: impl Iterator<Item = R>,
) -> io::Result<()> {
    let version = version(command);
    if !lines {
        let (records, more) = (Once(Cell::new(Some(records))), &Map::new());
        let answer = Below { version, key, records, more };
        return write_json(out, PrettyFormatter::new(), &Named { command, answer });
    }
    for record in records {
        let answer = Line { version, record };
        write_json(out, CompactFormatter, &Named { command, answer })?;
    }
    Ok(())
}

/// As [`records`], where JSON has a shape of its own.
///
/// # Errors
/// Standard output cannot be written.
pub fn whole<R: Serialize>(
    printer: &mut Printer<'_>,
    format: Format,
    whole: &impl Serialize,
    columns: &[&str],
    records: impl Iterator<Item = R>,
) -> Result<bool, Failure> {
    let command = printer.asked().command.clone();
    let command = command.as_str();
    match format {
        Format::Table => return Ok(false),
        Format::Json => printer.json(&Named { command, answer: whole })?,
        Format::Jsonl => {
            for record in records {
                let version = version(command);
                printer.json_line(&Named { command, answer: Line { version, record } })?;
            }
        }
        Format::Csv => csv(printer, columns, records)?,
    }
    Ok(true)
}

/// Prints one record, in JSON as it is.
///
/// # Errors
/// Standard output cannot be written.
pub fn one(
    printer: &mut Printer<'_>,
    format: Format,
    columns: &[&str],
    record: &impl Serialize,
) -> Result<bool, Failure> {
    let line = Line { version: version(&printer.asked().command), record };
    whole(printer, format, &line, columns, std::iter::once(record))
}

/// Prints an object that has its version already, in JSON as it is.
///
/// # Errors
/// Standard output cannot be written.
pub fn object(printer: &mut Printer<'_>, format: Format, object: &Value) -> Result<bool, Failure> {
    let mut record = object.clone();
    if let Some(all) = record.as_object_mut() {
        all.remove("version");
    }
    let columns: Vec<String> =
        record.as_object().map(|it| it.keys().cloned().collect()).unwrap_or_default();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    whole(printer, format, object, &columns, std::iter::once(&record))
}

/// What another printer would print, as a text that goes into a file.
///
/// # Errors
/// It cannot be written as JSON.
pub fn text(
    of: &Printer<'_>,
    print: impl FnOnce(&mut Printer<'_>) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    print(&mut Printer::new(&mut out, &mut err, None).answering(of.asked().clone()))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// An answer with the command that gives it, so that its schema can be known from it alone.
#[derive(serde::Serialize)]
struct Named<'a, A> {
    command: &'a str,
    #[serde(flatten)]
    answer: A,
}

/// A record with the version that every line of its own needs.
#[derive(serde::Serialize)]
struct Line<R> {
    version: u8,
    #[serde(flatten)]
    record: R,
}

/// Records below one key; written one by one, so that a long list is never held twice.
struct Below<'m, S> {
    version: u8,
    key: &'static str,
    records: S,
    more: &'m Map<String, Value>,
}

impl<R: Serialize> Serialize for Below<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2 + self.more.len()))?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry(self.key, &self.records)?;
        for (key, value) in self.more {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

struct Sequence<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Sequence<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// A sequence that is read as it is written, and then no more.
struct Once<I>(Cell<Option<I>>);

impl<I: Iterator<Item: Serialize>> Serialize for Once<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}

/// A head and a line per record. A column is a path such as `requirement.name`.
fn csv<R: Serialize>(
    printer: &mut Printer<'_>,
    columns: &[&str],
    records: impl Iterator<Item = R>,
) -> Result<(), Failure> {
    let hidden = printer.hidden().to_vec();
    let write = || -> std::io::Result<()> {
        if printer.asked().headings() {
            printer.write_all(csv::line(columns).as_bytes())?;
        }
        for record in records {
            let record = serde_json::to_value(record)?;
            let cells =
                columns.iter().map(|path| instead(&cell(&record, path), &hidden).into_owned());
            printer.write_all(csv::line(cells).as_bytes())?;
        }
        printer.flush()
    };
    write().map_err(stdout_failed)
}

/// What stands at a path, in one cell: lists with semicolons, what is not there as nothing.
fn cell(value: &Value, path: &str) -> String {
    let (key, rest) = match path.split_once('.') {
        Some((key, rest)) => (key, Some(rest)),
        None => (path, None),
    };
    match value {
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(|it| cell(it, path)).collect();
            parts.join("; ")
        }
        Value::Object(map) => match (map.get(key), rest) {
            (None, _) => String::new(),
            (Some(inner), Some(rest)) => cell(inner, rest),
            (Some(inner), None) => plain(inner),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::asked::Asked;

    fn printed(format: Format, rows: &[Value], columns: &[&str]) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let asked = Asked { command: "list".to_owned(), json: false, ..Asked::default() };
        let mut printer = Printer::new(&mut out, &mut err, None).answering(asked);
        records(&mut printer, format, "rows", columns, rows.iter()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_format_shows_the_same() {
        let rows = [
            json!({ "name": "a\u{202e}b", "many": [{ "id": "x" }, { "id": "y" }], "at": null }),
            json!({ "name": "=1+1", "many": [], "at": { "n": 3 } }),
        ];
        let columns = ["name", "many.id", "at.n", "missing"];
        assert_eq!(printed(Format::Table, &rows, &columns), "");
        let whole: Value = serde_json::from_str(&printed(Format::Json, &rows, &columns)).unwrap();
        assert_eq!(whole, json!({ "version": 1, "command": "list", "rows": rows }));
        let lines = printed(Format::Jsonl, &rows, &columns);
        assert!(!lines.contains('\u{202e}'), "E4: {lines}");
        for (line, row) in lines.lines().zip(&rows) {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let members = line.as_object_mut().unwrap();
            assert_eq!(members.remove("version"), Some(json!(1)));
            assert_eq!(members.remove("command"), Some(json!("list")));
            assert_eq!(&line, row);
        }
        assert_eq!(
            printed(Format::Csv, &rows, &columns),
            "name,many.id,at.n,missing\na\\u{202e}b,x; y,,\n'=1+1,,3,\n"
        );
        assert_eq!(printed(Format::Csv, &[], &columns), "name,many.id,at.n,missing\n");
        assert_eq!(printed(Format::Jsonl, &[], &columns), "");
    }
}
