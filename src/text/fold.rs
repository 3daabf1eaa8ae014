//! How names are compared and searched, whatever their case.

use std::cmp::Ordering;

/// The form in which names are compared: case folded by Unicode's lower case.
pub fn fold(text: &str) -> String {
    work!();
    // Most names are of this kind, and loading a list is mostly this.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The order of two texts by their folded forms.
pub fn folded_order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        let lower = |it: u8| it.to_ascii_lowercase();
        return a.bytes().map(lower).cmp(b.bytes().map(lower));
    }
    fold(a).cmp(&fold(b))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        /// Names without other letters take a shorter way to the same.
        #[test]
        fn folding_is_lower_case_whatever_the_letters(text in "[ -~]{0,20}|.{0,20}") {
            let each: String = text.chars().flat_map(char::to_lowercase).collect();
            prop_assert_eq!(fold(&text), each);
        }

        #[test]
        fn match_ranges_are_valid(text in ".{0,40}", needle in ".{1,3}") {
            for range in matches(&text, &fold(&needle)) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
