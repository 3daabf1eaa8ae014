//! The form: moving between fields and steps, typing, choosing, keys. G1-G12, D1-D17.

use super::super::effect::Effect;
use super::super::geometry;
use super::super::modal::Modal;
use super::super::model::{NoticeTone, Waiting};
use super::super::picker::Picker;
use super::super::prompt::Prompt;
use super::super::wizard::{Busy, Wizard};
use super::super::{Action, Key, KeyName, Model, ScreenKind};
use super::{agent, cancel, draft, save, screens, secrets};
use crate::domain::directory::ObjectKind;
use crate::domain::{ConnectionType, Held, Secret};
use crate::form::{self, Field, Kind, Limits, Value, specs};

/// Opens an empty form. C6.
pub(super) fn create(model: &mut Model, kind: ConnectionType) -> Vec<Effect> {
    let Some(spec) = specs::of(kind) else { return Vec::new() };
    let draft = draft::new_id(model);
    let mut form = Wizard::new(kind, form::initial(spec), draft);
    focus(&mut form, 0, 0);
    screens::open(model, form)
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
    let Some(form) = model.screens.form_mut() else { return };
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
    if model.screens.form().is_some_and(|form| form.in_review()) {
        return review(model, action);
    }
    match action {
        Action::NextField => step_by(model, 1),
        Action::PrevField => step_by(model, -1),
        Action::NextStep => go_step(model, 1),
        Action::PrevStep => go_step(model, -1),
        Action::Up => up_or_down(model, -1),
        Action::Down => up_or_down(model, 1),
        Action::Activate => return activate(model),
        Action::Toggle | Action::Left | Action::Right => change(model, action),
        Action::Save => return save::save(model),
        Action::Reveal => return secrets::reveal(model),
        Action::CopyValue => return secrets::copy_value(model),
        Action::CopyCommand => return secrets::copy_command(model),
        Action::FetchAgent => return agent::ask(model),
        Action::Generate => return secrets::generate(model),
        Action::Paste => paste_token(model),
        Action::ClearField => clear(model),
        Action::Back => return leave(model),
        _ => {}
    }
    Vec::new()
}

fn review(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    let last = geometry::review_last(model);
    let Some(form) = model.screens.form_mut() else { return Vec::new() };
    let top = form.top.min(last);
    form.top = match action {
        Action::Up => top.saturating_sub(1),
        Action::Down => top + 1,
        // A page further up is the step before, as a page further down of it was the review.
        Action::PageUp if top == 0 => {
            go_step(model, -1);
            return Vec::new();
        }
        Action::PageUp => top.saturating_sub(page),
        Action::PageDown => top + page,
        Action::Top => 0,
        Action::Bottom => last,
        Action::PrevField => {
            step_by(model, -1);
            return Vec::new();
        }
        Action::PrevStep | Action::Back => {
            go_step(model, -1);
            return Vec::new();
        }
        Action::Save | Action::Activate => return save::save(model),
        _ => top,
    }
    .min(last);
    Vec::new()
}

/// Moves the focus by fields, over the ends of the steps.
fn step_by(model: &mut Model, by: isize) {
    leave_field(model);
    let Some(form) = model.screens.form_mut() else { return };
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
    if model.screens.form().is_some_and(|form| form.in_review()) {
        save::check(model);
    }
}

fn go_step(model: &mut Model, by: isize) {
    leave_field(model);
    let Some(form) = model.screens.form_mut() else { return };
    let step = form.step.saturating_add_signed(by);
    focus(form, step, 0);
    if form.in_review() {
        save::check(model);
    }
}

/// Chooses the option above or below; at the ends of the options, and where nothing can be chosen,
/// goes to the field above or below.
fn up_or_down(model: &mut Model, by: isize) {
    let next = model.capabilities.write.then(|| option_by(model, by)).flatten();
    match next {
        Some(option) => choose(model, option),
        None => step_by(model, by),
    }
}

