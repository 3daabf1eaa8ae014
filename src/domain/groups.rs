//! Answers of a Microsoft 365 Groups connection. SPEC G3-G10.

use serde::{Deserialize, Serialize};

use super::ObjectId;

/// Everything the Groups form asks beyond name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsAnswers {
    /// Tenant that is read from or written to. G3.
    pub tenant: ObjectId,
    /// Location code in which destination groups are created; `None`: not chosen. G4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Container whose objects are loaded for auto map; `None`: none. G5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ObjectId>,
    /// App profile; with [`Self::service`] at least one is present. G6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_profile: Option<AppProfileUse>,
    /// Service account authentication. G6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceAuthentication>,
}

/// An app profile as a connection uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppProfileUse {
    /// The profile.
    pub profile: ObjectId,
    /// User principal name set in this connection; wins over the one in AOS. G7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonation_user: Option<String>,
}

/// Service account authentication. G8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceAuthentication {
    /// User name and password accounts, without MFA. Never empty. G9.
    Legacy {
        /// Service accounts in the order they were picked.
        accounts: Vec<ObjectId>,
    },
    /// Delegated app profiles. Never empty. G10.
    Modern {
        /// Delegated app profiles in the order they were picked.
        profiles: Vec<ObjectId>,
    },
}
