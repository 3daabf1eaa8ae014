//! What the scripted backend remembers: the core of the store over plain collections.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use crate::backend::store::Clock;
use crate::backend::store::core::history::{self, Action};
use crate::backend::store::core::keys::{self, Issued, Used};
use crate::backend::store::core::save::{self, Before};
use crate::backend::store::core::secrets::{Keys as _, Secrets};
use crate::backend::store::core::{self, Found, Op, import, remove, token};
use crate::backend::{
    BackendError, Cursor, DeletedConnection, FormDraft, HistoryEntry, ImportRow, Imported, Page,
    PageRequest, Revision, SaveRequest, Stamp, TokenRequest,
};
use crate::domain::change::changes;
use crate::domain::health::Directory;
use crate::domain::key::{ENTROPY, Key, KeyKind, KeyStanding};
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, ObjectId, ObjectKind, Second, Secret, Summary,
    Timestamp,
};
use crate::form::digest;
use crate::text::fold;

use super::secrets::{Plain, taken_over};

#[derive(Clone)]
struct Entry {
    record: Connection,
    deleted: Option<Stamp>,
    history: Vec<HistoryEntry>,
    secrets: Secrets,
}

#[derive(Clone)]
pub(super) struct Memory {
    actor: String,
    clock: Clock,
    entries: Vec<Entry>,
    objects: BTreeMap<(ObjectKind, ObjectId, ObjectId), DirectoryObject>,
    keys: Vec<(Issued, Timestamp)>,
    uses: Vec<Use>,
    drafts: BTreeMap<String, FormDraft>,
    issued: u8,
    ids: u128,
}

/// A connection uses a key, or has used it.
#[derive(Clone)]
struct Use {
    hash: [u8; 32],
    connection: ConnectionId,
    since: Timestamp,
    superseded_at: Option<Timestamp>,
}

type Done<T> = Result<T, BackendError>;

impl Memory {
    pub(super) fn new(actor: String, clock: Clock) -> Self {
        Self {
            actor,
            clock,
            entries: Vec::new(),
            objects: BTreeMap::new(),
            keys: Vec::new(),
            uses: Vec::new(),
            drafts: BTreeMap::new(),
            issued: 0,
            ids: 0,
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn stamp(&self) -> Stamp {
        Stamp { at: self.now(), by: self.actor.clone() }
    }

    /// Ids look like version 7 and count up, so that snapshots stay the same.
    fn new_id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(0x019b_79d3_0000_7000_8000_0000_0000_0000 + self.ids)
    }

    /// Takes a connection as it is. A secret that it calls stored gets a made-up text.
    pub(super) fn put(&mut self, mut record: Connection) {
        let secrets = taken_over(&mut record);
        let history = vec![history::entry(Action::Created, &record, changes(None, Some(&record)))];
        self.entries.push(Entry { record, deleted: None, history, secrets });
    }

    fn live(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|it| it.deleted.is_none())
    }

    fn entry(&mut self, id: ConnectionId) -> Done<&mut Entry> {
        let live = |it: &&mut Entry| it.record.id == id && it.deleted.is_none();
        self.entries.iter_mut().find(live).ok_or(BackendError::NotFound)
    }

    fn summary(&self, record: &Connection, directory: &Directory) -> Summary {
        let judged = digest(record, directory);
        Summary {
            id: record.id,
            name: record.name.as_str().into(),
            kind: record.kind,
            side: record.side,
            tenant: judged.tenant_name.into(),
            credentials: judged.credentials.into(),
            modified_at: record.modified_at.map(Second::from),
            modified_by: record.modified_by.as_str().into(),
            findings: judged.findings,
            expires_at: judged.expires_at.map(Second::from),
            revision: record.revision,
        }
    }

