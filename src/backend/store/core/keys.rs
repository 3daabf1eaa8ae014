//! Issued keys: which there are, and which connection uses which. SPEC D6, D12.
//!
//! The text of a key is kept sealed with its connection only. Also needed a keyed hash is kept, by
//! which a key that somebody types is recognised.

use std::cmp::Reverse;

use crate::backend::Stamp;
use crate::domain::key::{self, ENTROPY, Key, KeyKind, KeyStanding};
use crate::domain::{ConnectionId, Secret, Timestamp};

use super::Op;
use super::secrets::Keys;

/// A key as it is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) hash: [u8; 32],
    pub(crate) kind: KeyKind,
}

impl Issued {
    fn of(keys: &dyn Keys, key: &Key) -> Self {
        Self { hash: keys.key_hash(&key.text), kind: key.kind }
    }
}

/// Issues a key. Until a connection is saved with it, it is known as unused.
pub(crate) fn issue(
    kind: KeyKind,
    entropy: &[u8; ENTROPY],
    keys: &dyn Keys,
    now: &Stamp,
) -> (Key, Op) {
    let key = key::issue(kind, entropy);
    let op = Op::Issued { key: Issued::of(keys, &key), stamp: now.clone() };
    (key, op)
}

/// What a save means for the issued key of a connection.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum KeyUse {
    /// It uses none, or one that another product issued.
    #[default]
    Nothing,
    /// It keeps using the one it had.
    Kept,
    /// It begins to use this one.
    Taken(Issued),
}

impl KeyUse {
    /// The use of a key with this text. Keys of other products are not remembered: nobody can ask
    /// this store about them.
    pub(super) fn of(keys: &dyn Keys, text: &Secret) -> Self {
        key::parse(text.expose()).map_or(Self::Nothing, |key| Self::Taken(Issued::of(keys, &key)))
    }

    /// Writes down which key a connection uses; what it used before is superseded.
    pub(super) fn ops(
        self,
        id: ConnectionId,
        issued_at: Option<Timestamp>,
        now: &Stamp,
    ) -> Vec<Op> {
        let superseded = Op::Supersede { id, at: now.at };
        match self {
            Self::Kept => Vec::new(),
            Self::Nothing => vec![superseded],
            Self::Taken(key) => {
                let (hash, since) = (key.hash, now.at);
                // A key that came with the record, from another store say, is known from now on.
                let stamp = Stamp { at: issued_at.unwrap_or(now.at), by: now.by.clone() };
                vec![superseded, Op::Issued { key, stamp }, Op::Use { id, hash, since }]
            }
        }
    }
}

/// A connection that uses a key, or has used it.
#[derive(Debug, Clone)]
pub(crate) struct Used {
    pub(crate) connection: ConnectionId,
    pub(crate) name: String,
    pub(crate) since: Timestamp,
    pub(crate) superseded_at: Option<Timestamp>,
    pub(crate) deleted_at: Option<Timestamp>,
}

/// What is known of a key that was issued, if it was, and used by these. In use takes precedence, the
/// oldest use first: after a clone that is the original, for as long as it keeps the key.
pub(crate) fn standing(issued_at: Option<Timestamp>, uses: Vec<Used>) -> KeyStanding {
    let first = uses.into_iter().min_by_key(|it| {
        let (superseded, deleted) = (it.superseded_at, it.deleted_at);
        (superseded.is_some(), deleted.is_some(), Reverse(superseded), it.since)
    });
    match (first, issued_at) {
        (None, None) => KeyStanding::Unknown,
        (None, Some(issued_at)) => KeyStanding::Unused { issued_at },
        (Some(Used { connection, name, superseded_at, deleted_at, .. }), _) => {
            match (superseded_at, deleted_at) {
                (Some(at), _) => KeyStanding::Superseded { name, at },
                (None, Some(at)) => KeyStanding::Deleted { name, at },
                (None, None) => KeyStanding::Current { connection, name },
            }
        }
    }
}
