//! Why the installer is not there, and what to do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::backend::http::{HttpError, HttpErrorKind};
use crate::domain::agent::Sha256;
#[cfg(test)]
use crate::fault::Injected;
use crate::text::shown;

/// Why the installer is not in place. One line; [`AgentError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// The location cannot be used.
    #[error("the download location cannot be used: {0}")]
    Location(&'static str),
    /// A Windows share, which this system does not open by its name.
    #[error("a Windows share cannot be opened by that name here")]
    Share,
    /// The folder to write to is not there.
    #[error("the folder {} is not there", named(folder))]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// Another file has the name.
    #[error("{} is there already", named(file))]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// The unfinished file is not ours: a link, or somebody else's.
    #[error("{} is not a file of yours", named(file))]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// Another process is fetching it.
    #[error("another jetbridge is fetching {}", named(file))]
    Busy {
        /// The unfinished file.
        file: PathBuf,
    },
    /// The call failed.
    #[error("{0}")]
    Http(HttpError),
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
    /// The disk refused.
    #[error("{}: {}", named(file), why(*kind))]
    Disk {
        /// The file.
        file: PathBuf,
        /// How.
        kind: ErrorKind,
    },
    /// Cancelled.
    #[error("stopped")]
    Stopped,
}

fn named(path: &Path) -> String {
    shown(&path.display().to_string()).into_owned()
}

fn why(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::NotFound => "there is no such file".to_owned(),
        other => other.to_string(),
    }
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
    /// A failure of the disk.
    pub(super) fn disk(file: &Path) -> impl Fn(io::Error) -> Self + '_ {
        move |error| Self::Disk { file: file.to_owned(), kind: error.kind() }
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
            Self::NoFolder { .. } => "Make it first, or choose another.".into(),
            Self::Exists { .. } => "Choose another name, or move it away.".into(),
            Self::Foreign { .. } => "Choose another folder, or move it away.".into(),
            Self::Busy { .. } => "Wait for it.".into(),
            Self::Http(error) => match error.kind {
                HttpErrorKind::NotFound => "Check the download location.".into(),
                _ => error.hint(),
            },
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
                "Nothing was put in place. Ask whoever gave the digest whether there is a newer \
                 installer."
                    .into()
            }
            Self::Disk { kind: ErrorKind::StorageFull | ErrorKind::QuotaExceeded, .. } => {
                "Free some space and run it again: it goes on where it stopped.".into()
            }
            Self::Disk { kind: ErrorKind::NotFound, .. } => {
                "Look at the path: --url and --out, or download_url under [agent].".into()
            }
            Self::Disk { .. } => "Choose another folder.".into(),
            Self::Stopped => "What is here is kept: the next try goes on from there.".into(),
        }
    }

    /// What happened and what to do, in one line.
    pub fn line(&self) -> String {
        let hint = self.hint();
        if hint.is_empty() { format!("{self}.") } else { format!("{self}. {hint}") }
    }
}
