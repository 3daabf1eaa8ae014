//! The engine of a team store: PostgreSQL, shared by several people.
//!
//! | file | holds |
//! |---|---|
//! | `link`, `tls` | a connection, made step by step; what the server is |
//! | `db`, `value` | what the thread owns, transactions, statements |
//! | `schema` | migrations and rights |
//! | `list`, `save`, `directory`, `keys`, `drafts` | what is loaded for the core and for whoever reads |
//! | `apply`, `chain` | what the core decided, written; what shows that it was altered |
//! | `vault`, `secrets`, `members` | what is sealed, what opens it, and who |
//! | `moving` | a whole store, as it leaves and as it comes |
//! | `aside` | drafts on the disk of this machine until the server has them |
//! | `row`, `failure` | columns and errors in the domain's words |
//! | `share`, `watch`, `feed` | what others change, who is there, whether the server answers |
//! | `copy` | the list of the last time, on the disk of this machine |
//!
//! The seam is synchronous, as for the embedded store: a thread of its own waits for each answer, and
//! one thread for all team stores keeps their connections going.

mod apply;
mod aside;
mod chain;
mod copy;
mod db;
mod directory;
mod drafts;
mod failure;
mod feed;
mod keys;
mod link;
mod list;
mod members;
mod moving;
mod row;
mod save;
mod schema;
mod secrets;
mod share;
#[cfg(test)]
mod tests;
mod tls;
mod value;
mod vault;
mod watch;

use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

pub use failure::{ServerError, ServerStep};
pub use link::ServerFacts;
pub use members::{Members, TeamMember};

use super::core::token;
use super::vault::head::Outside;
use super::vault::opener::{KeySource, Vault};
use super::vault::seal;
use super::vault::unlock::{NewKey, Unlock, Unlocker};
use super::worker::{self, Manner};
use super::{Clock, Forget, Rotated, VaultCalls, VaultStatus};
use crate::backend::{
    BackendError, Capabilities, DeletedConnection, FormDraft, HistoryEntry, ImportRow, Imported,
    Page, PageRequest, Place, Reads, Reply, Revision, SaveRequest, TokenRequest, Writes,
};
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::removal::Outcome;
use crate::domain::server::ServerAddress;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, Held, ObjectId, ObjectKind, Secret, Summary,
};
use db::Db;
use feed::Feed;
use link::Link;
use share::Team;

type Worker = worker::Worker<Db>;

/// Gives the password, again for each connection: tokens that serve as one end soon.
pub type Password = Arc<dyn Fn() -> Reply<'static, Secret> + Send + Sync>;

/// How one signs in.
#[derive(Clone)]
pub enum Login {
    /// With a password.
    Password(Password),
    /// With a certificate and its key, in DER.
    Certificate {
        /// The certificate, and what leads to its authority.
        chain: Vec<Vec<u8>>,
        /// Its private key.
        key: Zeroizing<Vec<u8>>,
    },
}

/// Which team store, and who uses it.
#[derive(Clone)]
pub struct TeamOptions {
    /// The server, the database, the role.
    pub address: ServerAddress,
    /// Files with certificate authorities beside those of the system.
    pub authorities: Vec<PathBuf>,
    /// How one signs in.
    pub login: Login,
    /// What may open the sealed secrets.
    pub unlock: Unlock,
    /// The key file of this user: beside it lies the copy of the head of every store.
    pub key_path: PathBuf,
    /// Removes what this machine keeps beside the store of connections that are purged.
    pub forget: Option<Forget>,
    /// File that keeps the list for the next time, one per context; `None`: none is kept.
    pub copy: Option<PathBuf>,
    /// Gives the time in tests; `None`: the server does.
    pub clock: Option<Clock>,
}

impl fmt::Debug for TeamOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamOptions").field("address", &self.address).finish_non_exhaustive()
    }
}

impl TeamOptions {
    fn vault(&self, store: Uuid) -> Vault {
        let ServerAddress { host, port, database, .. } = &self.address;
        let place = format!("postgres {}:{port}/{database}", host.to_lowercase());
        let outside = Outside::at(&self.key_path, place.as_bytes());
        let unlocker = Unlocker::new(self.key_path.clone(), self.unlock.clone());
        Vault::new(KeySource::Given(Box::new(unlocker)), store, Some(outside))
    }
}

/// A team store. Dropping a call's future takes the call back, as for the embedded store; the server
/// is asked to end what it does for it.
pub struct TeamStore {
    worker: Arc<Worker>,
    team: Arc<Team>,
    place: Place,
}

