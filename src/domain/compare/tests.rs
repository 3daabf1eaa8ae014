//! Matching and comparing, without any backend.

use super::*;
use crate::domain::answers::testing::sheet;
use crate::domain::health::Directory;
use crate::domain::{
    Answers, Connection, DirectoryObject, Listed, LiveOrigin, ObjectId, Origin, Tenant,
};

const A: &str = "11111111-0000-4000-8000-000000000001";
const B: &str = "11111111-0000-4000-8000-000000000002";

fn brief(number: u128, name: &str, kind: ConnectionType) -> Brief {
    Brief {
        id: ConnectionId(uuid::Uuid::from_u128(number)),
        name: name.into(),
        kind,
        side: Side::Any,
        tenant: "contoso".into(),
        modified_at: Some(crate::domain::Second::new(0)),
        modified_by: "anna".into(),
        live_id: None,
    }
}

fn names(rows: &[(&str, ConnectionType)], first: u128) -> Vec<Brief> {
    rows.iter().zip(first..).map(|((name, kind), number)| brief(number, name, *kind)).collect()
}

fn standings(plan: &[(&str, ConnectionType)], live: &[(&str, ConnectionType)]) -> Vec<Standing> {
    matched(names(plan, 1), names(live, 100)).iter().map(Entry::standing).collect()
}

use ConnectionType::{Device, Exchange, M365Group};

#[test]
fn names_meet_whatever_the_case() {
    let all = matched(
        names(&[("Alpha", Exchange), ("b", Exchange)], 1),
        names(&[("ALPHA ", Exchange), ("c", Exchange)], 9),
    );
    let reported: Vec<_> = all.iter().map(|it| (it.name().to_owned(), it.standing())).collect();
    assert_eq!(
        reported,
        [
            ("Alpha".to_owned(), Standing::Same),
            ("b".to_owned(), Standing::OnlyPlan),
            ("c".to_owned(), Standing::OnlyLive),
        ]
    );
    assert!(all[0].pair().is_some() && all[1].pair().is_none());
}

// Fly takes the first of equal names (fly.md §5).
#[test]
fn equal_names_on_one_side_are_ambiguous_and_the_pair_of_one_type_is_still_compared() {
    assert_eq!(
        standings(&[("x", M365Group)], &[("x", M365Group), ("X", Device)]),
        [Standing::Ambiguous]
    );
    assert_eq!(standings(&[], &[("x", Device), ("x", Device)]), [Standing::Ambiguous]);
    let one = matched(names(&[("x", M365Group)], 1), names(&[("x", Device), ("x", M365Group)], 9));
    let live = one[0].live[1].id;
    assert_eq!(one[0].pair(), Some((one[0].plan[0].id, live)));
    let none =
        matched(names(&[("x", M365Group)], 1), names(&[("x", M365Group), ("x", M365Group)], 9));
    assert_eq!(none[0].pair(), None);
}

fn connection(name: &str, kind: ConnectionType, answers: Answers) -> Connection {
    Connection {
        id: ConnectionId(uuid::Uuid::from_u128(7)),
        revision: 1,
        name: name.to_owned(),
        description: String::new(),
        kind,
        side: Side::Any,
        answers,
        origin: Origin::Local,
        created_at: Some(Timestamp::UNIX_EPOCH),
        created_by: String::new(),
        modified_at: Some(Timestamp::UNIX_EPOCH),
        modified_by: String::new(),
    }
}

fn groups(profile: Option<&str>, accounts: &[&str]) -> Connection {
    let mut sheet = sheet().tenant(A).code("location", "EUR");
    if let Some(profile) = profile {
        sheet = sheet.profiles("app_profile", &[profile]);
    }
    if !accounts.is_empty() {
        sheet = sheet.accounts(accounts);
    }
    connection("x", M365Group, sheet.form())
}

fn live(tenant: Option<&str>, profile: Option<&str>, account: Option<&str>) -> Connection {
    let text = |it: Option<&str>| it.map(str::to_owned);
    let origin = LiveOrigin {
        context: "contoso".to_owned(),
        id: "9".to_owned(),
        tenant_id: text(tenant),
        app_profile_id: text(profile),
        service_account_id: text(account),
        delegated_profile_id: None,
    };
    let listed = Listed { tenant: "contoso.example".to_owned(), live: Some(Box::new(origin)) };
    connection("x", M365Group, Answers::Listed(listed))
}

fn found(plan: &Connection, live: &Connection) -> Vec<(Field, Verdict)> {
    let directory: Directory = [DirectoryObject::Tenant(Tenant {
        id: ObjectId::from(A),
        name: "Contoso".to_owned(),
        cloud: crate::domain::Cloud::Commercial,
        locations: Vec::new(),
        licensed_users: Vec::new(),
        ..Tenant::default()
    })]
    .into_iter()
    .collect();
    let known = |it: &Connection| {
        let either_end = it.kind == M365Group;
        Known { either_end, ..Known::of(it, &directory) }
    };
    judge(&known(plan), &known(live)).into_iter().map(|it| (it.field, it.verdict)).collect()
}

