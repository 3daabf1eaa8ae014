//! Rows of a file to import, whatever its format: CSV, JSON or JSON lines.
//!
//! A row is handed over as soon as it is read, so that no format needs the whole file twice.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufRead, Read};

use serde::de::IgnoredAny;

use super::problem::{Ignored, ImportError, Problems};
use super::source::Source;
use super::{csv, json};

/// Longest text that is repeated in a message.
const QUOTED: usize = 60;

/// The formats that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Separated by commas, semicolons or tabs, with a line of column names first.
    Csv,
    /// One array, or one object that holds arrays.
    Json,
    /// One object per line.
    JsonLines,
}

/// A column that an importer reads.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in files.
    pub name: &'static str,
    /// Another name for it; empty: none.
    pub alias: &'static str,
}

/// What an importer reads.
pub struct Schema {
    /// Its columns; a row holds its cells in this order.
    pub columns: &'static [Column],
    /// Columns without which a CSV makes no sense.
    pub required: &'static [&'static str],
    /// Names of arrays in a JSON object, with what they hold (for the column named by `tag`).
    pub arrays: &'static [(&'static str, Option<&'static str>)],
    /// Column that says what a row is; filled from the name of the array.
    pub tag: Option<usize>,
    /// Whether an unknown column is an error instead of a note.
    pub strict: bool,
}

impl Schema {
    /// Place of the column with this name, however it is written.
    pub fn column(&self, name: &str) -> Option<usize> {
        let wanted = |c: char| match c {
            ' ' | '-' => '_',
            other => other.to_ascii_lowercase(),
        };
        let same =
            |known: &str| !known.is_empty() && name.trim().chars().map(wanted).eq(known.chars());
        self.columns.iter().position(|column| same(column.name) || same(column.alias))
    }

    /// Names of its columns.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name)
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// A text; numbers of JSON as they are written.
    Text(Cow<'a, str>),
    /// `true` or `false` of JSON.
    Bool(bool),
    /// An array of texts of JSON.
    List(Vec<String>),
    /// Something that no column takes, by the word for it.
    Odd(&'static str),
}

/// A row: its line, and its cells in the order of the schema's columns.
pub struct Row<'a> {
    /// Line where it starts, from 1.
    pub line: u64,
    /// `None` where the file says nothing; an empty text of CSV counts as nothing.
    pub cells: Vec<Option<Cell<'a>>>,
}

/// What a reader collects beside the rows.
#[derive(Default)]
pub struct Findings {
    pub problems: Problems,
    pub ignored: Ignored,
}

/// Takes each row, in the order of the file.
pub type OnRow<'f> = &'f mut dyn FnMut(&Row<'_>, &mut Problems);

/// Reads every row. Problems are collected; only what makes reading on impossible is an error.
pub fn read(
    input: impl Read,
    format: Option<Format>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) -> Result<(), ImportError> {
    let mut source = Source::new(input);
    let head = source.fill_buf()?;
    if head.iter().all(u8::is_ascii_whitespace) && head.len() < 4096 {
        return Err(ImportError::Empty);
    }
    match format.unwrap_or_else(|| guess(head, schema)) {
        Format::Csv => csv::read(source, schema, findings, on_row),
        Format::Json => json::read_document(source, schema, findings, on_row),
        Format::JsonLines => json::read_lines(source, schema, findings, on_row),
    }
}

/// The format by the first bytes: `[` or an object of the schema's arrays is JSON, a line that is
/// one whole object is JSON lines, anything else is CSV.
fn guess(head: &[u8], schema: &Schema) -> Format {
    let text = head.trim_ascii_start();
    match text.first() {
        Some(b'[') => Format::Json,
        Some(b'{') => {
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let object = serde_json::from_slice::<HashMap<String, IgnoredAny>>(line);
            let is_array =
                |key: &String| schema.arrays.iter().any(|(name, _)| name.eq_ignore_ascii_case(key));
            match object {
                Ok(object) if object.keys().any(is_array) && !object.contains_key("name") => {
                    Format::Json
                }
                Ok(_) => Format::JsonLines,
                Err(_) => Format::Json,
            }
        }
        _ => Format::Csv,
    }
}

/// A column that no importer reads: an error or a note.
pub fn unknown(name: &str, line: u64, schema: &Schema, findings: &mut Findings) {
    let name = name.trim();
    if schema.strict {
        let near = crate::domain::nearest::nearest(name, schema.names());
        let message = match near {
            Some(word) => format!("unknown; did you mean {word}?"),
            None => format!("unknown; known are {}", schema.names().collect::<Vec<_>>().join(", ")),
        };
        findings.problems.add(line, Some(&quoted(name)), message);
    } else {
        findings.ignored.note(&quoted(name), schema.names());
    }
}

/// Fills a cell.
pub fn put<'a>(cells: &mut [Option<Cell<'a>>], at: usize, cell: Cell<'a>) {
    if let Some(slot) = cells.get_mut(at) {
        *slot = Some(cell);
    }
}

/// A text from the file, cut to what fits a message.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
