//! Creating, changing and copying single connections by the same records as files.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::entry::{self, Entry, Records};
use super::export::{base_of, fields_of};
use super::matching::{named, not_there};
use super::mistake::{FilesError, Mistake};
use super::plan::{Known, Plan, planned};
use super::toml;
use super::want::{Base, Options};
use crate::backend::{BackendError, Place};
use crate::domain::{Connection, ConnectionType};
use crate::form::lookup::Lookup;
use crate::form::{Kind, specs};
use crate::service::directory;
use crate::text::{fold, shown};

/// What an edit brings.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Some fields; an empty text takes an answer away, and questions that this closes lose
    /// theirs.
    Fields(Vec<(String, Json)>),
    /// The whole record; its name may be a new one.
    Whole(Box<Entry>),
}

/// A copy that is wanted.
#[derive(Debug, Clone)]
pub struct CopyOf {
    /// Name of the copy.
    pub name: String,
    /// Fields that differ.
    pub fields: Vec<(String, Json)>,
}

/// A value as it is typed after `--set key=`: what the field takes is written as in TOML, a text
/// as it is.
///
/// # Errors
/// One line: the value cannot be read.
pub fn value_of(kind: ConnectionType, key: &str, typed: &str) -> Result<Json, String> {
    let field = specs::of(kind).and_then(|spec| spec.field(key));
    let text = typed.trim();
    match field.map(|it| it.kind) {
        Some(Kind::Secret { .. } | Kind::Key(_) | Kind::Tokens) if text.is_empty() => {
            Err("cannot be emptied: change the answer that requires it, or give another value"
                .to_owned())
        }
        _ if text.is_empty() => Ok(Json::from("")),
        Some(Kind::Toggle) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(Json::from(true)),
            "false" | "no" | "off" => Ok(Json::from(false)),
            _ => Err("write true or false".to_owned()),
        },
        Some(Kind::PickMany(_)) if text.starts_with('[') => toml::value(text),
        Some(Kind::Secret { .. } | Kind::Key(_) | Kind::Tokens) if text.starts_with(['{', '[']) => {
            toml::value(text)
        }
        _ => Ok(Json::from(typed)),
    }
}

/// The record of a saved connection, its answers in the order of the form.
///
/// # Errors
/// What the backend answers.
pub async fn record_of(
    backend: &Place,
    connection: &Connection,
) -> Result<Vec<(String, Json)>, BackendError> {
    let directory = directory::whole(backend).await?;
    Ok(fields_of(connection, &directory, &Lookup::new(&directory)))
}

/// Plans records of which none may be there yet.
///
/// # Errors
/// Every mistake at once; a name that is taken is one.
pub async fn create_all(
    backend: &Place,
    records: &Records,
    options: Options,
) -> Result<Plan, FilesError> {
    let mut mistakes = records.mistakes.clone();
    for entry in &records.entries {
        if let Some(other) = named(backend, entry.name()).await? {
            mistakes.push(entry.mistake("name", name_taken(&other.name)));
        }
    }
    mistakes.extend(not_there(backend, &records.entries).await?);
    let pairs = records.entries.iter().map(|it| (it, Base::New)).collect();
    let directory = directory::whole(backend).await?;
    let known = Known { own: None, mistakes, directory: &directory };
    Ok(Plan::of(planned(backend, pairs, options, known).await?))
}

fn name_taken(name: &str) -> String {
    format!(
        "a connection named {} exists already: change it with edit or apply, or choose another name",
        shown(name)
    )
}

/// Plans a change of one connection.
///
/// # Errors
/// Every mistake at once, or what the backend answers.
pub async fn change_one(
    backend: &Place,
    connection: Connection,
    edit: Edit,
    options: Options,
) -> Result<Plan, FilesError> {
    let entry = match edit {
        Edit::Whole(entry) => *entry,
        Edit::Fields(fields) => {
            return change_all(backend, vec![(connection, fields)], options).await;
        }
    };
    let mut mistakes = taken(backend, &entry, Some(&connection)).await?;
    if entry.id().ok().flatten().is_some_and(|id| id != connection.id) {
        let name = shown(&connection.name);
        let message =
            format!("is not that of {name}: edit the connection with this id, or leave it out");
        mistakes.push(entry.mistake("id", message));
    }
    let pairs = vec![(&entry, Base::Change(Box::new(connection)))];
    let directory = directory::whole(backend).await?;
    let known = Known { own: None, mistakes, directory: &directory };
    Ok(Plan::of(planned(backend, pairs, options, known).await?))
}

