//! A pressed key, independent of the terminal library, with the names used in the config.

use std::fmt;
use std::str::FromStr;

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// A character; shift is part of it.
    Char(char),
    /// Function key, 1 to 12.
    F(u8),
    /// Enter
    Enter,
    /// Escape
    Esc,
    /// Tab
    Tab,
    /// Backspace
    Backspace,
    /// Delete
    Delete,
    /// Insert
    Insert,
    /// Up arrow
    Up,
    /// Down arrow
    Down,
    /// Left arrow
    Left,
    /// Right arrow
    Right,
    /// Home
    Home,
    /// End
    End,
    /// Page up
    PageUp,
    /// Page down
    PageDown,
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub name: KeyName,
    /// With control.
    pub ctrl: bool,
    /// With alt.
    pub alt: bool,
    /// With shift; never set for characters, whose case says it.
    pub shift: bool,
}

/// Names of keys that are not characters, as the config writes them; the first is shown.
const NAMES: [(KeyName, &[&str]); 15] = [
    (KeyName::Enter, &["enter", "return"]),
    (KeyName::Esc, &["esc", "escape"]),
    (KeyName::Tab, &["tab"]),
    (KeyName::Char(' '), &["space"]),
    (KeyName::Backspace, &["backspace"]),
    (KeyName::Delete, &["del", "delete"]),
    (KeyName::Insert, &["ins", "insert"]),
    (KeyName::Up, &["up"]),
    (KeyName::Down, &["down"]),
    (KeyName::Left, &["left"]),
    (KeyName::Right, &["right"]),
    (KeyName::Home, &["home"]),
    (KeyName::End, &["end"]),
    (KeyName::PageUp, &["pgup", "pageup"]),
    (KeyName::PageDown, &["pgdn", "pagedown"]),
];

impl Key {
    /// A key without modifiers.
    pub const fn plain(name: KeyName) -> Self {
        Self { name, ctrl: false, alt: false, shift: false }
    }

    /// A character key.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyName::Char(c))
    }

    /// Whether it is where it is on every keyboard layout: no letter and no sign.
    pub const fn is_everywhere(self) -> bool {
        !matches!(self.name, KeyName::Char(c) if c != ' ' || self.ctrl)
    }

    /// The character it types into a text, if it types one.
    pub const fn typed(self) -> Option<char> {
        match self.name {
            KeyName::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (on, prefix) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if on {
                f.write_str(prefix)?;
            }
        }
        if let Some((_, names)) = NAMES.iter().find(|(name, _)| *name == self.name) {
            return f.write_str(names.first().copied().unwrap_or_default());
        }
        match self.name {
            KeyName::Char(c) => write!(f, "{c}"),
            KeyName::F(n) => write!(f, "f{n}"),
            _ => Ok(()),
        }
    }
}

/// A key's name in the config is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a key: write it like d, D, ctrl-s, shift-up, f1, pgdn or space")]
pub struct UnknownKey(pub String);

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownKey(text.to_owned());
        let mut key = Self::plain(KeyName::Esc);
        let mut rest = text;
        // Every prefix once; a lone "-" is the character.
        loop {
            let lower = rest.to_ascii_lowercase();
            let (flag, length) = if lower.starts_with("ctrl-") {
                (&mut key.ctrl, 5)
            } else if lower.starts_with("alt-") {
                (&mut key.alt, 4)
            } else if lower.starts_with("shift-") {
                (&mut key.shift, 6)
            } else {
                break;
            };
            if std::mem::replace(flag, true) {
                return Err(unknown());
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        let mut chars = rest.chars();
        key.name = match (chars.next(), chars.next()) {
            (Some(c), None) if !crate::text::is_hidden(c) => KeyName::Char(c),
            (None, _) => return Err(unknown()),
            _ => named(rest).ok_or_else(unknown)?,
        };
        if let (KeyName::Char(c), true) = (key.name, key.shift) {
            key.name = KeyName::Char(c.to_uppercase().next().unwrap_or(c));
            key.shift = false;
        }
        Ok(key)
    }
}

fn named(text: &str) -> Option<KeyName> {
    let lower = text.to_ascii_lowercase();
    if let Some((name, _)) = NAMES.iter().find(|(_, names)| names.contains(&lower.as_str())) {
        return Some(*name);
    }
    let number: u8 = lower.strip_prefix('f')?.parse().ok()?;
    (1..=12).contains(&number).then_some(KeyName::F(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_written() {
        for text in
            ["d", "D", "ctrl-s", "shift-up", "f1", "f12", "pgdn", "space", "ctrl-alt-x", "-", "?"]
        {
            let key: Key = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
        assert_eq!("shift-d".parse::<Key>().unwrap(), Key::char('D'));
        assert_eq!("PageDown".parse::<Key>().unwrap(), Key::plain(KeyName::PageDown));
        for text in ["", "ctrl-", "f13", "hello", "ctrl-ctrl-a", "\u{1b}"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
}
