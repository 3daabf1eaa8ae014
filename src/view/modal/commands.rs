//! The commands that do the same as what is on the screen, each with what it does.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::modal::Commands;
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};

/// Columns before a command.
const INDENT: usize = 4;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, it: &Commands, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 76);
    let mut body = Vec::new();
    let mut keep = 0;
    for (at, (label, command)) in it.items.iter().enumerate() {
        let here = at == it.at;
        let style = if here { theme.cursor } else { theme.plain };
        let sign = if here { theme.signs.cursor } else { " " };
        let head = Line::new(sign, theme.plain).add(" ", theme.plain).add(*label, style);
        body.push(head.of_entry(at));
        let room = width.saturating_sub(INDENT);
        for line in Shown::composed(command).wrap(room) {
            let indented = Line::new(" ".repeat(INDENT), theme.plain);
            let mut indented = indented.of_entry(at);
            indented.push_shown(line, theme.muted);
            body.push(indented);
        }
        if here {
            keep = body.len().saturating_sub(1);
        }
    }
    let foot = match it.items.iter().any(|(_, command)| has_gap(command)) {
        true if dialog::rows(area) > 8 => {
            let text = "Words in capitals are yours to fill in.";
            let mut foot = vec![Line::empty()];
            foot.extend(wrapped(text, theme.muted, width));
            foot
        }
        true | false => Vec::new(),
    };
    let title = "The same on the command line".to_owned();
    let dialog = Dialog { title, width, body, notes: foot, keep: Some(keep), ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}

/// Whether something is left to be filled in.
fn has_gap(command: &str) -> bool {
    let words = ["FILE", "NEWNAME", "TENANT", "ID", "PEM"];
    command.split(' ').any(|word| words.contains(&word))
}
