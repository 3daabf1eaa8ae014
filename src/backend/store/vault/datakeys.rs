//! What is derived from a store's data key, one key per purpose.
//!
//! Three secrets lie under the wrapping: the data key, which seals, the index key, which makes
//! fingerprints, and the key that recognises issued keys. A rotation renews the first two: who had
//! them before can neither open what is sealed afterwards nor try guesses on its fingerprints. The
//! third stays, because issued keys are known by their hash alone; they are random, so there is
//! nothing to guess.

use ring::hmac;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::backend::BackendError;
use crate::domain::{ConnectionId, Fingerprint, Secret};

use super::super::core::Result;
use super::super::core::secrets::Keys;
use super::keyfile;
use super::locked::Locked;
use super::seal::{self, KeyBytes, Owner, Place, SealError};

/// What the envelope wraps.
#[derive(Clone)]
pub(crate) struct Root {
    /// Seals.
    pub(crate) data: KeyBytes,
    /// Makes fingerprints; equal to `data` in a store that was made before there were two.
    pub(crate) index: KeyBytes,
    /// Recognises issued keys; equal to `index` until the first rotation.
    pub(crate) issued: KeyBytes,
}

impl PartialEq for Root {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data && self.index == other.index && self.issued == other.issued
    }
}

impl Root {
    /// A new one.
    pub(crate) fn random() -> std::result::Result<Self, SealError> {
        let index = seal::random_key()?;
        Ok(Self { data: seal::random_key()?, issued: index.clone(), index })
    }

    /// New keys but for the one that recognises issued keys.
    pub(crate) fn rotated(&self) -> std::result::Result<Self, SealError> {
        Ok(Self {
            data: seal::random_key()?,
            index: seal::random_key()?,
            issued: self.issued.clone(),
        })
    }

    /// Names the data key without reporting anything about it.
    pub(crate) fn id(&self) -> [u8; 8] {
        id(b"jetbridge data key id", &self.data)
    }
}

/// Start of a key's SHA-256 under a prefix.
pub(crate) fn id(prefix: &[u8], key: &KeyBytes) -> [u8; 8] {
    let digest = Sha256::new().chain_update(prefix).chain_update(key.as_slice()).finalize();
    let mut out = [0; 8];
    out.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    out
}

/// Keys derived from the root, one per purpose.
pub(crate) struct DataKeys {
    store: Uuid,
    root: Root,
    /// Of before, the latest first: drafts that only their author can seal again open with them.
    older: Vec<Root>,
    seal: KeyBytes,
    backup: KeyBytes,
    tags: Locked<Tags>,
}

/// ring offers no wiping of these; they hash, they cannot open anything.
struct Tags {
    fingerprint: hmac::Key,
    issued: hmac::Key,
    head: hmac::Key,
    members: hmac::Key,
}

impl DataKeys {
    /// Derives every key.
    pub(crate) fn derive(store: Uuid, root: Root) -> Self {
        let keyed = |root: &KeyBytes, purpose: &str| {
            hmac::Key::new(hmac::HMAC_SHA256, &*derived(root, purpose))
        };
        Self {
            store,
            seal: derived(&root.data, "seal"),
            backup: derived(&root.data, "backup"),
            tags: Locked::new(Tags {
                fingerprint: keyed(&root.index, "fingerprint"),
                issued: keyed(&root.issued, "issued key"),
                head: keyed(&root.data, "head"),
                members: keyed(&root.data, "members"),
            }),
            root,
            older: Vec::new(),
        }
    }

    /// The same, with those of before.
    pub(crate) fn with_older(self, older: Vec<Root>) -> Self {
        Self { older, ..self }
    }

    /// The data keys of before, the latest first.
    pub(crate) fn older(&self) -> &[Root] {
        &self.older
    }

    /// What the envelope wraps.
    pub(crate) const fn root(&self) -> &Root {
        &self.root
    }

    /// The store that they are of.
    pub(crate) const fn store(&self) -> Uuid {
        self.store
    }

    /// What authenticates a head.
    pub(crate) fn head_mac(&self, head: &[u8]) -> [u8; 32] {
        tag(&self.tags.head, head)
    }

    /// What authenticates the list of a team's members.
    pub(crate) fn members_mac(&self, list: &[u8]) -> [u8; 32] {
        tag(&self.tags.members, list)
    }

    fn owner(&self) -> Owner {
        Owner { store: self.store, epoch: self.root.id() }
    }

    /// The key that seals backups.
    pub(crate) const fn backup(&self) -> &KeyBytes {
        &self.backup
    }

    /// As before secrets were bound to where they go.
    #[cfg(test)]
    pub(crate) fn seal_old(&self, place: Place<'_>, secret: &Secret) -> Vec<u8> {
        seal::seal(&self.seal, place, secret.expose().as_bytes()).unwrap()
    }

