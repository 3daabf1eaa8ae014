//! `jetbridge store copy`: a whole store into another one. SPEC S5.

use std::sync::Arc;

use clap::Subcommand;

use super::answer::{Format, FormatArgs, VERSION, object};
use super::context::open::{self, Openers};
use super::progress::wait_saying;
use super::session::{Session, wait};
use super::table;
use crate::backend::BackendError;
use crate::backend::store::Moving;
use crate::config::Config;
use crate::error::{Exit, Failure};
use crate::service::store_copy::{Copied, Stop, copy, plan};
use crate::text::{counted, shown};

/// Commands of `store`.
#[derive(Debug, Subcommand)]
pub enum StoresVerb {
    /// Copy a whole store into another one: from this machine to a team, or back
    #[command(after_help = COPY_HELP)]
    Copy {
        /// Context of the store to read; nothing in it is changed
        #[arg(long, value_name = "CONTEXT")]
        from: String,
        /// Context of the store to copy into
        #[arg(long, value_name = "CONTEXT")]
        to: String,
        /// Only say how much would be copied
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
}

const COPY_HELP: &str = "\
Copied are the connections with their ids, history, deleted ones and secrets, issued keys, the directory, and
your own drafts. Secrets are sealed again with the keys of the other store. Everything is read back and
compared. A copy that was broken off goes on when it is run again, and what changed in the source since then
follows. What was changed in the other store is never overwritten. Drafts of others stay where they are.";

/// Runs one of them.
pub fn run(
    session: &mut Session<'_, '_>,
    openers: &Arc<Openers>,
    config: &Config,
    verb: StoresVerb,
) -> Result<Exit, Failure> {
    let StoresVerb::Copy { from, to, dry_run, json } = verb;
    for name in [&from, &to] {
        open::known(config, name)?;
    }
    let source = wait(openers.whole(&from))??;
    let target = wait(openers.whole(&to))??;
    copied(session, (&from, &to), (&*source, &*target), dry_run, json.format())
}

/// Copies one into the other.
fn copied(
    session: &mut Session<'_, '_>,
    (from, to): (&str, &str),
    (source, target): (&dyn Moving, &dyn Moving),
    dry_run: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let terminal = session.terminals.error;
    let stopped = |stop: Stop| failure(stop, from, to);
    let done = if dry_run {
        wait_saying(session.printer, terminal, "Looking", plan(source, target))?.map_err(stopped)?
    } else {
        wait_saying(session.printer, terminal, "Copying", copy(source, target))?.map_err(stopped)?
    };
    let outcome = if dry_run { "planned" } else { "copied" };
    let answer = serde_json::json!({
        "version": VERSION,
        "outcome": outcome,
        "from": from,
        "to": to,
        "connections": done.connections,
        "already": done.already,
        "changed": done.changed,
        "deleted": done.deleted,
        "secrets": done.secrets,
        "history_entries": done.entries,
        "issued_keys": done.keys,
        "directory_objects": done.objects,
        "drafts": done.drafts,
    });
    if object(session.printer, format, &answer)? {
        return Ok(Exit::Ok);
    }
    if dry_run {
        let all = counted(done.connections - done.already - done.changed, "connection");
        let changes = match done.changed {
            0 => String::new(),
            changed => format!(", and the last changes of {changed}"),
        };
        let (from, to) = (shown(from), shown(to));
        session.printer.line(&format!("would copy {all}{changes} from {from} to {to}"))?;
        return Ok(Exit::Ok);
    }
    session.printer.line(&format!(
        "Copied {} to {}, read back and compared:",
        shown(from),
        shown(to)
    ))?;
    table::print_pairs(session.printer, 2, &lines(&done))?;
    Ok(Exit::Ok)
}

fn lines(done: &Copied) -> Vec<(&'static str, String)> {
    let connections = match (done.deleted, done.already, done.changed) {
        (0, 0, 0) => done.connections.to_string(),
        (deleted, already, 0) => {
            format!("{} ({deleted} deleted; {already} were there already)", done.connections)
        }
        (deleted, already, changed) => format!(
            "{} ({deleted} deleted; {already} were there already, {changed} were brought up to date)",
            done.connections
        ),
    };
    vec![
        ("Connections", connections),
        ("Secrets", format!("{}, sealed again", done.secrets)),
        ("History", counted(done.entries, "entry")),
        ("Issued keys", done.keys.to_string()),
        ("Directory", counted(done.objects, "object")),
        ("Your drafts", done.drafts.to_string()),
    ]
}

/// What ended a copy, in the words of the command line.
pub(crate) fn failure(stop: Stop, from: &str, to: &str) -> Failure {
    let (from, to) = (shown(from).into_owned(), shown(to).into_owned());
    let names =
        |all: &[String]| all.iter().map(|it| shown(it).into_owned()).collect::<Vec<_>>().join(", ");
    match stop {
        Stop::Same => Failure::usage(format!("{from} and {to} are the same store"))
            .hint("Name another context with --to."),
        Stop::History(problems) => Failure { exit: Exit::Auth, ..Failure::new(format!("{from} is not copied: its history was altered")) }
            .because(names(&problems))
            .hint("Find out who did it, or restore a backup; `jetbridge vault accept --reason TEXT` takes it as it is."),
        Stop::Differ(all) => Failure { exit: Exit::Conflict, ..Failure::new(format!("{to} has these already, and they differ")) }
            .because(names(&all))
            .hint(format!("They were changed in {to} since they were copied, and nothing is overwritten: copy into an empty store.")),
        Stop::Unlike(all) => Failure::new(format!("read back from {to}, these are not as in {from}"))
            .because(names(&all))
            .hint(format!("If someone changed them in {from} meanwhile, run it again: what changed follows.")),
        Stop::Source(error) => named(error, &from),
        Stop::Target(BackendError::NameTaken { name, .. }) => Failure { exit: Exit::Conflict, ..Failure::new(format!("{to} has another connection with the name {}", shown(&name))) }
            .hint("Copy into an empty store, or rename that connection."),
        Stop::Target(error) => named(error, &to),
    }
}

fn named(error: BackendError, place: &str) -> Failure {
    let failure = Failure::from(error);
    Failure { what: format!("{place}: {}", failure.what), ..failure }
}
