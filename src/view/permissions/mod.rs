//! The permissions screen: the scenario and what follows from it. P1-P9.
//!
//! Wide terminals show both sides. On narrower ones the scenario shrinks to a line while the
//! result has the keys, and the narrowest show the side that has them.

mod counts;
mod details;
mod gaps;
mod manifest;
mod needs;
mod result;
mod scenario;
mod steps;
mod table;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::app::Model;
use crate::app::permissions::Screen;
use crate::text::Shown;

/// Columns from which both sides stand beside each other whatever has the keys.
const WIDE: u16 = 100;
/// Columns below which only the side with the keys is shown.
const NARROW: u16 = 66;
/// Columns of the scenario beside the result.
const SIDE: u16 = 37;
/// The same where there is little room.
const SIDE_SMALL: u16 = 33;

/// Draws the screen; the last two rows are the footer's.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let area = canvas.area();
    title(canvas, model, screen);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(3), ..area };
    if area.width >= WIDE {
        beside(canvas, screen, body, SIDE);
    } else if screen.in_result {
        if area.width < NARROW {
            result::draw(canvas, screen, body);
        } else {
            collapsed(canvas, screen, body);
        }
    } else if area.width < NARROW {
        scenario::draw(canvas, screen, body, true);
    } else {
        beside(canvas, screen, body, SIDE_SMALL);
    }
}

fn title(canvas: &mut Canvas<'_>, model: &Model, screen: &Screen) {
    let (area, theme) = (canvas.area(), canvas.theme);
    let mut end = area.right();
    if let Some(doing) = model.busy() {
        let spinner = theme.spinner(model.spin);
        canvas.right((area.x, area.y), area.width, spinner, theme.plain);
        canvas.right((area.x, area.y), area.width.saturating_sub(2), doing, theme.plain);
        end = end.saturating_sub(u16::try_from(doing.len()).unwrap_or(0) + 4);
    }
    let put = |canvas: &mut Canvas<'_>, x: u16, text: &str, style| {
        canvas.text((x, area.y), end.saturating_sub(x), text, style)
    };
    let mut x = put(canvas, area.x, "Permissions", theme.title);
    if model.settings.demo {
        x = put(canvas, x + 1, " DEMO ", theme.badge);
    }
    let room = end.saturating_sub(x + 1);
    let badges = super::header::draw(canvas, model, (x + 1, area.y), room);
    x = if badges > x + 1 { badges } else { x };
    match &screen.subject {
        Some(name) => put(canvas, x + 2, name, theme.plain),
        None => put(canvas, x + 2, "any Groups destination", theme.muted),
    };
}

fn beside(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect, side: u16) {
    let left = Rect { width: side - 2, ..area };
    scenario::draw(canvas, screen, left, false);
    canvas.bar((area.x + side - 1, area.y), area.height);
    let right = Rect { x: area.x + side + 1, width: area.width - side - 1, ..area };
    result::draw(canvas, screen, right);
}

/// The scenario as one line above the result.
fn collapsed(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let text = screen.scenario.describe();
    canvas.text((area.x, area.y), area.width, Shown::composed(&text), canvas.theme.muted);
    result::draw(canvas, screen, Rect { y: area.y + 1, height: area.height - 1, ..area });
}
