//! A backend for tests of the loop, the services and the screens: it lives in memory, does as it
//! is asked, and uses no thread and no clock of its own.
//!
//! It passes the same contract suite as the embedded store. On top of that a test can make the
//! next call of a kind fail, hold answers back until it releases them, see which calls came and
//! which were dropped unanswered, and take capabilities away.
//!
//! ```
//! use jetbridge::testing::fake::{Call, Fake};
//! use jetbridge::backend::BackendError;
//!
//! let fake = Fake::new();
//! fake.fail_next(Call::Count, BackendError::Busy);
//! let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! runtime.block_on(async {
//!     assert_eq!(fake.count().await, Err(BackendError::Busy));
//!     assert_eq!(fake.count().await, Ok(0));
//! });
//! ```

mod memory;
mod secrets;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use secrets::Plain;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::backend::store::Clock;
use crate::backend::{
    BackendError, Capabilities, DeletedConnection, FormDraft, HistoryEntry, ImportRow, Imported,
    Live, OnProgress, Page, PageRequest, Place, Reads, Reply, Revision, SaveRequest, TokenRequest,
    Writes,
};
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, ObjectId, ObjectKind, Secret, Summary, Timestamp,
};

use memory::Memory;

/// Each call of a [`Place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named like the method it stands for")]
pub enum Call {
    Refresh,
    Count,
    Page,
    Summaries,
    Connection,
    DeletedConnection,
    Named,
    Save,
    Delete,
    Restore,
    Purge,
    Deleted,
    History,
    Import,
    Objects,
    PutObjects,
    IssueKey,
    CheckKey,
    IssueToken,
    Reveal,
    Drafts,
    SaveDraft,
    DiscardDraft,
    UsedBy,
}

/// Everything on: what [`Fake`] starts with.
pub const ALL: Capabilities = Capabilities::ALL;

/// The scripted backend, and the place that it is. Clones share everything, so a test keeps one and
/// hands over another.
#[derive(Clone)]
pub struct Fake {
    core: Arc<Shared>,
    place: Place,
}

impl Deref for Fake {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

struct Shared {
    state: Mutex<State>,
    /// Calls whose answers are held back.
    held: watch::Sender<BTreeSet<Call>>,
    /// Every call so far, in order.
    calls: watch::Sender<Vec<Call>>,
    /// Calls that were dropped before they were answered.
    dropped: watch::Sender<Vec<Call>>,
}

struct State {
    memory: Memory,
    capabilities: Capabilities,
    failures: HashMap<Call, VecDeque<BackendError>>,
    used_by: HashMap<ConnectionId, Vec<String>>,
    stuck: HashMap<ConnectionId, BackendError>,
    as_of: Option<Timestamp>,
}

impl From<Fake> for Place {
    fn from(fake: Fake) -> Self {
        fake.place
    }
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

impl Fake {
    /// An empty one, used by `tester` at noon on 2026-01-01 UTC for ever.
    pub fn new() -> Self {
        let noon = Timestamp::from_second(1_767_268_800).unwrap_or(Timestamp::UNIX_EPOCH);
        Self::with_clock("tester", Arc::new(move || noon))
    }

    /// An empty one with its user and clock.
    pub fn with_clock(actor: &str, clock: Clock) -> Self {
        let state = State {
            memory: Memory::new(actor.to_owned(), clock),
            capabilities: ALL,
            failures: HashMap::new(),
            used_by: HashMap::new(),
            stuck: HashMap::new(),
            as_of: None,
        };
        let core = Arc::new(Shared {
            state: Mutex::new(state),
            held: watch::Sender::new(BTreeSet::new()),
            calls: watch::Sender::new(Vec::new()),
            dropped: watch::Sender::new(Vec::new()),
        });
        let place = Place::new(Arc::clone(&core)).with_live(Arc::clone(&core));
        Self { core, place }
    }

    /// With these connections, as they are.
    pub fn with(connections: Vec<Connection>) -> Self {
        let fake = Self::new();
        connections.into_iter().for_each(|it| fake.state().memory.put(it));
        fake
    }

    /// One that has the same and from then on goes its own way.
    #[must_use]
    pub fn copy(&self) -> Self {
        let own = self.state();
        let copy = Self::new();
        let mut state = copy.state();
        state.memory = own.memory.clone();
        state.capabilities = own.capabilities;
        drop(state);
        copy
    }

    /// Says that it was read at this moment, as a service does that was read before.
    pub fn read_at(&self, at: Timestamp) {
        self.state().as_of = Some(at);
    }

    /// Nothing fails and nothing is held back any more.
    pub fn calm(&self) {
        self.state().failures.clear();
        self.core.held.send_modify(BTreeSet::clear);
    }

