//! Text from outside made harmless and unmistakable. SPEC E4; RELIABILITY §3.
//!
//! Everything a backend, a file or the user supplied passes [`shown`] before it reaches a screen,
//! a table, a log or an error.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Longest cluster of combining characters that is shown as it is, in characters.
const CLUSTER_MAX: usize = 8;

/// Whether a character must not reach a terminal as it is: it would act on the terminal, change
/// the order of what is read, or not be seen at all. Besides controls and separators these are all
/// of Unicode's `Default_Ignorable_Code_Point`, variation selectors and tags included.
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'            // C0, DEL, C1
        | '\u{ad}' | '\u{34f}' | '\u{61c}'                  // soft hyphen, grapheme joiner, ALM
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'  // fillers
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'  // inherent vowels, Mongolian
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'  // zero width, separators, bidi
        | '\u{2060}'..='\u{206f}' | '\u{feff}'               // joiners, isolates, BOM
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}'  // variation selectors, annotations
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' // shorthand, music
        | '\u{e0000}'..='\u{e0fff}') // tags, more variation selectors
}

/// Every character of a text, and whether it is spelled out: hidden ones, those of a cluster that
/// takes no column, such as an accent without a letter, accents beyond a handful on one letter, and
/// what would hang on a character that is spelled out, such as a vowel on a filler.
fn characters(text: &str) -> impl Iterator<Item = (char, bool)> {
    text.graphemes(true).flat_map(|cluster| {
        let bare = cluster.width() == 0;
        let mut loose = false;
        cluster.chars().enumerate().map(move |(at, c)| {
            let hangs = loose && c.width().unwrap_or(0) == 0;
            let spelled = bare || hangs || at >= CLUSTER_MAX || is_hidden(c);
            loose = spelled;
            (c, spelled)
        })
    })
}

/// Whether something of a text has to be spelled out.
fn is_spelled(text: &str) -> bool {
    if text.contains("\\u{") {
        return true;
    }
    match text.is_ascii() {
        true => text.bytes().any(|it| it.is_ascii_control()),
        false => characters(text).any(|(_, spelled)| spelled),
    }
}

/// The text with every hidden character written as `\u{…}`. A text that needs that, or already
/// reads like it, gets its backslashes doubled, so two different texts never look the same.
pub fn shown(text: &str) -> Cow<'_, str> {
    if is_spelled(text) { Cow::Owned(spelled_out(text, usize::MAX)) } else { Cow::Borrowed(text) }
}

/// How the first characters of a text are shown where the whole text is: what stands before a
/// cursor.
pub fn shown_before(text: &str, count: usize) -> String {
    if is_spelled(text) { spelled_out(text, count) } else { text.chars().take(count).collect() }
}

fn spelled_out(text: &str, count: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (c, spelled) in characters(text).take(count) {
        if spelled {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else if c == '\\' {
            out.push_str("\\\\");
        } else {
            out.push(c);
        }
    }
    out
}

/// What makes a spreadsheet calculate.
const CALCULATES: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as a cell of CSV: harmless, and with a quote in front where a spreadsheet would calculate.
/// [`csv_text`] takes the quote away.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let text = shown(text);
    if text.trim_start_matches('\'').starts_with(CALCULATES) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

/// The text of a cell that [`csv_cell`], or somebody who knows spreadsheets, has written.
pub fn csv_text(cell: &str) -> &str {
    let quoted = cell.trim_start_matches('\'').starts_with(CALCULATES);
    cell.strip_prefix('\'').filter(|_| quoted).unwrap_or(cell)
}

/// The form in which names are compared: case folded by Unicode's lower case.
pub fn fold(text: &str) -> String {
    work!();
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Byte ranges of `text` that match `needle` (already folded), ignoring case, left to right and
/// without overlap. C3.
pub fn matches(text: &str, needle: &str) -> Vec<std::ops::Range<usize>> {
    if needle.is_empty() {
        return Vec::new();
    }
    // The folded text, and for each of its bytes where the character it came from starts.
    let mut folded = String::with_capacity(text.len());
    let mut origin = Vec::with_capacity(text.len() + 1);
    for (at, c) in text.char_indices() {
        let before = folded.len();
        folded.extend(c.to_lowercase());
        origin.extend(std::iter::repeat_n(at, folded.len() - before));
    }
    origin.push(text.len());
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for at in memchr::memmem::find_iter(folded.as_bytes(), needle.as_bytes()) {
        let (Some(&start), Some(&last)) = (origin.get(at), origin.get(at + needle.len() - 1))
        else {
            continue;
        };
        // The match ends where the last matched character ends.
        let width = text.get(last..).and_then(|tail| tail.chars().next()).map_or(0, char::len_utf8);
        found.push(start..last + width);
    }
    found
}

/// A place in a text: its line, and its column where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1; `None` when the whole line is meant.
    pub column: Option<usize>,
}

impl Spot {
    /// A whole line.
    pub const fn line(line: usize) -> Self {
        Self { line, column: None }
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        match self.column {
            Some(column) => write!(f, ", column {column}"),
            None => Ok(()),
        }
    }
}

/// Counts the lines of a text; asked for places in any order, cheap where they come in order.
pub struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    /// Characters before `at` on its line.
    before: usize,
}

