//! `jetbridge __complete`: what completions offer beside the words that every installation has:
//! names of connections, contexts and tenants. The shells ask with the words before the cursor;
//! what can stand there comes from the definition of the arguments.
//!
//! It never asks, never calls a service and never makes a file; what fails offers nothing.

mod typed;

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, Command};
use clap_complete::Shell;
use typed::Typed;

use super::context::open::{self, Wish};
use super::output::Printer;
use super::session::wait;
use super::verbs::{Names, Row};
use super::{directory, help, wiring};
use crate::audit::rules;
use crate::backend::Place;
use crate::config::contexts::ContextPlace;
use crate::config::{Config, Paths};
use crate::domain::context::LOCAL;
use crate::error::{Exit, Failure};
use crate::permissions::catalogue;
use crate::service::{self, Query};
use crate::text::is_hidden;

/// Most words that are offered: more helps nobody.
const MOST: usize = 200;

/// Arguments of `__complete`.
#[derive(Debug, clap::Args)]
pub struct CompleteArgs {
    /// The shell that asks
    #[arg(long, default_value = "zsh")]
    shell: Shell,
    /// Bash: the line up to the cursor
    #[arg(long)]
    line: Option<String>,
    /// Bash: what ends a word that it replaces
    #[arg(long, default_value = "")]
    breaks: String,
    /// The beginning of the word at the cursor
    #[arg(long, default_value = "")]
    word: String,
    /// The words before it, without `jetbridge`
    #[arg(last = true)]
    before: Vec<String>,
}

impl CompleteArgs {
    fn typed(&self) -> Typed {
        match (&self.line, self.shell) {
            (Some(line), _) => Typed::bash(line, &self.breaks),
            (None, Shell::PowerShell) => Typed::powershell(self.before.clone(), &self.word),
            (None, _) => Typed::plain(self.before.clone(), self.word.clone()),
        }
    }
}

/// What can stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Connections,
    Deleted,
    Contexts,
    /// Contexts that can be changed.
    Named,
    /// Sign-ins.
    SignIns,
    /// Contexts of a service.
    Live,
    /// Contexts that are stores.
    Stores,
    Tenants,
    /// Tenants of the directory.
    Known,
    Rules,
    Permissions,
    Topics,
    /// The commands below this one.
    Below(String),
    /// These words.
    Closed(Vec<String>),
}

/// What can stand at the cursor, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted<'w> {
    what: What,
    /// The context that the line names.
    context: Option<String>,
    /// What stands before it in the same word, such as `--live=` or `Device,`.
    lead: &'w str,
    /// Whether a word that begins with a dash is no option here.
    dashes: bool,
}

/// Prints the words that can stand there, one per line.
pub fn run(
    printer: &mut Printer<'_>,
    paths: &Paths,
    mut wish: Wish,
    args: &CompleteArgs,
) -> Result<Exit, Failure> {
    let root = help::command();
    let typed = args.typed();
    let Some(wanted) = wanted(&root, &typed.before, &typed.word, args.shell) else {
        return Ok(Exit::Ok);
    };
    wish.context = wanted.context.or(wish.context);
    (wish.cached, wish.no_input) = (true, true);
    // Nobody wants a failure in the middle of a line.
    let words = words(wanted.what, printer, paths, &mut wish, &root).unwrap_or_default();
    let fit = |it: &String| !it.chars().any(is_hidden) && (wanted.dashes || !it.starts_with('-'));
    let whole = words.iter().filter(|it| fit(it)).map(|it| format!("{}{it}", wanted.lead));
    let fit = whole.filter(|it| it.starts_with(&typed.word));
    for word in fit.filter_map(|it| typed.reply(args.shell, &it)).take(MOST) {
        printer.line(&word)?;
    }
    Ok(Exit::Ok)
}

