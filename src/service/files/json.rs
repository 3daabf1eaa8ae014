//! Connection files in JSON: an object with `connections`.

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::entry::Reading;
use crate::domain::text::{Lines, json_end};

/// Reads a whole file.
pub(super) fn read(reading: &mut Reading, text: &str) {
    let whole: Entries<'_> = match serde_json::from_str(json_end(text)) {
        Ok(whole) => whole,
        Err(error) => {
            // Only what kind of mistake it is: the parser's words may quote the text.
            let words = error.to_string();
            let what = match error.classify() {
                serde_json::error::Category::Data => "must be an object: {\"connections\": [{…}]}",
                _ => words.split(" at line ").next().unwrap_or_default(),
            };
            let message = format!("not valid JSON at column {}: {what}", error.column());
            reading.report(Some(error.line().max(1)), "", message);
            return;
        }
    };
    let mut lines = Lines::new(text);
    for (key, value) in &whole.0 {
        let line = Some(lines.of_part(value.get()));
        match key.as_str() {
            "version" => reading.version(line, value.get().parse().ok()),
            "connections" | "connection" => records(reading, &mut lines, line, key, value),
            "$schema" => {}
            other => reading.unknown(line, other),
        }
    }
}

fn records(
    reading: &mut Reading,
    lines: &mut Lines<'_>,
    line: Option<usize>,
    key: &str,
    value: &RawValue,
) {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
        reading.report(line, key, "must be an array of objects");
        return;
    };
    for item in items {
        let line = Some(lines.of_part(item.get()));
        let Ok(fields) = serde_json::from_str::<Entries<'_>>(item.get()) else {
            reading.report(line, key, "must hold objects in braces");
            continue;
        };
        let mut answers = Vec::with_capacity(fields.0.len());
        for (name, value) in fields.0 {
            let line = Some(lines.of_part(value.get()));
            // The text was read once already, so it is JSON.
            let value: Json = serde_json::from_str(value.get()).unwrap_or_default();
            answers.push((name, value, line));
        }
        reading.entry(line, answers);
    }
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
