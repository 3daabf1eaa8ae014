//! The last good answer of a context, kept in a file for this user alone, so that the list opens at
//! once. It holds no secret; what it holds of a tenant is what the list shows.
//!
//! It is bound to context, address and client id, replaced whole by rename, and never needed: one
//! that cannot be used is said and forgotten.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::FlySettings;
use super::row::Row;
use super::snapshot::Snapshot;
use crate::domain::Timestamp;
use crate::files::write::{self, Existing};
use crate::files::{FileError, Why, read};
use crate::text::shown;

/// Version of the form; a file of another is not used.
const VERSION: u32 = 1;
/// Longest file that is read, in bytes: some 100,000 rows with long descriptions.
const MOST: u64 = 96 << 20;

/// What the file begins with.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    jetbridge_fly_cache: u32,
    context: String,
    api: String,
    client: String,
}

impl Head {
    fn of(settings: &FlySettings) -> Self {
        Self {
            jetbridge_fly_cache: VERSION,
            context: settings.context.clone(),
            api: settings.api.as_str().trim_end_matches('/').to_owned(),
            client: settings.client_id.clone(),
        }
    }
}

#[derive(Deserialize)]
struct Content {
    as_of: Timestamp,
    #[serde(default)]
    remarks: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Written<'a> {
    as_of: Timestamp,
    remarks: &'a [String],
    rows: Vec<&'a Row>,
}

/// What was found.
pub(super) enum Found {
    /// A list.
    List(Box<Snapshot>),
    /// None for this context; why, where that is worth a word.
    Nothing(Option<String>),
}

/// Reads what is kept of a context.
pub(super) fn read(path: &Path, settings: &FlySettings) -> Found {
    let text = match read::text(path, MOST) {
        Ok(text) => text,
        Err(error) if error.why == Why::Missing => return Found::Nothing(None),
        Err(error) => return unusable(path, &error.cause()),
    };
    // Two lines, so that a file of another context is not read any further than its first.
    let Some((head, content)) = text.split_once('\n') else {
        return unusable(path, "it is damaged");
    };
    match serde_json::from_str::<Head>(head) {
        Ok(head) if head == Head::of(settings) => {}
        // Another version, or the context's address or client id was changed since.
        Ok(_) => return Found::Nothing(None),
        Err(_) => return unusable(path, "it is damaged"),
    }
    match self::content(content) {
        Some(it) => Found::List(Box::new(it)),
        None => unusable(path, "it is damaged"),
    }
}

/// The second line: the list. `None`: it is none.
pub(super) fn content(text: &str) -> Option<Snapshot> {
    let it: Content = serde_json::from_str(text).ok()?;
    Some(Snapshot::of_rows(it.rows, it.as_of, it.remarks))
}

fn unusable(path: &Path, why: &str) -> Found {
    let path = path.display().to_string();
    Found::Nothing(Some(format!(
        "The cached list could not be used ({}: {}); refreshing replaces it.",
        shown(&path),
        shown(why)
    )))
}

/// Replaces what is kept of a context. Another process reads either the old file or the new one.
pub(super) fn write(path: &Path, settings: &FlySettings, list: &Snapshot) -> Result<(), FileError> {
    write::folder(write::folder_of(path))?;
    write::with(path, Existing::Replace, |out| {
        serde_json::to_writer(&mut *out, &Head::of(settings))?;
        out.write_all(b"\n")?;
        let rows = list.rows().collect();
        let written = Written { as_of: list.as_of, remarks: &list.remarks, rows };
        Ok(serde_json::to_writer(out, &written)?)
    })
}
