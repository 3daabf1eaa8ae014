//! A pick list: search, entries, what is picked, and what to do when something is missing. G3-G10.

use ratatui::layout::Rect;

use super::dialog::{self, Dialog};
use crate::app::picker::{Item, Picker};
use crate::app::update::link;
use crate::app::{Action, Context, Model};
use crate::form::Source;
use crate::text::{Shown, thousands};
use crate::view::canvas::Canvas;
use crate::view::line::{Line, hanging, linked, wrapped};

/// Most rows inside, so that the screen below stays in sight on large terminals.
const ROWS: usize = 24;
/// Rows inside from which a blank one separates search and entries.
const ROOMY: usize = 14;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, picker: &Picker, area: Rect) {
    let width = dialog::inner(area, 76);
    let height = dialog::rows(area).min(ROWS);
    let figures = figures(model, canvas, picker);
    let words = ("Search", "type to search", figures.as_str());
    let search = dialog::search(canvas, words, &picker.search.line, width);
    let mut head = vec![search.line.clone()];
    if picker.many && !picker.picked.is_empty() {
        let names: Vec<&str> = picker.picked.iter().map(|it| it.label.as_str()).collect();
        head.push(
            Line::new("Picked ", canvas.theme.muted).add(names.join(", "), canvas.theme.plain),
        );
    }
    if height >= ROOMY {
        head.push(Line::empty());
    }
    let foot = foot(canvas, model, picker, (width, height));
    let room = height.saturating_sub(head.len() + foot.len()).max(2);
    let body = body(canvas, model, picker, width, room);
    let title = picker.title.to_owned();
    let dialog =
        Dialog { title, width, head, body, notes: foot, height: Some(height), ..Dialog::default() };
    let inside = dialog::draw(canvas, area, &dialog);
    dialog::type_here(canvas, inside, &search);
}

fn figures(model: &Model, canvas: &Canvas<'_>, picker: &Picker) -> String {
    if picker.loading.is_some() {
        return format!("{} reading", canvas.theme.spinner(model.spin));
    }
    let (shown, all) = (picker.shown.len(), picker.items.len());
    if shown == all {
        thousands(all)
    } else {
        format!("{} of {}", thousands(shown), thousands(all))
    }
}

fn body(
    canvas: &Canvas<'_>,
    model: &Model,
    picker: &Picker,
    width: usize,
    room: usize,
) -> Vec<Line> {
    let theme = canvas.theme;
    let mut lines = Vec::new();
    if let Some(error) = &picker.error {
        let text = format!("Not read: {error}. {}", error.hint());
        let sign = (theme.signs.error, theme.error);
        lines.extend(hanging(sign, Shown::composed(&text), theme.plain, width));
    }
    if picker.shown.is_empty() {
        if picker.items.is_empty() {
            if picker.loaded {
                lines.extend(missing(canvas, model, picker, width));
            } else if picker.loading.is_some() {
                lines.push(Line::new("Reading…", theme.muted));
            }
        } else {
            let text = "Nothing matches: change the search.";
            lines.extend(wrapped(text, theme.plain, width));
        }
        return lines;
    }
    let room = room.saturating_sub(lines.len()).max(1);
    let label = label_width(picker, width);
    if picker.items.first().is_some_and(|it| !it.group.is_empty()) {
        lines.extend(grouped(canvas, picker, label, room));
        return lines;
    }
    for at in dialog::page(picker.at, picker.shown.len(), room) {
        let item = picker.shown.get(at).and_then(|index| picker.items.get(*index));
        if let Some(item) = item {
            lines.push(entry(canvas, picker, (at, item), label));
        }
    }
    lines
}

/// Entries under the headings of their groups.
fn grouped(canvas: &Canvas<'_>, picker: &Picker, label: usize, room: usize) -> Vec<Line> {
    let (mut lines, mut cursor, mut last) = (Vec::new(), 0, "");
    for (at, item) in picker.shown.iter().filter_map(|it| picker.items.get(*it)).enumerate() {
        if item.group != last {
            lines.push(Line::new(item.group, canvas.theme.title));
            last = item.group;
        }
        if at == picker.at {
            cursor = lines.len();
        }
        lines.push(entry(canvas, picker, (at, item), label));
    }
    let shown = dialog::page(cursor, lines.len(), room);
    lines.drain(..shown.start.min(lines.len()));
    lines.truncate(room);
    lines
}

/// Columns of the names: the same for all entries, so that notes stand below each other.
fn label_width(picker: &Picker, width: usize) -> usize {
    let most = width / 2;
    let widest = picker.items.iter().take(1_000).map(|it| it.picked.label.chars().count()).max();
    widest.unwrap_or(0).clamp(12, most.max(12))
}

