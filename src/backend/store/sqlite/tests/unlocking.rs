//! What opens the vault, and what does not. SPEC E3; RELIABILITY §4.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Home;
use crate::backend::BackendError;
use crate::backend::store::{Asker, Cost, KeyCommand, NewKey, Source, Store, Unlock};
use crate::domain::key::KeyKind;
use crate::domain::{Connection, Secret};
use crate::testing::contract::{block_on, held, listed, new, source};

pub(super) const FIRST: &str = "not-a-real passphrase";
const SECOND: &str = "another unreal passphrase";
const FIELD: &str = "client_secret";

/// Answers with these one after the other, and counts the questions.
pub(super) fn answers(texts: &[&str]) -> (Asker, Arc<AtomicUsize>) {
    let texts: Vec<Secret> = texts.iter().map(|it| Secret::new(*it)).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let ask: Asker = Arc::new(move |question| {
        let at = count.fetch_add(1, Ordering::SeqCst);
        assert_eq!(question.again, at > 0);
        Ok(texts.get(at).expect("asked too often").clone())
    });
    (ask, asked)
}

pub(super) fn asking(texts: &[&str]) -> Unlock {
    Unlock { ask: Some(answers(texts).0), ..Unlock::default() }
}

fn given(text: &str) -> Unlock {
    Unlock { given: Some(Secret::new(text)), ..Unlock::default() }
}

pub(super) fn open(home: &Home, unlock: Unlock) -> Store {
    Store::open(home.with(unlock)).unwrap()
}

pub(super) fn passphrase(text: &str) -> NewKey {
    NewKey::Passphrase(Secret::new(text))
}

pub(super) fn save(home: &Home, store: &Store, name: &str) -> Connection {
    block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        store.save(new(source(name, held(&key, home.clock.now())))).await.unwrap()
    })
}

pub(super) fn reveal(store: &Store, of: &Connection) -> Result<String, BackendError> {
    block_on(store.reveal(of.id, FIELD.into())).map(|it| it.expose().to_owned())
}

fn source_of(store: &Store) -> Source {
    block_on(store.vault_status()).unwrap().lock.unwrap().source
}

pub(super) fn locked<T: std::fmt::Debug>(answer: Result<T, BackendError>) -> String {
    match answer {
        Err(BackendError::Locked { detail }) => detail,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_passphrase_opens_and_nothing_else_does() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    block_on(store.vault_init(passphrase(FIRST))).unwrap();
    let made = save(&home, &store, "a");
    assert!(!home.key_path().exists(), "no key file beside it");
    drop(store);
    // Names need no passphrase; secrets ask once for the whole process.
    let (ask, asked) = answers(&["wrong", FIRST]);
    let store = open(&home, Unlock { ask: Some(ask), ..Unlock::default() });
    assert_eq!(block_on(store.count()), Ok(1));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(reveal(&store, &made).unwrap(), "not-real-client-secret");
    save(&home, &store, "b");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    drop(store);
    // Nobody to ask, three wrong ones, a wrong one handed over: closed, and nothing is made.
    let cases = [
        (Unlock::default(), "no terminal to ask"),
        (asking(&["wrong", "", "not-a-real passphrasf"]), "wrong three times"),
        (given("wrong"), "--vault-key-fd gave is wrong"),
    ];
    for (unlock, part) in cases {
        let nobody = Unlock { ask: None, ..unlock.clone() };
        assert!(locked(reveal(&open(&home, unlock), &made)).contains(part));
        let store = open(&home, nobody);
        locked(block_on(store.issue_key(KeyKind::Connection)));
        block_on(store.save(new(listed(part)))).unwrap();
    }
    assert!(!home.key_path().exists());
    assert_eq!(reveal(&open(&home, given(FIRST)), &made).unwrap(), "not-real-client-secret");
}

#[test]
fn whoever_types_keeps_nobody_waiting() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    block_on(store.vault_init(passphrase(FIRST))).unwrap();
    drop(store);
    let other = open(&home, Unlock::default());
    let ask: Asker = Arc::new(move |_| {
        // In the middle of the question another process saves.
        block_on(other.save(new(listed("in between")))).unwrap();
        Ok(Secret::new(FIRST))
    });
    let store = open(&home, Unlock { ask: Some(ask), ..Unlock::default() });
    block_on(store.issue_key(KeyKind::Connection)).unwrap();
    assert_eq!(block_on(store.count()), Ok(1));
}

