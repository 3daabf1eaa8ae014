//! Commands of the list, its dialogs and the audit screen. C1-C6, E5.

use super::super::model::List;
use super::super::preflight::Wish;
use super::super::prompt::{Entry, Prompt, Purpose, WaiveOf};
use super::super::{Action, Context, Modal, Model, ScreenKind};
use super::line::Line;
use super::{
    CLIPBOARD, DRAFTS, EMPTY, Equivalent, MOVES, TICKS, TYPES, compare, form, permissions, top,
};
use crate::domain::document::Format;
use crate::domain::query::Sort;
use crate::domain::removal::Target;
use crate::domain::{ConnectionId, ObjectKind, Summary};
use crate::form::has_form;

/// The rows that an action of the list is for.
pub(in crate::app) fn targets(list: &List) -> Vec<&Summary> {
    let span = list.range_span();
    if list.marks.is_empty() && span.is_none() {
        return list.current().into_iter().collect();
    }
    let ranged: Vec<_> = span.into_iter().flatten().filter_map(|at| list.row_at(at)).collect();
    let marked = |row: &&Summary| {
        list.marks.contains(&row.id) || ranged.iter().any(|ranged| ranged.id == row.id)
    };
    list.rows.iter().filter(marked).collect()
}

pub(in crate::app) fn named(line: Line, row: &Summary) -> Line {
    line.connection(&row.name, row.id)
}

/// A command on the row under the cursor.
pub(in crate::app) fn on_row(
    model: &Model,
    more: impl FnOnce(Line, &Summary) -> Line,
    verb: &str,
) -> Equivalent {
    match model.list.current() {
        Some(row) => more(named(Line::new(model, verb), row), row).into(),
        None => EMPTY,
    }
}

/// What is shown, in its order.
pub(in crate::app) fn ordered(model: &Model, place: Context) -> Equivalent {
    match place {
        // On a terminal it prints rule by rule.
        Context::Audit => Line::new(model, "audit").into(),
        _ => listed(model),
    }
}

/// What the list shows: search, filter and order.
pub(in crate::app) fn listed(model: &Model) -> Equivalent {
    let list = &model.list;
    let mut line = narrowed(Line::new(model, "list"), list);
    let Sort { column, descending } = list.sort;
    if column != Sort::default().column {
        line = line.option("--sort", &column.label().to_lowercase());
    }
    if descending {
        line = line.word("--reverse");
    }
    line.into()
}

/// Filter and search.
fn narrowed(mut line: Line, list: &List) -> Line {
    for kind in &list.filter.types {
        line = line.option("--type", &kind.slug());
    }
    for side in &list.filter.sides {
        line = line.option("--side", side.slug());
    }
    for level in &list.filter.levels {
        line = line.option("--health", level.label());
    }
    for tenant in &list.filter.tenants {
        line = line.option("--tenant", tenant);
    }
    if !list.search.is_empty() {
        line = line.option("--search", list.search.value());
    }
    line
}

/// Reading, searching, filtering: what a place shows.
pub(in crate::app) fn shown(model: &Model, place: Context) -> Equivalent {
    match place {
        Context::Audit | Context::AuditSearch => Line::new(model, "audit").into(),
        Context::Picker => picked(model),
        Context::Diff | Context::DiffSearch => compare::shown(model),
        Context::Runbook => compare::runbook(model, place),
        Context::Preflight => preflight(model, place),
        Context::List
        | Context::Search
        | Context::Filter
        | Context::FilterSearch
        | Context::Form
        | Context::FormText
        | Context::Review
        | Context::Permissions
        | Context::Prompt
        | Context::Dialog
        | Context::Menu
        | Context::Help
        | Context::Palette => listed(model),
    }
}

/// The objects that a pick list offers.
fn picked(model: &Model) -> Equivalent {
    let Some(Modal::Picker(picker)) = top(model) else { return TYPES };
    let word = match picker.object_kind() {
        Some(ObjectKind::Container) => "containers",
        Some(ObjectKind::AppProfile) => "app-profiles",
        Some(ObjectKind::ServiceAccount) => "service-accounts",
        // Locations are shown with their tenant.
        Some(ObjectKind::Tenant) | None => "tenants",
    };
    let line = Line::new(model, "directory list").word(word);
    match &picker.tenant {
        Some(tenant) if picker.object_kind().is_some() => {
            line.option("--tenant", tenant.as_str()).into()
        }
        Some(_) | None => line.into(),
    }
}

pub(in crate::app) fn details(model: &Model, place: Context) -> Equivalent {
    match place {
        Context::Diff | Context::DiffSearch => return compare::looked(model),
        Context::Runbook => return compare::runbook(model, place),
        Context::Preflight => return preflight(model, place),
        _ => {}
    }
    match model.screens.audit().and_then(|screen| screen.current()) {
        Some(hit) if place == Context::Audit => {
            Line::bare("audit explain").word(hit.rule.id).into()
        }
        Some(_) | None => on_row(model, |line, _| line, "show"),
    }
}

