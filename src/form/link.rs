//! Where in AvePoint Online Services (AOS) to make what a pick list lacks. G3, G5, G6, D4.

use super::{Trait, Traits};
use crate::domain::{Cloud, Portals};

/// A page of AOS, named by its menu (fly.md §7, and the product's create-a-connection pages).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// Connects a tenant.
    Tenants,
    /// Finds the objects of a container.
    AutoDiscovery,
    /// Makes app profiles.
    AppProfiles,
    /// Makes service accounts.
    ServiceAccounts,
    /// Makes the app registration of a device connection.
    AppRegistrations,
}

impl Link {
    /// Which menu entry to choose.
    pub const fn menu(self) -> &'static str {
        match self {
            Self::Tenants => "Tenant management",
            Self::AutoDiscovery => "Auto Discovery",
            Self::AppProfiles => "Management > App management",
            Self::ServiceAccounts => "Management > Service account",
            Self::AppRegistrations => "Administration > App registrations",
        }
    }

    /// The page in the portal of a tenant's cloud; without a tenant in the first portal that has an
    /// address. Only the page of app profiles has a documented path (fly.md §7). `None`: no address is
    /// configured for the cloud, and none is documented for tenants operated by 21Vianet.
    pub fn url(self, portals: &Portals, tenant: Option<Traits>) -> Option<String> {
        let base = match tenant {
            None => Cloud::ALL.into_iter().find_map(|it| portals.url(it)),
            Some(it) if it.has(Trait::China21Vianet) => portals.url(Cloud::China21Vianet),
            Some(it) if it.has(Trait::UsGov) => portals.url(Cloud::UsGov),
            Some(_) => portals.url(Cloud::Commercial),
        }?;
        Some(match self {
            Self::AppProfiles => format!("{}/#/management/app", base.trim_end_matches('/')),
            Self::Tenants
            | Self::AutoDiscovery
            | Self::ServiceAccounts
            | Self::AppRegistrations => base.to_owned(),
        })
    }
}
