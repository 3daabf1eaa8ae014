//! Colours and attributes in force at the terminal, changed by the shortest sequence.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// Attributes that can be seen on a blank.
const ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// Attribute, code that sets it, code that takes it away (and what else that takes).
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// What is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    fg: Color,
    bg: Color,
    line: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self = Self {
        fg: Color::Reset,
        bg: Color::Reset,
        line: Color::Reset,
        modifier: Modifier::empty(),
    };

    const fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, line: cell.underline_color, modifier: cell.modifier }
    }
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(ON_BLANK)
}

/// Whether erasing leaves what this cell shows, whatever the terminal erases with.
pub(super) fn erases(cell: &Cell) -> bool {
    is_blank(cell) && cell.bg == Color::Reset
}

/// Whether two cells look the same.
pub(super) fn same(one: &Cell, other: &Cell) -> bool {
    one == other || (is_blank(one) && is_blank(other) && one.bg == other.bg)
}

/// Whether the cell can be drawn as things stand.
pub(super) fn fits(pen: Option<&Pen>, cell: &Cell) -> bool {
    pen.is_some_and(|pen| {
        if is_blank(cell) {
            pen.bg == cell.bg && !pen.modifier.intersects(ON_BLANK)
        } else {
            *pen == Pen::of(cell)
        }
    })
}

/// Makes ready to draw the cell.
pub(super) fn put(out: &mut Vec<u8>, pen: &mut Option<Pen>, cell: &Cell) {
    if is_blank(cell) {
        blank(out, pen, cell.bg);
    } else {
        change(out, pen, Pen::of(cell));
    }
}

/// Makes ready to draw or erase blanks on a background; what cannot be seen stays as it is.
pub(super) fn blank(out: &mut Vec<u8>, pen: &mut Option<Pen>, bg: Color) {
    let base = pen.unwrap_or(Pen::PLAIN);
    change(out, pen, Pen { bg, modifier: base.modifier.difference(ON_BLANK), ..base });
}

fn change(out: &mut Vec<u8>, pen: &mut Option<Pen>, to: Pen) {
    if *pen == Some(to) {
        return;
    }
    // From nothing: `CSI m` resets, then what is set is added.
    let mut fresh = vec![0];
    add(&mut fresh, Pen::PLAIN, to);
    let codes = match *pen {
        Some(from) => {
            let mut codes = Vec::new();
            let removed = take(&mut codes, from, to);
            add(&mut codes, Pen { modifier: removed, ..from }, to);
            if length(&codes) <= length(&fresh) { codes } else { fresh }
        }
        None => fresh,
    };
    out.extend_from_slice(b"\x1b[");
    if codes != [0] {
        for (at, code) in codes.iter().enumerate() {
            if at > 0 {
                out.push(b';');
            }
            out.extend_from_slice(code.to_string().as_bytes());
        }
    }
    out.push(b'm');
    *pen = Some(to);
}

fn length(codes: &[u8]) -> usize {
    codes
        .iter()
        .map(|it| {
            if *it < 10 {
                2
            } else if *it < 100 {
                3
            } else {
                4
            }
        })
        .sum()
}

/// Takes attributes away and says which are left.
fn take(codes: &mut Vec<u8>, from: Pen, to: Pen) -> Modifier {
    let mut left = from.modifier;
    for (modifier, _, off) in MODIFIERS {
        if left.contains(modifier) && !to.modifier.contains(modifier) {
            codes.push(off);
            // One code may take two: bold and dim, both kinds of blinking.
            for (other, _, other_off) in MODIFIERS {
                if other_off == off {
                    left.remove(other);
                }
            }
        }
    }
    left
}

/// Adds attributes and colours.
fn add(codes: &mut Vec<u8>, from: Pen, to: Pen) {
    for (modifier, on, _) in MODIFIERS {
        if to.modifier.contains(modifier) && !from.modifier.contains(modifier) {
            codes.push(on);
        }
    }
    if from.fg != to.fg {
        colour(codes, to.fg, 30);
    }
    if from.bg != to.bg {
        colour(codes, to.bg, 40);
    }
    if from.line != to.line {
        underline(codes, to.line);
    }
}

