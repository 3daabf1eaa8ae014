//! From a plan to what became of it, alike for every command that saves by records.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::secrets::Secrets;
use super::{done, show};
use crate::backend::{BackendError, Place, ReadOnly};
use crate::cli::answer::Format;
use crate::cli::choose;
use crate::cli::file_args::{Set, is_standard};
use crate::cli::prompt;
use crate::cli::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::form::Limits;
use crate::form::read::PlainSecrets;
use crate::service::files::{
    self, Action, Document, Done, Options, Plan, PruneLimit, SecretRead, TooMany,
};
use crate::text::{counted, shown};

/// The names after --target, with those of standard input in the place of `-`.
///
/// # Errors
/// Standard input is to give a file too, or cannot be read.
pub fn targets(
    session: &mut Session<'_, '_>,
    given: &[String],
    files: &[PathBuf],
) -> Result<Vec<String>, Failure> {
    if choose::are_typed(given) && files.iter().any(|it| is_standard(it)) {
        return Err(Failure::usage("standard input cannot be both a file and names")
            .hint("Write one of them into a file, or name the targets."));
    }
    choose::names(session, given)
}

/// Leaves what --target names.
///
/// # Errors
/// It names what no step is about.
pub fn narrow(plan: &mut Plan, targets: &[String]) -> Result<(), Failure> {
    let missing = plan.narrow(targets);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|it| shown(it)).collect();
    Err(Failure::usage(format!("--target names what is not in the plan: {}", names.join(", ")))
        .hint("Without --target the plan shows every name."))
}

/// How often a typed secret is asked for again when it is refused.
const TRIES: usize = 3;
/// Time between two words about how far it is, on a terminal only.
const PAUSE: Duration = Duration::from_millis(100);

/// The rules of this session.
pub fn options(session: &Session<'_, '_>, allow_plain: bool) -> Options {
    let plain = if allow_plain { PlainSecrets::Allow } else { PlainSecrets::Refuse };
    Options::new(plain, limits(session))
}

pub const fn limits(session: &Session<'_, '_>) -> Limits {
    Limits { now: session.now, password: session.password }
}

/// Shows what would be done, and changes nothing.
pub fn dry(session: &mut Session<'_, '_>, plan: &Plan, format: Format) -> Result<Exit, Failure> {
    let document = Document::new(plan, Vec::new(), false, session.now);
    show::document(session, plan, &document, format)?;
    Ok(Exit::Ok)
}

/// Whether the commands of a plan may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commands {
    /// Somebody typed them here, or allowed those of the files.
    Run,
    /// They stand in files, and nobody allowed them.
    Refuse,
}

impl Commands {
    /// Those of files: allowed by the option or by the configuration.
    pub const fn of_files(session: &Session<'_, '_>, allowed: bool) -> Self {
        if allowed || session.allow_commands { Self::Run } else { Self::Refuse }
    }
}

/// Reads and asks for the secrets of a plan, then does what it says and reports it. Ctrl-C ends it
/// after the connection that is being saved, and what was done is reported all the same.
pub fn finish(
    session: &mut Session<'_, '_>,
    backend: &Place,
    plan: Plan,
    how: (Options, Commands),
    format: Format,
) -> Result<Exit, Failure> {
    let plan = ready(session, backend, plan, how)?;
    if plan.is_empty() && format.is_table() {
        session.printer.line(&show::summary(&plan))?;
        return Ok(Exit::Ok);
    }
    let unchanged = plan.count(Action::Unchanged);
    let left = left(&plan);
    let done = perform(session, backend, plan)?;
    done::report(session, &done, (unchanged, left - done.len()), format)
}

