//! What a store decides, without knowing a database: from what was loaded and a request it makes the
//! result and the operations that write it. An engine loads [`Found`]s with the clock and the user
//! of its server, and writes the [`Op`]s in their order, all or none, in the transaction in which it
//! loaded.
//!
//! | file | decides |
//! |---|---|
//! | `save` | what becomes of a draft |
//! | `remove` | deleting, restoring, purging |
//! | `import` | rows of a list, in bulk |
//! | `secrets` | what is kept, sealed, forgotten, opened |
//! | `keys`, `token` | issued keys and which connection uses them, bulk tokens |
//! | `moving` | a connection with everything of it, from one store to another |
//! | `history`, `chain` | who changed what, and what shows that it was altered |
//! | `directory` | which objects are accepted |
//! | `columns`, `draft` | what engines keep in columns, and a draft as it is sealed |

pub(crate) mod chain;
pub(crate) mod columns;
pub(crate) mod directory;
pub(crate) mod draft;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod moving;
pub(crate) mod remove;
pub(crate) mod save;
pub(crate) mod secrets;
#[cfg(test)]
mod tests;
pub(crate) mod token;

use crate::backend::{BackendError, HistoryEntry, Stamp};
use crate::domain::health::Digest;
use crate::domain::{Connection, ConnectionId, Timestamp};

use secrets::{Sealed, Secrets};

/// What the functions of core and vault return.
pub(crate) type Result<T> = std::result::Result<T, BackendError>;

/// A connection as it is loaded to be changed.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) record: Connection,
    pub(crate) deleted: bool,
    /// When and by whom the last entry of its history was made; `None`: none is written yet.
    pub(crate) last: Option<Stamp>,
    pub(crate) secrets: Secrets,
}

/// The connection that is not deleted and has a name: its id, and how it writes the name.
pub(crate) type Named = Option<(ConnectionId, String)>;

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    /// The row and the answers of a connection, and what the rules made of them. A new one fails
    /// when its id or its name is taken.
    Record { record: Box<Connection>, judged: Digest, new: bool },
    /// The answers alone: their fingerprints changed.
    Answers(Box<Connection>),
    /// The connection is deleted, which makes a revision.
    Delete { id: ConnectionId, revision: u32, stamp: Stamp },
    /// The deletion is taken back.
    Restore { id: ConnectionId, revision: u32 },
    /// A deleted connection is forgotten with everything of it but its drafts.
    Purge { id: ConnectionId, revision: u32, stamp: Stamp },
    /// A secret in place of the one that the field has.
    Seal { id: ConnectionId, field: String, sealed: Sealed },
    /// The field has no secret any more.
    Forget { id: ConnectionId, field: String },
    /// A key is known from now on, unless it was before.
    Issued { key: keys::Issued, stamp: Stamp },
    /// What key the connection used, it does not use any more.
    Supersede { id: ConnectionId, at: Timestamp },
    /// The connection uses a key.
    Use { id: ConnectionId, hash: [u8; 32], since: Timestamp },
    /// An entry of the history, to be linked; with [`chain::secrets`] as they are after it.
    Entry { id: ConnectionId, entry: HistoryEntry, secrets: [u8; 32] },
}

/// A value in the store that no version of jetbridge writes.
pub(crate) fn damaged(detail: impl Into<String>) -> BackendError {
    BackendError::Damaged { detail: detail.into() }
}

/// A value that the store does not accept.
pub(crate) fn invalid(text: impl Into<String>) -> BackendError {
    BackendError::Invalid(text.into())
}

/// A moment in the microseconds that stores keep.
pub(crate) fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
