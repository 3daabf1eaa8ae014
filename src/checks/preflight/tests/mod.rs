//! The pre-flight against a tenant on this machine.

mod classes;
mod tenants;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::backend::graph::Endpoints;
use crate::backend::http::{Http, HttpOptions};
use crate::checks::check::{Level, Stop};
use crate::checks::directory::World;
use crate::checks::{Finished, Limits, Lookups, run};
use crate::domain::answers::Sheet;
use crate::domain::answers::testing::sheet;
use crate::domain::health::Directory;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{
    Answers, Cloud, Connection, ConnectionId, ConnectionType, DirectoryObject, Side, Tenant,
    Timestamp,
};
use crate::testing::fake::Fake;
use crate::testing::server::{Reply, Seen, Server};
use crate::testing::service;

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const C: &str = "cccccccc-0000-4000-8000-000000000003";
const D: &str = "dddddddd-0000-4000-8000-000000000004";
const LIMITS: Limits = Limits { at_once: 16, whole: Duration::from_secs(300) };

pub(super) fn now() -> Timestamp {
    service::NOW.parse().unwrap()
}

/// A ground with this server in the place of Microsoft.
pub(in crate::checks) fn ground(server: &Server) -> Ground {
    Ground {
        lookups: Lookups::new(Duration::from_secs(60)),
        http: Some(Http::for_tests(HttpOptions::default()).0),
        stand_in: Some(Endpoints::new(server.url.as_str(), server.url.as_str()).unwrap()),
        sign_ins: Vec::new(),
        place: Some(Fake::new().into()),
        now: now(),
        warning_days: 30,
        installer: None,
        password: PasswordPolicy::default(),
        smb_port: 1,
        mounts: Vec::new(),
        directory: World::default(),
    }
}

/// A connection with these answers.
pub(in crate::checks) fn connection(kind: ConnectionType, side: Side, sheet: Sheet) -> Connection {
    Connection {
        id: ConnectionId(uuid::Uuid::now_v7()),
        name: "contoso-x".to_owned(),
        kind,
        side,
        description: String::new(),
        answers: Answers::Form(sheet),
        revision: 1,
        created_at: Some(now()),
        created_by: "test".to_owned(),
        modified_at: Some(now()),
        modified_by: "test".to_owned(),
        origin: crate::domain::Origin::Local,
    }
}

pub(super) fn tenant(id: &str, name: &str, cloud: Cloud) -> DirectoryObject {
    DirectoryObject::Tenant(Tenant {
        id: id.into(),
        name: name.to_owned(),
        cloud,
        locations: Vec::new(),
        licensed_users: Vec::new(),
        ..Tenant::default()
    })
}

/// The answer for a tenant that everybody can see.
pub(super) fn public(id: &str) -> Reply {
    Reply::json(
        200,
        json!({ "issuer": format!("https://login.example/{id}/v2.0"),
            "cloud_instance_name": "microsoftonline.com", "msgraph_host": "graph.microsoft.com",
            "tenant_region_scope": "EU" }),
    )
}

/// A tenant that only its id names: one of C, D, and those that tests of many make up.
fn other(line: &str) -> Option<&str> {
    let id = line.strip_prefix("GET /")?.split('/').next()?;
    (id.ends_with("-4000-8000-000000000000") || id == C || id == D).then_some(id)
}

/// Tenants that everybody can see: two by id and by domain, others by id only; nothing else.
fn seen_by_everybody(seen: &Seen) -> Reply {
    let of = |words: &[&str]| words.iter().any(|it| seen.line.contains(&format!("/{it}/v2.0/")));
    if of(&[A, "contoso.example"]) {
        public(A)
    } else if of(&[B, "fabrikam.example"]) {
        public(B)
    } else if let Some(id) = other(&seen.line) {
        public(id)
    } else if seen.line.contains("openid-configuration") {
        let text = "AADSTS90002: Tenant not found.";
        Reply::json(400, json!({ "error": "invalid_tenant", "error_description": text }))
    } else {
        Reply::json(404, "{}")
    }
}

