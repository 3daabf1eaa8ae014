//! A file that is replaced while a store is open: by name, by content, by another store, by none.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Home, settle};
use crate::backend::store::Store;
use crate::backend::store::sqlite::backup::kept_aside;
use crate::backend::{BackendError, PageRequest};
use crate::testing::contract::{block_on, change, listed, new};

fn names(store: &Store) -> Vec<String> {
    let page = block_on(store.page(PageRequest { after: None, limit: 100 })).unwrap();
    page.rows.iter().map(|it| it.name.to_string()).collect()
}

fn save(store: &Store, name: &str) {
    block_on(store.save(new(listed(name)))).unwrap();
}

/// How somebody puts a file in the place of another one.
#[derive(Debug, Clone, Copy)]
enum How {
    Renamed,
    Copied,
}

fn put(how: How, from: &Path, to: &Path) {
    match how {
        How::Renamed => {
            let beside = to.with_extension("new");
            fs::copy(from, &beside).unwrap();
            fs::rename(beside, to).unwrap();
        }
        How::Copied => drop(fs::copy(from, to).unwrap()),
    }
}

/// What is read is what is there, what is saved is not lost, and whoever watches hears of it; also for a
/// store with another id, and however often.
#[test]
fn another_file_in_its_place_is_seen_and_written() {
    for how in [How::Renamed, How::Copied] {
        let home = Home::new();
        let store = home.open();
        save(&store, "early");
        settle(&home.path());
        let kept = home.folder().join("kept.db");
        fs::copy(home.path(), &kept).unwrap();
        save(&store, "late");
        let other = Home::new();
        save(&other.open(), "of another store");
        settle(&other.path());
        for (from, expected) in
            [(&kept, "early"), (&other.path(), "of another store"), (&kept, "early")]
        {
            assert_eq!(names(&store).len(), 2, "{how:?}");
            let mark = block_on(store.mark()).unwrap();
            settle(&home.path());
            put(how, from, &home.path());
            assert_ne!(block_on(store.mark()).unwrap(), mark, "{how:?}: {expected}");
            assert_eq!(names(&store), [expected], "{how:?}");
            let again = block_on(store.mark()).unwrap();
            assert_eq!(block_on(store.mark()).unwrap(), again, "{how:?}");
            save(&store, "x saved since");
            // Whoever starts now sees it, too.
            assert_eq!(names(&home.open()), [expected, "x saved since"], "{how:?}");
        }
    }
}

/// What was not moved into the file of before is neither lost nor read as part of the new one.
#[test]
fn the_log_of_the_file_before_is_kept_aside() {
    let home = Home::new();
    let store = home.open();
    save(&store, "early");
    settle(&home.path());
    let kept = home.folder().join("kept.db");
    fs::copy(home.path(), &kept).unwrap();
    for name in ["a", "b", "c"] {
        save(&store, name);
    }
    put(How::Renamed, &kept, &home.path());
    assert_eq!(names(&store), ["early"]);
    save(&store, "later");
    let aside = kept_aside(&home.path());
    assert_eq!(aside.len(), 1);
    let mode = fs::metadata(&aside[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    drop(store);
    assert_eq!(names(&home.open()), ["early", "later"]);
    fs::rename(&aside[0], home.path()).unwrap();
    settle(&home.path());
    assert_eq!(names(&home.open()), ["a", "b", "c", "early"]);
}

/// What was read before is no ground for a change: the revision decides.
#[test]
fn a_change_of_what_was_replaced_is_a_conflict() {
    let home = Home::new();
    let store = home.open();
    let made = block_on(store.save(new(listed("a")))).unwrap();
    settle(&home.path());
    let kept = home.folder().join("kept.db");
    fs::copy(home.path(), &kept).unwrap();
    let made = block_on(store.save(change(&made, |it| it.description = "b".to_owned()))).unwrap();
    settle(&home.path());
    put(How::Renamed, &kept, &home.path());
    let refused = block_on(store.save(change(&made, |it| it.description = "c".to_owned())));
    assert!(matches!(refused, Err(BackendError::Conflict { .. })), "{refused:?}");
}

/// A file that is gone, or half of one, is an error and not another store; when it is back, all goes on.
#[test]
fn a_file_that_is_gone_is_an_error_until_it_is_back() {
    let home = Home::new();
    let store = home.open();
    save(&store, "a");
    settle(&home.path());
    let kept = home.folder().join("kept.db");
    fs::copy(home.path(), &kept).unwrap();
    fs::remove_file(home.path()).unwrap();
    for _ in 0..2 {
        let gone = block_on(store.count()).unwrap_err();
        assert!(gone.to_string().contains("is gone"), "{gone}");
        assert!(block_on(store.save(new(listed("lost")))).is_err());
        assert!(!home.path().exists());
    }
    fs::write(home.path(), &fs::read(&kept).unwrap()[..5_000]).unwrap();
    assert!(block_on(store.count()).is_err());
    put(How::Renamed, &kept, &home.path());
    assert_eq!(names(&store), ["a"]);
    save(&store, "b");
    assert_eq!(names(&home.open()), ["a", "b"]);
}

/// A log that another process moves into the file changes nothing.
#[test]
fn what_others_write_in_the_usual_way_is_no_other_file() {
    let home = Home::new();
    let store = home.open();
    save(&store, "a");
    settle(&home.path());
    assert_eq!(names(&store), ["a"]);
    let mark = block_on(store.mark()).unwrap();
    assert_eq!(block_on(store.mark()).unwrap(), mark);
    save(&home.open(), "b");
    settle(&home.path());
    assert_ne!(block_on(store.mark()).unwrap(), mark);
    assert_eq!(names(&store), ["a", "b"]);
}
