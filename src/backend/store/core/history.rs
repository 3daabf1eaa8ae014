//! Who changed what, and when.

use crate::backend::{BackendError, HistoryEntry, Stamp};
use crate::domain::change::{Change, changes};
use crate::domain::{Connection, Origin};

use super::{Found, Op};

/// What a change was, in the word that the history shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
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

/// An entry from its parts.
pub(crate) fn entry(action: Action, after: &Connection, changes: Vec<Change>) -> HistoryEntry {
    HistoryEntry {
        revision: after.revision,
        at: after.saved_at(),
        by: after.modified_by.clone(),
        action: action.word().to_owned(),
        changes,
    }
}

/// The entry of an import that has not changed since: until then it is read off the record.
pub(crate) fn of_import(found: &Found) -> Option<HistoryEntry> {
    let now = &found.record;
    let unchanged = now.origin == Origin::Imported && now.revision == 1 && found.last.is_none();
    unchanged.then(|| HistoryEntry {
        // When and by whom it was imported; `modified_…` is what the file says.
        at: now.created_at.unwrap_or_default(),
        by: now.created_by.clone(),
        ..entry(Action::Imported, now, changes(None, Some(now)))
    })
}

/// Writes down how a connection came by import, before its first change makes that unreadable.
pub(super) fn keep_import(before: &Found) -> Option<Op> {
    let (id, secrets) = (before.record.id, before.versions());
    of_import(before).map(|entry| Op::Entry { id, entry, secrets })
}

/// Deleting and restoring make a revision, so that a form opened before either is refused.
pub(super) fn note(found: &Found, action: Action, now: &Stamp) -> Vec<Op> {
    let record = &found.record;
    let entry = HistoryEntry {
        revision: record.revision + 1,
        at: now.at,
        by: now.by.clone(),
        ..entry(action, record, Vec::new())
    };
    let noted = Op::Entry { id: record.id, entry, secrets: found.versions() };
    keep_import(found).into_iter().chain([noted]).collect()
}

/// When and by whom the latest revision was made, for whoever started from an older one; the
/// deletion is a revision, too.
pub(super) fn conflict(now: &Found, deleted: bool) -> BackendError {
    let record = &now.record;
    let of_import = of_import(now).map(|it| Stamp { at: it.at, by: it.by });
    let saved = || Stamp { at: record.saved_at(), by: record.modified_by.clone() };
    let Stamp { at, by } = now.last.clone().or(of_import).unwrap_or_else(saved);
    let (id, revision) = (record.id, record.revision);
    if deleted {
        BackendError::Deleted { id, by, at, revision }
    } else {
        BackendError::Conflict { by, at, revision }
    }
}
