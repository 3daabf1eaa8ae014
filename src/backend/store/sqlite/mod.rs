//! The embedded engine: SQLite on a thread of its own.
//!
//! | file | holds |
//! |---|---|
//! | `db` | what its thread owns, and transactions |
//! | `open`, `place`, `schema`, `answers` | opening, checking the place, migrations |
//! | `follow` | whether another file is in the place of the one that is open |
//! | `inspect` | looking at a store without changing anything, for `doctor` |
//! | `list`, `save`, `remove`, `purge`, `history`, `import` | connections: loaded for the core |
//! | `apply`, `rejudge` | what the core decided, written; rows that older rules judged |
//! | `directory`, `keys`, `drafts` | what belongs to them |
//! | `contexts` | credentials of Fly contexts |
//! | `secrets`, `opener`, `head`, `chain` | rows of what is sealed, and of what shows that it was altered |
//! | `rekey`, `locksmith` | changing what opens it, and the calls for it |
//! | `moving` | a whole store, as it leaves and as it comes |
//! | `backup` | one sealed file with everything |
//! | `row`, `failure` | columns and error codes in the domain's words |

mod answers;
mod apply;
pub mod backup;
mod chain;
mod contexts;
mod db;
mod directory;
mod drafts;
mod failure;
mod follow;
#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub mod fuzzed;
mod head;
mod history;
mod import;
mod inspect;
mod keys;
mod list;
mod locksmith;
mod moving;
mod open;
mod opener;
mod place;
mod purge;
mod rejudge;
mod rekey;
mod remove;
mod row;
mod save;
mod schema;
mod secrets;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use inspect::{Inspection, KeyFile, inspect, inspect_key};
pub use place::{Prober, probe};
pub use rekey::{Lock, Rotated, VaultStatus};

use crate::backend::{
    BackendError, Capabilities, DeletedConnection, FormDraft, HistoryEntry, ImportRow, Imported,
    Page, PageRequest, Place, Reads, Reply, Revision, SaveRequest, TokenRequest, Writes,
};
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, Held, ObjectId, ObjectKind, Secret, Summary,
};

use super::core::token;
use super::vault::opener::KeySource;
use super::vault::seal;
use super::vault::unlock::{Unlock, Unlocker};
use super::worker::{self, Manner};
use super::{Clock, Forget, system_clock};
use db::Db;

/// How long a call waits for another process's write by default.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Version of the SQLite that is built in.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

type Worker = worker::Worker<Db>;

/// Where a store is and who uses it.
#[derive(Clone)]
pub struct OpenOptions {
    /// The database file; made, with its folder, when it is not there.
    pub path: PathBuf,
    /// The file with the key that wraps the data key; made at the first secret. It belongs
    /// outside the folder of `path`, or a copied folder would open its own secrets.
    pub key_path: PathBuf,
    /// What else may open the sealed secrets.
    pub unlock: Unlock,
    /// Who changes things, for `created by`, `modified by` and the history.
    pub actor: String,
    /// Days after which a deleted connection is purged; 0: never.
    pub purge_days: u32,
    /// What a purge takes along outside the store.
    pub forget: Option<Forget>,
    /// How long to wait for another process's write before [`BackendError::Busy`].
    pub busy_timeout: Duration,
    /// Gives the time.
    pub clock: Clock,
    /// Detects network file systems.
    pub prober: Prober,
}

impl OpenOptions {
    /// Options with the usual waiting time, clock and prober.
    pub fn new(
        path: impl Into<PathBuf>,
        key_path: impl Into<PathBuf>,
        actor: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            key_path: key_path.into(),
            unlock: Unlock::default(),
            actor: actor.into(),
            purge_days: 0,
            forget: None,
            busy_timeout: BUSY_TIMEOUT,
            clock: system_clock(),
            prober: probe,
        }
    }
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("path", &self.path)
            .field("key_path", &self.key_path)
            .field("unlock", &self.unlock)
            .field("actor", &self.actor)
            .field("busy_timeout", &self.busy_timeout)
            .finish_non_exhaustive()
    }
}

