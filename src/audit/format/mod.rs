//! The report in every format but the table of a terminal. Written piece by piece, so that a long
//! report is never held as a text.
//!
//! Names come from outside: each format takes away what could act in it (E4): control and bidi
//! characters everywhere, formulas in CSV, markup in Markdown and HTML.

mod csv;
mod html;
mod json;
mod junit;
mod markdown;
mod svg;
#[cfg(test)]
mod tests;

pub use html::missed as html_missed;
pub use json::RuleOut;
pub use junit::missed as junit_missed;

use std::io::{self, Write};
use std::path::Path;

use super::report::Report;
use crate::text::json as harmless;

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One JSON object, version 1; the schema is `assets/audit.schema.json`.
    Json,
    /// One JSON object per finding and line.
    JsonLines,
    /// One finding per line, for spreadsheets.
    Csv,
    /// For tickets and wikis.
    Markdown,
    /// JUnit XML, for build servers.
    Junit,
    /// One page that needs nothing else.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Json, Self::JsonLines, Self::Csv, Self::Markdown, Self::Junit, Self::Html];

    /// The word on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Junit => "junit",
            Self::Html => "html",
        }
    }

    /// The format that a file's name asks for, if it does.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "htm" => Some(Self::Html),
            "md" => Some(Self::Markdown),
            "ndjson" => Some(Self::JsonLines),
            "xml" => Some(Self::Junit),
            other => Self::ALL.into_iter().find(|it| it.slug() == other),
        }
    }
}

/// Writes a report. `most` is how many findings of a rule an HTML page lists; it says how many
/// there are more.
///
/// # Errors
/// Those of the writer.
pub fn write(report: &Report, format: Format, most: usize, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => json::write(report, out),
        Format::JsonLines => json::write_lines(report, out),
        Format::Csv => csv::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Html => html::write(report, most, out),
    }
}

/// A report as a text, for the screen.
pub fn text(report: &Report, format: Format, most: usize) -> String {
    let mut out = Vec::new();
    // Writing to memory cannot fail, and every format writes UTF-8.
    let _ = write(report, format, most, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// A value on one line of JSON, without line end.
fn json_line(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(value).map_err(io::Error::other)?;
    out.write_all(harmless(&text).as_bytes())
}

/// The members of an array, one per line.
fn json_array<T: serde::Serialize>(
    values: impl Iterator<Item = T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(b"[")?;
    for (at, value) in values.enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        json_line(&value, out)?;
    }
    out.write_all(b"]")
}
