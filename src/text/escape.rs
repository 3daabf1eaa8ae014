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

/// A sentence of ours in which names may be escaped already, such as an error's text: it is left
/// alone unless something in it still has to be escaped.
pub fn composed(sentence: &str) -> Cow<'_, str> {
    if sentence.chars().any(is_hidden) { shown(sentence) } else { Cow::Borrowed(sentence) }
}

/// A text of several lines with every hidden character but line ends spelled out. The last net:
/// texts from outside went through [`shown`] before, which also keeps them apart.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_hidden(c) && c != '\n';
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) { spell(&mut out, c) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// Text of JSON with every hidden character as `\u…`, which stays the same text for whoever reads it.
pub fn json(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if !is_hidden(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    Cow::Owned(out)
}

fn spell(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", c as u32);
}

fn spelled_out(text: &str, count: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (c, spelled) in characters(text).take(count) {
        if spelled {
            spell(&mut out, c);
        } else if c == '\\' {
            out.push_str("\\\\");
        } else {
            out.push(c);
        }
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
    fn sentences_are_not_escaped_twice() {
        let once = shown("a\u{1b}").into_owned();
        assert_eq!(composed(&once), once);
        assert_eq!(composed("a\u{1b}"), once);
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

    /// What takes no column, or hides in a heap of accents, is reported too.
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
    }
}
