//! Secrets that are easy to search for go through everything: created, edited, typed, shown, copied,
//! exported, audited, planned, applied, backed up, restored, rotated, sent to a service that echoes
//! them, left in drafts, in killed and in panicking processes. Then they are searched, in every form,
//! in everything that was printed and in every file. SPEC E3; RELIABILITY §6.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

mod sources;

use super::search::{Forms, files};
use super::tenant::{CLIENT, Reply, Tenant};
use super::terminal::{Terminal, showing};

/// Obviously fake. One for each way in, so that what is found says how it got there.
const CANARIES: [(&str, &str); 15] = [
    ("file", "canary8Q~File-Secret.Not-Real-0001"),
    ("prompt", "canary8Q~Prompt-Secret.Not-Real-0002"),
    ("form", "canary8Q~Form-Secret.Not-Real-0003"),
    ("draft", "canary8Q~Draft-Secret.Not-Real-0004"),
    ("context", "canary8Q~Context-Secret.Not-Real-0005"),
    ("passphrase", "canary passphrase, not real 0006"),
    ("backup", "canary backup passphrase, not real 0007"),
    ("password", "Canary-Passw0rd!Not-Real-0008"),
    ("command", "canary8Q~Command-Secret.Not-Real-0009"),
    ("systemd", "canary8Q~Systemd-Secret.Not-Real-0010"),
    ("stdin", "canary8Q~Stdin-Secret.Not-Real-0011"),
    ("editor", "canary8Q~Editor-Secret.Not-Real-0012"),
    ("refused", "canary8Q~Refused-Secret.Not-Real-0013"),
    ("descriptor", "canary descriptor passphrase, not real 0014"),
    ("key command", "canary key command output, not real 0015"),
];

fn canary(way: &str) -> &'static str {
    CANARIES.iter().find(|it| it.0 == way).unwrap().1
}

/// The most that is ever written down.
const CONFIG: &str = "[log]\nlevel = 'trace'\nnames = 'plain'\n";

const RECORDS: &str = r#"
[[connection]]
name = "hq"
type = "Device"
side = "source"
client_id = "11111111-2222-4333-8444-555555555555"
client_secret = { file = "secret.txt" }
local_admin = true
local_admin_user = "flyadmin"
local_admin_password = { file = "password.txt" }
"#;

/// A home, and everything that was printed in it.
struct World {
    home: Arc<TempDir>,
    printed: Vec<(String, Vec<u8>)>,
    runs: usize,
}

impl World {
    fn new() -> Self {
        let home = Arc::new(tempfile::tempdir().unwrap());
        for name in ["config", "tmp"] {
            fs::create_dir(home.path().join(name)).unwrap();
        }
        let world = Self { home, printed: Vec::new(), runs: 0 };
        world.write("config/config.toml", CONFIG);
        world.write("secret.txt", canary("file"));
        world.write("password.txt", canary("password"));
        world.write("hq.toml", RECORDS);
        world
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jetbridge"));
        command.args(args).env_clear().env("HOME", self.path()).env("USER", "tester");
        for (name, folder) in [
            ("JETBRIDGE_CONFIG_DIR", "config"),
            ("JETBRIDGE_DATA_DIR", "data"),
            ("JETBRIDGE_STATE_DIR", "state"),
        ] {
            command.env(name, self.path().join(folder));
        }
        command.env("TMPDIR", self.path().join("tmp"));
        // The most that a runtime shows of a fault.
        command.env("RUST_BACKTRACE", "full").current_dir(self.path());
        command
    }

    /// Runs a verb and keeps what it prints; gives its exit code.
    fn run_with(&mut self, mut command: Command, input: &str) -> i32 {
        let name = format!("{:?}", command.get_args().collect::<Vec<_>>());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let code = output.status.code().unwrap_or(-1);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        self.printed.push((format!("stdout of {name}"), output.stdout));
        self.printed.push((format!("stderr of {name}: {text}"), output.stderr));
        self.runs += 1;
        code
    }

    #[track_caller]
    fn run(&mut self, code: i32, args: &[&str], input: &str) {
        let command = self.command(args);
        let found = self.run_with(command, input);
        let said = || self.printed.last().map(|it| it.0.clone());
        assert_eq!(found, code, "{args:?}: {:?}", said());
    }

