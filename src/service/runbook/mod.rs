//! The portal runbook of a planned connection: gathered from its record and the directory, with the
//! steps that were ticked.

pub mod ticks;

use std::collections::BTreeSet;

use crate::backend::{BackendError, Place};
use crate::domain::ConnectionId;
use crate::form::Limits;
use crate::form::runbook::{NoRunbook, Runbook, of_connection};
use crate::service::directory;

/// A runbook with what it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The connection.
    pub id: ConnectionId,
    /// Its revision: ticks belong to it.
    pub revision: u32,
    /// What to do.
    pub runbook: Runbook,
}

impl Planned {
    /// Steps that are done.
    pub fn done(&self, ticked: &BTreeSet<String>) -> usize {
        self.runbook.steps.iter().filter(|it| ticked.contains(it.id)).count()
    }
}

/// Why there is no runbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunbookError {
    /// Not for this connection.
    #[error(transparent)]
    None(#[from] NoRunbook),
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Gathers the runbook of a connection.
///
/// # Errors
/// Why there is none.
pub async fn runbook(
    backend: &Place,
    id: ConnectionId,
    limits: &Limits,
    warning_days: i64,
) -> Result<Planned, RunbookError> {
    let connection = backend.connection(id).await?;
    let directory = directory::of(backend, &connection).await?;
    let runbook = of_connection(&connection, &directory, limits, warning_days)?;
    Ok(Planned { id, revision: connection.revision, runbook })
}
