//! A file too large to be held, cut between its records. Each part begins with the line of column names
//! and as many blank lines as there are rows before it, so that readers of a whole file read it as it
//! is and name the right lines.

use std::io::{self, Read};

use super::MAX_BYTES;
use super::rows::Format;
use crate::files::table;

/// Bytes of a part, about: some ten thousand rows.
const PART: usize = 4 << 20;
/// Bytes that are looked at to know what the file is.
const HEAD: usize = 64 << 10;

/// The parts of a file in UTF-8.
#[derive(Debug)]
pub struct Parts<R> {
    input: R,
    format: Format,
    separator: u8,
    /// The lines up to that of the column names; empty for JSON lines.
    head: Vec<u8>,
    /// What was read and not given yet.
    rest: Vec<u8>,
    /// Lines of the file before `rest`.
    lines: usize,
    size: usize,
    ended: bool,
}

impl<R: Read> Parts<R> {
    /// Nothing given yet. `None`: it cannot be cut, because it is one JSON document or in another
    /// encoding.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn new(input: R, format: Option<Format>) -> io::Result<Option<Self>> {
        Self::sized(input, format, PART)
    }

    fn sized(input: R, format: Option<Format>, size: usize) -> io::Result<Option<Self>> {
        let mut rest = Vec::new();
        let mut parts = Self {
            input,
            format: Format::Csv,
            separator: b',',
            head: Vec::new(),
            rest: Vec::new(),
            lines: 0,
            size,
            ended: false,
        };
        parts.fill(&mut rest, HEAD)?;
        let text = rest.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&rest);
        // The last character may be cut.
        let valid = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(text.get(..error.valid_up_to()).unwrap_or_default())
                .unwrap_or_default(),
        };
        if valid.len() + 4 < text.len() || valid.contains('\0') {
            return Ok(None);
        }
        parts.format = format.unwrap_or_else(|| super::rows::guess(valid));
        if parts.format == Format::Json {
            return Ok(None);
        }
        parts.rest = text.to_vec();
        if parts.format == Format::Csv {
            let (before, separator) = table::head(valid);
            parts.separator = separator;
            let names = parts.end_of(before, 1).unwrap_or(parts.rest.len());
            parts.head = parts.rest.drain(..names).collect();
            parts.lines = lines(&parts.head);
        }
        Ok(Some(parts))
    }

    /// Reads until `to` has this many bytes, or to the end.
    fn fill(&mut self, to: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        let more = u64::try_from(wanted.saturating_sub(to.len())).unwrap_or(u64::MAX);
        let read = (&mut self.input).take(more).read_to_end(to)?;
        self.ended = u64::try_from(read).unwrap_or(0) < more;
        Ok(())
    }

    /// Where the first record that ends at or after `least` bytes does, counted from `from`, which is
    /// the beginning of a record.
    fn end_of(&self, from: usize, least: usize) -> Option<usize> {
        let (mut begins, mut quoted) = (true, false);
        let is_csv = self.format == Format::Csv;
        for (at, byte) in self.rest.iter().copied().enumerate().skip(from) {
            match byte {
                // A quote within a field that has none at its beginning is a character of it.
                b'"' if is_csv && (begins || quoted) => {
                    quoted = !quoted;
                    // Two of them within quotes stand for one.
                    begins = !quoted;
                    continue;
                }
                b'\n' if !quoted && at + 1 >= least => return Some(at + 1),
                _ => {}
            }
            begins = !quoted && (byte == b'\n' || byte == self.separator);
        }
        None
    }

    /// The next part, in the format of [`Parts::format`]; `None`: there is no more.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn next_part(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut wanted = self.size;
        let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        let end = loop {
            let mut rest = std::mem::take(&mut self.rest);
            let filled = self.fill(&mut rest, wanted);
            self.rest = rest;
            filled?;
            if self.ended || self.rest.len() >= limit {
                break self.rest.len();
            }
            // The last record that is whole: what ends in the second half of what there is.
            if let Some(end) = self.last_end(self.rest.len() / 2) {
                break end;
            }
            // A record of more than a part.
            wanted = wanted.saturating_mul(2);
        };
        if end == 0 {
            return Ok(None);
        }
        let records: Vec<u8> = self.rest.drain(..end).collect();
        let blank = self.lines - lines(&self.head);
        let mut part = Vec::with_capacity(self.head.len() + blank + records.len());
        part.extend_from_slice(&self.head);
        part.resize(self.head.len() + blank, b'\n');
        part.extend_from_slice(&records);
        self.lines += lines(&records);
        Ok(Some(part))
    }

    /// Where the last whole record ends, if one ends at or after `least`.
    fn last_end(&self, least: usize) -> Option<usize> {
        let mut found = None;
        let mut from = 0;
        while let Some(end) = self.end_of(from, least.max(from + 1)) {
            (found, from) = (Some(end), end);
        }
        found
    }

    /// What the parts are.
    pub const fn format(&self) -> Format {
        self.format
    }
}

