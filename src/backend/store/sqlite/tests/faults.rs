//! Every fault point of migration, key changes, backup, restore, import and save: an error and a `kill -9` at
//! each, and then the store opens, every secret and draft opens, and nothing acknowledged is lost.
//!
//! The process that is killed is this test binary again, running the test `victim`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;

use super::age;
use crate::backend::store::sqlite::backup::{Unsealed, Wanted};
use crate::backend::store::sqlite::rejudge;
use crate::backend::store::sqlite::schema::{MIGRATIONS, Migration, migrate};
use crate::backend::store::{Cost, NewKey, OpenOptions, Source, Store, Unlock};
use crate::backend::{BackendError, FormDraft, PageRequest, Revision};
use crate::domain::Secret;
use crate::domain::destination::Destination;
use crate::domain::key::KeyKind;
use crate::domain::removal::Target;
use crate::testing::contract::{TestClock, block_on, held, new, row, source};
use crate::testing::contract::{delete, id_of, restore};
use crate::testing::fault;

const FOLDER: &str = "JETBRIDGE_TEST_VICTIM";
const OPERATION: &str = "JETBRIDGE_TEST_OPERATION";
const PASSPHRASE: &str = "not-a-real passphrase";

/// The operations, and the groups or single points that they go through.
const OPERATIONS: [(&str, &[&str]); 14] = [
    ("open", &["migrate"]),
    ("upgrade", &["migrate"]),
    ("answers", &["answers", "migrate"]),
    ("first", &["keyfile.written"]),
    ("init", &["init"]),
    ("settle", &["head"]),
    ("rewrap", &["rewrap"]),
    ("rotate", &["rotate", "keyfile.placed", "keyfile.synced"]),
    ("backup", &["backup"]),
    ("restore", &["restore"]),
    ("import", &["import"]),
    ("save", &["save"]),
    ("rejudge", &["judge"]),
    ("purge", &["purge"]),
];

fn store_path(folder: &Path) -> PathBuf {
    folder.join("data/store.db")
}

fn backup_path(folder: &Path) -> PathBuf {
    folder.join("store.jbb")
}

/// What is kept outside the store for the connection that is purged.
fn beside(folder: &Path) -> PathBuf {
    folder.join("ticks.json")
}

fn options(folder: &Path) -> OpenOptions {
    let unlock = Unlock {
        // Whatever the envelope says now: the key file, or this passphrase.
        ask: Some(std::sync::Arc::new(|_| Ok(Secret::new(PASSPHRASE)))),
        cost: Cost::LEAST,
        ..Unlock::default()
    };
    let key = folder.join("config/vault.key");
    let beside = beside(folder);
    OpenOptions {
        clock: TestClock::new().clock(),
        unlock,
        forget: Some(std::sync::Arc::new(move |_| {
            let _ = fs::remove_file(&beside);
            Ok(())
        })),
        ..OpenOptions::new(store_path(folder), key, "anna")
    }
}

fn save(store: &Store, name: &str) {
    block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        let now = TestClock::new().now();
        store.save(new(source(name, held(&key, now)))).await.unwrap();
    });
}

fn draft(number: usize) -> FormDraft {
    FormDraft {
        id: format!("form-{number}"),
        connection: None,
        title: "a title".into(),
        content: Secret::new("not-real-draft"),
        saved_at: TestClock::new().now(),
    }
}

/// Version that this program knows.
const KNOWN: u32 = MIGRATIONS.len() as u32;
/// The version that is yet to come.
const NEXT: Migration =
    Migration::new(KNOWN + 1, "CREATE TABLE later (x INTEGER); INSERT INTO later VALUES (7)");