/// The option so many places below the chosen one, if the focused field is a choice and has it.
fn option_by(model: &mut Model, by: isize) -> Option<&'static str> {
    let (form, field) = focused(model)?;
    let Kind::Choice(options) = field.kind else { return None };
    // The type of a saved connection stays.
    if field.key == "type" && form.target.is_some() {
        return None;
    }
    let now = form.values.choice(field.key);
    let at = options.iter().position(|it| Some(it.key) == now);
    let next = match at {
        None => usize::try_from(by).ok()?.checked_sub(1)?,
        Some(at) => at.checked_add_signed(by)?,
    };
    options.get(next).map(|it| it.key)
}

/// Chooses an option by its number from 1; whether the focused field is a choice.
pub(super) fn choose_by_number(model: &mut Model, key: Key) -> bool {
    let Some(Kind::Choice(options)) = focused(model).map(|(_, field)| field.kind) else {
        return false;
    };
    let digit = key.typed().and_then(|it| it.to_digit(10)).and_then(|it| usize::try_from(it).ok());
    let option = digit.and_then(|it| it.checked_sub(1)).and_then(|at| options.get(at));
    match option {
        Some(_) if !model.capabilities.write => _ = refuse(model),
        Some(option) => choose(model, option.key),
        None => return false,
    }
    true
}

/// Enter: whatever comes next for this kind of field.
fn activate(model: &mut Model) -> Vec<Effect> {
    let looking = !model.capabilities.write;
    let Some((form, field)) = focused(model) else { return Vec::new() };
    if looking && matches!(field.kind, Kind::Toggle | Kind::PickOne(_) | Kind::PickMany(_)) {
        return refuse(model);
    }
    match field.kind {
        Kind::Choice(_) if field.key == "type" && !looking && form.target.is_none() => {
            let picker = Picker::types(field, form.kind);
            model.modals.push(Modal::Picker(Box::new(picker)));
        }
        Kind::Text { .. } | Kind::Secret { .. } | Kind::Day | Kind::Choice(_) => step_by(model, 1),
        Kind::Toggle => change(model, Action::Toggle),
        Kind::PickOne(_) | Kind::PickMany(_) => return open_picker(model),
        Kind::Key(_) | Kind::Tokens if form.values.answered(field.key) => step_by(model, 1),
        Kind::Key(_) | Kind::Tokens => return secrets::generate(model),
        Kind::Agent => return secrets::copy_command(model),
    }
    Vec::new()
}

pub(super) fn focused(model: &mut Model) -> Option<(&mut Wizard, &'static Field)> {
    let form = model.screens.form_mut()?;
    let field = form.focused()?;
    Some((form, field))
}

/// Changes a toggle or a choice. Answers of the branch that is left stay. D17.
fn change(model: &mut Model, action: Action) {
    let Some((form, field)) = focused(model) else { return };
    match field.kind {
        Kind::Toggle => {
            let on = match action {
                Action::Left => false,
                Action::Right => true,
                _ => !form.values.toggle(field.key),
            };
            form.turn(field, on);
        }
        Kind::Choice(options) if !options.is_empty() => {
            let now = form.values.choice(field.key);
            let at = options.iter().position(|it| Some(it.key) == now);
            let next = match (at, action) {
                (None, _) => 0,
                (Some(at), Action::Left) => (at + options.len() - 1) % options.len(),
                (Some(at), _) => (at + 1) % options.len(),
            };
            if let Some(option) = options.get(next) {
                choose(model, option.key);
            }
        }
        _ => {}
    }
}

/// Chooses an option of the focused field.
fn choose(model: &mut Model, option: &'static str) {
    let Some((form, field)) = focused(model) else { return };
    if field.key == "type" {
        switch_type(model, option);
        return;
    }
    form.choose(field, option);
}

/// Goes on with the other type's form; what was typed is kept.
pub(super) fn switch_type(model: &mut Model, slug: &str) {
    let Some(form) = model.screens.form_mut() else { return };
    if form.target.is_some() {
        let text =
            "The type of a saved connection cannot be changed. Clone it or create a new one.";
        model.say(NoticeTone::Info, text);
        return;
    }
    let Some(kind) = ConnectionType::parse(slug) else { return };
    let Some(spec) = specs::of(kind) else { return };
    form.switch_to(spec);
}

/// A form that is only looked at takes no changes, so that nothing typed is ever lost.
fn refuse(model: &mut Model) -> Vec<Effect> {
    let reason = model.read_only_reason();
    model.say(NoticeTone::Info, reason);
    Vec::new()
}