/// A plan that would delete more than the limit, as a failure.
pub fn brake(plan: &Plan, limit: Option<PruneLimit>) -> Result<(), Failure> {
    const NAMED: usize = 10;
    let Some(it) = files::too_many(plan, limit) else { return Ok(()) };
    let gone = plan.steps.iter().filter(|it| it.step.action == Action::Delete);
    let mut why: Vec<String> =
        gone.take(NAMED).map(|it| format!("- {}", shown(&it.step.name))).collect();
    if it.deletions > NAMED {
        why.push(format!("and {} more", it.deletions - NAMED));
    }
    let mut failure = Failure::new(too_many(&it))
        .because("nothing was changed")
        .hint("Check that every connection file was given: `jetbridge plan --prune` shows the deletions first.")
        .hint(format!("To delete them, add --prune-limit {}.", it.deletions));
    failure.why.extend(why);
    Err(failure)
}

/// What a plan exceeds, in one line.
pub fn too_many(it: &TooMany) -> String {
    let of = counted(it.present, "connection");
    format!("the plan deletes {} of {of}, above the limit of {}", it.deletions, it.limit)
}

/// Says before anything is applied that the plan deletes more than the limit.
pub fn warn(session: &mut Session<'_, '_>, plan: &Plan, limit: Option<PruneLimit>) {
    if let Some(it) = files::too_many(plan, limit) {
        let (what, count) = (too_many(&it), it.deletions);
        session
            .printer
            .say(&format!("warning: {what}: apply refuses this without --prune-limit {count}"));
    }
}

/// How many steps change something.
pub fn left(plan: &Plan) -> usize {
    plan.steps.len() - plan.count(Action::Unchanged)
}

/// Refuses a plan that cannot be done here, before anything is read, run or asked.
///
/// # Errors
/// A failure with what to do.
pub fn possible(
    session: &Session<'_, '_>,
    backend: &Place,
    plan: &Plan,
    commands: Commands,
) -> Result<(), Failure> {
    writable(backend)?;
    allowed(session, plan, commands)
}

/// Reads the secrets that a plan refers to, and asks for those that are still missing.
pub fn ready(
    session: &mut Session<'_, '_>,
    backend: &Place,
    plan: Plan,
    (options, commands): (Options, Commands),
) -> Result<Plan, Failure> {
    possible(session, backend, &plan, commands)?;
    let mut plan = wait(files::read_secrets(backend, plan, options, &mut Secrets::new()))??;
    ask(session, &mut plan)?;
    Ok(plan)
}

/// Does what the plan says, as far as Ctrl-C lets it; gives what was done.
pub fn perform(
    session: &mut Session<'_, '_>,
    backend: &Place,
    plan: Plan,
) -> Result<Vec<Done>, Failure> {
    let limits = limits(session);
    let total = left(&plan);
    let (terminal, printer) = (session.terminals.error, RefCell::new(&mut *session.printer));
    let (mut count, mut said) = (0, Instant::now());
    let reported = |_: &Done| {
        count += 1;
        // Each save is on the disk before the next begins, so many take their time.
        if terminal && said.elapsed() >= PAUSE && count < total {
            said = Instant::now();
            let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
            let text = format!("{count} of {total} done");
            printer.borrow_mut().pass_far((number(count), number(total)), &text);
        }
    };
    let stopping = || {
        let text = "Stopping after this connection; Ctrl-C again stops at once.";
        printer.borrow_mut().say(text);
    };
    let done = wait(until_stopped(backend, plan, &limits, reported, interrupt, stopping));
    printer.borrow_mut().pass("");
    done
}

