//! The JSON Schema (draft 2020-12) of a connection file, made from the forms.
//!
//! A condition that only the directory can decide, such as whether a tenant is multi-geo, is left
//! open: the schema then neither asks for the field nor forbids it.

use serde_json::{Map, Value as Json, json};

use crate::domain::{ConnectionType, Side};
use crate::form::{Condition, Field, Key, Kind, Need, Spec, Step, specs};

/// The schema of a whole file.
pub fn schema() -> Json {
    let mut defs = Map::new();
    for spec in specs::ALL {
        defs.insert(spec.kind.slug(), form(spec));
    }
    defs.insert("listed".to_owned(), listed());
    defs.insert("secret".to_owned(), secret());
    defs.insert("token".to_owned(), token());
    defs.insert("key".to_owned(), key());
    defs.insert("connection".to_owned(), connection());
    let list = json!({
        "type": "array",
        "items": { "$ref": "#/$defs/connection" },
        "description": "The connections of this file. Names are unique, ignoring case.",
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "jetbridge connection file, version 1",
        "description": "Connections to create or to change with `jetbridge plan` and `apply`.",
        "type": "object",
        "properties": {
            "$schema": { "type": "string", "description": "Where this schema is." },
            "version": { "const": 1, "description": "Version of the format." },
            "command": { "const": "export", "description": "The schema that `jetbridge export` names in its files." },
            "connection": list,
            "connections": list,
        },
        "additionalProperties": false,
        "$defs": defs,
    })
}

/// A record: which of the others it is depends on its type.
fn connection() -> Json {
    let types: Vec<String> = ConnectionType::all().map(ConnectionType::slug).collect();
    let is_listed =
        json!({ "properties": { "listed": { "const": true } }, "required": ["listed"] });
    let mut otherwise = json!({ "$ref": "#/$defs/listed" });
    for spec in specs::ALL.iter().rev() {
        let slug = spec.kind.slug();
        otherwise = json!({
            "if": { "properties": { "type": { "const": slug } }, "required": ["type"] },
            "then": { "$ref": format!("#/$defs/{slug}") },
            "else": otherwise,
        });
    }
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string" },
            "type": { "anyOf": [{ "enum": types }, { "type": "string" }, { "type": "integer" }] },
            "id": id(),
        },
        "required": ["name", "type"],
        "if": is_listed,
        "then": { "$ref": "#/$defs/listed" },
        "else": otherwise,
    })
}

/// What a list reports: all there is of a type without a form.
fn listed() -> Json {
    let sides: Vec<&str> = Side::ALL.iter().map(|it| it.slug()).collect();
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "description": "A name that no other connection has." },
            "type": { "type": ["string", "integer"], "description": "Name or number of the type." },
            "id": id(),
            "listed": { "const": true, "description":
                "Imported from a list: only name, type, side and tenant are known; a type with a form still has to be filled in." },
            "side": { "enum": sides, "default": "any", "description": "Source, destination or either." },
            "tenant": { "type": "string", "description": "Tenant or domain, as the list names it." },
            "description": { "type": "string", "description": "Free text." },
        },
        "required": ["name", "type"],
        "additionalProperties": false,
    })
}

/// By it a record means its connection also under a new name.
fn id() -> Json {
    json!({
        "type": "string",
        "format": "uuid",
        "description": "Id of the connection, as `jetbridge export` writes it. With it a new name is a rename.",
    })
}

