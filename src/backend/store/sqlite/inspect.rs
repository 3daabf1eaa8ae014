//! Looks at a store without making, upgrading or closing anything. For `jetbridge doctor`.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::backend::BackendError;
use crate::domain::Timestamp;
use crate::files::secret;

use super::super::files::{beginning, place};
use super::super::vault::envelope::{Envelope, Source, key_id};
use super::super::vault::head::{Outside, check_closed};
use super::super::vault::keyfile;
use super::super::vault::opener::Loaded;
use super::db::store_id;
use super::failure::Result;
use super::open::{SQLITE, whole};
use super::schema::{APPLICATION_ID, MIGRATIONS};
use super::{chain, head, opener};

/// Virtual machine steps between two looks at the clock.
const STEPS: i32 = 10_000;
/// Most complaints of the quick check that are read.
const COMPLAINTS: i64 = 100;

/// What a store says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Version of its tables.
    pub schema: u32,
    /// The newest version that this program knows.
    pub known: u32,
    /// Connections that are not deleted.
    pub connections: u64,
    /// What SQLite's quick check complains of; `None`: it was not finished in time.
    pub damage: Option<Vec<String>>,
    /// The last change of a connection.
    pub last_change: Option<Timestamp>,
    /// It holds sealed secrets.
    pub sealed: bool,
    /// What opens them, where it holds some and says so.
    pub source: Option<Source>,
    /// Names the key that opens them without reporting anything about it.
    pub key_id: Option<[u8; 8]>,
    /// Contexts whose secret is sealed in it, in order.
    pub contexts: Vec<String>,
    /// Deleted connections that it keeps, and since when the oldest is one.
    pub deleted: (u64, Option<Timestamp>),
    /// What the copy of its head says against it: it is older than it was, or its vault is gone.
    pub untrusted: Option<BackendError>,
}

/// What a key file is worth to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFile {
    /// It cannot be read.
    Unreadable,
    /// It is not a key file, or was altered.
    Broken,
    /// It holds other keys than the one that the store needs.
    Other,
    /// It opens the store, or there is nothing to open yet.
    Fits,
}

/// Looks at a key file; what it holds is wiped at once. `wanted` is [`Inspection::key_id`].
pub fn inspect_key(path: &Path, wanted: Option<[u8; 8]>) -> KeyFile {
    let Ok(bytes) = secret::bytes(path, keyfile::LONGEST) else { return KeyFile::Unreadable };
    let keys = std::str::from_utf8(&bytes).ok().and_then(keyfile::parse);
    match (keys, wanted) {
        (None, _) => KeyFile::Broken,
        (Some(keys), Some(wanted)) if !keys.iter().any(|it| key_id(it) == wanted) => KeyFile::Other,
        (Some(_), _) => KeyFile::Fits,
    }
}

/// Reads all of a store for at most `time`, read-only. Beside the key file lies what was known of it when it
/// was used last.
///
/// # Errors
/// [`BackendError::NotAStore`], `Damaged`, or what the system says about the file.
pub fn inspect(
    path: &Path,
    key_path: &Path,
    time: Duration,
) -> std::result::Result<Inspection, BackendError> {
    place(path)?;
    let head = beginning(path, 100)?;
    // An empty file is a store in the making.
    if !head.is_empty() && !head.starts_with(SQLITE) {
        return Err(BackendError::NotAStore { path: path.to_owned() });
    }
    if !head.is_empty() {
        whole(path, &head)?;
    }
    look(path, &Outside::of(key_path, path), time).map_err(|it| it.at(path))
}

fn look(path: &Path, outside: &Outside, time: Duration) -> Result<Inspection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(1))?;
    // A file from elsewhere runs no functions through its schema.
    conn.pragma_update(None, "trusted_schema", 0)?;
    conn.pragma_update(None, "cell_size_check", 1)?;
    let known = MIGRATIONS.last().map_or(0, |last| last.version);
    let schema: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let mut found = Inspection {
        schema,
        known,
        connections: 0,
        damage: Some(Vec::new()),
        last_change: None,
        sealed: false,
        source: None,
        key_id: None,
        contexts: Vec::new(),
        deleted: (0, None),
        untrusted: None,
    };
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(found);
    }
    if application != APPLICATION_ID {
        return Err(BackendError::NotAStore { path: path.to_owned() }.into());
    }
    found.damage = complaints(&mut conn, time)?;
    // What a newer version keeps where is not known here.
    if schema <= known {
        if let (Some(detail), Some(damage)) =
            (super::schema::foreign(&conn, schema, MIGRATIONS)?, &mut found.damage)
        {
            damage.push(detail);
        }
        if let (true, Some(damage)) = (schema >= 4, &mut found.damage) {
            let sealed = head::seen(&conn)?.map_or(0, |it| it.seq);
            damage.extend(chain::findings(&conn, sealed)?);
        }
        found.untrusted = untrusted(&conn, outside)?;
        contents(&conn, &mut found)?;
    }
    Ok(found)
}

