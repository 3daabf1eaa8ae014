//! Checking a backup and putting it in the store's place.
//!
//! [`Unsealed::read`] opens and checks all of it beside the store; nothing is replaced before. Then
//! [`Unsealed::replace`] takes the store for itself, keeps it aside under another name, and gives
//! the copy its name in one step: whenever the process is killed there is one whole store.

use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::backend::BackendError;
use crate::backend::store::OpenOptions;
use crate::backend::store::files::from_io;
use crate::backend::store::files::sync_folder_of;
use crate::backend::store::sqlite::failure::{Failure, Result};
use crate::backend::store::sqlite::open::{Presence, refuse_network};
use crate::backend::store::sqlite::schema::{Found, MIGRATIONS, foreign, look, migrate};
use crate::backend::store::sqlite::{head, opener, rekey};
use crate::backend::store::vault::datakeys::{DataKeys, Root, broken};
use crate::backend::store::vault::envelope::{self, Envelope, Source};
use crate::backend::store::vault::head::Outside;
use crate::backend::store::vault::unlock::{NewKey, Unlocker};
use crate::domain::Timestamp;
use crate::files::write::{self, Existing};
use crate::files::{Doing, FileError, read};
use crate::text::shown;

use super::format::{self, Header, Refusal};
use super::{copy_beside, under, with_suffix};

/// What follows the name of a store that is kept aside, before the time.
const ASIDE: &str = ".before-restore-";

/// What a backup holds; everything in it was opened and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The store that it is of.
    pub store: Uuid,
    /// When it was made.
    pub made_at: Timestamp,
    /// What opens the backup.
    pub source: Source,
    /// Version of its tables.
    pub schema: u32,
    /// Connections that are not deleted.
    pub connections: u64,
    /// Sealed secrets.
    pub secrets: u64,
    /// Sealed drafts.
    pub drafts: u64,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the store that was there is kept; `None`: there was none.
    pub aside: Option<PathBuf>,
    /// What opens the vault of the store now.
    pub source: Source,
    /// Whether that is what opened the backup, because no store was there whose keys could be taken.
    pub rewrapped: bool,
}

/// A backup that was opened and checked, not yet in anybody's place.
#[derive(Debug)]
pub struct Unsealed {
    copy: tempfile::NamedTempFile,
    contents: Contents,
    source: Source,
    rewrapped: bool,
    head: Vec<u8>,
}

impl Unsealed {
    /// Opens a backup with what `options` offer and checks all of it: every piece, the whole
    /// database, its tables, every sealed secret and draft.
    ///
    /// # Errors
    /// [`BackendError::Invalid`] for a file that is not a backup or was altered,
    /// [`BackendError::Locked`] and [`BackendError::Vault`] when it cannot be opened,
    /// [`BackendError::TooNew`] and [`BackendError::Damaged`] for what is in it.
    pub fn read(options: &OpenOptions, file: &Path) -> std::result::Result<Self, BackendError> {
        let mut from = BufReader::new(read::open(file, u64::MAX)?.bytes);
        let header = Header::read(&mut from).map_err(|it| refused(file, it))?;
        fault!("restore.header");
        let mut unlocker = Unlocker::new(options.key_path.clone(), options.unlock.clone());
        let inside = |error: Failure| error.at(file);
        let envelope = Envelope::read(&header.envelope)?;
        let root = unlocker.open(header.store, &envelope)?;
        let keys = DataKeys::derive(header.store, root.clone());
        fault!("restore.keyed");
        refuse_network(&options.path, options.prober)?;
        let copy = copy_beside(&options.path)?;
        let mut to = BufWriter::new(copy.as_file());
        format::open_all(&header, keys.backup(), &mut from, &mut to)
            .map_err(|it| refused(file, it))?;
        to.flush().map_err(|error| from_io(&error, copy.path()))?;
        drop(to);
        fault!("restore.unsealed");
        let contents = check(copy.path(), &header, &keys, envelope.source).map_err(inside)?;
        fault!("restore.checked");
        let fitted = fit(copy.path(), options, &header, &mut unlocker, &keys).map_err(inside)?;
        let Fitted { source, rewrapped, head } = fitted;
        fault!("restore.rewrapped");
        copy.as_file().sync_all().map_err(|error| from_io(&error, copy.path()))?;
        fault!("restore.synced");
        Ok(Self { copy, contents, source, rewrapped, head })
    }

