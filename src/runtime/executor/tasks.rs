//! Effects that take more than one call.

use std::collections::BTreeSet;

use super::{Answers, Means};
use crate::app::Answer;
use crate::app::msg::{Opened, Saved};
use crate::backend::{BackendError, Cursor, Page, PageRequest, SaveRequest};
use crate::domain::device::{DeviceAnswers, DeviceDestination};
use crate::domain::removal::{Outcome, Target};
use crate::domain::{
    Answers as FormAnswers, ConnectionId, DirectoryObject, ObjectId, ObjectKind, Summary,
};

/// Rows of the first page: more than any screen shows, few enough to come at once.
const FIRST: usize = 200;
/// Rows of every further page.
const FURTHER: usize = 4_096;
/// Most pages: 40 million rows are beyond what fits; a backend that pages in circles ends here.
const PAGES: usize = 10_000;

/// Reads the list: the first page, then how many there are and the rest.
pub(super) async fn load(means: &Means, answers: &Answers) {
    if let Err(error) = load_pages(means, answers).await {
        answers.send(Answer::LoadFailed(error));
    }
}

async fn load_pages(means: &Means, answers: &Answers) -> Result<(), BackendError> {
    let first = page(means, None, FIRST).await?;
    let mut after = first.next;
    if after.is_none() {
        let total = Some(first.rows.len());
        answers.send(Answer::Rows { total, rows: first.rows, done: true });
        return Ok(());
    }
    answers.send(Answer::Rows { total: None, rows: first.rows, done: false });
    let total = Some(means.within(means.backend.count()).await?);
    for _ in 0..PAGES {
        let next = page(means, after, FURTHER).await?;
        after = next.next;
        let done = after.is_none();
        answers.send(Answer::Rows { total, rows: next.rows, done });
        if done {
            return Ok(());
        }
        // The rows that are there can be drawn before the next come.
        tokio::task::yield_now().await;
    }
    Err(BackendError::Other("the list does not end".into()))
}

async fn page(means: &Means, after: Option<Cursor>, limit: usize) -> Result<Page, BackendError> {
    means.within(means.backend.page(PageRequest { after, limit })).await
}

/// Reads a connection with all tenants and the objects of its own.
pub(super) async fn open(means: &Means, id: ConnectionId) -> Result<Opened, BackendError> {
    let connection = means.within(means.backend.connection(id)).await?;
    let mut objects = objects(means, ObjectKind::Tenant, None).await?;
    for tenant in tenants(&connection.answers, &objects) {
        for kind in [ObjectKind::Container, ObjectKind::AppProfile, ObjectKind::ServiceAccount] {
            objects.extend(self::objects(means, kind, Some(tenant.clone())).await?);
        }
    }
    Ok(Opened { connection, objects })
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
    match answers {
        FormAnswers::Groups(groups) => BTreeSet::from([groups.tenant.clone()]),
        FormAnswers::Device(DeviceAnswers::Source(source)) => {
            source.entra.iter().map(|entra| entra.tenant.clone()).collect()
        }
        FormAnswers::Device(DeviceAnswers::Destination(destination)) => match &**destination {
            DeviceDestination::ActiveDirectory { .. } => BTreeSet::new(),
            DeviceDestination::Hybrid { entra, .. } | DeviceDestination::EntraId { entra, .. } => {
                BTreeSet::from([entra.tenant.clone()])
            }
        },
        FormAnswers::Listed(listed) => known
            .iter()
            .filter(|it| {
                let told = listed.live.as_ref().and_then(|live| live.tenant_id.as_deref());
                it.name().eq_ignore_ascii_case(&listed.tenant)
                    || told.is_some_and(|id| it.id().as_str().eq_ignore_ascii_case(id))
            })
            .map(|it| it.id().clone())
            .collect(),
    }
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

/// Deletes. A backend tells no names of what it no longer has: those of the dialog are put in.
pub(super) async fn delete(
    means: &Means,
    targets: Vec<Target>,
) -> Result<Vec<Outcome<BackendError>>, BackendError> {
    let ids = targets.iter().map(|it| it.id).collect();
    let mut outcomes = means.within(means.backend.delete(ids)).await?;
    for outcome in outcomes.iter_mut().filter(|it| it.name.is_empty()) {
        if let Some(target) = targets.iter().find(|it| it.id == outcome.id) {
            outcome.name.clone_from(&target.name);
        }
    }
    Ok(outcomes)
}

/// Takes deletions back and reads the rows that are there again.
pub(super) async fn restore(
    means: &Means,
    ids: Vec<ConnectionId>,
) -> Result<(Vec<Outcome<BackendError>>, Vec<Summary>), BackendError> {
    let outcomes = means.within(means.backend.restore(ids)).await?;
    let back: Vec<ConnectionId> =
        outcomes.iter().filter(|it| it.result.is_ok()).map(|it| it.id).collect();
    let rows = if back.is_empty() {
        Vec::new()
    } else {
        means.within(means.backend.summaries(back)).await?
    };
    Ok((outcomes, rows))
}
