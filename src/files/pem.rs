//! Certificates and keys as people have them: PEM in any dress (indented, on one line, with `\n`
//! written out, with marks and remarks in between), and DER under any name.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::der::{self, Der};
use super::encoding::{self, NotText};

/// Longest text or file with certificates and keys, in bytes.
pub const MAX_PEM: usize = 256 << 10;
/// Label for a PFX, which has none of its own: it is always binary.
const PFX: &str = "PKCS12";
/// How base64 stands in PEM; some leave the end of it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A PEM text that is cut off or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

/// What a text holds.
#[derive(Debug, Default)]
pub struct Pem {
    /// Certificates in DER, in their order.
    pub certificates: Vec<Vec<u8>>,
    /// Private keys, in their order.
    pub keys: Vec<Key>,
    /// What else there is that is known.
    pub others: Vec<Other>,
}

/// A private key.
#[derive(Debug)]
pub enum Key {
    /// RSA in PKCS #8.
    Pkcs8(Zeroizing<Vec<u8>>),
    /// RSA in PKCS #1.
    Pkcs1(Zeroizing<Vec<u8>>),
    /// Of another algorithm.
    NotRsa,
    /// With a passphrase.
    Encrypted,
    /// In the form of OpenSSH.
    OpenSsh,
}

/// What is neither a certificate nor a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// A PFX.
    Pfx,
    /// PKCS #7.
    Pkcs7,
    /// A request for a certificate.
    Request,
    /// A public key alone.
    PublicKey,
}

/// The text of a PEM file, or that of a DER file as PEM. Whether anything is in it is for
/// [`Pem::parse`].
///
/// # Errors
/// [`NotText`]: it is neither.
pub fn text(bytes: &[u8]) -> Result<Zeroizing<String>, NotText> {
    match der::kind(bytes) {
        Some(kind) => Ok(armoured(label(kind), bytes)),
        None => encoding::wiped(bytes),
    }
}

impl Pem {
    /// Reads a text; what is in it and not known is left out.
    ///
    /// # Errors
    /// [`Damaged`]
    pub fn parse(text: &str) -> Result<Self, Damaged> {
        let text = undressed(text);
        let mut out = Self::default();
        let blocks = blocks(&text)?;
        if blocks.is_empty()
            && let Some(bytes) = bare(&text)
        {
            out.add(&bytes, None)?;
        }
        for (label, body) in blocks {
            out.block(label, body)?;
        }
        Ok(out)
    }

    fn block(&mut self, label: &str, body: &str) -> Result<(), Damaged> {
        if label.contains("ENCRYPTED") || body.contains("ENCRYPTED") {
            self.keys.push(Key::Encrypted);
            return Ok(());
        }
        if label == "OPENSSH PRIVATE KEY" {
            self.keys.push(Key::OpenSsh);
            return Ok(());
        }
        let Some(expected) = expected(label) else { return Ok(()) };
        let bytes = decoded(body).ok_or(Damaged)?;
        self.add(&bytes, Some(expected))
    }

    /// Adds what these bytes are; where a label says it, it must be that.
    fn add(&mut self, bytes: &[u8], expected: Option<Kind>) -> Result<(), Damaged> {
        // A trusted certificate has more behind it, a file perhaps a line end.
        let whole = |bytes| der::first(bytes).unwrap_or(bytes);
        let kind = der::kind(bytes);
        if let (Some(Kind::Certificate), false) = (expected, kind == Some(Der::Certificate)) {
            return Err(Damaged);
        }
        let key = || Zeroizing::new(whole(bytes).to_vec());
        match kind {
            Some(Der::Certificate) => self.certificates.push(whole(bytes).to_vec()),
            Some(Der::Pkcs8(true)) => self.keys.push(Key::Pkcs8(key())),
            Some(Der::Pkcs1) => self.keys.push(Key::Pkcs1(key())),
            Some(Der::Pkcs8(false) | Der::Elliptic) => self.keys.push(Key::NotRsa),
            Some(Der::Encrypted) => self.keys.push(Key::Encrypted),
            Some(Der::Pfx) => self.others.push(Other::Pfx),
            Some(Der::Pkcs7) => self.others.push(Other::Pkcs7),
            Some(Der::Request) => self.others.push(Other::Request),
            Some(Der::PublicKey) => self.others.push(Other::PublicKey),
            None if expected.is_some() => return Err(Damaged),
            None => {}
        }
        Ok(())
    }
}

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Certificate,
    Other,
}

/// What stands behind a label; `None`: nothing that matters here, such as parameters of a curve.
fn expected(label: &str) -> Option<Kind> {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Some(Kind::Certificate),
        "PKCS7" | "CMS" | PFX => Some(Kind::Other),
        _ if label.ends_with("PRIVATE KEY") || label.ends_with("PUBLIC KEY") => Some(Kind::Other),
        _ if label.ends_with("CERTIFICATE REQUEST") => Some(Kind::Other),
        _ => None,
    }
}

const fn label(kind: Der) -> &'static str {
    match kind {
        Der::Certificate => "CERTIFICATE",
        Der::Pkcs8(_) => "PRIVATE KEY",
        Der::Pkcs1 => "RSA PRIVATE KEY",
        Der::Elliptic => "EC PRIVATE KEY",
        Der::Encrypted => "ENCRYPTED PRIVATE KEY",
        Der::Pfx => PFX,
        Der::Pkcs7 => "PKCS7",
        Der::Request => "CERTIFICATE REQUEST",
        Der::PublicKey => "PUBLIC KEY",
    }
}

fn armoured(label: &str, bytes: &[u8]) -> Zeroizing<String> {
    let mut body = Zeroizing::new(String::with_capacity(bytes.len() * 4 / 3 + 8));
    BASE64.encode_string(bytes, &mut body);
    let mut out = Zeroizing::new(String::with_capacity(body.len() * 66 / 64 + 128));
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in body.as_bytes().chunks(64) {
        out.extend(line.iter().map(|byte| char::from(*byte)));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The text without marks, and with line ends where `\n` is written out, as in JSON and `.env` files.
fn undressed(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.chars().filter(|c| *c != '\u{feff}').peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('n' | 'r' | 't')) => {
                chars.next();
                out.push('\n');
            }
            ('\\', _) => {}
            _ => out.push(c),
        }
    }
    out
}

/// The blocks of a text: label and what stands between BEGIN and END.
fn blocks(text: &str) -> Result<Vec<(&str, &str)>, Damaged> {
    const BEGIN: &str = "-----BEGIN ";
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once("-----").ok_or(Damaged)?;
        let (body, after) = after.split_once("-----END ").ok_or(Damaged)?;
        let after = after.strip_prefix(label).and_then(|it| it.strip_prefix("-----"));
        out.push((label, body));
        rest = after.ok_or(Damaged)?;
    }
    Ok(out)
}

/// The bytes of base64 without a frame around it, as Microsoft Graph and key vaults give them.
fn bare(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim().trim_matches('"');
    // DER of the lengths that matter begins so.
    text.starts_with("MI").then(|| decoded(text)).flatten()
}

/// The bytes of base64 whatever white space is in it; lines with a colon are headers.
fn decoded(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(String::with_capacity(body.len()));
    for line in body.lines().filter(|line| !line.contains(':')) {
        // A mail quotes its lines.
        plain.extend(line.chars().filter(|c| !c.is_whitespace() && *c != '>'));
    }
    let mut out = Zeroizing::new(Vec::with_capacity(plain.len()));
    BASE64.decode_vec(plain.as_bytes(), &mut out).ok()?;
    Some(out)
}
