//! `jetbridge help`: a command, or a topic that concerns several. Each topic is made from where
//! the program itself takes it: exit codes, paths, keymap, sources of secrets.

pub mod page;
pub mod topics;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PathBufValueParser, TypedValueParser as _};
use clap::{Command, CommandFactory};

use super::args::Args;
use super::output::Printer;
use super::verbs::{ROWS, Row};
use crate::config::{Config, Paths};
use crate::error::{Exit, Failure};
use crate::files::path::given;
use crate::text::{shown, wrap};
use topics::{TOPICS, Topic};

/// Arguments of `help`.
#[derive(Debug, Clone, clap::Args)]
pub struct HelpArgs {
    /// A command, such as list or permissions check, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    pub about: Vec<String>,
}

/// The command line with examples, and a pointer to the topics, below the help of every command.
pub fn command() -> Command {
    let own = topics::lines();
    let command = Args::command().mut_subcommand("help", |it| it.after_help(own));
    with_paths(command).mut_subcommands(|it| {
        let name = it.get_name().to_owned();
        with_row(it, &name)
    })
}

/// Paths that an empty text removes, which the parser of paths refuses.
const REMOVABLE: [&str; 1] = ["ca"];

/// Every option and argument that takes a path takes it as people give it: a shell leaves the `~` of
/// `--out=~/x` as it is, and programs copy paths as `file://` addresses.
fn with_paths(command: Command) -> Command {
    let command = command.mut_args(|it| {
        if it.get_value_parser().type_id() != TypeId::of::<PathBuf>() {
            return it;
        }
        if REMOVABLE.contains(&it.get_id().as_str()) {
            return it.value_parser(OsStringValueParser::new().map(given));
        }
        it.value_parser(PathBufValueParser::new().map(given))
    });
    command.mut_subcommands(with_paths)
}

/// Stands below the help of every command.
pub const POINTER: &str = "\
Everywhere: --context NAME, --read-only, --no-input, --yes, --timeout, --redact
More: jetbridge help options, exit-codes, environment, files, secrets or keys";

/// Columns that a text below the help may have.
const WIDE: usize = 78;

/// A command with what its row says, and the pointer to the topics below its help.
fn with_row(command: Command, path: &str) -> Command {
    let row = Row::of(path);
    let command = command.aliases(row.map_or(&[][..], |it| it.aliases));
    let mut parts = Vec::new();
    // The help is the same for -h and --help, so that more than one line stands below it.
    if let (Some(about), Some(long)) = (command.get_about(), command.get_long_about()) {
        let (about, long) = (about.to_string(), long.to_string());
        parts.extend(long.strip_prefix(&about).map(|it| flow(it.trim_start_matches('.').trim())));
    }
    parts.extend(command.get_after_help().map(|it| flow(&it.to_string())));
    let examples = row.map(|it| it.examples).filter(|it| !it.is_empty());
    parts.extend(examples.map(|it| format!("Examples:\n  {}", it.join("\n  "))));
    parts.push(POINTER.to_owned());
    parts.retain(|it| !it.is_empty());
    let command = command.after_help(parts.join("\n\n")).long_about(None::<&str>);
    if !command.has_subcommands() {
        return command;
    }
    command.mut_subcommands(|it| {
        let path = format!("{path} {}", it.get_name());
        with_row(it, &path)
    })
}

/// Prose broken again so that it fits a narrow terminal; what is indented stays as it is.
fn flow(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut prose = String::new();
    for line in text.trim_end().lines().chain([""]) {
        let fixed = line.is_empty() || line.starts_with(' ') || line.ends_with(':');
        if fixed {
            if !prose.is_empty() {
                out.extend(wrap(&std::mem::take(&mut prose), WIDE));
            }
            out.push(line.to_owned());
        } else {
            prose.push_str(line);
            prose.push(' ');
        }
    }
    out.pop();
    out.join("\n")
}

/// The command that a path leads to.
fn at<'a>(root: &'a Command, path: &str) -> &'a Command {
    path.split_whitespace().fold(root, |at, word| at.find_subcommand(word).unwrap_or(at))
}

/// Names of the commands below a path, other names for them aside.
pub fn commands_of(path: &str) -> Vec<String> {
    let root = command();
    let below = at(&root, path).get_subcommands();
    below.filter(|it| !it.is_hide_set()).map(|it| it.get_name().to_owned()).collect()
}

