//! The tables, as numbered migrations that are only ever added to.
//!
//! Each runs in a transaction of its own together with the new number, so a store is always at
//! exactly one version, whenever the process is killed.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::backend::BackendError;

use super::failure::Result;

/// `application_id` of a store, "JBRG": distinguishes it from any other SQLite file.
pub(super) const APPLICATION_ID: i32 = 0x4a42_5247;

/// One step of the schema.
#[derive(Clone, Copy)]
pub(super) struct Migration {
    /// `user_version` after it; the first is 1, each next one more.
    pub(super) version: u32,
    /// The statements.
    pub(super) sql: &'static str,
    /// What statements cannot do, after them.
    pub(super) then: fn(&Transaction<'_>) -> Result<()>,
}

impl Migration {
    /// A step of statements alone.
    pub(super) const fn new(version: u32, sql: &'static str) -> Self {
        Self { version, sql, then: |_| Ok(()) }
    }
}

/// Every step so far. Never change one that was published: add another.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration::new(1, V1),
    Migration::new(2, super::contexts::SCHEMA),
    Migration::new(3, V3),
    // Answers by the keys of their fields.
    Migration { then: super::answers::bring, ..Migration::new(4, "") },
    // What sealed texts are bound to, the head and the chain.
    Migration::new(5, super::head::SCHEMA),
    // By which rules a row was judged.
    Migration::new(6, super::rejudge::SCHEMA),
];

/// SHA-256 of the [`objects`] that every step makes. Making them to compare is most of what opening a
/// store would take, so they are made only where this differs. A new migration changes it; the
/// test of it says to what.
const NEWEST: [u8; 32] = [
    0x48, 0xec, 0xa1, 0x62, 0xfb, 0x01, 0x88, 0xea, 0xec, 0xcb, 0xbf, 0x42, 0x62, 0x51, 0x20, 0xa9,
    0x56, 0x2c, 0x4a, 0x47, 0xb1, 0x8c, 0x65, 0x07, 0x6e, 0x61, 0xc1, 0xd7, 0xd9, 0x67, 0x49, 0xa3,
];

/// What a list did not report of a connection, and by which rules connections were judged last.
const V3: &str = "
-- Bits: 1 the side, 2 the last change. Copies of live rows without times were kept as of 1970.
ALTER TABLE connections ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;
UPDATE connections SET unknown = 2 WHERE origin = 2 AND revision = 1 AND modified_at = 0;
-- Listed only: a type without a form (neither Groups nor Device), or incomplete (bit 0).
UPDATE connections SET findings = findings | 0x80000000
    WHERE kind NOT IN (4, 14) OR findings & 1 = 1;
ALTER TABLE store ADD COLUMN judged_by INTEGER NOT NULL DEFAULT 0;
";

/// The first schema: connections with their secrets, history and keys, the directory, drafts.
const V1: &str = "
-- One row about the store itself. The id is bound to everything sealed. `live` counts the
-- connections that are not deleted, because counting 100,000 rows takes milliseconds that the
-- first frame does not have.
CREATE TABLE store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    live INTEGER NOT NULL CHECK (live >= 0)
) STRICT;
INSERT INTO store (one, id, live) VALUES (1, randomblob(16), 0);

-- What the list shows, stored in the order of the list: reading a page is reading on. Live rows
-- have an empty `tomb`, deleted ones their id, so the primary key lets a name be used again
-- after a deletion and never twice among live rows. Times are microseconds since 1970. `tenant`
-- to `expires_at` are what the offline rules made of the answers (domain::health::digest).
CREATE TABLE connections (
    tomb BLOB NOT NULL,
    name_key TEXT NOT NULL,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    side INTEGER NOT NULL CHECK (side IN (0, 1, 2)),
    tenant_name TEXT NOT NULL,
    credentials TEXT NOT NULL,
    modified_at INTEGER NOT NULL,
    modified_by TEXT NOT NULL,
    findings INTEGER NOT NULL,
    expires_at INTEGER,
    tenant TEXT,
    description TEXT NOT NULL,
    origin INTEGER NOT NULL CHECK (origin IN (0, 1, 2)),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    deleted_at INTEGER,
    deleted_by TEXT,
    PRIMARY KEY (tomb, name_key),
    CHECK (tomb = x'' OR tomb = id),
    CHECK ((tomb = x'') = (deleted_at IS NULL)),
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL))
) STRICT, WITHOUT ROWID;

-- For judging a tenant's connections anew when its directory objects change.
CREATE INDEX connections_by_tenant ON connections (tenant) WHERE tenant IS NOT NULL;

CREATE TRIGGER connections_made AFTER INSERT ON connections WHEN NEW.tomb = x''
BEGIN UPDATE store SET live = live + 1; END;
CREATE TRIGGER connections_deleted AFTER UPDATE OF tomb ON connections
WHEN OLD.tomb = x'' AND NEW.tomb <> x''
BEGIN UPDATE store SET live = live - 1; END;
CREATE TRIGGER connections_restored AFTER UPDATE OF tomb ON connections
WHEN OLD.tomb <> x'' AND NEW.tomb = x''
BEGIN UPDATE store SET live = live + 1; END;

-- The answers of a form as JSON, apart from the list because they are long. A connection known
-- from a list only has no row here: its tenant_name says all there is.
CREATE TABLE answers (
    connection BLOB PRIMARY KEY REFERENCES connections (id),
    json TEXT NOT NULL
) STRICT;