impl<'a> Lines<'a> {
    /// None counted yet.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, before: 0 }
    }

    /// The line on which this byte stands, from 1. The end of the text is on its last line, also
    /// when that ends with a line end: no editor shows one behind it.
    pub fn of(&mut self, byte: usize) -> usize {
        self.spot(byte).line
    }

    /// Line and column of this byte.
    pub fn spot(&mut self, byte: usize) -> Spot {
        let end = self.text.strip_suffix('\n').unwrap_or(self.text).len();
        let byte = byte.min(end);
        if byte < self.at {
            (self.at, self.line, self.before) = (0, 1, 0);
        }
        let between = self.text.as_bytes().get(self.at..byte).unwrap_or_default();
        let mut here = between;
        if let Some(last) = memchr::memrchr(b'\n', between) {
            self.line += memchr::memchr_iter(b'\n', between).count();
            self.before = 0;
            here = between.get(last + 1..).unwrap_or_default();
        }
        // Every character has one byte that continues no other.
        self.before += here.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        self.at = byte;
        Spot { line: self.line, column: Some(self.before + 1) }
    }

    /// Where a part of the text begins.
    pub fn of_part(&mut self, part: &str) -> Spot {
        self.spot((part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize))
    }
}

/// A number with its thousands apart: `100,000`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Every character that is spelled out and has a meaning of its own: the corpus of tests.
#[cfg(test)]
pub fn corpus() -> Vec<char> {
    let unassigned =
        |c: &char| matches!(*c as u32, 0xe0000 | 0xe0002..=0xe001f | 0xe0080..=0xe00ff | 0xe01f0..);
    ('\0'..=char::MAX).filter(|c| is_hidden(*c) && !unassigned(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_counted_in_any_order_and_end_with_the_text() {
        let text = "a\nbc\n\nd\n";
        let mut lines = Lines::new(text);
        let places = [(0, 1), (3, 2), (4, 2), (6, 4), (5, 3), (0, 1), (7, 4), (8, 4), (99, 4)];
        for (byte, line) in places {
            assert_eq!(lines.of(byte), line, "byte {byte}");
        }
        assert_eq!(lines.of_part(&text[2..4]).to_string(), "line 2, column 1");
        let text = "é[🚀, 1,\n 漢x";
        let mut lines = Lines::new(text);
        for (part, spot) in [("[", (1, 2)), ("1", (1, 6)), ("x", (2, 3)), ("🚀", (1, 3))] {
            let found = lines.spot(text.find(part).unwrap());
            assert_eq!((found.line, found.column), (spot.0, Some(spot.1)), "{part}");
        }
        for text in ["", "\n", "a"] {
            assert_eq!(Lines::new(text).of(text.len()), 1);
        }
    }

    #[test]
    fn formulas_are_disarmed() {
        for cell in ["=1+1", "+1", "-1", "@x"] {
            assert_eq!(csv_cell(cell), format!("'{cell}"));
        }
        assert_eq!(csv_cell("a=b"), "a=b");
        for text in ["=1+1", "'=1", "''-x", "'a", "a", "", "'", "it's", "=", "'@"] {
            assert_eq!(csv_text(&csv_cell(text)), text, "there and back");
        }
        assert_eq!(csv_cell("\tx"), "\\u{9}x");
    }

    #[test]
    fn plain_text_is_left_alone() {
        assert!(matches!(shown("contoso-emea é 漢字 🚀"), Cow::Borrowed(_)));
    }

    #[test]
    fn control_and_bidi_characters_are_spelled_out() {
        assert_eq!(shown("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(shown("abc\u{202e}def"), "abc\\u{202e}def");
        assert_eq!(shown("a\u{200b}b"), "a\\u{200b}b");
        assert_eq!(shown("a\u{9b}31m"), "a\\u{9b}31m");
    }

    /// What a filler carried has nothing to stand on once the filler is spelled out.
    #[test]
    fn what_hangs_on_a_hidden_character_is_spelled_out_with_it() {
        assert_eq!(shown("\u{115f}\u{1161}"), "\\u{115f}\\u{1161}");
        assert_eq!(shown("a\u{200d}\u{301}"), "a\\u{200d}\\u{301}");
        assert_eq!(shown("\u{1100}\u{1161}"), "\u{1100}\u{1161}");
    }

    #[test]
    fn a_text_that_spells_an_escape_is_not_taken_for_one() {
        assert_ne!(shown("\u{1b}"), shown("\\u{1b}"));
    }

    /// Every character of the corpus, alone and in a name: shown, harmless, and unlike any other.
    #[test]
    fn names_that_differ_in_one_hidden_character_look_different() {
        let corpus = corpus();
        let mut seen = std::collections::HashMap::new();
        let around = ["", "x", "e\u{301}", "漢", "\\"];
        for before in around {
            for after in around {
                let plain = std::iter::once(format!("{before}{after}"));
                let with = |c: &char| format!("{before}{c}{after}");
                for name in plain.chain(corpus.iter().map(with)) {
                    let text = shown(&name).into_owned();
                    assert!(!text.chars().any(is_hidden), "{text:?}");
                    let other = seen.insert(text, name.clone());
                    assert!(other.as_ref().is_none_or(|it| *it == name), "{name:?} and {other:?}");
                }
            }
        }
        assert!(corpus.len() > 400, "{}", corpus.len());
        println!("{} characters in {} names", corpus.len(), seen.len());
    }

    /// What takes no column, or hides in a heap of accents, is told too.
    #[test]
    fn accents_without_a_letter_and_heaps_of_them_are_spelled_out() {
        assert_eq!(shown("\u{301}a"), "\\u{301}a");
        assert_eq!(shown("a\u{301}"), "a\u{301}");
        let heap = |count| format!("a{}", "\u{301}".repeat(count));
        assert_eq!(shown(&heap(9)), format!("{}\\u{{301}}\\u{{301}}", heap(7)));
        assert_ne!(shown(&heap(20)), shown(&heap(21)));
        // A vowel of Hangul without its consonant takes no column.
        assert_ne!(shown("a\u{1161}"), shown("a"));
        assert_eq!(shown("한글 \u{1112}\u{1161}\u{11ab}"), "한글 \u{1112}\u{1161}\u{11ab}");
    }

    #[test]
    fn what_stands_before_a_cursor_is_the_beginning_of_what_is_shown() {
        for text in ["a\\b\u{1b}c", "plain", "\u{301}e\u{301}", "x\\y", "漢\u{200b}字"] {
            let whole = shown(text);
            for count in 0..=text.chars().count() {
                assert!(whole.starts_with(&shown_before(text, count)), "{text:?} {count}");
            }
            assert_eq!(shown_before(text, usize::MAX), whole);
        }
    }

    #[test]
    fn matches_keep_the_positions_of_the_original() {
        assert_eq!(matches("ÄÖ-Groups", "groups"), vec![5..11]);
        assert_eq!(matches("aXaXa", "xa"), vec![1..3, 3..5]);
        assert_eq!(matches("abc", ""), Vec::<std::ops::Range<usize>>::new());
        // 'İ' folds to two characters; the match still covers whole characters.
        let text = "xİy";
        for range in matches(text, &fold("İ")) {
            assert!(text.get(range).is_some());
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_survives(text in "\\PC*|[\\x00-\\xff]*|.*") {
            prop_assert!(!shown(&text).chars().any(is_hidden));
        }

        #[test]
        fn every_cluster_that_is_shown_takes_a_column(text in ".*|[\u{300}-\u{36f}\u{1100}-\u{11ff}ae]*") {
            prop_assert!(shown(&text).graphemes(true).all(|it| it.width() > 0));
        }

        #[test]
        fn different_texts_stay_different(a in "[a\\\\u{}1b\\x1b\u{202e}]{0,8}", b in "[a\\\\u{}1b\\x1b\u{202e}]{0,8}") {
            prop_assert_eq!(a == b, shown(&a) == shown(&b));
        }

        #[test]
        fn match_ranges_are_valid(text in ".{0,40}", needle in ".{1,3}") {
            for range in matches(&text, &fold(&needle)) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