/// A key that types into the focused field; into a pick field it opens the list and searches there.
pub(super) fn type_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let moves = [KeyName::Left, KeyName::Right, KeyName::Home, KeyName::End].contains(&key.name);
    if !model.capabilities.write && !moves {
        return refuse(model);
    }
    let Some((form, field)) = focused(model) else { return Vec::new() };
    if field.kind.source().is_some() {
        return match (key.name, key.typed()) {
            (KeyName::Backspace | KeyName::Delete, _) => {
                clear(model);
                Vec::new()
            }
            (_, Some(' ')) => open_picker(model),
            (_, Some(c)) => search_picker(model, c.encode_utf8(&mut [0; 4])),
            (_, None) => Vec::new(),
        };
    }
    // A stored secret is replaced as a whole: backspace does not edit what cannot be seen.
    if key.name == KeyName::Backspace && form.input.is_empty() {
        return Vec::new();
    }
    if form.input.edit(key) == Some(true) {
        store(form, field);
    }
    Vec::new()
}

/// Opens the pick list of the focused field and searches for a text in it.
fn search_picker(model: &mut Model, text: &str) -> Vec<Effect> {
    let effects = open_picker(model);
    if let Some(Modal::Picker(picker)) = model.modals.last_mut() {
        picker.search.line.paste_text(text);
        picker.apply();
    }
    effects
}

/// A paste into the focused field. D5: a line break at the end is trimmed, and said; in a text also
/// a tab.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if !model.capabilities.write {
        return refuse(model);
    }
    let Some((form, field)) = focused(model) else { return Vec::new() };
    if field.kind.source().is_some() {
        return search_picker(model, text);
    }
    let secret = matches!(field.kind, Kind::Secret { .. });
    let report = if secret { form.input.paste(text) } else { form.input.paste_text(text) };
    store(form, field);
    if report.cut > 0 {
        let text =
            format!("The paste was too long: the last {} characters were left out.", report.cut);
        model.say(NoticeTone::Failed, text);
    } else if !secret && report.joined {
        model.say(NoticeTone::Info, "Tabs and line breaks of the paste became spaces.");
    } else if !secret && report.trimmed {
        model.say(NoticeTone::Info, "Tabs and line breaks around the paste were left out.");
    } else if report.trimmed || report.joined {
        model.say(NoticeTone::Info, "Line breaks of the paste were left out.");
    }
    Vec::new()
}

/// Takes the input line over into the values.
fn store(form: &mut Wizard, field: &'static Field) {
    if matches!(field.kind, Kind::Secret { .. }) {
        let secret = Secret::new(form.input.value());
        form.put_secret(field, Some(secret).filter(|it| !it.is_empty()));
    } else {
        let text = form.input.value().to_owned();
        form.put_text(field, &text);
    }
}

fn clear(model: &mut Model) {
    let Some((form, field)) = focused(model) else { return };
    form.input.clear();
    form.clear(field);
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

/// Reads the entries of the pick list on top again.
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
    Some(Effect::RefreshObjects { request, kind, tenant })
}

pub(super) fn paste_token(model: &mut Model) {
    if focused(model).is_some_and(|(_, field)| field.kind == Kind::Tokens) {
        model.modals.push(Modal::Prompt(Box::new(Prompt::paste_token())));
    }
}

/// Esc: hides a secret, stops waiting, or leaves; asks when something was changed. C7.
fn leave(model: &mut Model) -> Vec<Effect> {
    let Some(form) = model.screens.form_mut() else { return Vec::new() };
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
    let changed = form.changed();
    if let Some(effects) = agent::stop(model) {
        return effects;
    }
    if changed {
        model.modals.push(Modal::Leave { at: 1, quit: false });
        return Vec::new();
    }
    close(model)
}

/// Closes the form and stops what it waits for. Without a change no draft of it stays behind.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    let unchanged = model.screens.form().is_some_and(|form| !form.changed());
    let mut effects = if unchanged { draft::keep(model) } else { Vec::new() };
    effects.extend(screens::leave(model, ScreenKind::Form));
    effects
}
