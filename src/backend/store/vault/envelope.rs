//! The envelope: the data key, wrapped. SPEC E3.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `JBVE` |
//! | 1 | version of the envelope: 3; 1 and 2 are read, too |
//! | 1 | where the wrapping key comes from, see [`Source`] |
//! | 2 | length of that source's parameters, big-endian |
//! | … | its parameters: nothing for a key file, otherwise the cost and salt of Argon2id |
//! | 8 | id of the wrapping key: distinguishes a wrong key from damage |
//! | 8 | id of the data key; not in version 1 |
//! | 137 | data key, index key and key of issued keys, sealed (see `seal`) with everything above bound to them; 105 in version 2, which has one key for the last two, 73 in version 1, which has one for all |

use std::fmt;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::core::Result;
use super::datakeys::{Root, broken, damage, id};
use super::kdf::{self, Cost, Kdf};
use super::members::{self, Team};
use super::seal::{self, KeyBytes, Place};

const MAGIC: [u8; 4] = *b"JBVE";
const VERSION: u8 = 3;
/// Longest envelope that is read, in bytes.
pub(crate) const LONGEST: usize = 1024;

/// Where the wrapping key of a store comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A file that only its owner can read.
    File,
    /// A passphrase that somebody types.
    Passphrase,
    /// The output of a command.
    Command,
    /// The key pairs of the members of a team, see [`members`].
    Members,
}

impl Source {
    /// Every source of one key for all.
    pub const ALL: [Self; 3] = [Self::File, Self::Passphrase, Self::Command];

    /// As it is written on the command line and in JSON.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Passphrase => "passphrase",
            Self::Command => "command",
            Self::Members => "members",
        }
    }

    /// As an envelope and a head have it.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::File => 0,
            Self::Passphrase => 1,
            Self::Command => 2,
            Self::Members => 3,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "key file",
            Self::Passphrase => "passphrase",
            Self::Command => "key command",
            Self::Members => "member key",
        })
    }
}

/// A key that wraps, and where it came from.
pub(crate) struct Wrapping {
    /// Where it came from.
    pub(crate) source: Source,
    /// How it was derived; not for a key file.
    pub(crate) kdf: Option<Kdf>,
    /// The key.
    pub(crate) key: KeyBytes,
}

/// An envelope as its bytes show it; nothing is opened yet.
pub(crate) struct Envelope<'a> {
    /// Where the wrapping key comes from.
    pub(crate) source: Source,
    /// How it is derived; not for a key file.
    pub(crate) kdf: Option<Kdf>,
    /// Names the wrapping key.
    pub(crate) key_id: [u8; 8],
    /// Names the data key; `None` in version 1.
    pub(crate) data_id: Option<[u8; 8]>,
    /// The members, where each has the data key wrapped.
    pub(crate) team: Option<Team>,
    head: &'a [u8],
    sealed: &'a [u8],
}

/// Names a wrapping key without reporting anything about it.
pub(crate) fn key_id(key: &KeyBytes) -> [u8; 8] {
    id(b"jetbridge vault key id", key)
}

