//! `vault` and `backup` with the real binary: what opens, what does not, what is left behind.
//! SPEC E3; RELIABILITY §4.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::home::{Home, Ran, run};
use crate::talk::asked;

/// Obviously fake, and easy to search for.
const PASSPHRASE: &str = "canary passphrase not real";

/// Runs without a terminal of any kind; `given` is behind descriptor 3.
fn away(home: &Home, args: &[&str], given: Option<&str>, input: &str) -> Ran {
    let given = home.write("given", given.unwrap_or_default());
    let plain = home.command(args);
    let mut command = home.command(args);
    // `setsid -w`: a session without a controlling terminal, so that nobody can be asked.
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg("exec setsid -w \"$0\" \"$@\" 3< \"$GIVEN\"");
    shell.arg(plain.get_program()).args(plain.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap());
    }
    shell.env("PATH", "/usr/bin:/bin").env("GIVEN", given).current_dir(home.path(""));
    std::mem::swap(&mut command, &mut shell);
    run(&mut command, input.as_bytes())
}

fn source(home: &Home) -> String {
    let status = away(home, &["vault", "status", "--json"], None, "").succeeds();
    let json: serde_json::Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!(json["version"], 1);
    json["source"].as_str().unwrap_or("none").to_owned()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// A locked vault is exit code 4 wherever a secret is to be sealed, and nothing is written for it.
#[test]
fn a_locked_vault_is_reported_alike_and_leaves_nothing_half_done() {
    let home = Home::new();
    let init = ["vault", "init", "--source", "passphrase", "--passphrase-stdin"];
    away(&home, &init, None, PASSPHRASE).succeeds();
    away(&home, &["sample", "load"], None, "").fails(4, &["locked"]);
    assert_eq!(away(&home, &["list", "-o", "json"], None, "").json()["connections"], json!([]));
    home.write("secret.txt", "not-a-real-secret");
    std::fs::set_permissions(home.path("secret.txt"), PermissionsExt::from_mode(0o600)).unwrap();
    home.write(
        "hq.toml",
        "[[connection]]\nname = 'hq'\ntype = 'Device'\nside = 'source'\n\
         client_id = '11111111-2222-4333-8444-555555555555'\n\
         client_secret = { file = 'secret.txt' }\n",
    );
    for line in [&["create", "-f", "hq.toml"][..], &["apply", "-f", "hq.toml", "--yes"]] {
        away(&home, line, None, "").fails(4, &["locked"]);
    }
    let given = ["--vault-key-fd", "3", "sample", "load"];
    away(&home, &given, Some(PASSPHRASE), "").succeeds();
    let clone = ["clone", "contoso-devices-hybrid-dest", "copy"];
    away(&home, &clone, None, "").fails(4, &["locked"]);
}

#[test]
fn the_source_is_chosen_shown_and_changed() {
    let home = Home::new();
    assert_eq!(source(&home), "none");
    away(&home, &["vault", "init"], None, "").succeeds();
    assert_eq!(source(&home), "file");
    away(&home, &["vault", "init"], None, "")
        .fails(1, &["already opens with a key file", "rotate --source"]);
    away(&home, &["sample", "load"], None, "").succeeds();
    let to_passphrase = ["vault", "rotate", "--source", "passphrase", "--passphrase-stdin"];
    away(&home, &to_passphrase, None, "short").fails(2, &["at least 12"]);
    away(&home, &to_passphrase[..4], None, "").fails(2, &["--passphrase-stdin"]);
    away(&home, &to_passphrase, None, PASSPHRASE).succeeds();
    assert_eq!(source(&home), "passphrase");
    // Names need nobody; secrets do, and say what to do.
    away(&home, &["list"], None, "").succeeds();
    let check = ["vault", "status", "--check"];
    away(&home, &check, None, "").fails(4, &["no terminal", "--vault-key-fd"]);
    let by_fd = ["vault", "status", "--check", "--vault-key-fd", "3"];
    away(&home, &by_fd, Some("wrong passphrase"), "").fails(4, &["gave is wrong"]);
    let reported = away(&home, &by_fd, Some(PASSPHRASE), "").succeeds();
    assert!(
        reported.out.contains("22 secrets") && reported.out.contains("everything can be opened"),
        "{reported:#?}"
    );
    let piped = ["vault", "status", "--check", "--vault-key-fd", "0"];
    away(&home, &piped, None, PASSPHRASE).succeeds();
    let all = ["vault", "rotate", "--all", "--source", "file", "--vault-key-fd", "3", "--json"];
    let reported = away(&home, &all, Some(PASSPHRASE), "").succeeds();
    let json: serde_json::Value = serde_json::from_str(&reported.out).unwrap();
    assert_eq!(json["sealed_anew"]["secrets"], 22);
    away(&home, &check, None, "").succeeds();
    away(&home, &["vault", "rotate", "--source", "command"], None, "").fails(2, &["key_command"]);
    away(&home, &["vault", "lock"], None, "").succeeds();
    away(&home, &["--demo", "vault", "status"], None, "").fails(2, &["--demo"]);
    // E3: the passphrase is in no file but the one that the test handed over.
    std::fs::remove_file(home.path("given")).unwrap();
    for file in files(&home.path("")) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(6).any(|it| it == b"canary");
        assert!(!found, "{}", file.display());
    }
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    away(&home, &["sample", "load"], None, "").succeeds();
    let key = home.path(".config/jetbridge/vault.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let reported = away(&home, &["vault", "status", "--check"], None, "");
    assert_eq!(reported.code, 3, "{reported:#?}");
    assert!(reported.out.contains("chmod 600"), "{reported:#?}");
    away(&home, &["vault", "rotate"], None, "").fails(1, &["open to others", "chmod 600"]);
}

/// A copied folder must not open itself.
#[test]
fn a_key_file_beside_the_store_is_reported() {
    let home = Home::new();
    let both = |args: &[&str]| {
        let mut command = home.command(args.iter().copied());
        let folder = home.path("both");
        command.env("JETBRIDGE_CONFIG_DIR", &folder).env("JETBRIDGE_DATA_DIR", &folder);
        run(&mut command, b"")
    };
    both(&["sample", "load"]).succeeds();
    let reported = both(&["vault", "status"]).succeeds();
    assert!(reported.out.contains("next to the store"), "{reported:#?}");
    let reported = both(&["doctor"]);
    assert!(reported.out.contains("next to the store"), "{reported:#?}");
    let apart = away(&home, &["vault", "status"], None, "").succeeds();
    assert!(!apart.out.contains("next to"), "{apart:#?}");
}

/// Secrets of contexts and sign-ins are sealed in the own store whatever opens that.
#[test]
fn the_secret_of_a_context_is_sealed_whatever_opens_the_own_vault() {
    for (source, given) in [("command", None), ("passphrase", Some(PASSPHRASE)), ("file", None)] {
        let home = Home::new();
        home.config(&format!("[vault]\nkey_command = ['/bin/sh', '-c', 'echo {PASSPHRASE}']\n"));
        let piped = &["--passphrase-stdin"][usize::from(source != "passphrase")..];
        let init = [&["vault", "init", "--source", source], piped].concat();
        away(&home, &init, None, PASSPHRASE).succeeds();
        let fixed = &["--vault-key-fd", "3"][if given.is_some() { 0 } else { 2 }..];
        let changes = |args: &[&str], secret: &str| {
            away(&home, &[args, fixed].concat(), given, secret).succeeds();
        };
        let url = "postgres://anna@db.example/plan";
        changes(&["context", "add", "team", "--url", url, "--secret-stdin"], "not-a-real-one");
        changes(&["context", "edit", "team", "--secret-stdin"], "not-a-real-other");
        let app = ["--tenant", "a.example", "--client-id", "11111111-2222-4333-8444-555555555555"];
        let add = [&["signin", "add", "app", "--secret-stdin"], &app[..]].concat();
        changes(&add, "not-a-real-third");
        let count = || {
            let status = ["vault", "status", "--check", "--json"];
            let status = away(&home, &[&status, fixed].concat(), given, "").succeeds().json();
            status["sealed_context_secrets"].as_u64().unwrap()
        };
        assert_eq!(count(), 2, "{source}");
        changes(&["context", "remove", "team", "--yes"], "");
        changes(&["signin", "remove", "app", "--yes"], "");
        assert_eq!(count(), 0, "{source}");
    }
}

/// Nothing of ours is in the environment of the key command.
#[test]
fn a_key_command_is_reported_nothing() {
    let home = Home::new();
    let seen = home.path("seen");
    home.config(&format!(
        "[vault]\nkey_command = ['/bin/sh', '-c', 'env > {}; echo {PASSPHRASE}']\n",
        seen.display()
    ));
    away(&home, &["vault", "init", "--source", "command"], None, "").succeeds();
    let mut command = home.command(["vault", "status", "--check"]);
    command.env("JETBRIDGE_STATE_DIR", home.path("canary-state"));
    run(&mut command, b"").succeeds();
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains("HOME=") && !seen.contains("JETBRIDGE_"), "{seen}");
    assert!(!seen.contains("canary"), "{seen}");
}

