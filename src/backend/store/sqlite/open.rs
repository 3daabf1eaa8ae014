//! Opening a store: the place is checked before SQLite touches it, the file before it is written
//! to, and every setting after it is made.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::backend::BackendError;
use crate::files::write;

use super::super::files::{beginning, place, private_file, private_folder_of};
use super::super::worker::Cancel;
use super::failure::{Failure, Result};
use super::schema::{self, Found, MIGRATIONS, look, migrate};
use super::{OpenOptions, place::Prober};
use crate::backend::store::files::from_io;

/// First bytes of every SQLite file (SQLite, "Database File Format", 1.3).
pub(super) const SQLITE: &[u8] = b"SQLite format 3\0";
/// Virtual machine steps between two looks at whether anybody still waits for the answer; about
/// a millisecond.
const STEPS: i32 = 10_000;
/// Longest pause between two tries to get a lock.
const PAUSE: Duration = Duration::from_millis(20);

/// Settings that are read back after they were made; a wrong answer is an error.
const SETTINGS: &[(&str, i64)] = &[
    // A commit is on disk before it is acknowledged, power loss included.
    ("synchronous", 2),
    ("foreign_keys", 1),
    // Sorting never leaves names in temporary files.
    ("temp_store", 2),
    // What was deleted is overwritten.
    ("secure_delete", 1),
    // A file from elsewhere runs no functions through its schema.
    ("trusted_schema", 0),
    // Damaged pages are noticed when they are read.
    ("cell_size_check", 1),
    // Pages until a commit moves the log into the file by itself (4 MB); idle moments do it first.
    ("wal_autocheckpoint", 1_000),
    // A log that grew with an import shrinks again.
    ("journal_size_limit", 4_194_304),
    // On macOS fsync alone leaves data in the disk's cache; elsewhere this changes nothing.
    ("fullfsync", 1),
];

/// A lock on the file beside the store: shared by everybody who has the store open, taken alone by
/// a restore, which puts another file in its place. SQLite's own locks are bound to the file, so
/// whoever waited for them would go on writing to the one that was set aside. Ends with the process.
pub(super) struct Presence(
    #[expect(dead_code, reason = "the lock ends when the file is closed")] File,
);

impl Presence {
    /// With others.
    pub(super) fn shared(store: &Path) -> std::result::Result<Self, BackendError> {
        Self::locked(store, File::try_lock_shared)
    }

    /// Alone.
    pub(super) fn alone(store: &Path) -> std::result::Result<Self, BackendError> {
        Self::locked(store, File::try_lock)
    }

    fn locked(
        store: &Path,
        lock: impl FnOnce(&File) -> std::result::Result<(), TryLockError>,
    ) -> std::result::Result<Self, BackendError> {
        let mut name = store.as_os_str().to_owned();
        name.push(".lock");
        let name = PathBuf::from(name);
        private_file(&name).map_err(|error| match error {
            BackendError::ReadOnly { .. } => BackendError::ReadOnly { path: store.to_owned() },
            other => other,
        })?;
        let file = write::lock_file(&name)?;
        match lock(&file) {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(BackendError::Busy),
            Err(TryLockError::Error(error)) => Err(from_io(&error, store)),
        }
    }
}

/// Opens, and if need be makes or upgrades, the store at `options.path`.
pub(super) fn file(
    options: &OpenOptions,
    cancel: &Cancel,
) -> std::result::Result<(Connection, Presence), BackendError> {
    let path = &options.path;
    place(path)?;
    refuse_network(path, options.prober)?;
    let present = patiently(options, cancel, || Presence::shared(path))?;
    prepare(path)?;
    let conn = patiently(options, cancel, || {
        connect(path, options.busy_timeout, cancel).map_err(|it| it.at(path))
    })?;
    Ok((conn, present))
}

/// Tries again while something is busy: some locks, such as the one for switching to write-ahead
/// logging, are refused without asking the busy handler.
fn patiently<T>(
    options: &OpenOptions,
    cancel: &Cancel,
    mut work: impl FnMut() -> std::result::Result<T, BackendError>,
) -> std::result::Result<T, BackendError> {
    let begun = Instant::now();
    loop {
        match work() {
            Err(BackendError::Busy)
                if begun.elapsed() < options.busy_timeout && !cancel.leaving() =>
            {
                std::thread::sleep(PAUSE);
            }
            other => return other,
        }
    }
}

/// A store in memory.
pub(super) fn memory(cancel: &Cancel) -> std::result::Result<Connection, BackendError> {
    let open = || -> Result<Connection> {
        let mut conn = Connection::open_in_memory()?;
        watch(&mut conn, Duration::ZERO, cancel)?;
        settings(&conn)?;
        migrate(&mut conn, MIGRATIONS)?;
        Ok(conn)
    };
    open().map_err(|it| it.at(Path::new(":memory:")))
}

/// Makes the folder and refuses one on a network file system.
pub(super) fn refuse_network(path: &Path, prober: Prober) -> std::result::Result<(), BackendError> {
    private_folder_of(path)?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    // A file system that cannot be asked is not refused: SQLite still finds out what is missing.
    if let Ok(Some(kind)) = prober(folder.unwrap_or(Path::new("."))) {
        return Err(BackendError::NetworkFileSystem { path: path.to_owned(), kind });
    }
    Ok(())
}

