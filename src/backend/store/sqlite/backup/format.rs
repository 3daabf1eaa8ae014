//! The file of a backup.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `JBBK` |
//! | 1 | version, 1 |
//! | 16 | the store's id |
//! | 8 | when it was made, microseconds since 1970 |
//! | 16 | random, so that no two headers are equal |
//! | 2 | length of the envelope |
//! | … | the envelope that wraps the data key, see `store::envelope` |
//! | … | the database in pieces of 65,536 bytes, each sealed; the last one may be shorter |
//!
//! Every piece is bound to the header, to its number and to whether it is the last. So a file that
//! was cut, extended, reordered or mixed from two backups does not open.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

#[cfg(test)]
use crate::backend::BackendError;
use crate::backend::store::vault::envelope;
use crate::backend::store::vault::seal::{self, KeyBytes, Place, SealError};
#[cfg(test)]
use crate::testing::fault::Injected;

const MAGIC: [u8; 4] = *b"JBBK";
const VERSION: u8 = 1;
/// Bytes of the database in a piece.
pub(super) const PIECE: usize = 65_536;
/// What stands before the envelope.
const FIXED: usize = 4 + 1 + 16 + 8 + 16 + 2;

/// What stands in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The store.
    pub(super) store: Uuid,
    /// When it was made, microseconds since 1970.
    pub(super) made_at: i64,
    /// The envelope.
    pub(super) envelope: Vec<u8>,
    random: [u8; 16],
}

impl Header {
    pub(super) fn new(store: Uuid, made_at: i64, envelope: Vec<u8>) -> Result<Self, SealError> {
        Ok(Self { store, made_at, envelope, random: seal::random()? })
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.extend(self.store.as_bytes());
        out.extend(self.made_at.to_be_bytes());
        out.extend(self.random);
        out.extend(u16::try_from(self.envelope.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(&self.envelope);
        out
    }

    fn digest(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(&Sha256::digest(self.bytes()));
        out
    }

    /// Reads the header from the beginning of a file.
    pub(super) fn read(from: &mut impl Read) -> Result<Self, Refusal> {
        let mut fixed = [0; FIXED];
        let filled = fill(from, &mut fixed)?;
        let head = fixed.get(..filled).unwrap_or_default();
        let rest = head.strip_prefix(&MAGIC).ok_or(Refusal::NotABackup)?;
        let (version, rest) = rest.split_first().ok_or(Refusal::Altered)?;
        if *version != VERSION {
            return Err(Refusal::Newer(*version));
        }
        let mut parts = Parts(rest);
        let store = Uuid::from_bytes(parts.take()?);
        let made_at = i64::from_be_bytes(parts.take()?);
        let random = parts.take()?;
        let length = usize::from(u16::from_be_bytes(parts.take()?));
        if length > envelope::LONGEST {
            return Err(Refusal::Altered);
        }
        let mut envelope = vec![0; length];
        if fill(from, &mut envelope)? < length {
            return Err(Refusal::Altered);
        }
        Ok(Self { store, made_at, envelope, random })
    }
}

struct Parts<'a>(&'a [u8]);

impl Parts<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (part, rest) = self.0.split_first_chunk().ok_or(Refusal::Altered)?;
        self.0 = rest;
        Ok(*part)
    }
}

/// Why a file is not read.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Something else than a backup of ours.
    NotABackup,
    /// Made by a newer version.
    Newer(u8),
    /// Cut, altered, or not opened by this key.
    Altered,
    /// The system.
    Io(io::Error),
    /// Injected by a test.
    #[cfg(test)]
    Backend(BackendError),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(test)]
impl From<Injected> for Refusal {
    fn from(at: Injected) -> Self {
        Self::Backend(at.into())
    }
}

/// Reads until the buffer is full or the end is reached.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|it| !it.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Writes header and sealed pieces; gives the length of the database.
pub(super) fn seal_all(
    header: &Header,
    key: &KeyBytes,
    from: &mut impl Read,
    to: &mut impl Write,
) -> Result<u64, Refusal> {
    to.write_all(&header.bytes())?;
    fault!("backup.header");
    let digest = header.digest();
    let (mut piece, mut next) = (Zeroizing::new(vec![0; PIECE]), Zeroizing::new(vec![0; PIECE]));
    let mut length = fill(from, &mut piece)?;
    let mut total = 0;
    for number in 0.. {
        // Only with the next piece in hand is it known whether this one is the last.
        let following = if length < PIECE { 0 } else { fill(from, &mut next)? };
        let place = Place::Piece { header: digest, number, last: following == 0 };
        let plain = piece.get(..length).unwrap_or_default();
        let sealed = seal::seal(key, place, plain).map_err(|_| io::Error::other("no random"))?;
        to.write_all(&sealed)?;
        fault!("backup.chunk");
        total += u64::try_from(length).unwrap_or(0);
        if following == 0 {
            break;
        }
        std::mem::swap(&mut piece, &mut next);
        length = following;
    }
    Ok(total)
}

