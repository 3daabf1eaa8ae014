//! `jetbridge paths`. SPEC E2.

use std::path::Path;

use super::answer::{Format, VERSION, whole};
use super::output::Printer;
use super::table;
use crate::backend::redacted::Hide;
use crate::config::Paths;
use crate::error::{Exit, Failure};

pub fn run(
    printer: &mut Printer<'_>,
    paths: &Paths,
    format: Format,
    hide: Option<&Hide>,
) -> Result<Exit, Failure> {
    let shown = |path: &Path| hide.map_or_else(|| path.to_owned(), |hide| hide.place(path));
    let all: [(&str, &str, &Path); 7] = [
        ("config_file", "Configuration", &paths.config_file),
        ("store", "Store", &paths.store),
        ("vault_key", "Vault key", &paths.vault_key),
        ("config_dir", "Configuration folder", &paths.config_dir),
        ("data_dir", "Data folder", &paths.data_dir),
        ("state_dir", "State folder", &paths.state_dir),
        ("log_dir", "Log and fault reports", &paths.log_dir),
    ];
    let places: serde_json::Map<String, serde_json::Value> = all
        .iter()
        .map(|(key, _, path)| ((*key).to_owned(), shown(path).to_string_lossy().into()))
        .collect();
    let answer = serde_json::json!({ "version": VERSION, "paths": places });
    let records = all.iter().map(|(key, _, path)| {
        serde_json::json!({ "name": key, "path": shown(path).to_string_lossy(), "exists": path.exists() })
    });
    if whole(printer, format, &answer, &["name", "path", "exists"], records)? {
        return Ok(Exit::Ok);
    }
    let pairs: Vec<(&str, String)> = all
        .iter()
        .map(|(_, label, path)| {
            let missing = if path.exists() { "" } else { "  (not there yet)" };
            (*label, format!("{}{missing}", shown(path).display()))
        })
        .collect();
    table::print_pairs(printer, 0, &pairs)?;
    Ok(Exit::Ok)
}
