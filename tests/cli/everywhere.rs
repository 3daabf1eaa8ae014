//! What holds for every verb: quiet on a closed pipe, the exit codes of its own, a hint with every
//! failure, and names that try to act. Issue 5, points 3 and 4; E4, E7.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::contract::commands;
use crate::home::Home;
use crate::tenant::CLIENT;

const DEVICE: &str = "contoso-devices-hq-dest";

/// Every verb that prints, on the sample.
const PRINTING: [&[&str]; 36] = [
    &["list"],
    &["show", DEVICE],
    &["export"],
    &["export", "-o", "jsonl"],
    &["plan", "-f", "wanted.toml"],
    &["create", "-f", "wanted.toml", "--dry-run"],
    &["apply", "-f", "wanted.toml", "--dry-run"],
    &["edit", DEVICE, "--set", "description=x", "--dry-run"],
    &["clone", DEVICE, "copy", "--dry-run"],
    &["schema"],
    &["audit"],
    &["audit", "-o", "html"],
    &["audit", "rules"],
    &["audit", "explain", "expired"],
    &["preflight", "--all", "--offline"],
    &["preflight", "--all", "--offline", "-o", "html"],
    &["preflight", "checks"],
    &["delete", DEVICE, "--dry-run"],
    &["restore", "--list"],
    &["import", "rows.csv", "--dry-run"],
    &["runbook", DEVICE],
    &["directory", "list"],
    &["key", "check", "nonsense"],
    &["permissions", "list"],
    &["permissions", "requirements"],
    &["permissions", "manifest"],
    &["permissions", "check", "--manifest", "empty.json"],
    &["permissions", "explain", "full_access_as_app"],
    &["context", "list"],
    &["context", "test", "local"],
    &["doctor"],
    &["vault", "status"],
    &["paths"],
    &["completions", "zsh"],
    &["man"],
    &["help", "keys"],
];

fn sample() -> Home {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    home.write("wanted.toml", "[[connection]]\nname = 'new'\ntype = 'Gmail'\n");
    home.write("rows.csv", "name,type\nimported,Gmail\n");
    home.write("empty.json", "[]");
    home
}

/// As `jetbridge ... | head -1`, with a reader that has left before the first line.
#[test]
fn a_reader_that_left_is_no_failure() {
    let home = sample();
    for args in PRINTING {
        for format in [None, Some("json"), Some("csv")] {
            let takes = home.run(&[args, &["--help"]].concat()).out.contains("--output <FORMAT>")
                && !args.contains(&"-o");
            let more: &[&str] = match format {
                Some(format) if takes => &["-o", format],
                Some(_) => continue,
                None => &[],
            };
            let args = [args, more].concat();
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let mut command: Command = home.command(&args);
            let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
            let ended = child.spawn().unwrap().wait_with_output().unwrap();
            let err = String::from_utf8(ended.stderr).unwrap();
            let code = ended.status.code();
            assert!(matches!(code, Some(0 | 3)), "{args:?}: {code:?} {err}");
            assert!(!err.contains("error: ") && !err.contains("panicked"), "{args:?}: {err}");
        }
    }
}

/// What ends with one: something is not there, not as it must be, or not allowed.
const FAILING: &[&[&str]] = &[
    &["show", "nobody"],
    &["edit", "nobody", "--set", "description=x"],
    &["clone", "nobody", "x"],
    &["clone", DEVICE, DEVICE],
    &["export", "nobody"],
    &["delete", "nobody", "--yes"],
    &["restore", "nobody"],
    &["purge", "nobody", "--yes"],
    &["drafts", "--discard", "nothing", "--yes"],
    &["create", "-f", "bad.toml"],
    &["plan", "-f", "missing.toml"],
    &["import", "missing.csv"],
    &["import", "bad.csv"],
    &["runbook", "nobody"],
    &["preflight", "nobody"],
    &[
        "signin",
        "add",
        "x",
        "--tenant",
        "a.example",
        "--client-id",
        CLIENT,
        "--device-code",
        "--read-only",
    ],
    &["directory", "import", "bad.json"],
    &["permissions", "check", "--manifest", "bad.json"],
    &["agent", "download", "--unverified", "--url", "/missing.msi"],
    &["backup", "verify", "missing.jbk"],
    &["backup", "restore", "missing.jbk", "--yes"],
    &["vault", "init"],
    &["context", "add", "x", "--kind", "store", "--path", "x.db", "--read-only"],
    &["context", "edit", "fly", "--label", "x", "--read-only"],
    &["vault", "passphrase", "--read-only"],
    &["vault", "accept", "--reason", "x", "--read-only"],
    &["context", "trust", "fly.example", "--read-only"],
    &["sample", "load", "--read-only"],
];

