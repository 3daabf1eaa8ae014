//! Every recipe of `docs/recipes.md`, run as it stands there by `sh`, with the program first in the path
//! and stubs only for what leaves the machine.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::home::{Home, Ran, run};

const PAGE: &str = include_str!("../../docs/recipes.md");

/// What writes what it was given into a file of its name: the arguments, then standard input.
const STUB: &str = "#!/bin/sh\n{ echo \"$0 $*\"; [ -t 0 ] || cat; } >> \"$HOME/${0##*/}.log\"\n";
/// As `gh pr comment --body-file FILE` does: what the file holds goes out.
const GH: &str = "#!/bin/sh\ncat \"$4\" >> \"$HOME/gh.log\"\n";

/// The recipes of the page: their number and the scripts in them, in their order.
fn recipes() -> Vec<(usize, Vec<String>)> {
    let mut out: Vec<(usize, Vec<String>)> = Vec::new();
    let mut script: Option<String> = None;
    for line in PAGE.lines() {
        match &mut script {
            Some(text) if line == "```" => {
                out.last_mut().unwrap().1.push(std::mem::take(text));
                script = None;
            }
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line == "```sh" => script = Some(String::new()),
            None => {
                if let Some(title) = line.strip_prefix("## ") {
                    let number = title.split_once(". ").unwrap().0.parse().unwrap();
                    out.push((number, Vec::new()));
                }
            }
        }
    }
    out
}

/// A home with the sample and the stubs.
fn home() -> Home {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    std::fs::create_dir(home.path("bin")).unwrap();
    for (name, text) in [("mail", STUB), ("curl", STUB), ("gh", GH)] {
        let path = home.write(&format!("bin/{name}"), text);
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    home
}

/// `sh` with the program first in its path, then the stubs.
fn sh(home: &Home, script: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_jetbridge")).parent().unwrap();
    let own = std::env::var("PATH").unwrap();
    let path = format!("{}:{}:{own}", program.display(), home.path("bin").display());
    let mut command = Command::new("sh");
    command.args(["-eu", "-c", script]).env_clear().env("PATH", path);
    command.env("HOME", home.path("")).env("USER", "tester").current_dir(home.path(""));
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "tester");
        command.env(format!("GIT_{who}_EMAIL"), "tester@contoso.example");
    }
    command
}

fn does(home: &Home, script: &str) -> Ran {
    run(&mut sh(home, script), b"")
}

fn read(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The only script of a recipe.
fn only(number: usize) -> String {
    let all = recipes().into_iter().find(|it| it.0 == number).unwrap().1;
    assert_eq!(all.len(), 1, "recipe {number}");
    all.into_iter().next().unwrap()
}

fn has_git() -> bool {
    Command::new("git").arg("--version").stdout(Stdio::null()).status().is_ok()
}

#[test]
fn the_page_has_what_is_run_here() {
    let numbers: Vec<usize> = recipes().iter().map(|it| it.0).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>(), "each needs a test below");
    assert!(recipes().iter().all(|it| !it.1.is_empty()), "a recipe without a script");
}

#[test]
fn the_plan_is_kept_in_git_shown_and_applied() {
    let home = home();
    if has_git() {
        does(&home, &only(1)).succeeds();
        let log = does(&home, "cd plan && git log --oneline && git status --short").succeeds().out;
        assert_eq!(log.lines().count(), 1, "{log}");
    } else {
        home.run(&["export", "--out", "plan/"]).succeeds();
    }
    // Nothing differs yet.
    does(&home, &only(2)).succeeds();
    assert!(read(&home, "gh.log").contains("changes no connection"));
    let ran = does(&home, &only(3)).succeeds();
    assert_eq!(ran.out, "nothing to do\n");
    // A change, a rename and a connection that goes.
    let path = "plan/contoso-devices-hq-dest.toml";
    let text = read(&home, path);
    home.write(path, text.replace("name = \"contoso-devices-hq-dest\"", "name = \"contoso-hq\""));
    std::fs::remove_file(home.path("plan/contoso-mail-dest.toml")).unwrap();
    home.write("gh.log", "");
    does(&home, &only(2)).succeeds();
    let comment = read(&home, "gh.log");
    assert!(comment.contains("| rename | contoso-devices-hq-dest |"), "{comment}");
    assert!(comment.contains("contoso-hq") && comment.contains("contoso-mail-dest"), "{comment}");
    let ran = does(&home, &only(3)).succeeds();
    assert!(ran.out.contains("contoso-hq"), "{ran:#?}");
    let names = home.run(&["list", "--json"]).names();
    assert!(names.contains(&"contoso-hq".to_owned()), "renamed: {names:?}");
    assert!(!names.iter().any(|it| it == "contoso-mail-dest" || it == "contoso-devices-hq-dest"));
    // A problem in a file is the failure of the script.
    home.write("plan/bad.toml", "[[connection]]\nname = 'x'\n");
    for number in [2, 3] {
        let ran = does(&home, &only(number));
        assert_eq!(ran.code, 1, "{ran:#?}");
        assert!(ran.err.contains("bad.toml"), "{ran:#?}");
    }
}