/// Makes the checks of subjects; the results by id, those of the last subject last.
pub(in crate::checks) async fn checked(run_: &Run, subjects: &[Subject]) -> Vec<Finished> {
    let cancel = CancellationToken::new();
    run(&run_.lookups, subjects, &rows(), LIMITS, &cancel, &mut |_| {}).await
}

/// The level and the words of each check of one subject.
pub(in crate::checks) fn by_id(all: &[Finished]) -> BTreeMap<String, (Level, String)> {
    let reported =
        |it: &Finished| (it.result.check.clone(), (it.result.level, it.result.found.clone()));
    all.iter().map(reported).collect()
}

fn groups(id: &str) -> Sheet {
    sheet().tenant(id).app("fly").done()
}

#[tokio::test]
async fn a_tenant_is_judged_by_what_everybody_can_see() {
    use Cloud::{Commercial, UsGov};
    for (id, name, cloud, exists, in_cloud, word) in [
        (A, "contoso.example", Commercial, Level::Ok, Level::Ok, "contoso.example is aaaa"),
        (A, "Contoso Ltd", Commercial, Level::Ok, Level::Ok, "Contoso Ltd is aaaa"),
        ("t1", "contoso.example", Commercial, Level::Ok, Level::Ok, "is aaaa"),
        (A, "fabrikam.example", Commercial, Level::Fail, Level::Skipped, "is another: bbbb"),
        (A, "gone.example", Commercial, Level::Fail, Level::Skipped, "no tenant gone.example"),
        (A, "contoso.example", UsGov, Level::Ok, Level::Fail, "is aaaa"),
        ("t1", "Contoso", Commercial, Level::Skipped, Level::Skipped, "neither id nor name"),
    ] {
        let server = Server::new(seen_by_everybody).await;
        let run = Run::new(ground(&server));
        let directory: Directory = [tenant(id, name, cloud)].into_iter().collect();
        let connection = connection(ConnectionType::M365Group, Side::Source, groups(id));
        let subject = Subject::of(&run, &connection, &directory).unwrap();
        let found = by_id(&checked(&run, &[subject]).await);
        assert_eq!(found["tenant.exists"].0, exists, "{name}: {found:?}");
        assert_eq!(found["tenant.cloud"].0, in_cloud, "{name}: {found:?}");
        assert!(found["tenant.exists"].1.contains(word), "{name}: {found:?}");
        assert_eq!(found["net.login"].0, Level::Ok, "{name}: {found:?}");
    }
}

/// F1: however many connections ask, each distinct question is asked once.
#[tokio::test]
async fn two_hundred_connections_ask_each_question_once() {
    let server = Server::new(seen_by_everybody).await;
    let run = Run::new(ground(&server));
    let tenants = [
        tenant(A, "contoso.example", Cloud::Commercial),
        tenant(B, "fabrikam.example", Cloud::Commercial),
    ];
    let directory: Directory = tenants.into_iter().collect();
    let subjects: Vec<Subject> = (0..200)
        .map(|at| groups(if at % 2 == 0 { A } else { B }))
        .map(|it| connection(ConnectionType::M365Group, Side::Source, it))
        .map(|it| Subject::of(&run, &it, &directory).unwrap())
        .collect();
    let all = checked(&run, &subjects).await;
    let lines: Vec<String> = server.seen().into_iter().map(|it| it.line).collect();
    let distinct: std::collections::BTreeSet<&String> = lines.iter().collect();
    assert_eq!(lines.len(), distinct.len(), "{lines:?}");
    assert_eq!(lines.len(), 5, "the host, and each tenant by id and domain: {lines:?}");
    assert!(all.iter().all(|it| it.result.level != Level::Fail), "{all:?}");
    assert!(all.len() >= 800, "{}", all.len());
}

