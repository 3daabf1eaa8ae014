//! The vault: a random data key per store, wrapped by a key that is not in the store. SPEC E3.
//!
//! `envelope` says what the row in the table `vault` looks like, `unlock` where the wrapping key
//! comes from, `rekey` how it is changed.
//!
//! Nothing is read before the first secret is needed, and the data key is made only for a store
//! that holds nothing sealed: a store that lost its key file never gets a second data key, which
//! would orphan what the first one sealed.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

use crate::domain::Timestamp;

use super::datakeys::{DataKeys, Root, broken, told};
use super::envelope::{self, Envelope, Source, Wrapping};
use super::failure::Result;
use super::seal::KeyBytes;
use super::unlock::Unlocker;

/// Where the key-encryption key comes from.
pub(super) enum KeySource {
    /// Whatever the envelope says.
    Told(Unlocker),
    /// Memory only: for a store that lives in memory itself.
    Memory(KeyBytes),
}

/// Opens and makes a store's data key, and remembers it.
pub(super) struct Vault {
    source: KeySource,
    store: Uuid,
    open: Option<(Vec<u8>, DataKeys)>,
}

/// The row of a store's envelope; `None` when nothing was ever sealed.
pub(super) fn row(conn: &Connection) -> Result<Option<Vec<u8>>> {
    let found = conn
        .prepare_cached("SELECT envelope FROM vault")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(found)
}

impl Vault {
    /// The vault of a store; reads nothing yet.
    pub(super) const fn new(source: KeySource, store: Uuid) -> Self {
        Self { source, store, open: None }
    }

    /// The store that everything sealed is bound to.
    pub(super) const fn store(&self) -> Uuid {
        self.store
    }

    /// How wrapping keys are come by; `None` for a store in memory.
    pub(super) const fn unlocker(&mut self) -> Option<&mut Unlocker> {
        match &mut self.source {
            KeySource::Told(unlocker) => Some(unlocker),
            KeySource::Memory(_) => None,
        }
    }

    /// The data keys; `None` when nothing was ever sealed here.
    pub(super) fn keys(&mut self, conn: &Connection) -> Result<Option<&DataKeys>> {
        // Read each time: another process may have made or re-wrapped the data key, and a
        // transaction that made it may have been rolled back.
        let Some(bytes) = row(conn)? else {
            self.open = None;
            return Ok(None);
        };
        let opened = match self.open.take() {
            Some(known) if known.0 == bytes => known,
            before => {
                let keys = self.reopen(&bytes, before)?;
                (bytes, keys)
            }
        };
        Ok(Some(&self.open.insert(opened).1))
    }

    /// Opens an envelope that was not seen before.
    fn reopen(&mut self, bytes: &[u8], before: Option<(Vec<u8>, DataKeys)>) -> Result<DataKeys> {
        let envelope = Envelope::read(bytes)?;
        match self.unwrap(&envelope) {
            Ok(root) => Ok(DataKeys::derive(self.store, root)),
            // Another process gave the same data key another passphrase: whoever was let in
            // before stays in, since nobody can be asked while the screen is up.
            Err(super::failure::Failure::Backend(crate::backend::BackendError::Locked {
                detail,
            })) => before
                .map(|(_, keys)| keys)
                .filter(|keys| envelope.data_id == Some(keys.root().id()))
                .ok_or_else(|| crate::backend::BackendError::Locked { detail }.into()),
            Err(other) => Err(other),
        }
    }

    /// What an envelope wraps.
    pub(super) fn unwrap(&mut self, envelope: &Envelope<'_>) -> Result<Root> {
        match &mut self.source {
            KeySource::Told(unlocker) => unlocker.open(self.store, envelope),
            KeySource::Memory(key) => envelope.open(self.store, key),
        }
    }

    /// The data keys of a store that must have them, to open `what`.
    pub(super) fn needed(&mut self, conn: &Connection, what: &str) -> Result<&DataKeys> {
        self.keys(conn)?.ok_or_else(|| told(format!("the store has no data key to open {what}")))
    }

    /// The data keys, made at the first secret. Part of the caller's transaction, so that of two
    /// processes that save their first secret at once the second finds the first one's key.
    pub(super) fn keys_or_make(
        &mut self,
        tx: &Transaction<'_>,
        now: Timestamp,
    ) -> Result<&DataKeys> {
        if self.keys(tx)?.is_none() {
            let wrapping = match &mut self.source {
                KeySource::Told(unlocker) => unlocker.first()?,
                KeySource::Memory(key) => {
                    Wrapping { source: Source::File, kdf: None, key: key.clone() }
                }
            };
            self.make(tx, now, &wrapping)?;
        }
        self.needed(tx, "a secret")
    }

    /// Makes the data key of a store that has none.
    pub(super) fn make(
        &mut self,
        tx: &Transaction<'_>,
        now: Timestamp,
        wrapping: &Wrapping,
    ) -> Result<()> {
        let orphans: bool = tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM drafts)
                 OR EXISTS (SELECT 1 FROM issued_keys)
                 OR EXISTS (SELECT 1 FROM context_secrets)",
            [],
            |row| row.get(0),
        )?;
        if orphans {
            return Err(told("the store's wrapped data key is gone from its file"));
        }
        let root = Root::random().map_err(|e| broken("the data key", e))?;
        let envelope = envelope::wrap(self.store, wrapping, &root)?;
        fault!("init.wrapped");
        tx.execute(
            "INSERT INTO vault (one, envelope, made_at) VALUES (1, ?1, ?2)",
            params![envelope, now.as_microsecond()],
        )?;
        fault!("init.row");
        Ok(())
    }
}
