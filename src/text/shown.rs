//! A text that was made harmless, known by its type, so that no screen can forget it. E4, UX.md §3.24.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::width::cluster_columns;
use super::{escape, fold, width};

/// Longest cluster of combining characters that one cell takes, in characters.
const CLUSTER_MAX: usize = 8;

/// A text that is safe to be written to a terminal; the canvas writes nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown<'a>(Cow<'a, str>);

impl<'a> From<&'a str> for Shown<'a> {
    fn from(raw: &'a str) -> Self {
        Self(escape::shown(raw))
    }
}

impl<'a> From<&'a String> for Shown<'a> {
    fn from(raw: &'a String) -> Self {
        Self(escape::shown(raw))
    }
}

impl From<String> for Shown<'_> {
    fn from(raw: String) -> Self {
        match escape::shown(&raw) {
            Cow::Borrowed(_) => Self(Cow::Owned(raw)),
            Cow::Owned(escaped) => Self(Cow::Owned(escaped)),
        }
    }
}

impl<'a> Shown<'a> {
    /// A sentence of ours in which names may be escaped already.
    pub fn composed(sentence: &'a str) -> Self {
        Self(escape::composed(sentence))
    }

    /// What was made of shown texts.
    pub(super) const fn made(text: String) -> Shown<'static> {
        Shown(Cow::Owned(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same without borrowing.
    pub fn into_owned(self) -> Shown<'static> {
        Shown(Cow::Owned(self.0.into_owned()))
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        width::columns_of(self.as_str())
    }

    /// At most `width` columns of it; what was cut is shown by the ellipsis, one column wide.
    pub fn cut(&self, width: usize, ellipsis: &str) -> Shown<'_> {
        Shown(width::cut(self.as_str(), width, ellipsis))
    }

    /// Lines of at most `width` columns, broken between words where there are any.
    pub fn wrap(&self, width: usize) -> Vec<Shown<'static>> {
        width::wrap(self.as_str(), width).into_iter().map(Self::made).collect()
    }

    /// Its clusters with their columns, none wider than a cell can hold.
    pub fn clusters(&self) -> impl Iterator<Item = (&str, usize)> {
        self.as_str().graphemes(true).map(|it| (capped(it), cluster_columns(it)))
    }

    /// Byte ranges that match an already folded needle. C3.
    pub fn matches(&self, needle: &str) -> Vec<std::ops::Range<usize>> {
        fold::matches(self.as_str(), needle)
    }
}

fn capped(cluster: &str) -> &str {
    let end = cluster.char_indices().nth(CLUSTER_MAX).map(|(end, _)| end);
    end.and_then(|end| cluster.get(..end)).unwrap_or(cluster)
}
