//! Distinguishes what a person types from a text that arrives all at once, such as a paste without marks.
//! SPEC C6.
//!
//! GNU screen, serial lines and the consoles put no marks around a paste. Read as keys, a word would
//! be a row of commands. Nobody types two different characters within a few milliseconds, so those
//! are a text, wherever they arrive.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::{Key, KeyName, Msg};

/// Characters that arrive within this time of each other arrive at once. A serial line of 2400 baud
/// needs four milliseconds for each.
pub const GAP: Duration = Duration::from_millis(5);
/// What follows a text within this time belongs to it: the line may have paused.
const QUIET: Duration = Duration::from_millis(100);
/// More of the same than a key that is held down gives while the line pauses.
const HELD_DOWN: usize = 64;

/// Characters that are not handled yet.
#[derive(Debug)]
pub struct Typing {
    gap: Duration,
    held: Vec<Key>,
    /// When the last one arrived.
    last: Option<Instant>,
    /// The last one.
    before: Option<Key>,
    /// They belong to a text.
    text: bool,
    /// The line was idle since.
    paused: bool,
}

/// Whether a key may be a part of a text.
pub fn is_text(key: Key) -> bool {
    character(key).is_some()
}

/// The character of a text that a key stands for.
fn character(key: Key) -> Option<char> {
    match (key.name, key.ctrl, key.alt, key.shift) {
        (KeyName::Enter, false, false, false) => Some('\r'),
        (KeyName::Tab, false, false, false) => Some('\t'),
        (KeyName::Char('j'), true, false, false) => Some('\n'),
        _ => key.typed(),
    }
}

impl Typing {
    /// With no gap every key stands for itself.
    pub const fn new(gap: Duration) -> Self {
        Self { gap, held: Vec::new(), last: None, before: None, text: false, paused: false }
    }

    /// Whether a key that arrives now belongs to what arrived before.
    pub fn follows(&self, at: Instant) -> bool {
        let gap = if self.text && !self.paused { QUIET } else { self.gap };
        self.last.is_some_and(|last| at.saturating_duration_since(last) < gap)
    }

    /// Takes a key of a text. What it does not follow was taken away before.
    pub fn push(&mut self, key: Key, at: Instant) {
        let follows = self.follows(at);
        // What came before was handled already. The same again is a key that is held down.
        let streams = self.held.is_empty() && self.before.is_some_and(|it| it != key);
        self.text = follows && (self.text || streams);
        (self.last, self.before, self.paused) = (Some(at), Some(key), false);
        self.held.push(key);
    }

    /// The line was idle when what came was shown: what comes later may answer it.
    pub const fn pause(&mut self) {
        self.paused = true;
    }

    /// Another key came: what comes now begins again.
    pub const fn end(&mut self) {
        (self.last, self.text) = (None, false);
    }

    /// Whether some of a text may still be on its way.
    pub const fn is_in_text(&self) -> bool {
        self.text && !self.paused
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The only key that is held, and until when it is not known whether it begins a text.
    pub fn lone(&self) -> Option<(Key, Instant)> {
        match (self.held.as_slice(), self.last) {
            ([key], Some(last)) if !self.text => Some((*key, last + self.gap)),
            _ => None,
        }
    }

    /// Takes away what is held.
    pub fn flush(&mut self) -> Vec<Msg> {
        let held = std::mem::take(&mut self.held);
        let all_the_same = held.windows(2).all(|pair| pair.first() == pair.get(1));
        // Enter and tab alone are keys that somebody typed ahead.
        let has_text = held.iter().any(|it| it.typed().is_some());
        let at_once = held.len() > HELD_DOWN || !all_the_same && has_text;
        self.text |= at_once && !self.gap.is_zero();
        if self.text && !held.is_empty() {
            return vec![Msg::Typed(held.iter().copied().filter_map(character).collect())];
        }
        held.into_iter().map(Msg::Key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keys::parse_keys;

    /// What becomes of keys, each so many milliseconds after the one before.
    fn typed(keys: &[(&str, u64)]) -> Vec<String> {
        let (mut typing, mut at) = (Typing::new(GAP), Instant::now());
        let mut out = Vec::new();
        for (key, after) in keys {
            at += Duration::from_millis(*after);
            for key in parse_keys(key).unwrap() {
                if !typing.follows(at) {
                    out.extend(typing.flush());
                }
                typing.push(key, at);
            }
        }
        out.extend(typing.flush());
        let word = |msg| match msg {
            Msg::Key(key) => key.to_string(),
            Msg::Typed(text) => format!("{text:?}"),
            other => panic!("{other:?}"),
        };
        out.into_iter().map(word).collect()
    }

    /// Keys, each with the milliseconds before it, and what becomes of them.
    type Case<'a> = (&'a [(&'a str, u64)], &'a [&'a str]);

    #[test]
    fn what_arrives_at_once_is_a_text() {
        let table: &[Case<'_>] = &[
            (&[("d", 0), ("y", 80)], &["d", "y"]),
            (&[("Friday<enter>", 0)], &["\"Friday\\r\""]),
            (&[("dy", 0)], &["\"dy\""]),
            (&[("y<enter>", 0)], &["\"y\\r\""]),
            (&[("<enter>Friday", 0)], &["\"\\rFriday\""]),
            (&[("a<ctrl-j>b", 0)], &["\"a\\nb\""]),
            // A serial line.
            (&[("F", 0), ("r", 1), ("i", 1), ("d", 4)], &["\"Frid\""]),
            // A pause of the line in the midst of it.
            (&[("Fri", 0), ("d", 60), ("a", 60)], &["\"Fri\"", "\"da\""]),
            (&[("Fri", 0), ("d", 200)], &["\"Fri\"", "d"]),
            // A key that is held down, also behind a line that pauses.
            (&[("j", 0), ("j", 16), ("j", 16)], &["j", "j", "j"]),
            (&[("jjjj", 0)], &["j", "j", "j", "j"]),
            // Keys typed ahead that are no text.
            (&[("<tab><enter>", 0)], &["tab", "enter"]),
            (&[("<enter><enter>", 0)], &["enter", "enter"]),
        ];
        for (keys, expected) in table {
            assert_eq!(typed(keys), *expected, "{keys:?}");
        }
        assert_eq!(typed(&[(&"d".repeat(HELD_DOWN + 1), 0)]).len(), 1);
    }

    #[test]
    fn one_key_waits_no_longer_than_the_gap() {
        let (mut typing, at) = (Typing::new(GAP), Instant::now());
        typing.push(Key::char('d'), at);
        assert_eq!(typing.lone(), Some((Key::char('d'), at + GAP)));
        typing.push(Key::char('y'), at);
        assert_eq!(typing.lone(), None);
    }

    #[test]
    fn without_a_gap_every_key_stands_for_itself() {
        let (mut typing, at) = (Typing::new(Duration::ZERO), Instant::now());
        typing.push(Key::char('d'), at);
        typing.push(Key::char('y'), at);
        assert_eq!(typing.flush().len(), 2);
    }
}
