//! Tables as text: separated by commas, semicolons, tabs or bars, with what Excel and PowerShell
//! write before them (`sep=;`, `#TYPE …`). The first row names the columns.

use crate::text::counted;
use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Terminator};

/// Separators that are recognised, the commonest first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Most lines before the column names that are looked at.
const PREAMBLE: usize = 8;

/// What to do about a table or list that PowerShell has shown.
pub const PRINTED: &str = "this is what PowerShell shows, cut to the width of its window: export with Export-Csv or ConvertTo-Json instead";

/// Why rows cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A quote is opened on this line, and the text ends before it closes.
    OpenQuote,
    /// It has this many fields, and the first row this many.
    Fields(usize, usize),
    /// A table or list as PowerShell shows it, which is made for reading only.
    Printed,
    /// Something that the parser says.
    Other(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenQuote => f.write_str("a quote is opened here and never closed"),
            Self::Fields(found, named) => {
                let found = counted(*found, "field");
                write!(f, "{found} where the first line names {named}: check separators and quotes")
            }
            Self::Printed => f.write_str(PRINTED),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A row with the line on which it begins.
pub struct Row<'t> {
    /// Line, from 1.
    pub line: usize,
    /// Its fields, without quotes around them.
    pub fields: &'t StringRecord,
}

/// The rows of a table, one after the other.
pub struct Table<'t> {
    reader: Reader<Watched<'t>>,
    record: StringRecord,
    /// Lines before the first that the parser sees.
    skipped: usize,
    /// Fields of the first row.
    named: Option<usize>,
    printed: bool,
}

impl<'t> Table<'t> {
    /// A table in this text, which [`uniform`] has made uniform.
    pub fn new(text: &'t str) -> Self {
        let (skipped, reported, rest) = preamble(text);
        let separator = reported.unwrap_or_else(|| separator(rest));
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Watched { rest: rest.as_bytes(), ended: false });
        let record = StringRecord::new();
        Self { reader, record, skipped, named: None, printed: is_printed(rest) }
    }

    /// The next row, where a fault has the line that it is on; empty rows are left out. After a
    /// fault of the whole text there is no row.
    pub fn row(&mut self) -> Option<Result<Row<'_>, (usize, Fault)>> {
        if self.printed {
            self.printed = false;
            self.reader.get_mut().rest = &[];
            return Some(Err((self.skipped + 1, Fault::Printed)));
        }
        let line = loop {
            match self.reader.read_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    let line = error.position().map_or(1, ::csv::Position::line);
                    let what = match error.into_kind() {
                        ErrorKind::Io(error) => error.to_string(),
                        other => format!("{other:?}"),
                    };
                    return Some(Err((self.skipped + to_usize(line), Fault::Other(what))));
                }
            }
            // The text ends with a line feed, so only an open quote can run into the end.
            let open = self.reader.get_ref().ended;
            let line = self.first_line(open);
            if open {
                return Some(Err((line, Fault::OpenQuote)));
            }
            if self.record.iter().any(|field| !field.trim().is_empty()) {
                break line;
            }
        };
        let found = self.record.len();
        let named = *self.named.get_or_insert(found);
        // Excel ends rows with separators for columns that are formatted and empty.
        let more = self.record.iter().skip(named).all(|field| field.trim().is_empty());
        if found < named || !more {
            return Some(Err((line, Fault::Fields(found, named))));
        }
        Some(Ok(Row { line, fields: &self.record }))
    }

    /// The line on which the record starts. The parser knows where the next one starts, and counts
    /// empty lines before a record as part of it.
    fn first_line(&self, open: bool) -> usize {
        let inside = memchr::memchr_iter(b'\n', self.record.as_slice().as_bytes()).count();
        let ended = usize::from(!open);
        let next = to_usize(self.reader.position().line());
        self.skipped + next.saturating_sub(inside + ended).max(1)
    }
}

fn to_usize(line: u64) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}