/// What can stand behind these words; of closed sets those that the shell's script does not offer:
/// PowerShell's has commands and options only, fish's knows the values of options besides.
fn wanted<'w>(
    root: &Command,
    before: &[String],
    word: &'w str,
    shell: Shell,
) -> Option<Wanted<'w>> {
    let values = shell == Shell::PowerShell;
    let places = values || shell == Shell::Fish;
    let (mut at, mut path, mut context, mut open) = (root, Vec::new(), None, None::<&Arg>);
    let (mut given, mut ended) = (Vec::new(), false);
    for it in before {
        if ended {
            given.push(it.as_str());
        } else if let Some(arg) = open.take() {
            if arg.get_id() == "context" {
                context = Some(it.clone());
            }
        } else if it == "--" {
            ended = true;
        } else if it.starts_with('-') {
            context = it.strip_prefix("--context=").map(str::to_owned).or(context);
            open = option(at, root, it);
        } else if let Some(found) = at.find_subcommand(it) {
            path.push(found.get_name());
            at = found;
        } else {
            given.push(it.as_str());
        }
    }
    let path = path.join(" ");
    let (what, mut lead, mut dashes) = match (open, word.split_once('=')) {
        (Some(arg), _) => {
            (of_option(arg, word).or_else(|| closed(arg).filter(|_| values))?, "", false)
        }
        (None, Some((name, value))) if !ended && name.starts_with("--") => {
            let lead = &word[..word.len() - value.len()];
            let arg = option(at, root, name)?;
            // The scripts complete such words only where a blank stands between.
            (of_option(arg, value).or_else(|| closed(arg))?, lead, true)
        }
        (None, _) if !ended && word.starts_with('-') => return None,
        (None, _) => (of_place(at, &path, &given, places)?, "", ended),
    };
    if let (What::Closed(_), Some(comma)) = (&what, word.rfind(',')) {
        (lead, dashes) = (&word[..=comma], false);
    }
    Some(Wanted { what, context, lead, dashes })
}

/// What can stand where no option is.
fn of_place(at: &Command, path: &str, given: &[&str], all: bool) -> Option<What> {
    if path == "help" {
        return Some(match given {
            [] => What::Topics,
            words => What::Below(words.join(" ")),
        });
    }
    let place = at.get_positionals().next()?;
    if !given.is_empty() && !matches!(place.get_action(), ArgAction::Append) {
        return None;
    }
    let asked = place.get_value_names().and_then(|it| of_value(it.first()?, path));
    asked.or_else(|| closed(place).filter(|_| all))
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

/// Whether the words of an option are known only while it is typed.
pub(super) fn is_asked(arg: &Arg) -> bool {
    of_option(arg, "").is_some() || arg.get_value_delimiter().is_some()
}

/// What is asked for as the value of an option. Closed sets stand in the scripts themselves, with
/// what each word means, but for the second of several words.
fn of_option(arg: &Arg, value: &str) -> Option<What> {
    let several = arg.get_value_delimiter().is_some_and(|it| value.contains(it));
    match (arg.get_id().as_str(), arg.get_value_names()?.first()?.as_str()) {
        _ if several => closed(arg),
        ("context", _) => Some(What::Contexts),
        (_, "CONTEXT") => Some(What::Live),
        (_, "STORE") => Some(What::Stores),
        ("tenants", _) => Some(What::Tenants),
        ("connection" | "target", _) => Some(What::Connections),
        ("tenant", "NAME|ID") => Some(What::Known),
        _ => None,
    }
}

/// The words of a closed set.
fn closed(arg: &Arg) -> Option<What> {
    let words = arg.get_possible_values();
    let words: Vec<String> = words.iter().map(|it| it.get_name().to_owned()).collect();
    (!words.is_empty()).then_some(What::Closed(words))
}

fn of_value(value: &str, path: &str) -> Option<What> {
    let names = Row::of(path).and_then(|it| it.names).map(|it| match it {
        Names::Deleted => What::Deleted,
        Names::Contexts => What::Contexts,
        Names::Configured => What::Named,
        Names::SignIns => What::SignIns,
    });
    match value {
        "NAME" => names,
        "NAME|ID" => names.or(Some(What::Connections)),
        "RULE" => Some(What::Rules),
        "VALUE|ID" => Some(What::Permissions),
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
        What::SignIns => config()?.signins.into_keys().collect(),
        What::Rules => rules::all().map(|it| it.id.to_owned()).collect(),
        What::Permissions => catalogue().permissions.iter().map(|it| it.value.clone()).collect(),
        What::Topics => {
            let commands = root.get_subcommands().filter(|it| !it.is_hide_set());
            let topics = help::topics::TOPICS.iter().map(|it| it.name().to_owned());
            commands.map(|it| it.get_name().to_owned()).chain(topics).collect()
        }
        What::Below(path) => help::commands_of(&path),
        What::Closed(words) => words,
        What::Contexts | What::Named | What::Live | What::Stores => {
            let config = config()?;
            wish.redact |= config.ui.redact;
            let hide = wiring::hide(paths, wish);
            let reported = |it: String| match &hide {
                Some(hide) => open::hidden_name(&it, hide),
                None => it,
            };
            let local = matches!(what, What::Contexts | What::Stores).then(|| LOCAL.to_owned());
            let fits = |place: &ContextPlace| match what {
                What::Live => matches!(place, ContextPlace::Fly(_)),
                What::Stores => place.kind().is_plan(),
                _ => true,
            };
            let others = config.contexts.into_iter().filter(|(_, it)| fits(&it.place));
            local.into_iter().chain(others.map(|(name, _)| reported(name))).collect()
        }
        What::Connections | What::Deleted | What::Tenants | What::Known => {
            let config = config()?;
            wish.redact |= config.ui.redact;
            let active = open::chosen(wish, &|name| std::env::var(name).ok(), &config)?;
            let store = match open::place(&config, &active) {
                Some(ContextPlace::Store { path }) => path.unwrap_or_else(|| paths.store.clone()),
                // Completing connects to nobody and asks for no password.
                Some(ContextPlace::Postgres(_)) => return Ok(Vec::new()),
                Some(ContextPlace::Fly(_)) => open::cache(paths, &active),
                None => paths.store.clone(),
            };
            // Nothing is made by completing.
            if !wish.demo && !store.exists() {
                return Ok(Vec::new());
            }
            let contexts = wiring::openers(paths, &config, wish, None).contexts(&active);
            let backend = wiring::open(printer, &contexts, wish, (paths, &config), None)?.backend;
            names(&what, &backend)?
        }
    })
}

