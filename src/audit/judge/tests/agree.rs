//! Form, list and audit agree about every problem: over each branch of each form and each state
//! that the directory can be in.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::records::at;
use super::{Auditor, Hit, Look, Rule, setup};
use crate::domain::answers::testing::sheet_of;
use crate::domain::answers::{Answer, Objects};
use crate::domain::health::{Directory, Findings, Horizon, Level};
use crate::domain::token::TokenOrigin;
use crate::domain::{
    AppProfile, Cloud, Connection, ConnectionId, ConnectionType, Container, DirectoryObject,
    Evidence, Mfa, ObjectId, ObjectKind, Origin, ProfileKind, ProfileStatus, ServiceAccount,
    Summary, Tenant, Timestamp,
};
use crate::form::{
    Field, Limits, Source, Spec, Tone, Values, When, branches, digest, judge, specs, submit,
};

fn limits() -> Limits {
    Limits { now: setup().now, password: setup().password }
}

fn saved(spec: &'static Spec, values: &Values) -> Connection {
    let draft = submit(spec, values, &limits()).unwrap();
    Connection {
        id: ConnectionId(Uuid::from_u128(1)),
        revision: 1,
        name: draft.name,
        description: draft.description,
        kind: draft.kind,
        side: draft.side,
        answers: draft.answers,
        origin: Origin::Local,
        created_at: Some(at("2026-11-01T00:00:00Z")),
        created_by: "anna".to_owned(),
        modified_at: Some(at("2026-11-01T00:00:00Z")),
        modified_by: "anna".to_owned(),
    }
}

/// What stands behind the picks of a branch, all of it sound.
fn objects(spec: &'static Spec, values: &Values) -> Vec<DirectoryObject> {
    spec.fields().flat_map(|field| behind(field, values)).collect()
}

fn behind(field: &Field, values: &Values) -> Vec<DirectoryObject> {
    let Some(source) = field.kind.source() else { return Vec::new() };
    let tenant = source.tenant_field().and_then(|key| values.picks(key).first());
    let of = tenant.map_or_else(|| ObjectId(String::new()), |it| it.id.clone());
    let object = |it: &crate::form::Picked| {
        let (id, tenant, name) = (it.id.clone(), of.clone(), it.label.clone());
        Some(match source {
            Source::Tenants { of } => DirectoryObject::Tenant(Tenant {
                id,
                name,
                cloud: Cloud::Commercial,
                locations: it.extra.clone(),
                platform: of,
                licensed_users: Vec::new(),
                ..Tenant::default()
            }),
            Source::Locations { .. } => return None,
            Source::Containers { .. } => {
                let (objects, last_scan) = (Some(3), None);
                DirectoryObject::Container(Container { id, tenant, name, objects, last_scan })
            }
            Source::AppProfiles { .. } => DirectoryObject::AppProfile(AppProfile {
                id,
                tenant,
                name,
                kind: it.traits.profile_kind().unwrap(),
                impersonation_user: None,
                status: ProfileStatus::Active,
                evidence: crate::domain::Evidence::default(),
            }),
            Source::ServiceAccounts { .. } => {
                let mfa = Mfa::No;
                DirectoryObject::ServiceAccount(ServiceAccount {
                    id,
                    tenant,
                    name,
                    mfa,
                    evidence: crate::domain::Evidence::default(),
                })
            }
        })
    };
    values.picks(field.key).iter().filter_map(object).collect()
}

