//! The store: what it decides, what it seals, and the engines that keep it.
//!
//! | folder | holds | may use |
//! |---|---|---|
//! | `core/` | decisions: pure, without a database | – |
//! | `vault/` | sealing, and where the keys come from | `core`, `files` |
//! | `sqlite/` | the embedded engine: a thread, a file, transactions | all of these |
//! | `postgres/` | the engine of a team store: a thread, a server, transactions | all of these |
//!
//! `worker` is the thread of an engine and its queue. `files` makes files and folders private.

pub(crate) mod core;
mod files;
pub mod postgres;
mod sqlite;
mod vault;
mod worker;

use std::collections::HashSet;
use std::sync::Arc;

pub(crate) use self::core::moving::Moved;
pub use postgres::{ServerError, ServerFacts, ServerStep, TeamOptions, TeamStore};
#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub use sqlite::fuzzed;
pub use sqlite::{
    BUSY_TIMEOUT, Inspection, KeyFile, Lock, OpenOptions, Prober, Rotated, Store, VaultStatus,
    backup, inspect, inspect_key, probe, sqlite_version,
};
pub use vault::command::KeyCommand;
pub use vault::envelope::Source;
pub use vault::kdf::Cost;
pub use vault::keyring::{Cache, Keyring};
pub use vault::locked::can_lock;
pub use vault::members::{MemberKey, MemberPrint, member_key, new_member_seed};
pub use vault::unlock::{Asker, MemberSeed, NewKey, Question, Typed, Unlock};

use crate::backend::{Place, Reply};
use crate::domain::{ConnectionId, Timestamp};
use crate::files::FileError;

/// The calls for the vault of a store, which are no part of a place.
pub trait VaultCalls: Send + Sync {
    /// What is known of the vault; opens nothing and asks nobody.
    fn vault_status(&self) -> Reply<'_, VaultStatus>;

    /// Opens the vault, if there is one, by asking if need be; whether there is one.
    fn unlock(&self) -> Reply<'_, bool>;

    /// Opens every sealed secret and draft that this user can see, and says how many there are. The
    /// first that does not open is the error.
    fn check_sealed(&self) -> Reply<'_, Rotated>;

    /// What in the history is not as it was written. Opens no vault.
    fn check_history(&self) -> Reply<'_, Vec<String>>;

    /// Takes the store as it is for the right one.
    fn accept(&self, reason: String) -> Reply<'_, ()>;

    /// Sets the vault up before the first secret.
    fn vault_init(&self, new: NewKey) -> Reply<'_, ()>;

    /// Wraps the data key in another way.
    fn rewrap(&self, new: NewKey) -> Reply<'_, ()>;

    /// Makes a new data key, wraps it, and seals everything again, all or nothing.
    fn rotate(&self, new: NewKey) -> Reply<'_, Rotated>;

    /// Takes the wrapping key out of the cache; whether it was there.
    fn forget_cached(&self) -> Reply<'_, bool>;
}

/// Issued keys of a store, and what recognises them.
pub(crate) struct IssuedKeys {
    /// `None`: there are none.
    pub(crate) key: Option<vault::seal::KeyBytes>,
    pub(crate) rows: Vec<core::moving::KeyRow>,
}

/// The calls by which a whole store is moved, beside those of its place.
pub(crate) trait Moving: VaultCalls {
    /// Its place.
    fn place(&self) -> &Place;

    /// Every connection, deleted ones too.
    fn ids(&self) -> Reply<'_, Vec<ConnectionId>>;

    /// Those of these that are there, with everything of them.
    fn take(&self, which: Vec<ConnectionId>) -> Reply<'_, Vec<core::moving::Moved>>;

    /// Adds connections that are not there, and brings those up to date that are what these were before: all
    /// or none.
    fn put(&self, all: Vec<core::moving::Moved>) -> Reply<'_, ()>;

    /// The issued keys.
    fn issued(&self) -> Reply<'_, IssuedKeys>;

    /// Takes issued keys over, where it has none of its own.
    fn adopt(&self, keys: IssuedKeys) -> Reply<'_, ()>;
}

/// Gives the time; a test's own clock makes times exact.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Removes what is kept outside the store for these connections, which are purged.
pub type Forget = Arc<dyn Fn(&HashSet<ConnectionId>) -> Result<(), FileError> + Send + Sync>;

/// The clock of the system.
pub fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}