fn untrusted(conn: &Connection, outside: &Outside) -> Result<Option<BackendError>> {
    let heads = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'head')";
    let has_heads: bool = conn.query_row(heads, [], |row| row.get(0))?;
    let head = if has_heads { head::row(conn)? } else { None };
    let loaded = Loaded { envelope: opener::row(conn)?, head, link: None };
    let store = store_id(conn)?;
    let checked = outside.read().and_then(|known| check_closed(store, &loaded, known));
    Ok(checked.err())
}

fn contents(conn: &Connection, found: &mut Inspection) -> Result<()> {
    let live: Option<i64> =
        conn.query_row("SELECT live FROM store", [], |row| row.get(0)).optional()?;
    found.connections = u64::try_from(live.unwrap_or(0)).unwrap_or(0);
    let (deleted, oldest): (i64, Option<i64>) = conn.query_row(
        "SELECT count(*), min(deleted_at) FROM connections WHERE tomb > x''",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let oldest = oldest.and_then(|it| Timestamp::from_microsecond(it).ok());
    found.deleted = (u64::try_from(deleted).unwrap_or(0), oldest);
    let last: Option<i64> =
        conn.query_row("SELECT max(modified_at) FROM connections", [], |row| row.get(0))?;
    found.last_change = last.and_then(|it| Timestamp::from_microsecond(it).ok());
    found.sealed = conn.query_row("SELECT EXISTS (SELECT 1 FROM vault)", [], |row| row.get(0))?;
    let envelope: Option<Vec<u8>> =
        conn.query_row("SELECT envelope FROM vault", [], |row| row.get(0)).optional()?;
    if let Some(envelope) = envelope {
        let envelope = Envelope::read(&envelope)?;
        (found.source, found.key_id) = (Some(envelope.source), Some(envelope.key_id));
    }
    let has = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'context_secrets')";
    if conn.query_row(has, [], |row| row.get(0))? {
        let mut names = conn.prepare("SELECT name FROM context_secrets ORDER BY name")?;
        let names = names.query_map([], |row| row.get(0))?;
        found.contexts = names.collect::<std::result::Result<_, _>>()?;
    }
    Ok(())
}

/// What the quick check complains of; `None`: the time was over before it was finished.
fn complaints(conn: &mut Connection, time: Duration) -> Result<Option<Vec<String>>> {
    let begun = Instant::now();
    conn.progress_handler(STEPS, Some(move || begun.elapsed() >= time))?;
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut check = conn.prepare(&format!("PRAGMA quick_check({COMPLAINTS})"))?;
        let lines = check.query_map([], |row| row.get::<_, String>(0))?;
        lines.collect()
    };
    let lines = read();
    conn.progress_handler(0, None::<fn() -> bool>)?;
    match lines {
        Ok(lines) if lines == ["ok"] => Ok(Some(Vec::new())),
        Ok(lines) => Ok(Some(lines)),
        Err(error)
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OpenOptions, Store};
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_store_is_looked_at_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/connections.db");
        assert!(inspect(&path, &path.with_file_name("vault.key"), LONG).is_err());
        assert!(!path.exists(), "nothing is made");
        let store = Store::open(OpenOptions::new(&path, folder.path().join("key"), "me")).unwrap();
        let found = inspect(&path, &path.with_file_name("vault.key"), LONG).unwrap();
        drop(store);
        assert_eq!((found.schema, found.connections, found.sealed), (found.known, 0, false));
        assert_eq!(found.damage, Some(Vec::new()));
        use std::os::unix::fs::PermissionsExt;
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, open).unwrap();
        inspect(&path, &path.with_file_name("vault.key"), LONG).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o644, "looking does not fix");
    }

    #[test]
    fn what_is_no_store_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        std::fs::write(&path, "hello, this is a text").unwrap();
        assert!(matches!(
            inspect(&path, &path.with_file_name("vault.key"), LONG),
            Err(BackendError::NotAStore { .. })
        ));
        std::fs::remove_file(&path).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE a (b)").unwrap();
        drop(other);
        assert!(matches!(
            inspect(&path, &path.with_file_name("vault.key"), LONG),
            Err(BackendError::NotAStore { .. })
        ));
    }

    #[test]
    fn a_check_without_time_is_not_called_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let mut conn = Connection::open(&path).unwrap();
        conn.execute_batch(
            "CREATE TABLE a (b);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO a SELECT randomblob(200) FROM n;
             CREATE INDEX c ON a (b)",
        )
        .unwrap();
        assert_eq!(complaints(&mut conn, Duration::ZERO).unwrap(), None);
        assert_eq!(complaints(&mut conn, LONG).unwrap(), Some(Vec::new()));
    }
}
