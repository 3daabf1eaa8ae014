//! Words of a command line, quoted for a shell so that nothing in them acts: not in the shell, and
//! not on the terminal that they are pasted into. SPEC E4.

use std::fmt::Write as _;

use crate::text::is_hidden;

/// The shell that a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// sh, bash, zsh, ksh; fish for all but hidden characters.
    Posix,
    /// PowerShell.
    PowerShell,
}

impl Shell {
    /// The usual one of this system.
    pub const HERE: Self = if cfg!(windows) { Self::PowerShell } else { Self::Posix };
}

/// Whether a word means itself in every shell.
fn is_plain(word: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    // A comma makes an array in PowerShell, a leading @ or % an operator.
    !word.is_empty() && word.chars().all(safe) && !word.starts_with(['@', '%', ','])
}

/// A word of a command line.
pub fn quote(word: &str, shell: Shell) -> String {
    let hidden = word.chars().any(is_hidden);
    match shell {
        Shell::Posix if is_plain(word) => word.to_owned(),
        Shell::Posix if hidden => dollar(word),
        Shell::Posix => format!("'{}'", word.replace('\'', "'\\''")),
        Shell::PowerShell if is_plain(word) && !word.contains(',') => word.to_owned(),
        Shell::PowerShell if hidden => chars(word),
        Shell::PowerShell => single(word),
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

/// `'…'`; PowerShell takes curly quotes for straight ones.
fn single(word: &str) -> String {
    let mut out = String::from("'");
    for c in word.chars() {
        out.push(c);
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(c);
        }
    }
    out.push('\'');
    out
}

/// `"…"` with hidden characters by their numbers.
fn chars(word: &str) -> String {
    let mut out = String::from("\"");
    for c in word.chars() {
        match c {
            c if is_hidden(c) => {
                let _ = write!(out, "$([char]::ConvertFromUtf32({}))", u32::from(c));
            }
            '"' | '`' | '$' | '\u{201c}'..='\u{201e}' => {
                out.push('`');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_quoted_only_where_they_must() {
        for (word, posix, power) in [
            ("contoso-groups.src", "contoso-groups.src", "contoso-groups.src"),
            ("", "''", "''"),
            ("two words", "'two words'", "'two words'"),
            ("it's", "'it'\\''s'", "'it''s'"),
            ("$(reboot)", "'$(reboot)'", "'$(reboot)'"),
            ("a,b", "a,b", "'a,b'"),
            ("@x", "'@x'", "'@x'"),
            ("~", "'~'", "'~'"),
            ("\u{2019}", "'\u{2019}'", "'\u{2019}\u{2019}'"),
            ("a\u{1b}b", "$'a\\033b'", "\"a$([char]::ConvertFromUtf32(27))b\""),
            ("\n$x`", "$'\\012$x`'", "\"$([char]::ConvertFromUtf32(10))`$x``\""),
        ] {
            assert_eq!(quote(word, Shell::Posix), posix, "{word:?}");
            assert_eq!(quote(word, Shell::PowerShell), power, "{word:?}");
        }
    }

    proptest! {
        /// E4: what is pasted cannot act on the terminal.
        #[test]
        fn nothing_hidden_is_left(word in "[\\x00-\\xff'\"$`\\\\\u{200b}\u{202e}\u{e0041} a]*") {
            for shell in [Shell::Posix, Shell::PowerShell] {
                prop_assert!(!quote(&word, shell).chars().any(is_hidden));
            }
        }
    }

    /// A real shell gives every word back.
    #[cfg(unix)]
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
        let line: Vec<String> = words.iter().map(|it| quote(it, Shell::Posix)).collect();
        let script = format!("printf '%s\\0' {}", line.join(" "));
        let Ok(ran) = std::process::Command::new("bash").args(["-c", &script]).output() else {
            return;
        };
        let expected: String = words.iter().map(|it| format!("{it}\0")).collect();
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), expected, "{script}");
    }
}
