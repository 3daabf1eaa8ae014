//! Saving a connection: checks, secrets, keys and history as one change. SPEC G12, D17.

use crate::backend::{BackendError, SaveRequest, Stamp};
use crate::domain::change::changes;
use crate::domain::health::Directory;
use crate::domain::rules::{self, DESCRIPTION_MAX};
use crate::domain::{Connection, ConnectionId, Draft, Origin};
use crate::form::{digest, replaces};

use super::history::{self, Action};
use super::secrets::{Keys, Plan};
use super::{Found, Named, Op, Result, invalid, micros};

/// What a save needs to know.
pub(crate) struct Before {
    /// By the clock of the store, and who asks.
    pub(crate) now: Stamp,
    /// Id of a connection that is new. With the revision it finds out what became of a save whose
    /// answer was lost.
    pub(crate) id: ConnectionId,
    /// The connection that the request changes.
    pub(crate) target: Option<Found>,
    /// The connection that the request takes secrets from.
    pub(crate) source: Option<Found>,
    /// Who has the name of the draft.
    pub(crate) named: Named,
    /// The objects that the draft names.
    pub(crate) directory: Directory,
}

/// A save that is decided but for what needs keys.
pub(crate) struct Saving {
    before: Before,
    record: Connection,
    action: Action,
    secrets: Plan,
    ops: Vec<Op>,
}

/// The request with its texts in canonical form: what is to be loaded for it goes by these.
pub(crate) fn checked(request: SaveRequest) -> Result<SaveRequest> {
    let mut draft = request.draft;
    draft.name = rules::name(&draft.name).map_err(|it| invalid(format!("name: {it}")))?;
    draft.description = rules::printable(&draft.description, DESCRIPTION_MAX)
        .map_err(|it| invalid(format!("description: {it}")))?;
    Ok(SaveRequest { draft, ..request })
}

/// Decides on a [`checked`] request. Its target and source are in `before`, if they are there.
pub(crate) fn begin(mut before: Before, request: SaveRequest) -> Result<Saving> {
    let SaveRequest { target, draft, secrets_from: _, restore, stamp } = request;
    match (target, &before.target) {
        (None, _) => before.target = None,
        (Some(_), None) => return Err(BackendError::NotFound),
        (Some(target), Some(found)) => {
            if found.record.revision != target.revision || found.deleted && !restore {
                return Err(history::conflict(found, found.deleted));
            }
        }
    }
    let old = before.target.as_ref();
    replaces(&draft, old.map(|it| &it.record)).map_err(invalid)?;
    if let Some((id, name)) = before.named.take()
        && old.is_none_or(|it| it.record.id != id)
    {
        return Err(BackendError::NameTaken { name, id });
    }
    let mut ops = Vec::new();
    if let Some(found) = before.target.as_mut().filter(|it| it.deleted) {
        ops.extend(history::note(found, Action::Restored, &before.now));
        found.record.revision += 1;
        found.last = Some(before.now.clone());
    }
    let mut record = compose(&before, draft, stamp);
    let action = match (&before.target, record.origin) {
        (Some(_), _) => Action::Changed,
        (None, Origin::Imported) => Action::Imported,
        (None, Origin::Local | Origin::Fly) => Action::Created,
    };
    let secrets = Plan::new(&mut record, before.target.as_ref(), before.source.as_ref())?;
    Ok(Saving { before, record, action, secrets, ops })
}

fn compose(before: &Before, draft: Draft, stamp: Option<Stamp>) -> Connection {
    let old = before.target.as_ref().map(|it| &it.record);
    // A new record with a stamp comes from a file.
    let origin = if stamp.is_some() { Origin::Imported } else { Origin::Local };
    let Stamp { at, by } = stamp.unwrap_or_else(|| before.now.clone());
    let at = micros(at);
    Connection {
        id: old.map_or(before.id, |it| it.id),
        revision: old.map_or(1, |it| it.revision + 1),
        name: draft.name,
        description: draft.description,
        kind: draft.kind,
        side: draft.side,
        answers: draft.answers,
        origin: old.map_or(origin, |it| it.origin),
        created_at: old.map_or(Some(at), |it| it.created_at),
        created_by: old.map_or_else(|| by.clone(), |it| it.created_by.clone()),
        modified_at: Some(at),
        modified_by: by,
    }
}

impl Saving {
    /// Whether it seals or opens something. Kept secrets are not opened, so a store without its key
    /// can still be edited.
    pub(crate) fn needs_keys(&self) -> bool {
        self.secrets.needs_keys()
    }

    /// The saved record, and what to write.
    pub(crate) fn finish(self, keys: Option<&dyn Keys>) -> Result<(Connection, Vec<Op>)> {
        let Self { before, mut record, action, secrets, mut ops } = self;
        let Before { now, target, directory, .. } = before;
        let (sealing, secrets) = secrets.seal(&mut record, keys, &now)?;
        ops.extend(target.as_ref().and_then(history::keep_import));
        ops.push(Op::Record {
            judged: digest(&record, &directory),
            record: Box::new(record.clone()),
            new: target.is_none(),
        });
        if target.as_ref().is_some_and(|it| it.deleted) {
            // After its name: that of before may be another's by now.
            ops.push(Op::Restore { id: record.id, revision: record.revision });
        }
        ops.extend(sealing);
        let changes = changes(target.as_ref().map(|it| &it.record), Some(&record));
        let (id, entry) = (record.id, history::entry(action, &record, changes));
        ops.push(Op::Entry { id, entry, secrets });
        Ok((record, ops))
    }
}
