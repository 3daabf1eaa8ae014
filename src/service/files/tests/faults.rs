//! Every fault point of `apply`, on the embedded store: an error and a `kill -9` at each. Whatever
//! is stopped, each connection is whole, as it was or as the files say, and the same files applied
//! again do the rest. RELIABILITY §6.
//!
//! The process that is killed is this test binary again, running the test `victim`.

use std::process::{Command, Stdio};

use super::*;
use crate::backend::PageRequest;
use crate::backend::store::{OpenOptions, Store};
use crate::testing::contract::TestClock;
use crate::testing::fault;

const FOLDER: &str = "JETBRIDGE_TEST_APPLY";

fn store(folder: &Path) -> Store {
    let (path, key) = (folder.join("data/store.db"), folder.join("config/vault.key"));
    let clock = TestClock::new().clock();
    Store::open(OpenOptions { clock, ..OpenOptions::new(path, key, "anna") }).unwrap()
}

/// Two connections with issued keys; one that stands there already, and one that goes.
fn files() -> Records {
    let second = SOURCE.replace("Contoso devices", "Fabrikam devices");
    toml(&format!("{SOURCE}{second}description = \"from a file\"\n"))
}

/// What stands before: one connection that the files change, and one that they do not name.
fn prepare(folder: &Path) {
    let store = store(folder);
    let before = SOURCE.replace("Contoso devices", "Fabrikam devices");
    let gone = SOURCE.replace("Contoso devices", "Tailspin devices");
    let done = block(async {
        let entries = toml(&format!("{before}{gone}"));
        let plan = plan_and_read(&store, &entries, options(), false, &mut vault()).await.unwrap();
        apply(&store, plan, &limits(), &mut |_| ControlFlow::Continue(())).await
    });
    assert!(done.iter().all(|it| it.result.is_ok()), "{done:?}");
}

fn vault() -> Vault {
    Vault::with(&[("secret.txt", "not-real-1")])
}

/// Applies the files, pruning what they do not name.
fn run(folder: &Path) -> Vec<Done> {
    let store = store(folder);
    block(async {
        let plan = plan_and_read(&store, &files(), options(), true, &mut vault()).await.unwrap();
        apply(&store, plan, &limits(), &mut |_| ControlFlow::Continue(())).await
    })
}

/// Every connection is whole; then the same files do the rest, and once more nothing.
fn check(folder: &Path, point: &str) {
    let store = store(folder);
    block(async {
        store.check_sealed().await.unwrap();
        let page = store.page(PageRequest { after: None, limit: 99 }).await.unwrap();
        for row in &page.rows {
            let it = store.connection(row.id).await.unwrap();
            let key = issued(&it);
            assert!(key.is_some(), "{point}: {} has no key", it.name);
            let text = store.reveal(row.id, "configuration_key".into()).await.unwrap();
            assert!(crate::domain::key::parse(text.expose()).is_ok(), "{point}");
            let changed = it.description == "from a file";
            assert!(changed == (it.revision == 2) && it.revision <= 2, "{point}: {}", it.name);
        }
    });
    drop(store);
    assert!(run(folder).iter().all(|it| it.result.is_ok()), "{point}");
    let store = self::store(folder);
    block(async {
        let rows = store.page(PageRequest { after: None, limit: 99 }).await.unwrap().rows;
        let names: Vec<&str> = rows.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["Contoso devices", "Fabrikam devices"], "{point}");
        let plan = plan_and_read(&store, &files(), options(), true, &mut vault()).await.unwrap();
        assert!(plan.is_empty(), "{point}: {:#?}", plan.steps);
    });
}

/// Each point, the first time and, where there is one, the second.
fn cases() -> Vec<(&'static str, usize)> {
    let twice = |point: &'static str| match point {
        "apply.issued" | "apply.saved" => vec![(point, 1), (point, 2)],
        _ => vec![(point, 1)],
    };
    fault::group("apply").into_iter().flat_map(twice).collect()
}

#[test]
fn an_error_at_any_point_leaves_whole_connections() {
    for (point, time) in cases() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let (done, hits) = fault::failing(point, time, || run(folder.path()));
        assert!(hits >= time, "{point} is not reached so often");
        let failed: Vec<_> = done.iter().filter_map(|it| it.result.as_ref().err()).collect();
        assert!(!failed.is_empty(), "{point}");
        assert!(failed.iter().all(|it| it.to_string().contains(point)), "{point}: {failed:?}");
        check(folder.path(), point);
    }
}

/// Applies until it is killed. Does nothing when it runs as one of the tests.
#[test]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let done = run(Path::new(&folder));
    panic!("it was to be killed: {done:?}");
}

#[test]
fn a_kill_at_any_point_leaves_whole_connections() {
    use std::os::unix::process::ExitStatusExt;
    for (point, time) in cases() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "service::files::tests::faults::victim", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(fault::KILL_AT, format!("{point}:{time}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.signal(), Some(9), "not killed at {point}: {status}");
        check(folder.path(), point);
    }
}