fn names(what: &What, backend: &Place) -> Result<Vec<String>, Failure> {
    if *what == What::Deleted {
        let deleted = wait(backend.deleted())??;
        return Ok(deleted.into_iter().map(|it| it.row.name.to_string()).collect());
    }
    if *what == What::Known {
        let tenants = wait(directory::tenants(backend))??;
        return Ok(tenants.into_iter().map(|it| it.name).collect());
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
    fn what_can_stand_at_the_cursor_is_shown_by_the_arguments() {
        let root = help::command();
        for (line, word, what, context) in [
            ("show", "", Some(What::Connections), None),
            ("rm a", "", Some(What::Connections), None),
            ("show a", "", Some(What::Connections), None),
            ("clone a", "", None, None),
            ("restore", "", Some(What::Deleted), None),
            ("purge", "", Some(What::Deleted), None),
            ("--context prod show", "", Some(What::Connections), Some("prod")),
            ("--context=prod show", "", Some(What::Connections), Some("prod")),
            ("list --context", "", Some(What::Contexts), None),
            ("list", "--context=pr", Some(What::Contexts), None),
            ("diff --live", "", Some(What::Live), None),
            ("diff", "--live=pr", Some(What::Live), None),
            ("diff --plan", "", Some(What::Stores), None),
            ("runbook a --live", "", Some(What::Live), None),
            ("runbook --live", "", Some(What::Live), None),
            ("runbook --live prod", "", Some(What::Connections), None),
            ("audit --live", "", Some(What::Live), None),
            ("import --from", "", Some(What::Live), None),
            ("context use", "", Some(What::Contexts), None),
            ("context edit", "", Some(What::Named), None),
            ("context remove", "", Some(What::Named), None),
            ("context edit lab", "", None, None),
            ("context add", "", None, None),
            ("list --tenant", "", Some(What::Tenants), None),
            ("directory list --tenant", "", Some(What::Known), None),
            ("permissions check --tenant", "", None, None),
            ("permissions check --connection", "", Some(What::Connections), None),
            ("audit explain", "", Some(What::Rules), None),
            ("permissions explain", "full", Some(What::Permissions), None),
            ("help", "", Some(What::Topics), None),
            ("help permissions", "", Some(What::Below("permissions".to_owned())), None),
            ("show --", "-", Some(What::Connections), None),
            ("show", "-", None, None),
            ("list", "", None, None),
            // The scripts have the words of closed sets themselves.
            ("list --type", "De", None, None),
            ("audit --ignore", "", None, None),
            ("import", "", None, None),
            ("", "", None, None),
        ] {
            let before: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let found = wanted(&root, &before, word, Shell::Bash).map(|it| (it.what, it.context));
            let expected = what.map(|it| (it, context.map(str::to_owned)));
            assert_eq!(found, expected, "{line} {word}");
        }
    }

    #[test]
    fn closed_sets_are_completed_where_scripts_cannot() {
        let root = help::command();
        for (line, word, lead, one) in [
            ("list --type", "Device,Te", "Device,", "Teams"),
            ("list", "--type=De", "--type=", "Device"),
            ("list", "--type=Device,Te", "--type=Device,", "Teams"),
            ("list", "--sort=", "--sort=", "health"),
            ("audit --only", "expired,", "expired,", "incomplete"),
        ] {
            let before: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let found = wanted(&root, &before, word, Shell::Bash).unwrap();
            assert_eq!(found.lead, lead, "{line} {word}");
            let What::Closed(words) = found.what else { panic!("{line} {word}") };
            assert!(words.contains(&one.to_owned()), "{line} {word}: {words:?}");
        }
    }

    /// PowerShell's script knows no values.
    #[test]
    fn closed_sets_are_completed_everywhere_where_the_script_has_none() {
        let root = help::command();
        for (line, word, one) in [
            ("list --type", "De", "Device"),
            ("list --sort", "", "health"),
            ("list -o", "", "json"),
            ("--log-level", "", "debug"),
            ("directory list", "", "tenants"),
            ("completions", "", "bash"),
            ("context add x --data-centre", "", "uk"),
        ] {
            let before: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let Some(What::Closed(words)) =
                wanted(&root, &before, word, Shell::PowerShell).map(|it| it.what)
            else {
                panic!("{line} {word}")
            };
            assert!(words.contains(&one.to_owned()), "{line} {word}: {words:?}");
        }
    }

    /// What the values of an option are that nobody can list.
    const OPEN: &[&str] = &[
        "FILE",
        "DIR",
        "FILE|DIR",
        "FILE|DIR|-",
        "FILE|-",
        "FILE|NAME",
        "PEM",
        "TEXT",
        "N",
        "SECONDS",
        "STEP",
        "KEY=VALUE",
        "URL",
        "URL|PATH",
        "HEX",
        "ID",
        "SOURCE",
        "WORD",
        "TENANT",
        "NEWNAME",
        "KEY|-",
        "N|N%",
        "UPN",
        "APP=ID",
        "ROLE",
        "FINGERPRINT",
        "DAY",
    ];

    /// Every option and place offers what it accepts, or accepts what nobody can list. Issue 11,
    /// point 31.
    #[test]
    fn every_value_is_offered_or_open() {
        fn walk(command: &Command, path: &str, wrong: &mut Vec<String>) {
            for arg in command.get_arguments().filter(|it| it.get_action().takes_values()) {
                let value = arg.get_value_names().and_then(|it| it.first()).map(|it| it.as_str());
                let value = value.unwrap_or_default();
                let offered = closed(arg).is_some()
                    || match arg.is_positional() {
                        true => path == "help" || of_value(value, path).is_some(),
                        false => of_option(arg, "").is_some(),
                    };
                // The name of a new context or host is anybody's.
                let anybodys = ["context add", "context trust", "signin add"].contains(&path);
                let open = OPEN.contains(&value) || anybodys;
                if !offered && !open {
                    wrong.push(format!("{path}: {arg} ({value})"));
                }
            }
            for it in command.get_subcommands().filter(|it| it.get_name() != "__complete") {
                walk(it, format!("{path} {}", it.get_name()).trim(), wrong);
            }
        }
        let (mut root, mut wrong) = (help::command(), Vec::new());
        root.build();
        walk(&root, "", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
