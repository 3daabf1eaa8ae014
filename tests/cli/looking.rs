//! Looking runs nothing: no plan and no dry run starts a command or opens a secret file that a
//! connection file names. Issue 11, point 8.

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::contexts::{fly, live};
use crate::home::Home;
use crate::tenant::CLIENT;

/// A file whose command leaves a mark, and whose secret file would hang whoever opens it.
fn home() -> Home {
    let home = Home::new();
    mknodat(CWD, home.path("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let mark = home.path("mark");
    home.write(
        "looked.toml",
        format!(
            "{}client_secret = {{ command = ['sh', '-c', 'touch {}; echo fake-secret'] }}\n\
             {}client_secret = {{ file = 'pipe' }}\n",
            record("ran"),
            mark.display(),
            record("read"),
        ),
    );
    let text = std::fs::read_to_string(home.path("looked.toml")).unwrap();
    let end = text.rfind("[[connection]]").unwrap();
    home.write("ran.toml", &text[..end]);
    home
}

fn record(name: &str) -> String {
    format!(
        "[[connection]]\nname = '{name}'\ntype = 'Device'\nside = 'source'\n\
         client_id = '11111111-2222-4333-8444-555555555555'\n"
    )
}

#[test]
fn no_way_of_looking_runs_a_command_or_opens_a_secret_file() {
    let home = home();
    home.write_secret("secret.txt", "fake-secret-old");
    home.write("first.toml", record("ran") + "client_secret = { file = 'secret.txt' }\n");
    let set = format!("client_secret={{ command = ['touch', '{}'] }}", home.path("mark").display());
    home.run(&["plan", "-f", "looked.toml", "--out", "before.json"]);
    let ways: &[&[&str]] = &[
        &["plan", "-f", "looked.toml"],
        &["plan", "-f", "looked.toml", "--json"],
        &["plan", "-f", "looked.toml", "--prune"],
        &["plan", "-f", "looked.toml", "--out", "plan.json"],
        &["--read-only", "plan", "-f", "looked.toml"],
        &["--demo", "plan", "-f", "looked.toml"],
        &["create", "-f", "looked.toml", "--dry-run"],
        &["create", "-f", "looked.toml"],
        &["apply", "-f", "looked.toml", "--dry-run"],
        &["apply", "-f", "looked.toml", "--dry-run", "--allow-commands"],
        &["apply", "-f", "looked.toml"],
        &["apply", "-f", "looked.toml", "--yes"],
        &["apply", "--plan-file", "before.json", "--dry-run"],
        &["apply", "--plan-file", "before.json", "--yes"],
        &["--read-only", "apply", "-f", "looked.toml", "--yes", "--allow-commands"],
        &["--demo", "apply", "-f", "looked.toml", "--yes", "--allow-commands"],
        &["--demo", "create", "-f", "looked.toml", "--allow-commands"],
    ];
    let changes: &[&[&str]] = &[
        &["edit", "ran", "-f", "ran.toml", "--dry-run"],
        &["edit", "ran", "-f", "ran.toml"],
        &["edit", "ran", "--set", &set, "--dry-run"],
        &["clone", "ran", "copy", "--set", &set, "--dry-run"],
    ];
    for (at, way) in ways.iter().chain(changes).enumerate() {
        if at == ways.len() {
            home.run(&["create", "-f", "first.toml"]).succeeds();
        }
        let ran = home.run(way);
        assert!(!home.path("mark").exists(), "{way:?} ran it: {ran:#?}");
        assert!(!ran.out.contains("fake-secret-old"), "{ran:#?}");
    }
}

#[test]
fn the_plan_says_what_applying_it_runs_and_reads() {
    let home = home();
    let plan = home.run(&["plan", "-f", "looked.toml"]);
    assert_eq!(plan.code, 3, "{plan:#?}");
    assert!(plan.out.contains("client_secret: apply runs sh -c 'touch "), "{plan:#?}");
    assert!(plan.out.contains("client_secret: apply reads pipe\n"), "{plan:#?}");
    assert!(plan.out.contains("client_secret: read when this is applied\n"), "{plan:#?}");
    let json = home.run(&["plan", "-f", "looked.toml", "--json"]).json();
    assert_eq!(json["connections"][0]["reads"][0]["command"][0], "sh");
    assert_eq!(json["connections"][1]["reads"][0]["file"], "pipe");
    // What looks like a secret among the words is not shown.
    let text =
        record("x") + "client_secret = { command = ['x', 'Canary8Q~NotARealSecret.0123'] }\n";
    home.write("literal.toml", text);
    let plan = home.run(&["plan", "-f", "literal.toml"]);
    assert!(!plan.out.contains("Canary") && plan.out.contains("looks like a secret"), "{plan:#?}");
}

#[test]
fn commands_of_files_run_only_where_somebody_allowed_them() {
    let home = home();
    let apply = ["apply", "-f", "ran.toml", "--yes"];
    home.run(&apply).fails(2, &["run commands, which is not allowed", "ran: client_secret"]);
    home.run(&["create", "-f", "ran.toml"]).fails(2, &["--allow-commands", "allow_commands"]);
    home.run(&["--demo", "apply", "-f", "ran.toml", "--yes", "--allow-commands"])
        .fails(2, &["--demo runs no commands"]);
    assert!(!home.path("mark").exists() && home.run(&["list", "--json"]).names().is_empty());
    home.run(&["apply", "-f", "ran.toml", "--yes", "--allow-commands"]).succeeds();
    assert!(home.path("mark").exists());
    // Applied again, it runs, is compared, and changes nothing.
    home.write("config.toml", "[files]\nallow_commands = true\n");
    std::fs::remove_file(home.path("mark")).unwrap();
    let config = home.path("config.toml");
    let config = ["--config", config.to_str().unwrap()];
    let again = home.run(&[&config[..], &apply].concat()).succeeds();
    assert_eq!(again.out, "No changes: 1 connection already as wanted.\n");
    assert!(home.path("mark").exists());
    // What is typed on the command line is nobody else's.
    home.run(&["edit", "ran", "--set", "client_secret={ command = ['echo', 'fake-other'] }"])
        .succeeds();
    let plan = home.run(&["plan", "-f", "ran.toml"]).succeeds();
    assert!(plan.out.contains("apply compares 1 secret with the store"), "{plan:#?}");
    let ran = home.run(&[&config[..], &apply].concat()).succeeds();
    assert_eq!(ran.out, "changed ran\n");
}

#[test]
fn a_saved_plan_is_applied_with_the_secrets_that_it_lists() {
    let home = home();
    home.run(&["plan", "-f", "ran.toml", "--out", "plan.json"]);
    let apply = ["apply", "--plan-file", "plan.json", "--yes"];
    home.run(&apply).fails(2, &["which is not allowed"]);
    let ran = home.run(&[&apply[..], &["--allow-commands"]].concat()).succeeds();
    assert_eq!(ran.out, "created ran\n");
    let text = std::fs::read_to_string(home.path("ran.toml")).unwrap();
    home.run(&["plan", "-f", "ran.toml", "--out", "plan.json"]).succeeds();
    home.write("ran.toml", text.replace("echo fake-secret", "echo fake-secret-2"));
    home.run(&[&apply[..], &["--allow-commands"]].concat()).fails(1, &["was changed since"]);
}

/// Nor is what the configuration names: looking at a plan opens no vault, and `--cached` and
/// completions, which call nobody, read no credential.
#[test]
fn no_way_of_looking_runs_a_command_of_the_configuration() {
    let home = home();
    let mark = home.path("mark");
    let key = home.path("key.sh").display().to_string();
    home.write_secret("key.sh", format!("echo ran >> '{}'; echo fake-not-real\n", mark.display()));
    let context = |name: &str, credential: &str| {
        format!(
            "[contexts.{name}]\nkind = 'fly'\ndata_centre = 'us'\nclient_id = '{CLIENT}'\n\
             credential = {{ secret = {credential} }}\n"
        )
    };
    home.config(&format!(
        "[vault]\nkey_command = ['/bin/sh', '{key}']\n{}{}",
        context("live", &format!("{{ command = ['/bin/sh', '{key}'] }}")),
        context("piped", &format!("{{ file = '{}' }}", home.path("pipe").display())),
    ));
    home.run(&["vault", "init", "--source", "command"]).succeeds();
    home.run(&["sample", "load"]).succeeds();
    let service = fly(|_| None);
    live(&home, &service.url, &["list", "--context", "live"]).succeeds();
    assert!(std::fs::read_to_string(&mark).unwrap().lines().count() >= 3, "each of them runs it");
    std::fs::remove_file(&mark).unwrap();
    let calls = service.seen().len();
    let device = "contoso-devices-hq-dest";
    for way in [
        &["list"][..],
        &["show", device, "--history"],
        &["audit"],
        &["export"],
        &["runbook", device],
        &["plan", "-f", "looked.toml"],
        &["apply", "-f", "looked.toml", "--dry-run"],
        &["create", "-f", "looked.toml", "--dry-run"],
        &["edit", device, "--set", "description=x", "--dry-run"],
        &["clone", device, "copy", "--dry-run"],
        &["delete", device, "--dry-run"],
        &["restore", "--list"],
        &["import", "--from", "live", "--dry-run", "--cached"],
        &["list", "--context", "live", "--cached"],
        &["list", "--context", "live", "--cached", "--type", "M365Group"],
        &["list", "--context", "piped", "--cached"],
        &["show", "alpha", "--context", "live", "--cached"],
        &["export", "--context", "live", "--cached"],
        &["diff", "--live", "live", "--cached"],
        &["audit", "--live", "live", "--cached"],
        &["runbook", device, "--live", "live", "--cached"],
        &["context", "list"],
        &["context", "edit", "live", "--label", "x", "--dry-run"],
        &["vault", "status"],
        &["doctor"],
        &["--demo", "audit", "--open-secrets"],
        &["--demo", "list"],
        &["--read-only", "vault", "rotate"],
        &["--read-only", "edit", device],
        &["__complete", "--", "show"],
        &["__complete", "--", "show", "--context", "live"],
        &["__complete", "--", "diff", "--live"],
    ] {
        let ran = live(&home, &service.url, way);
        assert!(!mark.exists(), "{way:?} ran it: {ran:#?}");
    }
    assert_eq!(service.seen().len(), calls, "nobody was called");
    let cached = live(&home, &service.url, &["list", "--json", "--context", "live", "--cached"]);
    assert_eq!(cached.succeeds().names(), ["alpha", "beta"]);
    let offer = ["__complete", "--", "show", "--context", "live"];
    let offered = live(&home, &service.url, &offer).succeeds();
    assert_eq!(offered.out, "alpha\nbeta\n");
}

/// Nobody is asked to agree to what would be refused then.
#[test]
fn what_may_not_run_is_refused_before_anybody_is_asked() {
    let home = home();
    let mut talk = crate::talk::Talk::new(&home, &["apply", "-f", "ran.toml"]);
    let screen = talk.until("--allow-commands");
    assert!(screen.contains("apply runs sh") && !screen.contains("[y/N]"), "{screen}");
    assert_eq!(talk.exit(), 2);
    assert!(!home.path("mark").exists());
}
