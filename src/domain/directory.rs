//! Directory objects: what the pick lists of the forms show. SPEC G3-G10, D13-D16.
//!
//! They mirror what AvePoint Online Services (AOS) and Microsoft 365 hold; jetbridge only keeps
//! copies that the admin imported or typed.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::{ObjectId, Timestamp};
use crate::text::fold;

/// The Microsoft cloud a tenant lives in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Cloud {
    /// Worldwide commercial, GCC included.
    #[default]
    #[serde(rename = "commercial")]
    Commercial,
    /// US Government (GCC High, DoD).
    #[serde(rename = "usgov")]
    UsGov,
    /// Operated by 21Vianet in China.
    #[serde(rename = "21vianet")]
    China21Vianet,
}

impl Cloud {
    /// Every cloud, in the order that choices show them.
    pub const ALL: [Self; 3] = [Self::Commercial, Self::UsGov, Self::China21Vianet];

    /// The word used in files and on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::UsGov => "usgov",
            Self::China21Vianet => "21vianet",
        }
    }

    /// The name shown on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Commercial => "Commercial",
            Self::UsGov => "US Government",
            Self::China21Vianet => "21Vianet",
        }
    }
}

/// Whose service a tenant is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Platform {
    /// Microsoft 365.
    #[default]
    #[serde(rename = "microsoft-365")]
    Microsoft365,
    /// Google Workspace.
    #[serde(rename = "google")]
    Google,
}

impl Platform {
    /// Both, in the order that choices show them.
    pub const ALL: [Self; 2] = [Self::Microsoft365, Self::Google];

    /// The word used in files and on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Microsoft365 => "microsoft-365",
            Self::Google => "google",
        }
    }

    /// The name shown on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Microsoft365 => "Microsoft 365",
            Self::Google => "Google Workspace",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A cloud by the hosts that it has: they are fixed, whatever an answer names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum NationalCloud {
    /// Worldwide, GCC included.
    #[default]
    Global,
    /// US Government L4.
    GccHigh,
    /// US Government L5.
    Dod,
    /// Operated by 21Vianet in China.
    China,
}

impl NationalCloud {
    /// Every cloud, in the order that choices show them.
    pub const ALL: [Self; 4] = [Self::Global, Self::GccHigh, Self::Dod, Self::China];

    /// The word in the configuration and on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::GccHigh => "gcc-high",
            Self::Dod => "dod",
            Self::China => "21vianet",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Global => "the global cloud",
            Self::GccHigh => "US Government GCC High",
            Self::Dod => "US Government DoD",
            Self::China => "21Vianet",
        }
    }

    /// The cloud as the directory and Fly distinguish them.
    pub const fn cloud(self) -> Cloud {
        match self {
            Self::Global => Cloud::Commercial,
            Self::GccHigh | Self::Dod => Cloud::UsGov,
            Self::China => Cloud::China21Vianet,
        }
    }
}

/// Addresses of AvePoint Online Services by cloud; `None`: not configured, no link is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Portals {
    /// Commercial cloud.
    pub commercial: Option<String>,
    /// US Government.
    pub usgov: Option<String>,
    /// Operated by 21Vianet.
    pub china_21vianet: Option<String>,
}

impl Portals {
    /// The address for a cloud.
    pub fn url(&self, cloud: Cloud) -> Option<&str> {
        match cloud {
            Cloud::Commercial => self.commercial.as_deref(),
            Cloud::UsGov => self.usgov.as_deref(),
            Cloud::China21Vianet => self.china_21vianet.as_deref(),
        }
    }
}

/// A tenant connected in AOS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tenant {
    /// Tenant id, usually a GUID.
    pub id: ObjectId,
    /// Display name or primary domain.
    pub name: String,
    /// Cloud the tenant lives in.
    #[serde(default)]
    pub cloud: Cloud,
    /// Preferred data location codes (`NAM`, `EUR`, …); empty when not multi-geo. SPEC G4.
    #[serde(default)]
    pub locations: Vec<String>,
    /// Users known to have an Exchange Online license, by user principal name. SPEC G7.
    #[serde(default)]
    pub licensed_users: Vec<String>,
    /// Whose service it is.
    #[serde(default, skip_serializing_if = "Platform::is_usual")]
    pub platform: Platform,
    /// Address of its SharePoint admin center; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_url: Option<String>,
    /// What was read of it in a service.
    #[serde(flatten)]
    pub evidence: Evidence,
}

