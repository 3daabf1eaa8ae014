//! Secrets, keys and tokens of a form: showing, copying, issuing. D5-D7, D12, D15.

use super::super::Model;
use super::super::effect::Effect;
use super::super::modal::Modal;
use super::super::model::{NoticeTone, Waiting};
use super::super::prompt::Prompt;
use super::super::wizard::{Busy, Revealed, Wizard};
use super::commands::{proof, sent};
use super::wizard::{focused, paste_token};
use crate::domain::agent::{file_name, install_command};
use crate::domain::{Held, Secret};
use crate::form::{Field, Kind, Value};
use crate::text::shown;

/// Path of a field's stored secret, as the record names it.
fn secret_path(form: &Wizard, field: &Field) -> Option<(String, Held)> {
    match form.values.get(field.key)? {
        Value::Secret(held) => Some((field.key.to_owned(), held.clone())),
        Value::Key(key) => Some((field.key.to_owned(), key.value.clone())),
        Value::Tokens(tokens) => {
            tokens.last().map(|token| (format!("bulk_token/{}", token.id), token.value.clone()))
        }
        _ => None,
    }
}

/// Reads the text of a field's secret: at once when it was typed or issued in this form, from
/// the store otherwise.
fn fetch(model: &mut Model, field: &'static Field, busy: Busy) -> Result<Secret, Vec<Effect>> {
    let Some(form) = model.screens.form() else { return Err(Vec::new()) };
    let Some((path, held)) = secret_path(form, field) else { return Err(Vec::new()) };
    match (held, form.target.map(|it| it.id).or(form.secrets_from)) {
        (Held::New(secret), _) => Ok(secret),
        (Held::Stored(_), Some(id)) => {
            let request = model.request(Waiting::Reveal);
            if let Some(form) = model.screens.form_mut() {
                form.busy = Some((request, busy));
            }
            Err(vec![Effect::Reveal { request, id, path }])
        }
        (Held::Stored(_), None) => Err(Vec::new()),
    }
}

/// Shows or hides the focused secret. D5, D6.
pub(super) fn reveal(model: &mut Model) -> Vec<Effect> {
    let Some((form, field)) = focused(model) else { return Vec::new() };
    if form.revealed.take().is_some() {
        return Vec::new();
    }
    if matches!(field.kind, Kind::Secret { .. }) && !form.input.is_empty() {
        form.revealed = Some(Revealed { field: field.key, text: None });
        return Vec::new();
    }
    match fetch(model, field, Busy::Showing(field.key)) {
        Ok(secret) => {
            show(model, field.key, secret);
            Vec::new()
        }
        Err(effects) => effects,
    }
}

/// Shows a secret's text beside its field.
pub(super) fn show(model: &mut Model, field: &'static str, text: Secret) {
    if let Some(form) = model.screens.form_mut() {
        form.revealed = Some(Revealed { field, text: Some(text) });
    }
}

/// Copies the answer of the focused field; a secret only because the user asked for this one.
pub(super) fn copy_value(model: &mut Model) -> Vec<Effect> {
    let Some((form, field)) = focused(model) else { return Vec::new() };
    let plain = match form.values.get(field.key) {
        Some(Value::Text(text)) => Some(shown(text).into_owned()),
        Some(Value::One(_) | Value::Many(_)) => {
            let labels: Vec<_> =
                form.values.picks(field.key).iter().map(|it| shown(&it.label)).collect();
            Some(labels.join("\n"))
        }
        Some(Value::Choice(option)) => Some((*option).to_owned()),
        Some(Value::Secret(_) | Value::Key(_) | Value::Tokens(_)) => None,
        Some(Value::Toggle(_)) | None => return Vec::new(),
    };
    let text = match plain {
        Some(text) => Secret::new(text),
        None => match fetch(model, field, Busy::Copying(field.key)) {
            Ok(secret) => secret,
            Err(effects) => return effects,
        },
    };
    model.say(NoticeTone::Info, sent(&field.label.to_lowercase()));
    vec![Effect::Copy { text }]
}

/// Copies the install command of the device agent with the configuration key. D7.
pub(super) fn copy_command(model: &mut Model) -> Vec<Effect> {
    let Some(form) = model.screens.form() else { return Vec::new() };
    let key = form.spec().and_then(|spec| {
        spec.visible_fields(&form.values)
            .find(|field| field.kind == Kind::Key(crate::domain::key::KeyKind::Configuration))
    });
    let Some(field) = key else { return Vec::new() };
    if !form.values.answered(field.key) {
        model.say(
            NoticeTone::Info,
            "Generate the configuration key first: the command contains it.",
        );
        return Vec::new();
    }
    match fetch(model, field, Busy::Command(field.key)) {
        Ok(secret) => command(model, &secret),
        Err(effects) => effects,
    }
}

/// The install command for a key. No msi property for the key is documented, so without `{key}`
/// in the configured command the key follows on a line of its own.
pub(super) fn command(model: &mut Model, key: &Secret) -> Vec<Effect> {
    let settings = &model.settings;
    let file = file_name(model.installer().url.as_deref().unwrap_or_default());
    let text = Secret::new(install_command(&settings.install_command, &file, key.expose()));
    model.say(NoticeTone::Info, sent("the install command with the key"));
    vec![Effect::Copy { text }]
}

/// Issues a key or asks for a bulk token; an existing key is replaced only after a question. D6.
pub(super) fn generate(model: &mut Model) -> Vec<Effect> {
    let (can_key, can_token) = (model.capabilities.keys, model.capabilities.tokens);
    let Some((form, field)) = focused(model) else { return Vec::new() };
    match field.kind {
        Kind::Key(_) if !can_key => {
            model.say(
                NoticeTone::Info,
                "This context issues no keys: generate it in the Fly portal.",
            );
        }
        Kind::Key(_) if form.values.answered(field.key) => {
            let field = field.key;
            let proof = proof(model, 1, 0);
            model.modals.push(Modal::Regenerate { field, at: 0, proof });
        }
        Kind::Key(_) => return issue(model, field.key),
        Kind::Tokens if can_token => {
            model.modals.push(Modal::Prompt(Box::new(Prompt::issue_token())));
        }
        Kind::Tokens => paste_token(model),
        _ => {}
    }
    Vec::new()
}

/// Asks the backend for a key.
pub(super) fn issue(model: &mut Model, key: &'static str) -> Vec<Effect> {
    let Some(field) = model.screens.form().and_then(|form| form.spec()?.field(key)) else {
        return Vec::new();
    };
    let Kind::Key(kind) = field.kind else { return Vec::new() };
    let request = model.request(Waiting::Key);
    if let Some(form) = model.screens.form_mut() {
        form.busy = Some((request, Busy::Key(field.key)));
    }
    vec![Effect::IssueKey { request, kind }]
}
