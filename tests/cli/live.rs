//! `permissions check --live` against a tenant on this machine: sign-in, refusals, what was given
//! wrong, Ctrl-C. SPEC P9, E1, E3.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::home::{Home, Ran, run};
use crate::tenant::{CLIENT, Reply, TENANT, Tenant, refusal};

/// Obviously fake, in the shape of a real one, and easy to search for.
const SECRET: &str = "canary8Q~Not-A-Real-Secret.0123456789abc";
const CERTIFICATE: &str = include_str!("../../src/backend/graph/testdata/fake-app.pem");
const KEY: &str = include_str!("../../src/backend/graph/testdata/fake-app.key");
const OTHER_KEY: &str = include_str!("../../src/backend/graph/testdata/fake-other.key");
const STAND_IN: &str = "JETBRIDGE_LOOPBACK_STAND_IN";

fn command(home: &Home, url: &str, more: &[&str]) -> Command {
    let mut args =
        vec!["permissions", "check", "--live", "--tenant", TENANT, "--client-id", CLIENT];
    args.extend(more);
    let mut command = home.command(args);
    command.env(STAND_IN, url);
    command
}

/// Runs with the secret on standard input; it must be in no output.
fn check(home: &Home, tenant: &Tenant, more: &[&str]) -> Ran {
    let mut args = vec!["--secret-stdin"];
    args.extend(more);
    let ran = run(&mut command(home, &tenant.url, &args), SECRET.as_bytes());
    keeps_secrets(&ran);
    ran
}

/// Warnings may come before the failure.
trait Refused {
    fn refuses(self, code: i32, parts: &[&str]) -> Ran;
}

impl Refused for Ran {
    #[track_caller]
    fn refuses(self, code: i32, parts: &[&str]) -> Ran {
        let reported = self.err.lines().filter(|it| !it.starts_with("warning: "));
        let err = reported.map(|it| format!("{it}\n")).collect();
        Ran { err, ..self }.fails(code, parts)
    }
}

#[track_caller]
fn keeps_secrets(ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("canary") && !text.contains("eyJ"), "E3: {text}");
    }
}

#[test]
fn an_app_that_has_everything_is_complete() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    let ran = check(&home, &tenant, &[]).succeeds();
    assert!(ran.out.contains("all 11 permissions are there"), "{ran:#?}");
    assert!(ran.out.contains("Application consents: 11 found"), "{ran:#?}");
    assert!(ran.err.contains("a server on this machine plays Microsoft"), "{ran:#?}");
    let json = check(&home, &tenant, &["--json"]).succeeds().json();
    assert_eq!(json["verdict"], "complete-as-far-as-seen");
    assert_eq!(json["counts"]["missing"], 0);
    assert_eq!(json["lines"][0]["standing"], "granted");
    assert_eq!(json["lines"][0]["requirement"]["permission"]["value"], "Domain.Read.All");
    let markdown = check(&home, &tenant, &["--markdown"]).succeeds().out;
    assert!(markdown.starts_with("# Permission check: Custom app profile"), "{markdown}");
    let first = &tenant.seen()[0];
    assert_eq!(first.line, format!("POST /{TENANT}/oauth2/v2.0/token"));
    assert!(first.body.contains("grant_type=client_credentials"), "{first:?}");
    assert!(!home.path(".local/share").exists(), "a check needs no store");
}

#[test]
fn what_is_missing_ends_with_three() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    let ran = check(&home, &tenant, &["--multi-geo", "--json"]);
    assert_eq!(ran.code, 3, "{ran:#?}");
    let json = ran.json();
    let first = &json["lines"][0];
    assert_eq!(first["requirement"]["name"], "Directory.ReadWrite.All");
    assert_eq!((&first["standing"], &first["gap"]), (&json!("missing"), &json!(true)));
    let table = check(&home, &tenant, &["--multi-geo", "--gaps"]);
    assert_eq!(table.code, 3);
    assert!(table.out.contains("! missing") && !table.out.contains("Sources"), "{table:#?}");
    assert!(!table.out.contains("Domain.Read.All"), "{table:#?}");
}

#[test]
fn a_refused_read_says_what_it_takes() {
    let forbidden =
        Reply::json(403, &json!({ "error": { "code": "Authorization_RequestDenied" } }));
    let (home, tenant) = (Home::new(), Tenant::with("/appRoleAssignments", forbidden));
    let ran = check(&home, &tenant, &[]).succeeds();
    assert!(ran.out.contains("refused; it needs Application.Read.All"), "{ran:#?}");
    assert!(ran.out.contains("seen in token"), "{ran:#?}");
}

