//! The Connections screen. C1-C7.

use std::collections::HashSet;

use super::super::effect::Effect;
use super::super::geometry::{self, scroll};
use super::super::model::{List, NoticeTone, Reading, Waiting};
use super::super::rows::Rows;
use super::super::{Action, Model};
use super::{
    agent, cancel, commands, contexts, details, diff, draft, marks, moved, panel, preflight,
    read_preflights, runbook, shared,
};
use crate::domain::health::{Horizon, Level};
use crate::domain::query::{Column, Sort};
use crate::domain::{ConnectionId, Summary, Timestamp};
use crate::text::{counted, fold};

/// Reads the list, first or again. Old rows stay until the new ones are complete. C7.
pub(super) fn load(model: &mut Model) -> Vec<Effect> {
    let mut effects = cancel(model, model.list.loading);
    let request = model.request(Waiting::Load);
    contexts::ask_again(model);
    let list = &mut model.list;
    list.loading = Some(request);
    list.error = None;
    list.reading = None;
    if list.loaded && (list.as_of.is_some() || model.capabilities.shared) {
        list.incoming = None;
        effects.push(Effect::Refresh { request });
    } else {
        // What came of a read that broke off is no beginning of this one.
        list.incoming = (list.loaded || !list.rows.is_empty()).then(Rows::default);
        effects.push(Effect::Load { request });
    }
    effects
}

/// Reads the list again, and how many drafts there are: other processes keep some, too.
fn refresh(model: &mut Model) -> Vec<Effect> {
    let mut effects = load(model);
    if model.capabilities.drafts {
        effects.push(draft::count(model));
        effects.push(read_preflights(model));
    }
    effects
}

/// The rows so far are from before, and are all of them: they can be used until others come.
pub(super) fn remembered(model: &mut Model, as_of: Option<Timestamp>) {
    if let Some(incoming) = model.list.incoming.take() {
        model.list.rows = incoming;
    }
    model.list.loaded = true;
    model.list.as_of = as_of;
    model.list.total = Some(model.list.rows.len());
    shared::loaded(model);
    forget_lost_marks(&mut model.list);
    settle(model);
}

/// Takes rows that a service just gave. Without remembered rows they are shown as they come, in
/// the chosen order; the cursor stays on its row, and its row where it is on the screen.
pub(super) fn progress(model: &mut Model, rows: Vec<Summary>, reading: Reading) {
    model.list.reading = Some(reading);
    if model.list.loaded || rows.is_empty() {
        return;
    }
    model.list.rows.add(rows);
    settle(model);
}

/// The list was read again: the fresh rows take the place of the old ones at once. C7.
pub(super) fn refreshed(model: &mut Model, rows: Vec<Summary>, as_of: Option<Timestamp>) {
    let list = &mut model.list;
    list.rows.replace(rows);
    list.incoming = None;
    list.loading = None;
    list.reading = None;
    list.loaded = true;
    list.as_of = as_of;
    list.total = Some(list.rows.len());
    forget_lost_marks(list);
    shared::loaded(model);
    settle(model);
}

/// Takes rows that others changed, and those that are gone: cursor and marks stay.
pub(super) fn take_in(model: &mut Model, rows: Vec<Summary>, gone: HashSet<ConnectionId>) {
    let list = &mut model.list;
    // Also whoever never moved stays on the row that is there.
    list.anchor = list.anchor.or_else(|| list.current().map(|row| row.id));
    list.marks.retain(|id| !gone.contains(id));
    list.rows.merge(rows, gone);
    list.total = Some(list.rows.len());
    settle(model);
}

/// Computes order and what is shown after rows came, the cursor's row staying where it is on the
/// screen as far as possible.
fn settle(model: &mut Model) {
    let (at, height) = (model.horizon(), model.list_height());
    let list = &mut model.list;
    let offset = list.at.saturating_sub(list.top);
    order(list, at);
    apply(list, at, height);
    let last_top = list.shown.len().saturating_sub(height);
    list.top = scroll(list.at.saturating_sub(offset).min(last_top), list.at, height);
}

/// Rows that are gone lose their marks.
fn forget_lost_marks(list: &mut List) {
    if !list.marks.is_empty() {
        let there: HashSet<ConnectionId> = list.rows.iter().map(|row| row.id).collect();
        list.marks.retain(|id| there.contains(id));
    }
}

