//! Values that must not be printed, logged or exported. SPEC E3, D5.

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// A file name as a message may show it: cleaned, or a placeholder where it looks like a secret.
pub fn name_for_message(name: &str) -> Cow<'_, str> {
    if may_be_secret(name) {
        return Cow::Borrowed("the given name (not shown: it looks like a secret)");
    }
    super::text::shown(name)
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

/// Eight hexadecimal digits that tell two secrets apart without telling anything about them: a
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
    fn equal_texts_are_equal_secrets() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
    }
}
