//! Health of a connection by the rules that need no network. SPEC C1; G4, G9, G11, D8, D15.

mod device;
mod finding;
mod meant;

use std::collections::HashMap;

pub use device::{is_built_in, not_shared};
pub use finding::{EXPIRY_WARNING_DAYS, Finding, Findings, Level};
pub use meant::only_id;

use super::device::{DeviceAnswers, DeviceDestination, EntraAccess, EntraJoin};
use super::groups::{GroupsAnswers, ServiceAuthentication};
use super::token::TokenOrigin;
use super::{
    Answers, AppProfile, Connection, Container, DirectoryObject, Mfa, ObjectId, ObjectKind,
    ProfileKind, ProfileStatus, ServiceAccount, Summary, Tenant, Timestamp,
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
        let expires = self.expires_at.and_then(|second| Timestamp::from_second(second).ok());
        self.findings.aged(expires, at)
    }

    /// The worst finding.
    pub fn worst(&self, at: Horizon) -> Option<Finding> {
        let findings = self.findings_at(at);
        Level::ALL.iter().find_map(|level| findings.iter().find(|it| it.level() == *level))
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
    fn get(&self, kind: ObjectKind, tenant: &ObjectId, id: &ObjectId) -> Option<&DirectoryObject> {
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

/// Judges a connection by its own answers and the directory.
pub fn digest(connection: &Connection, directory: &Directory) -> Digest {
    let mut out = Digest::default();
    match &connection.answers {
        Answers::Listed(listed) => {
            out.tenant_name.clone_from(&listed.tenant);
            out.findings = Findings::unchecked();
            if let Some(live) = &listed.live {
                out.credentials = live.words();
            }
            if connection.kind.has_form() {
                out.findings.insert(Finding::Incomplete);
            }
        }
        Answers::Groups(groups) => judge_groups(groups, directory, &mut out),
        Answers::Device(device) => {
            judge_device(device, directory, &mut out);
        }
    }
    out
}

fn judge_groups(groups: &GroupsAnswers, directory: &Directory, out: &mut Digest) {
    judge_tenant(&groups.tenant, directory, out);
    if let Some(id) = &groups.container {
        match directory.container(&groups.tenant, id) {
            None => out.findings.insert(Finding::ObjectMissing),
            Some(it)
                if it.objects == Some(0) || (it.objects.is_none() && it.last_scan.is_none()) =>
            {
                out.findings.insert(Finding::ContainerEmpty);
            }
            Some(_) => {}
        }
    }
    let mut words = Vec::new();
    if let Some(app) = &groups.app_profile {
        let kind =
            judge_profile(&groups.tenant, &app.profile, ProfileKind::FOR_GROUPS, directory, out);
        if kind == Some(ProfileKind::Custom) && impersonation_user(groups, directory).is_none() {
            out.findings.insert(Finding::NoImpersonationUser);
        }
        words.push(kind.map_or("app profile", ProfileKind::label).to_owned());
        if groups.service.is_none() {
            out.findings.insert(Finding::AppProfileAlone);
        }
    }
    let mut delegated = Vec::new();
    let count = match &groups.service {
        None => 0,
        Some(ServiceAuthentication::Legacy { accounts }) => {
            for id in accounts {
                match directory.account(&groups.tenant, id).map(|it| it.mfa) {
                    None => out.findings.insert(Finding::ObjectMissing),
                    Some(Mfa::Yes) => out.findings.insert(Finding::AccountHasMfa),
                    Some(Mfa::No | Mfa::Unknown) => {}
                }
            }
            words.push(counted(accounts.len(), "account"));
            accounts.len()
        }
        Some(ServiceAuthentication::Modern { profiles }) => {
            for id in profiles {
                let fits = ProfileKind::DELEGATED;
                delegated.push(judge_profile(&groups.tenant, id, fits, directory, out));
            }
            words.push(format!("{} delegated", profiles.len()));
            profiles.len()
        }
    };
    if count == 1 && groups.app_profile.is_none() {
        out.findings.insert(Finding::SingleCredential);
    }
    judge_location(groups, &delegated, directory, out);
    out.credentials = words.join(" + ");
}

/// Who a Groups connection's app profile acts as: what is set in the connection wins over what AOS
/// has. G7.
pub fn impersonation_user<'a>(
    groups: &'a GroupsAnswers,
    directory: &'a Directory,
) -> Option<&'a str> {
    let app = groups.app_profile.as_ref()?;
    let of_aos = || directory.profile(&groups.tenant, &app.profile)?.impersonation_user.as_deref();
    app.impersonation_user.as_deref().or_else(of_aos)
}

