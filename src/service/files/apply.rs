//! Doing what a plan says: one save per connection, each whole or not at all.

use super::plan::{Action, Plan, Planned};
use super::want::{Content, Work};
use crate::backend::{Backend, BackendError, SaveRequest};
use crate::domain::device::HeldKey;
use crate::domain::{ConnectionId, Held};
use crate::form::{Limits, Value};
use crate::service;

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What was to be done.
    pub action: Action,
    /// Name of the connection.
    pub name: String,
    /// Its identity, or why it was left untouched.
    pub result: Result<ConnectionId, BackendError>,
}

/// Does every step in its order and tells of each as soon as it is done. A step that fails
/// leaves its connection as it was and does not stop the others. What is done stays done: the
/// same files applied again do the rest.
pub async fn apply(
    backend: &dyn Backend,
    plan: Plan,
    limits: &Limits,
    told: &mut dyn FnMut(&Done),
) -> Vec<Done> {
    let mut out = Vec::new();
    for Planned { step, work, unread } in plan.steps {
        let result = match (step.action, work) {
            _ if unread.is_some() => {
                Err(BackendError::Invalid("its secrets were not read".to_owned()))
            }
            (Action::Unchanged, _) => continue,
            (Action::Create | Action::Change, Some(work)) => save(backend, work, limits).await,
            (Action::Create | Action::Change, None) => Err(BackendError::NotFound),
            (Action::Delete, _) => match (step.id, step.revision) {
                (Some(id), Some(revision)) => delete(backend, id, revision).await,
                _ => Err(BackendError::NotFound),
            },
        };
        let done = Done { action: step.action, name: step.name, result };
        told(&done);
        out.push(done);
    }
    out
}

async fn save(
    backend: &dyn Backend,
    mut work: Work,
    limits: &Limits,
) -> Result<ConnectionId, BackendError> {
    if let Some(ask) = work.asks.first() {
        return Err(BackendError::Invalid(format!("{}: it was not given", ask.field)));
    }
    // Everything is checked before a key is issued for it.
    work.draft(limits).map_err(Work::refusal)?;
    for (field, kind) in work.keys() {
        let key = backend.issue_key(kind).await?;
        let held = HeldKey { id: key.id(), issued_at: limits.now, value: Held::New(key.text) };
        if let Content::Form(_, values) = &mut work.content {
            values.set(field, Value::Key(held));
        }
    }
    for (field, request) in work.token_requests() {
        let token = backend.issue_token(request).await?;
        if let Content::Form(_, values) = &mut work.content {
            let mut all = values.tokens(field).to_vec();
            all.push(token);
            values.set(field, Value::Tokens(all));
        }
    }
    fault!("apply.issued");
    let draft = work.draft(limits).map_err(Work::refusal)?;
    let Work { target, secrets_from, restore, .. } = work;
    let request = SaveRequest { target, draft, secrets_from, restore, stamp: None };
    let saved = service::save(backend, request).await?;
    fault!("apply.saved");
    Ok(saved.id)
}

/// Deletes a connection that is still as the plan saw it.
async fn delete(
    backend: &dyn Backend,
    id: ConnectionId,
    revision: u32,
) -> Result<ConnectionId, BackendError> {
    let saved = backend.connection(id).await?;
    if saved.revision != revision {
        return Err(BackendError::Conflict {
            at: saved.saved_at(),
            by: saved.modified_by,
            revision: saved.revision,
        });
    }
    fault!("apply.looked");
    let outcomes = service::delete_many(backend, vec![id]).await?;
    fault!("apply.deleted");
    match outcomes.into_iter().next() {
        Some(outcome) => outcome.result.map(|()| id),
        None => Err(BackendError::NotFound),
    }
}
