//! Bytes as events. Any bytes mean something, so that the fuzzer wastes none.

use crate::app::{Key, KeyName};
use crate::backend::BackendError;
use crate::runtime::decode::Input;
use crate::runtime::watch::Ending;
use crate::testing::fake::Call;
use crate::testing::keys::parse_keys;

/// Keys that are no characters, those that move on more than once.
const NAMED: [KeyName; 32] = [
    KeyName::Enter,
    KeyName::Enter,
    KeyName::Enter,
    KeyName::Enter,
    KeyName::Esc,
    KeyName::Esc,
    KeyName::Esc,
    KeyName::Tab,
    KeyName::Tab,
    KeyName::Tab,
    KeyName::Backspace,
    KeyName::Delete,
    KeyName::Insert,
    KeyName::Up,
    KeyName::Up,
    KeyName::Down,
    KeyName::Down,
    KeyName::Down,
    KeyName::Left,
    KeyName::Left,
    KeyName::Right,
    KeyName::Right,
    KeyName::Home,
    KeyName::End,
    KeyName::PageUp,
    KeyName::PageDown,
    KeyName::Char(' '),
    KeyName::Char(' '),
    KeyName::F(1),
    KeyName::F(2),
    KeyName::F(5),
    KeyName::F(12),
];

/// Rows of keys that lead somewhere. Every action of every place is one key, so these only save
/// the random walk some time.
const ROWS: [&str; 20] = [
    "nContoso HR<tab><tab>",
    "n<enter>",
    "nn<enter><down><enter>Laptops<tab>",
    "ne<esc>q",
    "e",
    "ee<enter>x<esc><enter>",
    "<ctrl-s><ctrl-s>",
    "<ctrl-s><ctrl-s><enter>",
    "<esc><right><enter>",
    "/con<enter>",
    "f<space><down><space><enter>",
    "ajj<space>d<right><enter>",
    "u",
    "P<tab>c",
    "A<enter>",
    "D",
    "h",
    "y<enter>",
    "<f1>mark<esc><esc>",
    ":audit<enter>",
];

const PASTES: [&str; 8] = [
    "Contoso HR",
    "a\u{1b}[2J\u{9b}31m\u{202e}b\u{200b}\u{feff}\u{ad}",
    "漢字漢字🚀👩\u{200d}👩\u{200d}👧 e\u{301}\u{301}\u{301}",
    "\u{301}\u{300}\u{fe0f}",
    "line one\r\nline two\n",
    "11111111-1111-4111-8111-111111111111",
    "\\\\server\\share\\bulk.ppkg",
    "2027-03-01",
];

const CALLS: [Call; 20] = [
    Call::Page,
    Call::Count,
    Call::Summaries,
    Call::Connection,
    Call::DeletedConnection,
    Call::Save,
    Call::Delete,
    Call::Restore,
    Call::Purge,
    Call::Deleted,
    Call::History,
    Call::Objects,
    Call::PutObjects,
    Call::IssueKey,
    Call::IssueToken,
    Call::Reveal,
    Call::Drafts,
    Call::SaveDraft,
    Call::DiscardDraft,
    Call::UsedBy,
];

/// One thing that happens.
pub(super) enum Step {
    /// Something from the terminal.
    Input(Input),
    /// A row of keys.
    Keys(Vec<Key>),
    /// The process was stopped and goes on.
    Continued,
    /// The form in progress is to be kept.
    Autosave,
    /// The next call of this kind fails.
    Fail(Call, BackendError),
    /// Calls of this kind are not answered for a while.
    Hold(Call),
    /// Everything held back is answered.
    Release,
    /// What concerns files and networks is answered: well or not.
    Answer(bool),
    /// Time passes.
    Pump,
    /// The process is asked to end.
    End(Ending),
}

/// Bytes being read.
pub(super) struct Feed<'a> {
    rest: &'a [u8],
    gathers: bool,
}

