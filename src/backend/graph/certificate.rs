//! A client certificate and the assertion that it signs. graph.md §3.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use uuid::Uuid;

use crate::domain::context::KidForm;
use crate::domain::{Secret, Timestamp};

/// Longest PEM that is read, in bytes.
pub const MAX_PEM: usize = 256 << 10;
/// Every assertion begins this many seconds ago, for clocks that are off: a server need not allow
/// for any difference.
const EARLY: i64 = 5 * 60;
/// Validity of an assertion in seconds from its beginning; Microsoft asks for 5 to 10 minutes.
const VALID: i64 = 10 * 60;
/// Validity of an assertion for AvePoint's sign-in in seconds.
const FLY_VALID: i64 = 3_600;

/// Why a certificate or key cannot be used. One line each; none holds any of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Too long.
    #[error("the PEM file is longer than {MAX_PEM} bytes: this is not a certificate or key")]
    TooLong,
    /// No certificate.
    #[error(
        "there is no certificate in PEM form (BEGIN CERTIFICATE): export the app's certificate as PEM"
    )]
    NoCertificate,
    /// No key.
    #[error(
        "there is no private key in PEM form (BEGIN PRIVATE KEY): give the key that belongs to the certificate"
    )]
    NoKey,
    /// A broken PEM.
    #[error("the PEM text is damaged: copy it again, with its BEGIN and END lines")]
    Damaged,
    /// The key has a passphrase.
    #[error(
        "the private key is encrypted: write it without passphrase with openssl pkey, into a file that only you can read"
    )]
    Encrypted,
    /// Not RSA.
    #[error(
        "the private key is not an RSA key: Microsoft Entra ID wants RSA for client certificates"
    )]
    NotRsa,
    /// An RSA key that cannot be used.
    #[error("the RSA key cannot be used: it must have 2048 to 8192 bits and no errors")]
    BadRsa,
    /// Certificate and key are not a pair.
    #[error(
        "the private key does not belong to the certificate: give the pair that was made together"
    )]
    Mismatch,
    /// The certificate's time is over.
    #[error("the certificate has expired: make a new one and upload it to the app registration")]
    Expired,
    /// The certificate's time has not begun.
    #[error("the certificate is not valid yet: check this machine's clock")]
    NotYetValid,
    /// A PKCS #12 file.
    #[error(
        "PFX files are not read: write a PEM with openssl pkcs12 -nodes, into a file that only you can read"
    )]
    Pkcs12,
    /// Signing failed.
    #[error("signing with the private key failed: check the key")]
    Signing,
}

/// How an assertion is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// PS256 with the SHA-256 thumbprint: what Microsoft documents now.
    Ps256,
    /// RS256 with the SHA-1 thumbprint: what it documented before.
    Rs256,
}

/// An app's certificate with its private key. Its debug form shows neither.
#[derive(Clone)]
pub struct ClientCertificate {
    der: Vec<u8>,
    key: Arc<RsaKeyPair>,
    valid: Option<(Timestamp, Timestamp)>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCertificate({})", self.thumbprint())
    }
}

impl PartialEq for ClientCertificate {
    /// The key belongs to the certificate, so that decides.
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for ClientCertificate {}

/// Refuses a PFX by the end of its name, before its bytes are taken for a broken text.
///
/// # Errors
/// [`CertificateError::Pkcs12`].
pub fn refuse_pkcs12(path: &std::path::Path) -> Result<(), CertificateError> {
    let end = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    if ["pfx", "p12"].iter().any(|it| end.eq_ignore_ascii_case(it)) {
        return Err(CertificateError::Pkcs12);
    }
    Ok(())
}

impl ClientCertificate {
    /// Reads certificate and key from PEM. Both may be the same text; of several certificates the
    /// one that belongs to the key is taken.
    ///
    /// # Errors
    /// [`CertificateError`]
    pub fn from_pem(certificate: &str, key: &Secret) -> Result<Self, CertificateError> {
        if certificate.len() > MAX_PEM || key.expose().len() > MAX_PEM {
            return Err(CertificateError::TooLong);
        }
        let certificates: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(certificate.as_bytes())
                .collect::<Result<_, _>>()
                .map_err(|_| CertificateError::Damaged)?;
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let key = read_key(key.expose())?;
        // RFC 5280: the certificate holds the RSAPublicKey as it is. Finding those 270 bytes or
        // more in it can be no accident.
        let public = key.public_key().as_ref().to_vec();
        let der = certificates
            .iter()
            .find(|it| memchr::memmem::find(it, &public).is_some())
            .ok_or(CertificateError::Mismatch)?
            .to_vec();
        let valid = validity(&der);
        Ok(Self { der, key: Arc::new(key), valid })
    }

    /// SHA-1 thumbprint in hexadecimal, as the portal shows it.
    pub fn thumbprint(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// From when to when it is valid, where that could be read.
    pub const fn valid(&self) -> Option<(Timestamp, Timestamp)> {
        self.valid
    }

    /// Checks the certificate's own dates.
    ///
    /// # Errors
    /// [`CertificateError::Expired`] or [`CertificateError::NotYetValid`]
    pub fn check_dates(&self, now: Timestamp) -> Result<(), CertificateError> {
        match self.valid {
            Some((_, end)) if end < now => Err(CertificateError::Expired),
            Some((start, _)) if start > now => Err(CertificateError::NotYetValid),
            Some(_) | None => Ok(()),
        }
    }

    /// A signed assertion for a token endpoint.
    pub(super) fn assertion(
        &self,
        algorithm: Algorithm,
        endpoint: &str,
        client_id: Uuid,
        now: Timestamp,
    ) -> Result<Secret, CertificateError> {
        let thumb =
            |algorithm| URL_SAFE_NO_PAD.encode(ring::digest::digest(algorithm, &self.der).as_ref());
        let (header, padding): (_, &'static dyn RsaEncoding) = match algorithm {
            Algorithm::Ps256 => {
                let thumb = thumb(&ring::digest::SHA256);
                (json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumb }), &RSA_PSS_SHA256)
            }
            Algorithm::Rs256 => {
                let thumb = thumb(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY);
                (json!({ "alg": "RS256", "typ": "JWT", "x5t": thumb }), &RSA_PKCS1_SHA256)
            }
        };
        let start = now.as_second() - EARLY;
        let claims = json!({
            "aud": endpoint,
            "iss": client_id,
            "sub": client_id,
            "jti": Uuid::now_v7(),
            "nbf": start,
            "iat": start,
            "exp": start + VALID,
        });
        self.signed(&header, &claims, padding)
    }