/// What cannot be reached fails one check; the others are skipped after it.
#[tokio::test]
async fn a_host_that_is_not_there_is_one_failure() {
    let server = Server::new(|_| Reply::Close).await;
    let run = Run::new(ground(&server));
    let directory: Directory =
        [tenant(A, "contoso.example", Cloud::Commercial)].into_iter().collect();
    let connection = connection(ConnectionType::M365Group, Side::Source, groups(A));
    let subject = Subject::of(&run, &connection, &directory).unwrap();
    let all = checked(&run, &[subject]).await;
    let failed: Vec<&str> = all
        .iter()
        .filter(|it| it.result.level == Level::Fail)
        .map(|it| &*it.result.check)
        .collect();
    assert_eq!(failed, ["net.login"], "{all:?}");
    assert!(by_id(&all)["tenant.exists"].1.contains("after net.login"), "{all:?}");
}

/// Rows are distinguished by id, and what they prove is a sentence.
#[test]
fn rows_are_sound() {
    let all = rows();
    let mut ids: Vec<&str> = all.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    let many = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), many, "an id stands twice");
    for row in &all {
        assert!(row.proves.ends_with('.') && row.proves.starts_with(char::is_uppercase), "{row:?}");
        let plain = |c: char| c.is_ascii_lowercase() || c == '.' || c == '-';
        assert!(row.id.chars().all(plain), "{row:?}");
    }
}

/// What nobody can read is never fine.
#[tokio::test]
async fn what_nobody_can_read_is_skipped() {
    let server = Server::new(seen_by_everybody).await;
    let run = Run::new(Ground { http: None, ..ground(&server) });
    let answers = sheet().choice("side", "destination").choice("join", "enrolment-file");
    let answers = answers.text("enrolment_path", r"C:\Fly\join.ppkg").done();
    let connection = connection(ConnectionType::Device, Side::Destination, answers);
    let subject = Subject::of(&run, &connection, &Directory::default()).unwrap();
    let all = checked(&run, &[subject]).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(matches!(&all[0].outcome, Err(Stop::Skip(why)) if why.slug() == "not-readable"));
}

/// The package on a share, read where the share is mounted; a link to its installer.
#[tokio::test]
async fn files_and_links_are_looked_at() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::new(|seen| match &*seen.line {
        "GET /agent.msi" => Reply::with(302, "Location: /real.msi\r\n", ""),
        "GET /page.msi" => Reply::with(200, "Content-Type: text/html\r\n", "<p>sign in</p>"),
        "GET /real.msi" => {
            assert!(seen.head.contains("range: bytes=0-0"), "{}", seen.head);
            Reply::with(206, "Content-Range: bytes 0-0/3145728\r\n", "x")
        }
        _ => Reply::json(404, "{}"),
    })
    .await;
    let path = home.path().join("join.ppkg");
    std::fs::write(&path, ppkg::fake("2026-02-01T00:00:00Z".parse().unwrap())).unwrap();
    let mount = Mount { server: "files".into(), path: "fly".into(), at: home.path().to_owned() };
    let at = |url: &str| Some(server.at(url).to_string());
    for (installer, level) in [
        (at("agent.msi"), Level::Ok),
        (at("page.msi"), Level::Fail),
        (at("no"), Level::Fail),
        (None, Level::Skipped),
    ] {
        let run = Run::new(Ground { installer, mounts: vec![mount.clone()], ..ground(&server) });
        let source = sheet().choice("side", "source").done();
        let share = sheet().text("enrolment_path", r"\\files\fly\join.ppkg").done();
        let subjects: Vec<Subject> = [(Side::Source, source), (Side::Destination, share)]
            .into_iter()
            .map(|(side, sheet)| connection(ConnectionType::Device, side, sheet))
            .map(|it| Subject::of(&run, &it, &Directory::default()).unwrap())
            .collect();
        let found = by_id(&checked(&run, &subjects).await);
        assert_eq!(found["agent.link"].0, level, "{found:?}");
        assert_eq!(found["share.file"].0, Level::Ok, "{found:?}");
        assert_eq!(found["ppkg.file"], (Level::Ok, "built 28 days ago (2026-02-01)".into()));
    }
}