impl Tenant {
    /// Whether groups can be created in a chosen location of this tenant.
    pub fn is_multi_geo(&self) -> bool {
        !self.locations.is_empty()
    }

    /// Whether a user is known to have an Exchange Online license.
    pub fn is_licensed(&self, user: &str) -> bool {
        self.licensed_users.iter().any(|it| fold(it.trim()) == fold(user.trim()))
    }
}

/// A container of objects found by a scan in AOS. SPEC G5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Id within its tenant.
    pub id: ObjectId,
    /// Tenant it belongs to.
    pub tenant: ObjectId,
    /// Display name.
    pub name: String,
    /// Objects found by the last scan; `None` when not known.
    #[serde(default)]
    pub objects: Option<u64>,
    /// When the last scan ended; `None` when none has run or it is not known.
    #[serde(default)]
    pub last_scan: Option<Timestamp>,
}

/// Kinds of app profile that a form can offer. SPEC G7, G10, D13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileKind {
    /// AvePoint's Fly app.
    Fly,
    /// The customer's own Azure app.
    Custom,
    /// AvePoint's Fly for Device app.
    FlyForDevice,
    /// AvePoint's Fly delegated app.
    FlyDelegated,
    /// The customer's own Azure app with delegated permissions.
    CustomDelegated,
    /// AvePoint's Fly for Power Platform app.
    FlyForPowerPlatform,
    /// AvePoint's Fly for Entra ID app of a source.
    FlyForEntraIdSource,
    /// AvePoint's Fly for Entra ID app of source and destination.
    FlyForEntraId,
    /// AvePoint's default app for Google.
    FlyForGoogle,
    /// The customer's own Google service account.
    CustomGoogle,
}

impl ProfileKind {
    /// Every kind, in the order that choices show them.
    pub const ALL: [Self; 10] = [
        Self::Fly,
        Self::Custom,
        Self::FlyForDevice,
        Self::FlyDelegated,
        Self::CustomDelegated,
        Self::FlyForPowerPlatform,
        Self::FlyForEntraIdSource,
        Self::FlyForEntraId,
        Self::FlyForGoogle,
        Self::CustomGoogle,
    ];

    /// Kinds that fit the app profile of a Groups connection. G6.
    pub const FOR_GROUPS: &'static [Self] = &[Self::Fly, Self::Custom];
    /// Kinds that a user's consent stands behind, for modern authentication. G10.
    pub const DELEGATED: &'static [Self] = &[Self::FlyDelegated, Self::CustomDelegated];
    /// Kinds that fit a connection of devices. D9, D13, D16.
    pub const FOR_DEVICES: &'static [Self] = &[Self::FlyForDevice, Self::Custom];
    /// Kinds that fit Power Platform (types.md).
    pub const FOR_POWER_PLATFORM: &'static [Self] =
        &[Self::FlyForPowerPlatform, Self::CustomDelegated, Self::Custom];
    /// Kinds that fit Microsoft Entra ID (types.md).
    pub const FOR_ENTRA_ID: &'static [Self] =
        &[Self::FlyForEntraIdSource, Self::FlyForEntraId, Self::Custom];
    /// Kinds that fit a tenant of Google (types.md).
    pub const FOR_GOOGLE: &'static [Self] = &[Self::FlyForGoogle, Self::CustomGoogle];
    /// Kinds that fit joining online with a bulk token. D15.
    pub const FOR_BULK_TOKEN: &'static [Self] = &[Self::FlyForDevice, Self::CustomDelegated];

    /// The word used in files and on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Fly => "fly",
            Self::Custom => "custom",
            Self::FlyForDevice => "fly-for-device",
            Self::FlyDelegated => "fly-delegated",
            Self::CustomDelegated => "custom-delegated",
            Self::FlyForPowerPlatform => "fly-for-power-platform",
            Self::FlyForEntraIdSource => "fly-for-entra-id-source",
            Self::FlyForEntraId => "fly-for-entra-id",
            Self::FlyForGoogle => "fly-for-google",
            Self::CustomGoogle => "custom-google",
        }
    }

    /// The name shown on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Fly => "Fly app",
            Self::Custom => "Custom app",
            Self::FlyForDevice => "Fly for Device",
            Self::FlyDelegated => "Fly delegated app",
            Self::CustomDelegated => "Custom delegated app",
            Self::FlyForPowerPlatform => "Fly for Power Platform",
            Self::FlyForEntraIdSource => "Fly for Entra ID source",
            Self::FlyForEntraId => "Fly for Entra ID source and destination",
            Self::FlyForGoogle => "AvePoint Fly Migration",
            Self::CustomGoogle => "Custom Google app",
        }
    }
}

