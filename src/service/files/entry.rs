//! From the texts of files to records, each answer with the line it stands on.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::mistake::{FilesError, Mistake};
use super::{json, toml};
use crate::domain::ConnectionId;
pub use crate::files::Place;
use crate::text::{Spot, fold};

/// Most bytes of one file.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// `[[connection]]` tables.
    Toml,
    /// An object with `connections`.
    Json,
}

impl Syntax {
    /// By the beginning of the text, where no file name shows it.
    pub fn guess(text: &str) -> Self {
        if text.trim_start().starts_with('{') { Self::Json } else { Self::Toml }
    }
}

/// The text of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What it is called in messages.
    pub name: String,
    /// Folder from which the paths of secret files are taken.
    pub folder: PathBuf,
    /// How it is written.
    pub syntax: Syntax,
    /// Its text.
    pub text: String,
}

/// One record of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it begins.
    pub place: Place,
    /// Folder from which the paths of secret files are taken.
    pub folder: Arc<PathBuf>,
    /// Its answers by key.
    pub fields: Map<String, Json>,
    /// Where each answer is.
    pub spots: HashMap<String, Spot>,
}

impl Entry {
    /// The name of the connection; empty when it is not given.
    pub fn name(&self) -> &str {
        self.fields.get("name").and_then(Json::as_str).unwrap_or_default().trim()
    }

    /// The id of the connection that it means; `None`: it has none, and its name decides.
    ///
    /// # Errors
    /// One line: it is not an id.
    pub fn id(&self) -> Result<Option<ConnectionId>, String> {
        let text = match self.fields.get("id") {
            None | Some(Json::Null) => return Ok(None),
            Some(Json::String(text)) => text.trim(),
            Some(_) => "",
        };
        let wrong = || {
            "must be the whole id, as `jetbridge export` writes it: leave it out for a new connection".to_owned()
        };
        text.parse().map(Some).map_err(|_| wrong())
    }

    /// A mistake in one of its answers.
    pub(super) fn mistake(&self, field: &str, message: impl Into<String>) -> Mistake {
        let spot = self.spots.get(field).copied().or(self.place.spot);
        Mistake {
            place: Place { file: self.place.file.clone(), spot },
            connection: self.name().to_owned(),
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

/// What files hold. A mistake in one place does not hide those of another, so both go on together.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Every record that could be distinguished, in the order of the files.
    pub entries: Vec<Entry>,
    /// What is not TOML or JSON, what does not belong there, and names that come twice.
    pub mistakes: Vec<Mistake>,
}

impl Records {
    /// The records, where nothing is wrong so far.
    ///
    /// # Errors
    /// Every mistake.
    pub fn whole(self) -> Result<Vec<Entry>, FilesError> {
        if self.mistakes.is_empty() {
            Ok(self.entries)
        } else {
            Err(FilesError::Mistakes(self.mistakes))
        }
    }
}

/// Reads the texts of files.
pub fn read(inputs: &[Input]) -> Records {
    let (mut out, mut mistakes) = (Vec::new(), Vec::new());
    for input in inputs {
        let mut reading = Reading::new(input);
        match input.syntax {
            Syntax::Toml => toml::read(&mut reading, &input.text),
            Syntax::Json => json::read(&mut reading, &input.text),
        }
        if reading.entries.is_empty() && reading.mistakes.is_empty() {
            let message = "there is no connection in it: begin one with [[connection]], or in JSON with {\"connections\": [{…}]}";
            reading.report(None, "", message);
        }
        out.append(&mut reading.entries);
        mistakes.append(&mut reading.mistakes);
    }
    twice(&out, &mut mistakes);
    Records { entries: out, mistakes }
}

/// Names are unique, whatever the case. G1.
fn twice(entries: &[Entry], mistakes: &mut Vec<Mistake>) {
    let mut seen: HashMap<String, &Place> = HashMap::new();
    for entry in entries.iter().filter(|it| !it.name().is_empty()) {
        if let Some(first) = seen.get(&fold(entry.name())) {
            mistakes.push(entry.mistake("name", format!("{first} has this name too")));
        } else {
            seen.insert(fold(entry.name()), &entry.place);
        }
    }
}

/// One file while it is read.
pub(super) struct Reading {
    file: Arc<str>,
    folder: Arc<PathBuf>,
    entries: Vec<Entry>,
    mistakes: Vec<Mistake>,
}

impl Reading {
    fn new(input: &Input) -> Self {
        Self {
            file: input.name.as_str().into(),
            folder: Arc::new(input.folder.clone()),
            entries: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    pub(super) fn report(&mut self, spot: Option<Spot>, field: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake {
            place: Place { file: self.file.clone(), spot },
            connection: String::new(),
            field: field.to_owned(),
            message: message.into(),
        });
    }

    /// Checks the version of the format.
    pub(super) fn version(&mut self, spot: Option<Spot>, version: Option<i64>) {
        match version {
            Some(1) => {}
            Some(other) if other > 1 => {
                self.report(
                    spot,
                    "version",
                    format!("this file has version {other}: update jetbridge"),
                );
            }
            _ => self.report(spot, "version", "must be the number 1"),
        }
    }

    /// A key that does not belong to the top of a file.
    pub(super) fn unknown(&mut self, spot: Option<Spot>, key: &str) {
        let message = match key {
            "name" | "type" => {
                "is outside a connection: write [[connection]] above it, or in JSON put it into {\"connections\": [{…}]}"
            }
            _ => "is not known here; use version and connection (in JSON connections)",
        };
        self.report(spot, key, message);
    }

    /// Adds a record.
    pub(super) fn entry(&mut self, spot: Option<Spot>, answers: Vec<(String, Json, Option<Spot>)>) {
        let mut entry = Entry {
            place: Place { file: self.file.clone(), spot },
            folder: self.folder.clone(),
            fields: Map::new(),
            spots: HashMap::new(),
        };
        for (key, value, spot) in answers {
            if let Some(spot) = spot {
                entry.spots.insert(key.clone(), spot);
            }
            if entry.fields.insert(key.clone(), value).is_some() {
                self.mistakes.push(entry.mistake(&key, "is given twice"));
            }
        }
        self.entries.push(entry);
    }
}