impl<'a> Feed<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, gathers: false }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the last event shares its frame with the next.
    pub(super) const fn gathers(&self) -> bool {
        self.gathers
    }

    /// The next byte; 0 at the end.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    fn pick<T: Clone>(&mut self, of: &[T], otherwise: T) -> T {
        let at = usize::from(self.byte()) % of.len().max(1);
        of.get(at).cloned().unwrap_or(otherwise)
    }

    /// The next event; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Step> {
        if self.is_empty() {
            return None;
        }
        let op = self.byte();
        // Events come in bursts, whose end is drawn; a size that nothing follows is drawn at once.
        self.gathers = !op.is_multiple_of(8);
        let key = |name| Step::Input(Input::Key(Key::plain(name)));
        Some(match op {
            0..=94 => key(KeyName::Char(char::from(op + 32))),
            96..=159 => {
                let name = NAMED.get(usize::from(op) % NAMED.len()).copied();
                let plain = Key::plain(name.unwrap_or(KeyName::Enter));
                Step::Input(Input::Key(Key { shift: op > 155, ..plain }))
            }
            160..=178 => Step::Input(Input::Key(Key { ctrl: true, ..self.letter() })),
            179 => Step::Input(Input::Key(Key { alt: true, ..self.letter() })),
            180 => Step::Input(Input::Key(Key { ctrl: true, alt: true, ..self.letter() })),
            95 | 181 => Step::Input(Input::Meta(self.letter())),
            182..=187 => key(KeyName::Char(self.any_char())),
            188..=193 => Step::Input(Input::Paste(self.paste())),
            194..=205 => self.size(),
            206..=211 => self.mouse(),
            212..=213 => Step::Continued,
            214..=221 => Step::Autosave,
            222..=227 => Step::Fail(self.pick(&CALLS, Call::Page), self.error()),
            228..=230 => Step::Hold(self.pick(&CALLS, Call::Page)),
            231..=234 => Step::Release,
            235..=240 => Step::Answer(!self.byte().is_multiple_of(3)),
            241 => Step::Pump,
            242..=253 => Step::Keys(parse_keys(self.pick(&ROWS, "e")).unwrap_or_default()),
            254 => Step::End(Ending::HungUp),
            255 => Step::End(Ending::Terminated),
        })
    }

    fn letter(&mut self) -> Key {
        Key::char(char::from(b'a' + self.byte() % 26))
    }

    /// Any character, those that are shown escaped more often than others.
    fn any_char(&mut self) -> char {
        let (plane, high, low) = (self.byte(), u32::from(self.byte()), u32::from(self.byte()));
        let number = match plane % 6 {
            0 => low,
            1 => 0x2000 + low % 0x70,
            2 => 0x300 + low % 0x70,
            3 => 0xfe00 + low,
            4 => high << 8 | low,
            _ => u32::from(plane % 17) << 16 | high << 8 | low,
        };
        char::from_u32(number).unwrap_or('\u{fffd}')
    }

    fn paste(&mut self) -> String {
        let how = self.byte();
        match how % 4 {
            0 => {
                let length = usize::from(self.byte() % 32).min(self.rest.len());
                let (text, rest) = self.rest.split_at(length);
                self.rest = rest;
                String::from_utf8_lossy(text).into_owned()
            }
            1 if how == 1 => "x".repeat(20_000),
            _ => self.pick(&PASTES, "").to_owned(),
        }
    }

    /// Sizes that people have, and all others.
    fn size(&mut self) -> Step {
        let (how, width, height) = (self.byte(), self.byte(), self.byte());
        let (width, height) = match how % 8 {
            0 => (80, 24),
            1 => (140, 40),
            2 => (40, 12),
            3 => (u16::from(width % 4), u16::from(height % 4)),
            4 => (30 + u16::from(width % 30), 8 + u16::from(height % 12)),
            _ => (u16::from(width), u16::from(height % 80)),
        };
        Step::Input(Input::Resize(width, height))
    }

    fn mouse(&mut self) -> Step {
        let how = self.byte() % 4;
        let (column, row) = (u16::from(self.byte()), u16::from(self.byte()) % 100);
        Step::Input(match how {
            0 => Input::Wheel(-3),
            1 => Input::Wheel(3),
            _ => Input::Click(column, row),
        })
    }

    fn error(&mut self) -> BackendError {
        match self.byte() % 9 {
            0 => BackendError::NotFound,
            1 => BackendError::Busy,
            2 => BackendError::DiskFull,
            3 => BackendError::Conflict {
                by: "eve\u{202e}".to_owned(),
                at: crate::domain::Timestamp::UNIX_EPOCH,
                revision: 9,
            },
            8 => BackendError::Deleted {
                id: crate::domain::ConnectionId(uuid::Uuid::nil()),
                by: "eve\u{202e}".to_owned(),
                at: crate::domain::Timestamp::UNIX_EPOCH,
                revision: 9,
            },
            4 => BackendError::TimedOut { seconds: 30 },
            5 => BackendError::Locked { detail: "the passphrase is missing".to_owned() },
            6 => BackendError::Unsupported("this"),
            _ => BackendError::Other("a\u{1b}[2J\nb".to_owned()),
        }
    }
}
