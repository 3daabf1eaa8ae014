//! Which contexts a command means when it holds the plan against what is live.

use std::sync::Arc;

use super::args::StoreVerb;
use super::file_args::place;
use super::session::Session;
use crate::backend::Place;
use crate::domain::context::{ContextKind, LOCAL};
use crate::error::Failure;
use crate::files::write::{self, Existing};
use crate::service::contexts::{ContextInfo, Contexts, OpenError, Opening};
use crate::text::{nearest, shown};

/// The store that holds the plan: the one named, else the active one, else the local one.
///
/// # Errors
/// There is no such context, or it is no store.
pub fn plan(contexts: &Contexts, named: Option<&str>) -> Result<String, Failure> {
    let info = match named {
        Some(name) => info(contexts, name)?,
        None => {
            let active = contexts.active().filter(|it| it.kind.is_plan());
            match active.or_else(|| contexts.list().iter().find(|it| it.name == LOCAL)) {
                Some(info) => info,
                None => return Err(no_store()),
            }
        }
    };
    match info.kind {
        ContextKind::Store | ContextKind::Postgres => Ok(info.name.clone()),
        ContextKind::Fly => {
            Err(Failure::usage(format!("{} is a Fly service, not a plan", info.name))
                .hint("--plan names a store, such as local; --live names the service."))
        }
    }
}

/// The live context: the one named, else the active one, else the only one.
///
/// # Errors
/// There is no such context, it is no Fly service, or there are several.
pub fn live(contexts: &Contexts, named: Option<&str>, flag: &str) -> Result<String, Failure> {
    let services = || contexts.list().iter().filter(|it| it.kind == ContextKind::Fly);
    let info = match named {
        Some(name) => info(contexts, name)?,
        None => {
            let active = contexts.active().filter(|it| it.kind == ContextKind::Fly);
            let only = || services().next().filter(|_| services().count() == 1);
            match active.or_else(only) {
                Some(info) => info,
                None => return Err(which(services().map(|it| it.name.as_str()).collect(), flag)),
            }
        }
    };
    match info.kind {
        ContextKind::Fly => Ok(info.name.clone()),
        ContextKind::Store | ContextKind::Postgres => {
            Err(Failure::usage(format!("{} is a store, not a Fly service", info.name)).hint(
                format!("{flag} names a context of kind fly; `jetbridge context list` shows them."),
            ))
        }
    }
}

/// The context whose secret a verb may need beside the active one.
pub fn asked(verb: &StoreVerb, infos: &[ContextInfo]) -> Option<String> {
    let named = match verb {
        StoreVerb::Diff(args) => args.live.clone(),
        StoreVerb::Audit(args) => Some(args.live()?.to_owned()),
        StoreVerb::Runbook(args) => args.live.clone()?,
        StoreVerb::Import(args) => Some(args.from.clone()?),
        _ => return None,
    };
    named.or_else(|| {
        let mut services = infos.iter().filter(|it| it.kind == ContextKind::Fly);
        let active = infos.iter().find(|it| it.active && it.kind == ContextKind::Fly);
        let only = services.next().filter(|_| services.next().is_none());
        active.or(only).map(|it| it.name.clone())
    })
}

/// No context at all.
pub fn none() -> Contexts {
    let open = |_: &str| -> Opening {
        Box::pin(async {
            Err(OpenError::new("there is no other context here", "Leave --demo out."))
        })
    };
    Contexts::new(Vec::new(), Arc::new(open))
}

fn info<'a>(contexts: &'a Contexts, name: &str) -> Result<&'a ContextInfo, Failure> {
    contexts.named(name).ok_or_else(|| {
        let meant = nearest::lead(name, contexts.list().iter().map(|it| &*it.name));
        Failure::usage(format!("there is no context {}", shown(name)))
            .hint(format!("{meant}`jetbridge context list` shows them all."))
    })
}

fn no_store() -> Failure {
    Failure::usage("there is no store for the plan")
        .hint("Work on a store: --context local, or name one with --plan.")
}

fn which(services: Vec<&str>, flag: &str) -> Failure {
    if services.is_empty() {
        return Failure::usage("there is no Fly context")
            .hint("`jetbridge context add NAME` adds one; the plan is compared with its list.");
    }
    Failure::usage(format!("{} Fly contexts could be meant", services.len()))
        .because(services.join(", "))
        .hint(format!("Name one with {flag}."))
}

/// A context that could not be opened.
pub fn not_opened(name: &str, error: OpenError) -> Failure {
    let mut failure = Failure::from(error);
    let why = std::mem::replace(&mut failure.what, format!("{} cannot be opened", shown(name)));
    failure.because(why)
}

/// Refuses to answer from what was read last where nothing was: an empty list would say that there
/// is nothing.
///
/// # Errors
/// The context was never read here in full.
pub fn read_before(name: &str, backend: &Place) -> Result<(), Failure> {
    match backend.as_of() {
        Some(_) => Ok(()),
        None => Err(Failure::new(format!("{} was never read here in full", shown(name)))
            .because("--cached answers from the last complete list; one with --type or --side is not kept")
            .hint("Leave --cached out to read it now; without --type and --side it is kept.")),
    }
}

/// Writes a text into a file that only this user can read, or prints it.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn deliver(
    session: &mut Session<'_, '_>,
    out: Option<&std::path::Path>,
    text: &str,
) -> Result<(), Failure> {
    let Some(path) = place(out) else {
        // Nothing to report is no line.
        return match text.trim_end_matches('\n') {
            "" => Ok(()),
            text => session.printer.line(text),
        };
    };
    write::bytes(path, Existing::Keep, text.as_bytes())?;
    let place = path.display().to_string();
    let place = shown(&place);
    session.printer.say(&format!("Written to {place}."));
    Ok(())
}
