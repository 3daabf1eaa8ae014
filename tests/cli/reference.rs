//! What needs no store: help, paths, completions, manual, configuration, and the refusals.

use crate::home::{Home, run};

#[test]
fn without_a_terminal_there_is_no_screen() {
    let home = Home::new();
    for args in [&[][..], &["--demo"], &["--ascii", "--theme", "mono"]] {
        home.run(args)
            .fails(2, &["the screen needs a terminal", "not terminals", "jetbridge list"]);
    }
    assert!(!home.path(".local").exists(), "nothing may be made for a refusal");
}

#[test]
fn help_names_every_verb_and_exit_code() {
    let home = Home::new();
    let help = home.run(&["--help"]).succeeds().out;
    for word in [
        "list",
        "show",
        "delete",
        "restore",
        "purge",
        "drafts",
        "import",
        "directory",
        "key",
        "sample",
        "paths",
        "completions",
        "man",
        "help",
        "exit-codes",
        "Examples:",
    ] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
    // The same page, however it is asked for.
    for args in [&["-h"][..], &["help"], &["help", "--no-input"]] {
        let said = home.run(args).succeeds().out;
        assert!(said == help || args.len() == 2, "{said}");
    }
    assert!(home.run(&["help", "options"]).succeeds().out.contains("--vault-key-fd"));
    assert!(home.run(&["help", "commands"]).succeeds().out.contains("permissions check"));
    assert!(home.run(&["import", "--help"]).succeeds().out.contains("modified_by"));
    assert!(
        home.run(&["directory", "import", "--help"]).succeeds().out.contains("\"app_profiles\"")
    );
    let version = home.run(&["--version"]).succeeds().out;
    assert!(version.starts_with("jetbridge ") && version.lines().count() == 1, "{version}");
    for args in [["--version", "--verbose"], ["--verbose", "--version"], ["-V", "--verbose"]] {
        let more = home.run(&args).succeeds().out;
        assert!(more.starts_with(&version), "{more}");
        for what in ["commit: ", "target: ", "glibc: ", "SQLite: 3.", "reference data: 20"] {
            assert!(more.contains(&format!("\n{what}")), "{what} is not in {more}");
        }
    }
    home.run(&["--verbose"]).fails(2, &["--version --verbose"]);
}

#[test]
fn paths_follow_the_variables() {
    let home = Home::new();
    let json = home.run(&["paths", "--json"]).succeeds().json();
    let path =
        |json: &serde_json::Value, key: &str| json["paths"][key].as_str().unwrap().to_owned();
    assert_eq!(path(&json, "store"), home.store().to_str().unwrap());
    assert!(path(&json, "vault_key").ends_with(".config/jetbridge/vault.key"));
    assert!(path(&json, "state_dir").ends_with(".local/state/jetbridge"));
    let ran = run(home.command(["paths", "--json"]).env("XDG_DATA_HOME", home.path("x")), b"");
    assert!(path(&ran.json(), "store").ends_with("x/jetbridge/connections.db"));
    let mut command = home.command(["paths", "--json"]);
    command
        .env("JETBRIDGE_CONFIG_DIR", home.path("c"))
        .env("JETBRIDGE_DATA_DIR", home.path("d"))
        .env("JETBRIDGE_STATE_DIR", home.path("s"));
    let json = run(&mut command, b"").succeeds().json();
    assert_eq!(path(&json, "config_dir"), home.path("c").to_str().unwrap());
    assert_eq!(path(&json, "data_dir"), home.path("d").to_str().unwrap());
    assert_eq!(path(&json, "state_dir"), home.path("s").to_str().unwrap());
    assert!(home.run(&["paths"]).succeeds().out.contains("(not there yet)"));
}

#[test]
fn a_store_can_be_elsewhere() {
    let home = Home::with(&["at-home"]);
    let mut command = home.command(["list", "--json"]);
    let ran = run(command.env("JETBRIDGE_DATA_DIR", home.path("elsewhere")), b"").succeeds();
    assert!(ran.names().is_empty());
    assert_eq!(home.run(&["list", "--json"]).names(), ["at-home"]);
}