/// What ends with two: the arguments are wrong.
const MISUSED: &[&[&str]] = &[
    &["list", "--limit", "x"],
    &["show"],
    &["apply"],
    &["audit", "--only", "nothing"],
    &["audit", "explain", "nothing"],
    &["permissions", "explain", "nothing"],
    &["delete", DEVICE],
    &["preflight"],
    &["signin", "test", "nobody"],
    &["signin", "remove", "nobody"],
    &["signin", "list", "-o", "nothing"],
    &["preflight", "checks", "-o", "nothing"],
    &["preflight", "requirements", "--only", "nothing"],
    &["preflight", "results", "-o", "nothing"],
    &["preflight", "waive", "--check", "acct.mfa", "--reason", "r"],
    &["preflight", "--all", "--only", "nothing"],
    &["diff", "--live", "local"],
    &["runbook", DEVICE, "--tick", "99"],
    &["directory", "list", "nothing"],
    &["directory", "refresh", "containers"],
    &["preflight", "--all", "--offline", "--evidence"],
    &["preflight", "--all", "--waivers", "bad.toml"],
    &["permissions", "manifest", "--method", "fly-app"],
    &["context", "use", "nobody"],
    &["context", "remove", "fly"],
    &["context", "trust", "no host"],
    &["backup", "create"],
    &["vault", "rotate", "--source", "command"],
    &["vault", "accept", "--reason", " "],
    &["list", "--context", "nobody"],
    &["help", "nothing"],
    &["completions", "tcsh"],
    &["permissions", "list", "--cloud", "x"],
    &["permissions", "requirements", "--job", "x"],
    &["vault", "status", "--context", "fly"],
    &["vault", "lock", "--context", "fly"],
    &["team", "migrate"],
    &["team", "members"],
    &["team", "invite", "x"],
    &["team", "join"],
    &["team", "remove", "x"],
    &["store", "copy", "--from", "local", "--to", "local"],
    &["nothing"],
    &[],
];

