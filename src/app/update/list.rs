//! The Connections screen. C1-C7.

use std::collections::BTreeMap;

use super::super::effect::Effect;
use super::super::geometry::scroll;
use super::super::input::TextInput;
use super::super::modal::{CopyMenu, CopyWhat, DeleteDialog, Menu, Modal};
use super::super::model::{List, NoticeTone, Waiting};
use super::super::prompt::Prompt;
use super::super::rows::Rows;
use super::super::{Action, Model};
use super::{cancel, counted, moved, panel, wizard};
use crate::domain::query::{Column, Sort};
use crate::domain::removal::{DeletePlan, Target};
use crate::domain::text::fold;
use crate::domain::{ConnectionId, ConnectionType, Secret, Summary, Timestamp};

/// Reads the list, first or again. Old rows stay until the new ones are complete. C7.
pub(super) fn load(model: &mut Model) -> Vec<Effect> {
    let mut effects = cancel(model, model.list.loading);
    let request = model.request(Waiting::Load);
    model.list.loading = Some(request);
    model.list.error = None;
    model.list.incoming = model.list.loaded.then(Rows::default);
    effects.push(Effect::Load { request });
    effects
}

/// Takes a stretch of the list.
pub(super) fn rows(model: &mut Model, total: Option<usize>, rows: Vec<Summary>, done: bool) {
    let now = model.now;
    let height = model.list_height();
    let list = &mut model.list;
    list.total = total.or(list.total);
    match &mut list.incoming {
        Some(incoming) => incoming.append(rows),
        None => list.rows.append(rows),
    }
    if done {
        list.loading = None;
        list.loaded = true;
        if let Some(incoming) = list.incoming.take() {
            list.rows = incoming;
        }
        list.total = Some(list.rows.len());
        if !list.marks.is_empty() {
            let there: std::collections::HashSet<ConnectionId> =
                list.rows.iter().map(|row| row.id).collect();
            list.marks.retain(|id| there.contains(id));
        }
    }
    if list.incoming.is_none() {
        order(list, now);
        apply(list, now, height);
    }
}

/// Computes the order of all rows; empty means the natural one, by name.
fn order(list: &mut List, now: Timestamp) {
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
                    (Some(a), Some(b)) => sort.compare(a, b, now),
                    _ => std::cmp::Ordering::Equal,
                });
            }
            order
        }
    };
}

/// Recomputes what is shown. Marks stay; the cursor stays on its row, and comes back to it when
/// search or filter show it again. C3.
pub(super) fn apply(list: &mut List, now: Timestamp, height: usize) {
    let mut hits = list.rows.search(&fold(list.search.value()));
    if !list.filter.is_empty() {
        let (rows, filter) = (&list.rows, &list.filter);
        hits.retain(|at| rows.get(*at).is_some_and(|row| filter.accepts(row, now)));
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
}

fn refresh_view(model: &mut Model) {
    let (now, height) = (model.now, model.list_height());
    apply(&mut model.list, now, height);
}

/// Keeps the cursor on screen after the screen or the panes changed.
pub(super) fn keep_in_view(model: &mut Model) {
    let height = model.list_height();
    let list = &mut model.list;
    let last_top = list.shown.len().saturating_sub(height);
    list.top = scroll(list.top.min(last_top), list.at, height);
}

/// Puts rows in place after a change and the cursor on the first of them.
pub(super) fn merge(model: &mut Model, rows: Vec<Summary>, gone: &[ConnectionId]) {
    let (now, height) = (model.now, model.list_height());
    let list = &mut model.list;
    if let Some(first) = rows.first() {
        list.anchor = Some(first.id);
    }
    for id in gone {
        list.marks.remove(id);
    }
    list.rows.merge(rows, gone);
    list.total = Some(list.rows.len());
    order(list, now);
    apply(list, now, height);
    list.anchor = list.current().map(|row| row.id);
}

fn go(model: &mut Model, at: usize) {
    let height = model.list_height();
    let list = &mut model.list;
    list.at = at.min(list.shown.len().saturating_sub(1));
    list.top = scroll(list.top, list.at, height);
    list.anchor = list.current().map(|row| row.id);
}

/// A click on a row puts the cursor there.
pub(super) fn click(model: &mut Model, y: u16) {
    let Some(line) = usize::from(y).checked_sub(super::super::geometry::LIST_TOP) else { return };
    if line < model.list_height() && model.list.top + line < model.list.shown.len() {
        go(model, model.list.top + line);
    }
}

/// Changes the search text. C3: live per keystroke.
pub(super) fn type_search(model: &mut Model, change: impl FnOnce(&mut TextInput) -> bool) {
    if change(&mut model.list.search) {
        refresh_view(model);
    }
}

/// An action on the list or in its search line.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
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
        Action::Activate => leave_search(model),
        Action::Search => model.list.searching = true,
        Action::Filter => panel::open(model),
        Action::ClearFilter => clear_filter(model),
        Action::Back => back(model),
        Action::Sort | Action::SortReverse => sort(model, action),
        Action::Details => {
            model.list.details = !model.list.details;
            keep_in_view(model);
        }
        Action::Mark
        | Action::MarkRange
        | Action::MarkUp
        | Action::MarkDown
        | Action::MarkAll
        | Action::Invert
        | Action::Unmark => mark(model, action),
        Action::Open => return open(model),
        Action::Create => return create(model),
        Action::Clone => return clone(model),
        Action::Delete => return delete(model),
        Action::Undo => return undo(model),
        Action::Refresh => return load(model),
        Action::Copy => return copy(model),
        Action::CopyMenu => copy_menu(model),
        Action::History => return history(model),
        Action::Drafts => return drafts(model),
        Action::Deleted => return deleted(model),
        Action::Sample => return sample(model),
        Action::ImportDirectory => import_directory(model),
        _ => {}
    }
    Vec::new()
}