/// G4: with Fly delegated profiles alone, groups cannot be created in a chosen location; a custom
/// delegated app can (fly.md §3).
fn judge_location(
    groups: &GroupsAnswers,
    delegated: &[Option<ProfileKind>],
    directory: &Directory,
    out: &mut Digest,
) {
    let Some(location) = &groups.location else { return };
    let known =
        |tenant: &Tenant| tenant.locations.iter().any(|it| it.eq_ignore_ascii_case(location));
    if directory.tenant(&groups.tenant).is_some_and(|tenant| !known(tenant)) {
        out.findings.insert(Finding::LocationUnknown);
    }
    // One that is not known may be the custom app that does.
    let only_fly = delegated.contains(&Some(ProfileKind::FlyDelegated))
        && !delegated.contains(&Some(ProfileKind::CustomDelegated))
        && !delegated.contains(&None);
    if groups.app_profile.is_none() && only_fly {
        out.findings.insert(Finding::LocationNotServed);
    }
}

fn judge_device(device: &DeviceAnswers, directory: &Directory, out: &mut Digest) {
    match device {
        DeviceAnswers::Source(source) => {
            out.credentials = "app registration + key".to_owned();
            out.expires_at = source.client_secret_expires;
            device::judge_source(source, &mut out.findings);
            if let Some(entra) = &source.entra {
                judge_entra(entra, ProfileKind::FOR_DEVICES, directory, out);
            }
        }
        DeviceAnswers::Destination(destination) => match &**destination {
            DeviceDestination::ActiveDirectory { rejoin } => {
                out.credentials = rejoin_words(rejoin, out);
            }
            DeviceDestination::Hybrid { entra, rejoin } => {
                let words = rejoin_words(rejoin, out);
                let profile = judge_entra(entra, ProfileKind::FOR_DEVICES, directory, out);
                out.credentials = format!("{profile} + {words}");
            }
            DeviceDestination::EntraId { entra, join } => {
                let fits = match join {
                    EntraJoin::EnrolmentFile { .. } => ProfileKind::FOR_DEVICES,
                    EntraJoin::BulkToken { .. } => ProfileKind::FOR_BULK_TOKEN,
                };
                let profile = judge_entra(entra, fits, directory, out);
                out.credentials = match join {
                    EntraJoin::EnrolmentFile { path } => {
                        if not_shared(path).is_some() {
                            out.findings.insert(Finding::ShareNotUnc);
                        }
                        format!("{profile} + file")
                    }
                    EntraJoin::BulkToken { tokens } => {
                        if let Some(latest) = tokens.last() {
                            out.expires_at = Some(latest.expires_at);
                            if latest.origin == TokenOrigin::Local {
                                out.findings.insert(Finding::LocalToken);
                            }
                        }
                        format!("{profile} + bulk token")
                    }
                };
            }
        },
    }
}

fn rejoin_words(rejoin: &super::device::DomainRejoin, out: &mut Digest) -> String {
    match rejoin {
        super::device::DomainRejoin::Online { domain, .. } => {
            out.tenant_name.clone_from(domain);
            "AD account".to_owned()
        }
        super::device::DomainRejoin::Offline { .. } => "AD agent key".to_owned(),
    }
}

fn judge_tenant(id: &ObjectId, directory: &Directory, out: &mut Digest) {
    out.tenant = Some(id.clone());
    match directory.tenant(id) {
        Some(tenant) => out.tenant_name.clone_from(&tenant.name),
        None => {
            out.tenant_name = id.0.clone();
            out.findings.insert(Finding::ObjectMissing);
        }
    }
}

fn judge_profile(
    tenant: &ObjectId,
    id: &ObjectId,
    fits: &[ProfileKind],
    directory: &Directory,
    out: &mut Digest,
) -> Option<ProfileKind> {
    let Some(profile) = directory.profile(tenant, id) else {
        out.findings.insert(Finding::ObjectMissing);
        return None;
    };
    if profile.status == ProfileStatus::Invalid {
        out.findings.insert(Finding::ProfileInvalid);
    }
    if !fits.contains(&profile.kind) {
        out.findings.insert(Finding::ProfileUnfit);
    }
    Some(profile.kind)
}

fn judge_entra(
    entra: &EntraAccess,
    fits: &[ProfileKind],
    directory: &Directory,
    out: &mut Digest,
) -> &'static str {
    judge_tenant(&entra.tenant, directory, out);
    judge_profile(&entra.tenant, &entra.app_profile, fits, directory, out)
        .map_or("app profile", ProfileKind::label)
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
