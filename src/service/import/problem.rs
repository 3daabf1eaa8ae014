//! What is wrong with a file to import: all of it at once, with lines and columns.

use std::fmt;

use super::source::Refusal;
use crate::domain::nearest::nearest;
use crate::domain::text::shown;

/// Problems that are told; the rest is counted.
pub const SHOWN: usize = 20;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1.
    pub line: u64,
    /// Column or field; `None` when the whole line is meant.
    pub column: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(column) = &self.column {
            write!(f, "{}: ", shown(column))?;
        }
        f.write_str(&shown(&self.message))
    }
}

/// Everything that is wrong; keeps the first [`SHOWN`] and counts the others, so that a broken
/// file of a million lines needs no more memory than one of twenty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    first: Vec<Problem>,
    total: usize,
}

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, line: u64, column: Option<&str>, message: impl Into<String>) {
        self.total += 1;
        if self.first.len() < SHOWN {
            let column = column.map(str::to_owned);
            self.first.push(Problem { line, column, message: message.into() });
        }
    }

    /// How many there are.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The first of them.
    pub fn first(&self) -> &[Problem] {
        &self.first
    }

    /// How many are not among the first.
    pub fn more(&self) -> usize {
        self.total - self.first.len()
    }
}

/// Columns that the file has and jetbridge does not read, with what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ignored(Vec<(String, Option<&'static str>)>);

/// A hostile file can have any number of unknown columns; more than these need not be named.
const NAMED: usize = 8;

impl Ignored {
    /// Notes an unknown column once.
    pub fn note(&mut self, name: &str, known: impl IntoIterator<Item = &'static str>) {
        if self.0.len() <= NAMED && !self.0.iter().any(|(other, _)| other == name) {
            self.0.push((name.to_owned(), nearest(name, known)));
        }
    }

    /// Whether every column was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, meant)) in self.0.iter().take(NAMED).enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{}", shown(name))?;
            if let Some(word) = meant {
                write!(f, " (did you mean {word}?)")?;
            }
        }
        if self.0.len() > NAMED { f.write_str(" and more") } else { Ok(()) }
    }
}

/// Why a file was not imported. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// It is too large or not UTF-8.
    #[error("the file cannot be imported: {0}")]
    Refused(Refusal),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Some of it is wrong.
    #[error("the file has {}", counted(.0.total()))]
    Problems(Problems),
}

fn counted(count: usize) -> String {
    if count == 1 { "a problem".to_owned() } else { format!("{count} problems") }
}

impl ImportError {
    /// What to do, in one line.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "Check the path and its permissions.",
            Self::Refused(Refusal::TooLarge) => "Split it into smaller files.",
            Self::Refused(Refusal::Utf16) => {
                "Save it as UTF-8; in Excel the type is called CSV UTF-8."
            }
            Self::Empty => "`--help` of this command shows what it must hold.",
            Self::Problems(_) => "Mend these lines and import again; nothing was imported.",
        }
    }

    /// One line per problem, and how many more there are.
    pub fn lines(&self) -> Vec<String> {
        let Self::Problems(problems) = self else { return Vec::new() };
        let mut lines: Vec<String> = problems.first().iter().map(ToString::to_string).collect();
        if problems.more() > 0 {
            lines.push(format!("and {} more", problems.more()));
        }
        lines
    }
}

impl From<std::io::Error> for ImportError {
    fn from(error: std::io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Refusal>()) {
            Some(refusal) => Self::Refused(*refusal),
            None => Self::Unreadable(error.to_string()),
        }
    }
}
