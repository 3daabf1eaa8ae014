//! Reading who changed what, and when.

use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::backend::store::core::{damaged, history};
use crate::backend::{BackendError, HistoryEntry, Stamp};
use crate::domain::ConnectionId;

use super::failure::Result;
use super::row::found;
use crate::backend::store::core::columns::moment;

/// Every saved change of a connection, deleted or not, the latest first.
pub(super) fn read(tx: &Transaction<'_>, id: ConnectionId) -> Result<Vec<HistoryEntry>> {
    let now = found(tx, id)?.ok_or(BackendError::NotFound)?;
    if let Some(entry) = history::of_import(&now) {
        return Ok(vec![entry]);
    }
    let mut statement = tx.prepare_cached(
        "SELECT revision, at, by, action, changes FROM history
         WHERE connection = ?1 ORDER BY revision DESC",
    )?;
    let mut rows = statement.query([id.0.as_bytes()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let changes: String = row.get(4)?;
        all.push(HistoryEntry {
            revision: row.get(0)?,
            at: moment(row.get(1)?)?,
            by: row.get(2)?,
            action: row.get(3)?,
            changes: serde_json::from_str(&changes)
                .map_err(|error| damaged(format!("the history of {id} cannot be read: {error}")))?,
        });
    }
    Ok(all)
}

/// When and by whom the last entry was made that is written.
pub(super) fn last(conn: &Connection, id: ConnectionId) -> Result<Option<Stamp>> {
    let mut statement = conn.prepare_cached(
        "SELECT at, by FROM history WHERE connection = ?1 ORDER BY revision DESC LIMIT 1",
    )?;
    let found = statement.query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)));
    let found = found.optional()?;
    found.map(|(at, by)| Ok(Stamp { at: moment(at)?, by })).transpose()
}
