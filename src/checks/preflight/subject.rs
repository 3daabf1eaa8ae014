//! A connection that is checked: its answers, and what the directory knows of the objects in them.

use std::fmt;

use uuid::Uuid;

use super::run::Run;
use crate::checks::check::{Outcome, Running, Skip, Stop};
use crate::domain::answers::Sheet;
use crate::domain::health::{Directory, impersonation_user};
use crate::domain::{
    Cloud, Connection, ConnectionId, ConnectionType, Mfa, ObjectId, Platform, ProfileKind, Side,
};
use crate::permissions::connection::scenarios;
use crate::permissions::{Job, Scenario};

/// A tenant that a connection reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRef {
    /// Its id in the directory, usually a GUID.
    pub id: ObjectId,
    /// Its name, often a domain; the id where the directory does not know it.
    pub name: String,
    /// Its cloud; `None`: the directory does not know the tenant.
    pub cloud: Option<Cloud>,
    /// Its locations; empty: none is known.
    pub locations: Vec<String>,
}

/// An app profile that a connection names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Field of the form.
    pub field: &'static str,
    /// Its id in the directory.
    pub id: ObjectId,
    /// Its name; the id where the directory does not know it.
    pub name: String,
    /// What it is; `None`: the directory does not know it.
    pub kind: Option<ProfileKind>,
    /// Client id of its app, where the directory knows it.
    pub client_id: Option<Uuid>,
}

/// A service account that a connection names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// User principal name.
    pub upn: String,
    /// What the directory knows of its MFA.
    pub mfa: Mfa,
}

/// Fields that name app profiles.
const PROFILES: [&str; 4] = ["app_profile", "delegated", "source_app_profile", "join_app_profile"];

/// A connection that is checked. Clones share the run.
#[derive(Clone)]
pub struct Subject {
    /// The run that it is part of.
    pub run: Run,
    /// The connection.
    pub connection: ConnectionId,
    /// Its revision.
    pub revision: u32,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ConnectionType,
    /// Its side.
    pub side: Side,
    /// Its answers: those of the branch that was saved.
    pub sheet: Sheet,
    /// The tenant that it reaches; `None`: its branch has none.
    pub tenant: Option<TenantRef>,
    /// The app profiles that it names.
    pub profiles: Vec<Profile>,
    /// The service accounts that it names.
    pub accounts: Vec<Account>,
    /// Who its app profile acts as.
    pub impersonation: Option<String>,
    /// What its apps need, as a destination of Groups.
    pub scenarios: Vec<Scenario>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// The answer of a check that asks a tenant where there is none.
pub(super) fn no_tenant() -> Running {
    Box::pin(async { Err(Stop::Skip(Skip::Nothing("the branch has no tenant"))) })
}

impl Subject {
    /// A connection with what the directory knows; `None`: its form was never filled in.
    pub fn of(run: &Run, connection: &Connection, directory: &Directory) -> Option<Self> {
        let sheet = connection.answers.sheet()?.clone();
        // Microsoft Graph knows nothing of a tenant of Google.
        let google =
            |id: &&ObjectId| directory.tenant(id).is_some_and(|it| it.platform == Platform::Google);
        let tenant = sheet.tenant().filter(|id| !google(id)).map(|id| match directory.tenant(id) {
            Some(it) => TenantRef {
                id: it.id.clone(),
                name: it.name.clone(),
                cloud: Some(it.cloud),
                locations: it.locations.clone(),
            },
            None => TenantRef {
                id: id.clone(),
                name: id.as_str().to_owned(),
                cloud: None,
                locations: Vec::new(),
            },
        });
        let objects = |field: &'static str| sheet.objects(field).into_iter();
        let profiles = PROFILES.into_iter().flat_map(|field| {
            objects(field).flat_map(move |it| it.ids.iter().map(move |id| (field, &it.tenant, id)))
        });
        let profiles = profiles.map(|(field, tenant, id)| {
            let known = directory.profile(tenant, id);
            Profile {
                field,
                id: id.clone(),
                name: known.map_or_else(|| id.as_str().to_owned(), |it| it.name.clone()),
                kind: known.map(|it| it.kind),
                client_id: known.and_then(|it| it.evidence.client_id),
            }
        });
        let accounts = objects("accounts").flat_map(|it| it.ids.iter().map(|id| (&it.tenant, id)));
        let accounts = accounts.map(|(tenant, id)| {
            let known = directory.account(tenant, id);
            Account {
                upn: known.map_or_else(|| id.as_str().to_owned(), |it| it.name.clone()),
                mfa: known.map(|it| it.mfa).unwrap_or_default(),
            }
        });
        Some(Self {
            run: run.clone(),
            connection: connection.id,
            revision: connection.revision,
            name: connection.name.clone(),
            kind: connection.kind,
            side: connection.side,
            tenant,
            profiles: profiles.collect(),
            accounts: accounts.collect(),
            impersonation: impersonation_user(&sheet, directory).map(str::to_owned),
            scenarios: match connection.kind {
                ConnectionType::M365Group if connection.side != Side::Source => {
                    scenarios(&sheet, directory, Job::Both)
                }
                _ => Vec::new(),
            },
            sheet,
        })
    }

