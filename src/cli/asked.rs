//! Which command is meant, and whether its answer is for a program: from the arguments where they
//! are understood, and from the bare words where they are not. Issue 11, point 29.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::verbs::{Effect, Row};

/// What the command line asks for, whatever becomes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The command by its own name, such as `permissions check`; empty: none.
    pub command: String,
    /// JSON or JSON lines: what goes wrong is JSON then, too.
    pub json: bool,
    /// Whether it changes something.
    pub effect: Effect,
    /// The records without headings above them.
    pub no_headers: bool,
    /// Nothing beside the answer but questions, warnings and errors.
    pub quiet: bool,
}

impl Asked {
    /// What understood arguments ask for.
    pub fn of(root: &Command, matches: &ArgMatches) -> Self {
        let (mut at, mut path, mut matches) = (root, Vec::new(), matches);
        while let Some((name, below)) = matches.subcommand() {
            at = at.find_subcommand(name).unwrap_or(at);
            path.push(name);
            matches = below;
        }
        let flag = |id: &str| matches.try_get_one::<bool>(id).ok().flatten().is_some_and(|it| *it);
        let format = format_of(at).and_then(|it| {
            let mut all = matches.try_get_raw(it.get_id().as_str()).ok()??;
            Some(all.any(|it| it.to_str().is_some_and(is_json)))
        });
        let asks = matches.try_get_raw("questions").is_ok_and(|it| it.is_some());
        let json = flag("json") || asks || format.unwrap_or_default();
        let command = path.join(" ");
        let given = |id: &str| {
            matches.ids().any(|it| it == id)
                && matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        let effect = Row::of(&command).map(|it| it.effect(given)).unwrap_or_default();
        let (no_headers, quiet) = (flag("no_headers"), flag("quiet"));
        Self { command, json, effect, no_headers, quiet }
    }

    /// Whether headings stand above the records.
    pub const fn headings(&self) -> bool {
        !self.no_headers
    }

    /// What is known of the command.
    pub fn row(&self) -> &'static Row {
        Row::of(&self.command).unwrap_or(&Row::SCREEN)
    }

    /// What the words after `jetbridge` ask for, as far as it can be seen in them.
    pub fn of_words(root: &Command, words: &[String]) -> Self {
        let (at, path) = reached(root, words);
        let own = format_of(at);
        let mut longs = vec!["output"];
        longs.extend(own.and_then(Arg::get_long));
        let flag = |c: char| {
            let mut all = at.get_arguments().chain(root.get_arguments());
            all.any(|it| it.get_short() == Some(c) && !it.get_action().takes_values())
        };
        let mut words = words.iter().map(String::as_str).take_while(|it| *it != "--");
        let mut json = false;
        while let Some(word) = words.next() {
            let long = word.strip_prefix("--");
            let (name, value) = match long.map(|it| it.split_once('=').unwrap_or((it, ""))) {
                Some((name, value)) => (longs.contains(&name), value),
                // Flags may stand before it in one word, and its value behind it.
                None => match word.strip_prefix('-').and_then(|it| it.split_once('o')) {
                    Some((flags, value)) => (flags.chars().all(flag), value),
                    None => (false, ""),
                },
            };
            json |= long == Some("json") || long.is_some_and(|it| it.starts_with("questions"));
            json |= match (name, value.trim_start_matches('=')) {
                (false, _) => false,
                (true, "") => words.next().is_some_and(is_json),
                (true, value) => is_json(value),
            };
        }
        Self { command: path.join(" "), json, ..Self::default() }
    }
}

fn is_json(format: &str) -> bool {
    matches!(format, "json" | "jsonl")
}

/// The option that chooses the format of an answer.
fn format_of(command: &Command) -> Option<&Arg> {
    command.get_arguments().find(|it| it.get_short() == Some('o'))
}

/// The command that the words lead to, with the names on the way.
pub fn reached<'a>(root: &'a Command, words: &[String]) -> (&'a Command, Vec<&'a str>) {
    let (mut at, mut path, mut value) = (root, Vec::new(), false);
    for word in words {
        if std::mem::take(&mut value) {
            continue;
        }
        if let Some(name) = word.strip_prefix('-') {
            let long = name.strip_prefix('-');
            // An option that takes the next word.
            value = !word.contains('=')
                && [at, root].iter().flat_map(|it| it.get_arguments()).any(|it| {
                    let named = long.is_some_and(|name| it.get_long() == Some(name))
                        || it.get_short().is_some_and(|c| name == c.to_string());
                    named && it.get_action().takes_values()
                });
        } else if let Some(found) = at.find_subcommand(word) {
            path.push(found.get_name());
            at = found;
        } else {
            break;
        }
    }
    (at, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// Both ways see the same where the line is understood.
    #[test]
    fn the_wish_for_json_is_seen_before_and_after_parsing() {
        for (line, command, json) in [
            ("list", "list", false),
            ("ls --json", "list", true),
            ("list -o json", "list", true),
            ("list -ojson", "list", true),
            ("list -o=json", "list", true),
            ("list -yo json", "list", true),
            ("list --output jsonl", "list", true),
            ("list --output=jsonl", "list", true),
            ("list -o csv", "list", false),
            ("list -o table", "list", false),
            ("--context x show y --json", "show", true),
            ("export --format json", "export", true),
            ("export --output=jsonl", "export", true),
            ("permissions manifest --format property", "permissions manifest", false),
            ("import --format json x", "import", false),
            ("audit -o html", "audit", false),
            ("audit rules --json", "audit rules", true),
            ("show -- --json", "show", false),
            ("vault status --json", "vault status", true),
        ] {
            let mut root = help::command();
            let expected = Asked { command: command.to_owned(), json, ..Asked::default() };
            assert_eq!(Asked::of_words(&root, &words(line)), expected, "{line}");
            let all = std::iter::once("jetbridge".to_owned()).chain(words(line));
            let matches = root.try_get_matches_from_mut(all).unwrap();
            let asked = Asked { effect: Effect::Reads, ..Asked::of(&root, &matches) };
            assert_eq!(asked, expected, "{line}");
        }
    }

    #[test]
    fn the_wish_for_json_is_seen_in_what_is_not_understood() {
        for (line, command, json) in [
            ("lst -o json", "", true),
            ("lst --output=jsonl", "", true),
            ("-o json", "", true),
            ("list --no-such --json", "list", true),
            ("list --json -o csv", "list", true),
            ("list -o jsn", "list", false),
            ("list --search", "list", false),
            ("context", "context", false),
            ("", "", false),
        ] {
            let asked = Asked::of_words(&help::command(), &words(line));
            assert_eq!(
                asked,
                Asked { command: command.to_owned(), json, ..Asked::default() },
                "{line}"
            );
        }
    }

    #[test]
    fn the_command_is_found_behind_its_options() {
        let root = help::command();
        let path = |line: &str| reached(&root, &words(line)).1.join(" ");
        assert_eq!(path("--context list permissions check --token list"), "permissions check");
        assert_eq!(path("--context=list -y ls"), "list");
        assert_eq!(path("nothing list"), "");
    }
}
