//! Checking everything and saving once. G12, D17.

use std::collections::HashSet;

use super::super::effect::Effect;
use super::super::model::{NoticeTone, Waiting};
use super::super::msg::{Reply, Saved};
use super::super::review::attention;
use super::super::rows::Rows;
use super::super::wizard::{Busy, Wizard};
use super::super::{Action, Context, Keymap, Model, ScreenKind};
use super::wizard::{focus, leave_field, limits};
use super::{conflict, draft, failure, list, screens};
use crate::backend::{BackendError, Revision, SaveRequest};
use crate::domain::{Connection, ConnectionId, Draft};
use crate::form::{self, FieldError};
use crate::text::shown;

/// What is wrong with the name beyond its form: another connection has it. G1.
pub(super) fn name_error(rows: &Rows, form: &Wizard) -> Option<String> {
    let own = form.target.map(|it| it.id);
    let name = form.values.text("name").trim();
    let other = (!name.is_empty()).then(|| rows.name_taken(name, own)).flatten()?;
    Some(format!("{} exists already: choose another name", shown(&other.name)))
}

/// Checks everything; the errors stand in the form, the draft is what would be saved.
pub(super) fn check(model: &mut Model) -> Option<Draft> {
    let limits = limits(model);
    let form = model.screens.form_mut()?;
    let spec = form.spec()?;
    let taken = name_error(&model.list.rows, form);
    let mut result = form::submit(spec, &form.values, &limits);
    if let Some(message) = taken {
        let error = FieldError { field: "name", message };
        match &mut result {
            Ok(_) => result = Err(vec![error]),
            Err(errors) if errors.iter().all(|it| it.field != "name") => errors.insert(0, error),
            Err(_) => {}
        }
    }
    match result {
        Ok(draft) => {
            form.errors.clear();
            Some(draft)
        }
        Err(errors) => {
            form.set_errors(errors);
            None
        }
    }
}

/// Checks everything. From a step: on to the review, or to the first error. From the review:
/// saves, once.
pub(super) fn save(model: &mut Model) -> Vec<Effect> {
    leave_field(model);
    if model.screens.form().is_some_and(|form| matches!(form.busy, Some((_, Busy::Saving)))) {
        return Vec::new();
    }
    let draft = check(model);
    let Some(form) = model.screens.form_mut() else { return Vec::new() };
    let Some(draft) = draft else {
        let count = form.errors.len();
        let first = first_error(form);
        if let Some((step, field)) = first {
            focus(form, step, field);
        }
        model.say(NoticeTone::Failed, format!("{}.", attention(count)));
        return Vec::new();
    };
    if !form.in_review() {
        let review = form.steps().len();
        focus(form, review, 0);
        return Vec::new();
    }
    if form.says_nothing() {
        return close_unchanged(model);
    }
    submit(model, draft)
}

/// Closes an untouched form as a save would: a revision that changes nothing only hides the others.
fn close_unchanged(model: &mut Model) -> Vec<Effect> {
    let mut effects = draft::discard(model);
    effects.extend(screens::leave(model, ScreenKind::Form));
    model.modals.clear();
    model.say(NoticeTone::Info, "Nothing was changed.");
    effects.push(draft::count(model));
    effects
}

fn submit(model: &mut Model, draft: Draft) -> Vec<Effect> {
    let request = model.request(Waiting::Save);
    let Some(form) = model.screens.form_mut() else { return Vec::new() };
    form.busy = Some((request, Busy::Saving));
    form.sent = Some(form.values.clone());
    let save = SaveRequest {
        target: form.target,
        draft,
        secrets_from: form.secrets_from,
        restore: form.restore,
        stamp: None,
    };
    vec![Effect::Save { request, save: Box::new(save), draft: form.draft.clone() }]
}

/// Place of the first field that has an error, in the order of the form.
fn first_error(form: &Wizard) -> Option<(usize, usize)> {
    let spec = form.spec()?;
    let key =
        spec.visible_fields(&form.values).find(|field| form.errors.contains_key(field.key))?.key;
    form.locate(key)
}

/// Keeps the form's content as a new connection after a conflict: beside the other under a name of
/// its own, or instead of one that was deleted.
pub(super) fn save_as_copy(model: &mut Model, beside: bool) -> Vec<Effect> {
    let Some(form) = model.screens.form_mut() else { return Vec::new() };
    form.secrets_from = form.target.take().map(|it| it.id).or(form.secrets_from);
    if beside {
        let name = format!("{} (copy)", form.values.text("name").trim());
        form.values.set("name", form::Value::Text(name));
    }
    let review = form.steps().len();
    focus(form, review, 0);
    save(model)
}

