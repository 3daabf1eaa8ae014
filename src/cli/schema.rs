//! `jetbridge schema`: the JSON Schema of a connection file, made from the forms, and those of the
//! answers in JSON, of one command or of all.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::session::Session;
use super::words;
use crate::error::{Exit, Failure};
use crate::form::file;

const ANSWERS: &str = include_str!("../../assets/cli.schema.json");
const AUDIT: &str = include_str!("../../assets/audit.schema.json");
/// Names the schema of a connection file where others refer to it.
const FILE_ID: &str = "urn:jetbridge:connection-file:1";

/// Schemas that are not of one command: their words, and what each describes.
pub const OTHERS: [(&str, &str); 2] = [
    ("connection-file", "Connection files, for editors"),
    ("answers", "Every answer and error in JSON, distinguished by \"command\""),
];

/// Arguments of `schema`.
#[derive(Debug, Clone, clap::Args)]
pub struct SchemaArgs {
    /// What it describes: connection-file, answers (of every command), or a command such as list or
    /// permissions check
    #[arg(value_name = "SCHEMA|COMMAND", default_value = "connection-file", hide_possible_values = true, value_parser = words::schemas())]
    pub which: Vec<String>,
}

pub fn run(session: &mut Session<'_, '_>, args: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match args.which.join(" ").as_str() {
        "connection-file" => file::schema(),
        "answers" => answers()?,
        command => of(command)?,
    };
    session.printer.json(&schema)?;
    Ok(Exit::Ok)
}

/// The schema of every answer. It needs no other file: what it refers to lies in it.
fn answers() -> Result<Value, Failure> {
    let (mut whole, mut files) = (read(ANSWERS)?, file::schema());
    if let Some(files) = files.as_object_mut() {
        files.insert("$id".to_owned(), FILE_ID.into());
    }
    if let Some(defs) = whole.get_mut("$defs").and_then(Value::as_object_mut) {
        defs.insert("audit".to_owned(), read(AUDIT)?);
        defs.insert("connection-file".to_owned(), files);
    }
    Ok(whole)
}

/// The schema of what one command answers and of what goes wrong with it, with no more than it needs.
fn of(command: &str) -> Result<Value, Failure> {
    let mut whole = answers()?;
    let one = json!({ "const": command });
    let own = |it: &&Value| it.pointer("/if/properties/command") == Some(&one);
    let rows = whole.pointer("/else/else/allOf").and_then(Value::as_array);
    let Some(row) = rows.and_then(|all| all.iter().find(own)).cloned() else {
        return Err(Failure::usage(format!("there is no schema of {command}"))
            .because("it is no command that answers in JSON")
            .hint("`jetbridge schema answers` has those of every command."));
    };
    let then = row.get("then").cloned().unwrap_or_default();
    for (at, value) in [
        ("/title", format!("Answers of `jetbridge {command}` in JSON").into()),
        ("/description", "Every answer of -o json, every line of -o jsonl, and what stands on standard error beside them.".into()),
        ("/$id", format!("urn:jetbridge:cli:1:{}", command.replace(' ', "-")).into()),
        ("/properties/command", one),
        ("/else/else", then),
    ] {
        if let Some(place) = whole.pointer_mut(at) {
            *place = value;
        }
    }
    let kept = needed(&whole);
    if let Some(defs) = whole.get_mut("$defs").and_then(Value::as_object_mut) {
        defs.retain(|name, _| kept.contains(name));
    }
    Ok(whole)
}

/// The definitions that a schema refers to, one through the other.
fn needed(whole: &Value) -> BTreeSet<String> {
    let (mut seen, mut open) = (BTreeSet::new(), Vec::new());
    let own = |it: &(&String, &Value)| it.0 != "$defs";
    whole.as_object().into_iter().flatten().filter(own).for_each(|it| refs(it.1, &mut open));
    while let Some(name) = open.pop() {
        // A file of its own has its definitions in itself.
        if seen.insert(name.clone())
            && let Some(it) = whole.pointer(&format!("/$defs/{name}"))
            && it.get("$id").is_none()
        {
            refs(it, &mut open);
        }
    }
    seen
}

/// The names of the definitions that a value refers to.
fn refs(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(all) => {
            for (key, it) in all {
                match (key.as_str(), it.as_str()) {
                    ("$ref", Some(name)) => out.push(definition(name).to_owned()),
                    _ => refs(it, out),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|it| refs(it, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The definition that a reference leads into.
fn definition(reference: &str) -> &str {
    let of = |id: &str| reference.starts_with(id);
    match reference.strip_prefix("#/$defs/") {
        Some(name) => name.split('/').next().unwrap_or(name),
        None if of("urn:jetbridge:audit:") => "audit",
        None if of(FILE_ID) => "connection-file",
        None => reference,
    }
}

/// Every command that has a schema.
pub fn commands() -> Vec<String> {
    let whole = read(ANSWERS).unwrap_or_default();
    let all = whole.pointer("/else/else/properties/command/enum").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn read(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new("the schema cannot be read")
            .because(error.to_string())
            .hint("Report it with the output of `jetbridge --version`.")
    })
}
