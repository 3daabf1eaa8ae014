//! What works on several connections: the same filters as the list, the number shown and asked, names
//! from standard input. One table over all verbs; `cli::tests_scripts` holds it against their arguments.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contexts::{add, fly, live};
use crate::home::{Home, Ran};
use crate::talk::Talk;
use crate::tenant::CLIENT;

const NAME: &str = "contoso-devices-hq-dest";
const DELETED: &str = "contoso-domain-dest";

fn sample() -> Home {
    let home = Home::new();
    home.run(&["sample", "load"]).succeeds();
    home
}

/// A verb that works on several connections: what it is given, where its answer in JSON lists them, and
/// where the name is in each.
const BULK: &[(&[&str], &str, &str)] = &[
    (&["show"], "/connections", "/connection/name"),
    (&["export"], "/connections", "/name"),
    (&["preflight", "--offline"], "/checks", "/connection"),
    (&["edit", "--set", "description=x", "--dry-run"], "/connections", "/name"),
    (&["delete", "--dry-run"], "/would delete", "/name"),
    (&["restore", "--dry-run"], "/would restore", "/name"),
    (&["purge", "--dry-run"], "/would purge", "/name"),
];

/// Filters of the list, one of each kind.
const FILTERS: &[&[&str]] = &[
    &["--type", "Device"],
    &["--tenant", "Contoso"],
    &["--side", "destination"],
    &["--health", "error,warning"],
    &["--search", "DEVICES"],
    &["--type", "Device", "--side", "destination", "--search", "hq"],
];