/// A text of which it is known whether its end was met: somebody asked for more and got nothing.
struct Watched<'t> {
    rest: &'t [u8],
    ended: bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.ended = self.rest.is_empty();
        self.rest.read(out)
    }
}

/// The text as [`Table`] takes it: each line ends with a line feed, the last one, too.
pub fn uniform(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = match ends_lines_with_returns(&text) {
        true => Cow::Owned(super::encoding::with_line_feeds(&text)),
        false if text.contains("\r\n") => Cow::Owned(text.replace("\r\n", "\n")),
        false => text,
    };
    if text.is_empty() || text.ends_with('\n') {
        return text;
    }
    let mut text = text.into_owned();
    text.push('\n');
    Cow::Owned(text)
}

/// Whether the first line that ends outside quotes ends with a carriage return alone, as Excel for
/// the Mac writes them; within its cells there are line feeds.
fn ends_lines_with_returns(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return false,
            b'\r' if !quoted => return bytes.get(at + 1) != Some(&b'\n'),
            _ => {}
        }
    }
    false
}

/// How many bytes stand before the column names of a table, and what separates its fields.
pub fn head(text: &str) -> (usize, u8) {
    let (_, reported, rest) = preamble(text);
    (text.len() - rest.len(), reported.unwrap_or_else(|| separator(rest)))
}

/// How many lines stand before the column names, the separator that they show, and what follows.
fn preamble(text: &str) -> (usize, Option<u8>, &str) {
    let (mut skipped, mut reported, mut rest) = (0, None, text);
    for _ in 0..PREAMBLE {
        let Some((line, after)) = rest.split_once('\n') else { break };
        let plain = line.trim_matches([' ', '"']);
        let separator = plain
            .get(..4)
            .filter(|it| it.eq_ignore_ascii_case("sep="))
            .and_then(|it| line.split_once(it))
            .map(|(_, after)| after.bytes().next().filter(|it| *it != b'"').unwrap_or(b','));
        let is_type = plain.starts_with("#TYPE") || plain.starts_with("#type");
        if separator.is_none() && !is_type && !line.trim().is_empty() {
            break;
        }
        reported = separator.filter(u8::is_ascii).or(reported);
        (skipped, rest) = (skipped + 1, after);
    }
    (skipped, reported, rest)
}

/// The separator of which the first line has most outside of quotes.
fn separator(text: &str) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in text.bytes().take_while(|byte| *byte != b'\n') {
        quoted ^= byte == b'"';
        if let Some(at) = SEPARATORS.iter().position(|it| !quoted && *it == byte) {
            counts.iter_mut().skip(at).take(1).for_each(|count| *count += 1);
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most).unwrap_or_default();
    SEPARATORS.get(at).copied().unwrap_or(b',')
}

