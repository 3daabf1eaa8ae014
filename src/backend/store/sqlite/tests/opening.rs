//! Places, permissions, settings, and leaving.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::Home;
use crate::backend::BackendError;
use crate::backend::store::sqlite::open;
use crate::backend::store::sqlite::schema::APPLICATION_ID;
use crate::backend::store::worker::Cancel;
use crate::backend::store::{OpenOptions, Store};
use crate::domain::key::KeyKind;
use crate::testing::contract::{block_on, groups, held, listed, new, source};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_are_private_from_the_first_moment() {
    // E2
    let home = Home::new();
    let store = home.open();
    block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        store.save(new(source("a", held(&key, home.clock.now())))).await.unwrap();
    });
    for file in [home.path(), home.beside("-wal"), home.beside("-shm"), home.key_path()] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(home.path().parent().unwrap()), 0o700);
    assert_eq!(mode(home.key_path().parent().unwrap()), 0o700);
    drop(store);
    // Opened to others by accident, it is closed again; a folder that others share stays.
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(home.path().parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    drop(home.open());
    assert_eq!(mode(&home.path()), 0o600);
    assert_eq!(mode(home.path().parent().unwrap()), 0o755);
    // What others could change is not believed any more.
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o664)).unwrap();
    let error = Store::open(home.options()).err().unwrap();
    assert!(error.to_string().contains("others on this machine can change it"), "{error}");
}

#[test]
fn no_key_file_before_the_first_secret() {
    let home = Home::new();
    let store = home.open();
    block_on(async {
        store.save(new(listed("a"))).await.unwrap();
        store.save(new(groups("b"))).await.unwrap();
        assert!(store.drafts().await.unwrap().is_empty());
    });
    assert!(!home.key_path().exists());
    block_on(store.issue_key(KeyKind::Connection)).unwrap();
    assert!(home.key_path().exists());
}

#[test]
fn every_setting_is_made_and_checked() {
    let home = Home::new();
    drop(home.open());
    let (conn, _present) = open::file(&home.options(), &Cancel::default()).unwrap();
    let reported =
        |name: &str| conn.pragma_query_value(None, name, |it| it.get::<_, i64>(0)).unwrap();
    let mode: String = conn.pragma_query_value(None, "journal_mode", |it| it.get(0)).unwrap();
    assert_eq!((&*mode, reported("synchronous"), reported("foreign_keys")), ("wal", 2, 1));
    assert_eq!(reported("application_id"), i64::from(APPLICATION_ID));
    assert!(reported("user_version") >= 1);
    // A setting that does not hold is an error, not a hope.
    conn.pragma_update(None, "synchronous", 1).unwrap();
    assert!(open::check(&conn).is_err());
}

#[test]
fn network_file_systems_are_refused() {
    let home = Home::new();
    let options = OpenOptions { prober: |_| Ok(Some("nfs".into())), ..home.options() };
    let error = Store::open(options).err().unwrap();
    assert_eq!(error, BackendError::NetworkFileSystem { path: home.path(), kind: "nfs".into() });
    assert!(!home.path().exists(), "nothing is left there");
    // A file system that does not answer is given a try.
    let options =
        OpenOptions { prober: |_| Err(std::io::ErrorKind::Unsupported.into()), ..home.options() };
    assert!(Store::open(options).is_ok());
}

#[test]
fn a_started_store_shows_its_error_with_every_call() {
    let home = Home::new();
    fs::create_dir_all(home.path()).unwrap();
    let store = Store::start(home.options()).unwrap();
    let refused = BackendError::NotAStore { path: home.path() };
    block_on(async {
        assert_eq!(store.opened().await, Err(refused.clone()));
        assert_eq!(store.count().await, Err(refused.clone()));
        assert_eq!(store.drafts().await, Err(refused));
    });
}

