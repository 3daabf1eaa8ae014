//! `context`, `--context`, `--read-only`, `--cached`: the configuration that is written, where the
//! secret goes and where it does not, every exit code. SPEC E2, E3, E7.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::home::{Home, Ran, is_private, run};
use crate::tenant::{CLIENT, Reply, Tenant};

/// Obviously fake, in the shape of a real one, and easy to search for.
const SECRET: &str = "canary8Q~Not-A-Real-Secret.0123456789abc";
const CERTIFICATE: &str = include_str!("../../src/backend/graph/testdata/fake-app.pem");
const KEY: &str = include_str!("../../src/backend/graph/testdata/fake-app.key");
const STAND_IN: &str = "JETBRIDGE_LOOPBACK_STAND_IN";

fn config(home: &Home) -> String {
    std::fs::read_to_string(home.path(".config/jetbridge/config.toml")).unwrap()
}

#[track_caller]
pub fn keeps_secrets(ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains("canary"), "E3: {text}");
    }
}

/// A service with these connections, or with an answer of its own.
pub fn fly(special: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Tenant {
    Tenant::new(move |seen| {
        if let Some(reply) = special(&seen.line) {
            return Some(reply);
        }
        Some(match seen.line.split(['?', ' ']).nth(1).unwrap() {
            "/connect/token" => Reply::json(
                200,
                &json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": "token-not-real" }),
            ),
            "/fly/connections/summaries" => Reply::json(
                200,
                &json!({ "data": {
                "nextLink": null, "totalCount": 2, "data": [row(1, "alpha"), row(2, "beta")] } }),
            ),
            "/fly/projects/summaries" => Reply::json(
                200,
                &json!({ "data": { "nextLink": null, "data": [
                { "id": "p-1", "name": "Wave 1", "sourcePlatform": 4, "destinationPlatform": 4 }] } }),
            ),
            other => panic!("{other} is not documented"),
        })
    })
}

pub fn row(number: u32, name: &str) -> Value {
    json!({ "id": format!("00000000-0000-0000-0000-{number:012}"), "name": name,
        "connectionType": 4, "connectionSide": 1, "tenantName": "contoso", "description": "",
        "createTime": 638_000_000_000_000_000_i64, "lastModifyTime": 638_000_000_000_000_000_i64,
        "createBy": "anna", "lastModifyBy": "anna" })
}

/// Adds a Fly context `contoso` with a sealed secret.
pub fn add(home: &Home, more: &[&str]) -> Ran {
    let mut args = vec!["context", "add", "contoso", "--data-centre", "us", "--client-id", CLIENT];
    args.extend(["--secret-stdin"]);
    args.extend(more);
    let ran = home.run_with(&args, SECRET).succeeds();
    keeps_secrets(&ran);
    ran
}

pub fn live(home: &Home, url: &str, args: &[&str]) -> Ran {
    let mut command = home.command(args);
    let ran = run(command.env(STAND_IN, url), b"");
    keeps_secrets(&ran);
    ran
}

#[test]
fn local_is_there_without_any_configuration() {
    let home = Home::new();
    let json = home.run(&["context", "list", "--json"]).succeeds().json();
    let all = json["contexts"].as_array().unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["name"], &all[0]["active"]), (&json!("local"), &json!(true)));
    let table = home.run(&["context", "list"]).succeeds().out;
    assert!(table.contains("*       local  store"), "{table}");
    home.run(&["context", "edit", "local", "--label", "x"])
        .fails(2, &["cannot be changed", "hint"]);
    home.run(&["context", "remove", "local", "--yes"]).fails(2, &["cannot be removed"]);
    assert!(!home.path(".config").exists() && !home.path(".local").exists());
}

