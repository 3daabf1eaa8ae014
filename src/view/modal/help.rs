//! The keys of a place, searchable; made from the keymap, so it cannot be wrong. UX.md §4.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::modal::Help;
use crate::app::search::Words;
use crate::app::{Action, Context, Key, Keymap, Model};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging};

/// Columns of the keys.
const KEYS: usize = 16;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, help: &Help, area: Rect) {
    let width = dialog::inner(area, 76);
    let captions = ("Search", "a key or a word", "");
    let search = dialog::search(canvas, captions, &help.search.line, width);
    let mut body = Vec::new();
    if model.capabilities.read_only.is_some() {
        let sign = (canvas.theme.signs.advice, canvas.theme.advice);
        body.extend(hanging(sign, model.read_only_reason(), canvas.theme.plain, width));
    }
    let words = help.search.words();
    for place in places(help.context) {
        let rows = matching(canvas.keymap, place, &words);
        if rows.is_empty() {
            continue;
        }
        if !body.is_empty() {
            body.push(Line::empty());
        }
        body.push(Line::new(place.label(), canvas.theme.title));
        for (keys, action) in rows {
            let keys = Shown::from(&keys);
            let off = model.refused(place, action).is_some();
            let (key, plain) = if off {
                (canvas.theme.muted, canvas.theme.muted)
            } else {
                (canvas.theme.key, canvas.theme.plain)
            };
            let mut line = Line::new(keys.cut(KEYS - 1, canvas.theme.signs.ellipsis), key)
                .pad(KEYS, canvas.theme.plain)
                .add(action.about_in(place), plain);
            if off {
                line.push(" (not here)", plain);
            }
            body.push(line);
        }
    }
    if body.is_empty() {
        body.push(Line::new("Nothing matches: change the search.", canvas.theme.muted));
    }
    let dialog = Dialog {
        title: format!("Keys: {}", help.context.label()),
        width,
        head: vec![search.line.clone()],
        body,
        top: help.top,
        height: Some(dialog::rows(area).min(28)),
        ..Dialog::default()
    };
    let inside = dialog::draw(canvas, area, &dialog);
    dialog::type_here(canvas, inside, &search);
}

/// The place asked about first, then all others.
fn places(first: Context) -> impl Iterator<Item = Context> {
    std::iter::once(first).chain(Context::ALL.into_iter().filter(move |it| *it != first))
}

/// Keys and actions of a place that hold every word of the search.
fn matching(keymap: &Keymap, place: Context, words: &Words) -> Vec<(String, Action)> {
    let named = |(action, keys): (Action, &[Key])| {
        let keys = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let texts = [&keys, action.slug(), action.about_in(place), place.label()];
        words.are_in(&texts).then_some((keys, action))
    };
    keymap.of(place).filter_map(named).collect()
}
