//! Health of a connection by the rules that need no network. SPEC C1; G4, G9, G11, D8, D15.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::device::{DeviceAnswers, DeviceDestination, EntraAccess, EntraJoin};
use super::groups::{GroupsAnswers, ServiceAuthentication};
use super::token::{TokenOrigin, days_between};
use super::{
    Answers, AppProfile, Connection, Container, DirectoryObject, Mfa, ObjectId, ObjectKind,
    ProfileKind, ProfileStatus, ServiceAccount, Summary, Tenant, Timestamp,
};

/// Days before an expiry from which it is reported.
pub const EXPIRY_WARNING_DAYS: i64 = 14;

/// How bad the worst finding of a connection is. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// Nothing found.
    #[default]
    Good,
    /// Works, but could be better.
    Advice,
    /// Will stop working, or may not work.
    Warning,
    /// Does not work as it stands.
    Error,
}

impl Level {
    /// Every level, worst first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Advice, Self::Good];

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Declares the findings once: variant, level, word for the health column, what it means and
/// what to do.
macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident = $level:ident, $word:literal, $advice:literal;)+) => {
        /// Something the offline rules found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Finding { $($(#[$doc])* $name),+ }

        impl Finding {
            /// Every finding, worst first.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// How bad it is.
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level),+ }
            }

            /// A word or two for the health column.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What it means and what to do.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice),+ }
            }
        }
    };
}

findings! {
    /// Listed only, although its type has a form.
    Incomplete = Error, "incomplete",
        "Only what a list told is known. Open it and answer the rest of the form.";
    /// A credential's expiry has passed.
    Expired = Error, "expired",
        "A token or client secret has expired. Issue or paste a new one and save.";
    /// A legacy service account has MFA. G9.
    AccountHasMfa = Error, "MFA account",
        "Legacy authentication cannot use an account with MFA. Choose modern authentication with a delegated app profile.";
    /// AOS calls a profile invalid.
    ProfileInvalid = Error, "profile invalid",
        "AvePoint Online Services calls an app profile invalid. Re-authorize it there, then refresh.";
    /// A custom app profile without impersonation user. G7.
    NoImpersonationUser = Error, "no user",
        "A custom app profile needs an impersonation user with an Exchange Online licence.";
    /// The chosen credentials cannot create groups in the chosen location. G4.
    LocationNotServed = Error, "location",
        "Fly delegated app profiles alone cannot create groups in a chosen location. Add an app profile or use a custom delegated app.";
    /// The chosen location is not one of the tenant's.
    LocationUnknown = Warning, "location",
        "The chosen location is not among the tenant's locations. Choose another or update the tenant.";
    /// A picked directory object is not in the directory any more.
    ObjectMissing = Warning, "not found",
        "A tenant, container, profile or account picked here is not in the directory. Import the directory again or pick another.";
    /// A credential expires within [`EXPIRY_WARNING_DAYS`].
    Expiring = Warning, "expires soon",
        "A token or client secret expires soon. Issue or paste a new one before the migration.";
    /// The token in use is a stand-in issued by the local store.
    LocalToken = Advice, "local token",
        "The bulk token is a local stand-in. Paste the real one before devices are moved.";
    /// The container holds nothing, or was never scanned. G5.
    ContainerEmpty = Advice, "empty container",
        "The container holds no objects. Run a scan job in AvePoint Online Services, then refresh.";
    /// One account or delegated profile alone. G11.
    SingleCredential = Advice, "one account",
        "A single account or delegated profile is throttled sooner. Add another of the same tenant.";
    /// An app profile without service account. G11.
    AppProfileAlone = Advice, "app only",
        "Some objects are not supported with an app profile alone. Add a service account for completeness.";
}

/// A set of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Findings(pub u32);

impl Findings {
    /// Adds a finding.
    pub const fn insert(&mut self, finding: Finding) {
        self.0 |= 1 << finding as u8;
    }

