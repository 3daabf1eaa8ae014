//! Forms in progress, kept sealed and resumed. C7, E5.

use serde::{Deserialize, Serialize};

use super::super::Model;
use super::super::effect::{Effect, RequestId};
use super::super::model::{Leaving, NoticeTone, Then, Waiting};
use super::super::msg::{KeptDraft, Reply};
use super::super::wizard::Wizard;
use super::wizard::focus;
use super::{cancel, dialog, failure};
use crate::backend::{FormDraft, Revision};
use crate::domain::{ConnectionId, ConnectionType, Secret};
use crate::form::{draft as values, specs};

/// What a draft holds besides its title.
#[derive(Serialize, Deserialize)]
struct Content {
    kind: ConnectionType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secrets_from: Option<ConnectionId>,
    values: String,
}

/// An id that no other form, of this or another process, has.
pub(super) fn new_id(model: &mut Model) -> String {
    model.last_request += 1;
    format!("{}-{}", model.settings.session, model.last_request)
}

/// Keeps the form in progress, if there is anything new to keep.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    if !model.capabilities.drafts {
        return Vec::new();
    }
    let now = model.now;
    let Some(form) = model.form.as_deref_mut() else { return Vec::new() };
    if !form.changed() || form.kept.as_ref() == Some(&form.values) {
        return Vec::new();
    }
    let Some(content) = content(form) else { return Vec::new() };
    form.kept = Some(form.values.clone());
    let draft = FormDraft {
        id: form.draft.clone(),
        connection: form.target.map(|it| it.id),
        title: title(form),
        content,
        saved_at: now,
    };
    let request = model.request(Waiting::KeepDraft);
    vec![Effect::KeepDraft { request, draft, instead_of: None }]
}

/// Keeps the form in progress, and only then leaves it: `None` when there is nothing to keep.
pub(super) fn leave(model: &mut Model, then: Then) -> Option<Vec<Effect>> {
    let mut effects = keep(model);
    let Some(Effect::KeepDraft { request, .. }) = effects.first() else { return None };
    let request = *request;
    let stays = matches!(then, Then::Reload(_));
    let mut form = if stays { None } else { model.form.take() };
    let busy = form.as_deref_mut().and_then(|form| form.busy.take());
    effects.extend(cancel(model, busy.map(|(request, _)| request)));
    model.leaving = Some(Box::new(Leaving { request, then, form }));
    Some(effects)
}

/// The draft of a form was kept, or was not: then the form is open again. C7.
pub(super) fn was_kept(model: &mut Model, request: RequestId, reply: Reply<()>) -> Vec<Effect> {
    let leaving = model.leaving.take_if(|it| it.request == request);
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
            if let Some(form) = leaving.and_then(|it| it.form) {
                model.contexts.wanted = None;
                model.modals.clear();
                model.form = Some(form);
            }
            if let Some(form) = model.form.as_deref_mut() {
                // Not kept after all: the next try writes it again.
                form.kept = None;
            }
            model.say(NoticeTone::Failed, failure("Draft not kept", &error));
            Vec::new()
        }
    }
}

fn content(form: &Wizard) -> Option<Secret> {
    let values = values::to_json(form.spec()?, &form.values);
    let content = Content {
        kind: form.kind,
        revision: form.target.map(|it| it.revision),
        secrets_from: form.secrets_from,
        values: values.expose().to_owned(),
    };
    serde_json::to_string(&content).ok().map(Secret::new)
}

fn title(form: &Wizard) -> String {
    let name = form.values.text("name").trim();
    let name = if name.is_empty() { "(no name yet)" } else { name };
    let kind = form.kind.label();
    if form.target.is_some() {
        format!("{name} ({kind}), edited")
    } else {
        format!("{name} ({kind}), new")
    }
}

/// Goes on with a draft: a new connection at once, an existing one after reading it, because
/// what changed is told against the record.
pub(super) fn resume(model: &mut Model, kept: KeptDraft) -> Vec<Effect> {
    match kept.draft.connection {
        Some(id) => {
            let request = model.request(Waiting::Resume(Box::new(kept)));
            vec![Effect::Open { request, id }]
        }
        None => resume_into(model, &kept, None),
    }
}

/// Opens the form of a draft. `base` is the form of its connection as it is now; without one the
/// draft goes on as a new connection.
///
/// The form is kept under an id of its own from now on: of two processes that resume the same draft
/// neither writes over the other, and one that has it open goes on with its own.
pub(super) fn resume_into(
    model: &mut Model,
    kept: &KeptDraft,
    base: Option<Wizard>,
) -> Vec<Effect> {
    let KeptDraft { draft, elsewhere } = kept;
    let content: Option<Content> = serde_json::from_str(draft.content.expose()).ok();
    let restored = content.and_then(|content| {
        let spec = specs::of(content.kind)?;
        let values = values::from_json(spec, &Secret::new(content.values.clone())).ok()?;
        Some((content, spec, values))
    });
    let Some((content, spec, values)) = restored else {
        let text = "This draft cannot be read by this version. It is kept until you discard it in the list of drafts.";
        model.say(NoticeTone::Failed, text);
        return Vec::new();
    };
    let gone = draft.connection.is_some() && base.is_none();
    let mut form = match base {
        Some(base) => base,
        None => Wizard::new(content.kind, crate::form::initial(spec), String::new()),
    };
    form.draft = new_id(model);
    form.secrets_from = content.secrets_from;
    if let (Some(target), Some(revision)) = (form.target, content.revision) {
        // The revision it started from: a change by someone else since then is met at the save.
        form.target = Some(Revision { id: target.id, revision });
    }
    form.kept = Some(values.clone());
    form.values = values;
    if gone {
        form.values.forget_stored();
    }
    focus(&mut form, 0, 0);
    let own = FormDraft { id: form.draft.clone(), saved_at: model.now, ..draft.clone() };
    model.form = Some(Box::new(form));
    model.modals.clear();
    let text = match (gone, elsewhere) {
        (true, _) => {
            "Its connection was deleted since: saving makes a new one, secrets and keys are to be given anew."
        }
        (false, true) => "This is a copy: the other jetbridge goes on with its own.",
        (false, false) => "Draft resumed.",
    };
    model.say(NoticeTone::Info, text);
    let request = model.request(Waiting::KeepDraft);
    let instead_of = (!elsewhere).then(|| draft.id.clone());
    vec![Effect::KeepDraft { request, draft: own, instead_of }]
}