/// Plans a change of some fields of each of these connections, the same ones of all.
///
/// # Errors
/// Every mistake at once, or what the backend answers.
pub async fn change_all(
    backend: &Place,
    changes: Vec<(Connection, Vec<(String, Json)>)>,
    options: Options,
) -> Result<Plan, FilesError> {
    let directory = directory::whole(backend).await?;
    let lookup = Lookup::new(&directory);
    let (mut entries, mut bases) = (Vec::new(), Vec::new());
    let (mut own, mut mistakes) = (Vec::new(), Vec::new());
    for (connection, fields) in changes {
        let record = base_of(&connection, &fields, &directory, &lookup);
        let entry = merged(record, &connection, &fields)?;
        mistakes.extend(taken(backend, &entry, Some(&connection)).await?);
        entries.push(entry);
        bases.push(Base::Change(Box::new(connection)));
        own = fields.into_iter().map(|it| it.0).collect::<Vec<_>>();
    }
    let pairs = entries.iter().zip(bases).collect();
    let known = Known { own: Some(&own), mistakes, directory: &directory };
    Ok(Plan::of(planned(backend, pairs, options, known).await?))
}

/// Plans a copy of one connection, stored secrets included.
///
/// # Errors
/// Every mistake at once, or what the backend answers.
pub async fn clone_one(
    backend: &Place,
    connection: Connection,
    copy: CopyOf,
    options: Options,
) -> Result<Plan, FilesError> {
    let mut fields = copy.fields;
    fields.retain(|(key, _)| key != "name");
    fields.push(("name".to_owned(), Json::from(copy.name)));
    let directory = directory::whole(backend).await?;
    let record = base_of(&connection, &fields, &directory, &Lookup::new(&directory));
    let mut entry = merged(record, &connection, &fields)?;
    entry.place.file = "the copy".into();
    let mistakes = taken(backend, &entry, None).await?;
    let own: Vec<String> = fields.into_iter().map(|it| it.0).collect();
    let pairs = vec![(&entry, Base::Copy(Box::new(connection)))];
    let known = Known { own: Some(&own), mistakes, directory: &directory };
    let steps = planned(backend, pairs, options, known).await?;
    Ok(Plan::of(steps))
}

/// The name must be nobody else's. G1.
async fn taken(
    backend: &Place,
    entry: &Entry,
    own: Option<&Connection>,
) -> Result<Vec<Mistake>, BackendError> {
    if own.is_some_and(|it| fold(it.name.trim()) == fold(entry.name())) {
        return Ok(Vec::new());
    }
    match named(backend, entry.name()).await? {
        Some(other) if own.is_none_or(|it| it.id != other.id) => {
            let message = format!(
                "a connection named {} exists already: choose another name",
                shown(&other.name)
            );
            Ok(vec![entry.mistake("name", message)])
        }
        _ => Ok(Vec::new()),
    }
}

/// The record as it is saved, with some fields set.
fn merged(
    record: Vec<(String, Json)>,
    connection: &Connection,
    fields: &[(String, Json)],
) -> Result<Entry, FilesError> {
    let mut record: Map<String, Json> = record.into_iter().collect();
    let mut mistakes = Vec::new();
    let place = entry::Place { file: "--set".into(), spot: None };
    let mut wrong = |key: &String, message: &str| {
        mistakes.push(Mistake {
            place: place.clone(),
            connection: connection.name.clone(),
            field: key.clone(),
            message: message.to_owned(),
        });
    };
    for (at, (key, value)) in fields.iter().enumerate() {
        if fields.iter().take(at).any(|it| it.0 == *key) {
            wrong(key, "is set twice");
        }
        if key == "id" {
            wrong(key, "cannot be set: a connection keeps its id");
        }
        if value.as_str() == Some("") && key != "name" && fold(key) != "type" {
            record.remove(key);
        } else {
            record.insert(key.clone(), value.clone());
        }
    }
    if !mistakes.is_empty() {
        return Err(FilesError::Mistakes(mistakes));
    }
    Ok(Entry {
        place,
        folder: Arc::new(PathBuf::new()),
        fields: record,
        spots: std::collections::HashMap::new(),
    })
}