fn lines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::connections::Reader;
    use super::*;
    use crate::backend::ImportRow;

    /// What the parts of this text hold, and the problems.
    fn parted(text: &str, size: usize) -> (Vec<ImportRow>, Vec<String>) {
        let mut parts = Parts::sized(text.as_bytes(), None, size).unwrap().unwrap();
        let (mut reader, mut rows) = (Reader::default(), Vec::new());
        while let Some(part) = parts.next_part().unwrap() {
            let read = reader.part(&*part, Some(parts.format()), &mut |row| rows.push(row));
            read.unwrap();
        }
        let problems = reader.end().map_or_else(|error| error.lines(), |_| Vec::new());
        (rows, problems)
    }

    fn whole(text: &str) -> (Vec<ImportRow>, Vec<String>) {
        let (mut reader, mut rows) = (Reader::default(), Vec::new());
        reader.part(text.as_bytes(), None, &mut |row| rows.push(row)).unwrap();
        (rows, reader.end().map_or_else(|error| error.lines(), |_| Vec::new()))
    }

    proptest! {
        #[test]
        fn parts_hold_what_the_whole_does(
            cells in prop::collection::vec("[a-z]{1,3}|\"[a-z]\n\"|a\"b|\"q\"\"\n\"\"r\"|\"\"|", 0..40),
            size in 1..60_usize,
            windows in any::<bool>(),
            preamble in any::<bool>(),
        ) {
            let mut text = if preamble { "sep=;\n" } else { "" }.to_owned();
            text.push_str("name;type;description\n");
            for (at, cell) in cells.iter().enumerate() {
                let kind = if at % 7 == 6 { "Nonsense" } else { "Device" };
                text.push_str(&format!("n{};{kind};{cell}\n", at % 20));
            }
            if windows {
                text = text.replace('\n', "\r\n");
            }
            prop_assert_eq!(parted(&text, size), whole(&text));
        }

        #[test]
        fn lines_of_json_in_parts_hold_what_the_whole_does(
            names in prop::collection::vec("[a-z]{1,9}|\"", 1..30),
            size in 1..90_usize,
        ) {
            let line = |it: &String| {
                let value = serde_json::json!({ "name": it, "type": "Device" });
                format!("{value}\n")
            };
            let text: String = std::iter::once(&"first".to_owned()).chain(&names).map(line).collect();
            prop_assert_eq!(parted(&text, size), whole(&text));
        }
    }

    #[test]
    fn what_cannot_be_cut_is_not() {
        let utf16: Vec<u8> =
            "name,type\na,Device\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [&utf16[..], b"[{\"name\": \"a\"}]", b"{\n\"connections\": []}"] {
            assert!(Parts::new(bytes, None).unwrap().is_none(), "{bytes:?}");
        }
        assert_eq!(
            Parts::new(&b"name,type\n"[..], None).unwrap().unwrap().next_part().unwrap(),
            None
        );
    }

    // Nothing is read for ever, and the reader says what is wrong.
    #[test]
    fn a_quote_that_is_never_closed_is_found() {
        let text = format!("name,type\na,Device\nb,\"{}\n", "x\n".repeat(100));
        let (rows, problems) = parted(&text, 16);
        assert_eq!(rows.len(), 1);
        assert!(problems[0].contains("line 3") && problems[0].contains("quote"), "{problems:?}");
    }
}
