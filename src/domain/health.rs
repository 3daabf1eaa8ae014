//! Health of a connection as its row keeps it, and the directory that rules look things up in. The
//! rules themselves stand beside the fields of their forms. SPEC C1; G4, G9, G11, D8, D15.

mod device;
mod findings;
mod meant;

use std::collections::HashMap;

pub use device::{is_built_in, not_shared};
pub use findings::{Bit, EXPIRY_WARNING_DAYS, Findings, Level};
pub use meant::only_id;

use super::answers::Sheet;
use super::{
    AppProfile, Container, DirectoryObject, ObjectId, ObjectKind, Second, ServiceAccount, Summary,
    Tenant, Timestamp,
};

/// The moment that health is judged at, and how long before an expiry it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// The moment.
    pub now: Timestamp,
    /// Days before an expiry from which it is reported.
    pub warning_days: i64,
}

impl Horizon {
    /// A moment with the usual number of days, where nothing is configured.
    pub const fn usual(now: Timestamp) -> Self {
        Self { now, warning_days: EXPIRY_WARNING_DAYS }
    }
}

impl Summary {
    /// Everything found about the row, worst first: what was stored, and what time did.
    pub fn findings_at(&self, at: Horizon) -> Findings {
        let expires = self.expires_at.and_then(Second::timestamp);
        self.findings.aged(expires, at)
    }

    /// Level of the worst finding.
    pub fn level(&self, at: Horizon) -> Level {
        self.findings_at(at).level()
    }
}

/// Directory objects by kind, tenant and id, as the rules look them up.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    objects: HashMap<(ObjectKind, ObjectId, ObjectId), DirectoryObject>,
}

impl FromIterator<DirectoryObject> for Directory {
    fn from_iter<I: IntoIterator<Item = DirectoryObject>>(objects: I) -> Self {
        let objects = objects
            .into_iter()
            .map(|it| ((it.kind(), it.tenant().clone(), it.id().clone()), it))
            .collect();
        Self { objects }
    }
}

impl Directory {
    /// The object of a kind with this id; a tenant is its own tenant.
    pub fn get(
        &self,
        kind: ObjectKind,
        tenant: &ObjectId,
        id: &ObjectId,
    ) -> Option<&DirectoryObject> {
        self.objects.get(&(kind, tenant.clone(), id.clone()))
    }

    /// Every object, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &DirectoryObject> {
        self.objects.values()
    }

    /// The tenant with this id.
    pub fn tenant(&self, id: &ObjectId) -> Option<&Tenant> {
        match self.get(ObjectKind::Tenant, id, id)? {
            DirectoryObject::Tenant(it) => Some(it),
            _ => None,
        }
    }

    /// A tenant's container.
    pub fn container(&self, tenant: &ObjectId, id: &ObjectId) -> Option<&Container> {
        match self.get(ObjectKind::Container, tenant, id)? {
            DirectoryObject::Container(it) => Some(it),
            _ => None,
        }
    }

    /// A tenant's app profile.
    pub fn profile(&self, tenant: &ObjectId, id: &ObjectId) -> Option<&AppProfile> {
        match self.get(ObjectKind::AppProfile, tenant, id)? {
            DirectoryObject::AppProfile(it) => Some(it),
            _ => None,
        }
    }

    /// A tenant's service account.
    pub fn account(&self, tenant: &ObjectId, id: &ObjectId) -> Option<&ServiceAccount> {
        match self.get(ObjectKind::ServiceAccount, tenant, id)? {
            DirectoryObject::ServiceAccount(it) => Some(it),
            _ => None,
        }
    }
}

/// What the list shows of a connection beyond its own fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digest {
    /// Tenant the connection reaches, when it is one of the directory's.
    pub tenant: Option<ObjectId>,
    /// Tenant or domain by name.
    pub tenant_name: String,
    /// Credentials in a few words.
    pub credentials: String,
    /// What the rules found, apart from what depends on the time.
    pub findings: Findings,
    /// Earliest expiry of a credential.
    pub expires_at: Option<Timestamp>,
}

/// Who a connection's app profile acts as: what is set in the connection takes precedence over what AOS has. G7.
pub fn impersonation_user<'a>(sheet: &'a Sheet, directory: &'a Directory) -> Option<&'a str> {
    let app = sheet.objects("app_profile")?;
    let of_aos = || {
        let profile = directory.profile(&app.tenant, app.ids.first()?)?;
        profile.impersonation_user.as_deref()
    };
    sheet.text("impersonation_user").or_else(of_aos)
}
