//! Why the installer is not there, and what to do.

use std::io;
use std::path::Path;

use crate::backend::http::{HttpError, HttpErrorKind};
use crate::domain::agent::Sha256;
use crate::files::{Doing, FileError, Why};
#[cfg(test)]
use crate::testing::fault::Injected;

/// Why the installer is not in place. One line; [`AgentError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// The location cannot be used.
    #[error("the download location cannot be used: {0}")]
    Location(&'static str),
    /// A Windows share, which this system does not open by its name.
    #[error("a Windows share cannot be opened by that name here")]
    Share,
    /// A file cannot be read or written.
    #[error("{0}")]
    File(#[from] FileError),
    /// The call failed.
    #[error("{0}")]
    Http(HttpError),
    /// Nothing to compare the file with, and nobody accepted that.
    #[error("no SHA-256 is configured to check it with")]
    NoHash,
    /// Another host would give a file that nothing can be compared with.
    #[error("{from}: redirected to another host, {to}")]
    OtherHost {
        /// The host that was asked.
        from: String,
        /// Where it leads.
        to: String,
    },
    /// Redirects without end.
    #[error("{host}: redirected more than {limit} times")]
    Redirects {
        /// The last host.
        host: String,
        /// How many are followed.
        limit: usize,
    },
    /// What came is no installer.
    #[error("{host}: {what}")]
    NotTheFile {
        /// The host.
        host: String,
        /// What came instead.
        what: &'static str,
    },
    /// More than is taken.
    #[error("the file has more than {limit} bytes")]
    TooLarge {
        /// Most bytes that are taken.
        limit: u64,
    },
    /// The digest is not the configured one.
    #[error("the file is not the one that was expected: SHA-256 is {found}, not {wanted}")]
    Digest {
        /// What was configured.
        wanted: Sha256,
        /// What came.
        found: Sha256,
    },
    /// Cancelled.
    #[error("stopped")]
    Stopped,
}

impl From<HttpError> for AgentError {
    fn from(error: HttpError) -> Self {
        match error.kind {
            HttpErrorKind::Cancelled => Self::Stopped,
            _ => Self::Http(error),
        }
    }
}

#[cfg(test)]
impl From<Injected> for AgentError {
    fn from(at: Injected) -> Self {
        Self::Location(at.0)
    }
}

impl AgentError {
    pub(super) fn read(file: &Path, error: &io::Error) -> Self {
        FileError::io(file, Doing::Read, error).into()
    }

    pub(super) fn write(file: &Path, error: &io::Error) -> Self {
        FileError::io(file, Doing::Write, error).into()
    }

    /// Whether the target has the name already.
    pub fn exists(&self) -> bool {
        matches!(self, Self::File(FileError { why: Why::Exists, .. }))
    }

    /// What to do, in a sentence or two; empty when there is nothing to add.
    pub fn hint(&self) -> String {
        match self {
            Self::Location(_) => {
                "Give an https:// address or the path of a file: download_url under [agent], or \
                 --url."
                    .into()
            }
            Self::Share => "Mount the share and give the path of the file in it.".into(),
            Self::File(error) => error.hint(),
            Self::Http(error) => match error.kind {
                HttpErrorKind::NotFound => "Check the download location.".into(),
                _ => error.hint(),
            },
            Self::NoHash => {
                "Set sha256 under [agent] (agent_sha256 for a context), or give --sha256. --unverified \
                 accepts the file without it."
                    .into()
            }
            Self::OtherHost { .. } => {
                "Without a SHA-256, only the host that was named is accepted: set sha256 under [agent], \
                 or give the address at that host."
                    .into()
            }
            Self::Redirects { .. } => {
                "Open the location in a browser to see where it leads.".into()
            }
            Self::NotTheFile { .. } => {
                "The location may need a sign-in: take its direct download address.".into()
            }
            Self::TooLarge { .. } => {
                "If that is right, raise max_mb under [agent] in the configuration.".into()
            }
            Self::Digest { .. } => {
                "The file was discarded. Ask its vendor for the SHA-256 of the current installer."
                    .into()
            }
            Self::Stopped => "Nothing was kept: the next download starts again.".into(),
        }
    }

    /// What happened and what to do, in one line.
    pub fn line(&self) -> String {
        let hint = self.hint();
        if hint.is_empty() { format!("{self}.") } else { format!("{self}. {hint}") }
    }
}
