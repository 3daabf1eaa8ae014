//! The vault: a random data key per store, wrapped by a key that is not in the store. SPEC E3.
//!
//! Envelope in the table `vault`:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `JBVE` |
//! | 1 | version of the envelope, 1 |
//! | 1 | where the wrapping key comes from: 0 key file; 1 reserved for a passphrase (Argon2id) |
//! | 2 | length of that source's parameters, big-endian; 0 for a key file |
//! | 8 | start of the wrapping key's SHA-256 under a prefix: tells a wrong key from damage |
//! | 73 | the data key, sealed (see `seal`) with everything above bound to it |
//!
//! Nothing is read before the first secret is needed, and the data key is made only for a store
//! that holds nothing sealed: a store that lost its key file never gets a second data key, which
//! would orphan what the first one sealed.

use std::path::PathBuf;

use ring::hmac;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::backend::BackendError;
use crate::domain::{Fingerprint, Secret, Timestamp};

use super::failure::Result;
use super::keyfile;
use super::seal::{self, KeyBytes, Place, SealError};

const MAGIC: [u8; 4] = *b"JBVE";
const VERSION: u8 = 1;
const FROM_FILE: u8 = 0;
/// Magic, version, source, length of parameters, id of the wrapping key.
const HEADER: usize = 4 + 1 + 1 + 2 + 8;

/// Where the key-encryption key comes from.
pub(super) enum KeySource {
    /// A file, made when it is first needed.
    File(PathBuf),
    /// Memory only: for a store that lives in memory itself.
    Memory(KeyBytes),
}

/// Opens and makes a store's data key, and remembers it.
pub(super) struct Vault {
    source: KeySource,
    store: Uuid,
    open: Option<(Vec<u8>, DataKeys)>,
}

/// Keys derived from the data key, one per purpose.
pub(super) struct DataKeys {
    store: Uuid,
    seal: KeyBytes,
    // ring offers no wiping of these two; they hash, they cannot open anything.
    fingerprint: hmac::Key,
    issued: hmac::Key,
}

impl DataKeys {
    fn derive(store: Uuid, data: &KeyBytes) -> Self {
        // One block of HKDF-Expand: HMAC over a purpose and the block's number.
        let root = hmac::Key::new(hmac::HMAC_SHA256, &**data);
        let derived = |purpose: &str| -> KeyBytes {
            let mut bytes = Zeroizing::new([0; 32]);
            let tag = hmac::sign(&root, format!("jetbridge {purpose}\u{1}").as_bytes());
            bytes.copy_from_slice(tag.as_ref());
            bytes
        };
        let keyed = |purpose| hmac::Key::new(hmac::HMAC_SHA256, &*derived(purpose));
        Self {
            store,
            seal: derived("seal"),
            fingerprint: keyed("fingerprint"),
            issued: keyed("issued key"),
        }
    }

    /// Tells two secrets of this store apart without telling anything about them.
    pub(super) fn fingerprint(&self, secret: &Secret) -> Fingerprint {
        let tag = hmac::sign(&self.fingerprint, secret.expose().as_bytes());
        Fingerprint(keyfile::hex(tag.as_ref().get(..4).unwrap_or_default()).to_string())
    }

    /// What the store keeps of an issued key to recognise it.
    pub(super) fn key_hash(&self, key: &Secret) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(&self.issued, key.expose().as_bytes()).as_ref());
        hash
    }

    /// Seals a secret of a connection.
    pub(super) fn seal_secret(
        &self,
        connection: Uuid,
        field: &str,
        version: u32,
        secret: &Secret,
    ) -> Result<Vec<u8>> {
        let place = Place::Secret { store: self.store, connection, field, version };
        seal::seal(&self.seal, place, secret.expose().as_bytes()).map_err(|e| broken(field, e))
    }

    /// Opens a secret of a connection.
    pub(super) fn open_secret(
        &self,
        connection: Uuid,
        field: &str,
        version: u32,
        sealed: &[u8],
    ) -> Result<Secret> {
        let place = Place::Secret { store: self.store, connection, field, version };
        let plain = seal::open(&self.seal, place, sealed).map_err(|e| broken(field, e))?;
        text(&plain, field)
    }

    /// Seals the credential of a context.
    pub(super) fn seal_context(&self, name: &str, secret: &Secret) -> Result<Vec<u8>> {
        let place = Place::Context { store: self.store, name };
        seal::seal(&self.seal, place, secret.expose().as_bytes())
            .map_err(|e| broken("a context's secret", e))
    }

    /// Opens the credential of a context.
    pub(super) fn open_context(&self, name: &str, sealed: &[u8]) -> Result<Secret> {
        let place = Place::Context { store: self.store, name };
        let plain =
            seal::open(&self.seal, place, sealed).map_err(|e| broken("a context's secret", e))?;
        text(&plain, "a context's secret")
    }

    /// Seals a draft.
    pub(super) fn seal_draft(&self, id: &str, saved_at: i64, plain: &[u8]) -> Result<Vec<u8>> {
        let place = Place::Draft { store: self.store, id, saved_at };
        seal::seal(&self.seal, place, plain).map_err(|e| broken("a draft", e))
    }

    /// Opens a draft.
    pub(super) fn open_draft(
        &self,
        id: &str,
        saved_at: i64,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let place = Place::Draft { store: self.store, id, saved_at };
        seal::open(&self.seal, place, sealed).map_err(|e| broken("a draft", e))
    }
}

