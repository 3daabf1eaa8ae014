//! Markdown for tickets and wikis: texts that start no markup, ping nobody and stay in their cell.

use super::{composed, shown};

/// A text from outside.
pub fn text(raw: &str) -> String {
    escaped(&shown(raw))
}

/// A sentence of ours, in which names from outside may be escaped already.
pub fn sentence(ours: &str) -> String {
    escaped(&composed(ours))
}

/// A value to be copied as it stands: code, with a fence longer than any in it.
pub fn code(raw: &str) -> String {
    let text = shown(raw);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// The head of a table, whose titles are our own words.
pub fn head(titles: &[&str]) -> String {
    format!("| {} |\n|{}\n", titles.join(" | "), "---|".repeat(titles.len()))
}

/// A row of a table: texts from outside, which do not leave their cells.
pub fn row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    made(cells.into_iter().map(|it| text(it.as_ref())))
}

/// A row of cells that are Markdown already.
pub fn made(cells: impl IntoIterator<Item = String>) -> String {
    format!("| {} |\n", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention would ping somebody.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // A bare address would become a link.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_hidden;
    use proptest::prelude::*;

    #[test]
    fn a_text_starts_nothing_and_an_escape_is_escaped_once() {
        for (raw, wanted) in [
            ("a|b", "a\\|b"),
            ("# x", "\\# x"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("@all https://www.x.example", "&#64;all https&#58;//www&#46;x.example"),
            ("a\u{1b}", "a\\\\u{1b}"),
        ] {
            assert_eq!(text(raw), wanted);
        }
        assert_eq!(sentence(&shown("a\u{1b}|")), text("a\u{1b}|"));
        assert_eq!(code("a`b``"), "``` a`b`` ```");
    }

    proptest! {
        #[test]
        fn a_cell_ends_no_cell_and_makes_no_tag(raw in ".*|[|\\\\<>`\\[\\]!\n\u{202e}]*") {
            for cell in [text(&raw), sentence(&raw)] {
                prop_assert!(!cell.contains(['<', '>', '\n']) && !cell.chars().any(is_hidden));
                let mut escaped = false;
                for c in cell.chars() {
                    prop_assert!(escaped || c != '|', "{cell}");
                    escaped = c == '\\' && !escaped;
                }
                prop_assert!(!escaped, "{cell}");
            }
        }
    }
}