#[test]
fn a_secret_comes_from_a_file_too() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    // As Windows' tools write it, with a line end.
    for text in [format!("{SECRET}\n"), format!("\u{feff}{SECRET}\r\n")] {
        let path = home.write("secret.txt", text);
        let file = path.to_str().unwrap();
        let signed = |mode: u32| {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            run(&mut command(&home, &tenant.url, &["--secret-file", file]), b"")
        };
        let open = signed(0o644);
        keeps_secrets(&open);
        open.fails(1, &["others on this machine can read", "chmod 600"]);
        keeps_secrets(&signed(0o600).succeeds());
    }
    let sent = tenant.seen();
    let secret = "client_secret=canary8Q%7ENot-A-Real-Secret.0123456789abc";
    let bodies = sent.iter().filter(|it| it.body.contains("grant_type"));
    for it in bodies {
        assert!(it.body.replace('~', "%7E").contains(secret), "{it:?}");
    }
}

#[test]
fn a_certificate_signs_in_without_a_secret() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    home.write("app.pem", CERTIFICATE);
    home.write_secret("app.key", KEY);
    home.write_secret("both.pem", format!("{KEY}\n{CERTIFICATE}"));
    for args in
        [&["--certificate", "app.pem", "--key", "app.key"][..], &["--certificate", "both.pem"]]
    {
        let ran = run(&mut command(&home, &tenant.url, args), b"").succeeds();
        assert!(ran.err.contains("Certificate with thumbprint "), "{ran:#?}");
    }
    let first = &tenant.seen()[0].body;
    assert!(first.contains("client_assertion=") && !first.contains("client_secret"), "{first}");
}

#[test]
fn a_key_that_does_not_fit_is_reported_before_any_call() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    home.write_secret("app.pem", CERTIFICATE);
    home.write_secret("other.key", OTHER_KEY);
    home.write("token.pem", "eyJhbGciOiJub25lIn0");
    home.write_secret("half.pem", KEY.split_once("\n").unwrap().0);
    home.write_secret("empty", "");
    home.write_secret("binary", [0xff, 0x00, 0xfe]);
    let cases: [(&str, &str, &str); 7] = [
        ("app.pem", "other.key", "does not belong to the certificate"),
        ("app.pem", "app.pem", "no private key in PEM form"),
        ("token.pem", "other.key", "no certificate in PEM form"),
        ("app.pem", "empty", "no private key in PEM form"),
        ("app.pem", "binary", "not text in UTF-8"),
        ("missing.pem", "other.key", "cannot read missing.pem: no such file"),
        ("app.pem", SECRET, "cannot read the given name (not shown: it looks like a secret)"),
    ];
    for (certificate, key, words) in cases {
        let args = ["--certificate", certificate, "--key", key];
        let ran = run(&mut command(&home, &tenant.url, &args), b"");
        keeps_secrets(&ran);
        let ran = ran.refuses(1, &[words, "hint: "]);
        assert!(!ran.err.contains("PRIVATE KEY-----\n"), "{ran:#?}");
    }
    assert!(tenant.seen().is_empty());
}

#[test]
fn what_is_no_secret_is_reported_before_any_call() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    home.write_secret("key.pem", KEY);
    home.write_secret("two.txt", format!("{SECRET}\n{SECRET}\n"));
    home.write_secret("long.txt", "x".repeat(5_000));
    let file = |name: &str| {
        let ran = run(&mut command(&home, &tenant.url, &["--secret-file", name]), b"");
        keeps_secrets(&ran);
        ran
    };
    file("key.pem").refuses(2, &["holds a PEM, not a secret", "hint: give a certificate"]);
    file("two.txt").refuses(2, &["two.txt holds several lines", "hint: "]);
    file("long.txt").refuses(1, &["long.txt: it is larger than 4 KB"]);
    file(SECRET).refuses(1, &["not shown: it looks like a secret", "consider it exposed"]);
    let stdin =
        |text: &str| run(&mut command(&home, &tenant.url, &["--secret-stdin"]), text.as_bytes());
    stdin("\n").refuses(2, &["standard input holds no secret", "hint: "]);
    run(&mut command(&home, &tenant.url, &[]), b"").refuses(2, &["cannot ask", "hint: "]);
    let twice = ["--secret-stdin", "--token", "-"];
    run(&mut command(&home, &tenant.url, &twice), b"").refuses(2, &["for one thing only"]);
    assert!(tenant.seen().is_empty());
}

/// Each refusal of the token endpoint ends with four, in one line and a hint.
#[test]
fn a_refused_sign_in_ends_with_four() {
    let home = Home::new();
    for (number, what, hint) in [
        (90_002, "there is no such tenant in this cloud", "check the tenant's id or domain"),
        (700_016, "the tenant does not know this app", "check the client id"),
        (7_000_215, "the client secret is wrong", "not its id"),
        (7_000_222, "the client secret has expired", "create a new secret"),
    ] {
        let tenant = Tenant::with("/token", refusal(number, ""));
        let ran = check(&home, &tenant, &[]).refuses(4, &[what, hint, "[request corr-1]"]);
        assert_eq!(ran.err.lines().count(), 2, "one line and a hint: {ran:#?}");
    }
}