/// Stops reading; what was there before is there still.
pub(super) fn stop_reading(model: &mut Model) -> Vec<Effect> {
    let list = &mut model.list;
    let request = list.loading.take();
    list.incoming = None;
    let text = if list.loaded {
        list.reading = None;
        "Refresh cancelled; the rows are as they were.".to_owned()
    } else {
        list.error = Some(crate::backend::BackendError::Cancelled);
        format!("Cancelled: the list is incomplete, {} came.", counted(list.rows.len(), "row"))
    };
    model.say(NoticeTone::Info, text);
    cancel(model, request)
}

/// Takes a stretch of the list.
pub(super) fn rows(model: &mut Model, total: Option<usize>, rows: Vec<Summary>, done: bool) {
    let (at, height) = (model.horizon(), model.list_height());
    let list = &mut model.list;
    list.total = total.or(list.total);
    let before = list.rows.len();
    let all = list.incoming.as_mut().unwrap_or(&mut list.rows);
    all.expect(list.total.unwrap_or(0));
    all.append(rows);
    if done {
        list.loading = None;
        list.loaded = true;
        if let Some(incoming) = list.incoming.take() {
            list.rows = incoming;
        }
        list.total = Some(list.rows.len());
        list.as_of = None;
        forget_lost_marks(list);
        shared::loaded(model);
    }
    let list = &mut model.list;
    if list.incoming.is_none() && (done || !grown(list, before)) {
        order(list, at);
        apply(list, at, height);
    }
}

/// Shows the rows that came behind those from `before` on, where that is all there is to do: nothing
/// is searched or filtered, the order is that of names, and the cursor has its row. All of a long list
/// computed again for each of its pages would take quadratic time.
fn grown(list: &mut List, before: usize) -> bool {
    let natural = Sort { column: Column::Name, descending: false };
    let row = list.shown.get(list.at).and_then(|at| list.rows.get(*at));
    let on_its_row = match list.anchor {
        None => list.at == 0,
        Some(id) => row.is_some_and(|row| row.id == id),
    };
    let plain = list.search.value().is_empty() && list.filter.is_empty() && list.sort == natural;
    if !plain || !on_its_row || list.shown.len() != before {
        return false;
    }
    let index = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    list.shown.extend(index(before)..index(list.rows.len()));
    true
}

/// Computes the order of all rows; empty means the natural one, by name.
fn order(list: &mut List, at: Horizon) {
    list.order = match list.sort {
        Sort { column: Column::Name, descending: false } => Vec::new(),
        sort => {
            let count = u32::try_from(list.rows.len()).unwrap_or(u32::MAX);
            let mut order: Vec<u32> = (0..count).collect();
            if sort.column == Column::Name {
                order.reverse();
            } else {
                let rows = &list.rows;
                order.sort_by(|a, b| match (rows.get(*a), rows.get(*b)) {
                    (Some(a), Some(b)) => sort.compare(a, b, at),
                    _ => std::cmp::Ordering::Equal,
                });
            }
            order
        }
    };
}

/// Counts the levels of health once the list is whole: not with every part that comes in.
pub(super) fn count_levels(model: &mut Model) {
    let at = model.horizon();
    if model.list.loaded && model.list.loading.is_none() {
        model.list.count_levels(at);
    }
}

/// Recomputes what is shown. Marks stay; the cursor stays on its row, and comes back to it when
/// search or filter show it again. C3.
pub(super) fn apply(list: &mut List, horizon: Horizon, height: usize) {
    let mut hits = list.rows.search(&fold(list.search.value()));
    if !list.filter.is_empty() {
        let (rows, filter) = (&list.rows, &list.filter);
        hits.retain(|at| rows.get(*at).is_some_and(|row| filter.accepts(row, horizon)));
    }
    list.shown = if list.order.is_empty() {
        hits
    } else {
        let mut wanted = vec![false; list.rows.len()];
        for at in hits {
            if let Some(slot) = wanted.get_mut(at as usize) {
                *slot = true;
            }
        }
        list.order.iter().copied().filter(|at| wanted.get(*at as usize) == Some(&true)).collect()
    };
    let anchor = list.anchor;
    let place = anchor.and_then(|id| {
        list.shown.iter().position(|at| list.rows.get(*at).is_some_and(|row| row.id == id))
    });
    list.at = match place {
        Some(at) => at,
        None if anchor.is_some() && list.search.is_empty() && list.filter.is_empty() => {
            // Its row is gone: stay where it was.
            list.at.min(list.shown.len().saturating_sub(1))
        }
        None => 0,
    };
    let last_top = list.shown.len().saturating_sub(height);
    list.top = scroll(list.top.min(last_top), list.at, height);
    list.count_shown(horizon);
}

