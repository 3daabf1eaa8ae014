//! The checklist: procedure and role notes. P2, P3, P7, P8.

use ratatui::layout::Rect;

use super::result;
use crate::app::permissions::Screen;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};

/// Widest that a sentence can be read with ease.
const READABLE: u16 = 84;

/// Draws the steps so that the one under the cursor is seen whole, where it fits.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Screen, area: Rect) {
    let theme = canvas.theme;
    let lead = 6;
    let width = usize::from(area.width.min(READABLE)).saturating_sub(lead);
    let room = usize::from(area.height);
    let steps = screen.steps();
    let spaced = area.height >= 16;
    let mut blocks: Vec<Vec<Line>> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let (line, style) = result::at_row(canvas, screen, at);
        let number = format!("{:>2}. ", at + 1);
        let mut block = vec![line.add(number, theme.muted).add(step.title, style)];
        for part in wrapped(step.text, theme.plain, width) {
            let mut line = Line::new(" ".repeat(lead), theme.plain);
            line.spans.extend(part.spans);
            block.push(line);
        }
        if spaced && at + 1 < steps.len() {
            block.push(Line::empty());
        }
        blocks.push(block);
    }
    let total: usize = blocks.iter().map(Vec::len).sum();
    let start: usize = blocks.iter().take(screen.at).map(Vec::len).sum();
    let own = blocks.get(screen.at).map_or(1, Vec::len);
    let peek = usize::from(screen.at + 1 < blocks.len()) * 2;
    let top = (start + own + peek).min(total).saturating_sub(room).min(start);
    let lines: Vec<Line> = blocks.into_iter().flatten().skip(top).take(room).collect();
    canvas.lines(area, &lines);
}
