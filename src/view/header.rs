//! The context in the title of every screen, by colour and by word: nobody should delete in the
//! wrong place.

use ratatui::style::Style;

use super::canvas::Canvas;
use super::line::Line;
use crate::app::Model;
use crate::app::contexts::{ContextInfo, ContextKind};
use crate::text::Shown;

/// Columns below which only the shortest name of a context is shown.
pub const NARROW: u16 = 60;
/// Longest name in columns; a longer one is cut.
const NAME: usize = 24;
/// Word of what cannot be written.
const READ_ONLY: &str = " READ-ONLY ";

/// The context, when there is anything to show it by: the one and only local store has no badge.
fn reported(model: &Model) -> Option<&ContextInfo> {
    let contexts = &model.contexts;
    contexts.current().filter(|it| {
        contexts.all.len() > 1
            || it.kind == ContextKind::Fly
            || it.label.is_some()
            || it.colour.is_some()
    })
}

/// Label, name and kind of a context as one badge.
pub fn badge(canvas: &Canvas<'_>, info: &ContextInfo, narrow: bool) -> (String, Style) {
    let signs = canvas.theme.signs;
    let cut = |text: &str, room: usize| Shown::from(text).cut(room, signs.ellipsis).into_owned();
    let label = info.label.as_deref().map(|it| cut(it, if narrow { 6 } else { 12 }));
    let name = cut(&info.name, if narrow { 10 } else { NAME });
    let kind = (!narrow).then(|| Shown::from(info.kind_word()).into_owned());
    let words: Vec<String> =
        [label, Some(name), kind].into_iter().flatten().map(|it| it.as_str().to_owned()).collect();
    let text = format!(" {} ", words.join(&format!(" {} ", signs.dot)));
    (text, canvas.theme.context(info.colour, info.kind))
}

/// The badges of the context and of what cannot be written; empty where there is nothing to show.
pub fn badges(canvas: &Canvas<'_>, model: &Model, narrow: bool) -> Line {
    let mut line = Line::empty();
    if let Some(info) = reported(model) {
        let (text, style) = badge(canvas, info, narrow);
        line.push_shown(Shown::composed(&text).into_owned(), style);
    }
    if model.capabilities.read_only.is_some() || model.shared.away.is_some() {
        if !line.spans.is_empty() {
            line.push(" ", canvas.theme.plain);
        }
        line.push(READ_ONLY, canvas.theme.badge);
    }
    line
}

/// Draws the badges into a title, within a width; gives the column behind them and a blank.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, (x, y): (u16, u16), width: u16) -> u16 {
    let line = badges(canvas, model, canvas.area().width < NARROW);
    if line.spans.is_empty() { x } else { canvas.line((x, y), width, &line) }
}