/// What stands before the operation: all of it is acknowledged.
fn prepare(folder: &Path, operation: &str) {
    if operation == "open" {
        return;
    }
    if operation == "answers" {
        return super::answers::put(&store_path(folder), &folder.join("config/vault.key"));
    }
    let store = Store::open(options(folder)).unwrap();
    if matches!(operation, "init" | "first") {
        block_on(store.save(new(crate::testing::contract::listed("plain")))).unwrap();
        return;
    }
    for name in ["a", "b", "c"] {
        save(&store, name);
    }
    for number in 0..2 {
        block_on(store.save_draft(draft(number))).unwrap();
        let secret = Secret::new("not-real-context");
        block_on(store.put_context_secret(
            format!("context-{number}"),
            Destination::default(),
            secret,
        ))
        .unwrap();
    }
    if operation == "settle" {
        drop(store);
        age(&options(folder));
        fs::remove_dir_all(folder.join("config/heads")).unwrap();
        return;
    }
    if operation == "rejudge" {
        drop(store);
        return super::rejudge::outdate(&Connection::open(store_path(folder)).unwrap());
    }
    if operation == "purge" {
        let gone = block_on(id_of(&store, "a")).unwrap();
        block_on(store.save_draft(FormDraft { connection: Some(gone), ..draft(7) })).unwrap();
        fs::write(beside(folder), "{}").unwrap();
        block_on(delete(&store, &[gone]));
        return;
    }
    if matches!(operation, "backup" | "restore") {
        let wanted = Wanted { file: backup_path(folder), replace: false, passphrase: None };
        block_on(store.back_up(wanted)).unwrap();
        save(&store, "later");
    }
    if operation == "restore" {
        // Another wrapping, so that the restored one must get the backup's.
        let passphrase = Some(Secret::new(PASSPHRASE));
        let wanted = Wanted { file: backup_path(folder), replace: true, passphrase };
        let later = block_on(id_of(&store, "later")).unwrap();
        block_on(delete(&store, &[later]));
        block_on(store.back_up(wanted)).unwrap();
        block_on(restore(&store, &[later]));
    }
}

/// The operation, on what stands there.
fn run(folder: &Path, operation: &str) -> Result<(), BackendError> {
    let open = || Store::open(options(folder));
    match operation {
        "open" | "answers" => open().map(drop),
        "upgrade" => {
            let mut conn = Connection::open(store_path(folder)).unwrap();
            let path = store_path(folder);
            let all: Vec<Migration> = MIGRATIONS.iter().copied().chain([NEXT]).collect();
            migrate(&mut conn, &all).map_err(|error| error.at(&path))
        }
        "first" => {
            let store = open()?;
            block_on(store.issue_key(KeyKind::Connection)).map(drop)
        }
        "init" => block_on(open()?.vault_init(NewKey::Passphrase(Secret::new(PASSPHRASE)))),
        "settle" => {
            let save = new(crate::testing::contract::listed("plain"));
            block_on(open()?.save(save)).map(drop)
        }
        "rewrap" => block_on(open()?.rewrap(NewKey::Passphrase(Secret::new(PASSPHRASE)))),
        "rotate" => block_on(open()?.rotate(NewKey::Same)).map(drop),
        "backup" => {
            let wanted = Wanted { file: backup_path(folder), replace: true, passphrase: None };
            block_on(open()?.back_up(wanted)).map(drop)
        }
        "restore" => {
            let options = options(folder);
            Unsealed::read(&options, &backup_path(folder))?.replace(&options).map(drop)
        }
        "import" => {
            let names = ["listed-1", "listed-2", "listed-3"];
            let rows = names.iter().zip(1..).map(|(name, line)| row(line, name)).collect();
            block_on(open()?.import(rows)).map(drop)
        }
        "save" => {
            let store = open()?;
            let key = block_on(store.issue_key(KeyKind::Configuration))?;
            let draft = source("saved", held(&key, TestClock::new().now()));
            block_on(store.save(new(draft))).map(drop)
        }
        "rejudge" => {
            let path = store_path(folder);
            let mut conn = Connection::open(&path).unwrap();
            let mut at = rejudge::behind(&conn).map_err(|error| error.at(&path))?;
            while let Some(from) = at {
                at = rejudge::chunk(&mut conn, &from).map_err(|error| error.at(&path))?;
            }
            Ok(())
        }
        "purge" => {
            let store = open()?;
            let which = block_on(store.deleted())?;
            let which = which.iter().map(|it| Target::from(&it.row)).collect::<Vec<_>>();
            let which = which.iter().map(Revision::from).collect();
            block_on(store.purge(which)).map(drop)
        }
        other => panic!("{other}"),
    }
}

