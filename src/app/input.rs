//! A line of text being typed: `tui_input` with comparison, a silent `Debug` and paste.

use std::fmt;

use tui_input::{Input, InputRequest};

use super::{Key, KeyName};

/// Longest text a line takes, in characters; more is cut, and said.
pub const MAX: usize = 8_192;

/// A line of text with its cursor.
#[derive(Clone, Default)]
pub struct TextInput(Input);

/// What a paste had to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pasted {
    /// A line break at the end was left out.
    pub trimmed: bool,
    /// Line breaks inside became spaces.
    pub joined: bool,
    /// Characters beyond [`MAX`] were left out.
    pub cut: usize,
}

impl fmt::Debug for TextInput {
    /// The line may hold a secret, so only its length is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "TextInput({} characters, cursor {})",
            self.0.value().chars().count(),
            self.0.cursor()
        )
    }
}

impl PartialEq for TextInput {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value() && self.cursor() == other.cursor()
    }
}

impl Eq for TextInput {}

impl From<&str> for TextInput {
    fn from(text: &str) -> Self {
        Self(Input::new(text.to_owned()))
    }
}

impl TextInput {
    /// The text.
    pub fn value(&self) -> &str {
        self.0.value()
    }

    /// Cursor, in characters from the start.
    pub fn cursor(&self) -> usize {
        self.0.cursor()
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.value().is_empty()
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        self.0 = Input::default();
    }

    /// Applies an editing key; `None` when the key edits nothing, else whether the text changed.
    pub fn edit(&mut self, key: Key) -> Option<bool> {
        let request = match (key.name, key.ctrl, key.alt) {
            (KeyName::Char(c), false, false) => {
                if self.value().chars().count() >= MAX {
                    return Some(false);
                }
                InputRequest::InsertChar(c)
            }
            (KeyName::Backspace, false, false) | (KeyName::Char('h'), true, false) => {
                InputRequest::DeletePrevChar
            }
            (KeyName::Delete, false, false) | (KeyName::Char('d'), true, false) => {
                InputRequest::DeleteNextChar
            }
            (KeyName::Backspace, _, _) | (KeyName::Char('w'), true, false) => {
                InputRequest::DeletePrevWord
            }
            (KeyName::Left, false, false) => InputRequest::GoToPrevChar,
            (KeyName::Right, false, false) => InputRequest::GoToNextChar,
            // Not alt with b and f: AltGr comes as alt, and every character of it is text.
            (KeyName::Left, _, _) => InputRequest::GoToPrevWord,
            (KeyName::Right, _, _) => InputRequest::GoToNextWord,
            (KeyName::Home, ..) | (KeyName::Char('a'), true, false) => InputRequest::GoToStart,
            (KeyName::End, ..) | (KeyName::Char('e'), true, false) => InputRequest::GoToEnd,
            (KeyName::Char('u'), true, false) => InputRequest::DeleteLine,
            (KeyName::Char('k'), true, false) => InputRequest::DeleteTillEnd,
            _ => return None,
        };
        Some(self.0.handle(request).is_some_and(|changed| changed.value))
    }

    /// Inserts what is pasted into a search or a name at the cursor. A cell of a table ends with a
    /// tab or a line end that nobody typed: they go at the ends, and inside they become a space.
    pub fn paste_text(&mut self, text: &str) -> Pasted {
        const BREAKS: [char; 3] = ['\t', '\r', '\n'];
        let body = text.trim_matches(BREAKS);
        let parts: Vec<&str> = body.split(BREAKS).filter(|it| !it.is_empty()).collect();
        let mut report = self.insert(&parts.join(" "));
        report.trimmed = body.len() < text.len();
        report.joined = parts.len() > 1;
        report
    }

    /// Inserts a pasted secret at the cursor, as one line and otherwise as it is. D5.
    pub fn paste(&mut self, text: &str) -> Pasted {
        let body = text.trim_end_matches(['\r', '\n']);
        let mut joined = false;
        let mut line = String::with_capacity(body.len());
        let mut breaks = false;
        for c in body.chars() {
            if c == '\r' || c == '\n' {
                breaks = true;
                continue;
            }
            if std::mem::take(&mut breaks) {
                joined = true;
                line.push(' ');
            }
            line.push(c);
        }
        Pasted { trimmed: body.len() < text.len(), joined, ..self.insert(&line) }
    }

    /// Inserts as much of a line as there is room for.
    fn insert(&mut self, line: &str) -> Pasted {
        let before = self.value().chars().count();
        let room = MAX.saturating_sub(before);
        let length = line.chars().count();
        let cursor = self.cursor();
        let taken = length.min(room);
        let mut whole: String = self.value().chars().take(cursor).collect();
        whole.extend(line.chars().take(taken));
        whole.extend(self.value().chars().skip(cursor));
        self.0 = Input::new(whole).with_cursor(cursor + taken);
        Pasted { cut: length - taken, ..Pasted::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_goes_in_at_the_cursor_as_one_line() {
        let mut input = TextInput::from("ac");
        input.edit(Key::plain(KeyName::Left));
        let report = input.paste("b\r\nb\n");
        assert_eq!(input.value(), "ab bc");
        assert_eq!(input.cursor(), 4);
        assert_eq!(report, Pasted { trimmed: true, joined: true, cut: 0 });
    }

    #[test]
    fn a_cell_of_a_table_is_pasted_as_plain_text() {
        for (pasted, expected) in [
            ("fromexcel\t", "fromexcel"),
            ("\r\n\tfrom\t\r\n\texcel\n", "from excel"),
            (" a  b ", " a  b "),
            ("\t\n", ""),
            ("a\u{1b}b\t", "a\u{1b}b"),
        ] {
            let mut input = TextInput::default();
            input.paste_text(pasted);
            assert_eq!(input.value(), expected, "{pasted:?}");
        }
        let mut input = TextInput::from("ac");
        input.edit(Key::plain(KeyName::Left));
        let report = input.paste_text("b\tb\t");
        assert_eq!((input.value(), input.cursor()), ("ab bc", 4));
        assert_eq!(report, Pasted { trimmed: true, joined: true, cut: 0 });
        // A secret keeps its tabs: they may be part of it.
        let mut input = TextInput::default();
        input.paste("a\tb\t\n");
        assert_eq!(input.value(), "a\tb\t");
    }

    #[test]
    fn a_huge_paste_is_cut_and_said() {
        let mut input = TextInput::default();
        let report = input.paste(&"x".repeat(100_000));
        assert_eq!(input.value().len(), MAX);
        assert_eq!(report.cut, 100_000 - MAX);
        assert_eq!(input.edit(Key::char('y')), Some(false));
    }

    #[test]
    fn debug_shows_no_text() {
        assert!(!format!("{:?}", TextInput::from("fake-secret")).contains("fake"));
    }
}
