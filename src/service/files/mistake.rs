//! What is wrong with connection files: all of it at once.

use std::fmt;

use super::entry::Place;
use crate::backend::BackendError;
use crate::text::{counted, shown};

/// Mistakes that are reported; the rest is counted.
pub const SHOWN: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// File and line.
    pub place: Place,
    /// Name of the connection, where it is known.
    pub connection: String,
    /// Field; empty when the whole record or file is meant.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Mistake {
    /// `file:line: [connection] field: what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.connection.is_empty() {
            write!(f, "[{}] ", shown(&self.connection))?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", shown(&self.field))?;
        }
        f.write_str(&shown(&self.message))
    }
}

/// Why files could not be read into a plan. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    /// Some of it is wrong.
    #[error("{} in the input", counted(.0.len(), "problem"))]
    Mistakes(Vec<Mistake>),
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl FilesError {
    /// Mistakes as one fixes them: file by file, from the top down.
    pub(super) fn of(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by(|a, b| a.place.cmp(&b.place));
        Self::Mistakes(mistakes)
    }

    /// What to do, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::Mistakes(_) => {
                "Fix these and run the command again; nothing was changed.".to_owned()
            }
            Self::Backend(error) => error.hint(),
        }
    }

    /// One line per mistake, and how many more there are.
    pub fn lines(&self) -> Vec<String> {
        let Self::Mistakes(mistakes) = self else { return Vec::new() };
        let mut lines: Vec<String> = mistakes.iter().take(SHOWN).map(Mistake::to_string).collect();
        if mistakes.len() > SHOWN {
            lines.push(format!("and {} more", mistakes.len() - SHOWN));
        }
        lines
    }
}
