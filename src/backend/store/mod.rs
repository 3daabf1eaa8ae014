//! The store: what it decides, what it seals, and the engines that keep it.
//!
//! | folder | holds | may use |
//! |---|---|---|
//! | `core/` | decisions: pure, without a database | – |
//! | `vault/` | sealing, and where the keys come from | `core`, `files` |
//! | `sqlite/` | the embedded engine: a thread, a file, transactions | all of these |
//!
//! `files` makes files and folders private.

pub(crate) mod core;
mod files;
mod sqlite;
mod vault;

use std::collections::HashSet;
use std::sync::Arc;

#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub use sqlite::fuzzed;
pub use sqlite::{
    BUSY_TIMEOUT, Inspection, KeyFile, Lock, OpenOptions, Prober, Rotated, Store, VaultStatus,
    backup, inspect, inspect_key, probe,
};
pub use vault::command::KeyCommand;
pub use vault::envelope::Source;
pub use vault::kdf::Cost;
pub use vault::keyring::{Cache, Keyring};
pub use vault::locked::can_lock;
pub use vault::unlock::{Asker, NewKey, Question, Unlock};

use crate::domain::{ConnectionId, Timestamp};
use crate::files::FileError;

/// Gives the time; a test's own clock makes times exact.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Removes what is kept outside the store for these connections, which are purged.
pub type Forget = Arc<dyn Fn(&HashSet<ConnectionId>) -> Result<(), FileError> + Send + Sync>;

/// The clock of the system.
pub fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}
