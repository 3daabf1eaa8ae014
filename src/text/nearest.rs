//! The known word that was probably meant, for "did you mean …" in errors.

use super::shown;

/// Longest word that is compared: a longer one is not a typing mistake but something else.
const LONGEST: usize = 64;

/// The candidate nearest to `word`, if it is near enough to be a typing mistake: at most a third
/// of its characters differ. Case does not count. Of equally near ones the first is taken.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |it: &'a str| Some((nearness(word, it)?, it));
    let found = candidates.into_iter().filter_map(near).min_by_key(|(distance, _)| *distance);
    found.map(|(_, candidate)| candidate)
}

/// What was probably meant, as a question of its own: `did you mean list?`
pub fn question<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|it| format!("did you mean {}?", shown(it)))
}

/// The question behind a sentence: `; did you mean list?`, or nothing.
pub fn tail<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    question(word, candidates).map(|it| format!("; {it}")).unwrap_or_default()
}

/// The question before another sentence: `Did you mean list? `, or nothing.
pub fn lead<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|it| format!("Did you mean {}? ", shown(it))).unwrap_or_default()
}

/// How many edits lead from a word to a candidate; `None` when they are too many for a typing
/// mistake.
pub fn nearness(word: &str, candidate: &str) -> Option<usize> {
    work!();
    let folded = |text: &str| -> Vec<char> {
        text.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect()
    };
    let (word, other) = (folded(word), folded(candidate));
    if word.len() > LONGEST {
        return None;
    }
    let limit = (word.len().max(other.len()) / 3).max(1);
    let distance = distance(&word, &other);
    (distance <= limit && distance < other.len()).then_some(distance)
}

/// Edits that lead from one word to the other: insert, delete, replace, or swap two neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    // The last two rows: a swap looks back by two.
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = at(&row, j) + usize::from(from != to);
            let mut least = replaced.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_find_their_word() {
        let known = ["colour", "theme", "borders", "mouse", "hyperlinks"];
        for (typed, meant) in [
            ("color", Some("colour")),
            ("Thme", Some("theme")),
            ("border", Some("borders")),
            ("hyperlink", Some("hyperlinks")),
            ("mouse", Some("mouse")),
            ("thmee", Some("theme")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }

    #[test]
    fn the_distance_counts_edits() {
        let count = |a: &str, b: &str| {
            distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
        };
        assert_eq!(count("kitten", "sitting"), 3);
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("hlep", "help"), 1);
        assert_eq!(count("ab", "ba"), 1);
        assert_eq!(count("abc", ""), 3);
        assert_eq!(count("same", "same"), 0);
    }

    #[test]
    fn a_huge_word_is_not_compared() {
        assert_eq!(nearest(&"x".repeat(1_000_000), ["name"]), None);
    }
}
