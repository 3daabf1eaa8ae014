//! The form: moving between fields and steps, typing, choosing, keys. G1-G12, D1-D17.

use super::super::effect::Effect;
use super::super::modal::Modal;
use super::super::model::{NoticeTone, Waiting};
use super::super::picker::Picker;
use super::super::prompt::Prompt;
use super::super::wizard::{Busy, Revealed, Wizard};
use super::super::{Action, Key, KeyName, Model};
use super::list::sent;
use super::{cancel, draft, save};
use crate::domain::directory::ObjectKind;
use crate::domain::{ConnectionType, Held, Secret};
use crate::form::{self, Field, Kind, Limits, Value, specs};

/// Opens an empty form. C6.
pub(super) fn create(model: &mut Model, kind: ConnectionType) {
    let Some(spec) = specs::of(kind) else { return };
    let draft = draft::new_id(model);
    let mut form = Wizard::new(kind, form::initial(spec), draft);
    focus(&mut form, 0, 0);
    model.form = Some(Box::new(form));
}

/// What checks need besides the values.
pub(super) fn limits(model: &Model) -> Limits {
    Limits { now: model.now, password: model.settings.password }
}

/// Puts the focus on a field and its text into the input line.
pub(super) fn focus(form: &mut Wizard, step: usize, field: usize) {
    form.step = step.min(form.steps().len());
    form.field = field.min(form.fields().len().saturating_sub(1));
    form.revealed = None;
    form.top = 0;
    form.input.clear();
    let Some(field) = form.focused() else { return };
    form.input = match form.values.get(field.key) {
        Some(Value::Text(text)) => text.as_str().into(),
        Some(Value::Secret(Held::New(secret))) => secret.expose().into(),
        _ => form.input.clone(),
    };
}

/// Checks the field that is being left. Errors are shown, never in the way.
pub(super) fn leave_field(model: &mut Model) {
    let limits = limits(model);
    let Some(form) = model.form.as_deref_mut() else { return };
    let (Some(spec), Some(field)) = (form.spec(), form.focused()) else { return };
    let mut error = form::check_field(spec, &form.values, field.key, &limits).map(|it| it.message);
    // A required answer that was not reached yet is no error until everything is checked.
    if !form.values.answered(field.key) && !form.errors.contains_key(field.key) {
        error = None;
    }
    if field.key == "name" && error.is_none() {
        error = save::name_error(&model.list.rows, form);
    }
    match error {
        Some(message) => _ = form.errors.insert(field.key, message),
        None => _ = form.errors.remove(field.key),
    }
}

/// An action in the form.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.form.as_ref().is_some_and(|form| form.in_review()) {
        return review(model, action);
    }
    match action {
        Action::NextField => step_by(model, 1),
        Action::PrevField => step_by(model, -1),
        Action::NextStep => go_step(model, 1),
        Action::PrevStep => go_step(model, -1),
        Action::Activate => return activate(model),
        Action::Toggle | Action::Left | Action::Right => change(model, action),
        Action::Save => return save::save(model),
        Action::Reveal => return reveal(model),
        Action::CopyValue => return copy_value(model),
        Action::CopyCommand => return copy_command(model),
        Action::Generate => return generate(model),
        Action::Paste => paste_token(model),
        Action::ClearField => clear(model),
        Action::Back => return leave(model),
        _ => {}
    }
    Vec::new()
}

fn review(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    let Some(form) = model.form.as_deref_mut() else { return Vec::new() };
    match action {
        Action::Up => form.top = form.top.saturating_sub(1),
        Action::Down => form.top += 1,
        Action::PageUp => form.top = form.top.saturating_sub(page),
        Action::PageDown => form.top += page,
        Action::Top => form.top = 0,
        Action::Bottom => form.top = usize::MAX / 2,
        Action::PrevStep | Action::Back => go_step(model, -1),
        Action::Save | Action::Activate => return save::save(model),
        _ => {}
    }
    // The review is as long as its fields; the view stops at its end.
    if let (Some(form), true) = (model.form.as_deref_mut(), action != Action::PrevStep) {
        let lines = form.spec().map_or(0, |spec| spec.visible_fields(&form.values).count());
        form.top = form.top.min(lines.saturating_sub(1));
    }
    Vec::new()
}

