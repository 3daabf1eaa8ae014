//! Holds `assets/reference.md` equal to the program: every command and option, exit codes,
//! environment, configuration and keys. `JETBRIDGE_UPDATE=1 cargo test --lib reference` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Arg, Command};

use super::help::{self, topics};
use crate::error::Exit;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/reference.md");
const CONFIG: &str = include_str!("../../config.example.toml");

const HEAD: &str = "\
# Reference of jetbridge

Made from the program itself; a test keeps it equal. Do not edit it by hand:
`JETBRIDGE_UPDATE=1 cargo test --lib reference` writes it again.
";

/// One line of Markdown.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn option(out: &mut String, arg: &Arg) {
    let names: Vec<String> = arg
        .get_short()
        .map(|it| format!("-{it}"))
        .into_iter()
        .chain(arg.get_long().map(|it| format!("--{it}")))
        .collect();
    let values = arg.get_value_names().unwrap_or_default().join(" ");
    let takes = arg.get_action().takes_values();
    let name = match (names.is_empty(), takes) {
        (true, _) => format!("<{values}>"),
        (false, true) => format!("{} <{values}>", names.join(", ")),
        (false, false) => names.join(", "),
    };
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut notes = Vec::new();
    if takes {
        let possible: Vec<String> = arg
            .get_possible_values()
            .iter()
            .filter(|it| !it.is_hide_set())
            .map(|it| it.get_name().to_owned())
            .collect();
        if !possible.is_empty() && !arg.is_hide_possible_values_set() {
            notes.push(format!("one of {}", possible.join(", ")));
        }
        let defaults: Vec<String> =
            arg.get_default_values().iter().map(|it| it.to_string_lossy().into_owned()).collect();
        if !defaults.is_empty() && !arg.is_hide_default_value_set() {
            notes.push(format!("default {}", defaults.join(" ")));
        }
    }
    if arg.is_required_set() {
        notes.push("required".to_owned());
    }
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    writeln!(out, "- `{name}`: {}", flat(&format!("{help}{notes}"))).unwrap();
}

fn command(out: &mut String, command: &Command, path: &str, depth: usize) {
    let title = "#".repeat(depth.min(5));
    writeln!(out, "\n{title} `{path}`\n").unwrap();
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        writeln!(out, "{}\n", about.to_string().trim()).unwrap();
    }
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    writeln!(out, "```text\n{}\n```\n", usage.replace("\n       ", "\n")).unwrap();
    let shown = |it: &&Arg| {
        !it.is_hide_set()
            && (depth == 2 || !it.is_global_set())
            && !matches!(it.get_id().as_str(), "help" | "version")
    };
    for arg in command.get_arguments().filter(shown) {
        option(out, arg);
    }
    if depth > 2
        && let Some(after) = command.get_after_help()
    {
        let text = after.to_string();
        // The pointer to the topics is the same everywhere.
        let text = text.strip_suffix(help::POINTER).unwrap_or(&text);
        if !text.trim().is_empty() {
            writeln!(out, "\n```text\n{}\n```", text.trim_end()).unwrap();
        }
    }
    for sub in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        if sub.get_name() != "help" || depth == 2 {
            self::command(out, sub, &format!("{path} {}", sub.get_name()), depth + 1);
        }
    }
}

fn reference() -> String {
    let mut out = HEAD.to_owned();
    writeln!(out, "\n## Exit codes\n").unwrap();
    for exit in Exit::ALL {
        writeln!(out, "- `{}`: {}", exit.code(), exit.meaning()).unwrap();
    }
    writeln!(out, "\n```text\n{}\n```", topics::EXIT_NOTES.trim_end()).unwrap();
    writeln!(out, "\n## Environment\n").unwrap();
    for (names, about) in topics::VARIABLES {
        let names: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
        writeln!(out, "- {}: {about}", names.join(", ")).unwrap();
    }
    let mut whole = help::command().term_width(100);
    whole.build();
    command(&mut out, &whole, "jetbridge", 2);
    writeln!(out, "\n## Secrets\n\n```text\n{}\n```", topics::secrets().trim_end()).unwrap();
    writeln!(out, "\n## Configuration\n\n```toml\n{}\n```", CONFIG.trim_end()).unwrap();
    let keys = topics::keys(&BTreeMap::new());
    writeln!(out, "\n## Keys of the screen\n\n```text\n{}\n```", keys.trim_end()).unwrap();
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

#[test]
fn the_reference_is_what_the_program_says() {
    let wanted = reference();
    if std::env::var_os("JETBRIDGE_UPDATE").is_some() {
        std::fs::write(FILE, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(FILE).unwrap_or_default().replace("\r\n", "\n");
    let first = wanted.lines().zip(found.lines()).find(|(wanted, found)| wanted != found);
    assert!(
        wanted == found,
        "JETBRIDGE_UPDATE=1 cargo test --lib reference writes assets/reference.md; first: {first:?}"
    );
}

/// Every command and every option stands in it, hidden ones aside.
#[test]
fn nothing_is_left_out() {
    fn walk(command: &Command, text: &str) {
        for sub in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            assert!(text.contains(&format!(" {}`\n", sub.get_name())), "{}", sub.get_name());
            walk(sub, text);
        }
        for long in command.get_arguments().filter(|it| !it.is_hide_set()).filter_map(Arg::get_long)
        {
            assert!(
                matches!(long, "help" | "version") || text.contains(&format!("--{long}")),
                "{long}"
            );
        }
    }
    walk(&help::command(), &reference());
}
