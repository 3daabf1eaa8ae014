//! Text on its way to the screen: made harmless once, then measured, cut and wrapped by what it
//! takes up there. E4, UX.md §3.24.
//!
//! The canvas writes nothing but [`Shown`], and a `Shown` is made by escaping, so no screen can
//! forget it.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// Longest cluster of combining characters that one cell takes, in characters.
const CLUSTER_MAX: usize = 8;

/// A text that is safe to be written to a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown<'a>(Cow<'a, str>);

impl<'a> From<&'a str> for Shown<'a> {
    fn from(raw: &'a str) -> Self {
        Self(text::shown(raw))
    }
}

impl<'a> From<&'a String> for Shown<'a> {
    fn from(raw: &'a String) -> Self {
        Self(text::shown(raw))
    }
}

impl From<String> for Shown<'_> {
    fn from(raw: String) -> Self {
        match text::shown(&raw) {
            Cow::Borrowed(_) => Self(Cow::Owned(raw)),
            Cow::Owned(escaped) => Self(Cow::Owned(escaped)),
        }
    }
}

impl<'a> Shown<'a> {
    /// A sentence of ours in which names may be escaped already, such as an error's text: it is
    /// left alone unless something in it still has to be escaped.
    pub fn composed(sentence: &'a str) -> Self {
        if sentence.chars().any(text::is_hidden) {
            Self::from(sentence)
        } else {
            Self(Cow::Borrowed(sentence))
        }
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
        self.as_str().graphemes(true).map(columns).sum()
    }

    /// Whether it takes at most this many columns; looks no further than needed.
    fn fits(&self, width: usize) -> bool {
        let mut used = 0;
        self.as_str().graphemes(true).all(|it| {
            used += columns(it);
            used <= width
        })
    }

    /// At most `width` columns of it; what was cut is told by the ellipsis, one column wide.
    pub fn cut(&self, width: usize, ellipsis: &str) -> Shown<'_> {
        if self.fits(width) {
            return Shown(Cow::Borrowed(self.as_str()));
        }
        let room = width.saturating_sub(1);
        let mut used = 0;
        let mut out = String::new();
        for cluster in self.as_str().graphemes(true) {
            used += columns(cluster);
            if used > room {
                break;
            }
            out.push_str(cluster);
        }
        if width > 0 {
            out.push_str(ellipsis);
        }
        Shown(Cow::Owned(out))
    }

    /// Lines of at most `width` columns, broken between words where there are any.
    pub fn wrap(&self, width: usize) -> Vec<Shown<'static>> {
        let width = width.max(2);
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0);
        for word in self.as_str().split(' ').filter(|it| !it.is_empty()) {
            let length: usize = word.graphemes(true).map(columns).sum();
            if used > 0 && used + 1 + length <= width {
                line.push(' ');
                line.push_str(word);
                used += 1 + length;
                continue;
            }
            if used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            for cluster in word.graphemes(true) {
                let more = columns(cluster);
                if used + more > width {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(cluster);
                used += more;
            }
        }
        if used > 0 || lines.is_empty() {
            lines.push(line);
        }
        lines.into_iter().map(|it| Shown(Cow::Owned(it))).collect()
    }

    /// Its clusters with their columns, none wider than a cell can hold.
    pub(super) fn clusters(&self) -> impl Iterator<Item = (Cow<'_, str>, usize)> {
        self.as_str().graphemes(true).map(|it| (capped(it), columns(it)))
    }

    /// Byte ranges that match an already folded needle. C3.
    pub fn matches(&self, needle: &str) -> Vec<std::ops::Range<usize>> {
        text::matches(self.as_str(), needle)
    }
}

/// Columns of one cluster, as the terminal library counts them.
fn columns(cluster: &str) -> usize {
    usize::from(cluster.cell_width())
}

fn capped(cluster: &str) -> Cow<'_, str> {
    match cluster.char_indices().nth(CLUSTER_MAX) {
        Some((end, _)) => Cow::Borrowed(cluster.get(..end).unwrap_or_default()),
        None => Cow::Borrowed(cluster),
    }
}

/// What of a line being typed is visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The visible stretch.
    pub text: Shown<'static>,
    /// Column of the cursor in it.
    pub cursor: usize,
}