/// Long names of the options that a path takes, with those that hold everywhere.
pub fn options_of(path: &str) -> Vec<String> {
    let root = command();
    let own = at(&root, path).get_arguments();
    let all = own.chain(root.get_arguments().filter(|it| it.is_global_set()));
    all.filter_map(|it| it.get_long().map(str::to_owned)).collect()
}

/// A name with what it is, which goes on below itself where a narrow terminal ends.
fn hanging(out: &mut String, name: &str, about: &str) {
    let margin = name.chars().count();
    for (at, line) in wrap(about, (WIDE + 2).saturating_sub(margin)).iter().enumerate() {
        let before = if at == 0 { name } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{before:margin$}{line}");
    }
}

/// Every command with what it does.
fn commands() -> String {
    fn walk(out: &mut String, command: &Command, path: &str) {
        for it in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            let name = format!("{path}{}", it.get_name());
            let about = it.get_about().map(ToString::to_string).unwrap_or_default();
            if is_command(it) {
                hanging(out, &format!("  {name:25}"), &about);
            }
            walk(out, it, &format!("{name} "));
        }
    }
    let mut out = String::new();
    walk(&mut out, &command(), "");
    out.push('\n');
    hanging(&mut out, "", &format!("{}.", short_names()));
    out
}

/// The names of two letters, with what they stand for.
fn short_names() -> String {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in ROWS {
        for alias in row.aliases.iter().filter(|it| it.len() == 2) {
            all.entry(alias).or_default().push(row.path);
        }
    }
    let lines =
        all.iter().map(|(alias, paths)| format!("{alias} is short for {}", paths.join(", ")));
    lines.collect::<Vec<_>>().join("; ")
}

/// Whether this can be run as it is, and is not only the first word of others.
pub fn is_command(command: &Command) -> bool {
    !command.has_subcommands() || !command.is_subcommand_required_set()
}

/// What holds for every command.
fn options() -> String {
    let mut out = String::new();
    for it in Args::command().get_arguments() {
        let (Some(long), Some(help)) = (it.get_long(), it.get_help()) else { continue };
        let short = it.get_short().map_or_else(|| "    ".to_owned(), |it| format!("-{it}, "));
        let value = match it.get_value_names() {
            Some(names) if it.get_action().takes_values() => format!(" <{}>", names.join(" ")),
            Some(_) | None => String::new(),
        };
        let name = format!("  {short}--{long}{value}");
        hanging(&mut out, &format!("{name:28} "), &help.to_string());
    }
    out.push_str(
        "\nMost commands also take:\n\
         \x20 -o, --output <FORMAT>    table, json, jsonl or csv; --json is -o json\n\
         \x20     --dry-run            Only show what would be done\n",
    );
    out
}

/// Prints a topic, the help of a command, or all of it.
pub fn run(
    printer: &mut Printer<'_>,
    config_file: Option<PathBuf>,
    args: &HelpArgs,
) -> Result<Exit, Failure> {
    let text = match args.about.as_slice() {
        [] => page::text(),
        [one] if Topic::named(one).is_some() => topic(Topic::named(one), config_file)?,
        words => of_command(words)?,
    };
    printer.line(text.trim_end())?;
    Ok(Exit::Ok)
}

fn topic(topic: Option<Topic>, config_file: Option<PathBuf>) -> Result<String, Failure> {
    let asked_for = config_file.is_some();
    Ok(match topic {
        Some(Topic::Commands) => commands(),
        Some(Topic::Options) => options(),
        Some(Topic::Environment) => topics::environment(),
        Some(Topic::ExitCodes) => format!("{}\n{}", topics::exit_codes(), topics::EXIT_NOTES),
        Some(Topic::Files) => topics::files(&Paths::of_process(config_file)?),
        Some(Topic::Configuration) => topics::CONFIGURATION.to_owned(),
        Some(Topic::Secrets) => topics::secrets(),
        Some(Topic::Keys) => {
            // Help must work with a broken configuration: then the usual keys are reported.
            let paths = Paths::of_process(config_file).ok();
            let config = paths.and_then(|it| Config::load(&it.config_file, asked_for).ok());
            topics::keys(&config.unwrap_or_default().bindings())
        }
        None => String::new(),
    })
}