/// Each code of `help exit-codes` at each verb that can end with it; 130 is pressed in `terminal`,
/// `live` and `secrets`.
#[test]
fn every_verb_ends_with_the_code_that_is_documented() {
    let home = sample();
    home.config(&format!(
        "[contexts.fly]\nkind = 'fly'\ndata_centre = 'us'\nclient_id = '{CLIENT}'\n\
         credential = {{ secret = 'stored' }}\n"
    ));
    home.write("bad.toml", "[[connection]]\nname = 'x'\n");
    home.write("bad.csv", "name,type\n,Gmail\n");
    home.write("bad.json", "{");
    let fly: [&[&str]; 6] = [
        &["list", "--context", "fly"],
        &["show", "x", "--context", "fly"],
        &["audit", "--context", "fly"],
        &["context", "test", "fly"],
        &["diff", "--live", "fly"],
        &["import", "--from", "fly"],
    ];
    let cases: [(i32, &[&[&str]]); 5] = [
        (1, FAILING),
        (2, MISUSED),
        (
            3,
            &[
                &["plan", "-f", "wanted.toml"],
                &["apply", "-f", "wanted.toml", "--dry-run"],
                &["audit"],
                &["key", "check", "nonsense"],
                &["permissions", "check", "--manifest", "empty.json"],
                &["doctor", "--context", "nobody"],
            ],
        ),
        (4, &fly),
        (
            5,
            &[
                &["export", DEVICE, "nobody"],
                &["delete", DEVICE, "nobody", "--yes"],
                &["restore", DEVICE, "nobody"],
            ],
        ),
    ];
    let root = jetbridge::cli::help::command();
    let mut proven: BTreeSet<String> = BTreeSet::new();
    for (code, lines) in cases {
        for args in lines {
            let ran = home.run(args);
            proven.extend(named(&root, args));
            assert_eq!(ran.code, code, "{args:?}: {ran:#?}");
            // What happened, and what to do; findings are no failure.
            let reported = ran.err.contains("error: ") && ran.err.contains("hint: ");
            assert!(reported || code == 3, "{args:?}: {ran:#?}");
        }
    }
    // Whatever the command, wrong arguments end with two, and its help with none.
    for (path, _) in commands() {
        let words: Vec<&str> = path.split(' ').collect();
        home.run(&[&words[..], &["--no-such-option"]].concat()).fails(2, &["hint: "]);
        home.run(&[&words[..], &["--help"]].concat()).succeeds();
    }
    // These cannot fail but for their arguments, the configuration or a full disk.
    let simple = [
        "audit rules",
        "completions",
        "context list",
        "help",
        "man",
        "paths",
        "schema",
        "team roles",
    ];
    let rest: Vec<String> = commands()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|it| !proven.contains(it) && !simple.contains(&&**it))
        .collect();
    assert!(rest.is_empty(), "add a line with an exit code of its own to `cases`, for: {rest:?}");
}

/// The command that the words lead to.
fn named(root: &clap::Command, args: &[&str]) -> Option<String> {
    let (mut at, mut path) = (root, Vec::new());
    for word in args {
        let Some(found) = at.find_subcommand(word) else { break };
        path.push(found.get_name());
        at = found;
    }
    (!path.is_empty()).then(|| path.join(" "))
}

/// `unknown id` is two in every `explain`, whatever it explains: what is explained is a closed set.
#[test]
fn what_no_explain_knows_ends_with_two() {
    let home = Home::new();
    let mut seen = 0;
    for (path, _) in commands().iter().filter(|(path, _)| path.ends_with("explain")) {
        seen += 1;
        for id in ["nothing", "00000000-0000-0000-0000-000000000000", "\u{1b}[2J"] {
            let words: Vec<&str> = path.split(' ').chain([id]).collect();
            home.run(&words).fails(2, &["hint: "]);
        }
    }
    assert!(seen >= 2);
    home.run(&["help", "nothing"]).fails(2, &["hint: "]);
}

/// Whatever is printed, a disk that is full is a failure: also of the help, the version, a topic,
/// and of every format.
#[cfg(target_os = "linux")]
#[test]
fn output_to_a_full_disk_is_a_failure() {
    let home = sample();
    home.run(&["delete", "contoso-domain-dest", "--yes"]).succeeds();
    let full = |args: &[&str]| {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command: Command = home.command(args);
        let child = command.stdin(Stdio::null()).stdout(full).stderr(Stdio::piped());
        let ended = child.spawn().unwrap().wait_with_output().unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{args:?}: {err}");
        let reported = err.contains("the output cannot be written") && err.contains("hint");
        assert!(reported && !err.contains("panicked"), "{args:?}: {err}");
    };
    for args in PRINTING {
        full(args);
        let takes = home.run(&[args, &["--help"]].concat()).out.contains("--json");
        if takes && !args.contains(&"-o") {
            full(&[args, &["--json"]].concat());
        }
    }
    for (path, _) in commands() {
        let words: Vec<&str> = path.split(' ').collect();
        full(&[&words[..], &["--help"]].concat());
    }
    for args in [&["--help"][..], &["-h"], &["--version"], &["help"], &["help", "exit-codes"]] {
        full(args);
    }
}

