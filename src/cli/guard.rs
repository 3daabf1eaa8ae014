//! Refuses commands that write where nothing can be written, before anything is opened or asked.

use super::args::{DirectoryVerb, KeyVerb, SampleVerb, StoreVerb};
use super::backup::BackupVerb;
use super::context::args::ContextVerb;
use super::context::open::Wish;
use super::vault::VaultVerb;
use crate::backend::ReadOnly;
use crate::domain::context::ContextKind;
use crate::error::Failure;
use crate::service::contexts::ContextInfo;

/// Whether a command changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Nothing.
    Reads,
    /// It says what it would change, and changes nothing.
    Plans,
    /// It does.
    Writes,
}

const fn plans_or_writes(dry_run: bool) -> Effect {
    if dry_run { Effect::Plans } else { Effect::Writes }
}

fn effect(verb: &StoreVerb) -> Effect {
    match verb {
        StoreVerb::Delete(args) => plans_or_writes(args.dry_run),
        StoreVerb::Import(args) => plans_or_writes(args.dry_run),
        StoreVerb::Directory(DirectoryVerb::Import(args)) => plans_or_writes(args.dry_run),
        StoreVerb::Create(args) => plans_or_writes(args.dry_run),
        StoreVerb::Edit(args) => plans_or_writes(args.dry_run),
        StoreVerb::Clone(args) => plans_or_writes(args.dry_run),
        StoreVerb::Apply(args) => plans_or_writes(args.dry_run),
        StoreVerb::Restore(args) if args.list => Effect::Reads,
        // Ticks are kept beside the store.
        StoreVerb::Runbook(args) if args.ticks() => Effect::Writes,
        StoreVerb::Restore(args) => plans_or_writes(args.dry_run),
        StoreVerb::Sample(SampleVerb::Load { dry_run, .. }) => plans_or_writes(*dry_run),
        StoreVerb::List(_)
        | StoreVerb::Show(_)
        | StoreVerb::Audit(_)
        | StoreVerb::Diff(_)
        | StoreVerb::Runbook(_)
        | StoreVerb::Export(_)
        | StoreVerb::Agent(_)
        | StoreVerb::Plan(_)
        | StoreVerb::Schema(_)
        | StoreVerb::Directory(DirectoryVerb::List { .. })
        | StoreVerb::Key(KeyVerb::Check { .. })
        | StoreVerb::Permissions(_) => Effect::Reads,
    }
}

/// Refuses a command that cannot be done on this context.
///
/// # Errors
/// A failure with the reason, and what to do instead.
pub fn store_verb(verb: &StoreVerb, on: &ContextInfo, asked: bool) -> Result<(), Failure> {
    let effect = effect(verb);
    let refused = || Failure::new(format!("nothing can be changed in the context {}", on.name));
    match (on.kind, effect) {
        (_, Effect::Reads) | (ContextKind::Store, Effect::Plans) => Ok(()),
        (ContextKind::Fly, Effect::Plans | Effect::Writes) => Err(refused()
            .because(ReadOnly::Fly.reason())
            .hint("To change the plan, name a store: --context local.")),
        (ContextKind::Store, Effect::Writes) if asked => {
            Err(refused().because("--read-only was given").hint("Leave --read-only out."))
        }
        (ContextKind::Store, Effect::Writes) => Ok(()),
    }
}

/// Refuses to change what opens the secrets with `--read-only`.
///
/// # Errors
/// A failure with what to do.
pub fn vault_verb(verb: &VaultVerb, wish: &Wish) -> Result<(), Failure> {
    match verb {
        // Locking forgets a key on this machine; the store stays as it is.
        VaultVerb::Status { .. } | VaultVerb::Lock(_) => Ok(()),
        VaultVerb::Init { .. } | VaultVerb::Passphrase { .. } | VaultVerb::Rotate { .. } => {
            closed("the vault cannot be changed", wish)
        }
    }
}

/// Refuses to put a backup in place of the store with `--read-only`.
///
/// # Errors
/// A failure with what to do.
pub fn backup_verb(verb: &BackupVerb, wish: &Wish) -> Result<(), Failure> {
    match verb {
        BackupVerb::Create { .. }
        | BackupVerb::Verify { .. }
        | BackupVerb::Restore { dry_run: true, .. } => Ok(()),
        BackupVerb::Restore { .. } => closed("the store cannot be replaced", wish),
    }
}

fn closed(what: &str, wish: &Wish) -> Result<(), Failure> {
    if wish.read_only {
        return Err(Failure::new(what)
            .because("--read-only was given")
            .hint("Leave --read-only out."));
    }
    if wish.redact {
        return Err(Failure::usage(what).because(ReadOnly::Redacted.reason()).hint(SHOW_NAMES));
    }
    Ok(())
}

/// Refuses, where names are hidden, what would change something or hold files against pseudonyms.
///
/// # Errors
/// A failure with what to do.
pub fn redacted(verb: &StoreVerb, hides: bool) -> Result<(), Failure> {
    let compares = matches!(verb, StoreVerb::Plan(_));
    if !hides || effect(verb) == Effect::Reads && !compares {
        return Ok(());
    }
    Err(Failure::usage(match compares {
        true => "files cannot be held against pseudonyms",
        false => "nothing can be changed while names are redacted",
    })
    .because(ReadOnly::Redacted.reason())
    .hint(SHOW_NAMES))
}

const SHOW_NAMES: &str =
    "Leave --redact out, or set redact = false under [ui] in the configuration.";

/// Refuses to change the configuration with `--read-only`.
///
/// # Errors
/// A failure with what to do.
pub fn context_verb(verb: &ContextVerb, wish: &Wish) -> Result<(), Failure> {
    match verb {
        ContextVerb::List(_) | ContextVerb::Test { .. } => Ok(()),
        ContextVerb::Add { .. }
        | ContextVerb::Edit { .. }
        | ContextVerb::Use { .. }
        | ContextVerb::Remove { .. } => closed("the configuration cannot be changed", wish),
    }
}
