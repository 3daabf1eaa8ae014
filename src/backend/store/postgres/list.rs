//! Reading the list, whole connections and their history. SPEC C1, S2.

use std::collections::HashMap;

use super::db::{Context, Tx};
use super::row::{found, load, loading, record, summaries, summary};
use super::value::{column, number, one, sql};
use crate::backend::shared::{Changes, Step};
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::{Named, Result, damaged, history};
use crate::backend::{BackendError, Cursor, DeletedConnection, HistoryEntry, Page, PageRequest};
use crate::domain::{Connection, ConnectionId, Summary};
use crate::text::fold;

/// Most rows that changed and are read as such.
const MOST: i64 = 5_000;

/// How many connections there are, deleted ones aside.
pub(super) fn count(tx: &Tx<'_>) -> Result<usize> {
    let rows =
        tx.rows(sql!("SELECT count(*) FROM jetbridge.connections WHERE deleted_at IS NULL"))?;
    number(&one(rows)?, 0)
}

/// The counter that every change steps.
pub(super) fn mark(tx: &Tx<'_>) -> Result<Option<u64>> {
    let rows = tx.rows(sql!("SELECT counter FROM jetbridge.store"))?;
    Ok(Some(number(&one(rows)?, 0)?))
}

/// A stretch of the list. The names of live rows are unique, so the name alone says where a page goes
/// on.
pub(super) fn page(tx: &Tx<'_>, context: &mut Context, request: &PageRequest) -> Result<Page> {
    let limit = request.limit.max(1);
    let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let found = tx.rows(match &request.after {
        None => sql!(summaries!("WHERE deleted_at IS NULL ORDER BY name_key LIMIT $1"), more),
        Some(cursor) => sql!(
            summaries!("WHERE deleted_at IS NULL AND name_key > $1 ORDER BY name_key LIMIT $2"),
            &cursor.name_key,
            more
        ),
    })?;
    let is_more = found.len() > limit;
    let rows: Vec<Summary> = found
        .iter()
        .take(limit)
        .map(|row| summary(row, &mut context.texts))
        .collect::<Result<_>>()?;
    let last = rows.last().filter(|_| is_more);
    let next = last.map(|it| Cursor { name_key: fold(&it.name), id: it.id });
    Ok(Page { rows, next, step: Some(context.step()) })
}

/// What changed after a step. `None`: so much that the list is better read again, or what was purged
/// meanwhile cannot be distinguished from what never was.
pub(super) fn changed(tx: &Tx<'_>, context: &mut Context, since: Step) -> Result<Option<Changes>> {
    if since >= context.step() {
        return Ok(Some(Changes { step: context.step(), ..Changes::default() }));
    }
    let mut answers = tx.all(vec![
        sql!("SELECT purged FROM jetbridge.store"),
        sql!(summaries!("WHERE step > $1 ORDER BY name_key, id LIMIT $2"), since, MOST + 1),
    ])?;
    let found = answers.pop().unwrap_or_default();
    let purged: Step = number(&one(answers.pop().unwrap_or_default())?, 0)?;
    if purged > since || i64::try_from(found.len()).is_ok_and(|it| it > MOST) {
        return Ok(None);
    }
    let mut changes = Changes { step: context.step(), ..Changes::default() };
    for row in &found {
        match column::<Option<i64>>(row, 12)? {
            Some(_) => changes.gone.push(ConnectionId(column(row, 0)?)),
            None => changes.rows.push(summary(row, &mut context.texts)?),
        }
    }
    Ok(Some(changes))
}

/// The rows of these connections that are not deleted.
pub(super) fn some(
    tx: &Tx<'_>,
    context: &mut Context,
    ids: &[ConnectionId],
) -> Result<Vec<Summary>> {
    let ids: Vec<_> = ids.iter().map(|it| it.0).collect();
    let rows = tx.rows(sql!(summaries!("WHERE deleted_at IS NULL AND id = ANY ($1)"), ids))?;
    rows.iter().map(|row| summary(row, &mut context.texts)).collect()
}

