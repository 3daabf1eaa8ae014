//! What a sealed secret is bound to, and what shows that a store is not what it was: each test plays
//! the attack with SQL and files. Issue 13, points 1 to 4 and 8.

use std::fs;
use std::path::PathBuf;

use rusqlite::params;

use super::sealing::{draft, is_vault, with_secrets};
use super::{Home, settle};
use crate::backend::store::{Inspection, NewKey, OpenOptions, Store, Unlock, core};
use crate::backend::{BackendError, SaveRequest};
use crate::domain::answers::Answer;
use crate::domain::answers::testing::sheet;
use crate::domain::destination::Destination;
use crate::domain::{Connection, Draft, Held, Secret};
use crate::testing::contract::{block_on, change, destination, listed, new, new_secret, secret};

const PASSWORD: &str = "domain_password";

fn joiner(user: &str, domain: &str) -> Draft {
    let rejoin = sheet()
        .choice("rejoin", "online")
        .text("domain", domain)
        .text("domain_user", user)
        .with("domain_password", Answer::Secret(secret("domain")));
    destination("a", rejoin)
}

fn with_domain(home: &Home) -> (Store, Connection) {
    let store = home.open();
    let made = block_on(store.save(new(joiner("CORP\\joiner", "corp.example")))).unwrap();
    (store, made)
}

fn reveal(store: &Store, of: &Connection, field: &str) -> Result<Secret, BackendError> {
    block_on(store.reveal(of.id, field.into()))
}

fn elsewhere<T>(field: &str) -> Result<T, BackendError> {
    Err(BackendError::SecretElsewhere { field: field.into() })
}

fn untrusted<T: std::fmt::Debug>(answer: Result<T, BackendError>) -> String {
    match answer {
        Err(BackendError::Untrusted { detail }) => detail,
        other => panic!("{other:?}"),
    }
}

/// The record with other text in its answers, secrets kept.
fn with(of: &Connection, before: &str, after: &str) -> Connection {
    let json = serde_json::to_string(&of.answers).unwrap();
    assert!(json.contains(before), "{json}");
    let answers = serde_json::from_str(&json.replace(before, after)).unwrap();
    Connection { answers, ..of.clone() }
}

#[test]
fn a_kept_secret_does_not_go_elsewhere() {
    let home = Home::new();
    let (store, made) = with_domain(&home);
    for (before, after) in [("corp.example", "evil.example"), ("joiner", "somebody")] {
        let moved = with(&made, before, after);
        let edit = change(&made, |it| it.answers = moved.answers.clone());
        assert_eq!(block_on(store.save(edit)), elsewhere(PASSWORD), "{after}");
        // A copy is another way of keeping it.
        let copy = Draft { name: "b".into(), ..Draft::from(moved) };
        let copy = SaveRequest { secrets_from: Some(made.id), ..new(copy) };
        assert_eq!(block_on(store.save(copy)), elsewhere(PASSWORD), "{after}");
    }
    // Capitals are the same domain, and what is entered again goes where it is entered for.
    let same = with(&made, "corp.example", "CORP.Example");
    let made = block_on(store.save(change(&made, |it| it.answers = same.answers))).unwrap();
    assert_eq!(reveal(&store, &made, PASSWORD).unwrap().expose(), "not-real-domain");
    let other = joiner("CORP\\joiner", "other.example");
    let made = block_on(store.save(change(&made, |it| it.answers = other.answers))).unwrap();
    assert_eq!(reveal(&store, &made, PASSWORD).unwrap().expose(), "not-real-domain");
}

#[test]
fn a_destination_that_is_changed_by_sql_gets_no_secret() {
    let home = Home::new();
    let (store, made) = with_domain(&home);
    let json = |text: &str| {
        let set =
            "UPDATE answers SET json = replace(json, 'corp.example', ?1) WHERE connection = ?2";
        home.sql().execute(set, params![text, made.id.0.as_bytes()]).unwrap();
    };
    json("evil.example");
    assert_eq!(reveal(&store, &made, PASSWORD), elsewhere(PASSWORD));
    assert_eq!(block_on(store.check_sealed()), elsewhere(PASSWORD));
    // The hash beside it is no help: it is part of what is sealed.
    let evil = with(&made, "corp.example", "evil.example");
    let goes = Destination::of(evil.answers.sheet(), PASSWORD);
    let hash = crate::backend::store::core::secrets::destination_hash(&goes);
    home.sql().execute("UPDATE secrets SET destination = ?1", [hash]).unwrap();
    is_vault(reveal(&store, &made, PASSWORD));
    // Nor is none: what is not bound goes nowhere.
    home.sql().execute("UPDATE secrets SET destination = NULL", []).unwrap();
    assert_eq!(reveal(&store, &made, PASSWORD), elsewhere(PASSWORD));
}