/// The pre-flight of the marked connections, or of the one under the cursor; on its screen the one that
/// is shown.
pub(in crate::app) fn preflight(model: &Model, place: Context) -> Equivalent {
    let line = Line::new(model, "preflight");
    let line = match model.screens.preflight().filter(|_| place != Context::List) {
        Some(screen) => {
            let named = screen.connections.iter();
            let line = named.fold(line, |line, it| line.connection(&it.name, it.id));
            let line = match screen.connections.is_empty() {
                true => screen.wish.which.iter().fold(line, |line, id| line.connection("", *id)),
                false => line,
            };
            if screen.wish.offline { line.word("--offline") } else { line }
        }
        None => {
            let rows = targets(&model.list);
            if rows.is_empty() {
                return EMPTY;
            }
            rows.into_iter().fold(line, named)
        }
    };
    line.into()
}

/// Waiving the check under the cursor, or the one that is asked about.
pub(in crate::app) fn waived(model: &Model) -> Equivalent {
    let line = Line::new(model, "preflight waive");
    let (line, check, removes, reason, day) = match top(model) {
        Some(Modal::Prompt(prompt)) => match &prompt.purpose {
            Purpose::Waive(WaiveOf { connection, name, check, is_waived }) => {
                let (reason, day) = (typed(prompt, 0), typed(prompt, 1));
                let removes = *is_waived && reason.is_empty();
                (line.connection(name, *connection), check.as_str(), removes, reason, day)
            }
            _ => return TYPES,
        },
        _ => match model.screens.preflight().and_then(|it| it.current()) {
            Some((of, check)) => (line.connection(&of.name, of.id), check.id, false, "", ""),
            None => return EMPTY,
        },
    };
    let line = line.option("--check", check);
    if removes {
        return line.word("--remove").into();
    }
    let line = line.option("--reason", if reason.is_empty() { "TEXT" } else { reason });
    if day.is_empty() { line.into() } else { line.option("--until", day).into() }
}

/// The connection of the finding or check under the cursor.
pub(in crate::app) fn found(model: &Model, verb: &str) -> Equivalent {
    if let Some(screen) =
        model.screens.preflight().filter(|_| model.screens.top().kind() == ScreenKind::Preflight)
    {
        let checked = screen.current().map(|it| it.0).or(screen.shown());
        return match checked {
            Some(it) => Line::new(model, verb).connection(&it.name, it.id).into(),
            None => EMPTY,
        };
    }
    match model.screens.audit().and_then(|screen| screen.current()) {
        Some(hit) => Line::new(model, verb).connection(&hit.subject.name, hit.subject.id).into(),
        None => EMPTY,
    }
}

/// Left and right: they change the scenario, and else only move.
pub(in crate::app) fn turned(model: &Model, place: Context) -> Equivalent {
    match (place, model.screens.permissions()) {
        (Context::Permissions, Some(screen)) if !screen.in_result => permissions::shown(model),
        (Context::Permissions, Some(_)) => MOVES,
        (Context::Form, _) => TYPES,
        (Context::Diff, _) => compare::shown(model),
        _ => MOVES,
    }
}

/// Enter, space and yes: what they do depends on the place alone.
pub(in crate::app) fn chosen(model: &Model, place: Context, action: Action) -> Equivalent {
    match place {
        Context::List | Context::Search if action == Action::Activate => listed(model),
        Context::List | Context::Search => match model.list.current() {
            Some(row) if model.is_live() || !has_form(row.kind) => {
                on_row(model, |line, _| line, "show")
            }
            Some(_) => on_row(model, |line, _| line, "edit"),
            None if model.capabilities.write => Line::new(model, "create").word("-f FILE").into(),
            None => EMPTY,
        },
        Context::Filter | Context::FilterSearch => listed(model),
        Context::Form | Context::FormText => TYPES,
        Context::Review => form::saved(model),
        Context::Permissions => permissions::shown(model),
        Context::Diff => compare::looked(model),
        Context::DiffSearch => compare::shown(model),
        Context::Runbook => compare::ticked(model),
        Context::Preflight if action == Action::Activate => found(model, "edit"),
        Context::Preflight => MOVES,
        Context::AuditSearch => Line::new(model, "audit").into(),
        Context::Audit => found(model, "edit"),
        Context::Picker => TYPES,
        Context::Prompt => match top(model) {
            Some(Modal::Prompt(prompt)) => answered(model, prompt),
            Some(Modal::Purge { target, .. }) => purged(model, target),
            Some(_) | None => TYPES,
        },
        Context::Dialog => match top(model) {
            Some(Modal::Delete(_)) => deleted(model, place),
            Some(Modal::Details { .. }) => on_row(model, |line, _| line, "show"),
            Some(Modal::Bind { .. }) => bound(model),
            Some(Modal::SignIn) => CLIPBOARD,
            Some(Modal::Discard { .. }) => DRAFTS,
            Some(Modal::Purge { target, .. }) => purged(model, target),
            Some(_) | None => TYPES,
        },
        Context::Menu => menu(model),
        Context::Help | Context::Palette => MOVES,
    }
}

