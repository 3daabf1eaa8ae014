//! What is typed while the server is away: it is kept on this machine, sealed, also when the process is
//! killed, and the server has it once it answers. S3, E5.

use std::fs;
use std::path::Path;

use super::Team;
use crate::backend::store::{TeamOptions, TeamStore};
use crate::backend::{BackendError, FormDraft, Place};
use crate::domain::{Secret, Timestamp};
use crate::testing::contract::block_on;
use crate::testing::line::{Line, State};
use crate::testing::postgres;

fn draft(id: &str, text: &str, at: i64) -> FormDraft {
    FormDraft {
        id: id.into(),
        connection: None,
        title: format!("title of {id}"),
        content: Secret::new(format!("not-real-{text}")),
        saved_at: Timestamp::from_second(1_780_000_000 + at).unwrap(),
    }
}

/// The files that wait below a folder, in one text.
fn files(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder.join("team.drafts")).into_iter().flatten().flatten();
    all.map(|it| fs::read_to_string(it.path()).unwrap()).collect()
}

async fn listed(place: &Place) -> Vec<(String, String)> {
    let all = place.drafts().await.unwrap();
    all.into_iter().map(|it| (it.id, it.content.expose().to_owned())).collect()
}

fn these(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(id, text)| ((*id).to_owned(), format!("not-real-{text}"))).collect()
}

#[test]
fn drafts_wait_on_this_machine_while_the_server_is_away() {
    let Some(server) = postgres::or_skip("drafts while the server is away") else { return };
    let team = Team::new(server);
    let folder = tempfile::tempdir().unwrap();
    let line = Line::to(team.server.port);
    let mut options: TeamOptions = team.options("ben");
    options.address.port = line.port;
    options.copy = Some(folder.path().join("team.cache"));
    block_on(async {
        let store = TeamStore::start(options.clone()).unwrap();
        for it in [draft("one", "early", 1), draft("two", "here", 2), draft("three", "gone", 3)] {
            store.save_draft(it).await.unwrap();
        }
        assert_eq!(files(folder.path()), Vec::<String>::new(), "the server has them");

        line.set(State::Closed);
        store.save_draft(draft("one", "later", 7)).await.unwrap();
        store.save_draft(draft("four", "typed", 8)).await.unwrap();
        store.save_draft(draft("two", "lost", 9)).await.unwrap();
        store.discard_draft("three".into()).await.unwrap();
        let waiting = [("two", "lost"), ("four", "typed"), ("one", "later")];
        assert_eq!(listed(&store).await, these(&waiting));
        // Sealed as on the server, and for this user alone.
        let all = files(folder.path());
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|it| !it.contains("not-real") && !it.contains("title of")));

        // Another process knows them only with the server: nothing at hand opens them here.
        drop(store);
        let again = TeamStore::start(options.clone()).unwrap();
        let refused = again.drafts().await;
        assert!(matches!(&refused, Err(BackendError::Server(it)) if it.is_away()), "{refused:?}");
        assert_eq!(files(folder.path()).len(), 4);

        // What was typed elsewhere in between, and later, stays.
        let elsewhere = team.open("ben").await;
        elsewhere.save_draft(draft("two", "elsewhere", 20)).await.unwrap();
        line.set(State::Open);
        while again.drafts().await.is_err() {}
        let whole = [("two", "elsewhere"), ("four", "typed"), ("one", "later")];
        assert_eq!(listed(&again).await, these(&whole));
        assert_eq!(listed(&elsewhere).await, these(&whole), "the server has them");
        assert_eq!(files(folder.path()), Vec::<String>::new());
        assert_eq!(listed(&team.open("anna").await.into()).await, Vec::new());
    });
}

/// Each of these ends with the draft on this machine or with an error, never with neither.
#[test]
fn a_draft_is_kept_or_refused_whatever_becomes_of_the_server() {
    let Some(server) = postgres::or_skip("drafts that are refused") else { return };
    let (team, other) = (Team::new(server.clone()), Team::new(server));
    let folder = tempfile::tempdir().unwrap();
    let mut options: TeamOptions = team.options("ben");
    let line = Line::to(team.server.port);
    options.address.port = line.port;
    options.copy = Some(folder.path().join("team.cache"));
    block_on(async {
        // Nothing was opened before the server went away: nothing seals it.
        let store = TeamStore::start(options.clone()).unwrap();
        store.count().await.unwrap();
        line.set(State::Closed);
        let refused = store.save_draft(draft("one", "x", 1)).await;
        assert!(matches!(&refused, Err(BackendError::Server(it)) if it.is_away()), "{refused:?}");
        assert_eq!(files(folder.path()), Vec::<String>::new());
        line.set(State::Open);
        while store.save_draft(draft("one", "x", 1)).await.is_err() {}

        // A store that is not this one any more gets nothing of it.
        line.set(State::Closed);
        store.save_draft(draft("one", "typed", 2)).await.unwrap();
        let mut elsewhere = other.options("ben");
        elsewhere.copy = options.copy.clone();
        let elsewhere = TeamStore::start(elsewhere).unwrap();
        assert_eq!(elsewhere.drafts().await, Ok(Vec::new()));
        let mut anna = team.options("anna");
        anna.copy = options.copy.clone();
        let anna = TeamStore::start(anna).unwrap();
        assert_eq!(anna.drafts().await, Ok(Vec::new()));
        assert_eq!(files(folder.path()).len(), 1);

        // What somebody wrote into the folder opens nothing, and is in nobody's way.
        let file = fs::read_dir(folder.path().join("team.drafts")).unwrap().next().unwrap();
        let file = file.unwrap().path();
        let good = fs::read_to_string(&file).unwrap();
        fs::write(file.with_extension("x"), "no draft\n").unwrap();
        fs::write(file.with_extension("y"), good.replace("\"one\"", "\"planted\"")).unwrap();
        line.set(State::Open);
        while store.count().await.is_err() {}
        assert_eq!(listed(&store).await, these(&[("one", "typed")]));
    });
}
