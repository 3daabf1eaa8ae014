//! Plain tables: one line per row, columns aligned, cut to the terminal.
//!
//! Our own and not a table library's: 100,000 rows must not be held as cells, a row must stay one
//! line for `grep`, columns go by priority, and every cell is escaped (SPEC E4).

use std::borrow::Cow;

use super::output::Printer;
use crate::error::Failure;
use crate::text::{columns_of, cut, shown, wrap};

/// Spaces between columns.
const GAP: usize = 2;

/// A column of rows of type `R`.
pub struct Column<R> {
    /// Heading.
    pub title: &'static str,
    /// Text of a row's cell, as it comes from outside.
    pub cell: fn(&R) -> Cow<'_, str>,
    /// Least columns of the terminal in which it makes sense.
    pub least: usize,
    /// What goes first when there is no room: the highest; 0 never goes.
    pub rank: u8,
}

/// Prints rows under headings.
pub fn print<R>(
    printer: &mut Printer<'_>,
    columns: &[Column<R>],
    rows: &[R],
) -> Result<(), Failure> {
    print_groups(printer, columns, rows, |_| String::new())
}

/// The same, with the title of a group in a line of its own before the first of its rows; without
/// headings there are no titles.
pub fn print_groups<R>(
    printer: &mut Printer<'_>,
    columns: &[Column<R>],
    rows: &[R],
    group: impl Fn(&R) -> String,
) -> Result<(), Failure> {
    let headings = printer.asked().headings();
    let title = |it: &Column<R>| if headings { columns_of(it.title) } else { 0 };
    let mut widths: Vec<usize> = columns.iter().map(title).collect();
    for row in rows {
        for (width, column) in widths.iter_mut().zip(columns) {
            *width = (*width).max(columns_of(&shown(&(column.cell)(row))));
        }
    }
    let shape: Vec<Shape> = columns
        .iter()
        .zip(&widths)
        .map(|(column, width)| Shape { width: *width, least: column.least, rank: column.rank })
        .collect();
    let widths = fit(&shape, printer.width());
    if headings {
        print_line(printer, &widths, columns.iter().map(|column| Cow::Borrowed(column.title)))?;
    }
    let mut shown_last = String::new();
    for row in rows {
        let title = group(row);
        if headings && title != shown_last {
            printer.line("")?;
            printer.line(&shown(&title))?;
            shown_last = title;
        }
        print_line(printer, &widths, columns.iter().map(|column| (column.cell)(row)))?;
    }
    Ok(())
}

/// Prints lines of label and value.
pub fn print_pairs(
    printer: &mut Printer<'_>,
    indent: usize,
    pairs: &[(&str, String)],
) -> Result<(), Failure> {
    let width = pairs.iter().map(|(label, _)| columns_of(&shown(label))).max().unwrap_or(0);
    for (label, value) in pairs {
        let label = shown(label);
        let space = " ".repeat(width - columns_of(&label) + GAP);
        let line = format!("{}{label}{space}{}", " ".repeat(indent), shown(value));
        printer.line(line.trim_end())?;
    }
    Ok(())
}

/// Prints a name and what is said of it: beside it where there is room, else below it, in lines that
/// fit. Nothing is cut.
pub fn print_beside(
    printer: &mut Printer<'_>,
    indent: usize,
    room: usize,
    name: &str,
    text: &str,
) -> Result<(), Failure> {
    let (name, text) = (shown(name), shown(text));
    let before = indent + room + GAP;
    let width = printer.width().unwrap_or(usize::MAX).saturating_sub(before).max(20);
    let mut lines = wrap(&text, width).into_iter();
    let used = columns_of(&name);
    let start = format!("{:indent$}{name}", "");
    if used <= room {
        let gap = " ".repeat(room - used + GAP);
        printer.line(format!("{start}{gap}{}", lines.next().unwrap_or_default()).trim_end())?;
    } else {
        printer.line(&start)?;
    }
    for line in lines {
        printer.line(&format!("{:before$}{line}", ""))?;
    }
    Ok(())
}

fn print_line<'c>(
    printer: &mut Printer<'_>,
    widths: &[Option<usize>],
    cells: impl Iterator<Item = Cow<'c, str>>,
) -> Result<(), Failure> {
    let mut line = String::new();
    let mut pending = 0;
    for (cell, width) in cells.zip(widths) {
        let Some(width) = *width else { continue };
        let escaped = shown(&cell);
        let text = cut(&escaped, width, "…");
        line.extend(std::iter::repeat_n(' ', pending));
        line.push_str(&text);
        pending = width.saturating_sub(columns_of(&text)) + GAP;
    }
    printer.line(line.trim_end())
}

