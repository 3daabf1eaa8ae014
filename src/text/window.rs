//! What of a line being typed is visible.

use unicode_segmentation::UnicodeSegmentation;

use super::width::{cluster_columns, columns_of, head};
use super::{Shown, shown_before};

/// What of a line being typed is visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The visible stretch.
    pub text: Shown<'static>,
    /// Column of the cursor in it.
    pub cursor: usize,
}

/// The stretch of a line of `width` columns that holds the cursor, which stands before the
/// character with that index. Ellipses show what is out of sight.
pub fn window(raw: &str, cursor: usize, width: usize, ellipsis: &str) -> Window {
    let whole = Shown::from(raw);
    let at = columns_of(&shown_before(raw, cursor));
    if width == 0 {
        return Window { text: Shown::default(), cursor: 0 };
    }
    // The cursor needs a column of its own behind the last character.
    let start = (at + 1).saturating_sub(width);
    let mut out = String::new();
    let (mut column, mut used, mut cut) = (0, 0, false);
    for cluster in whole.as_str().graphemes(true) {
        let wide = cluster_columns(cluster);
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
    let mut text = Shown::made(out);
    if start > 0 {
        text = without_first(&text, ellipsis);
    }
    if cut {
        let keep = used.saturating_sub(1);
        text = Shown::made(format!("{}{ellipsis}", head(text.as_str(), keep)));
    }
    // An ellipsis in place of a cluster that takes no column adds one.
    if text.width() > width {
        text = Shown::made(head(text.as_str(), width).to_owned());
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
        column += cluster_columns(cluster);
    }
    column
}

fn without_first(text: &Shown<'_>, ellipsis: &str) -> Shown<'static> {
    let mut clusters = text.as_str().graphemes(true);
    let gone = clusters.next().map_or(0, cluster_columns);
    let pad = " ".repeat(gone.saturating_sub(1));
    Shown::made(format!("{ellipsis}{pad}{}", clusters.as_str()))
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

    proptest! {
        #[test]
        fn the_cursor_is_always_inside(raw in ".{0,20}", at in 0usize..21, width in 1usize..30) {
            let at = at.min(raw.chars().count());
            let it = window(&raw, at, width, "…");
            prop_assert!(it.text.width() <= width, "{:?}", it);
            prop_assert!(it.cursor < width);
        }
    }
}
