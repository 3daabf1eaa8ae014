//! The audit of a backend: what is read, waivers, baselines, secrets.

use super::*;
use crate::audit::judge::PLAN_DIFFERS;
use crate::audit::{Since, Waiver};
use crate::backend::store::Store;
use crate::domain::health::Horizon;
use crate::domain::key::KeyKind;
use crate::domain::{ConnectionType, Side};
use crate::service::all_rows;
use crate::testing::contract::{delete, id_of};
use crate::testing::contract::{groups, new, new_admin, source};
use crate::testing::fake::Fake;
use crate::testing::service::{add, block, now, with};

fn everything() -> AuditRequest {
    AuditRequest::all(14, PasswordPolicy::default())
}

fn run(backend: &Place, request: AuditRequest) -> Result<Report, AuditError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(audit(backend, request, now()))
}

fn rules_of(report: &Report) -> Vec<&'static str> {
    report.counting().map(|hit| hit.rule.id).collect()
}

/// Two listed connections of which one is to be completed.
fn some() -> Fake {
    let fake = with(&["mail"]);
    add(&fake, "groups", ConnectionType::M365Group, Side::Any, "contoso");
    fake
}

#[test]
fn nothing_to_audit_is_no_failure() {
    let report = run(&with(&[]), everything()).unwrap();
    assert_eq!((report.hits.len(), report.total, report.summary()), (0, 0, "nothing found".into()));
    assert!(!report.fails(crate::domain::health::Level::Advice));
}

#[test]
fn the_worst_comes_first() {
    let report = run(&some(), everything()).unwrap();
    assert_eq!(rules_of(&report), ["incomplete", "no-destination"]);
    assert_eq!((report.audited, report.total), (2, 2));
    assert_eq!(report.summary(), "1 warning, 1 advice");
    // What cannot be asked is not said to be in order.
    let asked: Vec<&str> = report.rules.iter().map(|rule| rule.id).collect();
    for id in ["local-admin-password", "plan-differs", "certificate-expired"] {
        assert!(!asked.contains(&id), "{id}");
    }
}

/// The health column shows the same findings.
#[test]
fn the_audit_shows_all_that_the_list_does() {
    let memory = Store::in_memory_with("test", std::sync::Arc::new(now)).unwrap();
    block(super::super::sample::load(&memory, now())).unwrap();
    let rows = block(all_rows(&memory)).unwrap();
    let report = run(&memory, everything()).unwrap();
    let mut reported = 0;
    for row in &rows {
        for finding in row.findings_at(Horizon::usual(now())).iter() {
            let same = |hit: &&Hit| hit.subject.id == row.id && hit.rule.bit == Some(finding);
            assert!(report.hits.iter().any(|hit| same(&hit)), "{}: {}", row.name, finding.0);
            reported += 1;
        }
    }
    assert!(reported >= 10, "the sample has findings");
}

#[test]
fn a_waiver_holds_until_its_last_day() {
    let waiver = |connection: &str, expires: &str| Waiver {
        line: 3,
        rule: crate::audit::Rule::parse("incomplete").unwrap(),
        connection: connection.to_owned(),
        reason: "known".to_owned(),
        expires: expires.parse().unwrap(),
    };
    let with_waiver = |waiver| {
        let waivers = Waivers(vec![waiver], Vec::new());
        run(&some(), AuditRequest { waivers, ..everything() }).unwrap()
    };
    let held = with_waiver(waiver("GROUPS", "2026-03-01"));
    assert_eq!(rules_of(&held), ["no-destination"]);
    assert_eq!((held.counts().waived, held.waivers[0].1), (1, 1));
    assert!(!held.fails(crate::domain::health::Level::Error));
    let late = with_waiver(waiver("groups", "2026-02-28"));
    assert_eq!(rules_of(&late).len(), 2);
    assert_eq!(late.idle_waivers().map(|it| it.1).collect::<Vec<_>>(), ["expired"]);
    let other = with_waiver(waiver("mail", "2026-12-31"));
    assert_eq!(other.idle_waivers().map(|it| it.1).collect::<Vec<_>>(), ["nothing to waive"]);
}

