//! The box that all dialogs share: fixed lines above and below a body that scrolls.

use ratatui::layout::Rect;

use crate::app::input::TextInput;
use crate::app::modal::Proof;
use crate::text::{Shown, window};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// A dialog ready to be drawn.
#[derive(Debug, Default)]
pub struct Dialog {
    /// Title in the border.
    pub title: String,
    /// Columns inside.
    pub width: usize,
    /// Lines that stay at the top.
    pub head: Vec<Line>,
    /// Lines that scroll.
    pub body: Vec<Line>,
    /// What is to be known beside the body. With few rows its end is cut, with a sign: a sentence
    /// without its beginning may say the opposite.
    pub notes: Vec<Line>,
    /// Lines that stay at the bottom and are never cut: choices, a line to type in.
    pub foot: Vec<Line>,
    /// First line of the body.
    pub top: usize,
    /// Line of the body that must be seen, whatever `top` says.
    pub keep: Option<usize>,
    /// Rows inside, where they must not depend on what is shown.
    pub height: Option<usize>,
}

/// Columns inside a dialog that would like `wish` of them.
pub fn inner(area: Rect, wish: u16) -> usize {
    usize::from(wish.min(area.width.saturating_sub(4)))
}

/// Rows inside the highest dialog.
pub fn rows(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(2))
}

/// The entries of a long list that are on screen when the cursor is at `at`: whole pages, so that
/// a move within one changes two lines only.
pub const fn page(at: usize, total: usize, height: usize) -> std::ops::Range<usize> {
    let height = if height == 0 { 1 } else { height };
    let start = at / height * height;
    let end = if start + height < total { start + height } else { total };
    start..end
}

/// Where the body of a dialog is.
pub struct Body {
    /// Its rows.
    pub area: Rect,
    /// Its first line that is shown.
    pub top: usize,
}

/// Draws it in the middle; gives the area inside.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, dialog: &Dialog) -> Rect {
    draw_all(canvas, area, dialog).0
}

/// The same, and shows where its body is.
pub fn draw_all(canvas: &mut Canvas<'_>, area: Rect, dialog: &Dialog) -> (Rect, Body) {
    let fixed = dialog.head.len() + dialog.notes.len() + dialog.foot.len();
    let wanted = dialog.height.unwrap_or(fixed + dialog.body.len()).min(rows(area));
    let height = u16::try_from(wanted).unwrap_or(area.height).saturating_add(2);
    let width = u16::try_from(dialog.width).unwrap_or(area.width).saturating_add(4);
    let width = width.min(area.width);
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + area.height.saturating_sub(height) / 3,
        width,
        height: height.min(area.height),
    };
    let inside = canvas.frame(frame, &dialog.title);
    let rows = usize::from(inside.height);
    let foot = dialog.foot.len().min(rows);
    let room = rows.saturating_sub(foot + dialog.body.len().min(2));
    let ellipsis = canvas.theme.signs.ellipsis;
    let columns = usize::from(inside.width);
    let head = clipped(&dialog.head, (columns, room), ellipsis);
    let notes = clipped(&dialog.notes, (columns, room - head.len()), ellipsis);
    let part = |above: usize, lines: usize| {
        let rows = |it: usize| u16::try_from(it).unwrap_or(u16::MAX);
        Rect { y: inside.y + rows(above), height: rows(lines), ..inside }
    };
    let body = rows - foot - head.len() - notes.len();
    canvas.lines(part(0, head.len()), &head);
    let body_area = part(head.len(), body);
    let top = scrolled(canvas, frame, body_area, dialog);
    canvas.lines(part(head.len() + body, notes.len()), &notes);
    canvas.lines(part(rows - foot, foot), &dialog.foot);
    (inside, Body { area: body_area, top })
}

/// As many lines as there is room for; where some are left out, the last one says so.
fn clipped(lines: &[Line], (columns, room): (usize, usize), ellipsis: &str) -> Vec<Line> {
    // With few rows the blank one above goes first.
    let blank = lines.len() > room && lines.first().is_some_and(|it| it.width() == 0);
    let lines = lines.get(usize::from(blank)..).unwrap_or_default();
    let mut seen: Vec<Line> = lines.iter().take(room).cloned().collect();
    let left_out = lines.iter().skip(room).any(|it| it.width() > 0);
    if let Some(last) = seen.last_mut().filter(|_| left_out) {
        let style = last.spans.last().map(|it| it.style).unwrap_or_default();
        // A full line gives up its end for it.
        if last.width() + 2 > columns
            && let Some(end) = last.spans.pop()
        {
            let room = columns.saturating_sub(last.width() + 1);
            last.push_shown(end.text.cut(room, "").into_owned(), style);
            last.push(ellipsis, style);
        } else {
            last.push(format!(" {ellipsis}"), style);
        }
    }
    seen
}