#[test]
fn the_source_changes_and_the_old_one_opens_nothing() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    let made = save(&home, &store, "a");
    assert_eq!(source_of(&store), Source::File);
    let old_file = std::fs::read_to_string(home.key_path()).unwrap();
    // A screen that is open all the while.
    let screen = open(&home, Unlock::default());
    assert!(reveal(&screen, &made).is_ok());

    block_on(store.rewrap(passphrase(FIRST))).unwrap();
    assert_eq!(source_of(&store), Source::Passphrase);
    assert!(reveal(&screen, &made).is_ok(), "whoever was in stays in");
    locked(reveal(&open(&home, Unlock::default()), &made));
    locked(reveal(&open(&home, given(&old_file)), &made));

    block_on(store.rewrap(passphrase(SECOND))).unwrap();
    locked(reveal(&open(&home, given(FIRST)), &made));
    assert!(reveal(&open(&home, given(SECOND)), &made).is_ok());

    block_on(store.rewrap(NewKey::File)).unwrap();
    assert_eq!(source_of(&store), Source::File);
    assert!(reveal(&open(&home, Unlock::default()), &made).is_ok());
    assert!(reveal(&screen, &made).is_ok());
    // The file of before does not open what was wrapped again.
    let refused = reveal(&open(&home, given(&old_file)), &made);
    assert!(matches!(refused, Err(BackendError::Vault { .. })), "{refused:?}");
}

#[test]
fn a_rotation_of_everything_changes_every_sealed_text_and_fingerprint() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    let all: Vec<Connection> =
        ["a", "b", "c"].iter().map(|name| save(&home, &store, name)).collect();
    let key = block_on(store.issue_key(KeyKind::Connection)).unwrap();
    let draft = crate::backend::FormDraft {
        id: "form-1".into(),
        connection: None,
        title: "not saved".into(),
        content: Secret::new("not-real-draft"),
        saved_at: home.clock.now(),
    };
    block_on(store.save_draft(draft.clone())).unwrap();
    let sql = home.sql();
    let blobs = || -> Vec<Vec<u8>> {
        let mut all = sql
            .prepare("SELECT sealed FROM secrets UNION ALL SELECT sealed FROM drafts UNION ALL SELECT envelope FROM vault")
            .unwrap();
        all.query_map([], |it| it.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let before = blobs();
    let screen = open(&home, Unlock::default());
    assert!(reveal(&screen, &all[0]).is_ok());
    let done = block_on(store.rotate(NewKey::Same)).unwrap();
    assert_eq!((done.secrets, done.drafts), (9, 1));
    let after = blobs();
    assert_eq!((before.len(), after.len()), (11, 11));
    assert!(before.iter().all(|old| !after.contains(old)));
    for store in [&store, &screen, &open(&home, Unlock::default())] {
        let sealed = block_on(store.check_sealed()).unwrap();
        assert_eq!((sealed.secrets, sealed.drafts), (done.secrets, done.drafts));
        assert_eq!(block_on(store.drafts()).unwrap(), std::slice::from_ref(&draft));
        for of in &all {
            // The record is as it was but for its fingerprints; and the issued key is known.
            let now = block_on(store.connection(of.id)).unwrap();
            assert!(now != *of && now.revision == of.revision);
            assert_eq!(reveal(store, of).unwrap(), "not-real-client-secret");
        }
        let known = block_on(store.check_key(key.clone())).unwrap();
        assert!(matches!(known, crate::domain::key::KeyStanding::Unused { .. }));
    }
    // What was sealed before does not open any more, not even put back.
    sql.execute("UPDATE secrets SET sealed = ?1 WHERE rowid IS NOT NULL", [&before[0]]).err();
    let put_back =
        "UPDATE secrets SET sealed = ?1 WHERE field = 'client_secret' AND connection = ?2";
    for old in &before[..9] {
        sql.execute(put_back, rusqlite::params![old, all[0].id.0.as_bytes()]).unwrap();
        assert!(matches!(reveal(&store, &all[0]), Err(BackendError::Vault { .. })));
    }
}

#[test]
fn of_two_changes_at_once_one_is_asked_to_try_again() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    block_on(store.vault_init(passphrase(FIRST))).unwrap();
    let made = save(&home, &store, "a");
    // A salt of the old passphrase must not undo the new one.
    let (one, two) = (open(&home, given(FIRST)), open(&home, given(FIRST)));
    let outcomes = std::thread::scope(|scope| {
        let first = scope.spawn(|| block_on(one.rewrap(passphrase(SECOND))));
        let second = scope.spawn(|| block_on(two.rewrap(NewKey::Same)));
        [first.join().unwrap(), second.join().unwrap()]
    });
    // One after the other is fine, too; then the later one was informed that the passphrase is another.
    match outcomes {
        [Ok(()), Err(BackendError::Busy | BackendError::Locked { .. })] => {
            assert!(reveal(&open(&home, given(SECOND)), &made).is_ok());
        }
        [Err(BackendError::Busy), Ok(())] => {
            assert!(reveal(&open(&home, given(FIRST)), &made).is_ok());
        }
        [Ok(()), Ok(())] => {
            assert!(reveal(&open(&home, given(SECOND)), &made).is_ok());
        }
        other => panic!("{other:?}"),
    }
}

