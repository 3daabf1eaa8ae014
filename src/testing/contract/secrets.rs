//! Secrets and issued keys. SPEC D5, D6, D12, E3.

use super::{
    Bench, change, delete, destination, entra, held, new, new_admin, new_key, new_secret, restore,
    secret, source,
};
use crate::backend::{BackendError, SaveRequest};
use crate::domain::answers::Answer;
use crate::domain::answers::testing::{sheet, sheet_of};
use crate::domain::key::{self, KeyKind, KeyStanding};
use crate::domain::{Connection, Draft, Fingerprint, Held};

async fn a_source(bench: &Bench, name: &str) -> Connection {
    let key = bench.backend.issue_key(KeyKind::Configuration).await.unwrap();
    bench.add(source(name, held(&key, bench.clock.now()))).await
}

async fn text(bench: &Bench, of: &Connection, field: &str) -> Result<String, BackendError> {
    let secret = bench.backend.reveal(of.id, field.into()).await?;
    Ok(secret.expose().to_owned())
}

fn fingerprints(of: &Connection) -> Vec<(String, Fingerprint)> {
    let mut answers = of.answers.clone();
    let reported = |(field, held): (String, &mut Held)| match held {
        Held::Stored(fingerprint) => (field, fingerprint.clone()),
        Held::New(_) => panic!("{field} is not stored"),
    };
    answers.secrets_mut().into_iter().map(reported).collect()
}

pub(super) async fn secrets_are_kept_unless_changed(bench: &Bench) {
    let made = a_source(bench, "a").await;
    assert_eq!(text(bench, &made, "client_secret").await, Ok("not-real-client-secret".into()));
    assert_eq!(text(bench, &made, "local_admin_password").await, Ok("not-real-local".into()));
    for (field, Fingerprint(reported)) in fingerprints(&made) {
        assert!(
            reported.len() == 8 && reported.bytes().all(|b| b.is_ascii_hexdigit()),
            "{field}: {reported}"
        );
    }
    let edit = change(&made, |it| new_secret(it, secret("second")));
    let changed = bench.backend.save(edit).await.unwrap();
    assert_eq!(text(bench, &changed, "client_secret").await, Ok("not-real-second".into()));
    assert_eq!(text(bench, &changed, "local_admin_password").await, Ok("not-real-local".into()));
    let (before, after) = (fingerprints(&made), fingerprints(&changed));
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1..], after[1..]);
    // Deleted and restored, it still has them.
    delete(&bench.backend, &[made.id]).await;
    let gone = text(bench, &changed, "client_secret").await;
    assert_eq!(gone, Err(BackendError::NotFound));
    restore(&bench.backend, &[made.id]).await;
    assert_eq!(text(bench, &changed, "client_secret").await, Ok("not-real-second".into()));
    let unknown = text(bench, &changed, "domain_password").await;
    assert_eq!(unknown, Err(BackendError::SecretMissing { field: "domain_password".into() }));
}

pub(super) async fn a_clone_has_its_own_secrets(bench: &Bench) {
    let made = a_source(bench, "a").await;
    let mut draft = Draft { name: "b".into(), ..Draft::from(made.clone()) };
    new_admin(&mut draft, "other", secret("mine"));
    let request = SaveRequest { secrets_from: Some(made.id), ..new(draft) };
    let copy = bench.backend.save(request).await.unwrap();
    assert_eq!(text(bench, &copy, "client_secret").await, Ok("not-real-client-secret".into()));
    assert_eq!(text(bench, &copy, "local_admin_password").await, Ok("not-real-mine".into()));
    // What becomes of the original does not matter to it.
    let edit = change(&made, |it| new_secret(it, secret("second")));
    bench.backend.save(edit).await.unwrap();
    delete(&bench.backend, &[made.id]).await;
    assert_eq!(text(bench, &copy, "client_secret").await, Ok("not-real-client-secret".into()));
}

pub(super) async fn a_missing_secret_is_reported(bench: &Bench) {
    let made = a_source(bench, "a").await;
    // A clone that does not say of what.
    let draft = Draft { name: "b".into(), ..Draft::from(made.clone()) };
    let missing = BackendError::SecretMissing { field: "client_secret".into() };
    assert_eq!(bench.backend.save(new(draft)).await, Err(missing.clone()));
    // A fingerprint that is not what is stored.
    let edit = change(&made, |it| {
        new_secret(it, Held::Stored(Fingerprint("00000000".into())));
    });
    assert_eq!(bench.backend.save(edit).await, Err(missing));
    assert_eq!(bench.backend.count().await, Ok(1));
    assert_eq!(bench.backend.connection(made.id).await, Ok(made));
}