fn leave_search(model: &mut Model) {
    model.list.searching = false;
    // What the search led to is where the user is now.
    model.list.anchor = model.list.current().map(|row| row.id);
}

fn clear_filter(model: &mut Model) {
    model.list.search.clear();
    model.list.searching = false;
    model.list.filter = crate::domain::query::Filter::default();
    refresh_view(model);
}

/// Esc: search, then filter, then range and marks, then the details pane.
fn back(model: &mut Model) {
    let list = &mut model.list;
    if list.searching || !list.search.is_empty() {
        list.search.clear();
        list.searching = false;
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
    } else if model.notice.is_some() {
        model.notice = None;
    } else if let Some(request) = list.loading.filter(|_| list.loaded) {
        model.list.loading = None;
        model.list.incoming = None;
        model.waiting.remove(&request);
        model.say(NoticeTone::Info, "Refresh cancelled; the rows are as they were.");
    }
}

fn sort(model: &mut Model, action: Action) {
    let now = model.now;
    let list = &mut model.list;
    if action == Action::SortReverse {
        list.sort.descending = !list.sort.descending;
    } else {
        let at = Column::ALL.iter().position(|it| *it == list.sort.column).unwrap_or(0);
        let column = Column::ALL.get((at + 1) % Column::ALL.len()).copied().unwrap_or_default();
        list.sort = Sort { column, descending: false };
    }
    list.anchor = list.anchor.or_else(|| list.current().map(|row| row.id));
    order(list, now);
    refresh_view(model);
    let (column, descending) = (model.list.sort.column.label(), model.list.sort.descending);
    let direction = if descending { "descending" } else { "ascending" };
    model.say(NoticeTone::Info, format!("Sorted by {}, {direction}.", column.to_lowercase()));
}

/// Ends a range that is being marked: its rows become marks.
fn commit_range(list: &mut List) {
    if let Some(span) = list.range_span() {
        let ids: Vec<ConnectionId> =
            span.filter_map(|at| list.row_at(at)).map(|row| row.id).collect();
        list.marks.extend(ids);
    }
    list.range = None;
}

