//! Keys that the local store issues: configuration keys (D6) and connection keys (D12).
//!
//! Form, version 1: `JBK1C-xxxxx-xxxxx-xxxxx-xxxxx-xxxxx-xcccc`
//! - `JBK`: issued by jetbridge, so nobody takes it for a key of the Fly portal;
//! - `1`: version of the form; a reader refuses one it does not know;
//! - `C` configuration key, `A` connection key of the Active Directory agent;
//! - 26 characters: 130 random bits in Crockford's base 32 (no I, L, O, U);
//! - 4 characters: the first 20 bits of SHA-256 over all characters before, without hyphens.
//!
//! One mistyped character, or two swapped, is caught but for one case in a million.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ConnectionId, Held, Secret, Timestamp};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "JBK";
const VERSION: char = '1';
const BODY: usize = 26;
const CHECK: usize = 4;

/// Random bytes that [`issue`] wants.
pub const ENTROPY: usize = BODY;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// Joins device agents to a source connection. D6.
    Configuration,
    /// Joins the Active Directory agent to a destination connection. D12.
    Connection,
}

impl KeyKind {
    const fn letter(self) -> char {
        match self {
            Self::Configuration => 'C',
            Self::Connection => 'A',
        }
    }

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Configuration => "configuration key",
            Self::Connection => "connection key",
        }
    }
}

/// A key read back from what somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is for.
    pub kind: KeyKind,
    /// Its canonical text.
    pub text: Secret,
}

impl Key {
    /// The public part: prefix and first group, enough to distinguish two keys (25 of 130 bits).
    pub fn id(&self) -> String {
        self.text.expose().chars().take(PREFIX.len() + 2 + 1 + 5).collect()
    }
}

/// A key as a connection keeps it: a configuration key or a connection key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldKey {
    /// Public part: the first groups of the key, enough to distinguish two keys.
    pub id: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The whole key.
    pub value: Held,
}

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No `JBK` in front.
    #[error("this is not a key issued by jetbridge: those start with JBK")]
    Foreign,
    /// A version that this jetbridge cannot read.
    #[error("this key has version {0:?}, this jetbridge reads version 1: update jetbridge")]
    Version(char),
    /// Neither `C` nor `A` after the version.
    #[error("the fifth character says what the key is for and must be C or A, not {0:?}")]
    Kind(char),
    /// Characters missing or too many.
    #[error("a key has 35 letters and digits, this one has {0}: copy it whole")]
    Length(usize),
    /// A character that keys do not use.
    #[error("character {at} is {found:?}, which keys do not use: check for a typo")]
    Character {
        /// Position among letters and digits, from 1.
        at: usize,
        /// What stands there.
        found: char,
    },
    /// The last four characters do not fit the rest.
    #[error("the check characters do not fit: the key was mistyped or cut")]
    Checksum,
}

fn check_characters(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let bits = digest.iter().take(3).fold(0u32, |acc, byte| (acc << 8) | u32::from(*byte)) >> 4;
    (0..CHECK).rev().map(|i| symbol((bits >> (5 * i)) as usize)).collect()
}

fn symbol(value: usize) -> char {
    char::from(ALPHABET.get(value & 31).copied().unwrap_or(b'0'))
}

/// Builds the canonical text of a key from random bytes, of which the low five bits are used.
pub fn issue(kind: KeyKind, entropy: &[u8; ENTROPY]) -> Key {
    let mut flat = format!("{PREFIX}{VERSION}{}", kind.letter());
    flat.extend(entropy.iter().map(|byte| symbol(usize::from(*byte))));
    let check = check_characters(&flat);
    flat.push_str(&check);
    Key { kind, text: Secret::new(grouped(&flat)) }
}

fn grouped(flat: &str) -> String {
    let mut text = String::with_capacity(flat.len() + 8);
    for (at, c) in flat.chars().enumerate() {
        if at > 0 && at % 5 == 0 {
            text.push('-');
        }
        text.push(c);
    }
    text
}

