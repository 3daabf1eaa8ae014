//! Columns that a text takes on a terminal: measured, cut and wrapped by them.
//!
//! What comes in is harmless already ([`super::shown`]).

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns of one cluster, as the terminal library counts them: the half-width sound marks of
/// Japanese stand in cells of their own.
pub fn cluster_columns(cluster: &str) -> usize {
    if cluster.len() == 1 {
        return 1;
    }
    let marks = cluster.chars().filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}')).count();
    cluster.width() + marks
}

/// Columns that a text takes.
pub fn columns_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(cluster_columns).sum() }
}

/// Whether a text takes at most this many columns; looks no further than needed.
fn fits(text: &str, width: usize) -> bool {
    let mut used = 0;
    text.len() <= width
        || text.graphemes(true).all(|it| {
            used += cluster_columns(it);
            used <= width
        })
}

/// The clusters of a text that fit into so many columns.
pub fn head(text: &str, width: usize) -> &str {
    let (mut used, mut end) = (0, 0);
    for cluster in text.graphemes(true) {
        used += cluster_columns(cluster);
        if used > width {
            break;
        }
        end += cluster.len();
    }
    text.get(..end).unwrap_or_default()
}

/// At most `width` columns of a text; what was cut is shown by the ellipsis, one column wide.
pub fn cut<'t>(text: &'t str, width: usize, ellipsis: &str) -> Cow<'t, str> {
    if fits(text, width) {
        return Cow::Borrowed(text);
    }
    let ellipsis = if width > 0 { ellipsis } else { "" };
    Cow::Owned(format!("{}{ellipsis}", head(text, width.saturating_sub(1))))
}

/// Lines of at most `width` columns, broken between words; a word longer than a line is broken
/// within.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split(' ').filter(|it| !it.is_empty()) {
        let length = columns_of(word);
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
            let more = cluster_columns(cluster);
            if used > 0 && used + more > width {
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
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{is_hidden, shown};
    use proptest::prelude::*;
    use ratatui::buffer::CellWidth;

    #[test]
    fn cutting_counts_columns_and_keeps_clusters_whole() {
        for (text, width, wanted) in [
            ("contoso", 7, "contoso"),
            ("contoso", 4, "con…"),
            ("漢字漢字", 5, "漢字…"),
            ("漢字漢字", 4, "漢…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(cut(text, width, "…"), wanted);
        }
    }

    #[test]
    fn wrapping_breaks_between_words_and_inside_long_ones() {
        for (text, width, lines) in [
            ("one two three", 7, &["one two", "three"][..]),
            ("abcdefgh ij", 4, &["abcd", "efgh", "ij"]),
            ("漢字漢字 abcdefg", 4, &["漢字", "漢字", "abcd", "efg"]),
            ("", 4, &[""]),
        ] {
            assert_eq!(wrap(text, width), lines);
        }
    }

    proptest! {
        #[test]
        fn a_column_is_a_cell_of_the_terminal_library(text in "\\PC{0,8}|[ｶﾞﾟ\u{3099}e\u{301}]{0,6}") {
            for cluster in shown(&text).graphemes(true) {
                prop_assert_eq!(cluster_columns(cluster), usize::from(cluster.cell_width()));
            }
        }

        #[test]
        fn lines_fit_and_lose_no_letter(text in ".{0,60}", width in 0usize..30) {
            let text = shown(&text);
            // A cluster of several wide characters is not broken: it may need more than two columns.
            let widest = text.graphemes(true).map(cluster_columns).max().unwrap_or(0);
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|it| columns_of(it) <= width.max(2).max(widest)));
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }

        #[test]
        fn a_cut_text_fits_and_hides_nothing(text in "\\PC{0,20}|.{0,40}", width in 0usize..30) {
            let text = shown(&text);
            let cut = cut(&text, width, "…");
            prop_assert!(columns_of(&cut) <= width);
            prop_assert!(!cut.chars().any(is_hidden));
        }
    }
}
