//! Effects that take more than one call.

use std::collections::BTreeSet;

use super::Means;
use crate::app::msg::{KeptDraft, Opened, Past, Saved};
use crate::audit::Report;
use crate::backend::{BackendError, Details, HistoryEntry, Reply, SaveRequest};
use crate::domain::removal::{Outcome, Target};
use crate::domain::{
    Answers as FormAnswers, Connection, ConnectionId, DirectoryObject, ObjectId, ObjectKind,
    Summary,
};
use crate::service::{self, AuditError, AuditRequest, removal};

/// Reads a connection with all tenants and the objects of its own.
pub(super) async fn open(
    means: &Means,
    call: Reply<'_, Connection>,
    drafts: Vec<KeptDraft>,
) -> Result<Opened, BackendError> {
    let connection = means.within(call).await?;
    let objects = objects_of(means, &[&connection]).await?;
    Ok(Opened { connection, objects, drafts })
}

/// Reads everything about a connection, with its history where there is one.
pub(super) async fn details(means: &Means, id: ConnectionId) -> Result<Box<Details>, BackendError> {
    let history = means.backend.capabilities().history;
    let all = Box::pin(service::details(&means.backend, id, history));
    means.within(all).await.map(Box::new)
}

/// Reads the history of a connection in the words of its form.
pub(super) async fn history(
    means: &Means,
    id: ConnectionId,
) -> Result<Vec<HistoryEntry>, BackendError> {
    means.within(Box::pin(service::history(&means.backend, id))).await
}

/// Reads a connection with what it was at a revision, and the objects of both.
pub(super) async fn open_revision(
    means: &Means,
    id: ConnectionId,
    revision: u32,
) -> Result<Past, BackendError> {
    let both = Box::pin(service::at_revision(&means.backend, id, revision));
    let (connection, was) = means.within(both).await?;
    let objects = objects_of(means, &[&connection, &was]).await?;
    let opened = Opened { connection, objects, drafts: Vec::new() };
    Ok(Past { opened, was, revision })
}

/// All tenants, and the other objects of those that the connections name.
async fn objects_of(
    means: &Means,
    connections: &[&Connection],
) -> Result<Vec<DirectoryObject>, BackendError> {
    let mut all = objects(means, ObjectKind::Tenant, None).await?;
    let named: BTreeSet<ObjectId> =
        connections.iter().flat_map(|it| tenants(&it.answers, &all)).collect();
    for tenant in named {
        for kind in [ObjectKind::Container, ObjectKind::AppProfile, ObjectKind::ServiceAccount] {
            all.extend(objects(means, kind, Some(tenant.clone())).await?);
        }
    }
    Ok(all)
}

async fn objects(
    means: &Means,
    kind: ObjectKind,
    tenant: Option<ObjectId>,
) -> Result<Vec<DirectoryObject>, BackendError> {
    means.within(means.backend.objects(kind, tenant)).await
}

/// The tenants a connection names; one that is only listed names it as the list did.
fn tenants(answers: &FormAnswers, known: &[DirectoryObject]) -> BTreeSet<ObjectId> {
    let FormAnswers::Listed(listed) = answers else {
        return answers.sheet().and_then(|it| it.tenant().cloned()).into_iter().collect();
    };
    let reported = listed.live.as_ref().and_then(|live| live.tenant_id.as_deref());
    let meant = known.iter().filter(|it| {
        it.name().eq_ignore_ascii_case(&listed.tenant)
            || reported.is_some_and(|id| it.id().as_str().eq_ignore_ascii_case(id))
    });
    meant.map(|it| it.id().clone()).collect()
}

/// Saves, forgets the draft and reads the row.
pub(super) async fn save(
    means: &Means,
    request: SaveRequest,
    draft: String,
) -> Result<Saved, BackendError> {
    let connection = means.within(means.backend.save(request)).await?;
    if !draft.is_empty() {
        // A draft that stays is offered again; the save itself has succeeded.
        let _ = means.within(means.backend.discard_draft(draft)).await;
    }
    let rows = means.within(means.backend.summaries(vec![connection.id])).await;
    match rows.map(|rows| rows.into_iter().next()) {
        Ok(Some(row)) => Ok(Saved { connection, row }),
        Ok(None) => Err(BackendError::Other(
            "saved, but it was deleted at once elsewhere; refresh the list".into(),
        )),
        Err(error) => Err(BackendError::Other(format!(
            "saved, but its row could not be read ({error}); refresh the list"
        ))),
    }
}

/// Deletes what is still as it was shown.
pub(super) async fn delete(
    means: &Means,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    means.within(Box::pin(removal::delete(&means.backend, targets))).await
}

/// Audits a place.
pub(super) async fn audit(
    means: &Means,
    of: String,
    mut request: AuditRequest,
) -> Result<Report, BackendError> {
    request.of = Some(of);
    if let Some(it) = means.services.preflight() {
        // The disk may be slow.
        let all = tokio::task::spawn_blocking(move || it.results.all()).await;
        request = request.with_preflights(all.unwrap_or_default(), it.outdated_days);
    }
    let now = (means.clock)();
    // Hundreds of calls, so it may take as long as a few.
    let patience = means.timeout.saturating_mul(10);
    match tokio::time::timeout(patience, service::audit(&means.backend, request, now)).await {
        Ok(done) => done.map_err(|error| match error {
            AuditError::Backend(error) => error,
            AuditError::Baseline(error) => BackendError::Other(error.to_string()),
        }),
        Err(_) => Err(BackendError::TimedOut { seconds: patience.as_secs() }),
    }
}

/// Asks Microsoft Graph for what a pick list offers, and reads the list again. What cannot be asked takes
/// nothing from the list.
pub(super) async fn refresh_objects(
    means: &Means,
    kind: ObjectKind,
    tenant: Option<ObjectId>,
) -> Result<(Vec<DirectoryObject>, String), BackendError> {
    let said = means.services.refresh_directory(&means.backend, kind, tenant.clone()).await;
    Ok((objects(means, kind, tenant).await?, said))
}

/// Adds or replaces a directory object.
pub(super) async fn put(
    means: &Means,
    object: DirectoryObject,
) -> Result<DirectoryObject, BackendError> {
    means.within(means.backend.put_objects(vec![object.clone()])).await.map(|_| object)
}

/// Loads the sample workspace.
pub(super) async fn sample(means: &Means) -> Result<usize, BackendError> {
    let now = (means.clock)();
    means.within(means.services.load_sample(&means.backend, now)).await
}

/// Takes deletions back and reads the rows that are there again.
pub(super) async fn restore(
    means: &Means,
    targets: Vec<Target>,
) -> Result<(Vec<Outcome<BackendError>>, Vec<Summary>), BackendError> {
    let restored = Box::pin(removal::restore(&means.backend, targets));
    let outcomes = means.within(restored).await?;
    let back: Vec<ConnectionId> =
        outcomes.iter().filter(|it| it.result.is_ok()).map(|it| it.id).collect();
    let rows = if back.is_empty() {
        Vec::new()
    } else {
        means.within(means.backend.summaries(back)).await?
    };
    Ok((outcomes, rows))
}

/// Forgets deleted connections for good.
pub(super) async fn purge(
    means: &Means,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    means.within(Box::pin(removal::purge(&means.backend, targets))).await
}
