//! The smallest backend that lists, finds, deletes and imports: for tests of the layers above.

use std::sync::{Mutex, MutexGuard};

use crate::backend::{
    Backend, BackendError, Capabilities, Cursor, DeletedConnection, FormDraft, HistoryEntry,
    ImportRow, Imported, Page, PageRequest, Reply, SaveRequest, TokenRequest,
};
use crate::domain::health::{Directory, digest};
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Answers, Connection, ConnectionId, ConnectionType, DirectoryObject, Listed, ObjectId,
    ObjectKind, Origin, Secret, Side, Summary, Timestamp, text,
};

/// The moment at which everything in it happens.
pub const NOW: &str = "2026-03-01T12:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// What it holds.
#[derive(Default)]
pub struct State {
    pub connections: Vec<Connection>,
    pub deleted: Vec<Connection>,
    pub objects: Vec<DirectoryObject>,
    pub standing: Option<KeyStanding>,
    /// Ids that refuse to be deleted.
    pub stuck: Vec<ConnectionId>,
    pub read_only: bool,
}

/// A backend in memory.
#[derive(Default)]
pub struct Memory(Mutex<State>);

impl Memory {
    /// With listed connections of these names.
    pub fn with(names: &[&str]) -> Self {
        let memory = Self::default();
        for name in names {
            memory.add(name, ConnectionType::Exchange, Side::Source, "contoso");
        }
        memory
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Adds a listed connection; ids count up from `0190b3a2-0000-7000-8000-000000000001`.
    pub fn add(&self, name: &str, kind: ConnectionType, side: Side, tenant: &str) -> ConnectionId {
        let mut state = self.state();
        let number = state.connections.len() + state.deleted.len() + 1;
        let id: ConnectionId = format!("0190b3a2-0000-7000-8000-{number:012x}").parse().unwrap();
        let connection = Connection {
            id,
            revision: 1,
            name: name.to_owned(),
            description: String::new(),
            kind,
            side,
            answers: Answers::Listed(Listed { tenant: tenant.to_owned() }),
            origin: Origin::Imported,
            created_at: now(),
            created_by: "test".to_owned(),
            modified_at: now(),
            modified_by: "test".to_owned(),
        };
        state.connections.push(connection);
        id
    }
}

fn summary(it: &Connection) -> Summary {
    let digest = digest(it, &Directory::default());
    Summary {
        id: it.id,
        name: it.name.as_str().into(),
        kind: it.kind,
        side: it.side,
        tenant: digest.tenant_name.into(),
        credentials: digest.credentials.into(),
        modified_at: it.modified_at.as_second(),
        modified_by: it.modified_by.as_str().into(),
        findings: digest.findings,
        expires_at: digest.expires_at.map(Timestamp::as_second),
        revision: it.revision,
    }
}

fn reply<'a, T: Send + 'a>(value: Result<T, BackendError>) -> Reply<'a, T> {
    Box::pin(std::future::ready(value))
}

fn unsupported<'a, T: Send + 'a>() -> Reply<'a, T> {
    reply(Err(BackendError::Unsupported("this")))
}

impl Backend for Memory {
    fn capabilities(&self) -> Capabilities {
        let write = !self.state().read_only;
        Capabilities {
            write,
            delete: write,
            history: true,
            edit_directory: write,
            keys: true,
            tokens: false,
            drafts: false,
            usage: false,
        }
    }

