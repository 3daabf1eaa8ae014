//! Every action of the place below, by name. UX.md §4.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::equivalent::{self, Equivalent};
use crate::app::modal::Palette;
use crate::app::{Action, Model};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, wrapped};

/// Columns from which what an action does stands beside its name; below, it stands under the list.
const BESIDE: usize = 60;

/// Lines of what an action does under the list.
const ABOUT: usize = 2;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, palette: &Palette, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 84);
    let height = dialog::rows(area).min(20);
    let beside = width >= BESIDE;
    // Of all of them, so that nothing moves while one types.
    let name = palette.actions.iter().map(|it| it.slug().len()).max().unwrap_or(0) + 4;
    let words = ("Action", "what do you want to do?", "");
    let search = dialog::search(canvas, words, &palette.search.line, width);
    let matches = palette.matches();
    let at = palette.at.min(matches.len().saturating_sub(1));
    let mut body = Vec::new();
    let foot = foot(canvas, model, palette, matches.get(at).copied(), (width, beside));
    let room = height.saturating_sub(1 + foot.len());
    for index in dialog::page(at, matches.len(), room) {
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
        let mut line = Line::new(if here { theme.signs.cursor } else { " " }, theme.plain)
            .add(" ", theme.plain)
            .add(action.slug(), style)
            .pad(name, theme.plain);
        let key_width = key.chars().count();
        if beside {
            let about = about(model, palette, *action);
            let room = width.saturating_sub(name + key_width + 2);
            line = line.add(Shown::from(&about).cut(room, theme.signs.ellipsis), theme.muted);
        }
        body.push(
            line.pad(width.saturating_sub(key_width), theme.plain)
                .add(&key, if off { theme.muted } else { theme.key })
                .of_entry(index),
        );
    }
    if body.is_empty() {
        body.push(Line::new("No action has that name: change the search.", theme.muted));
    }
    let title = "Actions".to_owned();
    let head = vec![search.line.clone()];
    let height = Some(height);
    let dialog = Dialog { title, width, head, body, notes: foot, height, ..Dialog::default() };
    let inside = dialog::draw(canvas, area, &dialog);
    dialog::type_here(canvas, inside, &search);
}

/// What an action does, and whether it can be done here.
fn about(model: &Model, palette: &Palette, action: Action) -> String {
    let about = action.about_in(palette.context);
    match model.refused(palette.context, action) {
        Some(_) => format!("{about} (not here)"),
        None => about.to_owned(),
    }
}

/// What is to be known of the action under the cursor: the command that does the same or, where it is
/// narrow, what it does, always in as many lines.
fn foot(
    canvas: &Canvas<'_>,
    model: &Model,
    palette: &Palette,
    action: Option<Action>,
    (width, beside): (usize, bool),
) -> Vec<Line> {
    let theme = canvas.theme;
    let Some(action) = action else { return Vec::new() };
    if !beside {
        let about = about(model, palette, action);
        let mut lines = wrapped(&about, theme.muted, width);
        lines.resize_with(ABOUT, Line::empty);
        return lines;
    }
    let (text, style) = match equivalent::of(model, palette.context, action) {
        Equivalent::Command(text) => (format!("$ {text}"), theme.plain),
        Equivalent::OnlyOnScreen(why) => (why.to_owned(), theme.muted),
    };
    let text = Shown::composed(&text).cut(width, theme.signs.ellipsis).into_owned();
    let mut line = Line::empty();
    line.push_shown(text, style);
    vec![line]
}
