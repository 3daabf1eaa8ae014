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

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::backend::BackendError;
use crate::files::write::{self, Existing};
use crate::files::{FileError, Why, secret};

use super::super::core::Result;
use super::datakeys::DataKeys;
use super::envelope::{Envelope, Source};
use super::keyfile;
use super::members::{Known, MemberPrint};
use super::opener::Loaded;

const MAGIC: [u8; 5] = *b"JBHD\x01";
const BODY: usize = 5 + 16 + 4 + 8 + 8 + 1 + 32 + 32;
const LENGTH: usize = BODY + 32;
/// Folder of the copies, beside the key file.
const FOLDER: &str = "heads";

/// A head as its bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    store: Uuid,
    /// Counts the data keys of the store.
    pub(crate) epoch: u32,
    /// The last entry of the chain that it covers.
    pub(crate) seq: u64,
    data_id: [u8; 8],
    source: u8,
    envelope: [u8; 32],
    link: [u8; 32],
}

impl Head {
    /// The head in these bytes, not authenticated.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
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

    /// The bytes of a head for these keys and this envelope, over a chain that ends with this entry.
    pub(crate) fn made(
        keys: &DataKeys,
        envelope: &[u8],
        epoch: u32,
        (seq, link): (u64, [u8; 32]),
    ) -> Result<Vec<u8>> {
        let head = Self {
            store: keys.store(),
            epoch,
            seq,
            data_id: keys.root().id(),
            source: Envelope::read(envelope)?.source.number(),
            envelope: digest(envelope),
            link,
        };
        Ok(head.bytes(keys))
    }

    /// Whether it covers a chain and an envelope as they are.
    pub(crate) fn covers(&self, seq: u64, envelope: &[u8]) -> bool {
        self.seq == seq && self.envelope == digest(envelope)
    }

    /// Whether another is not older.
    const fn is_at_most(&self, other: &Self) -> bool {
        self.epoch < other.epoch || self.epoch == other.epoch && self.seq <= other.seq
    }

    /// Whether the vault opened in a way that nobody else can repeat without knowing something.
    fn is_typed(&self) -> bool {
        self.source != Source::File.number()
    }

    /// What people compare to see that they look at the same store: not authenticated.
    pub(crate) fn shown(&self) -> String {
        let link = keyfile::hex(self.link.get(..4).unwrap_or_default());
        format!("epoch {}, change {}, {}", self.epoch, self.seq, link.as_str())
    }