fn colour(codes: &mut Vec<u8>, colour: Color, base: u8) {
    match basic(colour) {
        Some(number @ 0..8) => codes.push(base + number),
        Some(number) => codes.push(base + 60 + number - 8),
        None => extended(codes, colour, base),
    }
}

fn extended(codes: &mut Vec<u8>, colour: Color, base: u8) {
    match colour {
        Color::Rgb(r, g, b) => codes.extend([base + 8, 2, r, g, b]),
        Color::Indexed(index) => codes.extend([base + 8, 5, index]),
        Color::Reset => codes.push(base + 9),
        named => codes.extend([base + 8, 5, basic(named).unwrap_or_default()]),
    }
}

/// Underlines have no short codes.
fn underline(codes: &mut Vec<u8>, colour: Color) {
    extended(codes, colour, 50);
}

/// Number among the sixteen colours of a terminal.
const fn basic(colour: Color) -> Option<u8> {
    match colour {
        Color::Black => Some(0),
        Color::Red => Some(1),
        Color::Green => Some(2),
        Color::Yellow => Some(3),
        Color::Blue => Some(4),
        Color::Magenta => Some(5),
        Color::Cyan => Some(6),
        Color::Gray => Some(7),
        Color::DarkGray => Some(8),
        Color::LightRed => Some(9),
        Color::LightGreen => Some(10),
        Color::LightYellow => Some(11),
        Color::LightBlue => Some(12),
        Color::LightMagenta => Some(13),
        Color::LightCyan => Some(14),
        Color::White => Some(15),
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn cell(symbol: &'static str, style: impl Into<Style>) -> Cell {
        let mut cell = Cell::new(symbol);
        cell.set_style(style);
        cell
    }

    fn written(cells: &[Cell]) -> String {
        let (mut out, mut pen) = (Vec::new(), None);
        for cell in cells {
            put(&mut out, &mut pen, cell);
            out.extend_from_slice(cell.symbol().as_bytes());
        }
        String::from_utf8(out).unwrap().replace('\x1b', "^")
    }

    #[test]
    fn only_what_differs_is_changed() {
        let style = Style::new();
        assert_eq!(
            written(&[
                cell("a", style.red()),
                cell("b", style.red().bold()),
                cell("c", style.red())
            ]),
            "^[0;31ma^[1mb^[22mc"
        );
        // Back to plain is the short reset.
        assert_eq!(written(&[cell("a", style.red().bold()), cell("b", style)]), "^[0;1;31ma^[mb");
        // Taking bold away takes dim away as well, so dim is set again.
        assert_eq!(
            written(&[cell("a", style.bold().dim().red()), cell("b", style.dim().red())]),
            "^[0;1;2;31ma^[22;2mb"
        );
    }

    #[test]
    fn a_blank_changes_only_what_can_be_seen_on_it() {
        let style = Style::new();
        assert_eq!(
            written(&[
                cell("a", style.red().bold()),
                cell(" ", style),
                cell("b", style.red().bold())
            ]),
            "^[0;1;31ma b"
        );
        assert_eq!(written(&[cell("a", style.reversed()), cell(" ", style)]), "^[0;7ma^[m ");
    }

    #[test]
    fn bright_and_extended_colours_have_their_codes() {
        let style = Style::new();
        assert_eq!(written(&[cell("a", style.fg(Color::LightBlue))]), "^[0;94ma");
        assert_eq!(written(&[cell("a", style.bg(Color::DarkGray))]), "^[0;100ma");
        assert_eq!(written(&[cell("a", style.fg(Color::Rgb(1, 2, 3)))]), "^[0;38;2;1;2;3ma");
        assert_eq!(written(&[cell("a", style.bg(Color::Indexed(77)))]), "^[0;48;5;77ma");
        assert_eq!(written(&[cell("a", style.underline_color(Color::Red))]), "^[0;58;5;1ma");
    }
}
