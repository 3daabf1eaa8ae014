//! Sealing: XChaCha20-Poly1305 with the place of a text bound to it. SPEC E3; RELIABILITY §4.
//!
//! A sealed text is `1` (version of this form), 24 bytes nonce, ciphertext, 16 bytes tag. The
//! nonce is random: with 192 bits no two of a key's texts ever share one. What [`Place`] holds is
//! authenticated with the text, so a sealed text moved to another record, field, version or store
//! does not open.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use uuid::Uuid;
use zeroize::Zeroizing;

pub(crate) use super::locked::KeyBytes;

/// Versions of the form, the first byte of every sealed text. Secrets of form 2 are bound to where
/// they go.
const FORM: u8 = 1;
const BOUND: u8 = 2;
const NONCE: usize = 24;
/// How much longer a sealed text is: form, nonce and tag.
pub(crate) const OVERHEAD: usize = 1 + NONCE + 16;

/// Where a sealed text belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// A secret of a connection.
    Secret {
        /// The store, and what names its data key: a rotation begins a new epoch.
        of: Owner,
        /// The connection.
        connection: Uuid,
        /// Path of the field.
        field: &'a str,
        /// Revision of the connection that sealed it.
        version: u32,
        /// SHA-256 of where it goes.
        destination: &'a [u8; 32],
    },
    /// A secret of a connection that was sealed before secrets were bound to where they go.
    OldSecret {
        /// The store.
        store: Uuid,
        /// The connection.
        connection: Uuid,
        /// Path of the field.
        field: &'a str,
        /// Revision of the connection that sealed it.
        version: u32,
    },
    /// A draft as a whole.
    Draft {
        /// The store.
        store: Uuid,
        /// Identity of the draft.
        id: &'a str,
        /// When it was kept, microseconds since 1970.
        saved_at: i64,
    },
    /// The credential of a context.
    Context {
        /// The store and its epoch.
        of: Owner,
        /// Name of the context.
        name: &'a str,
        /// Counts the credentials that the context had.
        revision: u32,
        /// SHA-256 of where it goes.
        destination: &'a [u8; 32],
    },
    /// The credential of a context, sealed before it was bound to where it goes.
    OldContext {
        /// The store.
        store: Uuid,
        /// Name of the context.
        name: &'a str,
    },
    /// The data key of a store.
    DataKey {
        /// The store.
        store: Uuid,
        /// Header of the envelope.
        header: &'a [u8],
    },
    /// A piece of a backup.
    Piece {
        /// SHA-256 of the backup's header.
        header: [u8; 32],
        /// Number of the piece, from 0.
        number: u64,
        /// Whether it is the last.
        last: bool,
    },
}

/// The store that a sealed text is of, and what names its data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) store: Uuid,
    pub(crate) epoch: [u8; 8],
}

impl Owner {
    fn bytes(self, out: &mut Vec<u8>) {
        out.extend(self.store.as_bytes());
        out.extend(self.epoch);
    }
}

impl Place<'_> {
    /// The form of a text in this place.
    const fn form(&self) -> u8 {
        match self {
            Self::Secret { .. } | Self::Context { .. } => BOUND,
            Self::OldSecret { .. }
            | Self::OldContext { .. }
            | Self::Draft { .. }
            | Self::DataKey { .. }
            | Self::Piece { .. } => FORM,
        }
    }

    /// One byte string per place: every part has a fixed length or its length in front, so two
    /// places never give the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut out = b"jetbridge sealed ".to_vec();
        out.push(self.form());
        let text = |out: &mut Vec<u8>, bytes: &[u8]| {
            out.extend(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            out.extend(bytes);
        };
        match self {
            Self::Secret { of, connection, field, version, destination } => {
                out.push(b'S');
                of.bytes(&mut out);
                out.extend(connection.as_bytes());
                out.extend(version.to_be_bytes());
                out.extend(*destination);
                text(&mut out, field.as_bytes());
            }
            Self::OldSecret { store, connection, field, version } => {
                out.push(b'S');
                out.extend(store.as_bytes());
                out.extend(connection.as_bytes());
                out.extend(version.to_be_bytes());
                text(&mut out, field.as_bytes());
            }
            Self::Draft { store, id, saved_at } => {
                out.push(b'D');
                out.extend(store.as_bytes());
                out.extend(saved_at.to_be_bytes());
                text(&mut out, id.as_bytes());
            }
            Self::Context { of, name, revision, destination } => {
                out.push(b'C');
                of.bytes(&mut out);
                out.extend(revision.to_be_bytes());
                out.extend(*destination);
                text(&mut out, name.as_bytes());
            }
            Self::OldContext { store, name } => {
                out.push(b'C');
                out.extend(store.as_bytes());
                text(&mut out, name.as_bytes());
            }
            Self::DataKey { store, header } => {
                out.push(b'K');
                out.extend(store.as_bytes());
                text(&mut out, header);
            }
            Self::Piece { header, number, last } => {
                out.push(b'B');
                out.extend(header);
                out.extend(number.to_be_bytes());
                out.push(u8::from(*last));
            }
        }
        out
    }
}