fn names(store: &Store) -> Vec<String> {
    let page = block_on(store.page(PageRequest { after: None, limit: 99 })).unwrap();
    page.rows.iter().map(|it| it.name.to_string()).collect()
}

/// The vault's source and key.
fn lock(folder: &Path) -> Option<(Source, String)> {
    let store = Store::open(options(folder)).unwrap();
    block_on(store.vault_status()).unwrap().lock.map(|it| (it.source, it.key_id))
}

/// Opens every sealed text and looks through the whole file; gives the names.
fn whole(options: OpenOptions) -> Vec<String> {
    let path = options.path.clone();
    let store = Store::open(options).unwrap();
    let names = names(&store);
    let sealed = block_on(store.check_sealed()).unwrap();
    let sealed_too = |it: &&String| *it != "plain" && !it.starts_with("listed-");
    let with_secrets = names.iter().filter(sealed_too).count();
    // A deleted connection keeps its secrets.
    assert!(sealed.secrets >= 3 * with_secrets as u64 && sealed.secrets.is_multiple_of(3));
    for name in names.iter().filter(sealed_too) {
        let id = block_on(id_of(&store, name)).unwrap();
        let text = block_on(store.reveal(id, "client_secret".into())).unwrap();
        assert_eq!(text.expose(), "not-real-client-secret");
    }
    for draft in block_on(store.drafts()).unwrap() {
        assert_eq!(draft.content.expose(), "not-real-draft");
    }
    drop(store);
    let sql = Connection::open(path).unwrap();
    let checked: String = sql.query_row("PRAGMA integrity_check", [], |it| it.get(0)).unwrap();
    assert_eq!(checked, "ok");
    assert!(!sql.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap());
    names
}

/// Whether the point comes after the moment from which on the new state counts.
fn is_after(point: &str) -> bool {
    let (group, name) = point.split_once('.').unwrap();
    match group {
        "backup" => name == "renamed",
        "restore" => matches!(name, "replaced" | "settled"),
        _ => matches!(name, "committed" | "settled"),
    }
}