const CANNOT: fn(Why) -> Verdict = Verdict::Unknown;

#[test]
fn ids_decide_where_both_are_known() {
    // The names differ, the id is the same, however it is written.
    let upper = A.to_uppercase();
    assert_eq!(found(&groups(Some(B), &[]), &live(Some(&upper), Some(B), None)), []);
    assert_eq!(
        found(&groups(Some(B), &[]), &live(Some(B), Some(A), None)),
        [(Field::Tenant, Verdict::Differs), (Field::AppProfile, Verdict::Differs)]
    );
}

/// Two texts that are the same would say nothing: then the ids are shown beside the names.
#[test]
fn what_differs_never_looks_the_same() {
    let tenant = |id: &str, name: &str| {
        DirectoryObject::Tenant(Tenant {
            id: ObjectId::from(id),
            name: name.to_owned(),
            cloud: crate::domain::Cloud::Commercial,
            locations: Vec::new(),
            licensed_users: Vec::new(),
            ..Tenant::default()
        })
    };
    let profile = |tenant: &str, id: &str| {
        DirectoryObject::AppProfile(crate::domain::AppProfile {
            id: ObjectId::from(id),
            tenant: ObjectId::from(tenant),
            name: "Fly".to_owned(),
            kind: crate::domain::ProfileKind::Fly,
            impersonation_user: None,
            status: crate::domain::ProfileStatus::Unknown,
            evidence: crate::domain::Evidence::default(),
        })
    };
    // The live list names the tenant as the plan does, with another id; the profiles are namesakes.
    let objects = [
        tenant(A, "contoso.example"),
        tenant(B, "contoso.example"),
        profile(A, A),
        profile(A, B),
        profile(B, A),
        profile(B, B),
    ];
    let directory: Directory = objects.into_iter().collect();
    let known = |it: &Connection| {
        let either_end = it.kind == M365Group;
        Known { either_end, ..Known::of(it, &directory) }
    };
    for (tenant_id, profile_id) in [(B, A), (A, B), (B, B)] {
        let findings = judge(
            &known(&groups(Some(A), &[])),
            &known(&live(Some(tenant_id), Some(profile_id), None)),
        );
        let differing: Vec<_> =
            findings.iter().filter(|it| it.verdict == Verdict::Differs).collect();
        assert!(!differing.is_empty());
        for it in differing {
            assert_ne!(it.plan, it.live, "{:?}", it.field);
            assert!(it.plan.contains(A) && it.live.contains(B), "{it:?}");
            assert!(it.plan.starts_with("contoso") || it.plan.starts_with("Fly"), "{it:?}");
        }
    }
    // Names that distinguish them stay without ids.
    let other: Directory = [tenant(A, "Contoso"), tenant(B, "Fabrikam")].into_iter().collect();
    let known = |it: &Connection| {
        let either_end = it.kind == M365Group;
        Known { either_end, ..Known::of(it, &other) }
    };
    let found = judge(&known(&groups(Some(A), &[])), &known(&live(Some(B), Some(A), None)));
    let tenants = found.iter().find(|it| it.field == Field::Tenant).unwrap();
    assert_eq!((&*tenants.plan, &*tenants.live), ("Contoso", "contoso.example"));
}

#[test]
fn one_id_of_several_is_not_called_a_difference() {
    let plan = groups(None, &[A, B]);
    assert_eq!(
        found(&plan, &live(Some(A), None, Some(B))),
        [(Field::ServiceAccounts, CANNOT(Why::OneOfSeveral))]
    );
    let other = "11111111-0000-4000-8000-000000000009";
    assert_eq!(
        found(&plan, &live(Some(A), None, Some(other))),
        [(Field::ServiceAccounts, Verdict::Differs)]
    );
    // Sent empty, none is set; not sent, it is unknown.
    assert_eq!(
        found(&plan, &live(Some(A), None, Some(""))),
        [(Field::ServiceAccounts, Verdict::Differs)]
    );
    assert_eq!(
        found(&plan, &live(Some(A), None, None)),
        [(Field::ServiceAccounts, CANNOT(Why::NotReported))]
    );
}

#[test]
fn ids_of_another_kind_cannot_be_compared() {
    assert_eq!(
        found(&groups(None, &["svc@contoso.example"]), &live(Some(A), None, Some(B))),
        [(Field::ServiceAccounts, CANNOT(Why::OtherIds))]
    );
    assert_eq!(
        found(&groups(Some("Fly for Contoso"), &[]), &live(Some(A), Some(B), None)),
        [(Field::AppProfile, CANNOT(Why::OtherIds))]
    );
}

#[test]
fn an_older_service_shows_no_ids_and_that_is_no_difference() {
    let mut old = live(None, None, None);
    if let Answers::Listed(listed) = &mut old.answers {
        listed.tenant = String::new();
    }
    assert_eq!(
        found(&groups(Some(B), &[]), &old),
        [(Field::Tenant, CANNOT(Why::NotReported)), (Field::AppProfile, CANNOT(Why::NotReported))]
    );
}

