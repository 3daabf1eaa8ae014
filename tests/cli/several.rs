//! Several contexts at once: one answer with a column for the context, and a context that fails takes
//! nothing from the others. Issue 17.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::contexts::{add, fly, live};
use crate::contract::Contract;
use crate::home::{Home, Ran};

/// The sample in `local` and in `lab`, an empty store, and a store that cannot be opened.
fn places() -> Home {
    let home = Home::new();
    for name in ["lab", "empty", "broken"] {
        let path = home.path(&format!("{name}.db"));
        home.run(&["context", "add", name, "--path", path.to_str().unwrap()]).succeeds();
    }
    home.run(&["sample", "load"]).succeeds();
    home.run(&["sample", "load", "--context", "lab"]).succeeds();
    home.write("broken.db", "this is no store at all, and long enough to be looked at as one");
    home
}

const GOOD: [&str; 6] = ["--context", "local", "--context", "lab", "--context", "empty"];

fn contexts_of(json: &Value, list: &str) -> BTreeSet<String> {
    let all = json.pointer(list).unwrap().as_array().unwrap();
    all.iter().filter_map(|it| it["context"].as_str()).map(str::to_owned).collect()
}

/// Verb, where its answer lists what it found, and the code where nothing fails.
const VERBS: &[(&[&str], &str, i32)] = &[
    (&["list"], "/connections", 0),
    (&["audit"], "/findings", 3),
    (&["preflight", "--all", "--offline"], "/checks", 3),
];

#[test]
fn several_contexts_are_one_answer_with_a_column() {
    let mut contract = Contract::new();
    let home = places();
    for (args, list, code) in VERBS {
        let ran = home.run(&[args, &GOOD[..], &["--json"]].concat());
        assert_eq!(ran.code, *code, "{args:?}: {ran:#?}");
        contract.holds(args, "json", &ran);
        let json = ran.json();
        let both: BTreeSet<String> = ["lab", "local"].map(str::to_owned).into();
        assert_eq!(contexts_of(&json, list), both, "{args:?}");
        assert_eq!(json["failed"], json!([]), "{args:?}");
        // Both hold the same, and neither hides the other.
        let each = |name: &str| {
            let all = json.pointer(list).unwrap().as_array().unwrap();
            all.iter().filter(|it| it["context"] == name).count()
        };
        assert_eq!(each("lab"), each("local"), "{args:?}");
        assert!(each("lab") > 5, "{args:?}");
        let lines = home.run(&[args, &GOOD[..], &["-o", "jsonl"]].concat());
        contract.holds(args, "jsonl", &lines);
        let csv = home.run(&[args, &GOOD[..], &["-o", "csv"]].concat()).out;
        assert!(csv.starts_with("context,"), "{args:?}: {csv}");
        assert!(csv.lines().any(|it| it.starts_with("lab,")), "{args:?}: {csv}");
        if args[0] != "list" {
            for format in ["markdown", "junit", "html"] {
                let text = home.run(&[args, &GOOD[..], &["-o", format]].concat()).out;
                assert!(
                    text.contains("lab") && text.contains("local"),
                    "{args:?} {format}: {text}"
                );
            }
        }
        // A name that is there twice counts once, and one alone is no column.
        let twice =
            home.run(&[args, &["--context", "lab", "--context", "lab", "--json"][..]].concat());
        assert_eq!(contexts_of(&twice.json(), list), BTreeSet::new(), "{args:?}");
    }
    let table = home.run(&[&["list"][..], &GOOD].concat()).succeeds().out;
    assert!(table.starts_with("CONTEXT"), "{table}");
    let sorted =
        home.run(&[&["list", "--sort", "name", "--limit", "4", "--json"][..], &GOOD].concat());
    let names = sorted.names();
    assert_eq!((names.len(), &names[0], &names[2]), (4, &names[1], &names[3]), "{names:?}");
}

