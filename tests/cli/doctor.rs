//! `jetbridge doctor` in a home of its own: the exit code, what it looks at, and that it changes nothing.

use crate::home::{Home, Ran, run};

fn state<'a>(json: &'a serde_json::Value, check: &str) -> &'a str {
    let checks = json["checks"].as_array().unwrap();
    let found = checks.iter().find(|it| it["check"] == check);
    found.unwrap_or_else(|| panic!("{check}: {json:#}"))["state"].as_str().unwrap()
}

#[test]
fn an_empty_home_is_well_and_stays_empty() {
    let home = Home::new();
    let ran = home.run(&["doctor", "--json"]).succeeds();
    let json = ran.json();
    assert_eq!(json["problems"], 0, "{json:#}");
    assert_eq!(state(&json, "clipboard (OSC 52)"), "skipped");
    assert_eq!(std::fs::read_dir(home.path(".")).unwrap().count(), 0, "nothing is made");
    let text = home.run(&["doctor", "--no-input"]).succeeds().out;
    assert!(text.contains("Terminal\n") && text.contains("  ok       "), "{text}");
}

#[test]
fn a_store_is_looked_at_and_left_alone() {
    let home = Home::with(&["a", "b"]);
    let before = std::fs::read(home.store()).unwrap();
    let json = home.run(&["doctor", "--json"]).succeeds().json();
    for check in ["schema", "integrity", "file system", "write-ahead log"] {
        assert_eq!(state(&json, check), "ok", "{json:#}");
    }
    assert_eq!(std::fs::read(home.store()).unwrap(), before);
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(home.store(), open).unwrap();
    let ran = home.run(&["doctor"]).succeeds();
    assert!(ran.out.contains("warning  permissions of the file: 0644"), "{ran:?}");
    assert!(ran.out.contains("chmod 600"), "{ran:?}");
}

#[test]
fn what_does_not_work_ends_with_three() {
    let home = Home::new();
    home.config("usr = 'x'\n[keys]\ndelete = ['n']\n");
    let ran = home.run(&["doctor"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.out.contains("problem  file: ") && ran.out.contains("config.toml:1: usr"),
        "{ran:?}"
    );
    let home = Home::new();
    home.config("[keys]\ndelete = ['n']\n");
    let ran = home.run(&["doctor"]);
    assert!(ran.out.contains("problem  keys: ") && ran.out.contains("config.toml:2"), "{ran:?}");
    let home = Home::new();
    let folder = home.store().parent().unwrap().to_owned();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(home.store(), "not a store, but long enough to be looked at").unwrap();
    let ran = home.run(&["doctor", "--json"]);
    assert_eq!((ran.code, state(&ran.json(), "file")), (3, "ok"));
    assert!(ran.out.contains("is not a jetbridge store"), "{ran:?}");
}

fn with(home: &Home, name: &str, value: &str) -> Ran {
    run(home.command(["doctor", "--json"]).env(name, value), b"")
}

/// E3: a proxy's password stays where it is.
#[test]
fn the_environment_is_judged_without_its_secrets() {
    let home = Home::new();
    let ran = with(&home, "HTTPS_PROXY", "http://me:not-a-real-password@proxy.example:3128");
    assert!(ran.out.contains("proxy.example:3128"), "{ran:?}");
    assert!(!ran.out.contains("not-a-real"), "{ran:?}");
    assert_eq!(with(&home, "SSL_CERT_FILE", "/does/not/exist.pem").code, 3);
    home.config("[network]\nca_bundle = '/does/not/exist.pem'\n");
    let ran = home.run(&["doctor", "--json"]);
    assert_eq!(state(&ran.json(), "certificate authorities"), "problem", "{ran:?}");
}

/// E3: a program that gives a secret is not run, and a file that others may read is reported.
#[test]
fn credentials_are_looked_at_and_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let secret = home.write("secret", "Abc8Q~not-a-real-secret");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran_file = home.path("ran");
    let context = |name: &str, source: &str| {
        format!(
            "[contexts.{name}]\nkind = 'fly'\ndata_centre = 'us'\n\
             client_id = '11111111-2222-4333-8444-555555555555'\n\
             credential = {{ secret = {{ {source} }} }}\n"
        )
    };
    let file = format!("file = '{}'", secret.display());
    let command = format!("command = ['/bin/sh', '-c', 'touch {}']", ran_file.display());
    home.config(&(context("open", &file) + &context("op", &command)));
    let ran = home.run(&["doctor", "--json"]);
    let json = ran.json();
    assert_eq!(
        (ran.code, state(&json, "open"), state(&json, "op")),
        (3, "problem", "skipped"),
        "{json:#}"
    );
    assert!(!ran_file.exists() && !ran.out.contains("not-a-real"), "{json:#}");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(state(&home.run(&["doctor", "--json"]).json(), "open"), "ok");
}