/// For each of these names the row that has it, if any, in the same order.
pub(super) fn with_names(
    tx: &Tx<'_>,
    context: &mut Context,
    names: &[String],
) -> Result<Vec<Vec<Summary>>> {
    let keys: Vec<String> = names.iter().map(|it| fold(it.trim())).collect();
    let query = summaries!("WHERE deleted_at IS NULL AND name_key = ANY ($1)");
    let mut by_key = HashMap::new();
    for row in tx.rows(sql!(query, keys.clone()))? {
        let row = summary(&row, &mut context.texts)?;
        by_key.insert(fold(&row.name), row);
    }
    Ok(keys.iter().map(|key| Vec::from_iter(by_key.get(key).cloned())).collect())
}

/// A whole connection that is deleted, or that is not.
pub(super) fn connection(tx: &Tx<'_>, id: ConnectionId, deleted: bool) -> Result<Connection> {
    match load(tx, id)? {
        Some((found, it)) if it == deleted => Ok(found),
        Some(_) | None => Err(BackendError::NotFound),
    }
}

/// Those of these connections that are there and not deleted, in the same order.
pub(super) fn connections(tx: &Tx<'_>, ids: &[ConnectionId]) -> Result<Vec<Connection>> {
    let mut all = HashMap::new();
    for row in tx.rows(loading(ids))? {
        let (found, deleted) = record(&row)?;
        if !deleted {
            all.insert(found.id, found);
        }
    }
    Ok(ids.iter().filter_map(|id| all.get(id).cloned()).collect())
}

/// Asks for the live connection with a name, given folded.
pub(super) fn naming(key: &str) -> super::value::Statement {
    sql!(
        "SELECT id, name FROM jetbridge.connections WHERE deleted_at IS NULL AND name_key = $1",
        key
    )
}

/// Its id, and how it writes its name.
pub(super) fn named(rows: &[tokio_postgres::Row]) -> Result<Named> {
    let read = |row| Ok((ConnectionId(column(row, 0)?), column(row, 1)?));
    rows.first().map(read).transpose()
}

/// Deleted connections, the latest first.
pub(super) fn deleted(tx: &Tx<'_>, context: &mut Context) -> Result<Vec<DeletedConnection>> {
    let query = summaries!("WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, name_key, id");
    let one = |row| {
        Ok(DeletedConnection {
            row: summary(row, &mut context.texts)?,
            at: moment(column(row, 12)?)?,
            by: column(row, 13)?,
        })
    };
    tx.rows(sql!(query))?.iter().map(one).collect()
}

/// Every saved change of a connection, deleted or not, the latest first. Where the one who is named
/// is not the one whom the server saw, both are shown; an import names whoever its file does.
pub(super) fn changes(tx: &Tx<'_>, id: ConnectionId) -> Result<Vec<HistoryEntry>> {
    let now = found(tx, id)?.ok_or(BackendError::NotFound)?;
    if let Some(entry) = history::of_import(&now) {
        return Ok(vec![entry]);
    }
    let rows = tx.rows(sql!(
        "SELECT revision, at, by, action, changes, seen_by FROM jetbridge.history
         WHERE connection = $1 ORDER BY revision DESC",
        id.0
    ))?;
    let entry = |row: &tokio_postgres::Row| {
        let changes: &str = column(row, 4)?;
        let (by, seen): (String, String) = (column(row, 2)?, column(row, 5)?);
        let action: String = column(row, 3)?;
        let stated = by == seen || action == "imported";
        Ok(HistoryEntry {
            revision: number(row, 0)?,
            at: moment(column(row, 1)?)?,
            by: if stated { by } else { format!("{by} (saved by {seen})") },
            action,
            changes: serde_json::from_str(changes)
                .map_err(|error| damaged(format!("the history of {id} cannot be read: {error}")))?,
        })
    };
    rows.iter().map(entry).collect()
}
