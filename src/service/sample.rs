//! The sample workspace: a believable migration to look at and to try things on.
//!
//! Nothing takes a short cut: its connections pass the same form as one that is typed, and keys
//! and tokens come from the backend. Times in the file are relative, so that it never gets old.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::backend::{BackendError, ImportRow, Place, SaveRequest, Stamp, TokenRequest};
use crate::domain::health::Directory;
use crate::domain::key::HeldKey;
use crate::domain::rules::PasswordPolicy;
use crate::domain::token::days_after;
use crate::domain::{ConnectionType, DirectoryObject, Draft, Held, Secret, Side, Timestamp};
use crate::form::read::{PlainSecrets, read, to_issue};
use crate::form::{FieldError, Kind, Limits, Spec, Value, Values, submit};

const FILE: &str = include_str!("../../assets/sample-workspace.json");
/// Version of the file that this program reads.
const VERSION: u32 = 1;

/// What loading the sample did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SampleReport {
    /// Directory objects put.
    pub objects: usize,
    /// Connections saved through their form.
    pub saved: usize,
    /// Connections that are only listed.
    pub listed: usize,
    /// Connections left out because one of that name was there already.
    pub skipped: usize,
}

/// Loads the sample workspace. What is there already stays, so that a load that was interrupted
/// can be run again.
///
/// # Errors
/// Whatever the backend answers; what was saved before that stays.
pub async fn load(backend: &Place, now: Timestamp) -> Result<SampleReport, BackendError> {
    let sample = Sample::new(now).map_err(BackendError::Invalid)?;
    let mut report = SampleReport::default();
    let directory: Directory = sample.objects.iter().cloned().collect();
    let (mut rows, mut forms) = (Vec::new(), Vec::new());
    // Keys and tokens first: with a vault that stays locked nothing is saved.
    for entry in &sample.connections {
        let stamp = Stamp { at: entry.at(now), by: entry.by.clone() };
        match &entry.content {
            Content::Listed(listed) => rows.push(listed.row(rows.len(), &stamp)),
            Content::Answers(answers) => {
                if is_there(backend, name_of(answers)).await? {
                    report.skipped += 1;
                    continue;
                }
                let draft = fill(backend, answers, &directory, &stamp, now).await?;
                let stamp = Some(stamp);
                forms.push(SaveRequest {
                    target: None,
                    draft,
                    secrets_from: None,
                    restore: false,
                    stamp,
                });
            }
        }
    }
    report.objects += backend.put_objects(sample.objects.clone()).await?;
    for request in forms {
        backend.save(request).await?;
        report.saved += 1;
    }
    let imported = backend.import(rows).await?;
    report.listed += imported.added;
    report.skipped += imported.skipped;
    // What changed in the tenants since: the findings of the list come from here.
    backend.put_objects(sample.later).await?;
    Ok(report)
}

/// What loading the sample workspace would do; nothing is changed.
///
/// # Errors
/// Whatever the backend answers.
pub async fn plan(backend: &Place, now: Timestamp) -> Result<SampleReport, BackendError> {
    let sample = Sample::new(now).map_err(BackendError::Invalid)?;
    let mut report = SampleReport { objects: sample.objects.len(), ..SampleReport::default() };
    let mut rows = Vec::new();
    for entry in &sample.connections {
        let stamp = Stamp { at: entry.at(now), by: entry.by.clone() };
        match &entry.content {
            Content::Listed(listed) => rows.push(listed.row(rows.len(), &stamp)),
            Content::Answers(answers) => match is_there(backend, name_of(answers)).await? {
                true => report.skipped += 1,
                false => report.saved += 1,
            },
        }
    }
    let imported = crate::service::plan_import(backend, &rows).await?;
    report.listed += imported.added;
    report.skipped += imported.skipped;
    Ok(report)
}

async fn is_there(backend: &Place, name: String) -> Result<bool, BackendError> {
    Ok(backend.named(vec![name]).await?.iter().any(|rows| !rows.is_empty()))
}

/// The draft of one connection: read, completed with what the backend issues, and checked as of
/// the day it was saved.
async fn fill(
    backend: &Place,
    answers: &Map<String, Json>,
    directory: &Directory,
    stamp: &Stamp,
    now: Timestamp,
) -> Result<Draft, BackendError> {
    let name = name_of(answers);
    let (spec, mut values) =
        read(answers, directory, PlainSecrets::Allow).map_err(|errors| refused(&name, &errors))?;
    issue(backend, spec, &mut values, answers, stamp, now).await?;
    let limits = Limits { now: stamp.at, password: PasswordPolicy::default() };
    submit(spec, &values, &limits).map_err(|errors| refused(&name, &errors))
}

