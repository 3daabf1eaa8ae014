//! `jetbridge __complete`: what completions offer beside the words that every installation has:
//! names of connections, contexts and tenants. The shells ask with the words before the cursor;
//! what can stand there is told by the definition of the arguments.
//!
//! It never asks, never calls a service and never makes a file; what fails offers nothing.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, Command};

use super::context::open::{self, Wish};
use super::help;
use super::output::Printer;
use super::session::wait;
use super::wiring;
use crate::audit::rules;
use crate::backend::Backend;
use crate::config::contexts::Place;
use crate::config::{Config, Paths};
use crate::domain::context::LOCAL;
use crate::domain::text::is_hidden;
use crate::error::{Exit, Failure};
use crate::permissions::catalogue;
use crate::service::{self, Query};

/// Most words that are offered: more helps nobody.
const MOST: usize = 200;

/// Arguments of `__complete`.
#[derive(Debug, clap::Args)]
pub struct CompleteArgs {
    /// The beginning of the word at the cursor
    #[arg(long, default_value = "")]
    word: String,
    /// The words before it, without `jetbridge`
    #[arg(last = true)]
    before: Vec<String>,
}

/// What can stand at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Connections,
    Deleted,
    Contexts,
    Tenants,
    Rules,
    Permissions,
    Topics,
}

/// Prints the words that can stand there, one per line.
pub fn run(
    printer: &mut Printer<'_>,
    paths: &Paths,
    mut wish: Wish,
    args: &CompleteArgs,
) -> Result<Exit, Failure> {
    let root = help::command();
    let Some((what, context)) = wanted(&root, &args.before, &args.word) else {
        return Ok(Exit::Ok);
    };
    wish.context = context.or(wish.context);
    (wish.cached, wish.no_input) = (true, true);
    // Nobody wants a failure in the middle of a line.
    let words = words(what, printer, paths, &mut wish, &root).unwrap_or_default();
    let fit = |it: &&String| it.starts_with(&args.word) && !it.chars().any(is_hidden);
    for word in words.iter().filter(fit).take(MOST) {
        printer.line(word)?;
    }
    Ok(Exit::Ok)
}

/// What can stand behind these words, and the context that they name.
fn wanted(root: &Command, before: &[String], word: &str) -> Option<(What, Option<String>)> {
    let (mut at, mut path, mut context, mut open) = (root, Vec::new(), None, None::<&Arg>);
    let mut given = 0;
    for it in before {
        if let Some(arg) = open.take() {
            if arg.get_id() == "context" {
                context = Some(it.clone());
            }
        } else if it.starts_with('-') {
            context = it.strip_prefix("--context=").map(str::to_owned).or(context);
            open = option(at, root, it);
        } else if let Some(found) = at.find_subcommand(it) {
            path.push(found.get_name());
            at = found;
        } else {
            given += 1;
        }
    }
    let path = path.join(" ");
    let what = match open {
        Some(arg) => of_option(arg)?,
        None if word.starts_with('-') => return None,
        None if path == "help" => What::Topics,
        None => {
            let place = at.get_positionals().next()?;
            if given > 0 && !matches!(place.get_action(), ArgAction::Append) {
                return None;
            }
            of_value(place.get_value_names()?.first()?, &path)?
        }
    };
    Some((what, context))
}

/// The option that takes the next word.
fn option<'a>(at: &'a Command, root: &'a Command, word: &str) -> Option<&'a Arg> {
    let named = |it: &&Arg| match (word.strip_prefix("--"), word.strip_prefix('-')) {
        (Some(long), _) => it.get_long() == Some(long),
        (None, Some(short)) => it.get_short().is_some_and(|c| c.to_string() == short),
        (None, None) => false,
    };
    let all = at.get_arguments().chain(root.get_arguments());
    all.filter(|it| it.get_action().takes_values()).find(named)
}

fn of_option(arg: &Arg) -> Option<What> {
    match (arg.get_id().as_str(), arg.get_value_names()?.first()?.as_str()) {
        ("context", _) | (_, "CONTEXT" | "STORE") => Some(What::Contexts),
        ("tenants", _) => Some(What::Tenants),
        ("connection", _) => Some(What::Connections),
        (_, "RULE") => Some(What::Rules),
        _ => None,
    }
}