fn entry(canvas: &Canvas<'_>, picker: &Picker, (at, item): (usize, &Item), label: usize) -> Line {
    let theme = canvas.theme;
    let here = at == picker.at;
    let on = picker.is_picked(item);
    let mark = match (picker.many, on) {
        (true, true) => "[x]",
        (true, false) => "[ ]",
        (false, true) => theme.signs.radio_on,
        (false, false) => theme.signs.radio_off,
    };
    let style = if here { theme.cursor } else { theme.plain };
    let name = Shown::from(&item.picked.label);
    let line = Line::new(if here { theme.signs.cursor } else { " " }, theme.plain)
        .add(" ", theme.plain)
        .add(if item.refused.is_some() && !on { " - " } else { mark }, theme.plain)
        .add(" ", theme.plain)
        .add(name.cut(label, theme.signs.ellipsis), style)
        .pad(label + 8, theme.plain)
        .of_entry(at);
    match &item.refused {
        Some(why) => line.add(format!("{} ", theme.signs.error), theme.error).add(why, theme.muted),
        None => line.add(&item.note, theme.muted),
    }
}

/// Why the entry under the cursor is refused, else where to make a new one.
fn foot(
    canvas: &Canvas<'_>,
    model: &Model,
    picker: &Picker,
    (width, height): (usize, usize),
) -> Vec<Line> {
    let theme = canvas.theme;
    let refused = picker.current().and_then(|item| item.refused.as_ref());
    if let Some(why) = refused {
        let sign = (theme.signs.error, theme.error);
        let mut lines = vec![Line::empty()];
        lines.extend(hanging(sign, format!("Refused: {why}"), theme.plain, width));
        return lines;
    }
    if height < 12 || picker.shown.is_empty() {
        return Vec::new();
    }
    let Some((text, url)) = create(model, picker) else { return Vec::new() };
    let mut lines = vec![Line::empty()];
    lines.extend(wrapped(format!("Not there? {text}"), theme.muted, width));
    lines.extend(linked(&url, theme.link, width));
    lines
}

/// Where something new of this kind is made, and its address: the one that is copied. G6.
fn create(model: &Model, picker: &Picker) -> Option<(&'static str, String)> {
    let text = match picker.source? {
        Source::Tenants { .. } => {
            "Connect the tenant in AvePoint Online Services under Tenant management, then refresh."
        }
        Source::Locations { .. } => return None,
        Source::Containers { .. } => {
            "Run a scan in AvePoint Online Services under Auto Discovery, then refresh."
        }
        Source::AppProfiles { .. } => {
            "Create it in AvePoint Online Services under Management > App management, then refresh."
        }
        Source::ServiceAccounts { .. } => {
            "Create it in AvePoint Online Services under Management > Service account, then refresh."
        }
    };
    let url = link(model);
    (!url.is_empty()).then_some((text, url))
}

/// What to do when there is nothing to pick. G3, G5, G6.
fn missing(canvas: &Canvas<'_>, model: &Model, picker: &Picker, width: usize) -> Vec<Line> {
    let theme = canvas.theme;
    let Some(source) = picker.source else { return Vec::new() };
    let (what, next) = match source {
        Source::Tenants { .. } => (
            "No tenant is known here.",
            "Connect it in AvePoint Online Services under Tenant management first.",
        ),
        Source::Locations { .. } => (
            "This tenant has no locations.",
            "Only a multi-geo tenant has any. Edit the tenant to add them.",
        ),
        Source::Containers { .. } => (
            "This tenant has no container.",
            "A scan job in AvePoint Online Services must have found objects; if none ran, set up \
             a scan profile (Auto Discovery).",
        ),
        Source::AppProfiles { .. } => (
            "This tenant has no app profile that fits.",
            "Create one in AvePoint Online Services under Management > App management.",
        ),
        Source::ServiceAccounts { .. } => (
            "This tenant has no service account.",
            "Create one in AvePoint Online Services under Management > Service account.",
        ),
    };
    let mut lines = wrapped(what, theme.title, width);
    lines.extend(wrapped(next, theme.plain, width));
    if let Some((_, url)) = create(model, picker) {
        lines.extend(linked(&url, theme.link, width));
    }
    lines.push(Line::empty());
    let mut pairs = vec![(Action::Refresh, "refresh afterwards")];
    if model.capabilities.edit_directory && picker.object_kind().is_some() {
        pairs.push((Action::AddObject, "add it here by hand"));
    }
    for (action, does) in pairs {
        let key = canvas.keymap.hint(Context::Picker, action);
        if !key.is_empty() {
            lines.push(Line::new(&key, theme.key).pad(6, theme.plain).add(does, theme.plain));
        }
    }
    lines
}
