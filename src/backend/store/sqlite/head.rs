//! The head of a store: a short record that whoever lacks the data key cannot make. It says which
//! data key, which envelope and how much of the history belong together.
//!
//! A copy lies outside the store, beside the key file. So an older store, an exchanged envelope, a
//! vault that is gone and a shortened history are noticed wherever this user has used the store
//! before. What notices it is an error with a way out ([`accept`]), never a new key.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `JBHD` |
//! | 1 | version: 1 |
//! | 16 | the store |
//! | 4 | epoch: counts its data keys |
//! | 8 | sequence: the last entry of the chain |
//! | 8 | names the data key |
//! | 1 | where the wrapping key comes from |
//! | 32 | SHA-256 of the envelope |
//! | 32 | link of that entry |
//! | 32 | HMAC of everything above |

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::backend::BackendError;
use crate::files::write::{self, Existing};
use crate::files::{FileError, Why, secret};

use super::super::vault::datakeys::DataKeys;
use super::super::vault::envelope::{Envelope, Source};
use super::super::vault::keyfile;
use super::chain;
use super::db::Context;
use super::failure::{Failure, Result};
use super::{opener, rekey};
use crate::backend::store::core::chain::{Kind, Mark, START};

const MAGIC: [u8; 5] = *b"JBHD\x01";
const BODY: usize = 5 + 16 + 4 + 8 + 8 + 1 + 32 + 32;
const LENGTH: usize = BODY + 32;
/// Folder of the copies, beside the key file.
const FOLDER: &str = "heads";

/// What the step of the schema adds: the head, the chain, and what sealed texts are bound to.
pub(super) const SCHEMA: &str = "
-- Authenticated with the data key; no row until the first secret (see head.rs).
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes BLOB NOT NULL
) STRICT;

-- What was done, each entry linked to the one before (see chain.rs).
CREATE TABLE chain (
    seq INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    subject BLOB NOT NULL,
    revision INTEGER NOT NULL,
    content BLOB NOT NULL,
    secrets BLOB NOT NULL,
    note TEXT NOT NULL,
    link BLOB NOT NULL
) STRICT;
CREATE INDEX chain_by_subject ON chain (subject, seq);

-- SHA-256 of where a secret goes; NULL: sealed before that was bound to it.
ALTER TABLE secrets ADD COLUMN destination BLOB;
ALTER TABLE context_secrets ADD COLUMN destination BLOB;
ALTER TABLE context_secrets ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
";

/// A head as its bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    store: Uuid,
    /// Counts the data keys of the store.
    pub(super) epoch: u32,
    /// The last entry of the chain that it covers.
    pub(super) seq: u64,
    data_id: [u8; 8],
    source: u8,
    envelope: [u8; 32],
    link: [u8; 32],
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MAGIC).filter(|_| bytes.len() == LENGTH)?;
        let (store, rest) = rest.split_first_chunk::<16>()?;
        let (epoch, rest) = rest.split_first_chunk::<4>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let (data_id, rest) = rest.split_first_chunk::<8>()?;
        let (source, rest) = rest.split_first()?;
        let (envelope, rest) = rest.split_first_chunk::<32>()?;
        let (link, _) = rest.split_first_chunk::<32>()?;
        Some(Self {
            store: Uuid::from_bytes(*store),
            epoch: u32::from_be_bytes(*epoch),
            seq: u64::from_be_bytes(*seq),
            data_id: *data_id,
            source: *source,
            envelope: *envelope,
            link: *link,
        })
    }

    fn bytes(&self, keys: &DataKeys) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(self.store.as_bytes());
        out.extend(self.epoch.to_be_bytes());
        out.extend(self.seq.to_be_bytes());
        out.extend(self.data_id);
        out.push(self.source);
        out.extend(self.envelope);
        out.extend(self.link);
        out.extend(keys.head_mac(&out));
        out
    }

    /// Whether another is not older.
    const fn is_at_most(&self, other: &Self) -> bool {
        self.epoch < other.epoch || self.epoch == other.epoch && self.seq <= other.seq
    }

    /// Whether the vault opened in a way that nobody else can repeat without knowing something.
    fn is_typed(&self) -> bool {
        self.source != Source::File.number()
    }
}

