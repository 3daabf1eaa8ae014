//! `kill -9` of a process that writes: what was acknowledged as saved is there, and nothing is torn.
//!
//! The writer is this test binary again, running the test `writer` with a folder in its
//! environment. How many kills: `JETBRIDGE_KILLS`, 40 when not said.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use crate::backend::PageRequest;
use crate::backend::store::{OpenOptions, Store};
use crate::domain::key::KeyKind;
use crate::domain::{Connection as Record, Draft};
use crate::testing::contract::{TestClock, block_on, change, held, new, row, source};
use crate::testing::contract::{delete, restore};

const FOLDER: &str = "JETBRIDGE_TEST_WRITER";

fn options(folder: &Path) -> OpenOptions {
    OpenOptions::new(folder.join("data/store.db"), folder.join("config/vault.key"), "writer")
}

/// Writes for ever, and says each write only once it was acknowledged. Does nothing when it runs
/// as one of the tests.
#[test]
fn writer() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = Store::open(options(Path::new(&folder))).unwrap();
    let run = uuid::Uuid::now_v7().simple().to_string();
    block_on(async {
        for number in 0.. {
            let name = format!("{run}-{number}");
            let made = step(&store, &name, number).await;
            // Straight to the pipe, since the harness keeps what `println` prints, and in one
            // piece, so that a kill cannot cut it.
            let line = format!("saved {} {} {name}\n", made.id, made.revision);
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
    });
}

/// One of the writes that a session makes; each is one transaction or several.
async fn step(store: &Store, name: &str, number: usize) -> Record {
    let key = store.issue_key(KeyKind::Configuration).await.unwrap();
    let now = TestClock::new().now();
    let made = store.save(new(source(name, held(&key, now)))).await.unwrap();
    match number % 4 {
        0 => {
            let rows = (0..50).map(|n| row(n + 2, &format!("{name}-import-{n:02}"))).collect();
            store.import(rows).await.unwrap();
            made
        }
        1 => {
            let edit = change(&made, |it: &mut Draft| it.description = "edited".into());
            store.save(edit).await.unwrap()
        }
        2 => {
            delete(store, &[made.id]).await;
            restore(store, &[made.id]).await;
            store.connection(made.id).await.unwrap()
        }
        _ => made,
    }
}

/// Starts the writer, reads `lines` acknowledgements, kills it, and reads what was still said.
fn kill_after(folder: &Path, lines: usize) -> Vec<(String, u32, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "backend::store::sqlite::tests::kill::writer", "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut all: Vec<String> = said.by_ref().take(lines).collect();
    child.kill().unwrap();
    all.extend(said);
    child.wait().unwrap();
    all.iter()
        .filter_map(|line| {
            let mut words = line.strip_prefix("saved ")?.split(' ');
            let (id, revision) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
            Some((id, revision, words.next()?.to_owned()))
        })
        .collect()
}

#[test]
fn nothing_acknowledged_is_lost() {
    let kills: usize =
        std::env::var("JETBRIDGE_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(40);
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for kill in 0..kills {
        let said = kill_after(folder.path(), kill % 7);
        assert!(said.len() >= kill % 7, "the writer did not write");
        acknowledged.extend(said);
    }
    let store = Store::open(options(folder.path())).unwrap();
    block_on(async {
        for (id, revision, name) in &acknowledged {
            let found = store.connection(id.parse().unwrap()).await.unwrap();
            assert_eq!((&found.name, found.revision), (name, *revision));
            let history = store.history(found.id).await.unwrap();
            assert_eq!(history.len(), usize::try_from(*revision).unwrap());
            let text = store.reveal(found.id, "client_secret".into()).await.unwrap();
            assert_eq!(text.expose(), "not-real-client-secret");
        }
        whole(&store).await;
    });
    drop(store);
    let sql = Connection::open(folder.path().join("data/store.db")).unwrap();
    let checked: String = sql.query_row("PRAGMA integrity_check", [], |it| it.get(0)).unwrap();
    assert_eq!(checked, "ok");
    let orphans = sql.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap();
    assert!(!orphans);
    let count = acknowledged.len();
    println!("{kills} kills, {count} acknowledged writes, 0 lost, integrity ok");
}

/// Acknowledged or not, whatever is there is whole.
async fn whole(store: &Store) {
    let page = store.page(PageRequest { after: None, limit: 1_000_000 }).await.unwrap();
    assert_eq!(store.count().await, Ok(page.rows.len()));
    let imported = page.rows.iter().filter(|it| it.name.contains("-import-")).count();
    assert_eq!(imported % 50, 0, "an import is there in part");
    for row in page.rows.iter().filter(|it| !it.name.contains("-import-")) {
        let record = store.connection(row.id).await.unwrap();
        let history = store.history(row.id).await.unwrap();
        assert_eq!(history.len(), usize::try_from(record.revision).unwrap());
        let text = store.reveal(row.id, "configuration_key".into()).await.unwrap();
        assert!(crate::domain::key::parse(text.expose()).is_ok());
    }
}
