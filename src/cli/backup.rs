//! `jetbridge backup`: one sealed file with everything, checked before it replaces anything.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::answer::{Format, FormatArgs, object};
use super::keys;
use super::progress::wait_saying;
use super::session::{Session, minute};
use super::table;
use super::vault::Place;
use crate::backend::BackendError;
use crate::backend::store::backup::{Contents, Made, Restored, Unsealed, Wanted};
use crate::backend::store::{OpenOptions, Source, Store, TeamStore, VaultCalls, backup};
use crate::cli::stores;
use crate::error::{Exit, Failure};
use crate::files::Why;
use crate::files::write;
use crate::service::store_copy::{self, Copied};
use crate::text::{counted, shown};

/// Commands of `backup`.
#[derive(Debug, Subcommand)]
pub enum BackupVerb {
    /// Write the whole store, sealed, into one file
    #[command(after_help = CREATE_HELP)]
    Create {
        /// File to write
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Replace an existing file
        #[arg(long)]
        force: bool,
        /// Give it a passphrase of its own, which is asked for
        #[arg(long)]
        passphrase: bool,
        /// Give it a passphrase of its own, read from standard input
        #[arg(long)]
        passphrase_stdin: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Open a backup and check all of it; nothing is changed
    Verify {
        /// The backup
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        json: FormatArgs,
    },
    /// Check a backup and replace the store with it; the old store is kept
    Restore {
        /// The backup
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only check it, and show what would be restored
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: FormatArgs,
    },
}

const CREATE_HELP: &str = "\
The backup opens with what opens the vault: the key file, the passphrase, or what the key command
prints. Keep that apart from the backup. With --passphrase it needs nothing but its own passphrase,
also on another machine.

`jetbridge restore` brings single deleted connections back; `jetbridge backup restore` brings a whole
store back.";

pub fn run(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    verb: BackupVerb,
) -> Result<Exit, Failure> {
    match verb {
        BackupVerb::Create { file, force, passphrase, passphrase_stdin, json } => {
            let aside = Aside::of(place)?;
            let options =
                aside.as_ref().map_or_else(|| place.options(), |it| Ok(it.options.clone()))?;
            let store = Store::open(options)?;
            let own = passphrase || passphrase_stdin;
            let text = "Passphrase of the backup";
            let passphrase = if own {
                Some(keys::new_passphrase(session, passphrase_stdin, text)?)
            } else {
                None
            };
            let wanted = Wanted { file: file.clone(), replace: force, passphrase };
            let terminal = session.terminals.error;
            if let Some(team) = &place.team {
                fill(session, team, &store)?;
            }
            let work = store.back_up(wanted);
            let made = wait_saying(session.printer, terminal, "Writing the backup", work)?;
            let made = made.map_err(|error| {
                let there = matches!(&error, BackendError::File(it) if it.why == Why::Exists);
                let mut failure = Failure::from(error);
                if there {
                    failure.hints = vec!["Choose another name, or add --force.".to_owned()];
                }
                failure
            })?;
            created(session, place, &file, &made, json.format())
        }
        BackupVerb::Verify { file, json } => {
            let aside = Aside::of(place)?;
            let options =
                aside.as_ref().map_or_else(|| place.options(), |it| Ok(it.options.clone()))?;
            let unsealed = Unsealed::read(&options, &file)?;
            let contents = unsealed.contents();
            if !json.format().is_table() {
                object(session.printer, json.format(), &answer(&file, contents))?;
            } else {
                let mut pairs = lines(contents);
                pairs.insert(0, ("Backup", file.display().to_string()));
                table::print_pairs(session.printer, 0, &pairs)?;
                session.printer.say("The backup is complete and every part of it can be opened.");
            }
            Ok(Exit::Ok)
        }
        BackupVerb::Restore { file, dry_run: true, json } => {
            let aside = Aside::of(place)?;
            let options =
                aside.as_ref().map_or_else(|| place.options(), |it| Ok(it.options.clone()))?;
            let unsealed = Unsealed::read(&options, &file)?;
            let contents = unsealed.contents();
            if !object(session.printer, json.format(), &answer(&file, contents))? {
                let count = usize::try_from(contents.connections).unwrap_or(usize::MAX);
                let what = counted(count, "connection");
                let at = minute(contents.made_at);
                session.printer.line(&format!("would restore {what} as of {at}"))?;
            }
            Ok(Exit::Ok)
        }
        BackupVerb::Restore { file, dry_run: false, json } => match &place.team {
            Some(_) => restore_team(session, place, &file, json.format()),
            None => restore(session, place, &file, json.format()),
        },
    }
}

/// A store that is there for a moment, between a team store and a backup: in a private folder of its own,
/// sealed with the key file of this machine.
struct Aside {
    options: OpenOptions,
    _folder: tempfile::TempDir,
}

impl Aside {
    /// One, where the place is a team store.
    fn of(place: &Place<'_>) -> Result<Option<Self>, Failure> {
        use std::os::unix::fs::PermissionsExt;
        if place.team.is_none() {
            return Ok(None);
        }
        let mut options = place.options()?;
        let data = write::folder_of(&options.path).to_owned();
        write::folder(&data)?;
        let folder = tempfile::Builder::new()
            .prefix(".jetbridge-team-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(&data)
            .map_err(|error| {
                Failure::new("a private folder cannot be made")
                    .because(error.to_string())
                    .hint("Check owner and free space of the data folder: `jetbridge paths`.")
            })?;
        options.path = folder.path().join("connections.db");
        (options.purge_days, options.forget) = (0, None);
        Ok(Some(Self { options, _folder: folder }))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        backup::forget_outside(&self.options);
    }
}

/// Copies the team store into one that is there for a moment.
fn fill(
    session: &mut Session<'_, '_>,
    team: &crate::backend::store::TeamOptions,
    into: &Store,
) -> Result<Copied, Failure> {
    let from = TeamStore::start(team.clone())?;
    let terminal = session.terminals.error;
    let work = store_copy::copy(&from, into);
    let done = wait_saying(session.printer, terminal, "Reading the team store", work)?;
    done.map_err(|stop| stores::failure(stop, "the team store", "the backup"))
}

/// Brings what is in a backup into a team store.
fn restore_team(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    file: &Path,
    format: Format,
) -> Result<Exit, Failure> {
    let (Some(aside), Some(team)) = (Aside::of(place)?, &place.team) else {
        return restore(session, place, file, format);
    };
    let unsealed = Unsealed::read(&aside.options, file)?;
    let contents = unsealed.contents().clone();
    let yes = session.yes;
    if !yes && !session.can_ask() {
        return Err(session
            .nobody("whether to restore into the team store")
            .hint("Add --yes; nothing that is there is overwritten."));
    }
    if !yes {
        for (label, text) in lines(&contents) {
            session.printer.must_say(&format!("{label}: {text}"));
        }
        let count = usize::try_from(contents.connections).unwrap_or(usize::MAX).max(1);
        let does = format!("restore {}", counted(count, "connection"));
        if !session.agree("Add these to the team store?", &does, count)? {
            return Err(Failure::new("nothing was restored").because("you did not agree"));
        }
    }
    unsealed.replace(&aside.options)?;
    let from = Store::open(aside.options.clone())?;
    let to = TeamStore::start(team.clone())?;
    let terminal = session.terminals.error;
    let work = store_copy::copy(&from, &to);
    let done = wait_saying(session.printer, terminal, "Restoring", work)?
        .map_err(|stop| stores::failure(stop, "the backup", "the team store"))?;
    if !format.is_table() {
        let mut answer = answer(file, &contents);
        if let Some(all) = answer.as_object_mut() {
            let source = source_of(&to)?;
            all.insert("kept_aside".to_owned(), serde_json::Value::Null);
            all.insert("vault_source".to_owned(), source.into());
            all.insert("vault_changed".to_owned(), false.into());
        }
        object(session.printer, format, &answer)?;
        return Ok(Exit::Ok);
    }
    let connections = counted(done.connections, "connection");
    let at = minute(contents.made_at);
    session.printer.line(&format!("Restored {connections} as of {at}, read back and compared."))?;
    Ok(Exit::Ok)
}

/// What opens the vault of a team store.
fn source_of(store: &TeamStore) -> Result<Option<&'static str>, Failure> {
    let status = super::session::wait(VaultCalls::vault_status(store))??;
    Ok(status.lock.map(|it| it.source.slug()))
}

fn created(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    file: &Path,
    made: &Made,
    format: Format,
) -> Result<Exit, Failure> {
    if !format.is_table() {
        object(
            session.printer,
            format,
            &serde_json::json!({
                "version": 1,
                "file": file.to_string_lossy(),
                "store_id": made.store,
                "made_at": made.at,
                "source": made.source.slug(),
                "bytes": made.size,
            }),
        )?;
        return Ok(Exit::Ok);
    }
    let name = shown(&file.to_string_lossy()).into_owned();
    session.printer.line(&format!("{name}: {} bytes, opens with a {}.", made.size, made.source))?;
    if made.source == Source::File {
        let key = shown(&place.paths.vault_key.to_string_lossy()).into_owned();
        session.printer.say(&format!(
            "hint: it cannot be opened without {key}: keep a copy of that, but not with the backup."
        ));
    }
    Ok(Exit::Ok)
}

fn restore(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    file: &Path,
    format: Format,
) -> Result<Exit, Failure> {
    let (yes, replaces) = (session.yes, place.paths.store.exists());
    if replaces && !yes && !session.can_ask() {
        return Err(session
            .nobody("whether to replace the store")
            .hint("Add --yes; the current store is kept next to it."));
    }
    let options = place.options()?;
    let unsealed = Unsealed::read(&options, file)?;
    if replaces && !yes {
        let contents = unsealed.contents();
        for (label, text) in lines(contents) {
            session.printer.must_say(&format!("{label}: {text}"));
        }
        let question = "Replace the store with this backup? The old store is kept.";
        let count = usize::try_from(contents.connections).unwrap_or(usize::MAX).max(1);
        let does = format!("restore {}", counted(count, "connection"));
        if !session.agree(question, &does, count)? {
            return Err(Failure::new("nothing was restored")
                .because("you did not agree")
                .hint("Confirm as asked to replace the store, or use --yes."));
        }
    }
    let contents = unsealed.contents().clone();
    let restored = unsealed.replace(&options).map_err(|error| match error {
        BackendError::Busy => Failure::new("another jetbridge has the store open")
            .hint("Leave it there and try again; nothing was changed."),
        other => Failure::from(other),
    })?;
    if !format.is_table() {
        let mut answer = answer(file, &contents);
        if let Some(all) = answer.as_object_mut() {
            let aside = restored.aside.as_ref().map(|it| it.to_string_lossy().into_owned());
            all.insert("kept_aside".to_owned(), aside.into());
            all.insert("vault_source".to_owned(), restored.source.slug().into());
            all.insert("vault_changed".to_owned(), restored.rewrapped.into());
        }
        object(session.printer, format, &answer)?;
        return Ok(Exit::Ok);
    }
    reported(session, place, &contents, &restored)
}

fn reported(
    session: &mut Session<'_, '_>,
    place: &Place<'_>,
    contents: &Contents,
    restored: &Restored,
) -> Result<Exit, Failure> {
    let connections = counted(usize::try_from(contents.connections).unwrap_or(0), "connection");
    session.printer.line(&format!("Restored {connections} as of {}.", minute(contents.made_at)))?;
    if let Some(aside) = &restored.aside {
        let aside = shown(&aside.to_string_lossy()).into_owned();
        session.printer.line(&format!("The previous store is {aside}."))?;
    }
    if restored.rewrapped {
        session.printer.say(
            "hint: nothing here opens what the store was sealed with, so its vault opens with the \
             backup's passphrase now; `jetbridge vault rotate --source …` changes that.",
        );
    } else if restored.source == Source::File && !place.paths.vault_key.exists() {
        let key = shown(&place.paths.vault_key.to_string_lossy()).into_owned();
        session.printer.say(&format!("hint: put the key file at {key} to open its secrets."));
    }
    Ok(Exit::Ok)
}

fn lines(contents: &Contents) -> Vec<(&'static str, String)> {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    vec![
        ("Created", minute(contents.made_at)),
        ("Opens with", contents.source.to_string()),
        (
            "Contains",
            format!(
                "{}, {}, {}",
                counted(count(contents.connections), "connection"),
                counted(count(contents.secrets), "sealed secret"),
                counted(count(contents.drafts), "draft")
            ),
        ),
    ]
}

fn answer(file: &Path, contents: &Contents) -> serde_json::Value {
    serde_json::json!({
        "version": 1,
        "file": file.to_string_lossy(),
        "store_id": contents.store,
        "made_at": contents.made_at,
        "source": contents.source.slug(),
        "schema": contents.schema,
        "connections": contents.connections,
        "sealed_secrets": contents.secrets,
        "sealed_drafts": contents.drafts,
    })
}
