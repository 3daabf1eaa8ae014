//! Completions and manual pages as the shells and `man` take them. What is not installed here is
//! named and skipped.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::home::Home;

/// Runs a program that may not be installed.
fn run(program: &str, args: &[&str]) -> Option<Output> {
    match Command::new(program).args(args).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // The test goes on without it; whoever reads its output sees that.
            let _ = writeln!(std::io::stderr(), "skipped: {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

fn script(home: &Home, shell: &str) -> PathBuf {
    let out = home.run(&["completions", shell]).succeeds().out;
    assert!(out.contains("doctor") && out.contains("help"), "{shell}");
    home.write(&format!("jetbridge.{shell}"), out)
}

fn parsed(program: &str, args: &[&str]) {
    if let Some(output) = run(program, args) {
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && err.is_empty(), "{program}: {err}");
    }
}

#[test]
fn every_shell_reads_its_completions() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = script(&home, shell);
        parsed(shell, &["-n", script.to_str().unwrap()]);
    }
    let power = script(&home, "powershell");
    let check = format!(
        "$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('{}', \
         [ref]$null, [ref]$e); exit $e.Count",
        power.display()
    );
    parsed("pwsh", &["-NoProfile", "-Command", &check]);
}

/// What bash offers after these words.
fn offered(script: &Path, words: &[&str]) -> Option<String> {
    let line: Vec<String> = words.iter().map(|it| format!("'{it}'")).collect();
    let current = words.last().unwrap();
    let before = words[words.len() - 2];
    let program = format!(
        "source '{}'; COMP_WORDS=({}); COMP_CWORD={}; _jetbridge jetbridge '{current}' '{before}'; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script.display(),
        line.join(" "),
        words.len() - 1,
    );
    run("bash", &["-c", &program]).map(|it| String::from_utf8(it.stdout).unwrap())
}

#[test]
fn bash_completes_commands_and_options() {
    let home = Home::new();
    let script = script(&home, "bash");
    let Some(verbs) = offered(&script, &["jetbridge", "do"]) else { return };
    assert_eq!(verbs.trim(), "doctor");
    let options = offered(&script, &["jetbridge", "doctor", "--n"]).unwrap();
    assert_eq!(options.split_whitespace().collect::<Vec<_>>(), ["--network", "--no-input"]);
    let below = offered(&script, &["jetbridge", "permissions", "ch"]).unwrap();
    assert_eq!(below.trim(), "check");
}

#[test]
fn manual_pages_are_sound() {
    let home = Home::new();
    let folder = home.path("pages");
    home.run(&["man".as_ref(), "--dir".as_ref(), folder.as_os_str()]).succeeds();
    let pages: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path()).collect();
    for name in ["jetbridge.1", "jetbridge-doctor.1", "jetbridge-help.1", "jetbridge-audit.1"] {
        assert!(pages.contains(&folder.join(name)), "{name}: {pages:?}");
    }
    for page in &pages {
        let path = page.to_str().unwrap();
        if let Some(output) = run("groff", &["-K", "utf8", "-man", "-Tutf8", "-ww", "-z", path]) {
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && err.is_empty(), "{path}: {err}");
        } else {
            return;
        }
    }
}

/// `help` explains commands and topics, and points to the topics from every command.
#[test]
fn help_explains_commands_and_topics() {
    let home = Home::new();
    for (topic, word) in [
        ("environment", "NO_COLOR"),
        ("exit-codes", "130"),
        ("files", "connections.db"),
        ("secrets", "systemd"),
        ("keys", "Permissions"),
    ] {
        let out = home.run(&["help", topic]).succeeds().out;
        assert!(out.contains(word), "{topic}: {out}");
    }
    home.config("[keys]\ndelete = ['ctrl-d']\n");
    assert!(home.run(&["help", "keys"]).succeeds().out.contains("ctrl-d"));
    // It helps to mend a broken configuration.
    home.config("nonsense");
    assert!(home.run(&["help", "keys"]).succeeds().out.contains("delete"));
    let list = home.run(&["help", "list"]).succeeds().out;
    assert!(
        list.contains("--search") && list.contains("jetbridge help options, exit-codes"),
        "{list}"
    );
    assert!(
        home.run(&["list", "--help"]).succeeds().out.contains("jetbridge help options, exit-codes")
    );
    home.run(&["help", "lst"]).fails(2, &["no command or topic lst", "did you mean list?"]);
}
