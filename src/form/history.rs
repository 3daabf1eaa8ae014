//! The history of a connection in the words of its form, and the record as it was at a revision.

use std::collections::BTreeMap;

use super::file::is_secret;
use super::{Field, Key, Kind, Spec, specs};
use crate::domain::answers::{Answer, Objects, Sheet};
use crate::domain::change::{Change, fields};
use crate::domain::health::Directory;
use crate::domain::{Answers, Connection, ConnectionType, ObjectId, ObjectKind, Side, Timestamp};

/// What a secret, a key or a token is shown as: its text is sealed, and a fingerprint says nothing.
const SET: &str = "set";
const CHANGED: &str = "changed";

/// The same changes with the labels of the form, the names of the directory, and secrets as *set* or
/// *changed*. What says nothing to a reader is left out.
pub fn in_words(kind: ConnectionType, changes: &[Change], directory: &Directory) -> Vec<Change> {
    let spec = specs::of(kind);
    let mut out: Vec<Change> = Vec::new();
    let mut seen: Vec<Key> = Vec::new();
    let mut ordered: Vec<(&Change, &str, Option<&'static Field>)> = changes
        .iter()
        .map(|it| {
            let path = it.field.strip_prefix("answers.").unwrap_or(&it.field);
            (it, path, spec.and_then(|spec| field_of(spec, path)))
        })
        .collect();
    // The order of the form; what no form has comes behind it, in the order of the paths.
    ordered.sort_by_key(|(_, path, field)| {
        let own = || spec.filter(|_| *path == "side").and_then(|it| it.field(it.side));
        let place = |field: &'static Field| spec?.fields().position(|it| std::ptr::eq(it, field));
        field.or_else(own).and_then(place).unwrap_or(usize::MAX)
    });
    for (change, path, field) in ordered {
        match (path, field) {
            ("origin", None) => {}
            (_, Some(field)) if is_secret(field.kind) => {
                if !seen.contains(&field.key) {
                    seen.push(field.key);
                    out.extend(sealed(field, changes));
                }
            }
            (_, Some(field)) => {
                let word = |it: &Option<String>| {
                    it.as_ref().filter(|it| !it.is_empty()).map(|it| word(field, it, directory))
                };
                out.extend(changed(field.label, word(&change.before), word(&change.after)));
            }
            (_, None) => {
                let word = |it: &Option<String>| {
                    let side = |it: &str| Side::parse(it).map(|it| it.label().to_owned());
                    let text = it.clone().filter(|it| !it.is_empty())?;
                    Some(if path == "side" { side(&text).unwrap_or(text) } else { text })
                };
                let label = label(path);
                out.extend(changed(&label, word(&change.before), word(&change.after)));
            }
        }
    }
    out
}

fn changed(label: &str, before: Option<String>, after: Option<String>) -> Option<Change> {
    let field = label.to_owned();
    (before != after).then_some(Change { field, before, after })
}

/// `client_id` as a label: `Client id`.
fn label(path: &str) -> String {
    let words = path.replace(['_', '.'], " ");
    let mut chars = words.chars();
    chars.next().map(|it| it.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The field whose answer is at this path or above it.
fn field_of(spec: &'static Spec, path: &str) -> Option<&'static Field> {
    let above =
        |key: &str| path.strip_prefix(key).is_some_and(|it| it.is_empty() || it.starts_with('.'));
    spec.fields().filter(|it| above(it.key)).max_by_key(|it| it.key.len())
}

/// A secret, a key or tokens as one change: a key by its id, tokens by their names.
fn sealed(field: &'static Field, changes: &[Change]) -> Option<Change> {
    let own = || changes.iter().filter(|it| below(field.key, &it.field).is_some());
    let named = |get: fn(&Change) -> &Option<String>| {
        let part = match field.kind {
            Kind::Key(_) => "id",
            _ => "display_name",
        };
        let names = own()
            .filter(|it| below(field.key, &it.field).is_some_and(|it| it.ends_with(part)))
            .filter_map(|it| get(it).clone());
        let names = names.collect::<Vec<_>>().join(", ");
        (!names.is_empty()).then_some(names)
    };
    let (before, after) = (named(|it| &it.before), named(|it| &it.after));
    if before != after {
        return changed(field.label, before, after);
    }
    let any = |get: fn(&Change) -> &Option<String>| own().any(|it| get(it).is_some());
    match (any(|it| &it.before), any(|it| &it.after)) {
        (true, true) => changed(field.label, Some(SET.to_owned()), Some(CHANGED.to_owned())),
        (before, after) => {
            let set = |it: bool| it.then(|| SET.to_owned());
            changed(field.label, set(before), set(after))
        }
    }
}

/// What of a path follows the answer of this field.
fn below<'a>(key: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix("answers.")?.strip_prefix(key)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

fn word(field: &Field, value: &str, directory: &Directory) -> String {
    match field.kind {
        Kind::Toggle => if value == "true" { "yes" } else { "no" }.to_owned(),
        Kind::Choice(options) => {
            options.iter().find(|it| it.key == value).map_or(value, |it| it.label).to_owned()
        }
        Kind::Day => value.split('T').next().unwrap_or(value).to_owned(),
        Kind::PickOne(source) | Kind::PickMany(source) => source
            .object()
            .and_then(|kind| name(directory, kind, value))
            .unwrap_or_else(|| value.to_owned()),
        Kind::Text { .. } | Kind::Secret { .. } | Kind::Key(_) | Kind::Tokens | Kind::Agent => {
            value.to_owned()
        }
    }
}

fn name(directory: &Directory, kind: ObjectKind, id: &str) -> Option<String> {
    let found = directory.iter().find(|it| it.kind() == kind && it.id().as_str() == id)?;
    Some(found.name().to_owned())
}

/// The record before these changes, the latest first. Sealed answers stay as they are now: nothing
/// keeps the text of former ones. `None`: it has no answers of a form.
pub fn before<'a>(
    connection: &Connection,
    changes: impl Iterator<Item = &'a Change>,
) -> Option<Connection> {
    let spec = specs::of(connection.kind)?;
    let now = connection.answers.sheet()?;
    let mut flat = fields(connection);
    for change in changes {
        match &change.before {
            Some(value) => flat.insert(change.field.clone(), value.clone()),
            None => flat.remove(&change.field),
        };
    }
    let text = |path: &str| flat.get(path).cloned().unwrap_or_default();
    let mut sheet = Sheet::default();
    for field in spec.fields().filter(|it| !spec.is_common(it.key)) {
        let answer =
            if is_secret(field.kind) { now.get(field.key).cloned() } else { answer(field, &flat) };
        if let Some(answer) = answer {
            sheet.set(field.key, answer);
        }
    }
    Some(Connection {
        name: text("name"),
        description: text("description"),
        side: Side::parse(&text("side")).unwrap_or(connection.side),
        answers: Answers::Form(sheet),
        ..connection.clone()
    })
}

/// An answer made of its fields in the history again.
fn answer(field: &Field, flat: &BTreeMap<String, String>) -> Option<Answer> {
    let path = format!("answers.{}", field.key);
    let value = flat.get(&path)?;
    Some(match field.kind {
        Kind::Text { .. } => Answer::Text(value.clone()),
        Kind::Day => Answer::Day(value.parse::<Timestamp>().ok()?),
        Kind::Toggle => Answer::On(value == "true"),
        Kind::Choice(options) => {
            Answer::Choice(options.iter().find(|it| it.key == value)?.key.to_owned())
        }
        Kind::PickOne(source) | Kind::PickMany(source) => {
            let Some(kind) = source.object() else { return Some(Answer::Code(value.clone())) };
            let further = (2..).map_while(|at| flat.get(&format!("{path}.{at}")));
            let ids =
                std::iter::once(value).chain(further).map(|it| ObjectId(it.clone())).collect();
            let tenant = match source.tenant_field() {
                Some(key) => flat.get(&format!("answers.{key}"))?,
                None => value,
            };
            Answer::Objects(Objects { kind, tenant: ObjectId(tenant.clone()), ids })
        }
        Kind::Secret { .. } | Kind::Key(_) | Kind::Tokens | Kind::Agent => return None,
    })
}
