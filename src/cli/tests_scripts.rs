//! What scripts rely on, verb by verb: names from standard input, the filters of the list on whatever
//! works on several connections, a dry run of whatever writes, a limit on whatever lists. Issue 17.

use std::collections::BTreeSet;

use clap::{Arg, Command};

use super::help::{command, is_command};
use super::verbs::{Changes, ROWS, Row};

/// Every command that can be run, with its path.
fn leaves() -> Vec<(String, Command)> {
    fn walk(command: &Command, path: &str, out: &mut Vec<(String, Command)>) {
        for it in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            let path = format!("{path} {}", it.get_name()).trim().to_owned();
            if is_command(it) {
                out.push((path.clone(), it.clone()));
            }
            walk(it, &path, out);
        }
    }
    let mut root = command();
    root.build();
    let mut out = Vec::new();
    walk(&root, "", &mut out);
    out
}

fn has(command: &Command, id: &str) -> bool {
    command.get_arguments().any(|it| it.get_id() == id)
}

/// Arguments that take names of what is kept; new names and words to search for are none.
fn names(command: &Command) -> Vec<&Arg> {
    let is = |it: &&Arg| {
        let named = it.get_value_names().unwrap_or_default();
        named.iter().any(|it| matches!(it.as_str(), "NAME|ID" | "NAME" | "FILE|NAME"))
            || it.get_id() == "discard"
    };
    command.get_arguments().filter(is).collect()
}

/// What is called a name and is none that is looked up: a new one, a filter, an option of every command.
const OTHERS: &[(&str, &str)] = &[
    ("context add", "name"),
    ("signin add", "name"),
    ("directory refresh", "tenant"),
    ("directory list", "tenant"),
    ("", "tenants"),
    ("", "context"),
    ("", "theme"),
];

#[test]
fn whatever_takes_names_takes_them_from_standard_input() {
    let mut seen = BTreeSet::new();
    for (path, command) in leaves() {
        for arg in names(&command) {
            let id = arg.get_id().as_str();
            if OTHERS.iter().any(|it| it.1 == id && (it.0.is_empty() || it.0 == path)) {
                continue;
            }
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("standard input"), "{path} {id}: {help}");
            seen.insert(path.clone());
        }
    }
    assert!(seen.len() >= 20, "{seen:?}");
}

#[test]
fn whatever_works_on_several_connections_takes_the_filters_of_the_list() {
    let list = leaves().into_iter().find(|it| it.0 == "list").unwrap().1;
    let filters = ["types", "tenants", "sides", "levels", "search"];
    assert!(filters.iter().all(|it| has(&list, it)));
    let mut bulk = Vec::new();
    for (path, command) in leaves() {
        let several = |it: &&Arg| {
            let named = it.get_value_names().unwrap_or_default();
            let several = it.get_num_args().is_some_and(|it| it.max_values() > 1);
            several && named.iter().any(|it| matches!(it.as_str(), "NAME|ID" | "FILE|NAME"))
        };
        if command.get_positionals().any(|it| several(&it)) {
            for id in filters {
                assert!(has(&command, id), "{path} lacks {id}");
            }
            bulk.push(path);
        }
    }
    bulk.sort();
    let all = [
        "audit",
        "delete",
        "edit",
        "export",
        "import",
        "preflight",
        "preflight waive",
        "purge",
        "restore",
        "show",
    ];
    assert_eq!(bulk, all);
}

#[test]
fn whatever_writes_can_be_tried() {
    for (path, command) in leaves() {
        let row = Row::of(&path).unwrap();
        // What a member does is half of what two people do: alone there is nothing to try.
        let of_two = ["team invite", "team join", "team remove"].contains(&path.as_str());
        assert!(row.changes == Changes::Nothing || has(&command, "dry_run") || of_two, "{path}");
    }
    assert!(ROWS.iter().filter(|it| it.changes != Changes::Nothing).count() > 25);
}

#[test]
fn whatever_lists_what_grows_takes_a_limit() {
    for path in
        ["list", "show", "restore", "drafts", "audit", "preflight results", "directory list"]
    {
        let command = leaves().into_iter().find(|it| it.0 == path).unwrap().1;
        assert!(has(&command, "limit"), "{path}");
    }
}

/// Every command that answers in JSON has a schema of its own, and nothing else has one.
#[test]
fn whatever_answers_in_json_has_a_schema() {
    let answering: BTreeSet<String> =
        leaves().into_iter().filter(|it| has(&it.1, "json")).map(|it| it.0).collect();
    let described: BTreeSet<String> = super::schema::commands().into_iter().collect();
    assert_eq!(described, answering);
}
