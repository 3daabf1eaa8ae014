//! Bytes of the terminal as keys, pastes, clicks. Nothing that was typed is lost: what is no
//! sequence is the keys that it consists of.
//!
//! crossterm's reader is not used for this: it drops both keys of an escape that is followed at
//! once by another key, waits without end behind `ESC [` and `ESC O`, which AltGr sends as well,
//! and throws away all of a sequence that it does not know.

use std::time::Duration;

use zeroize::{Zeroize, Zeroizing};

use crate::app::{Key, KeyName};

/// How long an escape waits for the rest of a sequence that the line may have broken in two.
const ESCAPE: Duration = Duration::from_millis(20);
/// How long a paste waits for its end; without one the terminal would be dead from there on.
const PASTE: Duration = Duration::from_secs(1);
/// Most of a paste that is kept, in bytes: far more than any field takes.
const PASTE_MAX: usize = 1 << 20;
/// Longest sequence, in bytes; what is longer is none.
const LONGEST: usize = 64;
/// Rows that one notch of the wheel moves.
const NOTCH: i16 = 3;
const ESC: u8 = 0x1b;
const END_OF_PASTE: &[u8] = b"\x1b[201~";

/// Something that came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(Key),
    /// Escape and at once this key: alt, AltGr, or two keys. Where it is pressed decides.
    Meta(Key),
    /// A text between the marks of a paste.
    Paste(String),
    /// The left mouse button, at a column and row.
    Click(u16, u16),
    /// The wheel: rows down, negative is up.
    Wheel(i16),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
}

/// Bytes that are no whole key yet.
#[derive(Default)]
pub struct Decoder {
    rest: Zeroizing<Vec<u8>>,
    paste: Option<Zeroizing<Vec<u8>>>,
}

impl Decoder {
    /// Takes what was read.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        self.rest.extend_from_slice(bytes);
        self.run(false, out);
    }

    /// Nothing more came while [`Self::waits`].
    pub fn settle(&mut self, out: &mut Vec<Input>) {
        if let Some(mut paste) = self.paste.take() {
            paste.append(&mut self.rest);
            out.push(pasted(&paste));
        }
        self.run(true, out);
    }

    /// How long more may come that belongs to what is here; `None`: nothing is begun.
    pub fn waits(&self) -> Option<Duration> {
        match self.paste {
            Some(_) => Some(PASTE),
            None => (!self.rest.is_empty()).then_some(ESCAPE),
        }
    }

    fn run(&mut self, ended: bool, out: &mut Vec<Input>) {
        let mut rest = std::mem::take(&mut self.rest);
        let mut at = 0;
        loop {
            let bytes = rest.get(at..).unwrap_or_default();
            if let Some(mut paste) = self.paste.take() {
                let end = memchr::memmem::find(bytes, END_OF_PASTE);
                // The mark itself may be there in part.
                let whole = end.unwrap_or(bytes.len().saturating_sub(END_OF_PASTE.len() - 1));
                let room = PASTE_MAX.saturating_sub(paste.len()).min(whole);
                paste.extend_from_slice(bytes.get(..room).unwrap_or_default());
                at += whole;
                if end.is_none() {
                    self.paste = Some(paste);
                    break;
                }
                out.push(pasted(&paste));
                at += END_OF_PASTE.len();
                continue;
            }
            match next(bytes, ended) {
                Found::More => break,
                Found::Nothing(taken) => at += taken,
                Found::One(taken, input) => {
                    out.push(input);
                    at += taken;
                }
                Found::Paste(taken) => {
                    self.paste = Some(Zeroizing::default());
                    at += taken;
                }
            }
        }
        self.rest.extend_from_slice(rest.get(at..).unwrap_or_default());
        rest.zeroize();
    }
}

fn pasted(bytes: &[u8]) -> Input {
    Input::Paste(String::from_utf8_lossy(bytes).into_owned())
}

/// What bytes begin with, and how many of them that is.
enum Found {
    /// Not known yet.
    More,
    /// Something that is of no concern.
    Nothing(usize),
    One(usize, Input),
    /// The mark before a paste.
    Paste(usize),
}

