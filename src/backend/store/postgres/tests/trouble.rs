//! Servers that get into trouble while somebody works on them: each is named, nothing is lost, and it
//! goes on where it can. S3.

use std::io::Write;
use std::sync::Arc;

use super::Team;
use crate::backend::shared::Kept;
use crate::backend::store::{ServerStep, TeamOptions, TeamStore, VaultCalls};
use crate::backend::{BackendError, PageRequest, Place, ReadOnly};
use crate::testing::contract::{block_on, groups, listed, new, row};
use crate::testing::line::{Line, State};
use crate::testing::{pgbouncer, postgres};

/// The step of a failure, and what it says.
fn step<T: std::fmt::Debug>(outcome: Result<T, BackendError>) -> (ServerStep, String) {
    match outcome {
        Err(BackendError::Server(error)) => {
            assert!(!error.hint.is_empty(), "{error:?}");
            (error.step, error.what)
        }
        other => panic!("{other:?}"),
    }
}

async fn names(place: &Place) -> Vec<String> {
    let page = place.page(PageRequest { after: None, limit: 100 }).await.unwrap();
    page.rows.iter().map(|it| it.name.to_string()).collect()
}

#[test]
fn a_role_that_is_taken_away_in_the_middle_is_named() {
    let Some(server) = postgres::own_or_skip("a role that is taken away") else { return };
    let team = Team::new(Arc::new(server));
    block_on(async {
        let ben = team.open("ben").await;
        ben.save(new(listed("before"))).await.unwrap();
        team.sql("REVOKE jetbridge_member FROM ben; GRANT jetbridge_reader TO ben");
        let (at, what) = step(ben.save(new(listed("refused"))).await);
        assert_eq!(at, ServerStep::Rights, "{what}");
        // It can be read still, and the next connection knows what it may.
        assert_eq!(names(&ben).await, ["before"]);
        team.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ben'");
        assert_eq!(names(&ben).await, ["before"]);
        assert_eq!(ben.capabilities().read_only, Some(ReadOnly::Role));
        team.sql("REVOKE jetbridge_reader FROM ben");
        team.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ben'");
        assert_eq!(step(ben.count().await).0, ServerStep::Rights);
        team.sql("GRANT jetbridge_member TO ben");
        assert_eq!(names(&ben).await, ["before"]);
        ben.save(new(listed("again"))).await.unwrap();
    });
}

#[test]
fn a_role_or_database_that_is_read_only_is_refused_by_name() {
    let Some(server) = postgres::or_skip("default_transaction_read_only") else { return };
    let team = Team::new(server);
    block_on(async {
        // It is a courtesy of the session; what is written asks for the right to write.
        team.sql(&format!(
            "ALTER ROLE ben IN DATABASE {} SET default_transaction_read_only = on",
            team.database
        ));
        team.open("ben").await.save(new(listed("written"))).await.unwrap();
        assert_eq!(names(&Place::from(team.open("ben").await)).await, ["written"]);
    });
}

#[test]
fn statements_that_the_server_ends_leave_nothing() {
    let Some(server) = postgres::or_skip("statements that the server ends") else { return };
    let team = Team::new(server);
    block_on(async {
        let (anna, ben) = (team.open("anna").await, team.open("ben").await);
        anna.count().await.unwrap();
        // Whoever holds the store keeps others waiting for no longer than the limit.
        let hold = "BEGIN; SELECT * FROM jetbridge.store FOR UPDATE; SELECT pg_sleep(8); COMMIT";
        let (server, database) = (team.server.clone(), team.database.clone());
        let holding = std::thread::spawn(move || server.run("anna", &database, hold));
        let held = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(8)%' \
                    AND pid <> pg_backend_pid() AND datname = current_database()";
        while team.sql(held).is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(ben.save(new(listed("waits"))).await, Err(BackendError::Busy));
        holding.join().unwrap().unwrap();
        // A statement that the server, or its administrator, ends while it waits.
        let (server, database) = (team.server.clone(), team.database.clone());
        let holding = std::thread::spawn(move || server.run("anna", &database, hold));
        while team.sql(held).is_empty() {
            tokio::task::yield_now().await;
        }
        let (server, database) = (team.server.clone(), team.database.clone());
        let ending = std::thread::spawn(move || {
            let end = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'ben' \
                       AND wait_event_type = 'Lock' AND datname = current_database()";
            while server.admin(&database, end).is_empty() {
                std::thread::yield_now();
            }
        });
        let (at, what) = step(ben.save(new(listed("ended"))).await);
        assert_eq!((at, what.contains("took too long")), (ServerStep::Work, true), "{what}");
        ending.join().unwrap();
        holding.join().unwrap().unwrap();
        ben.save(new(groups("goes on"))).await.unwrap();
        assert_eq!(names(&anna).await, ["goes on"]);
    });
}