    /// Seals the credential of a context for where it goes.
    pub(crate) fn seal_context(
        &self,
        name: &str,
        revision: u32,
        destination: &[u8; 32],
        secret: &Secret,
    ) -> Result<Vec<u8>> {
        let place = Place::Context { of: self.owner(), name, revision, destination };
        seal::seal(&self.seal, place, secret.expose().as_bytes())
            .map_err(|e| broken("a context's secret", e))
    }

    /// Opens the credential of a context; without a destination, one that was sealed before there was.
    pub(crate) fn open_context(
        &self,
        name: &str,
        revision: u32,
        destination: Option<&[u8; 32]>,
        sealed: &[u8],
    ) -> Result<Secret> {
        let place = match destination {
            Some(destination) => Place::Context { of: self.owner(), name, revision, destination },
            None => Place::OldContext { store: self.store, name },
        };
        let plain =
            seal::open(&self.seal, place, sealed).map_err(|e| broken("a context's secret", e))?;
        text(&plain, "a context's secret")
    }

    /// Seals a draft.
    pub(crate) fn seal_draft(&self, id: &str, saved_at: i64, plain: &[u8]) -> Result<Vec<u8>> {
        let place = Place::Draft { store: self.store, id, saved_at };
        seal::seal(&self.seal, place, plain).map_err(|e| broken("a draft", e))
    }

    /// Opens a draft.
    pub(crate) fn open_draft(
        &self,
        id: &str,
        saved_at: i64,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let place = Place::Draft { store: self.store, id, saved_at };
        let opened = seal::open(&self.seal, place, sealed).map_err(|e| broken("a draft", e));
        let mut older = self.older.iter();
        opened.or_else(|error| {
            older
                .find_map(|it| seal::open(&derived(&it.data, "seal"), place, sealed).ok())
                .ok_or(error)
        })
    }
}

impl Keys for DataKeys {
    fn fingerprint(&self, secret: &Secret) -> Fingerprint {
        let tag = signed(&self.tags.fingerprint, secret);
        Fingerprint(keyfile::hex(tag.as_ref().get(..4).unwrap_or_default()).to_string())
    }

    fn key_hash(&self, key: &Secret) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(signed(&self.tags.issued, key).as_ref());
        hash
    }

    fn seal_secret(
        &self,
        connection: ConnectionId,
        (field, version): (&str, u32),
        destination: &[u8; 32],
        secret: &Secret,
    ) -> Result<Vec<u8>> {
        let (of, connection) = (self.owner(), connection.0);
        let place = Place::Secret { of, connection, field, version, destination };
        seal::seal(&self.seal, place, secret.expose().as_bytes()).map_err(|e| broken(field, e))
    }

    fn open_secret(
        &self,
        connection: ConnectionId,
        (field, version): (&str, u32),
        destination: Option<&[u8; 32]>,
        sealed: &[u8],
    ) -> Result<Secret> {
        let (of, store, connection) = (self.owner(), self.store, connection.0);
        let place = match destination {
            Some(destination) => Place::Secret { of, connection, field, version, destination },
            None => Place::OldSecret { store, connection, field, version },
        };
        let plain = seal::open(&self.seal, place, sealed).map_err(|e| broken(field, e))?;
        text(&plain, field)
    }
}

/// One block of HKDF-Expand: HMAC over a purpose and the block's number.
fn derived(root: &KeyBytes, purpose: &str) -> KeyBytes {
    let root = hmac::Key::new(hmac::HMAC_SHA256, &**root);
    let mut bytes = KeyBytes::empty();
    let tag = hmac::sign(&root, format!("jetbridge {purpose}\u{1}").as_bytes());
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

fn tag(key: &hmac::Key, of: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(key, of).as_ref());
    out
}

/// The tag of a secret. ring leaves the last block that it hashed on the stack: hashing as many zeros
/// the same way writes over it.
fn signed(key: &hmac::Key, secret: &Secret) -> hmac::Tag {
    let bytes = secret.expose().as_bytes();
    let tag = hash(key, bytes);
    let _ = std::hint::black_box(hash(key, &vec![0; bytes.len()]));
    tag
}

/// Not inlined, so that it always uses the same part of the stack.
#[inline(never)]
fn hash(key: &hmac::Key, bytes: &[u8]) -> hmac::Tag {
    hmac::sign(key, bytes)
}

/// A secret from its opened bytes. The copy has its exact size, so that no part of it stays
/// behind when it is made immovable.
pub(crate) fn text(plain: &[u8], what: &str) -> Result<Secret> {
    let text = std::str::from_utf8(plain).map_err(|_| broken(what, SealError::Refused))?;
    let mut owned = String::with_capacity(text.len());
    owned.push_str(text);
    Ok(Secret::new(owned))
}

/// What could not be sealed or opened.
pub(crate) fn broken(what: &str, error: SealError) -> BackendError {
    damage(format!("{what}: {error}"))
}

/// An error of the vault.
pub(crate) fn damage(detail: impl Into<String>) -> BackendError {
    BackendError::Vault { detail: detail.into() }
}
