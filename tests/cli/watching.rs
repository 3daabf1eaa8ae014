//! `list --watch`: what others change is printed as JSON lines, until Ctrl-C. Issue 17.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::contexts::{add, fly, row};
use crate::contract::Contract;
use crate::home::{Home, Ran};
use crate::tenant::Reply;

/// A program that watches.
pub struct Watching {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
    seen: String,
}

impl Watching {
    /// Begins, and waits until it says what it watches.
    pub fn begin(home: &Home, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = home.command([&["list", "--watch"][..], args].concat());
        command.envs(environment.iter().copied());
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut it = Self { child, out, err, seen: String::new() };
        while !it.said().contains("Watching ") {}
        it
    }

    /// The next line of talk.
    fn said(&mut self) -> String {
        self.err.next().unwrap().unwrap()
    }

    /// The next change, and the name that it is about.
    pub fn change(&mut self) -> (String, String) {
        let line = self.out.next().unwrap().unwrap();
        self.seen.push_str(&line);
        self.seen.push('\n');
        let json: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| json[key].as_str().unwrap().to_owned();
        (text("change"), text("name"))
    }

    /// Presses Ctrl-C: the exit code, and all that was printed.
    pub fn stop(mut self) -> Ran {
        let pid = self.child.id().to_string();
        assert!(
            std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success()
        );
        let code = self.child.wait().unwrap().code().unwrap();
        let rest: Vec<String> = self.out.map(Result::unwrap).collect();
        assert!(rest.is_empty(), "{rest:?}");
        Ran { out: self.seen, err: String::new(), code }
    }
}

fn of(change: &str, name: &str) -> (String, String) {
    (change.to_owned(), name.to_owned())
}

#[test]
fn changes_of_other_processes_are_lines() {
    let home = Home::with(&["alpha", "beta"]);
    let mut watching = Watching::begin(&home, &[], &[]);
    home.run_with(&["import", "-"], "name,type\ngamma,Gmail\n").succeeds();
    assert_eq!(watching.change(), of("added", "gamma"));
    home.run(&["edit", "alpha", "--set", "description=x"]).succeeds();
    assert_eq!(watching.change(), of("changed", "alpha"));
    home.run(&["delete", "beta", "--yes"]).succeeds();
    assert_eq!(watching.change(), of("removed", "beta"));
    home.run(&["restore", "beta"]).succeeds();
    assert_eq!(watching.change(), of("added", "beta"));
    // Two names swap places with one command: each is a line.
    home.run(&["edit", "--search", "a", "--set", "description=y", "--yes"]).succeeds();
    assert_eq!(watching.change(), of("changed", "alpha"));
    assert_eq!(watching.change(), of("changed", "beta"));
    assert_eq!(watching.change(), of("changed", "gamma"));
    let ran = watching.stop();
    assert_eq!(ran.code, 130, "{ran:#?}");
    Contract::new().holds(&["list", "--watch"], "jsonl", &ran);
}

/// A file that is put in the place of the store, by name or over it, is what is watched from then on.
#[test]
fn another_file_in_the_place_of_the_store_is_watched() {
    let home = Home::with(&["alpha", "beta"]);
    let store = home.store();
    let kept = home.path("kept.db");
    std::fs::copy(&store, &kept).unwrap();
    let mut watching = Watching::begin(&home, &[], &[]);
    for how in ["renamed", "copied"] {
        home.run_with(&["import", "-"], "name,type\ngamma,Gmail\n").succeeds();
        assert_eq!(watching.change(), of("added", "gamma"));
        let beside = home.path("beside.db");
        std::fs::copy(&kept, &beside).unwrap();
        match how {
            "renamed" => std::fs::rename(&beside, &store).unwrap(),
            _ => drop(std::fs::copy(&beside, &store).unwrap()),
        }
        assert_eq!(watching.change(), of("removed", "gamma"), "{how}");
    }
    assert_eq!(watching.stop().code, 130);
}

/// Only what passes the filters, also where a change takes a connection out of what they show.
#[test]
fn filters_decide_what_is_watched() {
    let home = Home::with(&["alpha", "beta"]);
    let mut watching = Watching::begin(&home, &["--search", "alp", "-o", "json"], &[]);
    home.run(&["edit", "beta", "--set", "description=x"]).succeeds();
    home.run(&["edit", "alpha", "--set", "name=omega"]).succeeds();
    assert_eq!(watching.change(), of("removed", "alpha"));
    home.run(&["edit", "omega", "--set", "name=alps"]).succeeds();
    assert_eq!(watching.change(), of("added", "alps"));
    assert_eq!(watching.stop().code, 130);
    home.run(&["list", "--watch", "-o", "csv"]).fails(2, &["JSON lines"]);
    home.run(&["list", "--watch", "--limit", "2"]).fails(2, &["cannot be used with"]);
    home.run(&["list", "--every", "2"]).fails(2, &["--watch"]);
}

/// A service is read again; one that is away for a while is waited for, and said to be away.
#[test]
fn changes_of_a_service_are_lines() {
    let reads = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reads);
    let service = fly(move |line| {
        if !line.contains("/fly/connections/summaries") {
            return None;
        }
        let rows = match count.fetch_add(1, Ordering::SeqCst) {
            0 => vec![row(1, "alpha"), row(2, "beta")],
            1 => return Some(Reply::json(404, &json!({}))),
            2 => vec![row(1, "alpha"), row(3, "gamma")],
            _ => vec![row(1, "renamed"), row(3, "gamma")],
        };
        let count = rows.len();
        let data = json!({ "data": { "nextLink": null, "totalCount": count, "data": rows } });
        Some(Reply::json(200, &data))
    });
    let home = Home::new();
    add(&home, &[]);
    let stand_in = [("JETBRIDGE_LOOPBACK_STAND_IN", service.url.as_str())];
    let mut watching = Watching::begin(&home, &["--context", "contoso", "--every", "1"], &stand_in);
    let lost = watching.said();
    assert!(lost.starts_with("warning: ") && lost.contains("trying again every 1 s"), "{lost}");
    assert_eq!(watching.change(), of("removed", "beta"));
    assert_eq!(watching.change(), of("added", "gamma"));
    assert!(watching.said().contains("read again"));
    assert_eq!(watching.change(), of("changed", "renamed"));
    assert_eq!(watching.stop().code, 130);
    home.run(&["list", "--watch", "--context", "contoso", "--cached"]).fails(2, &["--cached"]);
}
