//! Forms in progress, kept sealed and resumed. C7, E5.

use super::super::drafts;
use super::super::effect::{Effect, RequestId};
use super::super::modal::{HasDraft, Modal};
use super::super::model::{Leaving, NoticeTone, Then, Waiting};
use super::super::msg::{KeptDraft, Reply};
use super::super::wizard::Wizard;
use super::super::{Model, ScreenKind};
use super::wizard::focus;
use super::{dialog, failure, screens};
use crate::backend::FormDraft;

/// What became of the connection that a draft changes or copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It is there, or there never was one.
    There,
    /// It was deleted, and can be restored.
    Deleted,
    /// It is nowhere.
    Gone,
}

/// An id that no other form, of this or another process, has.
pub(super) fn new_id(model: &mut Model) -> String {
    model.last_request += 1;
    format!("{}-{}", model.settings.session, model.last_request)
}

/// Keeps the form in progress, if there is anything new to keep. Of a form that is as it began no
/// draft stays behind.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    if !model.capabilities.drafts {
        return Vec::new();
    }
    let now = model.now;
    let Some(form) = model.screens.form_mut().filter(|it| it.unkept()) else { return Vec::new() };
    if !form.changed() {
        let mut effects = discard(model);
        effects.push(count(model));
        return effects;
    }
    let Some(draft) = drafts::of(form, now) else { return Vec::new() };
    form.kept = Some(form.values.clone());
    form.drafted = true;
    let instead_of = form.replaces.clone();
    let request = model.request(Waiting::KeepDraft);
    vec![Effect::KeepDraft { request, draft, instead_of }]
}

/// Forgets the draft of the form, if one may be kept.
pub(super) fn discard(model: &mut Model) -> Vec<Effect> {
    let Some(form) = model.screens.form_mut().filter(|it| it.drafted) else { return Vec::new() };
    form.kept = None;
    form.drafted = false;
    let ids = [form.replaces.take(), Some(form.draft.clone())];
    ids.into_iter().flatten().map(|id| forget(model, id)).collect()
}

/// Forgets a draft.
pub(super) fn forget(model: &mut Model, id: String) -> Effect {
    let request = model.request(Waiting::DiscardDraft);
    Effect::DiscardDraft { request, id }
}

/// Asks how many drafts there are.
pub(super) fn count(model: &mut Model) -> Effect {
    let request = model.request(Waiting::CountDrafts);
    Effect::ReadDrafts { request }
}

/// A draft was forgotten, or was not: then the list of drafts still has it.
pub(super) fn was_discarded(model: &mut Model, reply: Reply<()>) -> Vec<Effect> {
    let Err(error) = reply else { return Vec::new() };
    model.say(NoticeTone::Failed, failure("Draft not discarded", &error));
    if let Some(Modal::Drafts(_)) = model.modals.last() {
        let request = model.request(Waiting::Drafts);
        if let Some(Modal::Drafts(menu)) = model.modals.last_mut() {
            menu.loading = Some(request);
        }
        return vec![Effect::ReadDrafts { request }];
    }
    vec![count(model)]
}

/// Keeps the form in progress, and only then leaves it: `None` when there is nothing to keep.
pub(super) fn leave(model: &mut Model, then: Then) -> Option<Vec<Effect>> {
    if !model.screens.form()?.changed() {
        return None;
    }
    let mut effects = keep(model);
    let Some(Effect::KeepDraft { request, .. }) = effects.first() else { return None };
    let request = *request;
    let stays = matches!(then, Then::Reload(_));
    let mut form = if stays { None } else { model.screens.take_form() };
    if let Some(form) = &mut form {
        form.busy = None;
        effects.extend(screens::leave(model, ScreenKind::Form));
    }
    model.leaving = Some(Box::new(Leaving { request, then, form }));
    Some(effects)
}

