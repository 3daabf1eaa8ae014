//! Importing from files: connections, and directory objects. SPEC E7; issue 2, 2 and 7.
//!
//! Reading is apart from saving: a reader gives values or every problem at once, with lines and
//! columns; then the backend saves all or nothing.

pub mod connections;
mod csv;
pub mod directory;
mod json;
pub mod parts;
mod problem;
mod rows;
#[cfg(test)]
mod tests;

pub use problem::{Ignored, ImportError, Problems, Repeated, SHOWN};
pub use rows::Format;

use std::borrow::Cow;

use rows::{Cell, Findings, Row, quoted};

use crate::domain::Timestamp;
use crate::domain::rules;
use crate::text::{Spot, nearest};

/// Most bytes of a file to import.
pub const MAX_BYTES: u64 = 100 * 1024 * 1024;

/// What a reader makes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// Every row, in the order of the file.
    pub rows: Vec<T>,
    /// Columns that were not read.
    pub ignored: Ignored,
}

fn finish<T>(rows: Vec<T>, findings: Findings) -> Result<Read<T>, ImportError> {
    if findings.problems.total() > 0 {
        return Err(ImportError::Problems(findings.problems));
    }
    Ok(Read { rows, ignored: findings.ignored })
}

/// Reads the cells of one row and collects what is wrong with them.
struct Cells<'r, 'p> {
    row: &'r Row<'r>,
    names: &'static [rows::Column],
    problems: &'p mut Problems,
    wrong: bool,
}

impl<'r, 'p> Cells<'r, 'p> {
    fn new(row: &'r Row<'r>, schema: &rows::Schema, problems: &'p mut Problems) -> Self {
        Self { row, names: schema.columns, problems, wrong: false }
    }

    fn cell(&self, at: usize) -> Option<&'r Cell<'r>> {
        self.row.cells.get(at).and_then(Option::as_ref).map(|(_, cell)| cell)
    }

    /// Where a cell is; the row where there is none.
    fn spot(&self, at: usize) -> Spot {
        self.row.cells.get(at).and_then(Option::as_ref).map_or(self.row.spot, |(spot, _)| *spot)
    }

    fn report(&mut self, at: usize, message: impl Into<String>) {
        self.wrong = true;
        self.problems.add(self.spot(at), self.names.get(at).map(|it| it.name), message);
    }

    /// The text of a cell; `None` when there is none, or when it is not a text.
    fn text(&mut self, at: usize) -> Option<&'r str> {
        match self.cell(at)? {
            Cell::Text(text) => Some(text),
            Cell::Bool(_) => {
                self.report(at, "must be a text in quotes, not true or false");
                None
            }
            Cell::List(_) => {
                self.report(at, "must be a text in quotes, not an array");
                None
            }
            Cell::Odd(what) => {
                self.report(at, *what);
                None
            }
        }
    }

    /// A checked text; `None` when there is none or it is wrong.
    fn checked<T>(
        &mut self,
        at: usize,
        check: impl FnOnce(&str) -> Result<T, rules::Problem>,
    ) -> Option<T> {
        let text = self.text(at)?;
        match check(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.report(at, problem.0);
                None
            }
        }
    }

    /// A checked text that must be there.
    fn required<T>(
        &mut self,
        at: usize,
        check: impl FnOnce(&str) -> Result<T, rules::Problem>,
    ) -> Option<T> {
        if self.cell(at).is_none() {
            self.report(at, "is missing");
            return None;
        }
        self.checked(at, check)
    }

    /// One line of text, trimmed; empty when there is none.
    fn line(&mut self, at: usize, max: usize) -> String {
        self.checked(at, |text| rules::printable(text, max)).unwrap_or_default()
    }

    /// One of a few words.
    fn word<T>(
        &mut self,
        at: usize,
        known: &[&'static str],
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.checked(at, |text| parse(text).ok_or_else(|| not_known(text, known)))
    }

    fn moment(&mut self, at: usize) -> Option<Timestamp> {
        self.checked(at, moment)
    }
}

fn not_known(text: &str, known: &[&'static str]) -> rules::Problem {
    let text = text.trim();
    let meant = nearest::tail(text, known.iter().copied());
    rules::Problem(format!("{:?} is not one of {}{meant}", quoted(text), known.join(", ")))
}

/// A moment: with a zone, or without one in UTC, or a day alone.
fn moment(text: &str) -> Result<Timestamp, rules::Problem> {
    let text = text.trim();
    if let Some(at) = moment_of_dotnet(text) {
        return Ok(at);
    }
    let utc = |at: jiff::civil::DateTime| at.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| {
            text.parse::<jiff::civil::DateTime>().ok().and_then(utc).map(|it| it.timestamp())
        })
        .ok_or_else(|| {
            rules::Problem(format!(
                "{:?} is not a moment: write it as 2026-01-31T12:00:00Z",
                quoted(text)
            ))
        })
}

/// A moment as .NET writes it: `/Date(1767189900000)/`, with or without an offset, which says only
/// how it was shown.
fn moment_of_dotnet(text: &str) -> Option<Timestamp> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner.get(1..)?.find(['+', '-']).map_or(inner.len(), |at| at + 1);
    Timestamp::from_millisecond(inner.get(..end)?.parse().ok()?).ok()
}

/// A text as the file has it, trimmed.
fn trimmed<'a>(text: &'a Cow<'a, str>) -> &'a str {
    text.trim()
}
