//! Rows of JSON: an array, an object of arrays, or one object per line.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::problem::ImportError;
use super::rows::{Cell, Findings, OnRow, Row, Schema, put, quoted, unknown};
use super::source::Source;
use crate::domain::text::{Lines, json_end};

/// Reads every line as a row.
pub fn read_lines<R: Read>(
    mut source: Source<R>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) -> Result<(), ImportError> {
    let mut line = 0;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if source.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        line += 1;
        match std::str::from_utf8(&bytes) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => json_row(text.trim_end(), line, None, schema, findings, on_row),
            Err(_) => {
                findings.problems.add(line, None, "not UTF-8 text: save the file as UTF-8");
            }
        }
    }
}

/// Reads an array, or the arrays of an object.
pub fn read_document<R: Read>(
    mut source: Source<R>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) -> Result<(), ImportError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + memchr::memchr_iter(b'\n', before).count() as u64;
            findings.problems.add(line, None, "not UTF-8 text: save the file as UTF-8");
            return Ok(());
        }
    };
    let lines = Lines::new(text);
    let whole: &RawValue = match serde_json::from_str(json_end(text)) {
        Ok(whole) => whole,
        Err(error) => {
            syntax(&error, 1, findings);
            return Ok(());
        }
    };
    if whole.get().starts_with('[') {
        json_array(whole, None, lines, schema, findings, on_row);
        return Ok(());
    }
    let wrapped = || {
        let names: Vec<&str> = schema.arrays.iter().map(|(name, _)| *name).collect();
        format!("must be an array, or an object that holds one named {}", names.join(", "))
    };
    let Ok(object) = serde_json::from_str::<Entries<'_>>(whole.get()) else {
        findings.problems.add(1, None, wrapped());
        return Ok(());
    };
    let mut lines = lines;
    let mut found = false;
    for (name, value) in &object.0 {
        let at = lines.of_part(value.get()) as u64;
        match schema.arrays.iter().find(|(array, _)| array.eq_ignore_ascii_case(name)) {
            Some((_, kind)) => {
                found = true;
                if value.get().starts_with('[') {
                    lines = json_array(value, *kind, lines, schema, findings, on_row);
                } else {
                    findings.problems.add(at, Some(name), "must be an array");
                }
            }
            // `version` stands in what jetbridge itself writes.
            None if name == "version" => {}
            None if schema.strict => findings.problems.add(at, Some(&quoted(name)), wrapped()),
            None => findings.ignored.note(&quoted(name), schema.arrays.iter().map(|it| it.0)),
        }
    }
    if !found {
        findings.problems.add(1, None, wrapped());
    }
    Ok(())
}

/// An object's entries in the order of the file; the same name may come twice.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn json_array<'a>(
    array: &'a RawValue,
    kind: Option<&'static str>,
    mut lines: Lines<'a>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) -> Lines<'a> {
    // The text was read once already, so an array is an array.
    let elements: Vec<&RawValue> = serde_json::from_str(array.get()).unwrap_or_default();
    for element in elements {
        let line = lines.of_part(element.get()) as u64;
        json_row(element.get(), line, kind, schema, findings, on_row);
    }
    lines
}

fn syntax(error: &serde_json::Error, first_line: u64, findings: &mut Findings) {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    let line = first_line + (error.line() as u64).saturating_sub(1);
    let message = format!("not valid JSON at column {}: {what}", error.column());
    findings.problems.add(line, None, message);
}

fn json_row(
    text: &str,
    line: u64,
    kind: Option<&'static str>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) {
    let object: serde_json::Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        Ok(other) => {
            let message = format!("must be an object in braces, not {}", word(&other));
            findings.problems.add(line, None, message);
            return;
        }
        Err(error) => {
            syntax(&error, line, findings);
            return;
        }
    };
    let mut cells = vec![None; schema.columns.len()];
    for (name, value) in object {
        match schema.column(&name) {
            None => unknown(&name, line, schema, findings),
            Some(at) => {
                if let Some(cell) = cell(value) {
                    put(&mut cells, at, cell);
                }
            }
        }
    }
    if let (Some(at), Some(kind)) = (schema.tag, kind) {
        put(&mut cells, at, Cell::Text(Cow::Borrowed(kind)));
    }
    on_row(&Row { line, cells }, &mut findings.problems);
}

fn cell(value: Value) -> Option<Cell<'static>> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some(Cell::Bool(value)),
        Value::Number(number) => Some(Cell::Text(Cow::Owned(number.to_string()))),
        Value::String(text) => (!text.trim().is_empty()).then_some(Cell::Text(Cow::Owned(text))),
        Value::Array(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            Some(texts.map_or(Cell::Odd("an array of other things than texts"), Cell::List))
        }
        Value::Object(_) => Some(Cell::Odd("an object")),
    }
}

const fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