/// The calls of a place are made on the store itself.
impl Deref for TeamStore {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl From<TeamStore> for Place {
    fn from(store: TeamStore) -> Self {
        store.place
    }
}

impl fmt::Debug for TeamStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TeamStore").finish_non_exhaustive()
    }
}

impl TeamStore {
    /// Begins to connect and returns at once. Whatever is wrong is reported by
    /// [`TeamStore::opened`] and by every call. Fails only when no thread can be started.
    pub fn start(options: TeamOptions) -> Result<Self, BackendError> {
        let feed = Arc::<Feed>::default();
        let (own, shared) = (options.clone(), Arc::clone(&feed));
        let worker = Arc::new(Worker::start(move |cancel| Db::open(own, shared, cancel))?);
        let team = Arc::new(Team::new(Arc::clone(&worker), options, feed));
        let place = Place::new(Arc::clone(&worker)).with_shared(Arc::clone(&team));
        Ok(Self { worker, team, place })
    }

    /// What is known of the server, once the store is open.
    pub fn opened(&self) -> Reply<'_, ServerFacts> {
        self.worker.call(Manner::BreakOff, Db::facts)
    }

    /// Reads the list of the last time, which can be shown before the server answers. Gives its store, and
    /// whether somebody has to type what opens the vault of that. `None`: there is no such list.
    pub fn recall(&self) -> Option<(Uuid, bool)> {
        let rights = self.team.recall()?;
        let (store, _) = self.team.feed.known()?;
        Some((store, rights.asks && self.team.options.unlock.given.is_none()))
    }
}

/// Creates the tables, or brings them up to date; the version that they had.
///
/// # Errors
/// [`BackendError::Server`], also when the role may not.
pub async fn migrate(options: &TeamOptions) -> Result<u32, BackendError> {
    let (link, _) = Link::open(options).await?;
    schema::migrate(&link.client, &link.facts).await
}

/// The version that [`migrate`] would find. Nothing is changed.
///
/// # Errors
/// As of [`migrate`], as far as can be known before.
pub async fn would_migrate(options: &TeamOptions) -> Result<u32, BackendError> {
    schema::may_migrate(&Link::open(options).await?.0.facts)
}

/// The newest version of the tables.
pub const SCHEMA: u32 = schema::VERSION;

/// What a server is, step by step, for `context test`.
pub async fn names(options: &TeamOptions) -> Result<Vec<std::net::SocketAddr>, BackendError> {
    link::look_up(options).await
}

/// Whether its port takes connections.
pub async fn reaches(
    options: &TeamOptions,
    all: &[std::net::SocketAddr],
) -> Result<(), BackendError> {
    link::reach(options, all).await.map(drop)
}

/// Signs in, and says what is known of the server then.
pub async fn facts(options: &TeamOptions) -> Result<ServerFacts, BackendError> {
    Ok(Link::open(options).await?.0.facts)
}

/// Whether what one connection announces reaches another one. A pooler takes LISTEN and lets nothing
/// through; asked of one connection alone, some of it seems to work.
pub async fn announces(options: &TeamOptions) -> Result<bool, BackendError> {
    let (listening, heard) = Link::open(options).await?;
    let (other, _) = Link::open(options).await?;
    watch::announces(&listening, heard, &other).await
}

/// Whether the tables of a server are those that this program knows.
pub fn usable(facts: &ServerFacts) -> Result<(), BackendError> {
    facts.usable().map(drop)
}

/// The statements that make the roles of a store.
pub fn roles() -> String {
    format!("{}\n", schema::ROLES)
}

impl Reads for Worker {
    fn capabilities(&self) -> Capabilities {
        Capabilities::STORE
    }

