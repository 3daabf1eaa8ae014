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

use crate::backend::BackendError;
use crate::domain::Timestamp;

use super::super::vault::datakeys::{DataKeys, Root, broken, told};
use super::super::vault::envelope::{self, Envelope, Source, Wrapping};
use super::super::vault::seal::KeyBytes;
use super::super::vault::unlock::Unlocker;
use super::chain;
use super::failure::Result;
use super::head::{self, Head, Outside};
use crate::backend::store::core::chain::{Kind, Mark};

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
    /// Where the copy of the head lies; `None` in memory.
    outside: Option<Outside>,
    /// The copy as it was before the transaction began: the store is never older than that.
    known: std::result::Result<Option<Head>, BackendError>,
    /// The head that was compared last.
    compared: Option<Vec<u8>>,
    /// What becomes of the copy once the transaction is committed.
    pending: Option<Copied>,
    /// The store was made before there were heads, and the vault is open: it can be upgraded.
    outdated: bool,
}

/// What becomes of the copy of the head.
enum Copied {
    /// It is replaced by a newer one.
    Newer(Vec<u8>),
    /// It is replaced, whatever it was.
    Accepted(Vec<u8>),
    /// It is forgotten.
    Forgotten,
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
    pub(super) const fn new(source: KeySource, store: Uuid, outside: Option<Outside>) -> Self {
        let (open, compared, pending) = (None, None, None);
        Self { source, store, open, outside, known: Ok(None), compared, pending, outdated: false }
    }

    /// Reads the copy of the head. Before each transaction: what another process commits meanwhile
    /// is newer than what this one sees.
    pub(super) fn begin(&mut self) {
        self.known = self.outside.as_ref().map_or(Ok(None), Outside::read);
    }