#[test]
fn a_context_secret_goes_to_its_hosts_only() {
    let home = Home::new();
    let store = home.open();
    let to = |host: &str| Destination::new([("api", host.to_owned())]);
    let put = |text: &str| {
        block_on(store.put_context_secret("x".into(), to("a"), Secret::new(text))).unwrap();
    };
    let get = |host: &str| block_on(store.context_secret("x".into(), to(host)));
    put("not-real-1");
    let old: (Vec<u8>, u32) = home
        .sql()
        .query_row("SELECT sealed, revision FROM context_secrets", [], |it| {
            Ok((it.get(0)?, it.get(1)?))
        })
        .unwrap();
    assert_eq!(get("a").unwrap().expose(), "not-real-1");
    assert_eq!(get("b"), elsewhere("context x"));
    let fits = |host: &str| block_on(store.context_secret_fits("x".into(), to(host))).unwrap();
    assert_eq!((fits("a"), fits("b")), (Some(true), Some(false)));
    // An older one that is written back is noticed.
    put("not-real-2");
    home.sql()
        .execute("UPDATE context_secrets SET sealed = ?1, revision = ?2", params![old.0, old.1])
        .unwrap();
    is_vault(get("a"));
    put("not-real-3");
    assert_eq!(get("a").unwrap().expose(), "not-real-3");
}

/// Older rows of answers and secrets, written back together.
#[test]
fn older_secrets_that_are_written_back_are_noticed() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    let sql = home.sql();
    sql.execute_batch(
        "CREATE TEMP TABLE old_answers AS SELECT * FROM answers;
         CREATE TEMP TABLE old_secrets AS SELECT * FROM secrets;",
    )
    .unwrap();
    let edit = change(&made, |it| new_secret(it, secret("second")));
    let made = block_on(store.save(edit)).unwrap();
    assert!(reveal(&store, &made, "client_secret").is_ok());
    sql.execute_batch(
        "DELETE FROM answers; INSERT INTO answers SELECT * FROM old_answers;
         DELETE FROM secrets; INSERT INTO secrets SELECT * FROM old_secrets;",
    )
    .unwrap();
    let detail = is_vault(reveal(&store, &made, "client_secret"));
    assert!(detail.contains("saved last"), "{detail}");
    let found = block_on(store.check_history()).unwrap();
    assert_eq!(found, ["a: its secrets are not those of its last change"]);
}

fn copied(home: &Home, to: &str) -> PathBuf {
    settle(&home.path());
    let copy = home.folder().join(to);
    fs::copy(home.path(), &copy).unwrap();
    copy
}

/// What `doctor` finds, which opens no vault.
fn inspected(home: &Home) -> Inspection {
    let minute = std::time::Duration::from_secs(60);
    super::super::inspect(&home.path(), &home.key_path(), minute).unwrap()
}

fn distrust(home: &Home) -> Option<String> {
    inspected(home).untrusted.map(|it| it.to_string())
}

fn put_back(home: &Home, copy: &PathBuf) {
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(home.beside(end));
    }
    fs::copy(copy, home.path()).unwrap();
}

#[test]
fn an_older_store_is_noticed_and_accepted_by_name_only() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    drop(store);
    let copy = copied(&home, "older.db");
    let store = home.open();
    let edit = change(&made, |it| new_secret(it, secret("second")));
    block_on(store.save(edit)).unwrap();
    drop(store);
    put_back(&home, &copy);
    let store = home.open();
    // Names and settings are there, secrets are not.
    assert_eq!(block_on(store.connection(made.id)).unwrap(), made);
    let detail = untrusted(reveal(&store, &made, "client_secret"));
    assert!(detail.contains("older than it was"), "{detail}");
    untrusted(block_on(store.check_sealed()));
    untrusted(block_on(store.save_draft(draft(&home, "not-real"))));
    untrusted(block_on(store.rotate(NewKey::Same)));
    assert!(distrust(&home).unwrap().contains("older than it was"));
    // What needs no secret can be changed, which makes the store no more trusted.
    block_on(store.save(change(&made, |it| it.description = "changed".into()))).unwrap();
    assert!(distrust(&home).unwrap().contains("older than it was"));
    untrusted(reveal(&store, &made, "client_secret"));
    block_on(store.accept("restored by me".into())).unwrap();
    assert_eq!(distrust(&home), None);
    assert_eq!(reveal(&store, &made, "client_secret").unwrap().expose(), "not-real-client-secret");
    assert!(block_on(store.check_history()).unwrap().is_empty());
    // From now on the newer one is the foreign one.
    drop(store);
    let store = home.open();
    assert!(reveal(&store, &made, "client_secret").is_ok());
}

