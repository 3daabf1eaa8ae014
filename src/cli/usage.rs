//! Wrong arguments, in the form of every other failure: what happened, why, what to do. What clap
//! says goes through here, because it repeats arguments and knows neither our other names for
//! things nor which of them may be a secret. SPEC E1, E3, E4.

use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::asked::{Asked, reached};
use super::verbs::ROWS;
use super::version::{self, Build};
use super::{help, output};
use crate::domain::secret::may_be_secret;
use crate::error::{Exit, Failure};
use crate::text::nearest::nearest;
use crate::text::shown;

/// Commands of other programs that are an option here.
const OPTIONS: [(&[&str], &str); 2] = [(&["demo"], "--demo"), (&["version"], "--version")];

/// Prints what clap has to say: help and version as they are, a usage error in three parts.
pub fn reported(error: &clap::Error, build: &Build) -> Exit {
    let args: Vec<String> =
        std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
    let failure = match error.use_stderr() {
        true => failure(error, &args),
        false
            if error.kind() == ErrorKind::DisplayVersion
                && args.iter().any(|it| it == "--verbose") =>
        {
            match output::on_standard_output(&version::text(build)) {
                Ok(()) => return Exit::Ok,
                Err(failure) => failure,
            }
        }
        false => match output::help(error) {
            Ok(()) => return Exit::Ok,
            Err(failure) => failure,
        },
    };
    output::on_failure(Asked::of_words(&help::command(), &args), &failure)
}

/// The failure for an error of clap and the words after `jetbridge`.
fn failure(error: &clap::Error, args: &[String]) -> Failure {
    let path = reached(&help::command(), args).1.join(" ");
    let mut failure = judge(error, &path);
    let texts = failure.why.iter_mut().chain(&mut failure.hints);
    for text in texts.chain(std::iter::once(&mut failure.what)) {
        *text = without_secrets(text, args);
    }
    failure
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(all) => Some(all.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}

fn judge(error: &clap::Error, path: &str) -> Failure {
    let whole = if path.is_empty() { "jetbridge".to_owned() } else { format!("jetbridge {path}") };
    let arg = || shown(&text(error, ContextKind::InvalidArg).unwrap_or_default()).into_owned();
    let value = || shown(&text(error, ContextKind::InvalidValue).unwrap_or_default()).into_owned();
    let more = match path {
        "" => {
            "`jetbridge help` lists the commands, `jetbridge help options` the options.".to_owned()
        }
        path => format!("`jetbridge help {path}` lists what it takes."),
    };
    let failure = match error.kind() {
        ErrorKind::InvalidSubcommand => return no_command(error, path),
        ErrorKind::UnknownArgument => return no_option(error, path, &whole, more),
        ErrorKind::MissingRequiredArgument => Failure::usage(format!("{whole} needs {}", arg())),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return no_verb(path, &whole);
        }
        ErrorKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg).unwrap_or_default();
            match arg() {
                it if other.is_empty() || it == other => {
                    Failure::usage(format!("{it} cannot be used more than once"))
                }
                it => Failure::usage(format!("{it} cannot be used with {}", shown(&other))),
            }
        }
        ErrorKind::InvalidValue if value().is_empty() => {
            Failure::usage(format!("{} needs a value", arg()))
        }
        ErrorKind::InvalidValue => {
            let known = text(error, ContextKind::ValidValue).unwrap_or_default();
            Failure::usage(format!("invalid value {} for {}", value(), arg()))
                .because(format!("valid values: {known}"))
                .meaning(&value(), known.split(", "))
        }
        ErrorKind::ValueValidation => {
            let failure = Failure::usage(format!("invalid value {} for {}", value(), arg()));
            match std::error::Error::source(error) {
                // Rust's words for a number that is none are about digits in strings.
                Some(why) if why.is::<ParseIntError>() => {
                    failure.because("a whole number is expected")
                }
                Some(why) => failure.because(why.to_string()),
                None => failure,
            }
        }
        ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues
        | ErrorKind::NoEquals
        | ErrorKind::InvalidUtf8
        | ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::Io
        | ErrorKind::Format => first_line(error),
        _ => first_line(error),
    };
    failure.hint(more)
}

/// What clap says in its first line, for what is too rare for words of our own.
fn first_line(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    Failure::usage(line.strip_prefix("error: ").unwrap_or(line))
}

fn no_command(error: &clap::Error, path: &str) -> Failure {
    let word = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
    let below = help::commands_of(path);
    let said = if path.is_empty() { word.clone() } else { format!("{path} {word}") };
    let failure = Failure::usage(format!("there is no command {}", shown(&said)));
    let other = ROWS.iter().flat_map(|it| it.elsewhere).chain(&OPTIONS);
    let other = { other }.find(|(names, _)| path.is_empty() && names.contains(&&*word));
    let begun =
        || below.iter().map(String::as_str).find(|it| word.len() > 2 && it.starts_with(&*word));
    let near = nearest(&word, below.iter().map(String::as_str)).or_else(begun);
    let failure = match (other, near) {
        (Some((_, ours)), _) => failure.because(format!("use jetbridge {ours}")),
        (None, Some(near)) => failure.because(format!("did you mean {near}?")),
        (None, None) if path.is_empty() => failure,
        (None, None) => failure.because(format!("commands: {}", below.join(", "))),
    };
    failure
        .hint("`jetbridge help` lists the usual commands, `jetbridge help commands` all of them.")
}