    /// A program on a terminal in the same home.
    fn terminal(&mut self, args: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let mut command = vec![env!("CARGO_BIN_EXE_jetbridge").to_owned()];
        command.extend(args.iter().map(|it| (*it).to_owned()));
        let tmp = self.path().join("tmp").to_str().unwrap().to_owned();
        let mut all = vec![("RUST_BACKTRACE", "full"), ("TMPDIR", tmp.as_str())];
        all.extend(environment);
        self.runs += 1;
        Terminal::run_in(Arc::clone(&self.home), &command, &all)
    }

    /// Keeps what was on a terminal.
    fn done(&mut self, name: &str, terminal: &Terminal) {
        self.printed.push((format!("terminal of {name}"), terminal.bytes()));
    }
}

/// Goes to a field of the form by its help.
fn go(terminal: &mut Terminal, help: &str) {
    for _ in 0..40 {
        let before = terminal.wait("the form", showing);
        if before.contains(help) {
            return;
        }
        terminal.send(b"\t");
        terminal.wait("another field", |screen| screen.contents() != before);
    }
    panic!("no field shows {help:?}");
}

/// Begins of the helps of two fields.
const SECRET_HELP: &str = "The secret of that app registration";

/// Opens the only connection for editing, goes to its secret and types another one.
fn type_secret(terminal: &mut Terminal, secret: &str) {
    terminal.wait("the list", |screen| screen.contents().contains("hq"));
    terminal.send(b"e");
    terminal.wait("the form", |screen| screen.contents().contains("Connection name"));
    go(terminal, SECRET_HELP);
    let before = terminal.wait("the field", showing);
    terminal.send(secret.as_bytes());
    terminal.wait("what was typed, hidden", |screen| {
        screen.contents() != before && screen.contents().contains("•••")
    });
}

fn verbs(world: &mut World) {
    world.run(0, &["create", "-f", "hq.toml", "--dry-run"], "");
    world.run(0, &["create", "-f", "hq.toml"], "");
    let plain = RECORDS.replace("{ file = \"secret.txt\" }", &format!("\"{}\"", canary("file")));
    world.write("plain.toml", &plain);
    // A secret in the wrong place is refused without being repeated.
    world.run(1, &["plan", "-f", "plain.toml"], "");
    world.run(0, &["plan", "-f", "plain.toml", "--allow-plain-secrets", "--json"], "");
    world.run(0, &["plan", "-f", "hq.toml", "--out", "plan.json"], "");
    world.run(0, &["apply", "-f", "hq.toml", "--yes", "--json"], "");
    let odd = format!("client_secret={}", canary("file"));
    world.run(1, &["edit", "hq", "--set", "client_secret={ file = \"none.txt\" }"], "");
    let in_argument = world.command(&["edit", "hq", "--set", &odd]);
    assert_ne!(world.run_with(in_argument, ""), 0, "a secret as an argument is refused");
    world.run(0, &["edit", "hq", "--set", "client_secret={ file = \"secret.txt\" }"], "");
    world.run(0, &["clone", "hq", "copy"], "");
    for format in ["toml", "json", "csv", "markdown"] {
        world.run(0, &["export", "--format", format], "");
        world.run(0, &["export", "--out", &format!("export.{format}"), "--format", format], "");
    }
    for format in ["table", "json", "jsonl", "csv"] {
        world.run(0, &["list", "-o", format], "");
        world.run(0, &["show", "hq", "--history", "-o", format], "");
    }
    for format in ["table", "json", "jsonl", "csv", "markdown", "junit", "html"] {
        world.run(0, &["audit", "-o", format, "--fail-on", "none"], "");
        if format == "table" {
            continue;
        }
        let out = format!("audit.{format}");
        world.run(0, &["audit", "-o", format, "--out", &out, "--fail-on", "none"], "");
    }
    for format in ["text", "markdown", "json"] {
        world.run(0, &["runbook", "hq", "-o", format], "");
    }
    world.run(0, &["delete", "copy", "--yes"], "");
    world.run(0, &["restore", "--list"], "");
    world.run(0, &["backup", "create", "by-key.jbb"], "");
    world.run(0, &["backup", "create", "own.jbb", "--passphrase-stdin"], canary("backup"));
    world.run(0, &["vault", "rotate", "--all"], "");
    let to_passphrase = ["vault", "rotate", "--source", "passphrase", "--passphrase-stdin"];
    world.run(0, &to_passphrase, canary("passphrase"));
    let by_stdin = |verb: &'static [&'static str]| [verb, &["--vault-key-fd", "0"]].concat();
    world.run(4, &by_stdin(&["vault", "status", "--check"]), canary("backup"));
    world.run(0, &by_stdin(&["vault", "status", "--check"]), canary("passphrase"));
    world.run(0, &by_stdin(&["backup", "verify", "own.jbb"]), canary("backup"));
    world.run(0, &by_stdin(&["backup", "restore", "own.jbb", "--yes"]), canary("backup"));
    // The store may want the backup's passphrase now: back to a key file, by whichever opens it.
    let to_file = ["vault", "rotate", "--source", "file", "--vault-key-fd", "0"];
    for given in [canary("backup"), canary("passphrase")] {
        let command = world.command(&to_file);
        world.run_with(command, given);
    }
    world.run(0, &["vault", "status", "--check"], "");
    let doctor = world.command(&["doctor", "--json"]);
    world.run_with(doctor, "");
}

