//! Importing listed connections, all or none.

use rusqlite::Transaction;

use crate::backend::{BackendError, ImportRow, Imported};
use crate::domain::health::Directory;
use crate::domain::rules::{self, DESCRIPTION_MAX, Problem, TEXT_MAX, printable};
use crate::domain::{Answers, Connection, ConnectionId, Listed, Origin, Timestamp};
use crate::form::digest;
use crate::text::fold;

use super::db::Context;
use super::failure::Result;
use super::row::micros;
use super::save::{insert, write_answers};
use crate::backend::store::core::invalid;

/// Adds the rows whose names are new.
pub(super) fn import(
    tx: &Transaction<'_>,
    context: &Context,
    rows: Vec<ImportRow>,
) -> Result<Imported> {
    let (total, now) = (rows.len(), context.now());
    let mut order = Vec::with_capacity(total);
    for (at, row) in rows.iter().enumerate() {
        check(row).map_err(|it| invalid(format!("line {}: {it}", row.line)))?;
        order.push((fold(row.name.trim()), at));
    }
    // In the order of the table: a page is filled once. Of equal names the first of the file
    // comes first and takes the name.
    order.sort_unstable();
    let mut rows: Vec<Option<ImportRow>> = rows.into_iter().map(Some).collect();
    // Listed connections name no directory objects.
    let directory = Directory::default();
    let mut added = 0;
    fault!("import.begun");
    for (key, at) in order {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        let Some(row) = rows.get_mut(at).and_then(Option::take) else { continue };
        let mut record = record(context, row, now);
        let judged = digest(&record, &directory);
        let mut new = insert(tx, &record, &judged)?;
        if !new && super::list::named(tx, &key)?.is_none() {
            // The name is free, so the id is not: this connection gets one of its own.
            record.id = ConnectionId(context.new_id());
            new = insert(tx, &record, &judged)?;
        }
        if new {
            added += 1;
            if matches!(&record.answers, Answers::Listed(listed) if listed.live.is_some()) {
                write_answers(tx, &record)?;
            }
        }
        fault!("import.row");
    }
    fault!("import.rows");
    Ok(Imported { added, skipped: total - added })
}

fn check(row: &ImportRow) -> std::result::Result<(), Problem> {
    let named = |what: &'static str| move |it: Problem| Problem(format!("{what}: {it}"));
    rules::name(&row.name).map_err(named("name"))?;
    printable(&row.description, DESCRIPTION_MAX).map_err(named("description"))?;
    printable(&row.tenant, TEXT_MAX).map_err(named("tenant"))?;
    Ok(())
}

/// The connection that a checked row tells of.
fn record(context: &Context, row: ImportRow, now: Timestamp) -> Connection {
    let (modified_at, by) = match (row.modified_at, row.modified_by) {
        // Of a list that reports no change, the import is the last one.
        (None, by) if by.is_empty() => (Some(now), context.actor.clone()),
        (at, by) => (at.map(micros), by),
    };
    Connection {
        id: row.id.unwrap_or_else(|| ConnectionId(context.new_id())),
        revision: 1,
        name: row.name.trim().to_owned(),
        description: row.description.trim().to_owned(),
        kind: row.kind,
        side: row.side,
        origin: if row.live.is_some() { Origin::Fly } else { Origin::Imported },
        answers: Answers::Listed(Listed { tenant: row.tenant.trim().to_owned(), live: row.live }),
        created_at: Some(now),
        created_by: context.actor.clone(),
        modified_at,
        modified_by: by,
    }
}