/// Waits for Ctrl-C; where it cannot be heard of, for ever.
async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Does what the plan says. The first interrupt ends it before the next step, the second one at
/// once: then the save under way is whole or was not made. Gives what was done.
async fn until_stopped(
    backend: &Place,
    plan: Plan,
    limits: &Limits,
    mut reported: impl FnMut(&Done),
    interrupt: impl AsyncFn(),
    stopping: impl Fn(),
) -> Vec<Done> {
    let (done, stop) = (RefCell::new(Vec::new()), Cell::new(false));
    let mut each = |it: &Done| {
        done.borrow_mut().push(it.clone());
        reported(it);
        if stop.get() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    {
        let mut work = std::pin::pin!(files::apply(backend, plan, limits, &mut each));
        loop {
            tokio::select! {
                biased;
                _ = &mut work => break,
                () = interrupt() => match stop.replace(true) {
                    true => break,
                    false => stopping(),
                },
            }
        }
    }
    done.into_inner()
}

/// A command of a file runs only where somebody allowed it; a sample runs none.
fn allowed(session: &Session<'_, '_>, plan: &Plan, commands: Commands) -> Result<(), Failure> {
    let of = |(name, read): (&str, &SecretRead)| {
        let line = || format!("{}: {}", shown(name), show::reads(read));
        read.command.is_some().then(line)
    };
    let wanted: Vec<String> = plan.reads().filter_map(of).collect();
    let (what, hint) = match (session.demo, commands) {
        _ if wanted.is_empty() => return Ok(()),
        (true, _) => ("--demo runs no commands", "Leave --demo out to work on a store."),
        (false, Commands::Run) => return Ok(()),
        (false, Commands::Refuse) => (
            "the connection files run commands, which is not allowed",
            "Look at them, then add --allow-commands, or set allow_commands = true below [files] in \
             the configuration; nothing was changed.",
        ),
    };
    let mut failure = Failure::usage(what).hint(hint);
    failure.why = wanted;
    Err(failure)
}

/// A plan can be made of any backend; nobody is asked for a secret that cannot be saved.
pub fn writable(backend: &Place) -> Result<(), Failure> {
    let can = backend.capabilities();
    if can.write {
        return Ok(());
    }
    let failure = Failure::from(BackendError::Unsupported("saving connections"));
    Err(failure.hint(can.read_only.map(ReadOnly::reason).unwrap_or_default()))
}

/// Asks for every missing secret before the first connection is saved.
fn ask(session: &mut Session<'_, '_>, plan: &mut Plan) -> Result<(), Failure> {
    let limits = limits(session);
    for planned in &mut plan.steps {
        let Some(work) = &mut planned.work else { continue };
        while let Some(ask) = work.asks().first().cloned() {
            let what = format!("{} of {}", ask.label, shown(&planned.step.name));
            if !session.can_ask() {
                return Err(session.nobody(&format!("for the {what}")).hint(
                    "Refer to a file or a command in place of prompt; nothing was changed.",
                ));
            }
            let mut tries = 0;
            loop {
                tries += 1;
                let secret = prompt::secret(session, &what).map_err(no_stdin_hint)?;
                match work.answer(&ask, secret, &limits) {
                    Ok(()) => break,
                    Err(why) if tries < TRIES => session.printer.must_say(&shown(&why)),
                    Err(why) => {
                        return Err(Failure::new(format!("the {what} was not accepted"))
                            .because(shown(&why))
                            .hint("Nothing was changed."));
                    }
                }
            }
        }
    }
    Ok(())
}

/// The prompt's own hints name arguments that these commands do not have.
fn no_stdin_hint(mut failure: Failure) -> Failure {
    failure.hints =
        vec!["Refer to a file or a command in place of prompt; nothing was changed.".to_owned()];
    failure
}

/// What `--set` sets, as values of a record.
pub fn fields(
    kind: crate::domain::ConnectionType,
    sets: &[Set],
) -> Result<Vec<(String, serde_json::Value)>, Failure> {
    let mut out = Vec::with_capacity(sets.len());
    let mut wrong = Vec::new();
    for set in sets {
        match files::value_of(kind, &set.key, &set.value) {
            Ok(value) => out.push((set.key.clone(), value)),
            Err(why) => wrong.push(format!("--set {}: {why}", shown(&set.key))),
        }
    }
    if wrong.is_empty() {
        return Ok(out);
    }
    let mut failure = Failure::usage("not every --set can be read")
        .hint("`jetbridge schema` describes every field.");
    failure.why = wrong;
    Err(failure)
}