    /// Whether its branch reaches a tenant.
    pub fn has_tenant(&self) -> bool {
        self.tenant.is_some()
    }

    /// Runs a check in the tenant of its branch; skipped where the branch has none.
    pub(super) fn in_tenant<F>(&self, check: impl FnOnce(Run, TenantRef) -> F) -> Running
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        match self.tenant.clone() {
            Some(tenant) => Box::pin(check(self.run.clone(), tenant)),
            None => no_tenant(),
        }
    }

    /// Whether it is of a type whose objects are copied with app profiles and service accounts.
    pub fn is_groups(&self) -> bool {
        matches!(self.kind, ConnectionType::M365Group | ConnectionType::Teams)
    }

    /// Whether its users must have a mailbox.
    pub fn needs_mailboxes(&self) -> bool {
        self.is_groups()
            || matches!(self.kind, ConnectionType::Exchange | ConnectionType::PublicFolder)
    }

    /// Whether delegated app profiles sign in.
    pub fn has_delegated(&self) -> bool {
        self.profiles.iter().any(|it| it.field == "delegated")
    }

    /// Whether it may be written to.
    pub fn is_destination(&self) -> bool {
        self.side != Side::Source
    }

    /// Whether a choice of its form is this option.
    pub fn chose(&self, key: &str, option: &str) -> bool {
        self.sheet.choice(key) == Some(option)
    }

    /// Whether it is the source of a device migration.
    pub fn is_device_source(&self) -> bool {
        self.kind == ConnectionType::Device && self.side == Side::Source
    }

    /// Whether devices rejoin a domain with an account of it: its domain is in the answers.
    pub fn joins_domain_online(&self) -> bool {
        self.chose("rejoin", "online") && self.domain().is_some()
    }

    /// The domain that devices join.
    pub fn domain(&self) -> Option<&str> {
        self.sheet.text("domain").map(str::trim).filter(|it| !it.is_empty())
    }

    /// Path of the enrollment file.
    pub fn enrollment_file(&self) -> Option<&str> {
        self.sheet.text("enrolment_path").map(str::trim).filter(|it| !it.is_empty())
    }

    /// Server, share and the rest of the enrollment file's path, where it is on a share.
    pub fn share(&self) -> Option<(&str, &str, &str)> {
        let mut parts = self.enrollment_file()?.strip_prefix("\\\\")?.splitn(3, '\\');
        let (server, share, rest) = (parts.next()?, parts.next()?, parts.next()?);
        (!server.is_empty() && !share.is_empty() && !rest.is_empty())
            .then_some((server, share, rest))
    }
}
