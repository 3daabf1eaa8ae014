//! Records for the tests of rules: sound ones, and ways to break them.

use uuid::Uuid;

use crate::domain::answers::testing::sheet;
use crate::domain::answers::{Answer, Objects, Sheet};
use crate::domain::health::Directory;
use crate::domain::key::HeldKey;
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{
    Answers, AppProfile, Connection, ConnectionId, ConnectionType, Container, DirectoryObject,
    Evidence, Fingerprint, Held, Mfa, ObjectKind, Origin, ProfileKind, ProfileStatus,
    ServiceAccount, Side, Tenant, Timestamp,
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
            evidence: crate::domain::Evidence::default(),
        })
    };
    let account = |id: &str, mfa| {
        let (tenant, name) = ("t".into(), format!("{id}@contoso.example"));
        DirectoryObject::ServiceAccount(ServiceAccount {
            id: id.into(),
            tenant,
            name,
            mfa,
            evidence: crate::domain::Evidence::default(),
        })
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
    // As Microsoft Graph reports them.
    let read = |id: &str, enabled, mailbox| match account(id, Mfa::No) {
        DirectoryObject::ServiceAccount(it) => DirectoryObject::ServiceAccount(ServiceAccount {
            evidence: Evidence { enabled, mailbox, ..Evidence::default() },
            ..it
        }),
        other => other,
    };
    let ending = |id: &str, end| match profile(id, ProfileKind::Fly, good) {
        DirectoryObject::AppProfile(it) => DirectoryObject::AppProfile(AppProfile {
            evidence: Evidence { expires: Some(at(end)), ..Evidence::default() },
            ..it
        }),
        other => other,
    };
    [
        DirectoryObject::Tenant(Tenant {
            id: "t".into(),
            name: "Contoso".to_owned(),
            cloud: crate::domain::Cloud::Commercial,
            locations: vec!["NAM".to_owned(), "EUR".to_owned()],
            licensed_users: Vec::new(),
            ..Tenant::default()
        }),
        profile("fly", ProfileKind::Fly, good),
        profile("custom", ProfileKind::Custom, good),
        profile("device", ProfileKind::FlyForDevice, good),
        profile("delegated", ProfileKind::FlyDelegated, good),
        profile("own", ProfileKind::CustomDelegated, good),
        profile("entra-source", ProfileKind::FlyForEntraIdSource, good),
        profile("broken", ProfileKind::Fly, ProfileStatus::Invalid),
        account("svc1", Mfa::No),
        account("svc2", Mfa::No),
        account("mfa", Mfa::Yes),
        read("disabled", Some(false), None),
        read("unlicensed", None, Some(false)),
        ending("ended", "2026-11-23T00:00:00Z"),
        ending("ending", "2026-12-01T00:00:00Z"),
        container("full", Some(3)),
        container("empty", Some(0)),
    ]
    .into_iter()
    .collect()
}

