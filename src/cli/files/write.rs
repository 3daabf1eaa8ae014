//! Writes files whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::domain::text::shown;
use crate::error::Failure;

/// Replaces a file; only its owner can read a new one.
pub fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes).map_err(|error| {
        Failure::new(format!("{} cannot be written", shown(&path.to_string_lossy())))
            .because(error.to_string())
            .hint("Choose a place that you may write to.")
    })
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // What a link points to is replaced, not the link.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|it| !it.as_os_str().is_empty());
    let mut file = tempfile::Builder::new().tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}
