//! Deleting, restoring and purging. SPEC C5. A deleted connection keeps everything, its secrets and
//! its history included, so that it can come back whole, until it is purged.

use crate::backend::{BackendError, Stamp};

use super::history::{self, Action};
use super::{Found, Named, Op, Result};

/// Deletes a connection that still has this revision; one that is deleted already counts as done.
/// The revision that it has then, and what to write.
pub(crate) fn delete(found: &Found, revision: u32, now: &Stamp) -> Result<(u32, Vec<Op>)> {
    let (id, is) = (found.record.id, found.record.revision);
    if found.deleted {
        return Ok((is, Vec::new()));
    }
    if is != revision {
        return Err(history::conflict(found, false));
    }
    let mut ops = history::note(found, Action::Deleted, now);
    ops.push(Op::Delete { id, revision: is + 1, stamp: now.clone() });
    Ok((is + 1, ops))
}

/// Takes a deletion back that still has this revision; one that is not deleted counts as done. A name
/// that was given away meanwhile stays with its new owner.
pub(crate) fn restore(
    found: &Found,
    revision: u32,
    named: Named,
    now: &Stamp,
) -> Result<(u32, Vec<Op>)> {
    let (id, is) = (found.record.id, found.record.revision);
    if !found.deleted {
        return Ok((is, Vec::new()));
    }
    if is != revision {
        return Err(history::conflict(found, false));
    }
    if let Some((id, name)) = named {
        return Err(BackendError::NameTaken { name, id });
    }
    let mut ops = history::note(found, Action::Restored, now);
    ops.push(Op::Restore { id, revision: is + 1 });
    Ok((is + 1, ops))
}

/// Forgets a deletion for good that still has this revision; one that was restored is left alone.
pub(crate) fn purge(found: &Found, revision: u32, now: &Stamp) -> Result<(u32, Vec<Op>)> {
    let (id, is) = (found.record.id, found.record.revision);
    if !found.deleted || is != revision {
        return Err(history::conflict(found, false));
    }
    Ok((is, vec![Op::Purge { id, revision, stamp: now.clone() }]))
}