-- Every saved change. An imported connection gets its first entry with its first change; until
-- then the entry is read off the row, which is still as it was imported.
CREATE TABLE history (
    connection BLOB NOT NULL REFERENCES connections (id),
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (connection, revision)
) STRICT;

-- The wrapped data key (see vault.rs); no row until the first secret.
CREATE TABLE vault (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    envelope BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- Sealed secrets by field path. `version` is the revision that sealed it.
CREATE TABLE secrets (
    connection BLOB NOT NULL REFERENCES connections (id),
    field TEXT NOT NULL,
    version INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (connection, field)
) STRICT, WITHOUT ROWID;

-- Keys issued or saved here, by a keyed hash of their text, and which connections have used
-- them since when.
CREATE TABLE issued_keys (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    kind TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    issued_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE key_uses (
    hash BLOB NOT NULL REFERENCES issued_keys (hash),
    connection BLOB NOT NULL REFERENCES connections (id),
    since INTEGER NOT NULL,
    superseded_at INTEGER,
    PRIMARY KEY (hash, connection)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_uses_by_connection ON key_uses (connection);

-- What the pick lists show. A tenant is its own tenant.
CREATE TABLE objects (
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    name_key TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (kind, tenant, id)
) STRICT, WITHOUT ROWID;

-- Forms in progress, sealed as a whole, title included.
CREATE TABLE drafts (
    id TEXT PRIMARY KEY,
    saved_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
";

/// What the header of a file says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// An empty database: ours to fill.
    Empty,
    /// A store at this version.
    Version(u32),
    /// Some other program's database.
    Foreign,
}

/// Looks at a database without changing it; inside a transaction, so that all is of one moment.
pub(super) fn look(conn: &Connection) -> Result<Found> {
    let number = |pragma: &str| conn.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application == APPLICATION_ID {
        return Ok(Found::Version(u32::try_from(version).unwrap_or(0)));
    }
    let anything: bool =
        conn.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    let empty = application == 0 && version == 0 && !anything;
    Ok(if empty { Found::Empty } else { Found::Foreign })
}

/// What the schema of a store has that no version of jetbridge made, such as a trigger that would run
/// with the next save; `None`: nothing. `version` is the one that the store is at.
pub(super) fn foreign(
    conn: &Connection,
    version: u32,
    all: &[Migration],
) -> Result<Option<String>> {
    let found = objects(conn)?;
    if digest(&found) == NEWEST && all.last().is_some_and(|newest| newest.version == version) {
        return Ok(None);
    }
    let expected = made(version, all)?;
    let differs = |it: &&(String, String, String)| !expected.contains(it);
    if let Some((kind, name, _)) = found.iter().find(differs) {
        let changed = expected.iter().any(|it| it.0 == *kind && it.1 == *name);
        let what = if changed { "was changed" } else { "is not jetbridge's" };
        return Ok(Some(format!("its {kind} {name} {what}")));
    }
    let gone = expected.iter().find(|it| !found.contains(it));
    Ok(gone.map(|(kind, name, _)| format!("its {kind} {name} is missing")))
}

/// The objects that the steps up to a version make.
fn made(version: u32, all: &[Migration]) -> Result<Vec<(String, String, String)>> {
    let own = Connection::open_in_memory()?;
    for step in all.iter().filter(|it| it.version <= version) {
        own.execute_batch(step.sql)?;
    }
    objects(&own)
}

/// One value for all objects of a schema. With the lengths, so that no text can pass for two.
fn digest(objects: &[(String, String, String)]) -> [u8; 32] {
    let mut all = Sha256::new();
    for (kind, name, sql) in objects {
        for part in [kind, name, sql] {
            all.update((part.len() as u64).to_le_bytes());
            all.update(part);
        }
    }
    all.finalize().into()
}

/// Every object of a schema: what it is, its name, and the statement that made it.
fn objects(conn: &Connection) -> Result<Vec<(String, String, String)>> {
    // SQLite's own come and go.
    let mut statement = conn.prepare(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY type, name",
    )?;
    let all = statement.query_map([], |row| {
        let sql: String = row.get(2)?;
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok((row.get(0)?, row.get(1)?, sql))
    })?;
    Ok(all.collect::<rusqlite::Result<_>>()?)
}

/// Brings a database to the last of `all`. Of several processes at once one does the work and
/// the others find it done: each step looks again under the write lock.
pub(super) fn migrate(conn: &mut Connection, all: &[Migration]) -> Result<()> {
    let known = all.last().map_or(0, |last| last.version);
    for step in all {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let at = match look(&tx)? {
            Found::Empty => 0,
            Found::Version(version) if version <= known => version,
            Found::Version(found) => return Err(BackendError::TooNew { found, known }.into()),
            Found::Foreign => {
                return Err(
                    BackendError::Other("the file changed while it was opened".into()).into()
                );
            }
        };
        if at >= step.version {
            continue;
        }
        fault!("migrate.begun");
        tx.execute_batch(step.sql)?;
        (step.then)(&tx)?;
        fault!("migrate.tables");
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        fault!("migrate.marked");
        tx.pragma_update(None, "user_version", step.version)?;
        fault!("migrate.numbered");
        tx.commit()?;
        fault!("migrate.committed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_what_the_migrations_make() {
        let newest = MIGRATIONS.last().unwrap().version;
        assert_eq!(
            digest(&made(newest, MIGRATIONS).unwrap()),
            NEWEST,
            "put the left one into NEWEST"
        );
    }
}
