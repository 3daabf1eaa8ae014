//! `jetbridge help`: a command, or a topic that concerns several. Each topic is made from where
//! the program itself takes it: exit codes, paths, keymap, sources of secrets.

pub mod topics;

use std::path::PathBuf;

use clap::{Command, CommandFactory};

use super::args::Args;
use super::output::Printer;
use crate::config::{Config, Paths};
use crate::domain::nearest::nearest;
use crate::domain::text::shown;
use crate::error::{Exit, Failure};
use topics::{TOPICS, Topic};

/// Arguments of `help`.
#[derive(Debug, Clone, clap::Args)]
pub struct HelpArgs {
    /// A command, such as list or permissions check, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    pub about: Vec<String>,
}

/// The command line with a pointer to the topics below the help of every command.
pub fn command() -> Command {
    let own = topics::lines();
    Args::command().mut_subcommand("help", |it| it.after_help(own)).mut_subcommands(pointing)
}

fn pointing(command: Command) -> Command {
    const POINTER: &str = "More: jetbridge help exit-codes, environment, files, secrets, or keys.";
    let text = match command.get_after_help() {
        Some(own) => format!("{own}\n\n{POINTER}"),
        None => POINTER.to_owned(),
    };
    let command = command.after_help(text);
    if command.has_subcommands() { command.mut_subcommands(pointing) } else { command }
}

/// Prints a topic, the help of a command, or all of it.
pub fn run(
    printer: &mut Printer<'_>,
    config_file: Option<PathBuf>,
    args: &HelpArgs,
) -> Result<Exit, Failure> {
    let text = match args.about.as_slice() {
        [] => long(&mut command()),
        [one] if Topic::named(one).is_some() => topic(Topic::named(one), config_file)?,
        words => of_command(words)?,
    };
    printer.line(text.trim_end())?;
    Ok(Exit::Ok)
}

fn topic(topic: Option<Topic>, config_file: Option<PathBuf>) -> Result<String, Failure> {
    let asked_for = config_file.is_some();
    Ok(match topic {
        Some(Topic::Environment) => topics::environment(),
        Some(Topic::ExitCodes) => topics::exit_codes(),
        Some(Topic::Files) => topics::files(&Paths::of_process(config_file)?),
        Some(Topic::Secrets) => topics::secrets(),
        Some(Topic::Keys) => {
            // Help must work with a broken configuration: then the usual keys are told.
            let paths = Paths::of_process(config_file).ok();
            let config = paths.and_then(|it| Config::load(&it.config_file, asked_for).ok());
            topics::keys(&config.unwrap_or_default().bindings())
        }
        None => String::new(),
    })
}

fn long(command: &mut Command) -> String {
    command.render_long_help().to_string()
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
    Ok(long(at))
}

fn unknown(words: &[String], depth: usize, known: &[String]) -> Failure {
    let said = words.iter().take(depth + 1).map(|it| shown(it)).collect::<Vec<_>>().join(" ");
    let topics = TOPICS.iter().map(|it| it.name()).filter(|_| depth == 0);
    let all: Vec<&str> = known.iter().map(String::as_str).chain(topics).collect();
    let word = words.get(depth).map(String::as_str).unwrap_or_default();
    let failure = Failure::usage(format!("there is no command or topic {said}"));
    let failure = match nearest(word, all.iter().copied()) {
        Some(near) => failure.because(format!("did you mean {near}?")),
        None => failure,
    };
    failure.hint("`jetbridge help` names them all.")
}

/// Whether the words after `jetbridge` are a command line that is understood; says why not.
#[cfg(test)]
pub fn parses(words: &[String]) -> Result<(), String> {
    use clap::Parser;
    let line = std::iter::once("jetbridge".to_owned()).chain(words.iter().cloned());
    Args::try_parse_from(line).map(|_| ()).map_err(|error| error.to_string())
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

    #[test]
    fn a_command_is_explained_however_deep() {
        assert!(said(&["list"]).unwrap().contains("Usage: jetbridge list"));
        let check = said(&["permissions", "check"]).unwrap();
        assert!(check.contains("Usage: jetbridge permissions check"), "{check}");
        assert!(check.contains("More: jetbridge help exit-codes"), "{check}");
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
