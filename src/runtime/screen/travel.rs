//! Where the cursor is, and the shortest way to where it should be.

use std::io::Write as _;

/// The terminal's cursor, as far as it is known.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Cursor(Option<(u16, u16)>);

impl Cursor {
    /// Column and row; the column is the width when the last column was just written.
    pub(super) const fn known(self) -> Option<(u16, u16)> {
        self.0
    }

    /// A cell of one column was written at this place.
    pub(super) const fn advance(&mut self, x: u16, y: u16) {
        self.0 = Some((x + 1, y));
    }

    /// Moves to a column and row of a terminal with `width` columns.
    pub(super) fn go(&mut self, x: u16, y: u16, width: u16, out: &mut Vec<u8>) {
        let to = Some((x, y));
        if self.0 == to {
            return;
        }
        let mut direct = Vec::with_capacity(10);
        absolute(x, y, &mut direct);
        let mut step = Vec::with_capacity(10);
        match self.0 {
            // The cursor hangs behind the last column: terminals differ in what moves it.
            Some((column, row)) if column >= width => step_from_start(x, y, row, &mut step),
            Some((column, row)) if row == y => along(column, x, &mut step),
            Some((_, row)) => step_from_start(x, y, row, &mut step),
            None => {}
        }
        let shorter = !step.is_empty() && step.len() < direct.len();
        out.extend_from_slice(if shorter { &step } else { &direct });
        self.0 = to;
    }
}

fn absolute(x: u16, y: u16, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = match (x, y) {
        (0, 0) => out.write_all(b"\x1b[H"),
        (0, y) => write!(out, "\x1b[{}H", y + 1),
        (x, y) => write!(out, "\x1b[{};{}H", y + 1, x + 1),
    };
}

/// Within a row.
fn along(from: u16, to: u16, out: &mut Vec<u8>) {
    if to == 0 {
        out.push(b'\r');
    } else if to > from {
        csi(out, to - from, b'C');
    } else if from - to <= 3 {
        out.extend(std::iter::repeat_n(b'\x08', usize::from(from - to)));
    } else {
        csi(out, from - to, b'D');
    }
}

/// By carriage return and line feeds. The return comes first so that it does not matter whether
/// the terminal adds one to a line feed. Downwards only: nothing is added when that is no way.
fn step_from_start(x: u16, y: u16, row: u16, out: &mut Vec<u8>) {
    if y < row || y - row > 4 {
        return;
    }
    out.push(b'\r');
    out.extend(std::iter::repeat_n(b'\n', usize::from(y - row)));
    if x > 0 {
        csi(out, x, b'C');
    }
}

/// A control sequence with one number, which is left out when it is 1.
pub(super) fn csi(out: &mut Vec<u8>, number: u16, end: u8) {
    out.extend_from_slice(b"\x1b[");
    if number != 1 {
        out.extend_from_slice(number.to_string().as_bytes());
    }
    out.push(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_is_taken() {
        let table = [
            (None, (0, 0), "^[H"),
            (None, (0, 4), "^[5H"),
            (None, (7, 4), "^[5;8H"),
            (Some((3, 4)), (3, 4), ""),
            (Some((3, 4)), (4, 4), "^[C"),
            (Some((3, 4)), (0, 4), "\r"),
            (Some((3, 4)), (1, 4), "\x08\x08"),
            (Some((30, 4)), (12, 4), "^[18D"),
            (Some((30, 4)), (0, 5), "\r\n"),
            (Some((30, 4)), (2, 5), "^[6;3H"),
            (Some((30, 12)), (12, 13), "\r\n^[12C"),
            (Some((30, 12)), (12, 11), "^[12;13H"),
            // Behind the last column only a return or an absolute move is certain.
            (Some((80, 4)), (79, 4), "\r^[79C"),
            (Some((80, 4)), (0, 4), "\r"),
            (Some((80, 4)), (0, 5), "\r\n"),
        ];
        for (from, (x, y), expected) in table {
            let mut out = Vec::new();
            let mut cursor = Cursor(from);
            cursor.go(x, y, 80, &mut out);
            let text = String::from_utf8(out).unwrap().replace('\x1b', "^");
            assert_eq!(text, expected, "{from:?} to {x},{y}");
            assert_eq!(cursor.known(), Some((x, y)));
        }
    }
}
