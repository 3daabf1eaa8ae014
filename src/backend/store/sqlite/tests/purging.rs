//! What is purged is not in any file afterwards, and what was deleted goes after its days. Issue 13.

use std::fs;
use std::time::Duration;

use super::Home;
use crate::backend::store::{NewKey, OpenOptions, Store, Unlock};
use crate::backend::{FormDraft, Revision};
use crate::domain::{ConnectionId, Draft, Secret};
use crate::testing::contract::{
    block_on, change, delete, held, id_of, listed, new, now_of, source,
};

const DAY: i64 = 86_400;

fn deleted(store: &Store) -> Vec<Revision> {
    let all = block_on(store.deleted()).unwrap();
    all.iter().map(|it| Revision { id: it.row.id, revision: it.row.revision }).collect()
}

fn draft(of: ConnectionId) -> FormDraft {
    let saved_at = "2026-11-22T10:00:00Z".parse().unwrap();
    let content = Secret::new("not-real");
    FormDraft {
        id: "form-of-it".into(),
        connection: Some(of),
        title: "t".into(),
        content,
        saved_at,
    }
}

/// What `doctor` finds wrong with the store.
fn damage(home: &Home) -> Vec<String> {
    let found =
        super::super::inspect(&home.path(), &home.key_path(), Duration::from_secs(60)).unwrap();
    found.damage.unwrap()
}

/// Everything that the store keeps in files.
fn bytes(home: &Home) -> Vec<u8> {
    let mut all = Vec::new();
    for suffix in ["", "-wal", "-shm"] {
        all.extend(fs::read(home.beside(suffix)).unwrap_or_default());
    }
    all
}

fn has(all: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(all, part).is_some()
}

#[test]
fn nothing_of_what_was_purged_is_in_a_file() {
    let home = Home::new();
    let store = home.open();
    block_on(async {
        for number in 0..40 {
            let key = store.issue_key(crate::domain::key::KeyKind::Configuration).await.unwrap();
            let name =
                if number == 20 { "canary-name".to_owned() } else { format!("n{number:02}") };
            store.save(new(source(&name, held(&key, home.clock.now())))).await.unwrap();
        }
        let id = id_of(&store, "canary-name").await.unwrap();
        // Rows that grow, shrink and move leave copies in pages that are used again.
        for text in ["canary-description ".repeat(40), "canary-short".into(), "canary-last".into()]
        {
            let now = store.connection(id).await.unwrap();
            let edit = |it: &mut Draft| it.description = text.trim().to_owned();
            store.save(change(&now, edit)).await.unwrap();
        }
        store.save_draft(draft(id)).await.unwrap();
        delete(&store, &[id]).await;
        let sealed = |sql: &str| -> Vec<Vec<u8>> {
            let conn = home.sql();
            let mut statement = conn.prepare(sql).unwrap();
            let rows = statement.query_map([id.0.as_bytes()], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let mut secrets = sealed("SELECT sealed FROM secrets WHERE connection = ?1");
        secrets.extend(sealed("SELECT sealed FROM drafts WHERE ?1 <> x''"));
        secrets.extend(sealed("SELECT hash FROM key_uses WHERE connection = ?1"));
        assert_eq!(secrets.len(), 3 + 1 + 1);
        let before = bytes(&home);
        assert!(secrets.iter().all(|it| has(&before, it)), "the search finds what is there");
        assert!(has(&before, b"canary-name") && has(&before, b"canary-last"));
        let which = vec![Revision { id, revision: now_of(&store, &[id]).await[0].revision }];
        let outcomes = store.purge(which).await.unwrap();
        assert!(outcomes[0].result.is_ok(), "{outcomes:?}");
        let after = bytes(&home);
        assert!(!has(&after, b"canary-"), "a name or a description");
        assert!(!secrets.iter().any(|it| has(&after, it)), "a sealed secret, draft or key");
        assert_eq!(store.count().await.unwrap(), 39);
        assert_eq!(store.check_sealed().await.unwrap().secrets, 39 * 3);
    });
    drop(store);
    assert_eq!(damage(&home), [""; 0], "the rest of the history is as it was");
    // And the chain goes on.
    let store = home.open();
    block_on(store.save(new(listed("next")))).unwrap();
    drop(store);
    assert_eq!(damage(&home), [""; 0]);
}

/// A purge that nobody made shows: the rows are gone, and the chain does not say so.
#[test]
fn a_connection_that_is_taken_out_by_sql_is_not_taken_for_purged() {
    let home = Home::new();
    let store = home.open();
    let made = block_on(store.save(new(listed("a")))).unwrap();
    block_on(store.issue_key(crate::domain::key::KeyKind::Configuration)).unwrap();
    drop(store);
    let sql = home.sql();
    sql.execute("DELETE FROM history WHERE connection = ?1", [made.id.0.as_bytes()]).unwrap();
    drop(sql);
    assert_eq!(damage(&home).len(), 1, "{:?}", damage(&home));
}

fn opened(home: &Home, purge_days: u32) -> Store {
    Store::open(OpenOptions { purge_days, ..home.options() }).unwrap()
}

#[test]
fn what_was_deleted_long_ago_goes_with_the_first_change() {
    let home = Home::new();
    let store = home.open();
    let ids = ["old", "new"].map(|name| block_on(store.save(new(listed(name)))).unwrap().id);
    block_on(delete(&store, &ids[..1]));
    home.clock.pass(80 * DAY);
    block_on(delete(&store, &ids[1..]));
    home.clock.pass(9 * DAY);
    drop(store);
    let change = |store: &Store, name: &str| {
        block_on(store.save(new(listed(name)))).unwrap();
        deleted(store).len()
    };
    assert_eq!(change(&opened(&home, 90), "a"), 2, "89 days");
    home.clock.pass(2 * DAY);
    assert_eq!(change(&opened(&home, 0), "b"), 2, "never");
    let store = opened(&home, 90);
    assert_eq!(deleted(&store).len(), 2, "looking purges nothing");
    assert_eq!(block_on(store.count()).unwrap(), 2);
    assert_eq!(change(&store, "c"), 1, "91 days");
    assert_eq!(deleted(&store)[0].id, ids[1]);
    drop(store);
    assert_eq!(damage(&home), [""; 0]);
}

/// Whose a draft is stands sealed in it: without the passphrase the purge waits, the change does not.
#[test]
fn a_locked_vault_with_drafts_is_not_asked_for() {
    let home = Home::new();
    let store = home.open();
    let passphrase = || Secret::new("not-a-real passphrase");
    block_on(store.vault_init(NewKey::Passphrase(passphrase()))).unwrap();
    let gone = block_on(store.save(new(listed("gone")))).unwrap().id;
    block_on(store.save_draft(draft(gone))).unwrap();
    block_on(delete(&store, &[gone]));
    drop(store);
    home.clock.pass(91 * DAY);
    let store = opened(&home, 90);
    block_on(store.save(new(listed("a")))).unwrap();
    assert_eq!(deleted(&store).len(), 1);
    assert!(block_on(store.purge(deleted(&store))).is_err(), "by hand it is asked for");
    drop(store);
    let unlock = Unlock { given: Some(passphrase()), ..Unlock::default() };
    let store = Store::open(OpenOptions { purge_days: 90, ..home.with(unlock) }).unwrap();
    block_on(store.drafts()).unwrap();
    block_on(store.save(new(listed("b")))).unwrap();
    assert_eq!(deleted(&store).len(), 0);
    assert!(block_on(store.drafts()).unwrap().is_empty());
}
