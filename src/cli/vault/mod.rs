//! `jetbridge vault`: what opens the sealed secrets. SPEC E3; RELIABILITY §4.

mod args;

use std::path::PathBuf;

pub use args::VaultVerb;
use args::{SourceArg, TypedArgs};

use super::answer::{Format, object};
use super::keys::{self, Keys};
use super::session::{Session, minute, wait};
use super::table;
use crate::backend::store::{
    Lock, NewKey, Rotated, Source, Store, TeamOptions, TeamStore, Unlock, VaultCalls, VaultStatus,
};
use crate::backend::{BackendError, store};
use crate::cli::context::{member, trust};
use crate::config::contexts::ContextPlace;
use crate::config::{Config, Paths, UnlockCache};
use crate::error::{Exit, Failure};
use crate::text::{counted, shown};

/// What the verb works on.
pub struct Place<'a> {
    /// Where things are.
    pub paths: &'a Paths,
    /// The configuration.
    pub config: &'a Config,
    /// What may open the vault.
    pub keys: &'a Keys,
    /// The store is a sample in memory.
    pub demo: bool,
    /// The active context is a team store.
    pub team: Option<TeamOptions>,
}

impl Place<'_> {
    /// How to open the store.
    pub fn options(&self) -> Result<store::OpenOptions, Failure> {
        if self.demo {
            return Err(Failure::usage("--demo saves nothing, so it has no vault and no backups")
                .hint("Leave --demo out."));
        }
        self.keys.store(self.paths, self.config, &self.paths.store)
    }

    fn store(&self) -> Result<Box<dyn VaultCalls>, Failure> {
        self.open(|_| {})
    }

    /// The store, opened with what `edit` makes of what may open its vault.
    fn open(&self, edit: impl FnOnce(&mut Unlock)) -> Result<Box<dyn VaultCalls>, Failure> {
        if let Some(team) = &self.team {
            let mut options = team.clone();
            edit(&mut options.unlock);
            return Ok(Box::new(TeamStore::start(options)?));
        }
        let mut options = self.options()?;
        edit(&mut options.unlock);
        Ok(Box::new(Store::open(options)?))
    }

    /// Makes the own member key, where the vault is to open for members.
    fn member(&self, new: &NewKey, store: uuid::Uuid) -> Result<(), Failure> {
        match (new, &self.team) {
            (NewKey::Members, None) => Err(Failure::usage("only a team store opens for members")
                .hint("Choose another source.")),
            (NewKey::Members, Some(_)) => {
                member::ensure(self.options()?, store)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Where the store is.
    fn name(&self) -> String {
        let local = || self.paths.store.display().to_string();
        self.team.as_ref().map_or_else(local, |it| it.address.to_string())
    }
}

pub fn run(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    verb: VaultVerb,
) -> Result<Exit, Failure> {
    let command = !place.config.vault.key_command.is_empty();
    match verb {
        VaultVerb::Status { check, json } => status(session, place, check, json.format()),
        VaultVerb::Init { source, dry_run, typed, json } => {
            let store = place.store()?;
            let status = wait(store.vault_status())??;
            if let Some(lock) = status.lock {
                return Err(Failure::new(format!(
                    "the vault already opens with a {}",
                    lock.source
                ))
                .hint("`jetbridge vault rotate --source …` changes that."));
            }
            if dry_run {
                let wanted = checked(session, Some(source), typed, command)?;
                let what = format!("the vault would open with a {}", opens_with(wanted, &status));
                return would(session, place, &*store, &what, json.format());
            }
            let new = new_key(session, Some(source), typed, command)?;
            place.member(&new, status.store)?;
            wait(store.vault_init(new))??;
            changed(session, place, &*store, "init", None, json.format())
        }
        VaultVerb::Passphrase { dry_run, typed, json } => {
            let store = place.store()?;
            let had = wait(store.unlock())??;
            if dry_run {
                checked(session, Some(SourceArg::Passphrase), typed, command)?;
                let what = "the vault would open with a new passphrase";
                return would(session, place, &*store, what, json.format());
            }
            let new = new_key(session, Some(SourceArg::Passphrase), typed, command)?;
            if had {
                wait(store.rewrap(new))??;
            } else {
                wait(store.vault_init(new))??;
            }
            changed(session, place, &*store, "passphrase", None, json.format())
        }
        VaultVerb::Rotate { source, all, dry_run, typed, json } => {
            // The passphrase itself is needed to wrap with it again, so no cache.
            let store = place.open(|it| it.cache = None)?;
            if !wait(store.unlock())?? {
                return Err(Failure::new("nothing is sealed yet, and no vault is set up")
                    .hint("`jetbridge vault init` chooses what opens it."));
            }
            if dry_run {
                let status = wait(store.vault_status())??;
                let wanted = checked(session, source, typed, command)?;
                let opens = opens_with(wanted, &status);
                let data = match all {
                    true => format!(
                        "; {}, {} and {} would be re-sealed",
                        counted(count(status.secrets), "secret"),
                        counted(count(status.drafts), "draft"),
                        counted(count(status.contexts), "context secret")
                    ),
                    false => String::new(),
                };
                let what = format!("the vault would get a new wrapping key: {opens}{data}");
                return would(session, place, &*store, &what, json.format());
            }
            let new = new_key(session, source, typed, command)?;
            place.member(&new, wait(store.vault_status())??.store)?;
            let done = if all {
                Some(wait(store.rotate(new))??)
            } else {
                wait(store.rewrap(new))??;
                None
            };
            changed(session, place, &*store, "rotate", done, json.format())
        }
        VaultVerb::Accept { reason, dry_run, json } => {
            let store = place.store()?;
            if reason.trim().is_empty() {
                return Err(Failure::usage("the reason is empty")
                    .hint("State why the store is correct, such as --reason \"restored by me\"."));
            }
            if dry_run {
                let what = "the store would be accepted as it is now";
                return would(session, place, &*store, what, json.format());
            }
            wait(store.accept(reason))??;
            changed(session, place, &*store, "accept", None, json.format())
        }
        VaultVerb::Lock(json) => lock(session, place, json.format()),
    }
}

/// The new key that is wanted; a passphrase is asked for or read.
fn new_key(
    session: &mut Session<'_, '_>,
    source: Option<SourceArg>,
    typed: TypedArgs,
    command: bool,
) -> Result<NewKey, Failure> {
    possible(source, typed, command)?;
    Ok(match source {
        None => NewKey::Same,
        Some(SourceArg::File) => NewKey::File,
        Some(SourceArg::Members) => NewKey::Members,
        Some(SourceArg::Command) => NewKey::Command,
        Some(SourceArg::Passphrase) => NewKey::Passphrase(keys::new_passphrase(
            session,
            typed.passphrase_stdin,
            "New passphrase",
        )?),
    })
}

/// Refuses what goes with no source, and a source that is not there.
fn possible(source: Option<SourceArg>, typed: TypedArgs, command: bool) -> Result<(), Failure> {
    if typed.passphrase_stdin && source != Some(SourceArg::Passphrase) {
        return Err(Failure::usage("--passphrase-stdin goes with a new passphrase only")
            .hint("Add --source passphrase, or leave it out."));
    }
    if source == Some(SourceArg::Command) && !command {
        return Err(Failure::usage("the configuration has no key command")
            .hint("Set key_command in [vault]; `jetbridge paths` shows the file."));
    }
    Ok(())
}

/// The source of a key that is only planned. A passphrase is read where nobody has to type it, so that
/// one that is refused is refused now.
fn checked(
    session: &mut Session<'_, '_>,
    source: Option<SourceArg>,
    typed: TypedArgs,
    command: bool,
) -> Result<Option<SourceArg>, Failure> {
    possible(source, typed, command)?;
    if source == Some(SourceArg::Passphrase) && (typed.passphrase_stdin || !session.can_ask()) {
        drop(new_key(session, source, typed, command)?);
    }
    Ok(source)
}

/// What would open the vault.
fn opens_with(source: Option<SourceArg>, status: &VaultStatus) -> String {
    let source = match source {
        Some(SourceArg::File) => Some(Source::File),
        Some(SourceArg::Passphrase) => Some(Source::Passphrase),
        Some(SourceArg::Command) => Some(Source::Command),
        Some(SourceArg::Members) => Some(Source::Members),
        None => status.lock.as_ref().map(|it| it.source),
    };
    source.unwrap_or(Source::File).to_string()
}

/// Says what would change, and changes nothing.
fn would(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    store: &dyn VaultCalls,
    what: &str,
    format: Format,
) -> Result<Exit, Failure> {
    if format.is_table() {
        session.printer.line(what)?;
        return Ok(Exit::Ok);
    }
    let mut answer = answer(&wait(store.vault_status())??, place);
    if let Some(all) = answer.as_object_mut() {
        all.insert("dry_run".to_owned(), true.into());
        all.insert("would".to_owned(), what.into());
    }
    object(session.printer, format, &answer)?;
    Ok(Exit::Ok)
}

/// Says what opens the vault now.
fn changed(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    store: &dyn VaultCalls,
    verb: &str,
    rotated: Option<Rotated>,
    format: Format,
) -> Result<Exit, Failure> {
    let status = wait(store.vault_status())??;
    if !format.is_table() {
        let mut answer = answer(&status, place);
        if let (Some(all), Some(done)) = (answer.as_object_mut(), rotated) {
            all.insert("change_at_source".to_owned(), done.sources.into());
            let aside = kept_aside(place);
            let aside = aside.iter().map(|it| it.display().to_string());
            all.insert("kept_aside".to_owned(), aside.collect::<Vec<_>>().into());
            let done = serde_json::json!({
                "secrets": done.secrets,
                "drafts": done.drafts,
                "contexts": done.contexts,
            });
            all.insert("sealed_anew".to_owned(), done);
        }
        object(session.printer, format, &answer)?;
        return Ok(Exit::Ok);
    }
    let source = status.lock.as_ref().map(|it| it.source);
    let what = match (verb, source) {
        ("accept", _) => "The store is accepted as it is now.".to_owned(),
        ("rotate", Some(source)) => format!("The vault has a new wrapping key: {source}."),
        (_, Some(source)) => format!("The vault opens with a {source} now."),
        (_, None) => "There is no vault.".to_owned(),
    };
    session.printer.line(&what)?;
    if let Some(done) = rotated {
        session.printer.line(&format!(
            "New data key: {}, {} and {} re-sealed.",
            counted(count(done.secrets), "secret"),
            counted(count(done.drafts), "draft"),
            counted(count(done.contexts), "context secret"),
        ))?;
        if !done.sources.is_empty() {
            session
                .printer
                .line("If someone had the old keys, change these secrets at their source:")?;
        }
        for source in &done.sources {
            session.printer.line(&format!("  {}", shown(source)))?;
        }
        not_reached(session, &kept_aside(place))?;
    }
    if source == Some(Source::File) {
        let path = shown(&place.paths.vault_key.to_string_lossy()).into_owned();
        session
            .printer
            .say(&format!("hint: keep a copy of {path} in a safe place, apart from backups."));
    } else if source == Some(Source::Members) {
        session.printer.say(
            "hint: `jetbridge team invite ROLE` lets others in; keep a backup of your own store, which has your key.",
        );
    } else {
        session.printer.say(
            "hint: a lost passphrase or key cannot be recovered; older backups still open with the old key.",
        );
    }
    Ok(Exit::Ok)
}

/// Stores that restores kept aside.
fn kept_aside(place: &Place<'_>) -> Vec<PathBuf> {
    store::backup::kept_aside(&place.paths.store)
}

/// What a rotation of everything does not change, with what to do about it.
fn not_reached(session: &mut Session<'_, '_>, aside: &[PathBuf]) -> Result<(), Failure> {
    session.printer.line("The rotation does not reach these, which the old keys still open:")?;
    session.printer.line("  backups created before: create a new one, then delete them")?;
    for path in aside {
        let path = path.display().to_string();
        session.printer.line(&format!("  kept aside by a restore, delete it: {}", shown(&path)))?;
    }
    session.printer.line(
        "  fingerprints in older history entries: the old keys let someone test guesses of those secrets",
    )?;
    Ok(())
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn lock(session: &mut Session<'_, '_>, place: &Place<'_>, format: Format) -> Result<Exit, Failure> {
    // Whatever the configuration says now: it may have said otherwise before.
    let store = place.open(|it| {
        it.cache = Some(it.cache.take().unwrap_or_else(|| store::Cache::kernel(1)));
    })?;
    let dropped = wait(store.forget_cached())?;
    let asked_for = place.config.vault.cache != UnlockCache::None;
    let dropped = match dropped {
        // Where no cache is wanted, one that cannot be used holds nothing either.
        Err(BackendError::Other(_)) if !asked_for => false,
        other => other?,
    };
    if !format.is_table() {
        object(session.printer, format, &serde_json::json!({ "version": 1, "dropped": dropped }))?;
    } else if dropped {
        session.printer.line("The key is removed from the keyring.")?;
    } else {
        session.printer.line("The keyring holds no key of this store.")?;
    }
    Ok(Exit::Ok)
}

fn status(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    check: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let store = place.store()?;
    let status = wait(store.vault_status())??;
    let checked = if check { Some(wait(store.check_sealed())?) } else { None };
    let mut problems = if check { wait(store.check_history())?? } else { Vec::new() };
    if check {
        problems.extend(elsewhere(place)?);
    }
    let checked = match checked {
        // Nobody can be asked: that is no finding.
        Some(Err(
            error @ (BackendError::Locked { .. }
            | BackendError::Membership { .. }
            | BackendError::Cancelled),
        )) => {
            return Err(error.into());
        }
        other => other,
    };
    let good = problems.is_empty() && !matches!(checked, Some(Err(_)));
    let exit = if good { Exit::Ok } else { Exit::Findings };
    let opens = checked.as_ref().map(|it| match it {
        Ok(_) => "everything can be opened".to_owned(),
        Err(error) => error.to_string(),
    });
    if !format.is_table() {
        let mut answer = answer(&status, place);
        if let (Some(all), Some(checked)) = (answer.as_object_mut(), &checked) {
            all.insert("opens".to_owned(), checked.is_ok().into());
            let problem = checked.as_ref().err().map(ToString::to_string);
            all.insert("problem".to_owned(), problem.into());
            all.insert("history_problems".to_owned(), problems.into());
        }
        object(session.printer, format, &answer)?;
        return Ok(exit);
    }
    let mut pairs = vec![("Store", place.name())];
    pairs.extend(lock_lines(&status, place));
    pairs.extend(status.state.iter().map(|it| ("State", it.clone())));
    let sealed = format!(
        "{}, {}, {}",
        counted(count(status.secrets), "secret"),
        counted(count(status.drafts), "draft"),
        counted(count(status.contexts), "context secret")
    );
    pairs.push(("Sealed", sealed));
    pairs.push(("Cache", cache_line(&status, place)));
    if let Some(opens) = opens {
        pairs.push(("Check", opens));
    }
    pairs.extend(problems.into_iter().map(|it| ("Problem", it)));
    table::print_pairs(session.printer, 0, &pairs)?;
    Ok(exit)
}

/// The contexts whose sealed secret was entered for another destination than they have now.
fn elsewhere(place: &Place<'_>) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    if place.team.is_some() {
        return Ok(found);
    }
    let store = Store::open(place.options()?)?;
    for (name, context) in &place.config.contexts {
        let goes = match &context.place {
            ContextPlace::Fly(it) if it.credential.is_stored() => {
                trust::destination(place.config, it)?
            }
            ContextPlace::Postgres(it) if it.credential.is_stored() => {
                trust::server_destination(place.config, it)?
            }
            _ => continue,
        };
        if wait(store.context_secret_fits(name.clone(), goes))?? == Some(false) {
            found.push(format!(
                "the secret of the context {name} was entered for another destination"
            ));
        }
    }
    Ok(found)
}

fn lock_lines(status: &VaultStatus, place: &Place<'_>) -> Vec<(&'static str, String)> {
    let Some(lock) = &status.lock else {
        let text = match place.team {
            None => {
                "nothing yet: a key file is created with the first secret, or choose with `jetbridge vault init`"
            }
            Some(_) => "nothing yet: choose by `jetbridge vault init --source members`",
        };
        let text =
            status.gone.as_ref().map_or_else(|| text.to_owned(), |why| format!("nothing: {why}"));
        return vec![("Opens with", text)];
    };
    let mut lines = vec![("Opens with", lock.source.to_string())];
    match lock.source {
        Source::File => {
            let path = &place.paths.vault_key;
            let note = match (path.exists(), path.parent() == place.paths.store.parent()) {
                (false, _) => "  (not there)",
                (true, true) => "  (next to the store: keep it elsewhere)",
                (true, false) => "",
            };
            lines.push(("Key file", format!("{}{note}", path.display())));
        }
        Source::Command => {
            // The program without its arguments, which may name what they open.
            let program = place.config.vault.key_command.first().map(|it| shown(it).into_owned());
            let reported =
                program.unwrap_or_else(|| "not configured: set key_command in [vault]".into());
            lines.push(("Key command", reported));
        }
        Source::Passphrase => {}
        Source::Members => {
            lines.push(("Members", "`jetbridge team members` lists them".to_owned()))
        }
    }
    if let Some(cost) = lock.cost {
        let text = format!(
            "Argon2id, {} MiB, {} passes, {}",
            cost.memory / 1024,
            cost.passes,
            counted(usize::try_from(cost.lanes).unwrap_or(usize::MAX), "lane")
        );
        lines.push(("Key derivation", text));
    }
    lines.push(("Key id", lock.key_id.clone()));
    lines.push(("Data key created", minute(lock.made_at)));
    lines
}

fn cache_line(status: &VaultStatus, place: &Place<'_>) -> String {
    let minutes = match place.config.vault.cache {
        UnlockCache::None => return "none".to_owned(),
        UnlockCache::Keyring => place.config.vault.cache_minutes,
    };
    let state = match (&status.cache_broken, status.cached) {
        (Some(why), _) => format!("cannot be used here: {why}"),
        (None, Some(true)) => "holds the key now".to_owned(),
        (None, Some(false) | None) => "holds no key".to_owned(),
    };
    format!("kernel keyring, {minutes} min; {state}")
}

fn answer(status: &VaultStatus, place: &Place<'_>) -> serde_json::Value {
    let lock = status.lock.as_ref();
    let cost = lock.and_then(|it| it.cost).map(|cost| {
        serde_json::json!({
            "algorithm": "argon2id",
            "memory_kib": cost.memory,
            "passes": cost.passes,
            "lanes": cost.lanes,
        })
    });
    let file = lock.is_some_and(|it| it.source == Source::File).then(|| {
        let path = &place.paths.vault_key;
        serde_json::json!({ "path": path.to_string_lossy(), "there": path.exists() })
    });
    serde_json::json!({
        "version": 1,
        "store": place.name(),
        "store_id": status.store,
        "source": lock.map(|it: &Lock| it.source.slug()),
        "key_id": lock.map(|it| &it.key_id),
        "key_file": file,
        "key_derivation": cost,
        "data_key_made_at": lock.map(|it| it.made_at),
        "state": status.state,
        "sealed_secrets": status.secrets,
        "sealed_drafts": status.drafts,
        "sealed_context_secrets": status.contexts,
        "cache": match place.config.vault.cache {
            UnlockCache::None => "none",
            UnlockCache::Keyring => "keyring",
        },
        "cached": status.cached,
        "cache_problem": status.cache_broken,
    })
}
