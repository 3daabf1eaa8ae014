//! Details of the row under the cursor: below a table, or in a pane beside or under a list.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::line::Line;
use crate::app::{Action, Context};

/// Rows that details take of these, with the rule above them: the table keeps half, and gives what
/// it does not need.
fn below(area: Rect, table: usize, wanted: usize) -> u16 {
    let wanted = u16::try_from(wanted + 1).unwrap_or(u16::MAX);
    let table = u16::try_from(table).unwrap_or(u16::MAX);
    let free = area.height.saturating_sub(table);
    wanted.min((area.height / 2).max(free))
}

/// First row to show so that the cursor is among them, about a third from the top.
pub const fn top(at: usize, count: usize, height: usize) -> usize {
    if count <= height {
        return 0;
    }
    let top = at.saturating_sub(height / 3);
    if top + height > count { count - height } else { top }
}

/// Divides rows between a table of so many lines and details below it, which may be none.
pub fn split(area: Rect, table: usize, details: usize) -> (Rect, Rect) {
    let below = if details == 0 { 0 } else { below(area, table, details) };
    let table = Rect { height: area.height.saturating_sub(below), ..area };
    (table, Rect { y: table.bottom(), height: below, ..area })
}

/// Draws the rows that fit around the cursor, made when they are needed, and the details below.
pub fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (at, count): (usize, usize),
    row: impl Fn(&Canvas<'_>, usize) -> Line,
    details: &[Line],
) {
    let below = below(area, count, details.len());
    let table = Rect { height: area.height.saturating_sub(below), ..area };
    let room = usize::from(table.height);
    let first = top(at, count, room);
    let rows: Vec<Line> = (first..count.min(first + room)).map(|it| row(canvas, it)).collect();
    canvas.lines(table, &rows);
    if let Some(y) = at.checked_sub(first).filter(|it| *it < rows.len()) {
        let y = table.y + u16::try_from(y).unwrap_or(u16::MAX);
        canvas.tint(Rect { y, height: 1, ..table }, canvas.theme.selection);
    }
    under_rule(canvas, Rect { y: table.bottom(), height: below, ..area }, details);
}

/// Draws a rule and lines below it; when they are too many, the rule says how many are missing.
pub fn under_rule(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line]) {
    if area.height < 2 {
        return;
    }
    canvas.rule((area.x, area.y), area.width);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    canvas.lines(body, lines);
    let hidden = lines.len().saturating_sub(usize::from(body.height));
    if hidden > 0 {
        let text = format!(" {} {hidden} more ", canvas.theme.signs.down);
        let room = area.width.saturating_sub(2);
        canvas.right((area.x, area.y), room, &text, canvas.theme.muted);
    }
}

/// The text of a pane beside a list, behind its bar, or under it, below its rule.
pub fn inner(area: Rect) -> Rect {
    if area.x > 0 {
        Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area }
    } else {
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    }
}

/// Draws such a pane from its line `top` on, and how to see the rest.
pub fn scrolled(canvas: &mut Canvas<'_>, place: Context, area: Rect, lines: &[Line], top: usize) {
    let beside = area.x > 0;
    if beside {
        canvas.bar((area.x, area.y), area.height);
    } else {
        canvas.rule((area.x, area.y), area.width);
    }
    let inner = inner(area);
    let height = usize::from(inner.height);
    let over = lines.len() > height;
    // Under the list the rule says that there is more, beside it the last row does.
    let room = if over && beside { height.saturating_sub(1) } else { height };
    let top = top.min(lines.len().saturating_sub(room));
    let end = (top + room).min(lines.len());
    canvas.lines(inner, lines.get(top..end).unwrap_or_default());
    if !over {
        return;
    }
    let below = lines.len() - end;
    let signs = &canvas.theme.signs;
    let (sign, number, what, action) = match (below, top) {
        (1, _) => (signs.down, 1, "more line", Action::ScrollDown),
        (2.., _) => (signs.down, below, "more lines", Action::ScrollDown),
        (0, 1) => (signs.up, 1, "line above", Action::ScrollUp),
        (0, _) => (signs.up, top, "lines above", Action::ScrollUp),
    };
    let how = match canvas.keymap.hint(place, action) {
        key if key.is_empty() => String::new(),
        key => format!(": {key}"),
    };
    let text = format!(" {sign} {number} {what}{how} ");
    let y = if beside { inner.bottom().saturating_sub(1) } else { area.y };
    canvas.right((area.x, y), area.width.saturating_sub(2), &text, canvas.theme.muted);
}
