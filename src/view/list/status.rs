//! The line under the title: search, filter and marks, always visible while they apply. C2, C3.

use ratatui::layout::Rect;

use super::columns;
use crate::app::{Action, Context, Model};
use crate::domain::query::{Column, Filter};
use crate::text::{Shown, counted, thousands};
use crate::view::canvas::Canvas;
use crate::view::line::Line;

/// Columns below which captions are left out.
const NARROW: u16 = 60;
/// Caption of the search.
const SEARCH: &str = "Search";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, model: &Model, area: Rect) {
    let narrow = area.width < NARROW;
    let marks = right(canvas, model, narrow);
    let marks = Shown::composed(&marks);
    let width = u16::try_from(marks.width()).unwrap_or(0);
    canvas.right((area.x, area.y), area.width, marks, canvas.theme.mark);
    let room = area.width.saturating_sub(if width > 0 { width + 2 } else { 0 });
    let mut x = area.x;
    if model.list.search.typing {
        x = search_line(canvas, model, area, room);
    }
    let rest = room.saturating_sub(x - area.x);
    let line = if active(model) {
        chips(canvas, model, narrow)
    } else {
        offers(canvas, model, area.width)
    };
    if !model.list.search.typing || !model.list.filter.is_empty() {
        canvas.line((x, area.y), rest, &line);
    }
}

/// What goes on behind the rows, and how many of them are marked.
fn right(canvas: &Canvas<'_>, model: &Model, narrow: bool) -> String {
    let marks = marks(canvas, model, narrow);
    match behind(canvas, model, narrow) {
        Some(doing) if marks.is_empty() => doing,
        Some(doing) => format!("{doing}   {marks}"),
        None => marks,
    }
}

/// What a service is asked for while the rows can be used, how far that is and how to stop it.
fn behind(canvas: &Canvas<'_>, model: &Model, narrow: bool) -> Option<String> {
    let list = &model.list;
    let doing = if let Some((_, name)) = &model.contexts.opening {
        let name = Shown::from(name.as_str());
        format!("Opening {}", name.cut(20, canvas.theme.signs.ellipsis).as_str())
    } else if list.loading.is_some() && model.is_live() {
        let far = list.reading.as_ref().map(|it| match it.total {
            Some(total) => format!("{} of {}", thousands(it.have), thousands(total)),
            None => thousands(it.have),
        });
        match far.filter(|_| list.loaded) {
            Some(far) if narrow => far,
            Some(far) => format!("Refreshing: {far}"),
            None if list.loaded => "Refreshing".to_owned(),
            // The title says how far the first reading is.
            None => String::new(),
        }
    } else {
        // Where it is narrow, how old the rows are stands in this line.
        return not_refreshed(canvas, model).filter(|_| !narrow);
    };
    let key = canvas.keymap.hint(Context::List, Action::Back);
    let note = list.reading.as_ref().and_then(|it| it.note.as_deref()).filter(|_| !narrow);
    let note = note.map(|it| {
        Shown::from(it.trim_end_matches('.')).cut(40, canvas.theme.signs.ellipsis).into_owned()
    });
    let stop = if narrow && !doing.is_empty() || key.is_empty() || model.list.search.typing {
        String::new()
    } else {
        format!("{key} cancels")
    };
    let parts: Vec<String> =
        [doing, note.map(|it| it.as_str().to_owned()).unwrap_or_default(), stop]
            .into_iter()
            .filter(|it| !it.is_empty())
            .collect();
    Some(parts.join(", "))
}

/// C7: that the rows are older than they should be, for as long as they are; the title says how old.
fn not_refreshed(canvas: &Canvas<'_>, model: &Model) -> Option<String> {
    let list = &model.list;
    if model.shared.away.is_some() && list.loading.is_none() {
        return Some("not connected".to_owned());
    }
    list.error.as_ref().filter(|_| !list.rows.is_empty() && list.loading.is_none())?;
    let key = canvas.keymap.hint(Context::List, Action::Refresh);
    let what = if list.loaded { "not refreshed" } else { "incomplete" };
    Some(if key.is_empty() { what.to_owned() } else { format!("{what}, {key} tries again") })
}

fn active(model: &Model) -> bool {
    !model.list.filter.is_empty() || (!model.list.search.is_empty() && !model.list.search.typing)
}