#[test]
fn tenants_without_comparable_ids_are_compared_by_name() {
    let listed = |tenant: &str| {
        let listed = Listed { tenant: tenant.to_owned(), live: None };
        connection("x", M365Group, Answers::Listed(listed))
    };
    let only_tenant = |plan: &Connection| {
        let all = found(plan, &live(Some(A), None, None));
        all.into_iter().find(|it| it.0 == Field::Tenant).map(|it| it.1)
    };
    assert_eq!(only_tenant(&listed("Contoso.Example")), None);
    assert_eq!(only_tenant(&listed("fabrikam")), Some(Verdict::Differs));
    assert_eq!(only_tenant(&listed("")), Some(CANNOT(Why::NotPlanned)));
}

// The form of a Groups connection asks no side (fly.md §3).
#[test]
fn the_planned_end_of_groups_fits_a_live_one_without_side() {
    let mut plan = groups(Some(B), &[]);
    plan.side = Side::Destination;
    assert_eq!(found(&plan, &live(Some(A), Some(B), None)), []);
    let mut other = live(Some(A), Some(B), None);
    other.side = Side::Source;
    assert_eq!(found(&plan, &other), [(Field::Side, Verdict::Differs)]);
    plan.kind = Device;
    other.kind = Device;
    other.side = Side::Any;
    assert_eq!(found(&plan, &other), [(Field::Side, Verdict::Differs)]);
}

#[test]
fn writing_type_and_description_count() {
    let mut plan = groups(Some(B), &[]);
    plan.name = "X".to_owned();
    plan.description = "wave 2".to_owned();
    let mut other = live(Some(A), Some(B), None);
    other.kind = Exchange;
    assert_eq!(
        found(&plan, &other).into_iter().map(|it| it.0).collect::<Vec<_>>(),
        [Field::Name, Field::Type, Field::Description]
    );
    // A plan's description is one line: how the portal's lines are broken makes no difference.
    let (mut plan, mut other) = (groups(Some(B), &[]), live(Some(A), Some(B), None));
    plan.description = "first wave second".to_owned();
    other.description = " first wave\nsecond ".to_owned();
    assert_eq!(found(&plan, &other), []);
}

fn report(entries: Vec<Entry>) -> Report {
    let stale = None;
    Report {
        plan: "local".into(),
        live: "contoso".into(),
        as_of: None,
        stale,
        remarks: Vec::new(),
        entries,
    }
}

#[test]
fn what_is_wanted_goes_by_type_name_and_standing() {
    let entries =
        matched(names(&[("a-1", Exchange), ("b-1", Device)], 1), names(&[("a-2", Device)], 9));
    let count = |wanted: Wanted| entries.iter().filter(|it| wanted.accepts(it)).count();
    assert_eq!(count(Wanted::default()), 3);
    assert_eq!(count(Wanted { types: [Device].into(), ..Wanted::default() }), 2);
    assert_eq!(count(Wanted { name: "A-".into(), ..Wanted::default() }), 2);
    assert_eq!(count(Wanted { only: [Standing::OnlyLive].into(), ..Wanted::default() }), 1);
}

// E4, RELIABILITY §3: neither a formula nor an escape leaves in an export.
#[test]
fn exports_are_harmless() {
    let mut entries = matched(
        names(&[("=cmd|' /C calc'!A0", Exchange), ("pair", Exchange)], 1),
        names(&[("-2+3\u{1b}[31m", Exchange), ("PAIR", Exchange), ("a, \"b\"", Exchange)], 9),
    );
    let pair = entries.iter_mut().find(|it| it.standing() == Standing::Same).unwrap();
    pair.findings = vec![Finding {
        field: Field::Description,
        verdict: Verdict::Differs,
        plan: "@SUM(1) | x".into(),
        live: "\u{202e}a\nb".into(),
    }];
    let report = report(entries);
    for text in [csv(&report), markdown(&report)] {
        assert!(
            !text.chars().any(|c| crate::text::is_hidden(c) && !"\r\n".contains(c)),
            "{text:?}"
        );
    }
    let csv = csv(&report);
    assert!(csv.lines().all(|it| !it.starts_with(['=', '+', '-', '@'])), "{csv}");
    assert!(csv.contains(",'@SUM(1) | x,"), "{csv}");
    assert!(csv.contains("\"a, \"\"b\"\"\",live,"), "{csv}");
    let markdown = markdown(&report);
    assert!(markdown.contains("&#64;SUM(1) \\| x"), "{markdown}");
    assert!(markdown.contains("1 differs, 1 only in the plan, 2 only live."), "{markdown}");
    assert_eq!(markdown.matches("Not compared").count(), 1);
}

#[test]
fn ambiguous_names_are_reported_with_every_candidate() {
    let mut entries =
        matched(names(&[("x", Exchange)], 1), names(&[("x", Exchange), ("X", Device)], 9));
    entries[0].live[0].live_id = Some("fly-7".into());
    let text = markdown(&report(entries));
    assert!(text.contains("| fly-7 |") && text.contains("Fly takes the first"), "{text}");
    assert_eq!(text.matches("| live |").count(), 2, "{text}");
}

use super::export::{csv, markdown};
