//! How long an audit of 100,000 connections takes, each with a whole record. `cargo bench`.
//!
//! Reading the store is not in it; the figures of the whole process are measured with the binary.

#![expect(clippy::unwrap_used, reason = "a broken benchmark should stop where it broke")]

use divan::Bencher;
use jetbridge::audit::format::{Format, write};
use jetbridge::audit::{Auditor, Look, Report, Request, STALE_DAYS, Selection, Setup, Waivers};
use jetbridge::domain::answers::{Answer, Objects, Sheet};
use jetbridge::domain::health::Directory;
use jetbridge::domain::rules::PasswordPolicy;
use jetbridge::domain::{
    Answers, AppProfile, Connection, ConnectionId, ConnectionType, DirectoryObject, Mfa,
    ObjectKind, Origin, ProfileKind, ProfileStatus, ServiceAccount, Side, Summary, Tenant,
    Timestamp,
};
use jetbridge::form::digest;

const COUNT: u32 = 100_000;

fn main() {
    divan::main();
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn directory() -> Directory {
    let tenant = Tenant {
        id: "t".into(),
        name: "Contoso".to_owned(),
        cloud: jetbridge::domain::Cloud::Commercial,
        locations: Vec::new(),
        licensed_users: Vec::new(),
        ..Tenant::default()
    };
    let profile = AppProfile {
        id: "custom".into(),
        tenant: "t".into(),
        name: "Contoso app".to_owned(),
        kind: ProfileKind::Custom,
        impersonation_user: None,
        status: ProfileStatus::Active,
        evidence: jetbridge::domain::Evidence::default(),
    };
    let account = |id: &str| {
        let (tenant, name) = ("t".into(), format!("{id}@contoso.example"));
        DirectoryObject::ServiceAccount(ServiceAccount {
            id: id.into(),
            tenant,
            name,
            mfa: Mfa::No,
            evidence: jetbridge::domain::Evidence::default(),
        })
    };
    [
        DirectoryObject::Tenant(tenant),
        DirectoryObject::AppProfile(profile),
        account("a"),
        account("b"),
    ]
    .into_iter()
    .collect()
}

/// Two of three have something to say about; names are numbered, as in a real plan.
fn connection(number: u32) -> Connection {
    let kind = ["groups", "projects", "wikis", "plans"][number as usize % 4];
    let user = (!number.is_multiple_of(3)).then(|| "fly@contoso.example".to_owned());
    let objects = |kind, ids| Answer::Objects(Objects { kind, tenant: "t".into(), ids });
    let mut sheet = Sheet::default();
    sheet.set("tenant", objects(ObjectKind::Tenant, vec!["t".into()]));
    sheet.set("service_auth", Answer::Choice("legacy".to_owned()));
    sheet.set("accounts", objects(ObjectKind::ServiceAccount, vec!["a".into(), "b".into()]));
    if let Some(user) = user {
        sheet.set("app_profile", objects(ObjectKind::AppProfile, vec!["custom".into()]));
        sheet.set("impersonation_user", Answer::Text(user));
    }
    Connection {
        id: ConnectionId(uuid::Uuid::from_u128(u128::from(number))),
        revision: 1,
        name: format!("contoso-emea-{kind}-{number:06}-dest"),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Destination,
        answers: Answers::Form(sheet),
        origin: Origin::Local,
        created_at: Some(now()),
        created_by: "anna".to_owned(),
        modified_at: Some(now()),
        modified_by: "anna".to_owned(),
    }
}

fn summary(connection: &Connection, directory: &Directory) -> Summary {
    let judged = digest(connection, directory);
    Summary {
        id: connection.id,
        name: connection.name.as_str().into(),
        kind: connection.kind,
        side: connection.side,
        tenant: judged.tenant_name.into(),
        credentials: judged.credentials.into(),
        modified_at: connection.modified_at.map(jetbridge::domain::Second::from),
        modified_by: "anna".into(),
        findings: judged.findings,
        expires_at: None,
        revision: 1,
    }
}

fn all() -> Vec<(Summary, Connection)> {
    let directory = directory();
    let made = (0..COUNT).map(connection);
    made.map(|it| (summary(&it, &directory), it)).collect()
}

fn report(all: &[(Summary, Connection)]) -> Report {
    let rules = Selection::default();
    let setup = Setup {
        now: now(),
        warning_days: 14,
        stale_days: STALE_DAYS,
        password: PasswordPolicy::default(),
        rules: rules.clone(),
        wanted: None,
    };
    let mut auditor = Auditor::new(setup, directory());
    for (row, record) in all {
        auditor.add(Look { row, record: Some(record), password: None });
    }
    let request = Request {
        unchecked: Default::default(),
        now: now(),
        of: None,
        store: None,
        rules: &rules,
        audited: all.len(),
        total: all.len(),
        waivers: Waivers::default(),
        baseline: None,
    };
    Report::new(auditor.finish(), request, &|_| true)
}

/// Every rule over every record, and the report in order.
#[divan::bench(sample_count = 10)]
fn audit(bencher: Bencher<'_, '_>) {
    let all = all();
    bencher.bench_local(|| report(&all));
}

/// The report as a file.
#[divan::bench(args = [Format::Json, Format::Junit, Format::Html], sample_count = 10)]
fn write_report(bencher: Bencher<'_, '_>, format: Format) {
    let report = report(&all());
    bencher.bench_local(|| {
        let mut out = Vec::new();
        write(&report, format, 1_000, &mut out).unwrap();
        out.len()
    });
}
