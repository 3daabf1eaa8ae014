//! Making a backup.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::Backup;
use uuid::Uuid;

use crate::backend::BackendError;
use crate::backend::store::files::from_io;
use crate::backend::store::files::sync_folder_of;
use crate::backend::store::sqlite::db::Db;
use crate::backend::store::sqlite::failure::{Failure, Result};
use crate::backend::store::sqlite::opener;
use crate::backend::store::vault::datakeys::{DataKeys, broken};
use crate::backend::store::vault::envelope::{self, Envelope, Source};
use crate::backend::store::vault::unlock::NewKey;
use crate::domain::{Secret, Timestamp};
use crate::files::write::{self, Existing, Readers};
use crate::files::{Doing, FileError, Why};

use super::format::{self, Header, Refusal};
use super::{copy_beside, under};

/// What to back up to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The file to write.
    pub file: PathBuf,
    /// Write over a file that is there.
    pub replace: bool,
    /// A passphrase of its own; `None`: it opens as the store does.
    pub passphrase: Option<Secret>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The store's id.
    pub store: Uuid,
    /// When.
    pub at: Timestamp,
    /// What opens it.
    pub source: Source,
    /// Its size in bytes.
    pub size: u64,
}

/// Writes the store, as it is at one moment, sealed into one file. Until it is whole and on the
/// disk the file does not have its name.
pub fn create(db: &mut Db, wanted: &Wanted) -> std::result::Result<Made, BackendError> {
    let store = db.path().to_owned();
    if store == Path::new(":memory:") {
        return Err(BackendError::Unsupported("backing up a store in memory"));
    }
    if !wanted.replace && wanted.file.symlink_metadata().is_ok() {
        return Err(FileError::new(&wanted.file, Doing::Write, Why::Exists).into());
    }
    db.unlock()?;
    // A store that never held a secret has no data key yet; the backup needs one.
    db.write(|tx, context| context.keys_or_make(tx).map(|_| ()))?;
    fault!("backup.begun");
    let copy = copy_beside(&store)?;
    db.raw(|conn| copy_to(conn, copy.path()))?;
    let (header, keys) = db.read(|_, context| {
        let mut conn = Connection::open(copy.path())?;
        let bytes = opener::row(&conn)?
            .ok_or_else(|| BackendError::Vault { detail: "the copy has no data key".to_owned() })?;
        let id = context.vault.store();
        let mut root = context.vault.unwrap(&Envelope::read(&bytes)?)?;
        let envelope = match (&wanted.passphrase, context.vault.unlocker()) {
            (Some(text), Some(unlocker)) => {
                let new = NewKey::Passphrase(text.clone());
                let wrapping = unlocker.make(&new, Some(Source::Passphrase))?;
                // Keys of its own: whoever opens the backup opens nothing else.
                let own = root.rotated().map_err(|error| broken("the data key", error))?;
                let envelope = envelope::wrap(id, &wrapping, &own)?;
                let old = DataKeys::derive(id, root);
                under(&mut conn, &old, &DataKeys::derive(id, own.clone()), &envelope, 0)?;
                root = own;
                envelope
            }
            (Some(_) | None, _) => bytes,
        };
        let header = Header::new(id, context.now().as_microsecond(), envelope)
            .map_err(|error| BackendError::Vault { detail: error.to_string() })?;
        Ok((header, DataKeys::derive(id, root)))
    })?;
    fault!("backup.keyed");
    let size = write(copy.path(), &header, &keys, wanted)?;
    let source = Envelope::read(&header.envelope)?.source;
    let at = Timestamp::from_microsecond(header.made_at)
        .map_err(|error| BackendError::Other(error.to_string()))?;
    Ok(Made { store: header.store, at, source, size })
}

/// Copies the database of one moment into one file without a log.
fn copy_to(conn: &Connection, path: &Path) -> Result<()> {
    let mut copy = Connection::open(path)?;
    // All pages in one step: one read transaction, so one moment.
    Backup::new(conn, &mut copy)?.step(-1)?;
    fault!("backup.copied");
    let mode: String =
        copy.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
    if mode != "delete" {
        let text = format!("the copy stays in journal mode {mode}");
        return Err(BackendError::Other(text).into());
    }
    copy.close().map_err(|(_, error)| Failure::Sql(error))?;
    fault!("backup.single");
    Ok(())
}

fn write(
    copy: &Path,
    header: &Header,
    keys: &DataKeys,
    wanted: &Wanted,
) -> std::result::Result<u64, BackendError> {
    let target = &wanted.file;
    let failed = |error: &std::io::Error| FileError::io(target, Doing::Write, error);
    let mut plain = File::open(copy).map_err(|error| from_io(&error, copy))?;
    let existing = if wanted.replace { Existing::Replace } else { Existing::Keep };
    let mut out = write::begin(target, existing, Readers::Owner)?;
    format::seal_all(header, keys.backup(), &mut plain, &mut out).map_err(|it| match it {
        Refusal::Io(error) => failed(&error).into(),
        #[cfg(test)]
        Refusal::Backend(error) => error,
        Refusal::NotABackup | Refusal::Newer(_) | Refusal::Altered => {
            BackendError::Other("the backup cannot be sealed".to_owned())
        }
    })?;
    fault!("backup.sealed");
    let size = out.settle()?;
    fault!("backup.synced");
    out.place()?;
    fault!("backup.renamed");
    sync_folder_of(target).map_err(|error| failed(&error))?;
    Ok(size)
}
