//! What only the embedded store promises: files, settings, sealing, several processes, damage.

mod answers;
mod backup;
mod binding;
mod caching;
mod clocks;
mod concurrency;
mod contexts;
mod damage;
mod faults;
mod following;
mod kill;
mod many;
mod opening;
mod purging;
mod rejudge;
mod roundtrip;
mod sealing;
mod swapping;
mod unlocking;
mod upgrade;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::backend::BackendError;
use crate::backend::store::{Cost, OpenOptions, Store, Unlock};
use crate::testing::contract::TestClock;

/// A folder with a place for a store and a place for its key.
pub(super) struct Home {
    folder: tempfile::TempDir,
    pub(super) clock: TestClock,
}

impl Home {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: TestClock::new() }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Options with this to open the vault, at the least cost.
    pub(super) fn with(&self, unlock: Unlock) -> OpenOptions {
        OpenOptions { unlock: Unlock { cost: Cost::LEAST, ..unlock }, ..self.options() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("data/store.db")
    }

    pub(super) fn key_path(&self) -> PathBuf {
        self.folder.path().join("config/vault.key")
    }

    /// A file beside the store, such as its log.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("data/store.db{suffix}"))
    }

    pub(super) fn options(&self) -> OpenOptions {
        OpenOptions {
            clock: self.clock.clock(),
            ..OpenOptions::new(self.path(), self.key_path(), "anna")
        }
    }

    pub(super) fn open(&self) -> Store {
        Store::open(self.options()).unwrap()
    }

    pub(super) fn refused(&self) -> BackendError {
        Store::open(self.options()).err().unwrap()
    }

    /// The file itself, past the store.
    pub(super) fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

/// Everything in the log moved into the file, and the log gone.
pub(super) fn settle(path: &Path) {
    let conn = Connection::open(path).unwrap();
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    conn.close().unwrap();
}

/// Makes of a store with a key file what version 4 of the schema would have left: nothing is bound to
/// where it goes, nothing is linked, and there is no head.
pub(super) fn age(options: &OpenOptions) {
    use super::{contexts, opener, secrets};
    use crate::backend::store::vault::seal::Place;
    use crate::backend::store::vault::{datakeys, envelope, keyfile};

    let mut conn = rusqlite::Connection::open(&options.path).unwrap();
    let bytes = opener::row(&conn).unwrap().unwrap();
    let id: Vec<u8> = conn.query_row("SELECT id FROM store", [], |it| it.get(0)).unwrap();
    let store = uuid::Uuid::from_slice(&id).unwrap();
    let wrapped = envelope::Envelope::read(&bytes).unwrap();
    let all = keyfile::read(&options.key_path).unwrap().unwrap();
    let key = all.iter().find(|it| envelope::key_id(it) == wrapped.key_id).unwrap();
    let keys = datakeys::DataKeys::derive(store, wrapped.open(store, key).unwrap());
    let tx = conn.transaction().unwrap();
    secrets::each(&tx, |found| {
        let connection = found.record.id.0;
        for (field, sealed) in &found.secrets {
            let secret = found.reveal(field, &keys)?;
            let place = Place::OldSecret { store, connection, field, version: sealed.version };
            tx.execute(
                "UPDATE secrets SET sealed = ?3 WHERE connection = ?1 AND field = ?2",
                rusqlite::params![connection.as_bytes(), field, keys.seal_old(place, &secret)],
            )?;
        }
        Ok(())
    })
    .unwrap();
    contexts::each(&tx, |row| {
        let (name, secret) = (row.name(), row.open(&keys)?);
        let sealed = keys.seal_old(Place::OldContext { store, name }, &secret);
        tx.execute(
            "UPDATE context_secrets SET sealed = ?2 WHERE name = ?1",
            rusqlite::params![name, sealed],
        )?;
        Ok(())
    })
    .unwrap();
    tx.execute_batch(
        "DROP TABLE head; DROP TABLE chain;
         ALTER TABLE secrets DROP COLUMN destination;
         ALTER TABLE context_secrets DROP COLUMN destination;
         ALTER TABLE context_secrets DROP COLUMN revision;
         ALTER TABLE connections DROP COLUMN judged;
         UPDATE connections SET findings = 0;
         PRAGMA user_version = 4;",
    )
    .unwrap();
    tx.commit().unwrap();
}
