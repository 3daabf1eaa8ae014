//! Two screens on one team store: what one saves is on the other, who is there shows, and a server that
//! goes away takes nothing with it. S3; issue 16.

use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use jetbridge::testing::line::{Line, State};
use jetbridge::testing::postgres::{self, PASSWORD, Postgres};
use rustix::process::Signal;
use tempfile::TempDir;

use super::terminal::{Terminal, showing};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jetbridge");

fn command(home: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).env_clear().current_dir(home.path()).stdin(Stdio::null());
    command.env("HOME", home.path());
    for (name, folder) in [
        ("JETBRIDGE_CONFIG_DIR", "config"),
        ("JETBRIDGE_DATA_DIR", "data"),
        ("JETBRIDGE_STATE_DIR", "state"),
    ] {
        command.env(name, home.path().join(folder));
    }
    command
}

/// Runs a command in a home.
fn cli(home: &TempDir, args: &[&str]) -> Output {
    let output = command(home, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    output
}

/// A home with a context for a role, which reaches the server at this port.
fn member(server: &Postgres, port: u16, database: &str, role: &str) -> Arc<TempDir> {
    use std::os::unix::fs::PermissionsExt;
    let home = Arc::new(tempfile::tempdir().unwrap());
    let file = home.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let url = format!("postgres://{role}@localhost:{port}/{database}");
    let ca = server.authority().display().to_string();
    let from = format!("file:{}", file.display());
    cli(
        &home,
        &["context", "add", "team", "--use", "--url", &url, "--secret-from", &from, "--ca", &ca],
    );
    home
}

fn screen(home: &Arc<TempDir>) -> Terminal {
    let terminal = Terminal::run_in(Arc::clone(home), &[PROGRAM.to_owned()], &[]);
    terminal.wait("the first frame", showing);
    terminal
}

fn says(terminal: &Terminal, text: &str) -> String {
    terminal.wait(text, |screen| screen.contents().contains(text))
}

fn says_no_more(terminal: &Terminal, text: &str) {
    terminal.wait(&format!("{text} gone"), |screen| !screen.contents().contains(text));
}

fn import(home: &TempDir, name: &str) {
    let file = home.path().join("list.csv");
    std::fs::write(file, format!("name,type,side,tenant\n{name},Exchange,source,contoso\n"))
        .unwrap();
    cli(home, &["import", "list.csv"]);
}

#[test]
fn two_screens_on_one_store_and_a_server_that_goes_away() {
    let Some(server) = postgres::own_or_skip("two screens on one store") else { return };
    let database = server.database();
    server.role("ben");
    server.admin(
        &database,
        "CREATE ROLE jetbridge_reader NOLOGIN; CREATE ROLE jetbridge_member NOLOGIN; \
         GRANT jetbridge_reader TO jetbridge_member; GRANT jetbridge_member TO ben",
    );
    let line = Line::to(server.port);
    let owner = member(&server, server.port, &database, "anna");
    cli(&owner, &["team", "migrate"]);
    let home = member(&server, line.port, &database, "ben");
    let (mut anna, mut ben) = (screen(&owner), screen(&home));

    import(&owner, "Wave 2");
    // Both learn of it, and whose it is.
    says(&ben, "Wave 2");
    says(&ben, "Changed by anna: Wave 2.");
    says(&anna, "Wave 2");

    ben.send(b"\r");
    says(&ben, "Edit connection");
    anna.send(b"\r");
    says(&anna, "Edit connection");
    says(&anna, "open: ben since");
    says(&ben, "anna opened this connection, too.");
    anna.send(b"\x1b");
    says(&anna, "Connections");
    says_no_more(&ben, "open: anna");

    // What is typed while the server is away stays, and saving it is refused until it is back.
    line.set(State::Closed);
    says(&ben, "Not connected");
    ben.send(b" later");
    says(&ben, "Wave 2 later");
    ben.send(b"\x13");
    says(&ben, "nothing can be changed now");
    import(&owner, "Wave 3");
    line.set(State::Open);
    says(&ben, "Connected again.");
    ben.send(b"\x13");
    says(&ben, "2 fields need attention");
    ben.send(b"\x1b");
    says(&ben, "Leave this form?");
    ben.send(b"\x1b[B\r");
    says(&ben, "Wave 3");
    cli(&home, &["--yes", "delete", "Wave 2"]);
    says(&anna, "Deleted by others: Wave 2.");

    // The list of the last time is there without a server, and what changed follows.
    ben.send(b"q");
    assert_eq!(ben.exit().0, 0);
    line.set(State::Closed);
    let mut ben = screen(&home);
    says(&ben, "Wave 3");
    says(&ben, "as of");
    says(&ben, "READ-ONLY");
    ben.send(b"n");
    says(&ben, "nothing can be changed now");
    import(&owner, "Wave 4");
    line.set(State::Open);
    says(&ben, "Wave 4");
    says_no_more(&ben, "as of");
    says_no_more(&ben, "READ-ONLY");
    ben.send(b"q");
    assert_eq!(ben.exit().0, 0);
}

/// What is typed while the server is away is on this machine, also after a kill, and goes on from there.
#[test]
fn what_is_typed_while_the_server_is_away_survives_a_kill() {
    let Some(server) = postgres::own_or_skip("drafts while the server is away") else { return };
    let database = server.database();
    let line = Line::to(server.port);
    let home = member(&server, line.port, &database, "anna");
    cli(&home, &["team", "migrate"]);
    cli(&home, &["vault", "init", "--source", "members"]);
    import(&home, "Wave 2");
    let mut anna = screen(&home);
    says(&anna, "Wave 2");
    anna.send(b"\r");
    says(&anna, "Edit connection");
    line.set(State::Closed);
    says(&anna, "Not connected");
    anna.send(b" half-typed");
    says(&anna, "half-typed");
    let waiting = home.path().join("data/live/team.drafts");
    // One that is written has another name until it is whole.
    let whole = |it: &std::fs::DirEntry| !it.file_name().to_string_lossy().starts_with('.');
    let count = || std::fs::read_dir(&waiting).map_or(0, |it| it.flatten().filter(whole).count());
    // The screen does not show when a draft is kept.
    let begun = std::time::Instant::now();
    while count() != 1 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{} drafts", count());
        std::thread::yield_now();
    }
    anna.signal(Signal::KILL);
    anna.end();

    line.set(State::Open);
    let mut anna = screen(&home);
    says(&anna, "Wave 2");
    says(&anna, "1 draft");
    assert_eq!(count(), 0, "the server has it");
    anna.send(b"\r");
    says(&anna, "has a draft");
    anna.send(b"\r");
    says(&anna, "half-typed");
    anna.signal(Signal::KILL);
}

