//! Connection files in JSON: an object with `connections`.

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::entry::Reading;
use crate::files::json::{self, Entries, Places};
use crate::text::Spot;

/// Reads a whole file.
pub(super) fn read(reading: &mut Reading, text: &str) {
    let text = &*json::unwrapped(text);
    let whole: &RawValue = match json::parse(text) {
        Ok(whole) => whole,
        Err(error) => return reading.report(Some(error.spot), "", error.what),
    };
    let mut places = Places::new(text);
    let Some(entries) = Entries::of(whole) else {
        let message = "must be an object: {\"connections\": [{…}]}";
        return reading.report(Some(places.of(whole)), "", message);
    };
    for (key, value) in &entries.0 {
        let spot = Some(places.of(value));
        match key.as_str() {
            "version" => reading.version(spot, value.get().parse().ok()),
            "connections" | "connection" => records(reading, &mut places, spot, key, value),
            // `export -o json` names itself, as every answer does.
            "$schema" | "command" => {}
            other => reading.unknown(spot, other),
        }
    }
}

fn records(
    reading: &mut Reading,
    places: &mut Places<'_>,
    spot: Option<Spot>,
    key: &str,
    value: &RawValue,
) {
    let items = match json::list(value) {
        Ok(items) => items,
        Err(message) => return reading.report(spot, key, message),
    };
    for item in items {
        let spot = Some(places.of(item));
        let Some(fields) = Entries::of(item) else {
            let cut = json::text(item).is_some_and(|it| json::is_cut(&it));
            let message = if cut { json::CUT } else { "must hold objects in braces" };
            reading.report(spot, key, message);
            continue;
        };
        let mut answers = Vec::with_capacity(fields.0.len());
        for (name, value) in fields.0 {
            let spot = Some(places.of(value));
            // The text was read once already, so it is JSON.
            let value: Json = json::plain(serde_json::from_str(value.get()).unwrap_or_default());
            if json::has_cut(&value) {
                reading.report(spot, &name, json::CUT);
            }
            answers.push((name, value, spot));
        }
        reading.entry(spot, answers);
    }
}