impl Vault {
    /// The vault of a store; reads nothing yet.
    pub(super) const fn new(source: KeySource, store: Uuid) -> Self {
        Self { source, store, open: None }
    }

    /// The data keys; `None` when nothing was ever sealed here.
    pub(super) fn keys(&mut self, conn: &Connection) -> Result<Option<&DataKeys>> {
        // Read each time: another process may have made or re-wrapped the data key, and a
        // transaction that made it may have been rolled back.
        let envelope: Option<Vec<u8>> = conn
            .prepare_cached("SELECT envelope FROM vault")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let Some(envelope) = envelope else {
            self.open = None;
            return Ok(None);
        };
        let known = self.open.take().filter(|(it, _)| *it == envelope);
        let opened = match known {
            Some(known) => known,
            None => {
                let keys = self.unwrap(&envelope)?;
                (envelope, keys)
            }
        };
        Ok(Some(&self.open.insert(opened).1))
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
            let orphans: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM drafts)
                     OR EXISTS (SELECT 1 FROM issued_keys)
                     OR EXISTS (SELECT 1 FROM context_secrets)",
                [],
                |row| row.get(0),
            )?;
            if orphans {
                return Err(told("the store's wrapped data key is gone from its file".to_owned()));
            }
            let envelope = self.wrap_new()?;
            tx.execute(
                "INSERT INTO vault (one, envelope, made_at) VALUES (1, ?1, ?2)",
                params![envelope, now.as_microsecond()],
            )?;
        }
        self.needed(tx, "a secret")
    }

    fn wrap_new(&self) -> Result<Vec<u8>> {
        let wrapping = match &self.source {
            KeySource::File(path) => &keyfile::read_or_make(path)?,
            KeySource::Memory(key) => key,
        };
        let data = seal::random_key().map_err(|e| broken("the data key", e))?;
        let mut envelope = header(wrapping);
        let place = Place::DataKey { store: self.store, header: &envelope };
        let sealed = seal::seal(wrapping, place, &*data).map_err(|e| broken("the data key", e))?;
        envelope.extend(sealed);
        Ok(envelope)
    }

    fn unwrap(&self, envelope: &[u8]) -> Result<DataKeys> {
        let (head, sealed) = envelope
            .split_at_checked(HEADER)
            .filter(|(head, _)| head.starts_with(&MAGIC))
            .ok_or_else(|| told("the wrapped data key is damaged".to_owned()))?;
        let (version, source) = (head.get(4).copied(), head.get(5).copied());
        if version != Some(VERSION) || source != Some(FROM_FILE) {
            let text = "the data key is wrapped in a way that this jetbridge does not know: update jetbridge";
            return Err(told(text.to_owned()));
        }
        let (wrapping, name) = match &self.source {
            KeySource::Memory(key) => (key.clone(), String::new()),
            KeySource::File(path) => {
                let key = keyfile::read(path)?.ok_or_else(|| {
                    let text = "is not there, and only it opens what this store has sealed";
                    told(format!("the key file {} {text}", path.display()))
                })?;
                (key, path.display().to_string())
            }
        };
        if head != header(&wrapping) {
            return Err(told(format!(
                "the key file {name} is not the one this store was sealed with"
            )));
        }
        let place = Place::DataKey { store: self.store, header: head };
        let data = seal::open(&wrapping, place, sealed).map_err(|e| broken("the data key", e))?;
        let mut key: KeyBytes = Zeroizing::new([0; 32]);
        if data.len() != key.len() {
            return Err(told("the wrapped data key is damaged".to_owned()));
        }
        key.copy_from_slice(&data);
        Ok(DataKeys::derive(self.store, &key))
    }
}

fn header(wrapping: &KeyBytes) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend([VERSION, FROM_FILE, 0, 0]);
    let digest =
        Sha256::new().chain_update("jetbridge vault key id").chain_update(wrapping.as_slice());
    out.extend(digest.finalize().iter().take(8));
    out
}

/// A secret from its opened bytes. The copy has its exact size, so that no part of it stays
/// behind when it is made immovable.
pub(super) fn text(plain: &[u8], what: &str) -> Result<Secret> {
    let text = std::str::from_utf8(plain).map_err(|_| broken(what, SealError::Refused))?;
    let mut owned = String::with_capacity(text.len());
    owned.push_str(text);
    Ok(Secret::new(owned))
}

fn broken(what: &str, error: SealError) -> super::failure::Failure {
    told(format!("{what}: {error}"))
}

fn told(detail: String) -> super::failure::Failure {
    BackendError::Vault { detail }.into()
}