    /// Whether it holds a finding.
    pub const fn contains(self, finding: Finding) -> bool {
        self.0 & (1 << finding as u8) != 0
    }

    /// Level of the worst of them.
    pub fn level(self) -> Level {
        self.iter().map(Finding::level).max().unwrap_or_default()
    }

    /// With what time did to a credential that expires at that moment.
    #[must_use]
    pub fn aged(mut self, expires: Option<Timestamp>, now: Timestamp, warning_days: i64) -> Self {
        if let Some(expires) = expires {
            if expires <= now {
                self.insert(Finding::Expired);
            } else if days_between(now, expires) < warning_days {
                self.insert(Finding::Expiring);
            }
        }
        self
    }

    /// Its findings, worst first.
    pub fn iter(self) -> impl Iterator<Item = Finding> {
        Finding::ALL.iter().copied().filter(move |finding| self.contains(*finding))
    }
}

impl Summary {
    /// Everything found about the row at `now`, worst first: what was stored, and what time did.
    pub fn findings_at(&self, now: Timestamp) -> Findings {
        self.findings_within(now, EXPIRY_WARNING_DAYS)
    }

    /// As [`Self::findings_at`], with another number of days before an expiry is reported.
    pub fn findings_within(&self, now: Timestamp, warning_days: i64) -> Findings {
        let expires = self.expires_at.and_then(|second| Timestamp::from_second(second).ok());
        self.findings.aged(expires, now, warning_days)
    }

    /// The worst finding at `now`.
    pub fn worst(&self, now: Timestamp) -> Option<Finding> {
        let findings = self.findings_at(now);
        Level::ALL.iter().find_map(|level| findings.iter().find(|it| it.level() == *level))
    }

    /// Level of the worst finding at `now`.
    pub fn level(&self, now: Timestamp) -> Level {
        self.findings_at(now).level()
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
            if let Some(live) = &listed.live {
                out.credentials = live.words();
            }
            if connection.kind.has_form() {
                out.findings.insert(Finding::Incomplete);
            }
        }
        Answers::Groups(groups) => judge_groups(groups, directory, &mut out),
        Answers::Device(device) => judge_device(device, directory, &mut out),
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
        let kind = judge_profile(&groups.tenant, &app.profile, directory, out);
        if kind == Some(ProfileKind::Custom) && app.impersonation_user.is_none() {
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
                delegated.push(judge_profile(&groups.tenant, id, directory, out));
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
    let only_fly = !delegated.is_empty()
        && delegated.iter().all(|kind| *kind == Some(ProfileKind::FlyDelegated));
    if groups.app_profile.is_none() && only_fly {
        out.findings.insert(Finding::LocationNotServed);
    }
}

fn judge_device(device: &DeviceAnswers, directory: &Directory, out: &mut Digest) {
    match device {
        DeviceAnswers::Source(source) => {
            out.credentials = "app registration + key".to_owned();
            out.expires_at = source.client_secret_expires;
            if let Some(entra) = &source.entra {
                judge_entra(entra, directory, out);
            }
        }
        DeviceAnswers::Destination(destination) => match &**destination {
            DeviceDestination::ActiveDirectory { rejoin } => {
                out.credentials = rejoin_words(rejoin, out);
            }
            DeviceDestination::Hybrid { entra, rejoin } => {
                let words = rejoin_words(rejoin, out);
                let profile = judge_entra(entra, directory, out);
                out.credentials = format!("{profile} + {words}");
            }
            DeviceDestination::EntraId { entra, join } => {
                let profile = judge_entra(entra, directory, out);
                out.credentials = match join {
                    EntraJoin::EnrolmentFile { .. } => format!("{profile} + file"),
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
    Some(profile.kind)
}

fn judge_entra(entra: &EntraAccess, directory: &Directory, out: &mut Digest) -> &'static str {
    judge_tenant(&entra.tenant, directory, out);
    judge_profile(&entra.tenant, &entra.app_profile, directory, out)
        .map_or("app profile", ProfileKind::label)
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
