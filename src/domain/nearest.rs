//! The known word that was probably meant, for "did you mean …" in errors.

/// Longest word that is compared: a longer one is not a typing mistake but something else.
const LONGEST: usize = 64;

/// The candidate nearest to `word`, if it is near enough to be a typing mistake: at most a third
/// of its characters differ. Case does not count. Of equally near ones the first is taken.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).take(LONGEST + 1).collect();
    if word.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
            let limit = (word.len().max(other.len()) / 3).max(1);
            let distance = distance(&word, &other);
            (distance <= limit && distance < other.len()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace) that lead from one word to the other.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b) {
            let above = *cell;
            left = (left + 1).min(above + 1).min(diagonal + usize::from(from != to));
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
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
        assert_eq!(count("abc", ""), 3);
        assert_eq!(count("same", "same"), 0);
    }

    #[test]
    fn a_huge_word_is_not_compared() {
        assert_eq!(nearest(&"x".repeat(1_000_000), ["name"]), None);
    }
}
