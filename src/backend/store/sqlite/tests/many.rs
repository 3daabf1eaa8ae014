//! Many processes that write to one store, and some that are killed meanwhile. RELIABILITY §6.
//!
//! The writers are this test binary again. `JETBRIDGE_PROCESSES=8 JETBRIDGE_WRITES=250 cargo test
//! --lib many_processes -- --nocapture` does it with as many.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;

use crate::backend::BackendError;
use crate::backend::store::{OpenOptions, Store};
use crate::domain::key::KeyKind;
use crate::domain::{Answers, ConnectionId, Listed};
use crate::testing::contract::{TestClock, block_on, change, held, id_of, listed, new, source};

const FOLDER: &str = "JETBRIDGE_TEST_MANY";
const WRITES: &str = "JETBRIDGE_TEST_MANY_WRITES";
/// Connections that all of them edit.
const SHARED: usize = 4;
/// The one that the killed edit.
const VICTIMS: &str = "victims";

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

fn open(folder: &Path) -> Store {
    let (store, key) = (folder.join("data/store.db"), folder.join("config/vault.key"));
    Store::open(OpenOptions::new(store, key, "many")).unwrap()
}

fn find(store: &Store, name: &str) -> ConnectionId {
    block_on(id_of(store, name)).unwrap()
}

/// Reads a count, adds one and saves, again after each conflict, as a person would. The count is
/// in two fields, so that a torn read shows. Gives how many conflicts there were.
fn count_up(store: &Store, id: ConnectionId) -> usize {
    let mut conflicts = 0;
    loop {
        let now = block_on(store.connection(id)).unwrap();
        let Answers::Listed(Listed { tenant, .. }) = &now.answers else { panic!() };
        assert_eq!(&now.description, tenant, "a torn read");
        let next = (now.description.parse::<usize>().unwrap() + 1).to_string();
        let edit = change(&now, |draft| {
            draft.description.clone_from(&next);
            draft.answers = Answers::Listed(Listed { tenant: next.clone(), live: None });
        });
        match block_on(store.save(edit)) {
            Ok(saved) => {
                assert_eq!(saved.description, next);
                return conflicts;
            }
            Err(BackendError::Conflict { revision, .. }) => {
                assert!(revision > now.revision, "a conflict names what is newer");
                conflicts += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// One of the processes: counts up, makes connections of its own, or, to be killed, counts up for
/// ever. Says each write only once it was acknowledged. Does nothing as one of the tests.
#[test]
fn worker() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = open(Path::new(&folder));
    let say = |line: String| std::io::stderr().write_all(line.as_bytes()).unwrap();
    let writes = number(WRITES, 0);
    if writes == 0 {
        let id = find(&store, VICTIMS);
        loop {
            count_up(&store, id);
            say("up\n".to_owned());
        }
    }
    let run = uuid::Uuid::now_v7().simple().to_string();
    let now = TestClock::new().now();
    for write in 0..writes {
        if write % 5 == 4 {
            let name = format!("{run}-{write}");
            let key = block_on(store.issue_key(KeyKind::Configuration)).unwrap();
            block_on(store.save(new(source(&name, held(&key, now))))).unwrap();
            say(format!("made {name}\n"));
        } else {
            let shared = write % SHARED;
            let conflicts = count_up(&store, find(&store, &format!("shared-{shared}")));
            say(format!("up {shared} {conflicts}\n"));
        }
    }
}

fn start(folder: &Path, writes: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "backend::store::sqlite::tests::many::worker", "--nocapture"])
        .env(FOLDER, folder)
        .env(WRITES, writes.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap)
}

#[test]
fn many_processes_lose_nothing() {
    let (processes, writes) = (number("JETBRIDGE_PROCESSES", 4), number("JETBRIDGE_WRITES", 20));
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for name in (0..SHARED).map(|it| format!("shared-{it}")).chain([VICTIMS.to_owned()]) {
        let mut draft = listed(&name);
        draft.description = "0".to_owned();
        draft.answers = Answers::Listed(Listed { tenant: "0".to_owned(), live: None });
        block_on(store.save(new(draft))).unwrap();
    }
    let mut children: Vec<Child> = (0..processes).map(|_| start(folder.path(), writes)).collect();
    let readers: Vec<_> = children
        .iter_mut()
        .map(|child| {
            let said = lines(child);
            std::thread::spawn(move || said.collect::<Vec<String>>())
        })
        .collect();
    // Killed while it writes, again and again for as long as the others are at it.
    let (mut kills, mut acknowledged) = (0, 0);
    while kills < 3 || readers.iter().any(|it| !it.is_finished()) {
        let mut victim = start(folder.path(), 0);
        let mut said = lines(&mut victim);
        acknowledged += said.by_ref().take(1 + kills % 3).count();
        victim.kill().unwrap();
        acknowledged += said.filter(|it| it == "up").count();
        victim.wait().unwrap();
        kills += 1;
    }
    let mut counted: HashMap<usize, usize> = HashMap::new();
    let (mut made, mut conflicts) = (Vec::new(), 0);
    for (child, reader) in children.iter_mut().zip(readers) {
        let said = reader.join().unwrap();
        assert!(child.wait().unwrap().success(), "{said:?}");
        assert_eq!(said.iter().filter(|it| is_write(it)).count(), writes);
        for line in said {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["up", shared, met] => {
                    *counted.entry(shared.parse().unwrap()).or_default() += 1;
                    conflicts += met.parse::<usize>().unwrap();
                }
                ["made", name] => made.push((*name).to_owned()),
                _ => {}
            }
        }
    }
    for shared in 0..SHARED {
        let record = block_on(store.connection(find(&store, &format!("shared-{shared}")))).unwrap();
        let wanted = counted.get(&shared).copied().unwrap_or(0);
        assert_eq!(record.description, wanted.to_string());
        assert_eq!(usize::try_from(record.revision).unwrap(), wanted + 1);
        assert_eq!(block_on(store.history(record.id)).unwrap().len(), wanted + 1);
    }
    for name in &made {
        let text = block_on(store.reveal(find(&store, name), "client_secret".into())).unwrap();
        assert_eq!(text.expose(), "not-real-client-secret");
    }
    let record = block_on(store.connection(find(&store, VICTIMS))).unwrap();
    let there: usize = record.description.parse().unwrap();
    // At most the one write of each that was done and not yet said.
    assert!((acknowledged..=acknowledged + kills).contains(&there), "{acknowledged} {there}");
    // No lock is stuck: the next write goes through.
    count_up(&store, record.id);
    drop(store);
    let sql = Connection::open(folder.path().join("data/store.db")).unwrap();
    let checked: String = sql.query_row("PRAGMA integrity_check", [], |it| it.get(0)).unwrap();
    assert_eq!(checked, "ok");
    let ups: usize = counted.values().sum();
    println!(
        "{processes} processes, {ups} edits of {SHARED} connections and {} new ones, {conflicts} \
         conflicts, {kills} more processes killed in {acknowledged} edits: nothing lost",
        made.len()
    );
}

fn is_write(line: &str) -> bool {
    line.starts_with("up ") || line.starts_with("made ")
}
