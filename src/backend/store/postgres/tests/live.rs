//! Several people at once: what one changes reaches the others, with LISTEN and without, and who is
//! there shows. S3.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::Team;
use crate::backend::store::postgres::value::sql;
use crate::backend::store::worker::Manner;
use crate::backend::store::{TeamOptions, TeamStore};
use crate::backend::{News, Place, Revision, Step};
use crate::domain::ConnectionId;
use crate::testing::contract::{block_on, change, groups, listed, new};
use crate::testing::line::{Line, State};
use crate::testing::{pgbouncer, postgres};

/// Longest wait for news: a test that hangs says so.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a place reports while `work` goes on.
async fn watched<T>(place: &Place, work: impl AsyncFnOnce(&mut UnboundedReceiver<News>) -> T) -> T {
    let (say, mut heard) = unbounded_channel();
    let on_news = move |news: News| drop(say.send(news));
    let shared = place.shared().unwrap();
    tokio::select! {
        () = shared.watch(&on_news) => panic!("it ended"),
        done = work(&mut heard) => done,
    }
}

/// The next news of a kind.
async fn next<T>(heard: &mut UnboundedReceiver<News>, wanted: impl Fn(News) -> Option<T>) -> T {
    let found = async {
        loop {
            let news = heard.recv().await.expect("it goes on");
            if let Some(found) = wanted(news) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("news")
}

/// A step after this one.
async fn after(heard: &mut UnboundedReceiver<News>, before: Step) -> Step {
    let later = |it| match it {
        News::Step(step) if step > before => Some(step),
        _ => None,
    };
    next(heard, later).await
}

async fn first(heard: &mut UnboundedReceiver<News>) -> Step {
    next(heard, |it| if let News::Step(step) = it { Some(step) } else { None }).await
}

/// The names that changed after a step, and how many are gone.
async fn since(place: &Place, step: Step) -> Option<(Vec<String>, usize, Step)> {
    let changes = place.shared().unwrap().changes(step).await.unwrap()?;
    let names = changes.rows.iter().map(|it| it.name.to_string()).collect();
    Some((names, changes.gone.len(), changes.step))
}

/// Every kind of change by one reaches the other.
async fn each_change_is_seen(anna: &TeamStore, ben: &TeamStore) {
    watched(ben, async |heard| {
        let start = first(heard).await;
        let made = anna.save(new(groups("Plan"))).await.unwrap();
        let at = after(heard, start).await;
        assert_eq!(since(ben, start).await, Some((vec!["Plan".into()], 0, at)));
        assert_eq!(since(ben, at).await, Some((Vec::new(), 0, at)));
        let request = change(&made, |it| it.description = "other".into());
        let made = anna.save(request).await.unwrap();
        let at = after(heard, at).await;
        let revision = Revision::from(&made);
        assert!(anna.delete(vec![revision]).await.unwrap()[0].result.is_ok());
        let at = after(heard, at).await;
        assert_eq!(since(ben, start).await, Some((Vec::new(), 1, at)));
        // Own changes announce themselves as well.
        ben.save(new(listed("own"))).await.unwrap();
        let at = after(heard, at).await;
        assert_eq!(since(ben, at - 1).await, Some((vec!["own".into()], 0, at)));
    })
    .await;
}

#[test]
fn what_one_changes_reaches_the_others() {
    let Some(server) = postgres::or_skip("what one changes reaches the others") else { return };
    let team = Team::new(server);
    block_on(async {
        let (anna, ben) = (team.open("anna").await, team.open("ben").await);
        each_change_is_seen(&anna, &ben).await;
        // Whoever was away while a deleted connection was purged reads the list again.
        let before = first_step(&ben).await;
        let deleted = anna.deleted().await.unwrap();
        let which = deleted.iter().map(|it| Revision { id: it.row.id, revision: it.row.revision });
        assert_eq!(anna.purge(which.collect()).await.unwrap().len(), 1);
        assert_eq!(since(&ben, before).await, None);
        let now = first_step(&ben).await;
        assert_eq!(since(&ben, now).await, Some((Vec::new(), 0, now)));
        // A forged word asks for nothing that is not there.
        team.server.run("cleo", &team.database, "SELECT pg_notify('jetbridge', '99999')").unwrap();
        assert_eq!(since(&ben, now).await, Some((Vec::new(), 0, now)));
        ben.save(new(listed("goes on"))).await.unwrap();
    });
}

/// The step of the first page.
async fn first_step(place: &Place) -> Step {
    let request = crate::backend::PageRequest { after: None, limit: 1 };
    place.page(request).await.unwrap().step.unwrap()
}

#[test]
fn behind_a_pooler_that_passes_no_word_changes_are_seen_all_the_same() {
    let test = "changes behind a pooler";
    let Some(server) = postgres::or_skip(test) else { return };
    let team = Team::new(server);
    let Some(pooler) = pgbouncer::or_skip(test, &team.server, &["anna", "ben"]) else { return };
    let store = |role: &str| {
        let mut options = team.options(role);
        options.address.port = pooler.port;
        TeamStore::start(options).unwrap()
    };
    block_on(async {
        let (anna, ben) = (store("anna"), store("ben"));
        ben.opened().await.unwrap();
        each_change_is_seen(&anna, &ben).await;
        let mut options = team.options("ben");
        options.address.port = pooler.port;
        assert_eq!(crate::backend::store::postgres::announces(&options).await, Ok(false));
    });
}

/// Who is reported to have a connection open.
async fn who(heard: &mut UnboundedReceiver<News>, count: usize) -> Vec<(ConnectionId, String)> {
    next(heard, |it| match it {
        News::Present(all) if all.len() == count => {
            Some(all.into_iter().map(|it| (it.connection, it.by)).collect())
        }
        _ => None,
    })
    .await
}

#[test]
fn who_has_a_connection_open_shows_and_goes_by_itself() {
    let Some(server) = postgres::or_skip("who has a connection open") else { return };
    let team = Team::new(server);
    block_on(async {
        let (anna, ben, cleo) =
            (team.open("anna").await, team.open("ben").await, team.open("cleo").await);
        let id = anna.save(new(groups("Plan"))).await.unwrap().id;
        watched(&anna, async |heard| {
            first(heard).await;
            watched(&ben, async |of_ben| {
                first(of_ben).await;
                ben.shared().unwrap().opens(Some(id));
                assert_eq!(who(heard, 1).await, [(id, "ben".into())]);
                anna.shared().unwrap().opens(Some(id));
                // Nobody is shown to themselves.
                assert_eq!(who(of_ben, 1).await, [(id, "anna".into())]);
                ben.shared().unwrap().opens(None);
                assert!(who(heard, 0).await.is_empty());
                ben.shared().unwrap().opens(Some(id));
                assert_eq!(who(heard, 1).await, [(id, "ben".into())]);
            })
            .await;
            // A role that may only read sees who is there, and shows nothing of itself.
            watched(&cleo, async |of_cleo| {
                first(of_cleo).await;
                cleo.shared().unwrap().opens(Some(id));
                assert_eq!(who(of_cleo, 2).await.len(), 2);
            })
            .await;
            // Ben left without a word: after a while the server counts him out.
            team.sql("UPDATE jetbridge.presence SET seen = seen - interval '2 minutes' WHERE owner = 'ben'");
            team.sql("SELECT pg_notify('jetbridge_present', '')");
            assert!(who(heard, 0).await.is_empty());
        })
        .await;
        let run = |sql: &str| team.server.run("ben", &team.database, sql);
        // Nobody speaks for another.
        let forged = "INSERT INTO jetbridge.presence (session, owner, connection) \
                      VALUES (gen_random_uuid(), 'anna', gen_random_uuid())";
        assert_eq!(run(forged), Err("42501".into()));
        run("UPDATE jetbridge.presence SET seen = clock_timestamp() WHERE owner = 'anna'").unwrap();
        assert_eq!(run("DELETE FROM jetbridge.presence WHERE owner = 'anna'"), Ok(Vec::new()));
        let left = team.sql("SELECT owner FROM jetbridge.presence WHERE owner = 'anna'");
        assert_eq!(left.len(), 1);
    });
}

/// A line to the server, and how Ben connects over it.
fn over_a_line(team: &Team) -> (Line, TeamOptions) {
    let line = Line::to(team.server.port);
    let mut options = team.options("ben");
    options.address.port = line.port;
    (line, options)
}

#[test]
fn a_line_that_breaks_is_reported_and_made_again() {
    let Some(server) = postgres::or_skip("a line that breaks is made again") else { return };
    let team = Team::new(server);
    let (line, options) = over_a_line(&team);
    block_on(async {
        let anna = team.open("anna").await;
        let ben = TeamStore::start(options).unwrap();
        watched(&ben, async |heard| {
            let before = first(heard).await;
            for state in [State::Closed, State::Silent] {
                line.set(state);
                // A line that is silent is noticed by asking.
                ben.team.feed.doubt.notify_one();
                let why = next(heard, |it| match it {
                    News::Away { why, .. } => Some(why),
                    _ => None,
                });
                assert!(!why.await.is_empty());
                anna.save(new(listed(&format!("{state:?}")))).await.unwrap();
                line.set(State::Open);
                next(heard, |it| matches!(it, News::Here(_)).then_some(())).await;
            }
            // What was saved meanwhile is not missed.
            let mut at = before;
            while at < before + 2 {
                at = after(heard, at).await;
            }
            let (names, ..) = since(&ben, before).await.unwrap();
            assert_eq!(names, ["Closed", "Silent"]);
        })
        .await;
    });
}

#[test]
fn a_line_that_falls_silent_while_the_other_is_busy_is_noticed() {
    let Some(server) = postgres::or_skip("a line that falls silent") else { return };
    let team = Team::new(server);
    let (line, options) = over_a_line(&team);
    block_on(async {
        let ben = TeamStore::start(options).unwrap();
        ben.opened().await.unwrap();
        // Whether words arrive is only found out after it.
        let busy = ben.team.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, _| tx.rows(sql!("SELECT pg_sleep(600)")).map(drop))
        });
        let noticed = watched(&ben, async |heard| {
            first(heard).await;
            let listening =
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'";
            while team.sql(listening).is_empty() {
                tokio::task::yield_now().await;
            }
            line.set(State::Silent);
            next(heard, |it| matches!(it, News::Away { .. }).then_some(())).await;
        });
        tokio::select! {
            biased;
            () = noticed => {}
            _ = busy => panic!("it was not busy"),
        }
    });
}

#[test]
fn a_list_that_is_looked_at_costs_nothing() {
    let Some(server) = postgres::or_skip("a list that is looked at") else { return };
    let team = Team::new(server);
    let (line, options) = over_a_line(&team);
    block_on(async {
        let ben = TeamStore::start(options).unwrap();
        ben.opened().await.unwrap();
        watched(&ben, async |heard| {
            first(heard).await;
            // Until LISTEN is found to work.
            let before = first_step(&ben).await;
            team.open("anna").await.save(new(listed("word"))).await.unwrap();
            after(heard, before).await;
            tokio::time::sleep(Duration::from_secs(3)).await;
            let passed = line.passed();
            tokio::time::sleep(Duration::from_secs(8)).await;
            assert_eq!(line.passed(), passed);
        })
        .await;
    });
}