#[test]
fn a_context_that_fails_takes_nothing_from_the_others() {
    let mut contract = Contract::new();
    let home = places();
    for (args, list, _) in VERBS {
        for given in [&["--all-contexts"][..], &["--context", "broken", "--context", "lab"]] {
            for format in ["json", "jsonl"] {
                let ran = home.run(&[args, given, &["-o", format]].concat());
                assert_eq!(ran.code, 5, "{args:?} {given:?}: {ran:#?}");
                contract.holds(args, format, &ran);
                assert!(ran.said().contains("error: context broken: "), "{args:?}: {ran:#?}");
                if format == "json" {
                    let json = ran.json();
                    assert!(contexts_of(&json, list).contains("lab"), "{args:?}: {json:#}");
                    assert_eq!(json["failed"][0]["context"], "broken");
                    assert_eq!(json["failed"].as_array().unwrap().len(), 1, "{json:#}");
                }
            }
            let ran = home.run(&[args, given].concat());
            assert_eq!(ran.code, 5, "{args:?} {given:?}: {ran:#?}");
            assert!(ran.err.contains("error: context broken: "), "{ran:#?}");
            assert!(ran.out.contains("lab"), "{args:?}: {ran:#?}");
        }
        // Where all fail the code is theirs.
        let all = home.run(&[args, &["--context", "broken", "--context", "broken2"][..]].concat());
        assert!(matches!(all.code, 1 | 2), "{args:?}: {all:#?}");
        assert!(all.err.contains("context broken2: there is no context"), "{all:#?}");
    }
    for (args, format) in
        [(&["audit"][..], "junit"), (&["preflight", "--all", "--offline"], "junit")]
    {
        let text = home.run(&[args, &["--all-contexts", "-o", format]].concat()).out;
        assert!(text.contains("errors=\"1\"") && text.contains("name=\"broken\""), "{text}");
    }
    for args in [&["audit"][..], &["preflight", "--all", "--offline"]] {
        for format in ["markdown", "html"] {
            let text = home.run(&[args, &["--all-contexts", "-o", format]].concat()).out;
            assert!(text.contains("broken"), "{args:?} {format}: {text}");
        }
    }
}

/// A service beside stores: without its sign-in the stores are still listed.
#[test]
fn stores_and_services_are_listed_together() {
    let service = fly(|_| None);
    let home = Home::with(&["planned"]);
    add(&home, &[]);
    let args = ["list", "--all-contexts", "--json"];
    let json = live(&home, &service.url, &args).succeeds().json();
    assert_eq!(contexts_of(&json, "/connections"), ["contoso", "local"].map(str::to_owned).into());
    let refused = live(&home, "http://127.0.0.1:9", &args);
    assert_eq!(refused.code, 5, "{refused:#?}");
    assert_eq!(contexts_of(&refused.json(), "/connections"), ["local".to_owned()].into());
    let redacted = live(&home, &service.url, &["list", "--all-contexts", "--json", "--redact"]);
    let all = contexts_of(&redacted.succeeds().json(), "/connections");
    assert!(all.contains("local") && !all.contains("contoso") && all.len() == 2, "{all:?}");
}

#[test]
fn what_is_about_one_context_refuses_several() {
    let home = places();
    let refused = |args: &[&str], part: &str| -> Ran { home.run(args).fails(2, &[part]) };
    for args in [
        &["show", "x"][..],
        &["delete", "x", "--yes"],
        &["export"],
        &["audit", "rules"],
        &["preflight", "results"],
        &["context", "list"],
        &["vault", "status"],
        &["doctor"],
        &[],
    ] {
        refused(&[args, &["--all-contexts"]].concat(), "list, audit, preflight");
        refused(
            &[args, &["--context", "lab", "--context", "local"]].concat(),
            "list, audit, preflight",
        );
    }
    for args in [
        &["audit", "x"][..],
        &["audit", "--write-baseline", "base.json"],
        &["audit", "--live", "lab"],
        &["preflight", "x"],
        &["preflight", "--all", "--evidence"],
        &["list", "--watch"],
    ] {
        refused(&[args, &["--all-contexts"]].concat(), "one context");
    }
    refused(&["list", "--all-contexts", "--context", "lab"], "cannot be used with");
    refused(&["list", "--all-contexts", "--demo"], "--demo");
}