#[test]
fn a_context_is_added_sealed_used_and_removed() {
    let home = Home::new();
    home.config("# mine\nuser = 'anna' # me\n");
    let ran = add(&home, &["--label", "PROD", "--colour", "red"]);
    assert_eq!(ran.out, "added contoso\n");
    for part in [
        "https://graph-us.avepointonlineservices.com/fly",
        "identity.avepointonline",
        "secret, sealed in the local store",
        "fly.graph.readwrite.all",
        "no read-only one",
    ] {
        assert!(ran.err.contains(part), "{part}: {ran:#?}");
    }
    let text = config(&home);
    assert!(text.starts_with("# mine\nuser = 'anna' # me\n"), "{text}");
    assert!(text.contains("[contexts.contoso]") && text.contains("secret = \"stored\""), "{text}");
    assert!(!text.contains("canary"), "E3");
    let path = home.path(".config/jetbridge/config.toml");
    assert!(is_private(&path), "0600");
    let store = std::fs::read(home.store()).unwrap();
    assert!(!store.windows(SECRET.len()).any(|it| it == SECRET.as_bytes()), "E3: in the store");

    home.run(&["context", "use", "contoso"]).succeeds();
    assert!(config(&home).contains("context = \"contoso\""));
    let json = home.run(&["context", "list", "--json"]).succeeds().json();
    let found = &json["contexts"][1];
    assert_eq!((&found["name"], &found["active"]), (&json!("contoso"), &json!(true)));
    assert_eq!((&found["label"], &found["read_only"]), (&json!("PROD"), &json!(true)));
    assert_eq!(found["credential"], "secret, sealed in the local store");

    home.run(&["context", "remove", "contoso"]).fails(2, &["cannot ask", "--yes"]);
    let ran = home.run(&["context", "remove", "contoso", "--yes"]).succeeds();
    assert!(ran.err.contains("sealed secret is forgotten"), "{ran:#?}");
    assert!(ran.err.contains("that is local now"), "{ran:#?}");
    assert!(!config(&home).contains("contoso"));
    // What was sealed does not come back with the name.
    let stored = "[contexts.contoso]\nkind = 'fly'\ndata_centre = 'us'\n";
    home.config(&format!("{stored}client_id = '{CLIENT}'\ncredential = {{ secret = 'stored' }}\n"));
    home.run(&["list", "--context", "contoso"])
        .fails(4, &["no secret is sealed", "edit contoso --secret-stdin"]);
}

#[test]
fn a_context_is_edited_in_place() {
    let home = Home::new();
    add(&home, &[]);
    let before = config(&home).replace("data_centre = \"us\"", "data_centre = \"us\" # east");
    home.config(&before);
    let edit = ["context", "edit", "contoso", "--label", "TEST", "--data-centre", "ne"];
    let edit: Vec<&str> = edit.into_iter().chain(["--secret-stdin"]).collect();
    home.run_with(&edit, "another-not-real").succeeds();
    let text = config(&home);
    assert!(
        text.contains("data_centre = \"ne\" # east") && text.contains("label = \"TEST\""),
        "{text}"
    );
    home.run(&["context", "edit", "contoso", "--label", ""]).succeeds();
    assert!(!config(&home).contains("label"));
    home.run(&["context", "edit", "contoso"]).fails(2, &["no change was given", "hint: "]);
    // To another source: what was sealed is forgotten.
    let ran = home
        .run(&[
            "context",
            "edit",
            "contoso",
            "--secret-command",
            "pass",
            "show",
            "--x",
            ";",
            "--colour",
            "blue",
        ])
        .succeeds();
    assert!(ran.err.contains("is forgotten"), "{ran:#?}");
    assert!(
        config(&home).contains("{ command = [\"pass\", \"show\", \"--x\"] }"),
        "{}",
        config(&home)
    );
    home.run(&["context", "edit", "contoso", "--secret-from", "systemd:fly"]).succeeds();
    assert!(config(&home).contains("{ systemd = \"fly\" }"));
    home.run(&["context", "edit", "contoso", "--secret-from", "stdin"]).succeeds();
    home.run(&["context", "edit", "contoso", "--url", "https://x.example/fly"]).succeeds();
    let text = config(&home);
    assert!(text.contains("https://x.example/fly") && !text.contains("data_centre"), "{text}");
}

