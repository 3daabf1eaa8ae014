//! Numbers and how many there are of something.

use std::borrow::Borrow;

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

/// A number with its noun: `1 connection`, `2 connections`, `3 entries`.
pub fn counted(number: usize, noun: &str) -> String {
    let number_shown = thousands(number);
    if number == 1 {
        format!("{number_shown} {noun}")
    } else {
        format!("{number_shown} {}", plural(noun))
    }
}

/// As [`counted`], and nothing where there is none.
pub fn some_counted(number: usize, noun: &str) -> Option<String> {
    (number > 0).then(|| counted(number, noun))
}

/// Names shown at most.
const SHOWN: usize = 3;

/// Up to three names, and how many more there are: `a, b, c and 2 more`.
pub fn named<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let first: Vec<&str> = names.by_ref().take(SHOWN).collect();
    let total = first.len() + names.count();
    some_named(first.into_iter(), total)
}

/// As [`named`], of so many, of which some are at hand.
pub fn some_named<T: Borrow<str>>(names: impl Iterator<Item = T>, total: usize) -> String {
    let first: Vec<T> = names.take(SHOWN).collect();
    match total.saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// The plural of a noun, or of the last word of several: `directory objects`. Advice has none.
fn plural(noun: &str) -> String {
    if noun == "advice" {
        return noun.to_owned();
    }
    let before_y = noun.strip_suffix('y').filter(|it| !it.ends_with(['a', 'e', 'o', 'u']));
    match before_y {
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_names_and_how_many_more() {
        for (names, text) in
            [("", ""), ("a", "a"), ("a b c", "a, b, c"), ("a b c d e", "a, b, c and 2 more")]
        {
            assert_eq!(named(names.split_whitespace()), text);
        }
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        for (number, noun, text) in [
            (0, "row", "0 rows"),
            (1, "row", "1 row"),
            (1, "entry", "1 entry"),
            (2, "entry", "2 entries"),
            (2, "day", "2 days"),
            (999, "directory object", "999 directory objects"),
            (2, "advice", "2 advice"),
            (100_000, "row", "100,000 rows"),
        ] {
            assert_eq!(counted(number, noun), text);
        }
    }
}
