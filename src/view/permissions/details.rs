//! Everything about the entry under the cursor, below the table.

use ratatui::layout::Rect;

use crate::app::permissions::Screen;
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Columns of the labels.
const LABEL: usize = 10;

/// Rows that the details of a screen take of these, with the rule above them.
pub fn height(area: Rect, table: usize, wanted: usize) -> u16 {
    let wanted = u16::try_from(wanted + 1).unwrap_or(u16::MAX);
    let table = u16::try_from(table).unwrap_or(u16::MAX);
    // The table keeps half, and gives what it does not need.
    let half = area.height / 2;
    let free = area.height.saturating_sub(table);
    wanted.min(half.max(free))
}

/// The facts in lines: labels at the left, sentences hanging beside them.
pub fn lines(canvas: &Canvas<'_>, screen: &Screen, width: u16) -> Vec<Line> {
    let theme = canvas.theme;
    let width = usize::from(width);
    let Some((_, facts)) = screen.facts() else { return Vec::new() };
    let mut lines = Vec::new();
    for fact in facts {
        let parts = Shown::composed(&fact.text).wrap(width.saturating_sub(LABEL));
        for (at, part) in parts.into_iter().enumerate() {
            let label = if at == 0 { fact.label } else { "" };
            let mut line = Line::new(label, theme.muted).pad(LABEL, theme.plain);
            line.push_shown(part, theme.plain);
            lines.push(line);
        }
    }
    lines
}
