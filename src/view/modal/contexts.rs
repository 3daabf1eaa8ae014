//! The contexts to switch to, and everything that is known of a live connection.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, page};
use crate::app::contexts::ContextInfo;
use crate::app::modal::Lives;
use crate::app::{Model, geometry};
use crate::text::Shown;
use crate::view::canvas::Canvas;
use crate::view::header;
use crate::view::line::{Line, wrapped};
use crate::view::list;

/// Columns of the menu.
const MENU: u16 = 96;

/// Every context with its badge and its place; the one that is shown says so.
pub fn menu(canvas: &mut Canvas<'_>, model: &Model, at: usize, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, MENU);
    let narrow = width < 50;
    let all = &model.contexts.all;
    let mut foot = Vec::new();
    if all.len() < 2 && dialog::rows(area) > 6 {
        foot.push(Line::empty());
        let text = "To add one, run jetbridge context add NAME in a shell.";
        foot.extend(wrapped(text, theme.muted, width));
    }
    let mut body = Vec::new();
    let badges: Vec<_> = all.iter().map(|it| header::badge(canvas, it, narrow)).collect();
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|it| Shown::composed(it).width()).max().unwrap_or(0)
    };
    // Three columns: badge, state, place. Where it is narrow there is room for two.
    let state = 2 + widest(&mut badges.iter().map(|it| it.0.as_str())) + 2;
    let place = state + widest(&mut all.iter().map(|it| standing(model, it))) + 2;
    for index in page(at, all.len(), dialog::rows(area).saturating_sub(foot.len())) {
        let (Some(info), Some((text, style))) = (all.get(index), badges.get(index)) else {
            continue;
        };
        let mut line = Line::new(if index == at { theme.signs.cursor } else { " " }, theme.plain);
        line.push(" ", theme.plain);
        line.push_shown(Shown::composed(text).into_owned(), *style);
        let mut line = line.pad(state, theme.plain).add(standing(model, info), theme.muted);
        if !narrow {
            line = line.pad(place, theme.plain);
            let room = width.saturating_sub(line.width());
            line.push_shown(
                Shown::from(&info.place).cut(room, theme.signs.ellipsis).into_owned(),
                theme.muted,
            );
        }
        body.push(line.of_entry(index));
    }
    let title = "Switch to".to_owned();
    let dialog = Dialog { title, width, body, notes: foot, ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}

/// Whether a context is shown, else whether it can only be read.
fn standing(model: &Model, info: &ContextInfo) -> &'static str {
    match (info.name == model.contexts.active, info.read_only) {
        (true, _) => "shown now",
        (false, true) => "read-only",
        (false, false) => "",
    }
}

/// The Fly contexts of which one is meant.
pub fn lives(canvas: &mut Canvas<'_>, model: &Model, it: &Lives, area: Rect) {
    let theme = canvas.theme;
    let width = dialog::inner(area, 60);
    let mut body = Vec::new();
    for index in page(it.at, it.names.len(), dialog::rows(area)) {
        let Some(name) = it.names.get(index) else { continue };
        let mut line =
            Line::new(if index == it.at { theme.signs.cursor } else { " " }, theme.plain);
        line.push(" ", theme.plain);
        match model.contexts.named(name) {
            Some(info) => {
                let (text, style) = header::badge(canvas, info, width < 50);
                line.push_shown(Shown::composed(&text).into_owned(), style);
            }
            None => line.push(name.as_str(), theme.plain),
        }
        body.push(line.of_entry(index));
    }
    let title = "Compare with".to_owned();
    let dialog = Dialog { title, width, body, keep: Some(it.at), ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}

/// Everything that is known of the live connection under the cursor.
pub fn details(canvas: &mut Canvas<'_>, model: &Model, top: usize, area: Rect) {
    let width = dialog::inner(area, geometry::DETAILS.0);
    let Some(row) = model.list.current() else { return };
    // The title stays in sight: it says which context this is.
    let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let body = list::whole(canvas, model, row, width);
    let height = Some(dialog::rows(area).min(geometry::DETAILS.1.into()));
    let title = "Connection".to_owned();
    let dialog = Dialog { title, width, body, top, height, ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}
