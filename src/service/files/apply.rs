//! Doing what a plan says: one save per connection, each whole or not at all.

use std::ops::ControlFlow;

use super::plan::{Action, Plan, Planned, Step};
use super::want::Work;
use crate::backend::{BackendError, Place, SaveRequest};
use crate::domain::key::HeldKey;
use crate::domain::removal::{Outcome, Target};
use crate::domain::{ConnectionId, Held};
use crate::form::{Limits, Value};
use crate::service::{self, removal};

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What was to be done.
    pub action: Action,
    /// Name of the connection; after a rename its new one.
    pub name: String,
    /// The name that it had, where it is renamed.
    pub renamed_from: Option<String>,
    /// Its identity, or why it was left untouched.
    pub result: Result<ConnectionId, BackendError>,
}

/// Does every step in its order and reports each as soon as it is done; `reported` answers whether to
/// go on. A step that fails leaves its connection as it was and does not stop the others. Deletions
/// come last, all in one change. What is done stays done: the same files applied again do the rest.
pub async fn apply(
    backend: &Place,
    plan: Plan,
    limits: &Limits,
    reported: &mut dyn FnMut(&Done) -> ControlFlow<()>,
) -> Vec<Done> {
    let (mut out, mut gone) = (Vec::new(), Vec::new());
    for Planned { step, work, unread } in plan.steps {
        let result = match (step.action, work) {
            _ if unread.is_some() => {
                Err(BackendError::Invalid("its secrets were not read".to_owned()))
            }
            (Action::Unchanged, _) => continue,
            (Action::Delete, _) => {
                gone.push(step);
                continue;
            }
            (Action::Create | Action::Change, Some(work)) => save(backend, work, limits).await,
            (Action::Create | Action::Change, None) => Err(BackendError::NotFound),
        };
        let (name, renamed_from) = match step.renamed_to {
            Some(new) if result.is_ok() => (new, Some(step.name)),
            _ => (step.name, None),
        };
        let done = Done { action: step.action, name, renamed_from, result };
        let on = reported(&done);
        out.push(done);
        if on.is_break() {
            return out;
        }
    }
    for done in delete(backend, gone).await {
        // They are done already: there is nothing left to stop.
        let _ = reported(&done);
        out.push(done);
    }
    out
}

async fn save(
    backend: &Place,
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
        work.set(field, Value::Key(held));
    }
    for (field, request) in work.token_requests() {
        let token = backend.issue_token(request).await?;
        work.add_token(field, token);
    }
    fault!("apply.issued");
    let draft = work.draft(limits).map_err(Work::refusal)?.clone();
    let Work { target, secrets_from, restore, .. } = work;
    let request = SaveRequest { target, draft, secrets_from, restore, stamp: None };
    let saved = service::save(backend, request).await?;
    fault!("apply.saved");
    Ok(saved.id)
}

/// Deletes the connections that are still as the plan saw them.
async fn delete(backend: &Place, gone: Vec<Step>) -> Vec<Done> {
    let target =
        |it: &Step| Some(Target { id: it.id?, name: it.name.clone(), revision: it.revision? });
    let targets: Vec<Target> = gone.iter().filter_map(target).collect();
    if targets.is_empty() {
        return Vec::new();
    }
    let done = |name, result| Done { action: Action::Delete, name, renamed_from: None, result };
    match deleted(backend, targets).await {
        Ok(outcomes) => {
            outcomes.into_iter().map(|it| done(it.name, it.result.map(|_| it.id))).collect()
        }
        Err(error) => gone.into_iter().map(|it| done(it.name, Err(error.clone()))).collect(),
    }
}

async fn deleted(
    backend: &Place,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    let outcomes = removal::delete(backend, targets).await?;
    fault!("apply.deleted");
    Ok(outcomes)
}