/// The change of another process comes between asking and writing: it must not be undone.
#[test]
fn a_change_that_was_overtaken_is_asked_to_try_again() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    block_on(store.vault_init(passphrase(FIRST))).unwrap();
    let made = save(&home, &store, "a");
    let rotating: [fn(&Store) -> Option<BackendError>; 2] = [
        |it| block_on(it.rewrap(passphrase("a third unreal one"))).err(),
        |it| block_on(it.rotate(NewKey::Same)).err(),
    ];
    for (at, change) in rotating.iter().enumerate() {
        let other = open(&home, given(FIRST));
        let ask: Asker = Arc::new(move |_| {
            block_on(other.rewrap(NewKey::Same)).unwrap();
            Ok(Secret::new(FIRST))
        });
        let slow = open(&home, Unlock { ask: Some(ask), ..Unlock::default() });
        assert_eq!(change(&slow), Some(BackendError::Busy), "change {at}");
        assert!(reveal(&open(&home, given(FIRST)), &made).is_ok());
    }
}

#[test]
fn a_vault_is_set_up_once_and_changed_only_when_it_is_there() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    let refused = |answer: Result<(), BackendError>| match answer {
        Err(BackendError::Invalid(text)) => text,
        other => panic!("{other:?}"),
    };
    assert!(refused(block_on(store.rewrap(NewKey::Same))).contains("no vault is set up"));
    let rotated = block_on(store.rotate(NewKey::Same)).map(|_| ());
    assert!(refused(rotated).contains("no vault is set up"));
    block_on(store.vault_init(passphrase(FIRST))).unwrap();
    let again = block_on(store.vault_init(passphrase(SECOND)));
    assert!(refused(again).contains("exists already"));
    let made = save(&home, &store, "a");
    assert!(reveal(&open(&home, given(FIRST)), &made).is_ok());
}

