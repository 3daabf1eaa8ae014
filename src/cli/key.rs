//! `jetbridge key check`. SPEC D6, D12.

use clap::Subcommand;

use super::answer::{Format, FormatArgs, one};
use super::session::{Session, wait};
use crate::domain::key::{self, Key, KeyError, KeyStanding};
use crate::error::{Exit, Failure};
use crate::text::shown;

/// Commands of `key`.
#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Report whether a key is mistyped, current, superseded, unused or unknown
    ///
    /// Exit code 0 for a current key, 3 for any other. The key is asked for or read from standard
    /// input when it is not given, so that it does not stay in the history of the shell.
    Check {
        /// The key; - or nothing: standard input
        #[arg(value_name = "KEY|-")]
        key: Option<String>,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

/// Longest input with a key, in bytes.
const MOST_BYTES: u64 = 4_096;

/// Says what is known of a key; never repeats more than its public part. E3.
pub fn check(
    session: &mut Session<'_, '_>,
    key: Option<String>,
    format: Format,
) -> Result<Exit, Failure> {
    let text = match key {
        Some(text) if text != "-" => text,
        Some(_) | None => ask(session)?,
    };
    // A mistyped key is known as such without any store.
    let verdict = match key::parse(&text) {
        Err(error) => Verdict::Mistyped(error),
        Ok(key) => {
            let backend = session.backend()?;
            let standing = wait(backend.check_key(key.clone()))??;
            Verdict::Known(key, standing)
        }
    };
    if !one(session.printer, format, &FIELDS, &verdict.answer())? {
        session.printer.line(&verdict.line())?;
        if !verdict.is_current() {
            session.printer.say(&format!("hint: {}", verdict.hint()));
        }
    }
    Ok(if verdict.is_current() { Exit::Ok } else { Exit::Findings })
}

fn ask(session: &mut Session<'_, '_>) -> Result<String, Failure> {
    if session.no_input && session.terminals.input {
        return Err(session.nobody("for the key").hint("Pipe it in, or give it as KEY."));
    }
    if session.can_ask() {
        session.printer.ask("Key: ");
    }
    let line = match session.terminals.input {
        true => session.read_line()?.unwrap_or_default(),
        false => session.read_text(MOST_BYTES)?.lines().next().unwrap_or_default().to_owned(),
    };
    if line.trim().is_empty() {
        return Err(Failure::usage("no key was given")
            .hint("Pipe it in, or run the command in a terminal and type it."));
    }
    Ok(line)
}

/// Columns of CSV.
const FIELDS: [&str; 9] = [
    "verdict",
    "kind",
    "key_id",
    "connection",
    "connection_id",
    "superseded_at",
    "deleted_at",
    "issued_at",
    "problem",
];

enum Verdict {
    Mistyped(KeyError),
    Known(Key, KeyStanding),
}

impl Verdict {
    const fn is_current(&self) -> bool {
        matches!(self, Self::Known(_, KeyStanding::Current { .. }))
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Mistyped(_) => "mistyped",
            Self::Known(_, standing) => match standing {
                KeyStanding::Current { .. } => "current",
                KeyStanding::Superseded { .. } => "superseded",
                KeyStanding::Deleted { .. } => "deleted",
                KeyStanding::Unused { .. } => "unused",
                KeyStanding::Unknown => "unknown",
            },
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Mistyped(error) => format!("mistyped: {error}"),
            Self::Known(key, standing) => {
                format!("{}: {} {}: {standing}", self.word(), key.kind.label(), key.id())
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Mistyped(_) => "Copy the key again, whole.".to_owned(),
            Self::Known(_, standing) => match standing {
                KeyStanding::Current { .. } => String::new(),
                KeyStanding::Superseded { name, .. } => {
                    format!("Copy the newer key of {} to the agent.", shown(name))
                }
                KeyStanding::Deleted { name, .. } => {
                    format!("`jetbridge restore` brings {} back, and its key with it.", shown(name))
                }
                KeyStanding::Unused { .. } => {
                    "Save the connection that it was issued for, or use that one's key.".to_owned()
                }
                KeyStanding::Unknown => {
                    "It may belong to another store: check it where it was issued.".to_owned()
                }
            },
        }
    }

    fn answer(&self) -> serde_json::Value {
        let (key, standing) = match self {
            Self::Mistyped(error) => {
                return serde_json::json!({
                    "verdict": self.word(), "problem": error.to_string(),
                });
            }
            Self::Known(key, standing) => (key, standing),
        };
        let mut answer = serde_json::json!({
            "verdict": self.word(), "kind": key.kind, "key_id": key.id(),
        });
        let extra = match standing {
            KeyStanding::Current { connection, name } => {
                serde_json::json!({ "connection": name, "connection_id": connection })
            }
            KeyStanding::Superseded { name, at } => {
                serde_json::json!({ "connection": name, "superseded_at": at })
            }
            KeyStanding::Deleted { name, at } => {
                serde_json::json!({ "connection": name, "deleted_at": at })
            }
            KeyStanding::Unused { issued_at } => serde_json::json!({ "issued_at": issued_at }),
            KeyStanding::Unknown => serde_json::json!({}),
        };
        if let (Some(all), serde_json::Value::Object(extra)) = (answer.as_object_mut(), extra) {
            all.extend(extra);
        }
        answer
    }
}