/// `--read-only` takes precedence over whatever the command says, and every `--dry-run` leaves things alone.
#[test]
fn what_may_not_change_anything_changes_nothing() {
    let home = sample();
    home.run(&["delete", "contoso-domain-dest", "--yes"]).succeeds();
    home.run(&["backup", "create", "all.jbk"]).succeeds();
    home.run(&["context", "add", "lab", "--kind", "store", "--path", "lab.db"]).succeeds();
    home.write("tenant.json", r#"{"tenants": [{"id": "t9", "name": "T9"}]}"#);
    let state = || {
        let lists: [&[&str]; 3] = [&["list"], &["restore", "--list"], &["directory", "list"]];
        let reported = lists.map(|args| home.run(&[args, &["--json"]].concat()).succeeds().out);
        let files = [".config/jetbridge/config.toml", ".config/jetbridge/vault.key"];
        (reported, files.map(|it| std::fs::read(home.path(it)).unwrap()))
    };
    let before = state();
    // A dry run where there is one.
    let lines: [(&[&str], bool); 18] = [
        (&["create", "-f", "wanted.toml"], true),
        (&["edit", DEVICE, "--set", "description=x"], true),
        (&["clone", DEVICE, "copy"], true),
        (&["apply", "-f", "wanted.toml", "--yes"], true),
        (&["delete", DEVICE, "--yes"], true),
        (&["rm", DEVICE, "--yes"], true),
        (&["restore", "contoso-domain-dest"], true),
        (&["import", "rows.csv"], true),
        (&["directory", "import", "tenant.json"], true),
        (&["sample", "load"], true),
        (&["context", "add", "other", "--kind", "store", "--path", "x.db"], true),
        (&["context", "edit", "lab", "--label", "LAB"], true),
        (&["context", "use", "lab"], true),
        (&["context", "remove", "lab", "--yes"], true),
        (&["backup", "restore", "all.jbk", "--yes"], true),
        (&["vault", "rotate", "--all"], false),
        (&["vault", "init"], false),
        (&["runbook", DEVICE, "--tick", "1"], false),
    ];
    for (args, has_dry_run) in lines {
        home.run(&[args, &["--read-only"]].concat()).fails(1, &["--read-only was given"]);
        assert_eq!(state(), before, "{args:?}");
        if has_dry_run {
            let ran = home.run(&[args, &["--dry-run"]].concat());
            let differs = if args[0] == "apply" { 3 } else { 0 };
            assert_eq!(ran.code, differs, "{args:?}: {ran:#?}");
            assert_eq!(state(), before, "{args:?}");
        }
    }
}

/// Names that act on terminals, spreadsheets, Markdown and HTML.
const HOSTILE: [&str; 6] = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "<script>alert(1)</script>",
    "a|b`c`[x](javascript:1)",
    "-e é漢字 \"quoted\" 'single'",
    "$(touch run) `touch run`; touch run",
];

/// Names that nobody could type again: no file brings them in, and messages spell them out.
const HIDDEN: [&str; 3] =
    ["red\u{1b}[31m\u{7}", "back\u{202e}txt.exe", "zero\u{200b}width\u{9b}2J"];

