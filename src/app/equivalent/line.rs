//! A command line that is put together word by word. It never holds a secret.

use std::collections::HashSet;

use super::super::Model;
use crate::domain::ConnectionId;
use crate::files::path::unwrapped;
use crate::text::shell::quote;
use crate::text::{fold, is_hidden};

/// A command line in the making.
#[derive(Debug, Clone)]
pub(in crate::app) struct Line {
    text: String,
    /// Names that several connections share, folded: nobody could know which is meant.
    shared: HashSet<String>,
}

impl Line {
    /// `jetbridge VERB`, on the context that is shown. With several contexts it is always named:
    /// another shell may work on another one.
    pub(in crate::app) fn new(model: &Model, verb: &str) -> Self {
        let mut line = Self::bare(verb);
        if model.is_live() {
            line.shared = model.list.rows.shared_names();
        }
        if model.is_redacted() {
            // The pseudonyms that are shown lead back only there.
            line = line.word("--redact");
        }
        if model.settings.demo {
            return line.word("--demo");
        }
        if model.contexts.all.len() > 1 {
            return line.option("--context", &model.contexts.active);
        }
        line
    }

    /// `jetbridge VERB`, wherever.
    pub(in crate::app) fn bare(verb: &str) -> Self {
        let gap = if verb.is_empty() { "" } else { " " };
        Self { text: format!("jetbridge{gap}{verb}"), shared: HashSet::new() }
    }

    /// A line that was put together before, to add to it.
    pub(in crate::app) fn of(text: String) -> Self {
        Self { text, shared: HashSet::new() }
    }

    /// Words of ours, which need no quotes.
    pub(in crate::app) fn word(mut self, word: &str) -> Self {
        self.text.push(' ');
        self.text.push_str(word);
        self
    }

    /// An option with its value, whatever is in it.
    pub(in crate::app) fn option(mut self, name: &str, value: &str) -> Self {
        // A value that looks like an option is tied to its name.
        let tie = if value.starts_with('-') { "=" } else { " " };
        self.text.push_str(&format!(" {name}{tie}{}", quote(value)));
        self
    }

    /// An option with a path; `~/` at its beginning still means the home.
    pub(in crate::app) fn path(mut self, name: &str, path: &str, otherwise: &str) -> Self {
        let path = unwrapped(path);
        if path.is_empty() {
            return self.word(name).word(otherwise);
        }
        let (home, rest) = match path.strip_prefix("~/") {
            Some(rest) if !rest.is_empty() => ("~/", rest),
            Some(_) | None => ("", path.as_str()),
        };
        if !name.is_empty() {
            self.text.push(' ');
            self.text.push_str(name);
        }
        let dash = if home.is_empty() && rest.starts_with('-') { "./" } else { "" };
        self.text.push_str(&format!(" {home}{}", quote(&format!("{dash}{rest}"))));
        self
    }

    /// A connection: by its name, or by its id where the name is shared, cannot be seen or looks like
    /// an option.
    pub(in crate::app) fn connection(mut self, name: &str, id: ConnectionId) -> Self {
        let by_name = !name.trim().is_empty()
            && name.trim() == name
            && !name.starts_with('-')
            && !self.shared.contains(&fold(name))
            && !name.chars().any(is_hidden);
        let word = if by_name { quote(name) } else { id.to_string() };
        self.text.push(' ');
        self.text.push_str(&word);
        self
    }

    /// A word of one's own, such as the name of a copy; never taken for an option.
    pub(in crate::app) fn own(self, text: &str, otherwise: &str) -> Self {
        let text = text.trim();
        if text.is_empty() || text.starts_with('-') {
            return self.word(otherwise);
        }
        let word = quote(text);
        self.word(&word)
    }

    /// The line.
    pub(in crate::app) fn done(self) -> String {
        self.text
    }
}