    /// The assertion that AvePoint's sign-in wants (fly.md §1, Token, **D**): RS256, good for an
    /// hour, `kid` is the SHA-1 thumbprint in one of two forms.
    pub(in crate::backend) fn fly_assertion(
        &self,
        endpoint: &str,
        client_id: &str,
        form: KidForm,
        now: Timestamp,
    ) -> Result<Secret, CertificateError> {
        let thumbprint = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der);
        let bytes = URL_SAFE_NO_PAD.encode(thumbprint.as_ref());
        let header = match form {
            KidForm::Base64Url => json!({ "alg": "RS256", "typ": "JWT", "kid": bytes }),
            // As .NET's library writes it, with the bytes beside it.
            KidForm::Hex => {
                json!({ "alg": "RS256", "typ": "JWT", "kid": self.thumbprint(), "x5t": bytes })
            }
        };
        let start = now.as_second() - EARLY;
        let claims = json!({
            "sub": client_id,
            "iss": client_id,
            "jti": Uuid::now_v7(),
            "aud": endpoint,
            "nbf": start,
            "iat": start,
            "exp": start + FLY_VALID,
        });
        self.signed(&header, &claims, &RSA_PKCS1_SHA256)
    }

    /// A signed JSON web token.
    fn signed(
        &self,
        header: &serde_json::Value,
        claims: &serde_json::Value,
        padding: &'static dyn RsaEncoding,
    ) -> Result<Secret, CertificateError> {
        let encode = |it: &serde_json::Value| URL_SAFE_NO_PAD.encode(it.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(|_| CertificateError::Signing)?;
        Ok(Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

/// The last moment of an app's certificate, for which its key is not needed. Of a chain the first
/// counts: by custom the app's own.
///
/// # Errors
/// [`CertificateError`]
pub fn certificate_expiry(pem: &str) -> Result<Timestamp, CertificateError> {
    if pem.len() > MAX_PEM {
        return Err(CertificateError::TooLong);
    }
    let first = CertificateDer::pem_slice_iter(pem.as_bytes()).next();
    let certificate =
        first.ok_or(CertificateError::NoCertificate)?.map_err(|_| CertificateError::Damaged)?;
    validity(&certificate).map(|it| it.1).ok_or(CertificateError::Damaged)
}

fn read_key(pem: &str) -> Result<RsaKeyPair, CertificateError> {
    if pem.contains("BEGIN ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(CertificateError::Encrypted);
    }
    let key = match PrivateKeyDer::pem_slice_iter(pem.as_bytes()).next() {
        None => return Err(CertificateError::NoKey),
        Some(Err(_)) => return Err(CertificateError::Damaged),
        Some(Ok(key)) => key,
    };
    match &key {
        PrivateKeyDer::Pkcs1(key) => {
            RsaKeyPair::from_der(key.secret_pkcs1_der()).map_err(|_| CertificateError::BadRsa)
        }
        PrivateKeyDer::Pkcs8(key) => {
            // rsaEncryption, 1.2.840.113549.1.1.1, as it stands in a PKCS #8 file.
            const RSA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
            let der = key.secret_pkcs8_der();
            let head = der.get(..64).unwrap_or(der);
            if memchr::memmem::find(head, &RSA).is_none() {
                return Err(CertificateError::NotRsa);
            }
            RsaKeyPair::from_pkcs8(der).map_err(|_| CertificateError::BadRsa)
        }
        _ => Err(CertificateError::NotRsa),
    }
}

/// From when to when a certificate is valid: the few fields of RFC 5280 on the way there.
fn validity(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate, _) = tlv(der)?;
    let (_, tbs, _) = tlv(certificate)?;
    // version [0] is optional; serial number, algorithm and issuer follow.
    let (tag, _, after_version) = tlv(tbs)?;
    let mut rest = if tag == 0xa0 { after_version } else { tbs };
    for _ in 0..3 {
        rest = tlv(rest)?.2;
    }
    let (_, validity, _) = tlv(rest)?;
    let (start_tag, start, rest) = tlv(validity)?;
    let (end_tag, end, _) = tlv(rest)?;
    Some((time(start_tag, start)?, time(end_tag, end)?))
}

/// Tag, content and what follows of one DER element.
fn tlv(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
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

/// UTCTime (`YYMMDDHHMMSSZ`) or GeneralizedTime (`YYYYMMDDHHMMSSZ`).
fn time(tag: u8, content: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(content).ok()?;
    let full = match tag {
        // RFC 5280: 50 to 99 are of the last century.
        0x17 if text.get(..2)? < "50" => format!("20{text}"),
        0x17 => format!("19{text}"),
        0x18 => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| full.get(from..to);
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    )
    .parse()
    .ok()
}
