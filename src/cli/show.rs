//! `jetbridge show`. SPEC C4, E3.

use serde::Serialize;

use super::answer::one;
use super::args::ShowArgs;
use super::session::{FindingOut, Session, findings_out, minute, wait};
use super::table;
use crate::backend::HistoryEntry;
use crate::domain::Connection;
use crate::error::{Exit, Failure};
use crate::service::{self, Details};

pub fn run(session: &mut Session<'_, '_>, args: &ShowArgs) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let details = wait(async {
        let found = service::find(&*backend, &args.which).await.map_err(Failure::from)?;
        service::details(&*backend, found.id, args.history, session.now, session.warning_days)
            .await
            .map_err(Failure::from)
    })??;
    if !one(session.printer, args.answer.format(), &FIELDS, &answer(&details))? {
        print(session, &details)?;
    }
    Ok(Exit::Ok)
}

/// Columns of CSV: one line, what the list tells and a little more.
const FIELDS: [&str; 12] = [
    "connection.id",
    "connection.name",
    "connection.type",
    "connection.side",
    "connection.description",
    "tenant",
    "credentials",
    "level",
    "findings.finding",
    "connection.revision",
    "connection.modified_at",
    "connection.modified_by",
];

#[derive(Serialize)]
struct Answer<'a> {
    connection: &'a Connection,
    tenant: &'a str,
    credentials: &'a str,
    level: &'static str,
    findings: Vec<FindingOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Entry<'a>>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    revision: u32,
    at: crate::domain::Timestamp,
    by: &'a str,
    action: &'a str,
    changes: &'a [crate::domain::change::Change],
}

fn answer(details: &Details) -> Answer<'_> {
    fn entry(it: &HistoryEntry) -> Entry<'_> {
        let HistoryEntry { revision, at, by, action, changes } = it;
        Entry { revision: *revision, at: *at, by, action, changes }
    }
    Answer {
        connection: &details.connection,
        tenant: &details.tenant,
        credentials: &details.credentials,
        level: details.findings.level().label(),
        findings: findings_out(details.findings),
        history: details.history.as_ref().map(|all| all.iter().map(entry).collect()),
    }
}

fn print(session: &mut Session<'_, '_>, details: &Details) -> Result<(), Failure> {
    let it = &details.connection;
    let text = str::to_owned;
    let pairs = [
        ("Name", it.name.clone()),
        ("Type", it.kind.label().to_string()),
        ("Side", text(it.side.label())),
        ("Tenant", details.tenant.clone()),
        ("Credentials", details.credentials.clone()),
        ("Description", it.description.clone()),
        ("Id", it.id.to_string()),
        ("Revision", it.revision.to_string()),
        ("Created", format!("{} by {}", minute(it.created_at), it.created_by)),
        ("Modified", format!("{} by {}", minute(it.modified_at), it.modified_by)),
        ("Health", text(details.findings.level().label())),
    ];
    table::print_pairs(session.printer, 0, &pairs)?;
    for finding in details.findings.iter() {
        session.printer.line(&format!("  {}: {}", finding.level().label(), finding.advice()))?;
    }
    if !details.answers.is_empty() {
        session.printer.line("Answers")?;
        table::print_pairs(session.printer, 2, &details.answers)?;
    }
    match &details.history {
        Some(history) => print_history(session, history),
        None => Ok(()),
    }
}

fn print_history(session: &mut Session<'_, '_>, history: &[HistoryEntry]) -> Result<(), Failure> {
    session.printer.line("History")?;
    for entry in history {
        let by = crate::domain::text::shown(&entry.by);
        let line = format!("  {}  {}  {} by {by}", entry.revision, minute(entry.at), entry.action);
        session.printer.line(&line)?;
        for change in &entry.changes {
            let side = |value: &Option<String>| match value {
                Some(value) => crate::domain::text::shown(value).into_owned(),
                None => "nothing".to_owned(),
            };
            let (before, after) = (side(&change.before), side(&change.after));
            session.printer.line(&format!("     {}: {before} -> {after}", change.field))?;
        }
    }
    Ok(())
}
