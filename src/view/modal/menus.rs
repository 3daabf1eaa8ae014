//! Lists in dialogs: what to copy, drafts, deleted connections, history. C5, C6, E5.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog, page};
use crate::app::geometry::{self, CHANGE_ROWS, HistoryBox, NOT_SET, change_label};
use crate::app::modal::{CopyMenu, CopyWhat, Menu};
use crate::app::{Modal, Model};
use crate::domain::change::Change;
use crate::text::{Shown, counted};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, wrapped};
use crate::view::say;

/// What to copy. The texts may hold secrets: only their length is shown.
pub fn copy(canvas: &mut Canvas<'_>, it: &CopyMenu, area: Rect) {
    let width = dialog::inner(area, 48);
    let note = |what: &CopyWhat| match what {
        CopyWhat::Text(text) => counted(text.chars(), "character"),
        CopyWhat::File(..) | CopyWhat::Key(_) => String::new(),
    };
    let notes: Vec<String> = it.items.iter().map(|(_, what)| note(what)).collect();
    let options: Vec<(&str, &str)> =
        it.items.iter().zip(&notes).map(|((label, _), note)| (*label, note.as_str())).collect();
    let body = dialog::choices(canvas, it.at, &options, width);
    let title = "Copy".to_owned();
    let dialog = Dialog { title, width, body, keep: Some(it.at), ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}

/// An entry with a note at its right.
fn entry(
    canvas: &Canvas<'_>,
    (at, here, marked): (usize, bool, bool),
    text: &str,
    note: &str,
    width: usize,
) -> Line {
    let theme = canvas.theme;
    let style = if here { theme.cursor } else { theme.plain };
    // The text keeps up to half of the line, the note gets the rest.
    let (text, note) = (Shown::from(text), Shown::from(note));
    let kept = text.width().min(width / 2);
    let note = note.cut(width.saturating_sub(kept + 4), theme.signs.ellipsis).into_owned();
    let room = width.saturating_sub(note.width() + 4);
    Line::new(if here { theme.signs.cursor } else { " " }, theme.plain)
        .add(if marked { theme.signs.mark } else { " " }, theme.mark)
        .add(text.cut(room, theme.signs.ellipsis), style)
        .pad(width.saturating_sub(note.width()), theme.plain)
        .add(note, theme.muted)
        .of_entry(at)
}

/// What stands in place of entries, if anything does.
fn instead<T>(canvas: &Canvas<'_>, menu: &Menu<T>, empty: &str, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    if let Some(error) = &menu.error {
        let text = format!("Not read: {error}. {}", error.hint());
        return hanging(
            (theme.signs.error, theme.error),
            Shown::composed(&text),
            theme.plain,
            width,
        );
    }
    if !menu.items.is_empty() {
        return Vec::new();
    }
    let text = if menu.loading.is_some() { "Reading…" } else { empty };
    wrapped(text, theme.muted, width)
}

