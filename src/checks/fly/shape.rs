//! What an answer looks like, without what it says.
//!
//! Names of keys are kept where the contract has them or where a new version would add one (page
//! and row); below that, keys could be anybody's names, and only their number is reported.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use crate::backend::http::Answer;
use crate::checks::check::{LONGEST_WORD, is_word};

/// Most different numbers of one enum that are listed.
const MOST_NUMBERS: usize = 40;
/// Most keys of one object that are listed.
const MOST_KEYS: usize = 60;

/// An answer: status, header names, size, shape.
pub(super) fn answer(answer: &Answer, from: &Url) -> String {
    let mut headers: Vec<&str> =
        answer.header_names.iter().map(|it| &**it).filter(|it| it.len() <= LONGEST_WORD).collect();
    headers.sort_unstable();
    headers.dedup();
    let mut text = format!(
        "  status {}, {} bytes\n  headers: {}",
        answer.status,
        answer.body().len(),
        headers.join(", ")
    );
    match answer.json::<Value>() {
        Ok(value) => {
            text.push_str("\n  body:");
            describe(&value, from, 2, &mut text);
        }
        Err(_) => {
            let first = answer.body().iter().find(|it| !it.is_ascii_whitespace());
            let html = first == Some(&b'<');
            text.push_str(if html { "\n  body: markup" } else { "\n  body: no JSON" });
        }
    }
    text
}

/// A page or what wraps it, key by key; its entries are merged into one.
fn describe(value: &Value, from: &Url, depth: usize, text: &mut String) {
    let Value::Object(object) = value else {
        text.push_str(&format!(" {}", kind("", value, from)));
        return;
    };
    let indent = "  ".repeat(depth);
    for (key, value) in object.iter().take(MOST_KEYS) {
        text.push_str(&format!("\n{indent}{}:", key_name(key)));
        match value {
            Value::Object(_) if key == "data" && depth < 4 => {
                describe(value, from, depth + 1, text);
            }
            Value::Array(items) if key == "data" => entries(items, from, depth + 1, text),
            other => text.push_str(&format!(" {}", kind(key, other, from))),
        }
    }
    if object.len() > MOST_KEYS {
        text.push_str(&format!("\n{indent}{} more keys", object.len() - MOST_KEYS));
    }
}

/// Entries of a list: for each key which types came how often, and the numbers of enums.
fn entries(items: &[Value], from: &Url, depth: usize, text: &mut String) {
    text.push_str(&format!(" {} entries", items.len()));
    let indent = "  ".repeat(depth);
    let mut seen: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for object in items.iter().filter_map(Value::as_object) {
        for (key, value) in object {
            seen.entry(key).or_default().push(value);
        }
    }
    for (key, values) in seen.iter().take(MOST_KEYS) {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for value in values {
            *kinds.entry(kind(key, value, from)).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.iter().map(|(kind, n)| format!("{kind} ×{n}")).collect();
        let kinds = kinds.get(..MOST_NUMBERS).unwrap_or(&kinds).join(", ");
        text.push_str(&format!("\n{indent}{}: {kinds}", key_name(key)));
    }
    let strange = items.iter().filter(|it| !it.is_object()).count();
    if strange > 0 {
        text.push_str(&format!("\n{indent}{strange} are not objects"));
    }
}

/// The type of a value, and what of it gives nobody away.
fn kind(key: &str, value: &Value, from: &Url) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "yes or no".to_owned(),
        Value::Number(number) if is_enum(key) => format!("number {number}"),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            let digits = number.to_string().trim_start_matches('-').len();
            format!("whole number of {digits} digits")
        }
        Value::Number(_) => "number".to_owned(),
        Value::String(text) => text_kind(key, text, from),
        Value::Array(items) => format!("list of {}", items.len()),
        Value::Object(object) => object_kind(object),
    }
}

/// Numbers that stand for a word of the contract or count rows.
fn is_enum(key: &str) -> bool {
    matches!(key, "connectionType" | "connectionSide" | "totalCount" | "statusCode")
}

fn object_kind(object: &Map<String, Value>) -> String {
    format!("object of {} keys", object.len())
}

fn text_kind(key: &str, text: &str, from: &Url) -> String {
    let word = if text.is_empty() {
        "empty text"
    } else if key == "nextLink" {
        match from.join(text) {
            _ if !text.contains("://") && !text.starts_with("//") => "relative link",
            Ok(url) if url.origin() == from.origin() => "link to the same host",
            Ok(_) | Err(_) => "link to another host",
        }
    } else if let Ok(id) = Uuid::parse_str(text) {
        if id.is_nil() { "UUID of zeros" } else { "UUID" }
    } else if text.chars().all(|c| c.is_ascii_digit()) {
        "digits"
    } else if text.get(..4).is_some_and(|it| it.bytes().all(|c| c.is_ascii_digit()))
        && text.contains('T')
        && text.contains(':')
    {
        "date"
    } else {
        "text"
    };
    word.to_owned()
}

/// A key as the contract would spell one; any other could be somebody's name.
fn key_name(key: &str) -> &str {
    if is_word(key) && key.starts_with(|c: char| c.is_ascii_lowercase()) { key } else { "…" }
}
