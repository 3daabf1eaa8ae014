//! Secrets at rest. SPEC E3; RELIABILITY §4 and §6.

use std::fs;

use rusqlite::params;
use uuid::Uuid;

use super::{Home, settle};
use crate::backend::store::Store;
use crate::backend::{BackendError, FormDraft, SaveRequest};
use crate::domain::destination::Destination;
use crate::domain::key::{HeldKey, KeyKind};
use crate::domain::{Connection, Draft, Held, Secret};
use crate::testing::contract::{
    block_on, change, held, listed, new, new_key, new_secret, secret, source,
};

const FIELDS: [&str; 3] = ["client_secret", "configuration_key", "local_admin_password"];

pub(super) fn with_secrets(home: &Home, store: &Store, name: &str) -> Connection {
    block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        store.save(new(source(name, held(&key, home.clock.now())))).await.unwrap()
    })
}

fn reveal(store: &Store, of: &Connection, field: &str) -> Result<Secret, BackendError> {
    block_on(store.reveal(of.id, field.into()))
}

pub(super) fn is_vault<T: std::fmt::Debug>(answer: Result<T, BackendError>) -> String {
    match answer {
        Err(BackendError::Vault { detail }) => detail,
        other => panic!("{other:?}"),
    }
}

pub(super) fn draft(home: &Home, text: &str) -> FormDraft {
    FormDraft {
        id: "form-1".into(),
        connection: None,
        title: format!("{text} title"),
        content: Secret::new(text),
        saved_at: home.clock.now(),
    }
}

#[test]
fn no_secret_is_found_in_any_file() {
    let home = Home::new();
    let store = home.open();
    let canary = "not-real-canary-7c1e";
    block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        let mut draft_ = source("a", held(&key, home.clock.now()));
        new_secret(&mut draft_, Held::New(Secret::new(canary)));
        let made = store.save(new(draft_)).await.unwrap();
        store.save_draft(draft(&home, canary)).await.unwrap();
        let edit = change(&made, |it| new_secret(it, secret("canary-second")));
        store.save(edit).await.unwrap();
        let mut found = 0;
        let look = |found: &mut usize| {
            for file in [home.path(), home.beside("-wal"), home.beside("-shm"), home.key_path()] {
                let bytes = fs::read(&file).unwrap_or_default();
                *found += bytes.len();
                for needle in [canary, "canary-second", key.text.expose(), "not-real"] {
                    let hit = memchr::memmem::find(&bytes, needle.as_bytes());
                    assert!(hit.is_none(), "{needle} in {}", file.display());
                }
            }
        };
        look(&mut found);
        settle(&home.path());
        look(&mut found);
        assert!(found > 100_000, "there was something to look at");
    });
}

#[test]
fn a_copied_store_without_its_key_refuses_secrets_only() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    block_on(store.save_draft(draft(&home, "not-real"))).unwrap();
    drop(store);
    fs::rename(home.key_path(), home.key_path().with_extension("away")).unwrap();
    let store = home.open();
    block_on(async {
        // Names and settings: readable, and editable as long as no secret changes.
        assert_eq!(store.connection(made.id).await.unwrap(), made);
        assert_eq!(store.history(made.id).await.unwrap().len(), 1);
        let edit = change(&made, |it| it.description = "moved".into());
        let edited = store.save(edit).await.unwrap();
        store.save(new(listed("b"))).await.unwrap();
        // Everything sealed: refused, and no second data key made.
        let detail = is_vault(store.reveal(made.id, FIELDS[0].into()).await);
        assert!(detail.contains("vault.key does not exist"), "{detail}");
        is_vault(store.drafts().await);
        is_vault(store.issue_key(KeyKind::Connection).await);
        is_vault(store.save_draft(draft(&home, "not-real-2")).await);
        let edit = change(&edited, |it| new_secret(it, secret("new")));
        is_vault(store.save(edit).await);
        let clone = Draft { name: "c".into(), ..Draft::from(edited.clone()) };
        is_vault(store.save(SaveRequest { secrets_from: Some(made.id), ..new(clone) }).await);
        assert_eq!(store.connection(made.id).await.unwrap(), edited);
    });
    assert!(!home.key_path().exists());
    // The key file put back, all is well without a restart.
    fs::rename(home.key_path().with_extension("away"), home.key_path()).unwrap();
    assert_eq!(reveal(&store, &made, FIELDS[0]).unwrap().expose(), "not-real-client-secret");
}

#[test]
fn another_key_file_is_distinguished_from_a_damaged_one() {
    let (home, other) = (Home::new(), Home::new());
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    with_secrets(&other, &other.open(), "x");
    drop(store);
    let own = fs::read(home.key_path()).unwrap();
    fs::copy(other.key_path(), home.key_path()).unwrap();
    let detail = is_vault(reveal(&home.open(), &made, FIELDS[0]));
    assert!(detail.contains("not the one this store was sealed with"), "{detail}");
    fs::write(home.key_path(), &own[..own.len() - 9]).unwrap();
    let detail = is_vault(reveal(&home.open(), &made, FIELDS[0]));
    assert!(detail.contains("altered"), "{detail}");
    fs::write(home.key_path(), own).unwrap();
    assert!(reveal(&home.open(), &made, FIELDS[0]).is_ok());
}

