//! A secret that is saved never appears in any output. SPEC E3.

use jetbridge::backend::{Place, SaveRequest};
use jetbridge::cli::open_store;
use jetbridge::config::{Config, Paths};
use jetbridge::domain::answers::{Answer, Sheet};
use jetbridge::domain::key::{HeldKey, Key, KeyKind};
use jetbridge::domain::{Answers, ConnectionType, Draft, Held, Secret, Side};

use crate::home::Home;

/// Obviously fake, and easy to search for.
const CANARIES: [&str; 2] = ["canary-client-secret-fake", "Canary-Passw0rd-fake"];

/// A saved device connection with every secret that one can have; its key.
fn save(home: &Home) -> String {
    let paths = Paths {
        config_dir: home.path(".config/jetbridge"),
        data_dir: home.path(".local/share/jetbridge"),
        state_dir: home.path(".local/state/jetbridge"),
        log_dir: home.path(".local/state/jetbridge/log"),
        config_file: home.path(".config/jetbridge/config.toml"),
        store: home.store(),
        vault_key: home.path(".config/jetbridge/vault.key"),
    };
    let store = open_store(&paths, &Config::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        save_source(&store, "dev", &key).await;
        key.text.expose().to_owned()
    })
}

async fn save_source(store: &Place, name: &str, key: &Key) {
    let secret = |text: &str| Answer::Secret(Held::New(Secret::new(text)));
    let configuration_key = HeldKey {
        id: key.id(),
        issued_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        value: Held::New(key.text.clone()),
    };
    let mut sheet = Sheet::default();
    sheet.set("client_id", Answer::Text("11111111-2222-4333-8444-555555555555".to_owned()));
    sheet.set("client_secret", secret(CANARIES[0]));
    sheet.set("configuration_key", Answer::Key(configuration_key));
    sheet.set("local_admin", Answer::On(true));
    sheet.set("local_admin_user", Answer::Text("flyadmin".to_owned()));
    sheet.set("local_admin_password", secret(CANARIES[1]));
    let draft = Draft {
        name: name.to_owned(),
        description: String::new(),
        kind: ConnectionType::Device,
        side: Side::Source,
        answers: Answers::Form(sheet),
    };
    store
        .save(SaveRequest { target: None, draft, secrets_from: None, restore: false, stamp: None })
        .await
        .unwrap();
}

#[test]
fn secrets_are_shown_as_fingerprints_and_found_nowhere() {
    let home = Home::new();
    let key = save(&home);
    let shown = home.run(&["show", "dev"]).succeeds().out;
    assert!(shown.contains("Client secret") && shown.contains("set, fingerprint "), "{shown}");
    assert!(shown.contains("flyadmin"), "{shown}");

    let verbs: [&[&str]; 8] = [
        &["show", "dev", "--history"],
        &["show", "dev", "--history", "--json"],
        &["list"],
        &["list", "--json"],
        &["key", "check", "-"],
        &["key", "check", "-", "--json"],
        &["delete", "dev", "--yes", "--json"],
        &["restore", "--list", "--json"],
    ];
    for verb in verbs {
        let ran = home.run_with(verb, &key).succeeds();
        for secret in CANARIES.iter().copied().chain([key.as_str(), &key.replace('-', "")]) {
            assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{verb:?}: {ran:?}");
        }
    }
    let file = std::fs::read(home.store()).unwrap();
    for secret in CANARIES.iter().copied().chain([key.as_str()]) {
        assert!(!file.windows(secret.len()).any(|part| part == secret.as_bytes()), "in the store");
    }
}

#[test]
fn a_key_is_current_until_its_connection_goes() {
    let home = Home::new();
    let key = save(&home);
    let current = home.run_with(&["key", "check"], &key).succeeds();
    assert!(current.out.starts_with("current: configuration key JBK1C-"), "{current:?}");
    let json = home.run_with(&["key", "check", "--json"], key.to_lowercase()).succeeds().json();
    assert_eq!(json["verdict"], "current");
    assert_eq!(json["connection"], "dev");
    home.run(&["delete", "--yes", "dev"]).succeeds();
    let gone = home.run_with(&["key", "check"], &key);
    assert_eq!(gone.code, 3);
    assert!(gone.out.starts_with("deleted: "), "{gone:?}");
}

