//! Whole stores between this machine and a team, in every direction. S5; issue 16, point 7.

use std::sync::Arc;

use super::*;
use crate::backend::Revision;
use crate::backend::store::postgres::migrate;
use crate::backend::store::{NewKey, OpenOptions, Store, TeamStore, VaultCalls};
use crate::domain::Held;
use crate::domain::ProfileStatus;
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::testing::contract::{
    block_on, change, groups, held, listed, new, profile, row, source, tenant,
};
use crate::testing::postgres::{self, Postgres};

struct Bench {
    _folder: tempfile::TempDir,
    store: Box<dyn Moving>,
    database: String,
}

fn file() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let (data, key) = (folder.path().join("data/store.db"), folder.path().join("config/vault.key"));
    let store = Box::new(Store::open(OpenOptions::new(data, key, "anna")).unwrap());
    Bench { _folder: folder, store, database: String::new() }
}

async fn team(server: &Arc<Postgres>) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let database = server.database();
    let mut options = server.team("anna", &database);
    options.key_path = folder.path().join("config/vault.key");
    migrate(&options).await.unwrap();
    let store = TeamStore::start(options).unwrap();
    store.vault_init(NewKey::Passphrase(Secret::new("not-a-real-passphrase"))).await.unwrap();
    Bench { _folder: folder, store: Box::new(store), database }
}

/// Keys: current, superseded, unused.
async fn fill(store: &dyn Moving) -> [Key; 3] {
    let place = store.place();
    let at = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(place.issue_key(KeyKind::Configuration).await.unwrap());
    }
    let [current, superseded, unused]: [Key; 3] = keys.try_into().unwrap();
    place.put_objects(vec![tenant("Contoso"), profile(ProfileStatus::Active)]).await.unwrap();
    let made = place.save(new(source("Device", held(&superseded, at)))).await.unwrap();
    let now = held(&current, at);
    let made =
        place.save(change(&made, |it| it.answers = source("Device", now).answers)).await.unwrap();
    place.save(new(groups("Plan"))).await.unwrap();
    // Two of one name: one is deleted.
    let old = place.save(new(source("Wave", held(&unused, at)))).await.unwrap();
    place.delete(vec![Revision::from(&old)]).await.unwrap();
    place.save(new(listed("Wave"))).await.unwrap();
    let rows = (0..450).map(|it| row(it + 2, &format!("bulk {it:03}"))).collect();
    place.import(rows).await.unwrap();
    let mut answers = made.answers.clone();
    let print = answers.secrets_mut().into_iter().find_map(|(field, held)| match held {
        Held::Stored(it) if field == "client_secret" => Some(it.0.clone()),
        _ => None,
    });
    let draft = FormDraft {
        id: "form".into(),
        connection: Some(made.id),
        title: "Device".into(),
        content: Secret::new(format!("{{\"client_secret\":{{\"kept\":\"{}\"}}}}", print.unwrap())),
        saved_at: at,
    };
    place.save_draft(draft).await.unwrap();
    [current, superseded, unused]
}

async fn everything(store: &dyn Moving) -> Vec<Moved> {
    let ids = store.ids().await.unwrap();
    store.take(ids).await.unwrap()
}

async fn standings(store: &dyn Moving, keys: &[Key; 3]) -> Vec<KeyStanding> {
    let mut all = Vec::new();
    for it in keys {
        all.push(store.place().check_key(it.clone()).await.unwrap());
    }
    all
}