/// The embedded store. Dropping it closes the file within milliseconds.
///
/// Dropping a call's future takes the call back: one that has not begun is left out, a long read
/// or an import is broken off and leaves nothing behind, a short write that has begun is finished.
pub struct Store {
    worker: Arc<Worker>,
    place: Place,
}

/// The calls of a place are made on the store itself.
impl Deref for Store {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl From<Store> for Place {
    fn from(store: Store) -> Self {
        store.place
    }
}

impl From<Worker> for Store {
    fn from(worker: Worker) -> Self {
        let worker = Arc::new(worker);
        Self { place: Place::new(Arc::clone(&worker)), worker }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Begins to open a store and returns at once. Whatever is wrong with it is reported by
    /// [`Store::opened`] and by every call. Fails only when no thread can be started.
    pub fn start(options: OpenOptions) -> Result<Self, BackendError> {
        let worker = Worker::start(move |cancel| {
            let (conn, present) = open::file(&options, &cancel)?;
            let (path, actor, clock) =
                (options.path.clone(), options.actor.clone(), options.clock.clone());
            let source = key_source(&options);
            let db = Db::new((conn, Some(present)), &path, source, actor, clock, cancel)?;
            Ok(db.following(options))
        })?;
        Ok(worker.into())
    }

    /// Opens a store and waits until that is done: made, upgraded and checked.
    ///
    /// Fails with [`BackendError::NetworkFileSystem`], `NotAStore`, `TooNew`, `Damaged`, `Busy`,
    /// `ReadOnly` or `DiskFull`; the file is then as it was.
    pub fn open(options: OpenOptions) -> Result<Self, BackendError> {
        let store = Self::start(options)?;
        store.worker.wait_until_open()?;
        Ok(store)
    }

    /// A store in memory, gone when it is dropped: for `--demo` and for tests.
    pub fn in_memory(actor: impl Into<String>) -> Result<Self, BackendError> {
        Self::in_memory_with(actor, system_clock())
    }

    /// A store in memory with a clock of one's own.
    pub fn in_memory_with(actor: impl Into<String>, clock: Clock) -> Result<Self, BackendError> {
        let actor = actor.into();
        let worker = Worker::start(move |cancel| {
            let conn = open::memory(&cancel)?;
            let key = seal::random_key()
                .map_err(|error| BackendError::Vault { detail: error.to_string() })?;
            let source = KeySource::Memory(key);
            Db::new((conn, None), Path::new(":memory:"), source, actor, clock, cancel)
        })?;
        let store = Self::from(worker);
        store.worker.wait_until_open()?;
        Ok(store)
    }

    /// Whether opening worked, once it is done.
    pub fn opened(&self) -> Reply<'_, ()> {
        self.worker.call(Manner::BreakOff, |_| Ok(()))
    }
}

fn key_source(options: &OpenOptions) -> KeySource {
    let OpenOptions { key_path, unlock, .. } = options.clone();
    KeySource::Given(Box::new(Unlocker::new(key_path, unlock)))
}

impl Reads for Worker {
    fn capabilities(&self) -> Capabilities {
        Capabilities::STORE
    }

    fn mark(&self) -> Reply<'_, Option<u64>> {
        self.call(Manner::BreakOff, |db| db.read(|tx, context| list::mark(tx, context.again)))
    }