/// A service without connections.
fn service() -> Tenant {
    Tenant::new(|seen| {
        let path = seen.line.split(['?', ' ']).nth(1).unwrap_or_default().to_owned();
        Some(match path.as_str() {
            "/connect/token" if seen.body.contains("fail") => Reply::json(400, &json!({})),
            "/connect/token" => Reply::json(
                200,
                &json!({ "token_type": "Bearer", "expires_in": 3600,
                    "access_token": "token-not-real" }),
            ),
            "/fly/connections/summaries" => Reply::json(
                200,
                &json!({ "data": { "nextLink": null, "totalCount": 0, "data": [] } }),
            ),
            _ => Reply::json(404, &json!({})),
        })
    })
}

/// A service that repeats what it was sent, in its errors too.
fn live(world: &mut World) {
    let service = service();
    let echo = Tenant::new(|seen| {
        let said = format!("no such secret: {}", seen.body);
        Some(Reply::json(400, &json!({ "error": "invalid_client", "error_description": said })))
    });
    let add = ["context", "add", "live", "--data-centre", "us", "--client-id", CLIENT];
    world.run(0, &[&add[..], &["--secret-stdin"]].concat(), canary("context"));
    for (service, good) in [(&service, true), (&echo, false)] {
        for args in [
            &["list", "--context", "live", "--json"][..],
            &["context", "test", "live", "--report", "report.txt"],
            &["doctor", "--network", "--json"],
        ] {
            let _ = fs::remove_file(world.path().join("report.txt"));
            let mut command = world.command(args);
            command.env("JETBRIDGE_LOOPBACK_STAND_IN", &service.url);
            let code = world.run_with(command, "");
            assert!(code == 0 || !good || args[0] == "doctor", "{args:?}: {code}");
        }
        assert!(service.seen().iter().any(|it| it.body.contains("canary8Q")), "it was sent");
    }
}