    /// Ids of the connections.
    pub fn ids(&self) -> Vec<ConnectionId> {
        self.state().memory.ids()
    }

    /// Another one like `id` whose name nobody checks, as a service may send it.
    pub fn put_renamed(&self, id: ConnectionId, new: ConnectionId, name: &str) {
        let mut state = self.state();
        if let Ok(mut like) = state.memory.connection(id) {
            like.id = new;
            name.clone_into(&mut like.name);
            like.description = name.to_owned();
            state.memory.put(like);
        }
    }

    /// The kept drafts.
    pub fn kept(&self) -> Vec<FormDraft> {
        self.state().memory.drafts()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.core.state()
    }

    /// From now on it can do this only; the rest answers "not possible here".
    pub fn set_capabilities(&self, capabilities: Capabilities) {
        self.state().capabilities = capabilities;
    }

    /// Projects that use a connection.
    pub fn set_used_by(&self, id: ConnectionId, projects: Vec<String>) {
        self.state().used_by.insert(id, projects);
    }

    /// Deleting this connection fails; the others of the same call are deleted.
    pub fn fail_to_delete(&self, id: ConnectionId, error: BackendError) {
        self.state().stuck.insert(id, error);
    }

    /// The next call of this kind fails; said twice, the next two do.
    pub fn fail_next(&self, call: Call, error: BackendError) {
        self.state().failures.entry(call).or_default().push_back(error);
    }

    /// Holds the answers of this kind of call back, until [`Fake::release`].
    pub fn hold(&self, call: Call) {
        self.core.held.send_modify(|held| {
            held.insert(call);
        });
    }

    /// Lets the answers go that [`Fake::hold`] keeps.
    pub fn release(&self, call: Call) {
        self.core.held.send_modify(|held| {
            held.remove(&call);
        });
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.core.calls.borrow().clone()
    }

    /// Calls that were dropped before they were answered, in order.
    pub fn dropped(&self) -> Vec<Call> {
        self.core.dropped.borrow().clone()
    }

    /// Waits until this kind of call has come `times` times.
    pub async fn called(&self, call: Call, times: usize) {
        wait(&self.core.calls, call, times).await;
    }

    /// Waits until this kind of call was dropped unanswered `times` times.
    pub async fn gave_up(&self, call: Call, times: usize) {
        wait(&self.core.dropped, call, times).await;
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The road of every call: noted, held back, made to fail, or done.
    fn answer<'a, T: Send + 'a>(
        &'a self,
        call: Call,
        work: impl FnOnce(&mut State) -> Result<T, BackendError> + Send + 'a,
    ) -> Reply<'a, T> {
        Box::pin(async move {
            self.calls.send_modify(|calls| calls.push(call));
            let mut unanswered = Unanswered { fake: self, call, answered: false };
            let mut held = self.held.subscribe();
            // Cannot fail: the sender is in `self`.
            let _ = held.wait_for(|held| !held.contains(&call)).await;
            unanswered.answered = true;
            let mut state = self.state();
            match state.failures.get_mut(&call).and_then(VecDeque::pop_front) {
                Some(error) => Err(error),
                None => work(&mut state),
            }
        })
    }
}

async fn wait(log: &watch::Sender<Vec<Call>>, call: Call, times: usize) {
    let enough = |log: &Vec<Call>| log.iter().filter(|it| **it == call).count() >= times;
    // Cannot fail: the caller holds the sender.
    let _ = log.subscribe().wait_for(enough).await;
}

struct Unanswered<'a> {
    fake: &'a Shared,
    call: Call,
    answered: bool,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.fake.dropped.send_modify(|dropped| dropped.push(self.call));
        }
    }
}

fn only_if(can: bool, what: &'static str) -> Result<(), BackendError> {
    if can { Ok(()) } else { Err(BackendError::Unsupported(what)) }
}

impl Reads for Shared {
    fn capabilities(&self) -> Capabilities {
        self.state().capabilities
    }

