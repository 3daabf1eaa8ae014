//! Moving a whole store: a connection with everything of it, as it leaves one store and comes into another
//! one. Its secrets are texts in between, in memory only. SPEC S5.

use std::collections::BTreeMap;

use crate::backend::{BackendError, HistoryEntry, Stamp};
use crate::domain::health::{Digest, Directory};
use crate::domain::key::KeyKind;
use crate::domain::{Connection, ConnectionId, Fingerprint, Held, Timestamp};
use crate::form::digest;

use super::keys::Issued;
use super::secrets::{Keys, Sealed, goes};
use super::{Found, Op, Result, chain, damaged, invalid};

/// A connection with everything of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moved {
    /// As it is, its secrets as texts.
    pub(crate) record: Connection,
    pub(crate) deleted: Option<Stamp>,
    /// Every entry that is written, the earliest first.
    pub(crate) history: Vec<HistoryEntry>,
    /// Whom the server saw at each of them, where it was a server.
    pub(crate) seen: Vec<Option<String>>,
    /// The revision that sealed the secret of a field, and its fingerprint there.
    pub(crate) secrets: BTreeMap<String, (u32, Fingerprint)>,
    /// Issued keys that it uses or used, what is superseded first.
    pub(crate) uses: Vec<Use>,
}

/// An issued key of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) hash: [u8; 32],
    pub(crate) since: Timestamp,
    pub(crate) superseded_at: Option<Timestamp>,
}

/// An issued key as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRow {
    pub(crate) hash: [u8; 32],
    pub(crate) kind: KeyKind,
    pub(crate) issued: Stamp,
}

impl KeyRow {
    /// What writes it.
    pub(crate) fn op(self) -> Op {
        Op::Issued { key: Issued { hash: self.hash, kind: self.kind }, stamp: self.issued }
    }
}

/// What is loaded of a connection beside [`Found`].
#[derive(Default)]
pub(crate) struct Beside {
    pub(crate) deleted: Option<Stamp>,
    pub(crate) history: Vec<HistoryEntry>,
    pub(crate) seen: Vec<Option<String>>,
    pub(crate) uses: Vec<Use>,
}

impl Moved {
    /// Opens its secrets.
    pub(crate) fn of(found: &Found, beside: Beside, keys: Option<&dyn Keys>) -> Result<Self> {
        let Beside { deleted, mut history, mut seen, mut uses } = beside;
        let mut record = found.record.clone();
        for (field, held) in record.answers.secrets_mut() {
            if matches!(held, Held::Stored(_)) {
                let keys = keys.ok_or_else(|| invalid(format!("nothing opens {field}")))?;
                *held = Held::New(found.reveal(&field, keys)?);
            }
        }
        let secrets = found.secrets.iter();
        let secrets =
            secrets.map(|(field, it)| (field.clone(), (it.version, it.fingerprint.clone())));
        seen.resize(history.len(), None);
        let mut both: Vec<_> = history.drain(..).zip(seen.drain(..)).collect();
        both.sort_by_key(|it| it.0.revision);
        let (history, seen) = both.into_iter().unzip();
        uses.sort_by_key(|it| (it.superseded_at.is_none(), it.superseded_at, it.since));
        Ok(Self { record, deleted, history, seen, secrets: secrets.collect(), uses })
    }

    /// The history as another store keeps it: whom a server saw is said with who is named.
    fn shown_history(&self) -> Vec<HistoryEntry> {
        let entry = |(entry, seen): (&HistoryEntry, &Option<String>)| {
            let by = match seen {
                Some(seen) if *seen != entry.by && entry.action != "imported" => {
                    format!("{} (saved by {seen})", entry.by)
                }
                _ => entry.by.clone(),
            };
            HistoryEntry { by, ..entry.clone() }
        };
        self.history.iter().zip(&self.seen).map(entry).collect()
    }

    /// Whether a copy has everything of the original.
    pub(crate) fn is_copy_of(&self, original: &Self) -> bool {
        // As it was copied, or as it is where the original itself came from.
        let history = original.shown_history();
        let has_history = self.history == history || self.shown_history() == history;
        let versions =
            |it: &Self| it.secrets.iter().map(|it| (it.0.clone(), it.1.0)).collect::<Vec<_>>();
        self.record == original.record
            && self.deleted == original.deleted
            && has_history
            && versions(self) == versions(original)
            && self.uses == original.uses
    }

    /// The fingerprints of the original's secrets with those of the copy's.
    pub(crate) fn renamed(&self, original: &Self) -> Vec<(Fingerprint, Fingerprint)> {
        let pair = |(field, (_, before)): (&String, &(u32, Fingerprint))| {
            Some((before.clone(), self.secrets.get(field)?.1.clone()))
        };
        original.secrets.iter().filter_map(pair).collect()
    }

    /// Whether it has secrets.
    pub(crate) fn needs_keys(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// The record as it is written, what the rules make of it without a directory, and what to write after
    /// it.
    pub(crate) fn ops(mut self, keys: Option<&dyn Keys>) -> Result<(Connection, Digest, Vec<Op>)> {
        let (id, mut ops) = (self.record.id, Vec::new());
        let history = self.shown_history();
        let plain = self.record.clone();
        for (field, held) in self.record.answers.secrets_mut() {
            let Held::New(secret) = &*held else { continue };
            let keys = keys.ok_or_else(|| invalid(format!("nothing seals {field}")))?;
            let version = self.secrets.get(&field).map_or(plain.revision, |it| it.0);
            let destination = goes(&plain, &field);
            let fingerprint = keys.fingerprint(secret);
            let bytes = keys.seal_secret(id, (&field, version), &destination, secret)?;
            *held = Held::Stored(fingerprint.clone());
            let destination = Some(destination);
            ops.push(Op::Seal {
                id,
                field,
                sealed: Sealed { version, fingerprint, bytes, destination },
            });
        }
        let (last, has) = (
            history.len(),
            chain::secrets(self.secrets.iter().map(|(field, it)| (field.as_str(), it.0))),
        );
        for (at, entry) in history.into_iter().enumerate() {
            let secrets = if at + 1 == last { has } else { chain::START };
            ops.push(Op::Entry { id, entry, secrets });
        }
        for Use { hash, since, superseded_at } in self.uses {
            ops.push(Op::Use { id, hash, since });
            ops.extend(superseded_at.map(|at| Op::Supersede { id, at }));
        }
        let (mut record, deleted) = (self.record, self.deleted);
        let judged = digest(&record, &Directory::default());
        if let Some(stamp) = deleted {
            // Its name may be another's by now: it gets it once it is deleted.
            let named = Box::new(record.clone());
            record.name = id.to_string();
            ops.push(Op::Delete { id, revision: record.revision, stamp });
            ops.push(Op::Record { record: named, judged: judged.clone(), new: false });
        }
        Ok((record, judged, ops))
    }
}

/// Another connection has the name in the store that it comes to.
pub(crate) const fn taken(name: String, id: ConnectionId) -> BackendError {
    BackendError::NameTaken { name, id }
}

/// A store with issued keys recognises them by a key of its own.
pub(crate) fn own_keys() -> BackendError {
    invalid("the store that is copied into has issued keys of its own: copy into an empty one")
}

/// The kind of an issued key by its column.
pub(crate) fn kind_of(column: &str) -> Result<KeyKind> {
    match column {
        "configuration" => Ok(KeyKind::Configuration),
        "connection" => Ok(KeyKind::Connection),
        _ => Err(damaged("an issued key is of no known kind")),
    }
}
