//! A name as the beginning of a file's name.

/// Longest beginning of a name that a file name keeps.
const LONGEST: usize = 60;

/// The readable part of a name: letters, digits, `-` and `_` only, safe on every system; and whether it
/// says everything of the name.
pub fn file_stem(name: &str) -> (String, bool) {
    let mut out = String::new();
    let mut whole = true;
    for c in name.to_lowercase().chars() {
        let kept = if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        whole &= kept == c || c == ' ' || c == '.';
        if kept != '-' || !out.ends_with('-') {
            out.push(kept);
        }
    }
    let mut out = out.trim_matches('-').to_owned();
    if out.len() > LONGEST {
        out.truncate(LONGEST);
        whole = false;
    }
    // Names of devices on Windows.
    let device = |head: &str| {
        out.strip_prefix(head)
            .is_some_and(|it| it.len() == 1 && it.chars().all(|c| c.is_ascii_digit()))
    };
    if out.is_empty() {
        return ("connection".to_owned(), false);
    }
    if ["con", "prn", "aux", "nul"].contains(&out.as_str()) || device("com") || device("lpt") {
        whole = false;
    }
    (out, whole)
}
