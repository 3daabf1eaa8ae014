//! A secret that is saved never appears in any output. SPEC E3.

use jetbridge::backend::{Backend, SaveRequest};
use jetbridge::cli::open_store;
use jetbridge::config::{Config, Paths};
use jetbridge::domain::device::{Account, DeviceAnswers, DeviceSource, HeldKey};
use jetbridge::domain::key::{Key, KeyKind};
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
        save_source(&*store, "dev", &key).await;
        key.text.expose().to_owned()
    })
}

async fn save_source(store: &dyn Backend, name: &str, key: &Key) {
    let answers = DeviceAnswers::Source(Box::new(DeviceSource {
        client_id: "11111111-2222-4333-8444-555555555555".parse().unwrap(),
        client_secret: Held::New(Secret::new(CANARIES[0])),
        client_secret_expires: None,
        configuration_key: HeldKey {
            id: key.id(),
            issued_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            value: Held::New(key.text.clone()),
        },
        local_admin: Some(Account {
            user: "flyadmin".to_owned(),
            password: Held::New(Secret::new(CANARIES[1])),
        }),
        entra: None,
    }));
    let draft = Draft {
        name: name.to_owned(),
        description: String::new(),
        kind: ConnectionType::Device,
        side: Side::Source,
        answers: Answers::Device(answers),
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
