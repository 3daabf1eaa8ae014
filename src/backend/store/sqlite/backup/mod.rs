//! Backups: one sealed file with the whole store, at one moment.
//!
//! `format` says what the file looks like. Its header carries an envelope with the store's data
//! key, so whoever has what opens that envelope (the key file, the passphrase, the output of the
//! key command) can restore on any machine. With a passphrase of its own the backup needs nothing
//! else: what is in it is sealed with keys of its own, so that passphrase opens no store.
//!
//! What is restored is sealed with the keys of the store that is there, or with new ones: a key that
//! was replaced does not come back with an older backup.
//!
//! Copies that are not sealed lie in the store's own folder, private and for seconds.

mod create;
mod format;
#[cfg(any(test, feature = "testing"))]
pub(super) mod fuzzed;
mod restore;

use std::path::{Path, PathBuf};

pub(super) use create::create;
pub use create::{Made, Wanted};
pub(super) use restore::set_aside;
pub use restore::{Contents, Restored, Unsealed, kept_aside};

use crate::backend::BackendError;

use rusqlite::Connection;

use super::super::files::private_folder_of;
use super::super::vault::datakeys::DataKeys;
use super::super::vault::head::Outside;
use super::OpenOptions;
use super::chain;
use super::failure::Failure;
use super::{head, rekey};
use crate::backend::store::core::chain::{Kind, Mark};
use crate::backend::store::files::from_io;
use crate::files::write::{folder_of, sweep};

/// Forgets what this user's machine knows of a store that was there for a moment.
pub fn forget_outside(options: &OpenOptions) {
    Outside::of(&options.key_path, &options.path).forget();
}

/// How the name of a copy begins that is there for a moment.
const COPY: &str = ".jetbridge-copy-";
/// A private file in the folder of the store, gone when dropped. Removes what a killed process
/// has left there.
fn copy_beside(store: &Path) -> Result<tempfile::NamedTempFile, BackendError> {
    private_folder_of(store)?;
    let folder = folder_of(store);
    sweep(folder, COPY);
    let made = tempfile::Builder::new().prefix(COPY).tempfile_in(folder);
    made.map_err(|error| from_io(&error, folder))
}

/// Seals everything in a copy with other keys, which an envelope wraps, and gives the head of that.
/// `known`: the epoch that the copy must be above.
fn under(
    conn: &mut Connection,
    old: &DataKeys,
    new: &DataKeys,
    envelope: &[u8],
    known: u32,
) -> Result<Vec<u8>, Failure> {
    let tx = conn.transaction()?;
    rekey::bind_unbound(&tx, old)?;
    if old.root() != new.root() {
        rekey::reseal(&tx, old, new)?;
    }
    let epoch = head::seen(&tx)?.map_or(0, |it| it.epoch).max(known).saturating_add(1);
    tx.execute("UPDATE vault SET envelope = ?1", [envelope])?;
    chain::append(&tx, &Mark::of(Kind::Vault, new.store().as_bytes()))?;
    let bytes = head::write(&tx, new, envelope, epoch)?;
    tx.commit()?;
    Ok(bytes)
}

/// A path with more behind its name.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