fn mark(model: &mut Model, action: Action) {
    let list = &mut model.list;
    let here = list.current().map(|row| row.id);
    match action {
        Action::MarkRange => match (list.range, here) {
            (Some(_), _) => commit_range(list),
            (None, Some(id)) => list.range = Some(id),
            (None, None) => {}
        },
        Action::Mark => {
            commit_range(list);
            if let Some(id) = here {
                if !list.marks.remove(&id) {
                    list.marks.insert(id);
                }
                go(model, model.list.at + 1);
            }
        }
        Action::MarkUp | Action::MarkDown => {
            list.marks.extend(here);
            let at = if action == Action::MarkUp { list.at.saturating_sub(1) } else { list.at + 1 };
            go(model, at);
            model.list.marks.extend(model.list.current().map(|row| row.id));
        }
        Action::MarkAll => {
            list.range = None;
            let ids: Vec<ConnectionId> = list.shown_rows().map(|row| row.id).collect();
            list.marks.extend(ids);
        }
        Action::Invert => {
            commit_range(list);
            let ids: Vec<ConnectionId> = list.shown_rows().map(|row| row.id).collect();
            for id in ids {
                if !list.marks.remove(&id) {
                    list.marks.insert(id);
                }
            }
        }
        Action::Unmark => {
            list.range = None;
            list.marks.clear();
        }
        _ => {}
    }
}

/// The rows an action is for: the marked ones in the order of names, or the one under the cursor.
fn targets(list: &mut List) -> Vec<Target> {
    commit_range(list);
    let target = |row: &Summary| Target { id: row.id, name: row.name.to_string() };
    if list.marks.is_empty() {
        return list.current().map(target).into_iter().collect();
    }
    list.rows.iter().filter(|row| list.marks.contains(&row.id)).map(target).collect()
}

/// Whether the backend can be written to; says so when not.
fn writable(model: &mut Model, can: bool) -> bool {
    if !can {
        model.say(NoticeTone::Info, "This context is read-only: nothing can be changed here.");
    }
    can
}

