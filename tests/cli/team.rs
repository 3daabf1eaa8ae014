//! A team store with the real binary and a real server: from nothing to two members, what is reported
//! when a step fails, and what no file holds. S1, S4; issue 16.

use jetbridge::testing::postgres::{self, PASSWORD, Postgres};

use crate::contract::Contract;
use crate::home::{Home, Ran, run};
use crate::watching::Watching;

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
    let would = owner.run(&["team", "migrate", "--dry-run"]).succeeds();
    assert!(would.out.contains("would create the store"), "{}", would.out);
    owner.run(&["list"]).fails(1, &["no jetbridge store"]);
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
    // Somebody else watches meanwhile.
    let mut watching = Watching::begin(&owner, &[], &[]);
    ben.run(&["import", "list.csv"]).succeeds();
    assert_eq!(watching.change(), ("added".to_owned(), "Wave 2".to_owned()));
    assert_eq!(watching.stop().code, 130);
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
    assert!(status.out.contains("everything can be opened"), "{}", status.out);

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
        // A command that opens it ends in the same way.
        let listed = home.run(&["list"]);
        assert_eq!(listed.code, code, "{listed:?}");
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
    // Whoever has no role there learns it in the same way.
    server.role("ben");
    let (owner, ben) = (member(&server, &database, "anna"), member(&server, &database, "ben"));
    owner.run(&["team", "migrate"]).succeeds();
    let tested = ben.run(&["context", "test"]);
    assert!(tested.code == 4 && tested.err.contains("rights: "), "{tested:?}");
    ben.run(&["list"]).fails(4, &["does not allow this", "team roles"]);
    // A configuration from elsewhere does not send a password to a server that nobody here named.
    std::fs::remove_file(home.path(".config/jetbridge/trusted-hosts")).unwrap();
    home.run(&["list"]).fails(4, &["is not trusted here", "context trust localhost:"]);
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
    let (mut acknowledged, mut killed, mut took) = (Vec::new(), 0, 1);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ (own as u64 + 1);
    for write in 0..writes {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let name = format!("{own}-{write}");
        let rows: String =
            (0..TOGETHER).map(|it| format!("{name}-{it},Exchange,source,contoso\n")).collect();
        let file = format!("list-{own}.csv");
        home.write(&file, format!("name,type,side,tenant\n{rows}"));
        let mut child = home.command(["import", &file]);
        child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let (begun, mut child) = (std::time::Instant::now(), child.spawn().unwrap());
        if write % 2 == 1 {
            // The moments differ from run to run, and lie within what one takes; what must hold does not.
            std::thread::sleep(std::time::Duration::from_millis(random % (took + took / 4)));
            let _ = child.kill();
        }
        match child.wait().unwrap().code() {
            Some(0) => {
                took = u64::try_from(begun.elapsed().as_millis()).unwrap().max(1);
                acknowledged.push(name);
            }
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

/// The database, with roles for a team that `anna` owns.
fn team(server: &Postgres) -> String {
    let database = server.database();
    server.role("ben");
    server.role("cleo");
    server.admin(
        &database,
        "CREATE ROLE jetbridge_reader NOLOGIN; CREATE ROLE jetbridge_member NOLOGIN; \
         GRANT jetbridge_reader TO jetbridge_member; GRANT jetbridge_member TO anna, ben; \
         GRANT jetbridge_reader TO cleo",
    );
    database
}

/// Every file of a home, by its length: but for the log, what was seen of a vault that was opened, and the
/// stores of this machine, which are compared by their answers.
fn files(home: &Home) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    let mut folders = vec![home.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, about) = (entry.path(), entry.metadata().unwrap());
            let name = path.to_string_lossy().into_owned();
            match about.is_dir() {
                true => folders.push(path),
                false if [".local/state/", "/heads/", ".db"].iter().any(|it| name.contains(it)) => {
                }
                false => all.push((name, about.len())),
            }
        }
    }
    all.sort();
    all
}

fn text(ran: &Ran, field: &str) -> String {
    ran.json()[field].as_str().unwrap_or_else(|| panic!("{field}: {ran:?}")).to_owned()
}

