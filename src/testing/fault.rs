//! Fault points: places between two steps where a test can make an operation fail, or kill the
//! process.
//!
//! `fault!("group.point")` stands between two steps of an operation that must survive being
//! stopped there; the function around it returns a `Result` whose error is made from
//! [`Injected`]. Every point is listed once in [`POINTS`]; a test holds list and source equal, and
//! the tests of an operation go through all points of its group by [`group`].

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::backend::BackendError;

/// Every fault point, by group.
pub(crate) const POINTS: &[&str] = &[
    "migrate.begun",
    "migrate.tables",
    "migrate.marked",
    "migrate.numbered",
    "migrate.committed",
    "answers.row",
    "answers.history",
    "keyfile.written",
    "keyfile.placed",
    "keyfile.synced",
    "init.prepared",
    "init.wrapped",
    "init.row",
    "init.committed",
    "head.secret",
    "head.context",
    "head.bound",
    "head.row",
    "rewrap.prepared",
    "rewrap.begun",
    "rewrap.wrapped",
    "rewrap.checked",
    "rewrap.row",
    "rewrap.committed",
    "rewrap.settled",
    "rotate.prepared",
    "rotate.begun",
    "rotate.wrapped",
    "rotate.checked",
    "rotate.secret",
    "rotate.answers",
    "rotate.secrets",
    "rotate.draft",
    "rotate.drafts",
    "rotate.context",
    "rotate.contexts",
    "rotate.row",
    "rotate.committed",
    "rotate.settled",
    "backup.begun",
    "backup.copied",
    "backup.single",
    "backup.keyed",
    "backup.header",
    "backup.chunk",
    "backup.sealed",
    "backup.synced",
    "backup.renamed",
    "restore.header",
    "restore.keyed",
    "restore.chunk",
    "restore.unsealed",
    "restore.checked",
    "restore.rewrapped",
    "restore.synced",
    "restore.held",
    "restore.aside",
    "restore.replaced",
    "restore.settled",
    "import.begun",
    "import.row",
    "import.rows",
    "import.committed",
    "judge.row",
    "judge.marked",
    "judge.committed",
    "save.row",
    "save.answers",
    "save.secrets",
    "save.keys",
    "save.history",
    "save.committed",
    "purge.parts",
    "purge.rows",
    "purge.drafts",
    "purge.beside",
    "purge.committed",
    "apply.issued",
    "apply.saved",
    "apply.deleted",
    "agent.begun",
    "agent.written",
    "agent.checked",
    "agent.placed",
];

/// Where the points of each group are gone through, one by one: an error there, and a kill.
const ASSERTED: &[(&str, &str)] = &[
    ("migrate", "src/backend/store/sqlite/tests/faults.rs"),
    ("answers", "src/backend/store/sqlite/tests/faults.rs"),
    ("keyfile", "src/backend/store/sqlite/tests/faults.rs"),
    ("init", "src/backend/store/sqlite/tests/faults.rs"),
    ("head", "src/backend/store/sqlite/tests/faults.rs"),
    ("rewrap", "src/backend/store/sqlite/tests/faults.rs"),
    ("rotate", "src/backend/store/sqlite/tests/faults.rs"),
    ("backup", "src/backend/store/sqlite/tests/faults.rs"),
    ("restore", "src/backend/store/sqlite/tests/faults.rs"),
    ("import", "src/backend/store/sqlite/tests/faults.rs"),
    ("judge", "src/backend/store/sqlite/tests/faults.rs"),
    ("save", "src/backend/store/sqlite/tests/faults.rs"),
    ("purge", "src/backend/store/sqlite/tests/faults.rs"),
    ("apply", "src/service/files/tests/faults.rs"),
    ("agent", "src/service/agent/tests/faults.rs"),
];

/// Names the point at which a child process kills itself: `group.point` or `group.point:2`
/// for the second time that it is reached.
pub(crate) const KILL_AT: &str = "JETBRIDGE_TEST_KILL_AT";

/// The points of a group.
pub(crate) fn group(name: &str) -> Vec<&'static str> {
    let of = |point: &&&str| point.split_once('.').is_some_and(|(group, _)| group == name);
    POINTS.iter().filter(of).copied().collect()
}

