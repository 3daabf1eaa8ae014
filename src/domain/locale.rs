//! Whether the terminal takes more than ASCII, as the locale says.

/// The variable that decides and its value: the first that is set and not empty, as POSIX has it.
pub fn deciding(env: &dyn Fn(&str) -> Option<String>) -> Option<(&'static str, String)> {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| Some((name, env(name).filter(|it| !it.is_empty())?)))
}

/// Whether a locale is one of UTF-8.
pub fn is_utf8(value: &str) -> bool {
    let value = value.to_lowercase();
    value.contains("utf-8") || value.contains("utf8")
}

/// Whether the locale takes more than ASCII. Without one it is that of C.
pub fn takes_utf8(env: &dyn Fn(&str) -> Option<String>) -> bool {
    deciding(env).is_some_and(|(_, value)| is_utf8(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("LANG", "en_US.UTF-8")], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], false),
            (&[("LC_ALL", "en_US.UTF-8"), ("LANG", "C")], true),
            (&[("LC_CTYPE", "POSIX"), ("LANG", "en_US.UTF-8")], false),
            (&[("LC_CTYPE", "UTF-8"), ("LANG", "C")], true),
            (&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")], true),
            (&[("LC_ALL", ""), ("LC_CTYPE", ""), ("LANG", "de_DE.ISO-8859-1")], false),
            (&[("LC_MESSAGES", "en_US.UTF-8")], false),
            (&[], false),
        ];
        for (set, expected) in table {
            let env = |name: &str| {
                set.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(takes_utf8(&env), *expected, "{set:?}");
        }
    }
}