#[test]
fn a_backup_is_made_checked_and_restored() {
    let home = Home::with(&["alpha", "beta"]);
    let file = home.path("store.jbb").to_str().unwrap().to_owned();
    let create = ["backup", "create", &file, "--passphrase-stdin"];
    away(&home, &create, None, PASSPHRASE).succeeds();
    away(&home, &create, None, PASSPHRASE).fails(1, &["exists already", "--force"]);
    home.run(&["delete", "alpha", "--yes"]).succeeds();
    let by_fd = |verb: &'static [&'static str]| -> Vec<String> {
        let fixed = ["--vault-key-fd", "3"];
        verb.iter().copied().chain(fixed).map(str::to_owned).chain([file.clone()]).collect()
    };
    let with = |verb: &'static [&'static str], given: &str| {
        let args = by_fd(verb);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        away(&home, &args, Some(given), "")
    };
    with(&["backup", "verify"], "wrong passphrase").fails(4, &["gave is wrong"]);
    let reported = with(&["backup", "verify"], PASSPHRASE).succeeds();
    assert!(reported.out.contains("2 connections"), "{reported:#?}");
    with(&["backup", "restore"], PASSPHRASE).fails(2, &["--yes"]);
    let reported = with(&["backup", "restore", "--yes", "--json"], PASSPHRASE).succeeds();
    let json: serde_json::Value = serde_json::from_str(&reported.out).unwrap();
    assert_eq!(json["connections"], 2);
    assert!(json["kept_aside"].as_str().unwrap().contains("connections.db.before-restore-"));
    assert!(home.run(&["list"]).succeeds().out.contains("alpha"));
    // Altered, it replaces nothing.
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    with(&["backup", "restore", "--yes"], PASSPHRASE).fails(1, &["cut or altered"]);
    assert!(home.run(&["list"]).succeeds().out.contains("beta"));
}