/// Moves the focus by fields, over the ends of the steps.
fn step_by(model: &mut Model, by: isize) {
    leave_field(model);
    let Some(form) = model.form.as_deref_mut() else { return };
    let (step, field) = (form.step, form.field);
    if by > 0 {
        if field + 1 < form.fields().len() {
            focus(form, step, field + 1);
        } else {
            focus(form, step + 1, 0);
        }
    } else if field > 0 {
        focus(form, step, field - 1);
    } else if step > 0 {
        focus(form, step - 1, usize::MAX);
    }
    if model.form.as_ref().is_some_and(|form| form.in_review()) {
        save::check(model);
    }
}

fn go_step(model: &mut Model, by: isize) {
    leave_field(model);
    let Some(form) = model.form.as_deref_mut() else { return };
    let step = form.step.saturating_add_signed(by);
    focus(form, step, 0);
    if form.in_review() {
        save::check(model);
    }
}

/// Enter: whatever comes next for this kind of field.
fn activate(model: &mut Model) -> Vec<Effect> {
    let Some((form, field)) = focused(model) else { return Vec::new() };
    match field.kind {
        Kind::Text { .. } | Kind::Secret { .. } | Kind::Day | Kind::Choice(_) => step_by(model, 1),
        Kind::Toggle => change(model, Action::Toggle),
        Kind::PickOne(_) | Kind::PickMany(_) => return open_picker(model),
        Kind::Key(_) | Kind::Tokens if form.values.answered(field.key) => step_by(model, 1),
        Kind::Key(_) | Kind::Tokens => return generate(model),
        Kind::Agent => return copy_command(model),
    }
    Vec::new()
}

fn focused(model: &mut Model) -> Option<(&mut Wizard, &'static Field)> {
    let form = model.form.as_deref_mut()?;
    let field = form.focused()?;
    Some((form, field))
}

/// Changes a toggle or a choice. Answers of the branch that is left stay. D17.
fn change(model: &mut Model, action: Action) {
    let Some((form, field)) = focused(model) else { return };
    let Some(spec) = form.spec() else { return };
    match field.kind {
        Kind::Toggle => {
            let on = match action {
                Action::Left => false,
                Action::Right => true,
                _ => !form.values.toggle(field.key),
            };
            form::set_toggle(spec, &mut form.values, field.key, on);
        }
        Kind::Choice(options) if !options.is_empty() => {
            let now = form.values.choice(field.key);
            let at = options.iter().position(|it| Some(it.key) == now);
            let next = match (at, action) {
                (None, _) => 0,
                (Some(at), Action::Left) => (at + options.len() - 1) % options.len(),
                (Some(at), _) => (at + 1) % options.len(),
            };
            let Some(option) = options.get(next) else { return };
            if field.key == "type" {
                switch_type(model, option.key);
                return;
            }
            form::set_choice(spec, &mut form.values, field.key, option.key);
        }
        _ => return,
    }
    form.errors.remove(field.key);
}

/// Goes on with the other type's form; what was typed is kept.
fn switch_type(model: &mut Model, slug: &str) {
    let Some(form) = model.form.as_deref_mut() else { return };
    if form.target.is_some() {
        let text =
            "The type of a saved connection cannot be changed. Clone it or create a new one.";
        model.say(NoticeTone::Info, text);
        return;
    }
    let Some(kind) = ConnectionType::parse(slug) else { return };
    let Some(spec) = specs::of(kind) else { return };
    let untouched = !form.changed();
    form::switch_type(&mut form.values, spec);
    form.kind = kind;
    form.errors.clear();
    if untouched {
        // Only looking at types is no change worth a draft.
        form.original = form.values.clone();
    }
}

