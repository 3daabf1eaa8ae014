//! Changing values: what a choice, a toggle or a pick does to the rest of the form.

use std::collections::BTreeSet;

use super::{Field, Key, Kind, Picked, Source, Spec, Trait, Value, Values, specs};
use crate::domain::health::Directory;
use crate::domain::{DirectoryObject, ObjectId};

/// What a new form starts with: its type, each choice at its first option, each toggle off.
pub fn initial(spec: &'static Spec) -> Values {
    let mut values = Values::default();
    fill_defaults(spec, &mut values);
    set_choice(spec, &mut values, "type", &spec.kind.slug());
    values
}

/// Goes on with another connection type. Everything typed is kept, also what only the other form
/// asks, so that going back finds it. D17.
pub fn switch_type(values: &mut Values, to: &'static Spec) {
    fill_defaults(to, values);
    set_choice(to, values, "type", &to.kind.slug());
}

fn fill_defaults(spec: &'static Spec, values: &mut Values) {
    for field in spec.fields() {
        if values.get(field.key).is_some_and(|it| field.kind.takes(it)) {
            continue;
        }
        if let Some(value) = default(field.kind) {
            values.set(field.key, value);
        }
    }
}

/// What a field starts with.
fn default(kind: Kind) -> Option<Value> {
    match kind {
        Kind::Choice(options) => options.first().map(|it| Value::Choice(it.key)),
        Kind::Toggle => Some(Value::Toggle(false)),
        Kind::Text { .. }
        | Kind::Secret { .. }
        | Kind::Day
        | Kind::PickOne(_)
        | Kind::PickMany(_)
        | Kind::Key(_)
        | Kind::Tokens
        | Kind::Agent => None,
    }
}

/// Whether somebody answers differently in two states of a form. What a form starts with is no
/// answer, and neither is the type alone: looking at the forms of other types changes nothing.
pub fn differ(one: &Values, other: &Values) -> bool {
    let start = |key: &str| {
        specs::ALL.iter().find_map(|spec| spec.field(key)).and_then(|it| default(it.kind))
    };
    let keys: BTreeSet<Key> = one.iter().chain(other.iter()).map(|(key, _)| key).collect();
    keys.into_iter().filter(|key| *key != "type").any(|key| match (one.get(key), other.get(key)) {
        (Some(one), Some(other)) => one != other,
        (Some(only), None) | (None, Some(only)) => start(key).as_ref() != Some(only),
        (None, None) => false,
    })
}

/// Chooses an option by its key; `false` when the field has no such option.
pub fn set_choice(spec: &'static Spec, values: &mut Values, key: &str, option: &str) -> bool {
    let Some(field) = spec.field(key) else { return false };
    let Kind::Choice(options) = field.kind else { return false };
    let Some(option) = options.iter().find(|it| it.key == option) else { return false };
    values.set(field.key, Value::Choice(option.key));
    true
}

/// Turns a toggle on or off; `false` when the field is not one.
pub fn set_toggle(spec: &'static Spec, values: &mut Values, key: &str, on: bool) -> bool {
    match spec.field(key) {
        Some(Field { key, kind: Kind::Toggle, .. }) => {
            values.set(key, Value::Toggle(on));
            true
        }
        _ => false,
    }
}

/// Carries answers over to what a changed choice or toggle newly asks: a pick without an answer takes
/// that of a field that is not asked now and is picked from the same list, such as the tenant of the
/// other side. Nothing that was answered changes.
pub fn carry(spec: &'static Spec, before: &Values, values: &mut Values) {
    let asked = |values: &Values| -> Vec<&'static Field> { spec.visible_fields(values).collect() };
    let is_in = |fields: &[&Field], it: &Field| fields.iter().any(|other| other.key == it.key);
    let old = asked(before);
    // A tenant stands before what is picked of it, so that the two are compared once it is known.
    for field in asked(values) {
        if is_in(&old, field) || values.answered(field.key) {
            continue;
        }
        let now = asked(values);
        let hidden = spec.fields().filter(|it| !is_in(&now, it));
        // What was asked last is what the user has in mind.
        let (recent, older): (Vec<_>, Vec<_>) = hidden.partition(|it| is_in(&old, it));
        let sibling =
            recent.into_iter().chain(older).find_map(|it| fitting(spec, it, field, values));
        if let Some(pick) = sibling {
            picked(spec, values, field.key, vec![pick]);
        }
    }
}

/// The pick of one field, as far as another takes it.
fn fitting(spec: &'static Spec, from: &Field, to: &Field, values: &Values) -> Option<Picked> {
    let (Kind::PickOne(from_source), Kind::PickOne(to_source)) = (from.kind, to.kind) else {
        return None;
    };
    if std::mem::discriminant(&from_source) != std::mem::discriminant(&to_source) {
        return None;
    }
    let tenant = |source: Source| source.tenant_field().map(|key| values.picks(key).first());
    let same = match (tenant(from_source), tenant(to_source)) {
        (Some(one), Some(other)) => one.map(|it| &it.id) == other.map(|it| &it.id),
        (one, other) => one.is_none() && other.is_none(),
    };
    let pick = values.picks(from.key).first().filter(|_| same)?;
    spec.refusal(to, pick).is_none().then(|| pick.clone())
}

