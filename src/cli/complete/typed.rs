//! The word at the cursor as a shell reads it, and what must be typed there so that the shell reads
//! a name: nothing in a name is ever run. E4.

use clap_complete::Shell;

/// A line up to the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The words before the one at the cursor, without the program.
    pub before: Vec<String>,
    /// The beginning of the word at the cursor, without quotes.
    pub word: String,
    /// How much of that word stays: bash replaces what follows.
    kept: usize,
    /// The quote that is open at the cursor.
    quote: Option<char>,
}

impl Typed {
    /// Words that the shell has unquoted already.
    pub fn plain(before: Vec<String>, word: String) -> Self {
        Self { before, word, ..Self::default() }
    }

    /// A line of bash. It replaces what follows the last of `breaks`, or the quote that is open.
    pub fn bash(line: &str, breaks: &str) -> Self {
        let mut typed = Self::default();
        let (mut begun, mut opened, mut chars) = (false, 0, line.chars().peekable());
        while let Some(c) = chars.next() {
            let blank = typed.quote.is_none() && c.is_whitespace();
            if blank && begun {
                typed.before.push(std::mem::take(&mut typed.word));
                typed.kept = 0;
            }
            begun = !blank;
            match (typed.quote, c) {
                _ if blank => {}
                (Some(open), _) if open == c => typed.quote = None,
                (None, '\'' | '"') => (typed.quote, opened) = (Some(c), typed.word.len()),
                (None, '\\') => typed.word.extend(chars.next()),
                (Some('"'), '\\') => {
                    let escaped = chars.next_if(|it| matches!(it, '"' | '\\' | '$' | '`'));
                    typed.word.push(escaped.unwrap_or(c));
                }
                (None, _) => {
                    let before = typed.word.len();
                    typed.word.push(c);
                    if breaks.contains(c) {
                        // This one begins the name of a host, which it replaces whole.
                        typed.kept = if c == '@' { before } else { typed.word.len() };
                    }
                }
                (Some(_), _) => typed.word.push(c),
            }
        }
        if typed.quote.is_some() {
            typed.kept = opened;
        }
        if !typed.before.is_empty() {
            typed.before.remove(0);
        }
        typed
    }

    /// Words of PowerShell, the last one as it is typed.
    pub fn powershell(before: Vec<String>, typed: &str) -> Self {
        let mut chars = typed.chars().peekable();
        let single = chars.next_if(|it| is_single(*it)).is_some();
        let double = !single && chars.next_if(|it| is_double(*it)).is_some();
        let mut word = String::new();
        while let Some(c) = chars.next() {
            match c {
                _ if single && is_single(c) => word.extend(chars.next_if(|it| is_single(*it))),
                _ if double && is_double(c) => word.extend(chars.next_if(|it| is_double(*it))),
                '`' if !single => word.extend(chars.next()),
                _ => word.push(c),
            }
        }
        Self::plain(before, word)
    }

    /// What is printed so that the shell completes this whole word; `None`: it cannot be typed here.
    pub fn reply(&self, shell: Shell, whole: &str) -> Option<String> {
        match shell {
            Shell::Bash => {
                let rest = whole.get(self.kept..)?;
                match self.quote {
                    None => Some(escaped(rest, |c| !is_plain(c) && c.is_ascii())),
                    Some('\'') => Some(rest.replace('\'', r"'\''")),
                    // The history is asked within these quotes, and no sign keeps it out.
                    Some(_) if rest.contains('!') => None,
                    Some(_) => Some(escaped(rest, |c| matches!(c, '"' | '\\' | '$' | '`'))),
                }
            }
            Shell::PowerShell => {
                let plain =
                    |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '=');
                if whole.chars().all(plain) {
                    return Some(format!("{whole}\t{whole}"));
                }
                let twice = |c: char| std::iter::repeat_n(c, 1 + usize::from(is_single(c)));
                let inside: String = whole.chars().flat_map(twice).collect();
                Some(format!("'{inside}'\t{whole}"))
            }
            // The value of an option is completed by itself.
            Shell::Fish if whole.starts_with("--") && self.word.starts_with("--") => {
                Some(whole.split_once('=').map_or(whole, |(_, value)| value).to_owned())
            }
            _ => Some(whole.to_owned()),
        }
    }
}

/// PowerShell takes typographic quotes for quotes.
const fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}'..='\u{201b}')
}

const fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201c}'..='\u{201e}')
}

/// What means itself wherever it stands in a word of bash.
const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '.' | '-' | '_' | '/' | ',' | '@' | '+' | '%' | ':' | '=')
}