/// The line being typed, with the cursor; gives the column behind it.
fn search_line(canvas: &mut Canvas<'_>, model: &Model, area: Rect, room: u16) -> u16 {
    let theme = canvas.theme;
    let x = canvas.text((area.x, area.y), room, "Search ", theme.focus);
    // A filter keeps half of the line.
    let share = if model.list.filter.is_empty() { room } else { room / 2 };
    let width = share.saturating_sub(x - area.x).min(60);
    canvas.typed((x, area.y), width, &model.list.search.line);
    x + width + 2
}

/// What narrows the list, and the key that clears it.
fn chips(canvas: &Canvas<'_>, model: &Model, narrow: bool) -> Line {
    let theme = canvas.theme;
    let mut line = Line::empty();
    let key = canvas.keymap.hint(Context::List, Action::ClearFilter);
    if !key.is_empty() && !model.list.search.typing {
        // First, so that no long name pushes it off the screen.
        line.push(&key, theme.key);
        line.push(" clears", theme.muted);
    }
    for (name, values) in narrowed(model) {
        if !line.spans.is_empty() {
            line.push(if narrow { "  " } else { "   " }, theme.plain);
        }
        if narrow && name == SEARCH {
            line.push(format!("/{values}"), theme.focus);
        } else if narrow {
            line.push(&values, theme.focus);
        } else {
            line.push(format!("{name} "), theme.muted);
            line.push(&values, theme.focus);
        }
    }
    line
}

/// Search and filter, name by name, for the status line and for the state without a match.
pub fn narrowed(model: &Model) -> Vec<(&'static str, String)> {
    let list = &model.list;
    let mut out = Vec::new();
    if !list.search.is_empty() && !list.search.typing {
        out.push((SEARCH, list.search.value().to_owned()));
    }
    out.extend(filtered(&list.filter));
    out
}

fn filtered(filter: &Filter) -> Vec<(&'static str, String)> {
    let join = |values: Vec<String>| match values.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one}, {two}"),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    let tenant = |it: &String| if it.is_empty() { "(none)".to_owned() } else { it.clone() };
    [
        ("Type", join(filter.types.iter().copied().map(|it| it.short().into_owned()).collect())),
        ("Side", join(filter.sides.iter().map(|it| it.label().to_owned()).collect())),
        ("Health", join(filter.levels.iter().map(|it| it.text().to_owned()).collect())),
        ("Tenant", join(filter.tenants.iter().map(tenant).collect())),
    ]
    .into_iter()
    .filter(|(_, values)| !values.is_empty())
    .collect()
}

/// What may be of use while nothing narrows the list.
fn offers(canvas: &Canvas<'_>, model: &Model, width: u16) -> Line {
    let theme = canvas.theme;
    let mut line = Line::empty();
    if let Some(age) = model.rows_age().filter(|_| width < NARROW) {
        // The title has no room for it.
        line.push(format!("as of {age}"), theme.muted);
    }
    if model.drafts > 0 && model.capabilities.drafts {
        let key = canvas.keymap.hint(Context::List, Action::Drafts);
        line.push(counted(model.drafts, "draft"), theme.advice);
        line.push(", ", theme.muted);
        line.push(&key, theme.key);
        line.push(" resumes", theme.muted);
    }
    // The arrow of a column without room is shown here.
    let sort = model.list.sort;
    let (wide, _) = columns::divided(width, !model.preflights.is_empty());
    if sort.column != Column::Name && !super::shows(&wide, sort.column) {
        if !line.spans.is_empty() {
            line.push("   ", theme.plain);
        }
        let arrow = if sort.descending { theme.signs.down } else { theme.signs.up };
        line.push(format!("sorted by {} {arrow}", sort.column.words()), theme.muted);
    }
    line
}

/// How many are marked, and how many of them search and filter hide. UX.md §3.5.
fn marks(canvas: &Canvas<'_>, model: &Model, narrow: bool) -> String {
    let list = &model.list;
    if list.range.is_some() && list.marks.is_empty() {
        return "marking a range".to_owned();
    }
    let marked = list.marks.len();
    if marked == 0 {
        return String::new();
    }
    let hidden = if list.shown.len() == list.rows.len() {
        0
    } else {
        let shown = list.shown.iter().filter_map(|index| list.rows.get(*index));
        marked.saturating_sub(shown.filter(|row| list.marks.contains(&row.id)).count())
    };
    match hidden {
        _ if narrow && hidden > 0 => {
            format!(
                "{}{}, {} hidden",
                canvas.theme.signs.mark,
                thousands(marked),
                thousands(hidden)
            )
        }
        0 => format!("{} marked", thousands(marked)),
        _ => format!("{} marked, {} hidden", thousands(marked), thousands(hidden)),
    }
}
