//! Connection files in TOML: `[[connection]]` tables.

use serde_json::{Map, Value as Json};
use toml_edit::{Document, Item, TableLike, Value};

use super::entry::Reading;
use crate::text::{Lines, Spot};

/// Reads a whole file.
pub(super) fn read(reading: &mut Reading, text: &str) {
    let mut lines = Lines::new(text);
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            // What follows a broken line cannot be distinguished. The parser's words may quote the
            // text, which may be a secret: only the first line, which names what is wrong.
            let first = error.message().lines().next().unwrap_or_default();
            let line = error.span().map(|span| Spot::line(lines.of(span.start)));
            reading.report(line, "", format!("not valid TOML: {first}"));
            return;
        }
    };
    let top = document.as_table();
    for (key, item) in top.iter() {
        let line = place(top, key).map(|at| Spot::line(lines.of(at)));
        match key {
            "version" => reading.version(line, item.as_integer()),
            "connection" | "connections" => records(reading, &mut lines, line, key, item),
            "$schema" => {}
            other => reading.unknown(line, other),
        }
    }
}

/// A single value.
pub(super) fn value(text: &str) -> Result<Json, String> {
    // What it holds is not repeated: it may be a secret.
    let value: Value = text.parse().map_err(|_| "it is not a value of TOML".to_owned())?;
    of_value(&value).ok_or_else(|| "a number with a fraction has no meaning here".to_owned())
}

fn records(
    reading: &mut Reading,
    lines: &mut Lines<'_>,
    line: Option<Spot>,
    key: &str,
    item: &Item,
) {
    if let Some(tables) = item.as_array_of_tables() {
        for table in tables {
            record(reading, lines, table, table.span().map(|it| it.start));
        }
    } else if let Some(array) = item.as_array() {
        for value in array {
            let at = value.span().map(|it| it.start);
            match value.as_inline_table() {
                Some(table) => record(reading, lines, table, at),
                None => {
                    let line = at.map(|it| Spot::line(lines.of(it))).or(line);
                    reading.report(line, key, "must hold tables: begin each with [[connection]]");
                }
            }
        }
    } else if let Some(table) = item.as_table_like() {
        record(reading, lines, table, item.span().map(|it| it.start));
    } else {
        reading.report(line, key, "must be a table: begin it with [[connection]]");
    }
}

fn record(reading: &mut Reading, lines: &mut Lines<'_>, table: &dyn TableLike, at: Option<usize>) {
    let line = at.map(|it| Spot::line(lines.of(it)));
    let mut answers = Vec::new();
    for (key, item) in table.iter() {
        let line = place(table, key).map(|at| Spot::line(lines.of(at)));
        match json(item) {
            Some(value) => answers.push((key.to_owned(), value, line)),
            None => reading.report(line, key, "a number with a fraction has no meaning here"),
        }
    }
    reading.entry(line, answers);
}

/// Byte at which a key stands.
fn place(table: &dyn TableLike, key: &str) -> Option<usize> {
    let (key, item) = table.get_key_value(key)?;
    key.span().or_else(|| item.span()).map(|span| span.start)
}

/// The value as JSON; a date is the text that it reads as.
fn json(item: &Item) -> Option<Json> {
    match item {
        Item::None => Some(Json::Null),
        Item::Value(value) => of_value(value),
        Item::Table(table) => {
            let pairs = table.iter().map(|(key, item)| Some((key.to_owned(), json(item)?)));
            pairs.collect::<Option<Map<String, Json>>>().map(Json::Object)
        }
        Item::ArrayOfTables(tables) => {
            let each = tables.iter().map(|table| json(&Item::Table(table.clone())));
            each.collect::<Option<Vec<Json>>>().map(Json::Array)
        }
    }
}

fn of_value(value: &Value) -> Option<Json> {
    match value {
        Value::String(text) => Some(Json::from(text.value().as_str())),
        Value::Integer(number) => Some(Json::from(*number.value())),
        Value::Float(_) => None,
        Value::Boolean(on) => Some(Json::from(*on.value())),
        Value::Datetime(moment) => Some(Json::from(moment.value().to_string())),
        Value::Array(array) => {
            array.iter().map(of_value).collect::<Option<Vec<_>>>().map(Json::Array)
        }
        Value::InlineTable(table) => {
            let pairs = table.iter().map(|(key, value)| Some((key.to_owned(), of_value(value)?)));
            pairs.collect::<Option<Map<String, Json>>>().map(Json::Object)
        }
    }
}
