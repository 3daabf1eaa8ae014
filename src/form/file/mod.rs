//! A form's values as the record of a connection file, and what differs between two of them.
//!
//! A record has the keys of the form. Objects stand by name where that is enough, by id where it
//! is not. A secret never stands in it: where the store has one, the record says that it stays.

mod schema;

pub use schema::schema;

use serde_json::{Value as Json, json};

use super::lookup::Lookup;
use super::{Field, Key, Kind, Picked, Spec, Trait, Value, Values, check};
use crate::domain::Held;
use crate::domain::token::BulkToken;

/// The answers of a record, in the order of the form. What reads back is the same values.
pub fn record(spec: &'static Spec, values: &Values, lookup: &Lookup<'_>) -> Vec<(Key, Json)> {
    spec.visible_fields(values)
        .filter_map(|field| Some((field.key, answer(spec, field, values, lookup)?)))
        .collect()
}

fn answer(
    spec: &'static Spec,
    field: &'static Field,
    values: &Values,
    lookup: &Lookup<'_>,
) -> Option<Json> {
    if field.key == "type" {
        return Some(Json::from(spec.kind.slug()));
    }
    let value = values.get(field.key).filter(|it| field.kind.takes(it) && it.is_answer());
    let Some(value) = value else {
        // Left out, it would be filled in again from the pick.
        return field.filled_by.map(|_| Json::from(""));
    };
    let named = |pick: &Picked| {
        let Some(source) = field.kind.source() else { return pick.id.0.clone() };
        let tenant = source.tenant_field().and_then(|key| values.picks(key).first());
        lookup.name_of(source, tenant.map(|it| &it.id), pick, values.picks(field.key))
    };
    Some(match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Toggle(on) => Json::from(*on),
        Value::Choice(option) => Json::from(*option),
        Value::One(pick) => Json::from(named(pick)),
        Value::Many(picks) => picks.iter().map(named).collect(),
        Value::Secret(_) | Value::Tokens(_) => json!({ "keep": true }),
        Value::Key(_) => json!({ "issued": true }),
    })
}

/// Whether two sets of values say the same: the same questions with the same answers.
pub fn same(spec: &'static Spec, a: &Values, b: &Values) -> bool {
    let answers = |values: &Values| -> Vec<(Key, Value)> {
        let visible = spec.visible(values);
        let answered = visible.iter().filter(|(_, value)| value.is_answer());
        answered.map(|(key, value)| (key, value.clone())).collect()
    };
    answers(a) == answers(b)
}

/// One field in which two records differ, in words; secrets only by their state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Key of the field.
    pub field: Key,
    /// What stands there now; `None`: nothing.
    pub before: Option<String>,
    /// What would stand there; `None`: nothing.
    pub after: Option<String>,
}

/// Every field that differs, in the order of the form.
pub fn differences(spec: &'static Spec, before: &Values, after: &Values) -> Vec<Difference> {
    let (old, new) = (spec.visible(before), spec.visible(after));
    let canonical = |value: Option<&Value>| -> Option<Value> {
        match value.filter(|it| it.is_answer())? {
            Value::Text(text) => Some(Value::Text(text.trim().to_owned())),
            // Off and not asked are the same to a reader.
            Value::Toggle(false) => None,
            other => Some(other.clone()),
        }
    };
    spec.fields()
        .filter(|field| field.key != "type")
        .filter_map(|field| {
            let before = canonical(old.get(field.key));
            let after = canonical(new.get(field.key));
            if before == after {
                return None;
            }
            let (mut left, mut right) = (
                before.as_ref().map(|it| words(it, false)),
                after.as_ref().map(|it| words(it, false)),
            );
            if left == right {
                // Two objects of one name: their ids distinguish them.
                left = before.as_ref().map(|it| words(it, true));
                right = after.as_ref().map(|it| words(it, true));
            }
            Some(Difference { field: field.key, before: left, after: right })
        })
        .collect()
}

/// An answer in words, as it came from outside.
fn words(value: &Value, with_ids: bool) -> String {
    let pick = |it: &Picked| {
        if with_ids && it.label != it.id.0 {
            format!("{} ({})", it.label, it.id)
        } else if it.traits.has(Trait::Missing) {
            format!("{} (not in the directory)", it.label)
        } else {
            it.label.clone()
        }
    };
    match value {
        Value::Text(text) => text.clone(),
        Value::Secret(held) => secret(held),
        Value::Toggle(on) => if *on { "yes" } else { "no" }.to_owned(),
        Value::Choice(option) => (*option).to_owned(),
        Value::One(it) => pick(it),
        Value::Many(all) => all.iter().map(pick).collect::<Vec<_>>().join(", "),
        Value::Key(key) => format!("{}… of {:.0}", key.id, key.issued_at),
        Value::Tokens(all) => all.iter().map(token).collect::<Vec<_>>().join(", "),
    }
}

fn token(it: &BulkToken) -> String {
    format!("{} until {}", it.display_name, check::day_of(it.expires_at))
}

fn secret(held: &Held) -> String {
    match held {
        Held::Stored(fingerprint) => format!("set, fingerprint {fingerprint}"),
        Held::New(_) => "new, not shown".to_owned(),
    }
}

/// Whether the answer of a field is never written out.
pub const fn is_secret(kind: Kind) -> bool {
    match kind {
        Kind::Secret { .. } | Kind::Key(_) | Kind::Tokens => true,
        Kind::Text { .. }
        | Kind::Day
        | Kind::Toggle
        | Kind::Choice(_)
        | Kind::PickOne(_)
        | Kind::PickMany(_)
        | Kind::Agent => false,
    }
}