/// What the old keys still open is named with what to do about it. Issue 13, point 3.
#[test]
fn a_rotation_names_what_it_does_not_reach() {
    let home = Home::new();
    away(&home, &["sample", "load"], None, "").succeeds();
    let rotate = |more: &[&str]| {
        let words = [&["vault", "rotate", "--all"], more].concat();
        away(&home, &words, None, "").succeeds().out
    };
    let aside = || -> Vec<String> {
        let json: serde_json::Value = serde_json::from_str(&rotate(&["--json"])).unwrap();
        let all = json["kept_aside"].as_array().unwrap();
        all.iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let reported = rotate(&[]);
    assert!(
        reported.contains("backups created before") && reported.contains("fingerprints"),
        "{reported}"
    );
    assert!(!reported.contains("before-restore"), "{reported}");
    assert_eq!(aside(), [""; 0]);
    let file = home.path("store.jbb").to_str().unwrap().to_owned();
    away(&home, &["backup", "create", &file], None, "").succeeds();
    for _ in 0..2 {
        away(&home, &["backup", "restore", &file, "--yes"], None, "").succeeds();
    }
    // Not a store: a lock, and a name of somebody's own.
    let folder = home.store().parent().unwrap().to_owned();
    for name in
        ["connections.db.before-restore-x", "connections.db.before-restore-20260301T120000Z.lock"]
    {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let kept = aside();
    assert_eq!(kept.len(), 2, "{kept:?}");
    let reported = rotate(&[]);
    for path in &kept {
        assert!(reported.contains(&format!("delete it: {path}")), "{reported}");
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(aside(), [""; 0]);
}

/// No core dumps, for any verb.
#[cfg(target_os = "linux")]
#[test]
fn a_running_verb_leaves_no_core() {
    let home = Home::new();
    let mut child = home
        .command(["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds: once it is written, the verb is reading.
    let mut input = child.stdin.take().unwrap();
    input.write_all(&vec![b'\n'; 200_000]).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|it| it.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    drop(input);
    child.wait().unwrap();
}

#[test]
fn a_passphrase_is_asked_for_on_the_terminal() {
    let home = Home::new();
    let typed = format!("{PASSPHRASE}\r");
    let init = ["vault", "init", "--source", "passphrase"];
    let twice = |second| [("New passphrase (not shown): ", typed.as_str()), ("Once more", second)];
    let (screen, code) = asked(&home, &init, &twice("canary another one\r"));
    assert!(code == 2 && screen.contains("differ"), "{screen}");
    assert_eq!(source(&home), "none");
    let (screen, code) = asked(&home, &init, &twice(&typed));
    assert_eq!(code, 0, "{screen}");
    // A verb that needs a secret asks again after a wrong one.
    let (question, wrong) = ("Passphrase of the vault (not shown): ", "canary wrong\r");
    let answers = [(question, wrong), (question, typed.as_str())];
    let (screen, code) = asked(&home, &["sample", "load"], &answers);
    assert!(code == 0 && screen.contains("does not open"), "{screen}");
    let (screen, code) = asked(&home, &["vault", "status", "--check"], &[(question, wrong); 3]);
    assert!(code == 4 && screen.contains("three times"), "{screen}");
    let (_, code) = asked(&home, &["vault", "status", "--check"], &[(question, "canary\u{3}")]);
    assert_eq!(code, 130);
    // The screen asks before it draws anything.
    let answers = [(question, typed.as_str()), ("contoso-groups-source", "q")];
    let (screen, code) = asked(&home, &[], &answers);
    assert_eq!(code, 0, "{screen}");
    let at = |text: &str| screen.find(text).unwrap();
    assert!(at(question) < at("\u{1b}[?1049h"), "{screen}");
}
