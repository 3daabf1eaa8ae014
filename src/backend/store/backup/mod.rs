//! Backups: one sealed file with the whole store, at one moment.
//!
//! `format` says what the file looks like. Its header carries an envelope with the store's data
//! key, so whoever has what opens that envelope (the key file, the passphrase, the output of the
//! key command) can restore on any machine. With a passphrase of its own the backup needs nothing
//! else: its envelope wraps the same data key with that passphrase.
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
pub use restore::{Contents, Restored, Unsealed};

use crate::backend::BackendError;

use super::failure::from_io;
use super::files::private_folder_of;
use crate::files::write::{folder_of, sweep};

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

/// A path with more behind its name.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