#[test]
fn every_flipped_bit_in_the_file_is_refused() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    let sql = home.sql();
    // No test loses power, so no write waits for the disk.
    sql.execute_batch("PRAGMA synchronous = OFF").unwrap();
    let id = made.id.0.as_bytes();
    let mut flipped = 0;
    for field in FIELDS {
        let sealed: Vec<u8> = sql
            .query_row(
                "SELECT sealed FROM secrets WHERE connection = ?1 AND field = ?2",
                params![id, field],
                |it| it.get(0),
            )
            .unwrap();
        let write = |bytes: &[u8]| {
            sql.execute(
                "UPDATE secrets SET sealed = ?3 WHERE connection = ?1 AND field = ?2",
                params![id, field, bytes],
            )
            .unwrap();
        };
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            write(&altered);
            is_vault(reveal(&store, &made, field));
            flipped += 1;
        }
        write(&sealed);
        assert!(reveal(&store, &made, field).is_ok());
    }
    block_on(store.save_draft(draft(&home, "not-real"))).unwrap();
    let sealed: Vec<u8> = sql.query_row("SELECT sealed FROM drafts", [], |it| it.get(0)).unwrap();
    let write = |bytes: &[u8]| sql.execute("UPDATE drafts SET sealed = ?1", [bytes]).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        write(&altered);
        is_vault(block_on(store.drafts()));
        flipped += 1;
    }
    block_on(store.put_context_secret(
        "contoso".into(),
        Destination::default(),
        Secret::new("not-real"),
    ))
    .unwrap();
    let sealed: Vec<u8> =
        sql.query_row("SELECT sealed FROM context_secrets", [], |it| it.get(0)).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut altered = sealed.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        sql.execute("UPDATE context_secrets SET sealed = ?1", [altered]).unwrap();
        is_vault(block_on(store.context_secret("contoso".into(), Destination::default())));
        flipped += 1;
    }
    println!("{flipped} bits of secrets, drafts and context secrets flipped, all refused");
    assert!(flipped > 2_000);
}

#[test]
fn every_flipped_bit_of_the_envelope_is_refused() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    let sql = home.sql();
    let envelope: Vec<u8> =
        sql.query_row("SELECT envelope FROM vault", [], |it| it.get(0)).unwrap();
    let write = |bytes: &[u8]| sql.execute("UPDATE vault SET envelope = ?1", [bytes]).unwrap();
    sql.execute_batch("PRAGMA synchronous = OFF").unwrap();
    println!("{} bits of the envelope flipped, all refused", envelope.len() * 8);
    for bit in 0..envelope.len() * 8 {
        let mut altered = envelope.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        write(&altered);
        is_vault(reveal(&store, &made, FIELDS[0]));
    }
    for length in [0, 3, 16, 40, envelope.len() - 1] {
        write(&envelope[..length]);
        is_vault(reveal(&store, &made, FIELDS[0]));
    }
    write(&envelope);
    assert!(reveal(&store, &made, FIELDS[0]).is_ok());
    // Without its row, too, no second data key is made beside what the first one sealed.
    sql.execute("DELETE FROM vault", []).unwrap();
    let refused = block_on(store.issue_key(KeyKind::Connection));
    assert!(matches!(refused, Err(BackendError::Untrusted { .. })), "{refused:?}");
    is_vault(reveal(&store, &made, FIELDS[0]));
}

#[test]
fn every_swapped_pair_is_refused() {
    let home = Home::new();
    let store = home.open();
    let made = [with_secrets(&home, &store, "a"), with_secrets(&home, &store, "b")];
    let sql = home.sql();
    let places: Vec<(Uuid, &str)> =
        made.iter().flat_map(|it| FIELDS.map(|field| (it.id.0, field))).collect();
    type Sealed = (u32, String, Vec<u8>);
    let read = |(id, field): (Uuid, &str)| -> Sealed {
        sql.query_row(
            "SELECT version, fingerprint, sealed FROM secrets WHERE connection = ?1 AND field = ?2",
            params![id.as_bytes(), field],
            |it| Ok((it.get(0)?, it.get(1)?, it.get(2)?)),
        )
        .unwrap()
    };
    let write = |(id, field): (Uuid, &str), row: &Sealed| {
        sql.execute(
            "UPDATE secrets SET version = ?3, fingerprint = ?4, sealed = ?5
             WHERE connection = ?1 AND field = ?2",
            params![id.as_bytes(), field, row.0, row.1, row.2],
        )
        .unwrap();
    };
    let mut pairs = 0;
    for (at, &one) in places.iter().enumerate() {
        for &two in &places[at + 1..] {
            let (first, second) = (read(one), read(two));
            write(one, &second);
            write(two, &first);
            for (id, field) in [one, two] {
                let id = crate::domain::ConnectionId(id);
                is_vault(block_on(store.reveal(id, field.into())));
            }
            write(one, &first);
            write(two, &second);
            pairs += 1;
        }
    }
    assert_eq!(pairs, 15);
    assert!(reveal(&store, &made[1], FIELDS[2]).is_ok());
}