/// The pre-flight with its domain accounts.
fn bound(model: &Model) -> Equivalent {
    match preflight(model, Context::Preflight) {
        Equivalent::Command(text) => Line::of(text).word("--bind").into(),
        other @ Equivalent::OnlyOnScreen(_) => other,
    }
}

/// A pre-flight of these connections.
fn wished(model: &Model, wish: &Wish) -> Equivalent {
    let all = wish.which.len() == model.list.rows.len();
    let line = Line::new(model, "preflight");
    let mut line = if all {
        line.word("--all")
    } else {
        let named = |line: Line, id: &ConnectionId| match model.list.rows.by_id(*id) {
            Some(row) => named(line, row),
            None => line.connection("", *id),
        };
        wish.which.iter().fold(line, named)
    };
    if !wish.only.is_empty() {
        line = line.option("--only", &wish.only.join(","));
    }
    if wish.offline { line.word("--offline").into() } else { line.into() }
}

/// What choosing in a list of a dialog does.
fn menu(model: &Model) -> Equivalent {
    match top(model) {
        Some(Modal::Contexts { at }) => match model.contexts.all.get(*at) {
            Some(info) => Line::bare("").option("--context", &info.name).into(),
            None => MOVES,
        },
        Some(Modal::Deleted(menu)) => match menu.current() {
            Some(it) => named(Line::new(model, "restore"), &it.row).into(),
            None => EMPTY,
        },
        Some(Modal::History { .. }) => on_row(model, |line, _| line.word("--history"), "show"),
        Some(Modal::CopyMenu(_)) => copied(model, model.under_dialogs()),
        Some(Modal::Lives(it)) => compare::chosen(model, it.purpose),
        Some(Modal::Preflight(it)) => match it.items.get(it.at) {
            Some((_, wish)) => wished(model, wish),
            None => MOVES,
        },
        Some(Modal::Drafts(_)) => DRAFTS,
        Some(_) | None => MOVES,
    }
}

/// What is typed into a line; nothing where the line hides it. E3.
pub(in crate::app) fn typed(prompt: &Prompt, at: usize) -> &str {
    match prompt.lines.get(at).map(|line| &line.entry) {
        Some(Entry::Text(input)) => input.value(),
        Some(Entry::Secret(..) | Entry::Choice(..)) | None => "",
    }
}

/// What the answers of a prompt lead to.
fn answered(model: &Model, prompt: &Prompt) -> Equivalent {
    match &prompt.purpose {
        Purpose::ImportDirectory => {
            Line::new(model, "directory import").path("", typed(prompt, 0), "FILE").into()
        }
        Purpose::SaveCopy { .. } | Purpose::SaveAs { .. } | Purpose::SavePreflight => {
            saved(model, model.under_dialogs())
        }
        Purpose::Waive(_) => waived(model),
        Purpose::Export { sets } => chosen_export(model, prompt, sets.len()),
        Purpose::FetchAgent => {
            let line = Line::bare("agent download").path("--out", typed(prompt, 0), "FILE");
            // The same question is asked by this line.
            if prompt.lines.len() > 1 { line.word("--unverified").into() } else { line.into() }
        }
        Purpose::CheckManifest | Purpose::CheckTokens | Purpose::CheckLive => {
            permissions::asked(model, prompt)
        }
        Purpose::Object { .. } => Line::new(model, "directory import").word("FILE").into(),
        Purpose::IssueToken | Purpose::PasteToken => TYPES,
    }
}

/// The marked connections, or the one under the cursor; in the dialog those that it names.
pub(in crate::app) fn deleted(model: &Model, place: Context) -> Equivalent {
    let line = Line::new(model, "delete");
    let line = match (place, top(model)) {
        (_, Some(Modal::Delete(dialog))) => {
            let all = &dialog.plan.targets;
            all.iter().fold(line, |line, it| line.connection(&it.name, it.id))
        }
        (_, Some(Modal::Purge { target, .. })) => return purged(model, target),
        (Context::Menu, Some(Modal::Deleted(menu))) => {
            return match menu.current() {
                Some(it) => purged(model, &Target::from(&it.row)),
                None => EMPTY,
            };
        }
        (Context::Menu, Some(_)) => return DRAFTS,
        _ => {
            let rows = targets(&model.list);
            if rows.is_empty() {
                return EMPTY;
            }
            rows.into_iter().fold(line, named)
        }
    };
    line.word("--yes").into()
}