    fn directory(&self) -> Directory {
        self.objects.values().cloned().collect()
    }

    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        self.live().map(|it| it.record.id).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.live().count()
    }

    pub(super) fn summaries(&self, ids: &[ConnectionId]) -> Vec<Summary> {
        let directory = self.directory();
        let ids: HashSet<&ConnectionId> = ids.iter().collect();
        let wanted = self.live().map(|it| &it.record).filter(|it| ids.contains(&it.id));
        wanted.map(|it| self.summary(it, &directory)).collect()
    }

    pub(super) fn page(&self, request: &PageRequest) -> Page {
        let limit = request.limit.max(1);
        let mut rows: Vec<(String, &Connection)> =
            self.live().map(|it| (fold(&it.record.name), &it.record)).collect();
        rows.retain(|(key, _)| request.after.as_ref().is_none_or(|it| *key > it.name_key));
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map(|(key, it)| Cursor { name_key: key.clone(), id: it.id });
        let directory = self.directory();
        let rows = rows.into_iter().map(|(_, it)| self.summary(it, &directory)).collect();
        Page { rows, next: last.filter(|_| more), step: None }
    }

    pub(super) fn connection(&mut self, id: ConnectionId) -> Done<Connection> {
        Ok(self.entry(id)?.record.clone())
    }

    pub(super) fn deleted_connection(&self, id: ConnectionId) -> Done<Connection> {
        let found = self.entries.iter().find(|it| it.record.id == id && it.deleted.is_some());
        found.map(|it| it.record.clone()).ok_or(BackendError::NotFound)
    }

    /// Connections that were put here may share a name, as those of Fly do.
    pub(super) fn with_name(&self, name: &str) -> Vec<Summary> {
        let (key, directory) = (fold(name.trim()), self.directory());
        let same = self.live().map(|it| &it.record).filter(|it| fold(&it.name) == key);
        same.map(|it| self.summary(it, &directory)).collect()
    }

    fn named(&self, name: &str) -> core::Named {
        let key = fold(name);
        let mut same = self.live().map(|it| &it.record).filter(|it| fold(&it.name) == key);
        same.next().map(|it| (it.id, it.name.clone()))
    }

    fn found(&self, id: ConnectionId) -> Option<Found> {
        self.entries.iter().find(|it| it.record.id == id).map(Entry::found)
    }

    pub(super) fn save(&mut self, request: SaveRequest) -> Done<Connection> {
        let request = save::checked(request)?;
        let before = Before {
            now: self.stamp(),
            id: ConnectionId(self.new_id()),
            target: request.target.and_then(|it| self.found(it.id)),
            source: request.secrets_from.and_then(|it| self.found(it)),
            named: self.named(&request.draft.name),
            directory: self.directory(),
        };
        let (record, ops) = save::begin(before, request)?.finish(Some(&Plain))?;
        ops.into_iter().for_each(|op| self.apply(op));
        Ok(record)
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Record { record, new: true, .. } => {
                let (record, secrets) = (*record, Secrets::new());
                self.entries.push(Entry { record, deleted: None, history: Vec::new(), secrets });
            }
            Op::Record { record, new: false, .. } | Op::Answers(record) => {
                self.change(record.id, |it| it.record = *record);
            }
            Op::Delete { id, revision, stamp } => self.change(id, |it| {
                it.record.revision = revision;
                it.deleted = Some(stamp);
            }),
            Op::Restore { id, revision } => self.change(id, |it| {
                it.record.revision = revision;
                it.deleted = None;
            }),
            Op::Purge { id, .. } => {
                self.entries.retain(|it| it.record.id != id);
                self.uses.retain(|it| it.connection != id);
            }
            Op::Seal { id, field, sealed } => self.change(id, |it| {
                it.secrets.insert(field, sealed);
            }),
            Op::Forget { id, field } => self.change(id, |it| {
                it.secrets.remove(&field);
            }),
            Op::Issued { key, stamp } => {
                if self.keys.iter().all(|it| it.0.hash != key.hash) {
                    self.keys.push((key, stamp.at));
                }
            }
            Op::Supersede { id, at } => {
                let own = self.uses.iter_mut().filter(|it| it.connection == id);
                own.for_each(|it| it.superseded_at = it.superseded_at.or(Some(at)));
            }
            Op::Use { id, hash, since } => {
                self.uses.retain(|it| (it.connection, it.hash) != (id, hash));
                self.uses.push(Use { hash, connection: id, since, superseded_at: None });
            }
            Op::Entry { id, entry, .. } => self.change(id, |it| it.history.push(entry)),
        }
    }

    fn change(&mut self, id: ConnectionId, edit: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.iter_mut().find(|it| it.record.id == id) {
            edit(entry);
        }
    }

    fn remove(
        &mut self,
        id: ConnectionId,
        decide: impl FnOnce(&Found) -> core::Result<(u32, Vec<Op>)>,
    ) -> Outcome<BackendError> {
        let Some(found) = self.found(id) else {
            return Outcome { id, name: id.to_string(), result: Err(BackendError::NotFound) };
        };
        let result = decide(&found).map(|(revision, ops)| {
            ops.into_iter().for_each(|op| self.apply(op));
            revision
        });
        Outcome { id, name: found.record.name, result }
    }

    pub(super) fn delete(&mut self, which: Revision) -> Outcome<BackendError> {
        let now = self.stamp();
        self.remove(which.id, |found| remove::delete(found, which.revision, &now))
    }

    pub(super) fn restore(&mut self, which: Revision) -> Outcome<BackendError> {
        let now = self.stamp();
        let named = self.found(which.id).and_then(|it| self.named(&it.record.name));
        self.remove(which.id, |found| remove::restore(found, which.revision, named, &now))
    }

    pub(super) fn purge(&mut self, which: Revision) -> Outcome<BackendError> {
        let now = self.stamp();
        self.remove(which.id, |found| remove::purge(found, which.revision, &now))
    }

    /// Forgets the drafts of these connections.
    pub(super) fn forget_drafts(&mut self, gone: impl Fn(Option<ConnectionId>) -> bool) {
        self.drafts.retain(|_, it| !gone(it.connection));
    }

    pub(super) fn deleted(&self) -> Vec<DeletedConnection> {
        let directory = self.directory();
        let mut all: Vec<DeletedConnection> = self
            .entries
            .iter()
            .filter_map(|it| {
                let Stamp { at, by } = it.deleted.clone()?;
                Some(DeletedConnection { row: self.summary(&it.record, &directory), at, by })
            })
            .collect();
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| fold(&a.row.name).cmp(&fold(&b.row.name))));
        all
    }

    pub(super) fn history(&self, id: ConnectionId) -> Done<Vec<HistoryEntry>> {
        let entry = self.entries.iter().find(|it| it.record.id == id);
        let entry = entry.ok_or(BackendError::NotFound)?;
        let of_import = history::of_import(&entry.found());
        Ok(entry.history.iter().rev().cloned().chain(of_import).collect())
    }

    pub(super) fn import(&mut self, rows: Vec<ImportRow>) -> Done<Imported> {
        let (now, total) = (self.stamp(), rows.len());
        let rows = import::checked(rows)?;
        let mut taken: HashSet<String> = self.live().map(|it| fold(&it.record.name)).collect();
        let mut ids: HashSet<ConnectionId> = self.entries.iter().map(|it| it.record.id).collect();
        let mut added = 0;
        for (key, row) in rows {
            if taken.insert(key) {
                let id = row.id.filter(|id| !ids.contains(id));
                let id = id.unwrap_or_else(|| ConnectionId(self.new_id()));
                ids.insert(id);
                let (record, judged) = import::record(row, id, &now);
                self.apply(Op::Record { record: Box::new(record), judged, new: true });
                added += 1;
            }
        }
        Ok(Imported { added, skipped: total - added })
    }

    pub(super) fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<&ObjectId>,
    ) -> Vec<DirectoryObject> {
        let wanted = |it: &&DirectoryObject| {
            it.kind() == kind && tenant.is_none_or(|tenant| it.tenant() == tenant)
        };
        let mut all: Vec<DirectoryObject> = self.objects.values().filter(wanted).cloned().collect();
        all.sort_by_key(|it| fold(it.name()));
        all
    }

    pub(super) fn put_objects(&mut self, objects: Vec<DirectoryObject>) -> Done<usize> {
        let tenants = self.objects.keys().filter(|it| it.0 == ObjectKind::Tenant);
        core::directory::check(&objects, &tenants.map(|it| &it.2).collect())?;
        let count = objects.len();
        for it in objects {
            self.objects.insert((it.kind(), it.tenant().clone(), it.id().clone()), it);
        }
        Ok(count)
    }

    pub(super) fn issue_key(&mut self, kind: KeyKind) -> Key {
        self.issued = self.issued.wrapping_add(1);
        let (key, op) = keys::issue(kind, &[self.issued; ENTROPY], &Plain, &self.stamp());
        self.apply(op);
        key
    }

    pub(super) fn check_key(&self, key: &Key) -> KeyStanding {
        let hash = Plain.key_hash(&key.text);
        let issued_at = self.keys.iter().find(|it| it.0.hash == hash).map(|it| it.1);
        let uses = self.uses.iter().filter(|it| it.hash == hash).filter_map(|it| {
            let entry = self.entries.iter().find(|entry| entry.record.id == it.connection)?;
            Some(Used {
                connection: it.connection,
                name: entry.record.name.clone(),
                since: it.since,
                superseded_at: it.superseded_at,
                deleted_at: entry.deleted.as_ref().map(|it| it.at),
            })
        });
        keys::standing(issued_at, uses.collect())
    }

    pub(super) fn issue_token(&mut self, request: TokenRequest) -> Done<BulkToken> {
        let (id, now) = (self.new_id(), self.now());
        self.issued = self.issued.wrapping_add(1);
        token::issue(request, id, now, &[self.issued; token::ENTROPY])
    }

    pub(super) fn reveal(&mut self, id: ConnectionId, field: &str) -> Done<Secret> {
        self.entry(id)?.found().reveal(field, &Plain)
    }

    pub(super) fn drafts(&self) -> Vec<FormDraft> {
        let mut all: Vec<FormDraft> = self.drafts.values().cloned().collect();
        all.sort_by_key(|it| std::cmp::Reverse(it.saved_at));
        all
    }

    pub(super) fn save_draft(&mut self, draft: FormDraft) {
        self.drafts.insert(draft.id.clone(), draft);
    }

    pub(super) fn discard_draft(&mut self, id: &str) {
        self.drafts.remove(id);
    }
}

impl Entry {
    fn found(&self) -> Found {
        let last = self.history.last().map(|it| Stamp { at: it.at, by: it.by.clone() });
        let (record, secrets) = (self.record.clone(), self.secrets.clone());
        Found { record, deleted: self.deleted.is_some(), last, secrets }
    }
}
