//! A table with the details of its cursor's row below it, as the full screens draw it.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::line::Line;

/// Rows that details take of these, with the rule above them: the table keeps half, and gives what
/// it does not need.
fn below(area: Rect, table: usize, wanted: usize) -> u16 {
    let wanted = u16::try_from(wanted + 1).unwrap_or(u16::MAX);
    let table = u16::try_from(table).unwrap_or(u16::MAX);
    let free = area.height.saturating_sub(table);
    wanted.min((area.height / 2).max(free))
}

/// First row to show so that the cursor is among them, about a third from the top.
const fn top(at: usize, count: usize, height: usize) -> usize {
    if count <= height {
        return 0;
    }
    let top = at.saturating_sub(height / 3);
    if top + height > count { count - height } else { top }
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
    let pane = Rect { y: table.bottom(), height: below, ..area };
    if pane.height < 2 {
        return;
    }
    canvas.rule((pane.x, pane.y), pane.width);
    let body = Rect { y: pane.y + 1, height: pane.height - 1, ..pane };
    canvas.lines(body, details);
    let hidden = details.len().saturating_sub(usize::from(body.height));
    if hidden > 0 {
        let text = format!(" {} {hidden} more ", canvas.theme.signs.down);
        let room = pane.width.saturating_sub(2);
        canvas.right((pane.x, pane.y), room, &text, canvas.theme.muted);
    }
}