/// A prompt, a form that is saved, one that is left as a draft, resumed and killed, a panic.
fn screens(world: &mut World) {
    let mut terminal =
        world.terminal(&["edit", "hq", "--set", "client_secret={ prompt = true }"], &[]);
    terminal.wait("the question", |screen| screen.contents().contains("Client secret"));
    terminal.send(format!("{}\r", canary("prompt")).as_bytes());
    assert_eq!(terminal.exit().0, 0);
    world.done("prompt", &terminal);

    let mut terminal = world.terminal(&[], &[]);
    type_secret(&mut terminal, canary("form"));
    terminal.send(b"\x13");
    terminal.wait("the review", |screen| screen.contents().contains("Review"));
    terminal.send(b"\x13");
    terminal.wait("saved", |screen| screen.contents().contains("Saved hq"));
    terminal.send(b"q");
    assert_eq!(terminal.exit().0, 0);
    world.done("form", &terminal);

    let mut terminal = world.terminal(&[], &[]);
    type_secret(&mut terminal, canary("draft"));
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.exit().0, 143);
    world.done("draft", &terminal);

    // Resumed, changed once more, and killed: the log of the database stays as it was.
    let mut terminal = world.terminal(&[], &[]);
    terminal.wait("the list", |screen| screen.contents().contains("hq"));
    terminal.send(b"R");
    terminal.wait("the drafts", |screen| screen.contents().contains("changes,"));
    terminal.send(b"\r");
    terminal.wait("the form", |screen| screen.contents().contains("Connection name"));
    terminal.signal(Signal::KILL);
    terminal.end();
    world.done("kill", &terminal);

    // What asks for a secret gets it, here and nowhere else.
    let mut terminal = world.terminal(&[], &[]);
    terminal.wait("the list", |screen| screen.contents().contains("hq"));
    terminal.send(b"e");
    // Its draft is offered; the saved form is what is looked at.
    terminal.wait("the question", |screen| screen.contents().contains("has a draft"));
    terminal.send(b"\x1b[B");
    terminal.wait("the second answer", |screen| screen.contents().contains("▸ Open it as saved"));
    terminal.send(b"\r");
    terminal.wait("the form alone", |screen| {
        let text = screen.contents();
        text.contains("Connection name") && !text.contains("has a draft")
    });
    go(&mut terminal, SECRET_HELP);
    terminal.send(b"\x12");
    terminal.wait("the secret", |screen| screen.contents().contains(canary("form")));
    terminal.send(b"\x19");
    terminal.wait("the notice", |screen| screen.contents().contains("clipboard"));
    terminal.signal(Signal::ABORT);
    terminal.end();
    let forms = Forms::of(canary("form"));
    // Not kept: it was to be shown.
    assert!(forms.find(&terminal.bytes()).is_some(), "the search finds what is there");
}

fn panics(world: &mut World) {
    let terminal = world.terminal(&[], &[("JETBRIDGE_TEST_PANIC", "screen")]);
    assert_eq!(terminal.exit().0, 101);
    world.done("panic", &terminal);
    let mut command = world.command(&["list"]);
    command.env("JETBRIDGE_TEST_PANIC", "verb");
    assert_eq!(world.run_with(command, ""), 101);
    let said = &world.printed.last().unwrap().1;
    assert_eq!(said.iter().filter(|it| **it == b'\n').count(), 1, "one sentence");
}

#[test]
fn no_secret_is_found_anywhere() {
    let mut world = World::new();
    verbs(&mut world);
    sources::every(&mut world);
    live(&mut world);
    screens(&mut world);
    panics(&mut world);
    // What the test itself laid down.
    for name in ["secret.txt", "password.txt", "plain.toml"] {
        fs::remove_file(world.path().join(name)).unwrap();
    }
    let all = files(world.path());
    for needed in ["connections.db", "connections.db-wal", "jetbridge.log", "own.jbb", "crash-"] {
        let is_there = all.iter().any(|it| it.to_string_lossy().contains(needed));
        assert!(is_there, "{needed} is not among {all:?}");
    }
    let core = |it: &&std::path::PathBuf| {
        it.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"))
    };
    assert!(!all.iter().any(|it| core(&it)), "a core dump: {all:?}");
    let (mut bytes, mut places, mut forms) = (0, 0, 0);
    for (way, secret) in CANARIES {
        let searched = Forms::of(secret);
        forms += searched.count();
        for (name, text) in &world.printed {
            let found = searched.find(text);
            assert_eq!(found, None, "the {way} secret is in {name}");
        }
        for file in &all {
            let text = fs::read(file).unwrap();
            (bytes, places) = (bytes + text.len(), places + 1);
            assert_eq!(searched.find(&text), None, "the {way} secret is in {}", file.display());
        }
    }
    println!(
        "{} runs; {} secrets in {forms} forms searched in {} streams and {} files, {bytes} bytes: found 0 times",
        world.runs,
        CANARIES.len(),
        world.printed.len(),
        places / CANARIES.len()
    );
}
