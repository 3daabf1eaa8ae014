//! The search in a list or pick list: the line that is typed, whether it has the keys, and what it
//! matches. Every list has this one; how it gets its keys is in `update/search.rs`.

use super::input::TextInput;
use crate::text::fold;

/// A search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// The line.
    pub line: TextInput,
    /// The line has the keys. In a pick list it always has.
    pub typing: bool,
}

impl From<&str> for Search {
    fn from(text: &str) -> Self {
        Self { line: TextInput::from(text), typing: false }
    }
}

impl Search {
    /// What is searched for.
    pub fn value(&self) -> &str {
        self.line.value()
    }

    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Enter: keeps what was typed; whether the line had the keys.
    pub const fn keep(&mut self) -> bool {
        std::mem::replace(&mut self.typing, false)
    }

    /// Esc: ends it; whether there was anything to end.
    pub fn end(&mut self) -> bool {
        let was = self.typing || !self.is_empty();
        *self = Self::default();
        was
    }

    /// What an entry must hold.
    pub fn words(&self) -> Words {
        Words(fold(self.value()).split_whitespace().map(str::to_owned).collect())
    }
}

/// The words of a search.
#[derive(Debug, Clone, Default)]
pub struct Words(Vec<String>);

impl Words {
    /// Whether every word occurs in one of these texts, whatever the case.
    pub fn are_in(&self, texts: &[&str]) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let texts: Vec<String> = texts.iter().map(|it| fold(it)).collect();
        self.0.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
    }

    /// Whether every word begins a word of one of these texts.
    pub fn are_of(&self, texts: &[&str]) -> bool {
        let begins =
            |text: &&str, word: &str| fold(text).split([' ', '-']).any(|it| it.starts_with(word));
        self.0.iter().all(|word| texts.iter().any(|text| begins(text, word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_somewhere_whatever_the_case() {
        for (typed, found) in [
            ("", true),
            ("  ", true),
            ("groups", true),
            ("CONTOSO dest", true),
            ("dest contoso", true),
            ("contoso fabrikam", false),
        ] {
            assert_eq!(
                Search::from(typed).words().are_in(&["Contoso", "groups-DEST"]),
                found,
                "{typed}"
            );
        }
    }

    #[test]
    fn keeping_and_ending_say_whether_there_was_something() {
        let mut search = Search::from("x");
        assert!(!search.keep());
        search.typing = true;
        assert!(search.keep() && !search.keep() && !search.is_empty());
        assert!(search.end() && !search.end() && search.is_empty());
    }
}