/// Makes the file, and refuses what is not a store, before SQLite sees it.
fn prepare(path: &Path) -> std::result::Result<(), BackendError> {
    if path.is_dir() {
        return Err(BackendError::NotAStore { path: path.to_owned() });
    }
    private_file(path)?;
    let head = beginning(path, 100)?;
    if head.is_empty() {
        return Ok(());
    }
    if !head.starts_with(SQLITE) {
        return Err(BackendError::NotAStore { path: path.to_owned() });
    }
    whole(path, &head)
}

/// Refuses a file that is shorter than its header says. SQLite would take one that lost nearly
/// everything for an empty one. While a log is there the header may run ahead of the file.
pub(super) fn whole(path: &Path, head: &[u8]) -> std::result::Result<(), BackendError> {
    let size = |path: &Path| std::fs::metadata(path).map(|it| it.len());
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if size(Path::new(&log)).is_ok_and(|length| length > 0) {
        return Ok(());
    }
    let found = size(path).map_err(|error| from_io(&error, path))?;
    let number = |at: usize, width: usize| {
        head.get(at..at + width)
            .map(|bytes| bytes.iter().fold(0u64, |acc, byte| (acc << 8) | u64::from(*byte)))
    };
    // Offsets 16 (page size; 1 stands for 65,536), 24, 28 and 92 of the header: the page count
    // holds when the two change counters agree ("Database File Format", 1.3.7).
    let expected = match (number(16, 2), number(24, 4), number(28, 4), number(92, 4)) {
        (Some(page), Some(changes), Some(pages), Some(valid_for)) => {
            let page = if page == 1 { 65_536 } else { page };
            if changes == valid_for { page * pages } else { page }
        }
        _ => 512,
    };
    if found >= expected {
        return Ok(());
    }
    Err(BackendError::Damaged {
        detail: format!("the file has {found} bytes where it should have {expected}"),
    })
}

fn connect(path: &Path, busy_timeout: Duration, cancel: &Cancel) -> Result<Connection> {
    // One thread uses the connection, so SQLite's own lock on it is not needed.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    watch(&mut conn, busy_timeout, cancel)?;
    let newest = MIGRATIONS.last().map_or(0, |last| last.version);
    // In one transaction: another process may be making the store at this moment, and half of
    // what it was before with half of what it is now would look like some other program's file.
    let tx = conn.transaction()?;
    let found = look(&tx)?;
    let foreign = match found {
        Found::Version(version) if version <= newest => schema::foreign(&tx, version, MIGRATIONS)?,
        Found::Version(_) | Found::Empty | Found::Foreign => None,
    };
    tx.commit()?;
    if let Some(detail) = foreign {
        return Err(BackendError::Damaged { detail }.into());
    }
    let upgrade = match found {
        Found::Foreign => return Err(BackendError::NotAStore { path: path.to_owned() }.into()),
        Found::Version(found) if found > newest => {
            return Err(BackendError::TooNew { found, known: newest }.into());
        }
        Found::Version(found) => found < newest,
        Found::Empty => true,
    };
    if conn.is_readonly(rusqlite::MAIN_DB)? {
        return Err(BackendError::ReadOnly { path: path.to_owned() }.into());
    }
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        let text = format!("the store does not accept write-ahead logging (journal mode {mode})");
        return Err(BackendError::Other(text).into());
    }
    settings(&conn)?;
    // The log stays when the last process leaves: moving it into the file could take long, and
    // leaving must not. What is small is moved before (worker.rs).
    set(&conn, DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if upgrade {
        migrate(&mut conn, MIGRATIONS)?;
    }
    Ok(conn)
}

/// Lets a waiting or reading connection notice that nobody waits for its answer any more.
fn watch(conn: &mut Connection, busy_timeout: Duration, cancel: &Cancel) -> Result<()> {
    let waiting = cancel.clone();
    let mut since = Instant::now();
    // In place of `busy_timeout`, which would sit out its time whatever happens.
    conn.busy_handler(Some(move |tries: i32| {
        if tries == 0 {
            since = Instant::now();
        }
        let on = since.elapsed() < busy_timeout && !waiting.while_waiting();
        if on {
            let pause = Duration::from_millis(u64::try_from(tries).unwrap_or(0) + 1);
            std::thread::sleep(pause.min(PAUSE));
        }
        on
    }))?;
    let reading = cancel.clone();
    conn.progress_handler(STEPS, Some(move || reading.while_running()))?;
    // Every statement of every call stays prepared.
    conn.set_prepared_statement_cache_capacity(96);
    Ok(())
}

fn settings(conn: &Connection) -> Result<()> {
    for (name, value) in SETTINGS {
        conn.pragma_update(None, name, value)?;
    }
    check(conn)?;
    // Without it, a statement with a partial index is prepared again for every value that is bound.
    set(conn, DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // No statement may rewrite the schema or the file behind SQLite's back.
    set(conn, DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)
}

/// Reads every setting back.
pub(super) fn check(conn: &Connection) -> Result<()> {
    for (name, value) in SETTINGS {
        let found: i64 = conn.pragma_query_value(None, name, |row| row.get(0))?;
        if found != *value {
            let text = format!("SQLite has {name} = {found} where {value} was set");
            return Err(Failure::Backend(BackendError::Other(text)));
        }
    }
    Ok(())
}

fn set(conn: &Connection, option: DbConfig, on: bool) -> Result<()> {
    if conn.set_db_config(option, on)? == on {
        return Ok(());
    }
    Err(BackendError::Other("SQLite refused a setting".into()).into())
}
