//! Moving a whole store: a connection with everything of it, as it leaves one store and comes into another
//! one. Its secrets are texts in between, in memory only. SPEC S5.

use std::collections::BTreeMap;

use crate::backend::{BackendError, HistoryEntry, Stamp};
use crate::domain::health::{Digest, Directory};
use crate::domain::key::KeyKind;
use crate::domain::{Connection, ConnectionId, Fingerprint, Held, Timestamp};
use crate::form::digest;
use crate::text::fold;

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

    /// The entries with what may stand for each of them: who is named, and that with whom a server saw.
    fn entries(&self) -> Vec<[HistoryEntry; 2]> {
        self.history.iter().cloned().zip(self.shown_history()).map(Into::into).collect()
    }

    /// Whether its history begins as the other one does, to its end.
    fn leads_to(&self, other: &Self) -> bool {
        // As it was copied, or as it is where the original itself came from.
        let same = |(own, other): &([HistoryEntry; 2], [HistoryEntry; 2])| {
            own.iter().any(|it| other.contains(it))
        };
        let both = self.entries().into_iter().zip(other.entries());
        self.history.len() <= other.history.len() && both.into_iter().all(|it| same(&it))
    }

    /// Whether a copy has everything of the original.
    pub(crate) fn is_copy_of(&self, original: &Self) -> bool {
        let versions =
            |it: &Self| it.secrets.iter().map(|it| (it.0.clone(), it.1.0)).collect::<Vec<_>>();
        self.record == original.record
            && self.deleted == original.deleted
            && self.history.len() == original.history.len()
            && self.leads_to(original)
            && versions(self) == versions(original)
            && self.uses == original.uses
    }

    /// Whether it is what the original was before its last changes, so that these can follow.
    pub(crate) fn is_before(&self, original: &Self) -> bool {
        self.history.len() < original.history.len()
            && self.record.revision <= original.record.revision
            && self.leads_to(original)
    }

    /// The fingerprints of the original's secrets with those of the copy's.
    pub(crate) fn renamed(&self, original: &Self) -> Vec<(Fingerprint, Fingerprint)> {
        let pair = |(field, (_, before)): (&String, &(u32, Fingerprint))| {
            Some((before.clone(), self.secrets.get(field)?.1.clone()))
        };
        original.secrets.iter().filter_map(pair).collect()
    }

    /// The record as it is written, what the rules make of it without a directory, and what to write after
    /// it. `there`: what it was when it was copied before.
    fn ops(
        mut self,
        there: Option<&Self>,
        keys: Option<&dyn Keys>,
    ) -> Result<(Connection, Digest, Vec<Op>)> {
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
        let gone = there.into_iter().flat_map(|it| it.secrets.keys());
        let gone = gone.filter(|field| !self.secrets.contains_key(*field));
        ops.extend(gone.map(|field| Op::Forget { id, field: field.clone() }));
        let (last, has) = (
            history.len(),
            chain::secrets(self.secrets.iter().map(|(field, it)| (field.as_str(), it.0))),
        );
        let known = there.map_or(0, |it| it.history.len());
        for (at, entry) in history.into_iter().enumerate().skip(known) {
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
        } else if there.is_some_and(|it| it.deleted.is_some()) {
            ops.push(Op::Restore { id, revision: record.revision });
        }
        Ok((record, judged, ops))
    }
}

/// Connections on their way into a store.
pub(crate) struct Arriving {
    all: Vec<Moved>,
}

/// What writes them, in this order.
#[derive(Default)]
pub(crate) struct Written {
    /// Changes of those that are there.
    pub(crate) changed: Vec<Op>,
    /// Those that are not, to be added.
    pub(crate) added: Vec<(Connection, Digest)>,
    /// What follows on them.
    pub(crate) after: Vec<Op>,
}

impl Arriving {
    pub(crate) const fn new(all: Vec<Moved>) -> Self {
        Self { all }
    }

    pub(crate) fn ids(&self) -> Vec<ConnectionId> {
        self.all.iter().map(|it| it.record.id).collect()
    }

    /// The names that they need, as they are compared.
    pub(crate) fn names(&self) -> Vec<String> {
        let named = self.all.iter().filter(|it| it.deleted.is_none());
        named.map(|it| fold(&it.record.name)).collect()
    }

    pub(crate) fn needs_keys(&self) -> bool {
        self.all.iter().any(|it| !it.secrets.is_empty())
    }

    /// What to write. `there`: those of them that are there already.
    ///
    /// # Errors
    /// [`BackendError::Conflict`] where one of these is not what came before.
    pub(crate) fn written(self, there: &[Moved], keys: Option<&dyn Keys>) -> Result<Written> {
        let (mut written, mut named) = (Written::default(), Vec::new());
        for moved in self.all {
            let before = there.iter().find(|it| it.record.id == moved.record.id);
            if let Some(before) = before.filter(|it| !it.is_before(&moved)) {
                let there = &before.record;
                let (by, at) = (there.modified_by.clone(), there.saved_at());
                return Err(BackendError::Conflict { by, at, revision: there.revision });
            }
            let (record, judged, after) = moved.ops(before, keys)?;
            match before {
                None => {
                    written.added.push((record, judged));
                    written.after.extend(after);
                }
                Some(before) => {
                    let record = Box::new(record);
                    if before.deleted.is_none() && fold(&before.record.name) != fold(&record.name) {
                        // Another one may have the name from now on.
                        let mut record = record.clone();
                        record.name = record.id.to_string();
                        let judged = judged.clone();
                        written.changed.push(Op::Record { record, judged, new: false });
                    }
                    named.push(Op::Record { record, judged, new: false });
                    named.extend(after);
                }
            }
        }
        written.changed.extend(named);
        Ok(written)
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
