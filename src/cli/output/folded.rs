//! Long lines of talk on a terminal.

use crate::text::{columns_of, wrap};

/// A line of talk in lines of so many columns, broken between words, all but the first indented. A command
/// in it is to be copied, which a line end in its middle would prevent: such a line stays whole.
pub fn lines(text: &str, columns: usize) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines() {
        let rest = line.trim_start();
        let indent = line.len() - rest.len();
        let (first, others) = (" ".repeat(indent), " ".repeat(indent + 2));
        if columns_of(line) <= columns || line.contains('`') || columns <= indent + 20 {
            out.push(line.to_owned());
            continue;
        }
        let parts = wrap(rest, columns - indent - 2);
        let lead = |at: usize| if at == 0 { &first } else { &others };
        out.extend(parts.iter().enumerate().map(|(at, it)| format!("{}{it}", lead(at))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::Printer;
    use crate::error::Failure;

    /// On a terminal a long list of values is broken between words; a command to copy is not, and
    /// neither is anything that a program reads.
    #[test]
    fn long_lines_are_broken_on_a_terminal_only() {
        let values: Vec<String> = (0..40).map(|it| format!("value-{it}")).collect();
        let why = format!("valid values: {}", values.join(", "));
        let hint = format!("run `jetbridge restore {}`", values.join(" "));
        let said = |columns: Option<usize>| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut printer = Printer::new(&mut out, &mut err, None).talking(columns);
            printer.failure(&Failure::new("what").because(&why).hint(&hint));
            String::from_utf8(err).unwrap()
        };
        let whole = format!("error: what\n  {why}\nhint: {hint}\n");
        assert_eq!(said(None), whole);
        assert_eq!(said(Some(2_000)), whole);
        for columns in [40, 80, 132] {
            let text = said(Some(columns));
            let (body, last) = text.trim_end().rsplit_once('\n').unwrap();
            assert_eq!(last, format!("hint: {hint}"), "{columns}");
            assert!(body.lines().all(|it| it.len() <= columns), "{columns}: {body}");
            assert!(body.lines().skip(1).all(|it| it.starts_with("  ")), "{columns}: {body}");
            let words: Vec<&str> = body.split_whitespace().collect();
            let expected: Vec<&str> = whole.split_whitespace().take(words.len()).collect();
            assert_eq!(words, expected, "{columns}");
        }
    }
}
