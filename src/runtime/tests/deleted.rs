//! A connection that somebody else deletes while it is open in a form: nothing typed is lost, and
//! neither are its key and its secrets. C7.

use std::sync::Arc;

use crate::backend::Place;
use crate::backend::store::Store;
use crate::domain::{Connection, ConnectionId, Timestamp, key};
use crate::testing::contract::{delete, held, id_of, listed, new, restore, source};
use crate::testing::harness::{Harness, Setup};

/// A source of devices whose name is changed in a form, and which is deleted by someone else when it
/// is saved.
async fn deleted(store: &Arc<Store>) -> (Harness, Connection, String) {
    let key = store.issue_key(key::KeyKind::Configuration).await.unwrap();
    let text = key.text.expose().to_owned();
    let made = store.save(new(source("hq", held(&key, Timestamp::UNIX_EPOCH)))).await.unwrap();
    let mut harness = Harness::start(Setup::new(Place::clone(store))).await.unwrap();
    harness.keys("e!").await.unwrap();
    delete(store, &[made.id]).await;
    let shown = harness.keys("<ctrl-s><ctrl-s>").await.unwrap();
    assert!(shown.contains("Someone else deleted this connection"), "{shown}");
    for choice in
        ["Continue editing", "Leave it deleted", "Restore it and save mine", "Save mine as a"]
    {
        assert!(shown.contains(choice), "{shown}");
    }
    assert!(shown.contains("deleted hq") && shown.contains("mine    hq!"), "{shown}");
    (harness, made, text)
}

async fn key_of(store: &Store, id: ConnectionId) -> String {
    store.reveal(id, "configuration_key".to_owned()).await.unwrap().expose().to_owned()
}

async fn store() -> Arc<Store> {
    Arc::new(Store::in_memory("test").unwrap())
}

#[tokio::test]
async fn it_is_restored_and_mine_is_saved_with_key_and_secrets() {
    let store = store().await;
    let (mut harness, made, key) = deleted(&store).await;
    let shown = harness.keys("<down><down><enter>").await.unwrap();
    assert!(shown.contains("Restored and saved hq!"), "{shown}");
    assert!(harness.model().screens.form().is_none());
    let back = store.connection(made.id).await.unwrap();
    assert_eq!((&*back.name, back.revision), ("hq!", 4));
    assert_eq!(key_of(&store, made.id).await, key);
    let secret = store.reveal(made.id, "client_secret".to_owned()).await.unwrap();
    assert_eq!(secret.expose(), "not-real-client-secret");
    assert_eq!(harness.model().list.current().map(|it| it.id), Some(made.id));
}

#[tokio::test]
async fn it_stays_deleted_and_mine_is_a_draft() {
    let store = store().await;
    let (mut harness, made, _) = deleted(&store).await;
    harness.keys("<down><enter>").await.unwrap();
    assert!(harness.model().screens.form().is_none() && harness.model().list.rows.is_empty());
    assert_eq!(harness.model().drafts, 1);
    assert_eq!(store.deleted().await.unwrap().len(), 1);
    assert_eq!(store.drafts().await.unwrap()[0].connection, Some(made.id));
}

#[tokio::test]
async fn mine_becomes_a_new_one_with_key_and_secrets() {
    let store = store().await;
    let (mut harness, made, key) = deleted(&store).await;
    let shown = harness.keys("<down><down><down><enter>").await.unwrap();
    assert!(shown.contains("Created hq! (Active Directory"), "{shown}");
    let id = id_of(&store, "hq!").await.unwrap();
    assert_ne!(id, made.id);
    assert_eq!(key_of(&store, id).await, key);
    assert_eq!(store.deleted().await.unwrap().len(), 1);
}

/// Deciding later asks again at the next save.
#[tokio::test]
async fn going_on_asks_again() {
    let store = store().await;
    let (mut harness, made, _) = deleted(&store).await;
    harness.keys("<enter>").await.unwrap();
    assert!(harness.model().screens.form().is_some() && harness.model().modals.is_empty());
    let shown = harness.keys("<ctrl-s>").await.unwrap();
    assert!(shown.contains("Someone else deleted this connection"), "{shown}");
    harness.keys("<down><down><enter>").await.unwrap();
    assert_eq!(store.connection(made.id).await.unwrap().name, "hq!");
}

