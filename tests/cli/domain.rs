//! The pre-flight of a domain: asked before a password is used, which is then used once. SPEC F4.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use jetbridge::testing::samba::{DOMAIN, Samba, or_skip};

use crate::home::{Home, Ran, run};
use crate::talk::Talk;

const CANARY: &str = "canary-domain-password-not-real";
/// Who is asked for the records of domains.
const NAME_SERVER: &str = "JETBRIDGE_TEST_NAME_SERVER";

/// A home with so many destinations that share an account, whose password is wrong.
fn home(many: usize) -> Home {
    let home = Home::new();
    let mut records = String::new();
    for at in 0..many {
        let user = ["CORP\\\\svc", "svc", "SVC@corp.example.test"][at % 3];
        write!(
            records,
            "[[connection]]\nname = \"hq-{at}\"\ntype = \"Device\"\nside = \"destination\"\n\
             destination = \"active-directory\"\nrejoin = \"online\"\ndomain = \"{DOMAIN}\"\n\
             domain_user = \"{user}\"\ndomain_password = {{ file = \"pass.txt\" }}\n"
        )
        .unwrap();
    }
    let pass = home.write_secret("pass.txt", CANARY);
    home.write("all.toml", records);
    home.run(&["apply", "-f", "all.toml", "--yes"]).succeeds();
    fs::remove_file(pass).unwrap();
    home
}

fn preflight(home: &Home, server: &str, args: &[&str]) -> Ran {
    let args: Vec<&str> = [&["preflight"], args].concat();
    run(home.command(args).env(NAME_SERVER, server), b"")
}

/// How each check of the first connection came out.
fn level(ran: &Ran, check: &str) -> (String, String) {
    let json = ran.json();
    let all = json["checks"].as_array().unwrap();
    let it = all.iter().find(|it| it["check"] == check).unwrap();
    (it["level"].as_str().unwrap().to_owned(), it["found"].as_str().unwrap().to_owned())
}

/// Whether a text is in a file of a folder.
fn is_written(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => is_written(&path, text),
            false => String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).contains(text),
        }
    })
}

/// A DNS server that is not there fails one check; the sign-in was not agreed to.
#[test]
fn a_domain_that_cannot_be_found_is_one_failure() {
    let home = home(1);
    let ran = preflight(&home, "127.0.0.1:1", &["--all", "--only", "ad,local", "--json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(level(&ran, "ad.srv").0, "failed", "{ran:?}");
    for check in ["ad.kerberos", "ad.resolve", "ad.ports", "ad.rootdse", "ad.clock", "ad.tls"] {
        assert_eq!(level(&ran, check), ("skipped".into(), "after ad.srv".into()), "{ran:?}");
    }
    assert!(level(&ran, "ad.bind").1.contains("--bind"), "{ran:?}");
    let bound = preflight(&home, "127.0.0.1:1", &["hq-0", "--only", "ad", "--bind", "--json"]);
    assert_eq!(level(&bound, "ad.bind").1, "after ad.srv", "{bound:?}");
    preflight(&home, "127.0.0.1:1", &["--all", "--bind", "--offline"]).fails(2, &["--offline"]);
    preflight(&home, "192.0.2.1:53", &["--all"]).fails(2, &["an address of this machine"]);
}

/// The proof against a real domain: thirty connections share a wrong password, and it is counted once;
/// without a yes it is not counted at all.
#[test]
fn a_shared_wrong_password_is_counted_once_in_a_whole_run() {
    let test = "a_shared_wrong_password_is_counted_once_in_a_whole_run";
    let Some(mut samba) = or_skip(test) else { return };
    samba.user("svc", "Us3r-not-a-real-one!", &[]);
    // Without a threshold nothing is counted.
    samba.tool(&["domain", "passwordsettings", "set", "--account-lockout-threshold=5"]);
    samba.start();
    let home = home(30);
    home.config(&format!("[network]\nca_bundle = \"{}\"\n", samba.authority().display()));
    let server = samba.dns().to_string();
    let counted = |samba: &Samba| samba.attribute("svc", "badPwdCount").unwrap();

    let unasked = preflight(&home, &server, &["--all", "--json"]);
    assert_eq!(level(&unasked, "ad.tls").0, "ok", "{unasked:?}");
    let args = ["preflight", "--all", "--only", "ad.bind"];
    let mut talk = Talk::with(&home, &args, 120, &[(NAME_SERVER, &server)]);
    talk.answer("Sign in once as svc@corp.example.test (30 connections)", "\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 0, "{screen}");
    let shown = format!("dc1.corp.example.test ({})", samba.address);
    assert!(screen.contains(&shown) && screen.contains("the answer was no"), "{screen}");
    assert_eq!(counted(&samba), "0");

    let ran = preflight(&home, &server, &["--all", "--bind", "--json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(counted(&samba), "1");
    let json = ran.json();
    let all = json["checks"].as_array().unwrap();
    let failed = all.iter().filter(|it| it["check"] == "ad.bind" && it["level"] == "failed");
    assert_eq!(failed.count(), 30, "{ran:?}");
    assert!(level(&ran, "ad.bind").1.contains("wrong user name or password"), "{ran:?}");
    assert_eq!(level(&ran, "ad.rights"), ("skipped".into(), "after ad.bind".into()));
    assert!(!format!("{ran:?}{screen}").contains(CANARY), "E3");
    assert!(!is_written(&home.path(""), CANARY), "E3");
}