#[test]
fn a_vault_that_is_gone_is_no_reason_for_a_new_key() {
    let passphrase = Unlock {
        given: Some(Secret::new("not-a-real-passphrase")),
        cost: crate::backend::store::Cost::LEAST,
        ..Unlock::default()
    };
    let home = Home::new();
    let options = || OpenOptions { unlock: passphrase.clone(), ..home.options() };
    let store = Store::open(options()).unwrap();
    let new_key = NewKey::Passphrase(Secret::new("not-a-real-passphrase"));
    block_on(store.vault_init(new_key)).unwrap();
    let made = with_secrets(&home, &store, "a");
    drop(store);
    let everything = "DELETE FROM secrets; DELETE FROM drafts; DELETE FROM context_secrets;
         DELETE FROM key_uses; DELETE FROM issued_keys;";
    for (attack, what) in [
        ("DELETE FROM vault".to_owned(), "the envelope"),
        (format!("DELETE FROM vault; {everything}"), "everything sealed"),
        (format!("DELETE FROM vault; DELETE FROM head; {everything}"), "the head too"),
        (
            format!(
                "DELETE FROM vault; DELETE FROM head; UPDATE store SET id = x'{:032x}'; {everything}",
                7
            ),
            "as another store",
        ),
    ] {
        let copy = copied(&home, "whole.db");
        home.sql().execute_batch(&attack).unwrap();
        // Whoever saves a secret now is asked nothing, and would trust a key file.
        let store = home.open();
        let again = change(&made, |it| new_secret(it, secret("typed")));
        untrusted(block_on(store.save(again)));
        untrusted(block_on(store.save_draft(draft(&home, "not-real"))));
        assert!(!home.key_path().exists(), "{what}: no key file was made");
        // Whoever looks is shown it.
        untrusted(block_on(store.check_sealed()));
        let status = block_on(store.vault_status()).unwrap();
        assert!(status.lock.is_none() && status.gone.unwrap().contains("not trusted"), "{what}");
        drop(store);
        assert!(distrust(&home).unwrap().contains("gone"), "{what}");
        put_back(&home, &copy);
    }
    let store = Store::open(options()).unwrap();
    assert!(reveal(&store, &made, "client_secret").is_ok());
    // Set up again on purpose, with a reason.
    home.sql().execute_batch(&format!("DELETE FROM vault; {everything}")).unwrap();
    block_on(store.accept("the passphrase is lost".into())).unwrap();
    block_on(store.vault_init(NewKey::Passphrase(Secret::new("another-not-real")))).unwrap();
}

#[test]
fn an_envelope_of_before_is_not_taken_back() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    let sql = home.sql();
    let old: Vec<u8> = sql.query_row("SELECT envelope FROM vault", [], |it| it.get(0)).unwrap();
    block_on(store.rewrap(NewKey::Same)).unwrap();
    assert!(reveal(&store, &made, "client_secret").is_ok());
    sql.execute("UPDATE vault SET envelope = ?1", [old]).unwrap();
    let detail = untrusted(reveal(&store, &made, "client_secret"));
    assert!(detail.contains("exchanged"), "{detail}");
    assert!(distrust(&home).unwrap().contains("exchanged"));
}

#[test]
fn what_opened_the_old_keys_opens_and_guesses_nothing_new() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    let fingerprint = |of: &Connection| match of.answers.sheet().unwrap().secret("client_secret") {
        Some(Held::Stored(it)) => it.0.clone(),
        other => panic!("it is saved: {other:?}"),
    };
    let before = fingerprint(&made);
    let text = format!("{{\"client_secret\":{{\"stored\":\"{before}\"}}}}");
    block_on(store.save_draft(draft(&home, &text))).unwrap();
    let done = block_on(store.rotate(NewKey::Same)).unwrap();
    assert_eq!((done.secrets, done.drafts), (3, 1));
    assert!(done.sources.contains(&"a: client_secret".to_owned()), "{:?}", done.sources);
    let after = block_on(store.connection(made.id)).unwrap();
    assert_eq!(after.revision, made.revision);
    let after_fingerprint = fingerprint(&after);
    assert_ne!(before, after_fingerprint, "the same secret, another fingerprint");
    assert_eq!(reveal(&store, &after, "client_secret").unwrap().expose(), "not-real-client-secret");
    // A draft that keeps the secret names it by its new fingerprint.
    let drafts = block_on(store.drafts()).unwrap();
    assert!(drafts[0].content.expose().contains(&after_fingerprint));
    // Issued keys are still known.
    let key = reveal(&store, &after, "configuration_key").unwrap();
    let key = crate::domain::key::parse(key.expose()).unwrap();
    let standing = block_on(store.check_key(key)).unwrap();
    assert!(matches!(standing, crate::domain::key::KeyStanding::Current { .. }), "{standing:?}");
    assert!(block_on(store.check_history()).unwrap().is_empty());
    block_on(store.check_sealed()).unwrap();
}

