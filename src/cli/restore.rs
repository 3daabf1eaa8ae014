//! `jetbridge restore`. SPEC C5.

use std::borrow::Cow;

use super::answer::{Format, records};
use super::args::RestoreArgs;
use super::report::Report;
use super::session::{Session, minute, wait};
use super::table::{self, Column};
use crate::backend::DeletedConnection;
use crate::domain::text::shown;
use crate::error::{Exit, Failure};
use crate::service::{self, FindError};

pub fn run(session: &mut Session<'_, '_>, args: &RestoreArgs) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let deleted = wait(backend.deleted())??;
    if args.list {
        return list(session, &deleted, args.answer.format());
    }
    let mut report = Report::default();
    let found = args.which.iter().map(|text| service::find_deleted(&deleted, text)).collect();
    let targets = report.targets(&args.which, found, not_deleted);
    if !targets.is_empty() {
        if args.dry_run {
            report.done = targets;
            return report.print(session, "would restore", args.answer.format());
        }
        let ids = targets.iter().map(|it| it.id).collect();
        report.add(wait(service::restore(&*backend, ids))??);
    }
    report.print(session, "restored", args.answer.format())
}

/// The same search among other connections says so.
fn not_deleted(error: FindError) -> Failure {
    match error {
        FindError::NotFound { text, near } if near.is_empty() => {
            Failure::new(format!("no deleted connection is named {}", shown(&text)))
                .hint("`jetbridge restore --list` shows what can be restored.")
        }
        FindError::NotFound { ref text, .. } => {
            Failure::new(format!("no deleted connection is named {}", shown(text)))
                .hint(error.hint())
        }
        FindError::Ambiguous { .. } | FindError::Backend(_) => error.into(),
    }
}

/// Columns of CSV.
const FIELDS: [&str; 7] = ["id", "name", "type", "side", "tenant", "deleted_at", "deleted_by"];

const COLUMNS: [Column<DeletedConnection>; 5] = [
    Column { title: "NAME", cell: |it| (&*it.row.name).into(), least: 16, rank: 0 },
    Column { title: "TYPE", cell: |it| it.row.kind.label().to_string().into(), least: 10, rank: 3 },
    Column { title: "DELETED", cell: |it| minute(it.at).into(), least: 17, rank: 1 },
    Column { title: "BY", cell: |it| Cow::Borrowed(&it.by), least: 8, rank: 2 },
    Column { title: "ID", cell: |it| it.row.id.to_string().into(), least: 36, rank: 4 },
];

fn list(
    session: &mut Session<'_, '_>,
    deleted: &[DeletedConnection],
    format: Format,
) -> Result<Exit, Failure> {
    let out = |it: &DeletedConnection| {
        serde_json::json!({
            "id": it.row.id,
            "name": it.row.name,
            "type": it.row.kind,
            "side": it.row.side,
            "tenant": &*it.row.tenant,
            "deleted_at": it.at,
            "deleted_by": it.by,
        })
    };
    let printed = records(session.printer, format, "deleted", &FIELDS, deleted.iter().map(out))?;
    if printed {
    } else if deleted.is_empty() {
        session.printer.say("Nothing is deleted.");
    } else {
        table::print(session.printer, &COLUMNS, deleted)?;
    }
    Ok(Exit::Ok)
}
