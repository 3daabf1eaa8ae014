//! The last good answer of a context, kept in a file ([`cache`]) that is bound to context, address and
//! client id.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::FlySettings;
use super::row::Row;
use super::snapshot::Snapshot;
use crate::backend::cache;
use crate::domain::Timestamp;
use crate::files::FileError;

/// Version of the form; a file of another is not used.
const VERSION: u32 = 1;

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
    match cache::read(path, &Head::of(settings)) {
        // None, of another version, or the context's address or client id was changed since.
        Ok(None) => Found::Nothing(None),
        Ok(Some(text)) => match content(&text) {
            Some(it) => Found::List(Box::new(it)),
            None => Found::Nothing(Some(cache::damaged(path))),
        },
        Err(why) => Found::Nothing(Some(why)),
    }
}

/// What stands behind the head: the list. `None`: it is none.
pub(super) fn content(text: &str) -> Option<Snapshot> {
    let it: Content = serde_json::from_str(text).ok()?;
    Some(Snapshot::of_rows(it.rows, it.as_of, it.remarks))
}

/// Replaces what is kept of a context.
pub(super) fn write(path: &Path, settings: &FlySettings, list: &Snapshot) -> Result<(), FileError> {
    let rows = list.rows().collect();
    let written = Written { as_of: list.as_of, remarks: &list.remarks, rows };
    cache::write(path, &Head::of(settings), &written)
}
