//! Deleting and restoring connections: the one way of the screen, the command line and apply. C5.

use std::collections::{HashMap, HashSet};

use crate::backend::{Backend, BackendError, Revision};
use crate::domain::ConnectionId;
use crate::domain::removal::{Outcome, Target};

/// Deletes each of these that is still as it was seen, all in one change: one outcome per
/// connection, a connection that comes twice counted once.
///
/// # Errors
/// The backend deletes nothing, or failed; then nothing was deleted.
pub async fn delete(
    backend: &dyn Backend,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    if !backend.capabilities().delete {
        return Err(BackendError::Unsupported("deleting connections"));
    }
    let (which, names) = once(targets);
    Ok(named(backend.delete(which).await?, names))
}

/// Takes back each of these deletions that is still as it was seen, as [`delete`] does.
///
/// # Errors
/// The backend restores nothing, or failed; then nothing was restored.
pub async fn restore(
    backend: &dyn Backend,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    if !backend.capabilities().delete {
        return Err(BackendError::Unsupported("restoring connections"));
    }
    let (which, names) = once(targets);
    Ok(named(backend.restore(which).await?, names))
}

/// Each connection once, and the name that it was seen by.
fn once(targets: Vec<Target>) -> (Vec<Revision>, HashMap<ConnectionId, String>) {
    let mut seen = HashSet::with_capacity(targets.len());
    let targets: Vec<Target> = targets.into_iter().filter(|it| seen.insert(it.id)).collect();
    let which = targets.iter().map(Revision::from).collect();
    (which, targets.into_iter().map(|it| (it.id, it.name)).collect())
}

/// A backend reports no names of what it no longer has: those that were seen are put in.
fn named(
    mut outcomes: Vec<Outcome<BackendError>>,
    mut names: HashMap<ConnectionId, String>,
) -> Vec<Outcome<BackendError>> {
    let unknown = |it: &Outcome<BackendError>| {
        it.name.is_empty() || it.result == Err(BackendError::NotFound)
    };
    for outcome in outcomes.iter_mut().filter(|it| unknown(it)) {
        if let Some(name) = names.remove(&outcome.id).filter(|it| !it.is_empty()) {
            outcome.name = name;
        }
    }
    outcomes
}