/// From nothing to three members, as the page says it: each with a key pair of their own, no passphrase,
/// fingerprints compared in both directions; one is removed again.
#[test]
fn three_people_become_members_and_one_leaves() {
    let Some(server) = postgres::own_or_skip("three members with the real binary") else { return };
    let database = team(&server);
    let mut contract = Contract::new();
    let on_server = || {
        let all = "SELECT (SELECT envelope::text FROM jetbridge.vault), (SELECT max(seq) FROM jetbridge.chain)::text,
                (SELECT string_agg(key::text, ',' ORDER BY key) FROM jetbridge.joining)";
        server.admin(&database, all)
    };
    // Each change is tried first: it ends as the run does, and changes nothing there or here.
    let mut json = |home: &Home, args: &[&str]| {
        let mut run = |more: &[&str]| {
            let ran = home.run(&[args, more, &["-o", "json"]].concat());
            contract.holds(args, "json", &ran);
            ran
        };
        if args[1] != "members" {
            let kept = || ["list"].map(|it| home.run(&["--context", "local", it]).out);
            let before = (on_server(), kept(), files(home));
            let dry = run(&["--dry-run"]);
            assert_eq!((on_server(), kept(), files(home)), before, "{args:?}: {dry:?}");
            assert_eq!(dry.json()["dry_run"], true);
            let real = run(&[]);
            assert_eq!(dry.code, real.code, "{args:?}: {dry:?}");
            for field in ["outcome", "name", "change_at_source", "sealed_again"] {
                assert_eq!(dry.json()[field], real.json()[field], "{args:?}: {field}");
            }
            return real;
        }
        run(&[])
    };
    let anna = member(&server, &database, "anna");
    anna.run(&["team", "migrate"]).succeeds();
    anna.run(&["team", "invite", "ben"]).fails(1, &["is not set up", "--source members"]);
    anna.run(&["vault", "init", "--source", "members"]).succeeds();
    anna.run(&["sample", "load"]).succeeds();
    let (ben, cleo) = (member(&server, &database, "ben"), member(&server, &database, "cleo"));
    // Nobody waits: what to send is printed.
    let sent = json(&anna, &["team", "invite", "ben"]).succeeds();
    assert_eq!(text(&sent, "outcome"), "waiting");
    let of_anna = text(&sent, "own_fingerprint");
    let device = "contoso-devices-hq-dest";
    ben.run(&["show", device]).succeeds();
    for (home, role) in [(&ben, "ben"), (&cleo, "cleo")] {
        home.run(&["vault", "status", "--check"]).fails(4, &["no member key", "team join"]);
        let asked = json(home, &["team", "join", "--fingerprint", &of_anna]).succeeds();
        assert_eq!(text(&asked, "outcome"), "asked");
        let print = text(&asked, "fingerprint");
        home.run(&["vault", "status", "--check"]).fails(4, &["not a member yet"]);
        // Another fingerprint than the one that waits is refused; without one somebody is asked.
        let other = of_anna.clone();
        for dry in [&["--dry-run"][..], &[]] {
            let invite = ["team", "invite", role, "--fingerprint", &other];
            anna.run(&[&invite[..], dry].concat()).fails(4, &["another fingerprint", &print]);
        }
        // Nobody is asked for a fingerprint where nothing is changed.
        anna.run(&["team", "invite", role]).fails(2, &["--fingerprint"]);
        anna.run(&["team", "invite", role, "--dry-run"]).succeeds();
        let invited = json(&anna, &["team", "invite", role, "--fingerprint", &print]).succeeds();
        assert_eq!(text(&invited, "outcome"), "invited");
        let joined = json(home, &["team", "join"]).succeeds();
        assert_eq!(text(&joined, "outcome"), "joined");
        let status = home.run(&["vault", "status", "--check"]).succeeds();
        assert!(
            status.out.contains("member key") && status.out.contains("everything can be opened")
        );
    }
    let members = json(&ben, &["team", "members"]).succeeds().json();
    assert_eq!(members["verified"], true);
    assert_eq!(members["members"].as_array().unwrap().len(), 3);
    let shown = ben.run(&["team", "members"]).succeeds();
    assert!(shown.out.contains("anna") && shown.out.contains(&of_anna), "{}", shown.out);
    // Whoever joins without a fingerprint at hand compares it afterwards.
    cleo.run(&["team", "remove", "cleo"]).fails(2, &["--yes"]);
    for dry in [&["--dry-run"][..], &[]] {
        let fails = |home: &Home, whom: &str, code, words: &[&str]| {
            home.run(&[&["team", "remove", whom, "--yes"], dry].concat()).fails(code, words);
        };
        fails(&ben, "nobody", 1, &["not a member"]);
        fails(&ben, "ben", 1, &["another member has to remove you"]);
        fails(&cleo, "ben", 4, &["read"]);
    }
    let removed = json(&anna, &["team", "remove", "cleo", "--yes"]).succeeds().json();
    assert!(!removed["change_at_source"].as_array().unwrap().is_empty(), "{removed}");
    cleo.run(&["vault", "status", "--check"]).fails(4, &["not among the members"]);
    cleo.run(&["list"]).succeeds();
    let status = ben.run(&["vault", "status", "--check"]).succeeds();
    assert!(status.out.contains("everything can be opened"), "{}", status.out);
    // Ben's own store on this machine has the key, sealed; the server has only the public part.
    let dump = server.admin(&database, "SELECT encode(envelope, 'escape') FROM jetbridge.vault");
    for home in [&anna, &ben, &cleo] {
        let config = std::fs::read_to_string(home.path(".config/jetbridge/config.toml")).unwrap();
        assert!(!config.contains("jbmk1") && !format!("{dump:?}").contains("jbmk1"));
    }
}

