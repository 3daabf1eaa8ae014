//! Deleting and restoring. SPEC C5. A deleted connection keeps everything, its secrets and its
//! history included, so that it can come back whole.

use rusqlite::{Transaction, params};

use crate::backend::{BackendError, Revision};
use crate::domain::removal::Outcome;
use crate::domain::{Connection, ConnectionId};
use crate::text::fold;

use super::db::Context;
use super::failure::Result;
use super::history::{self, Action};
use super::list;
use super::row::load;

/// The revision that one connection has now, or why it was left alone; an error that is not about
/// it alone ends the whole operation.
type Done = Result<std::result::Result<u32, BackendError>>;

/// Deletes each that still has its revision; one that is deleted already counts as done.
pub(super) fn delete(
    tx: &Transaction<'_>,
    context: &Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    each(tx, context, which, |record, deleted, wanted| {
        if deleted {
            return Ok(Ok(record.revision));
        }
        if record.revision != wanted {
            return Ok(Err(history::latest(tx, record, false)?));
        }
        let (at, by) = (context.now().as_microsecond(), &context.actor);
        note(tx, context, record, Action::Deleted)?;
        tx.prepare_cached(
            "UPDATE connections SET tomb = id, revision = revision + 1, deleted_at = ?2,
                 deleted_by = ?3 WHERE id = ?1",
        )?
        .execute(params![record.id.0.as_bytes(), at, by])?;
        Ok(Ok(record.revision + 1))
    })
}

/// Takes back each deletion that still has its revision; one that is not deleted counts as done. A
/// name that was given away meanwhile stays with its new owner.
pub(super) fn restore(
    tx: &Transaction<'_>,
    context: &Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    each(tx, context, which, |record, deleted, wanted| {
        if !deleted {
            return Ok(Ok(record.revision));
        }
        if record.revision != wanted {
            return Ok(Err(history::latest(tx, record, false)?));
        }
        if let Some((id, name)) = list::named(tx, &fold(&record.name))? {
            return Ok(Err(BackendError::NameTaken { name, id }));
        }
        note(tx, context, record, Action::Restored)?;
        bring_back(tx, record.id, record.revision + 1)?;
        Ok(Ok(record.revision + 1))
    })
}

/// Takes the deletion off a row.
pub(super) fn bring_back(tx: &Transaction<'_>, id: ConnectionId, revision: u32) -> Result<()> {
    tx.prepare_cached(
        "UPDATE connections SET tomb = x'', revision = ?2, deleted_at = NULL, deleted_by = NULL
         WHERE id = ?1",
    )?
    .execute(params![id.0.as_bytes(), revision])?;
    Ok(())
}

fn each(
    tx: &Transaction<'_>,
    context: &Context,
    which: &[Revision],
    mut act: impl FnMut(&Connection, bool, u32) -> Done,
) -> Result<Vec<Outcome<BackendError>>> {
    let mut outcomes = Vec::with_capacity(which.len());
    for &Revision { id, revision } in which {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        outcomes.push(match load(tx, id)? {
            None => Outcome { id, name: id.to_string(), result: Err(BackendError::NotFound) },
            Some((record, deleted)) => {
                let result = act(&record, deleted, revision)?;
                Outcome { id, name: record.name, result }
            }
        });
    }
    Ok(outcomes)
}

/// Deleting and restoring make a revision, so that a form opened before either is told.
pub(super) fn note(
    tx: &Transaction<'_>,
    context: &Context,
    record: &Connection,
    action: Action,
) -> Result<()> {
    history::keep_import(tx, record)?;
    let mut entry = history::entry(action, record, Vec::new());
    entry.revision += 1;
    entry.at = context.now();
    entry.by.clone_from(&context.actor);
    history::write(tx, record.id, &entry)
}