#[test]
fn an_edited_history_is_named() {
    let rows = "FROM history WHERE revision = 2";
    let cases: [(&str, &str, &str); 7] = [
        (
            "edited",
            "UPDATE history SET by = 'mallory' WHERE revision = 2",
            "revision 2: the entry was edited",
        ),
        (
            "dated back",
            "UPDATE history SET at = at - 1 WHERE revision = 2",
            "revision 2: the entry was edited",
        ),
        ("deleted", &format!("DELETE {rows}"), "revision 2: the entry was deleted"),
        (
            "deleted with its link",
            "DELETE FROM history WHERE revision = 2; DELETE FROM chain WHERE revision = 2 AND kind = 1",
            "moved, or one before it was deleted",
        ),
        (
            "exchanged",
            "UPDATE history SET revision = 99 WHERE revision = 2;
             UPDATE history SET revision = 2 WHERE revision = 3;
             UPDATE history SET revision = 3 WHERE revision = 99",
            "revision 2: the entry was edited",
        ),
        (
            "added",
            "INSERT INTO history SELECT connection, 9, at, by, action, changes FROM history WHERE revision = 2",
            "revision 9: the entry was added",
        ),
        (
            "cut at its end",
            "DELETE FROM history WHERE revision = 3;
             DELETE FROM chain WHERE seq = (SELECT max(seq) FROM chain)",
            "missing at its end",
        ),
    ];
    for (what, attack, named) in cases {
        let home = Home::new();
        let store = home.open();
        let made = with_secrets(&home, &store, "a");
        let made = block_on(store.save(change(&made, |it| it.description = "b".into()))).unwrap();
        block_on(store.save(change(&made, |it| it.description = "c".into()))).unwrap();
        assert!(block_on(store.check_history()).unwrap().is_empty());
        home.sql().execute_batch(attack).unwrap();
        let found = block_on(store.check_history()).unwrap();
        assert!(found.iter().any(|it| it.contains(named)), "{what}: {found:?}");
        let damage = inspected(&home).damage.unwrap();
        assert!(damage.iter().any(|it| it.contains(named)), "{what}: doctor says {damage:?}");
    }
}

/// Links that were made again do not help: the head covers the last one.
#[test]
fn a_history_that_is_linked_again_is_noticed_by_whoever_has_the_key() {
    let home = Home::new();
    let store = home.open();
    let made = with_secrets(&home, &store, "a");
    block_on(store.save(change(&made, |it| it.description = "b".into()))).unwrap();
    drop(store);
    let sql = home.sql();
    sql.execute_batch("UPDATE history SET by = 'mallory'; DELETE FROM chain").unwrap();
    let mut conn = sql;
    let tx = conn.transaction().unwrap();
    super::super::chain::adopt(&tx).unwrap();
    for _ in 0..3 {
        let mark = core::chain::Mark::of(core::chain::Kind::Vault, b"x");
        super::super::chain::append(&tx, &mark).unwrap();
    }
    tx.commit().unwrap();
    let store = home.open();
    let detail = untrusted(reveal(&store, &made, "client_secret"));
    assert!(detail.contains("written over"), "{detail}");
}

#[test]
fn a_schema_that_is_not_ours_is_refused_before_it_runs() {
    for (attack, what) in [
        (
            "CREATE TRIGGER spy AFTER INSERT ON connections BEGIN DELETE FROM history; END",
            "trigger spy is not jetbridge's",
        ),
        ("CREATE VIEW spy AS SELECT * FROM secrets", "view spy"),
        ("CREATE TABLE spy (a)", "table spy"),
        ("CREATE INDEX spy ON history (by)", "index spy"),
        ("DROP TRIGGER connections_made", "trigger connections_made is missing"),
        (
            "DROP TRIGGER connections_made;
             CREATE TRIGGER connections_made AFTER INSERT ON connections BEGIN DELETE FROM history; END",
            "trigger connections_made was changed",
        ),
    ] {
        let home = Home::new();
        drop(home.open());
        home.sql().execute_batch(attack).unwrap();
        let refused = Store::open(home.options()).err().unwrap();
        assert!(
            matches!(&refused, BackendError::Damaged { detail } if detail.contains(what)),
            "{attack}: {refused:?}"
        );
        let damage = inspected(&home).damage.unwrap();
        assert!(damage.iter().any(|it| it.contains(what)), "{attack}");
    }
}

