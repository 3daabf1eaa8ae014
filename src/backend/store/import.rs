//! Importing listed connections, all or none.

use rusqlite::Transaction;

use crate::backend::{BackendError, ImportRow, Imported};
use crate::domain::health::{Directory, digest};
use crate::domain::rules::{self, DESCRIPTION_MAX, TEXT_MAX};
use crate::domain::text::fold;
use crate::domain::{Answers, Connection, ConnectionId, Listed, Origin, Timestamp};

use super::db::{Context, Db};
use super::failure::{Result, invalid};
use super::row::micros;
use super::save::insert;

/// From this many rows on the log is moved into the file as part of the import, so that leaving
/// afterwards takes no time.
const MANY: usize = 1_000;
/// Page cache during an import, in KiB: the index of ids is written all over.
const CACHE: i64 = 64 * 1_024;

/// Adds the rows whose names are new.
pub(super) fn import(
    db: &mut Db,
    rows: Vec<ImportRow>,
) -> std::result::Result<Imported, BackendError> {
    let many = rows.len() >= MANY;
    let usual: i64 =
        db.raw(|conn| Ok(conn.pragma_query_value(None, "cache_size", |row| row.get(0))?))?;
    if many {
        db.raw(|conn| Ok(conn.pragma_update(None, "cache_size", -CACHE)?))?;
    }
    let done = db.write(|tx, context| add(tx, context, rows));
    if many {
        db.checkpoint_all();
        db.raw(|conn| {
            conn.pragma_update(None, "cache_size", usual)?;
            Ok(conn.execute_batch("PRAGMA shrink_memory")?)
        })?;
    }
    done
}

fn add(tx: &Transaction<'_>, context: &Context, rows: Vec<ImportRow>) -> Result<Imported> {
    let total = rows.len();
    let now = context.now();
    let mut records = Vec::with_capacity(total);
    for row in rows {
        let line = row.line;
        let record = checked(context, row, now);
        let record = record.map_err(|it| invalid(format!("line {line}: {it}")))?;
        records.push((fold(&record.name), record));
    }
    // In the order of the table: a page is filled once. Stable, so that of equal names the first
    // of the file stays first.
    records.sort_by(|(a, _), (b, _)| a.cmp(b));
    records.dedup_by(|(later, _), (kept, _)| later == kept);
    // Listed connections name no directory objects.
    let directory = Directory::default();
    let mut added = 0;
    for (key, mut record) in records {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        let judged = digest(&record, &directory);
        if insert(tx, &record, &judged)? {
            added += 1;
        } else if super::list::named(tx, &key)?.is_none() {
            // The name is free, so the id is not: this connection gets one of its own.
            record.id = ConnectionId(context.new_id());
            added += usize::from(insert(tx, &record, &judged)?);
        }
    }
    Ok(Imported { added, skipped: total - added })
}

fn checked(
    context: &Context,
    row: ImportRow,
    now: Timestamp,
) -> std::result::Result<Connection, rules::Problem> {
    let tenant = rules::printable(&row.tenant, TEXT_MAX)
        .map_err(|it| rules::Problem(format!("tenant: {it}")))?;
    let by = if row.modified_by.is_empty() { context.actor.clone() } else { row.modified_by };
    Ok(Connection {
        id: row.id.unwrap_or_else(|| ConnectionId(context.new_id())),
        revision: 1,
        name: rules::name(&row.name).map_err(|it| rules::Problem(format!("name: {it}")))?,
        description: rules::printable(&row.description, DESCRIPTION_MAX)
            .map_err(|it| rules::Problem(format!("description: {it}")))?,
        kind: row.kind,
        side: row.side,
        answers: Answers::Listed(Listed { tenant }),
        origin: Origin::Imported,
        created_at: now,
        created_by: context.actor.clone(),
        modified_at: micros(row.modified_at.unwrap_or(now)),
        modified_by: by,
    })
}