/// What must hold after the operation was stopped at `point`.
#[expect(clippy::too_many_lines, reason = "an arm for each operation")]
fn check(folder: &Path, operation: &str, point: &str, before: Option<(Source, String)>) {
    let after = is_after(point);
    match operation {
        "open" => assert_eq!(whole(options(folder)), Vec::<String>::new()),
        "upgrade" => {
            let path = store_path(folder);
            let sql = Connection::open(&path).unwrap();
            let version: u32 =
                sql.pragma_query_value(None, "user_version", |it| it.get(0)).unwrap();
            assert_eq!(version, if after { KNOWN + 1 } else { KNOWN }, "{point}");
            assert_eq!(sql.prepare("SELECT x FROM later").is_ok(), after, "{point}");
            drop(sql);
            run(folder, operation).unwrap();
            let sql = Connection::open(&path).unwrap();
            let rows: u32 =
                sql.query_row("SELECT count(*) FROM later", [], |it| it.get(0)).unwrap();
            assert_eq!(rows, 1, "done once");
            // This program does not know that version; its number back, all is there.
            sql.pragma_update(None, "user_version", KNOWN).unwrap();
            sql.execute_batch("DROP TABLE later").unwrap();
            drop(sql);
            assert_eq!(whole(options(folder)), ["a", "b", "c"]);
        }
        "answers" => {
            let sql = Connection::open(store_path(folder)).unwrap();
            let version: u32 =
                sql.pragma_query_value(None, "user_version", |it| it.get(0)).unwrap();
            assert_eq!(version, if after { 4 } else { 3 }, "{point}");
            drop(sql);
            super::answers::whole(options(folder));
        }
        "first" | "init" => {
            assert_eq!(whole(options(folder)), ["plain"]);
            assert_eq!(lock(folder).is_some(), after, "{point}");
            // Whatever was left, the first secret finds its way.
            save(&Store::open(options(folder)).unwrap(), "next");
            assert_eq!(whole(options(folder)), ["next", "plain"]);
        }
        "settle" => {
            assert_eq!(whole(options(folder)), ["a", "b", "c"]);
            run(folder, operation).unwrap();
            assert_eq!(whole(options(folder)), ["a", "b", "c", "plain"]);
            let sql = Connection::open(store_path(folder)).unwrap();
            let old = "SELECT (SELECT count(*) FROM secrets WHERE destination IS NULL)
                 + (SELECT count(*) FROM context_secrets WHERE destination IS NULL)";
            assert_eq!(sql.query_row(old, [], |it| it.get::<_, u32>(0)), Ok(0));
        }
        "rewrap" | "rotate" => {
            assert_eq!(whole(options(folder)), ["a", "b", "c"]);
            let now = lock(folder);
            assert_eq!(now != before, after, "{point}: the old key, or the new one");
            run(folder, operation).unwrap();
            assert_eq!(whole(options(folder)), ["a", "b", "c"]);
        }
        "backup" => {
            assert_eq!(whole(options(folder)), ["a", "b", "c", "later"]);
            let found = Unsealed::read(&options(folder), &backup_path(folder)).unwrap();
            // The backup of before, or the new one; never half of one.
            assert_eq!(found.contents().connections, if after { 4 } else { 3 }, "{point}");
        }
        "restore" => {
            let expected: &[&str] =
                if after { &["a", "b", "c"] } else { &["a", "b", "c", "later"] };
            assert_eq!(whole(options(folder)), expected, "{point}");
            let data = store_path(folder).parent().unwrap().to_owned();
            let aside: Vec<PathBuf> = fs::read_dir(data)
                .unwrap()
                .map(|it| it.unwrap().path())
                .filter(|it| it.to_string_lossy().contains("before-restore"))
                .filter(|it| !it.to_string_lossy().ends_with(".lock"))
                .collect();
            let kept = after || point == "restore.aside";
            assert_eq!(aside.len(), usize::from(kept), "{point}: {aside:?}");
            if after {
                let old = OpenOptions { path: aside[0].clone(), ..options(folder) };
                assert_eq!(whole(old), ["a", "b", "c", "later"], "{point}");
            }
            run(folder, operation).unwrap();
            assert_eq!(whole(options(folder)), ["a", "b", "c"], "{point}");
        }
        "rejudge" => {
            let sql = Connection::open(store_path(folder)).unwrap();
            // A chunk is judged whole or not at all.
            assert_eq!(super::rejudge::left(&sql).0, if after { 0 } else { 3 }, "{point}");
            run(folder, operation).unwrap();
            assert_eq!(super::rejudge::left(&sql).0, 0);
            assert_eq!(whole(options(folder)), ["a", "b", "c"]);
            super::rejudge::right(&Store::open(options(folder)).unwrap());
        }
        "purge" => {
            for again in [false, true] {
                let store = Store::open(options(folder)).unwrap();
                let left = if after || again { (0, 2) } else { (1, 3) };
                let deleted = block_on(store.deleted()).unwrap().len();
                let found = (deleted, block_on(store.drafts()).unwrap().len());
                assert_eq!(found, left, "{point}: all of it or nothing");
                // Outside the store it goes shortly before the end.
                let gone = after || again || point == "purge.beside";
                assert_eq!(beside(folder).exists(), !gone, "{point}");
                drop(store);
                assert_eq!(whole(options(folder)), ["b", "c"]);
                run(folder, operation).unwrap();
            }
        }
        "import" | "save" => {
            let mut all = vec!["a", "b", "c"];
            if after {
                all.extend(added(operation));
            }
            assert_eq!(whole(options(folder)), all, "{point}: all or nothing");
            // Again: an import leaves what is there, a save says that the name is taken.
            let again = run(folder, operation);
            let taken = after && operation == "save";
            assert_eq!(again.is_err(), taken, "{point}: {again:?}");
            assert_eq!(whole(options(folder)), [&["a", "b", "c"], added(operation)].concat());
        }
        other => panic!("{other}"),
    }
}