    /// What is in it.
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Puts it in the place of the store, or makes the store. The store that was there is kept beside it.
    ///
    /// # Errors
    /// [`BackendError::Busy`] while another process has the store open; then nothing was changed.
    pub fn replace(self, options: &OpenOptions) -> std::result::Result<Restored, BackendError> {
        let path = &options.path;
        // Whoever comes now waits, and opens what is there then.
        let _alone = Presence::alone(path)?;
        let outside = Outside::of(&options.key_path, path);
        let done = |aside| {
            // Whatever it was before: somebody wants this one.
            outside.replace(&self.head);
            Restored { aside, source: self.source, rewrapped: self.rewrapped }
        };
        if path.symlink_metadata().is_err() {
            // Whoever makes one nevertheless is not overwritten.
            self.copy.persist_noclobber(path).map_err(|error| match error.error.kind() {
                std::io::ErrorKind::AlreadyExists => BackendError::Busy,
                _ => from_io(&error.error, path),
            })?;
            sync_folder_of(path).map_err(|error| from_io(&error, path))?;
            return Ok(done(None));
        }
        let held = hold(path)?;
        fault!("restore.held");
        let aside = keep_aside(path, (options.clock)())?;
        if held.is_none() {
            // Damaged: the log that belongs to it goes with it.
            for suffix in ["-wal", "-shm", "-journal"] {
                let log = with_suffix(path, suffix);
                if log.symlink_metadata().is_ok() {
                    std::fs::rename(&log, with_suffix(&aside, suffix))
                        .map_err(|error| from_io(&error, &log))?;
                }
            }
        }
        sync_folder_of(path).map_err(|error| from_io(&error, path))?;
        fault!("restore.aside");
        self.copy.persist(path).map_err(|error| from_io(&error.error, path))?;
        fault!("restore.replaced");
        sync_folder_of(path).map_err(|error| from_io(&error, path))?;
        fault!("restore.settled");
        drop(held);
        Ok(done(Some(aside)))
    }
}

/// Looks through the whole copy, and brings it to the newest schema.
fn check(path: &Path, header: &Header, keys: &DataKeys, source: Source) -> Result<Contents> {
    let damaged = |detail: String| Failure::Backend(BackendError::Damaged { detail });
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let known = MIGRATIONS.last().map_or(0, |last| last.version);
    let schema = match look(&conn)? {
        Found::Version(found) if found > known => {
            return Err(BackendError::TooNew { found, known }.into());
        }
        Found::Version(found) => found,
        Found::Empty | Found::Foreign => {
            return Err(damaged("the backup holds no store".to_owned()));
        }
    };
    let whole: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(damaged(format!("in the backup: {whole}")));
    }
    if conn.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err(damaged("in the backup: a row belongs to nothing".to_owned()));
    }
    let (id, live): (Vec<u8>, i64) =
        conn.query_row("SELECT id, live FROM store", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if id != header.store.as_bytes() {
        return Err(damaged("the backup holds another store than it says".to_owned()));
    }
    if let Some(detail) = foreign(&conn, schema, MIGRATIONS)? {
        return Err(damaged(format!("in the backup: {detail}")));
    }
    drop(conn);
    let mut conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrate(&mut conn, MIGRATIONS)?;
    let sealed = rekey::open_all(&conn, keys)?;
    let made_at = Timestamp::from_microsecond(header.made_at)
        .map_err(|_| damaged("the backup was made beyond the calendar".to_owned()))?;
    Ok(Contents {
        store: header.store,
        made_at,
        source,
        schema,
        connections: u64::try_from(live).unwrap_or(0),
        secrets: sealed.secrets,
        drafts: sealed.drafts,
    })
}

/// What opens a restored store.
struct Fitted {
    source: Source,
    rewrapped: bool,
    head: Vec<u8>,
}

/// Seals the copy with the keys of the store that is there. Where none opens, it gets new ones, which
/// what opened the backup opens, if its own may be known to others: those of a backup with a
/// passphrase, and those that were replaced since.
fn fit(
    path: &Path,
    options: &OpenOptions,
    header: &Header,
    unlocker: &mut Unlocker,
    keys: &DataKeys,
) -> Result<Fitted> {
    let mut conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let store = keys.store();
    let outside = Outside::of(&options.key_path, &options.path).read().unwrap_or_default();
    let known = outside.map_or(0, |it| it.epoch);
    let envelope = Envelope::read(&header.envelope)?;
    let epoch = head::seen(&conn)?.map_or(0, |it| it.epoch);
    let (wrapped, root, rewrapped) = match present(&options.path, store, unlocker) {
        Some((wrapped, root)) => (wrapped, root, false),
        None if envelope.source != Source::Passphrase && known <= epoch => {
            (header.envelope.clone(), keys.root().clone(), false)
        }
        None => {
            let root = keys.root().rotated().map_err(|error| broken("the data key", error))?;
            let wrapping = unlocker.make(&NewKey::Same, Some(envelope.source))?;
            (envelope::wrap(store, &wrapping, &root)?, root, envelope.source != Source::File)
        }
    };
    let source = Envelope::read(&wrapped)?.source;
    let head = under(&mut conn, keys, &DataKeys::derive(store, root), &wrapped, known)?;
    conn.close().map_err(|(_, error)| Failure::Sql(error))?;
    Ok(Fitted { source, rewrapped, head })
}