/// Its name, or the one that was typed, is another's by now: the form says so at the name, and the
/// next save restores it under a free one.
#[tokio::test]
async fn a_name_that_is_taken_by_now_is_changed_first() {
    for (taken, name) in [("hq", "hq!"), ("hq!", "hq!?")] {
        let store = store().await;
        let (mut harness, made, key) = deleted(&store).await;
        store.save(new(listed(taken))).await.unwrap();
        let shown = harness.keys("<down><down><enter>").await.unwrap();
        if taken == "hq!" {
            assert!(shown.contains("exists already"), "{shown}");
            assert_eq!(store.deleted().await.unwrap().len(), 1, "nothing was changed");
            let shown = harness.keys("?<ctrl-s><ctrl-s>").await.unwrap();
            assert!(shown.contains("Restored and saved hq!?"), "{shown}");
        }
        let back = store.connection(made.id).await.unwrap();
        assert_eq!(back.name, name);
        assert_eq!(key_of(&store, made.id).await, key);
        assert!(id_of(&store, taken).await.is_some_and(|it| it != made.id));
    }
}

/// Somebody else restores it while the question is open: theirs is a newer revision like any other.
#[tokio::test]
async fn restored_in_the_meantime_is_a_conflict() {
    let store = store().await;
    let (mut harness, made, _) = deleted(&store).await;
    restore(&store, &[made.id]).await;
    let shown = harness.keys("<down><down><enter>").await.unwrap();
    assert!(shown.contains("Someone else changed this connection"), "{shown}");
    let shown = harness.keys("<down><down><enter>").await.unwrap();
    assert!(shown.contains("Restored and saved hq!") || shown.contains("Saved hq!"), "{shown}");
    assert_eq!(store.connection(made.id).await.unwrap().name, "hq!");
}

/// Deleted while the other question is open: saving mine over theirs asks about the deletion.
#[tokio::test]
async fn deleted_while_a_conflict_is_open_asks_about_that() {
    let store = store().await;
    let made = store.save(new(source_of(&store).await)).await.unwrap();
    let mut harness = Harness::start(Setup::new(Place::clone(&store))).await.unwrap();
    harness.keys("e!").await.unwrap();
    let theirs = crate::testing::contract::change(&made, |it| it.description = "x".into());
    store.save(theirs).await.unwrap();
    let shown = harness.keys("<ctrl-s><ctrl-s>").await.unwrap();
    assert!(shown.contains("Someone else changed this connection"), "{shown}");
    delete(&store, &[made.id]).await;
    let shown = harness.keys("<down><down><enter>").await.unwrap();
    assert!(shown.contains("Someone else deleted this connection"), "{shown}");
    harness.keys("<down><down><enter>").await.unwrap();
    assert_eq!(store.connection(made.id).await.unwrap().name, "hq!");
}

async fn source_of(store: &Store) -> crate::domain::Draft {
    let key = store.issue_key(key::KeyKind::Configuration).await.unwrap();
    source("hq", held(&key, Timestamp::UNIX_EPOCH))
}

/// In every size of the screen each choice can be read.
#[tokio::test]
async fn the_question_fits_the_smallest_screen() {
    let store = store().await;
    let (mut harness, _, _) = deleted(&store).await;
    for (width, height) in [(40, 12), (60, 16), (80, 24), (140, 40)] {
        let shown = harness.resize(width, height).await.unwrap();
        for choice in ["Continue", "Leave it", "Restore it", "Save mine"] {
            assert!(shown.contains(choice), "{width}x{height}: {shown}");
        }
    }
}

/// A store that does not know the connection at all, because a backup was put in its place.
#[tokio::test]
async fn one_that_is_nowhere_is_created_again() {
    use crate::backend::BackendError;
    use crate::testing::fake::{Call, Fake};
    let fake = Fake::new();
    let key = fake.issue_key(key::KeyKind::Configuration).await.unwrap();
    fake.save(new(source("hq", held(&key, Timestamp::UNIX_EPOCH)))).await.unwrap();
    let mut harness = Harness::start(Setup::new(fake.clone())).await.unwrap();
    harness.keys("e!").await.unwrap();
    fake.fail_next(Call::Save, BackendError::NotFound);
    let shown = harness.keys("<ctrl-s><ctrl-s>").await.unwrap();
    let text = "Gone from the store. Save again to create it; enter its secrets again.";
    assert!(shown.contains(text), "whole on 80 columns: {shown}");
    let form = harness.model().screens.form().unwrap();
    assert!(form.target.is_none() && form.errors.contains_key("client_secret"));
}