pub(super) async fn dropped_branches_forget_their_secrets(bench: &Bench) {
    // D17: only what is visible is saved.
    let rejoin = sheet()
        .choice("rejoin", "online")
        .text("domain", "corp.example")
        .text("domain_user", "CORP\\joiner")
        .with("domain_password", Answer::Secret(secret("domain")));
    let made = bench.add(destination("a", rejoin)).await;
    assert_eq!(text(bench, &made, "domain_password").await, Ok("not-real-domain".into()));
    let key = bench.backend.issue_key(KeyKind::Connection).await.unwrap();
    let connection_key = held(&key, bench.clock.now());
    let rejoin = sheet().choice("rejoin", "offline").key("connection_key", connection_key);
    let offline = destination("a", rejoin);
    let edit = change(&made, |it| it.answers = offline.answers);
    let changed = bench.backend.save(edit).await.unwrap();
    let gone = text(bench, &changed, "domain_password").await;
    assert_eq!(gone, Err(BackendError::SecretMissing { field: "domain_password".into() }));
    assert_eq!(text(bench, &changed, "connection_key").await, Ok(key.text.expose().into()));
    // Several tokens, each on its own; the one that is dropped is gone.
    let made = bench.add(entra(bench, "b", 3).await).await;
    let fields: Vec<String> = fingerprints(&made).into_iter().map(|it| it.0).collect();
    assert_eq!(fields.len(), 3);
    for (number, field) in fields.iter().enumerate() {
        assert_eq!(text(bench, &made, field).await, Ok(format!("not-real-token-{number}")));
    }
}

pub(super) async fn history_has_no_secret(bench: &Bench) {
    let made = a_source(bench, "a").await;
    let edit = change(&made, |it| new_secret(it, secret("second")));
    let changed = bench.backend.save(edit).await.unwrap();
    let history = bench.backend.history(made.id).await.unwrap();
    assert!(!format!("{history:?}").contains("not-real"));
    let (before, after) =
        (fingerprints(&made)[0].1.0.clone(), fingerprints(&changed)[0].1.0.clone());
    let reported: Vec<_> = history[0].changes.iter().map(|it| (&it.before, &it.after)).collect();
    assert_eq!(reported, [(&Some(before), &Some(after))]);
}

pub(super) async fn a_kept_secret_goes_nowhere_else(bench: &Bench) {
    let made = a_source(bench, "a").await;
    let admin = |draft: &mut Draft, user: &str| {
        sheet_of(&mut draft.answers).set("local_admin_user", Answer::Text(user.into()));
    };
    let elsewhere = BackendError::SecretElsewhere { field: "local_admin_password".into() };
    let moved = bench.backend.save(change(&made, |it| admin(it, "other"))).await;
    assert_eq!(moved, Err(elsewhere.clone()));
    let mut copy = Draft { name: "b".into(), ..Draft::from(made.clone()) };
    admin(&mut copy, "other");
    let request = SaveRequest { secrets_from: Some(made.id), ..new(copy) };
    assert_eq!(bench.backend.save(request).await, Err(elsewhere));
    assert_eq!(bench.backend.connection(made.id).await, Ok(made.clone()));
    // Capitals are the same user, and entered again it goes where it is entered for.
    let made = bench.backend.save(change(&made, |it| admin(it, "LocalAdm"))).await.unwrap();
    assert_eq!(text(bench, &made, "local_admin_password").await, Ok("not-real-local".into()));
    let edit = change(&made, |it| new_admin(it, "other", secret("again")));
    let made = bench.backend.save(edit).await.unwrap();
    assert_eq!(text(bench, &made, "local_admin_password").await, Ok("not-real-again".into()));
}