fn one(taken: usize, key: Option<Key>) -> Found {
    key.map_or(Found::Nothing(taken), |key| Found::One(taken, Input::Key(key)))
}

/// `ended`: nothing more comes, so what is begun is all there is.
fn next(bytes: &[u8], ended: bool) -> Found {
    let escape = || Found::One(1, Input::Key(Key::plain(KeyName::Esc)));
    match bytes {
        [ESC] if ended => escape(),
        [] | [ESC] => Found::More,
        [ESC, ESC, ..] => escape(),
        [ESC, b'[', ..] => sequence(bytes, ended),
        [ESC, b'O', ..] => short_sequence(bytes, ended),
        [ESC, behind @ ..] => match plain(behind, ended) {
            Found::One(taken, Input::Key(key)) => Found::One(taken + 1, Input::Meta(key)),
            Found::More => Found::More,
            Found::One(..) | Found::Nothing(_) | Found::Paste(_) => escape(),
        },
        _ => plain(bytes, ended),
    }
}

/// AltGr or alt with the character that a sequence begins with.
fn meta(bytes: &[u8]) -> Found {
    let c = bytes.get(1).copied().map_or('[', char::from);
    Found::One(2, Input::Meta(Key::char(c)))
}

/// A key that is one character or control character.
fn plain(bytes: &[u8], ended: bool) -> Found {
    let Some(first) = bytes.first().copied() else { return Found::More };
    let ctrl = |c: u8| Key { ctrl: true, ..Key::char(char::from(c)) };
    let key = match first {
        b'\r' => Key::plain(KeyName::Enter),
        b'\t' => Key::plain(KeyName::Tab),
        // What a backspace key sends where the terminal is set to ^H.
        0x7f | 0x08 => Key::plain(KeyName::Backspace),
        0 => ctrl(b' '),
        0x01..=0x1a => ctrl(first - 1 + b'a'),
        0x1c..=0x1f => ctrl(first - 0x1c + b'4'),
        _ => return character(bytes, ended),
    };
    Found::One(1, Input::Key(key))
}

/// A character. A byte that is no UTF-8 comes from a terminal that speaks Latin-1: dropped, it would
/// make a password shorter.
fn character(bytes: &[u8], ended: bool) -> Found {
    let head = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() && !ended => {
            return Found::More;
        }
        Err(error) => head
            .get(..error.valid_up_to())
            .and_then(|it| std::str::from_utf8(it).ok())
            .unwrap_or_default(),
    };
    match (valid.chars().next(), bytes.first()) {
        (Some(c), _) => Found::One(c.len_utf8(), Input::Key(Key::char(c))),
        (None, Some(byte @ 0xa0..)) => Found::One(1, Input::Key(Key::char(char::from(*byte)))),
        (None, _) => Found::Nothing(1),
    }
}

/// `ESC O` and one character: cursor and function keys in application mode.
fn short_sequence(bytes: &[u8], ended: bool) -> Found {
    let Some(last) = bytes.get(2).copied() else {
        return if ended { meta(bytes) } else { Found::More };
    };
    match cursor(last).or(if last == b'M' { Some(KeyName::Enter) } else { None }) {
        Some(name) => one(3, Some(Key::plain(name))),
        None => meta(bytes),
    }
}

/// The key that a sequence of one letter stands for.
const fn cursor(letter: u8) -> Option<KeyName> {
    Some(match letter {
        b'A' => KeyName::Up,
        b'B' => KeyName::Down,
        b'C' => KeyName::Right,
        b'D' => KeyName::Left,
        b'H' => KeyName::Home,
        b'F' => KeyName::End,
        b'P' => KeyName::F(1),
        b'Q' => KeyName::F(2),
        b'R' => KeyName::F(3),
        b'S' => KeyName::F(4),
        _ => return None,
    })
}