/// Listed connections need no vault; their history is linked all the same.
#[test]
fn a_store_without_secrets_links_its_history_too() {
    let home = Home::new();
    let store = home.open();
    let made = block_on(store.save(new(listed("a")))).unwrap();
    block_on(store.save(change(&made, |it| it.description = "b".into()))).unwrap();
    home.sql().execute("UPDATE history SET by = 'mallory' WHERE revision = 1", []).unwrap();
    let found = block_on(store.check_history()).unwrap();
    assert_eq!(found, ["the history of a, revision 1: the entry was edited"]);
    assert!(!home.key_path().exists());
}

/// A store of before is bound by the first use of its vault, and only then.
#[test]
fn a_store_of_before_is_bound_once() {
    let home = Home::new();
    let (store, made) = with_domain(&home);
    let to = |host: &str| Destination::new([("api", host.to_owned())]);
    block_on(store.put_context_secret("x".into(), to("a"), Secret::new("not-real"))).unwrap();
    block_on(store.save_draft(draft(&home, "not-real-draft"))).unwrap();
    drop(store);
    super::age(&home.options());
    fs::remove_dir_all(home.key_path().parent().unwrap().join("heads")).unwrap();
    let store = home.open();
    assert_eq!(reveal(&store, &made, PASSWORD).unwrap().expose(), "not-real-domain");
    let unbound = "SELECT count(*) FROM secrets WHERE destination IS NULL";
    assert_eq!(home.sql().query_row(unbound, [], |it| it.get::<_, u32>(0)), Ok(0));
    block_on(store.check_sealed()).unwrap();
    assert!(block_on(store.check_history()).unwrap().is_empty());
    // The context's is bound by its first use.
    let get = |host: &str| block_on(store.context_secret("x".into(), to(host)));
    let before: (Vec<u8>, Vec<u8>, u32) = home
        .sql()
        .query_row("SELECT sealed, destination, revision FROM context_secrets", [], |it| {
            Ok((it.get(0)?, it.get(1)?, it.get(2)?))
        })
        .unwrap();
    assert_eq!(get("a").unwrap().expose(), "not-real");
    assert_eq!(get("b"), elsewhere("context x"));
    // What was not bound yet does not come back.
    let set = "UPDATE context_secrets SET sealed = ?1, destination = ?2, revision = ?3";
    home.sql().execute(set, params![before.0, before.1, before.2]).unwrap();
    is_vault(get("b"));
    drop(store);
    // Nor does the store of before, which nothing was bound in.
    super::age(&home.options());
    let detail = untrusted(reveal(&home.open(), &made, PASSWORD));
    assert!(detail.contains("its head is gone"), "{detail}");
}

/// What was read before a rotation names secrets by fingerprints that are no more: saving it says what
/// to do, and what is typed again is saved.
#[test]
fn a_form_open_across_a_rotation_asks_for_its_secret_again() {
    let home = Home::new();
    let (store, made) = with_domain(&home);
    // Another jetbridge rotates meanwhile.
    block_on(home.open().rotate(NewKey::Same)).unwrap();
    let renamed = |it: &mut Draft| it.name = "b".to_owned();
    let error = block_on(store.save(change(&made, renamed))).unwrap_err();
    assert_eq!(error, BackendError::SecretMissing { field: PASSWORD.into() });
    assert!(error.hint().contains("Type the secret again"), "{}", error.hint());
    let again = joiner("CORP\\joiner", "corp.example");
    let typed = change(&made, |it| it.answers = again.answers);
    let saved = block_on(store.save(typed)).unwrap();
    assert_eq!(reveal(&store, &saved, PASSWORD).unwrap().expose(), "not-real-domain");
    // And what is read after it is saved as it is.
    block_on(store.rotate(NewKey::Same)).unwrap();
    let now = block_on(store.connection(saved.id)).unwrap();
    assert_eq!(block_on(store.save(change(&now, renamed))).unwrap().name, "b");
}
