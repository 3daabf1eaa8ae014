//! Records as TOML that reads back. Written by hand, so that every hidden character is escaped
//! and the order is the form's.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::text::is_hidden;

/// A whole file: a comment on top, then one table per record.
pub fn toml_text(records: &[Vec<(String, Json)>]) -> String {
    let mut out = TOML_HEAD.to_owned();
    out.extend(records.iter().map(|it| toml_record(it)));
    out
}

/// What stands above the records.
pub const TOML_HEAD: &str =
    "# Connections of jetbridge. `jetbridge schema` describes the keys.\nversion = 1\n";

/// One record, to stand below [`TOML_HEAD`] and others.
pub fn toml_record(fields: &[(String, Json)]) -> String {
    let mut out = "\n[[connection]]\n".to_owned();
    for (key, value) in fields {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{} = {}", bare(key), inline(value));
    }
    out
}

/// A value on one line.
pub fn inline(value: &Json) -> String {
    match value {
        Json::Null => "\"\"".to_owned(),
        Json::Bool(on) => on.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{} = {}", bare(key), inline(value)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

fn bare(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(plain) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                let _ = write!(out, "\\U{:08X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// E4: what is written is harmless and reads back as it was.
        #[test]
        fn texts_read_back(text in ".*|[\\x00-\\x20\\x7f-\\xa0\u{200b}\u{202e}\u{e0041}\"\\\\a]*") {
            let line = format!("key = {}", inline(&Json::from(text.clone())));
            prop_assert!(!line.chars().any(is_hidden));
            let read = toml_edit::Document::parse(line.as_str()).unwrap();
            prop_assert_eq!(read.as_table().get("key").and_then(|it| it.as_str()), Some(text.as_str()));
        }
    }
}