/// Puts the cursor on a connection, taking search and filter away where they hide it; whether it
/// is in the list.
pub(super) fn jump(model: &mut Model, id: ConnectionId) -> bool {
    if model.list.rows.by_id(id).is_none() {
        return false;
    }
    model.list.anchor = Some(id);
    refresh_view(model);
    if model.list.current().is_none_or(|row| row.id != id) {
        clear_filter(model);
        model.list.anchor = Some(id);
        refresh_view(model);
    }
    true
}

pub(super) fn refresh_view(model: &mut Model) {
    let (at, height) = (model.horizon(), model.list_height());
    apply(&mut model.list, at, height);
}

/// Keeps the cursor on screen after the screen or the panes changed.
pub(super) fn keep_in_view(model: &mut Model) {
    let height = model.list_height();
    let list = &mut model.list;
    let last_top = list.shown.len().saturating_sub(height);
    list.top = scroll(list.top.min(last_top), list.at, height);
}

/// Puts rows in place after a change and the cursor on the first of them.
pub(super) fn merge(model: &mut Model, rows: Vec<Summary>, gone: HashSet<ConnectionId>) {
    let (at, height) = (model.horizon(), model.list_height());
    let list = &mut model.list;
    if let Some(first) = rows.first() {
        list.anchor = Some(first.id);
    }
    list.marks.retain(|id| !gone.contains(id));
    list.fresh.retain(|id| !gone.contains(id) && rows.iter().all(|it| it.id != *id));
    list.rows.merge(rows, gone);
    list.total = Some(list.rows.len());
    order(list, at);
    apply(list, at, height);
    list.anchor = list.current().map(|row| row.id);
}

pub(super) fn go(model: &mut Model, at: usize) {
    let height = model.list_height();
    let list = &mut model.list;
    list.at = at.min(list.shown.len().saturating_sub(1));
    list.top = scroll(list.top, list.at, height);
    // Before the rows are here it stands for the row that was asked for.
    list.anchor = list.current().map(|row| row.id).or(list.anchor);
    // Whoever is on a row has seen that others changed it.
    if let Some(id) = list.anchor {
        list.fresh.remove(&id);
    }
}

/// A click on a row puts the cursor there.
pub(super) fn click(model: &mut Model, y: u16) {
    let Some(line) = usize::from(y).checked_sub(super::super::geometry::LIST_TOP) else { return };
    if line < model.list_height() && model.list.top + line < model.list.shown.len() {
        go(model, model.list.top + line);
    }
}

/// Whether an action is about rows, and does nothing without one.
const fn needs_row(action: Action) -> bool {
    matches!(
        action,
        Action::Clone
            | Action::Delete
            | Action::Copy
            | Action::CopyMenu
            | Action::History
            | Action::Runbook
            | Action::Preflight
            | Action::PreflightMenu
            | Action::CopyToPlan
            | Action::Mark
            | Action::MarkRange
            | Action::MarkUp
            | Action::MarkDown
            | Action::MarkAll
            | Action::Invert
    )
}

/// Why there is no row, in a sentence.
fn no_row(model: &Model) -> &'static str {
    let list = &model.list;
    match (list.rows.is_empty(), list.loading.is_some(), list.error.is_some()) {
        (false, ..) => "No connection matches search and filter.",
        (true, true, _) => "The list is being read.",
        (true, false, true) => "There is no connection here: the list was not read.",
        (true, false, false) => "There is no connection here yet.",
    }
}