#[test]
fn an_older_sealed_text_of_the_same_field_is_refused() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    let sql = home.sql();
    let keep = "CREATE TABLE kept AS SELECT * FROM secrets WHERE field = 'client_secret'";
    sql.execute_batch(keep).unwrap();
    let edit = change(&made, |it| new_secret(it, secret("second")));
    let made = block_on(store.save(edit)).unwrap();
    sql.execute_batch("REPLACE INTO secrets SELECT * FROM kept; DROP TABLE kept").unwrap();
    is_vault(reveal(&store, &made, FIELDS[0]));
}

#[test]
fn altered_and_moved_drafts_are_refused() {
    let home = Home::new();
    let store = home.open();
    block_on(store.save_draft(draft(&home, "not-real"))).unwrap();
    let sql = home.sql();
    for edit in ["id = 'form-2'", "saved_at = saved_at + 1", "sealed = x'01'", "sealed = x'07'"] {
        sql.execute_batch("SAVEPOINT s; CREATE TABLE kept AS SELECT * FROM drafts; RELEASE s")
            .unwrap();
        sql.execute(&format!("UPDATE drafts SET {edit}"), []).unwrap();
        is_vault(block_on(store.drafts()));
        sql.execute_batch(
            "DELETE FROM drafts; INSERT INTO drafts SELECT * FROM kept; DROP TABLE kept",
        )
        .unwrap();
    }
    assert_eq!(block_on(store.drafts()).unwrap(), [draft(&home, "not-real")]);
}

#[test]
fn first_secrets_at_once_share_one_data_key() {
    let home = Home::new();
    let stores: Vec<Store> = (0..6).map(|_| home.open()).collect();
    let start = std::sync::Barrier::new(stores.len());
    let made: Vec<Connection> = std::thread::scope(|scope| {
        let threads: Vec<_> = stores
            .iter()
            .enumerate()
            .map(|(number, store)| {
                let (home, start) = (&home, &start);
                scope.spawn(move || {
                    start.wait();
                    with_secrets(home, store, &format!("n{number}"))
                })
            })
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    for (store, of) in stores.iter().flat_map(|store| made.iter().map(move |of| (store, of))) {
        assert_eq!(reveal(store, of, FIELDS[0]).unwrap().expose(), "not-real-client-secret");
    }
}

#[test]
fn a_rolled_back_first_secret_leaves_no_data_key() {
    let home = Home::new();
    let store = home.open();
    block_on(async {
        // The first field is new and makes the data key; the second is missing.
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        home.sql()
            .execute_batch("DELETE FROM issued_keys; DELETE FROM vault; DELETE FROM head")
            .unwrap();
        fs::remove_dir_all(home.key_path().parent().unwrap().join("heads")).unwrap();
        let mut bad = source("a", held(&key, home.clock.now()));
        let value = Held::Stored(crate::domain::Fingerprint("00000000".into()));
        new_key(&mut bad, HeldKey { value, ..held(&key, home.clock.now()) });
        let refused = store.save(new(bad)).await;
        assert!(matches!(refused, Err(BackendError::SecretMissing { .. })), "{refused:?}");
        let rows: u32 =
            home.sql().query_row("SELECT count(*) FROM vault", [], |it| it.get(0)).unwrap();
        assert_eq!(rows, 0);
        // The next attempt makes another one and all fits.
        let made = store.save(new(source("a", held(&key, home.clock.now())))).await.unwrap();
        let text = store.reveal(made.id, FIELDS[0].into()).await.unwrap();
        assert_eq!(text.expose(), "not-real-client-secret");
    });
}

#[test]
fn what_the_answers_do_not_name_is_not_kept() {
    // D17, for what is sealed.
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    let sql = home.sql();
    let kept = || -> Vec<String> {
        let mut all = sql.prepare("SELECT field FROM secrets ORDER BY field").unwrap();
        all.query_map([], |it| it.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(kept(), FIELDS);
    let edit = change(&made, |it| {
        let sheet = crate::domain::answers::testing::sheet_of(&mut it.answers);
        for key in ["local_admin", "local_admin_user", "local_admin_password"] {
            sheet.clear(key);
        }
    });
    block_on(store.save(edit)).unwrap();
    assert_eq!(kept(), FIELDS[..2]);
}