/// The stretch of a line of `width` columns that holds the cursor, which stands before the
/// character with that index. Ellipses tell what is out of sight.
pub fn window(raw: &str, cursor: usize, width: usize, ellipsis: &str) -> Window {
    let whole = Shown::from(raw);
    let at = text::shown_before(raw, cursor).graphemes(true).map(columns).sum::<usize>();
    if width == 0 {
        return Window { text: Shown::default(), cursor: 0 };
    }
    // The cursor needs a column of its own behind the last character.
    let start = (at + 1).saturating_sub(width);
    let mut out = String::new();
    let (mut column, mut used, mut cut) = (0, 0, false);
    for cluster in whole.as_str().graphemes(true) {
        let wide = columns(cluster);
        if column >= start {
            if used + wide > width {
                cut = true;
                break;
            }
            out.push_str(cluster);
            used += wide;
        }
        column += wide;
    }
    let mut text = Shown(Cow::Owned(out));
    if start > 0 {
        text = without_first(&text, ellipsis);
    }
    if cut {
        let keep = used.saturating_sub(1);
        text = Shown(Cow::Owned(head(&text, keep) + ellipsis));
    }
    // An ellipsis in place of a cluster that takes no column adds one.
    if text.width() > width {
        text = Shown(Cow::Owned(head(&text, width)));
    }
    // A wide character at the left edge moves the rest by a column.
    let shift = whole_columns_before(&whole, start).saturating_sub(start);
    Window { text, cursor: at.saturating_sub(start + shift).min(width - 1) }
}

/// Columns before the first cluster that starts at `start` or later.
fn whole_columns_before(text: &Shown<'_>, start: usize) -> usize {
    let mut column = 0;
    for cluster in text.as_str().graphemes(true) {
        if column >= start {
            break;
        }
        column += columns(cluster);
    }
    column
}

fn without_first(text: &Shown<'_>, ellipsis: &str) -> Shown<'static> {
    let mut clusters = text.as_str().graphemes(true);
    let gone = clusters.next().map_or(0, columns);
    let pad = " ".repeat(gone.saturating_sub(1));
    Shown(Cow::Owned(format!("{ellipsis}{pad}{}", clusters.as_str())))
}

fn head(text: &Shown<'_>, width: usize) -> String {
    let mut used = 0;
    text.as_str()
        .graphemes(true)
        .take_while(|it| {
            used += columns(it);
            used <= width
        })
        .collect()
}

/// A number with its thousands apart: `100,000`.
pub fn count(number: usize) -> String {
    crate::text::thousands(number)
}

/// A number with its noun: `1 connection`, `2 connections`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A cluster without a column stands at the left edge, where the ellipsis takes its place.
    #[test]
    fn an_ellipsis_never_widens_a_window() {
        let raw = "\u{b}¡0¡a0\0aA A¡\u{e0080}\u{3fffe}";
        for width in 1..30 {
            for at in 0..=raw.chars().count() {
                assert!(window(raw, at, width, "…").text.width() <= width, "{at}, {width}");
            }
        }
    }

    #[test]
    fn cutting_counts_columns_and_keeps_clusters_whole() {
        let cut = |text: &str, width| Shown::from(text).cut(width, "…").as_str().to_owned();
        assert_eq!(cut("contoso", 7), "contoso");
        assert_eq!(cut("contoso", 4), "con…");
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut("漢字漢字", 4), "漢…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn wrapping_breaks_between_words_and_inside_long_ones() {
        let wrap = |text: &str, width| {
            Shown::from(text)
                .wrap(width)
                .into_iter()
                .map(|it| it.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn the_window_follows_the_cursor() {
        let look = |raw: &str, cursor, width| {
            let it = window(raw, cursor, width, "…");
            (it.text.as_str().to_owned(), it.cursor)
        };
        assert_eq!(look("abc", 3, 8), ("abc".to_owned(), 3));
        assert_eq!(look("abcdefgh", 8, 5), ("…fgh".to_owned(), 4));
        assert_eq!(look("abcdefgh", 0, 5), ("abcd…".to_owned(), 0));
        // The cursor stands behind an escaped character, not inside it.
        assert_eq!(look("a\u{1b}b", 2, 20), ("a\\u{1b}b".to_owned(), 7));
        assert_eq!(look("漢字漢字", 4, 5), ("… 字".to_owned(), 4));
    }

    #[test]
    fn sentences_are_not_escaped_twice() {
        let once = text::shown("a\u{1b}").into_owned();
        assert_eq!(Shown::composed(&once).as_str(), once);
        assert_eq!(Shown::composed("a\u{1b}").as_str(), once);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(100_000), "100,000");
        assert_eq!(counted(1, "row"), "1 row");
    }

    proptest! {
        #[test]
        fn a_cut_text_fits_and_hides_nothing(raw in "\\PC{0,20}|.{0,20}", width in 0usize..30) {
            let shown = Shown::from(raw.as_str());
            let cut = shown.cut(width, "…");
            prop_assert!(cut.width() <= width);
            prop_assert!(!cut.as_str().chars().any(text::is_hidden));
            // A cluster of several wide characters is not broken: it may need more than two columns.
            let widest = shown.clusters().map(|it| it.1).max().unwrap_or(0);
            for line in shown.wrap(width) {
                prop_assert!(line.width() <= width.max(2).max(widest));
            }
        }

        #[test]
        fn the_cursor_is_always_inside(raw in ".{0,20}", at in 0usize..21, width in 1usize..30) {
            let at = at.min(raw.chars().count());
            let it = window(&raw, at, width, "…");
            prop_assert!(it.text.width() <= width, "{:?}", it);
            prop_assert!(it.cursor < width);
        }
    }
}