    fn count(&self) -> Reply<'_, usize> {
        self.answer(Call::Count, |it| Ok(it.memory.count()))
    }

    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        self.answer(Call::Page, move |it| Ok(it.memory.page(&request)))
    }

    fn summaries(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        self.answer(Call::Summaries, move |it| Ok(it.memory.summaries(&ids)))
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.answer(Call::Connection, move |it| it.memory.connection(id))
    }

    fn deleted_connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.answer(Call::DeletedConnection, move |it| it.memory.deleted_connection(id))
    }

    fn named(&self, names: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>> {
        self.answer(Call::Named, move |it| {
            Ok(names.iter().map(|name| it.memory.with_name(name)).collect())
        })
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        self.answer(Call::Deleted, |it| {
            only_if(it.capabilities.delete, "listing deleted connections")?;
            Ok(it.memory.deleted())
        })
    }

    fn history(&self, id: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        self.answer(Call::History, move |it| {
            only_if(it.capabilities.history, "reading the history")?;
            it.memory.history(id)
        })
    }

    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        self.answer(Call::Objects, move |it| Ok(it.memory.objects(kind, tenant.as_ref())))
    }

    fn check_key(&self, key: Key) -> Reply<'_, KeyStanding> {
        self.answer(Call::CheckKey, move |it| {
            only_if(it.capabilities.keys, "checking keys")?;
            Ok(it.memory.check_key(&key))
        })
    }

    fn reveal(&self, id: ConnectionId, field: String) -> Reply<'_, Secret> {
        self.answer(Call::Reveal, move |it| it.memory.reveal(id, &field))
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        self.answer(Call::Drafts, |it| {
            only_if(it.capabilities.drafts, "keeping drafts")?;
            Ok(it.memory.drafts())
        })
    }

    fn used_by(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        self.answer(Call::UsedBy, move |it| {
            only_if(it.capabilities.usage, "looking up projects")?;
            let of = |id| it.used_by.get(&id).cloned().unwrap_or_default();
            Ok(ids.into_iter().map(|id| (id, of(id))).collect())
        })
    }
}

impl Writes for Shared {
    fn save(&self, request: SaveRequest) -> Reply<'_, Connection> {
        self.answer(Call::Save, move |it| {
            only_if(it.capabilities.write, "saving")?;
            it.memory.save(request)
        })
    }

    fn delete(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.answer(Call::Delete, move |it| {
            only_if(it.capabilities.delete, "deleting")?;
            let (stuck, memory) = (&it.stuck, &mut it.memory);
            let each = |which: Revision| match stuck.get(&which.id) {
                None => memory.delete(which),
                Some(error) => {
                    let name = memory.connection(which.id).map(|it| it.name).unwrap_or_default();
                    Outcome { id: which.id, name, result: Err(error.clone()) }
                }
            };
            Ok(which.into_iter().map(each).collect())
        })
    }

    fn restore(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.answer(Call::Restore, move |it| {
            only_if(it.capabilities.delete, "restoring")?;
            Ok(which.into_iter().map(|which| it.memory.restore(which)).collect())
        })
    }

    fn purge(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.answer(Call::Purge, move |it| {
            only_if(it.capabilities.delete, "purging")?;
            let outcomes: Vec<_> = which.into_iter().map(|which| it.memory.purge(which)).collect();
            let gone = |id: Option<ConnectionId>| {
                id.is_some_and(|id| outcomes.iter().any(|it| it.id == id && it.result.is_ok()))
            };
            it.memory.forget_drafts(gone);
            Ok(outcomes)
        })
    }

    fn import(&self, rows: Vec<ImportRow>) -> Reply<'_, Imported> {
        self.answer(Call::Import, move |it| {
            only_if(it.capabilities.write, "importing")?;
            it.memory.import(rows)
        })
    }

    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize> {
        self.answer(Call::PutObjects, move |it| {
            only_if(it.capabilities.edit_directory, "editing the directory")?;
            it.memory.put_objects(objects)
        })
    }

    fn issue_key(&self, kind: KeyKind) -> Reply<'_, Key> {
        self.answer(Call::IssueKey, move |it| {
            only_if(it.capabilities.keys, "issuing keys")?;
            Ok(it.memory.issue_key(kind))
        })
    }

    fn issue_token(&self, request: TokenRequest) -> Reply<'_, BulkToken> {
        self.answer(Call::IssueToken, move |it| {
            only_if(it.capabilities.tokens, "issuing bulk tokens")?;
            it.memory.issue_token(request)
        })
    }

    fn save_draft(&self, draft: FormDraft) -> Reply<'_, ()> {
        self.answer(Call::SaveDraft, move |it| {
            only_if(it.capabilities.drafts, "keeping drafts")?;
            it.memory.save_draft(draft);
            Ok(())
        })
    }

    fn discard_draft(&self, id: String) -> Reply<'_, ()> {
        self.answer(Call::DiscardDraft, move |it| {
            only_if(it.capabilities.drafts, "keeping drafts")?;
            it.memory.discard_draft(&id);
            Ok(())
        })
    }
}

impl Live for Shared {
    fn as_of(&self) -> Option<Timestamp> {
        self.state().as_of
    }

    fn refresh<'a>(&'a self, _on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        self.answer(Call::Refresh, |_| Ok(()))
    }
}