/// Has the backend issue the keys and tokens that the branch asks for.
async fn issue(
    backend: &Place,
    spec: &'static Spec,
    values: &mut Values,
    answers: &Map<String, Json>,
    stamp: &Stamp,
    now: Timestamp,
) -> Result<(), BackendError> {
    let wanted: Vec<_> = to_issue(spec, values).map(|it| (it.key, it.kind)).collect();
    for (field, kind) in wanted {
        if let Kind::Key(kind) = kind {
            let key = backend.issue_key(kind).await?;
            let held = HeldKey { id: key.id(), issued_at: stamp.at, value: Held::New(key.text) };
            values.set(field, Value::Key(held));
        } else {
            let mut tokens = Vec::new();
            for plan in token_plans(answers, field)? {
                tokens.push(backend.issue_token(plan.request(now)?).await?);
            }
            values.set(field, Value::Tokens(tokens));
        }
    }
    Ok(())
}

fn name_of(answers: &Map<String, Json>) -> String {
    answers.get("name").and_then(Json::as_str).unwrap_or_default().to_owned()
}

fn refused(name: &str, errors: &[FieldError]) -> BackendError {
    let errors: Vec<String> =
        errors.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
    BackendError::Invalid(format!("sample connection {name}: {}", errors.join("; ")))
}

/// The file, with its times made absolute.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    version: u32,
    objects: Vec<DirectoryObject>,
    connections: Vec<Entry>,
    later: Vec<DirectoryObject>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    /// Last saved this many hours before the load.
    hours_ago: i64,
    /// By whom.
    by: String,
    #[serde(flatten)]
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Content {
    /// Answers of a form, by field.
    Answers(Map<String, Json>),
    /// What a list reports.
    Listed(ListedRow),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedRow {
    name: String,
    #[serde(rename = "type")]
    kind: ConnectionType,
    side: Side,
    tenant: String,
    #[serde(default)]
    description: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenPlan {
    display_name: String,
    expires_in_days: i64,
    /// The pasted token; none: a local stand-in.
    pasted: Option<String>,
}

impl Sample {
    fn new(now: Timestamp) -> Result<Self, String> {
        let json: Json = serde_json::from_str(FILE).map_err(|it| it.to_string())?;
        let sample: Self =
            serde_json::from_value(absolute(json, now)).map_err(|it| it.to_string())?;
        if sample.version == VERSION {
            Ok(sample)
        } else {
            Err(format!("the sample has version {}", sample.version))
        }
    }
}

impl Entry {
    fn at(&self, now: Timestamp) -> Timestamp {
        hours_before(now, self.hours_ago)
    }
}

impl ListedRow {
    fn row(&self, index: usize, stamp: &Stamp) -> ImportRow {
        ImportRow {
            line: index as u64 + 1,
            id: None,
            name: self.name.clone(),
            description: self.description.clone(),
            kind: self.kind,
            side: self.side,
            tenant: self.tenant.clone(),
            live: None,
            modified_at: Some(stamp.at),
            modified_by: stamp.by.clone(),
        }
    }
}

impl TokenPlan {
    fn request(self, now: Timestamp) -> Result<TokenRequest, BackendError> {
        let expires_at = days_after(now, self.expires_in_days).ok_or_else(|| {
            BackendError::Invalid("the sample's token ends beyond the calendar".into())
        })?;
        Ok(TokenRequest {
            display_name: self.display_name,
            expires_at,
            pasted: self.pasted.map(Secret::new),
        })
    }
}

fn token_plans(answers: &Map<String, Json>, field: &str) -> Result<Vec<TokenPlan>, BackendError> {
    let plans = answers.get(field).cloned().unwrap_or_else(|| json!([]));
    serde_json::from_value(plans).map_err(|it| BackendError::Invalid(it.to_string()))
}

fn hours_before(now: Timestamp, hours: i64) -> Timestamp {
    let seconds = now.as_second().saturating_sub(hours.saturating_mul(3_600));
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `{"$hours_ago": n}` as a moment and `{"$in_days": n}` as a day, everywhere in the file.
fn absolute(json: Json, now: Timestamp) -> Json {
    match json {
        Json::Object(map) => {
            let number = |key: &str| map.get(key).filter(|_| map.len() == 1).and_then(Json::as_i64);
            if let Some(hours) = number("$hours_ago") {
                return json!(hours_before(now, hours));
            }
            if let Some(days) = number("$in_days") {
                let moment = hours_before(now, days.saturating_mul(-24));
                return json!(moment.strftime("%Y-%m-%d").to_string());
            }
            Json::Object(map.into_iter().map(|(key, it)| (key, absolute(it, now))).collect())
        }
        Json::Array(items) => items.into_iter().map(|it| absolute(it, now)).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => json,
    }
}

#[cfg(test)]
mod tests;