#[test]
fn wrong_options_are_reported_at_once_and_change_nothing() {
    let home = Home::new();
    let ran = home.run(&[
        "context",
        "add",
        "contoso",
        "--data-centre",
        "uss",
        "--client-id",
        "12",
        "--agent-sha256",
        "x",
        "--identity-url",
        "http://x",
        "--secret-from",
        "env:X",
    ]);
    let ran = ran.fails(
        2,
        &[
            "--data-centre: is not a data centre",
            "did you mean us?",
            "--client-id: ",
            "--agent-sha256: ",
            "--identity-url: must be an address",
            "--secret-from: must be",
        ],
    );
    assert!(ran.err.contains("hint: "));
    let cases: [(&[&str], &str); 8] = [
        (&["context", "add", "a b", "--path", "x.db"], "a context's name has"),
        (&["context", "add", "local", "--path", "x.db"], "always exists"),
        (&["context", "add"], "name of the context is not given"),
        (&["context", "add", "x"], "--kind is not given"),
        (&["context", "add", "x", "--client-id", CLIENT], "--data-centre, --secret-stdin"),
        (&["context", "add", "x", "--path", "x.db", "--certificate", "y"], "a store has none"),
        (&["context", "use", "nobody"], "there is no context nobody"),
        (&["context", "remove", "nobody", "--yes"], "there is no context nobody"),
    ];
    for (args, words) in cases {
        home.run(args).fails(2, &[words]);
    }
    let ran = home.run(&["context", "add", "c", "--data-centre", "us", "--client-id", SECRET]);
    keeps_secrets(&ran.fails(2, &["--client-id: "]));
    let ran = home.run(&["context", "use", SECRET]);
    keeps_secrets(&ran.fails(2, &["looks like a secret"]));
    home.run_with(
        &["context", "add", "c", "--data-centre", "us", "--client-id", CLIENT, "--secret-stdin"],
        "",
    )
    .fails(1, &["standard input holds no secret", "hint: "]);
    assert!(!home.path(".config").exists());
    home.run(&["context", "add", "wave", "--path", "wave.db"]).succeeds();
    home.run(&["context", "add", "Wave", "--path", "y.db"])
        .fails(2, &["a context named Wave exists already"]);
}

/// E3: refused with its line, and not repeated.
#[test]
fn a_plain_secret_in_the_configuration_is_refused() {
    let home = Home::new();
    home.config(&format!(
        "[contexts.c]\nkind = 'fly'\ndata_centre = 'us'\nclient_id = '{CLIENT}'\n\
        credential = {{ secret = '{SECRET}' }}\n"
    ));
    for args in [&["list"][..], &["context", "list"], &["context", "use", "local"]] {
        let ran = home.run(args);
        keeps_secrets(&ran);
        ran.fails(2, &["config.toml:5: ", "must not be in the configuration", "--secret-stdin"]);
    }
}

#[test]
fn a_store_of_its_own_is_worked_on_by_name() {
    let home = Home::with(&["at-home"]);
    home.run(&["context", "add", "wave", "--path", "wave.db", "--use"]).succeeds();
    home.run_with(&["import", "-"], "name,type\nin-wave,Device\n").succeeds();
    assert_eq!(home.run(&["list", "--json"]).names(), ["in-wave"]);
    assert_eq!(home.run(&["list", "--json", "--context", "local"]).names(), ["at-home"]);
    // Flag, then environment, then configuration.
    let by_env = |args: &[&str]| {
        let mut command = home.command(args);
        run(command.env("JETBRIDGE_CONTEXT", "local"), b"")
    };
    assert_eq!(by_env(&["list", "--json"]).names(), ["at-home"]);
    assert_eq!(by_env(&["list", "--json", "--context", "wave"]).names(), ["in-wave"]);
    let mut command = home.command(["list"]);
    run(command.env("JETBRIDGE_CONTEXT", "wav"), b"")
        .fails(2, &["no context wav", "JETBRIDGE_CONTEXT names it", "did you mean wave?"]);
    home.run(&["list", "--demo", "--context", "wave"]).fails(2, &["--demo", "hint: "]);
    assert_eq!(home.run(&["context", "test"]).succeeds().out.lines().count(), 2);
    home.run(&["context", "remove", "wave", "--yes"]).succeeds();
    assert!(home.path("wave.db").exists(), "a store's file stays");
}

