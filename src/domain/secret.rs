//! Values that must not be printed, logged or exported. SPEC E3, D5.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::str::Chars;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

/// A file name as a message may show it: cleaned, or a placeholder where it looks like a secret.
pub fn name_for_message(name: &str) -> Cow<'_, str> {
    if may_be_secret(name) {
        return Cow::Borrowed("the given name (not shown: it looks like a secret)");
    }
    crate::text::shown(name)
}

/// Whether a word given as a file name looks like a token, a key or a client secret. Rather once
/// too often: then only the name is missing from a message.
pub fn may_be_secret(name: &str) -> bool {
    let name = name.trim();
    if name.starts_with("eyJ") || name.contains("-----BEGIN") || name.chars().count() > 120 {
        return true;
    }
    let has = |test: fn(&char) -> bool| name.chars().any(|c| test(&c));
    // Entra's client secrets have 40 characters with `~`, `.`, `_` and `-`, mixed case and digits.
    // Windows' short names have a `~` too, but a folder or an ending of a few letters as well.
    let folder = name.contains('/') && !name.ends_with('=') || name.contains('\\');
    let ending = name.rsplit_once('.').is_some_and(|(_, ending)| {
        (1..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_lowercase())
    });
    name.len() >= 16
        && !folder
        && !ending
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

/// A secret text: wiped when dropped, shown as its length at most.
///
/// It has no `Serialize`: whoever needs the text calls [`Secret::expose`], and a reader can find
/// every such place.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes ownership of a text that must stay hidden.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// A value as JSON, written straight into a buffer of its exact size: one that grows would leave
    /// copies behind. `None` when it cannot be written.
    pub fn json(value: &impl Serialize) -> Option<Self> {
        let mut length = Length(0);
        serde_json::to_writer(&mut length, value).ok()?;
        let mut text = Zeroizing::new(Vec::with_capacity(length.0));
        // Written twice, so it must be the same twice.
        serde_json::to_writer(Room(&mut text), value).ok()?;
        let text = std::str::from_utf8(&text).ok()?;
        Some(Self(SecretString::from(text)))
    }

    /// The text of a string as it stands in JSON, without a copy on the way. `None`: it is none.
    pub fn of_json(raw: &str) -> Option<Self> {
        let body = raw.trim().strip_prefix('"')?.strip_suffix('"')?;
        // Nothing is longer than as it is escaped.
        let mut text = Zeroizing::new(String::with_capacity(body.len()));
        let mut rest = body.chars();
        while let Some(c) = rest.next() {
            text.push(if c == '\\' { escaped(&mut rest)? } else { c });
        }
        Some(Self(SecretString::from(text.as_str())))
    }

    /// The text itself. Never pass it on to a formatter, a log or an error.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Length in characters, which may be shown.
    pub fn chars(&self) -> usize {
        self.expose().chars().count()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

/// The character that stands behind a backslash in JSON.
fn escaped(rest: &mut Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let first = unit(rest)?;
            let second = match first {
                0xd800..=0xdbff if rest.next() == Some('\\') && rest.next() == Some('u') => {
                    Some(unit(rest)?)
                }
                _ => None,
            };
            char::decode_utf16([first].into_iter().chain(second)).next()?.ok()?
        }
        c @ ('"' | '\\' | '/') => c,
        _ => return None,
    })
}

/// Four hexadecimal digits.
fn unit(rest: &mut Chars<'_>) -> Option<u16> {
    (0..4).try_fold(0u16, |sum, _| {
        let digit = rest.next()?.to_digit(16)?;
        Some(sum << 4 | u16::try_from(digit).ok()?)
    })
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes as much as there is room for, so that it never grows.
struct Room<'a>(&'a mut Vec<u8>);

impl Write for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.0.capacity() - self.0.len();
        let taken = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        self.0.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        // Same time whatever the first difference is; the length is not hidden.
        let (a, b) = (self.expose().as_bytes(), other.expose().as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0u8, |acc, (x, y)| acc | (x ^ y)) == 0
    }
}

impl Eq for Secret {}

/// Eight hexadecimal digits that distinguish two secrets without reporting anything about them: a
/// keyed hash made by the store, so that it cannot be searched offline.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret answer: already kept by the backend, or new and still to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The backend has it; only its fingerprint is here.
    Stored(Fingerprint),
    /// Typed or issued just now; the backend seals it when the record is saved.
    New(Secret),
}

impl Serialize for Held {
    /// Only a stored secret can be written; a new one is refused, so that no export, log or
    /// database column can ever hold its text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Stored(fingerprint) => fingerprint.serialize(serializer),
            Self::New(_) => {
                Err(serde::ser::Error::custom("a secret that is not sealed yet cannot be written"))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fingerprint::deserialize(deserializer).map(Self::Stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_formatted_or_written() {
        let secret = Secret::new("not-a-real-password");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(!format!("{:?}", Held::New(secret.clone())).contains("real"));
        assert!(serde_json::to_string(&Held::New(secret)).is_err());
    }

    #[test]
    fn a_text_comes_back_from_json_as_it_was() {
        for text in
            ["", "plain", "a\"b\\c/d", "\u{1}\t\r\n\u{8}\u{c}\u{7f}", "ä漢🚀\u{2028}", "\\u0041"]
        {
            let json = Secret::json(&text).unwrap();
            assert_eq!(json.expose(), serde_json::to_string(text).unwrap());
            assert_eq!(Secret::of_json(json.expose()).unwrap().expose(), text, "{text:?}");
        }
        for (raw, text) in [
            (r#" "\u0041\/\ud83d\ude80" "#, Some("A/🚀")),
            (r#""\ud83d""#, None),
            (r#""\ud83d\u0041""#, None),
            (r#""\udc00""#, None),
            (r#""\u00""#, None),
            (r#""\x""#, None),
            ("7", None),
            ("\"", None),
        ] {
            let found = Secret::of_json(raw);
            assert_eq!(found.as_ref().map(Secret::expose), text, "{raw}");
        }
    }

    #[test]
    fn equal_texts_are_equal_secrets() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
    }
}
