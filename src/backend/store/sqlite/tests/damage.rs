//! Files that are not what they should be. Nothing of them is ever changed.

use std::fs;

use super::{Home, settle};
use crate::backend::store::sqlite::schema::MIGRATIONS;
use crate::backend::{BackendError, PageRequest};
use crate::testing::contract::{block_on, listed, new, row};

fn filled(rows: u64) -> Home {
    let home = Home::new();
    let store = home.open();
    let rows = (0..rows).map(|n| row(n + 2, &format!("name-{n:05}"))).collect();
    block_on(store.import(rows)).unwrap();
    drop(store);
    settle(&home.path());
    home
}

#[test]
fn a_junk_file_is_no_store_and_is_kept() {
    let text = vec![b'x'; 20_000];
    for junk in [b"hello".to_vec(), vec![0; 4_096], text] {
        let home = Home::new();
        fs::create_dir_all(home.path().parent().unwrap()).unwrap();
        fs::write(home.path(), &junk).unwrap();
        assert_eq!(home.refused(), BackendError::NotAStore { path: home.path() });
        assert_eq!(fs::read(home.path()).unwrap(), junk);
    }
}

#[test]
fn another_programs_database_is_no_store_and_is_kept() {
    let home = Home::new();
    fs::create_dir_all(home.path().parent().unwrap()).unwrap();
    home.sql().execute_batch("CREATE TABLE songs (title TEXT); PRAGMA user_version = 1").unwrap();
    let before = fs::read(home.path()).unwrap();
    assert_eq!(home.refused(), BackendError::NotAStore { path: home.path() });
    assert_eq!(fs::read(home.path()).unwrap(), before);
}

#[test]
fn a_newer_store_is_refused_and_kept() {
    let home = filled(3);
    let known = MIGRATIONS.last().unwrap().version;
    home.sql().pragma_update(None, "user_version", known + 1).unwrap();
    settle(&home.path());
    let before = fs::read(home.path()).unwrap();
    assert_eq!(home.refused(), BackendError::TooNew { found: known + 1, known });
    assert_eq!(fs::read(home.path()).unwrap(), before);
}

#[test]
fn a_cut_store_is_damaged_not_empty() {
    let home = filled(500);
    let whole = fs::read(home.path()).unwrap();
    for length in [1, 15, 50, 99, 100, 101, 511, 4_095, 4_096, whole.len() / 2, whole.len() - 1] {
        fs::write(home.path(), &whole[..length]).unwrap();
        let error = home.refused();
        let expected = if length < 16 {
            matches!(error, BackendError::NotAStore { .. })
        } else {
            matches!(error, BackendError::Damaged { .. })
        };
        assert!(expected, "{length} bytes: {error:?}");
        assert_eq!(fs::read(home.path()).unwrap().len(), length, "left as it was");
    }
    fs::write(home.path(), &whole).unwrap();
    assert_eq!(block_on(home.open().count()), Ok(500));
}

#[test]
fn a_damaged_page_is_reported() {
    let home = filled(3_000);
    let mut bytes = fs::read(home.path()).unwrap();
    // Every page but the first overwritten: the schema still reads, the list does not.
    bytes[4_096..].fill(0xa5);
    fs::write(home.path(), &bytes).unwrap();
    let store = crate::backend::store::Store::start(home.options()).unwrap();
    let error = block_on(store.page(PageRequest { after: None, limit: 10 })).unwrap_err();
    assert!(matches!(error, BackendError::Damaged { .. }), "{error:?}");
    assert!(!error.hint().is_empty());
}

#[test]
fn values_that_no_jetbridge_writes_are_damage() {
    let home = filled(1);
    let store = home.open();
    let made = block_on(store.save(new(crate::testing::contract::groups("g")))).unwrap();
    home.sql().execute("UPDATE answers SET json = '{\"groups\": 7}'", []).unwrap();
    let error = block_on(store.connection(made.id)).unwrap_err();
    assert!(matches!(error, BackendError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_full_disk_changes_nothing() {
    let home = filled(10);
    let store = home.open();
    // The file may not grow any more, as on a full disk.
    block_on(store.worker.call(super::super::worker::Manner::Finish, |db| {
        db.raw(|conn| {
            let pages: i64 = conn.pragma_query_value(None, "page_count", |it| it.get(0))?;
            conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
            Ok(())
        })
    }))
    .unwrap();
    let rows = (0..5_000).map(|n| row(n + 2, &format!("more-{n:05}"))).collect();
    assert_eq!(block_on(store.import(rows)), Err(BackendError::DiskFull));
    assert_eq!(block_on(store.count()), Ok(10));
    let mut draft = listed("big");
    draft.description = "x".repeat(4_000);
    let mut last = Ok(());
    for number in 0..20 {
        draft.name = format!("big {number}");
        if let Err(error) = block_on(store.save(new(draft.clone()))) {
            last = Err(error);
            break;
        }
    }
    assert_eq!(last, Err(BackendError::DiskFull));
    drop(store);
    // With space again everything goes on.
    let store = home.open();
    let before = block_on(store.count()).unwrap();
    block_on(store.save(new(draft))).unwrap();
    assert_eq!(block_on(store.count()), Ok(before + 1));
    let checked: String =
        home.sql().query_row("PRAGMA integrity_check", [], |it| it.get(0)).unwrap();
    assert_eq!(checked, "ok");
}
