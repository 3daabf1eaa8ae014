//! A backend whose answers tests hold back, and which writes down what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use crate::backend::Revision;
use crate::backend::{
    BackendError, Capabilities, Cursor, DeletedConnection, FormDraft, HistoryEntry, ImportRow,
    Imported, Live, OnProgress, Page, PageRequest, Place, Progress, ReadOnly, Reads, Reply,
    SaveRequest, TokenRequest, Writes,
};
use crate::domain::answers::testing::sheet;
use crate::domain::health::Findings;
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, ConnectionType, DirectoryObject, ObjectId, ObjectKind, Origin,
    Project, Secret, Side, Summary, Timestamp,
};

/// The fake.
pub struct Fake {
    pub rows: Vec<Summary>,
    /// Every call takes one permit.
    pub gate: Arc<Semaphore>,
    /// Calls in order.
    pub log: Mutex<Vec<String>>,
    /// Ids that refuse to be restored.
    pub stuck: Vec<ConnectionId>,
    /// The page with this number, from 0, fails.
    pub broken_page: Option<usize>,
    pub drafts: Mutex<Vec<FormDraft>>,
    /// It is a service that is read again; `None`: a store.
    pub service: Option<Service>,
}

/// A service whose every answer takes one permit of its gate.
pub struct Service {
    /// What is remembered, and when it was read.
    pub remembered: Mutex<Option<(Vec<Summary>, Timestamp)>>,
    /// What is there now; reported in pieces of 200 rows.
    pub now: Vec<Summary>,
    pub gate: Arc<Semaphore>,
    /// The piece with this number, from 0, fails.
    pub broken: Option<usize>,
    /// Refreshes that were dropped before they were done.
    pub dropped: Arc<AtomicUsize>,
}

impl Service {
    /// Nothing is remembered, and nothing comes until the gate lets it.
    pub fn held(count: usize) -> Self {
        Self {
            remembered: Mutex::new(None),
            now: (0..count).map(row).collect(),
            gate: Arc::new(Semaphore::new(0)),
            broken: None,
            dropped: Arc::default(),
        }
    }

    async fn refresh(&self, on_progress: OnProgress<'_>) -> Result<(), BackendError> {
        let mut dropped = CountDrop(&self.dropped, true);
        let mut have = 0;
        for (number, rows) in self.now.chunks(200).enumerate() {
            self.gate.acquire().await.unwrap().forget();
            if self.broken == Some(number) {
                dropped.1 = false;
                return Err(BackendError::Busy);
            }
            have += rows.len();
            let total = Some(self.now.len());
            on_progress(Progress { rows: rows.to_vec(), have, total, note: None });
        }
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        *self.remembered.lock().unwrap() = Some((self.now.clone(), at));
        dropped.1 = false;
        Ok(())
    }
}

struct CountDrop<'a>(&'a AtomicUsize, bool);

impl Drop for CountDrop<'_> {
    fn drop(&mut self) {
        if self.1 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

pub fn id(number: usize) -> ConnectionId {
    format!("0190b3a2-0000-7000-8000-{number:012x}").parse().unwrap()
}

pub fn row(number: usize) -> Summary {
    Summary {
        id: id(number),
        name: format!("connection-{number:06}").into(),
        kind: ConnectionType::M365Group,
        side: Side::Source,
        tenant: "contoso".into(),
        credentials: "".into(),
        modified_at: Some(crate::domain::Second::new(0)),
        modified_by: "admin".into(),
        findings: Findings::default(),
        expires_at: None,
        revision: 1,
    }
}

pub fn connection(number: usize) -> Connection {
    Connection {
        id: id(number),
        revision: 1,
        name: format!("connection-{number:06}"),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Source,
        answers: sheet().tenant("t1").choice("service_auth", "none").form(),
        origin: Origin::Local,
        created_at: Some(Timestamp::UNIX_EPOCH),
        created_by: "admin".into(),
        modified_at: Some(Timestamp::UNIX_EPOCH),
        modified_by: "admin".into(),
    }
}

impl Fake {
    /// With this many connections, answering at once.
    pub fn with(count: usize) -> Self {
        Self {
            rows: (0..count).map(row).collect(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            log: Mutex::default(),
            stuck: Vec::new(),
            broken_page: None,
            drafts: Mutex::default(),
            service: None,
        }
    }

    /// As [`Fake::with`], answering only as many calls as the semaphore permits.
    pub fn held(count: usize) -> (Self, Arc<Semaphore>) {
        let gate = Arc::new(Semaphore::new(0));
        (Self { gate: Arc::clone(&gate), ..Self::with(count) }, gate)
    }

    /// A service that reports these rows.
    pub fn service(service: Service) -> Self {
        Self { service: Some(service), ..Self::with(0) }
    }

    fn listed(&self) -> Vec<Summary> {
        let Some(service) = &self.service else { return self.rows.clone() };
        let remembered = service.remembered.lock().unwrap();
        remembered.as_ref().map(|it| it.0.clone()).unwrap_or_default()
    }

    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    fn reply<'a, T: Send + 'a>(
        &'a self,
        call: impl Into<String>,
        answer: impl FnOnce() -> Result<T, BackendError> + Send + 'a,
    ) -> Reply<'a, T> {
        let call = call.into();
        Box::pin(async move {
            self.log.lock().unwrap().push(call);
            self.gate.acquire().await.unwrap().forget();
            answer()
        })
    }

    fn no<T: Send>(&self) -> Reply<'_, T> {
        Box::pin(async { Err(BackendError::Unsupported("this")) })
    }
}

