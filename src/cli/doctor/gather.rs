//! Finds out what `doctor` judges: environment, files, the store. Looks and changes nothing.

use std::path::Path;
use std::time::Duration;

use super::network;
use crate::app::geometry;
use crate::backend::BackendError;
use crate::backend::store::{Inspection, KeyFile, Source, can_lock, inspect, inspect_key, probe};
use crate::cli::context::open::{self, Wish};
use crate::cli::output::Terminals;
use crate::cli::session::wait;
use crate::config::{Colour, Config, ConfigError, Paths, decided};
use crate::domain::secret_source::{LITERAL, holds_literal};
use crate::domain::{Timestamp, locale};
use crate::error::Failure;
use crate::files::{owner, program};
use crate::service::doctor::{self as facts, Facts, Folder};

/// Longest time for SQLite's quick check.
const CHECK_TIME: Duration = Duration::from_secs(20);
/// Longest time for tmux to answer.
const TMUX_TIME: Duration = Duration::from_secs(2);

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// Everything; services are called only with `call`.
pub fn facts(
    paths: Option<&Paths>,
    asked_for: bool,
    call: bool,
    wish: &Wish,
) -> Result<Facts, Failure> {
    let loaded = paths.map(|it| Config::load(&it.config_file, asked_for));
    // Nothing that a broken file says is believed.
    let config = match &loaded {
        Some(Ok(config)) => config.clone(),
        Some(Err(_)) | None => Config::default(),
    };
    let broken = matches!(loaded, Some(Err(_)));
    let inspected = paths
        .filter(|it| it.store.exists())
        .map(|it| inspect(&it.store, &it.vault_key, CHECK_TIME));
    let inside = inspected.as_ref().and_then(|it| it.as_ref().ok());
    let key = paths.map(|it| key(it, &config, inside)).unwrap_or_default();
    let store = paths.map(|it| store(it, config.purge_days, inspected));
    let sealed = match &store {
        Some(facts::Store { inside: Some(Ok(it)), .. }) => it.sealed_contexts.clone(),
        Some(_) | None => Vec::new(),
    };
    let mut contexts = Vec::new();
    let mut ahead = None;
    if let Some(paths) = paths {
        (contexts, ahead) = network::contexts(paths, &config, &sealed, call, wish)?;
        // Every other command would be refused for it.
        if let Err(failure) = open::chosen(wish, &env, &config) {
            let what = [vec![failure.what], failure.why].concat().join(": ");
            contexts.push(facts::Context {
                name: "chosen".to_owned(),
                credential: Some(Err((what, failure.hints.join(" ")))),
                ..facts::Context::default()
            });
        }
    }
    Ok(Facts {
        terminal: terminal(&config)?,
        config: configuration(paths, &config, loaded.and_then(Result::err)),
        store,
        key,
        contexts,
        network: network::network(&config, broken),
        clock: facts::Clock { now: Some(Timestamp::now()), ahead },
        log: paths.map(|it| folder(&it.log_dir)),
    })
}

fn terminal(config: &Config) -> Result<facts::Terminal, Failure> {
    let terminals = Terminals::of_process();
    let (colour, why) = decided(config.ui.colour, &env, terminals.output);
    let locale = locale::deciding(&env);
    let tmux = match env("TMUX") {
        Some(_) => Some(wait(tmux())?),
        None => None,
    };
    Ok(facts::Terminal {
        term: env("TERM").unwrap_or_default(),
        input: terminals.input,
        output: terminals.output,
        size: crossterm::terminal::size().ok().filter(|_| terminals.output),
        least: geometry::LEAST,
        colour: colour == Colour::On,
        colour_why: why.to_owned(),
        locale,
        ascii: config.ui.borders.is_ascii(&env),
        tmux,
        screen: env("TMUX").is_none() && env("STY").is_some(),
        clipboard: facts::Clipboard::NotAsked,
    })
}

async fn tmux() -> facts::Tmux {
    let (set_clipboard, allow_passthrough, escape_time) = tokio::join!(
        tmux_option("set-clipboard"),
        tmux_option("allow-passthrough"),
        tmux_option("escape-time"),
    );
    facts::Tmux { set_clipboard, allow_passthrough, escape_time }
}

