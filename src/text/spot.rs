//! Places in a text: line and column.

/// A place in a text: its line, and its column where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1; `None` when the whole line is meant.
    pub column: Option<usize>,
}

impl Spot {
    /// A whole line.
    pub const fn line(line: usize) -> Self {
        Self { line, column: None }
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        match self.column {
            Some(column) => write!(f, ", column {column}"),
            None => Ok(()),
        }
    }
}

/// Counts the lines of a text; asked for places in any order, cheap where they come in order.
pub struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    /// Characters before `at` on its line.
    before: usize,
}

impl<'a> Lines<'a> {
    /// None counted yet.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, before: 0 }
    }

    /// The line on which this byte stands, from 1. The end of the text is on its last line, also
    /// when that ends with a line end: no editor shows one behind it.
    pub fn of(&mut self, byte: usize) -> usize {
        self.spot(byte).line
    }

    /// Line and column of this byte.
    pub fn spot(&mut self, byte: usize) -> Spot {
        let end = self.text.strip_suffix('\n').unwrap_or(self.text).len();
        let byte = byte.min(end);
        if byte < self.at {
            (self.at, self.line, self.before) = (0, 1, 0);
        }
        let between = self.text.as_bytes().get(self.at..byte).unwrap_or_default();
        let mut here = between;
        if let Some(last) = memchr::memrchr(b'\n', between) {
            self.line += memchr::memchr_iter(b'\n', between).count();
            self.before = 0;
            here = between.get(last + 1..).unwrap_or_default();
        }
        // Every character has one byte that continues no other.
        self.before += here.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        self.at = byte;
        Spot { line: self.line, column: Some(self.before + 1) }
    }

    /// Where a part of the text begins.
    pub fn of_part(&mut self, part: &str) -> Spot {
        self.spot((part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_in_any_order_and_end_with_the_text() {
        let text = "a\nbc\n\nd\n";
        let mut lines = Lines::new(text);
        let places = [(0, 1), (3, 2), (4, 2), (6, 4), (5, 3), (0, 1), (7, 4), (8, 4), (99, 4)];
        for (byte, line) in places {
            assert_eq!(lines.of(byte), line, "byte {byte}");
        }
        assert_eq!(lines.of_part(&text[2..4]).to_string(), "line 2, column 1");
        let text = "é[🚀, 1,\n 漢x";
        let mut lines = Lines::new(text);
        for (part, spot) in [("[", (1, 2)), ("1", (1, 6)), ("x", (2, 3)), ("🚀", (1, 3))] {
            let found = lines.spot(text.find(part).unwrap());
            assert_eq!((found.line, found.column), (spot.0, Some(spot.1)), "{part}");
        }
        for text in ["", "\n", "a"] {
            assert_eq!(Lines::new(text).of(text.len()), 1);
        }
    }
}
