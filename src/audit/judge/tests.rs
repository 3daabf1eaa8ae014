//! Rules over whole records: a sound one is left alone, and each rule finds what it is for.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::audit::rules;
use crate::domain::answers::Answer;
use crate::domain::preflight::{Counts, Kept};
use crate::domain::token::TokenOrigin;
use crate::domain::{Answers, DirectoryObject, Listed, Side, Tenant};
use crate::form::digest;
use crate::form::specs::APP_PROFILE_ALONE;
use records::{
    accounts, app, at, connection, container, delegated, directory, location, no_service, of_chat,
    of_entra, of_groups, of_source, offline, with_file, with_token,
};

mod agree;
mod records;

pub(super) fn setup() -> Setup {
    Setup {
        now: at("2026-11-24T12:00:00Z"),
        warning_days: crate::domain::health::EXPIRY_WARNING_DAYS,
        stale_days: 180,
        password: PasswordPolicy::default(),
        rules: Selection::default(),
        wanted: None,
    }
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
        modified_at: connection.modified_at.map(crate::domain::Second::from),
        modified_by: "anna".into(),
        findings: judged.findings,
        expires_at: judged.expires_at.map(crate::domain::Second::from),
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
        of_chat(|_| {}),
        offline(),
        with_file(r"\\files\fly\join.ppkg"),
        with_token(TokenOrigin::Pasted, "2027-03-01T00:00:00Z"),
    ] {
        assert_eq!(found(&sound), [], "{}", sound.name);
    }
}

type Broken = (Connection, &'static str, Option<&'static str>);

/// Each rule about one record, by the record that breaks it and the field that fixes it.
fn broken() -> Vec<Broken> {
    groups_broken().into_iter().chain(devices_broken()).chain(others_broken()).collect()
}

fn groups_broken() -> Vec<Broken> {
    let listed = Answers::Listed(Listed { tenant: "Contoso".to_owned(), live: None });
    let user = Some("fly@contoso.example");
    vec![
        (connection(1, "a", Side::Any, listed), "incomplete", Some("name")),
        (of_groups(|it| accounts(it, &["svc1", "mfa"])), "account-has-mfa", Some("accounts")),
        (of_groups(|it| app(it, "broken", None)), "profile-invalid", Some("app_profile")),
        // F8: what was read of an object.
        (of_groups(|it| accounts(it, &["svc1", "disabled"])), "account-disabled", Some("accounts")),
        (
            of_groups(|it| accounts(it, &["svc1", "unlicensed"])),
            "account-unlicensed",
            Some("accounts"),
        ),
        (of_groups(|it| app(it, "ended", None)), "expired", Some("app_profile")),
        (of_groups(|it| app(it, "ending", None)), "expiring", Some("app_profile")),
        (of_groups(|it| app(it, "delegated", None)), "profile-unfit", Some("app_profile")),
        (of_groups(|it| location(it, "JPN")), "location-unknown", Some("location")),
        (
            Connection { side: Side::Source, ..of_groups(|it| location(it, "EUR")) },
            "location-on-source",
            Some("geo"),
        ),
        (of_groups(|it| container(it, "gone")), "object-missing", Some("container")),
        (of_groups(|it| container(it, "empty")), "container-empty", Some("container")),
        (of_groups(no_service), "app-profile-alone", Some("service_auth")),
        (
            of_groups(|it| {
                no_service(it);
                it.clear("app_profile");
            }),
            "no-credential",
            Some("app_profile"),
        ),
        (
            of_groups(|it| {
                it.clear("app_profile");
                accounts(it, &["svc1"]);
            }),
            "single-credential",
            Some("accounts"),
        ),
        (
            of_groups(|it| {
                it.clear("app_profile");
                delegated(it, &["delegated", "delegated"]);
                location(it, "EUR");
            }),
            "location-not-served",
            Some("location"),
        ),
        (
            Connection { modified_at: Some(at("2026-01-01T00:00:00Z")), ..of_groups(|_| {}) },
            "stale",
            None,
        ),
        (
            of_groups(|it| {
                it.clear("app_profile");
                delegated(it, &["own", "own"]);
            }),
            "ews-retiring",
            Some("delegated"),
        ),
        // These come with another: a custom app always has both.
        (of_groups(|it| app(it, "custom", user)), "licence-unknown", Some("impersonation_user")),
        (
            of_groups(|it| app(it, "custom", None)),
            "no-impersonation-user",
            Some("impersonation_user"),
        ),
    ]
}