/// What the layout knows of a column.
struct Shape {
    width: usize,
    least: usize,
    rank: u8,
}

impl Shape {
    fn least(&self) -> usize {
        self.width.min(self.least)
    }
}

/// Width of each column; `None`: it is left out.
fn fit(shape: &[Shape], room: Option<usize>) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = shape.iter().map(|it| Some(it.width)).collect();
    let Some(room) = room else { return widths };
    let total = |widths: &[Option<usize>], of: &dyn Fn(usize, usize) -> usize| {
        let kept = widths.iter().enumerate().filter_map(|(at, width)| width.map(|it| of(at, it)));
        kept.map(|width| width + GAP).sum::<usize>().saturating_sub(GAP)
    };
    let least = |at: usize, _: usize| shape.get(at).map_or(0, Shape::least);
    while total(&widths, &least) > room {
        let kept = shape
            .iter()
            .enumerate()
            .filter(|(at, it)| it.rank > 0 && widths.get(*at).is_some_and(Option::is_some));
        let Some((last, _)) = kept.max_by_key(|(_, it)| it.rank) else { break };
        if let Some(width) = widths.get_mut(last) {
            *width = None;
        }
    }
    while total(&widths, &|_, width| width) > room {
        // The widest gives way first, so that narrow columns stay whole.
        let widest = widths
            .iter_mut()
            .zip(shape)
            .filter_map(|(width, it)| width.as_mut().filter(|width| **width > it.least()))
            .max_by_key(|width| **width);
        let Some(width) = widest else { break };
        *width -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = [&'static str; 3];

    const COLUMNS: [Column<Row>; 3] = [
        Column { title: "NAME", cell: |row| row[0].into(), least: 6, rank: 0 },
        Column { title: "BY", cell: |row| row[1].into(), least: 4, rank: 2 },
        Column { title: "HEALTH", cell: |row| row[2].into(), least: 6, rank: 1 },
    ];

    fn printed(rows: &[Row], width: Option<usize>) -> Vec<String> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        print(&mut Printer::new(&mut out, &mut err, width), &COLUMNS, rows).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn columns_align_and_no_line_ends_in_spaces() {
        let lines = printed(&[["a", "bb", ""], ["漢字", "b", "ok"]], None);
        assert_eq!(lines, ["NAME  BY  HEALTH", "a     bb", "漢字  b   ok"]);
    }

    #[test]
    fn narrow_terminals_lose_columns_by_rank_and_then_letters() {
        let rows = [["a-rather-long-name", "anna", "error"]];
        assert_eq!(printed(&rows, Some(32))[1], "a-rather-long-name  anna  error");
        assert_eq!(printed(&rows, Some(24))[1], "a-rather-…  anna  error");
        assert_eq!(printed(&rows, Some(19))[1], "a-rather-l…  error");
        assert_eq!(printed(&rows, Some(8))[1], "a-rathe…");
        assert_eq!(printed(&rows, Some(1))[1], "a-rat…");
    }

    #[test]
    fn groups_have_a_title_and_share_their_columns() {
        let rows = [["a", "bb", "x"], ["b", "c", "x"], ["long name", "d", "y"]];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut printer = Printer::new(&mut out, &mut err, None);
        print_groups(&mut printer, &COLUMNS, &rows, |row| row[2].to_uppercase()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let row = |name, by, health| format!("{name:9}  {by:2}  {health}");
        let expected = [
            row("NAME", "BY", "HEALTH"),
            String::new(),
            "X".to_owned(),
            row("a", "bb", "x"),
            row("b", "c", "x"),
            String::new(),
            "Y".to_owned(),
            row("long name", "d", "y"),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn outside_texts_are_escaped_on_their_one_line() {
        let lines = printed(&[["a\nb\u{1b}[31m", "\u{202e}", "ok"]], None);
        assert_eq!(lines[1], "a\\u{a}b\\u{1b}[31m  \\u{202e}  ok");
    }

    #[test]
    fn a_text_wraps_beside_its_name_and_is_not_cut() {
        let printed = |room: usize, name: &str| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let mut printer = Printer::new(&mut out, &mut err, Some(32));
            print_beside(&mut printer, 2, room, name, "one two three four five").unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(printed(6, "mail"), "  mail    one two three four\n          five\n");
        assert_eq!(printed(3, "a\u{1b}"), "  a\\u{1b}\n       one two three four five\n");
    }
}
