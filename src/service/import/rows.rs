//! Rows of a file to import, whatever its encoding and format: CSV, JSON or JSON lines.

use std::borrow::Cow;
use std::io::Read;

use serde_json::value::RawValue;

use super::problem::{Ignored, ImportError, Problems};
use super::{MAX_BYTES, csv, json};
use crate::files::encoding;
use crate::files::json::{Entries, parse, unwrapped};
use crate::files::read::Bounded;
use crate::text::{Spot, nearest};

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

    /// Whether an object has arrays of the schema, and is no row itself.
    pub fn is_wrapper(&self, object: &Entries<'_>) -> bool {
        let is_array =
            |key: &str| self.arrays.iter().any(|(name, _)| name.eq_ignore_ascii_case(key));
        object.0.iter().any(|(key, _)| is_array(key)) && object.get("name").is_none()
    }

    /// Whether an object has a field of the schema.
    pub fn is_row(&self, object: &Entries<'_>) -> bool {
        object.0.iter().any(|(key, _)| self.column(key).is_some())
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
    /// Something that no column takes, by what is said about it.
    Odd(&'static str),
}

/// A row: where it begins, and its cells in the order of the schema's columns, each with its place.
pub struct Row<'a> {
    /// Where it begins.
    pub spot: Spot,
    /// `None` where the file says nothing; an empty text of CSV counts as nothing.
    pub cells: Vec<Option<(Spot, Cell<'a>)>>,
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
    let mut bytes = Vec::new();
    Bounded::new(input, MAX_BYTES).read_to_end(&mut bytes)?;
    let text = encoding::text(bytes)?;
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    let text = match unwrapped(&text) {
        Cow::Owned(inner) => inner,
        Cow::Borrowed(_) => text,
    };
    match format.unwrap_or_else(|| guess(&text)) {
        Format::Csv => csv::read(text, schema, findings, on_row),
        Format::Json => json::read_document(&text, schema, findings, on_row),
        Format::JsonLines => json::read_lines(&text, schema, findings, on_row),
    }
    Ok(())
}

/// The format by the beginning: what starts as an array or object is JSON, and JSON lines where the
/// first line is one whole object and more follows.
pub(super) fn guess(text: &str) -> Format {
    let text = text.trim();
    match text.as_bytes().first() {
        Some(b'[') => Format::Json,
        Some(b'{') => match text.split_once('\n') {
            Some((first, _)) if parse::<&RawValue>(first).is_ok() => Format::JsonLines,
            _ => Format::Json,
        },
        _ => Format::Csv,
    }
}

/// A column that no importer reads: an error or a note.
pub fn unknown(name: &str, spot: Spot, schema: &Schema, findings: &mut Findings) {
    let name = name.trim();
    if schema.strict {
        let known = || format!("valid names: {}", schema.names().collect::<Vec<_>>().join(", "));
        let meant = nearest::question(name, schema.names()).unwrap_or_else(known);
        let message = format!("unknown; {meant}");
        findings.problems.add(spot, Some(&quoted(name)), message);
    } else {
        findings.ignored.note(&quoted(name), schema.names());
    }
}

/// Fills a cell.
pub fn put<'a>(cells: &mut [Option<(Spot, Cell<'a>)>], at: usize, spot: Spot, cell: Cell<'a>) {
    if let Some(slot) = cells.get_mut(at) {
        *slot = Some((spot, cell));
    }
}

/// A text from the file, cut to what fits a message.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