/// What an operation adds to the names.
fn added(operation: &str) -> &'static [&'static str] {
    match operation {
        "import" => &["listed-1", "listed-2", "listed-3"],
        _ => &["saved"],
    }
}

/// Each operation with each of its points, and the times that it is stopped there.
fn cases() -> Vec<(&'static str, &'static str, usize)> {
    let mut all = Vec::new();
    for (operation, through) in OPERATIONS {
        for part in through {
            let points = if part.contains('.') { vec![*part] } else { fault::group(part) };
            for point in points {
                all.push((operation, point, 1));
                // In the middle of a loop, too.
                if matches!(
                    point,
                    "rotate.secret"
                        | "answers.row"
                        | "answers.history"
                        | "rotate.draft"
                        | "rotate.context"
                        | "head.secret"
                        | "head.context"
                        | "backup.chunk"
                        | "restore.chunk"
                        | "import.row"
                        | "judge.row"
                ) {
                    all.push((operation, point, 2));
                }
            }
        }
    }
    all
}

#[test]
fn every_point_is_gone_through() {
    let own = |point: &&&str| {
        let elsewhere = ["apply", "agent"];
        point.split_once('.').is_some_and(|(group, _)| !elsewhere.contains(&group))
    };
    let listed: Vec<&str> = fault::POINTS.iter().filter(own).copied().collect();
    let gone: std::collections::BTreeSet<&str> = cases().iter().map(|it| it.1).collect();
    assert!(listed.iter().all(|it| gone.contains(it)) && gone.len() == listed.len());
}

#[test]
fn an_error_at_any_point_loses_nothing() {
    for (operation, point, time) in cases() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), operation);
        let before = if matches!(operation, "open" | "answers" | "rejudge") {
            None
        } else {
            lock(folder.path())
        };
        let (outcome, hits) = fault::failing(point, time, || run(folder.path(), operation));
        assert_eq!(hits, time, "{operation} does not reach {point} so often");
        let error = outcome.expect_err(point);
        assert!(error.to_string().contains(point), "{operation}, {point}: {error}");
        check(folder.path(), operation, point, before);
    }
}

/// Runs an operation until it is killed. Does nothing when it runs as one of the tests.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let operation = std::env::var(OPERATION).unwrap();
    let outcome = run(Path::new(&folder), &operation);
    panic!("it was to be killed: {outcome:?}");
}

#[test]
fn a_kill_at_any_point_loses_nothing() {
    use std::os::unix::process::ExitStatusExt;
    let cases = cases();
    for (operation, point, time) in &cases {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), operation);
        let before = if matches!(*operation, "open" | "answers" | "rejudge") {
            None
        } else {
            lock(folder.path())
        };
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "backend::store::sqlite::tests::faults::victim", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(OPERATION, operation)
            .env(fault::KILL_AT, format!("{point}:{time}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(9), "{operation} was not killed at {point}: {status}");
        check(folder.path(), operation, point, before);
    }
    println!("{} fault points, {} cases", fault::POINTS.len(), cases.len());
}
