//! A team store with the real binary and a real server: from nothing to two members, what is reported
//! when a step fails, and what no file holds. S1, S4; issue 16.

use jetbridge::testing::postgres::{self, PASSWORD, Postgres};

use crate::home::{Home, Ran, run};

const PASSPHRASE: &str = "canary passphrase not real";

/// A home with a context for a role of the server.
fn member(server: &Postgres, database: &str, role: &str) -> Home {
    let home = Home::new();
    let url = format!("postgres://{role}@localhost:{}/{database}", server.port);
    let ca = server.authority();
    let args = ["context", "add", "team", "--use", "--url", &url, "--secret-stdin", "--ca"];
    let ca = ca.to_str().unwrap();
    with(&home, &[&args[..], &[ca]].concat(), PASSWORD).succeeds();
    home
}

fn with(home: &Home, args: &[&str], input: &str) -> Ran {
    run(&mut home.command(args), input.as_bytes())
}

fn opening(home: &Home, args: &[&str]) -> Ran {
    let path = home.write_secret("passphrase", PASSPHRASE);
    let plain = home.command(args);
    let mut shell = std::process::Command::new("/bin/sh");
    shell.arg("-c").arg("exec \"$0\" \"$@\" --vault-key-fd 3 3< \"$GIVEN\"");
    shell.arg(plain.get_program()).args(plain.get_args()).env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.env("GIVEN", path).current_dir(home.path(""));
    run(&mut shell, b"")
}

#[test]
fn from_nothing_to_a_team() {
    let Some(server) = postgres::own_or_skip("a team with the real binary") else { return };
    let database = server.database();
    server.role("ben");
    server.role("cleo");
    let owner = member(&server, &database, "anna");
    owner.run(&["list"]).fails(1, &["no jetbridge store", "jetbridge team migrate"]);
    // The roles as they are printed.
    let roles = owner.run(&["team", "roles"]).succeeds().out;
    let create: String = roles.lines().filter(|it| it.starts_with("CREATE ROLE")).collect();
    server.admin(&database, &create);
    server.admin(
        &database,
        "GRANT jetbridge_reader TO jetbridge_member; GRANT jetbridge_member TO ben; \
         GRANT jetbridge_reader TO cleo",
    );
    let made = owner.run(&["team", "migrate"]).succeeds();
    assert!(made.out.contains("created the store"), "{}", made.out);
    let again = owner.run(&["team", "migrate", "-o", "json"]).succeeds().json();
    assert_eq!(again["outcome"], "unchanged");

    let ben = member(&server, &database, "ben");
    let test = ben.run(&["context", "test"]).succeeds();
    for step in ["host name", "port", "tls", "sign-in", "database", "rights", "schema", "notices"] {
        assert!(test.out.contains(step), "{step}: {}", test.out);
    }
    ben.write("list.csv", "name,type,side,tenant\nWave 2,Exchange,source,contoso\n");
    ben.run(&["import", "list.csv"]).succeeds();
    let seen = owner.run(&["list", "-o", "json"]).succeeds().json();
    assert_eq!(seen["connections"][0]["name"], "Wave 2");
    ben.run(&["--yes", "delete", "Wave 2"]).succeeds();
    ben.run(&["restore", "Wave 2"]).succeeds();
    let shown = owner.run(&["show", "Wave 2", "--history"]).succeeds();
    assert!(shown.out.contains("restored") && shown.out.contains("ben"), "{}", shown.out);

    // Without a vault no secret is taken, and nothing is kept for it.
    ben.run(&["sample", "load"]).fails(1, &["vault of this store is not set up", "vault init"]);
    with(&ben, &["vault", "init", "--source", "passphrase", "--passphrase-stdin"], PASSPHRASE)
        .succeeds();
    opening(&ben, &["sample", "load"]).succeeds();
    let status = opening(&owner, &["vault", "status", "--check"]).succeeds();
    assert!(status.out.contains("all of it opens"), "{}", status.out);

    let reader = member(&server, &database, "cleo");
    reader.run(&["list"]).succeeds();
    reader.run(&["--yes", "delete", "Wave 2"]).fails(4, &["can only be read", "jetbridge_member"]);

    // The configuration has the address, and neither has the password.
    for home in [&owner, &ben, &reader] {
        let text = std::fs::read_to_string(home.path(".config/jetbridge/config.toml")).unwrap();
        assert!(!text.contains(PASSWORD));
    }
}

#[test]
fn each_step_that_fails_is_named_with_what_to_do() {
    let Some(server) = postgres::own_or_skip("steps that fail, with the real binary") else {
        return;
    };
    let database = server.database();
    let home = member(&server, &database, "anna");
    let fails = |step: &str, words: &[&str]| {
        let code = if matches!(step, "sign-in" | "rights") { 4 } else { 1 };
        let all: Vec<&str> = words.iter().copied().chain([step, "hint:"]).collect();
        let ran = home.run(&["context", "test"]);
        assert_eq!(ran.code, code, "{ran:?}");
        for part in all {
            assert!(ran.err.contains(part), "{part}: {ran:?}");
        }
    };
    fails("schema", &["no jetbridge store", "team migrate"]);
    with(&home, &["context", "edit", "team", "--secret-stdin"], "not-a-real-other").succeeds();
    fails("sign-in", &["refused the sign-in"]);
    with(&home, &["context", "edit", "team", "--secret-stdin"], PASSWORD).succeeds();
    let url =
        |host: &str, port: u16, database: &str| format!("postgres://anna@{host}:{port}/{database}");
    let edit = |url: &str| {
        let args = ["context", "edit", "team", "--secret-stdin", "--url", url];
        with(&home, &args, PASSWORD).succeeds();
    };
    edit(&url("localhost", server.port, "not_there"));
    fails("database", &["no such database"]);
    edit(&url("no-such-host.invalid", 5432, &database));
    fails("host name", &["is not known"]);
    edit(&url("localhost", 1, &database));
    fails("port", &["takes no connection"]);
    edit(&url("localhost", server.port, &database));
    let other = include_str!("../../src/backend/http/testdata/fake-ca.pem");
    home.write_secret("other.pem", other);
    with(&home, &["context", "edit", "team", "--secret-stdin", "--ca", "other.pem"], PASSWORD)
        .succeeds();
    fails("tls", &["not from a trusted authority", "--ca"]);
    // A password in the address is refused, and not repeated.
    let bad = format!("postgres://anna:not-a-real-pw@localhost/{database}");
    let refused = home.run(&["context", "add", "other", "--url", &bad, "--secret-stdin"]);
    let refused = refused.fails(2, &["must not hold a password"]);
    assert!(!refused.err.contains("not-a-real-pw"), "{}", refused.err);
    // A configuration from elsewhere does not send a password to a server that nobody here named.
    std::fs::remove_file(home.path(".config/jetbridge/trusted-hosts")).unwrap();
    home.run(&["list"]).fails(4, &["nobody here trusts", "context trust localhost:"]);
}
