//! Everything about one connection: the record, what the directory says of it, its health and
//! its history.

use crate::backend::{BackendError, Details, Place};
use crate::domain::health::Findings;
use crate::domain::{Answers, ConnectionId, Listed};
use crate::form::digest;
use crate::form::{answered, specs};

use super::directory;

/// Gathers everything about a connection.
pub async fn details(
    backend: &Place,
    id: ConnectionId,
    with_history: bool,
) -> Result<Details, BackendError> {
    let connection = backend.connection(id).await?;
    let directory = directory::of(backend, &connection).await?;
    let mut judged = digest(&connection, &directory);
    if backend.as_of().is_some() {
        // A service's record is what its list reported. It is complete as it is, and judged by its row.
        let row = backend.summaries(vec![id]).await?.into_iter().find(|it| it.id == id);
        judged.findings = row.map_or(Findings::unchecked(), |it| it.findings);
    }
    let answers = match (specs::of(connection.kind), &connection.answers) {
        (_, Answers::Listed(listed)) => reported(listed),
        (None, _) => Vec::new(),
        (Some(spec), Answers::Form(_)) => answered(spec, &spec.opened(&connection, &directory)),
    };
    let history = match with_history {
        true if !backend.capabilities().history => {
            return Err(BackendError::Unsupported("the history of a connection"));
        }
        true => Some(backend.history(id).await?),
        false => None,
    };
    Ok(Details {
        connection,
        tenant: judged.tenant_name,
        credentials: judged.credentials,
        answers,
        findings: judged.findings,
        expires_at: judged.expires_at,
        history,
    })
}

/// The ids that a list of AvePoint Fly gave.
fn reported(listed: &Listed) -> Vec<(&'static str, String)> {
    let Some(live) = &listed.live else { return Vec::new() };
    let rows = [
        ("Read from", Some(&live.context)),
        ("Id in Fly", Some(&live.id)),
        ("Tenant id", live.tenant_id.as_ref()),
        ("App profile id", live.app_profile_id.as_ref()),
        ("Service account id", live.service_account_id.as_ref()),
        ("Delegated app profile id", live.delegated_profile_id.as_ref()),
    ];
    let known = rows.into_iter().filter_map(|(label, id)| Some((label, id?.clone())));
    known.filter(|(_, id)| !id.is_empty()).collect()
}
