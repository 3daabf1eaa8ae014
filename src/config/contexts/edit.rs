//! Writes contexts into the text of a configuration and leaves everything else as it is: comments,
//! order, blank lines.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{Address, ContextConfig, ContextPlace, CredentialConfig};
use crate::domain::SecretSource;
use crate::domain::context::{KidForm, LOCAL};

/// The text is not TOML, or `contexts` is no table. Whoever edits has read the configuration
/// before, so this is not seen in practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the configuration cannot be edited: fix it first")]
pub struct EditError;

/// The text with this context, new or in place of the one of its name. Keys that did not change
/// keep their comments.
///
/// # Errors
/// [`EditError`].
pub fn put(text: &str, name: &str, context: &ContextConfig) -> Result<String, EditError> {
    let mut document = parse(text)?;
    let contexts = document.entry("contexts").or_insert_with(|| {
        // Without a header of its own: those of its contexts are enough.
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let contexts = contexts.as_table_like_mut().ok_or(EditError)?;
    let table = contexts.entry(name).or_insert_with(|| Item::Table(Table::new()));
    let table = table.as_table_like_mut().ok_or(EditError)?;
    fill(table, context);
    Ok(document.to_string())
}

fn fill(table: &mut dyn TableLike, context: &ContextConfig) {
    let text = |it: &str| Value::from(it);
    set(table, "kind", Some(text(context.place.kind().slug())));
    let path = match &context.place {
        ContextPlace::Store { path } => path.as_ref().map(|it| text(&it.to_string_lossy())),
        ContextPlace::Postgres(_) | ContextPlace::Fly(_) => None,
    };
    set(table, "path", path);
    let fly = match &context.place {
        ContextPlace::Store { .. } | ContextPlace::Postgres(_) => None,
        ContextPlace::Fly(fly) => Some(fly),
    };
    let (centre, url) = match fly.map(|it| &it.address) {
        Some(Address::DataCentre(name)) => (Some(text(name)), None),
        Some(Address::Url(url)) => (None, Some(text(url.as_str()))),
        None => (None, None),
    };
    set(table, "data_centre", centre);
    let team = match &context.place {
        ContextPlace::Postgres(team) => Some(team),
        ContextPlace::Store { .. } | ContextPlace::Fly(_) => None,
    };
    set(table, "url", team.map_or(url, |it| Some(text(&it.address.to_string()))));
    let ca = team.and_then(|it| it.ca.as_ref());
    set(table, "ca", ca.map(|it| text(&it.to_string_lossy())));
    let identity = fly.and_then(|it| it.identity_url.as_ref());
    set(table, "identity_url", identity.map(|it| text(it.as_str())));
    set(table, "client_id", fly.map(|it| text(&it.client_id)));
    set(table, "credential", context.place.credential().map(credential));
    let kid = fly.map(|it| it.kid).filter(|it| *it != KidForm::default());
    set(table, "kid", kid.map(|it| text(it.slug())));
    set(table, "label", context.label.as_deref().map(text));
    set(table, "colour", context.colour.map(|it| text(it.slug())));
    set(table, "agent_url", context.agent_url.as_deref().map(text));
    set(table, "agent_sha256", context.agent_sha256.as_deref().map(text));
}

/// A credential as it stands in the file.
pub fn credential(credential: &CredentialConfig) -> Value {
    let mut table = InlineTable::new();
    match credential {
        CredentialConfig::Secret(from) => {
            table.insert("secret", source(from));
        }
        CredentialConfig::Certificate { certificate, key } => {
            table.insert("certificate", Value::from(&*certificate.to_string_lossy()));
            if let Some(key) = key {
                table.insert("key", source(key));
            }
        }
    }
    Value::InlineTable(table)
}

fn source(source: &SecretSource) -> Value {
    let (word, value) = match source {
        SecretSource::Stored | SecretSource::Stdin => return Value::from(source.slug()),
        SecretSource::File(path) => ("file", Value::from(&*path.to_string_lossy())),
        SecretSource::Systemd(name) => ("systemd", Value::from(name.as_str())),
        SecretSource::Command(words) => {
            ("command", Value::Array(words.iter().map(String::as_str).collect::<Array>()))
        }
    };
    let mut table = InlineTable::new();
    table.insert(word, value);
    Value::InlineTable(table)
}

/// Sets a key, or takes it away. A value that stays the same is not touched; one that changes keeps
/// the comment behind it.
fn set(table: &mut dyn TableLike, key: &str, value: Option<Value>) {
    let Some(mut value) = value else {
        table.remove(key);
        return;
    };
    if let Some(before) = table.get(key).and_then(Item::as_value) {
        if same(before, &value) {
            return;
        }
        *value.decor_mut() = before.decor().clone();
    }
    match table.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// Whether two values mean the same, however they are written.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.value() == b.value(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::InlineTable(a), Value::InlineTable(b)) => {
            let find = |key: &str| b.get(key);
            a.len() == b.len() && a.iter().all(|(key, a)| find(key).is_some_and(|b| same(a, b)))
        }
        _ => false,
    }
}

/// The text without this context. Where it was the active one, `context` goes back to
/// [`LOCAL`]; the second value says whether.
///
/// # Errors
/// [`EditError`].
pub fn remove(text: &str, name: &str) -> Result<(String, bool), EditError> {
    let mut document = parse(text)?;
    if let Some(contexts) = document.get_mut("contexts") {
        contexts.as_table_like_mut().ok_or(EditError)?.remove(name);
    }
    let was_active = document.get("context").and_then(Item::as_str) == Some(name);
    if was_active {
        set(document.as_table_mut(), "context", Some(Value::from(LOCAL)));
    }
    Ok((document.to_string(), was_active))
}

/// The text with this context as the active one.
///
/// # Errors
/// [`EditError`].
pub fn activate(text: &str, name: &str) -> Result<String, EditError> {
    let mut document = parse(text)?;
    set(document.as_table_mut(), "context", Some(Value::from(name)));
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, EditError> {
    text.strip_prefix('\u{feff}').unwrap_or(text).parse().map_err(|_| EditError)
}
