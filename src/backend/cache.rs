//! A list kept in a file for this user alone, so that it opens at once the next time. It holds no
//! secret; what it holds of a tenant is what the list shows.
//!
//! Its first line says what it is the list of, and a file of anything else is not read any further. It
//! is replaced whole by rename, and never needed: one that cannot be used is reported and forgotten.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::write::{self, Existing};
use crate::files::{FileError, Why, read};
use crate::text::shown;

/// Longest file that is read, in bytes: some 100,000 rows with long descriptions.
const MOST: u64 = 96 << 20;

/// Reads what stands behind the head. `None`: there is none, or it is of something else.
///
/// # Errors
/// Why it cannot be used, for whoever waits for it.
pub(super) fn read<H: DeserializeOwned + PartialEq>(
    path: &Path,
    head: &H,
) -> Result<Option<String>, String> {
    let mut text = match read::text(path, MOST) {
        Ok(text) => text,
        Err(error) if error.why == Why::Missing => return Ok(None),
        Err(error) => return Err(unusable(path, &error.cause())),
    };
    let Some(end) = text.find('\n') else { return Err(damaged(path)) };
    let content = text.split_off(end + 1);
    match serde_json::from_str::<H>(&text) {
        Ok(found) => Ok((found == *head).then_some(content)),
        Err(_) => Err(damaged(path)),
    }
}

/// Replaces it. Another process reads either the old file or the new one.
pub(super) fn write<H: Serialize, C: Serialize>(
    path: &Path,
    head: &H,
    content: &C,
) -> Result<(), FileError> {
    write::folder(write::folder_of(path))?;
    write::with(path, Existing::Replace, |out| {
        serde_json::to_writer(&mut *out, head)?;
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut *out, content)?;
        out.write_all(b"\n")
    })
}

/// What to say of one that is damaged.
pub(super) fn damaged(path: &Path) -> String {
    unusable(path, "it is damaged")
}

fn unusable(path: &Path, why: &str) -> String {
    let path = path.display().to_string();
    format!(
        "The cached list could not be used ({}: {}); refreshing replaces it.",
        shown(&path),
        shown(why)
    )
}
