//! What is said when there is no room. E6.

use super::canvas::Canvas;
use super::line::wrapped;
use crate::app::{Action, Context, geometry};

/// Says which size is needed and how to leave.
pub fn draw(canvas: &mut Canvas<'_>) {
    let area = canvas.area();
    let (columns, rows) = geometry::LEAST;
    let keys: Vec<String> =
        canvas.keymap.keys(Context::List, Action::Quit).iter().map(ToString::to_string).collect();
    let text = format!(
        "jetbridge needs {columns}x{rows}, this is {}x{}. Enlarge the window; {} quits.",
        area.width,
        area.height,
        keys.join(" or ")
    );
    let lines = wrapped(&text, canvas.theme.plain, usize::from(area.width));
    canvas.lines(area, &lines);
}
