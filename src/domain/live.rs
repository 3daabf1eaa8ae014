//! What AvePoint Fly tells of its connections and projects beyond what every list tells.

use serde::{Deserialize, Serialize};

use super::ConnectionType;

/// Where a listed connection was read from, and the ids that only AvePoint Fly gives (fly.md §1,
/// `ConnectionSummaryModel`). Ids are kept as the service wrote them; those that an older service
/// does not send are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LiveOrigin {
    /// Context it was read from.
    pub context: String,
    /// Id of the connection in AvePoint Fly.
    pub id: String,
    /// Id of its tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Id of its app profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_profile_id: Option<String>,
    /// Id of its service account. The service tells one, although the portal allows several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account_id: Option<String>,
    /// Id of its delegated app profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated_profile_id: Option<String>,
}

/// A migration project (fly.md §1, GET /projects/summaries). The public API does not tell which
/// connections a project uses, only the platforms at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// What it reads from.
    pub source: ConnectionType,
    /// What it writes to.
    pub destination: ConnectionType,
}
