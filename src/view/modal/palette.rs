//! Every action of the place below, by name. UX.md §4.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::Model;
use crate::app::modal::Palette;
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Columns of the names.
const NAME: usize = 18;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, palette: &Palette, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 76);
    let height = dialog::rows(area).min(20);
    let words = ("Action", "what do you want to do?", "");
    let search = dialog::search(canvas, words, &palette.query, width);
    let matches = palette.matches();
    let at = palette.at.min(matches.len().saturating_sub(1));
    let mut body = Vec::new();
    for index in dialog::page(at, matches.len(), height.saturating_sub(1)) {
        let Some(action) = matches.get(index) else { continue };
        let here = index == at;
        let key = canvas.keymap.hint(palette.context, *action);
        let off = model.refused(palette.context, *action).is_some();
        let style = if here {
            theme.cursor
        } else if off {
            theme.muted
        } else {
            theme.plain
        };
        let line = Line::new(if here { theme.signs.cursor } else { " " }, theme.plain)
            .add(" ", theme.plain)
            .add(action.slug(), style)
            .pad(NAME + 2, theme.plain);
        let key_width = key.chars().count();
        let about =
            if off { format!("{} (not here)", action.about()) } else { action.about().into() };
        let about = crate::view::text::Shown::from(about.as_str());
        let room = width.saturating_sub(NAME + 2 + key_width + 2);
        body.push(
            line.add(about.cut(room, theme.signs.ellipsis), theme.muted)
                .pad(width.saturating_sub(key_width), theme.plain)
                .add(&key, if off { theme.muted } else { theme.key })
                .of_entry(index),
        );
    }
    if body.is_empty() {
        body.push(Line::new("No action has that name: change the search.", theme.muted));
    }
    let title = "Actions".to_owned();
    let head = vec![search.line.clone()];
    let dialog = Dialog { title, width, head, body, height: Some(height), ..Dialog::default() };
    let inside = dialog::draw(canvas, area, &dialog);
    dialog::type_here(canvas, inside, &search);
}
