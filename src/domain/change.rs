//! What changed between two versions of a record, field by field, for the history and for
//! conflicts. Secrets appear as fingerprints only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Connection;
use super::answers::{Answer, Sheet};

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Dotted path of the field, such as `answers.tenant`.
    pub field: String,
    /// Value before; `None` when the field was not there.
    pub before: Option<String>,
    /// Value after; `None` when the field is gone.
    pub after: Option<String>,
}

/// Fields that every save changes and that say nothing by themselves.
const BOOKKEEPING: [&str; 6] =
    ["id", "revision", "created_at", "created_by", "modified_at", "modified_by"];

/// The fields in which two versions differ, in the order of their paths.
pub fn changes(before: Option<&Connection>, after: Option<&Connection>) -> Vec<Change> {
    let of = |it: Option<&Connection>| it.map(fields).unwrap_or_default();
    let (before, after) = (of(before), of(after));
    let mut fields: Vec<&String> = before.keys().chain(after.keys()).collect();
    fields.sort();
    fields.dedup();
    fields
        .into_iter()
        .filter(|field| before.get(*field) != after.get(*field))
        .map(|field| Change {
            field: field.clone(),
            before: before.get(field).cloned(),
            after: after.get(field).cloned(),
        })
        .collect()
}

/// Every field of a record by its path, as the history keeps it.
pub fn fields(connection: &Connection) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    // A record with an unsealed secret cannot be written; it then has no fields to compare.
    let Ok(json) = serde_json::to_value(connection) else { return out };
    flatten(&json, String::new(), &mut out);
    out.retain(|field, _| !BOOKKEEPING.contains(&field.as_str()) && !field.starts_with(FORM));
    for (key, answer) in connection.answers.sheet().into_iter().flat_map(Sheet::iter) {
        of_answer(format!("answers.{key}"), answer, &mut out);
    }
    out
}

/// Below it the answers of a form say what they are, which does not change.
const FORM: &str = "answers.form.";

/// An answer is one field; of several objects each further one has its number behind.
fn of_answer(path: String, answer: &Answer, out: &mut BTreeMap<String, String>) {
    if let Answer::Objects(it) = answer {
        for (at, id) in it.ids.iter().enumerate() {
            let path = if at == 0 { path.clone() } else { format!("{path}.{}", at + 1) };
            out.insert(path, id.0.clone());
        }
        return;
    }
    match serde_json::to_value(answer).ok() {
        Some(Value::Object(kinds)) => {
            kinds.values().for_each(|value| flatten(value, path.clone(), out));
        }
        Some(other) => flatten(&other, path, out),
        None => {}
    }
}

fn flatten(value: &Value, path: String, out: &mut BTreeMap<String, String>) {
    let below = |key: &str| {
        if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
    };
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                flatten(inner, below(key), out);
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                flatten(inner, below(&(at + 1).to_string()), out);
            }
        }
        Value::String(text) => {
            out.insert(path, text.clone());
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => {
            out.insert(path, value.to_string());
        }
    }
}
