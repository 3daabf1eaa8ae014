//! Who may do what, and what the server sees whatever a statement says. S4.

use super::Team;
use crate::backend::store::TeamStore;
use crate::backend::{BackendError, Place, ReadOnly, Revision, Writes};
use crate::testing::contract::{block_on, change, groups, listed, new};
use crate::testing::postgres;

#[test]
fn two_people_work_on_one_store_and_conflicts_are_reported() {
    let Some(server) = postgres::or_skip("two people on one store") else { return };
    let team = Team::new(server);
    block_on(async {
        let (anna, ben) = (team.open("anna").await, team.open("ben").await);
        let made = anna.save(new(groups("Plan"))).await.unwrap();
        assert_eq!(made.created_by, "anna");
        let seen = ben.connection(made.id).await.unwrap();
        let saved = ben.save(change(&seen, |it| it.description = "by ben".into())).await.unwrap();
        assert_eq!(saved.modified_by, "ben");
        let refused = anna.save(change(&made, |it| it.description = "by anna".into())).await;
        let Err(BackendError::Conflict { by, revision, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((by.as_str(), revision), ("ben", 2));
        let history = anna.history(made.id).await.unwrap();
        let who: Vec<&str> = history.iter().map(|it| it.by.as_str()).collect();
        assert_eq!(who, ["ben", "anna"]);
        // Names are one, whoever asks.
        let taken = ben.save(new(listed("PLAN"))).await;
        assert!(matches!(taken, Err(BackendError::NameTaken { .. })), "{taken:?}");
    });
}

#[test]
fn a_reader_reads_and_its_place_is_read_only_by_itself() {
    let Some(server) = postgres::or_skip("a reader") else { return };
    let team = Team::new(server);
    block_on(async {
        let made = team.open("anna").await.save(new(groups("Plan"))).await.unwrap();
        let store = team.open("cleo").await;
        let facts = store.opened().await.unwrap();
        assert_eq!(facts.read_only, Some(ReadOnly::Role));
        // Past the place the server refuses it all the same.
        let refused = Writes::save(&*store.worker, new(listed("other"))).await;
        let Err(BackendError::Server(error)) = refused else { panic!("{refused:?}") };
        assert_eq!(error.step, crate::backend::store::ServerStep::Rights);
        let place: Place = store.into();
        assert_eq!(place.connection(made.id).await.unwrap().name, "Plan");
        assert_eq!(place.history(made.id).await.unwrap().len(), 1);
        assert!(!place.capabilities().write);
        let refused = place.save(new(listed("other"))).await;
        assert!(matches!(refused, Err(BackendError::Server(_))), "{refused:?}");
    });
}

#[test]
fn a_member_cannot_forge_who_did_it_nor_touch_the_history() {
    let Some(server) = postgres::or_skip("what a member cannot do") else { return };
    let team = Team::new(server);
    let id = block_on(async { team.open("ben").await.save(new(groups("Plan"))).await.unwrap().id });
    let ben = |sql: &str| team.server.run("ben", &team.database, sql);
    for refused in [
        "UPDATE jetbridge.history SET by = 'anna'",
        "DELETE FROM jetbridge.history",
        "UPDATE jetbridge.chain SET note = 'x'",
        "DELETE FROM jetbridge.chain",
        "DELETE FROM jetbridge.connections",
        "DELETE FROM jetbridge.requests",
        "TRUNCATE jetbridge.history",
        "UPDATE jetbridge.store SET version = 9",
        "UPDATE jetbridge.store SET id = gen_random_uuid()",
        "ALTER TABLE jetbridge.history DISABLE TRIGGER ALL",
        "DROP TRIGGER seen ON jetbridge.history",
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION anna",
    ] {
        assert_eq!(ben(refused), Err("42501".to_owned()), "{refused}");
    }
    // What somebody writes past the program is written down as the server saw it.
    ben(&format!(
        "INSERT INTO jetbridge.history (connection, revision, at, by, action, changes, seen_by)
         VALUES ('{id}', 2, 0, 'anna', 'changed', '[]', 'anna')"
    ))
    .unwrap();
    ben("UPDATE jetbridge.connections SET modified_by = 'anna', seen_by = 'anna'").unwrap();
    let seen = team.sql("SELECT seen_by FROM jetbridge.connections");
    assert_eq!(seen, [[Some("ben".to_owned())]]);
    block_on(async {
        let anna = team.open("anna").await;
        let history = anna.history(id).await.unwrap();
        assert_eq!(history[0].by, "anna (saved by ben)");
        let found = crate::backend::store::VaultCalls::check_history(&anna).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("revision 2: the entry was added"), "{found:?}");
    });
    // The counter goes its one step, whatever is written to it.
    let counter = || team.sql("SELECT counter FROM jetbridge.store")[0][0].clone().unwrap();
    let before: u64 = counter().parse().unwrap();
    ben("UPDATE jetbridge.store SET counter = 1").unwrap();
    assert_eq!(counter(), (before + 1).to_string());
}

#[test]
fn a_draft_is_seen_by_whom_it_belongs_to() {
    let Some(server) = postgres::or_skip("drafts of several people") else { return };
    let team = Team::new(server);
    let draft = |title: &str| crate::backend::FormDraft {
        id: "form".into(),
        connection: None,
        title: title.into(),
        content: crate::domain::Secret::new("not-real-draft"),
        saved_at: "2026-03-01T12:00:00Z".parse().unwrap(),
    };
    block_on(async {
        let (anna, ben) = (team.open("anna").await, team.open("ben").await);
        anna.save_draft(draft("of anna")).await.unwrap();
        ben.save_draft(draft("of ben")).await.unwrap();
        let titles = async |store: &TeamStore| -> Vec<String> {
            store.drafts().await.unwrap().into_iter().map(|it| it.title).collect()
        };
        assert_eq!(titles(&anna).await, ["of anna"]);
        assert_eq!(titles(&ben).await, ["of ben"]);
        ben.discard_draft("form".into()).await.unwrap();
        assert_eq!(titles(&anna).await, ["of anna"]);
    });
    let other = team.server.run("ben", &team.database, "SELECT * FROM jetbridge.drafts");
    assert_eq!(other, Ok(Vec::new()));
}

#[test]
fn the_server_sees_no_secret_and_only_the_owner_purges() {
    let Some(server) = postgres::or_skip("what the server sees") else { return };
    let team = Team::new(server);
    block_on(async {
        let ben = team.open("ben").await;
        let key = ben.issue_key(crate::domain::key::KeyKind::Configuration).await.unwrap();
        let held = crate::testing::contract::held(&key, "2026-03-01T12:00:00Z".parse().unwrap());
        let made = ben.save(new(crate::testing::contract::source("Device", held))).await.unwrap();
        let anna = team.open("anna").await;
        let secret = anna.reveal(made.id, "client_secret".into()).await.unwrap();
        assert_eq!(secret.expose(), "not-real-client-secret");
        let deleted = ben.delete(vec![Revision::from(&made)]).await.unwrap();
        let revision = *deleted[0].result.as_ref().unwrap();
        let which = vec![Revision { id: made.id, revision }];
        let refused = ben.purge(which.clone()).await;
        assert!(
            matches!(&refused, Err(BackendError::Server(it)) if it.step == crate::backend::store::ServerStep::Rights),
            "{refused:?}"
        );
        assert_eq!(anna.deleted().await.unwrap().len(), 1);
        assert_eq!(anna.purge(which).await.unwrap()[0].result, Ok(revision));
        assert_eq!(anna.deleted().await.unwrap().len(), 0);
    });
    // Every row of every table, as text.
    let tables = team.sql(
        "SELECT query_to_xml(format('SELECT * FROM jetbridge.%I', relname), true, false, '')::text
         FROM pg_class WHERE relnamespace = 'jetbridge'::regnamespace AND relkind = 'r'",
    );
    let all = format!("{tables:?}") + &team.server.log();
    for secret in ["not-real-client-secret", "not-real-local", super::PASSPHRASE] {
        assert!(!all.contains(secret), "{secret}");
    }
}
