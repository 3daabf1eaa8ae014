//! The log and reports of faults, as the binary leaves them. SPEC E2, E3.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::home::{Home, run};

const LOG: &str = ".local/state/jetbridge/log";

fn lines(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.path(LOG).join("jetbridge.log")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_run_shows_its_calls_and_its_end() {
    let home = Home::with(&["Contoso HR"]);
    home.run(&["show", "Contoso HR"]).succeeds();
    let lines = lines(&home);
    let started = lines.iter().rfind(|it| it["message"] == "started").unwrap();
    assert_eq!((&started["verb"], &started["level"]), (&"show".into(), &"INFO".into()));
    assert_eq!(lines.last().unwrap()["message"], "ended");
    assert_eq!(lines.last().unwrap()["exit"], 0);
    let calls: Vec<_> = lines
        .iter()
        .filter(|it| it["message"] == "backend" && it["pid"] == started["pid"])
        .collect();
    assert!(!calls.is_empty() && calls.iter().all(|it| it["outcome"] == "ok"), "{calls:?}");
    assert!(calls.iter().all(|it| it["duration_ms"].is_number()));
    let text = fs::read_to_string(home.path(LOG).join("jetbridge.log")).unwrap();
    assert!(!text.to_lowercase().contains("contoso"), "names are redacted: {text}");
}

#[test]
fn names_and_levels_are_as_asked() {
    let home = Home::new();
    home.config("[log]\nnames = 'plain'\nlevel = 'off'\n");
    home.run(&["show", "Contoso HR"]);
    assert!(!home.path(LOG).exists(), "off makes nothing");
    home.run(&["--log-level", "info", "show", "Contoso HR"]);
    let text = fs::read_to_string(home.path(LOG).join("jetbridge.log")).unwrap();
    assert!(text.contains("Contoso HR"), "{text}");
    let ran = home.run(&["list", "--log-level", "infos"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean info?"), "{ran:#?}");
}

#[test]
fn a_careless_umask_opens_nothing() {
    let home = Home::new();
    let bare = home.command(["list"]);
    let mut command = Command::new("sh");
    command.env_clear().env("HOME", home.path("")).current_dir(home.path(""));
    command.args(["-c", "umask 000; exec \"$0\" show x"]).arg(bare.get_program());
    run(&mut command, b"");
    assert_eq!(mode(&home.path(LOG)), 0o700);
    let files: Vec<_> =
        fs::read_dir(home.path(LOG)).unwrap().map(|it| it.unwrap().path()).collect();
    assert!(files.iter().any(|it| it.ends_with("names.key")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
}

#[test]
fn what_cannot_be_logged_is_no_failure() {
    let home = Home::new();
    home.write("in-the-way", "");
    for state in ["in-the-way", "/proc/nothing", "/dev/null"] {
        let state = home.path(state);
        let mut command = home.command(["list", "--json"]);
        let ran = run(command.env("JETBRIDGE_STATE_DIR", state), b"").succeeds();
        assert_eq!(ran.err, "");
    }
}

#[test]
fn paths_shows_where_it_is() {
    let home = Home::new();
    let json = home.run(&["paths", "--json"]).succeeds().json();
    assert_eq!(json["paths"]["log_dir"], home.path(LOG).to_str().unwrap());
    assert!(!home.path(".local").exists());
}

/// The fault is asked for by a variable that only debug builds know.
#[test]
fn a_panic_of_a_verb_is_one_sentence_and_a_report() {
    let home = Home::new();
    let mut command = home.command(["list"]);
    let ran = run(command.env("JETBRIDGE_TEST_PANIC", "verb"), b"");
    assert_eq!((ran.code, ran.out.as_str()), (101, ""));
    assert_eq!(ran.err.lines().count(), 1, "{ran:#?}");
    assert!(ran.err.contains("what was saved is safe. Report: "), "{ran:#?}");
    let path = ran.err.trim_end().split("Report: ").nth(1).unwrap();
    assert!(Path::new(path).starts_with(home.path(LOG)));
    assert_eq!(mode(Path::new(path)), 0o600);
    let report = fs::read_to_string(path).unwrap();
    assert!(report.contains("asked for by JETBRIDGE_TEST_PANIC"), "{report}");
    assert!(!report.contains("canary-secret"), "E3: {report}");
    assert_eq!(lines(&home)[0]["verb"], "list", "what came before is in the log");
}