pub(super) fn connection(number: u128, name: &str, side: Side, answers: Answers) -> Connection {
    let kind = match &answers {
        Answers::Form(it) if it.get("tenant").is_none() || it.get("join").is_some() => {
            ConnectionType::Device
        }
        Answers::Form(_) | Answers::Listed(_) => ConnectionType::M365Group,
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
pub(super) fn of_groups(change: impl FnOnce(&mut Sheet)) -> Connection {
    let sheet = sheet()
        .tenant("t")
        .objects("container", ObjectKind::Container, &["full"])
        .profiles("app_profile", &["fly"])
        .accounts(&["svc1", "svc2"]);
    let mut sheet = sheet.done();
    change(&mut sheet);
    connection(1, "contoso-groups", Side::Any, Answers::Form(sheet))
}

/// A chat destination that no rule has anything to say about.
pub(super) fn of_chat(change: impl FnOnce(&mut Sheet)) -> Connection {
    let sheet = sheet()
        .tenant("t")
        .text("admin_url", "https://contoso-admin.sharepoint.example")
        .profiles("app_profile", &["fly"])
        .profiles("delegated", &["own"])
        .text("consent_user", "consent@contoso.example")
        .text("placeholder", "placeholder@contoso.example");
    let mut sheet = sheet.done();
    change(&mut sheet);
    let kind = ConnectionType::TeamChat;
    Connection { kind, ..connection(4, "contoso-chat", Side::Destination, Answers::Form(sheet)) }
}

/// A destination of Microsoft Entra ID with the app of a source.
pub(super) fn of_entra() -> Connection {
    let sheet = sheet().tenant("t").profiles("app_profile", &["entra-source"]).form();
    let kind = ConnectionType::Entra;
    Connection { kind, ..connection(5, "contoso-users", Side::Destination, sheet) }
}

/// Other objects of a field.
fn name(sheet: &mut Sheet, key: &str, kind: ObjectKind, ids: &[&str]) {
    let ids = ids.iter().map(|it| (*it).into()).collect();
    sheet.set(key, Answer::Objects(Objects { kind, tenant: "t".into(), ids }));
}

/// Another app profile, with the user it acts as.
pub(super) fn app(sheet: &mut Sheet, id: &str, user: Option<&str>) {
    name(sheet, "app_profile", ObjectKind::AppProfile, &[id]);
    sheet.clear("impersonation_user");
    if let Some(user) = user {
        sheet.set("impersonation_user", Answer::Text(user.to_owned()));
    }
}

/// No service accounts and no delegated profiles.
pub(super) fn no_service(sheet: &mut Sheet) {
    sheet.set("service_auth", Answer::Choice("none".to_owned()));
    sheet.clear("accounts");
    sheet.clear("delegated");
}

/// Delegated profiles in place of accounts.
pub(super) fn delegated(sheet: &mut Sheet, ids: &[&str]) {
    no_service(sheet);
    sheet.set("service_auth", Answer::Choice("modern".to_owned()));
    name(sheet, "delegated", ObjectKind::AppProfile, ids);
}

/// Accounts in place of what signed in.
pub(super) fn accounts(sheet: &mut Sheet, ids: &[&str]) {
    name(sheet, "accounts", ObjectKind::ServiceAccount, ids);
}

/// Another container.
pub(super) fn container(sheet: &mut Sheet, id: &str) {
    name(sheet, "container", ObjectKind::Container, &[id]);
}

/// A chosen location.
pub(super) fn location(sheet: &mut Sheet, code: &str) {
    sheet.set("geo", Answer::On(true));
    sheet.set("location", Answer::Code(code.to_owned()));
}

pub(super) fn held(text: &str) -> Held {
    Held::Stored(Fingerprint(text.to_owned()))
}

pub(super) fn key() -> HeldKey {
    let issued_at = at("2026-11-01T00:00:00Z");
    HeldKey { id: "JB-C1".to_owned(), issued_at, value: held("0000000a") }
}

pub(super) fn of_source(change: impl FnOnce(&mut Sheet)) -> Connection {
    let sheet = sheet()
        .text("client_id", Uuid::from_u128(0x1111).to_string())
        .with("client_secret", Answer::Secret(held("0000000b")))
        .day("client_secret_expires", at("2027-11-01T00:00:00Z"))
        .key("configuration_key", key())
        .on("local_admin")
        .text("local_admin_user", "flyadm")
        .with("local_admin_password", Answer::Secret(held("0000000c")));
    let mut sheet = sheet.done();
    change(&mut sheet);
    // The other end, so that nothing is said of a missing one.
    connection(2, "contoso-devices", Side::Source, Answers::Form(sheet))
}

pub(super) fn of_destination(answers: Answers) -> Connection {
    connection(3, "contoso-devices-dest", Side::Destination, answers)
}

pub(super) fn with_file(path: &str) -> Connection {
    let sheet = sheet()
        .choice("destination", "entra-id")
        .choice("join", "enrolment-file")
        .tenant("t")
        .profiles("app_profile", &["device"])
        .text("enrolment_path", path);
    of_destination(sheet.form())
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
    let sheet = sheet()
        .choice("destination", "entra-id")
        .tenant("t")
        .profiles("join_app_profile", &["device"])
        .tokens(vec![token]);
    of_destination(sheet.form())
}

pub(super) fn offline() -> Connection {
    let sheet = sheet()
        .choice("destination", "active-directory")
        .choice("rejoin", "offline")
        .key("connection_key", key());
    of_destination(sheet.form())
}