/// The help of the command that the words lead to.
fn of_command(words: &[String]) -> Result<String, Failure> {
    let mut command = command();
    // Gives every command its whole name and the options that hold everywhere.
    command.build();
    let mut at = &mut command;
    for (depth, word) in words.iter().enumerate() {
        let known: Vec<String> = at
            .get_subcommands()
            .filter(|it| !it.is_hide_set())
            .map(|it| it.get_name().to_owned())
            .collect();
        match at.find_subcommand_mut(word) {
            Some(found) => at = found,
            None => return Err(unknown(words, depth, &known)),
        }
    }
    Ok(at.render_help().to_string())
}

fn unknown(words: &[String], depth: usize, known: &[String]) -> Failure {
    let said = words.iter().take(depth + 1).map(|it| shown(it)).collect::<Vec<_>>().join(" ");
    let topics = TOPICS.iter().map(|it| it.name()).filter(|_| depth == 0);
    let all: Vec<&str> = known.iter().map(String::as_str).chain(topics).collect();
    let word = words.get(depth).map(String::as_str).unwrap_or_default();
    Failure::usage(format!("there is no command or topic {said}"))
        .meaning(word, all.iter().copied())
        .hint("`jetbridge help commands` names them all.")
}

/// Whether the words after `jetbridge` are a command line that is understood; says why not.
#[cfg(test)]
pub fn parses(words: &[String]) -> Result<(), String> {
    let line = std::iter::once("jetbridge".to_owned()).chain(words.iter().cloned());
    Args::of(line).map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[&str]) -> Result<String, Failure> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let about = words.iter().map(|it| (*it).to_owned()).collect();
        let mut printer = Printer::new(&mut out, &mut err, None);
        run(&mut printer, None, &HelpArgs { about })?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    /// Every option and argument with a path, however deep, with every way to write one.
    #[test]
    fn each_path_is_taken_as_people_give_it() {
        fn walk(command: &Command, line: &[String], seen: &mut usize) {
            let words = line.iter().cloned();
            for it in command.get_arguments() {
                if it.get_value_parser().type_id() != TypeId::of::<PathBuf>() {
                    let names = it.get_value_names().unwrap_or_default().join(" ");
                    let path = ["FILE", "DIR", "PATH"].iter().any(|word| names.contains(word));
                    let address = names.contains("URL");
                    assert!(!path || address, "{line:?} {} is no path", it.get_id());
                    continue;
                }
                *seen += 1;
                for (text, wanted) in [
                    ("~/x y", crate::files::path::home().unwrap().join("x y")),
                    ("file:///a/x%20y", PathBuf::from("/a/x y")),
                    ("./~/x", PathBuf::from("./~/x")),
                    ("-", PathBuf::from("-")),
                ] {
                    let text = match it.get_long() {
                        Some(long) => format!("--{long}={text}"),
                        None => text.to_owned(),
                    };
                    let all = words.clone().chain([text.clone()]);
                    let matches = super::command().ignore_errors(true).get_matches_from(all);
                    let last = line
                        .iter()
                        .skip(1)
                        .fold(&matches, |at, name| at.subcommand_matches(name).unwrap());
                    let found = last.try_get_one::<PathBuf>(it.get_id().as_str()).unwrap();
                    assert_eq!(found, Some(&wanted), "{line:?} {text}");
                }
            }
            for below in command.get_subcommands() {
                let path: Vec<_> = words.clone().chain([below.get_name().to_owned()]).collect();
                walk(below, &path, seen);
            }
        }
        let mut seen = 0;
        walk(&super::command(), &["jetbridge".to_owned()], &mut seen);
        assert!(seen > 25, "{seen}");
    }

    #[test]
    fn a_command_is_explained_however_deep() {
        assert!(said(&["list"]).unwrap().contains("Usage: jetbridge list"));
        let check = said(&["permissions", "check"]).unwrap();
        assert!(check.contains("Usage: jetbridge permissions check"), "{check}");
        assert!(check.ends_with(&format!("{POINTER}\n")), "{check}");
        let all = said(&[]).unwrap();
        for topic in TOPICS {
            assert!(all.contains(topic.name()), "{all}");
            assert!(!said(&[topic.name()]).unwrap().is_empty());
        }
    }

    #[test]
    fn what_is_unknown_gets_a_suggestion() {
        let failure = said(&["enviroment"]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.why, ["did you mean environment?"]);
        let failure = said(&["permissions", "chek"]).unwrap_err();
        assert_eq!(failure.why, ["did you mean check?"]);
        assert!(failure.what.contains("permissions chek"), "{failure:?}");
        assert!(said(&["a\u{1b}b"]).unwrap_err().what.contains("\\u{1b}"));
    }
}