fn found(json: &Value, list: &str, name: &str) -> BTreeSet<String> {
    let all = json.pointer(list).and_then(Value::as_array).unwrap_or_else(|| panic!("{json:#}"));
    all.iter().map(|it| it.pointer(name).unwrap().as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_bulk_verb_takes_what_the_list_shows() {
    let home = sample();
    let deleted = sample();
    for filter in FILTERS {
        let listed = home.run(&[&["list", "--json"][..], filter].concat());
        let listed: BTreeSet<String> = listed.succeeds().names().into_iter().collect();
        assert!(!listed.is_empty(), "{filter:?}");
        for (args, list, name) in BULK {
            let gone = matches!(args[0], "restore" | "purge");
            if gone {
                let args = [&["delete", "--yes"][..], filter].concat();
                deleted.run(&args).succeeds();
            }
            let at = if gone { &deleted } else { &home };
            let ran = at.run(&[args, *filter, &["--json"]].concat());
            // A change of a type without that field is refused as a whole.
            if ran.code != 0 && args[0] == "edit" {
                continue;
            }
            assert!(matches!(ran.code, 0 | 3), "{args:?} {filter:?}: {ran:#?}");
            let mut taken = found(&ran.json(), list, name);
            if args[0] == "preflight" {
                // What was never filled in is left out, and said to be.
                assert!(taken.is_subset(&listed), "{args:?} {filter:?}");
                continue;
            }
            if gone {
                // Those that were deleted by an earlier filter may pass this one too.
                taken.retain(|it| listed.contains(it));
            }
            assert_eq!(taken, listed, "{args:?} {filter:?}");
            if gone {
                deleted.run(&["restore", "--yes", "--search", ""]).fails(2, &["no connections to"]);
            }
        }
        deleted.run(&[&["restore", "--yes"][..], filter].concat()).succeeds();
    }
}

/// How many a filter shows is not seen on the command line: it is shown and asked. Without a terminal
/// nothing happens before --yes.
#[test]
fn every_bulk_verb_shows_the_number_and_asks() {
    let filter = ["--type", "Device", "--side", "destination"];
    let cases: &[(&[&str], &str, &str, bool)] = &[
        (&["edit", "--set", "description=x"], "Change ", "change", false),
        (&["delete"], "Delete ", "delete", false),
        (&["restore"], "Restore ", "restore", true),
        (&["purge"], "Purge ", "purge", true),
    ];
    for (args, question, verb, gone) in cases {
        let home = sample();
        let number = home.run(&[&["list", "--json"][..], &filter].concat()).names().len();
        assert!(number > 1);
        if *gone {
            home.run(&[&["delete", "--yes"][..], &filter].concat()).succeeds();
        }
        let args = [args, &filter[..]].concat();
        let state = || {
            let lists: [&[&str]; 2] = [&["list", "--json"], &["restore", "--list", "--json"]];
            lists.map(|it| home.run(it).succeeds().out)
        };
        let before = state();
        home.run(&args).fails(2, &["--yes", "--dry-run"]);
        home.run(&[&args[..], &["--no-input"]].concat()).fails(2, &["--yes"]);
        let mut talk = Talk::new(&home, &args);
        talk.answer(&format!("{question}{number} connections?"), "n\r");
        let (screen, code) = talk.end();
        assert_eq!(code, 1, "{verb}: {screen}");
        assert!(screen.contains(NAME), "{verb}: what it is about is shown: {screen}");
        assert_eq!(state(), before, "{verb}");
        home.run(&[&args[..], &["--yes"]].concat()).succeeds();
        assert_ne!(state(), before, "{verb}");
    }
}

/// Copying from a service is a bulk verb too.
#[test]
fn copying_takes_filters_and_names_and_asks() {
    let service = fly(|_| None);
    let home = Home::new();
    add(&home, &[]);
    let from = ["import", "--from", "contoso"];
    let run = |more: &[&str]| live(&home, &service.url, &[&from[..], more].concat());
    run(&["--search", "alp"]).fails(2, &["--yes", "--dry-run"]);
    let dry = run(&["--search", "ALP", "--dry-run"]).succeeds();
    assert_eq!(dry.out, "would copy alpha\n");
    run(&["--type", "Device", "--dry-run"]).succeeds();
    let stand_in = [("JETBRIDGE_LOOPBACK_STAND_IN", service.url.as_str())];
    let args = [&from[..], &["--search", "a"]].concat();
    let mut talk = Talk::with(&home, &args, 100, &stand_in);
    talk.answer("Copy 2 connections? [y/N] ", "n\r");
    let (screen, code) = talk.end();
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("nothing was copied"), "{screen}");
    let mut command = home.command([&from[..], &["-", "--yes"]].concat());
    command.env("JETBRIDGE_LOOPBACK_STAND_IN", &service.url);
    let ran = crate::home::run(&mut command, b"beta\n").succeeds();
    assert_eq!(ran.out, "copied beta\n");
    assert_eq!(home.run(&["list", "--json"]).names(), ["beta"]);
    home.write("rows.csv", "name,type\nx,Gmail\n");
    home.run(&["import", "rows.csv", "--type", "Gmail"]).fails(2, &["--from"]);
}

/// A verb that takes names, with `@` where the name is, and the name.
const NAMED: &[(&[&str], &str)] = &[
    (&["show", "@"], NAME),
    (&["export", "@"], NAME),
    (&["audit", "@"], NAME),
    (&["preflight", "@", "--offline", "-o", "csv"], NAME),
    (&["edit", "@", "--set", "description=x", "--dry-run"], NAME),
    (&["clone", "@", "copy", "--dry-run"], NAME),
    (&["delete", "@", "--dry-run"], NAME),
    (&["restore", "@", "--dry-run"], DELETED),
    (&["purge", "@", "--dry-run"], DELETED),
    (&["runbook", "@"], NAME),
    (&["runbook", "@", "--tick", "1", "--dry-run"], NAME),
    (&["plan", "-f", "all.toml", "--target", "@"], NAME),
    (&["apply", "-f", "all.toml", "--target", "@", "--dry-run"], NAME),
    (&["permissions", "requirements", "--connection", "@"], "contoso-groups-jpn-dest"),
    (&["permissions", "manifest", "--connection", "@"], "contoso-groups-jpn-dest"),
    (
        &["permissions", "check", "--manifest", "app.json", "--connection", "@"],
        "contoso-groups-jpn-dest",
    ),
    (&["context", "use", "@", "--dry-run"], "lab"),
    (&["context", "edit", "@", "--label", "LAB", "--dry-run"], "lab"),
    (&["context", "remove", "@", "--dry-run"], "lab"),
    (&["signin", "remove", "@", "--dry-run"], "someone"),
];

#[test]
fn names_come_from_standard_input_wherever_names_are_taken() {
    let home = sample();
    home.run(&["delete", DELETED, "--yes"]).succeeds();
    let changed = home
        .run(&["export", NAME])
        .succeeds()
        .out
        .replace("description = \"", "description = \"new ");
    home.write("all.toml", changed);
    home.write("app.json", "[]");
    home.run(&["context", "add", "lab", "--path", "lab.db"]).succeeds();
    let add = ["signin", "add", "someone", "--tenant", "a.example", "--client-id", CLIENT];
    home.run(&[&add[..], &["--device-code"]].concat()).succeeds();
    for (args, name) in NAMED {
        let with = |it: &'static str| -> Vec<&str> {
            args.iter()
                .map(|arg| {
                    if *arg == "@" && it == "@" {
                        *name
                    } else if *arg == "@" {
                        it
                    } else {
                        arg
                    }
                })
                .collect()
        };
        let given = home.run(&with("@"));
        let typed = home.run_with(&with("-"), format!("{name}\n"));
        assert!(matches!(given.code, 0 | 3), "{args:?}: {given:#?}");
        assert_eq!((typed.code, &typed.out), (given.code, &given.out), "{args:?}: {typed:#?}");
        // Nothing is no name, and two are not one.
        let none = home.run_with(&with("-"), "\n\n");
        none.fails(2, &["standard input has no name"]);
        let one = matches!(args[0], "clone" | "runbook" | "permissions" | "context" | "signin");
        if one {
            let two = home.run_with(&with("-"), format!("{name}\n{name}x\n"));
            two.fails(2, &["standard input has 2 names"]);
        }
    }
    let both = home.run_with(&["plan", "-f", "-", "--target", "-"], "x\n");
    both.fails(2, &["both a file and names"]);
}

