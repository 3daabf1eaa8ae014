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

impl LiveOrigin {
    /// Whether the service told ids of tenant and credentials. It sends them together or, when it
    /// is older, none (fly.md §1): with one of them there, a missing one means that none is set.
    pub const fn tells_ids(&self) -> bool {
        self.tenant_id.is_some()
            || self.app_profile_id.is_some()
            || self.service_account_id.is_some()
            || self.delegated_profile_id.is_some()
    }

    /// Which credentials it told of, and the context: `app profile, from contoso`. The service tells
    /// one id of each sort, although the portal allows several, so nothing is counted.
    pub fn words(&self) -> String {
        let words = [
            (&self.app_profile_id, "app profile"),
            (&self.service_account_id, "service account"),
            (&self.delegated_profile_id, "delegated"),
        ];
        let known: Vec<&str> =
            words.iter().filter(|(id, _)| id.is_some()).map(|(_, word)| *word).collect();
        match known.as_slice() {
            [] => format!("from {}", self.context),
            some => format!("{}, from {}", some.join(" + "), self.context),
        }
    }
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