/// Every way to name a file with a secret. Issue 11, point 13.
#[test]
fn a_secret_file_that_others_can_read_is_refused_wherever_it_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let certificate = include_str!("../../src/backend/graph/testdata/fake-app.pem");
    let key = include_str!("../../src/backend/graph/testdata/fake-app.key");
    home.write("c.pem", certificate);
    let mode = |name: &str, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(home.path(name), mode).unwrap();
    };
    home.write("secret", "fake8Q~Not-A-Real-Secret.0123456789abcde\n");
    home.write("k.pem", key);
    home.write("both.pem", format!("{certificate}{key}"));
    home.write(
        "hq.toml",
        "[[connection]]\nname = \"hq\"\ntype = \"Device\"\nside = \"source\"\nclient_id = \
         \"11111111-2222-4333-8444-555555555555\"\nclient_secret = { file = \"secret\" }\n",
    );
    let add = "context add x --kind fly --data-centre us --no-input --client-id \
               0f3d7e61-0000-4000-8000-00000000a002";
    let live = "permissions check --live --tenant contoso.example --timeout 1 --client-id \
                0f3d7e61-0000-4000-8000-00000000a002";
    let ways = [
        (format!("{add} --secret-file secret"), "secret"),
        (format!("{add} --secret-from file:secret"), "secret"),
        (format!("{add} --secret-from file:secret --dry-run"), "secret"),
        (format!("{add} --secret-file secret --dry-run"), "secret"),
        (format!("{add} --certificate both.pem"), "both.pem"),
        (format!("{add} --certificate both.pem --dry-run"), "both.pem"),
        (format!("{add} --certificate c.pem --secret-file k.pem"), "k.pem"),
        (format!("{add} --certificate c.pem --secret-from file:k.pem"), "k.pem"),
        (format!("{live} --secret-file secret"), "secret"),
        (format!("{live} --certificate both.pem"), "both.pem"),
        (format!("{live} --certificate c.pem --key k.pem"), "k.pem"),
        ("create -f hq.toml".to_owned(), "secret"),
        ("apply -f hq.toml --yes".to_owned(), "secret"),
    ];
    let run = |line: &str| home.run(&line.split_whitespace().collect::<Vec<_>>());
    let refused = "it holds a secret, and others on this machine can read it";
    for (line, file) in &ways {
        for open in [0o644, 0o640, 0o666] {
            mode(file, open);
            let ran = run(line);
            assert_ne!(ran.code, 0, "{line}: {ran:?}");
            let said = ran.said();
            assert!(said.contains(refused) && said.contains("chmod 600"), "{line}: {ran:?}");
            assert!(!said.contains("Not-A-Real") && !said.contains("BEGIN"), "{line}: {ran:?}");
        }
        mode(file, 0o600);
        let ran = run(line);
        assert!(!ran.said().contains(refused), "{line}: {ran:?}");
        run("context remove x --yes");
    }
    // A context is refused for it later, too, by each command that reads it.
    for (credential, file) in [
        ("{ secret = { file = \"HOME/secret\" } }", "secret"),
        ("{ certificate = \"HOME/both.pem\" }", "both.pem"),
        ("{ certificate = \"HOME/c.pem\", key = { file = \"HOME/k.pem\" } }", "k.pem"),
    ] {
        let credential = credential.replace("HOME", home.path("").to_str().unwrap());
        home.config(&format!(
            "[contexts.x]\nkind = \"fly\"\ndata_centre = \"us\"\nclient_id = \
             \"0f3d7e61-0000-4000-8000-00000000a002\"\ncredential = {credential}\n"
        ));
        mode(file, 0o644);
        for line in ["context test x", "list --context x", "doctor"] {
            let ran = run(line);
            assert!(format!("{}{}", ran.out, ran.err).contains(refused), "{line}: {ran:?}");
        }
        mode(file, 0o600);
    }
}

/// A command is kept in the configuration, so no secret can stand in it.
#[test]
fn a_secret_in_a_command_is_refused_wherever_it_would_be_kept() {
    let home = Home::new();
    let add = ["context", "add", "x", "--kind", "fly", "--data-centre", "us", "--no-input"];
    let id = ["--client-id", "0f3d7e61-0000-4000-8000-00000000a002", "--secret-command"];
    for (words, holds) in [
        (&["echo", "hunter2"][..], true),
        (&["sh", "-c", "echo hunter2"], true),
        (&["curl", "-H", "X-Vault-Token: hunter2", "https://vault.example"], true),
        (&["gpg", "--passphrase", "hunter2", "-d", "x.gpg"], true),
        (&["op", "read", "op://fly/prod/password"], false),
    ] {
        let args = [&add[..], &id[..], words].concat();
        let ran = home.run(&args);
        assert_eq!(ran.code == 2, holds, "{words:?}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
        let list: Vec<String> = words.iter().map(|it| format!("{it:?}")).collect();
        home.config(&format!(
            "[vault]\nkey_command = [{0}]\n[contexts.x]\nkind = \"fly\"\ndata_centre = \
             \"us\"\nclient_id = \"0f3d7e61-0000-4000-8000-00000000a002\"\ncredential = {{ secret = \
             {{ command = [{0}] }} }}\n",
            list.join(", ")
        ));
        let ran = home.run(&["doctor"]);
        assert_eq!(
            ran.out.contains("the command itself seems to contain a secret"),
            holds,
            "{ran:?}"
        );
        assert!(!ran.out.contains("hunter2"), "{ran:?}");
        std::fs::remove_file(home.path(".config/jetbridge/config.toml")).unwrap();
    }
}
