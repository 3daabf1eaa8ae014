//! A form in progress as a draft, and back: the same text whether the form is on screen or asked line by
//! line, so that either continues what the other left. C7, E5.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::wizard::Wizard;
use crate::backend::{FormDraft, Revision};
use crate::domain::{ConnectionId, ConnectionType, Secret, Timestamp};
use crate::form::{Spec, Values, draft as values, initial, specs};

/// What a draft holds besides its title.
#[derive(Serialize, Deserialize)]
struct Content<V> {
    kind: ConnectionType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secrets_from: Option<ConnectionId>,
    values: V,
}

/// The draft of a form as it is now; `None`: its type has no form.
pub fn of(form: &Wizard, now: Timestamp) -> Option<FormDraft> {
    let content = Secret::json(&Content {
        kind: form.kind,
        revision: form.target.map(|it| it.revision),
        secrets_from: form.secrets_from,
        values: values::State(form.spec()?, &form.values),
    })?;
    Some(FormDraft {
        id: form.draft.clone(),
        connection: form.target.map(|it| it.id),
        title: title(form),
        content,
        saved_at: now,
    })
}

/// The connection that the form of a draft copies.
pub fn copied(draft: &FormDraft) -> Option<ConnectionId> {
    parsed(draft)?.secrets_from
}

/// The form of a draft over that of the connection that it changes or copies, kept from now on under
/// an id of its own. `None`: this version cannot read it.
pub fn resumed(draft: &FormDraft, base: Option<Wizard>, id: String) -> Option<Wizard> {
    let content = parsed(draft)?;
    let spec = specs::of(content.kind)?;
    let values = answers(content.values.get(), spec)?;
    let mut form = match (base, content.secrets_from) {
        (Some(mut base), Some(id)) if draft.connection.is_none() => {
            base.make_clone(id);
            base
        }
        (Some(base), _) => base,
        (None, _) => Wizard::new(content.kind, initial(spec), String::new()),
    };
    form.draft = id;
    form.secrets_from = content.secrets_from;
    if let (Some(target), Some(revision)) = (form.target, content.revision) {
        // The revision it started from: a change by someone else since then is met at the save.
        form.target = Some(Revision { id: target.id, revision });
    }
    form.kept = Some(values.clone());
    form.drafted = true;
    form.values = values;
    form.values.note_replaced(&form.original);
    Some(form)
}

fn parsed(draft: &FormDraft) -> Option<Content<&RawValue>> {
    serde_json::from_str(draft.content.expose()).ok()
}

/// The form's answers. Before, they were a text of their own in the draft.
fn answers(raw: &str, spec: &'static Spec) -> Option<Values> {
    match Secret::of_json(raw) {
        Some(text) => values::from_json(spec, text.expose()).ok(),
        None => values::from_json(spec, raw).ok(),
    }
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
