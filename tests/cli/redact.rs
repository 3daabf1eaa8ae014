//! `--redact`: no name, tenant, person or id of the sample is in any answer, in any format, and
//! each pseudonym leads back. Issue 5, point 3; E3.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::home::{Home, Ran};

/// Pseudonyms hide names, and nothing that was found. Filters go by the names that people know.
#[test]
fn redacting_changes_no_verdict() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    let rules = |ran: Ran| {
        let mut rules: Vec<String> = ran.json()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["rule"].as_str().unwrap().to_owned())
            .collect();
        rules.sort();
        rules
    };
    for line in [
        &["audit", "-o", "json"][..],
        &["audit", "-o", "json", "--tenant", "Contoso"],
        &["audit", "-o", "json", "--search", "contoso", "--fail-on", "warning"],
        &["audit", "-o", "json", "--only", "location-unknown", "--fail-on", "warning"],
        &["audit", "-o", "json", "contoso-groups-jpn-dest"],
    ] {
        let open = home.run(line);
        let hidden = home.run(&[&["--redact"], line].concat());
        assert_eq!(open.code, hidden.code, "{line:?}");
        let (open, hidden) = (rules(open), rules(hidden));
        assert!(!open.is_empty(), "{line:?}");
        assert_eq!(open, hidden, "{line:?}");
    }
    for line in [
        &["list", "-o", "json", "--tenant", "Contoso"][..],
        &["list", "-o", "json", "--search", "hq"],
    ] {
        let open = home.run(line).succeeds().names().len();
        let hidden = home.run(&[&["--redact"], line].concat()).succeeds();
        assert!(open > 0);
        assert_eq!(hidden.names().len(), open, "{line:?}");
        assert!(!hidden.out.to_lowercase().contains("contoso"), "{hidden:?}");
    }
}

/// A waiver by the real name holds, a baseline of before is compared with, and neither is reported.
#[test]
fn waivers_and_baselines_hold_for_pseudonyms() {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    home.write(
        "waivers.toml",
        "[[waiver]]\nrule = 'location-unknown'\nconnection = 'contoso-groups-jpn-dest'\n\
         reason = 'contoso ticket'\nexpires = 2099-01-01\n\n[[waiver]]\nrule = 'expired'\n\
         connection = 'contoso-gone'\nreason = 'contoso'\nexpires = 2099-01-01\n",
    );
    home.run(&["audit", "--write-baseline", "base.json", "--fail-on", "none"]).succeeds();
    let args = [
        "--redact",
        "audit",
        "--waivers",
        "waivers.toml",
        "--baseline",
        "base.json",
        "--fail-on",
        "warning",
    ];
    for format in ["table", "json", "csv", "markdown", "html"] {
        let ran = home.run(&[&args[..], &["-o", format]].concat()).succeeds();
        let all = format!("{}{}", ran.out, ran.err).to_lowercase();
        assert!(!all.contains("contoso"), "{format}: {all}");
    }
    let json = home.run(&[&args[..], &["-o", "json"]].concat()).succeeds().json();
    let waived = json["findings"].as_array().unwrap().iter();
    assert_eq!(waived.filter(|it| !it["waiver"].is_null()).count(), 1, "{json:#}");
}

const FORMATS: [&str; 4] = ["table", "json", "jsonl", "csv"];

fn sample() -> Home {
    let home = Home::new();
    // A folder that is a file: this one cannot be opened.
    let path = home.write("canary-folder", "").join("canary.db");
    home.config(&format!(
        "[contexts.canary-context]\nkind = 'store'\nlabel = 'canary-label'\npath = '{}'\n",
        path.display()
    ));
    home.run(&["sample", "load"]).succeeds();
    home.run(&["delete", "contoso-domain-dest", "--yes"]).succeeds();
    home
}