/// The draft of a form was kept, or was not: then the form is open again. C7.
pub(super) fn was_kept(model: &mut Model, request: RequestId, reply: Reply<()>) -> Vec<Effect> {
    let leaving = model.leaving.take_if(|it| it.request == request);
    if let (Ok(()), Some(form)) = (&reply, model.screens.form_mut()) {
        form.replaces = None;
    }
    match (reply, leaving) {
        (Ok(()), None) => Vec::new(),
        (Ok(()), Some(it)) => match it.then {
            Then::Leave => dialog::left(model, true, false),
            Then::Quit => dialog::left(model, true, true),
            Then::Reload(id) => {
                let request = model.request(Waiting::Reload(id));
                vec![Effect::Open { request, id }]
            }
        },
        (Err(error), leaving) => {
            let mut effects = Vec::new();
            if let Some(form) = leaving.and_then(|it| it.form) {
                model.contexts.wanted = None;
                model.modals.clear();
                effects.extend(screens::open(model, form));
            }
            if let Some(form) = model.screens.form_mut() {
                // Not kept after all: the next try writes it again.
                form.kept = None;
            }
            model.say(NoticeTone::Failed, failure("Draft not kept", &error));
            effects
        }
    }
}

/// Goes on with a draft: a new connection at once, a change or a copy after reading what it is of,
/// because what changed is shown against that.
pub(super) fn resume(model: &mut Model, kept: KeptDraft) -> Vec<Effect> {
    let copied = drafts::copied(&kept.draft);
    match kept.draft.connection.or(copied) {
        Some(id) => {
            let request = model.request(Waiting::Resume(Box::new(kept)));
            vec![Effect::Open { request, id }]
        }
        None => resume_into(model, &kept, None, Found::There),
    }
}

/// What a draft is of is not there: it may have been deleted.
pub(super) fn resume_deleted(model: &mut Model, kept: Box<KeptDraft>) -> Vec<Effect> {
    let copied = drafts::copied(&kept.draft);
    let Some(id) = kept.draft.connection.or(copied) else { return Vec::new() };
    let request = model.request(Waiting::ResumeDeleted(kept));
    vec![Effect::OpenDeleted { request, id }]
}

/// Says that the connection that was opened has a draft, and offers it.
pub(super) fn offer(model: &mut Model, drafts: Vec<KeptDraft>) {
    let more = drafts.len().saturating_sub(1);
    let Some(kept) = drafts.into_iter().next().map(Box::new) else { return };
    model.modals.push(Modal::HasDraft(HasDraft { kept, more, at: 0 }));
}

/// Goes on with the draft of the connection whose form is open.
pub(super) fn resume_here(model: &mut Model, kept: &KeptDraft) -> Vec<Effect> {
    // A draft that cannot be read leaves the connection open as it is saved.
    let Some(base) = model.screens.form().cloned() else { return Vec::new() };
    resume_into(model, kept, Some(base), Found::There)
}

/// Opens the form of a draft. `base` is the form of the connection that it changes or copies as it
/// is now; without one the draft goes on as a new connection.
///
/// The form is kept under an id of its own from now on: of two processes that resume the same draft
/// neither writes over the other, and one that has it open goes on with its own.
pub(super) fn resume_into(
    model: &mut Model,
    kept: &KeptDraft,
    base: Option<Wizard>,
    found: Found,
) -> Vec<Effect> {
    let KeptDraft { draft, elsewhere } = kept;
    let Some(mut form) = drafts::resumed(draft, base, new_id(model)) else {
        let text = "This draft cannot be read by this version. It is kept until you discard it in the list of drafts.";
        model.say(NoticeTone::Failed, text);
        return Vec::new();
    };
    form.replaces = (!elsewhere).then(|| draft.id.clone());
    if found == Found::Gone {
        form.values.forget_stored();
    }
    focus(&mut form, 0, 0);
    let own = FormDraft { id: form.draft.clone(), saved_at: model.now, ..draft.clone() };
    let instead_of = form.replaces.clone();
    let mut effects = screens::open(model, form);
    model.modals.clear();
    let text = match (found, elsewhere) {
        (Found::Gone, _) => "Its connection is gone: saving creates one; enter its secrets again.",
        (Found::Deleted, _) if draft.connection.is_some() => {
            "Its connection was deleted since: saving offers to restore it."
        }
        (_, true) => "This is a copy; the other jetbridge keeps its own.",
        (_, false) => "Draft resumed.",
    };
    model.say(NoticeTone::Info, text);
    let request = model.request(Waiting::KeepDraft);
    effects.push(Effect::KeepDraft { request, draft: own, instead_of });
    effects
}