/// `--vault-key-fd` before there is a vault, and for one with a key file.
#[test]
fn a_key_that_is_handed_over_is_a_key_or_refused() {
    let home = Home::new();
    // A passphrase is no key, and nothing is made instead of asking what should open the vault.
    let store = open(&home, given(FIRST));
    let refused = locked(block_on(store.issue_key(KeyKind::Connection)));
    assert!(refused.contains("vault init"), "{refused}");
    assert!(!home.key_path().exists());
    // The text of a key file is one.
    let elsewhere = Home::new();
    block_on(elsewhere.open().issue_key(KeyKind::Connection)).unwrap();
    let text = std::fs::read_to_string(elsewhere.key_path()).unwrap();
    let store = open(&home, given(&text));
    let made = save(&home, &store, "a");
    assert!(reveal(&open(&home, given(&text)), &made).is_ok());
    assert!(!home.key_path().exists(), "the key was handed over, and stays where it is");
    for (wrong, part) in [(FIRST, "is not a vault key"), ("", "is not a vault key")] {
        match reveal(&open(&home, given(wrong)), &made) {
            Err(BackendError::Vault { detail }) => assert!(detail.contains(part), "{detail}"),
            other => panic!("{other:?}"),
        }
    }
    let other = Home::new();
    block_on(other.open().issue_key(KeyKind::Connection)).unwrap();
    let text = std::fs::read_to_string(other.key_path()).unwrap();
    match reveal(&open(&home, given(&text)), &made) {
        Err(BackendError::Vault { detail }) => {
            assert!(detail.contains("--vault-key-fd gave is not the one"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_command_opens_and_a_changed_one_does_not() {
    let home = Home::new();
    let by = |text: &str| {
        let argv = vec!["/bin/echo".to_owned(), text.to_owned()];
        let command = KeyCommand { argv, timeout: Duration::from_secs(20) };
        Unlock { command: Some(command), ..Unlock::default() }
    };
    let store = open(&home, by(FIRST));
    block_on(store.vault_init(NewKey::Command)).unwrap();
    let made = save(&home, &store, "a");
    assert_eq!(source_of(&store), Source::Command);
    assert!(reveal(&open(&home, by(FIRST)), &made).is_ok());
    assert!(reveal(&open(&home, given(FIRST)), &made).is_ok());
    assert!(locked(reveal(&open(&home, by(SECOND)), &made)).contains("something other"));
    let handed = locked(reveal(&open(&home, given(SECOND)), &made));
    assert!(handed.contains("not what the key command printed"), "{handed}");
    // Never silently asked for, or made a file, instead.
    assert!(locked(reveal(&open(&home, asking(&[])), &made)).contains("has none"));
    assert!(!home.key_path().exists());
}

#[test]
fn a_hostile_envelope_costs_nothing() {
    let home = Home::new();
    let store = open(&home, Unlock::default());
    block_on(store.vault_init(passphrase(FIRST))).unwrap();
    let made = save(&home, &store, "a");
    drop(store);
    let sql = home.sql();
    let mut bytes: Vec<u8> =
        sql.query_row("SELECT envelope FROM vault", [], |it| it.get(0)).unwrap();
    // 100 GiB of memory, and four thousand million passes.
    bytes[8..12].copy_from_slice(&(100 * 1024 * 1024u32).to_be_bytes());
    bytes[12..16].copy_from_slice(&u32::MAX.to_be_bytes());
    sql.execute("UPDATE vault SET envelope = ?1", [bytes]).unwrap();
    let begun = Instant::now();
    let refused = reveal(&open(&home, given(FIRST)), &made);
    assert!(matches!(refused, Err(BackendError::Vault { detail }) if detail.contains("limits")));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// How long the usual cost takes, printed for the figures: `-- --nocapture unlock_time`.
#[test]
fn unlock_time() {
    let kdf = crate::backend::store::vault::kdf::Kdf::new(Cost::USUAL).unwrap();
    let begun = Instant::now();
    kdf.derive(FIRST.as_bytes()).unwrap();
    let took = begun.elapsed();
    println!("one unlock at 64 MiB and 3 passes: {took:?}");
    assert!(took > Duration::from_millis(20), "this would be too cheap to guess: {took:?}");
}
