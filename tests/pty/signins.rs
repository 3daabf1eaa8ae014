//! What a pre-flight asks a person on the screen: whether a stored domain account may sign in, and to
//! sign in by device code. SPEC F3, F4.

use std::fs;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jetbridge::testing::samba::{DOMAIN, or_skip};
use serde_json::json;
use tempfile::TempDir;

use super::search::files;
use super::tenant::{CLIENT, Reply, Seen, Tenant, jwt};
use super::terminal::{Terminal, showing};

const BINARY: &str = env!("CARGO_BIN_EXE_jetbridge");
const PASSWORD: &str = "canary-domain-password-not-real";
const CODE: &str = "FAKECODE9";
const ANNA: &str = "anna@contoso.example";
/// A tenant of the sample.
const CONTOSO: &str = "11111111-1111-4111-8111-111111111111";
const SAMPLE: &str = "contoso-groups-eur-dest";

/// A home with this configuration.
fn home(config: &str) -> Arc<TempDir> {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("config")).unwrap();
    fs::write(home.path().join("config/config.toml"), config).unwrap();
    Arc::new(home)
}

fn run_in(home: &TempDir, args: &[&str]) {
    let mut command = Command::new(BINARY);
    command.args(args).env_clear().env("HOME", home.path()).current_dir(home.path());
    for (name, folder) in [("CONFIG", "config"), ("DATA", "data"), ("STATE", "state")] {
        command.env(format!("JETBRIDGE_{name}_DIR"), home.path().join(folder));
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
}

/// Shows one connection and checks it.
fn check(terminal: &mut Terminal, name: &str) {
    terminal.wait("the list", |it| showing(it) && it.contents().contains("Connections"));
    terminal.send(b"/");
    terminal.send(name.as_bytes());
    terminal.wait("the connection", |it| it.contents().contains(name));
    terminal.send(b"\r");
    terminal.send(b"p");
}

/// Checks everything again.
fn again(terminal: &mut Terminal) {
    terminal.send(b"r");
    let all = |line: &str| line.contains("Check everything again") && !line.contains("offline");
    let screen = terminal.wait("the menu", |it| it.contents().lines().any(all));
    // The title begins with the same word.
    let choice = |line: &&str| line.contains("Check ") && !line.contains('\u{256d}');
    let above = screen.lines().filter(choice).take_while(|it| !all(it)).count();
    for _ in 0..above {
        terminal.send(b"\x1b[B");
    }
    terminal.send(b"\r");
}

fn ended(screen: &vt100::Screen) -> bool {
    screen.contents().lines().next().is_some_and(|it| it.contains("ended"))
}

/// Whether a text is in a file of the home.
fn is_written(home: &TempDir, text: &str) -> bool {
    files(home.path()).iter().any(|it| {
        let bytes = fs::read(it).unwrap_or_default();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

fn leave(terminal: &mut Terminal) {
    terminal.send(b"\x03");
    assert_eq!(terminal.exit().0, 0);
    terminal.assert_restored();
}

/// The proof against a real domain: no, esc and enter count nothing; yes counts one wrong password, however
/// many connections have it. The controllers are shown before.
#[test]
fn a_stored_password_is_used_once_after_a_yes_and_never_without() {
    let test = "a_stored_password_is_used_once_after_a_yes_and_never_without";
    let Some(mut samba) = or_skip(test) else { return };
    samba.user("svc", "Us3r-not-a-real-one!", &[]);
    // Without a threshold nothing is counted.
    samba.tool(&["domain", "passwordsettings", "set", "--account-lockout-threshold=5"]);
    samba.start();
    let counted = || samba.attribute("svc", "badPwdCount").unwrap();
    let config = format!("[network]\nca_bundle = \"{}\"\n", samba.authority().display());
    let home = home(&config);
    let mut records = String::new();
    for at in 0..3 {
        records.push_str(&format!(
            "[[connection]]\nname = \"hq-{at}\"\ntype = \"Device\"\nside = \"destination\"\n\
             destination = \"active-directory\"\nrejoin = \"online\"\ndomain = \"{DOMAIN}\"\n\
             domain_user = \"svc\"\ndomain_password = {{ file = \"pass.txt\" }}\n"
        ));
    }
    fs::write(home.path().join("pass.txt"), PASSWORD).unwrap();
    rustix::fs::chmod(home.path().join("pass.txt"), rustix::fs::Mode::from_raw_mode(0o600))
        .unwrap();
    fs::write(home.path().join("all.toml"), records).unwrap();
    run_in(&home, &["apply", "-f", "all.toml", "--yes"]);
    fs::remove_file(home.path().join("pass.txt")).unwrap();
    let tenant = Tenant::new(|_| Some(Reply::json(404, &json!({}))));
    let server = samba.dns().to_string();
    let environment = [
        ("JETBRIDGE_TEST_NAME_SERVER", server.as_str()),
        ("JETBRIDGE_LOOPBACK_STAND_IN", tenant.url.as_str()),
    ];
    let command = [BINARY.to_owned()];
    let mut terminal = Terminal::run_in(Arc::clone(&home), &command, &environment);
    terminal.wait("the list", |it| it.contents().contains("hq-2"));
    terminal.send(b"a");
    terminal.send(b"p");
    let address = samba.address.to_string();
    for (answer, signs_in) in [(&b"\x1b"[..], false), (b"n", false), (b"\r", false), (b"y", true)] {
        let asked = terminal
            .wait("the question", |it| it.contents().contains("Sign in to corp.example.test?"));
        assert!(asked.contains("svc@corp.example.test") && asked.contains("3 connections"));
        assert!(asked.contains("dc1.corp.example.test") && asked.contains(&address), "{asked}");
        assert_eq!(counted(), "0", "asked before");
        terminal.send(answer);
        terminal.wait("the end", ended);
        assert_eq!(counted(), if signs_in { "1" } else { "0" }, "{answer:?}");
        if !signs_in {
            again(&mut terminal);
        }
    }
    // Wide enough for a whole line.
    terminal.resize(220, 40);
    terminal.wait("what came of it", |it| it.contents().contains("wrong user name or password"));
    leave(&mut terminal);
    let printed = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!printed.contains(PASSWORD) && !is_written(&home, PASSWORD), "E3");
}

/// What the login server does with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plays {
    /// Gives none yet.
    NoCode,
    /// Nobody has entered it.
    Pending,
    /// Somebody of this tenant has.
    Entered(&'static str, &'static str),
    /// This error.
    Error(&'static str),
}

/// A login server that a test leads.
struct Login {
    plays: Arc<(Mutex<Plays>, Condvar)>,
    tenant: Tenant,
}

impl Login {
    fn new() -> Self {
        let plays = Arc::new((Mutex::new(Plays::NoCode), Condvar::new()));
        let inner = Arc::clone(&plays);
        let tenant = Tenant::new(move |seen| Some(answer(seen, &inner)));
        Self { plays, tenant }
    }

    fn plays(&self, what: Plays) {
        *self.plays.0.lock().unwrap() = what;
        self.plays.1.notify_all();
    }
}

fn answer(seen: &Seen, plays: &(Mutex<Plays>, Condvar)) -> Reply {
    let path = seen.line.split(' ').nth(1).unwrap();
    let tenant = path.trim_start_matches('/').split('/').next().unwrap();
    if path.ends_with("openid-configuration") {
        let issuer = format!("https://login.example/{tenant}/v2.0");
        return Reply::json(
            200,
            &json!({ "issuer": issuer, "msgraph_host": "graph.microsoft.com",
                "cloud_instance_name": "microsoftonline.com" }),
        );
    }
    if path.ends_with("/devicecode") {
        let now = plays.0.lock().unwrap();
        let _now = plays.1.wait_while(now, |it| *it == Plays::NoCode).unwrap();
        return Reply::json(
            200,
            &json!({ "device_code": "canary-device-code", "user_code": CODE, "interval": 1,
                "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 100 }),
        );
    }
    if path.ends_with("/token") {
        let error = |code: &str| Reply::json(400, &json!({ "error": code }));
        return match *plays.0.lock().unwrap() {
            Plays::NoCode | Plays::Pending => error("authorization_pending"),
            Plays::Error(code) => error(code),
            Plays::Entered(tenant, user) => {
                Reply::json(200, &json!({ "access_token": token(tenant, user) }))
            }
        };
    }
    Reply::json(404, &json!({ "error": { "code": "Request_ResourceNotFound" } }))
}

fn token(tenant: &str, user: &str) -> String {
    jwt(&json!({ "aud": "00000003-0000-0000-c000-000000000000", "tid": tenant, "appid": CLIENT,
        "upn": user, "scp": "User.Read.All", "exp": 2_000_000_000 }))
}

fn asks(screen: &vt100::Screen) -> bool {
    screen.contents().contains("Sign-in me")
}

/// Tenant, client and scope come before the code, which is copied and runs out; only a token of the tenant
/// and person that were meant is taken, and it is nowhere but in memory.
#[test]
fn a_person_signs_in_by_a_code_on_the_screen() {
    let add = ["signin", "add", "me", "--tenant", CONTOSO, "--client-id", CLIENT, "--device-code"];
    let add = [&add[..], &["--user", ANNA]].concat();
    let home = home("");
    run_in(&home, &["sample", "load"]);
    run_in(&home, &add);
    let login = Login::new();
    let environment = [("JETBRIDGE_LOOPBACK_STAND_IN", login.tenant.url.as_str())];
    let mut terminal = Terminal::run_in(Arc::clone(&home), &[BINARY.to_owned()], &environment);
    check(&mut terminal, SAMPLE);
    let first = terminal.wait("the sign-in", |it| asks(it) && it.contents().contains("Asking for"));
    for fact in [CONTOSO, CLIENT, "00000003-0000-0000-c000-000000000000/.default"] {
        assert!(first.contains(fact), "{first}");
    }
    assert!(!first.contains(CODE), "{first}");
    login.plays(Plays::Pending);
    let shown = terminal.wait("the code", |it| it.contents().contains(CODE));
    assert!(shown.contains("https://microsoft.com/devicelogin"), "{shown}");
    // It runs out visibly.
    let runs = |it: &vt100::Screen| {
        let text = it.contents();
        text.contains("Expires") && text.contains("in 1:") && !text.contains("in 1:40")
    };
    terminal.wait("the time to pass", runs);
    terminal.send(b"y");
    terminal.wait("that it was copied", |it| it.contents().contains("Sent the code"));
    let copied = format!("\x1b]52;c;{}\x07", STANDARD.encode(CODE));
    let sent = |it: &[u8]| it.windows(copied.len()).any(|part| part == copied.as_bytes());
    assert!(sent(&terminal.bytes()), "OSC 52");
    login.plays(Plays::Entered(CONTOSO, "Anna@contoso.example"));
    let signed_in = |it: &vt100::Screen| ended(it) && !it.contents().contains("no sign-in for");
    let screen = terminal.wait("the end", signed_in);
    assert!(!screen.contains("Sign-in me"), "{screen}");
    let calls = login.tenant.seen();
    let graph = |it: &&Seen| it.line.contains("/v1.0/") || it.line.contains("/beta/");
    assert!(calls.iter().filter(graph).count() > 0, "nobody used the token: {calls:?}");
    // What is not meant is refused with why, and nothing is asked of Graph with it.
    for (plays, why) in [
        (Plays::Entered("99999999-9999-4999-8999-999999999999", ANNA), "of another tenant"),
        (Plays::Entered(CONTOSO, "eve@contoso.example"), "eve@contoso.example signed in, not"),
        (Plays::Error("authorization_declined"), "the person declined"),
        (Plays::Error("expired_token"), "the code expired before it was entered"),
    ] {
        let before = login.tenant.seen().iter().filter(graph).count();
        login.plays(plays);
        again(&mut terminal);
        terminal.wait(why, |it| it.contents().contains(why));
        let screen = terminal.wait("the end", ended);
        assert!(screen.contains("no sign-in works"), "{why}: {screen}");
        let after = login.tenant.seen();
        assert_eq!(after.iter().filter(graph).count(), before, "{why}");
    }
    // Esc goes on without.
    login.plays(Plays::Pending);
    again(&mut terminal);
    terminal.wait("the code", |it| it.contents().contains(CODE));
    terminal.send(b"\x1b");
    terminal.wait("the end", ended);
    leave(&mut terminal);
    let all = login.tenant.seen();
    assert!(all.iter().all(|it| !it.body.contains("offline_access")), "{all:?}");
    let printed = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for secret in [&*token(CONTOSO, "Anna@contoso.example"), "canary-device-code"] {
        assert!(!printed.contains(secret) && !is_written(&home, secret), "E3: {secret}");
    }
}
