//! The few structures of DER by which certificates and keys are distinguished. RFC 5280, 5958, 8017.

/// What a DER text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Der {
    /// A certificate.
    Certificate,
    /// A private key in PKCS #8; `true`: RSA.
    Pkcs8(bool),
    /// A private RSA key in PKCS #1.
    Pkcs1,
    /// A private key of an elliptic curve.
    Elliptic,
    /// A private key in PKCS #8 with a passphrase.
    Encrypted,
    /// A PFX (PKCS #12): certificates and keys with a passphrase.
    Pfx,
    /// Certificates without keys in PKCS #7.
    Pkcs7,
    /// A request for a certificate.
    Request,
    /// A public key alone.
    PublicKey,
}

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// rsaEncryption, 1.2.840.113549.1.1.1.
const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// signedData, 1.2.840.113549.1.7.2.
const SIGNED: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// Tag, content and what follows of one element.
pub fn tlv(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (bytes, rest) = rest.split_at_checked(count)?;
        (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The first element without what follows it.
pub fn first(der: &[u8]) -> Option<&[u8]> {
    let (_, _, rest) = tlv(der)?;
    der.get(..der.len() - rest.len())
}

/// What these bytes are; `None`: none of what is known here.
pub fn kind(der: &[u8]) -> Option<Der> {
    // Some programs write a PFX with lengths that are not known in advance.
    if let [SEQUENCE, head @ ..] = der
        && memchr::memmem::find(head.get(..8)?, &[INTEGER, 1, 3, SEQUENCE]).is_some()
    {
        return Some(Der::Pfx);
    }
    let (SEQUENCE, content, _) = tlv(der)? else { return None };
    let mut tags = Vec::new();
    let mut parts = Vec::new();
    let mut rest = content;
    while let Some((tag, part, after)) = tlv(rest).filter(|_| tags.len() < 12) {
        tags.push(tag);
        parts.push(part);
        rest = after;
    }
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    match tags.as_slice() {
        [INTEGER, SEQUENCE, OCTETS, ..] => Some(Der::Pkcs8(is(part(1), &RSA))),
        [INTEGER, OCTETS, ..] => Some(Der::Elliptic),
        [INTEGER, INTEGER] | [SEQUENCE, BITS] => Some(Der::PublicKey),
        [INTEGER, INTEGER, INTEGER, ..] => Some(Der::Pkcs1),
        [SEQUENCE, OCTETS] => Some(Der::Encrypted),
        [OID, ..] if part(0) == SIGNED => Some(Der::Pkcs7),
        [SEQUENCE, SEQUENCE, BITS] => {
            Some(if is_request(part(0)) { Der::Request } else { Der::Certificate })
        }
        _ => None,
    }
}

/// Whether an algorithm is this one.
fn is(algorithm: &[u8], oid: &[u8]) -> bool {
    matches!(tlv(algorithm), Some((OID, found, _)) if found == oid)
}

/// A request has the subject's name where a certificate has an algorithm.
fn is_request(signed: &[u8]) -> bool {
    let Some((INTEGER, _, rest)) = tlv(signed) else { return false };
    let Some((SEQUENCE, second, _)) = tlv(rest) else { return false };
    second.is_empty() || second.first() == Some(&SET)
}