/// A list that is cut says so, and 0 is all.
#[test]
fn a_limit_cuts_every_list_that_grows() {
    let home = sample();
    let edited = ["edit", NAME, "--set"];
    for text in ["description=a", "description=b", "description=c"] {
        home.run(&[&edited[..], &[text]].concat()).succeeds();
    }
    home.run(&["delete", "--search", "fabrikam", "--yes"]).succeeds();
    let cases: &[(&[&str], &str)] = &[
        (&["list"], "/connections"),
        (&["restore", "--list"], "/deleted"),
        (&["directory", "list"], "/objects"),
        (&["preflight", "results"], "/results"),
        (&["show", NAME, "--history"], "/history"),
    ];
    let count =
        |ran: Ran, at: &str| ran.succeeds().json().pointer(at).unwrap().as_array().unwrap().len();
    for (args, at) in cases {
        let with = |limit: &str| home.run(&[args, &["--json", "--limit", limit][..]].concat());
        let all = count(home.run(&[args, &["--json"][..]].concat()), at);
        assert!(all > 2, "{args:?}: {all}");
        assert_eq!(count(with("2"), at), 2, "{args:?}");
        assert_eq!(count(with("0"), at), all, "{args:?}");
    }
    let ran = home.run(&["restore", "--list", "--limit", "1"]).succeeds();
    assert!(ran.err.contains("1 of ") && ran.err.contains(" shown."), "{ran:#?}");
    home.run(&["restore", NAME, "--limit", "1"]).fails(2, &["--list"]);
}