/// What AOS says of an app profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileStatus {
    /// Usable.
    Active,
    /// Must be re-authorized (fly.md §7: password reset, user blocked, licence removed).
    Invalid,
    /// Not known here.
    #[default]
    Unknown,
}

/// An app profile of a tenant in AOS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppProfile {
    /// Id within its tenant.
    pub id: ObjectId,
    /// Tenant it belongs to.
    pub tenant: ObjectId,
    /// Display name.
    pub name: String,
    /// Which app stands behind it.
    pub kind: ProfileKind,
    /// Impersonation user set in AOS, for a custom app. SPEC G7.
    #[serde(default)]
    pub impersonation_user: Option<String>,
    /// What AOS says of it.
    #[serde(default)]
    pub status: ProfileStatus,
    /// What was read of it in a service.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// Whether a service account has multi-factor authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mfa {
    /// Enabled: the account cannot be used with legacy authentication. SPEC G9.
    Yes,
    /// Not enabled.
    No,
    /// Not known here.
    #[default]
    Unknown,
}

/// A service account of a tenant in AOS. SPEC G9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Id within its tenant, usually the user principal name.
    pub id: ObjectId,
    /// Tenant it belongs to.
    pub tenant: ObjectId,
    /// User principal name.
    pub name: String,
    /// Multi-factor authentication.
    #[serde(default)]
    pub mfa: Mfa,
    /// What was read of it in a service.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// The kinds of directory object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectKind {
    /// [`Tenant`]
    Tenant,
    /// [`Container`]
    Container,
    /// [`AppProfile`]
    AppProfile,
    /// [`ServiceAccount`]
    ServiceAccount,
}

impl ObjectKind {
    /// Every kind, tenants first because the others belong to one.
    pub const ALL: [Self; 4] =
        [Self::Tenant, Self::Container, Self::AppProfile, Self::ServiceAccount];

    /// The word used in files and on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Container => "container",
            Self::AppProfile => "app-profile",
            Self::ServiceAccount => "service-account",
        }
    }

    /// The name shown on screen, in the singular.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Container => "container",
            Self::AppProfile => "app profile",
            Self::ServiceAccount => "service account",
        }
    }
}

/// Any directory object. In JSON the field `object` says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename_all = "kebab-case")]
pub enum DirectoryObject {
    /// A tenant.
    Tenant(Tenant),
    /// A container.
    Container(Container),
    /// An app profile.
    AppProfile(AppProfile),
    /// A service account.
    ServiceAccount(ServiceAccount),
}

impl DirectoryObject {
    /// Which kind this is.
    pub const fn kind(&self) -> ObjectKind {
        match self {
            Self::Tenant(_) => ObjectKind::Tenant,
            Self::Container(_) => ObjectKind::Container,
            Self::AppProfile(_) => ObjectKind::AppProfile,
            Self::ServiceAccount(_) => ObjectKind::ServiceAccount,
        }
    }

    /// Its id.
    pub const fn id(&self) -> &ObjectId {
        match self {
            Self::Tenant(it) => &it.id,
            Self::Container(it) => &it.id,
            Self::AppProfile(it) => &it.id,
            Self::ServiceAccount(it) => &it.id,
        }
    }

    /// Its display name.
    pub fn name(&self) -> &str {
        match self {
            Self::Tenant(it) => &it.name,
            Self::Container(it) => &it.name,
            Self::AppProfile(it) => &it.name,
            Self::ServiceAccount(it) => &it.name,
        }
    }

    /// What was read of it in a service; of containers nothing can be.
    pub const fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Tenant(it) => Some(&it.evidence),
            Self::Container(_) => None,
            Self::AppProfile(it) => Some(&it.evidence),
            Self::ServiceAccount(it) => Some(&it.evidence),
        }
    }

    /// The tenant it belongs to; a tenant belongs to itself.
    pub const fn tenant(&self) -> &ObjectId {
        match self {
            Self::Tenant(it) => &it.id,
            Self::Container(it) => &it.tenant,
            Self::AppProfile(it) => &it.tenant,
            Self::ServiceAccount(it) => &it.tenant,
        }
    }
}