#[test]
fn the_audit_is_kept_every_night_and_sent_when_something_is_new() {
    let home = home();
    std::fs::create_dir(home.path("audits")).unwrap();
    home.write("audits/old.html", "");
    does(&home, "touch -d '100 days ago' audits/old.html").succeeds();
    // The sample has errors, which is what the timer shows.
    assert_eq!(does(&home, &only(4)).code, 3);
    let pages: Vec<String> = std::fs::read_dir(home.path("audits"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(pages.len() == 1 && pages[0].ends_with(".html") && pages[0] != "old.html", "{pages:?}");
    for part in PAGE.split("```ini\n").skip(1).map(|it| it.split("```").next().unwrap()) {
        assert!(part.starts_with("[Unit]\n"), "{part}");
    }
    // The first run knows everything; a connection that gets worse is new.
    does(&home, &only(5)).succeeds();
    assert!(!home.path("mail.log").exists());
    does(&home, &only(5)).succeeds();
    assert!(!home.path("mail.log").exists());
    let soon = "--set \"client_secret_expires=$(date -d '+3 days' +%F)\"";
    does(&home, &format!("jetbridge edit fabrikam-devices-source {soon}")).succeeds();
    does(&home, &only(5)).succeeds();
    let mail = read(&home, "mail.log");
    assert!(
        mail.contains("migration@contoso.example") && mail.contains("fabrikam-devices-source"),
        "{mail}"
    );
}

#[test]
fn secrets_are_changed_together() {
    let home = home();
    home.write("new-secret", "canary-not-a-real-secret\n");
    let ran = does(&home, &only(6)).succeeds();
    assert!(!ran.out.contains("canary") && !ran.err.contains("canary"), "E3: {ran:#?}");
    assert!(!home.path("new-secret").exists());
    let json = home.run(&[
        "show",
        "--type",
        "Device",
        "--search",
        "fabrikam-devices",
        "--side",
        "source",
        "--history",
        "--json",
    ]);
    let json = json.succeeds().json();
    let all = json["connections"].as_array().unwrap();
    assert!(all.len() > 1, "{json:#}");
    for it in all {
        assert!(it["history"][0]["changes"].to_string().contains("client_secret"), "{it:#}");
    }
}

#[test]
fn waves_and_contexts_are_compared_and_reported_together() {
    let home = home();
    for wave in ["wave-1", "wave-2"] {
        let path = home.path(&format!("{wave}.db"));
        home.run(&["context", "add", wave, "--path", path.to_str().unwrap()]).succeeds();
        home.run(&["sample", "load", "--context", wave]).succeeds();
    }
    home.run(&["delete", "contoso-mail-dest", "--yes", "--context", "wave-2"]).succeeds();
    let ran = does(&home, &only(7)).succeeds();
    let gone: Vec<&str> = ran.out.lines().filter(|it| it.starts_with("-c")).collect();
    assert!(gone.len() == 1 && gone[0].starts_with("-contoso-mail-dest,"), "{ran:#?}");
    does(&home, &only(8)).succeeds();
    let csv = read(&home, "attention.csv");
    assert!(csv.starts_with("context,") && csv.contains("\nwave-2,"), "{csv}");
    assert!(read(&home, "monday.html").contains("local, wave-1, wave-2"));
    // One that cannot be read is named, and the others are there.
    home.write("broken.db", "this is no store at all, and long enough to be looked at as one");
    let path = home.path("broken.db");
    home.run(&["context", "add", "broken", "--path", path.to_str().unwrap()]).succeeds();
    let ran = does(&home, &only(8)).succeeds();
    assert!(ran.err.contains("some contexts are missing"), "{ran:#?}");
    let page = read(&home, "monday.html");
    assert!(page.contains("wave-1") && page.contains("<b>broken</b>"), "{page}");
}

#[test]
fn a_pipeline_stops() {
    let home = home();
    assert_eq!(does(&home, &only(9)).code, 3);
    for file in ["preflight.xml", "audit.xml"] {
        let text = read(&home, file);
        assert!(
            text.contains("<testsuites name=\"jetbridge ") && text.contains("<failure"),
            "{file}"
        );
    }
}

#[test]
fn names_come_from_lists_and_go_into_commands() {
    let home = home();
    home.write("retired.txt", "contoso-mail-dest\ncontoso-sites-dest\n");
    let scripts = recipes().into_iter().find(|it| it.0 == 10).unwrap().1;
    does(&home, &scripts[0]).succeeds();
    let names = home.run(&["list", "--json"]).names();
    assert!(!names.iter().any(|it| it == "contoso-mail-dest" || it == "contoso-sites-dest"));
    assert!(home.path("retired/contoso-mail-dest.toml").exists());
    does(&home, "jetbridge restore - --yes < retired.txt").succeeds();
    assert_eq!(home.run(&["list", "--json"]).names().len(), names.len() + 2);
    does(&home, &scripts[1]).succeeds();
    assert_eq!(read(&home, "details.jsonl").lines().count(), 3);
}

#[test]
fn changes_are_handed_on_as_they_happen() {
    let home = home();
    let mut command = sh(&home, &only(11));
    // The names of the pipe show when each is there; the fifo makes the first change wait for it.
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let log = home.path("curl.log");
    // Each change is another one, until the first that was made after the watch began is handed on.
    let mut number = 0;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !log.exists() && std::time::Instant::now() < deadline {
        number += 1;
        let set = format!("description=change {number}");
        home.run(&["edit", "contoso-mail-dest", "--set", &set]).succeeds();
    }
    let _ = child.kill();
    let _ = child.wait();
    // What it started ends with the pipe that nobody reads any more.
    home.run(&["edit", "contoso-mail-dest", "--set", "description=the end"]).succeeds();
    let text = read(&home, "curl.log");
    assert!(text.contains("https://chat.contoso.example/hook"), "{text}");
    assert!(
        text.contains("\"change\":\"changed\"") && text.contains("contoso-mail-dest"),
        "{text}"
    );
}

#[test]
fn backups_are_written_and_checked() {
    let home = home();
    let ran = does(&home, &only(12)).succeeds();
    assert!(
        ran.err.contains("The backup is complete and every part of it can be opened."),
        "{ran:#?}"
    );
    // The same day again.
    does(&home, &only(12)).succeeds();
}
