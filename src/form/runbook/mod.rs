//! The portal runbook: what to enter in the create-a-connection panel of AvePoint Fly for a planned
//! connection, in the order of the panel and with its labels (fly.md §3, §4, §6 and the product's
//! own create-a-connection pages). Connections can be created there only (fly.md §1).
//!
//! Pure: answers in, steps out. A secret is never in a runbook; a step names the path by which it
//! is copied.

mod before;
mod markdown;
pub(super) mod portal;
#[cfg(test)]
mod tests;

pub use before::{Remark, Severity, needed};
pub use markdown::markdown;

use serde::Serialize;

use super::value::Value;
use super::{Key, Kind, Limits, Spec, Trait, Values, specs};
use crate::domain::health::{Directory, Findings, Horizon};
use crate::domain::{Answers, Connection, ConnectionType, Held, Origin};
use crate::form::digest;
pub use portal::{How, Place};

/// Everything to do in the portal for one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Runbook {
    /// Name of the connection.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ConnectionType,
    /// It is in the portal already and is edited there.
    pub edit: bool,
    /// What to know before the first step: what the portal would refuse or warn of.
    pub before: Vec<Remark>,
    /// Steps in their order.
    pub steps: Vec<Step>,
    /// Answers that the documented panel does not ask.
    pub asides: Vec<Aside>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Names the step for its tick: the field's key, or one of `open`, `create`, `save`, `confirm`.
    pub id: &'static str,
    /// Field of our form that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Key>,
    /// Label in the portal.
    pub label: &'static str,
    /// What to do, one or two sentences.
    pub todo: String,
    /// What to enter or select.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// What to know here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Step {
    /// Id of the step that opens the page.
    pub const OPEN: &'static str = "open";
    /// Id of the step that opens the panel.
    pub const CREATE: &'static str = "create";
    /// Id of the step that saves.
    pub const SAVE: &'static str = "save";
    /// Id of the last step: the live list must show what was planned.
    pub const CONFIRM: &'static str = "confirm";

    fn plain(id: &'static str, label: &'static str, todo: impl Into<String>) -> Self {
        let todo = todo.into();
        Self { id, field: None, label, todo, entries: Vec::new(), notes: Vec::new() }
    }
}

/// A value of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// To be entered or selected as it stands; from outside, so it is escaped where it is shown.
    Text(String),
    /// A second value of the same step, with its label in the portal.
    Labelled {
        /// Label in the portal.
        label: &'static str,
        /// The value.
        text: String,
    },
    /// A secret: copied by its path, never shown here.
    Secret {
        /// Path of the field in the record.
        path: &'static str,
        /// What it is, such as `client secret`.
        what: &'static str,
    },
    /// The plan has no answer; what to do about it.
    Missing(String),
}

/// An answer that the documented panel does not ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// Field of our form.
    pub field: Key,
    /// Its label there.
    pub label: &'static str,
    /// The answer; empty: none.
    pub value: String,
    /// Why it is not among the steps.
    pub why: &'static str,
}

/// Why there is no runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRunbook {
    /// jetbridge has no form for the type.
    #[error("{} has no form in jetbridge: {}", .0.label(), specs::why_listed(*.0))]
    NoForm(ConnectionType),
    /// Only what a list reports is known.
    #[error("it was imported from a list: fill in the rest of its form first")]
    Incomplete,
}

/// The runbook of a saved connection.
///
/// # Errors
/// Why there is none.
pub fn of_connection(
    connection: &Connection,
    directory: &Directory,
    limits: &Limits,
    warning_days: i64,
) -> Result<Runbook, NoRunbook> {
    let none = NoRunbook::NoForm(connection.kind);
    let spec = specs::of(connection.kind).ok_or(none)?;
    if matches!(connection.answers, Answers::Listed(_)) {
        return Err(NoRunbook::Incomplete);
    }
    let values = spec.opened(connection, directory);
    let judged = digest(connection, directory);
    let at = Horizon { now: limits.now, warning_days };
    let findings = judged.findings.aged(judged.expires_at, at);
    Ok(of_values(spec, &values, limits, findings, connection.origin == Origin::Fly))
}

/// The runbook of answers: what is visible is asked once, what is hidden never.
pub fn of_values(
    spec: &'static Spec,
    values: &Values,
    limits: &Limits,
    findings: Findings,
    edit: bool,
) -> Runbook {
    let values = &spec.visible(values);
    let name = values.text("name").trim().to_owned();
    let mut steps = opening(edit);
    let mut asides = Vec::new();
    for place in spec.panel {
        let Some(field) = spec.visible_fields(values).find(|it| it.key == place.key) else {
            continue;
        };
        match place.how {
            How::Aside(why) => asides.push(Aside {
                field: field.key,
                label: field.label,
                value: text_of(field.kind, values, place).unwrap_or_default(),
                why,
            }),
            _ => steps.push(step(place, field, values)),
        }
    }
    steps.extend(closing(edit));
    let before = before::remarks(spec, values, limits, findings);
    Runbook { name, kind: spec.kind, edit, before, steps, asides }
}

