//! Importing listed connections in bulk, all or none.

use crate::backend::{ImportRow, Stamp};
use crate::domain::health::{Digest, Directory};
use crate::domain::rules::{self, DESCRIPTION_MAX, Problem, TEXT_MAX, printable};
use crate::domain::{Answers, Connection, ConnectionId, Listed, Origin};
use crate::form::digest;
use crate::text::fold;

use super::{Result, invalid, micros};

/// The rows with their folded names, in the order of the names: of equal ones the first of the file
/// comes first and takes the name.
pub(crate) fn checked(rows: Vec<ImportRow>) -> Result<Vec<(String, ImportRow)>> {
    let mut order = Vec::with_capacity(rows.len());
    for row in rows {
        check(&row).map_err(|it| invalid(format!("line {}: {it}", row.line)))?;
        order.push((fold(row.name.trim()), row));
    }
    // Stable.
    order.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(order)
}

fn check(row: &ImportRow) -> std::result::Result<(), Problem> {
    let named = |what: &'static str| move |it: Problem| Problem(format!("{what}: {it}"));
    rules::name(&row.name).map_err(named("name"))?;
    printable(&row.description, DESCRIPTION_MAX).map_err(named("description"))?;
    printable(&row.tenant, TEXT_MAX).map_err(named("tenant"))?;
    Ok(())
}

/// The connection that a checked row stands for, and what the rules make of it. Listed connections
/// name no directory objects.
pub(crate) fn record(row: ImportRow, id: ConnectionId, now: &Stamp) -> (Connection, Digest) {
    let (modified_at, by) = match (row.modified_at, row.modified_by) {
        // Of a list that reports no change, the import is the last one.
        (None, by) if by.is_empty() => (Some(now.at), now.by.clone()),
        (at, by) => (at.map(micros), by),
    };
    let record = Connection {
        id,
        revision: 1,
        name: row.name.trim().to_owned(),
        description: row.description.trim().to_owned(),
        kind: row.kind,
        side: row.side,
        origin: if row.live.is_some() { Origin::Fly } else { Origin::Imported },
        answers: Answers::Listed(Listed { tenant: row.tenant.trim().to_owned(), live: row.live }),
        created_at: Some(now.at),
        created_by: now.by.clone(),
        modified_at,
        modified_by: by,
    };
    let judged = digest(&record, &Directory::default());
    (record, judged)
}