#[test]
fn a_server_without_a_free_connection_is_named_and_tried_again() {
    let Some(server) = postgres::own_or_skip("too many connections") else { return };
    let team = Team::new(Arc::new(server));
    block_on(async {
        team.sql("ALTER ROLE ben CONNECTION LIMIT 1");
        let first = team.open("ben").await;
        let second = TeamStore::start(team.options("ben")).unwrap();
        let (at, what) = step(second.opened().await);
        assert_eq!((at, what.contains("free connection")), (ServerStep::SignIn, true), "{what}");
        drop(first);
        // The server frees its place a moment after it was left.
        loop {
            match second.save(new(listed("second"))).await {
                Ok(_) => break,
                Err(BackendError::Server(error)) => assert_eq!(error.step, ServerStep::SignIn),
                Err(other) => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_full_disk_of_the_server_is_named_and_loses_nothing() {
    let Some(server) = postgres::small_or_skip("a full disk of the server", 120) else { return };
    let team = Team::new(Arc::new(server));
    block_on(async {
        let ben = team.open("ben").await;
        ben.save(new(listed("before"))).await.unwrap();
        team.sql("CHECKPOINT");
        let ballast = team.server.path("data/ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        // All that fits into pages that are there already is still taken.
        let mut kept = vec!["before".to_owned()];
        let refused = loop {
            let prefix = kept.len();
            let rows = (0..200).map(|it| row(it + 2, &format!("{prefix} {it:03}"))).collect();
            match ben.import(rows).await {
                Ok(_) => kept.push(format!("{prefix}")),
                Err(error) => break error,
            }
        };
        let (at, what) = step::<()>(Err(refused));
        assert_eq!((at, what.contains("disk is full")), (ServerStep::Work, true), "{what}");
        let there = ben.count().await.unwrap();
        assert_eq!(there, 1 + 200 * (kept.len() - 1), "nothing of it, and all that was before");
        assert!(ben.check_history().await.unwrap().is_empty());
        drop(file);
        std::fs::remove_file(ballast).unwrap();
        ben.import((0..200).map(|it| row(it + 2, &format!("after {it:03}"))).collect())
            .await
            .unwrap();
        assert_eq!(ben.count().await, Ok(there + 200));
        assert!(ben.check_history().await.unwrap().is_empty());
    });
}

#[test]
fn tables_of_another_version_are_refused_and_name_who_goes_on() {
    let Some(server) = postgres::or_skip("tables of another version") else { return };
    let team = Team::new(server);
    block_on(async {
        let open = team.open("ben").await;
        for (version, hint) in [("99", "Update jetbridge"), ("1", "team migrate")] {
            team.sql(&format!("UPDATE jetbridge.store SET version = {version}"));
            let store = TeamStore::start(team.options("ben")).unwrap();
            let Err(BackendError::Server(error)) = store.opened().await else { panic!() };
            assert_eq!(error.step, ServerStep::Schema);
            assert!(error.hint.contains(hint), "{error:?}");
            // One that is open notices as well.
            assert!(open.save(new(listed("x"))).await.is_err());
        }
    });
}

/// Takes the server back to what it was before `work`, as a failover to an older copy does.
async fn older(server: &postgres::Postgres, work: impl AsyncFnOnce()) {
    server.swap("data", "older");
    server.start();
    work().await;
    server.swap("older", "data");
    server.start();
}

#[test]
fn an_older_copy_of_the_server_is_refused_until_somebody_accepts_it() {
    let Some(server) = postgres::own_or_skip("an older copy of the server") else { return };
    let team = Team::new(Arc::new(server));
    block_on(async {
        let ben = team.open("ben").await;
        ben.save(new(listed("first"))).await.unwrap();
        older(&team.server, async || {
            ben.save(new(listed("second"))).await.unwrap();
        })
        .await;
        for _ in 0..2 {
            let refused = ben.save(new(listed("third"))).await;
            let Err(BackendError::Untrusted { detail }) = refused else { panic!("{refused:?}") };
            assert!(detail.contains("older copy"), "{detail}");
            assert!(matches!(ben.count().await, Err(BackendError::Untrusted { .. })));
        }
        ben.accept("failover to the standby".into()).await.unwrap();
        assert_eq!(names(&ben).await, ["first"]);
        ben.save(new(listed("third"))).await.unwrap();
    });
}

#[test]
fn a_replica_can_be_read_and_nothing_else() {
    let Some(server) = postgres::own_or_skip("a replica") else { return };
    let team = Team::new(Arc::new(server));
    block_on(async {
        team.open("ben").await.save(new(listed("first"))).await.unwrap();
        team.sql("CHECKPOINT");
        team.server.swap("data", "standby");
        std::fs::write(team.server.path("data/standby.signal"), "").unwrap();
        team.server.start();
        let store = team.open("ben").await;
        assert_eq!(store.capabilities().read_only, Some(ReadOnly::Replica));
        assert_eq!(names(&store).await, ["first"]);
        let refused = store.save(new(listed("x"))).await;
        assert_eq!(step(refused).0, ServerStep::Rights);
        std::fs::remove_file(team.server.path("data/standby.signal")).unwrap();
        team.server.start();
        // Promoted, it is written to without a new start.
        assert_eq!(names(&store).await, ["first"]);
        store.save(new(listed("second"))).await.unwrap();
    });
}

#[test]
fn the_list_of_the_last_time_opens_without_a_server() {
    let Some(server) = postgres::or_skip("the list of the last time") else { return };
    let team = Team::new(server);
    let folder = tempfile::tempdir().unwrap();
    let line = Line::to(team.server.port);
    let mut options: TeamOptions = team.options("ben");
    options.address.port = line.port;
    options.copy = Some(folder.path().join("team.cache"));
    block_on(async {
        let anna = team.open("anna").await;
        anna.save(new(groups("kept"))).await.unwrap();
        let store = TeamStore::start(options.clone()).unwrap();
        assert_eq!(store.recall(), None);
        let page = store.page(PageRequest { after: None, limit: 100 }).await.unwrap();
        let step = page.step.unwrap();
        let as_of = jiff::Timestamp::from_second(1_780_000_000).unwrap();
        store.shared().unwrap().keep(&Kept { as_of, step, rows: page.rows });
        anna.save(new(listed("later"))).await.unwrap();
        // What is read of others' changes is in it as well.
        store.shared().unwrap().changes(step).await.unwrap().unwrap();
        drop(store);

        line.set(State::Closed);
        let store = TeamStore::start(options.clone()).unwrap();
        assert_eq!(store.recall().map(|it| it.1), Some(false));
        let kept = store.shared().unwrap().kept().unwrap();
        let listed: Vec<&str> = kept.rows.iter().map(|it| &*it.name).collect();
        assert_eq!(listed, ["kept", "later"]);
        assert!(kept.step > step && kept.as_of > as_of);
        let Err(BackendError::Server(error)) = store.count().await else { panic!() };
        assert!(error.is_away(), "{error:?}");
        // It goes on by itself.
        line.set(State::Open);
        while store.count().await.is_err() {}
        assert_eq!(store.count().await, Ok(2));
        // No secret is in it, sealed or not.
        let text = std::fs::read_to_string(options.copy.as_ref().unwrap()).unwrap();
        assert!(!text.contains("secret") && !text.contains("not-a-real"), "{text}");
    });
}

#[test]
fn behind_a_pooler_each_transaction_is_whole() {
    let test = "a pooler in transaction mode";
    let Some(server) = postgres::or_skip(test) else { return };
    let team = Team::new(server);
    let Some(pooler) = pgbouncer::or_skip(test, &team.server, &["anna", "ben"]) else { return };
    let writers: Vec<_> = ["anna", "ben", "anna", "ben", "ben"]
        .into_iter()
        .enumerate()
        .map(|(at, role)| {
            let mut options = team.options(role);
            options.address.port = pooler.port;
            std::thread::spawn(move || {
                block_on(async {
                    let store = TeamStore::start(options).unwrap();
                    for number in 0..20 {
                        store.save(new(groups(&format!("{at} {number}")))).await.unwrap();
                    }
                });
            })
        })
        .collect();
    writers.into_iter().for_each(|it| it.join().unwrap());
    block_on(async {
        let anna = team.open("anna").await;
        assert_eq!(anna.count().await, Ok(100));
        assert!(anna.check_history().await.unwrap().is_empty());
    });
}