fn open(model: &mut Model) -> Vec<Effect> {
    let Some((id, kind)) = model.list.current().map(|row| (row.id, row.kind)) else {
        return if model.list.rows.is_empty() { create(model) } else { Vec::new() };
    };
    if !kind.has_form() {
        model.list.details = true;
        keep_in_view(model);
        let text = format!("{} has no form in jetbridge: it is listed only.", kind.label());
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let request = model.request(Waiting::Edit(id));
    vec![Effect::Open { request, id }]
}

fn create(model: &mut Model) -> Vec<Effect> {
    if writable(model, model.capabilities.write) {
        wizard::create(model, ConnectionType::M365Group);
    }
    Vec::new()
}

fn clone(model: &mut Model) -> Vec<Effect> {
    let can = model.capabilities.write;
    let Some((id, kind)) = model.list.current().map(|row| (row.id, row.kind)) else {
        return Vec::new();
    };
    if !writable(model, can) {
        return Vec::new();
    }
    if !kind.has_form() {
        let text = format!("{} has no form in jetbridge, so it cannot be cloned.", kind.label());
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let request = model.request(Waiting::Clone(id));
    vec![Effect::Open { request, id }]
}

/// Makes the plan and asks; nothing is deleted yet. C5.
fn delete(model: &mut Model) -> Vec<Effect> {
    if !writable(model, model.capabilities.delete) {
        return Vec::new();
    }
    let targets = targets(&mut model.list);
    if targets.is_empty() {
        return Vec::new();
    }
    let visible: std::collections::HashSet<ConnectionId> =
        model.list.shown_rows().map(|row| row.id).collect();
    let hidden = targets.iter().filter(|target| !visible.contains(&target.id)).count();
    let ids = targets.iter().map(|target| target.id).collect();
    let mut dialog = DeleteDialog {
        plan: DeletePlan { targets, hidden },
        used_by: None,
        asking: None,
        at: 0,
        top: 0,
    };
    let mut effects = Vec::new();
    if model.capabilities.usage {
        let request = model.request(Waiting::UsedBy);
        dialog.asking = Some(request);
        dialog.used_by = Some(BTreeMap::new());
        effects.push(Effect::UsedBy { request, ids });
    }
    model.modals.push(Modal::Delete(dialog));
    effects
}

fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(ids) = model.undo.pop() else {
        model.say(
            NoticeTone::Info,
            "Nothing to undo. Older deletions are under deleted connections.",
        );
        return Vec::new();
    };
    let request = model.request(Waiting::Restore);
    vec![Effect::Restore { request, ids }]
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let targets = targets(&mut model.list);
    if targets.is_empty() {
        return Vec::new();
    }
    let text: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let text = Secret::new(text.join("\n"));
    model.say(NoticeTone::Info, sent(&counted(targets.len(), "name")));
    vec![Effect::Copy { text }]
}

/// What is said after a copy: no terminal ever confirms it.
pub(super) fn sent(what: &str) -> String {
    format!(
        "Sent {what} to the terminal's clipboard (OSC 52). If nothing arrived, save to a file instead."
    )
}

fn copy_menu(model: &mut Model) {
    let targets = targets(&mut model.list);
    let join = |text: &dyn Fn(&Target) -> String| {
        Secret::new(targets.iter().map(text).collect::<Vec<_>>().join("\n"))
    };
    if targets.is_empty() {
        return;
    }
    let names = join(&|it| it.name.clone());
    let ids = join(&|it| it.id.to_string());
    let rows = join(&|it| row_text(&model.list.rows, it));
    let mut items = vec![
        ("Name", CopyWhat::Text(names)),
        ("ID", CopyWhat::Text(ids)),
        ("Whole row, tab separated", CopyWhat::Text(rows.clone())),
    ];
    if let [only] = targets.as_slice() {
        let device = |row: &Summary| row.kind == ConnectionType::Device;
        if model.capabilities.keys && model.list.rows.by_id(only.id).is_some_and(device) {
            items.push(("Configuration or connection key", CopyWhat::Key(only.id)));
        }
    }
    items.push(("Whole row to a file…", CopyWhat::File(rows)));
    model.modals.push(Modal::CopyMenu(CopyMenu { items, at: 0 }));
}

fn row_text(rows: &Rows, target: &Target) -> String {
    let Some(row) = rows.by_id(target.id) else { return target.name.clone() };
    let modified =
        Timestamp::from_second(row.modified_at).map(|at| at.to_string()).unwrap_or_default();
    let cells = [
        target.name.clone(),
        row.kind.label().to_string(),
        row.side.label().to_owned(),
        row.tenant.to_string(),
        row.credentials.to_string(),
        modified,
        row.modified_by.to_string(),
        target.id.to_string(),
    ];
    // A tab or line break inside a cell would shift the columns.
    cells.map(|cell| cell.replace(['\t', '\n', '\r'], " ")).join("\t")
}

fn history(model: &mut Model) -> Vec<Effect> {
    let Some((id, name)) = model.list.current().map(|row| (row.id, row.name.to_string())) else {
        return Vec::new();
    };
    if !model.capabilities.history {
        model.say(NoticeTone::Info, "This context keeps no history.");
        return Vec::new();
    }
    let request = model.request(Waiting::History);
    model.modals.push(Modal::History { name, menu: Menu::loading(request) });
    vec![Effect::ReadHistory { request, id }]
}

fn drafts(model: &mut Model) -> Vec<Effect> {
    let request = model.request(Waiting::Drafts);
    model.modals.push(Modal::Drafts(Menu::loading(request)));
    vec![Effect::ReadDrafts { request }]
}

fn deleted(model: &mut Model) -> Vec<Effect> {
    if !writable(model, model.capabilities.delete) {
        return Vec::new();
    }
    let request = model.request(Waiting::DeletedList);
    model.modals.push(Modal::Deleted(Menu::loading(request)));
    vec![Effect::ListDeleted { request }]
}

fn sample(model: &mut Model) -> Vec<Effect> {
    if !writable(model, model.capabilities.write) {
        return Vec::new();
    }
    if !model.list.rows.is_empty() {
        let text =
            "The sample workspace loads into an empty store only. Try it with jetbridge --demo.";
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let request = model.request(Waiting::Sample);
    vec![Effect::LoadSample { request }]
}

fn import_directory(model: &mut Model) {
    if writable(model, model.capabilities.edit_directory) {
        model.modals.push(Modal::Prompt(Box::new(Prompt::import_directory())));
    }
}