    fn mark(&self) -> Reply<'_, Option<u64>> {
        self.call(Manner::BreakOff, |db| db.read(|tx, _| list::mark(tx)))
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
        self.call(Manner::BreakOff, move |db| db.read(|tx, context| list::some(tx, context, &ids)))
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| list::connection(tx, id, false)))
    }

    fn deleted_connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| list::connection(tx, id, true)))
    }

    fn connections(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Connection>> {
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| list::connections(tx, &ids)))
    }

    fn identity(&self) -> Reply<'_, Option<String>> {
        self.call(Manner::BreakOff, |db| {
            db.read(|_, context| Ok(Some(context.vault.store().to_string())))
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
        self.call(Manner::BreakOff, move |db| db.read(|tx, _| list::changes(tx, id)))
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
        self.call(Manner::BreakOff, aside::list)
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
            db.write(|tx, context| save::save(tx, context, request))
        })
    }

    fn delete(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.call(Manner::of(which.len()), move |db| {
            db.write(|tx, context| save::delete(tx, context, &which))
        })
    }

    fn restore(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.call(Manner::of(which.len()), move |db| {
            db.write(|tx, context| save::restore(tx, context, &which))
        })
    }

    fn purge(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.call(Manner::of(which.len()), move |db| {
            if db.read(|tx, _| drafts::any(tx))? {
                db.unlock()?;
            }
            let done = db.write(|tx, context| save::purge(tx, context, &which))?;
            db.forget(&done)?;
            Ok(done)
        })
    }

    fn import(&self, rows: Vec<ImportRow>) -> Reply<'_, Imported> {
        self.call(Manner::BreakOff, move |db| {
            db.write(|tx, context| save::import(tx, context, rows))
        })
    }

    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize> {
        self.call(Manner::BreakOff, move |db| {
            db.write(|tx, context| directory::put(tx, context, &objects))
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
                token::issue(request, context.new_id(), context.now(), &entropy)
            })
        })
    }

    fn save_draft(&self, draft: FormDraft) -> Reply<'_, ()> {
        self.call(Manner::Finish, move |db| aside::save(db, &draft))
    }

    fn discard_draft(&self, id: String) -> Reply<'_, ()> {
        self.call(Manner::Finish, move |db| aside::discard(db, &id))
    }
}

impl VaultCalls for TeamStore {
    fn vault_status(&self) -> Reply<'_, VaultStatus> {
        self.worker.call(Manner::BreakOff, |db| db.read(vault::status))
    }

    fn unlock(&self) -> Reply<'_, bool> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, context| Ok(vault::keys(tx, context)?.is_some()))
        })
    }

    fn check_sealed(&self) -> Reply<'_, Rotated> {
        self.worker.call(Manner::BreakOff, |db| db.read(vault::open_all))
    }

    fn check_history(&self) -> Reply<'_, Vec<String>> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, _| {
                let head = tx.state().head.as_deref();
                let sealed = head.and_then(super::vault::head::Head::read).map_or(0, |it| it.seq);
                chain::findings(tx, sealed)
            })
        })
    }

    fn accept(&self, reason: String) -> Reply<'_, ()> {
        self.team.accept();
        self.worker.call(Manner::Finish, move |db| {
            // Whoever has to type does it before others wait.
            db.read(|tx, context| {
                if let Some(envelope) = tx.state().envelope.clone() {
                    context.vault.unchecked(&envelope)?;
                }
                Ok(())
            })?;
            db.write(|tx, context| vault::accept(tx, context, &reason))
        })
    }

    fn vault_init(&self, new: NewKey) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let new = db.read(|tx, context| vault::prepare(tx, context, &new, false))?;
            db.write(|tx, context| vault::init(tx, context, &new))
        })
    }

    fn rewrap(&self, new: NewKey) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let new = db.read(|tx, context| vault::prepare(tx, context, &new, true))?;
            db.write(|tx, context| vault::rewrap(tx, context, &new, "wrapped again"))
        })
    }

    fn rotate(&self, new: NewKey) -> Reply<'_, Rotated> {
        self.worker.call(Manner::BreakOff, move |db| {
            let new = db.read(|tx, context| vault::prepare(tx, context, &new, true))?;
            db.write(|tx, context| vault::rotate(tx, context, &new, "new keys"))
        })
    }

    fn forget_cached(&self) -> Reply<'_, bool> {
        self.worker.call(Manner::BreakOff, |db| db.read(vault::forget_cached))
    }
}

/// Runs statements as whoever signs in, past the store: for tests that play an administrator.
#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub async fn simple(options: &TeamOptions, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    use tokio_postgres::SimpleQueryMessage as Message;
    let (link, _) = Link::open(options).await.map_err(|it| it.to_string())?;
    let code = |error: tokio_postgres::Error| {
        error.as_db_error().map_or_else(|| error.to_string(), |it| it.code().code().to_owned())
    };
    let all = link.client.simple_query(sql).await.map_err(code)?;
    let row = |it: &tokio_postgres::SimpleQueryRow| {
        (0..it.len()).map(|at| it.get(at).map(str::to_owned)).collect()
    };
    let rows = all.iter().filter_map(|it| match it {
        Message::Row(it) => Some(row(it)),
        _ => None,
    });
    Ok(rows.collect())
}
