//! The pick list of a field. G3-G10.

use super::super::effect::Effect;
use super::super::modal::Modal;
use super::super::model::NoticeTone;
use super::super::picker::Picker;
use super::super::prompt::Prompt;
use super::super::{Action, Model};
use super::commands::sent;
use super::{cancel, moved, wizard};
use crate::domain::{DirectoryObject, ObjectKind, Platform, Secret};
use crate::form::{self, Source, Spec};

fn top(model: &mut Model) -> Option<&mut Picker> {
    match model.modals.last_mut() {
        Some(Modal::Picker(picker)) => Some(picker),
        _ => None,
    }
}

/// The form that a pick list belongs to.
pub(super) fn spec_of(model: &Model) -> Option<&'static Spec> {
    model.screens.form()?.spec()
}

/// An action in the pick list.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    let editable = model.capabilities.edit_directory;
    let Some(picker) = top(model) else { return Vec::new() };
    match action {
        Action::Activate => accept(model),
        Action::Toggle => {
            if let Err(why) = picker.toggle() {
                model.say(NoticeTone::Failed, why);
            } else if picker.many {
                picker.at = moved(picker.at, picker.shown.len(), page, Action::Down);
            }
        }
        Action::Refresh => {
            if let Some(kind) = picker.object_kind() {
                let old = picker.loading.take();
                let mut effects = cancel(model, old);
                effects.extend(wizard::read_again(model, kind));
                return effects;
            }
        }
        Action::AddObject | Action::EditObject => {
            let object = picker.current().and_then(|item| item.object.clone());
            let object = object.filter(|_| action == Action::EditObject);
            match picker.object_kind() {
                Some(_) if !editable => {
                    model.say(NoticeTone::Info, "The directory of this context is read-only.");
                }
                Some(_) if action == Action::EditObject && object.is_none() => {}
                Some(kind) => {
                    let (tenant, kinds) = (picker.tenant.clone(), picker.profile_kinds());
                    let platform = match (&object, picker.source) {
                        (Some(DirectoryObject::Tenant(it)), _) => it.platform,
                        (_, Some(Source::Tenants { of })) => of,
                        _ => Platform::default(),
                    };
                    let prompt = match (kind, platform) {
                        (ObjectKind::Tenant, Platform::Google) => {
                            Prompt::google_tenant(object.as_ref())
                        }
                        _ => Prompt::object(kind, tenant, object.as_ref(), kinds),
                    };
                    model.modals.push(Modal::Prompt(Box::new(prompt)));
                }
                None if picker.source.is_none() => {}
                None => {
                    model.say(
                        NoticeTone::Info,
                        "Locations belong to the tenant: edit the tenant instead.",
                    );
                }
            }
        }
        Action::OpenLink => return copy_link(model),
        Action::Back if picker.search.end() => picker.apply(),
        Action::Back => return close(model),
        movement => picker.at = moved(picker.at, picker.shown.len(), page, movement),
    }
    Vec::new()
}

fn close(model: &mut Model) -> Vec<Effect> {
    let loading = top(model).and_then(|picker| picker.loading);
    model.modals.pop();
    cancel(model, loading)
}

/// Enter: takes what is picked, or the entry under the cursor when nothing ever was.
fn accept(model: &mut Model) {
    let Some(picker) = top(model) else { return };
    let under = picker.current().map(|item| picker.is_picked(item));
    // In a list of one the entry under the cursor is meant; in a list of several, what is ticked.
    // Whoever took the last tick back wants none; only a list that nobody ticked in takes the cursor.
    let untouched = picker.picked.is_empty() && !picker.ticked;
    let takes_cursor = under == Some(false) && (!picker.many || untouched);
    if let Some(why) = takes_cursor.then(|| picker.toggle().err()).flatten() {
        model.say(NoticeTone::Failed, why);
        return;
    }
    let (key, picked, loading) = (picker.field, picker.picked.clone(), picker.loading);
    let types = picker.source.is_none();
    model.modals.pop();
    if types {
        if let Some(kind) = picked.first() {
            wizard::switch_type(model, kind.id.as_str());
        }
        return;
    }
    if let Some(request) = loading {
        model.waiting.remove(&request);
    }
    let Some(form) = model.screens.form_mut() else { return };
    let Some(spec) = form.spec() else { return };
    form::picked(spec, &mut form.values, key, picked);
    form.errors.remove(key);
}

/// Copies the address where the missing entry can be made. G6: shown, copied, clickable.
fn copy_link(model: &mut Model) -> Vec<Effect> {
    let url = link(model);
    if url.is_empty() {
        model.say(
            NoticeTone::Info,
            "No address is known for this cloud: set it under aos in the config.",
        );
        return Vec::new();
    }
    model.say(NoticeTone::Info, sent(&url));
    vec![Effect::Copy { text: Secret::new(url) }]
}

/// Address where the missing entry of the pick list on top can be made, in the portal of the picked
/// tenant's cloud; empty: none is configured.
pub fn link(model: &Model) -> String {
    let Some(Modal::Picker(picker)) = model.modals.last() else { return String::new() };
    let link = spec_of(model).and_then(|it| it.field(picker.field)).and_then(|field| field.link);
    let tenant = picker
        .source
        .and_then(Source::tenant_field)
        .and_then(|key| model.screens.form()?.values.picks(key).first());
    let traits = tenant.map(|it| it.traits);
    link.and_then(|it| it.url(&model.settings.portals, traits)).unwrap_or_default()
}
