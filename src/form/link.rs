//! Where in AvePoint Online Services (AOS) to make what a pick list lacks. G3, G5, G6, D4.

use super::{Trait, Traits};

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

    /// The portal of the tenant's cloud (fly.md §3 names both hosts). No host is documented for
    /// tenants operated by 21Vianet: there only the menu can be told.
    pub const fn url(self, tenant: Traits) -> Option<&'static str> {
        if tenant.has(Trait::China21Vianet) {
            None
        } else if tenant.has(Trait::UsGov) {
            Some("https://usgov.avepointonlineservices.com/")
        } else {
            Some("https://www.avepointonlineservices.com/")
        }
    }
}
