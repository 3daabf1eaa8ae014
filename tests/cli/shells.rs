//! Completions and manual pages as the shells and `man` take them. What is not installed here is
//! named and skipped.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use crate::home::{Home, skipped};
use crate::talk::Talk;
use crate::tenant::CLIENT;

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
        "source '{}'; COMP_WORDS=({}); COMP_CWORD={}; COMP_LINE=\"${{COMP_WORDS[*]}}\"; \
         COMP_POINT=${{#COMP_LINE}}; _jetbridge jetbridge '{current}' '{before}'; \
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
    assert_eq!(
        options.split_whitespace().collect::<Vec<_>>(),
        ["--network", "--no-headers", "--no-input"]
    );
    let below = offered(&script, &["jetbridge", "permissions", "ch"]).unwrap();
    assert_eq!(below.trim(), "check");
}

/// Names with what shells take for something else.
const NAMES: &[&str] = &[
    "with blank",
    "a:b",
    "a:c d",
    "x@y=z",
    "back\\slash",
    "it's",
    "q\"u",
    "-dash",
    "$(touch run)",
    "`touch run`",
    "#hash",
    "~tilde",
    "*star",
    "bang!x",
    "right\u{2019}s",
    "{b,c}",
    "[a]",
    "semi;touch run",
    "漢字 x",
];

/// What is typed before the tabulator, and the words that the shell has then.
const TYPED: &[(&str, &[&str])] = &[
    ("show wi", &["show", "with blank"]),
    ("show 'wi", &["show", "with blank"]),
    ("show \"wi", &["show", "with blank"]),
    ("show with\\ b", &["show", "with blank"]),
    ("show a:c", &["show", "a:c d"]),
    ("show x@", &["show", "x@y=z"]),
    ("show x@y=", &["show", "x@y=z"]),
    ("show back", &["show", "back\\slash"]),
    ("show it", &["show", "it's"]),
    ("show q", &["show", "q\"u"]),
    ("show -- -d", &["show", "--", "-dash"]),
    ("show '$(", &["show", "$(touch run)"]),
    ("show \\$", &["show", "$(touch run)"]),
    ("show '`", &["show", "`touch run`"]),
    ("show '#", &["show", "#hash"]),
    ("show '~", &["show", "~tilde"]),
    ("show '*s", &["show", "*star"]),
    ("show bang", &["show", "bang!x"]),
    ("show right", &["show", "right\u{2019}s"]),
    ("show '{", &["show", "{b,c}"]),
    ("show '[", &["show", "[a]"]),
    ("show semi", &["show", "semi;touch run"]),
    ("show 漢", &["show", "漢字 x"]),
    ("list --tenant Con", &["list", "--tenant", "Con toso"]),
    ("list --type Devi", &["list", "--type", "Device"]),
    ("list --type Device,Gm", &["list", "--type", "Device,Gmail"]),
    ("list --type=Device,Gm", &["list", "--type=Device,Gmail"]),
    ("list --sort mod", &["list", "--sort", "modified"]),
    ("list --health unc", &["list", "--health", "unchecked"]),
    ("list --side dest", &["list", "--side", "destination"]),
    ("context add x --data-centre uk", &["context", "add", "x", "--data-centre", "uk"]),
    ("directory list ten", &["directory", "list", "tenants"]),
    ("completions po", &["completions", "powershell"]),
    ("audit explain leftover", &["audit", "explain", "leftover-copy"]),
    ("audit --only expired,leftover", &["audit", "--only", "expired,leftover-copy"]),
    ("export -o mark", &["export", "-o", "markdown"]),
    ("list --log-level deb", &["list", "--log-level", "debug"]),
    ("context edit la", &["context", "edit", "lab"]),
    ("list --context pr", &["list", "--context", "prod"]),
    ("diff --live pr", &["diff", "--live", "prod"]),
    ("diff --live=pr", &["diff", "--live=prod"]),
    ("runbook x --live pr", &["runbook", "x", "--live", "prod"]),
    ("runbook --live prod wi", &["runbook", "--live", "prod", "with blank"]),
    ("help permissions ch", &["help", "permissions", "check"]),
];

/// Names, contexts and words of closed sets are completed in the shells themselves, on a terminal,
/// and nothing in a name is ever run. E4; issue 11, point 31.
#[test]
fn what_stands_there_is_completed_in_every_shell() {
    let home = Home::new();
    let rows = NAMES.iter().map(|it| json!({ "name": it, "type": "Gmail", "tenant": "Con toso" }));
    home.run_with(&["import", "-"], json!(rows.collect::<Vec<_>>()).to_string()).succeeds();
    home.config(&format!(
        "[contexts.prod]\nkind = 'fly'\ndata_centre = 'us'\nclient_id = '{CLIENT}'\n\
         credential = {{ secret = 'stored' }}\n[contexts.lab]\nkind = 'store'\npath = '{}'\n",
        home.path("lab.db").display()
    ));
    let words = "#!/bin/sh\nfor it; do printf '<%s>' \"$it\"; done; echo '<end>'\n";
    let words = home.write("show-words", words);
    std::fs::set_permissions(words, PermissionsExt::from_mode(0o700)).unwrap();
    let bash = script(&home, "bash").display().to_string();
    let zsh = script(&home, "zsh").display().to_string();
    let fish = script(&home, "fish").display().to_string();
    let rc = home.write("bash.rc", format!("source '{bash}'\nPS1='ready> '\n"));
    home.write(
        ".zshrc",
        format!(
            "autoload -Uz compinit\ncompinit -u -D\nsource '{zsh}'\nunsetopt prompt_sp prompt_cr\n\
             bindkey -e\nPS1='ready> '\n"
        ),
    );
    let start = format!("source '{fish}'; function fish_prompt; echo -n 'ready> '; end");
    for (shell, args) in [
        ("bash", &["--noprofile", "--rcfile", rc.to_str().unwrap(), "-i"][..]),
        ("zsh", &["-d", "-i"]),
        ("fish", &["-i", "-C", &start]),
    ] {
        if run(shell, &["--version"]).is_some() {
            types(&home, shell, args);
        }
    }
    assert!(!home.path("run").exists());
}

/// Types every line with a tabulator, and looks at the words that come of it.
fn types(home: &Home, shell: &str, args: &[&str]) {
    let binary = Path::new(env!("CARGO_BIN_EXE_jetbridge"));
    let mut path = vec![binary.parent().unwrap().to_owned(), home.path("")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let path = std::env::join_paths(path).unwrap();
    let environment =
        [("PATH", path.to_str().unwrap()), ("LANG", "C.UTF-8"), ("fish_greeting", "")];
    let mut talk = Talk::program(shell, home, args, 200, &environment);
    for (typed, words) in TYPED {
        // Back at the beginning, what shows the words is put before the line.
        talk.answer("ready> ", &format!("jetbridge {typed}\t\u{1}show-words \r"));
        let seen = talk.until("<end>");
        let expected: String = words.iter().map(|it| format!("<{it}>")).collect();
        assert!(
            seen.contains(&format!("<jetbridge>{expected}<end>")),
            "{shell}: {typed}: {expected} is not in {seen:?}"
        );
    }
    talk.kill();
}

/// Completing makes nothing, and what fails offers nothing.
#[test]
fn completing_leaves_no_trace() {
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
        assert!(text.contains("Refuse to change anything"), "{text}");
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
    // It helps to fix a broken configuration.
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