/// Why a text could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Entropy,
    /// Sealed in a form that this program does not know.
    #[error("it is sealed in form {0}, this jetbridge knows forms up to {BOUND}: update jetbridge")]
    Form(u8),
    /// Cut, altered, moved here from another place, or sealed with another key.
    #[error("it was altered, cut or moved here from another place")]
    Refused,
}

/// Fills an array with random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SealError::Entropy)?;
    Ok(bytes)
}

/// A random key, filled in place: no copy of it stays on the stack.
pub(crate) fn random_key() -> Result<KeyBytes, SealError> {
    let mut key = KeyBytes::empty();
    getrandom::fill(&mut *key).map_err(|_| SealError::Entropy)?;
    Ok(key)
}

/// Seals a text for its place.
pub(crate) fn seal(key: &KeyBytes, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE] = random()?;
    let sealed = XChaCha20Poly1305::new((&**key).into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &place.bytes() })
        .map_err(|_| SealError::Refused)?;
    let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
    out.push(place.form());
    out.extend(nonce);
    out.extend(sealed);
    Ok(out)
}

/// Opens a sealed text that belongs to this place; the text is wiped when dropped.
pub(crate) fn open(
    key: &KeyBytes,
    place: Place<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (form, rest) = sealed.split_first().ok_or(SealError::Refused)?;
    if *form > BOUND {
        return Err(SealError::Form(*form));
    }
    if *form != place.form() {
        return Err(SealError::Refused);
    }
    let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(SealError::Refused)?;
    XChaCha20Poly1305::new((&**key).into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: &place.bytes() })
        .map(Zeroizing::new)
        .map_err(|_| SealError::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Owner = Owner { store: Uuid::from_u128(1), epoch: [4; 8] };
    const HERE: [u8; 32] = [3; 32];

    fn secret(field: &str, version: u32) -> Place<'_> {
        let (connection, destination) = (Uuid::from_u128(2), &HERE);
        Place::Secret { of: OF, connection, field, version, destination }
    }

    fn key(fill: u8) -> KeyBytes {
        KeyBytes::copy(&[fill; 32])
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealed = seal(&key(1), secret("client_secret", 1), b"not-a-real-secret").unwrap();
        let opened = open(&key(1), secret("client_secret", 1), &sealed).unwrap();
        assert_eq!(&**opened, b"not-a-real-secret");
        let (field, version) = ("client_secret", 1);
        let (store, connection) = (OF.store, Uuid::from_u128(2));
        let other = Owner { store: Uuid::from_u128(9), ..OF };
        let epoch = Owner { epoch: [5; 8], ..OF };
        let of = |of, connection, destination| Place::Secret {
            of,
            connection,
            field,
            version,
            destination,
        };
        let elsewhere = [
            secret("client_secret", 2),
            secret("domain_password", 1),
            of(OF, Uuid::from_u128(3), &HERE),
            of(other, connection, &HERE),
            of(epoch, connection, &HERE),
            of(OF, connection, &[4; 32]),
            Place::OldSecret { store, connection, field, version },
            Place::Draft { store, id: "client_secret", saved_at: 1 },
            Place::Context { of: OF, name: "client_secret", revision: 1, destination: &HERE },
            Place::OldContext { store, name: "client_secret" },
        ];
        for place in elsewhere {
            assert_eq!(open(&key(1), place, &sealed).unwrap_err(), SealError::Refused);
        }
        let wrong = open(&key(2), secret("client_secret", 1), &sealed);
        assert_eq!(wrong.unwrap_err(), SealError::Refused);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let sealed = seal(&key(1), secret("client_secret", 1), b"not-a-real-secret").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key(1), secret("client_secret", 1), &altered).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(open(&key(1), secret("client_secret", 1), &sealed[..length]).is_err());
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let of = || seal(&key(1), secret("a", 1), b"x").unwrap();
        assert_ne!(of(), of());
    }
}