/// Ways in which one object can be other than it was when it was picked.
fn states_of(object: &DirectoryObject) -> Vec<DirectoryObject> {
    match object {
        DirectoryObject::Tenant(it) => [&[][..], &["JPN"], &["EUR", "NAM", "JPN"]]
            .iter()
            .map(|codes| {
                let locations = codes.iter().map(|it| (*it).to_owned()).collect();
                DirectoryObject::Tenant(Tenant { locations, ..it.clone() })
            })
            .collect(),
        DirectoryObject::Container(it) => [Some(0), None]
            .map(|objects| DirectoryObject::Container(Container { objects, ..it.clone() }))
            .to_vec(),
        DirectoryObject::AppProfile(it) => {
            let mut all = Vec::new();
            for kind in ProfileKind::ALL {
                all.push(AppProfile { kind, ..it.clone() });
            }
            all.push(AppProfile { status: ProfileStatus::Invalid, ..it.clone() });
            let impersonation_user = Some("aos@contoso.example".to_owned());
            let kind = ProfileKind::Custom;
            all.push(AppProfile { kind, impersonation_user, ..it.clone() });
            for day in ["2026-11-01", "2026-12-01"] {
                let expires = Some(at(&format!("{day}T12:00:00Z")));
                let evidence = Evidence { expires, ..Evidence::default() };
                all.push(AppProfile { evidence, ..it.clone() });
            }
            all.into_iter().map(DirectoryObject::AppProfile).collect()
        }
        DirectoryObject::ServiceAccount(it) => {
            let read = |enabled, mailbox| Evidence { enabled, mailbox, ..Evidence::default() };
            let of = |mfa, evidence| ServiceAccount { mfa, evidence, ..it.clone() };
            let all = [
                of(Mfa::Yes, Evidence::default()),
                of(Mfa::Unknown, Evidence::default()),
                of(Mfa::No, read(Some(false), Some(true))),
                of(Mfa::No, read(Some(true), Some(false))),
            ];
            all.map(DirectoryObject::ServiceAccount).to_vec()
        }
    }
}

/// The directory as it was, empty, without one object, and with one object in another state.
fn directories(objects: &[DirectoryObject]) -> Vec<Directory> {
    let mut all = vec![objects.iter().cloned().collect(), Directory::default()];
    for (at, object) in objects.iter().enumerate() {
        let others = || objects.iter().enumerate().filter(|it| it.0 != at).map(|it| it.1.clone());
        all.push(others().collect());
        all.extend(states_of(object).into_iter().map(|it| others().chain([it]).collect()));
    }
    all
}

/// The record, and others that are like it but for one answer.
fn variants(record: Connection) -> Vec<Connection> {
    let mut all = vec![record.clone()];
    let mut also = |change: &dyn Fn(&mut Connection)| {
        let mut other = record.clone();
        change(&mut other);
        all.push(other);
    };
    let own = record.clone();
    let Some(sheet) = own.answers.sheet() else { return all };
    if sheet.text("impersonation_user").is_some() {
        also(&|it| {
            sheet_of(&mut it.answers).clear("impersonation_user");
        });
    }
    // One more of what there is several of, once for every sort of form.
    if record.kind == ConnectionType::M365Group {
        also(&more);
    }
    if record.kind == ConnectionType::TeamChat && sheet.get("delegated").is_some() {
        for other in ["one@contoso.example", "two@contoso.example"] {
            also(&|it| {
                let sheet = sheet_of(&mut it.answers);
                sheet.set("placeholder", Answer::Text("One@contoso.example".to_owned()));
                sheet.set("consent_user", Answer::Text(other.to_owned()));
            });
        }
    }
    if record.kind == ConnectionType::TeamChat && sheet.get("app_profile").is_some() {
        also(&|it| {
            sheet_of(&mut it.answers).clear("app_profile");
        });
    }
    if record.kind == ConnectionType::Device {
        for day in ["2026-11-01", "2026-12-01", "2028-01-01"] {
            let day = at(&format!("{day}T23:59:59Z"));
            also(&|it| expire(it, day, TokenOrigin::Pasted));
            also(&|it| expire(it, day, TokenOrigin::Local));
        }
        for text in ["Administrator", r"Z:\fly\join.ppkg", r"C:\fly\join.ppkg"] {
            also(&|it| rename(it, text));
        }
    }
    all
}