/// A global option of the tmux around us; `None`: it did not answer in time, or does not know it.
async fn tmux_option(name: &str) -> Option<String> {
    let run = tokio::process::Command::from(program::command("tmux").ok()?)
        .args(["show-options", "-gv", name])
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(TMUX_TIME, run).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

fn configuration(
    paths: Option<&Paths>,
    config: &Config,
    error: Option<ConfigError>,
) -> facts::Config {
    let file = paths.map(|it| it.config_file.clone()).unwrap_or_default();
    let mistakes = match &error {
        Some(error) => {
            let keys = error.problems.iter().map(|it| it.about.clone());
            keys.zip(error.lines()).collect()
        }
        None => Vec::new(),
    };
    facts::Config {
        exists: file.exists(),
        file,
        mistakes,
        rebound: config.keys.len(),
        author: config.author(),
        claimed: !config.user.is_empty(),
    }
}

fn store(
    paths: &Paths,
    purge_days: u32,
    inspected: Option<Result<Inspection, BackendError>>,
) -> facts::Store {
    let file = folder(&paths.store);
    let parent = folder(paths.store.parent().unwrap_or(&paths.data_dir));
    let mut wal = paths.store.as_os_str().to_owned();
    wal.push("-wal");
    let inside = inspected.map(|it| match it {
        Ok(it) => Ok(facts::Inside {
            schema: it.schema,
            known: it.known,
            connections: it.connections,
            damage: it.damage,
            last_change: it.last_change,
            sealed: it.sealed,
            sealed_contexts: it.contexts,
            deleted: it.deleted,
            untrusted: it.untrusted.map(|it| (it.to_string(), it.hint())),
            purge_days,
        }),
        Err(error) => Err((error.to_string(), error.hint())),
    });
    let place = nearest(&parent.path);
    facts::Store {
        network_fs: probe(place).ok().flatten(),
        free: free(place),
        wal: std::fs::metadata(wal).map_or(0, |it| it.len()),
        inside,
        file,
        folder: parent,
    }
}

/// Manage the key that protects stored secrets of the store, as the store itself says. Nothing is opened.
fn key(paths: &Paths, config: &Config, inside: Option<&Inspection>) -> facts::Key {
    let source = inside.and_then(|it| it.source).unwrap_or(Source::File);
    let other = match source {
        Source::File => None,
        Source::Passphrase => {
            let label = "a passphrase opens them; `jetbridge vault status --check` tries it";
            Some((label.to_owned(), Ok(())))
        }
        // Of a team store only, which this is not.
        Source::Members => None,
        Source::Command => {
            let label = "key_command opens them; it was not run";
            Some((label.to_owned(), command(&config.vault.key_command)))
        }
    };
    let file = folder(&paths.vault_key);
    let found = if file.exists {
        match inspect_key(&paths.vault_key, inside.and_then(|it| it.key_id)) {
            KeyFile::Unreadable => facts::KeyFile::Unreadable,
            KeyFile::Broken => facts::KeyFile::Broken,
            KeyFile::Other => facts::KeyFile::Other,
            KeyFile::Fits => facts::KeyFile::Fits,
        }
    } else {
        facts::KeyFile::Missing
    };
    facts::Key { file: Some((file, found)), other, locked: can_lock() }
}

fn command(words: &[String]) -> Result<(), (String, String)> {
    let Some(program) = words.first() else {
        return Err((
            "a command opens them, and the configuration names none".to_owned(),
            "Set key_command under [vault] in the configuration.".to_owned(),
        ));
    };
    if holds_literal(words) {
        let hint = "Name another key_command under [vault] in the configuration.";
        return Err((LITERAL.to_owned(), hint.to_owned()));
    }
    match program::find(program) {
        Ok(_) => Ok(()),
        Err(why) => Err((
            format!("the program of key_command cannot be started: {why}"),
            format!("{} Or change key_command under [vault] in the configuration.", why.hint()),
        )),
    }
}

/// A file or folder, and whether it or the place where it would be made can be written to.
pub(super) fn folder(path: &Path) -> Folder {
    let meta = std::fs::metadata(path).ok();
    let mode = meta.as_ref().map(|it| {
        use std::os::unix::fs::PermissionsExt;
        it.permissions().mode() & 0o7777
    });
    let writable = writable(nearest(path));
    let foreign = if writable { None } else { owner::in_the_way(path) };
    Folder { path: path.to_owned(), exists: meta.is_some(), mode, writable, foreign }
}

/// The path itself, or what is there of it.
fn nearest(path: &Path) -> &Path {
    path.ancestors().find(|it| it.exists()).unwrap_or(path)
}

fn writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

fn free(path: &Path) -> Option<u64> {
    let reported = rustix::fs::statvfs(path).ok()?;
    reported.f_bavail.checked_mul(reported.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_judged_by_where_it_would_be() {
        let folder = tempfile::tempdir().unwrap();
        let missing = super::folder(&folder.path().join("a/b"));
        assert_eq!((missing.exists, missing.mode, missing.writable), (false, None, true));
        assert!(free(nearest(&missing.path)).is_some());
    }
}