pub(super) async fn keys_are_distinguished(bench: &Bench) {
    let backend = &bench.backend;
    let first = backend.issue_key(KeyKind::Configuration).await.unwrap();
    let issued_at = bench.clock.now();
    assert_eq!(key::parse(first.text.expose()), Ok(first.clone()));
    let unused = KeyStanding::Unused { issued_at };
    assert_eq!(backend.check_key(first.clone()).await, Ok(unused));
    let made = bench.add(source("a", held(&first, issued_at))).await;
    let current = KeyStanding::Current { connection: made.id, name: "a".into() };
    assert_eq!(backend.check_key(first.clone()).await, Ok(current));
    // Issuing the next one changes nothing until the connection is saved with it.
    let second = backend.issue_key(KeyKind::Configuration).await.unwrap();
    assert_ne!(first, second);
    assert!(matches!(backend.check_key(first.clone()).await, Ok(KeyStanding::Current { .. })));
    bench.clock.pass(60);
    let edit = change(&made, |it| new_key(it, held(&second, issued_at)));
    let made = backend.save(edit).await.unwrap();
    let at = bench.clock.now();
    let superseded = KeyStanding::Superseded { name: "a".into(), at };
    assert_eq!(backend.check_key(first.clone()).await, Ok(superseded.clone()));
    // A later save, and a rename, keep it so.
    bench.clock.pass(60);
    let made = backend.save(change(&made, |it| it.description = "x".into())).await.unwrap();
    assert_eq!(backend.check_key(first).await, Ok(superseded));
    let current = KeyStanding::Current { connection: made.id, name: "a".into() };
    assert_eq!(backend.check_key(second).await, Ok(current));
    let foreign = key::issue(KeyKind::Configuration, &[31; key::ENTROPY]);
    assert_eq!(backend.check_key(foreign).await, Ok(KeyStanding::Unknown));
}

pub(super) async fn a_cloned_key_stays_true(bench: &Bench) {
    let backend = &bench.backend;
    let first = backend.issue_key(KeyKind::Configuration).await.unwrap();
    let made = bench.add(source("a", held(&first, bench.clock.now()))).await;
    bench.clock.pass(60);
    let draft = Draft { name: "b".into(), ..Draft::from(made.clone()) };
    let request = SaveRequest { secrets_from: Some(made.id), ..new(draft) };
    let copy = backend.save(request).await.unwrap();
    let of_original = KeyStanding::Current { connection: made.id, name: "a".into() };
    assert_eq!(backend.check_key(first.clone()).await, Ok(of_original));
    // The original gets another key: the clone still uses this one.
    let second = backend.issue_key(KeyKind::Configuration).await.unwrap();
    let edit = change(&made, |it| new_key(it, held(&second, bench.clock.now())));
    backend.save(edit).await.unwrap();
    let of_copy = KeyStanding::Current { connection: copy.id, name: "b".into() };
    assert_eq!(backend.check_key(first).await, Ok(of_copy));
}

pub(super) async fn a_restoring_save_keeps_key_and_secrets(bench: &Bench) {
    let key = bench.backend.issue_key(KeyKind::Configuration).await.unwrap();
    let made = bench.add(source("a", held(&key, bench.clock.now()))).await;
    let opened = made.clone();
    delete(&bench.backend, &[made.id]).await;
    let edit = change(&opened, |it| new_admin(it, "other", secret("mine")));
    let target = edit.target.map(|it| crate::backend::Revision { revision: 2, ..it });
    let back = bench.backend.save(SaveRequest { target, restore: true, ..edit }).await.unwrap();
    assert_eq!(text(bench, &back, "client_secret").await, Ok("not-real-client-secret".into()));
    assert_eq!(text(bench, &back, "configuration_key").await, Ok(key.text.expose().into()));
    assert_eq!(text(bench, &back, "local_admin_password").await, Ok("not-real-mine".into()));
    let current = KeyStanding::Current { connection: made.id, name: "a".into() };
    assert_eq!(bench.backend.check_key(key.clone()).await, Ok(current));
    // As a new connection it takes key and secrets of the deleted one as well.
    delete(&bench.backend, &[made.id]).await;
    let draft = Draft { name: "b".into(), ..Draft::from(back) };
    let request = SaveRequest { secrets_from: Some(made.id), ..new(draft) };
    let copy = bench.backend.save(request).await.unwrap();
    assert_eq!(text(bench, &copy, "configuration_key").await, Ok(key.text.expose().into()));
    assert_eq!(text(bench, &copy, "local_admin_password").await, Ok("not-real-mine".into()));
}

pub(super) async fn the_key_of_a_deleted_connection(bench: &Bench) {
    let key = bench.backend.issue_key(KeyKind::Configuration).await.unwrap();
    let made = bench.add(source("a", held(&key, bench.clock.now()))).await;
    bench.clock.pass(60);
    delete(&bench.backend, &[made.id]).await;
    let gone = KeyStanding::Deleted { name: "a".into(), at: bench.clock.now() };
    assert_eq!(bench.backend.check_key(key.clone()).await, Ok(gone));
    restore(&bench.backend, &[made.id]).await;
    let standing = bench.backend.check_key(key).await.unwrap();
    assert!(matches!(standing, KeyStanding::Current { .. }), "{standing:?}");
}
