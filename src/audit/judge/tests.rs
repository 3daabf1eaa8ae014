//! Rules over whole records: a sound one is left alone, and each rule finds what it is for.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::audit::rules;
use crate::domain::device::{
    Account, DeviceAnswers, DeviceDestination, DeviceSource, DomainRejoin, EntraAccess, EntraJoin,
    HeldKey,
};
use crate::domain::groups::{AppProfileUse, GroupsAnswers, ServiceAuthentication};
use crate::domain::token::{BulkToken, TokenOrigin};
use crate::domain::{
    Answers, AppProfile, ConnectionType, Container, DirectoryObject, Held, Listed, Mfa, Origin,
    ProfileKind, ProfileStatus, ServiceAccount, Side, Tenant,
};

pub(super) fn setup() -> Setup {
    Setup {
        now: at("2026-11-24T12:00:00Z"),
        warning_days: 14,
        stale_days: 180,
        password: PasswordPolicy::default(),
        rules: Selection::default(),
        wanted: None,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn directory() -> Directory {
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

fn connection(number: u128, name: &str, side: Side, answers: Answers) -> Connection {
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
        created_at: at("2026-11-01T00:00:00Z"),
        created_by: "anna".to_owned(),
        modified_at: at("2026-11-01T00:00:00Z"),
        modified_by: "anna".to_owned(),
    }
}

/// A Groups connection that no rule has anything to say about.
fn groups() -> GroupsAnswers {
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

fn of_groups(change: impl FnOnce(&mut GroupsAnswers)) -> Connection {
    let mut answers = groups();
    change(&mut answers);
    connection(1, "contoso-groups", Side::Any, Answers::Groups(answers))
}

fn held(text: &str) -> Held {
    Held::Stored(Fingerprint(text.to_owned()))
}

fn key() -> HeldKey {
    let issued_at = at("2026-11-01T00:00:00Z");
    HeldKey { id: "JB-C1".to_owned(), issued_at, value: held("0000000a") }
}

fn source() -> DeviceSource {
    DeviceSource {
        client_id: Uuid::from_u128(0x1111),
        client_secret: held("0000000b"),
        client_secret_expires: Some(at("2027-11-01T00:00:00Z")),
        configuration_key: key(),
        local_admin: Some(Account { user: "flyadm".to_owned(), password: held("0000000c") }),
        entra: None,
    }
}

fn of_source(change: impl FnOnce(&mut DeviceSource)) -> Connection {
    let mut answers = source();
    change(&mut answers);
    let answers = Answers::Device(DeviceAnswers::Source(Box::new(answers)));
    // The other end, so that nothing is said of a missing one.
    connection(2, "contoso-devices", Side::Source, answers)
}

fn of_destination(destination: DeviceDestination) -> Connection {
    let answers = Answers::Device(DeviceAnswers::Destination(Box::new(destination)));
    connection(3, "contoso-devices-dest", Side::Destination, answers)
}

fn with_file(path: &str) -> Connection {
    of_destination(DeviceDestination::EntraId {
        entra: EntraAccess { tenant: "t".into(), app_profile: "device".into() },
        join: EntraJoin::EnrolmentFile { path: path.to_owned() },
    })
}

fn with_token(origin: TokenOrigin, expires: &str) -> Connection {
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

fn offline(notes: &str) -> Connection {
    let rejoin = DomainRejoin::Offline { connection_key: key() };
    let made = of_destination(DeviceDestination::ActiveDirectory { rejoin });
    Connection { description: notes.to_owned(), ..made }
}

fn row(connection: &Connection) -> Summary {
    let judged = digest(connection, &directory());
    Summary {
        id: connection.id,
        name: connection.name.as_str().into(),
        kind: connection.kind,
        side: connection.side,
        tenant: judged.tenant_name.into(),
        credentials: judged.credentials.into(),
        modified_at: connection.modified_at.as_second(),
        modified_by: "anna".into(),
        findings: judged.findings,
        expires_at: judged.expires_at.map(Timestamp::as_second),
        revision: 1,
    }
}

fn judge(setup: Setup, connections: &[Connection], password: Option<&str>) -> Vec<Hit> {
    let mut auditor = Auditor::new(setup, directory());
    let password = password.map(Secret::new);
    for record in connections {
        let row = row(record);
        auditor.add(Look { row: &row, record: Some(record), password: password.as_ref() });
    }
    auditor.finish()
}

/// Rule and field of everything found, apart from a missing counterpart.
fn found(connection: &Connection) -> Vec<(&'static str, Option<&'static str>)> {
    let hits = judge(setup(), std::slice::from_ref(connection), Some("Not-a-real-1"));
    hits.iter()
        .map(|it| (it.rule.id, it.field))
        .filter(|it| !matches!(it.0, "no-source" | "no-destination"))
        .collect()
}

#[test]
fn sound_records_are_left_alone() {
    for sound in [
        of_groups(|_| {}),
        of_source(|_| {}),
        offline("Agent on member server FS02"),
        with_file(r"\\files\fly\join.ppkg"),
        with_token(TokenOrigin::Pasted, "2027-03-01T00:00:00Z"),
    ] {
        assert_eq!(found(&sound), [], "{}", sound.name);
    }
}

/// Each rule about one record, by the record that breaks it and the field that mends it.
fn broken() -> Vec<(Connection, &'static str, Option<&'static str>)> {
    let delegated = |ids: &[&str]| {
        let profiles = ids.iter().map(|id| (*id).into()).collect();
        Some(ServiceAuthentication::Modern { profiles })
    };
    let accounts = |ids: &[&str]| {
        let accounts = ids.iter().map(|id| (*id).into()).collect();
        Some(ServiceAuthentication::Legacy { accounts })
    };
    let app = |id: &str, user: Option<&str>| {
        let impersonation_user = user.map(str::to_owned);
        Some(AppProfileUse { profile: id.into(), impersonation_user })
    };
    let listed = Answers::Listed(Listed { tenant: "Contoso".to_owned(), live: None });
    let user = Some("fly@contoso.example");
    vec![
        (connection(1, "a", Side::Any, listed), "incomplete", Some("name")),
        (
            of_source(|it| it.client_secret_expires = Some(at("2026-11-24T11:00:00Z"))),
            "expired",
            Some("client_secret_expires"),
        ),
        (with_token(TokenOrigin::Pasted, "2026-11-23T00:00:00Z"), "expired", Some("bulk_tokens")),
        (with_token(TokenOrigin::Pasted, "2026-11-30T00:00:00Z"), "expiring", Some("bulk_tokens")),
        (
            with_token(TokenOrigin::Local, "2027-03-01T00:00:00Z"),
            "local-token",
            Some("bulk_tokens"),
        ),
        (
            of_groups(|it| it.service = accounts(&["svc1", "mfa"])),
            "account-has-mfa",
            Some("accounts"),
        ),
        (
            of_groups(|it| it.app_profile = app("broken", None)),
            "profile-invalid",
            Some("app_profile"),
        ),
        (
            of_groups(|it| it.location = Some("JPN".to_owned())),
            "location-unknown",
            Some("location"),
        ),
        (of_groups(|it| it.container = Some("gone".into())), "object-missing", Some("container")),
        (of_groups(|it| it.container = Some("empty".into())), "container-empty", Some("container")),
        (of_groups(|it| it.service = None), "app-profile-alone", Some("service_auth")),
        (
            of_groups(|it| {
                it.app_profile = None;
                it.service = accounts(&["svc1"]);
            }),
            "single-credential",
            Some("accounts"),
        ),
        (
            of_groups(|it| {
                it.app_profile = None;
                it.service = delegated(&["delegated", "delegated"]);
                it.location = Some("EUR".to_owned());
            }),
            "location-not-served",
            Some("location"),
        ),
        (of_source(|it| it.client_id = Uuid::nil()), "invalid-record", Some("client_id")),
        (with_file(r"Z:\fly\join.ppkg"), "share-not-unc", Some("enrolment_path")),
        (
            offline("AD agent runs on the domain controller DC01"),
            "agent-on-controller",
            Some("description"),
        ),
        (
            of_source(|it| {
                let password = held("0000000c");
                it.local_admin = Some(Account { user: "Administrator".to_owned(), password });
            }),
            "local-admin-name",
            Some("local_admin_user"),
        ),
        (
            Connection { modified_at: at("2026-01-01T00:00:00Z"), ..of_groups(|_| {}) },
            "stale",
            None,
        ),
        (
            of_source(|it| it.client_secret_expires = None),
            "expiry-unknown",
            Some("client_secret_expires"),
        ),
        (
            of_groups(|it| {
                it.app_profile = None;
                it.service = delegated(&["own", "own"]);
            }),
            "ews-retiring",
            Some("delegated"),
        ),
        // These come with another: a custom app always has both.
        (
            of_groups(|it| it.app_profile = app("custom", user)),
            "licence-unknown",
            Some("impersonation_user"),
        ),
        (
            of_groups(|it| it.app_profile = app("custom", None)),
            "no-impersonation-user",
            Some("impersonation_user"),
        ),
    ]
}

#[test]
fn each_rule_finds_what_it_is_for_and_nothing_else() {
    for (record, rule, field) in broken() {
        let mut found = found(&record);
        if matches!(rule, "licence-unknown" | "no-impersonation-user") {
            found.retain(|it| it.0 != "ews-retiring");
        }
        assert_eq!(found, [(rule, field)], "{rule}");
    }
}

#[test]
fn every_rule_is_tested() {
    let mut tested: BTreeSet<&str> = broken().iter().map(|it| it.1).collect();
    // By tests of their own, here and in `names` and `pairs`.
    tested.extend(["ews-off", "local-admin-password", "local-admin-shared", "plan-differs"]);
    tested.extend(["certificate-expired", "certificate-expiring", "duplicate-name"]);
    tested.extend(["similar-name", "leftover-copy", "same-tenant", "no-source", "no-destination"]);
    let all: BTreeSet<&str> = rules::all().map(|rule| rule.id).collect();
    assert_eq!(tested, all);
}

/// fly.md §3: blocked from 2026-10-01 unless allowed, off from 2027-04-01.
#[test]
fn exchange_web_services_end_on_their_days() {
    let told = |now: &str| {
        let custom = of_groups(|it| {
            let impersonation_user = Some("fly@contoso.example".to_owned());
            it.app_profile = Some(AppProfileUse { profile: "custom".into(), impersonation_user });
        });
        let hits = judge(Setup { now: at(now), stale_days: 9_999, ..setup() }, &[custom], None);
        let hit = hits.into_iter().find(|it| it.rule.id.starts_with("ews")).unwrap();
        (hit.rule.id, hit.detail)
    };
    let (rule, detail) = told("2026-09-30T23:59:59Z");
    assert_eq!(rule, "ews-retiring");
    assert!(detail.contains("full_access_as_app: from 2026-10-01 blocked unless"), "{detail}");
    assert!(told("2026-10-01T00:00:00Z").1.contains("since 2026-10-01"));
    assert_eq!(told("2027-03-31T23:59:59Z").0, "ews-retiring");
    let (rule, detail) = told("2027-04-01T00:00:00Z");
    assert_eq!((rule, detail.contains("since 2027-04-01 switched off")), ("ews-off", true));
}

/// D8, E3: the verdict names the broken rules, never the password.
#[test]
fn an_opened_password_is_judged_and_never_told() {
    let hits = judge(setup(), &[of_source(|_| {})], Some("secret-flyadm"));
    let hit = hits.iter().find(|it| it.rule.id == "local-admin-password").unwrap();
    assert!(hit.detail.contains("3 of the 4 kinds") && hit.detail.contains("user name"));
    assert!(!format!("{hits:?}").contains("secret-flyadm"));
    let sealed = judge(setup(), &[of_source(|_| {})], None);
    assert!(sealed.iter().all(|it| it.rule.id != "local-admin-password"));
}

#[test]
fn one_password_of_two_connections_is_told_of_both() {
    let other = Connection {
        id: ConnectionId(Uuid::from_u128(9)),
        name: "fabrikam-laptops".to_owned(),
        ..of_source(|_| {})
    };
    let hits = judge(setup(), &[of_source(|_| {}), other], None);
    let shared: Vec<&str> = hits
        .iter()
        .filter(|it| it.rule.id == "local-admin-shared")
        .map(|it| it.detail.as_str())
        .collect();
    let expected =
        ["The same password as fabrikam-laptops.", "The same password as contoso-devices."];
    assert_eq!(shared, expected);
}

#[test]
fn figures_of_the_setup_decide() {
    let count = |setup: Setup, record: Connection, rule: &str| {
        judge(setup, &[record], None).iter().filter(|it| it.rule.id == rule).count()
    };
    let token = || with_token(TokenOrigin::Pasted, "2026-12-20T00:00:00Z");
    assert_eq!(count(setup(), token(), "expiring"), 0);
    assert_eq!(count(Setup { warning_days: 60, ..setup() }, token(), "expiring"), 1);
    assert_eq!(count(setup(), of_groups(|_| {}), "stale"), 0);
    assert_eq!(count(Setup { stale_days: 20, ..setup() }, of_groups(|_| {}), "stale"), 1);
}

#[test]
fn only_what_is_asked_and_wanted_is_reported() {
    let alone = || of_groups(|it| it.service = None);
    let other = Connection {
        id: ConnectionId(Uuid::from_u128(7)),
        name: "Contoso Groups".to_owned(),
        ..alone()
    };
    let only = Selection::new(&[&rules::workspace::DUPLICATE_NAME], &[]);
    let hits = judge(Setup { rules: only, ..setup() }, &[alone(), other.clone()], None);
    assert_eq!(hits.iter().map(|it| it.rule.id).collect::<Vec<_>>(), ["duplicate-name"; 2]);
    // What is not wanted still counts for the others.
    let wanted = Some(HashSet::from([other.id]));
    let hits = judge(Setup { wanted, ..setup() }, &[alone(), other.clone()], None);
    assert!(hits.iter().all(|it| it.subject.id == other.id));
    assert!(hits.iter().any(|it| it.rule.id == "duplicate-name"));
}

#[test]
fn findings_from_elsewhere_take_plain_values() {
    let record = of_groups(|_| {});
    let subject = Arc::new(Subject::from(&row(&record)));
    let lines = ["tenant: t in the plan, u in AvePoint Fly".to_owned(), "name".to_owned()];
    let hit = plan_differs(&subject, &lines).unwrap();
    assert_eq!(hit.rule.id, "plan-differs");
    assert!(hit.detail.ends_with("u in AvePoint Fly, and 1 more."), "{}", hit.detail);
    assert_eq!(plan_differs(&subject, &[]), None);
    let now = setup().now;
    let judge = |day: &str| {
        let hit = certificate(&subject, "CN=fly", at(day), now, 14)?;
        Some((hit.rule.id, hit.detail))
    };
    assert_eq!(judge("2027-11-01T00:00:00Z"), None);
    let (rule, detail) = judge("2026-11-26T13:00:00Z").unwrap();
    assert_eq!(rule, "certificate-expiring");
    assert_eq!(detail, "The certificate CN=fly expires on 2026-11-26, in 2 days.");
    assert_eq!(judge("2026-11-24T11:00:00Z").unwrap().0, "certificate-expired");
}