/// Opens every piece and writes the database; gives its length. What was written is worth nothing
/// when this fails.
pub(super) fn open_all(
    header: &Header,
    key: &KeyBytes,
    from: &mut impl Read,
    to: &mut impl Write,
) -> Result<u64, Refusal> {
    let digest = header.digest();
    let full = PIECE + seal::OVERHEAD;
    let (mut piece, mut next) = (vec![0; full], vec![0; full]);
    let mut length = fill(from, &mut piece)?;
    let mut total = 0;
    for number in 0.. {
        let following = if length < full { 0 } else { fill(from, &mut next)? };
        let place = Place::Piece { header: digest, number, last: following == 0 };
        let sealed = piece.get(..length).unwrap_or_default();
        let plain = seal::open(key, place, sealed).map_err(|_| Refusal::Altered)?;
        to.write_all(&plain)?;
        fault!("restore.chunk");
        total += u64::try_from(plain.len()).unwrap_or(0);
        if following == 0 {
            break;
        }
        std::mem::swap(&mut piece, &mut next);
        length = following;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> KeyBytes {
        KeyBytes::copy(&[7; 32])
    }

    fn header() -> Header {
        Header::new(Uuid::from_u128(1), 5, b"an envelope".to_vec()).unwrap()
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let reported = seal_all(&header(), &key(), &mut &*plain, &mut out).unwrap();
        assert_eq!(reported, plain.len() as u64);
        out
    }

    fn opened(mut bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let header = Header::read(&mut bytes)?;
        let mut out = Vec::new();
        open_all(&header, &key(), &mut bytes, &mut out).map(|_| out)
    }

    fn plain(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn every_length_comes_back() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17] {
            assert_eq!(opened(&sealed(&plain(length))).unwrap(), plain(length), "{length}");
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let bytes = sealed(&plain(300));
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(opened(&altered).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(opened(&bytes[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn pieces_are_neither_dropped_swapped_repeated_nor_added() {
        let (bytes, other) = (sealed(&plain(3 * PIECE + 9)), sealed(&plain(3 * PIECE + 9)));
        let full = PIECE + seal::OVERHEAD;
        let start = FIXED + b"an envelope".len();
        let (head, body) = bytes.split_at(start);
        let pieces: Vec<&[u8]> = body.chunks(full).collect();
        let of = |order: &[usize]| {
            let parts = order.iter().map(|at| pieces[*at]);
            std::iter::once(head).chain(parts).collect::<Vec<_>>().concat()
        };
        assert!(opened(&of(&[0, 1, 2, 3])).is_ok());
        for order in [
            &[0, 1, 2][..],
            &[0, 1],
            &[0],
            &[],
            &[1, 0, 2, 3],
            &[0, 2, 1, 3],
            &[0, 1, 1, 2, 3],
            &[0, 1, 2, 3, 3],
            &[0, 1, 3],
            &[3],
        ] {
            assert!(opened(&of(order)).is_err(), "{order:?}");
        }
        let foreign: Vec<&[u8]> = other[start..].chunks(full).collect();
        let mixed = [head, pieces[0], foreign[1], pieces[2], pieces[3]].concat();
        assert!(opened(&mixed).is_err(), "a piece of another backup by the same key");
        let whole = [head, &other[start..]].concat();
        assert!(opened(&whole).is_err(), "all pieces of another backup");
        assert!(opened(&[bytes.as_slice(), b"x"].concat()).is_err(), "something behind the end");
    }

    #[test]
    fn what_is_no_backup_is_distinguished() {
        assert!(matches!(opened(b""), Err(Refusal::NotABackup)));
        assert!(matches!(opened(b"SQLite format 3"), Err(Refusal::NotABackup)));
        let mut newer = sealed(b"x");
        newer[4] = 2;
        assert!(matches!(opened(&newer), Err(Refusal::Newer(2))));
        let mut huge = sealed(b"x");
        huge[FIXED - 2] = 0xff;
        assert!(matches!(opened(&huge), Err(Refusal::Altered)));
    }
}
