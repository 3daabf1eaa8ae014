//! A save that met a newer revision: theirs, mine, or both. C7.

use super::super::effect::Effect;
use super::super::modal::{Conflict, ConflictChoice, Modal};
use super::super::model::{Then, Waiting};
use super::super::msg::{Opened, Reply};
use super::super::{Action, Model};
use super::{answer, cancel, dialog, draft, moved, save};
use crate::backend::Revision;
use crate::domain::Timestamp;
use crate::form;

/// Asks what to do, and fetches theirs, or what was deleted, to show where the two differ.
pub(super) fn met(
    model: &mut Model,
    (by, at, revision): (String, Timestamp, u32),
    deleted: bool,
) -> Vec<Effect> {
    let Some(target) = model.screens.form().and_then(|form| form.target) else { return Vec::new() };
    let request = model.request(Waiting::Theirs(target.id));
    model.modals.push(Modal::Conflict(Conflict {
        deleted,
        by,
        at_time: at,
        theirs: Revision { id: target.id, revision },
        differences: None,
        asking: Some(request),
        at: ConflictChoice::Edit,
        top: 0,
    }));
    let id = target.id;
    vec![if deleted { Effect::OpenDeleted { request, id } } else { Effect::Open { request, id } }]
}

/// Theirs has come: says where it differs from the form. It may be newer still than what the save
/// met; then it is that one which mine would replace.
pub(super) fn theirs(model: &mut Model, reply: Reply<Box<Opened>>) {
    let theirs = reply.ok().and_then(|opened| answer::form_of(model, &opened));
    let Some(Modal::Conflict(conflict)) = model.modals.last_mut() else { return };
    conflict.asking = None;
    // Without theirs the choices are the same, and the dialog says that the differences are not
    // known.
    let (Some(theirs), Some(mine)) = (theirs, model.screens.form()) else { return };
    let Some(spec) = mine.spec().filter(|_| theirs.kind == mine.kind) else { return };
    conflict.theirs = theirs.target.unwrap_or(conflict.theirs);
    conflict.differences = Some(form::differences(spec, &theirs.values, &mine.values));
}

/// An action in the dialog.
pub(super) fn act(conflict: &mut Conflict, action: Action, page: usize) {
    match action {
        Action::Left | Action::Up => conflict.at = conflict.at.moved(-1),
        Action::Right | Action::Down => conflict.at = conflict.at.moved(1),
        Action::PageUp | Action::PageDown => {
            let count = conflict.differences.as_ref().map_or(0, Vec::len);
            conflict.top = moved(conflict.top, count, page, action);
        }
        _ => {}
    }
}

/// Does what was chosen.
pub(super) fn decide(model: &mut Model, conflict: Conflict) -> Vec<Effect> {
    let mut effects = cancel(model, conflict.asking);
    effects.extend(match conflict.at {
        ConflictChoice::Edit => Vec::new(),
        // The deletion stays.
        ConflictChoice::Theirs if conflict.deleted => dialog::leave(model, 1, false),
        ConflictChoice::Theirs => reload(model),
        ConflictChoice::Mine => {
            if let Some(form) = model.screens.form_mut() {
                form.target = Some(conflict.theirs);
                form.restore |= conflict.deleted;
            }
            save::save(model)
        }
        ConflictChoice::Copy => save::save_as_copy(model, !conflict.deleted),
    });
    effects
}

/// Takes the other's version; mine stays as a draft, so that nothing typed is lost.
fn reload(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.screens.form().and_then(|form| form.target).map(|it| it.id) else {
        return draft::keep(model);
    };
    if let Some(effects) = draft::leave(model, Then::Reload(id)) {
        return effects;
    }
    let mut effects = draft::keep(model);
    let request = model.request(Waiting::Reload(id));
    effects.push(Effect::Open { request, id });
    effects
}