/// The clock is named where a certificate signs by it, and not where a secret is wrong.
#[test]
fn a_clock_that_is_off_is_named() {
    let date = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n";
    let (home, tenant) = (Home::new(), Tenant::with("/token", refusal(700_024, date)));
    home.write_secret("app.pem", format!("{CERTIFICATE}{KEY}"));
    let args = ["--certificate", "app.pem"];
    // The thumbprint of the certificate stands before the error.
    let ran = run(&mut command(&home, &tenant.url, &args), b"");
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert!(ran.err.contains("minutes fast: set it right"), "{ran:#?}");
    let tenant = Tenant::with("/token", refusal(7_000_222, date));
    let ran = check(&home, &tenant, &[]).refuses(4, &["the client secret has expired"]);
    assert!(!ran.err.contains("clock"), "{ran:#?}");
}

#[test]
fn a_call_that_fails_ends_with_one() {
    let home = Home::new();
    let html = Reply::Text(200, "Content-Type: text/html\r\n".to_owned(), "<html>".to_owned());
    let tenant = Tenant::with("/token", html);
    check(&home, &tenant, &[]).refuses(1, &["not the expected JSON", "hint: "]);
    let tenant = Tenant::with("/token", Reply::json(500, &json!({})));
    check(&home, &tenant, &[]).refuses(1, &["the server failed (500)", "hint: "]);
    // A port that was just free: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut nobody = command(&home, &format!("http://{free}/"), &["--secret-stdin"]);
    run(&mut nobody, SECRET.as_bytes()).refuses(1, &["hint: check the address and port"]);
}

#[test]
fn a_tenant_or_app_that_cannot_be_one_is_reported_before_the_secret_is_asked_for() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    for (tenant_id, client_id, words) in [
        (SECRET, CLIENT, "the tenant is neither a GUID nor a domain name"),
        ("contoso", CLIENT, "the tenant is neither a GUID nor a domain name"),
        ("../../evil", CLIENT, "the tenant is neither a GUID nor a domain name"),
        (TENANT, SECRET, "the client id is not a GUID"),
        (TENANT, "", "the client id is not a GUID"),
    ] {
        let args =
            ["permissions", "check", "--live", "--tenant", tenant_id, "--client-id", client_id];
        let ran = run(home.command(args).env(STAND_IN, &tenant.url), b"");
        keeps_secrets(&ran);
        ran.refuses(2, &[words, "hint: "]);
    }
    // In place of a flag, a value of the wrong kind, or beside a switch.
    for wrong in [&["--secret", SECRET][..], &["--secret-stdin", SECRET], &["--job", SECRET]] {
        let ran = run(&mut command(&home, &tenant.url, wrong), b"");
        keeps_secrets(&ran);
        ran.refuses(2, &[]);
    }
    assert!(tenant.seen().is_empty());
}

#[test]
fn the_configuration_of_the_network_is_used_and_reported_when_it_is_wrong() {
    let (home, tenant) = (Home::new(), Tenant::generous());
    home.config("[network]\nca_bundle = '/nowhere/at-all.pem'\n");
    check(&home, &tenant, &[]).refuses(2, &["/nowhere/at-all.pem", "hint: check ca_bundle"]);
    home.config("[network]\ntimeout_seconds = 1\n");
    check(&home, &tenant, &[]).refuses(2, &["config.toml:2: network.timeout_seconds"]);
    home.config("[network]\ntimeout_seconds = 5\n");
    let silent = Tenant::with("/token", Reply::Silence);
    check(&home, &silent, &[]).refuses(1, &["hint: check the network"]);
}

#[test]
fn nothing_but_this_machine_can_stand_in_for_microsoft() {
    let home = Home::new();
    for url in ["http://evil.example/", "https://127.0.0.1/", "http://192.0.2.1/"] {
        let ran = run(&mut command(&home, url, &["--secret-stdin"]), SECRET.as_bytes());
        keeps_secrets(&ran);
        ran.refuses(2, &["an address of this machine", "hint: "]);
        // Who does not check live is not troubled.
        run(home.command(["list"]).env(STAND_IN, url), b"").succeeds();
    }
    home.run(&["permissions", "check", "--manifest", "x", "--dod"]).refuses(2, &["--live"]);
    let tenant = Tenant::generous();
    check(&home, &tenant, &["--dod"]).refuses(2, &["--dod is for US Government"]);
}

/// E1: Ctrl-C ends the request, and says so by its exit code.
#[test]
fn ctrl_c_ends_the_request() {
    use std::io::Write;
    use std::time::Duration;

    let (home, tenant) = (Home::new(), Tenant::with("/appRoleAssignments", Reply::Silence));
    let mut child = command(&home, &tenant.url, &["--secret-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(SECRET.as_bytes()).unwrap();
    let patience = Duration::from_secs(60);
    while !tenant.seen().iter().any(|it| it.line.contains("/appRoleAssignments")) {
        tenant.came.recv_timeout(patience).unwrap();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    tenant.left.recv_timeout(patience).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("cancelled"), "{output:?}");
}
