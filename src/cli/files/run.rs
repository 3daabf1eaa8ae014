//! From a plan to what became of it, alike for every command that saves by records.

use std::time::{Duration, Instant};

use super::{done, show};
use crate::backend::{Backend, BackendError, ReadOnly};
use crate::cli::answer::Format;
use crate::cli::file_args::Set;
use crate::cli::prompt;
use crate::cli::session::{Session, wait};
use crate::domain::text::shown;
use crate::error::{Exit, Failure};
use crate::form::Limits;
use crate::form::read::PlainSecrets;
use crate::service::files::{self, Action, Document, Done, Options, Plan};

/// How often a typed secret is asked for again when it is refused.
const TRIES: usize = 3;
/// Time between two words about how far it is, on a terminal only.
const PAUSE: Duration = Duration::from_secs(3);

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

/// Asks for the secrets that are still missing, then does what the plan says and reports it.
pub fn finish(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    mut plan: Plan,
    format: Format,
) -> Result<Exit, Failure> {
    ready(session, backend, &mut plan)?;
    let unchanged = plan.count(Action::Unchanged);
    let done = perform(session, backend, plan)?;
    done::report(session, &done, unchanged, format)
}

/// Asks for the secrets that are still missing.
pub fn ready(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    plan: &mut Plan,
) -> Result<(), Failure> {
    writable(backend)?;
    ask(session, plan)
}

/// Does what the plan says.
pub fn perform(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    plan: Plan,
) -> Result<Vec<Done>, Failure> {
    let limits = limits(session);
    let total = plan.steps.len() - plan.count(Action::Unchanged);
    let (mut count, mut said) = (0, Instant::now());
    let mut told = |_: &Done| {
        count += 1;
        // Each save is on the disk before the next begins, so many take their time.
        if session.terminals.error && said.elapsed() >= PAUSE && count < total {
            said = Instant::now();
            session.printer.say(&format!("{count} of {total} done"));
        }
    };
    wait(files::apply(backend, plan, &limits, &mut told))
}

/// A plan can be made of any backend; nobody is asked for a secret that cannot be saved.
fn writable(backend: &dyn Backend) -> Result<(), Failure> {
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
                    Err(why) if tries < TRIES => session.printer.say(&shown(&why)),
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
