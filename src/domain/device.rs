//! Answers of an Active Directory and Entra ID Devices connection. SPEC D3-D16.
//!
//! The shape of the types is the branching of the form: what a branch does not ask for cannot be
//! stored with it. D17.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::token::BulkToken;
use super::{Held, ObjectId, Timestamp};

/// Everything the device form asks beyond name, type and side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceAnswers {
    /// Where devices come from.
    Source(Box<DeviceSource>),
    /// Where devices go.
    Destination(Box<DeviceDestination>),
}

/// The source side. D4-D9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSource {
    /// Application (client) id of the app registration in AOS. D4.
    pub client_id: Uuid,
    /// Its client secret. D5.
    pub client_secret: Held,
    /// When the client secret expires, where the admin told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_expires: Option<Timestamp>,
    /// Key that joins device agents to the connection. D6.
    pub configuration_key: HeldKey,
    /// Local administrator to create on each device; `None`: off. D8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_admin: Option<Account>,
    /// Source Microsoft Entra ID, for group memberships of devices; `None`: off. D9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entra: Option<EntraAccess>,
}

/// The destination side. D10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceDestination {
    /// Active Directory. D11, D12.
    ActiveDirectory {
        /// How devices rejoin the domain.
        rejoin: DomainRejoin,
    },
    /// Hybrid Identity. D13.
    Hybrid {
        /// Destination tenant and app profile.
        entra: EntraAccess,
        /// How devices rejoin the domain.
        rejoin: DomainRejoin,
    },
    /// Microsoft Entra ID. D14.
    EntraId {
        /// Destination tenant and app profile.
        entra: EntraAccess,
        /// How devices join Microsoft Entra ID.
        join: EntraJoin,
    },
}

/// How a device rejoins the destination Active Directory domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainRejoin {
    /// With user credentials and line of sight to a domain controller. D11.
    Online {
        /// Account in Administrators or Domain Admins.
        account: Account,
        /// Destination domain name.
        domain: String,
    },
    /// Through the Active Directory agent. D12.
    Offline {
        /// Key that joins the Active Directory agent to the connection.
        connection_key: HeldKey,
    },
}

/// How a device joins Microsoft Entra ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntraJoin {
    /// Online, with an app and a bulk token. D15.
    BulkToken {
        /// Every token kept, oldest first; the last is the one in use. Never empty.
        tokens: Vec<BulkToken>,
    },
    /// Offline, with a bulk enrolment file. D16.
    EnrolmentFile {
        /// Local folder on the device or UNC path of the `.ppkg`.
        path: String,
    },
}

/// A tenant and the app profile that reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntraAccess {
    /// The tenant.
    pub tenant: ObjectId,
    /// The app profile, one of this tenant's.
    pub app_profile: ObjectId,
}

/// A user name with its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// User name, as Windows or Active Directory takes it.
    pub user: String,
    /// Its password.
    pub password: Held,
}

/// A key issued by the backend: a configuration key or a connection key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldKey {
    /// Public part: the first groups of the key, enough to tell two keys apart.
    pub id: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The whole key.
    pub value: Held,
}

impl DeviceAnswers {
    /// Every secret with the path that names it in the record: the path is bound to the sealed
    /// text, so it must never change for a stored record.
    pub fn secrets_mut(&mut self) -> Vec<(String, &mut Held)> {
        match self {
            Self::Source(source) => {
                let mut all = vec![
                    ("client_secret".to_owned(), &mut source.client_secret),
                    ("configuration_key".to_owned(), &mut source.configuration_key.value),
                ];
                if let Some(admin) = &mut source.local_admin {
                    all.push(("local_admin_password".to_owned(), &mut admin.password));
                }
                all
            }
            Self::Destination(destination) => match &mut **destination {
                DeviceDestination::ActiveDirectory { rejoin }
                | DeviceDestination::Hybrid { rejoin, .. } => vec![match rejoin {
                    DomainRejoin::Online { account, .. } => {
                        ("domain_password".to_owned(), &mut account.password)
                    }
                    DomainRejoin::Offline { connection_key } => {
                        ("connection_key".to_owned(), &mut connection_key.value)
                    }
                }],
                DeviceDestination::EntraId { join, .. } => match join {
                    EntraJoin::BulkToken { tokens } => tokens
                        .iter_mut()
                        .map(|token| (format!("bulk_token/{}", token.id), &mut token.value))
                        .collect(),
                    EntraJoin::EnrolmentFile { .. } => Vec::new(),
                },
            },
        }
    }
}