/// The row of the head.
pub(super) fn row(conn: &Connection) -> Result<Option<Vec<u8>>> {
    let found = conn.prepare_cached("SELECT bytes FROM head")?.query_row([], |row| row.get(0));
    Ok(found.optional()?)
}

/// The head of the store, not authenticated: for whoever cannot open the vault.
pub(super) fn seen(conn: &Connection) -> Result<Option<Head>> {
    Ok(row(conn)?.as_deref().and_then(Head::read))
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn untrusted(detail: impl Into<String>) -> Failure {
    BackendError::Untrusted { detail: detail.into() }.into()
}

/// Where the copy of a store's head lies.
#[derive(Debug, Clone)]
pub(super) struct Outside(PathBuf);

impl Outside {
    /// Beside the key file, by the store's place.
    pub(super) fn of(key_path: &Path, store: &Path) -> Self {
        let whole = std::path::absolute(store).unwrap_or_else(|_| store.to_owned());
        // The folder may be reached by several names, the store itself is no link.
        let folder = std::fs::canonicalize(write::folder_of(&whole));
        let whole = match (folder, whole.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => whole,
        };
        let name = digest(whole.as_os_str().as_encoded_bytes());
        let name = keyfile::hex(name.get(..16).unwrap_or_default());
        Self(write::folder_of(key_path).join(FOLDER).join(name.as_str()))
    }

    /// The copy; `None`: this user has not used the store before.
    pub(super) fn read(&self) -> std::result::Result<Option<Head>, BackendError> {
        match secret::bytes(&self.0, 1_024) {
            Ok(bytes) => match Head::read(&bytes) {
                Some(head) => Ok(Some(head)),
                None => {
                    let detail = "the copy of the store's head was altered".to_owned();
                    Err(BackendError::Untrusted { detail })
                }
            },
            Err(FileError { why: Why::Missing, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts a newer head in place of the copy. Failing leaves the older one, which the store is
    /// newer than: nothing is lost by it but that much of the guard.
    pub(super) fn put(&self, bytes: &[u8]) {
        let newer = match (self.read(), Head::read(bytes)) {
            (Ok(Some(old)), Some(new)) => old.is_at_most(&new) || old.store != new.store,
            _ => true,
        };
        if newer {
            self.replace(bytes);
        }
    }

    /// Puts a head in place of the copy, whatever it is.
    pub(super) fn replace(&self, bytes: &[u8]) {
        let written = write::folder(write::folder_of(&self.0))
            .and_then(|()| write::bytes(&self.0, Existing::Replace, bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "the copy of the head cannot be written");
        }
    }

    /// Forgets the copy.
    pub(super) fn forget(&self) {
        // There may be none.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Compares what an opened vault is with what the head and its copy say. `false`: the store was made
/// before there were heads.
pub(super) fn check(
    conn: &Connection,
    keys: &DataKeys,
    envelope: &[u8],
    known: Option<Head>,
) -> Result<bool> {
    let Some(bytes) = row(conn)? else {
        return match known {
            None => Ok(false),
            Some(_) => Err(untrusted("the store is older than it was, or its head is gone")),
        };
    };
    let head = Head::read(&bytes).filter(|it| it.bytes(keys) == bytes);
    let head = head.ok_or_else(|| untrusted("the head of the store was altered"))?;
    if head.store != keys.store() || head.data_id != keys.root().id() {
        return Err(untrusted("the data key was exchanged"));
    }
    if head.envelope != digest(envelope) {
        return Err(untrusted("what opens the vault was exchanged for something older"));
    }
    if chain::link_at(conn, head.seq)? != Some(head.link) {
        return Err(untrusted("the history was shortened or written over"));
    }
    match known {
        Some(known) if known.store != head.store => {
            Err(untrusted("another store lies in its place"))
        }
        Some(known) if !known.is_at_most(&head) => {
            Err(untrusted("the store is older than it was when it was last used"))
        }
        Some(_) | None => Ok(true),
    }
}

/// Refuses a new data key where there was a vault that somebody had to open: its rows were deleted,
/// not its reason.
pub(super) fn may_make(store: Uuid, known: Option<Head>) -> Result<()> {
    match known {
        Some(known) if known.store == store || known.is_typed() => {
            Err(untrusted("the vault of the store is gone, or an older store lies in its place"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Writes the head for these keys over everything that the chain has; the caller hands the bytes to
/// the copy once they are committed.
pub(super) fn write(
    tx: &Transaction<'_>,
    keys: &DataKeys,
    envelope: &[u8],
    epoch: u32,
) -> Result<Vec<u8>> {
    let (seq, link) = chain::last(tx)?.unwrap_or((0, START));
    let head = Head {
        store: keys.store(),
        epoch,
        seq,
        data_id: keys.root().id(),
        source: Envelope::read(envelope)?.source.number(),
        envelope: digest(envelope),
        link,
    };
    let bytes = head.bytes(keys);
    tx.execute(
        "INSERT INTO head (one, bytes) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET bytes = ?1",
        [&bytes],
    )?;
    fault!("head.row");
    Ok(bytes)
}

/// Brings the head up to what a transaction did, where the vault is open or opens by itself. A store
/// of before is upgraded: what is sealed gets bound.
pub(super) fn settle(tx: &Transaction<'_>, context: &mut Context) -> Result<()> {
    let Some(envelope) = opener::row(tx)? else { return Ok(()) };
    let before = seen(tx)?;
    let last = chain::last(tx)?.map_or(0, |it| it.0);
    if before.is_some_and(|it| it.seq == last && it.envelope == digest(&envelope)) {
        return Ok(());
    }
    // Whatever is in the way of that is an error of whoever needs a secret, not of this change.
    let Some(keys) = context.vault.at_hand(tx, &envelope) else { return Ok(()) };
    let epoch = before.map_or(1, |it| it.epoch);
    if before.is_none() {
        rekey::bind(tx, keys)?;
        chain::append(tx, &Mark::of(Kind::Vault, keys.store().as_bytes()))?;
        fault!("head.bound");
    }
    let bytes = write(tx, keys, &envelope, epoch)?;
    context.vault.wrote(bytes);
    Ok(())
}

/// Takes the store as it is for the right one, and says why in the chain.
pub(super) fn accept(tx: &Transaction<'_>, context: &mut Context, reason: &str) -> Result<()> {
    // A copy that cannot be read is replaced, too.
    let known = context.vault.known().unwrap_or_default();
    let by = context.actor.clone();
    chain::append(
        tx,
        &Mark { note: &format!("{by}: {reason}"), ..Mark::of(Kind::Accepted, b"accepted") },
    )?;
    let Some(envelope) = opener::row(tx)? else {
        tx.execute("DELETE FROM head", [])?;
        context.vault.forget_outside();
        return Ok(());
    };
    let before = seen(tx)?;
    let epoch = before.iter().chain(&known).map(|it| it.epoch).max().unwrap_or(0);
    let keys = context.vault.unchecked(&envelope)?;
    if before.is_none() {
        rekey::bind(tx, keys)?;
    }
    let bytes = write(tx, keys, &envelope, epoch.saturating_add(1))?;
    context.vault.accepted(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::store::vault::datakeys::Root;

    #[test]
    fn every_flipped_bit_of_a_head_is_refused() {
        let keys = DataKeys::derive(Uuid::from_u128(1), Root::random().unwrap());
        let head = Head {
            store: keys.store(),
            epoch: 3,
            seq: 70_000,
            data_id: keys.root().id(),
            source: 1,
            envelope: [5; 32],
            link: [6; 32],
        };
        let bytes = head.bytes(&keys);
        assert_eq!(Head::read(&bytes), Some(head));
        let good = |bytes: &[u8]| Head::read(bytes).is_some_and(|it| it.bytes(&keys) == bytes);
        assert!(good(&bytes));
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(!good(&altered), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(!good(&bytes[..length]));
        }
    }
}
