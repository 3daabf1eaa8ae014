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
mod restore;

use std::path::{Path, PathBuf};

pub(super) use create::create;
pub use create::{Made, Wanted};
pub use restore::{Contents, Restored, Unsealed};

use crate::backend::BackendError;

use super::datakeys::DataKeys;
use super::envelope::Envelope;
use super::failure::from_io;
use super::files::private_folder_of;
use super::seal::KeyBytes;
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

/// The database in a backup's bytes, for the fuzzer: the envelope is opened by this key, the pieces
/// by what it wraps.
#[cfg(any(test, feature = "testing"))]
pub(super) fn opened(mut bytes: &[u8], key: &KeyBytes) -> Result<Vec<u8>, BackendError> {
    let file = Path::new("backup");
    let header = format::Header::read(&mut bytes).map_err(|it| restore::refused(file, it))?;
    let wrapped = || Envelope::read(&header.envelope)?.open(header.store, key);
    let keys = DataKeys::derive(header.store, wrapped().map_err(|it| it.at(file))?);
    let mut out = Vec::new();
    format::open_all(&header, keys.backup(), &mut bytes, &mut out)
        .map_err(|it| restore::refused(file, it))?;
    Ok(out)
}

/// Bytes of a backup, for the corpus.
#[cfg(test)]
pub(super) fn sealed(
    store: uuid::Uuid,
    envelope: Vec<u8>,
    key: &KeyBytes,
    database: &[u8],
) -> Vec<u8> {
    let root = Envelope::read(&envelope).unwrap().open(store, key).unwrap();
    let header = format::Header::new(store, 5, envelope).unwrap();
    let mut out = Vec::new();
    let keys = DataKeys::derive(store, root);
    format::seal_all(&header, keys.backup(), &mut &*database, &mut out).unwrap();
    out
}