    /// Whether the vault opened for members.
    pub(crate) fn is_of_members(&self) -> bool {
        self.source == Source::Members.number()
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn untrusted(detail: impl Into<String>) -> BackendError {
    BackendError::Untrusted { detail: detail.into() }
}

/// Where the copy of a store's head lies.
#[derive(Debug, Clone)]
pub(crate) struct Outside(PathBuf);

impl Outside {
    /// Beside the key file, by the store's place.
    pub(crate) fn of(key_path: &Path, store: &Path) -> Self {
        let whole = std::path::absolute(store).unwrap_or_else(|_| store.to_owned());
        // The folder may be reached by several names, the store itself is no link.
        let folder = std::fs::canonicalize(write::folder_of(&whole));
        let whole = match (folder, whole.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => whole,
        };
        Self::at(key_path, whole.as_os_str().as_encoded_bytes())
    }

    /// Beside the key file, by the name of any place.
    pub(crate) fn at(key_path: &Path, place: &[u8]) -> Self {
        let name = digest(place);
        let name = keyfile::hex(name.get(..16).unwrap_or_default());
        Self(write::folder_of(key_path).join(FOLDER).join(name.as_str()))
    }

    /// The copy; `None`: this user has not used the store before.
    pub(crate) fn read(&self) -> Result<Option<Head>> {
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
    pub(crate) fn put(&self, bytes: &[u8]) {
        let newer = match (self.read(), Head::read(bytes)) {
            (Ok(Some(old)), Some(new)) => old.is_at_most(&new) || old.store != new.store,
            _ => true,
        };
        if newer {
            self.replace(bytes);
        }
    }

    /// Puts a head in place of the copy, whatever it is.
    pub(crate) fn replace(&self, bytes: &[u8]) {
        let written = write::folder(write::folder_of(&self.0))
            .and_then(|()| write::bytes(&self.0, Existing::Replace, bytes));
        if let Err(error) = written {
            tracing::warn!(%error, "the copy of the head cannot be written");
        }
    }

    fn members(&self) -> PathBuf {
        self.0.with_extension("members")
    }

    /// The members whom this machine knows.
    pub(crate) fn known(&self) -> Result<Known> {
        let bytes = match secret::bytes(&self.members(), 64 << 10) {
            Ok(bytes) => bytes,
            Err(FileError { why: Why::Missing, .. }) => return Ok(Known::default()),
            Err(error) => return Err(error.into()),
        };
        let altered = || untrusted("the list of the members whom this machine knows was altered");
        let text = std::str::from_utf8(&bytes).map_err(|_| altered())?;
        let line = |line: &str| {
            let (print, name) = line.split_once(' ').unwrap_or((line, ""));
            MemberPrint::parse(print).map(|it| (it, name.to_owned())).ok_or_else(altered)
        };
        Ok(Known { all: text.lines().map(line).collect::<Result<_>>()? })
    }

    /// Keeps the members whom this machine knows from now on; none: it knows nobody.
    pub(crate) fn keep_known(&self, known: &Known) -> Result<()> {
        if known.all.is_empty() {
            let _ = std::fs::remove_file(self.members());
            return Ok(());
        }
        if self.known().is_ok_and(|it| it == *known) {
            return Ok(());
        }
        let name = |it: &str| it.chars().filter(|it| !it.is_control()).collect::<String>();
        let lines: String =
            known.all.iter().map(|it| format!("{} {}\n", it.0, name(&it.1))).collect();
        write::folder(write::folder_of(&self.0))?;
        Ok(write::bytes(&self.members(), Existing::Replace, lines.as_bytes())?)
    }

    /// Forgets the copy.
    pub(crate) fn forget(&self) {
        // There may be none.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Compares what an opened vault is with what the head and its copy say. `false`: the store was made
/// before there were heads.
pub(crate) fn check(
    loaded: &Loaded,
    keys: &DataKeys,
    envelope: &[u8],
    known: Option<Head>,
) -> Result<bool> {
    let Some(bytes) = &loaded.head else {
        return match known {
            None => Ok(false),
            Some(_) => Err(untrusted("the store is older than it was, or its head is gone")),
        };
    };
    let head = Head::read(bytes).filter(|it| it.bytes(keys) == *bytes);
    let head = head.ok_or_else(|| untrusted("the head of the store was altered"))?;
    if head.store != keys.store() || head.data_id != keys.root().id() {
        return Err(untrusted("the data key was exchanged"));
    }
    if head.envelope != digest(envelope) {
        return Err(untrusted("what opens the vault was exchanged for something older"));
    }
    if let Some(team) = Envelope::read(envelope)?.team
        && team.epoch != head.epoch
    {
        return Err(untrusted(format!(
            "the data key is of epoch {}, and the store of epoch {}: what a removal replaced came back",
            team.epoch, head.epoch
        )));
    }
    if loaded.link != Some(head.link) {
        return Err(untrusted("the history was shortened or written over"));
    }
    not_older(&head, known).map(|()| true)
}

/// Compares a head with the copy.
fn not_older(head: &Head, known: Option<Head>) -> Result<()> {
    match known {
        Some(known) if known.store != head.store => Err(untrusted("another store is in its place")),
        Some(known) if known.epoch > head.epoch => Err(untrusted(format!(
            "its data key is of epoch {}, and this machine knows epoch {}: an older one came back",
            head.epoch, known.epoch
        ))),
        Some(known) if !known.is_at_most(head) => {
            Err(untrusted("the store is older than it was when it was last used"))
        }
        Some(_) | None => Ok(()),
    }
}

/// What the copy says against a store whose vault is not opened: less than [`check`] finds.
pub(crate) fn check_closed(store: Uuid, loaded: &Loaded, known: Option<Head>) -> Result<()> {
    let Some(envelope) = &loaded.envelope else { return may_make(store, known) };
    match loaded.head.as_deref().map(Head::read) {
        None if known.is_none() => Ok(()),
        None => Err(untrusted("the store is older than it was, or its head is gone")),
        Some(None) => Err(untrusted("the head of the store was altered")),
        Some(Some(head)) if head.envelope != digest(envelope) => {
            Err(untrusted("what opens the vault was exchanged for something older"))
        }
        Some(Some(head)) => not_older(&head, known),
    }
}

/// Refuses a new data key where there was a vault that somebody had to open: its rows were deleted,
/// not its reason.
pub(crate) fn may_make(store: Uuid, known: Option<Head>) -> Result<()> {
    match known {
        Some(known) if known.store == store || known.is_typed() => {
            Err(untrusted("the vault of the store is gone, or an older store is in its place"))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::datakeys::Root;
    use super::*;

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