/// Picks objects: none clears the pick. A change of tenant clears every pick that belonged to
/// the old one (G5), and a text that is filled from the pick follows it unless it was changed by
/// hand (G7).
pub fn picked(spec: &'static Spec, values: &mut Values, key: &str, picks: Vec<Picked>) {
    let Some(field) = spec.field(key) else { return };
    let before = values.picks(field.key).to_vec();
    let after = match field.kind {
        Kind::PickOne(_) => picks.into_iter().take(1).collect(),
        Kind::PickMany(_) => distinct(picks),
        Kind::Text { .. }
        | Kind::Secret { .. }
        | Kind::Day
        | Kind::Toggle
        | Kind::Choice(_)
        | Kind::Key(_)
        | Kind::Tokens
        | Kind::Agent => return,
    };
    if !same_ids(&before, &after) {
        for dependent in spec.dependents(field.key) {
            picked(spec, values, dependent.key, Vec::new());
            for filled in filled_by(spec, dependent.key) {
                values.clear(filled.key);
            }
        }
    }
    for filled in filled_by(spec, field.key) {
        let old = before.first().and_then(|it| it.fills.as_ref());
        let typed = values.text(filled.key).trim();
        // What belongs to a tenant never goes over to another.
        let moved = matches!(field.kind.source(), Some(Source::Tenants { .. }))
            && !before.is_empty()
            && !same_ids(&before, &after);
        if moved || typed.is_empty() || old.is_some_and(|it| it == typed) {
            match after.first().and_then(|it| it.fills.as_ref()) {
                Some(text) => values.set(filled.key, Value::Text(text.clone())),
                None => _ = values.clear(filled.key),
            }
        }
    }
    put(field, values, after);
}

fn distinct(picks: Vec<Picked>) -> Vec<Picked> {
    let mut out: Vec<Picked> = Vec::with_capacity(picks.len());
    for pick in picks {
        if out.iter().all(|it| it.id != pick.id) {
            out.push(pick);
        }
    }
    out
}

fn same_ids(a: &[Picked], b: &[Picked]) -> bool {
    a.iter().map(|it| &it.id).eq(b.iter().map(|it| &it.id))
}

fn filled_by(spec: &'static Spec, key: Key) -> impl Iterator<Item = &'static Field> {
    spec.fields().filter(move |it| it.filled_by == Some(key))
}

/// Stores picks in the shape of the field; none takes the value away.
fn put(field: &Field, values: &mut Values, picks: Vec<Picked>) {
    if matches!(field.kind, Kind::PickMany(_)) && !picks.is_empty() {
        values.set(field.key, Value::Many(picks));
    } else if let Some(first) = picks.into_iter().next() {
        values.set(field.key, Value::One(first));
    } else {
        values.clear(field.key);
    }
}

/// Reads every pick again from the directory: names, traits and what has gone missing. Nothing is
/// unpicked, so that opening or refreshing a record loses nothing. C4, C7.
pub fn refresh(spec: &'static Spec, values: &mut Values, directory: &Directory) {
    for field in spec.fields() {
        let Some(source) = field.kind.source() else { continue };
        let tenant = source.tenant_field().and_then(|key| values.picks(key).first()).cloned();
        let picks = values.picks(field.key).to_vec();
        let fresh = picks.into_iter().map(|pick| again(source, tenant.as_ref(), pick, directory));
        let mut fresh: Vec<Picked> = fresh.collect();
        if matches!(source, Source::Tenants { .. }) && has_location(spec, values, field.key) {
            // A location was answered: the question for it stays, whatever the tenant says now.
            for pick in &mut fresh {
                pick.traits = pick.traits.with(Trait::MultiGeo);
            }
        }
        if !fresh.is_empty() {
            put(field, values, fresh);
        }
    }
}

fn has_location(spec: &'static Spec, values: &Values, tenant: Key) -> bool {
    spec.dependents(tenant).any(|it| {
        matches!(it.kind.source(), Some(Source::Locations { .. })) && values.answered(it.key)
    })
}

fn again(
    source: Source,
    tenant: Option<&Picked>,
    mut pick: Picked,
    directory: &Directory,
) -> Picked {
    if let Source::Locations { .. } = source {
        let known = tenant.filter(|it| !it.traits.has(Trait::Missing));
        let gone = known.is_some_and(|it| {
            !it.extra.iter().any(|code| code.eq_ignore_ascii_case(pick.id.as_str()))
        });
        return if gone { Picked::missing(&pick.id) } else { location(pick.id.as_str()) };
    }
    match look_up(source, tenant.map(|it| &it.id), &pick.id, directory) {
        Some(object) => Picked::from(object),
        None => {
            // What was known of it decides which questions stay open.
            pick.traits = pick.traits.with(Trait::Missing);
            pick
        }
    }
}

/// A directory object by the place that it is picked from; a location is not an object.
fn look_up<'a>(
    source: Source,
    tenant: Option<&ObjectId>,
    id: &ObjectId,
    directory: &'a Directory,
) -> Option<&'a DirectoryObject> {
    let tenant = if matches!(source, Source::Tenants { .. }) { id } else { tenant? };
    directory.get(source.object()?, tenant, id)
}

/// A location as it is picked: its code is its name.
pub fn location(code: &str) -> Picked {
    Picked {
        id: ObjectId(code.to_owned()),
        label: code.to_owned(),
        traits: super::Traits::default(),
        extra: Vec::new(),
        fills: None,
        ends: None,
    }
}

/// The entries of a pick list of locations: what the picked tenant has. G4.
pub fn locations(tenant: &Picked) -> Vec<Picked> {
    if !tenant.traits.has(Trait::MultiGeo) {
        return Vec::new();
    }
    tenant.extra.iter().map(|code| location(code)).collect()
}