/// `ESC [`, parameters, and a last character.
fn sequence(bytes: &[u8], ended: bool) -> Found {
    // The Linux console's first function keys have a second bracket.
    if let [_, _, b'[', rest @ ..] = bytes {
        return match rest.first() {
            Some(letter @ b'A'..=b'E') => one(4, Some(Key::plain(KeyName::F(letter - b'A' + 1)))),
            None if !ended => Found::More,
            _ => meta(bytes),
        };
    }
    let numbered = bytes.get(2).is_some_and(u8::is_ascii_digit);
    let ends = |byte: u8| matches!(byte, 0x40..=0x7e) || byte == b'$' && numbered;
    let inner = |byte: &u8| matches!(byte, 0x20..=0x3f);
    let Some(at) = bytes.iter().skip(2).position(|it| ends(*it) || !inner(it)) else {
        return if ended || bytes.len() > LONGEST { meta(bytes) } else { Found::More };
    };
    let (at, last) = (at + 2, bytes.get(at + 2).copied().unwrap_or_default());
    if !ends(last) {
        return meta(bytes);
    }
    let parameters = bytes.get(2..at).and_then(|it| std::str::from_utf8(it).ok());
    match parameters.unwrap_or_default() {
        "" => bare(bytes, last, ended),
        text => with_parameters(text, last, at + 1),
    }
}

/// A sequence without parameters.
fn bare(bytes: &[u8], last: u8, ended: bool) -> Found {
    let shifted = |name| Some(Key { shift: true, ..Key::plain(name) });
    match last {
        b'Z' => one(3, shifted(KeyName::Tab)),
        // rxvt with shift.
        b'a' => one(3, shifted(KeyName::Up)),
        b'b' => one(3, shifted(KeyName::Down)),
        b'c' => one(3, shifted(KeyName::Right)),
        b'd' => one(3, shifted(KeyName::Left)),
        // Focus, and the 5 of a keypad.
        b'I' | b'O' | b'E' => Found::Nothing(3),
        // A click as old terminals show it: three bytes more.
        b'M' if bytes.len() >= 6 => Found::Nothing(6),
        b'M' if !ended => Found::More,
        _ => match cursor(last) {
            Some(name) => one(3, Some(Key::plain(name))),
            None => meta(bytes),
        },
    }
}

fn with_parameters(text: &str, last: u8, taken: usize) -> Found {
    let mut fields = text.split(';');
    let first = fields.next().unwrap_or_default();
    let number = first.split(':').next().and_then(|it| it.parse::<u32>().ok());
    let modifiers = fields.next().and_then(Modifiers::parse);
    let held = modifiers.unwrap_or_default();
    let third = fields.next();
    let key = match (last, number) {
        (b'M' | b'm', None) => return mouse(text, last, taken),
        (b'~', Some(200)) => return Found::Paste(taken),
        // xterm with modifyOtherKeys.
        (b'~', Some(27)) => {
            third.and_then(|it| it.parse().ok()).and_then(|code| held.on(coded(code)?))
        }
        (b'~', Some(number)) => numbered(number).and_then(|name| held.on(name)),
        // rxvt with ctrl, shift, and both.
        (b'^', Some(number)) => numbered(number).and_then(|it| Modifiers(4, false).on(it)),
        (b'$', Some(number)) => numbered(number).and_then(|it| Modifiers(1, false).on(it)),
        (b'@', Some(number)) => numbered(number).and_then(|it| Modifiers(5, false).on(it)),
        (b'u', Some(code)) => unicode(first, code, held, third),
        (_, Some(1)) => cursor(last).and_then(|name| held.on(name)),
        // Reports of the terminal that nobody asked for.
        _ => None,
    };
    one(taken, key)
}

/// Shift 1, alt 2, ctrl 4, super 8, hyper 16, meta 32; and whether the key is let go.
#[derive(Debug, Clone, Copy, Default)]
struct Modifiers(u32, bool);

impl Modifiers {
    fn parse(text: &str) -> Option<Self> {
        let (mask, kind) = text.split_once(':').unwrap_or((text, "1"));
        Some(Self(mask.parse::<u32>().ok()?.saturating_sub(1), kind == "3"))
    }