/// A key that types into the focused field.
pub(super) fn type_key(model: &mut Model, key: Key) {
    let Some((form, field)) = focused(model) else { return };
    // A stored secret is replaced as a whole: backspace does not edit what cannot be seen.
    if key.name == KeyName::Backspace && form.input.is_empty() {
        return;
    }
    if form.input.edit(key) == Some(true) {
        store(form, field);
    }
}

/// A paste into the focused field. D5: a line break at the end is trimmed, and said.
pub(super) fn paste(model: &mut Model, text: &str) {
    let Some((form, field)) = focused(model) else { return };
    let report = form.input.paste(text);
    store(form, field);
    if report.cut > 0 {
        let text =
            format!("The paste was too long: the last {} characters were left out.", report.cut);
        model.say(NoticeTone::Failed, text);
    } else if report.trimmed || report.joined {
        model.say(NoticeTone::Info, "Line breaks of the paste were left out.");
    }
}

/// Takes the input line over into the values.
fn store(form: &mut Wizard, field: &'static Field) {
    let text = form.input.value();
    let value = match (field.kind, text.is_empty()) {
        (Kind::Secret { .. }, true) => form.original.get(field.key).cloned(),
        (Kind::Secret { .. }, false) => Some(Value::Secret(Held::New(Secret::new(text)))),
        (_, true) if form.original.get(field.key).is_none() => None,
        (_, _) => Some(Value::Text(text.to_owned())),
    };
    match value {
        Some(value) => form.values.set(field.key, value),
        None => _ = form.values.clear(field.key),
    }
    form.errors.remove(field.key);
}

fn clear(model: &mut Model) {
    let Some((form, field)) = focused(model) else { return };
    let Some(spec) = form.spec() else { return };
    match field.kind {
        Kind::Text { .. } | Kind::Secret { .. } | Kind::Day => {
            form.input.clear();
            store(form, field);
        }
        Kind::PickOne(_) | Kind::PickMany(_) => {
            form::picked(spec, &mut form.values, field.key, Vec::new());
        }
        // A choice always has an option; keys and tokens are replaced, not emptied.
        Kind::Toggle | Kind::Choice(_) | Kind::Key(_) | Kind::Tokens | Kind::Agent => {}
    }
}

fn open_picker(model: &mut Model) -> Vec<Effect> {
    let Some((form, field)) = focused(model) else { return Vec::new() };
    let tenant_field = match field.kind {
        Kind::PickOne(source) | Kind::PickMany(source) => source.tenant_field(),
        _ => None,
    };
    let tenant = tenant_field.and_then(|key| form.values.picks(key).first());
    if tenant_field.is_some() && tenant.is_none() {
        model.say(NoticeTone::Info, "Pick the tenant first: its entries are offered here.");
        return Vec::new();
    }
    let Some(mut picker) = Picker::new(field, tenant, form.values.picks(field.key)) else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    if let Some(kind) = picker.object_kind() {
        let request = model.request(Waiting::Objects);
        picker.loading = Some(request);
        effects.push(Effect::Objects { request, kind, tenant: picker.tenant.clone() });
    }
    model.modals.push(Modal::Picker(Box::new(picker)));
    effects
}

/// Kind of object that a tenant field offers, for reading it again.
pub(super) fn read_again(model: &mut Model, kind: ObjectKind) -> Option<Effect> {
    let tenant = match model.modals.last() {
        Some(Modal::Picker(picker)) => picker.tenant.clone(),
        _ => return None,
    };
    let request = model.request(Waiting::Objects);
    if let Some(Modal::Picker(picker)) = model.modals.last_mut() {
        picker.loading = Some(request);
        picker.error = None;
    }
    Some(Effect::Objects { request, kind, tenant })
}

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
    let Some(form) = model.form.as_deref() else { return Err(Vec::new()) };
    let Some((path, held)) = secret_path(form, field) else { return Err(Vec::new()) };
    match (held, form.target.map(|it| it.id).or(form.secrets_from)) {
        (Held::New(secret), _) => Ok(secret),
        (Held::Stored(_), Some(id)) => {
            let request = model.request(Waiting::Reveal);
            if let Some(form) = model.form.as_deref_mut() {
                form.busy = Some((request, busy));
            }
            Err(vec![Effect::Reveal { request, id, path }])
        }
        (Held::Stored(_), None) => Err(Vec::new()),
    }
}

