//! The help of `jetbridge` itself: every command on one screen of 80x24.

use crate::cli::verbs::ROWS;

/// Commands that belong together: a line each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Look,
    Judge,
    Write,
    Remove,
    Carry,
    Files,
    Portal,
    Places,
    Devices,
    Sealed,
    Start,
}

/// The lines in their order, with what their commands do.
const GROUPS: [(Group, &str); 11] = [
    (Group::Look, "the list; one connection, with its history; drafts"),
    (Group::Judge, "find and fix problems; compare the plan with Fly"),
    (Group::Write, "from files; edit also by field, or in your editor"),
    (Group::Remove, "delete; bring back; remove for good"),
    (Group::Carry, "TOML, JSON, CSV, Markdown; never a secret"),
    (Group::Files, "show what files would change; then change it"),
    (Group::Portal, "what to enter in Fly's portal; what an app needs"),
    (Group::Places, "where to work; who signs in; what pick lists show"),
    (Group::Devices, "keys of device agents; their installer"),
    (Group::Sealed, "the key to stored secrets; shared store; backups"),
    (Group::Start, "check the setup; find files; sample data"),
];

/// The commands of a line by their first words.
fn names(group: Group) -> String {
    let rows = ROWS.iter().filter(|it| it.group == Some(group));
    let mut names: Vec<&str> = rows.filter_map(|it| it.path.split(' ').next()).collect();
    names.dedup();
    names.join(", ")
}

/// Examples of whole command lines, with what they do.
const EXAMPLES: [(&str, &str); 4] = [
    ("jetbridge --demo", "try it; nothing is saved"),
    ("jetbridge list --health error -o csv", "-o table, json, jsonl or csv"),
    ("jetbridge audit --out audit.html", "a page that needs no network"),
    ("jetbridge edit NAME --set description= --dry-run", "look before changing"),
];

/// The page.
pub fn text() -> String {
    let mut out = "Plan, create, edit and audit the connections of AvePoint Fly migrations.\n\
                   Usage: jetbridge [COMMAND] [OPTIONS]      without a command: the screen\n\n"
        .to_owned();
    for (group, about) in GROUPS {
        out.push_str(&format!("  {:26} {about}\n", names(group)));
    }
    out.push_str("\nExamples:\n");
    for (line, about) in EXAMPLES {
        out.push_str(&format!("  {line:49} {about}\n"));
    }
    out.push_str(
        "\nMore: jetbridge help COMMAND, or commands, options, environment, exit-codes,\n\
         files, configuration, secrets, keys; see also completions and man.\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help::{command, parses};

    /// SPEC E6: one screen of 80x24, with a line left for the prompt.
    #[test]
    fn it_fits_on_one_screen_and_names_every_command() {
        let page = text();
        assert!(page.lines().count() <= 23, "{}", page.lines().count());
        for line in page.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let words: Vec<&str> = page.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
        for it in command().get_subcommands().filter(|it| !it.is_hide_set()) {
            assert!(words.contains(&it.get_name()), "{}", it.get_name());
        }
        for topic in crate::cli::help::topics::TOPICS {
            assert!(words.contains(&topic.name()), "{}", topic.name());
        }
    }

    #[test]
    fn its_examples_are_understood() {
        for (line, _) in EXAMPLES {
            let words: Vec<String> = line.split(' ').skip(1).map(str::to_owned).collect();
            assert_eq!(parses(&words), Ok(()), "{line}");
        }
    }
}