/// Envelope and keys of the store that is there, when it is the same store and they open.
fn present(path: &Path, store: Uuid, unlocker: &mut Unlocker) -> Option<(Vec<u8>, Root)> {
    let look = || -> Result<Option<Vec<u8>>> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let id: Vec<u8> = conn.query_row("SELECT id FROM store", [], |row| row.get(0))?;
        if id == store.as_bytes() { opener::row(&conn) } else { Ok(None) }
    };
    // Whatever is wrong with it, it is replaced.
    let wrapped = look().ok().flatten()?;
    let root = unlocker.open(store, &Envelope::read(&wrapped).ok()?).ok()?;
    Some((wrapped, root))
}

/// Takes the store's file, everything in one file: no program has it open, not even one that does
/// not know the lock beside it. `None`: the file is too damaged to be taken.
fn hold(path: &Path) -> std::result::Result<Option<Connection>, BackendError> {
    let take = || -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(std::time::Duration::ZERO)?;
        // A log beside a damaged file may be all that is left of it: closing keeps it.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // Leaving write-ahead logging takes every lock there is, and moves the log into the file.
        let mode: String =
            conn.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
        if mode != "delete" {
            return Err(BackendError::Busy.into());
        }
        conn.pragma_update(None, "locking_mode", "exclusive")?;
        conn.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(conn)
    };
    match take().map_err(|error| error.at(path)) {
        Ok(conn) => Ok(Some(conn)),
        Err(BackendError::NotAStore { .. } | BackendError::Damaged { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The stores that restores kept beside this one, the oldest first. They are sealed with the keys of
/// their time, which a rotation does not change.
pub fn kept_aside(store: &Path) -> Vec<PathBuf> {
    let Some(name) = with_suffix(store, ASIDE).file_name().map(std::ffi::OsStr::to_owned) else {
        return Vec::new();
    };
    let begins = |it: &std::ffi::OsStr| {
        it.as_encoded_bytes().strip_prefix(name.as_encoded_bytes()).is_some_and(|time| {
            // What SQLite and jetbridge keep beside a store has an ending of its own.
            time.iter().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || *it == b'-')
        })
    };
    let entries = std::fs::read_dir(write::folder_of(store)).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> =
        entries.filter(|it| begins(&it.file_name())).map(|it| it.path()).collect();
    all.sort();
    all
}

/// Gives the store a second name, `…before-restore-<time>`, so that its own name is never without
/// a store.
fn keep_aside(path: &Path, now: Timestamp) -> std::result::Result<PathBuf, BackendError> {
    for number in 1..100 {
        let aside = aside_name(path, now, number);
        match std::fs::hard_link(path, &aside) {
            Ok(()) => return Ok(aside),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            // A file system without second names gets a copy.
            Err(_) => return copy_new(path, &aside).map(|()| aside),
        }
    }
    Err(too_many_aside())
}

/// Keeps the whole store of an open connection, whose file has lost its name, as a restore keeps it.
pub(in super::super) fn set_aside(
    conn: &Connection,
    path: &Path,
    now: Timestamp,
) -> std::result::Result<PathBuf, BackendError> {
    let mut copy = copy_beside(path)?;
    let to = copy.path().to_string_lossy().into_owned();
    conn.execute("VACUUM INTO ?1", [to]).map_err(|it| Failure::from(it).at(path))?;
    copy.as_file().sync_all().map_err(|error| from_io(&error, path))?;
    for number in 1..100 {
        let aside = aside_name(path, now, number);
        match copy.persist_noclobber(&aside) {
            Ok(_) => return Ok(aside),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                copy = error.file;
            }
            Err(error) => return Err(from_io(&error.error, &aside)),
        }
    }
    Err(too_many_aside())
}

fn aside_name(path: &Path, now: Timestamp, number: u32) -> PathBuf {
    let time = now.strftime("%Y%m%dT%H%M%SZ");
    let more = if number == 1 { String::new() } else { format!("-{number}") };
    with_suffix(path, &format!("{ASIDE}{time}{more}"))
}

fn too_many_aside() -> BackendError {
    BackendError::Other("too many stores are kept beside this one".to_owned())
}

fn copy_new(from: &Path, to: &Path) -> std::result::Result<(), BackendError> {
    let mut whole = read::open(from, u64::MAX)?.bytes;
    let copied = write::with(to, Existing::Keep, |out| std::io::copy(&mut whole, out).map(|_| ()));
    Ok(copied?)
}

pub(super) fn refused(file: &Path, refusal: Refusal) -> BackendError {
    let name = named(file);
    match refusal {
        Refusal::NotABackup => BackendError::Invalid(format!("{name} is not a jetbridge backup")),
        Refusal::Newer(version) => BackendError::Invalid(format!(
            "{name} was made by a newer jetbridge (form {version}): update jetbridge"
        )),
        Refusal::Altered => {
            BackendError::Invalid(format!("{name} was cut or altered: use another backup"))
        }
        Refusal::Io(error) => FileError::io(file, Doing::Read, &error).into(),
        #[cfg(test)]
        Refusal::Backend(error) => error,
    }
}

fn named(file: &Path) -> String {
    shown(&file.display().to_string()).into_owned()
}