/// Reads a key as people type it: any case, hyphens or spaces anywhere, O for 0, I or L for 1.
pub fn parse(text: &str) -> Result<Key, KeyError> {
    let flat: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let Some(rest) = flat.strip_prefix(PREFIX) else { return Err(KeyError::Foreign) };
    let mut head = rest.chars();
    match head.next() {
        Some(VERSION) => {}
        Some(other) => return Err(KeyError::Version(other)),
        None => return Err(KeyError::Length(flat.chars().count())),
    }
    let kind = match head.next() {
        Some('C') => KeyKind::Configuration,
        Some('A') => KeyKind::Connection,
        Some(other) => return Err(KeyError::Kind(other)),
        None => return Err(KeyError::Length(flat.chars().count())),
    };
    let length = flat.chars().count();
    let start = PREFIX.len() + 2;
    if length != start + BODY + CHECK {
        return Err(KeyError::Length(length));
    }
    let mut canonical: String = flat.chars().take(start).collect();
    for (at, found) in flat.chars().enumerate().skip(start) {
        let c = match found {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if !c.is_ascii() || !ALPHABET.contains(&(c as u8)) {
            return Err(KeyError::Character { at: at + 1, found });
        }
        canonical.push(c);
    }
    let (body, check) = canonical.split_at(start + BODY);
    if check_characters(body) != check {
        return Err(KeyError::Checksum);
    }
    Ok(Key { kind, text: Secret::new(grouped(&canonical)) })
}

/// What the store knows of a well-formed key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyStanding {
    /// In use by this connection.
    Current {
        /// Id of the connection.
        connection: ConnectionId,
        /// Its name.
        name: String,
    },
    /// Replaced by a newer key of the same connection.
    Superseded {
        /// Name of the connection.
        name: String,
        /// When it was replaced.
        at: Timestamp,
    },
    /// In use by a connection that was deleted; restoring that makes it current again.
    Deleted {
        /// Name of the connection.
        name: String,
        /// When the connection was deleted.
        at: Timestamp,
    },
    /// Issued here, but the form that asked for it was never saved.
    Unused {
        /// When it was issued.
        issued_at: Timestamp,
    },
    /// Well-formed, but not issued by this store.
    Unknown,
}

impl fmt::Display for KeyStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current { name, .. } => {
                write!(f, "current key of {}", crate::text::shown(name))
            }
            Self::Superseded { name, at } => {
                write!(f, "superseded on {at}: {} has a newer key", crate::text::shown(name))
            }
            Self::Deleted { name, at } => {
                write!(f, "key of {}, which was deleted on {at}", crate::text::shown(name))
            }
            Self::Unused { issued_at } => {
                write!(f, "issued on {issued_at}, but its connection was never saved with it")
            }
            Self::Unknown => f.write_str("well-formed, but not issued by this store"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Key {
        issue(KeyKind::Configuration, &[7; ENTROPY])
    }

    #[test]
    fn the_form_is_as_documented() {
        let text = sample().text;
        assert!(text.expose().starts_with("JBK1C-77777-77777-"), "{}", text.expose());
        assert_eq!(text.expose().len(), 41);
        assert_eq!(sample().id(), "JBK1C-77777");
    }

    #[test]
    fn typing_habits_are_forgiven() {
        let key = issue(KeyKind::Connection, &[1; ENTROPY]);
        let typed = key.text.expose().to_lowercase().replace('-', " ").replace('1', "l");
        // The version digit is part of the prefix and stays a digit.
        let typed = typed.replacen('l', "1", 1);
        assert_eq!(parse(&typed), Ok(key));
    }

    #[test]
    fn each_mistake_has_its_word() {
        assert_eq!(parse("hello"), Err(KeyError::Foreign));
        assert_eq!(parse("JBK2C-77777"), Err(KeyError::Version('2')));
        assert_eq!(parse("JBK1X-77777"), Err(KeyError::Kind('X')));
        assert_eq!(parse("JBK1C-77777"), Err(KeyError::Length(10)));
        let odd = sample().text.expose().replacen("77777", "777U7", 1);
        assert_eq!(parse(&odd), Err(KeyError::Character { at: 9, found: 'U' }));
    }

    proptest! {
        #[test]
        fn what_is_issued_reads_back(entropy in proptest::array::uniform26(any::<u8>())) {
            let key = issue(KeyKind::Configuration, &entropy);
            prop_assert_eq!(parse(key.text.expose()), Ok(key));
        }

        #[test]
        fn one_changed_character_is_caught(at in 6usize..41, to in 0usize..32) {
            let key = sample();
            let mut chars: Vec<char> = key.text.expose().chars().collect();
            let new = symbol(to);
            if chars[at] != '-' && chars[at] != new {
                chars[at] = new;
                let typed: String = chars.into_iter().collect();
                prop_assert_eq!(parse(&typed), Err(KeyError::Checksum));
            }
        }

        #[test]
        fn any_text_gets_an_answer(text in ".*") {
            let _ = parse(&text);
        }
    }
}