fn scrolled(canvas: &mut Canvas<'_>, frame: Rect, body: Rect, dialog: &Dialog) -> usize {
    let (room, total) = (usize::from(body.height), dialog.body.len());
    let last = total.saturating_sub(room);
    let top = match dialog.keep {
        Some(keep) if room > 0 => {
            let keep = keep.min(total.saturating_sub(1));
            (keep + 1).saturating_sub(room).max(dialog.top.min(keep)).min(last)
        }
        Some(_) | None => dialog.top.min(last),
    };
    canvas.lines(body, dialog.body.get(top..).unwrap_or_default());
    if total > room && frame.width > 16 {
        let text = format!(" {}-{} of {total} ", top + 1, (top + room).min(total));
        let at = (frame.x, frame.bottom().saturating_sub(1));
        canvas.right(at, frame.width.saturating_sub(2), &text, canvas.theme.muted);
    }
    top
}

/// Choices below each other, the focused one with a sign; each may have an explanation. One that does
/// not fit beside its choice is left out, whole, and stands below while the choice is focused.
pub fn choices(
    canvas: &Canvas<'_>,
    at: usize,
    options: &[(&str, &str)],
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let widest = options.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let column = widest + 4;
    let mut lines = Vec::new();
    for (index, (label, about)) in options.iter().enumerate() {
        let here = index == at;
        let sign = if here { theme.signs.cursor } else { " " };
        let style = if here { theme.cursor } else { theme.plain };
        let line =
            Line::new(sign, theme.plain).add(" ", theme.plain).add(*label, style).of_entry(index);
        if about.is_empty() {
            lines.push(line);
        } else if column + Shown::from(*about).width() <= width {
            lines.push(line.pad(column, theme.plain).add(*about, theme.muted));
        } else {
            lines.push(line);
            if here {
                let below = hanging(("   ", theme.plain), *about, theme.muted, width);
                lines.extend(below.into_iter().map(|it| it.of_entry(index)));
            }
        }
    }
    lines
}

/// A line to type in, with a label before it.
pub struct Search {
    /// The line as it stands at the top of a dialog.
    pub line: Line,
    /// Column where the typed text starts, and how many there are for it.
    field: (usize, usize),
    /// Column of the cursor.
    cursor: usize,
}

/// A search line of `width` columns with figures at its right; the hint stands there until
/// something is typed.
pub fn search(
    canvas: &Canvas<'_>,
    (label, hint, figures): (&str, &str, &str),
    text: &TextInput,
    width: usize,
) -> Search {
    let theme = canvas.theme;
    let mut line = Line::new(label, theme.focus).add(" ", theme.plain);
    let lead = line.width();
    let right = if figures.is_empty() { 0 } else { Shown::from(figures).width() + 2 };
    let room = width.saturating_sub(lead + right);
    let cursor = if text.is_empty() {
        line.push(Shown::from(hint).cut(room, theme.signs.ellipsis), theme.muted);
        lead
    } else {
        let seen = window(text.value(), text.cursor(), room, theme.signs.ellipsis);
        line.push_shown(seen.text, theme.plain);
        lead + seen.cursor
    };
    if right > 0 {
        line = line.pad(width + 2 - right, theme.plain).add(figures, theme.muted);
    }
    Search { line, field: (lead, room), cursor }
}

/// Underlines the search line at the top of a dialog and puts the cursor into it.
pub fn type_here(canvas: &mut Canvas<'_>, inside: Rect, search: &Search) {
    type_at(canvas, inside, 0, search);
}

/// The number that must be typed, as the foot of a dialog; its line to type in is the last.
pub fn proof(canvas: &Canvas<'_>, proof: &Proof, does: &str, width: usize) -> (Vec<Line>, Search) {
    let number = proof.number;
    let label = format!("Type {number} to {does}:");
    let search = search(canvas, (&label, "", ""), &proof.input, width);
    let mut foot = Vec::new();
    if proof.wrong {
        let sign = (canvas.theme.signs.error, canvas.theme.error);
        foot.extend(hanging(sign, format!("That is not {number}."), canvas.theme.plain, width));
    }
    foot.push(search.line.clone());
    (foot, search)
}

/// Underlines the line to type in at the bottom of a dialog and puts the cursor into it.
pub fn type_below(canvas: &mut Canvas<'_>, inside: Rect, search: &Search) {
    type_at(canvas, inside, inside.height.saturating_sub(1), search);
}

fn type_at(canvas: &mut Canvas<'_>, inside: Rect, row: u16, search: &Search) {
    let column = |at: usize| u16::try_from(at).unwrap_or(u16::MAX).min(inside.width);
    let (start, room) = search.field;
    let x = inside.x + column(start);
    let width = column(room).min(inside.right().saturating_sub(x));
    canvas.tint(Rect::new(x, inside.y + row, width, 1.min(inside.height)), canvas.theme.input);
    cursor(canvas, inside, usize::from(row), search.cursor);
}

/// Puts the cursor into a line of the dialog.
pub fn cursor(canvas: &mut Canvas<'_>, inside: Rect, line: usize, column: usize) {
    let x = inside.x + u16::try_from(column).unwrap_or(0).min(inside.width.saturating_sub(1));
    let y = inside.y.saturating_add(u16::try_from(line).unwrap_or(0));
    if y < inside.bottom() {
        canvas.cursor(x, y);
    }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_hold_the_cursor() {
        assert_eq!(page(0, 3, 10), 0..3);
        assert_eq!(page(9, 25, 10), 0..10);
        assert_eq!(page(10, 25, 10), 10..20);
        assert_eq!(page(24, 25, 10), 20..25);
        assert_eq!(page(0, 0, 0), 0..0);
    }
}
