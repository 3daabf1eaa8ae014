//! Processes that change the same connections while the server is killed and started again: what was
//! acknowledged is there, once, and what was not is not. S3.
//!
//! The writers are this test binary again. A few here; by hand
//! `JETBRIDGE_PROCESSES=8 JETBRIDGE_WRITES=250 JETBRIDGE_KILLS=1000 cargo test --lib
//! beside_kills_of_the_server -- --nocapture`. A kill counts only if it broke a call.

use std::collections::{BTreeSet, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::{PASSPHRASE, Team};
use crate::backend::BackendError;
use crate::backend::store::{ServerError, TeamStore, VaultCalls};
use crate::domain::{Answers, Connection, ConnectionId, Listed, Secret};
use crate::testing::contract::{block_on, change, listed, new};
use crate::testing::postgres;

/// Folder of the server: its authority, how often it was killed, whether writers may end.
const HOME: &str = "JETBRIDGE_TEST_TEAM_HOME";
const ADDRESS: &str = "JETBRIDGE_TEST_TEAM_ADDRESS";
const IDS: &str = "JETBRIDGE_TEST_TEAM_IDS";
const OWN: &str = "JETBRIDGE_TEST_TEAM_OWN";
/// A file that grows by one before each kill, and by one once the server is back.
const MARKS: &str = "marks";
/// A file that is there once no more kills follow.
const DONE: &str = "done";

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

/// Every change that is in a connection; it has their number in a second field, so that a torn read
/// shows.
fn changes_of(it: &Connection) -> Vec<&str> {
    let Answers::Listed(Listed { tenant, .. }) = &it.answers else { panic!("{it:?}") };
    let all: Vec<&str> = it.description.split_terminator(';').collect();
    assert_eq!(tenant, &all.len().to_string(), "torn: {}", it.description);
    all
}

/// What a process that writes meets, and reports in a line each.
struct Writer {
    home: PathBuf,
    store: TeamStore,
}

impl Writer {
    fn say(line: &str) {
        std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn marks(&self) -> u64 {
        std::fs::metadata(self.home.join(MARKS)).map_or(0, |it| it.len())
    }

    /// A call failed that began at this mark: did a kill break it, or was the server away before?
    fn failed(&self, what: &str, before: u64, error: &ServerError) {
        let unknown = error.what.contains("is not known");
        let kill = before / 2 + 1;
        if before.is_multiple_of(2) && self.marks() > before && (error.lost || unknown) {
            Self::say(&format!("broken {what} {kill}"));
        } else {
            Self::say("refused");
            // The server gets the processor until it is back, or its test is gone.
            for _ in 0..500 {
                if self.marks().is_multiple_of(2) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// What the connection is now; again until the server answers.
    fn read(&self, id: ConnectionId) -> Connection {
        loop {
            let before = self.marks();
            match block_on(self.store.connection(id)) {
                Ok(it) => return it,
                Err(BackendError::Server(error)) => self.failed("read", before, &error),
                Err(BackendError::Busy) => Self::say("busy"),
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    /// Adds one change to what is there; whether it was saved.
    fn write(&self, id: ConnectionId, change_name: &str) -> bool {
        let now = self.read(id);
        let count = changes_of(&now).len() + 1;
        let wanted = format!("{}{change_name};", now.description);
        let edit = change(&now, |it| {
            it.description.clone_from(&wanted);
            it.answers = Answers::Listed(Listed { tenant: count.to_string(), live: None });
        });
        let before = self.marks();
        match block_on(self.store.save(edit)) {
            Ok(saved) => {
                assert_eq!(saved.description, wanted);
                // From before the kill until after the start: the commit was looked up.
                let looked_up = before.is_multiple_of(2) && self.marks() >= before + 2;
                Self::say(if looked_up { "saved found" } else { "saved" });
                true
            }
            Err(BackendError::Conflict { revision, .. }) => {
                assert!(revision > now.revision, "a conflict names what is newer");
                Self::say("conflict");
                false
            }
            Err(BackendError::Server(error)) => {
                self.failed("save", before, &error);
                // Said to be unknown: only then it may be there.
                let there = error.what.contains("is not known")
                    && changes_of(&self.read(id)).contains(&change_name);
                if there {
                    Self::say("saved unknown");
                }
                there
            }
            Err(BackendError::Busy) => {
                Self::say("busy");
                false
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// One of the processes. Reports each change only once it was acknowledged. Does nothing as one of
/// the tests.
#[test]
fn writer() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else { return };
    let of = |name: &str| std::env::var(name).unwrap();
    let (own, writes) = (number(OWN, 0), number("JETBRIDGE_WRITES", 0));
    let key = home.join(format!("keys-writer-{own}/vault.key"));
    let mut options = postgres::sign_in(&of(ADDRESS), home.join("tls/ca.pem"), key);
    options.unlock.given = Some(Secret::new(PASSPHRASE));
    let ids: Vec<ConnectionId> = of(IDS).split(',').map(|it| it.parse().unwrap()).collect();
    let writer = Writer { home, store: TeamStore::start(options).unwrap() };
    let mut done = 0;
    while done < writes || !writer.home.join(DONE).exists() {
        let id = ids[(own + done) % ids.len()];
        done += usize::from(writer.write(id, &format!("{own}.{done}")));
    }
    Writer::say(&format!("wrote {own} {done}"));
}

/// The processes; they end with this.
struct Writers {
    children: Vec<Child>,
    lines: Receiver<String>,
}

impl Writers {
    fn start(team: &Team, count: usize, writes: usize, ids: &[ConnectionId]) -> Self {
        let (said, lines) = channel();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let address = format!("postgres://ben@localhost:{}/{}", team.server.port, team.database);
        let start = |own: usize| {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "backend::store::postgres::tests::many::writer", "--nocapture"])
                .env(HOME, team.server.path(""))
                .env(ADDRESS, &address)
                .env(IDS, ids.join(","))
                .env(OWN, own.to_string())
                .env("JETBRIDGE_WRITES", writes.to_string())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let (errors, said) = (child.stderr.take().unwrap(), said.clone());
            std::thread::spawn(move || {
                BufReader::new(errors).lines().map_while(Result::ok).all(|it| said.send(it).is_ok())
            });
            child
        };
        Self { children: (0..count).map(start).collect(), lines }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What all processes reported.
#[derive(Debug, Default)]
struct Heard {
    saved: usize,
    /// Of these, with a commit whose answer was lost: looked up, or read by the writer.
    found: usize,
    unknown: usize,
    conflicts: usize,
    broken: usize,
    refused: usize,
    busy: usize,
    /// Every change that was acknowledged, by process and number.
    acknowledged: HashSet<String>,
    /// Kills that broke a change, and those that broke any call.
    in_change: BTreeSet<usize>,
    in_call: BTreeSet<usize>,
}

impl Heard {
    fn hear(&mut self, line: &str) {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["saved"] => self.saved += 1,
            ["saved", "found"] => (self.saved, self.found) = (self.saved + 1, self.found + 1),
            ["saved", "unknown"] => {
                (self.saved, self.unknown) = (self.saved + 1, self.unknown + 1);
            }
            ["conflict"] => self.conflicts += 1,
            ["busy"] => self.busy += 1,
            ["refused"] => self.refused += 1,
            ["broken", what, kill] => {
                let kill = kill.parse().unwrap();
                self.broken += 1;
                self.in_call.insert(kill);
                if *what == "save" {
                    self.in_change.insert(kill);
                }
            }
            ["wrote", own, count] => {
                let all = 0..count.parse::<usize>().unwrap();
                self.acknowledged.extend(all.map(|it| format!("{own}.{it}")));
            }
            // Of the harness, or why a process ended.
            _ => eprintln!("{line}"),
        }
    }
}

/// Kills the server and starts it again until so many kills broke a call, spread over so many changes;
/// how many it took.
fn kill_again_and_again(
    team: &Team,
    writers: &Writers,
    heard: &mut Heard,
    (wanted, changes): (usize, usize),
) -> usize {
    let mut marks = std::fs::File::create(team.server.path(MARKS)).unwrap();
    let mut kills: usize = 0;
    while heard.in_call.len() < wanted {
        // At least one more is acknowledged since the server is back.
        let more = (heard.saved + 1).max(changes * heard.in_call.len() / wanted);
        while heard.saved < more {
            heard.hear(&writers.lines.recv().expect("no process writes any more"));
        }
        // The moments differ, within what a change takes; what must hold does not.
        std::thread::sleep(Duration::from_micros((kills as u64 * 7_919 % 40) * 250));
        marks.write_all(b".").unwrap();
        team.server.kill();
        team.server.start();
        marks.write_all(b".").unwrap();
        kills += 1;
        writers.lines.try_iter().for_each(|it| heard.hear(&it));
        if kills.is_multiple_of(50) {
            eprintln!("{kills} kills, {} of them in a change", heard.in_change.len());
        }
        assert!(kills < 3 * wanted + 20, "few of {kills} kills break a call: {heard:?}");
    }
    kills
}

#[test]
fn processes_beside_kills_of_the_server_lose_no_change() {
    let Some(server) = postgres::own_or_skip("processes beside kills of the server") else {
        return;
    };
    // As servers are set up, but for `synchronous_commit = off`, which the store does not rely on.
    server.settings("fsync = on\nfull_page_writes = on");
    server.start();
    let team = Team::new(Arc::new(server));
    let (count, writes) = (number("JETBRIDGE_PROCESSES", 4), number("JETBRIDGE_WRITES", 12));
    let wanted = number("JETBRIDGE_KILLS", 3);
    let ids: Vec<ConnectionId> = block_on(async {
        let store = team.open("anna").await;
        let mut ids = Vec::new();
        for at in 0..6 {
            let mut draft = listed(&format!("shared {at}"));
            draft.answers = Answers::Listed(Listed { tenant: "0".into(), live: None });
            ids.push(store.save(new(draft)).await.unwrap().id);
        }
        ids
    });
    let (begun, mut heard) = (Instant::now(), Heard::default());
    let mut writers = Writers::start(&team, count, writes, &ids);
    let kills = kill_again_and_again(&team, &writers, &mut heard, (wanted, count * writes));
    let beside = heard.saved;
    std::fs::write(team.server.path(DONE), "").unwrap();
    writers.lines.iter().for_each(|it| heard.hear(&it));
    for child in &mut writers.children {
        assert!(child.wait().unwrap().success());
    }
    let Heard { saved, found, unknown, conflicts, broken, refused, busy, acknowledged, .. } = heard;
    eprintln!(
        "{count} processes, {kills} kills of the server: {} in a change, {} in any call, which broke \
         {broken} calls; {saved} changes acknowledged, {beside} of them before the last kill, {found} \
         by looking up a lost answer, {unknown} after it was unknown; {conflicts} conflicts, {busy} busy, {refused} refused; {} s",
        heard.in_change.len(),
        heard.in_call.len(),
        begun.elapsed().as_secs(),
    );
    assert!(saved >= count * writes);
    block_on(async {
        let store = team.open("anna").await;
        let (mut there, mut revisions) = (HashSet::new(), 0);
        for id in ids {
            let now = store.connection(id).await.unwrap();
            for it in changes_of(&now) {
                assert!(there.insert(it.to_owned()), "{it} was done twice");
            }
            assert_eq!(store.history(id).await.unwrap().len(), now.revision as usize);
            revisions += now.revision as usize - 1;
        }
        // None is lost, and none is there that was reported as not saved.
        assert_eq!(there, acknowledged);
        assert_eq!((there.len(), revisions), (saved, saved));
        let found = store.check_history().await.unwrap();
        assert!(found.is_empty(), "{found:?}");
    });
}