/// Whether a text is what Format-Table or Format-List show: a line of dashes below the names, or
/// `Name : value` on each line.
pub fn is_printed(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else { return false };
    let second = lines.next().unwrap_or(first);
    let ruled = second.contains("--") && second.chars().all(|c| c == '-' || c == ' ');
    let listed = |line: &str| {
        line.split_once(" : ").is_some_and(|(name, _)| {
            name.trim().chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let plain = !first.contains(SEPARATORS.map(char::from));
    plain && (ruled || (listed(first) && listed(second)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Rows = Vec<Result<(usize, Vec<String>), (usize, Fault)>>;

    fn rows(text: &str) -> Rows {
        let text = uniform(Cow::Borrowed(text));
        let mut table = Table::new(&text);
        let mut out = Vec::new();
        while let Some(row) = table.row() {
            let row = row.map(|it| (it.line, it.fields.iter().map(str::to_owned).collect()));
            let open = matches!(row, Err((_, Fault::OpenQuote)));
            out.push(row);
            if open {
                break;
            }
        }
        out
    }

    fn row(line: usize, fields: &[&str]) -> Result<(usize, Vec<String>), (usize, Fault)> {
        Ok((line, fields.iter().map(|it| (*it).to_owned()).collect()))
    }

    #[test]
    fn what_stands_before_a_table_is_skipped_and_counted() {
        for (text, line) in [
            ("a;b\n1;2\n", 1),
            ("\n \na;b\n1;2\n", 3),
            ("sep=;\na;b\n1;2\n", 2),
            ("SEP=;\r\na;b\r\n1;2", 2),
            ("\"sep=;\"\na;b\n1;2\n", 2),
            ("#TYPE System.Management.Automation.PSCustomObject\n\"a\";\"b\"\n\"1\";\"2\"\n", 2),
            ("sep=;\n#TYPE Selected.X\na;b\n1;2\n", 3),
            ("a|b\n1|2\n", 1),
            ("sep=|\na|b\n1|2\n", 2),
            ("sep=\t\na\tb\n1\t2\n", 2),
            ("a\tb\n1\t2\n", 1),
            ("\"a\",\"b\"\n1,2\n", 1),
            ("a;b\r1;2\r", 1),
        ] {
            let expected = [row(line, &["a", "b"]), row(line + 1, &["1", "2"])];
            assert_eq!(rows(text), expected, "{text:?}");
        }
        // A separator that is given counts, and one in quotes is none.
        assert_eq!(rows("sep=;\na,x;b\n"), [row(2, &["a,x", "b"])]);
        assert_eq!(rows("\"a,b,c\";d\n"), [row(1, &["a,b,c", "d"])]);
        assert_eq!(rows(""), []);
        assert_eq!(rows("sep=;\n"), []);
    }

    #[test]
    fn lines_within_cells_are_counted() {
        let expected = [row(1, &["a", "b"]), row(2, &["x\ny", "1"]), row(5, &["z", "2"])];
        assert_eq!(rows("a,b\n\"x\ny\",1\n\nz,2\n"), expected);
        assert_eq!(rows("a,b\r\n\"x\r\ny\",1\r\n\r\nz,2\r\n"), expected);
        assert_eq!(rows("a,b\r\"x\ny\",1\r\rz,2\r"), expected);
    }

    #[test]
    fn faults_have_their_line() {
        let fields = |line, found| Err((line, Fault::Fields(found, 2)));
        assert_eq!(
            rows("a,b\n1,2,,\n1\n1,2,3\n,,,\n"),
            [row(1, &["a", "b"]), row(2, &["1", "2", "", ""]), fields(3, 1), fields(4, 3)]
        );
        assert_eq!(rows("a,b\n\n1,\"2\n"), [row(1, &["a", "b"]), Err((3, Fault::OpenQuote))]);
        for text in [
            "\nName      Type\n----      ----\nBerlin HQ Device\n",
            "\nName : Berlin HQ\nType : Device\n",
        ] {
            assert_eq!(rows(text), [Err((2, Fault::Printed))], "{text:?}");
        }
        assert_eq!(rows("Name\n1\n").len(), 2);
    }

    proptest! {
        #[test]
        fn any_text_is_rows_or_faults_on_its_lines(text in "[a\",;|\t\r\n#= -]{0,60}") {
            let last = text.split(['\r', '\n']).count();
            for row in rows(&text) {
                let line = match row { Ok((line, _)) | Err((line, _)) => line };
                prop_assert!((1..=last).contains(&line), "{} of {}", line, last);
            }
        }

        #[test]
        fn cells_arrive_whatever_parts_them(cells in prop::collection::vec("[a-z,;| \"\n]{1,8}", 2..4), at in 0..4_usize) {
            let separator = SEPARATORS[at];
            let mut writer = ::csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
            // Names without separators decide which one it is.
            let names: Vec<String> = (0..cells.len()).map(|at| format!("n{at}")).collect();
            writer.write_record(&names).unwrap();
            writer.write_record(cells.iter().map(|it| format!("x{it}"))).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let expected = cells.iter().map(|it| format!("x{it}")).collect();
            prop_assert_eq!(rows(&text).into_iter().nth(1), Some(Ok((2, expected))));
        }
    }
}
