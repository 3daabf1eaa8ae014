//! Rows of JSON: an array, an object of arrays, a single object, or one object per line; as
//! PowerShell writes them, too.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::rows::{Cell, Findings, OnRow, Row, Schema, put, quoted, unknown};
use crate::files::json::{self, Entries, NotJson, Places};
use crate::text::Spot;

/// Reads every line as a row.
pub fn read_lines(text: &str, schema: &Schema, findings: &mut Findings, on_row: OnRow<'_>) {
    let mut places = Places::new(text);
    for (at, line) in text.split('\n').enumerate() {
        let line = line.trim_end();
        if line.trim().is_empty() {
            continue;
        }
        match json::parse::<&RawValue>(line) {
            Ok(value) => json_row(value, &mut places, None, schema, findings, on_row),
            Err(NotJson { spot, what }) => {
                findings.problems.add(Spot { line: at + 1, ..spot }, None, what);
            }
        }
    }
}

/// Reads an array, the arrays of an object, or the only row of all.
pub fn read_document(text: &str, schema: &Schema, findings: &mut Findings, on_row: OnRow<'_>) {
    let whole: &RawValue = match json::parse(text) {
        Ok(whole) => whole,
        Err(NotJson { spot, what }) => return findings.problems.add(spot, None, what),
    };
    let mut places = Places::new(text);
    let spot = places.of(whole);
    let object = match Entries::of(whole) {
        Some(object) if schema.is_wrapper(&object) => object,
        // An array, a wrapper of one, or its only row.
        Some(object) if object.get("value").is_some() || schema.is_row(&object) => {
            return json_array(whole, None, &mut places, schema, findings, on_row);
        }
        None if whole.get().starts_with('[') => {
            return json_array(whole, None, &mut places, schema, findings, on_row);
        }
        _ => return findings.problems.add(spot, None, wrapped(schema)),
    };
    for (name, value) in &object.0 {
        let spot = places.of(value);
        match schema.arrays.iter().find(|(array, _)| array.eq_ignore_ascii_case(name)) {
            Some((_, kind)) => {
                if let Err(message) = json::list(value) {
                    findings.problems.add(spot, Some(name), message);
                } else {
                    json_array(value, *kind, &mut places, schema, findings, on_row);
                }
            }
            // `version` stands in what jetbridge itself writes.
            None if name == "version" => {}
            None if schema.strict => {
                findings.problems.add(spot, Some(&quoted(name)), wrapped(schema));
            }
            None => findings.ignored.note(&quoted(name), schema.arrays.iter().map(|it| it.0)),
        }
    }
}

fn wrapped(schema: &Schema) -> String {
    let names: Vec<&str> = schema.arrays.iter().map(|(name, _)| *name).collect();
    format!("must be an array, or an object that holds one named {}", names.join(", "))
}

fn json_array(
    array: &RawValue,
    kind: Option<&'static str>,
    places: &mut Places<'_>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) {
    for element in json::list(array).unwrap_or_default() {
        json_row(element, places, kind, schema, findings, on_row);
    }
}

fn json_row(
    row: &RawValue,
    places: &mut Places<'_>,
    kind: Option<&'static str>,
    schema: &Schema,
    findings: &mut Findings,
    on_row: OnRow<'_>,
) {
    let spot = places.of(row);
    let Some(object) = Entries::of(row) else {
        let cut = json::text(row).is_some_and(|it| json::is_cut(&it));
        let message = match cut {
            true => json::CUT.to_owned(),
            false => format!("must be an object in braces, not {}", word(row)),
        };
        return findings.problems.add(spot, None, message);
    };
    let mut cells = vec![None; schema.columns.len()];
    for (name, raw) in object.0 {
        let at = schema.column(&name);
        let spot = places.of(raw);
        let Some(at) = at else {
            unknown(&name, spot, schema, findings);
            continue;
        };
        match serde_json::from_str::<Value>(raw.get()).map(json::plain) {
            Ok(value) if json::has_cut(&value) => {
                put(&mut cells, at, spot, Cell::Odd(json::CUT));
            }
            Ok(value) => {
                if let Some(cell) = cell(value) {
                    put(&mut cells, at, spot, cell);
                }
            }
            Err(error) => findings.problems.add(spot, Some(&name), NotJson::new("", &error).what),
        }
    }
    if let (Some(at), Some(kind)) = (schema.tag, kind) {
        put(&mut cells, at, spot, Cell::Text(Cow::Borrowed(kind)));
    }
    on_row(&Row { spot, cells }, &mut findings.problems);
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
            let odd = Cell::Odd("must be a text in quotes, not an array of other values");
            Some(texts.map_or(odd, Cell::List))
        }
        Value::Object(_) => Some(Cell::Odd("must be a text in quotes, not an object")),
    }
}

fn word(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'n') => "null",
        Some(b't' | b'f') => "true or false",
        Some(b'"') => "a text",
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        _ => "a number",
    }
}
