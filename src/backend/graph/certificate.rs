//! A client certificate and the assertion that it signs. graph.md §3.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use serde_json::json;
use uuid::Uuid;

use crate::domain::context::KidForm;
use crate::domain::{Secret, Timestamp};
use crate::files::der::tlv;
use crate::files::pem::{Damaged, Key, MAX_PEM, Other, Pem};

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
    #[error("the file is longer than {MAX_PEM} bytes: this is not a certificate or key")]
    TooLong,
    /// No certificate.
    #[error("there is no certificate in PEM form: it begins with BEGIN CERTIFICATE")]
    NoCertificate,
    /// No key.
    #[error("there is no private key in PEM form: it begins with BEGIN PRIVATE KEY")]
    NoKey,
    /// A broken PEM.
    #[error("the PEM text is damaged: a line is missing or changed")]
    Damaged,
    /// The key has a passphrase.
    #[error("the private key is encrypted: jetbridge reads it without a passphrase only")]
    Encrypted,
    /// Not RSA.
    #[error("the private key is not an RSA key: client certificates need RSA")]
    NotRsa,
    /// A key as OpenSSH writes it.
    #[error("the private key is in the form of OpenSSH: it must be PEM")]
    OpenSsh,
    /// An RSA key that cannot be used.
    #[error("the RSA key cannot be used: it must have 2048 to 8192 bits and no errors")]
    BadRsa,
    /// Certificate and key are not a pair.
    #[error("the private key does not belong to the certificate: they are from different pairs")]
    Mismatch,
    /// The certificate's time is over.
    #[error("the certificate has expired: the sign-in refuses it")]
    Expired,
    /// The certificate's time has not begun.
    #[error("the certificate is not valid yet: its first day is in the future")]
    NotYetValid,
    /// A PKCS #12 file.
    #[error("this is a PFX (PKCS #12) file: it must be PEM")]
    Pkcs12,
    /// A PKCS #7 file.
    #[error("this is a PKCS #7 file: it must be PEM")]
    Pkcs7,
    /// A request for a certificate.
    #[error("this is a certificate request: the certificate itself is needed")]
    Request,
    /// A public key alone.
    #[error("this is a public key: the private key is needed")]
    PublicKey,
    /// Signing failed.
    #[error("signing with the private key failed: it may be damaged")]
    Signing,
}

impl CertificateError {
    /// What to do.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::TooLong => "Give the certificate and key alone.",
            Self::NoCertificate => "Export the certificate of the app registration as PEM.",
            Self::NoKey => "Give the key that was created with the certificate.",
            Self::Damaged => "Copy it again, with its BEGIN and END lines.",
            Self::Encrypted => {
                "Decrypt it: (umask 077; openssl pkey -in FILE -out app.key), and give app.key as the key."
            }
            Self::NotRsa => {
                "Create an RSA pair: (umask 077; openssl req -x509 -newkey rsa:2048 -nodes -keyout app.key -out app.pem -days 365 -subj /CN=app), and upload app.pem to the app registration."
            }
            Self::OpenSsh => {
                "Convert a copy of it: ssh-keygen -p -m PEM -N '' -f COPY, and give the copy."
            }
            Self::BadRsa => {
                "Check it: openssl pkey -in FILE -check -noout; create a pair of 2048 bits or more otherwise."
            }
            Self::Mismatch => "Give the certificate and key that were created together.",
            Self::Expired => "Create a new one and upload it to the app registration.",
            Self::NotYetValid => "Check this machine's clock.",
            Self::Pkcs12 => {
                "Convert it: (umask 077; openssl pkcs12 -in FILE -nodes -out app.pem); for a file of an old Windows add -legacy."
            }
            Self::Pkcs7 => {
                "Convert it: openssl pkcs7 -in FILE -print_certs -out app.pem; for a binary file add -inform DER."
            }
            Self::Request => "Have it signed, and use the certificate that you get.",
            Self::PublicKey => "Give the file that begins with BEGIN PRIVATE KEY.",
            Self::Signing => "Check it: openssl pkey -in FILE -check -noout.",
        }
    }
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
        let found = parse(certificate)?;
        if found.certificates.is_empty() {
            return Err(instead_of_certificate(&found));
        }
        let keys = keys(&parse(key.expose())?)?;
        // RFC 5280: the certificate holds the RSAPublicKey as it is. Finding those 270 bytes or
        // more in it can be no accident.
        let pair = keys.into_iter().find_map(|key| {
            let public = key.public_key().as_ref().to_vec();
            let mut all = found.certificates.iter();
            let der = all.find(|it| memchr::memmem::find(it, &public).is_some())?.clone();
            Some((der, key))
        });
        let (der, key) = pair.ok_or(CertificateError::Mismatch)?;
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
    let found = parse(pem)?;
    let certificate = found.certificates.first().ok_or_else(|| instead_of_certificate(&found))?;
    validity(certificate).map(|it| it.1).ok_or(CertificateError::Damaged)
}

fn parse(text: &str) -> Result<Pem, CertificateError> {
    Pem::parse(text).map_err(|Damaged| CertificateError::Damaged)
}

/// What there is where a certificate should be.
fn instead_of_certificate(found: &Pem) -> CertificateError {
    match found.others.first() {
        Some(Other::Pfx) => CertificateError::Pkcs12,
        Some(Other::Pkcs7) => CertificateError::Pkcs7,
        Some(Other::Request) => CertificateError::Request,
        Some(Other::PublicKey) | None => CertificateError::NoCertificate,
    }
}

/// The keys that can sign; where there is none, why.
fn keys(found: &Pem) -> Result<Vec<RsaKeyPair>, CertificateError> {
    let mut wrong = match found.others.first() {
        Some(Other::Pfx) => CertificateError::Pkcs12,
        Some(Other::PublicKey) => CertificateError::PublicKey,
        Some(Other::Pkcs7 | Other::Request) | None => CertificateError::NoKey,
    };
    let mut out = Vec::new();
    for key in &found.keys {
        let read = match key {
            Key::Pkcs1(der) => RsaKeyPair::from_der(der).map_err(|_| CertificateError::BadRsa),
            Key::Pkcs8(der) => RsaKeyPair::from_pkcs8(der).map_err(|_| CertificateError::BadRsa),
            Key::NotRsa => Err(CertificateError::NotRsa),
            Key::Encrypted => Err(CertificateError::Encrypted),
            Key::OpenSsh => Err(CertificateError::OpenSsh),
        };
        match read {
            Ok(key) => out.push(key),
            Err(error) => wrong = error,
        }
    }
    if out.is_empty() { Err(wrong) } else { Ok(out) }
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