#[test]
fn read_only_refuses_what_writes_and_nothing_else() {
    let home = Home::with(&["alpha"]);
    let refused: [&[&str]; 8] = [
        &["delete", "alpha", "--yes"],
        &["restore", "alpha"],
        &["purge", "alpha", "--yes"],
        &["import", "-"],
        &["directory", "import", "-"],
        &["sample", "load"],
        &["context", "add", "x", "--path", "x.db"],
        &["context", "use", "local"],
    ];
    for args in refused {
        let mut args = args.to_vec();
        args.push("--read-only");
        home.run_with(&args, "name,type\nb,Device\n")
            .fails(1, &["--read-only was given", "hint: "]);
    }
    for args in [
        &["list"][..],
        &["show", "alpha"],
        &["delete", "alpha", "--dry-run"],
        &["restore", "--list"],
        &["context", "list"],
    ] {
        let mut args = args.to_vec();
        args.push("--read-only");
        home.run(&args).succeeds();
    }
    assert_eq!(home.run(&["list", "--json"]).names(), ["alpha"]);
}

#[test]
fn a_fly_context_is_listed_and_refuses_to_be_written() {
    let (home, service) = (Home::new(), fly(|_| None));
    add(&home, &["--use"]);
    assert_eq!(
        live(&home, &service.url, &["list", "--json"]).succeeds().names(),
        ["alpha", "beta"]
    );
    live(&home, &service.url, &["show", "alpha"]).succeeds();
    let calls = service.seen().len();
    assert_eq!(
        live(&home, &service.url, &["list", "--cached", "--json"]).names(),
        ["alpha", "beta"]
    );
    assert_eq!(service.seen().len(), calls, "--cached calls nobody");
    for args in [
        &["delete", "alpha", "--yes"][..],
        &["delete", "alpha", "--dry-run"],
        &["restore", "alpha"],
        &["import", "x.csv"],
        &["sample", "load"],
    ] {
        live(&home, &service.url, args).fails(
            1,
            &[
                "nothing can be changed in the context contoso",
                "no way to change",
                "--context local",
            ],
        );
    }
    let token = &service.seen()[0];
    assert_eq!(token.line, "POST /connect/token");
    assert!(token.body.contains("canary8Q") && token.body.contains("fly.graph.readwrite.all"));
    let caches = home.path(".local/share/jetbridge");
    assert!(is_private(&caches));
    // What it left behind goes with it.
    let cached = home.path(".local/share/jetbridge/live/contoso.cache");
    assert!(cached.exists());
    home.run(&["context", "remove", "contoso", "--yes"]).succeeds();
    assert!(!cached.exists());
}

#[test]
fn a_failed_refresh_says_what_is_kept() {
    let broken = Arc::new(AtomicBool::new(false));
    let is_broken = Arc::clone(&broken);
    let service = fly(move |line| {
        let refused = json!({ "error": "invalid_client" });
        let now = is_broken.load(Ordering::SeqCst) && line.contains("/connect/token");
        now.then(|| Reply::json(400, &refused))
    });
    let home = Home::new();
    add(&home, &[]);
    let list = ["list", "--context", "contoso"];
    live(&home, &service.url, &list).succeeds();
    broken.store(true, Ordering::SeqCst);
    live(&home, &service.url, &list)
        .fails(4, &["hint: --cached shows what was read at ", "sign-in refused"]);
    live(&home, &service.url, &["list", "--context", "contoso", "--cached"]).succeeds();
}

