//! What the scripted backend remembers: the rules of the embedded store in plain collections.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use crate::backend::store::Clock;
use crate::backend::store::core::token;
use crate::backend::{
    BackendError, Cursor, DeletedConnection, FormDraft, HistoryEntry, ImportRow, Imported, Page,
    PageRequest, Revision, SaveRequest, Stamp, TokenRequest,
};
use crate::domain::change::{Change, changes};
use crate::domain::health::Directory;
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Answers, Connection, ConnectionId, DirectoryObject, Listed, ObjectId, ObjectKind, Origin,
    Secret, Summary, Timestamp, rules,
};
use crate::form::{digest, replaces};
use crate::text::{fold, shown};

use super::secrets::{Keys, Secrets, collect, taken_over};

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
    keys: Keys,
    drafts: BTreeMap<String, FormDraft>,
    issued: u8,
    ids: u128,
}

type Done<T> = Result<T, BackendError>;

fn invalid<T>(text: impl Into<String>) -> Done<T> {
    Err(BackendError::Invalid(text.into()))
}

impl Memory {
    pub(super) fn new(actor: String, clock: Clock) -> Self {
        Self {
            actor,
            clock,
            entries: Vec::new(),
            objects: BTreeMap::new(),
            keys: Keys::default(),
            drafts: BTreeMap::new(),
            issued: 0,
            ids: 0,
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Ids look like version 7 and count up, so that snapshots stay the same.
    fn new_id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(0x019b_79d3_0000_7000_8000_0000_0000_0000 + self.ids)
    }

    /// Takes a connection as it is. A secret that it calls stored gets a made-up text.
    pub(super) fn put(&mut self, mut record: Connection) {
        let secrets = taken_over(&mut record);
        let history = vec![note("created", &record, changes(None, Some(&record)))];
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
            modified_at: record.modified_at.map(Timestamp::as_second),
            modified_by: record.modified_by.as_str().into(),
            findings: judged.findings,
            expires_at: judged.expires_at.map(|it| it.as_second()),
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
        Page { rows, next: last.filter(|_| more) }
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

    fn named(&self, name: &str) -> Option<&Connection> {
        let key = fold(name);
        self.live().map(|it| &it.record).find(|it| fold(&it.name) == key)
    }

    pub(super) fn save(&mut self, request: SaveRequest) -> Done<Connection> {
        let SaveRequest { target, mut draft, secrets_from, restore, stamp } = request;
        draft.name = match rules::name(&draft.name) {
            Ok(name) => name,
            Err(problem) => return invalid(format!("name: {problem}")),
        };
        let mut before = match target {
            None => None,
            Some(target) => {
                let found = self.entries.iter().find(|it| it.record.id == target.id);
                let found = found.ok_or(BackendError::NotFound)?;
                let deleted = found.deleted.is_some();
                if found.record.revision != target.revision || deleted && !restore {
                    return Err(conflict(found));
                }
                Some(found.clone())
            }
        };
        replaces(&draft, before.as_ref().map(|it| &it.record)).or_else(invalid)?;
        let owner = before.as_ref().map(|it| it.record.id);
        if let Some(other) = self.named(&draft.name)
            && Some(other.id) != owner
        {
            return Err(BackendError::NameTaken { name: other.name.clone(), id: other.id });
        }
        let now = Stamp { at: self.now(), by: self.actor.clone() };
        if let Some(found) = before.as_mut()
            && found.deleted.take().is_some()
        {
            found.mark("restored", &now);
        }
        let imported = stamp.is_some();
        let stamp = stamp.unwrap_or_else(|| Stamp { at: self.now(), by: self.actor.clone() });
        let old = before.as_ref().map(|it| &it.record);
        let mut record = Connection {
            id: owner.unwrap_or_else(|| ConnectionId(self.new_id())),
            revision: old.map_or(1, |it| it.revision + 1),
            name: draft.name,
            description: draft.description,
            kind: draft.kind,
            side: draft.side,
            answers: draft.answers,
            origin: old
                .map_or(if imported { Origin::Imported } else { Origin::Local }, |it| it.origin),
            created_at: old.map_or(Some(stamp.at), |it| it.created_at),
            created_by: old.map_or_else(|| stamp.by.clone(), |it| it.created_by.clone()),
            modified_at: Some(stamp.at),
            modified_by: stamp.by,
        };
        let source = secrets_from
            .and_then(|id| self.entries.iter().find(|it| it.record.id == id))
            .map(|it| it.secrets.clone());
        let stored = before.as_ref().map(|it| it.secrets.clone()).unwrap_or_default();
        let secrets = collect(&mut record, &stored, &source.unwrap_or_default())?;
        let now = self.now();
        self.keys.take(record.id, now, &stored, &secrets);
        let word = match (old, imported) {
            (Some(_), _) => "changed",
            (None, true) => "imported",
            (None, false) => "created",
        };
        let mut history = before.as_ref().map(|it| it.history.clone()).unwrap_or_default();
        history.push(note(word, &record, changes(old, Some(&record))));
        let entry = Entry { record: record.clone(), deleted: None, history, secrets };
        match self.entries.iter_mut().find(|it| it.record.id == record.id) {
            Some(found) => *found = entry,
            None => self.entries.push(entry),
        }
        Ok(record)
    }

    pub(super) fn delete(&mut self, which: Revision) -> Outcome<BackendError> {
        let Revision { id, revision } = which;
        let stamp = Stamp { at: self.now(), by: self.actor.clone() };
        let Some(found) = self.entries.iter_mut().find(|it| it.record.id == id) else {
            return missing(id);
        };
        let result = match &found.deleted {
            Some(_) => Ok(found.record.revision),
            None if found.record.revision != revision => Err(conflict(found)),
            None => {
                found.mark("deleted", &stamp);
                found.deleted = Some(stamp);
                Ok(found.record.revision)
            }
        };
        Outcome { id, name: found.record.name.clone(), result }
    }

    pub(super) fn restore(&mut self, which: Revision) -> Outcome<BackendError> {
        let Revision { id, revision } = which;
        let stamp = Stamp { at: self.now(), by: self.actor.clone() };
        let Some(name) =
            self.entries.iter().find(|it| it.record.id == id).map(|it| it.record.name.clone())
        else {
            return missing(id);
        };
        let taken = self.named(&name).filter(|it| it.id != id);
        let taken = taken.map(|it| BackendError::NameTaken { name: it.name.clone(), id: it.id });
        let Some(found) = self.entries.iter_mut().find(|it| it.record.id == id) else {
            return missing(id);
        };
        let result = match (&found.deleted, taken) {
            (None, _) => Ok(found.record.revision),
            (Some(_), _) if found.record.revision != revision => {
                let (by, at) = latest(found);
                Err(BackendError::Conflict { by, at, revision: found.record.revision })
            }
            (Some(_), Some(taken)) => Err(taken),
            (Some(_), None) => {
                found.deleted = None;
                found.mark("restored", &stamp);
                Ok(found.record.revision)
            }
        };
        Outcome { id, name, result }
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
        let found = self.entries.iter().find(|it| it.record.id == id);
        let entry = found.ok_or(BackendError::NotFound)?;
        Ok(entry.history.iter().rev().cloned().collect())
    }

    pub(super) fn import(&mut self, rows: Vec<ImportRow>) -> Done<Imported> {
        let (now, actor) = (self.now(), self.actor.clone());
        for row in &rows {
            if let Err(problem) = rules::name(&row.name) {
                return invalid(format!("line {}: name: {problem}", row.line));
            }
        }
        let mut taken: HashSet<String> = self.live().map(|it| fold(&it.record.name)).collect();
        let mut ids: HashSet<ConnectionId> = self.entries.iter().map(|it| it.record.id).collect();
        let mut done = Imported::default();
        for row in rows {
            let name = row.name.trim().to_owned();
            if !taken.insert(fold(&name)) {
                done.skipped += 1;
                continue;
            }
            done.added += 1;
            let id = row.id.filter(|id| !ids.contains(id));
            let id = id.unwrap_or_else(|| ConnectionId(self.new_id()));
            ids.insert(id);
            let (modified_at, by) = match (row.modified_at, row.modified_by) {
                (None, by) if by.is_empty() => (Some(now), actor.clone()),
                told => told,
            };
            let record = Connection {
                id,
                revision: 1,
                name,
                description: row.description,
                kind: row.kind,
                side: row.side,
                answers: Answers::Listed(Listed { tenant: row.tenant, live: row.live.clone() }),
                origin: if row.live.is_some() { Origin::Fly } else { Origin::Imported },
                created_at: Some(now),
                created_by: actor.clone(),
                modified_at,
                modified_by: by,
            };
            let mut entry = note("imported", &record, changes(None, Some(&record)));
            (entry.at, entry.by) = (now, actor.clone());
            let (history, secrets) = (vec![entry], Secrets::new());
            self.entries.push(Entry { record, deleted: None, history, secrets });
        }
        Ok(done)
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
        let mut all = self.objects.clone();
        let count = objects.len();
        for it in objects {
            all.insert((it.kind(), it.tenant().clone(), it.id().clone()), it);
        }
        for it in all.values() {
            let tenant = it.tenant();
            if !all.contains_key(&(ObjectKind::Tenant, tenant.clone(), tenant.clone())) {
                return invalid(format!(
                    "{} {} names the tenant {}, which is not in the directory: add the tenant first",
                    it.kind().label(),
                    shown(it.name()),
                    shown(tenant.as_str()),
                ));
            }
        }
        self.objects = all;
        Ok(count)
    }

    pub(super) fn issue_key(&mut self, kind: KeyKind) -> Key {
        let now = self.now();
        self.keys.issue(kind, now)
    }

    pub(super) fn check_key(&self, key: &Key) -> KeyStanding {
        self.keys.check(key, |id| {
            let entry = self.entries.iter().find(|it| it.record.id == id)?;
            Some((entry.record.name.clone(), entry.deleted.as_ref().map(|it| it.at)))
        })
    }

    pub(super) fn issue_token(&mut self, request: TokenRequest) -> Done<BulkToken> {
        let (id, now) = (self.new_id(), self.now());
        self.issued = self.issued.wrapping_add(1);
        token::issue(request, id, now, &[self.issued; token::ENTROPY])
    }

    pub(super) fn reveal(&mut self, id: ConnectionId, field: &str) -> Done<Secret> {
        let stored = self.entry(id)?.secrets.get(field).map(|(_, text)| text.clone());
        stored.ok_or_else(|| BackendError::SecretMissing { field: field.to_owned() })
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
    fn mark(&mut self, word: &str, stamp: &Stamp) {
        self.record.revision += 1;
        let mut entry = note(word, &self.record, Vec::new());
        (entry.at, entry.by) = (stamp.at, stamp.by.clone());
        self.history.push(entry);
    }
}

fn note(action: &str, record: &Connection, changes: Vec<Change>) -> HistoryEntry {
    HistoryEntry {
        revision: record.revision,
        at: record.saved_at(),
        by: record.modified_by.clone(),
        action: action.to_owned(),
        changes,
    }
}

fn missing(id: ConnectionId) -> Outcome<BackendError> {
    Outcome { id, name: id.to_string(), result: Err(BackendError::NotFound) }
}

/// By whom and when the last change was made.
fn latest(found: &Entry) -> (String, Timestamp) {
    let record = &found.record;
    found
        .history
        .last()
        .map_or((record.modified_by.clone(), record.saved_at()), |it| (it.by.clone(), it.at))
}

fn conflict(found: &Entry) -> BackendError {
    let (record, (by, at)) = (&found.record, latest(found));
    let (id, revision) = (record.id, record.revision);
    match found.deleted {
        Some(_) => BackendError::Deleted { id, by, at, revision },
        None => BackendError::Conflict { by, at, revision },
    }
}