/// A team of one moves there and back; a backup of the team store restores into either kind.
#[test]
fn a_store_moves_to_a_team_and_back_and_its_backup_restores_into_either() {
    let Some(server) = postgres::own_or_skip("moving with the real binary") else { return };
    let database = team(&server);
    let mut contract = Contract::new();
    let anna = member(&server, &database, "anna");
    anna.run(&["--context", "local", "sample", "load"]).succeeds();
    anna.run(&["team", "migrate"]).succeeds();
    let copy = ["store", "copy", "--from", "local", "--to", "team"];
    anna.run(&copy).fails(1, &["team", "is not set up"]);
    anna.run(&["vault", "init", "--source", "members"]).succeeds();
    let plan = anna.run(&[&copy[..], &["--dry-run", "-o", "json"]].concat()).succeeds();
    contract.holds(&copy, "json", &plan);
    let done = anna.run(&[&copy[..], &["-o", "json"]].concat()).succeeds();
    contract.holds(&copy, "json", &done);
    let done = done.json();
    assert!(
        done["connections"].as_u64().unwrap() > 30 && done["secrets"].as_u64().unwrap() > 5,
        "{done}"
    );
    let again = anna.run(&copy).succeeds();
    assert!(again.out.contains("were there already"), "{}", again.out);
    let list = |home: &Home, context: &str| -> serde_json::Value {
        let ran = home.run(&["--context", context, "list", "-o", "json"]).succeeds();
        ran.json()["connections"].clone()
    };
    let names = |all: &serde_json::Value| -> Vec<String> {
        let all = all.as_array().unwrap();
        all.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&list(&anna, "local")), names(&list(&anna, "team")));
    // Back, into a store of its own.
    anna.run(&["context", "add", "back", "--path", "back.db"]).succeeds();
    anna.run(&["store", "copy", "--from", "team", "--to", "back"]).succeeds();
    assert_eq!(names(&list(&anna, "back")), names(&list(&anna, "local")));
    let status = anna.run(&["--context", "back", "vault", "status", "--check"]).succeeds();
    assert!(status.out.contains("everything can be opened"), "{}", status.out);
    anna.run(&["store", "copy", "--from", "team", "--to", "team"]).fails(2, &["same store"]);
    // A backup of the team store, into a store of this machine and into another team.
    anna.run(&["backup", "create", "team.jbk"]).succeeds();
    anna.run(&["backup", "verify", "team.jbk"]).succeeds();
    anna.run(&["--context", "back", "--yes", "backup", "restore", "team.jbk"]).succeeds();
    assert_eq!(names(&list(&anna, "back")), names(&list(&anna, "local")));
    let other = server.database();
    let url = format!("postgres://anna@localhost:{}/{other}", server.port);
    let ca = server.authority();
    let add = ["context", "add", "other", "--url", &url, "--secret-stdin", "--ca"];
    with(&anna, &[&add[..], &[ca.to_str().unwrap()]].concat(), PASSWORD).succeeds();
    for verb in [&["team", "migrate"][..], &["vault", "init", "--source", "members"]] {
        anna.run(&[&["--context", "other"], verb].concat()).succeeds();
    }
    let restore = ["--context", "other", "--yes", "backup", "restore", "team.jbk"];
    let restored = anna.run(&restore).succeeds();
    assert!(restored.out.contains("read back and compared"), "{}", restored.out);
    assert_eq!(names(&list(&anna, "other")), names(&list(&anna, "local")));
    let status = anna.run(&["--context", "other", "vault", "status", "--check"]).succeeds();
    assert!(status.out.contains("everything can be opened"), "{}", status.out);
    // Nothing is left of the store that was there for a moment.
    let data = anna.path(".local/share/jetbridge");
    let left = std::fs::read_dir(&data).unwrap().flatten().map(|it| it.file_name());
    let left: Vec<_> = left.filter(|it| it.to_string_lossy().starts_with(".jetbridge")).collect();
    assert!(left.is_empty(), "{left:?}");
}