impl<'a> Envelope<'a> {
    /// Reads the bytes.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self> {
        let damaged = || damage("the wrapped data key is damaged");
        let newer = || {
            damage(
                "the data key is wrapped in a way that this jetbridge does not know: update jetbridge",
            )
        };
        if bytes.starts_with(&members::MAGIC) {
            let team = Team::read(bytes)?;
            let (source, data_id) = (Source::Members, team.data_id);
            let (key_id, data_id, team) = (data_id, Some(data_id), Some(team));
            return Ok(Self { source, kdf: None, key_id, data_id, team, head: &[], sealed: &[] });
        }
        let rest = bytes.strip_prefix(&MAGIC).ok_or_else(damaged)?;
        let (&[version, source, high, low], rest) =
            rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let source = Source::ALL.into_iter().find(|it| it.number() == source);
        let source = source.filter(|_| matches!(version, 1..=VERSION)).ok_or_else(newer)?;
        let (params, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let kdf = match source {
            Source::File if params.is_empty() => None,
            Source::File | Source::Members => return Err(damaged()),
            Source::Passphrase | Source::Command => {
                let sound = Kdf::parse(params);
                Some(sound.ok_or_else(|| {
                    damage("the envelope asks for a key derivation outside the limits")
                })?)
            }
        };
        let (key_id, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (data_id, sealed) = if version == 1 {
            (None, rest)
        } else {
            let (id, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
            (Some(*id), rest)
        };
        let head = bytes.get(..bytes.len() - sealed.len()).ok_or_else(damaged)?;
        Ok(Self { source, kdf, key_id: *key_id, data_id, team: None, head, sealed })
    }

    /// What a guess at its passphrase costs.
    pub(crate) fn cost(&self) -> Option<Cost> {
        self.kdf.map(|it| it.cost)
    }

    /// Opens it with a wrapping key that has the right id.
    pub(crate) fn open(&self, store: Uuid, key: &KeyBytes) -> Result<Root> {
        if self.team.is_some() {
            return Err(damage("it opens for the members of a team only"));
        }
        let place = Place::DataKey { store, header: self.head };
        let plain = seal::open(key, place, self.sealed).map_err(|e| broken("the data key", e))?;
        // Where there are fewer keys, the last one has the purposes of those that are not there.
        let (keys, _) = plain.as_chunks::<32>();
        let (data, index, issued) = match (self.data_id, plain.len(), keys) {
            (None, 32, [data]) => (data, data, data),
            (Some(_), 64, [data, index]) => (data, index, index),
            (Some(_), 96, [data, index, issued]) => (data, index, issued),
            _ => return Err(damage("the wrapped data key is damaged")),
        };
        let root = Root {
            data: KeyBytes::copy(data),
            index: KeyBytes::copy(index),
            issued: KeyBytes::copy(issued),
        };
        if self.data_id.is_some_and(|id| id != root.id()) {
            return Err(damage("the wrapped data key is damaged"));
        }
        Ok(root)
    }
}

/// Wraps a root for a store.
pub(crate) fn wrap(store: Uuid, wrapping: &Wrapping, root: &Root) -> Result<Vec<u8>> {
    let params = wrapping.kdf.map(|it| it.bytes().to_vec()).unwrap_or_default();
    debug_assert!(params.is_empty() || params.len() == kdf::LENGTH);
    let mut out = MAGIC.to_vec();
    out.extend([VERSION, wrapping.source.number()]);
    out.extend(u16::try_from(params.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(params);
    out.extend(key_id(&wrapping.key));
    out.extend(root.id());
    let mut plain = Zeroizing::new([0; 96]);
    let all = root.data.iter().chain(root.index.iter()).chain(root.issued.iter());
    plain.iter_mut().zip(all).for_each(|(to, it)| *to = *it);
    let place = Place::DataKey { store, header: &out };
    let sealed =
        seal::seal(&wrapping.key, place, &*plain).map_err(|e| broken("the data key", e))?;
    out.extend(sealed);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(source: Source) -> (KeyBytes, Vec<u8>) {
        let key = seal::random_key().unwrap();
        let kdf = (source != Source::File).then(|| Kdf::new(Cost::USUAL).unwrap());
        let wrapping = Wrapping { source, kdf, key: key.clone() };
        let root = Root::random().unwrap();
        (key, wrap(Uuid::from_u128(1), &wrapping, &root).unwrap())
    }

    fn opens(store: u128, key: &KeyBytes, bytes: &[u8]) -> bool {
        Envelope::read(bytes).and_then(|it| it.open(Uuid::from_u128(store), key)).is_ok()
    }

    /// Also with the right key in hand: cost, salt, source and ids are bound to what is wrapped.
    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let mut flipped = 0;
        for source in Source::ALL {
            let (key, bytes) = wrapped(source);
            assert!(bytes.len() < LONGEST && opens(1, &key, &bytes));
            assert!(!opens(2, &key, &bytes), "of another store");
            for bit in 0..bytes.len() * 8 {
                let mut altered = bytes.clone();
                altered[bit / 8] ^= 1 << (bit % 8);
                assert!(!opens(1, &key, &altered), "{source}, bit {bit}");
                flipped += 1;
            }
            for length in 0..bytes.len() {
                assert!(!opens(1, &key, &bytes[..length]), "{source}, length {length}");
            }
            assert!(!opens(1, &key, &[bytes.as_slice(), b"x"].concat()));
        }
        println!("{flipped} bits of envelopes of all sources flipped, all refused");
    }

    /// Written by the second version, with one key for fingerprints and issued keys.
    #[test]
    fn an_envelope_of_version_2_opens() {
        let key = seal::random_key().unwrap();
        let before = Root::random().unwrap();
        let mut bytes = MAGIC.to_vec();
        bytes.extend([2, 0, 0, 0]);
        bytes.extend(key_id(&key));
        bytes.extend(before.id());
        let place = Place::DataKey { store: Uuid::from_u128(1), header: &bytes };
        let plain = [before.data.as_slice(), before.index.as_slice()].concat();
        let sealed = seal::seal(&key, place, &plain).unwrap();
        bytes.extend(sealed);
        let root = Envelope::read(&bytes).unwrap().open(Uuid::from_u128(1), &key).unwrap();
        assert!(root == before, "the issued key is the index key");
    }

    /// Written by the first version, with one key for all purposes.
    #[test]
    fn an_envelope_of_version_1_opens() {
        let (key, data) = (seal::random_key().unwrap(), seal::random_key().unwrap());
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(key_id(&key));
        let place = Place::DataKey { store: Uuid::from_u128(1), header: &bytes };
        let sealed = seal::seal(&key, place, &*data).unwrap();
        bytes.extend(sealed);
        assert_eq!(bytes.len(), 16 + 73);
        let root = Envelope::read(&bytes).unwrap().open(Uuid::from_u128(1), &key).unwrap();
        assert_eq!((&root.data, &root.index), (&data, &data));
    }
}
