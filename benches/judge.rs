//! How long 100,000 rows take that older rules judged, and how long a page waits meanwhile.
//! `cargo bench --bench judge`.

#![expect(clippy::unwrap_used, reason = "a broken benchmark should stop where it broke")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::time::{Duration, Instant};

use jetbridge::backend::store::{OpenOptions, Store};
use jetbridge::backend::{PageRequest, SaveRequest};
use jetbridge::domain::answers::{Answer, Objects, Sheet};
use jetbridge::domain::{Answers, ConnectionType, Draft, ObjectKind, Side};
use rusqlite::Connection;

const COUNT: u32 = 100_000;

fn draft() -> Draft {
    let objects = |kind, id: &str| {
        Answer::Objects(Objects { kind, tenant: "t".into(), ids: vec![id.into()] })
    };
    let mut sheet = Sheet::default();
    sheet.set("tenant", objects(ObjectKind::Tenant, "t"));
    sheet.set("service_auth", Answer::Choice("none".to_owned()));
    sheet.set("app_profile", objects(ObjectKind::AppProfile, "p"));
    Draft {
        name: "first".to_owned(),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Any,
        answers: Answers::Form(sheet),
    }
}

/// One saved record, as often as wanted, all judged by no rules yet.
fn fill(path: &std::path::Path) {
    let mut sql = Connection::open(path).unwrap();
    let tx = sql.transaction().unwrap();
    for number in 1..COUNT {
        let id = uuid::Uuid::from_u128(u128::from(number));
        let name = format!("contoso-groups-{number:06}");
        tx.prepare_cached(
            "INSERT INTO connections (tomb, name_key, id, revision, name, kind, side, tenant_name,
                 credentials, modified_at, modified_by, findings, tenant, description, origin,
                 created_at, created_by)
             SELECT tomb, ?1, ?2, revision, ?1, kind, side, tenant_name, credentials, modified_at,
                 modified_by, 0, tenant, description, origin, created_at, created_by
             FROM connections WHERE tomb = x'' AND name_key = 'first'",
        )
        .unwrap()
        .execute((&name, id.as_bytes()))
        .unwrap();
        tx.prepare_cached("INSERT INTO answers SELECT ?1, json FROM answers LIMIT 1")
            .unwrap()
            .execute([id.as_bytes()])
            .unwrap();
    }
    tx.execute("UPDATE connections SET judged = 0", []).unwrap();
    tx.execute("UPDATE store SET judged_by = 0", []).unwrap();
    tx.commit().unwrap();
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let options = || OpenOptions::new(&path, folder.path().join("vault.key"), "anna");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Store::open(options()).unwrap();
    let first = SaveRequest {
        target: None,
        draft: draft(),
        secrets_from: None,
        restore: false,
        stamp: None,
    };
    runtime.block_on(store.save(first)).unwrap();
    drop(store);
    fill(&path);

    let begun = Instant::now();
    let store = Store::open(options()).unwrap();
    let page = || runtime.block_on(store.page(PageRequest { after: None, limit: 100 })).unwrap();
    page();
    println!("open and first page  {:?}", begun.elapsed());
    let sql = Connection::open(&path).unwrap();
    let judged =
        || -> i64 { sql.query_row("SELECT judged_by FROM store", [], |row| row.get(0)).unwrap() };
    let mut slowest = Duration::ZERO;
    let quiet = Instant::now();
    let mut asked = 0;
    while judged() == 0 {
        std::thread::sleep(Duration::from_millis(2_000));
        let begun = Instant::now();
        page();
        (slowest, asked) = (slowest.max(begun.elapsed()), asked + 1);
    }
    println!("all {COUNT} rows       {:?}, a page every 2 s", quiet.elapsed());
    println!("slowest of {asked} pages   {slowest:?}");
}
