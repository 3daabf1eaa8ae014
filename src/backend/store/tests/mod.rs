//! What only the embedded store promises: files, settings, sealing, several processes, damage.

mod answers;
mod backup;
mod caching;
mod clocks;
mod concurrency;
mod contexts;
mod damage;
mod faults;
mod kill;
mod many;
mod opening;
mod roundtrip;
mod sealing;
mod swapping;
mod unlocking;
mod upgrade;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{Cost, OpenOptions, Store, Unlock};
use crate::backend::BackendError;
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
