//! What changed between two versions of a record, field by field, for the history and for
//! conflicts. Secrets appear as fingerprints only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Connection;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Dotted path of the field, such as `answers.groups.tenant`.
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
    let (before, after) = (flat(before), flat(after));
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

fn flat(connection: Option<&Connection>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    // A record with an unsealed secret cannot be written; it then has no fields to compare.
    if let Some(value) = connection.and_then(|it| serde_json::to_value(it).ok()) {
        flatten(&value, String::new(), &mut out);
    }
    out.retain(|field, _| !BOOKKEEPING.contains(&field.as_str()));
    out
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
