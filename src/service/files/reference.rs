//! Secrets by reference: a file names where a secret is, and does not hold it. E3.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::domain::Secret;
use crate::domain::secret::may_be_secret;
use crate::files::path;
use crate::form::read::PlainSecrets;
use crate::text::nearest;
use crate::text::shown;

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// What the store has stays.
    Keep,
    /// The first line of a file that only its owner can read.
    File(PathBuf),
    /// What a program prints; no shell.
    Command(Vec<String>),
    /// Asked for when the plan is applied, where the store has none.
    Prompt,
    /// It stands in the file.
    Plain(Secret),
}

/// Reads secrets. The command line's does; tests have their own. `None`: they are not read now.
pub trait SecretSource {
    /// The secret in a file.
    ///
    /// # Errors
    /// One line that says why it was refused; never a part of the secret.
    fn file(&mut self, path: &Path) -> Result<Option<Secret>, String>;

    /// The secret that a program prints.
    ///
    /// # Errors
    /// One line that says why there is none; never a part of the secret.
    fn command(&mut self, argv: &[String]) -> Result<Option<Secret>, String>;
}

/// Planning looks at nothing that a file names: no secret file is opened, no command is run.
pub(super) struct Unread;

impl SecretSource for Unread {
    fn file(&mut self, _: &Path) -> Result<Option<Secret>, String> {
        Ok(None)
    }

    fn command(&mut self, _: &[String]) -> Result<Option<Secret>, String> {
        Ok(None)
    }
}

/// Where applying a plan reads a secret that planning did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRead {
    /// Key of the field.
    pub field: String,
    /// The file that is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The program that is run, and its arguments; a word that looks like a secret is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
}

impl SecretRead {
    /// What a reference of a field leads to; `None`: to nothing outside the store.
    pub(super) fn of(field: &str, reference: &Reference) -> Option<Self> {
        let field = field.to_owned();
        match reference {
            Reference::Keep | Reference::Prompt | Reference::Plain(_) => None,
            Reference::File(path) => {
                let file = Some(path.to_string_lossy().into_owned());
                Some(Self { field, file, command: None })
            }
            Reference::Command(argv) => {
                let word = |it: &String| match may_be_secret(it) {
                    true => "(not shown: it looks like a secret)".to_owned(),
                    false => it.clone(),
                };
                let command = Some(argv.iter().map(word).collect());
                Some(Self { field, file: None, command })
            }
        }
    }
}

const WAYS: &str =
    "give it by reference: { file = \"…\" }, { command = [\"…\"] } or { prompt = true }";

/// What is said where a secret is missing.
pub(super) fn missing() -> String {
    WAYS.to_owned()
}

impl Reference {
    /// Reads a reference; paths are taken from `folder`.
    ///
    /// # Errors
    /// One line that says how it is written; never a part of a secret.
    pub fn parse(json: &Json, folder: &Path, plain: PlainSecrets) -> Result<Self, String> {
        match json {
            Json::String(text) if plain == PlainSecrets::Allow => match text.trim() {
                "" => Err("the secret is empty".to_owned()),
                text => Ok(Self::Plain(Secret::new(text))),
            },
            Json::String(_) => Err(format!(
                "a secret is not written here: {WAYS}; in a file, --allow-plain-secrets accepts it"
            )),
            Json::Object(map) => Self::of_table(map, folder),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => Err(WAYS.to_owned()),
        }
    }

    fn of_table(map: &Map<String, Json>, folder: &Path) -> Result<Self, String> {
        const KNOWN: [&str; 4] = ["keep", "file", "command", "prompt"];
        let mut pairs = map.iter();
        let (Some((key, value)), None) = (pairs.next(), pairs.next()) else {
            return Err(format!("write one of keep, file, command and prompt; {WAYS}"));
        };
        match (key.as_str(), value) {
            ("keep", Json::Bool(true)) => Ok(Self::Keep),
            ("prompt", Json::Bool(true)) => Ok(Self::Prompt),
            ("keep" | "prompt", _) => Err(format!("{key} can only be true")),
            ("file" | "secret_file", Json::String(path)) if !path.is_empty() => {
                Ok(Self::File(folder.join(path::given(path))))
            }
            ("file" | "secret_file", _) => Err(format!("{key} takes a path in quotes")),
            ("command" | "secret_command", Json::Array(words)) if !words.is_empty() => {
                let words = words.iter().map(|it| it.as_str().map(str::to_owned));
                let words = words.collect::<Option<Vec<String>>>();
                words
                    .filter(|it| it.first().is_some_and(|program| !program.is_empty()))
                    .map(Self::Command)
                    .ok_or_else(|| COMMAND.to_owned())
            }
            ("command" | "secret_command", _) => Err(COMMAND.to_owned()),
            (other, _) => {
                let meant = nearest::tail(other, KNOWN);
                Err(format!("{} is not known here{meant}; {WAYS}", shown(other)))
            }
        }
    }
}

const COMMAND: &str = "command takes a program and its arguments as a list, such as [\"op\", \"read\", \"op://…\"]; there is no shell";
