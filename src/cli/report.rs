//! What became of each of several connections, reported alike by every verb that works on several.

use serde::Serialize;

use super::answer::{Format, whole};
use super::session::Session;
use crate::backend::BackendError;
use crate::domain::ConnectionId;
use crate::domain::removal::{Outcome, Target};
use crate::error::{Exit, Failure};
use crate::text::shown;

/// Outcomes in the order of the arguments.
#[derive(Debug, Default)]
pub struct Report {
    /// Connections for which it was done.
    pub done: Vec<Target>,
    /// What was asked for, with why it was not done.
    pub failed: Vec<(String, Failure)>,
}

/// Names listed before a question; the rest is counted.
const NAMED: usize = 20;

/// Lists what a question is about, with a remark on each; of many only the first.
pub fn few(
    session: &mut Session<'_, '_>,
    targets: &[Target],
    remark: impl Fn(&Target) -> Option<String>,
) {
    for it in targets.iter().take(NAMED) {
        let remark = remark(it).unwrap_or_default();
        session.printer.must_say(&format!("  {}{remark}", shown(&it.name)));
    }
    if targets.len() > NAMED {
        session.printer.must_say(&format!("  and {} more", targets.len() - NAMED));
    }
}

impl Report {
    /// Adds what the backend did.
    pub fn add(&mut self, outcomes: Vec<Outcome<BackendError>>) {
        for Outcome { id, name, result } in outcomes {
            match result {
                Ok(revision) => self.done.push(Target { id, name, revision }),
                Err(error) => {
                    let text = if name.is_empty() { id.to_string() } else { name };
                    self.failed.push((text, error.into()));
                }
            }
        }
    }

    /// Exit code: all, some or none were done.
    pub fn exit(&self) -> Exit {
        Exit::of_several(!self.done.is_empty(), self.failed.iter().map(|it| it.1.exit))
    }

    /// Prints it: one line of data per connection done, a failure for each that was not.
    pub fn print(
        &self,
        session: &mut Session<'_, '_>,
        verb: &'static str,
        format: Format,
    ) -> Result<Exit, Failure> {
        if whole(session.printer, format, &self.answer(verb), &FIELDS, self.records(verb))? {
            return Ok(self.exit());
        }
        for found in &self.done {
            session.printer.line(&format!("{verb} {}", shown(&found.name)))?;
        }
        for (text, failure) in &self.failed {
            let mut failure = failure.clone();
            failure.what = format!("{}: {}", shown(text), failure.what);
            session.printer.failure(&failure);
        }
        Ok(self.exit())
    }

    fn records(&self, verb: &'static str) -> impl Iterator<Item = OutcomeOut<'_>> {
        let done = self.done.iter().map(move |it| OutcomeOut {
            outcome: verb,
            id: Some(it.id),
            name: &it.name,
            error: None,
        });
        let failed = self.failed.iter().map(|(text, failure)| OutcomeOut {
            outcome: "failed",
            id: None,
            name: text,
            error: Some(&failure.what),
        });
        done.chain(failed)
    }

    fn answer(&self, verb: &'static str) -> serde_json::Value {
        let done: Vec<FoundOut<'_>> =
            self.done.iter().map(|it| FoundOut { id: it.id, name: &it.name }).collect();
        let failed: Vec<FailedOut<'_>> = self
            .failed
            .iter()
            .map(|(text, failure)| FailedOut { name: text, error: &failure.what })
            .collect();
        serde_json::json!({ "version": 1, verb: done, "failed": failed })
    }
}

/// Columns of CSV.
pub const FIELDS: [&str; 4] = ["outcome", "id", "name", "error"];

/// What became of one connection, as a record of its own.
#[derive(Serialize)]
pub struct OutcomeOut<'a> {
    /// What was done, or `failed`.
    pub outcome: &'static str,
    /// Which connection, where it is known.
    pub id: Option<ConnectionId>,
    /// Its name, or what was asked for.
    pub name: &'a str,
    /// Why it was not done.
    pub error: Option<&'a str>,
}

#[derive(Serialize)]
struct FoundOut<'a> {
    id: ConnectionId,
    name: &'a str,
}

#[derive(Serialize)]
struct FailedOut<'a> {
    name: &'a str,
    error: &'a str,
}