/// The answer to a save.
pub(super) fn saved(model: &mut Model, keymap: &Keymap, reply: Reply<Box<Saved>>) -> Vec<Effect> {
    if let Some(form) = model.screens.form_mut() {
        form.busy = None;
    }
    match reply {
        Ok(saved) => {
            let Saved { connection, row } = *saved;
            let restored = model.screens.form().is_some_and(|it| it.restore && it.target.is_some());
            let verb = match connection.revision {
                1 => "Created",
                _ if restored => "Restored and saved",
                _ => "Saved",
            };
            let text = format!(
                "{verb} {} ({}), revision {}.",
                shown(&connection.name),
                connection.kind.label(),
                connection.revision
            );
            let typed_since = go_on_with(model, &connection);
            list::merge(model, vec![row], HashSet::new());
            if typed_since {
                let text = format!("{text} Later changes are not saved yet.");
                model.say(NoticeTone::Info, text);
                return Vec::new();
            }
            // One that was kept while it was being saved came after the save forgot it.
            let mut effects = draft::discard(model);
            effects.extend(screens::leave(model, ScreenKind::Form));
            model.modals.clear();
            let text = match hidden_by(model, connection.id) {
                Some(what) => {
                    let key = keymap.hint(Context::List, Action::ClearFilter);
                    let how = if key.is_empty() { key } else { format!(": {key} shows all") };
                    format!("{text} It is hidden by the {what}{how}.")
                }
                None => text,
            };
            model.say(NoticeTone::Done, text);
            effects.push(draft::count(model));
            effects
        }
        Err(BackendError::Conflict { by, at, revision }) => {
            conflict::met(model, (by, at, revision), false)
        }
        Err(BackendError::Deleted { id, by, at, revision }) => {
            list::merge(model, Vec::new(), [id].into());
            conflict::met(model, (by, at, revision), true)
        }
        Err(BackendError::NotFound) if as_new(model) => {
            let text = "Gone from the store. Save again to create it; enter its secrets again.";
            model.say(NoticeTone::Failed, text);
            Vec::new()
        }
        Err(error) => {
            if let Some(form) = model.screens.form_mut() {
                // It may have been saved all the same, and its draft forgotten.
                form.kept = None;
            }
            refused(model, &error);
            Vec::new()
        }
    }
}

/// Goes on as the form of a new connection; false when it was that of none.
fn as_new(model: &mut Model) -> bool {
    let Some(form) = model.screens.form_mut() else { return false };
    let Some(gone) = form.target.take() else { return false };
    form.secrets_from = None;
    form.values.forget_stored();
    form.kept = None;
    // Its name is free, and what is missing now is marked.
    list::merge(model, Vec::new(), [gone.id].into());
    check(model);
    true
}

/// What keeps a connection out of the list, where the list is what is seen next.
fn hidden_by(model: &Model, id: ConnectionId) -> Option<&'static str> {
    let list = &model.list;
    if model.context() != Context::List || list.shown_rows().any(|row| row.id == id) {
        return None;
    }
    match (list.search.is_empty(), list.filter.is_empty()) {
        (false, true) => Some("search"),
        (true, false) => Some("filter"),
        (false, false) => Some("search and the filter"),
        (true, true) => None,
    }
}

/// Whether the form was changed while it was being saved: then it goes on from what was saved. C7.
fn go_on_with(model: &mut Model, saved: &Connection) -> bool {
    let Some(form) = model.screens.form_mut() else { return false };
    let Some(sent) = form.sent.take().filter(|it| *it != form.values) else { return false };
    form.target = Some(Revision { id: saved.id, revision: saved.revision });
    form.secrets_from = None;
    form.original = sent;
    form.partial = false;
    // The draft of before is forgotten by the save.
    form.kept = None;
    true
}

fn refused(model: &mut Model, error: &BackendError) {
    let field = model.screens.form().and_then(|form| form.refused_field(error));
    if let (Some(key), Some(form)) = (field, model.screens.form_mut()) {
        form.errors.insert(key, error.to_string());
        if let Some((step, at)) = form.locate(key) {
            focus(form, step, at);
        }
    }
    model.say(NoticeTone::Failed, failure("Not saved", error));
}
