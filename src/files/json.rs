//! JSON that programs export: problems have line and column, and what PowerShell makes of lists is
//! read as the list it was.
//!
//! PowerShell turns a list of one into its element, wraps others as `{"value": […], "Count": 2}`,
//! and writes what lies deeper than `-Depth` as text such as `@{Id=1; Type=Role}`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::text::{Lines, Spot};

/// Most wrappers around a list.
const WRAPPERS: usize = 8;

/// What to do about a value that PowerShell has cut off.
pub const CUT: &str =
    "PowerShell cut off what belongs here: export again with ConvertTo-Json -Depth 10";

/// Why a text is not the JSON that is expected. Nothing of the text is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{spot}: {what}")]
pub struct NotJson {
    /// Where.
    pub spot: Spot,
    /// What is wrong.
    pub what: String,
}

impl NotJson {
    /// What the parser found in this text.
    pub fn new(text: &str, error: &serde_json::Error) -> Self {
        // Its columns are bytes.
        let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
        let before = line.as_bytes().iter().take(error.column().max(1) - 1);
        let column = 1 + before.filter(|byte| **byte & 0xc0 != 0x80).count();
        let words = error.to_string();
        let what = match error.classify() {
            serde_json::error::Category::Eof => {
                "not valid JSON: the text ends too early".to_owned()
            }
            // Its words may quote the text.
            serde_json::error::Category::Data => "not what is expected here".to_owned(),
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                format!("not valid JSON: {}", words.split(" at line ").next().unwrap_or_default())
            }
        };
        let spot = Spot { line: error.line().max(1), column: Some(column) };
        Self { spot, what }
    }
}

/// Reads a whole text.
///
/// # Errors
/// [`NotJson`]
pub fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, NotJson> {
    // A parser would place what is missing behind the blank end.
    let text = text.trim_end_matches([' ', '\t', '\r', '\n']);
    serde_json::from_str(text).map_err(|error| NotJson::new(text, &error))
}

/// An object's entries in the order of the text; the same name may come twice.
#[derive(Debug)]
pub struct Entries<'t>(pub Vec<(String, &'t RawValue)>);

impl<'t> Entries<'t> {
    /// The entries of a value; `None`: it is no object.
    pub fn of(value: &'t RawValue) -> Option<Self> {
        value.get().starts_with('{').then(|| serde_json::from_str(value.get()).ok()).flatten()
    }

    /// The value of a name, whatever its case: PowerShell writes `RequiredResourceAccess`.
    pub fn get(&self, name: &str) -> Option<&'t RawValue> {
        let find = |same: &dyn Fn(&str) -> bool| self.0.iter().rev().find(|(it, _)| same(it));
        let found = find(&|it| it == name).or_else(|| find(&|it| it.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| *value)
    }

    /// What a wrapper holds: `{"value": […], "Count": 2}`, or a page of Microsoft Graph.
    fn wrapped(&self) -> Option<&'t RawValue> {
        self.0.iter().all(|(key, _)| wraps(key)).then(|| self.get("value")).flatten()
    }
}

impl<'de: 't, 't> Deserialize<'de> for Entries<'t> {
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

/// The elements of a list, also where PowerShell has wrapped it or left its only element.
///
/// # Errors
/// Why it is no list.
pub fn list(value: &RawValue) -> Result<Vec<&RawValue>, &'static str> {
    let mut value = value;
    for _ in 0..WRAPPERS {
        match value.get().as_bytes().first() {
            // The text was read once already, so an array is an array.
            Some(b'[') => return Ok(flat(serde_json::from_str(value.get()).unwrap_or_default())),
            Some(b'{') => match Entries::of(value).and_then(|it| it.wrapped()) {
                Some(inner) => value = inner,
                None => return Ok(vec![value]),
            },
            Some(b'n') => return Ok(Vec::new()),
            Some(b'"') if text(value).is_some_and(|it| is_cut(&it)) => return Err(CUT),
            _ => break,
        }
    }
    Err("must be a list in brackets")
}

/// The elements without brackets of their own, which `,@(…)` adds in PowerShell.
fn flat(items: Vec<&RawValue>) -> Vec<&RawValue> {
    let mut items = items;
    for _ in 0..WRAPPERS {
        if !items.iter().any(|it| it.get().starts_with('[')) {
            break;
        }
        items = items
            .into_iter()
            .flat_map(|it| match it.get().starts_with('[') {
                true => serde_json::from_str(it.get()).unwrap_or_default(),
                false => vec![it],
            })
            .collect();
    }
    items
}