/// Adds a context whose secret comes from elsewhere, and lists it.
fn from(
    home: &Home,
    service: &Tenant,
    args: &[&str],
    prepare: impl Fn(&mut Command),
    input: &str,
) -> Ran {
    let mut all = vec!["context", "add", "c", "--data-centre", "us", "--client-id", CLIENT];
    all.extend(args);
    home.run(&all).succeeds();
    let mut command = home.command(["list", "--json", "--context", "c"]);
    prepare(command.env(STAND_IN, &service.url));
    let ran = run(&mut command, input.as_bytes());
    keeps_secrets(&ran);
    home.run(&["context", "remove", "c", "--yes"]).succeeds();
    ran
}

#[test]
fn a_secret_comes_from_each_source() {
    use std::os::unix::fs::PermissionsExt;

    let (home, service) = (Home::new(), fly(|_| None));
    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(home.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    home.write("secret", format!("{SECRET}\n"));
    mode("secret", 0o600);
    home.write("both.pem", format!("{KEY}\n{CERTIFICATE}"));
    mode("both.pem", 0o600);
    home.write("app.pem", CERTIFICATE);
    let plain = |_: &mut Command| {};
    from(&home, &service, &["--secret-from", "file:secret"], plain, "").succeeds();
    from(&home, &service, &["--secret-from", "stdin"], plain, SECRET).succeeds();
    let script = "test -z \"$JETBRIDGE_LOOPBACK_STAND_IN$JETBRIDGE_X\" && cat secret";
    let command = ["--secret-command", "/bin/sh", "-c", script];
    let with = |command: &mut Command| {
        command.env("JETBRIDGE_X", "1").env("PATH", "/bin:/usr/bin");
    };
    from(&home, &service, &command, with, "").succeeds();
    let folder = home.path("");
    let credentials = |command: &mut Command| {
        command.env("CREDENTIALS_DIRECTORY", &folder);
    };
    from(&home, &service, &["--secret-from", "systemd:secret"], credentials, "").succeeds();
    from(&home, &service, &["--certificate", "both.pem"], plain, "").succeeds();
    home.write("app.key", KEY);
    mode("app.key", 0o600);
    let key = ["--certificate", "app.pem", "--secret-file", "app.key"];
    from(&home, &service, &key, plain, "").succeeds();
    let assertions =
        service.seen().iter().filter(|it| it.body.contains("client_assertion=")).count();
    assert_eq!(assertions, 2);

    mode("secret", 0o644);
    mode("both.pem", 0o640);
    let add = ["context", "add", "c", "--data-centre", "us", "--client-id", CLIENT];
    home.run(&[&add[..], &["--certificate", "both.pem"]].concat())
        .fails(1, &["others on this machine"]);
    home.run(&[&add[..], &["--secret-from", "file:secret"]].concat())
        .fails(1, &["others on this machine can read", "chmod 600"]);
    from(&home, &service, &["--secret-from", "systemd:x"], plain, "")
        .fails(4, &["CREDENTIALS_DIRECTORY"]);
    from(&home, &service, &["--secret-command", "/no/such"], plain, "")
        .fails(4, &["no such program"]);
    from(&home, &service, &["--secret-from", "stdin"], plain, "").fails(1, &["holds no secret"]);
}

#[test]
fn a_test_makes_every_check() {
    let (home, service) = (Home::new(), fly(|_| None));
    add(&home, &["--use"]);
    let ran = live(&home, &service.url, &["context", "test"]).succeeds();
    assert!(ran.err.contains("contoso works.") && ran.err.contains("for tests only"), "{ran:#?}");
    assert_eq!(ran.out.lines().count(), 8, "eight checks: {ran:#?}");
    let json =
        live(&home, &service.url, &["context", "test", "contoso", "--json"]).succeeds().json();
    assert_eq!(json["passed"], true);
    assert_eq!(json["steps"].as_array().unwrap().len(), 8);
}

#[test]
fn a_refused_sign_in_ends_the_test_with_four_and_the_report_names_nobody() {
    let home = Home::new();
    add(&home, &["--label", "PRODUCTION"]);
    let service = fly(|line| {
        let refused = json!({ "error": "invalid_client" });
        line.contains("/connect/token").then(|| Reply::json(400, &refused))
    });
    let report = home.path("report.txt");
    let ran = live(
        &home,
        &service.url,
        &["context", "test", "contoso", "--report", report.to_str().unwrap()],
    );
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert!(ran.err.contains("error: contoso: ") && ran.err.contains("hint: "), "{ran:#?}");
    let text = std::fs::read_to_string(&report).unwrap();
    assert!(is_private(&report), "0600");
    let port = service.url.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    let home_name = home.path("").display().to_string();
    for word in
        ["contoso", "PRODUCTION", CLIENT, "canary", "127.0.0.1", &port, &home_name, "tester"]
    {
        assert!(!text.contains(word), "{word} is in {text}");
    }
    for word in ["data centre  us", "sealed in the local store", "failed", "passed"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    // The check after the failed one is not made.
    assert!(service.seen().iter().all(|it| !it.line.contains("summaries")));
}

#[test]
fn a_service_that_is_not_there_ends_the_test_with_one() {
    let home = Home::new();
    add(&home, &[]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let ran = live(&home, &url, &["context", "test", "contoso", "--json"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    let json = ran.json();
    let steps = json["steps"].as_array().unwrap();
    let last = steps.last().unwrap();
    assert_eq!(last["outcome"], "failed", "{json:#}");
    assert_ne!(last["hint"], "", "{json:#}");
    home.run(&["context", "test", "nobody"]).fails(2, &["there is no context nobody"]);
}

/// What cannot sign in is not added, and a dry run finds it, too.
#[test]
fn the_certificate_and_key_of_a_new_context_are_checked() {
    use std::os::unix::fs::PermissionsExt;

    let home = Home::new();
    let elliptic = include_str!("../../src/backend/graph/testdata/fake-ec.key");
    let other = include_str!("../../src/backend/graph/testdata/fake-other.key");
    for (name, text) in [
        ("app.pem", CERTIFICATE.to_owned()),
        ("app.key", KEY.to_owned()),
        ("ec.key", elliptic.to_owned()),
        ("other.key", other.to_owned()),
        ("both.pem", format!("{KEY}\n{CERTIFICATE}")),
        ("mixed.pem", format!("{other}\n{CERTIFICATE}")),
        ("words.pem", "words".to_owned()),
    ] {
        home.write(name, text);
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(home.path(name), mode).unwrap();
    }
    let add = ["context", "add", "c", "--data-centre", "us", "--client-id", CLIENT];
    for dry in [&["--dry-run"][..], &[]] {
        let run = |args: &[&str]| home.run(&[&add[..], args, dry].concat());
        for (args, words) in [
            (&["--certificate", "none.pem"][..], "no such file"),
            (&["--certificate", "none.pem", "--secret-file", "app.key"], "no such file"),
            (&["--certificate", "words.pem"], "holds no PEM"),
            (&["--certificate", "app.pem"], "no private key in PEM form"),
            (&["--certificate", "app.pem", "--secret-file", "none.key"], "no such file"),
            (&["--certificate", "app.pem", "--secret-file", "ec.key"], "openssl req"),
            (&["--certificate", "app.pem", "--secret-file", "other.key"], "does not belong"),
            (&["--certificate", "app.pem", "--secret-from", "file:other.key"], "does not belong"),
            (&["--certificate", "mixed.pem"], "does not belong"),
        ] {
            run(args).fails(1, &[words]);
        }
        for args in [
            &["--certificate", "both.pem"][..],
            &["--certificate", "app.pem", "--secret-file", "app.key"],
            &["--certificate", "app.pem", "--secret-from", "file:app.key"],
            // What cannot be read without running or asking something is left to the first use.
            &["--certificate", "app.pem", "--secret-from", "stdin"],
        ] {
            run(args).succeeds();
            if dry.is_empty() {
                home.run(&["context", "remove", "c", "--yes"]).succeeds();
            }
        }
    }
}
