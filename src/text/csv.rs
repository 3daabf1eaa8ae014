//! Tables for spreadsheets: no cell is taken for a formula, none acts on a terminal.

use std::borrow::Cow;

use super::shown;

/// What makes a spreadsheet calculate.
const CALCULATES: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as a cell of CSV: harmless, and with a quote in front where a spreadsheet would calculate.
/// [`text`] takes the quote away.
pub fn cell(raw: &str) -> Cow<'_, str> {
    let text = shown(raw);
    if text.trim_start_matches('\'').starts_with(CALCULATES) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

/// The text of a cell that [`cell`], or somebody who knows spreadsheets, has written.
pub fn text(cell: &str) -> &str {
    let quoted = cell.trim_start_matches('\'').starts_with(CALCULATES);
    cell.strip_prefix('\'').filter(|_| quoted).unwrap_or(cell)
}

/// A line of cells, with its end.
pub fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let mut out = String::new();
    let mut count = 0;
    for it in cells {
        if count > 0 {
            out.push(',');
        }
        count += 1;
        let text = cell(it.as_ref());
        if text.contains([',', '"']) {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&text);
        }
    }
    // A line of one empty cell would be no line.
    if count == 1 && out.is_empty() {
        out.push_str("\"\"");
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_disarmed() {
        for it in ["=1+1", "+1", "-1", "@x"] {
            assert_eq!(cell(it), format!("'{it}"));
        }
        assert_eq!(cell("a=b"), "a=b");
        for it in ["=1+1", "'=1", "''-x", "'a", "a", "", "'", "it's", "=", "'@"] {
            assert_eq!(text(&cell(it)), it, "there and back");
        }
        assert_eq!(cell("\tx"), "\\u{9}x");
    }

    proptest! {
        #[test]
        fn a_reader_finds_every_cell(cells in proptest::collection::vec("[a\"';,=\n \u{202e}]{0,6}", 1..5)) {
            let line = line(&cells);
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(rows.len(), 1);
            let read: Vec<String> = rows[0].iter().map(str::to_owned).collect();
            let wanted: Vec<String> = cells.iter().map(|it| cell(it).into_owned()).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
