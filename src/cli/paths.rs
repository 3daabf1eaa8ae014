//! `jetbridge paths`. SPEC E2.

use std::path::Path;

use super::answer::{Format, VERSION, whole};
use super::output::Printer;
use super::table;
use crate::backend::redacted::Hide;
use crate::config::Paths;
use crate::error::{Exit, Failure};

/// A place that jetbridge reads or writes.
pub struct Place<'a> {
    /// Its name in JSON.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Where it is.
    pub path: &'a Path,
    /// What it holds.
    pub about: &'static str,
}

/// Every place, with what it holds.
pub fn places(paths: &Paths) -> [Place<'_>; 7] {
    let place = |key, label, path, about| Place { key, label, path, about };
    [
        place(
            "config_file",
            "Configuration",
            &paths.config_file,
            "the configuration; `jetbridge help configuration` shows every key with its default",
        ),
        place(
            "store",
            "Store",
            &paths.store,
            "the connections of this user, with history, directory and drafts; beside it -wal and -shm",
        ),
        place(
            "vault_key",
            "Vault key",
            &paths.vault_key,
            "what opens the sealed secrets of your stores",
        ),
        place(
            "config_dir",
            "Configuration folder",
            &paths.config_dir,
            "configuration and vault key; JETBRIDGE_CONFIG_DIR",
        ),
        place(
            "data_dir",
            "Data folder",
            &paths.data_dir,
            "the store, the last lists read from Fly contexts, how lists were left; JETBRIDGE_DATA_DIR",
        ),
        place(
            "state_dir",
            "State folder",
            &paths.state_dir,
            "what can be lost without harm; JETBRIDGE_STATE_DIR",
        ),
        place(
            "log_dir",
            "Log and fault reports",
            &paths.log_dir,
            "the log, JSON lines without secrets, and reports of faults",
        ),
    ]
}

pub fn run(
    printer: &mut Printer<'_>,
    paths: &Paths,
    format: Format,
    hide: Option<&Hide>,
) -> Result<Exit, Failure> {
    let shown = |path: &Path| hide.map_or_else(|| path.to_owned(), |hide| hide.place(path));
    let all = places(paths);
    let entries: serde_json::Map<String, serde_json::Value> =
        all.iter().map(|it| (it.key.to_owned(), shown(it.path).to_string_lossy().into())).collect();
    let answer = serde_json::json!({ "version": VERSION, "paths": entries });
    let records = all.iter().map(|it| {
        let path = shown(it.path);
        serde_json::json!({
            "name": it.key, "path": path.to_string_lossy(), "exists": it.path.exists(),
        })
    });
    if whole(printer, format, &answer, &["name", "path", "exists"], records)? {
        return Ok(Exit::Ok);
    }
    let pairs: Vec<(&str, String)> = all
        .iter()
        .map(|it| {
            let missing = if it.path.exists() { "" } else { "  (not there yet)" };
            (it.label, format!("{}{missing}", shown(it.path).display()))
        })
        .collect();
    table::print_pairs(printer, 0, &pairs)?;
    Ok(Exit::Ok)
}