    /// The key; `None` when it is let go, or belongs to the desktop.
    fn on(self, name: KeyName) -> Option<Key> {
        let has = |bit| self.0 & bit != 0;
        if self.1 || has(8) || has(16) {
            return None;
        }
        let (mut name, mut ctrl, mut shift) = (name, has(4), has(1));
        if let KeyName::Char(c) = name {
            let mut upper = c.to_uppercase();
            name = match (shift, upper.next(), upper.next()) {
                (true, Some(upper), None) => KeyName::Char(upper),
                // Some letters have no single capital.
                _ => name,
            };
            shift = false;
            if ctrl && c.eq_ignore_ascii_case(&'h') {
                (name, ctrl) = (KeyName::Backspace, false);
            }
        }
        Some(Key { name, ctrl, alt: has(2) || has(32), shift })
    }
}

/// The key of a number before `~`, as xterm, rxvt and the Linux console count.
const fn numbered(number: u32) -> Option<KeyName> {
    Some(match number {
        1 | 7 => KeyName::Home,
        2 => KeyName::Insert,
        3 => KeyName::Delete,
        4 | 8 => KeyName::End,
        5 => KeyName::PageUp,
        6 => KeyName::PageDown,
        11..=15 => KeyName::F((number - 10) as u8),
        17..=21 => KeyName::F((number - 11) as u8),
        23 | 24 => KeyName::F((number - 12) as u8),
        _ => return None,
    })
}

/// The key of a code point, those of a keypad included (kitty's keyboard protocol).
fn coded(code: u32) -> Option<KeyName> {
    const KEYPAD: [char; 8] = ['.', '/', '*', '-', '+', '\r', '=', ','];
    Some(match code {
        8 | 127 => KeyName::Backspace,
        9 => KeyName::Tab,
        13 | 57_414 => KeyName::Enter,
        27 => KeyName::Esc,
        57_399..=57_408 => KeyName::Char(char::from_digit(code - 57_399, 10)?),
        57_409..=57_416 => KeyName::Char(*KEYPAD.get(usize::try_from(code - 57_409).ok()?)?),
        57_417 => KeyName::Left,
        57_418 => KeyName::Right,
        57_419 => KeyName::Up,
        57_420 => KeyName::Down,
        57_421 => KeyName::PageUp,
        57_422 => KeyName::PageDown,
        57_423 => KeyName::Home,
        57_424 => KeyName::End,
        57_425 => KeyName::Insert,
        57_426 => KeyName::Delete,
        // Keys without a character.
        57_344..=63_743 => return None,
        _ => KeyName::Char(char::from_u32(code).filter(|it| !it.is_control())?),
    })
}

/// `CSI code:shifted ; modifiers ; text u`. Where the terminal says what the key types, that counts.
fn unicode(first: &str, code: u32, held: Modifiers, text: Option<&str>) -> Option<Key> {
    let point = |text: &str| char::from_u32(text.parse().ok()?).filter(|it| !it.is_control());
    let typed = text.and_then(|it| point(it.split(':').next().unwrap_or_default()));
    if let (Some(c), false) = (typed, held.1) {
        return Some(Key::char(c));
    }
    let shifted = first.split(':').nth(1).and_then(point).filter(|_| held.0 & 1 != 0);
    held.on(match shifted {
        Some(c) => KeyName::Char(c),
        None => coded(code)?,
    })
}

/// A click or the wheel, with SGR coordinates.
fn mouse(text: &str, last: u8, taken: usize) -> Found {
    let numbers: Vec<u16> = text
        .strip_prefix('<')
        .unwrap_or_default()
        .split(';')
        .filter_map(|it| it.parse().ok())
        .collect();
    let [button, column, row] = numbers.as_slice() else { return Found::Nothing(taken) };
    // Shift, alt and ctrl count for nothing.
    match (button & !0b1_1100, last) {
        (0, b'M') => {
            Found::One(taken, Input::Click(column.saturating_sub(1), row.saturating_sub(1)))
        }
        (64, b'M') => Found::One(taken, Input::Wheel(-NOTCH)),
        (65, b'M') => Found::One(taken, Input::Wheel(NOTCH)),
        _ => Found::Nothing(taken),
    }
}

#[cfg(test)]
mod tests;
