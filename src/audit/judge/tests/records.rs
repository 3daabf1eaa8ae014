//! Records for the tests of rules: sound ones, and ways to break them.

use uuid::Uuid;

use crate::domain::device::{
    Account, DeviceAnswers, DeviceDestination, DeviceSource, DomainRejoin, EntraAccess, EntraJoin,
    HeldKey,
};
use crate::domain::groups::{AppProfileUse, GroupsAnswers, ServiceAuthentication};
use crate::domain::health::Directory;
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{
    Answers, AppProfile, Connection, ConnectionId, ConnectionType, Container, DirectoryObject,
    Fingerprint, Held, Mfa, Origin, ProfileKind, ProfileStatus, ServiceAccount, Side, Tenant,
    Timestamp,
};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn directory() -> Directory {
    let profile = |id: &str, kind, status| {
        DirectoryObject::AppProfile(AppProfile {
            id: id.into(),
            tenant: "t".into(),
            name: format!("profile {id}"),
            kind,
            impersonation_user: None,
            status,
        })
    };
    let account = |id: &str, mfa| {
        let (tenant, name) = ("t".into(), format!("{id}@contoso.example"));
        DirectoryObject::ServiceAccount(ServiceAccount { id: id.into(), tenant, name, mfa })
    };
    let container = |id: &str, objects| {
        let (tenant, name) = ("t".into(), format!("container {id}"));
        DirectoryObject::Container(Container {
            id: id.into(),
            tenant,
            name,
            objects,
            last_scan: None,
        })
    };
    let good = ProfileStatus::Active;
    [
        DirectoryObject::Tenant(Tenant {
            id: "t".into(),
            name: "Contoso".to_owned(),
            cloud: crate::domain::Cloud::Commercial,
            locations: vec!["NAM".to_owned(), "EUR".to_owned()],
            licensed_users: Vec::new(),
        }),
        profile("fly", ProfileKind::Fly, good),
        profile("custom", ProfileKind::Custom, good),
        profile("device", ProfileKind::FlyForDevice, good),
        profile("delegated", ProfileKind::FlyDelegated, good),
        profile("own", ProfileKind::CustomDelegated, good),
        profile("broken", ProfileKind::Fly, ProfileStatus::Invalid),
        account("svc1", Mfa::No),
        account("svc2", Mfa::No),
        account("mfa", Mfa::Yes),
        container("full", Some(3)),
        container("empty", Some(0)),
    ]
    .into_iter()
    .collect()
}

pub(super) fn connection(number: u128, name: &str, side: Side, answers: Answers) -> Connection {
    let kind = match &answers {
        Answers::Device(_) => ConnectionType::Device,
        Answers::Groups(_) | Answers::Listed(_) => ConnectionType::M365Group,
    };
    Connection {
        id: ConnectionId(Uuid::from_u128(number)),
        revision: 1,
        name: name.to_owned(),
        description: String::new(),
        kind,
        side,
        answers,
        origin: Origin::Local,
        created_at: Some(at("2026-11-01T00:00:00Z")),
        created_by: "anna".to_owned(),
        modified_at: Some(at("2026-11-01T00:00:00Z")),
        modified_by: "anna".to_owned(),
    }
}

/// A Groups connection that no rule has anything to say about.
pub(super) fn groups() -> GroupsAnswers {
    GroupsAnswers {
        tenant: "t".into(),
        location: None,
        container: Some("full".into()),
        app_profile: Some(AppProfileUse { profile: "fly".into(), impersonation_user: None }),
        service: Some(ServiceAuthentication::Legacy {
            accounts: vec!["svc1".into(), "svc2".into()],
        }),
    }
}

pub(super) fn of_groups(change: impl FnOnce(&mut GroupsAnswers)) -> Connection {
    let mut answers = groups();
    change(&mut answers);
    connection(1, "contoso-groups", Side::Any, Answers::Groups(answers))
}

pub(super) fn held(text: &str) -> Held {
    Held::Stored(Fingerprint(text.to_owned()))
}

pub(super) fn key() -> HeldKey {
    let issued_at = at("2026-11-01T00:00:00Z");
    HeldKey { id: "JB-C1".to_owned(), issued_at, value: held("0000000a") }
}

pub(super) fn source() -> DeviceSource {
    DeviceSource {
        client_id: Uuid::from_u128(0x1111),
        client_secret: held("0000000b"),
        client_secret_expires: Some(at("2027-11-01T00:00:00Z")),
        configuration_key: key(),
        local_admin: Some(Account { user: "flyadm".to_owned(), password: held("0000000c") }),
        entra: None,
    }
}

pub(super) fn of_source(change: impl FnOnce(&mut DeviceSource)) -> Connection {
    let mut answers = source();
    change(&mut answers);
    let answers = Answers::Device(DeviceAnswers::Source(Box::new(answers)));
    // The other end, so that nothing is said of a missing one.
    connection(2, "contoso-devices", Side::Source, answers)
}

pub(super) fn of_destination(destination: DeviceDestination) -> Connection {
    let answers = Answers::Device(DeviceAnswers::Destination(Box::new(destination)));
    connection(3, "contoso-devices-dest", Side::Destination, answers)
}

pub(super) fn with_file(path: &str) -> Connection {
    of_destination(DeviceDestination::EntraId {
        entra: EntraAccess { tenant: "t".into(), app_profile: "device".into() },
        join: EntraJoin::EnrolmentFile { path: path.to_owned() },
    })
}

pub(super) fn with_token(origin: TokenOrigin, expires: &str) -> Connection {
    let token = BulkToken {
        id: "1".to_owned(),
        display_name: "Wave 1".to_owned(),
        issued_at: at("2026-11-01T00:00:00Z"),
        expires_at: at(expires),
        origin,
        value: held("0000000d"),
    };
    of_destination(DeviceDestination::EntraId {
        entra: EntraAccess { tenant: "t".into(), app_profile: "device".into() },
        join: EntraJoin::BulkToken { tokens: vec![token] },
    })
}

pub(super) fn offline() -> Connection {
    let rejoin = DomainRejoin::Offline { connection_key: key() };
    of_destination(DeviceDestination::ActiveDirectory { rejoin })
}
