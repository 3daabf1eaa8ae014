//! Refuses commands that write where nothing can be written, before anything is opened or asked.
//! What a command may change stands in its row.

use super::asked::Asked;
use super::context::open::Wish;
use super::verbs::{Changes, Effect};
use crate::backend::ReadOnly;
use crate::domain::context::ContextKind;
use crate::error::Failure;
use crate::service::contexts::ContextInfo;

const SHOW_NAMES: &str =
    "Leave --redact out, or set redact = false under [ui] in the configuration.";

/// Refuses a command that cannot be done on this context.
///
/// # Errors
/// A failure with the reason, and what to do instead.
pub fn on_context(asked: &Asked, on: &ContextInfo, wish: &Wish) -> Result<(), Failure> {
    let refused = || Failure::new(format!("nothing can be changed in the context {}", on.name));
    match (on.kind, asked.effect) {
        (_, Effect::Reads) | (ContextKind::Store | ContextKind::Postgres, Effect::Plans) => {}
        (ContextKind::Fly, Effect::Plans | Effect::Writes) => {
            return Err(refused()
                .because(ReadOnly::Fly.reason())
                .hint("To change the plan, name a store: --context local."));
        }
        (ContextKind::Store | ContextKind::Postgres, Effect::Writes) if wish.read_only => {
            return Err(read_only(refused()));
        }
        (ContextKind::Store | ContextKind::Postgres, Effect::Writes) => {}
    }
    redacted(asked, wish)
}

/// Refuses, where names are hidden, what would change something or hold files against pseudonyms.
fn redacted(asked: &Asked, wish: &Wish) -> Result<(), Failure> {
    let compares = asked.row().true_names;
    if !wish.redact || asked.effect == Effect::Reads && !compares {
        return Ok(());
    }
    Err(hidden(match compares {
        true => "files cannot be compared with pseudonyms",
        false => "nothing can be changed while names are redacted",
    }))
}

/// Refuses to change something beside the connections with `--read-only` or hidden names.
///
/// # Errors
/// A failure with what to do.
pub fn beside(asked: &Asked, wish: &Wish) -> Result<(), Failure> {
    let what = match (asked.effect, asked.row().changes) {
        (Effect::Reads | Effect::Plans, _) | (_, Changes::Nothing | Changes::Connections) => {
            return Ok(());
        }
        (Effect::Writes, Changes::Vault) => "the vault cannot be changed",
        (Effect::Writes, Changes::Store) => "the store cannot be replaced",
        (Effect::Writes, Changes::Configuration) => "the configuration cannot be changed",
    };
    if wish.read_only {
        return Err(read_only(Failure::new(what)));
    }
    if wish.redact { Err(hidden(what)) } else { Ok(()) }
}

fn read_only(failure: Failure) -> Failure {
    failure.because("--read-only was given").hint("Leave --read-only out.")
}

fn hidden(what: &str) -> Failure {
    Failure::usage(what).because(ReadOnly::Redacted.reason()).hint(SHOW_NAMES)
}
