//! A sentence as it follows a label on a line of its own: `hint: check the path`.

use std::borrow::Cow;

/// Names that keep their capital at the beginning of a line.
const NAMES: [&str; 8] =
    ["Microsoft", "Fly", "Intune", "Entra", "Exchange", "Windows", "Excel", "Azure"];

/// Returns a sentence with a small letter first and without its full stop; several sentences keep
/// theirs.
pub fn clause(text: &str) -> Cow<'_, str> {
    let several = [". ", "? ", "! "].iter().any(|end| text.contains(end));
    let text = match text.strip_suffix('.') {
        Some(open) if !several && !open.ends_with('.') => open,
        _ => text,
    };
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let after = text[word.len()..].chars().next();
    let mut letters = word.chars();
    let is_capital = letters.next().is_some_and(|c| c.is_ascii_uppercase());
    let is_word =
        letters.all(|c| c.is_ascii_lowercase()) && matches!(after, None | Some(' ' | ','));
    if !is_capital || !is_word || NAMES.contains(&word) {
        return Cow::Borrowed(text);
    }
    let (first, rest) = text.split_at(1);
    Cow::Owned(first.to_ascii_lowercase() + rest)
}

#[cfg(test)]
mod tests {
    use super::clause;

    #[test]
    fn a_sentence_becomes_a_clause() {
        for (before, after) in [
            ("Check the path.", "check the path"),
            ("Did you mean alpha?", "did you mean alpha?"),
            ("In Excel, save it as CSV.", "in Excel, save it as CSV"),
            ("Check the id. Then refresh.", "check the id. Then refresh."),
            ("Did you mean a? `x` lists them.", "did you mean a? `x` lists them."),
            ("A new file", "a new file"),
            ("`jetbridge list` shows them.", "`jetbridge list` shows them"),
            ("Microsoft Entra admin center > Devices.", "Microsoft Entra admin center > Devices"),
            ("AvePoint Online Services", "AvePoint Online Services"),
            ("HTTPS_PROXY names none.", "HTTPS_PROXY names none"),
            ("Wave-2 is taken.", "Wave-2 is taken"),
            ("and so on...", "and so on..."),
            ("", ""),
        ] {
            assert_eq!(clause(before), after);
        }
    }
}
