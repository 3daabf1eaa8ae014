//! Backups: whole, sealed, and checked before they replace anything.

use std::fs;
use std::path::PathBuf;

use super::Home;
use crate::backend::store::sqlite::backup::{Made, Unsealed, Wanted};
use crate::backend::store::{NewKey, OpenOptions, Source, Store, Unlock};
use crate::backend::{BackendError, FormDraft, PageRequest};
use crate::domain::key::KeyKind;
use crate::domain::{Connection, Secret};
use crate::files::Why;
use crate::testing::contract::{block_on, held, listed, new, source};
use crate::testing::contract::{delete, id_of};

const PASSPHRASE: &str = "not-a-real passphrase";

fn save(home: &Home, store: &Store, name: &str) -> Connection {
    block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        store.save(new(source(name, held(&key, home.clock.now())))).await.unwrap()
    })
}

/// A store with secrets and a draft.
fn filled(home: &Home) -> Store {
    let store = Store::open(home.with(Unlock::default())).unwrap();
    save(home, &store, "a");
    save(home, &store, "b");
    let draft = FormDraft {
        id: "form-1".into(),
        connection: None,
        title: "draft title".into(),
        content: Secret::new("not-real-draft"),
        saved_at: home.clock.now(),
    };
    block_on(store.save_draft(draft)).unwrap();
    store
}

fn file(home: &Home) -> PathBuf {
    home.folder().join("store.jbb")
}

fn back_up(home: &Home, store: &Store, passphrase: Option<&str>) -> Made {
    let passphrase = passphrase.map(Secret::new);
    block_on(store.back_up(Wanted { file: file(home), replace: true, passphrase })).unwrap()
}

fn names(store: &Store) -> Vec<String> {
    let page = block_on(store.page(PageRequest { after: None, limit: 1_000 })).unwrap();
    page.rows.iter().map(|it| it.name.to_string()).collect()
}

fn given(text: &str) -> Unlock {
    Unlock { given: Some(Secret::new(text)), ..Unlock::default() }
}

fn asked(text: &'static str) -> Unlock {
    let ask: crate::backend::store::Asker = std::sync::Arc::new(move |_| Ok(Secret::new(text)));
    Unlock { ask: Some(ask), ..Unlock::default() }
}

fn restore(options: &OpenOptions, home: &Home) -> crate::backend::store::sqlite::backup::Restored {
    Unsealed::read(options, &file(home)).unwrap().replace(options).unwrap()
}

#[test]
fn a_backup_brings_back_what_was() {
    let home = Home::new();
    let store = filled(&home);
    let made = back_up(&home, &store, None);
    assert_eq!(made.source, Source::File);
    let before: Vec<Connection> = names(&store)
        .into_iter()
        .map(|name| {
            let id = block_on(id_of(&store, &name)).unwrap();
            block_on(store.connection(id)).unwrap()
        })
        .collect();
    block_on(delete(&store, &[before[0].id]));
    save(&home, &store, "later");
    drop(store);
    let options = home.options();
    let unsealed = Unsealed::read(&options, &file(&home)).unwrap();
    let contents = unsealed.contents().clone();
    assert_eq!((contents.connections, contents.secrets, contents.drafts), (2, 6, 1));
    assert_eq!(contents.made_at, made.at);
    let restored = unsealed.replace(&options).unwrap();
    let store = home.open();
    assert_eq!(names(&store), ["a", "b"]);
    for of in &before {
        assert_eq!(block_on(store.connection(of.id)).unwrap(), *of);
        let text = block_on(store.reveal(of.id, "client_secret".into())).unwrap();
        assert_eq!(text.expose(), "not-real-client-secret");
    }
    assert_eq!(block_on(store.drafts()).unwrap()[0].content.expose(), "not-real-draft");
    drop(store);
    // The one that was there is a store of its own still.
    let aside = restored.aside.unwrap();
    let name = aside.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name, "store.db.before-restore-20260301T120000Z");
    let old = Store::open(OpenOptions { path: aside, ..home.options() }).unwrap();
    assert_eq!(names(&old), ["b", "later"]);
    // Again: nothing kept aside is overwritten.
    drop(old);
    let again = restore(&options, &home).aside.unwrap();
    assert!(again.to_str().unwrap().ends_with("20260301T120000Z-2"));
}