/// Every text of these members, wherever they stand.
fn gather(value: &Value, keys: &[&str], out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match inner {
                    Value::String(text) if keys.contains(&key.as_str()) => {
                        out.insert(text.to_lowercase());
                    }
                    _ => gather(inner, keys, out),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| gather(it, keys, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What must not be read: everything that the sample names.
fn canaries(home: &Home) -> BTreeSet<String> {
    let keys = [
        "id",
        "name",
        "tenant",
        "modified_by",
        "created_by",
        "deleted_by",
        "description",
        "user",
        "domain",
        "path",
        "client_id",
        "impersonation_user",
        "display_name",
        // Fingerprints of secrets.
        "client_secret",
        "password",
        "value",
    ];
    let mut words = BTreeSet::from(["contoso".to_owned(), "canary".to_owned()]);
    let list = home.run(&["list", "--json"]);
    for args in [&["restore", "--list"][..], &["directory", "list"]] {
        gather(&home.run(&[args, &["--json"]].concat()).json(), &keys, &mut words);
    }
    for name in list.names() {
        gather(&home.run(&["show", &name, "--json"]).json(), &keys, &mut words);
    }
    words.insert(home.path("").to_string_lossy().trim_end_matches('/').to_lowercase());
    // The sample has a container of this name, and it is a word that anybody says.
    words.retain(|it| it.len() > 3 && it != "everything");
    assert!(words.len() > 150, "{words:?}");
    words
}

#[track_caller]
fn names_nobody(words: &BTreeSet<String>, args: &[&str], ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        let text = text.to_lowercase();
        let found: Vec<&String> = words.iter().filter(|it| text.contains(it.as_str())).collect();
        assert!(found.is_empty(), "{found:?} in {args:?}: {ran:#?}");
    }
}

#[test]
fn nothing_of_the_sample_is_in_any_answer() {
    let home = sample();
    let words = canaries(&home);
    // Where nothing is hidden they are found, or this test could not fail.
    let plain = home.run(&["list"]).out.to_lowercase();
    assert!(words.iter().filter(|it| plain.contains(it.as_str())).count() > 40);
    let names = home.run(&["list", "--redact", "--json"]).names();
    assert_eq!(names.len(), home.run(&["list", "--json"]).names().len());
    let own = home.run(&["show", "contoso-devices-hq-dest", "--redact", "--json"]).json();
    let runbook = own["connection"]["name"].as_str().unwrap();
    let mut verbs: Vec<Vec<&str>> = vec![
        vec!["list"],
        vec!["restore", "--list"],
        vec!["directory", "list"],
        vec!["context", "list"],
        vec!["context", "test", "local"],
        vec!["paths"],
        vec!["audit"],
        vec!["doctor"],
        vec!["vault", "status"],
        vec!["runbook", runbook],
    ];
    verbs.extend(names.iter().map(|it| vec!["show", it, "--history"]));
    for verb in &verbs {
        let formats = if verb[0] == "show" { &FORMATS[..2] } else { &FORMATS[..] };
        for format in formats {
            let args = [verb.as_slice(), &["--redact", "-o", format]].concat();
            let ran = home.run(&args);
            assert!(!ran.out.is_empty(), "{args:?}: {ran:#?}");
            names_nobody(&words, &args, &ran);
        }
    }
    for format in ["markdown", "junit", "html"] {
        let args = ["audit", "--redact", "-o", format];
        names_nobody(&words, &args, &home.run(&args));
    }
    for format in ["toml", "json", "csv", "markdown"] {
        let args = ["export", "--redact", "--format", format];
        names_nobody(&words, &args, &home.run(&args).succeeds());
    }
    for format in ["jsonl", "markdown"] {
        let args = ["runbook", runbook, "--redact", "-o", format];
        names_nobody(&words, &args, &home.run(&args).succeeds());
    }
    for args in [
        &["help", "files", "--redact"][..],
        &["--redact", "__complete", "--", "show"],
        &["--redact", "__complete", "--", "context", "use"],
        &["--redact", "__complete", "--", "list", "--tenant"],
    ] {
        let ran = home.run(args).succeeds();
        assert!(!ran.out.is_empty(), "{args:?}");
        names_nobody(&words, args, &ran);
    }
    for args in [&["show", "nobody", "--redact"][..], &["list", "--redact", "--context", "other"]] {
        let ran = home.run(args);
        assert_ne!(ran.code, 0, "{ran:#?}");
        names_nobody(&words, args, &ran);
    }
    let args = ["list", "--redact", "--context", "canary-context"];
    let ran = home.run(&args);
    assert_eq!(ran.code, 1, "{ran:#?}");
    names_nobody(&words, &args, &ran);
}

#[test]
fn a_pseudonym_is_stable_and_leads_back_and_nothing_is_changed() {
    let home = sample();
    let pseudonym = |name: &str| {
        let json = home.run(&["show", name, "--redact", "--json"]).succeeds().json();
        json["connection"]["name"].as_str().unwrap().to_owned()
    };
    let hidden = pseudonym("contoso-devices-hq-dest");
    assert!(hidden.starts_with("connection-") && hidden.len() == 21, "{hidden}");
    assert_eq!(pseudonym("contoso-devices-hq-dest"), hidden);
    assert_eq!(pseudonym(&hidden), hidden);
    assert_ne!(pseudonym("contoso-groups-eur-dest"), hidden);
    // Its id leads back too, whole and by its beginning.
    let id = home.run(&["show", &hidden, "--redact", "--json"]).json()["connection"]["id"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(pseudonym(id), hidden);
    assert_eq!(pseudonym(&id[..13]), hidden);
    let before = home.run(&["list", "--json"]).out;
    for args in [
        &["delete", "contoso-devices-hq-dest", "--yes"][..],
        &["edit", "contoso-devices-hq-dest", "--set", "description=x"],
        &["restore", "contoso-domain-dest"],
        &["purge", "contoso-domain-dest", "--yes"],
        &["plan", "-f", "."],
        &["sample", "load"],
        &["context", "use", "canary-context"],
        &["vault", "rotate"],
        &["backup", "restore", "x.jbk", "--yes"],
    ] {
        let ran = home.run(&[args, &["--redact"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {ran:#?}");
        assert!(ran.err.contains("--redact"), "{ran:#?}");
    }
    assert_eq!(home.run(&["list", "--json"]).out, before);
    // The configuration does as the flag.
    home.config("[ui]\nredact = true\n");
    assert!(home.run(&["list", "--json"]).names().contains(&hidden));
}