fn others_broken() -> Vec<Broken> {
    vec![
        (
            of_chat(|it| it.set("placeholder", Answer::Text("Consent@Contoso.example".to_owned()))),
            "placeholder-in-use",
            Some("placeholder"),
        ),
        (
            of_chat(|it| {
                it.clear("admin_url");
            }),
            "chat-destination-open",
            Some("admin_url"),
        ),
        (
            Connection {
                side: Side::Source,
                ..of_chat(|it| {
                    ["app_profile", "delegated", "consent_user", "placeholder"]
                        .iter()
                        .for_each(|key| it.clear(key));
                })
            },
            "chat-source-without-app",
            Some("app_profile"),
        ),
        (of_entra(), "entra-source-app", Some("app_profile")),
    ]
}

fn devices_broken() -> Vec<Broken> {
    vec![
        (
            of_source(|it| {
                it.set("client_secret_expires", Answer::Day(at("2026-11-23T23:59:59Z")))
            }),
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
            of_source(|it| it.set("client_id", Answer::Text(Uuid::nil().to_string()))),
            "invalid-record",
            Some("client_id"),
        ),
        (with_file(r"Z:\fly\join.ppkg"), "share-not-unc", Some("enrolment_path")),
        (
            of_source(|it| {
                it.set("local_admin_user", Answer::Text("Administrator".to_owned()));
            }),
            "local-admin-name",
            Some("local_admin_user"),
        ),
        (
            of_source(|it| it.clear("client_secret_expires")),
            "expiry-unknown",
            Some("client_secret_expires"),
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
    tested.extend(["preflight-failed", "preflight-outdated"]);
    tested.extend(["similar-name", "leftover-copy", "same-tenant", "no-source", "no-destination"]);
    let all: BTreeSet<&str> = rules::all().map(|rule| rule.id).collect();
    assert_eq!(tested, all);
}

/// fly.md §3: blocked from 2026-10-01 unless allowed, off from 2027-04-01.
#[test]
fn exchange_web_services_end_on_their_days() {
    let reported = |now: &str| {
        let custom = of_groups(|it| app(it, "custom", Some("fly@contoso.example")));
        let hits = judge(Setup { now: at(now), stale_days: 9_999, ..setup() }, &[custom], None);
        let hit = hits.into_iter().find(|it| it.rule.id.starts_with("ews")).unwrap();
        (hit.rule.id, hit.detail.to_string())
    };
    let (rule, detail) = reported("2026-09-30T23:59:59Z");
    assert_eq!(rule, "ews-retiring");
    assert!(
        detail.contains("full_access_as_app: from 2026-10-01 blocked, tenant by tenant, unless"),
        "{detail}"
    );
    assert!(reported("2026-10-01T00:00:00Z").1.contains("since 2026-10-01"));
    assert_eq!(reported("2027-03-31T23:59:59Z").0, "ews-retiring");
    let (rule, detail) = reported("2027-04-01T00:00:00Z");
    assert_eq!((rule, detail.contains("since 2027-04-01 switched off")), ("ews-off", true));
}

/// D8, E3: the verdict names the broken rules, never the password.
#[test]
fn an_opened_password_is_judged_and_never_reported() {
    let hits = judge(setup(), &[of_source(|_| {})], Some("secret-flyadm"));
    let hit = hits.iter().find(|it| it.rule.id == "local-admin-password").unwrap();
    assert!(hit.detail.contains("3 of the 4 kinds") && hit.detail.contains("user name"));
    assert!(!format!("{hits:?}").contains("secret-flyadm"));
    let sealed = judge(setup(), &[of_source(|_| {})], None);
    assert!(sealed.iter().all(|it| it.rule.id != "local-admin-password"));
}

#[test]
fn one_password_of_two_connections_is_reported_for_both() {
    let other = Connection {
        id: ConnectionId(Uuid::from_u128(9)),
        name: "fabrikam-laptops".to_owned(),
        ..of_source(|_| {})
    };
    let hits = judge(setup(), &[of_source(|_| {}), other], None);
    let shared: Vec<&str> =
        hits.iter().filter(|it| it.rule.id == "local-admin-shared").map(|it| &*it.detail).collect();
    let expected =
        ["The same password as fabrikam-laptops.", "The same password as contoso-devices."];
    assert_eq!(shared, expected);
}

#[test]
fn figures_of_the_setup_decide() {
    let count = |setup: Setup, record: Connection, rule: &str| {
        judge(setup, &[record], None).iter().filter(|it| it.rule.id == rule).count()
    };
    let token = || with_token(TokenOrigin::Pasted, "2027-01-15T00:00:00Z");
    assert_eq!(count(setup(), token(), "expiring"), 0);
    assert_eq!(count(Setup { warning_days: 60, ..setup() }, token(), "expiring"), 1);
    assert_eq!(count(setup(), of_groups(|_| {}), "stale"), 0);
    assert_eq!(count(Setup { stale_days: 20, ..setup() }, of_groups(|_| {}), "stale"), 1);
}

#[test]
fn only_what_is_asked_and_wanted_is_reported() {
    let alone = || of_groups(no_service);
    let other = Connection {
        id: ConnectionId(Uuid::from_u128(7)),
        name: "Contoso Groups".to_owned(),
        ..alone()
    };
    let only = Selection::new(&[&names::DUPLICATE_NAME], &[]);
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
    let hit = plan_differs(&subject, None, &lines).unwrap();
    assert_eq!(hit.rule.id, "plan-differs");
    assert!(hit.detail.ends_with("u in AvePoint Fly, and 1 more."), "{}", hit.detail);
    assert_eq!(plan_differs(&subject, None, &[]), None);
    let now = setup().now;
    let judge = |day: &str| {
        let hit = certificate("contoso", at(day), now, 14)?;
        assert_eq!((&*hit.subject.name, hit.subject.is_connection()), ("context contoso", false));
        Some((hit.rule.id, hit.detail.to_string()))
    };
    assert_eq!(judge("2027-11-01T00:00:00Z"), None);
    let (rule, detail) = judge("2026-11-26T13:00:00Z").unwrap();
    assert_eq!(rule, "certificate-expiring");
    assert_eq!(detail, "The certificate expires on 2026-11-26, in 2 days.");
    assert_eq!(judge("2026-11-24T11:00:00Z").unwrap().0, "certificate-expired");
}

// SPEC F7: a failed result counts while it is of the present, else it is outdated.
#[test]
fn the_last_preflight_is_judged_by_what_it_came_to_and_how_old_it_is() {
    let record = of_groups(|_| {});
    let subject = Arc::new(Subject::from(&row(&record)));
    let now = setup().now;
    let kept = |verdict: &str, days: i64| {
        let at = now.checked_sub(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        let failed = if verdict == "failed" { vec!["tenant.exists".to_owned()] } else { vec![] };
        Kept::new(3, at, verdict, Counts::default(), (failed, Vec::new()))
    };
    for (kept, revision, expected) in [
        (kept("passed", 2), 3, None),
        (kept("failed", 2), 3, Some(("preflight-failed", "tenant.exists."))),
        (kept("not-signed-in", 2), 3, Some(("preflight-failed", "no sign-in works."))),
        (kept("failed", 2), 4, Some(("preflight-outdated", "the connection changed since."))),
        (kept("passed", 14), 3, Some(("preflight-outdated", "14 days old."))),
    ] {
        let hit = preflight(&subject, &kept, (revision, now, 14));
        let found = hit.as_ref().map(|it| it.rule.id);
        assert_eq!(found, expected.map(|it| it.0), "{kept:?}");
        if let (Some(hit), Some((_, end))) = (hit, expected) {
            assert!(hit.detail.ends_with(end), "{}", hit.detail);
        }
    }
}

/// What a live service lists has no answers: its row says what there is, as the health column does.
#[test]
fn what_is_only_listed_is_judged_by_its_row() {
    let live = Some(Box::default());
    let listed = Answers::Listed(Listed { tenant: "Contoso".to_owned(), live });
    let record = connection(1, "a", Side::Any, listed);
    let mut row = row(&record);
    row.findings = crate::domain::health::Findings::default();
    APP_PROFILE_ALONE.add_to(&mut row.findings);
    let mut auditor = Auditor::new(setup(), directory());
    auditor.add(Look { row: &row, record: Some(&record), password: None });
    let found: Vec<&str> = auditor.finish().iter().map(|it| it.rule.id).collect();
    assert_eq!(found, ["app-profile-alone"]);
}

/// The license of an impersonation user is asked once per tenant, for all users of it, until the
/// tenant's licensed users are imported.
#[test]
fn licences_are_asked_once_per_tenant() {
    let of = |number: u128, user: &str| {
        let record = of_groups(|it| app(it, "custom", Some(user)));
        let id = ConnectionId(Uuid::from_u128(number));
        Connection { id, name: format!("groups-{number}"), ..record }
    };
    let all = [of(1, "a@contoso.example"), of(2, "b@contoso.example"), of(3, "A@contoso.example")];
    let licensed = |users: &[&str]| -> Directory {
        let with = |it: &DirectoryObject| match it {
            DirectoryObject::Tenant(it) => DirectoryObject::Tenant(Tenant {
                licensed_users: users.iter().map(|it| (*it).to_owned()).collect(),
                ..it.clone()
            }),
            other => other.clone(),
        };
        directory().iter().map(with).collect()
    };
    for (users, expected) in [
        (&[][..], &["Contoso: no license is known for a@contoso.example, b@contoso.example."][..]),
        (&["A@Contoso.example"], &["Contoso: no license is known for b@contoso.example."]),
        (&["a@contoso.example", "b@contoso.example"], &[]),
    ] {
        let mut auditor = Auditor::new(setup(), licensed(users));
        for record in &all {
            let row = row(record);
            auditor.add(Look { row: &row, record: Some(record), password: None });
        }
        let hits = auditor.finish();
        let reported = hits.iter().filter(|it| it.rule.id == "licence-unknown");
        assert_eq!(reported.map(|it| &*it.detail).collect::<Vec<_>>(), expected, "{users:?}");
    }
}

/// EWS is asked of every end, at a source only where the app is the customer's own, and comes
/// before all other warnings.
#[test]
fn exchange_web_services_come_first_and_at_sources_too() {
    let found = |side: Side, change: &dyn Fn(&mut Sheet)| {
        let record = Connection { side, ..of_groups(change) };
        judge(setup(), &[record], None).iter().any(|it| it.rule.id == "ews-retiring")
    };
    let custom = |it: &mut Sheet| app(it, "custom", Some("fly@contoso.example"));
    let delegated = |it: &mut Sheet| {
        it.clear("app_profile");
        delegated(it, &["own"]);
    };
    for side in [Side::Source, Side::Destination, Side::Any, Side::Unknown] {
        assert!(found(side, &custom) && found(side, &delegated), "{side:?}");
        assert!(!found(side, &|_| {}), "{side:?}");
    }
    let mut rules: Vec<&Rule> = rules::all().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.level));
    let first = rules.iter().find(|rule| rule.level == crate::domain::health::Level::Warning);
    assert_eq!(first.unwrap().id, "ews-retiring");
}

/// Judgements about levels, where form, list and audit once had different ones.
#[test]
fn levels_are_as_they_were_judged() {
    for (id, level) in [
        ("incomplete", "warning"),
        ("same-tenant", "advice"),
        ("local-token", "warning"),
        ("local-admin-shared", "warning"),
        ("licence-unknown", "advice"),
        ("ews-retiring", "warning"),
        ("ews-off", "error"),
        ("location-not-served", "error"),
        ("location-unknown", "warning"),
        ("container-empty", "advice"),
        ("profile-invalid", "error"),
        ("object-missing", "warning"),
    ] {
        assert_eq!(Rule::parse(id).unwrap().level.label(), level, "{id}");
    }
    // Guessed from words of a description: no rule any more.
    assert!(Rule::parse("agent-on-controller").is_err());
    assert_eq!(crate::domain::health::EXPIRY_WARNING_DAYS, 30);
}

/// What was once reported as fact, and no page says.
#[test]
fn no_rule_claims_what_was_not_read() {
    for rule in rules::all() {
        for claim in ["acts on its mailboxes", "cannot act on mailboxes", "no Directory permission"]
        {
            assert!(!rule.why.contains(claim), "{}: {claim}", rule.id);
        }
    }
    // Other credentials are not judged, and the explanation says so.
    assert!(Rule::parse("ews-retiring").unwrap().why.contains("Connections without a custom app"));
    assert!(Rule::parse("location-not-served").unwrap().why.starts_with("AvePoint states"));
}