#[test]
fn a_baseline_shows_what_is_new_fixed_and_still_there() {
    use crate::domain::health::Level;
    let fake = some();
    let baseline = run(&fake, everything()).unwrap().baseline();
    let compare = |fake: &Fake, change: fn(&mut AuditRequest)| {
        let mut request = AuditRequest { baseline: Some(baseline.clone()), ..everything() };
        change(&mut request);
        run(fake, request).unwrap()
    };
    let same = compare(&fake, |_| {});
    assert!(same.hits.iter().all(|hit| hit.since == Some(Since::Still)));
    assert!(!same.fails(Level::Advice), "what is known does not fail");
    // The missing destination is there, and another connection is incomplete.
    add(&fake, "mail-dest", ConnectionType::Gmail, Side::Destination, "fabrikam");
    let second = add(&fake, "second", ConnectionType::Device, Side::Any, "contoso");
    let later = compare(&fake, |_| {});
    let reported: Vec<_> =
        later.hits.iter().map(|it| (it.since.unwrap(), &*it.subject.name)).collect();
    assert_eq!(reported, [(Since::New, "second"), (Since::Still, "groups")]);
    let change = later.change.as_ref().unwrap();
    assert_eq!(
        change.fixed.iter().map(|it| it.rule.as_str()).collect::<Vec<_>>(),
        ["no-destination"]
    );
    assert!(later.fails(Level::Warning) && !later.fails(Level::Error));
    // What was not checked is not fixed.
    let narrowed = compare(&fake, |it| it.query.search = "second".to_owned());
    let change = narrowed.change.unwrap();
    assert_eq!((change.fixed.len(), change.not_looked_at), (0, 2));
    // What is gone is.
    let groups = block(id_of(&fake, "groups")).unwrap();
    block(delete(&fake, &[groups, second]));
    let gone = compare(&fake, |_| {}).change.unwrap();
    assert_eq!(gone.fixed.len(), 2);
}

#[test]
fn a_baseline_of_another_store_is_refused() {
    let (one, other) = (Store::in_memory("a").unwrap(), Store::in_memory("b").unwrap());
    let baseline = run(&one, everything()).unwrap().baseline();
    let request = AuditRequest { baseline: Some(baseline), ..everything() };
    assert!(run(&one, request.clone()).is_ok());
    let refused = run(&other, request.clone()).unwrap_err();
    assert_eq!(refused, AuditError::Baseline(BaselineError::OtherStore));
    assert!(run(&other, AuditRequest { any_store: true, ..request }).is_ok());
}

/// E3: sealed texts are opened only when asked for, and appear nowhere.
#[test]
fn secrets_are_opened_only_when_asked_for() {
    let fake = with(&[]);
    let key = block(fake.issue_key(KeyKind::Configuration)).unwrap();
    let held = crate::testing::contract::held(&key, now());
    let mut draft = source("devices", held);
    new_admin(&mut draft, "localadm", crate::domain::Held::New(Secret::new("short")));
    block(fake.save(new(draft))).unwrap();
    let sealed = run(&fake, everything()).unwrap();
    assert!(!rules_of(&sealed).contains(&"local-admin-password"));
    let opened = run(&fake, AuditRequest { open_secrets: true, ..everything() }).unwrap();
    assert!(rules_of(&opened).contains(&"local-admin-password"));
    assert!(!format!("{opened:?}").contains("short"));
}

#[test]
fn filters_names_and_extra_findings() {
    let fake = some();
    block(fake.save(new(groups("whole")))).unwrap();
    let request = |search: &str| {
        let mut request = everything();
        request.query.search = search.to_owned();
        request
    };
    let report = run(&fake, request("mail")).unwrap();
    assert_eq!((report.audited, report.total), (1, 3));
    let row = all_rows(&fake);
    let row = block(row).unwrap().into_iter().find(|it| &*it.name == "groups").unwrap();
    let subject = std::sync::Arc::new(crate::audit::Subject::from(&row));
    let extra: Vec<Hit> = crate::audit::judge::plan_differs(&subject, None, &["tenant".to_owned()])
        .into_iter()
        .collect();
    let report = run(&fake, AuditRequest { extra: extra.clone(), ..everything() }).unwrap();
    assert!(rules_of(&report).contains(&"plan-differs"));
    let elsewhere = run(&fake, AuditRequest { extra, ..request("mail") }).unwrap();
    assert!(!rules_of(&elsewhere).contains(&"plan-differs"));
}

/// The rule `plan-differs` is fed by `diff`.
#[test]
fn a_plan_that_differs_from_what_is_live_is_a_finding() {
    use crate::domain::compare::Wanted;
    use crate::service::diff::{Compared, Fresh, diff};
    let (plan, live) = (with(&["same", "only-planned"]), with(&["same"]));
    add(&plan, "moved", ConnectionType::Gmail, Side::Source, "contoso");
    add(&live, "moved", ConnectionType::Gmail, Side::Source, "fabrikam");
    let place = |name, backend| Compared { name, backend };
    let wanted = Wanted::default();
    let (ours, theirs) = (place("local", &*plan), place("contoso", &*live));
    let found = block(diff(ours, theirs, Fresh::Must, &wanted, &|_| {})).unwrap();
    let request =
        AuditRequest { extra: differences(&found), elsewhere: vec![&PLAN_DIFFERS], ..everything() };
    let report = run(&plan, request.clone()).unwrap();
    let hit = report.hits.iter().find(|it| it.rule.id == "plan-differs").unwrap();
    assert_eq!((&*hit.subject.name, hit.field), ("moved", Some("tenant")));
    assert_eq!(&*hit.detail, "Tenant: contoso in the plan, fabrikam live.");
    // Where nothing differs the rule was asked all the same.
    let report = run(&plan, AuditRequest { extra: Vec::new(), ..request }).unwrap();
    assert!(report.rules.iter().any(|it| it.id == "plan-differs"));
}
