//! Keys as tests write them.

use crate::app::Key;
use crate::app::key::UnknownKey;

/// Reads a row of keys as tests write them: characters stand for themselves, other keys by name
/// in angle brackets, such as `ab<enter><ctrl-s>`; `<lt>` is `<`.
pub fn parse_keys(text: &str) -> Result<Vec<Key>, UnknownKey> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((name, after)) = rest.strip_prefix('<').and_then(|it| it.split_once('>')) {
            keys.push(if name == "lt" { Key::char('<') } else { name.parse()? });
            rest = after;
        } else {
            keys.push(Key::char(c));
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_strings_name_special_keys_in_brackets() {
        let keys = parse_keys("a<enter><ctrl-s><lt>").unwrap();
        let shown: Vec<String> = keys.iter().map(Key::to_string).collect();
        assert_eq!(shown, ["a", "enter", "ctrl-s", "<"]);
    }
}