fn form(spec: &'static Spec) -> Json {
    let mut properties = Map::new();
    let mut all = Vec::new();
    properties.insert("id".to_owned(), id());
    // A type that is left out would be the form's first.
    let mut required = vec!["type".to_owned()];
    for step in spec.steps {
        for field in step.fields.iter().filter(|it| it.kind != Kind::Agent) {
            properties.insert(field.key.to_owned(), property(spec, field));
            branch(spec, step, field, &mut required, &mut all);
        }
    }
    for (rule, when) in spec.demands() {
        let broken = sure(spec, when);
        if broken != json!(false) {
            all.push(json!({ "not": broken, "description": rule.refused() }));
        }
    }
    let mut form = json!({
        "type": "object",
        "title": spec.kind.label().to_string(),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    // An empty list would be no schema.
    if let (Json::Object(form), false) = (&mut form, all.is_empty()) {
        form.insert("allOf".to_owned(), Json::Array(all));
    }
    form
}

/// When the field must be there, and when it must not.
fn branch(
    spec: &'static Spec,
    step: &'static Step,
    field: &'static Field,
    required: &mut Vec<String>,
    all: &mut Vec<Json>,
) {
    let needed = matches!(field.need, Need::Required(_)) && is_given(field);
    let on = all_of(vec![sure(spec, &step.when), sure(spec, &field.when)]);
    if needed && on == json!(true) {
        required.push(field.key.to_owned());
    } else if needed && on != json!(false) {
        all.push(json!({ "if": on, "then": { "required": [field.key] } }));
    }
    let may = all_of(vec![may(spec, &step.when), may(spec, &field.when)]);
    if may != json!(true) {
        all.push(json!({ "if": { "not": may }, "then": { "properties": { field.key: false } } }));
    }
}

/// Whether the answer has to stand in the file: a choice has a default, what is saved stays, and
/// what a pick fills in may be left out.
fn is_given(field: &Field) -> bool {
    match field.kind {
        Kind::Text { .. } => field.filled_by.is_none(),
        Kind::Day | Kind::PickOne(_) | Kind::PickMany(_) => true,
        Kind::Secret { .. }
        | Kind::Toggle
        | Kind::Choice(_)
        | Kind::Key(_)
        | Kind::Tokens
        | Kind::Agent => false,
    }
}

fn property(spec: &'static Spec, field: &'static Field) -> Json {
    let mut out = match field.kind {
        Kind::Text { example, .. } => json!({ "type": "string", "examples": [example] }),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Toggle => json!({ "type": "boolean", "default": false }),
        Kind::Choice(_) if field.key == "type" => json!({ "const": spec.kind.slug() }),
        Kind::Choice(options) => {
            let one = |it: &crate::form::Choice| json!({ "const": it.key, "title": it.label, "description": it.help });
            json!({
                "oneOf": options.iter().map(one).collect::<Vec<_>>(),
                "default": options.first().map(|it| it.key),
            })
        }
        Kind::PickOne(_) => json!({ "type": "string" }),
        Kind::PickMany(_) => json!({ "anyOf": [
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            { "type": "string" },
        ] }),
        Kind::Secret { .. } => json!({ "$ref": "#/$defs/secret" }),
        Kind::Key(_) => json!({ "$ref": "#/$defs/key" }),
        Kind::Tokens => json!({ "$ref": "#/$defs/token" }),
        Kind::Agent => json!(false),
    };
    if let Json::Object(map) = &mut out {
        map.insert("title".to_owned(), json!(field.label));
        map.insert("description".to_owned(), json!(field.help));
    }
    out
}

/// A secret by reference.
fn secret() -> Json {
    let one = |key: &str, value: Json, help: &str| {
        let mut properties = Map::new();
        properties.insert(key.to_owned(), value);
        json!({
            "type": "object", "properties": properties, "required": [key],
            "additionalProperties": false, "description": help,
        })
    };
    let text = json!({ "type": "string", "minLength": 1 });
    let words = json!({ "type": "array", "items": text, "minItems": 1 });
    json!({ "oneOf": [
        one("keep", json!({ "const": true }), "What the store has stays."),
        one("file", text.clone(), "A file that only its owner can read, next to this one or by its full path."),
        one("secret_file", text.clone(), "Same as file; the name used in the configuration."),
        one("command", words.clone(), "A program that prints it, with its arguments; no shell."),
        one("secret_command", words, "Same as command; the name used in the configuration."),
        one("prompt", json!({ "const": true }), "Asked for, where the store has none yet."),
        { "type": "string", "description": "The secret itself; refused without --allow-plain-secrets." },
    ] })
}

fn key() -> Json {
    let only = |key: &str| {
        let mut properties = Map::new();
        properties.insert(key.to_owned(), json!({ "const": true }));
        json!({ "type": "object", "properties": properties, "required": [key], "additionalProperties": false })
    };
    json!({
        "description": "Issued where the connection has none; the one it has stays.",
        "oneOf": [only("issued"), only("keep")],
    })
}

fn token() -> Json {
    let wish = json!({
        "type": "object",
        "properties": {
            "display_name": { "type": "string", "description": "Name shown for it." },
            "expires": { "type": "string", "format": "date", "description": "Its last day, at most 180 days ahead." },
            "token": { "$ref": "#/$defs/secret", "description": "The real token; without it a local stand-in is created." },
        },
        "required": ["display_name", "expires"],
        "additionalProperties": false,
    });
    json!({ "oneOf": [
        { "type": "object", "properties": { "keep": { "const": true } }, "required": ["keep"],
          "additionalProperties": false, "description": "What the store has stays." },
        wish,
        { "type": "array", "items": wish, "minItems": 1 },
    ] })
}

/// A schema that holds only where the condition surely does.
fn sure(spec: &'static Spec, condition: &Condition) -> Json {
    bound(spec, condition, false)
}

/// A schema that holds wherever the condition may.
fn may(spec: &'static Spec, condition: &Condition) -> Json {
    bound(spec, condition, true)
}

/// The condition as a schema; what a file does not set counts as `open`.
fn bound(spec: &'static Spec, condition: &Condition, open: bool) -> Json {
    match condition {
        Condition::Always => json!(true),
        Condition::Is(key, option) => is(spec, key, option),
        Condition::On(key) => {
            json!({ "properties": { *key: { "const": true } }, "required": [key] })
        }
        Condition::Answered(key) => answered(spec, key, open),
        Condition::Single(_)
        | Condition::Has(..)
        | Condition::Starts(..)
        | Condition::BuiltIn(_)
        | Condition::NotShared(_)
        | Condition::StandIn(_)
        | Condition::Replaced(_) => json!(open),
        Condition::Not(inner) => match bound(spec, inner, !open) {
            Json::Bool(holds) => json!(!holds),
            schema => json!({ "not": schema }),
        },
        Condition::All(inner) => all_of(inner.iter().map(|it| bound(spec, it, open)).collect()),
        Condition::Any(inner) => {
            let inner: Vec<Json> = inner.iter().map(|it| bound(spec, it, open)).collect();
            if inner.contains(&json!(true)) {
                return json!(true);
            }
            let rest: Vec<Json> = inner.into_iter().filter(|it| *it != json!(false)).collect();
            if rest.is_empty() { json!(false) } else { json!({ "anyOf": rest }) }
        }
    }
}

/// A choice that is left out has its first option.
fn is(spec: &'static Spec, key: Key, option: &str) -> Json {
    let default = spec.field(key).is_some_and(|field| match field.kind {
        Kind::Choice(options) => options.first().is_some_and(|it| it.key == option),
        _ => false,
    });
    if default {
        json!({ "properties": { key: { "const": option } } })
    } else {
        json!({ "properties": { key: { "const": option } }, "required": [key] })
    }
}

/// Secrets and what a pick fills in are answered without standing in the file.
fn answered(spec: &'static Spec, key: Key, open: bool) -> Json {
    match spec.field(key) {
        Some(field) if !is_given(field) => json!(open),
        _ => json!({ "properties": { key: { "not": { "const": "" } } }, "required": [key] }),
    }
}

fn all_of(inner: Vec<Json>) -> Json {
    if inner.contains(&json!(false)) {
        return json!(false);
    }
    let mut rest: Vec<Json> = inner.into_iter().filter(|it| *it != json!(true)).collect();
    match rest.len() {
        0 => json!(true),
        1 => rest.remove(0),
        _ => json!({ "allOf": rest }),
    }
}
