//! `jetbridge preflight results`: the last result of each connection.

use std::collections::HashMap;

use serde::Serialize;

use crate::backend::BackendError;
use crate::cli::answer::{Format, records};
use crate::cli::limit::LimitArgs;
use crate::cli::session::{Session, minute, wait};
use crate::cli::table::{self, Column};
use crate::domain::{ConnectionId, Summary, Timestamp};
use crate::error::{Exit, Failure};
use crate::service;

#[derive(Serialize)]
struct Row {
    connection: String,
    id: ConnectionId,
    at: Option<Timestamp>,
    program: Option<String>,
    verdict: Option<String>,
    current: bool,
    failed: Vec<String>,
}

const FIELDS: [&str; 7] = ["connection", "id", "at", "program", "verdict", "current", "failed"];

const COLUMNS: [Column<Row>; 4] = [
    Column { title: "CONNECTION", cell: |it| it.connection.as_str().into(), least: 14, rank: 0 },
    Column {
        title: "RESULT",
        cell: |it| match (&it.verdict, it.current) {
            (None, _) => "-".into(),
            (Some(verdict), true) => verdict.as_str().into(),
            (Some(verdict), false) => format!("{verdict}, outdated").into(),
        },
        least: 10,
        rank: 0,
    },
    Column {
        title: "AT",
        cell: |it| it.at.map(minute).unwrap_or_default().into(),
        least: 17,
        rank: 1,
    },
    Column { title: "FAILED", cell: |it| it.failed.join(", ").into(), least: 12, rank: 2 },
];

/// Prints them.
pub fn run(
    session: &mut Session<'_, '_>,
    limit: LimitArgs,
    format: Format,
) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let results = session.preflights();
    let (all, revisions) = wait(async {
        let all = service::all_rows(&backend).await?;
        let kept = all.iter().map(|it| it.id).filter(|id| results.read(*id).is_some()).collect();
        let checked = backend.connections(kept).await?;
        let revisions: HashMap<ConnectionId, u32> =
            checked.iter().map(|it| (it.id, it.revision)).collect();
        Ok::<_, BackendError>((all, revisions))
    })??;
    let row = |it: &Summary| {
        let kept = results.read(it.id);
        let revision = revisions.get(&it.id).copied();
        Row {
            connection: it.name.to_string(),
            id: it.id,
            at: kept.as_ref().map(|it| it.at),
            program: kept.as_ref().map(|it| it.program.clone()),
            current: kept
                .as_ref()
                .zip(revision)
                .is_some_and(|(kept, revision)| kept.is_current(revision)),
            verdict: kept.as_ref().map(|it| it.verdict.clone()),
            failed: kept.map(|it| it.failed).unwrap_or_default(),
        }
    };
    let mut rows: Vec<Row> = all.iter().map(row).collect();
    limit.cut(session.printer, &mut rows);
    if !records(session.printer, format, "results", &FIELDS, rows.iter())? {
        table::print(session.printer, &COLUMNS, &rows)?;
    }
    Ok(Exit::Ok)
}
