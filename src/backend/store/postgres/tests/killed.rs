//! A server that is killed while it works, and commits whose answer is lost: what was acknowledged is
//! there, nothing is there in part, and nothing is done twice. S3.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::Team;
use crate::backend::store::{ServerStep, TeamOptions, TeamStore};
use crate::backend::{BackendError, PageRequest};
use crate::domain::ConnectionId;
use crate::testing::contract::{block_on, change, groups, listed, new, row};
use crate::testing::line::Line;
use crate::testing::postgres;

#[test]
fn what_a_killed_server_acknowledged_is_there() {
    let Some(server) = postgres::own_or_skip("a server that is killed in saves") else { return };
    let server = Arc::new(server);
    let team = Team::new(server.clone());
    let (done, saved) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = ["anna", "ben"]
        .into_iter()
        .map(|role| {
            let (options, done, saved) = (team.options(role), done.clone(), saved.clone());
            std::thread::spawn(move || {
                let store = TeamStore::start(options).unwrap();
                let mut acknowledged: Vec<(ConnectionId, String)> = Vec::new();
                let mut number = 0;
                while !done.load(Ordering::SeqCst) {
                    number += 1;
                    let name = format!("{role} {number}");
                    let made = block_on(store.save(new(groups(&name))));
                    match made {
                        Ok(made) => {
                            acknowledged.push((made.id, name));
                            saved.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(BackendError::Server(_) | BackendError::Busy) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
                acknowledged
            })
        })
        .collect();
    for round in 1..=5 {
        // Some more were acknowledged since the last kill.
        let wanted = saved.load(Ordering::SeqCst) + 8;
        while saved.load(Ordering::SeqCst) < wanted {
            std::thread::yield_now();
        }
        server.kill();
        server.start();
        assert!(round > 0);
    }
    done.store(true, Ordering::SeqCst);
    let acknowledged: Vec<_> = writers.into_iter().flat_map(|it| it.join().unwrap()).collect();
    assert!(acknowledged.len() >= 40, "{}", acknowledged.len());
    block_on(async {
        let store = team.open("anna").await;
        let page = store.page(PageRequest { after: None, limit: 100_000 }).await.unwrap();
        for (id, name) in &acknowledged {
            let found = page.rows.iter().find(|it| it.id == *id);
            assert_eq!(found.map(|it| &*it.name), Some(name.as_str()));
        }
        // Nothing is there in part: each has its answers and one entry of its history, all linked.
        for row in &page.rows {
            assert_eq!(store.connection(row.id).await.unwrap().name, *row.name);
            assert_eq!(store.history(row.id).await.unwrap().len(), 1);
        }
        let found = crate::backend::store::VaultCalls::check_history(&store).await.unwrap();
        assert!(found.is_empty(), "{found:?}");
    });
}

/// Saves while the line is cut at every possible answer, one after the other.
fn cut_at_every_answer(line: fn(u16) -> Line, test: &str) {
    let Some(server) = postgres::or_skip(test) else { return };
    let team = Team::new(server);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let line = Arc::new(line(team.server.port));
        let mut options: TeamOptions = team.options("ben");
        options.address.port = line.port;
        let store = TeamStore::start(options).unwrap();
        store.opened().await.unwrap();
        let mut at = store.save(new(listed("cut"))).await.unwrap();
        let mut names = 0;
        for round in 0..12 {
            let request = change(&at, |it| it.description = format!("round {round}"));
            let delay = Duration::from_micros(300 * round);
            let cut = Arc::clone(&line);
            // The moments differ from run to run; what must hold does not.
            let cutting = tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                cut.lose_an_answer();
            });
            let outcome = store.save(request).await;
            cutting.await.unwrap();
            line.lose_none();
            let now = team.open("anna").await.connection(at.id).await.unwrap();
            match outcome {
                Ok(saved) => {
                    names += 1;
                    assert_eq!(
                        (now.revision, &now.description),
                        (saved.revision, &saved.description)
                    );
                }
                Err(BackendError::Server(error)) => {
                    // Lost at once, or while it was connected again.
                    assert!(error.lost || error.step <= ServerStep::SignIn, "{error:?}");
                    assert_eq!(now.revision, at.revision, "{error:?}");
                }
                Err(other) => panic!("{other:?}"),
            }
            at = now;
        }
        let history = team.open("anna").await.history(at.id).await.unwrap();
        assert_eq!(history.len(), 1 + names);
    });
}

#[test]
fn a_commit_whose_answer_is_lost_is_looked_up() {
    cut_at_every_answer(Line::to, "answers that are lost");
}

#[test]
fn a_line_that_breaks_saves_nothing() {
    cut_at_every_answer(Line::losing_both, "a line that breaks");
}

#[test]
fn an_import_that_is_given_up_leaves_nothing() {
    let Some(server) = postgres::or_skip("an import that is given up") else { return };
    let team = Team::new(server);
    block_on(async {
        let store = team.open("ben").await;
        let rows = (0..20_000).map(|it| row(it + 2, &format!("row {it:05}"))).collect();
        {
            let import = store.import(rows);
            tokio::pin!(import);
            tokio::select! {
                biased;
                done = &mut import => panic!("{done:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
        assert_eq!(store.count().await, Ok(0));
        // The connection is of use after that.
        store.save(new(listed("after"))).await.unwrap();
        assert_eq!(store.count().await, Ok(1));
    });
}