async fn moves(from: &dyn Moving, to: &dyn Moving) {
    let keys = fill(from).await;
    let before = everything(from).await;
    let done = copy(from, to).await.unwrap();
    assert_eq!((done.connections, done.already, done.deleted), (454, 0, 1));
    assert_eq!((done.secrets, done.keys, done.drafts), (6, 3, 1));
    assert!(done.objects > 0 && done.entries >= 5, "{done:?}");
    assert_eq!(everything(from).await, before, "the source is untouched");
    for (copy, original) in everything(to).await.iter().zip(&before) {
        assert!(copy.is_copy_of(original), "{copy:?}\n{original:?}");
    }
    assert_eq!(standings(to, &keys).await, standings(from, &keys).await);
    assert_eq!(to.check_history().await.unwrap(), Vec::<String>::new());
    assert_eq!(to.check_sealed().await.unwrap().secrets, 6);
    let device = before.iter().find(|it| it.record.name == "Device").unwrap().record.id;
    let secret = to.place().reveal(device, "client_secret".into()).await.unwrap();
    assert_eq!(secret.expose(), "not-real-client-secret");
    // A draft names the secret by the fingerprint that it has there.
    let mut now = to.place().connection(device).await.unwrap();
    let named = now.answers.secrets_mut().into_iter().find_map(|(field, held)| match held {
        Held::Stored(it) if field == "client_secret" => Some(it.0.clone()),
        _ => None,
    });
    let draft = to.place().drafts().await.unwrap().remove(0);
    assert!(draft.content.expose().contains(&named.unwrap()), "the draft names another secret");
    // The deleted one comes back under another name only: its own is taken.
    let deleted = to.place().deleted().await.unwrap().remove(0);
    assert_eq!(&*deleted.row.name, "Wave");
    // Again: nothing is left to do.
    let again = copy(from, to).await.unwrap();
    assert_eq!((again.connections, again.already, again.drafts), (454, 454, 1));
    // What was changed there is not overwritten.
    let now = to.place().connection(device).await.unwrap();
    let changed = change(&now, |it| it.description = "by somebody".into());
    to.place().save(changed).await.unwrap();
    let refused = copy(from, to).await;
    assert!(matches!(&refused, Err(Stop::Differ(all)) if all == &["Device"]), "{refused:?}");
}

#[test]
fn a_whole_store_goes_from_file_to_file() {
    block_on(async {
        let (from, to) = (file(), file());
        moves(&*from.store, &*to.store).await;
        let same = copy(&*from.store, &*from.store).await;
        assert!(matches!(same, Err(Stop::Same)), "{same:?}");
    });
}

#[test]
fn a_whole_store_goes_to_a_team_and_back() {
    let Some(server) = postgres::or_skip("a store that goes to a team and back") else { return };
    block_on(async {
        let (local, shared, back) = (file(), team(&server).await, file());
        moves(&*local.store, &*shared.store).await;
        let done = copy(&*shared.store, &*back.store).await.unwrap();
        assert_eq!((done.connections, done.secrets, done.drafts), (454, 6, 1));
        // Back where it came from there is nothing to do.
        let again = copy(&*back.store, &*shared.store).await.unwrap();
        assert_eq!((again.connections, again.already), (454, 454));
        let (other, empty) = (team(&server).await, team(&server).await);
        moves(&*other.store, &*empty.store).await;
    });
}

/// What was copied before it was broken off is left, and the rest follows.
#[test]
fn a_copy_that_was_broken_off_goes_on() {
    block_on(async {
        let (from, to) = (file(), file());
        fill(&*from.store).await;
        to.store.adopt(from.store.issued().await.unwrap()).await.unwrap();
        let mut first = everything(&*from.store).await;
        first.truncate(300);
        to.store.put(first).await.unwrap();
        let done = copy(&*from.store, &*to.store).await.unwrap();
        assert_eq!((done.connections, done.already), (454, 300));
    });
}

/// What is in the source by a name that is not deleted.
async fn named(store: &dyn Moving, name: &str) -> crate::domain::Connection {
    let place = store.place();
    let found = place.named(vec![name.to_owned()]).await.unwrap().remove(0).remove(0);
    place.connection(found.id).await.unwrap()
}

/// Changes of every kind; how many connections they are of.
async fn go_on(store: &dyn Moving, keys: &[Key; 3]) -> usize {
    let place = store.place();
    let at = "2026-03-02T12:00:00Z".parse().unwrap();
    // Another key and another secret.
    let device = named(store, "Device").await;
    let answers = source("Device", held(&keys[2], at)).answers;
    let device = place.save(change(&device, |it| it.answers = answers)).await.unwrap();
    place.save(change(&device, |it| it.description = "later".into())).await.unwrap();
    // A name that another one has from now on.
    let plan = named(store, "Plan").await;
    place.save(change(&plan, |it| it.name = "Plan of before".into())).await.unwrap();
    place.save(new(groups("Plan"))).await.unwrap();
    // One that had nothing in its history, one that is deleted, and one that is no more.
    let bulk = named(store, "bulk 001").await;
    place.save(change(&bulk, |it| it.description = "looked at".into())).await.unwrap();
    let bulk = named(store, "bulk 002").await;
    place.delete(vec![Revision::from(&bulk)]).await.unwrap();
    let wave = named(store, "Wave").await;
    place.save(change(&wave, |it| it.name = "Wave of before".into())).await.unwrap();
    let deleted = place.deleted().await.unwrap();
    let deleted = deleted.iter().find(|it| &*it.row.name == "Wave").unwrap();
    let restored = Revision { id: deleted.row.id, revision: deleted.row.revision };
    place.restore(vec![restored]).await.unwrap().remove(0).result.unwrap();
    let draft = place.drafts().await.unwrap().remove(0);
    let newer = "2026-03-02T13:00:00Z".parse().unwrap();
    place
        .save_draft(FormDraft { title: "Device, later".into(), saved_at: newer, ..draft })
        .await
        .unwrap();
    6
}