/// The own vault has a passphrase: it is asked for before the screen starts, with the list of the last time
/// as without, and what needs the member key works on the screen.
#[test]
fn the_passphrase_of_the_own_vault_is_asked_for_before_the_screen_starts() {
    let Some(server) = postgres::own_or_skip("a member key behind a passphrase") else { return };
    let database = server.database();
    let home = member(&server, server.port, &database, "anna");
    cli(&home, &["team", "migrate"]);
    cli(&home, &["vault", "init", "--source", "members"]);
    import(&home, "Wave 2");
    let passphrase = "not-a-real-passphrase";
    let change = ["--context", "local", "vault", "passphrase", "--passphrase-stdin"];
    let mut child = command(&home, &change).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, passphrase.as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    let drafts = || server.admin(&database, "SELECT count(*)::text FROM jetbridge.drafts");
    for count in ["1", "2"] {
        let mut anna = Terminal::run_in(Arc::clone(&home), &[PROGRAM.to_owned()], &[]);
        says(&anna, "Passphrase of the vault");
        anna.send(format!("{passphrase}\r").as_bytes());
        says(&anna, "Wave 2");
        anna.send(b"n");
        says(&anna, "Connection name");
        anna.send(b"half-typed");
        says(&anna, "half-typed");
        let begun = std::time::Instant::now();
        while drafts() != [[Some(count.to_owned())]] {
            assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", drafts());
        }
        anna.signal(Signal::KILL);
        anna.end();
    }
}
