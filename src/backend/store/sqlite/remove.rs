//! Deleting and restoring many at once.

use rusqlite::Transaction;

use crate::backend::store::core::{Found, Op, remove};
use crate::backend::{BackendError, Revision};
use crate::domain::removal::Outcome;
use crate::text::fold;

use super::apply::apply;
use super::db::Context;
use super::failure::Result;
use super::list;
use super::row::found;

/// What the core makes of one connection; an error that is not about it alone ends the whole
/// operation.
type Decided = Result<std::result::Result<(u32, Vec<Op>), BackendError>>;

/// Deletes each that still has its revision.
pub(super) fn delete(
    tx: &Transaction<'_>,
    context: &Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    let now = context.stamp();
    each(tx, context, which, |found, wanted| Ok(remove::delete(found, wanted, &now)))
}

/// Takes back each deletion that still has its revision.
pub(super) fn restore(
    tx: &Transaction<'_>,
    context: &Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    let now = context.stamp();
    each(tx, context, which, |found, wanted| {
        let named = list::named(tx, &fold(&found.record.name))?;
        Ok(remove::restore(found, wanted, named, &now))
    })
}

pub(super) fn each(
    tx: &Transaction<'_>,
    context: &Context,
    which: &[Revision],
    decide: impl Fn(&Found, u32) -> Decided,
) -> Result<Vec<Outcome<BackendError>>> {
    let mut outcomes = Vec::with_capacity(which.len());
    for &Revision { id, revision } in which {
        if context.cancel.while_running() {
            return Err(BackendError::Cancelled.into());
        }
        let Some(found) = found(tx, id)? else {
            let name = id.to_string();
            outcomes.push(Outcome { id, name, result: Err(BackendError::NotFound) });
            continue;
        };
        let decided = decide(&found, revision)?;
        if let Ok((_, ops)) = &decided {
            ops.iter().try_for_each(|op| apply(tx, op))?;
        }
        let result = decided.map(|(revision, _)| revision);
        outcomes.push(Outcome { id, name: found.record.name, result });
    }
    Ok(outcomes)
}