fn more(record: &mut Connection) {
    let sheet = sheet_of(&mut record.answers);
    let tenant = sheet.tenant().unwrap().clone();
    let container = vec!["container".into()];
    let kind = ObjectKind::Container;
    sheet.set("container", Answer::Objects(Objects { kind, tenant, ids: container }));
    for (key, id) in [("accounts", "second@contoso.example"), ("delegated", "second")] {
        if let Some(Answer::Objects(of)) = sheet.get(key).cloned() {
            let ids = of.ids.iter().cloned().chain([id.into()]).collect();
            sheet.set(key, Answer::Objects(Objects { ids, ..of }));
        }
    }
}

fn expire(record: &mut Connection, day: Timestamp, from: TokenOrigin) {
    let sheet = sheet_of(&mut record.answers);
    if sheet.get("client_id").is_some() {
        sheet.set("client_secret_expires", Answer::Day(day));
    }
    let mut tokens = sheet.tokens("bulk_tokens").to_vec();
    if !tokens.is_empty() {
        tokens.iter_mut().for_each(|it| (it.expires_at, it.origin) = (day, from));
        sheet.set("bulk_tokens", Answer::Tokens(tokens));
    }
}

fn rename(record: &mut Connection, text: &str) {
    let sheet = sheet_of(&mut record.answers);
    let key = if text.contains(':') { "enrolment_path" } else { "local_admin_user" };
    if sheet.get(key).is_some() {
        sheet.set(key, Answer::Text(text.to_owned()));
    }
}

/// What the list keeps and, with what time did, what it shows.
fn listed(record: &Connection, directory: &Directory) -> (Summary, Findings) {
    let judged = digest(record, directory);
    let now = setup().now;
    let row = Summary {
        id: record.id,
        name: record.name.as_str().into(),
        kind: record.kind,
        side: record.side,
        tenant: judged.tenant_name.into(),
        credentials: judged.credentials.into(),
        modified_at: record.modified_at.map(crate::domain::Second::from),
        modified_by: "anna".into(),
        findings: judged.findings,
        expires_at: judged.expires_at.map(crate::domain::Second::from),
        revision: 1,
    };
    let findings = row.findings_at(Horizon::usual(now));
    (row, findings)
}

fn audited(row: &Summary, record: &Connection, directory: &Directory) -> Vec<Hit> {
    let mut auditor = Auditor::new(setup(), directory.clone());
    auditor.add(Look { row, record: Some(record), password: None });
    auditor.finish()
}

/// Compares form, list and audit; returns the rules that found something.
fn agree(
    spec: &'static Spec,
    record: &Connection,
    directory: &Directory,
) -> BTreeSet<&'static str> {
    let (row, findings) = listed(record, directory);
    let found: Vec<&'static Rule> = judge::of(findings).collect();
    let ids = |rules: &[&'static Rule]| -> BTreeSet<&'static str> {
        rules.iter().map(|it| it.id).collect()
    };
    let values = spec.opened(record, directory);
    let errors = submit(spec, &values, &limits()).err().unwrap_or_default();
    let hits = audited(&row, record, directory);
    let case = || format!("{record:#?}\n{directory:#?}\n{errors:#?}\n{hits:#?}");

    // The form advises of what it does not refuse; time is not an answer.
    let advised: Vec<_> = spec.advice(&values).iter().filter_map(|(_, it)| it.rule).collect();
    let of_time = |it: &Rule| matches!(it.when, When::Ends(_));
    let expected: Vec<_> = found.iter().copied().filter(|it| !of_time(it) && !it.refuses).collect();
    assert_eq!(ids(&advised), ids(&expected), "form and list\n{}", case());

    // The audit has the same.
    let all: Vec<_> = hits.iter().map(|it| it.rule).filter(|it| it.bit.is_some()).collect();
    assert_eq!(ids(&all), ids(&found), "audit and list\n{}", case());
    for hit in &hits {
        let known = hit.rule.id != "invalid-record";
        assert!(known, "known to the form and not to the list\n{}", case());
    }

    // What the form refuses is found at the same field, and what is an error is refused.
    for error in &errors {
        assert!(
            hits.iter().any(|hit| hit.field == Some(error.field)),
            "{}\n{}",
            error.field,
            case()
        );
    }
    for rule in found.iter().filter(|it| it.refuses) {
        assert_eq!(rule.level, Level::Error);
        let fields: Vec<_> = hits.iter().filter(|it| it.rule == *rule).map(|it| it.field).collect();
        let refused = errors.iter().any(|it| fields.contains(&Some(it.field)));
        assert!(refused, "{}\n{}", rule.id, case());
    }
    ids(&found)
}

