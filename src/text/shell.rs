//! Words of a command line, quoted for a shell so that nothing in them acts: not in the shell, and
//! not on the terminal that they are pasted into. SPEC E4.

use std::fmt::Write as _;

use super::is_hidden;

/// A word of a command line, for sh, bash, zsh and ksh; for fish where nothing in it is hidden.
pub fn quote(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    let plain = !word.is_empty() && word.chars().all(safe) && !word.starts_with(['@', '%', ',']);
    if plain {
        word.to_owned()
    } else if word.chars().any(is_hidden) {
        dollar(word)
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// `$'…'`: bash, zsh, ksh, and POSIX since 2024. Bytes, so that it means the same in any locale.
fn dollar(word: &str) -> String {
    let mut out = String::from("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            // Octal: it ends after three digits, whatever follows. `!` is history to bash.
            c if is_hidden(c) || c == '!' => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_quoted_only_where_they_must() {
        for (word, posix) in [
            ("contoso-groups.src", "contoso-groups.src"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", "'it'\\''s'"),
            ("$(reboot)", "'$(reboot)'"),
            ("a,b", "a,b"),
            ("@x", "'@x'"),
            ("~", "'~'"),
            ("\u{2019}", "'\u{2019}'"),
            ("a\u{1b}b", "$'a\\033b'"),
            ("\n$x`", "$'\\012$x`'"),
        ] {
            assert_eq!(quote(word), posix, "{word:?}");
        }
    }

    proptest! {
        /// E4: what is pasted cannot act on the terminal.
        #[test]
        fn nothing_hidden_is_left(word in "[\\x00-\\xff'\"$`\\\\\u{200b}\u{202e}\u{e0041} a]*") {
            prop_assert!(!quote(&word).chars().any(is_hidden));
        }
    }

    /// A real shell gives every word back.
    #[test]
    fn bash_reads_back_what_was_quoted() {
        let words = [
            "a b",
            "it's",
            "$(touch x)",
            "`touch x`",
            "!!",
            "a\u{1b}]52;c;eA==\u{7}b",
            "tab\there",
            "line\nbreak",
            "\\",
            "\"",
            "*",
            "{a,b}",
            "é\u{202e}ü",
            "-rf",
            "#x",
            "a;b|c&d>e",
            "\u{7f}1",
            "a\n!'\\",
            "=ls",
            "~root",
        ];
        let line: Vec<String> = words.iter().map(|it| quote(it)).collect();
        let script = format!("printf '%s\\0' {}", line.join(" "));
        let Ok(ran) = std::process::Command::new("bash").args(["-c", &script]).output() else {
            return;
        };
        let expected: String = words.iter().map(|it| format!("{it}\0")).collect();
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), expected, "{script}");
    }
}
