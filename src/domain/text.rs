//! Text from outside made harmless and unmistakable. SPEC E4; RELIABILITY §3.
//!
//! Everything a backend, a file or the user supplied passes [`shown`] before it reaches a screen,
//! a table, a log or an error.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character must not reach a terminal as it is: it would act on the terminal, change
/// the order of what is read, or not be seen at all.
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'            // C0, DEL, C1
        | '\u{ad}' | '\u{61c}' | '\u{180e}'                  // soft hyphen, ALM, Mongolian separator
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'  // zero width, separators, bidi
        | '\u{2060}'..='\u{206f}' | '\u{feff}'               // joiners, isolates, BOM
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'  // fillers
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}') // annotations, tags
}

/// The text with every hidden character written as `\u{…}`. A text that needs that, or already
/// reads like it, gets its backslashes doubled, so two different texts never look the same.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) && !text.contains("\\u{") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else if c == '\\' {
            out.push_str("\\\\");
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A text as a cell of CSV: harmless, and with a quote in front where a spreadsheet would calculate.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let text = shown(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

/// The form in which names are compared: case folded by Unicode's lower case.
pub fn fold(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_disarmed() {
        for cell in ["=1+1", "+1", "-1", "@x"] {
            assert_eq!(csv_cell(cell), format!("'{cell}"));
        }
        assert_eq!(csv_cell("a=b"), "a=b");
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

    #[test]
    fn a_text_that_spells_an_escape_is_not_taken_for_one() {
        assert_ne!(shown("\u{1b}"), shown("\\u{1b}"));
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
