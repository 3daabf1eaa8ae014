//! What follows from the scenario: heads of the tabs, and the one that is shown.

use ratatui::layout::Rect;

use super::{gaps, manifest, needs, steps};
use crate::app::permissions::{Screen, Tab};
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Rows from which a blank one is below the heads.
const ROOMY: u16 = 18;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let heads = heads(canvas, screen, area.width);
    canvas.line((area.x, area.y), area.width, &heads);
    let used = 1 + u16::from(area.height >= ROOMY);
    let body = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    match screen.tab {
        Tab::Needs => needs::draw(canvas, screen, body),
        Tab::Manifest => manifest::draw(canvas, screen, body),
        Tab::Steps => steps::draw(canvas, screen, body),
        Tab::Check => gaps::draw(canvas, screen, body),
    }
}

/// The tabs; the shown one stands in brackets, and is reversed while it has the keys.
fn heads(canvas: &Canvas<'_>, screen: &Screen, width: u16) -> Line {
    let theme = canvas.theme;
    let gap = if width >= 46 { "  " } else { " " };
    let mut line = Line::empty();
    for tab in Tab::ALL {
        if !line.spans.is_empty() {
            line.push(gap, theme.plain);
        }
        if tab != screen.tab {
            line.push(tab.label(), theme.muted);
            continue;
        }
        let style = if screen.in_result { theme.cursor } else { theme.title };
        line.push(format!("[{}]", tab.label()), style);
    }
    line
}

/// The sign of a row, and the style of its name.
pub fn at_row(canvas: &Canvas<'_>, screen: &Screen, row: usize) -> (Line, ratatui::style::Style) {
    let theme = canvas.theme;
    let here = screen.in_result && row == screen.at;
    let sign = if here { theme.signs.cursor } else { " " };
    let style = if here { theme.cursor } else { theme.plain };
    (Line::new(sign, theme.focus).add(" ", theme.plain), style)
}

/// The rows to show so that the cursor is among them, about a third from the top.
pub const fn top(at: usize, count: usize, height: usize) -> usize {
    if count <= height {
        return 0;
    }
    let top = at.saturating_sub(height / 3);
    if top + height > count { count - height } else { top }
}