/// An action on the list or in its search line.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let list = &model.list;
    let none = list.current().is_none();
    // An empty place opens the form of a new connection.
    let opens = none && action == Action::Open && !(list.rows.is_empty() && list.loaded);
    let looks = action == Action::Details && geometry::list_pane(model.size).is_none();
    if none && (opens || looks || (needs_row(action) && list.marks.is_empty())) {
        model.say(NoticeTone::Info, no_row(model));
        return Vec::new();
    }
    match action {
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::Top
        | Action::Bottom => {
            let page = model.list_height().saturating_sub(1).max(1);
            let at = moved(model.list.at, model.list.shown.len(), page, action);
            go(model, at);
        }
        Action::NextProblem | Action::PrevProblem => to_problem(model, action),
        Action::Activate => leave_search(model),
        Action::Search => model.list.search.typing = true,
        Action::Filter => panel::open(model),
        Action::OnlyErrors | Action::OnlyWarnings => {
            model.list.filter.toggle_levels(panel::levels(action));
            refresh_view(model);
        }
        // Where it says why the rows are old, that is worth more.
        Action::ClearFilter if !model.list.is_narrowed() && model.reported().is_none() => {
            model.say(NoticeTone::Info, "Neither search nor filter applies.");
        }
        Action::ClearFilter => clear_filter(model),
        Action::Unmark if model.list.marks.is_empty() && model.list.range.is_none() => {
            model.say(NoticeTone::Info, "Nothing is marked.");
        }
        Action::Diff => return diff::open(model),
        Action::Runbook => return runbook::open(model),
        Action::Preflight => return preflight::open(model),
        Action::PreflightMenu => preflight::menu(model, false),
        Action::CopyToPlan => return diff::copy_marked(model),
        Action::Back => return back(model),
        Action::Sort | Action::SortReverse => sort(model, action),
        // Without room for a pane, the details come in a dialog.
        Action::Details if geometry::list_pane(model.size).is_none() => details::open(model),
        Action::Details => {
            model.list.details = !model.list.details;
            keep_in_view(model);
        }
        Action::ScrollUp | Action::ScrollDown => details::scroll(model, action),
        Action::Mark
        | Action::MarkRange
        | Action::MarkUp
        | Action::MarkDown
        | Action::MarkAll
        | Action::Invert
        | Action::Unmark => marks::mark(model, action),
        Action::Open => return commands::open(model),
        Action::Create => return commands::create(model),
        Action::Clone => return commands::clone(model),
        Action::Delete => return commands::delete(model),
        Action::Undo => return commands::undo(model),
        Action::Refresh => return refresh(model),
        Action::Copy => return commands::copy(model),
        Action::CopyMenu => commands::copy_menu(model),
        Action::Export => commands::export(model),
        Action::History => return commands::history(model),
        Action::Drafts => return commands::drafts(model),
        Action::Deleted => return commands::deleted(model),
        Action::Sample => return commands::sample(model),
        Action::ImportDirectory => commands::import_directory(model),
        _ => {}
    }
    Vec::new()
}

/// Goes to the next row with an error or a warning, from the last on to the first.
fn to_problem(model: &mut Model, action: Action) {
    let (at, list) = (model.horizon(), &model.list);
    let count = list.shown.len();
    let step = |it: usize| match action {
        Action::PrevProblem => (list.at + count - it) % count,
        _ => (list.at + it) % count,
    };
    let is_problem = |row: &Summary| row.level(at) >= Level::Warning;
    let found = (1..=count).map(step).find(|it| list.row_at(*it).is_some_and(is_problem));
    match found {
        Some(place) => go(model, place),
        None => model.say(NoticeTone::Info, "No problem in what is shown."),
    }
}

fn leave_search(model: &mut Model) {
    model.list.search.keep();
    // What the search led to is where the user is now.
    model.list.anchor = model.list.current().map(|row| row.id);
}

fn clear_filter(model: &mut Model) {
    model.list.search.end();
    model.list.filter = crate::domain::query::Filter::default();
    refresh_view(model);
}

/// Esc: what is being typed, then what a service is asked for, then search, filter, range and
/// marks, the details pane, and what the store is asked for.
fn back(model: &mut Model) -> Vec<Effect> {
    if !model.list.search.typing {
        if model.contexts.opening.is_some() {
            return contexts::stop_opening(model);
        }
        if model.list.loading.is_some() && model.is_live() {
            return stop_reading(model);
        }
    }
    let list = &mut model.list;
    if list.search.end() {
        refresh_view(model);
    } else if !list.filter.is_empty() {
        list.filter = crate::domain::query::Filter::default();
        refresh_view(model);
    } else if list.range.is_some() {
        list.range = None;
    } else if !list.marks.is_empty() {
        list.marks.clear();
    } else if list.details {
        list.details = false;
        keep_in_view(model);
    } else if let Some(effects) = agent::stop(model) {
        return effects;
    } else if model.notice.is_some() {
        model.notice = None;
    } else if model.list.loading.is_some() && model.list.loaded {
        return stop_reading(model);
    }
    Vec::new()
}

fn sort(model: &mut Model, action: Action) {
    let at = model.horizon();
    let list = &mut model.list;
    if action == Action::SortReverse {
        list.sort.descending = !list.sort.descending;
    } else {
        let at = Column::ALL.iter().position(|it| *it == list.sort.column).unwrap_or(0);
        let column = Column::ALL.get((at + 1) % Column::ALL.len()).copied().unwrap_or_default();
        list.sort = Sort { column, descending: false };
    }
    list.anchor = list.anchor.or_else(|| list.current().map(|row| row.id));
    order(list, at);
    refresh_view(model);
    let (column, descending) = (model.list.sort.column.words(), model.list.sort.descending);
    let direction = if descending { "descending" } else { "ascending" };
    model.say(NoticeTone::Info, format!("Sorted by {column}, {direction}."));
}
