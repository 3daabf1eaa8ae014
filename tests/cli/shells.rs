//! Completions and manual pages as the shells and `man` take them. What is not installed here is
//! named and skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::home::{Home, skipped};

/// Runs a program that may not be installed.
fn run(program: &str, args: &[&str]) -> Option<Output> {
    match Command::new(program).args(args).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            skipped(&format!("{program} is not installed"));
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

/// Names of what is there are offered, and nothing in a name is ever run. E4
#[test]
fn names_are_offered_and_quoted() {
    let home = Home::with(&["with blank", "$(touch run)", "other"]);
    let binary = Path::new(env!("CARGO_BIN_EXE_jetbridge"));
    let mut path = vec![binary.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let path = std::env::join_paths(path).unwrap();
    let in_shell = |shell: &str, program: &str| {
        let mut command = Command::new(shell);
        command.args(["-c", program]).env_clear().env("HOME", home.path("")).env("PATH", &path);
        let output = command.current_dir(home.path("")).output().ok()?;
        Some(String::from_utf8(output.stdout).unwrap())
    };
    let bash = script(&home, "bash");
    for (word, offered) in [("wi", "with\\ blank"), ("\\$", "\\$\\(touch\\ run\\)"), ("zz", "")] {
        let program = format!(
            "source '{}'; COMP_WORDS=(jetbridge show '{word}'); COMP_CWORD=2; \
             _jetbridge jetbridge '{word}' show; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            bash.display()
        );
        let Some(said) = in_shell("bash", &program) else { break };
        assert_eq!(said.trim(), offered, "{word}");
    }
    let fish = script(&home, "fish");
    for (line, offered) in [("show wi", "with blank"), ("context use lo", "local"), ("lis", "list")]
    {
        let program = format!("source '{}'; complete -C 'jetbridge {line}'", fish.display());
        let Some(said) = in_shell("fish", &program) else { break };
        assert_eq!(said.split('\t').next().unwrap().trim(), offered, "{line}");
    }
    assert!(!home.path("run").exists());
    // Completing makes nothing, and what fails offers nothing.
    let empty = Home::new();
    let ran = empty.run(&["__complete", "--word=x", "--", "show"]).succeeds();
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_eq!(std::fs::read_dir(empty.path("")).unwrap().count(), 0);
    empty.config("nonsense");
    let ran = empty.run(&["__complete", "--", "context", "use"]).succeeds();
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
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
    for name in ["jetbridge.1", "jetbridge-edit.1"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains("Change nothing, whatever the command says"), "{text}");
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
