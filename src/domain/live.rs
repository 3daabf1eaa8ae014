//! What AvePoint Fly reports of its connections and projects beyond what every list reports.

use serde::{Deserialize, Serialize};

use super::ConnectionType;

/// Where a listed connection was read from, and the ids that only AvePoint Fly gives (fly.md §1,
/// `ConnectionSummaryModel`). Ids are kept as the service wrote them. One that it did not send is
/// `None`; an empty text says that it sent the field and that nothing is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LiveOrigin {
    /// Context it was read from.
    pub context: String,
    /// Id of the connection in AvePoint Fly; empty: unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Id of its tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Id of its app profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_profile_id: Option<String>,
    /// Id of its service account. The service reports one, although the portal allows several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account_id: Option<String>,
    /// Id of its delegated app profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated_profile_id: Option<String>,
}

impl LiveOrigin {
    /// Which credentials it reported, and the context: `app profile, from contoso`. The service reports
    /// one id of each sort, although the portal allows several, so nothing is counted.
    pub fn words(&self) -> String {
        let words = [
            (&self.app_profile_id, "app profile"),
            (&self.service_account_id, "service account"),
            (&self.delegated_profile_id, "delegated"),
        ];
        let known: Vec<&str> =
            words.iter().filter(|(id, _)| set(id).is_some()).map(|(_, word)| *word).collect();
        match known.as_slice() {
            [] => format!("from {}", self.context),
            some => format!("{}, from {}", some.join(" + "), self.context),
        }
    }
}

/// The id of an object that is set; `None`: none is set, or that is unknown.
pub fn set(id: &Option<String>) -> Option<&String> {
    id.as_ref().filter(|it| !it.is_empty())
}

/// A migration project (fly.md §1, GET /projects/summaries). The public API does not report which
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
