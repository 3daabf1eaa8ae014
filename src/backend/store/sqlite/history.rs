//! Who changed what, and when.

use rusqlite::{Transaction, params};

use crate::backend::{BackendError, HistoryEntry};
use crate::domain::change::{Change, changes};
use crate::domain::{Connection, ConnectionId, Origin};

use super::chain;
use super::failure::Result;
use super::row::{load, moment};
use crate::backend::store::core::damaged;

/// What a change was, in the word that the history shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Made by a save.
    Created,
    /// Changed by a save.
    Changed,
    /// Deleted.
    Deleted,
    /// Taken back from the deleted ones.
    Restored,
    /// Read from a file.
    Imported,
}

impl Action {
    const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
            Self::Imported => "imported",
        }
    }
}

/// Writes down an entry.
pub(super) fn write(tx: &Transaction<'_>, id: ConnectionId, entry: &HistoryEntry) -> Result<()> {
    let changes = serde_json::to_string(&entry.changes)
        .map_err(|error| BackendError::Other(format!("the history cannot be written: {error}")))?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO history (connection, revision, at, by, action, changes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let (revision, at, by) = (entry.revision, entry.at.as_microsecond(), &entry.by);
    statement.execute(params![id.0.as_bytes(), revision, at, by, entry.action, changes])?;
    chain::link(tx, id.0, revision)
}

/// An entry from its parts.
pub(super) fn entry(action: Action, after: &Connection, changes: Vec<Change>) -> HistoryEntry {
    HistoryEntry {
        revision: after.revision,
        at: after.saved_at(),
        by: after.modified_by.clone(),
        action: action.word().to_owned(),
        changes,
    }
}

/// Keeps how a connection came by import, before its first change makes that unreadable.
pub(super) fn keep_import(tx: &Transaction<'_>, before: &Connection) -> Result<()> {
    match untold(tx, before)? {
        Some(entry) => write(tx, before.id, &entry),
        None => Ok(()),
    }
}

/// The import entry of a connection that has not changed since.
fn untold(tx: &Transaction<'_>, now: &Connection) -> Result<Option<HistoryEntry>> {
    if now.origin != Origin::Imported || now.revision != 1 {
        return Ok(None);
    }
    let told: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM history WHERE connection = ?1)")?
        .query_row([now.id.0.as_bytes()], |row| row.get(0))?;
    Ok((!told).then(|| HistoryEntry {
        // When and by whom it was imported; `modified_…` is what the file told.
        at: now.created_at.unwrap_or_default(),
        by: now.created_by.clone(),
        ..entry(Action::Imported, now, changes(None, Some(now)))
    }))
}

/// Every saved change of a connection, deleted or not, the latest first.
pub(super) fn read(tx: &Transaction<'_>, id: ConnectionId) -> Result<Vec<HistoryEntry>> {
    let (now, _) = load(tx, id)?.ok_or(BackendError::NotFound)?;
    if let Some(entry) = untold(tx, &now)? {
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

/// When and by whom the latest revision was made, for whoever started from an older one; the
/// deletion is a revision, too.
pub(super) fn latest(
    tx: &Transaction<'_>,
    now: &Connection,
    deleted: bool,
) -> Result<BackendError> {
    let last = read(tx, now.id)?.into_iter().next();
    let (by, at) = last.map_or((now.modified_by.clone(), now.saved_at()), |it| (it.by, it.at));
    let (id, revision) = (now.id, now.revision);
    Ok(if deleted {
        BackendError::Deleted { id, by, at, revision }
    } else {
        BackendError::Conflict { by, at, revision }
    })
}