    fn count(&self) -> Reply<'_, usize> {
        self.call(Manner::BreakOff, |db| db.read(|tx, _| list::count(tx)))
    }

    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        self.call(Manner::BreakOff, move |db| {
            db.read(|tx, context| list::page(tx, context, &request))
        })
    }

    fn summaries(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        self.call(Manner::BreakOff, move |db| {
            db.read(|tx, context| list::summaries(tx, context, &ids))
        })
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| list::connection(tx, id)))
    }

    fn deleted_connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| list::deleted_one(tx, id)))
    }

    fn connections(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Connection>> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| list::connections(tx, &ids)))
    }

    fn identity(&self) -> Reply<'_, Option<String>> {
        self.call(Manner::BreakOff, |db| db.read(|tx, _| list::store_id(tx).map(Some)))
    }

    fn judged(&self, wait: bool) -> Reply<'_, bool> {
        Box::pin(async move {
            let Some(end) = self.call(Manner::BreakOff, |db| Ok(db.judging())).await? else {
                return Ok(true);
            };
            if wait {
                // Nothing is sent: what waits is dropped at the end.
                let _ = end.await;
            }
            Ok(wait)
        })
    }

    fn named(&self, names: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>> {
        self.call(Manner::BreakOff, move |db| {
            db.read(|tx, context| list::with_names(tx, context, &names))
        })
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        self.call(Manner::BreakOff, |db| db.read(list::deleted))
    }

    fn history(&self, id: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| history::read(tx, id)))
    }

    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        self.call(Manner::BreakOff, move |db| {
            db.read(|tx, _| directory::list(tx, kind, tenant.as_ref()))
        })
    }

    fn check_key(&self, key: Key) -> Reply<'_, KeyStanding> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, context| keys::check(tx, context, &key)))
    }

    fn reveal(&self, id: ConnectionId, field: String) -> Reply<'_, Secret> {
        self.call(Manner::BreakOff, move |db| {
            db.read(|tx, context| secrets::reveal(tx, context, id, &field))
        })
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        self.call(Manner::BreakOff, |db| db.read(drafts::list))
    }

    fn used_by(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        Box::pin(async { Err(BackendError::Unsupported("looking up projects")) })
    }
}

impl Writes for Worker {
    fn save(&self, mut request: SaveRequest) -> Reply<'_, Connection> {
        self.call(Manner::Finish, move |db| {
            let new = |(_, held): (String, &mut Held)| matches!(held, Held::New(_));
            if request.secrets_from.is_some()
                || request.draft.answers.secrets_mut().into_iter().any(new)
            {
                db.unlock()?;
            }
            let saved = db.write(|tx, context| save::save(tx, context, request))?;
            fault!("save.committed");
            Ok(saved)
        })
    }

    fn delete(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.call(Manner::of(which.len()), move |db| {
            db.write_many(which.len(), |tx, context| remove::delete(tx, context, &which))
        })
    }

    fn restore(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.call(Manner::of(which.len()), move |db| {
            db.write_many(which.len(), |tx, context| remove::restore(tx, context, &which))
        })
    }

    fn purge(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.call(Manner::of(which.len()), move |db| {
            if db.read(|tx, _| drafts::any(tx))? {
                db.unlock()?;
            }
            db.purge(&which)
        })
    }

    fn import(&self, rows: Vec<ImportRow>) -> Reply<'_, Imported> {
        self.call(Manner::BreakOff, move |db| {
            let done =
                db.write_many(rows.len(), |tx, context| import::import(tx, context, rows))?;
            fault!("import.committed");
            Ok(done)
        })
    }

    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize> {
        self.call(Manner::BreakOff, move |db| {
            db.write_many(objects.len(), |tx, context| directory::put(tx, context, &objects))
        })
    }

    fn issue_key(&self, kind: KeyKind) -> Reply<'_, Key> {
        self.call(Manner::Finish, move |db| {
            db.unlock()?;
            db.write(|tx, context| keys::issue(tx, context, kind))
        })
    }

    fn issue_token(&self, request: TokenRequest) -> Reply<'_, BulkToken> {
        self.call(Manner::BreakOff, move |db| {
            db.read(|_, context| {
                let entropy =
                    seal::random().map_err(|error| BackendError::Other(error.to_string()))?;
                Ok(token::issue(request, context.new_id(), context.now(), &entropy)?)
            })
        })
    }

    fn save_draft(&self, draft: FormDraft) -> Reply<'_, ()> {
        self.call(Manner::Finish, move |db| {
            db.unlock()?;
            panic_if_asked!("store");
            db.write(|tx, context| drafts::keep(tx, context, &draft))
        })
    }

    fn discard_draft(&self, id: String) -> Reply<'_, ()> {
        self.call(Manner::Finish, move |db| db.write(|tx, _| drafts::discard(tx, &id)))
    }
}