/// Shows or hides the focused secret. D5, D6.
fn reveal(model: &mut Model) -> Vec<Effect> {
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
    if let Some(form) = model.form.as_deref_mut() {
        form.revealed = Some(Revealed { field, text: Some(text) });
    }
}

/// Copies the answer of the focused field; a secret only because the user asked for this one.
fn copy_value(model: &mut Model) -> Vec<Effect> {
    let Some((form, field)) = focused(model) else { return Vec::new() };
    let plain = match form.values.get(field.key) {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::One(_) | Value::Many(_)) => {
            let labels: Vec<&str> =
                form.values.picks(field.key).iter().map(|it| it.label.as_str()).collect();
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
fn copy_command(model: &mut Model) -> Vec<Effect> {
    let Some(form) = model.form.as_deref() else { return Vec::new() };
    let key = form.spec().and_then(|spec| {
        spec.visible_fields(&form.values)
            .find(|field| field.kind == Kind::Key(crate::domain::key::KeyKind::Configuration))
    });
    let Some(field) = key else { return Vec::new() };
    if !form.values.answered(field.key) {
        model
            .say(NoticeTone::Info, "Generate the configuration key first: the command carries it.");
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
    let text = Secret::new(install_command(
        &settings.install_command,
        settings.agent_url.as_deref(),
        key.expose(),
    ));
    model.say(NoticeTone::Info, sent("the install command with the key"));
    vec![Effect::Copy { text }]
}

/// Fills the install command. `{agent}` becomes the file name of the download location.
pub fn install_command(template: &str, agent_url: Option<&str>, key: &str) -> String {
    let name = agent_url
        .and_then(|url| url.split(['?', '#']).next())
        .and_then(|url| url.rsplit('/').next())
        .filter(|name| name.contains('.') && !name.contains(['"', '\'', '\\']))
        .unwrap_or("DeviceAgent.msi");
    let command = template.replace("{agent}", name);
    if command.contains("{key}") {
        command.replace("{key}", key)
    } else {
        format!("{command}\n{key}")
    }
}

/// Issues a key or asks for a bulk token; an existing key is replaced only after a question. D6.
fn generate(model: &mut Model) -> Vec<Effect> {
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
            model.modals.push(Modal::Regenerate { field: field.key, at: 0 });
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
    let Some(field) = model.form.as_ref().and_then(|form| form.spec()?.field(key)) else {
        return Vec::new();
    };
    let Kind::Key(kind) = field.kind else { return Vec::new() };
    let request = model.request(Waiting::Key);
    if let Some(form) = model.form.as_deref_mut() {
        form.busy = Some((request, Busy::Key(field.key)));
    }
    vec![Effect::IssueKey { request, kind }]
}

fn paste_token(model: &mut Model) {
    if focused(model).is_some_and(|(_, field)| field.kind == Kind::Tokens) {
        model.modals.push(Modal::Prompt(Box::new(Prompt::paste_token())));
    }
}

/// Esc: hides a secret, stops waiting, or leaves; asks when something was changed. C7.
fn leave(model: &mut Model) -> Vec<Effect> {
    let Some(form) = model.form.as_deref_mut() else { return Vec::new() };
    if form.revealed.take().is_some() {
        return Vec::new();
    }
    if let Some((request, busy)) = form.busy {
        if busy == Busy::Saving {
            model.say(NoticeTone::Info, "Saving: wait for the answer.");
            return Vec::new();
        }
        form.busy = None;
        return cancel(model, Some(request));
    }
    if form.changed() {
        model.modals.push(Modal::Leave { at: 1, quit: false });
        return Vec::new();
    }
    close(model)
}

/// Closes the form and stops what it waits for.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    let Some(form) = model.form.take() else { return Vec::new() };
    cancel(model, form.busy.map(|(request, _)| request))
}