impl From<Arc<Fake>> for Place {
    fn from(fake: Arc<Fake>) -> Self {
        match fake.service {
            None => Self::new(Arc::clone(&fake)).with_live(fake),
            Some(_) => Self::listed(fake, ReadOnly::Fly),
        }
    }
}

impl From<Fake> for Place {
    fn from(fake: Fake) -> Self {
        Arc::new(fake).into()
    }
}

impl Reads for Fake {
    fn capabilities(&self) -> Capabilities {
        match self.service {
            None => Capabilities::STORE,
            Some(_) => Capabilities {
                write: false,
                delete: false,
                history: false,
                edit_directory: false,
                keys: false,
                tokens: false,
                drafts: false,
                usage: false,
                projects: true,
                shared: false,
                read_only: Some(ReadOnly::Fly),
            },
        }
    }

    fn count(&self) -> Reply<'_, usize> {
        self.reply("count", || Ok(self.listed().len()))
    }

    fn summaries(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        self.reply(format!("summaries {}", ids.len()), move || {
            Ok(self.rows.iter().filter(|it| ids.contains(&it.id)).cloned().collect())
        })
    }

    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        self.reply(format!("page {}", request.limit), move || {
            let rows_ = self.listed();
            let start = request
                .after
                .map_or(0, |after| rows_.iter().position(|it| it.id == after.id).unwrap() + 1);
            let number = if start == 0 { 0 } else { 1 + (start - 200) / 4_096 };
            if self.broken_page == Some(number) {
                return Err(BackendError::Busy);
            }
            let end = (start + request.limit).min(rows_.len());
            let rows = rows_[start..end].to_vec();
            let next = (end < rows_.len()).then(|| {
                let last = rows.last().unwrap();
                Cursor { name_key: last.name.to_string(), id: last.id }
            });
            Ok(Page { rows, next, step: None })
        })
    }

    fn connection(&self, wanted: ConnectionId) -> Reply<'_, Connection> {
        self.reply("connection", move || {
            let number = self.listed().iter().position(|it| it.id == wanted);
            number.map(connection).ok_or(BackendError::NotFound)
        })
    }

    fn named(&self, _: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>> {
        self.no()
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        self.no()
    }

    fn history(&self, _: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        self.no()
    }

    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        let of = tenant.map_or("all".to_owned(), |it| it.0);
        self.reply(format!("objects {} {of}", kind.slug()), || Ok(Vec::new()))
    }

    fn check_key(&self, _: Key) -> Reply<'_, KeyStanding> {
        self.no()
    }

    fn reveal(&self, _: ConnectionId, _: String) -> Reply<'_, Secret> {
        self.reply("reveal", || Ok(Secret::new("fake-secret")))
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        self.reply("drafts", || Ok(self.drafts.lock().unwrap().clone()))
    }

    fn used_by(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        self.no()
    }
}

impl Writes for Fake {
    fn save(&self, request: SaveRequest) -> Reply<'_, Connection> {
        self.reply("save", move || {
            let revision = request.target.ok_or(BackendError::NotFound)?;
            Ok(Connection { id: revision.id, revision: revision.revision + 1, ..connection(0) })
        })
    }

    fn delete(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.reply("delete", move || {
            Ok(which
                .into_iter()
                .map(|Revision { id, revision }| Outcome {
                    id,
                    name: String::new(),
                    result: Ok(revision + 1),
                })
                .collect())
        })
    }

    fn purge(&self, _: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.reply("purge", || Err(BackendError::Unsupported("purging")))
    }

    fn restore(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.reply("restore", move || {
            let result = |Revision { id, revision }| match self.stuck.contains(&id) {
                true => Err(BackendError::NotFound),
                false => Ok(revision + 1),
            };
            Ok(which
                .into_iter()
                .map(|it| Outcome { id: it.id, name: "name".into(), result: result(it) })
                .collect())
        })
    }

    fn import(&self, _: Vec<ImportRow>) -> Reply<'_, Imported> {
        self.no()
    }

    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize> {
        self.reply("put", move || Ok(objects.len()))
    }

    fn issue_key(&self, _: KeyKind) -> Reply<'_, Key> {
        self.no()
    }

    fn issue_token(&self, _: TokenRequest) -> Reply<'_, BulkToken> {
        self.no()
    }

    fn save_draft(&self, draft: FormDraft) -> Reply<'_, ()> {
        self.reply("save_draft", move || {
            self.drafts.lock().unwrap().push(draft);
            Ok(())
        })
    }

    fn discard_draft(&self, draft: String) -> Reply<'_, ()> {
        self.reply(format!("discard_draft {draft}"), || Ok(()))
    }
}

impl Live for Fake {
    fn as_of(&self) -> Option<Timestamp> {
        Some(self.service.as_ref()?.remembered.lock().unwrap().as_ref()?.1)
    }

    fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        match &self.service {
            None => Box::pin(async { Ok(()) }),
            Some(service) => Box::pin(service.refresh(on_progress)),
        }
    }

    fn projects(&self) -> Reply<'_, Vec<Project>> {
        self.reply("projects", || {
            let (source, destination) = (ConnectionType::Exchange, ConnectionType::M365Group);
            Ok(vec![Project { name: "EMEA wave 1".into(), source, destination }])
        })
    }
}