fn of_value(value: &str, path: &str) -> Option<What> {
    match (value, path) {
        ("NAME|ID", "restore") => Some(What::Deleted),
        ("NAME|ID", _) => Some(What::Connections),
        ("NAME", "context edit" | "context use" | "context remove" | "context test") => {
            Some(What::Contexts)
        }
        ("RULE", _) => Some(What::Rules),
        ("VALUE|ID", _) => Some(What::Permissions),
        _ => None,
    }
}

fn words(
    what: What,
    printer: &mut Printer<'_>,
    paths: &Paths,
    wish: &mut Wish,
    root: &Command,
) -> Result<Vec<String>, Failure> {
    let config = || Config::load(&paths.config_file, false);
    Ok(match what {
        What::Rules => rules::all().map(|it| it.id.to_owned()).collect(),
        What::Permissions => catalogue().permissions.iter().map(|it| it.value.clone()).collect(),
        What::Topics => {
            let commands = root.get_subcommands().filter(|it| !it.is_hide_set());
            let topics = help::topics::TOPICS.iter().map(|it| it.name().to_owned());
            commands.map(|it| it.get_name().to_owned()).chain(topics).collect()
        }
        What::Contexts => {
            let config = config()?;
            wish.redact |= config.ui.redact;
            let hide = wiring::hide(paths, wish);
            let told = |it: String| match &hide {
                Some(hide) => open::hidden_name(&it, hide),
                None => it,
            };
            std::iter::once(LOCAL.to_owned()).chain(config.contexts.into_keys().map(told)).collect()
        }
        What::Connections | What::Deleted | What::Tenants => {
            let config = config()?;
            wish.redact |= config.ui.redact;
            let active = open::chosen(wish, &|name| std::env::var(name).ok(), &config)?;
            let store = match open::place(&config, &active) {
                Some(Place::Store { path }) => path.unwrap_or_else(|| paths.store.clone()),
                Some(Place::Fly(_)) => open::cache(paths, &active),
                None => paths.store.clone(),
            };
            // Nothing is made by completing.
            if !wish.demo && !store.exists() {
                return Ok(Vec::new());
            }
            let contexts = wiring::openers(paths, &config, wish, None).contexts(&active);
            let backend = wiring::open(printer, &contexts, wish, (paths, &config), None)?.backend;
            names(what, &*backend)?
        }
    })
}

fn names(what: What, backend: &dyn Backend) -> Result<Vec<String>, Failure> {
    if what == What::Deleted {
        let deleted = wait(backend.deleted())??;
        return Ok(deleted.into_iter().map(|it| it.row.name.to_string()).collect());
    }
    let now = crate::domain::Timestamp::now();
    let rows = wait(service::list(backend, &Query::default(), now))??.rows;
    let of = |it: service::Row| match what {
        What::Tenants => it.summary.tenant.to_string(),
        _ => it.summary.name.to_string(),
    };
    let all: BTreeSet<String> = rows.into_iter().map(of).filter(|it| !it.is_empty()).collect();
    Ok(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_stand_at_the_cursor_is_told_by_the_arguments() {
        let root = help::command();
        for (line, word, what, context) in [
            ("show", "", Some(What::Connections), None),
            ("rm a", "", Some(What::Connections), None),
            ("show a", "", Some(What::Connections), None),
            ("clone a", "", None, None),
            ("restore", "", Some(What::Deleted), None),
            ("--context prod show", "", Some(What::Connections), Some("prod")),
            ("--context=prod show", "", Some(What::Connections), Some("prod")),
            ("list --context", "", Some(What::Contexts), None),
            ("diff --live", "", Some(What::Contexts), None),
            ("context use", "", Some(What::Contexts), None),
            ("context add", "", None, None),
            ("list --tenant", "", Some(What::Tenants), None),
            ("permissions check --connection", "", Some(What::Connections), None),
            ("audit --ignore", "", Some(What::Rules), None),
            ("audit explain", "", Some(What::Rules), None),
            ("permissions explain", "full", Some(What::Permissions), None),
            ("help", "", Some(What::Topics), None),
            ("show", "-", None, None),
            ("list", "", None, None),
            ("import", "", None, None),
            ("", "", None, None),
        ] {
            let before: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let expected = what.map(|it| (it, context.map(str::to_owned)));
            assert_eq!(wanted(&root, &before, word), expected, "{line} {word}");
        }
    }
}