fn escaped(text: &str, special: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if special(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    #[test]
    fn a_line_of_bash_is_read_as_bash_does() {
        for (line, before, word, kept) in [
            ("jetbridge ", &[][..], "", 0),
            ("jetbridge show wi", &["show"], "wi", 0),
            (r"jb show with\ bl", &["show"], "with bl", 0),
            ("jb show 'with bl", &["show"], "with bl", 0),
            ("jb show \"a\\$b", &["show"], "a$b", 0),
            ("jb show \"a\\b", &["show"], "a\\b", 0),
            ("jb show a'b c", &["show"], "ab c", 1),
            ("jb show 'a b':c", &["show"], "a b:c", 4),
            ("jb show a:b", &["show"], "a:b", 2),
            ("jb show x@y", &["show"], "x@y", 1),
            (r"jb show a\:b", &["show"], "a:b", 0),
            ("jb list --type=De", &["list"], "--type=De", 7),
            ("jb --context=x show  a", &["--context=x", "show"], "a", 0),
            ("jb show '' x ", &["show", "", "x"], "", 0),
            ("jb show x\\", &["show"], "x", 0),
            ("", &[], "", 0),
        ] {
            let typed = Typed::bash(line, BREAKS);
            assert_eq!(
                (&typed.before[..], &*typed.word, typed.kept),
                (&before.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..], word, kept),
                "{line}"
            );
        }
    }

    #[test]
    fn a_word_of_powershell_is_read_as_powershell_does() {
        for (typed, word) in [
            ("wi", "wi"),
            ("'with bl", "with bl"),
            ("'it''s", "it's"),
            ("\u{2018}it''s\u{2019}", "it's"),
            ("\"a `$b", "a $b"),
            ("a` b", "a b"),
            ("", ""),
        ] {
            assert_eq!(Typed::powershell(Vec::new(), typed).word, word, "{typed}");
        }
        for (whole, reply) in [
            ("prod", "prod\tprod"),
            ("--live=prod", "--live=prod\t--live=prod"),
            ("with blank", "'with blank'\twith blank"),
            ("it's", "'it''s'\tit's"),
            ("it\u{2019}s", "'it\u{2019}\u{2019}s'\tit\u{2019}s"),
            ("$(x)", "'$(x)'\t$(x)"),
            ("Device,Teams", "'Device,Teams'\tDevice,Teams"),
        ] {
            let typed = Typed::powershell(Vec::new(), "");
            assert_eq!(typed.reply(Shell::PowerShell, whole).as_deref(), Some(reply));
        }
    }

    proptest::proptest! {
        /// What is typed for a name is that name again, however the line began.
        #[test]
        fn what_bash_is_asked_to_type_is_the_name(
            name in "[a-z \"'\\\\$`!:=@#~*é漢(){}<>&;|\\[\\]-]{1,12}",
            at in 0_usize..12,
            style in 0_usize..3,
        ) {
            let cut = name.char_indices().map(|(at, _)| at).nth(at).unwrap_or(0);
            let begun = Typed::bash("jb show ", BREAKS);
            let (lead, quote) = match style {
                0 => (begun.reply(Shell::Bash, &name[..cut]).unwrap(), ""),
                1 => (format!("'{}", name[..cut].replace('\'', r"'\''")), "'"),
                _ => (format!("\"{}", escaped(&name[..cut], |c| "\"\\$`".contains(c))), "\""),
            };
            let typed = Typed::bash(&format!("jb show {lead}"), BREAKS);
            proptest::prop_assert_eq!(&typed.word, &name[..cut]);
            if let Some(reply) = typed.reply(Shell::Bash, &name) {
                // Bash keeps what stands before the last break or the open quote.
                let from = match style {
                    0 => {
                        let escaped = |at: usize| {
                            let before = &lead[..at];
                            (before.len() - before.trim_end_matches('\\').len()) % 2 == 1
                        };
                        let mut breaks = lead.match_indices(|c: char| BREAKS.contains(c));
                        let last = breaks.rfind(|(at, _)| !escaped(*at));
                        last.map_or(0, |(at, it)| if it == "@" { at } else { at + it.len() })
                    }
                    1 => lead.rfind(quote).unwrap() + 1,
                    _ => 1,
                };
                let line = format!("jb show {}{reply}{}", &lead[..from], typed.quote.map_or("", |_| quote));
                let read = shell_words::split(&line).unwrap();
                proptest::prop_assert_eq!(read.last(), Some(&name));
                proptest::prop_assert_eq!(read.len(), 3);
            }
        }
    }
}
