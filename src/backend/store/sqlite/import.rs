//! Importing listed connections, all or none.

use rusqlite::Transaction;

use crate::backend::store::core::import;
use crate::backend::{BackendError, ImportRow, Imported};
use crate::domain::{Answers, ConnectionId};

use super::apply::{insert, write_answers};
use super::db::Context;
use super::failure::Result;
use super::list::named;

/// Adds the rows whose names are new, in the order of the table: a page is filled once.
pub(super) fn import(
    tx: &Transaction<'_>,
    context: &Context,
    rows: Vec<ImportRow>,
) -> Result<Imported> {
    let (total, now) = (rows.len(), context.stamp());
    let mut added = 0;
    let rows = import::checked(rows)?;
    fault!("import.begun");
    for (key, row) in rows {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        let id = row.id.unwrap_or_else(|| ConnectionId(context.new_id()));
        let (mut record, judged) = import::record(row, id, &now);
        let mut new = insert(tx, &record, &judged)?;
        if !new && named(tx, &key)?.is_none() {
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