fn no_verb(path: &str, whole: &str) -> Failure {
    Failure::usage(format!("{whole} needs a command"))
        .because(format!("commands: {}", help::commands_of(path).join(", ")))
        .hint(format!("`jetbridge help {path}` describes each."))
}

fn no_option(error: &clap::Error, path: &str, whole: &str, more: String) -> Failure {
    let word = text(error, ContextKind::InvalidArg).unwrap_or_default();
    if !word.starts_with('-') {
        return Failure::usage(format!("unexpected argument {}", shown(&word)))
            .because("quote names that contain spaces")
            .hint(more);
    }
    let failure = Failure::usage(format!("{whole} has no option {}", shown(&word)));
    let known = help::options_of(path);
    let near = nearest(word.trim_start_matches('-'), known.iter().map(String::as_str));
    match near {
        _ if path.is_empty() => failure
            .because("without a command jetbridge opens the screen")
            .hint("Name a command first, such as `jetbridge list`.")
            .hint(more),
        // It is one, and stands where the command has not been named yet.
        Some(near) if near == word.trim_start_matches('-') => {
            Failure::usage(format!("--{near} must follow the command"))
                .hint(format!("Use {whole} --{near}"))
                .hint(more)
        }
        Some(near) => failure.because(format!("did you mean --{near}?")).hint(more),
        None => failure.hint(more),
    }
}

/// A usage error repeats what it does not understand, and that may be a secret in the wrong place.
/// E3
fn without_secrets(text: &str, args: &[String]) -> String {
    let mut text = text.to_owned();
    for arg in args {
        let value = arg.split_once('=').map_or(arg.as_str(), |(_, value)| value);
        for word in [arg.as_str(), value] {
            if may_be_secret(word) {
                text = text.replace(word, "…");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Failure {
        let args: Vec<String> =
            line.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        let words = std::iter::once("jetbridge".to_owned()).chain(args.iter().cloned());
        let error = help::command().try_get_matches_from(words).unwrap_err();
        failure(&error, &args)
    }

    /// Issue 5, point 4: what happened, why, what to do.
    #[test]
    fn what_is_mistyped_is_reported_with_what_was_meant() {
        for (line, what, why) in [
            ("lst", "there is no command lst", "did you mean list?"),
            ("contexd list", "there is no command contexd", "did you mean context?"),
            ("--context x shw", "there is no command shw", "did you mean show?"),
            ("get x", "there is no command get", "use jetbridge show NAME"),
            ("version", "there is no command version", "use jetbridge --version"),
            ("context lst", "there is no command context lst", "did you mean list?"),
            ("list --typ Device", "jetbridge list has no option --typ", "did you mean --type?"),
            ("list --redct", "jetbridge list has no option --redct", "did you mean --redact?"),
            (
                "-o json",
                "jetbridge has no option -o",
                "without a command jetbridge opens the screen",
            ),
            ("list extra", "unexpected argument extra", "quote names"),
            ("list -o jsn", "invalid value jsn for --output <FORMAT>", "did you mean json?"),
            ("list --type Devic", "invalid value Devic for --type <TYPE>", "did you mean Device?"),
            ("list --json -o csv", "--json cannot be used with --output <FORMAT>", ""),
            ("list --limit", "--limit <N> needs a value", ""),
            ("clone", "jetbridge clone needs <NAME|ID>", ""),
            ("context", "jetbridge context needs a command", "commands: list, add"),
        ] {
            let failure = said(line);
            assert_eq!(failure.exit, Exit::Usage, "{line}");
            assert!(failure.what.contains(what), "{line}: {failure:?}");
            assert!(failure.why.join("\n").contains(why), "{line}: {failure:?}");
            assert!(
                failure.hints.iter().any(|it| it.contains("jetbridge ")),
                "{line}: {failure:?}"
            );
        }
    }

    /// E3, E4
    #[test]
    fn a_usage_error_repeats_no_secret_and_acts_on_nothing() {
        let secret = "Abc8Q~not-a-real-secret-0123456789";
        for line in [secret.to_owned(), format!("--secret={secret}"), format!("list {secret}")] {
            let failure = said(&line);
            assert!(!format!("{failure:?}").contains(secret), "{failure:?}");
        }
        assert!(said("list --colour=red").what.contains("--colour"));
        assert!(!said("a\u{1b}[31mb").what.contains('\u{1b}'));
    }
}