#[test]
fn openers_at_once_make_one_store() {
    for _ in 0..8 {
        let home = Home::new();
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (home, start) = (&home, &start);
                scope.spawn(move || {
                    start.wait();
                    let store = home.open();
                    block_on(store.save(new(listed(&format!("n{number}"))))).unwrap();
                });
            }
        });
        assert_eq!(block_on(home.open().count()), Ok(8));
    }
}

#[test]
fn what_was_written_is_in_the_file_itself_after_leaving() {
    // So that whoever copies the one file has it all.
    let home = Home::new();
    let store = home.open();
    block_on(store.save(new(listed("a")))).unwrap();
    drop(store);
    let copy = Home::new();
    fs::create_dir_all(copy.path().parent().unwrap()).unwrap();
    fs::copy(home.path(), copy.path()).unwrap();
    assert_eq!(block_on(copy.open().count()), Ok(1));
}

#[test]
fn a_locked_store_is_busy_and_a_dropped_call_stops_waiting() {
    let home = Home::new();
    let short = OpenOptions { busy_timeout: Duration::from_millis(50), ..home.options() };
    let store = Store::open(short).unwrap();
    let patient = home.open();
    let other = home.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    block_on(async {
        assert_eq!(store.save(new(listed("a"))).await, Err(BackendError::Busy));
        // Reading goes on.
        assert_eq!(store.count().await, Ok(0));
        // This one would wait for five seconds. Taken back, it lets the next call through
        // while the lock is still held.
        let save = patient.save(new(listed("a")));
        let mut save = Box::pin(save);
        let first = std::future::poll_fn(|cx| std::task::Poll::Ready(save.as_mut().poll(cx))).await;
        assert!(first.is_pending());
        drop(save);
        assert_eq!(patient.count().await, Ok(0));
    });
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(block_on(store.count()), Ok(0));
    block_on(patient.save(new(listed("a")))).unwrap();
}

#[test]
fn files_are_private_whatever_the_umask() {
    for umask in ["000", "077"] {
        let done = std::process::Command::new("sh")
            .args(["-c", "umask $1; shift; exec \"$@\"", "sh", umask])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "backend::store::sqlite::tests::opening::files_are_private_from_the_first_moment",
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.contains("1 passed"), "umask {umask}: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_place_that_cannot_be_written_is_reported() {
    // Nobody may make folders there, root included.
    let path = Path::new("/sys/jetbridge/store.db");
    let error = Store::open(OpenOptions::new(path, "/sys/jetbridge/key", "anna")).err().unwrap();
    let folder = path.parent().unwrap().to_owned();
    assert_eq!(error, BackendError::ReadOnly { path: folder });
}

#[test]
fn rows_share_their_texts() {
    let store = Store::in_memory("anna").unwrap();
    block_on(async {
        for name in ["a", "b", "c"] {
            store.save(new(listed(name))).await.unwrap();
        }
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let page = store.page(crate::backend::PageRequest { after, limit: 1 }).await.unwrap();
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(rows.len(), 3);
        assert!(std::ptr::eq(&*rows[0].tenant, &*rows[2].tenant));
        assert!(std::ptr::eq(&*rows[0].modified_by, &*rows[2].modified_by));
    });
}

#[test]
fn leaving_does_not_wait_for_a_lock() {
    let home = Home::new();
    let patient = OpenOptions { busy_timeout: Duration::from_secs(3_600), ..home.options() };
    let store = Store::open(patient).unwrap();
    let other = home.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    block_on(async {
        let mut save = store.save(new(listed("a")));
        let first = std::future::poll_fn(|cx| std::task::Poll::Ready(save.as_mut().poll(cx))).await;
        assert!(first.is_pending());
    });
    // Would hang for an hour.
    drop(store);
    // Nor while the store is still being opened: this lock stands in the way of reading.
    let home = Home::new();
    fs::create_dir_all(home.path().parent().unwrap()).unwrap();
    let other = home.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let patient = OpenOptions { busy_timeout: Duration::from_secs(3_600), ..home.options() };
    drop(Store::start(patient).unwrap());
}