/// The document in a text that PowerShell has written as JSON once more: what another program printed
/// is one text, or one for each line, to `ConvertTo-Json`.
pub fn unwrapped(text: &str) -> Cow<'_, str> {
    let plain = text.trim();
    let inner = match plain.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(plain).ok(),
        Some(b'[') => serde_json::from_str::<Vec<String>>(plain).ok().map(|it| it.join("\n")),
        _ => None,
    };
    match inner.filter(|it| it.trim_start().starts_with(['{', '['])) {
        Some(inner) => Cow::Owned(inner),
        None => Cow::Borrowed(text),
    }
}

/// A value without what PowerShell adds to it, at any depth: wrappers of lists, and the objects with
/// `value` that it makes of dates and of the lines of Get-Content.
pub fn plain(value: Value) -> Value {
    match value {
        Value::Object(mut object) => {
            let name = object.keys().find(|it| it.eq_ignore_ascii_case("value")).cloned();
            let is_wrapper = object.keys().all(|it| wraps(it));
            let inner = name.filter(|it| is_wrapper || object.get(it).is_some_and(is_single));
            match inner.and_then(|it| object.remove(&it)) {
                Some(inner) => plain(inner),
                None => Value::Object(object.into_iter().map(|(k, v)| (k, plain(v))).collect()),
            }
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        other => other,
    }
}

fn is_single(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// Whether a key is one of those that a wrapper of a list has.
fn wraps(key: &str) -> bool {
    ["value", "count"].iter().any(|it| key.eq_ignore_ascii_case(it)) || key.starts_with("@odata.")
}

/// Whether PowerShell has cut off something in a value.
pub fn has_cut(value: &Value) -> bool {
    match value {
        Value::String(text) => is_cut(text),
        Value::Array(items) => items.iter().any(has_cut),
        Value::Object(object) => object.values().any(has_cut),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as a text; `None`: it is none.
pub fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// Whether a text is what PowerShell writes for a value that lies deeper than `-Depth`: the fields
/// of an object, or the name of a type.
pub fn is_cut(text: &str) -> bool {
    let text = text.trim();
    let fields = text.starts_with("@{") && text.ends_with('}') && text.contains('=');
    let list = text.strip_suffix("[]").is_some_and(|it| it.starts_with("System."));
    let parts = text.split('.').count();
    let named = |it: &str| it.chars().all(|c| c.is_ascii_alphanumeric() || "_`+[],".contains(c));
    let of_system = text.starts_with("System.") && parts >= 3 || text.starts_with("System.Object");
    let of_module = text.starts_with("Microsoft.") && parts >= 4;
    fields || list || (of_system || of_module) && text.split('.').all(named)
}

/// Where the parts of a text begin.
pub struct Places<'t>(Lines<'t>);

impl<'t> Places<'t> {
    /// Those of this text.
    pub const fn new(text: &'t str) -> Self {
        Self(Lines::new(text))
    }

    /// Where a value begins.
    pub fn of(&mut self, value: &RawValue) -> Spot {
        self.0.of_part(value.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> &RawValue {
        parse(text).unwrap()
    }

    #[test]
    fn a_list_is_a_list_however_powershell_writes_it() {
        for (text, expected) in [
            ("[]", Ok(vec![])),
            ("null", Ok(vec![])),
            (r#"[{"a": 1}, 2]"#, Ok(vec![r#"{"a": 1}"#, "2"])),
            (r#"{"a": 1}"#, Ok(vec![r#"{"a": 1}"#])),
            (r#"{"value": [1, 2], "Count": 2}"#, Ok(vec!["1", "2"])),
            (r#"{"Count": 1, "Value": {"a": 1}}"#, Ok(vec![r#"{"a": 1}"#])),
            (r#"{"value": {"value": [1], "Count": 1}}"#, Ok(vec!["1"])),
            (r#"{"@odata.context": "x", "value": [1]}"#, Ok(vec!["1"])),
            (r#"{"value": 1, "name": "x"}"#, Ok(vec![r#"{"value": 1, "name": "x"}"#])),
            (r#""System.Object[]""#, Err(CUT)),
            (r#""@{Id=1; Type=Role}""#, Err(CUT)),
            (r#""@{Id=1} @{Id=2}""#, Err(CUT)),
            (r#""Microsoft.Graph.PowerShell.Models.MicrosoftGraphResourceAccess""#, Err(CUT)),
            (r#""System.Collections.Hashtable""#, Err(CUT)),
            (r#""System.Management.Automation.PSCustomObject""#, Err(CUT)),
            (r#""System.Collections.Generic.List`1[System.Object]""#, Err(CUT)),
            (r#""System.Collections.Generic.Dictionary`2[System.String,System.Object]""#, Err(CUT)),
            ("[[1, 2], [[3]], 4, []]", Ok(vec!["1", "2", "3", "4"])),
            (r#"{"value": [[1]], "Count": 1}"#, Ok(vec!["1"])),
            (r#""Microsoft.Graph""#, Err("must be a list in brackets")),
            (r#""System.Backup of files""#, Err("must be a list in brackets")),
            ("1", Err("must be a list in brackets")),
            ("true", Err("must be a list in brackets")),
        ] {
            let found = list(raw(text)).map(|it| it.iter().map(|it| it.get()).collect::<Vec<_>>());
            assert_eq!(found, expected, "{text}");
        }
        let deep = format!("{}1{}", "{\"value\":".repeat(5_000), "}".repeat(5_000));
        assert!(list(raw(&deep)).is_err());
    }

    #[test]
    fn a_document_that_was_written_twice_is_read() {
        let plain = "{\n  \"a\": [\"é\", 1]\n}";
        let once = serde_json::to_string(plain).unwrap();
        let lines = serde_json::to_string(&plain.lines().collect::<Vec<_>>()).unwrap();
        for text in [&once, &lines, &format!(" {once}\n"), &plain.to_owned()] {
            assert_eq!(unwrapped(text), plain, "{text}");
        }
        for text in [r#"["a", "b"]"#, r#""a": [1]"#, r#""a""#, "[1]", r#"["{", 1]"#, "", "["] {
            assert_eq!(unwrapped(text), text);
        }
    }

    #[test]
    fn a_value_loses_what_powershell_adds() {
        for (text, expected) in [
            (r#"{"value":"x","DisplayHint":2,"DateTime":"Monday"}"#, r#""x""#),
            (r#"{"value":"x","PSPath":"y","ReadCount":1}"#, r#""x""#),
            (r#"{"value":["a"],"Count":1}"#, r#"["a"]"#),
            (r#"{"Value":{"value":[{"value":1,"X":2}]},"count":1}"#, "[1]"),
            (r#"{"a":{"value":[],"Count":0}}"#, r#"{"a":[]}"#),
            (r#"{"value":[1],"name":"x"}"#, r#"{"name":"x","value":[1]}"#),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("1", "1"),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(plain(value).to_string(), expected);
        }
        let value: Value = serde_json::from_str(r#"{"a":[{"b":"System.Object[]"}]}"#).unwrap();
        assert!(has_cut(&value) && !has_cut(&Value::from("@{x}")));
    }

    #[test]
    fn problems_have_line_and_column_of_characters() {
        for (text, expected) in [
            ("{\"é\": ]", "line 1, column 7: not valid JSON: expected value"),
            ("[1,\n 2", "line 2, column 2: not valid JSON: the text ends too early"),
            ("[1]\n\n x", "line 3, column 2: not valid JSON: trailing characters"),
            ("", "line 1, column 1: not valid JSON: the text ends too early"),
            ("\n  \n", "line 1, column 1: not valid JSON: the text ends too early"),
        ] {
            assert_eq!(parse::<&RawValue>(text).unwrap_err().to_string(), expected, "{text:?}");
        }
        let error = parse::<Vec<u8>>("[\"canary\"]").unwrap_err().to_string();
        assert!(
            error.ends_with("not what is expected here") && !error.contains("canary"),
            "{error}"
        );
    }

    #[test]
    fn entries_are_found_in_any_case_and_the_last_one_counts() {
        let entries = Entries::of(raw(r#"{"Name": 1, "name": 2, "name": 3}"#)).unwrap();
        assert_eq!(entries.get("name").unwrap().get(), "3");
        assert_eq!(entries.get("NAME").unwrap().get(), "3");
        assert!(entries.get("x").is_none() && Entries::of(raw("[]")).is_none());
    }
}
