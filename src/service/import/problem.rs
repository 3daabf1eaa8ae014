//! What is wrong with a file to import: all of it at once, with lines and columns.

use std::fmt;

use super::MAX_BYTES;
use crate::files::Problem;
use crate::files::encoding::NotText;
use crate::text::nearest;
use crate::text::{Spot, counted, shown};

/// Problems that are reported; the rest is counted.
pub const SHOWN: usize = 20;

/// Places of the same problem that are named beside its first.
const ALSO: usize = 3;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The first of its kind.
    pub first: Problem,
    /// The same problem elsewhere: the first places.
    also: Vec<Spot>,
    /// How often it is there.
    count: usize,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        if self.also.is_empty() {
            return Ok(());
        }
        let also: Vec<String> = self.also.iter().map(ToString::to_string).collect();
        write!(f, " (also {}", also.join("; "))?;
        match self.count - 1 - self.also.len() {
            0 => f.write_str(")"),
            more => write!(f, " and {more} more)"),
        }
    }
}

/// Everything that is wrong; keeps the first [`SHOWN`] and counts the others, so that a broken
/// file of a million lines needs no more memory than one of twenty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    first: Vec<Repeated>,
    total: usize,
}

impl Problems {
    /// Adds a problem; one that is there already is reported once, with where else it is.
    pub fn add(&mut self, spot: Spot, column: Option<&str>, message: impl Into<String>) {
        self.total += 1;
        let (about, message) = (column.unwrap_or_default(), message.into());
        let same = |it: &&mut Repeated| it.first.about == about && it.first.message == message;
        if let Some(known) = self.first.iter_mut().find(same) {
            known.count += 1;
            if known.also.len() < ALSO {
                known.also.push(spot);
            }
        } else if self.first.len() < SHOWN {
            let first = Problem { spot: Some(spot), about: about.to_owned(), message };
            self.first.push(Repeated { first, also: Vec::new(), count: 1 });
        }
    }

    /// How many there are.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The first of them.
    pub fn first(&self) -> &[Repeated] {
        &self.first
    }

    /// How many are not among the first.
    pub fn more(&self) -> usize {
        self.total - self.first.iter().map(|it| it.count).sum::<usize>()
    }
}

/// Columns that the file has and jetbridge does not read, with what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ignored(Vec<(String, Option<String>)>);

/// A hostile file can have any number of unknown columns; more than these need not be named.
const NAMED: usize = 8;

impl Ignored {
    /// Notes an unknown column once.
    pub fn note(&mut self, name: &str, known: impl IntoIterator<Item = &'static str>) {
        if self.0.len() <= NAMED && !self.0.iter().any(|(other, _)| other == name) {
            self.0.push((name.to_owned(), nearest::question(name, known)));
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
                write!(f, " ({word})")?;
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
    /// It is too large.
    #[error("the file is larger than {} MB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// It is too large, and cannot be read in parts.
    #[error("the file is larger than {} MB and cannot be read in parts", MAX_BYTES / 1024 / 1024)]
    Whole,
    /// It is not text.
    #[error("the file cannot be read: {0}")]
    NotText(#[from] NotText),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Some of it is wrong.
    #[error("the file has {}", counted(.0.total(), "problem"))]
    Problems(Problems),
}

impl ImportError {
    /// What to do, in one line.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "Check the path and its permissions.",
            Self::Whole => {
                "Write it as CSV or JSON lines in UTF-8, or split it into smaller files."
            }
            Self::TooLarge => "Split it into smaller files.",
            Self::NotText(why) => why.hint(),
            Self::Empty => "`--help` of this command shows what the file must contain.",
            Self::Problems(_) => "Fix these lines and import again; nothing was imported.",
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
        match error.kind() {
            std::io::ErrorKind::FileTooLarge => Self::TooLarge,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}