/// E4: harmless everywhere and still true in JSON. `home::run` looks for what acts on a terminal.
#[test]
fn names_that_act_are_harmless_in_every_format() {
    let home = Home::new();
    let rows: Vec<Value> = HOSTILE
        .iter()
        .map(|it| serde_json::json!({ "name": it, "type": "Gmail", "tenant": it }))
        .collect();
    home.run_with(&["import", "-"], serde_json::json!(rows).to_string()).succeeds();
    let names = home.run(&["list", "--json"]).names();
    assert!(HOSTILE.iter().all(|it| names.iter().any(|name| name == it)), "{names:?}");
    let id = |name: &str| {
        let json = home.run(&["list", "--json"]).json();
        let rows = json["connections"].as_array().unwrap().clone();
        rows.iter().find(|it| it["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let mut lines: Vec<Vec<String>> = Vec::new();
    let words = |args: &[&str]| args.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    for format in ["table", "json", "jsonl", "csv"] {
        lines.push(words(&["list", "-o", format]));
        lines.push(words(&["audit", "-o", format]));
        for name in HOSTILE {
            lines.push(words(&["show", "--history", "-o", format, "--", name]));
            lines.push(words(&["delete", "--dry-run", "-o", format, "--", name]));
            lines.push(words(&[
                "edit",
                &id(name),
                "--set",
                "description==1",
                "--dry-run",
                "-o",
                format,
            ]));
        }
    }
    for format in ["markdown", "junit", "html"] {
        lines.push(words(&["audit", "-o", format]));
    }
    for format in ["toml", "json", "jsonl", "csv", "markdown"] {
        lines.push(words(&["export", "-o", format]));
    }
    for name in HOSTILE.iter().chain(&HIDDEN) {
        lines.push(words(&["show", "--", &format!("{name}x")]));
        lines.push(words(&["runbook", "--", name]));
        lines.push(words(&["list", &format!("--context={name}")]));
        lines.push(words(&["audit", "explain", name]));
        lines.push(words(&[name]));
    }
    for args in &lines {
        let ran = home.run(args);
        assert!(matches!(ran.code, 0..=3), "{args:?}: {ran:#?}");
        let format = args.iter().position(|it| it == "-o").map(|at| args[at + 1].as_str());
        match format {
            Some("csv") => {
                let mut reader =
                    csv::ReaderBuilder::new().has_headers(false).from_reader(ran.out.as_bytes());
                for cell in reader
                    .records()
                    .flat_map(|it| it.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
                {
                    assert!(
                        !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                        "{args:?}: {cell}"
                    );
                }
            }
            Some("html") => assert!(!ran.out.contains("<script>alert"), "{args:?}"),
            Some("markdown") => assert!(!ran.out.contains("<script>"), "{args:?}: {}", ran.out),
            _ => {}
        }
    }
    for name in HIDDEN {
        let row = serde_json::json!([{ "name": name, "type": "Gmail" }]).to_string();
        home.run_with(&["import", "-"], row).fails(1, &["invisible character"]);
    }
    assert!(!home.path("run").exists());
}

/// What asks before it changes something finds out first whether it can: no list and no question comes
/// before the failure, and the option that answers is named.
#[test]
fn nothing_is_shown_or_asked_where_nobody_can_answer() {
    let home = sample();
    home.run(&["delete", DEVICE, "--yes"]).succeeds();
    home.run(&["context", "add", "spare", "--kind", "store", "--path", "spare.db"]).succeeds();
    let (first, second) = ("contoso-groups-source", "contoso-mail-dest");
    let asking: [&[&str]; 10] = [
        &["delete", first],
        &["delete", "--type", "Device"],
        &["purge", DEVICE],
        &["restore", "--type", "Device"],
        &["apply", "-f", "wanted.toml"],
        &["edit", first, second, "--set", "description=x"],
        &["context", "remove", "spare"],
        &["directory", "refresh"],
        &["backup", "restore", "backup.jetbridge"],
        &["vault", "rotate", "--source", "passphrase"],
    ];
    for args in asking {
        for extra in [&[][..], &["--no-input"]] {
            let ran = home.run(&[args, extra].concat()).fails(2, &["cannot ask", "hint: "]);
            assert_eq!(ran.out, "", "{args:?}");
            assert!(ran.err.starts_with("error: cannot ask "), "{args:?}: {}", ran.err);
            assert!(!ran.err.contains("? ") && !ran.err.contains("[y/N]"), "{args:?}: {}", ran.err);
            assert_eq!(ran.err.matches("hint: ").count(), 1, "{args:?}: {}", ran.err);
        }
    }
}
