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
    // The authority can be taken away again.
    with(&home, &["context", "edit", "team", "--secret-stdin", "--ca", ""], PASSWORD).succeeds();
    let text = std::fs::read_to_string(home.path(".config/jetbridge/config.toml")).unwrap();
    assert!(!text.contains("ca ="), "{text}");
    // A password in the address is refused, and not repeated.
    let bad = format!("postgres://anna:not-a-real-pw@localhost/{database}");
    let refused = home.run(&["context", "add", "other", "--url", &bad, "--secret-stdin"]);
    let refused = refused.fails(2, &["must not hold a password"]);
    assert!(!refused.err.contains("not-a-real-pw"), "{}", refused.err);
    // A configuration from elsewhere does not send a password to a server that nobody here named.
    std::fs::remove_file(home.path(".config/jetbridge/trusted-hosts")).unwrap();
    home.run(&["list"]).fails(4, &["nobody here trusts", "context trust localhost:"]);
}

/// So many writes of each process, and so many processes: a few here; by hand more of both with
/// `JETBRIDGE_WRITES=250 JETBRIDGE_PROCESSES=8`.
fn scale(name: &str, few: usize) -> usize {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(few)
}

/// Rows of one import: all are there, or none.
const TOGETHER: usize = 5;

/// Imports again and again, every other process being killed at some moment; the names of imports that
/// were acknowledged, and how many were killed.
fn importing(home: &Home, own: usize, writes: usize) -> (Vec<String>, usize) {
    let (mut acknowledged, mut killed) = (Vec::new(), 0);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ (own as u64 + 1);
    for write in 0..writes {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let name = format!("{own}-{write}");
        let rows: String =
            (0..TOGETHER).map(|it| format!("{name}-{it},Exchange,source,contoso\n")).collect();
        let file = format!("list-{own}.csv");
        home.write(&file, &format!("name,type,side,tenant\n{rows}"));
        let mut child = home.command(&["import", &file]);
        child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = child.spawn().unwrap();
        if write % 2 == 1 {
            // The moments differ from run to run; what must hold does not.
            std::thread::sleep(std::time::Duration::from_millis(random % 400));
            let _ = child.kill();
        }
        match child.wait().unwrap().code() {
            Some(0) => acknowledged.push(name),
            Some(_) => {}
            None => killed += 1,
        }
    }
    (acknowledged, killed)
}

#[test]
fn processes_that_are_killed_lose_nothing_and_leave_nothing_in_part() {
    let Some(server) = postgres::own_or_skip("processes that are killed") else { return };
    let database = server.database();
    let owner = member(&server, &database, "anna");
    owner.run(&["team", "migrate"]).succeeds();
    let processes = scale("JETBRIDGE_PROCESSES", 3);
    let writes = scale("JETBRIDGE_WRITES", 6);
    let done: Vec<(Vec<String>, usize)> = std::thread::scope(|scope| {
        let owner = &owner;
        let all: Vec<_> =
            (0..processes).map(|own| scope.spawn(move || importing(owner, own, writes))).collect();
        all.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let listed = owner.run(&["list", "-o", "json"]).succeeds().json();
    let mut found = std::collections::HashMap::<String, usize>::new();
    for it in listed["connections"].as_array().unwrap() {
        let name = it["name"].as_str().unwrap();
        *found.entry(name.rsplit_once('-').unwrap().0.to_owned()).or_default() += 1;
    }
    for (name, count) in &found {
        assert_eq!(*count, TOGETHER, "{name} is there in part");
    }
    let acknowledged: Vec<&String> = done.iter().flat_map(|it| &it.0).collect();
    for name in &acknowledged {
        assert!(found.contains_key(*name), "{name} was acknowledged and is lost");
    }
    let killed: usize = done.iter().map(|it| it.1).sum();
    assert!(acknowledged.len() >= processes, "{} acknowledged", acknowledged.len());
    eprintln!(
        "{} imports, {} acknowledged, {killed} killed, {} there",
        processes * writes,
        acknowledged.len(),
        found.len()
    );
    owner.run(&["vault", "status", "--check"]).succeeds();
}