#[test]
fn the_file_is_private_sealed_and_not_overwritten() {
    let home = Home::new();
    let store = filled(&home);
    back_up(&home, &store, None);
    let bytes = fs::read(file(&home)).unwrap();
    assert!(bytes.len() > 60_000);
    for needle in ["SQLite format", "CREATE TABLE", "tenant", "not-real", "draft title", "anna"] {
        assert!(memchr::memmem::find(&bytes, needle.as_bytes()).is_none(), "{needle}");
    }
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(file(&home)).unwrap().permissions().mode() & 0o777, 0o600);
    let wanted = Wanted { file: file(&home), replace: false, passphrase: None };
    let refused = block_on(store.back_up(wanted));
    assert!(matches!(refused, Err(BackendError::File(it)) if it.why == Why::Exists));
    assert_eq!(fs::read(file(&home)).unwrap(), bytes);
    let left: Vec<_> = fs::read_dir(home.path().parent().unwrap())
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .filter(|it| it.to_string_lossy().starts_with(".jetbridge"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn another_machine_needs_the_key_and_no_more() {
    let (home, other) = (Home::new(), Home::new());
    let store = filled(&home);
    back_up(&home, &store, None);
    fs::copy(file(&home), file(&other)).unwrap();
    let refused = Unsealed::read(&other.options(), &file(&other));
    assert!(matches!(refused, Err(BackendError::Vault { .. })), "{refused:?}");
    assert!(!other.path().exists(), "nothing is made");
    // Handed over for the restore, and put in its place for later.
    let key = fs::read_to_string(home.key_path()).unwrap();
    let restored = restore(&other.with(given(&key)), &other);
    assert_eq!((restored.aside, restored.rewrapped), (None, false));
    fs::create_dir_all(other.key_path().parent().unwrap()).unwrap();
    fs::copy(home.key_path(), other.key_path()).unwrap();
    let store = other.open();
    assert_eq!(names(&store), ["a", "b"]);
    assert_eq!(block_on(store.check_sealed()).unwrap().secrets, 6);
}

#[test]
fn a_backup_with_a_passphrase_needs_nothing_else() {
    let (home, other) = (Home::new(), Home::new());
    let store = filled(&home);
    let made = back_up(&home, &store, Some(PASSPHRASE));
    assert_eq!(made.source, Source::Passphrase);
    // The store itself opens as before.
    assert_eq!(block_on(store.vault_status()).unwrap().lock.unwrap().source, Source::File);
    fs::copy(file(&home), file(&other)).unwrap();
    let wrong = Unsealed::read(&other.with(given("wrong")), &file(&other));
    assert!(matches!(wrong, Err(BackendError::Locked { .. })));
    let restored = restore(&other.with(given(PASSPHRASE)), &other);
    assert!(restored.rewrapped && restored.source == Source::Passphrase);
    let store = Store::open(other.with(given(PASSPHRASE))).unwrap();
    assert_eq!(block_on(store.check_sealed()).unwrap().secrets, 6);
    block_on(store.rewrap(NewKey::File)).unwrap();
    drop(store);
    assert_eq!(block_on(other.open().check_sealed()).unwrap().drafts, 1);
}

#[test]
fn where_the_own_key_opens_the_store_keeps_it() {
    let home = Home::new();
    back_up(&home, &filled(&home), Some(PASSPHRASE));
    let restored = restore(&home.with(asked(PASSPHRASE)), &home);
    assert_eq!((restored.source, restored.rewrapped), (Source::File, false));
    assert_eq!(block_on(home.open().check_sealed()).unwrap().secrets, 6);
}

fn envelope(home: &Home) -> Vec<u8> {
    home.sql().query_row("SELECT envelope FROM vault", [], |it| it.get(0)).unwrap()
}

/// Somebody was given a backup with its passphrase, and gets hold of the store later. Issue 13, point 3.
#[test]
fn the_passphrase_of_a_backup_opens_no_store() {
    let home = Home::new();
    let store = filled(&home);
    back_up(&home, &store, Some(PASSPHRASE));
    drop(store);
    let (own, backup) = (envelope(&home), fs::read(file(&home)).unwrap());
    let at = memchr::memmem::find(&backup, &own[..4]).unwrap();
    let theirs = &backup[at..at + own.len()];
    home.sql().execute("UPDATE vault SET envelope = ?1", [theirs]).unwrap();
    // Whoever takes the file has neither key file nor what was known of the store.
    fs::remove_dir_all(home.key_path().parent().unwrap()).unwrap();
    let store = Store::open(home.with(given(PASSPHRASE))).unwrap();
    assert_eq!(block_on(store.vault_status()).unwrap().lock.unwrap().source, Source::Passphrase);
    let opened = block_on(store.check_sealed());
    assert!(matches!(opened, Err(BackendError::Vault { .. })), "{opened:?}");
}

#[test]
fn an_older_backup_opens_after_a_rotation() {
    let home = Home::new();
    let store = filled(&home);
    back_up(&home, &store, None);
    block_on(store.rotate(NewKey::Same)).unwrap();
    block_on(store.rewrap(NewKey::Same)).unwrap();
    drop(store);
    let rotated = envelope(&home);
    restore(&home.options(), &home);
    assert_eq!(envelope(&home), rotated, "the data key of before does not come back");
    assert_eq!(block_on(home.open().check_sealed()).unwrap().secrets, 6);
}

#[test]
fn a_store_that_somebody_has_open_is_not_replaced() {
    let home = Home::new();
    let store = filled(&home);
    back_up(&home, &store, None);
    let options = home.options();
    let unsealed = Unsealed::read(&options, &file(&home)).unwrap();
    assert_eq!(unsealed.replace(&options).unwrap_err(), BackendError::Busy);
    save(&home, &store, "still here");
    drop(store);
    // Nor under a program that knows only SQLite's locks.
    let foreign = home.sql();
    let _: u32 = foreign.query_row("SELECT count(*) FROM connections", [], |it| it.get(0)).unwrap();
    let unsealed = Unsealed::read(&options, &file(&home)).unwrap();
    assert_eq!(unsealed.replace(&options).unwrap_err(), BackendError::Busy);
    drop(foreign);
    assert_eq!(names(&home.open()), ["a", "b", "still here"]);
    restore(&options, &home);
    assert_eq!(names(&home.open()), ["a", "b"]);
}

#[test]
fn whoever_opens_during_a_restore_gets_the_new_one() {
    let home = Home::new();
    let store = filled(&home);
    back_up(&home, &store, None);
    save(&home, &store, "later");
    drop(store);
    let options = home.options();
    for _ in 0..10 {
        let unsealed = Unsealed::read(&options, &file(&home)).unwrap();
        let (home, options) = (&home, &options);
        std::thread::scope(|scope| {
            let opening = scope.spawn(move || {
                let store = home.open();
                block_on(store.save(new(listed("x")))).map(|it| it.id)
            });
            let replaced = unsealed.replace(options);
            let saved = opening.join().unwrap();
            match replaced {
                // It came too late, or waited and saved into the new store.
                Ok(_) => {
                    let made = saved.unwrap();
                    let there = block_on(home.open().connection(made));
                    assert_eq!(there.unwrap().name, "x");
                }
                Err(error) => assert_eq!(error, BackendError::Busy),
            }
        });
        let store = home.open();
        if let Some(id) = block_on(id_of(&store, "x")) {
            block_on(delete(&store, &[id]));
        }
    }
}

#[test]
fn a_damaged_store_is_replaced_and_kept() {
    let home = Home::new();
    let store = filled(&home);
    back_up(&home, &store, None);
    drop(store);
    let junk = vec![0x5a; 40_000];
    fs::write(home.path(), &junk).unwrap();
    fs::write(home.beside("-wal"), b"a log of before").unwrap();
    let aside = restore(&home.options(), &home).aside.unwrap();
    assert_eq!(fs::read(&aside).unwrap(), junk);
    let mut log = aside.into_os_string();
    log.push("-wal");
    assert_eq!(fs::read(log).unwrap(), b"a log of before");
    assert_eq!(names(&home.open()), ["a", "b"]);
}

#[test]
fn what_was_altered_replaces_nothing() {
    let home = Home::new();
    let store = filled(&home);
    back_up(&home, &store, None);
    save(&home, &store, "later");
    drop(store);
    let good = fs::read(file(&home)).unwrap();
    let (middle, last) = (good.len() / 2, good.len() - 1);
    let mut altered: Vec<Vec<u8>> = [0, 4, 9, 30, 100, middle, last]
        .iter()
        .map(|at| {
            let mut bytes = good.clone();
            bytes[*at] ^= 1;
            bytes
        })
        .collect();
    altered.extend([1, 50, 66_000, last].map(|length| good[..length].to_vec()));
    altered.push([good.as_slice(), b"more"].concat());
    altered.push(b"PK not a backup".to_vec());
    for bytes in altered {
        fs::write(file(&home), bytes).unwrap();
        assert!(Unsealed::read(&home.options(), &file(&home)).is_err());
    }
    assert_eq!(names(&home.open()), ["a", "b", "later"]);
}

/// Sealed well, by the right key, and yet not whole inside: found before it replaces anything.
#[test]
fn a_backup_of_something_broken_is_found() {
    for break_it in [
        "UPDATE secrets SET sealed = x'00'",
        "UPDATE drafts SET saved_at = saved_at + 1",
        "PRAGMA user_version = 9999",
        "PRAGMA foreign_keys = OFF; INSERT INTO answers VALUES (x'00', '{}')",
    ] {
        let home = Home::new();
        let store = filled(&home);
        home.sql().execute_batch(break_it).unwrap();
        back_up(&home, &store, None);
        let refused = Unsealed::read(&home.options(), &file(&home)).unwrap_err();
        assert!(
            matches!(
                refused,
                BackendError::Vault { .. }
                    | BackendError::TooNew { .. }
                    | BackendError::Damaged { .. }
            ),
            "{break_it}: {refused:?}"
        );
    }
}

#[test]
fn what_a_kill_left_is_cleared_after_an_hour() {
    let home = Home::new();
    let store = filled(&home);
    let folder = home.path().parent().unwrap().to_owned();
    let (old, young) = (folder.join(".jetbridge-copy-old"), folder.join(".jetbridge-copy-young"));
    for path in [&old, &young] {
        fs::write(path, b"a copy").unwrap();
    }
    let hours = std::time::Duration::from_secs(2 * 3_600);
    let then = std::time::SystemTime::now() - hours;
    fs::File::options().write(true).open(&old).unwrap().set_modified(then).unwrap();
    back_up(&home, &store, None);
    assert!(!old.exists() && young.exists());
}

/// Sealed as it should be, but what is in it is no sound store: it never takes a store's place.
#[test]
fn a_backup_of_what_is_not_sound_replaces_nothing() {
    let cases: [(&str, &str); 2] = [
        ("UPDATE store SET id = randomblob(16)", "another store than it says"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM connections", "a row belongs to nothing"),
    ];
    for (damage, part) in cases {
        let home = Home::new();
        let store = filled(&home);
        home.sql().execute_batch(damage).unwrap();
        let wanted = Wanted { file: file(&home), replace: true, passphrase: None };
        let reported = match block_on(store.back_up(wanted)) {
            Err(error) => error,
            Ok(_) => {
                let options = home.options();
                drop(store);
                Unsealed::read(&options, &file(&home)).map(|_| ()).unwrap_err()
            }
        };
        assert!(
            matches!(&reported, BackendError::Damaged { detail } if detail.contains(part)),
            "{damage}: {reported:?}"
        );
        assert!(home.path().exists());
    }
}

#[test]
fn what_is_no_backup_file_is_reported() {
    let home = Home::new();
    drop(filled(&home));
    let options = home.options();
    let read = |name: &str| Unsealed::read(&options, &home.folder().join(name)).map(|_| ());
    for (name, part) in [("nothing.jbb", Why::Missing), ("data", Why::Folder)] {
        match read(name) {
            Err(BackendError::File(error)) => assert_eq!(error.why, part),
            other => panic!("{other:?}"),
        }
    }
}