/// Does something with each branch of each form, saved, its variants and the directories behind it.
fn each_case(mut test: impl FnMut(&'static Spec, &Connection, &Directory)) {
    for spec in specs::ALL {
        for values in branches(spec) {
            let mut objects = objects(spec, &values);
            let tenant = values.picks("tenant").first().map(|it| it.id.clone());
            if let Some(tenant) = tenant.filter(|_| spec.field("container").is_some()) {
                let (id, name) = ("container".into(), "All groups".to_owned());
                let (objects_in, last_scan) = (Some(3), None);
                objects.push(DirectoryObject::Container(Container {
                    id,
                    tenant: tenant.clone(),
                    name,
                    objects: objects_in,
                    last_scan,
                }));
                objects.push(DirectoryObject::AppProfile(AppProfile {
                    id: "second".into(),
                    tenant,
                    name: "Second".to_owned(),
                    kind: ProfileKind::FlyDelegated,
                    impersonation_user: None,
                    status: ProfileStatus::Active,
                    evidence: crate::domain::Evidence::default(),
                }));
            }
            let directories = directories(&objects);
            for record in variants(saved(spec, &values)) {
                for directory in &directories {
                    test(spec, &record, directory);
                }
            }
        }
    }
}

#[test]
fn each_problem_has_one_severity_in_form_list_and_audit() {
    let mut seen = BTreeSet::new();
    each_case(|spec, record, directory| seen.extend(agree(spec, record, directory)));
    // Each finding came up, so that it was compared; what is only listed has no form filled in.
    let never: Vec<_> =
        judge::all().iter().map(|it| it.id).filter(|it| !seen.contains(it)).collect();
    assert_eq!(never, ["incomplete"]);
}

/// A warning beside a field is a finding, or about the change that is being made.
#[test]
fn nothing_is_worse_in_the_form_than_in_the_list() {
    for note in specs::ALL.iter().flat_map(|spec| spec.fields()).flat_map(|it| it.notes) {
        assert!(note.tone == Tone::Change || note.tone.level() <= Level::Advice, "{}", note.text);
    }
}

/// How often each rule found something in list, form and audit, and where, over all of that: a change
/// of a rule shows as a change of its numbers.
#[test]
fn rules_find_as_often_as_they_did() {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    each_case(|spec, record, directory| {
        let (row, found) = listed(record, directory);
        let mut count = |rule: &Rule, field: &str, at: usize| {
            let key = format!("{} {} {field}", spec.kind.slug(), rule.id);
            counts.entry(key).or_default()[at] += 1;
        };
        judge::of(found).for_each(|rule| count(rule, "", 0));
        for (field, advice) in spec.advice_by_field(&spec.opened(record, directory)) {
            advice.rule.into_iter().for_each(|rule| count(rule, field.key, 1));
        }
        for hit in audited(&row, record, directory) {
            count(hit.rule, hit.field.unwrap_or("-"), 2);
        }
    });
    let lines = counts.into_iter().map(|(what, [list, form, audit])| {
        format!("{what}: list {list}, form {form}, audit {audit}")
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}
