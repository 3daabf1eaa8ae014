//! `jetbridge permissions list`. SPEC P4, P5.

use serde::Serialize;

use crate::cli::answer::{Format, VERSION, whole};
use crate::cli::session::Session;
use crate::cli::table::{self, Column};
use crate::domain::Cloud;
use crate::error::{Exit, Failure};
use crate::permissions::catalogue;
use crate::permissions::catalogue::Row;
use crate::text::counted;

#[derive(Serialize)]
struct Answer<'a> {
    version: u8,
    cloud: Cloud,
    rows: &'a [Row<'static>],
}

/// Lists every permission that some scenario needs.
pub fn run(session: &mut Session<'_, '_>, cloud: Cloud, format: Format) -> Result<Exit, Failure> {
    let rows = catalogue().rows(cloud);
    let answer = Answer { version: VERSION, cloud, rows: &rows };
    if whole(session.printer, format, &answer, &FIELDS, rows.iter())? {
        return Ok(Exit::Ok);
    }
    table::print(session.printer, &COLUMNS, &rows)?;
    if session.terminals.output {
        session.printer.say(&format!(
            "{}; `jetbridge permissions explain VALUE` describes one.",
            counted(rows.len(), "permission")
        ));
    }
    Ok(Exit::Ok)
}

/// Columns of CSV.
pub const FIELDS: [&str; 9] = [
    "value",
    "kind",
    "resource",
    "resource_app_id",
    "id",
    "display_name",
    "purpose",
    "covered_by",
    "roles_beside",
];

const COLUMNS: [Column<Row<'static>>; 6] = [
    Column { title: "PERMISSION", cell: |it| it.value.into(), least: 16, rank: 0 },
    Column { title: "KIND", cell: |it| it.kind.label().into(), least: 9, rank: 1 },
    Column { title: "API", cell: |it| it.resource.into(), least: 12, rank: 2 },
    Column { title: "NEEDED", cell: |it| needed(it).into(), least: 8, rank: 3 },
    Column { title: "ID", cell: |it| it.id.to_string().into(), least: 36, rank: 4 },
    Column { title: "DISPLAY NAME", cell: |it| it.display_name.into(), least: 12, rank: 5 },
];

/// When it is needed: each condition once.
fn needed(row: &Row<'_>) -> String {
    let mut all: Vec<String> = row.needs.iter().map(|it| it.when.to_string()).collect();
    all.dedup();
    all.join("; ")
}