/// The error that a fault point gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Injected(pub(crate) &'static str);

impl From<Injected> for BackendError {
    fn from(at: Injected) -> Self {
        Self::Other(format!("injected at {}", at.0))
    }
}

impl From<Injected> for std::io::Error {
    fn from(at: Injected) -> Self {
        Self::other(format!("injected at {}", at.0))
    }
}

/// What a test wants to happen.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    fail_at: Option<&'static str>,
    /// How often the point was reached.
    hits: AtomicUsize,
    /// From which time on it fails, from 1.
    from: usize,
}

thread_local! {
    static PLAN: RefCell<Option<Arc<Plan>>> = const { RefCell::new(None) };
}

/// The plan of this thread.
fn current() -> Option<Arc<Plan>> {
    PLAN.with_borrow(Clone::clone)
}

/// Runs with a point that fails, from the `from`th time on; says how often it was reached.
pub(crate) fn failing<T>(point: &'static str, from: usize, work: impl FnOnce() -> T) -> (T, usize) {
    assert!(POINTS.contains(&point), "{point} is not listed");
    let plan = Arc::new(Plan { fail_at: Some(point), from, ..Plan::default() });
    PLAN.set(Some(plan.clone()));
    let done = work();
    PLAN.set(None);
    (done, plan.hits.load(Ordering::SeqCst))
}

/// A fault point is reached.
pub(crate) fn reach(name: &'static str) -> Result<(), Injected> {
    assert!(POINTS.contains(&name), "list the fault point {name} in fault.rs");
    kill(name);
    let Some(plan) = current() else { return Ok(()) };
    if plan.fail_at != Some(name) {
        return Ok(());
    }
    let hit = plan.hits.fetch_add(1, Ordering::SeqCst) + 1;
    if hit >= plan.from { Err(Injected(name)) } else { Ok(()) }
}

fn kill(name: &str) {
    static AT: OnceLock<Option<(String, usize)>> = OnceLock::new();
    static HITS: AtomicUsize = AtomicUsize::new(0);
    let at = AT.get_or_init(|| {
        let text = std::env::var(KILL_AT).ok()?;
        let (point, time) = text.split_once(':').unwrap_or((&text, "1"));
        Some((point.to_owned(), time.parse().unwrap()))
    });
    let Some((point, time)) = at else { return };
    if point == name && HITS.fetch_add(1, Ordering::SeqCst) + 1 == *time {
        let own = rustix::process::getpid();
        // SIGKILL: nothing of ours runs after it.
        let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        unreachable!("a process outlived its own SIGKILL");
    }
}

/// Does work on another thread by the plan of this one, which counts it as its own, and forgets
/// both there afterwards.
pub(crate) fn carrying<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let (plan, counter) = (current(), crate::testing::work::current());
    move || {
        PLAN.set(plan);
        crate::testing::work::adopt(counter);
        let done = work();
        PLAN.set(None);
        crate::testing::work::adopt(Arc::default());
        done
    }
}

/// A group that no test goes through would be a promise without proof. The tests themselves
/// fail when a point of theirs is not reached.
#[test]
fn every_group_is_gone_through_somewhere() {
    let groups: std::collections::BTreeSet<&str> =
        POINTS.iter().filter_map(|it| it.split_once('.')).map(|(group, _)| group).collect();
    let asserted: std::collections::BTreeSet<&str> = ASSERTED.iter().map(|it| it.0).collect();
    assert_eq!(groups, asserted);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (group, file) in ASSERTED {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(&format!("\"{group}")), "{group} in {file}");
        for needed in ["fault::failing(", "fault::KILL_AT", "fault::group("] {
            assert!(text.contains(needed), "{needed} in {file}");
        }
    }
}

#[test]
fn list_and_source_are_equal() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "rs")
                && !path.starts_with(root.join("testing"))
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let points = text.match_indices("fault!(\"").map(|(at, head)| {
                    let rest = &text[at + head.len()..];
                    rest[..rest.find('"').unwrap()].to_owned()
                });
                found.extend(points);
            }
        }
    }
    found.sort();
    let mut listed: Vec<String> = POINTS.iter().map(|&it| it.to_owned()).collect();
    listed.sort();
    assert_eq!(found, listed, "each point stands once in the source and once in the list");
}