    /// The copy of the head, as it was before the transaction.
    pub(super) fn known(&self) -> Result<Option<Head>> {
        Ok(self.known.clone()?)
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
            (self.open, self.compared) = (None, None);
            return Ok(None);
        };
        self.opened(bytes)?;
        self.compare(conn)?;
        Ok(self.open.as_ref().map(|it| &it.1))
    }

    /// Opens an envelope, unless it is the one that is open.
    fn opened(&mut self, bytes: Vec<u8>) -> Result<()> {
        let opened = match self.open.take() {
            Some(known) if known.0 == bytes => known,
            before => {
                self.compared = None;
                let keys = self.reopen(&bytes, before)?;
                (bytes, keys)
            }
        };
        self.open = Some(opened);
        Ok(())
    }

    /// Compares the head with what is open, once for each head.
    fn compare(&mut self, conn: &Connection) -> Result<()> {
        let Some((envelope, keys)) = &self.open else { return Ok(()) };
        let head = head::row(conn)?;
        if head.is_some() && head == self.compared {
            return Ok(());
        }
        let known = self.known()?;
        self.outdated = !head::check(conn, keys, envelope, known)?;
        if let (Some(head), None) = (&head, known) {
            self.pending.get_or_insert_with(|| Copied::Newer(head.clone()));
        }
        self.compared = head;
        Ok(())
    }

    /// The data keys where they are open or nobody has to be asked for them; whatever is in the way
    /// of that is no matter of a change that needs none.
    pub(super) fn at_hand(&mut self, conn: &Connection, envelope: &[u8]) -> Option<&DataKeys> {
        let is_open = self.open.as_ref().is_some_and(|it| it.0 == envelope);
        let by_itself = matches!(self.source, KeySource::Memory(_))
            || Envelope::read(envelope).is_ok_and(|it| it.source == Source::File);
        if is_open || by_itself { self.keys(conn).ok().flatten() } else { None }
    }

    /// The data keys of an envelope, whatever the head says.
    pub(super) fn unchecked(&mut self, envelope: &[u8]) -> Result<&DataKeys> {
        self.opened(envelope.to_vec())?;
        self.open.as_ref().map(|it| &it.1).ok_or_else(|| told("the vault is not open").into())
    }

    /// A newer head was written.
    pub(super) fn wrote(&mut self, head: Vec<u8>) {
        self.outdated = false;
        self.compared = Some(head.clone());
        self.pending = Some(Copied::Newer(head));
    }

    /// A head was written that counts whatever the copy says.
    pub(super) fn accepted(&mut self, head: Vec<u8>) {
        self.wrote(head.clone());
        self.pending = Some(Copied::Accepted(head));
    }

    /// The store has no vault, and that is right.
    pub(super) fn forget_outside(&mut self) {
        self.pending = Some(Copied::Forgotten);
    }

    /// What the transaction wrote is there to stay, or is not.
    pub(super) fn ended(&mut self, committed: bool) {
        let pending = self.pending.take();
        if !committed {
            // It was compared with what is gone.
            if pending.is_some() {
                self.compared = None;
            }
            return;
        }
        let Some(outside) = &self.outside else { return };
        match pending {
            Some(Copied::Newer(head)) => outside.put(&head),
            Some(Copied::Accepted(head)) => outside.replace(&head),
            Some(Copied::Forgotten) => outside.forget(),
            None => {}
        }
    }

    /// Whether the store is to be upgraded, and can be.
    pub(super) const fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// Opens an envelope that was not seen before.
    fn reopen(&mut self, bytes: &[u8], before: Option<(Vec<u8>, DataKeys)>) -> Result<DataKeys> {
        let envelope = Envelope::read(bytes)?;
        match self.unwrap(&envelope) {
            Ok(root) => Ok(DataKeys::derive(self.store, root)),
            // Another process gave the same data key another passphrase: whoever was let in
            // before stays in, since nobody can be asked while the screen is up.
            Err(BackendError::Locked { detail }) => before
                .map(|(_, keys)| keys)
                .filter(|keys| envelope.data_id == Some(keys.root().id()))
                .ok_or_else(|| BackendError::Locked { detail }.into()),
            Err(other) => Err(other.into()),
        }
    }

    /// What an envelope wraps.
    pub(super) fn unwrap(
        &mut self,
        envelope: &Envelope<'_>,
    ) -> std::result::Result<Root, BackendError> {
        match &mut self.source {
            KeySource::Told(unlocker) => unlocker.open(self.store, envelope),
            KeySource::Memory(key) => envelope.open(self.store, key),
        }
    }

    /// The data keys of a store that must have them, to open `what`.
    pub(super) fn needed(&mut self, conn: &Connection, what: &str) -> Result<&DataKeys> {
        self.keys(conn)?
            .ok_or_else(|| told(format!("the store has no data key to open {what}")).into())
    }

    /// The data keys, made at the first secret. Part of the caller's transaction, so that of two
    /// processes that save their first secret at once the second finds the first one's key.
    pub(super) fn keys_or_make(
        &mut self,
        tx: &Transaction<'_>,
        now: Timestamp,
    ) -> Result<&DataKeys> {
        if self.keys(tx)?.is_none() {
            self.may_make(tx)?;
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
        self.may_make(tx)?;
        let root = Root::random().map_err(|e| broken("the data key", e))?;
        let envelope = envelope::wrap(self.store, wrapping, &root)?;
        fault!("init.wrapped");
        tx.execute(
            "INSERT INTO vault (one, envelope, made_at) VALUES (1, ?1, ?2)",
            params![envelope, now.as_microsecond()],
        )?;
        fault!("init.row");
        let keys = DataKeys::derive(self.store, root);
        chain::append(tx, &Mark::of(Kind::Vault, self.store.as_bytes()))?;
        let head = head::write(tx, &keys, &envelope, 1)?;
        self.wrote(head);
        Ok(())
    }

    /// Refuses a data key where there was one.
    pub(super) fn may_make(&self, conn: &Connection) -> Result<()> {
        let orphans: bool = conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM drafts)
                 OR EXISTS (SELECT 1 FROM issued_keys)
                 OR EXISTS (SELECT 1 FROM context_secrets)",
            [],
            |row| row.get(0),
        )?;
        if orphans {
            let detail = "the store's wrapped data key is gone from its file".to_owned();
            return Err(BackendError::Untrusted { detail }.into());
        }
        head::may_make(self.store, self.known()?)
    }
}
