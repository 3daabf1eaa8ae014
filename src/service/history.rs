//! The history of a connection as people read it, and the record as it was at a revision.

use super::directory;
use crate::backend::{BackendError, HistoryEntry, Place};
use crate::domain::{Connection, ConnectionId};
use crate::form::history::{before, in_words};

/// Every saved change, the latest first, in the words of the form.
///
/// # Errors
/// When the backend fails.
pub async fn history(backend: &Place, id: ConnectionId) -> Result<Vec<HistoryEntry>, BackendError> {
    let mut entries = backend.history(id).await?;
    let connection = backend.connection(id).await?;
    let directory = directory::of(backend, &connection).await?;
    for entry in &mut entries {
        entry.changes = in_words(connection.kind, &entry.changes, &directory);
    }
    Ok(entries)
}

/// A connection, and the same as it was at a revision; its secrets and keys stay as they are now.
///
/// # Errors
/// When the backend fails, or the history does not know the revision.
pub async fn at_revision(
    backend: &Place,
    id: ConnectionId,
    revision: u32,
) -> Result<(Connection, Connection), BackendError> {
    let entries = backend.history(id).await?;
    let connection = backend.connection(id).await?;
    if !entries.iter().any(|it| it.revision == revision) {
        let text = format!("{} has no revision {revision}", crate::text::shown(&connection.name));
        return Err(BackendError::Invalid(text));
    }
    let later = entries.iter().filter(|it| it.revision > revision);
    let past = before(&connection, later.flat_map(|it| &it.changes))
        .ok_or(BackendError::Unsupported("an earlier revision of a listed connection"))?;
    Ok((connection, past))
}
