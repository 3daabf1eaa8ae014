//! What can go wrong with a backend, and what to do about it. SPEC E1.

use std::fmt;
use std::path::PathBuf;

use super::http::HttpErrorKind;
use super::store::{ServerError, ServerStep};
use crate::domain::{ConnectionId, Timestamp};
use crate::files::{FileError, Why, owner};
use crate::text::shown;

/// A call to a service that failed, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// What sort of failure it is.
    pub kind: HttpErrorKind,
    /// What happened, in one line, cleaned; with the request id where the service gave one.
    pub what: String,
    /// What to do, in one line.
    pub hint: String,
    /// Status of the answer, if there was one.
    pub status: Option<u16>,
    /// The service's code for it, cleaned.
    pub code: Option<Box<str>>,
    /// Id by which the service's operators find the request.
    pub request_id: Option<Box<str>>,
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Why a backend refused or failed. `Display` is one line; [`BackendError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// No such connection, or it was deleted.
    #[error("this connection no longer exists")]
    NotFound,
    /// Another connection has this name.
    #[error("a connection named {} exists already", shown(name))]
    NameTaken {
        /// The name, as the other connection writes it.
        name: String,
        /// The other connection.
        id: ConnectionId,
    },
    /// The connection was saved by someone else in between.
    #[error("changed by {} at {at:.0}", shown(by))]
    Conflict {
        /// Who saved it.
        by: String,
        /// When.
        at: Timestamp,
        /// Its revision now.
        revision: u32,
    },
    /// The connection was deleted by someone else in between; it can be restored.
    #[error("deleted by {} at {at:.0}", shown(by))]
    Deleted {
        /// Which connection.
        id: ConnectionId,
        /// Who deleted it.
        by: String,
        /// When.
        at: Timestamp,
        /// Its revision now.
        revision: u32,
    },
    /// A stored secret that a save wanted to keep is not there.
    #[error("the stored secret for {field} is not the one that was read before, or it is gone")]
    SecretMissing {
        /// Path of the field.
        field: String,
    },
    /// A stored secret that a save or a call wanted was entered for another destination.
    #[error("the stored secret for {field} was entered for another destination")]
    SecretElsewhere {
        /// Path of the field.
        field: String,
    },
    /// The store is not what it was when it was last used: older, without its vault, or changed by
    /// something else.
    #[error("the store is not trusted: {detail}")]
    Untrusted {
        /// What shows it.
        detail: String,
    },
    /// Another process holds the store for longer than the waiting time.
    #[error("another jetbridge is writing to the store")]
    Busy,
    /// The store was made by a newer jetbridge.
    #[error("the store has schema {found}, this jetbridge knows up to {known}")]
    TooNew {
        /// Schema version of the file.
        found: u32,
        /// Newest schema version this program knows.
        known: u32,
    },
    /// The file is not a jetbridge store.
    #[error("{} is not a jetbridge store", named(path))]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The store is on a network file system, where write-ahead logging is not safe.
    #[error("the store at {} is on a network file system ({kind})", named(path))]
    NetworkFileSystem {
        /// The file.
        path: PathBuf,
        /// File system type, such as `nfs`.
        kind: String,
    },
    /// A file could not be read or written.
    #[error("{0}")]
    File(Box<FileError>),
    /// No space left, or a quota is used up.
    #[error("the disk is full")]
    DiskFull,
    /// The file or its folder cannot be written.
    #[error("the store at {} cannot be written{}", named(path), owned(path))]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("the store is damaged: {detail}")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// The key that opens the sealed secrets is missing or does not fit.
    #[error("the sealed secrets cannot be opened: {detail}")]
    Vault {
        /// What was found; never a secret.
        detail: String,
    },
    /// The sealed secrets wait for a passphrase, or for the output of the key command.
    #[error("the vault is locked: {detail}")]
    Locked {
        /// What is missing or does not fit; never a secret.
        detail: String,
    },
    /// The data key of a team store is not wrapped for this machine, or by somebody whom it does not know.
    #[error("{detail}")]
    Membership {
        /// What is missing; never a secret.
        detail: String,
        /// What to do.
        hint: String,
    },
    /// A value that the backend does not accept.
    #[error("{0}")]
    Invalid(String),
    /// The backend cannot do this at all.
    #[error("{0} is not possible here")]
    Unsupported(&'static str),
    /// No answer in time.
    #[error("no answer within {seconds} s")]
    TimedOut {
        /// How long was waited.
        seconds: u64,
    },
    /// The call was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The service did not let us in: the sign-in was refused, or its token is not accepted.
    #[error("{0}")]
    SignIn(Box<Remote>),
    /// We are signed in, but the service does not allow this.
    #[error("{0}")]
    Forbidden(Box<Remote>),
    /// A call to the service failed in another way.
    #[error("{0}")]
    Remote(Box<Remote>),
    /// The database server of a team store is not of use.
    #[error("{0}")]
    Server(Box<ServerError>),
    /// Anything else, with its source's own words.
    #[error("{}", shown(.0))]
    Other(String),
}

impl From<FileError> for BackendError {
    fn from(error: FileError) -> Self {
        match error.why {
            Why::Full => Self::DiskFull,
            _ => Self::File(Box::new(error)),
        }
    }
}

fn named(path: &std::path::Path) -> String {
    shown(&path.display().to_string()).into_owned()
}

/// Whose the store or its folder is, where that is why it cannot be written.
fn owned(path: &std::path::Path) -> String {
    let it = owner::in_the_way(path);
    it.map(|it| format!(": {} is owned by {}", named(&it.path), it.owner)).unwrap_or_default()
}

impl BackendError {
    /// Whether somebody has no right to it, or what proves who they are is missing or refused.
    pub fn is_auth(&self) -> bool {
        match self {
            Self::SignIn(_)
            | Self::Forbidden(_)
            | Self::Locked { .. }
            | Self::Membership { .. }
            | Self::Untrusted { .. } => true,
            Self::Server(it) => matches!(it.step, ServerStep::SignIn | ServerStep::Rights),
            _ => false,
        }
    }

    /// What to do, in one line; empty when there is nothing to add.
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound => "Refresh the list; a deleted connection can be restored.".into(),
            Self::NameTaken { .. } => "Choose another name.".into(),
            Self::Conflict { .. } => "Look at it again, then repeat the change.".into(),
            Self::Deleted { id, .. } => {
                format!("`jetbridge restore {id}` brings it back; then try again.")
            }
            Self::SecretMissing { .. } => {
                "Type the secret again and save, or open the connection again: the secret was \
                 changed, or all were encrypted again by `vault rotate --all`."
                    .into()
            }
            Self::SecretElsewhere { .. } => {
                "Enter it again, for where it goes now; a kept secret is never sent elsewhere.".into()
            }
            Self::Busy => "Wait a moment and try again; nothing was changed.".into(),
            Self::TooNew { .. } => {
                "Update jetbridge, or point JETBRIDGE_DATA_DIR to another store.".into()
            }
            Self::NotAStore { .. } => {
                "Move the file away, or point JETBRIDGE_DATA_DIR elsewhere.".into()
            }
            Self::NetworkFileSystem { .. } => {
                "Set JETBRIDGE_DATA_DIR to a folder on a local disk.".into()
            }
            Self::DiskFull => "Free some space and try again; nothing was changed.".into(),
            Self::File(error) => error.hint(),
            Self::ReadOnly { path } => match owner::in_the_way(path) {
                Some(it) => it.owner.give_back(&it.path),
                None => "Check owner and permissions of the file and its folder.".into(),
            },
            Self::Damaged { .. } => {
                "Keep the file, restore a backup, or point JETBRIDGE_DATA_DIR elsewhere.".into()
            }
            Self::Vault { .. } => {
                "`jetbridge vault status` shows what opens them; names and settings stay readable.".into()
            }
            Self::Locked { .. } => {
                "Run jetbridge in a terminal to be asked, or pass the passphrase with --vault-key-fd, such as `--vault-key-fd 3 3< FILE`.".into()
            }
            Self::Membership { hint, .. } => hint.clone(),
            Self::Untrusted { .. } => {
                "Restore a backup, or find out who changed it; if you did, `jetbridge vault accept --reason TEXT` accepts it.".into()
            }
            Self::TimedOut { .. } => "Try again.".into(),
            Self::SignIn(it) | Self::Forbidden(it) | Self::Remote(it) => it.hint.clone(),
            Self::Server(it) => it.hint.clone(),
            Self::Unsupported(_) => "Do it in a store, such as the context local.".into(),
            Self::Other(_) => "`jetbridge doctor` looks for the cause.".into(),
            // What is invalid says what it should be.
            Self::Invalid(_) | Self::Cancelled => String::new(),
        }
    }
}