fn paged<T>(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (title, empty): (&str, &str),
    menu: &Menu<T>,
    row: impl Fn(&T) -> (String, String),
) {
    let width = dialog::inner(area, 76);
    let mut body = instead(canvas, menu, empty, width);
    let room = dialog::rows(area).saturating_sub(body.len());
    for at in page(menu.at, menu.items.len(), room) {
        if let Some(item) = menu.items.get(at) {
            let (text, note) = row(item);
            body.push(entry(
                canvas,
                (at, at == menu.at, menu.marks.contains(&at)),
                &text,
                &note,
                width,
            ));
        }
    }
    let dialog = Dialog { title: title.to_owned(), width, body, ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}

/// Kept drafts.
pub fn drafts(canvas: &mut Canvas<'_>, model: &Model, modal: &Modal, area: Rect) {
    let Modal::Drafts(menu) = modal else { return };
    let empty = "No drafts. Leaving a changed form offers to keep one.";
    paged(canvas, area, ("Drafts", empty), menu, |it| {
        let kind = if it.draft.connection.is_some() { "changes" } else { "new" };
        let when = say::minute(it.draft.saved_at, &model.settings);
        let note = if it.elsewhere {
            format!("open elsewhere, {when}")
        } else {
            format!("{kind}, {when}")
        };
        (it.draft.title.clone(), note)
    });
}

/// Deleted connections.
pub fn deleted(canvas: &mut Canvas<'_>, model: &Model, modal: &Modal, area: Rect) {
    let Modal::Deleted(menu) = modal else { return };
    let empty = "No deleted connections.";
    paged(canvas, area, ("Deleted connections", empty), menu, |it| {
        let when = say::minute(it.at, &model.settings);
        let kind = it.row.kind.short();
        (it.row.name.to_string(), format!("{kind}, {when} by {}", it.by))
    });
}

/// Changes of a connection: one line each, the fields of the one under the cursor below.
pub fn history(canvas: &mut Canvas<'_>, model: &Model, modal: &Modal, area: Rect) {
    let Modal::History { name, menu, top, .. } = modal else { return };
    let theme = canvas.theme;
    let HistoryBox { width, height, entries, .. } = geometry::history(model.size, menu);
    let mut head = instead(canvas, menu, "No change is recorded.", width);
    for at in entries {
        if let Some(item) = menu.items.get(at) {
            let text = format!("{}  {}", item.revision, item.action);
            let note = format!("{} by {}", say::minute(item.at, &model.settings), item.by);
            head.push(entry(
                canvas,
                (at, at == menu.at, menu.marks.contains(&at)),
                &text,
                &note,
                width,
            ));
        }
    }
    let mut body = Vec::new();
    if let Some(item) = menu.current() {
        head.push(Line::new(theme.signs.horizontal.repeat(width), theme.border));
        let label = change_label(&item.changes, width);
        for change in &item.changes {
            body.extend(changed(canvas, change, (label, width)));
        }
        if item.changes.is_empty() {
            body.push(Line::new("No field changed.", theme.muted));
        }
    }
    let title = format!("History of {}", Shown::from(name).cut(40, theme.signs.ellipsis).as_str());
    let (top, height) = (*top, Some(height));
    let dialog = Dialog { title, width, head, body, top, height, ..Dialog::default() };
    dialog::draw(canvas, area, &dialog);
}

/// A field: its label, then before, an arrow, after; below each other where they do not fit beside.
fn changed(canvas: &Canvas<'_>, change: &Change, (label, width): (usize, usize)) -> Vec<Line> {
    let theme = canvas.theme;
    let room = width.saturating_sub(label);
    let before = change.before.as_deref();
    let after = change.after.as_deref().unwrap_or(NOT_SET);
    let mut line = Line::empty();
    // Of a new field only what it has now says something.
    if let Some(before) = before {
        line.push(before, theme.plain);
        line.push(format!(" {} ", theme.signs.arrow), theme.muted);
    }
    line.push(after, theme.plain);
    let mut values = vec![line];
    if values.iter().any(|it| it.width() > room) {
        let value = |sign: &str, text: &str| {
            hanging((sign, theme.muted), text, theme.plain, room).into_iter().take(CHANGE_ROWS)
        };
        let sign = if before.is_some() { theme.signs.arrow } else { " " };
        values = before.into_iter().flat_map(|it| value(" ", it)).collect();
        values.extend(value(sign, after));
    }
    let names = Shown::from(change.field.as_str()).wrap(label.saturating_sub(2));
    let rows = names.len().max(values.len());
    let (mut names, mut values) = (names.into_iter(), values.into_iter());
    let row = |_| {
        let mut line = Line::empty();
        if let Some(name) = names.next() {
            line.push_shown(name, theme.muted);
        }
        let mut line = line.pad(label, theme.plain);
        line.spans.extend(values.next().unwrap_or_default().spans);
        line
    };
    (0..rows).map(row).collect()
}
