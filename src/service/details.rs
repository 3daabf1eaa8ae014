//! Everything about one connection: the record, what the directory says of it, its health and
//! its history.

use crate::backend::{Backend, BackendError, HistoryEntry};
use crate::domain::health::{Directory, Findings, digest};
use crate::domain::{Connection, ConnectionId, ObjectKind, Timestamp};

/// A connection with everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The record; its secrets are fingerprints.
    pub connection: Connection,
    /// Tenant or domain by name; empty when none is known.
    pub tenant: String,
    /// Credentials in a few words.
    pub credentials: String,
    /// Everything found about it.
    pub findings: Findings,
    /// Every saved change, the latest first; `None` when it was not asked for.
    pub history: Option<Vec<HistoryEntry>>,
}

/// Gathers everything about a connection.
pub async fn details(
    backend: &dyn Backend,
    id: ConnectionId,
    with_history: bool,
    now: Timestamp,
    warning_days: i64,
) -> Result<Details, BackendError> {
    let connection = backend.connection(id).await?;
    // A first look tells the tenant, so that only its objects are asked for.
    let tenant = digest(&connection, &Directory::default()).tenant;
    let mut objects = Vec::new();
    if let Some(tenant) = &tenant {
        for kind in ObjectKind::ALL {
            let of = (kind != ObjectKind::Tenant).then(|| tenant.clone());
            objects.extend(backend.objects(kind, of).await?);
        }
    }
    let mut judged = digest(&connection, &objects.into_iter().collect());
    if backend.as_of().is_some() {
        // A service's record is what its list told. It is complete as it is, and judged by its row.
        let row = backend.summaries(vec![id]).await?.into_iter().find(|it| it.id == id);
        judged.findings = row.map(|it| it.findings).unwrap_or_default();
    }
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
        findings: judged.findings.aged(judged.expires_at, now, warning_days),
        history,
    })
}