async fn equal(from: &dyn Moving, to: &dyn Moving) {
    let before = everything(from).await;
    for (copy, original) in everything(to).await.iter().zip(&before) {
        assert!(copy.is_copy_of(original), "{copy:?}\n{original:?}");
    }
    assert_eq!(to.check_history().await.unwrap(), Vec::<String>::new());
    let sealed =
        (to.check_sealed().await.unwrap().secrets, from.check_sealed().await.unwrap().secrets);
    assert_eq!(sealed.0, sealed.1);
}

/// The source is changed after it was copied, in part or whole: the changes follow, and nothing else does.
async fn follows(from: &dyn Moving, to: &dyn Moving) {
    let keys = fill(from).await;
    copy(from, to).await.unwrap();
    let changed = go_on(from, &keys).await;
    let looked = plan(from, to).await.unwrap();
    assert_eq!((looked.connections, looked.changed), (455, changed));
    assert_eq!(plan(from, to).await.unwrap(), looked, "nothing was written");
    let done = copy(from, to).await.unwrap();
    assert_eq!((done.connections, done.already, done.changed), (455, 454 - changed, changed));
    equal(from, to).await;
    assert_eq!(standings(to, &keys).await, standings(from, &keys).await);
    let draft = to.place().drafts().await.unwrap().remove(0);
    assert_eq!(draft.title, "Device, later");
    // Back: what was changed there follows as well.
    let device = named(to, "Device").await;
    to.place().save(change(&device, |it| it.description = "there".into())).await.unwrap();
    let back = copy(to, from).await.unwrap();
    assert_eq!((back.already, back.changed), (454, 1));
    equal(to, from).await;
    // Changed in both: neither is overwritten, and a dry run says so, too.
    for store in [from, to] {
        let device = named(store, "Device").await;
        store.place().save(change(&device, |it| it.description.push('!'))).await.unwrap();
    }
    for stop in [plan(from, to).await, copy(from, to).await, copy(to, from).await] {
        assert!(matches!(&stop, Err(Stop::Differ(all)) if all == &["Device"]), "{stop:?}");
    }
}

#[test]
fn what_changed_in_the_source_since_it_was_copied_follows() {
    block_on(async {
        let (from, to) = (file(), file());
        follows(&*from.store, &*to.store).await;
    });
    let Some(server) = postgres::or_skip("changes that follow to a team and back") else { return };
    block_on(async {
        let (from, to) = (file(), team(&server).await);
        follows(&*from.store, &*to.store).await;
        let (from, to) = (team(&server).await, file());
        follows(&*from.store, &*to.store).await;
    });
}

#[test]
fn names_and_keys_of_others_are_not_taken() {
    block_on(async {
        let (from, to) = (file(), file());
        fill(&*from.store).await;
        to.store.place().save(new(listed("PLAN"))).await.unwrap();
        let refused = copy(&*from.store, &*to.store).await;
        assert!(
            matches!(refused, Err(Stop::Target(BackendError::NameTaken { .. }))),
            "{refused:?}"
        );
        let other = file();
        other.store.place().issue_key(KeyKind::Connection).await.unwrap();
        let refused = copy(&*from.store, &*other.store).await;
        assert!(matches!(refused, Err(Stop::Target(BackendError::Invalid(_)))), "{refused:?}");
    });
}

#[test]
fn an_altered_history_is_not_copied() {
    let Some(server) = postgres::or_skip("an altered history is not copied") else { return };
    block_on(async {
        let from = team(&server).await;
        fill(&*from.store).await;
        server.admin(&from.database, "UPDATE jetbridge.history SET by = 'ben' WHERE revision = 2");
        let to = file();
        let refused = copy(&*from.store, &*to.store).await;
        let Err(Stop::History(problems)) = refused else { panic!("{refused:?}") };
        assert!(
            problems.iter().any(|it| it.contains("Device") && it.contains("edited")),
            "{problems:?}"
        );
        assert!(to.store.ids().await.unwrap().is_empty());
    });
}
