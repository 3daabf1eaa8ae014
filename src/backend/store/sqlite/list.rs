//! Reading the list. SPEC C1.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::backend::{BackendError, Cursor, DeletedConnection, Page, PageRequest};
use crate::domain::{Connection, ConnectionId, Summary};
use crate::text::fold;

use super::db::Context;
use super::failure::Result;
use super::row::{SUMMARY, load, summary, uuid};
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::damaged;

/// How many connections there are, deleted ones aside.
pub(super) fn count(tx: &Transaction<'_>) -> Result<usize> {
    let live: u32 = tx.prepare_cached("SELECT live FROM store")?.query_row([], |row| row.get(0))?;
    usize::try_from(live)
        .map_err(|_| damaged("there are more connections than memory can hold").into())
}

/// What SQLite counts when another connection changes something, since the file was opened `again`.
pub(super) fn mark(tx: &Transaction<'_>, again: u32) -> Result<Option<u64>> {
    let version: u32 = tx.pragma_query_value(None, "data_version", |row| row.get(0))?;
    Ok(Some((u64::from(again) << 32) | u64::from(version)))
}

/// A stretch of the list. The names of live rows are unique, so the name alone says where a page
/// goes on.
pub(super) fn page(
    tx: &Transaction<'_>,
    context: &mut Context,
    request: &PageRequest,
) -> Result<Page> {
    let limit = request.limit.max(1);
    let mut rows: Vec<Summary> = Vec::with_capacity(limit.min(count(tx)?));
    // Two statements: with one, SQLite could not know that the name starts the range.
    let mut first = tx.prepare_cached(&format!(
        "SELECT {SUMMARY} FROM connections WHERE tomb = x'' ORDER BY name_key"
    ))?;
    let mut later = tx.prepare_cached(&format!(
        "SELECT {SUMMARY} FROM connections WHERE tomb = x'' AND name_key > ?1 ORDER BY name_key"
    ))?;
    let mut found = match &request.after {
        None => first.query([])?,
        Some(cursor) => later.query([&cursor.name_key])?,
    };
    let mut next = None;
    while let Some(row) = found.next()? {
        if rows.len() == limit {
            next = rows.last().map(|it| Cursor { name_key: fold(&it.name), id: it.id });
            break;
        }
        rows.push(summary(row, &mut context.texts)?);
    }
    Ok(Page { rows, next, step: None })
}

/// The rows of these connections that are not deleted.
pub(super) fn summaries(
    tx: &Transaction<'_>,
    context: &mut Context,
    ids: &[ConnectionId],
) -> Result<Vec<Summary>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {SUMMARY} FROM connections WHERE tomb = x'' AND id = ?1"
    ))?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let mut found = statement.query([id.0.as_bytes().as_slice()])?;
        if let Some(row) = found.next()? {
            rows.push(summary(row, &mut context.texts)?);
        }
    }
    Ok(rows)
}

/// For each of these names the row that has it, if any, in the same order.
pub(super) fn with_names(
    tx: &Transaction<'_>,
    context: &mut Context,
    names: &[String],
) -> Result<Vec<Vec<Summary>>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {SUMMARY} FROM connections WHERE tomb = x'' AND name_key = ?1"
    ))?;
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        let mut found = statement.query([fold(name.trim())])?;
        let row = found.next()?.map(|row| summary(row, &mut context.texts)).transpose()?;
        all.push(Vec::from_iter(row));
    }
    Ok(all)
}

/// A whole connection that is not deleted.
pub(super) fn connection(tx: &Transaction<'_>, id: ConnectionId) -> Result<Connection> {
    match load(tx, id)? {
        Some((found, false)) => Ok(found),
        Some((_, true)) | None => Err(BackendError::NotFound.into()),
    }
}

/// A whole connection that is deleted.
pub(super) fn deleted_one(tx: &Transaction<'_>, id: ConnectionId) -> Result<Connection> {
    match load(tx, id)? {
        Some((found, true)) => Ok(found),
        Some((_, false)) | None => Err(BackendError::NotFound.into()),
    }
}

/// Those of these connections that are there and not deleted, in the same order.
pub(super) fn connections(tx: &Transaction<'_>, ids: &[ConnectionId]) -> Result<Vec<Connection>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.extend(load(tx, *id)?.filter(|(_, deleted)| !deleted).map(|(found, _)| found));
    }
    Ok(all)
}

/// The id that the store got when it was made; a copy of the file keeps it.
pub(super) fn store_id(tx: &Transaction<'_>) -> Result<String> {
    let mut statement = tx.prepare_cached("SELECT id FROM store")?;
    Ok(statement.query_row([], |row| Ok(uuid(row, 0)))??.to_string())
}

/// The live connection with a name, given folded: its id and how it writes its name.
pub(super) fn named(tx: &Transaction<'_>, key: &str) -> Result<Option<(ConnectionId, String)>> {
    let mut statement =
        tx.prepare_cached("SELECT id, name FROM connections WHERE tomb = x'' AND name_key = ?1")?;
    let found = statement.query_row([key], |row| Ok((uuid(row, 0), row.get(1)?))).optional()?;
    match found {
        None => Ok(None),
        Some((id, name)) => Ok(Some((ConnectionId(id?), name))),
    }
}

/// Deleted connections, the latest first.
pub(super) fn deleted(
    tx: &Transaction<'_>,
    context: &mut Context,
) -> Result<Vec<DeletedConnection>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {SUMMARY}, deleted_at, deleted_by FROM connections
         WHERE tomb > x'' ORDER BY deleted_at DESC, name_key, id"
    ))?;
    let mut found = statement.query(params![])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        all.push(DeletedConnection {
            row: summary(row, &mut context.texts)?,
            at: moment(row.get(12)?)?,
            by: row.get(13)?,
        });
    }
    Ok(all)
}
