//! Every action of the place below, by name. UX.md §4.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::equivalent::{self, Equivalent};
use crate::app::modal::Palette;
use crate::app::{Action, Model};
use crate::text::Shown;
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
    let search = dialog::search(canvas, words, &palette.search.line, width);
    let matches = palette.matches();
    let at = palette.at.min(matches.len().saturating_sub(1));
    let mut body = Vec::new();
    for index in dialog::page(at, matches.len(), height.saturating_sub(2)) {
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
        let about = action.about_in(palette.context);
        let about = if off { format!("{about} (not here)") } else { about.to_owned() };
        let about = Shown::from(about.as_str());
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
    let foot = command(canvas, model, palette, matches.get(at).copied(), width);
    let title = "Actions".to_owned();
    let head = vec![search.line.clone()];
    let height = Some(height);
    let dialog = Dialog { title, width, head, body, notes: foot, height, ..Dialog::default() };
    let inside = dialog::draw(canvas, area, &dialog);
    dialog::type_here(canvas, inside, &search);
}

/// The command that does the same as the action under the cursor, in one line.
fn command(
    canvas: &Canvas<'_>,
    model: &Model,
    palette: &Palette,
    action: Option<Action>,
    width: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let Some(action) = action else { return Vec::new() };
    let (text, style) = match equivalent::of(model, palette.context, action) {
        Equivalent::Command(text) => (format!("$ {text}"), theme.plain),
        Equivalent::OnlyOnScreen(why) => (why.to_owned(), theme.muted),
    };
    let text = Shown::composed(&text).cut(width, theme.signs.ellipsis).into_owned();
    let mut line = Line::empty();
    line.push_shown(text, style);
    vec![line]
}