#[test]
fn every_mistake_of_the_configuration_is_reported_with_its_line() {
    let home = Home::new();
    home.config("usr = 'x'\n[ui]\ntheme = 'mno'\n[expiry]\nwarning_days = -1\n");
    let ran = home.run(&["list"]).fails(
        2,
        &[
            "config.toml has 3 problems",
            "config.toml:1: usr: unknown key",
            "did you mean user?",
            "config.toml:3: ui.theme: must be one of \"default\", \"mono\"",
            "config.toml:5: expiry.warning_days: must be a whole number from 0 to 365, not -1",
            "hint: ",
        ],
    );
    assert_eq!(ran.err.lines().count(), 5, "{ran:?}");
    // What helps to fix it still works.
    home.run(&["paths"]).succeeds();
    home.run(&["completions", "bash"]).succeeds();
    home.run(&["man"]).succeeds();
    let good = home.write("good.toml", "user = 'anna'\n");
    home.run(&["--config".as_ref(), good.as_os_str(), "list".as_ref()]).succeeds();
    home.run(&["list", "--config", "missing.toml"]).fails(2, &["cannot read missing.toml"]);
}

#[test]
fn the_configured_name_is_written_into_changes() {
    let home = Home::new();
    home.config("user = 'anna'\n");
    home.run_with(&["import", "-"], "name,type\na,Device\n").succeeds();
    let json = home.run(&["show", "a", "--json"]).succeeds().json();
    assert!(json["connection"]["created_by"].as_str().unwrap().starts_with("anna ("), "{json}");
}

#[test]
fn completions_and_manual_are_made_from_the_arguments() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let out = home.run(&["completions", shell]);
        assert!(out.out.contains("directory") && out.out.contains("restore"), "{shell}");
    }
    assert!(home.run(&["man"]).succeeds().out.contains("Exit codes"));
    let folder = home.path("pages");
    home.run(&["man".as_ref(), "--dir".as_ref(), folder.as_os_str()]).succeeds();
    for page in ["jetbridge.1", "jetbridge-list.1", "jetbridge-directory-import.1"] {
        assert!(folder.join(page).exists(), "{page}");
    }
    let file = home.write("in-the-way", "");
    home.run(&["man".as_ref(), "--dir".as_ref(), file.as_os_str()]).fails(1, &["hint: "]);
}

#[test]
fn a_key_that_is_not_current_ends_with_three() {
    let home = Home::new();
    let key = jetbridge::domain::key::issue(
        jetbridge::domain::key::KeyKind::Connection,
        &[3; jetbridge::domain::key::ENTROPY],
    );
    let text = key.text.expose();
    let unknown = home.run_with(&["key", "check"], text);
    assert_eq!(unknown.code, 3);
    assert!(unknown.out.starts_with("unknown: connection key JBK1A-33333: "), "{unknown:?}");
    for typo in ["hello", "JBK1C-77777", &text.replace("33333-3", "33333-4")] {
        let ran = home.run(&["key", "check", typo]);
        assert_eq!(ran.code, 3, "{typo}");
        assert!(ran.out.starts_with("mistyped: "), "{ran:?}");
    }
    assert_eq!(home.run_with(&["key", "check", "-", "--json"], text).json()["verdict"], "unknown");
    home.run(&["key", "check"]).fails(2, &["no key was given"]);
}

#[test]
fn the_sample_is_loaded_and_the_demonstration_leaves_nothing() {
    let home = Home::new();
    let demo = home.run(&["--demo", "list", "--json"]).succeeds();
    assert!(demo.names().len() >= 40, "{}", demo.names().len());
    assert!(!home.store().exists());
    home.run(&["sample", "load"]).succeeds();
    assert_eq!(home.run(&["list", "--json"]).names(), demo.names());
    let tenants = home.run(&["directory", "list", "tenants", "--json"]).succeeds().json();
    assert!(tenants["objects"].as_array().unwrap().len() >= 4);
}

#[test]
fn a_store_that_cannot_be_used_is_reported_with_a_hint() {
    let home = Home::new();
    let folder = home.store().parent().unwrap().to_owned();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(home.store(), "this is not a database, but long enough to be looked at")
        .unwrap();
    home.run(&["list"]).fails(1, &["is not a jetbridge store", "hint: "]);
    let kept = std::fs::read_to_string(home.store()).unwrap();
    assert!(kept.starts_with("this is not"), "the file must be left alone");
}