/// Forgetting a deleted connection for good.
fn purged(model: &Model, target: &Target) -> Equivalent {
    Line::new(model, "purge").connection(&target.name, target.id).word("--yes").into()
}

/// Taking the last deletion back. By id: the names are gone from the list.
pub(in crate::app) fn undone(model: &Model, place: Context) -> Equivalent {
    if place == Context::Runbook {
        return TICKS;
    }
    match model.undo.last() {
        Some(all) => {
            let line = Line::new(model, "restore");
            all.iter().fold(line, |line, it| line.connection("", it.id)).into()
        }
        None => Line::new(model, "restore").word("--list").into(),
    }
}

/// What the dialog exports: what is marked by name, what is shown by its filter.
fn chosen_export(model: &Model, prompt: &Prompt, sets: usize) -> Equivalent {
    let at = match prompt.lines.first().map(|it| &it.entry) {
        Some(Entry::Choice(_, at)) => *at,
        Some(Entry::Text(_) | Entry::Secret(..)) | None => 0,
    };
    let list = &model.list;
    let marked = !list.marks.is_empty() || list.range_span().is_some();
    let line = Line::new(model, "export");
    let line = match (marked && at == 0, at + 1 == sets) {
        (true, _) => targets(list).into_iter().fold(line, named),
        (false, true) => line,
        (false, false) => narrowed(line, list),
    };
    let format = prompt.format().unwrap_or(Format::Csv).slug();
    line.option("--format", format).path("--out", typed(prompt, 2), "FILE").into()
}

/// What exporting from the list begins with: what is marked, else what is shown.
pub(in crate::app) fn exported(model: &Model) -> Equivalent {
    let list = &model.list;
    if list.rows.iter().next().is_none() {
        return EMPTY;
    }
    let line = Line::new(model, "export");
    let marked = !list.marks.is_empty() || list.range_span().is_some();
    let line =
        if marked { targets(list).into_iter().fold(line, named) } else { narrowed(line, list) };
    line.option("--format", "csv").word("--out connections.csv").into()
}

/// The marked connections as a table; with none marked, the one under the cursor.
fn rows_as_table(model: &Model) -> Equivalent {
    let rows = targets(&model.list);
    if rows.is_empty() {
        return EMPTY;
    }
    rows.into_iter().fold(Line::new(model, "export"), named).word("--format csv").into()
}

/// What the copy menu copies, as what can be written.
pub(in crate::app) fn copied(model: &Model, place: Context) -> Equivalent {
    match place {
        Context::Runbook => compare::with_runbook(model, |line| line.word("-o markdown")),
        Context::Diff | Context::DiffSearch => compare::written(model),
        _ => rows_as_table(model),
    }
}

/// What saving to a file writes.
pub(in crate::app) fn saved(model: &Model, place: Context) -> Equivalent {
    let file = match top(model) {
        Some(Modal::Prompt(prompt))
            if matches!(prompt.purpose, Purpose::SaveCopy { .. } | Purpose::SavePreflight) =>
        {
            typed(prompt, 0)
        }
        Some(Modal::Prompt(prompt)) if matches!(prompt.purpose, Purpose::SaveAs { .. }) => {
            typed(prompt, 1)
        }
        Some(_) | None => "",
    };
    match place {
        Context::Permissions => permissions::saved(model, file),
        Context::Audit | Context::AuditSearch => {
            Line::new(model, "audit").path("--out", file, "audit.html").into()
        }
        Context::Preflight => match preflight(model, place) {
            Equivalent::Command(text) => {
                Line::of(text).path("--out", file, "preflight.html").into()
            }
            other @ Equivalent::OnlyOnScreen(_) => other,
        },
        Context::Runbook => {
            let path = |line: Line| line.word("-o markdown").path("--out", file, "FILE");
            compare::with_runbook(model, path)
        }
        Context::List | Context::Prompt if !targets(&model.list).is_empty() => {
            let rows = targets(&model.list);
            let line = rows.into_iter().fold(Line::new(model, "export"), named);
            line.word("--format csv").path("--out", file, "FILE").into()
        }
        Context::List
        | Context::Search
        | Context::Filter
        | Context::FilterSearch
        | Context::Form
        | Context::FormText
        | Context::Review
        | Context::Picker
        | Context::Prompt
        | Context::Diff
        | Context::DiffSearch
        | Context::Dialog
        | Context::Menu
        | Context::Help
        | Context::Palette => CLIPBOARD,
    }
}