    fn count(&self) -> Reply<'_, usize> {
        reply(Ok(self.state().connections.len()))
    }

    /// Two rows at a time, so that every caller has to go on.
    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        let mut rows: Vec<Summary> = self.state().connections.iter().map(summary).collect();
        rows.sort_by_key(|row| (text::fold(&row.name), row.id));
        if let Some(after) = request.after {
            rows.retain(|row| (text::fold(&row.name), row.id) > (after.name_key.clone(), after.id));
        }
        let more = rows.len() > 2;
        rows.truncate(2);
        let next = rows.last().filter(|_| more);
        let next = next.map(|row| Cursor { name_key: text::fold(&row.name), id: row.id });
        reply(Ok(Page { rows, next }))
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        let found = self.state().connections.iter().find(|it| it.id == id).cloned();
        reply(found.ok_or(BackendError::NotFound))
    }

    fn find(&self, name: String) -> Reply<'_, Option<ConnectionId>> {
        let name = text::fold(&name);
        let found =
            self.state().connections.iter().find(|it| text::fold(&it.name) == name).map(|it| it.id);
        reply(Ok(found))
    }

    fn save(&self, request: SaveRequest) -> Reply<'_, Connection> {
        let draft = request.draft;
        let id = self.add(&draft.name, draft.kind, draft.side, "");
        self.connection(id)
    }

    fn delete(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        let mut state = self.state();
        let mut outcomes = Vec::new();
        for id in ids {
            let at = state.connections.iter().position(|it| it.id == id);
            let outcome = match at {
                Some(at) if !state.stuck.contains(&id) => {
                    let gone = state.connections.remove(at);
                    let name = gone.name.clone();
                    state.deleted.push(gone);
                    Outcome { id, name, result: Ok(()) }
                }
                Some(at) => {
                    let name = state.connections[at].name.clone();
                    Outcome { id, name, result: Err(BackendError::Busy) }
                }
                None => Outcome { id, name: String::new(), result: Err(BackendError::NotFound) },
            };
            outcomes.push(outcome);
        }
        reply(Ok(outcomes))
    }

    fn restore(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        let mut state = self.state();
        let mut outcomes = Vec::new();
        for id in ids {
            let Some(at) = state.deleted.iter().position(|it| it.id == id) else { continue };
            let back = state.deleted.remove(at);
            outcomes.push(Outcome { id, name: back.name.clone(), result: Ok(()) });
            state.connections.push(back);
        }
        reply(Ok(outcomes))
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        let row = |it: &Connection| DeletedConnection {
            row: summary(it),
            at: now(),
            by: "test".to_owned(),
        };
        reply(Ok(self.state().deleted.iter().map(row).collect()))
    }

    fn history(&self, _: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        let entry = HistoryEntry {
            revision: 1,
            at: now(),
            by: "test".to_owned(),
            action: "imported".to_owned(),
            changes: Vec::new(),
        };
        reply(Ok(vec![entry]))
    }

    fn import(&self, rows: Vec<ImportRow>) -> Reply<'_, Imported> {
        let mut imported = Imported::default();
        for row in rows {
            let taken = self
                .state()
                .connections
                .iter()
                .any(|it| text::fold(&it.name) == text::fold(&row.name));
            if taken {
                imported.skipped += 1;
            } else {
                self.add(&row.name, row.kind, row.side, &row.tenant);
                imported.added += 1;
            }
        }
        reply(Ok(imported))
    }

    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        let fits = |it: &&DirectoryObject| {
            it.kind() == kind && tenant.as_ref().is_none_or(|tenant| tenant == it.tenant())
        };
        reply(Ok(self.state().objects.iter().filter(fits).cloned().collect()))
    }

    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize> {
        let count = objects.len();
        self.state().objects.extend(objects);
        reply(Ok(count))
    }

    fn summaries(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        unsupported()
    }

    fn check_key(&self, _: Key) -> Reply<'_, KeyStanding> {
        reply(Ok(self.state().standing.clone().unwrap_or(KeyStanding::Unknown)))
    }

    fn issue_key(&self, _: KeyKind) -> Reply<'_, Key> {
        unsupported()
    }

    fn issue_token(&self, _: TokenRequest) -> Reply<'_, BulkToken> {
        unsupported()
    }

    fn reveal(&self, _: ConnectionId, _: String) -> Reply<'_, Secret> {
        unsupported()
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        unsupported()
    }

    fn save_draft(&self, _: FormDraft) -> Reply<'_, ()> {
        unsupported()
    }

    fn discard_draft(&self, _: String) -> Reply<'_, ()> {
        unsupported()
    }

    fn used_by(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        unsupported()
    }
}