/// The way to the panel (the create-a-connection pages; fly.md §5).
fn opening(edit: bool) -> Vec<Step> {
    let open = Step::plain(
        Step::OPEN,
        "Settings > Connections",
        "In AvePoint Fly, click Settings at the left, then Connections.",
    );
    let panel = if edit {
        Step::plain(
            Step::CREATE,
            "Connection name",
            "It is there already: search for its name and click it to edit it.",
        )
    } else {
        let text = "Search for the name first: no other connection may have it, because Fly takes \
                    the first of equal names. Then click Create connection.";
        Step::plain(Step::CREATE, "Create connection", text)
    };
    vec![open, panel]
}

fn closing(edit: bool) -> [Step; 2] {
    let saved = if edit { "the change" } else { "the connection" };
    [
        Step::plain(
            Step::SAVE,
            "Save",
            format!("Click Save, and wait until the list of connections shows {saved}."),
        ),
        Step::plain(
            Step::CONFIRM,
            "Compare it with the live list",
            "Compare the plan with what AvePoint Fly now lists. The step is ticked when nothing differs.",
        ),
    ]
}

fn step(place: &'static Place, field: &'static super::Field, values: &Values) -> Step {
    let answer = text_of(field.kind, values, place);
    let todo = place.todo(values, answer.is_some());
    let entries = entries(place, field, values, answer);
    let todo = match place.how {
        How::SelectSeveral if entries.is_empty() => "Leave it without a selection.".to_owned(),
        _ => todo,
    };
    // How to enter something is of no use where nothing is entered.
    let entered = !entries.is_empty() || !place.how.is_entered();
    let notes = place.notes.iter().filter(|_| entered);
    let mut notes: Vec<String> = notes.map(|it| (*it).to_owned()).collect();
    if let (How::Generate(_), Some(key)) = (place.how, values.key(field.key)) {
        notes.push(format!(
            "The plan's own key {}… is for planning only: AvePoint Fly does not know it.",
            key.id
        ));
    }
    let (id, field, label) = (field.key, Some(field.key), place.label);
    Step { id, field, label, todo, entries, notes }
}

fn entries(
    place: &'static Place,
    field: &'static super::Field,
    values: &Values,
    answer: Option<String>,
) -> Vec<Entry> {
    match place.how {
        How::Generate(_) | How::Download | How::Tick | How::Aside(_) => Vec::new(),
        How::Secret(what) => match values.secret(field.key) {
            Some(Held::New(_) | Held::Stored(_)) => vec![Entry::Secret { path: field.key, what }],
            None => vec![missing(field)],
        },
        How::Token => match values.tokens(field.key).last() {
            None => vec![missing(field)],
            Some(token) => vec![
                Entry::Labelled { label: "Display name", text: token.display_name.clone() },
                Entry::Labelled {
                    label: "Token expiration duration",
                    text: format!("until {}", super::check::day_of(token.expires_at)),
                },
            ],
        },
        How::Choose if portal::is_none(values, field.key) => Vec::new(),
        How::Enter | How::Choose | How::Select => match answer {
            Some(text) => vec![Entry::Text(text)],
            None if matches!(field.need, super::Need::Required(_)) => vec![missing(field)],
            None => Vec::new(),
        },
        How::SelectSeveral => {
            let picks = values.picks(field.key);
            if picks.is_empty() {
                let required = matches!(field.need, super::Need::Required(_));
                return required.then(|| missing(field)).into_iter().collect();
            }
            picks.iter().map(|it| Entry::Text(it.label.clone())).collect()
        }
    }
}

fn missing(field: &'static super::Field) -> Entry {
    match field.need {
        super::Need::Required(message) => Entry::Missing(message.to_owned()),
        super::Need::Optional => Entry::Missing("answer it in the plan first".to_owned()),
    }
}

/// An answer as the portal shows it; `None`: none is given.
fn text_of(kind: Kind, values: &Values, place: &Place) -> Option<String> {
    match values.get(place.key).filter(|it| it.is_answer())? {
        Value::Text(text) => Some(text.trim().to_owned()),
        Value::Choice(option) => Some(place.option(kind, option)),
        Value::One(pick) => Some(pick.label.clone()),
        Value::Many(picks) => {
            Some(picks.iter().map(|it| it.label.as_str()).collect::<Vec<_>>().join(", "))
        }
        Value::Toggle(on) => on.then(|| "on".to_owned()),
        Value::Secret(_) | Value::Key(_) | Value::Tokens(_) => None,
    }
}

/// Whether a pick could not be found in the directory: its name may be an id only.
fn is_missing(values: &Values, key: Key) -> bool {
    values.picks(key).iter().any(|it| it.traits.has(Trait::Missing))
}
