//! Files and folders of the store: private from the moment they exist. SPEC E2.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::backend::BackendError;

use super::failure::from_io;

/// Makes the folder that a file lies in, with all above it, for this user alone. A folder that
/// is there already keeps its permissions: it may be one that others share on purpose.
pub(super) fn private_folder_of(file: &Path) -> Result<(), BackendError> {
    let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty()) else {
        return Ok(());
    };
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| from_io(&error, folder))
}

/// Makes an empty file for this user alone; a file that is there is kept, and closed to others.
pub(super) fn private_file(path: &Path) -> Result<(), BackendError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(from_io(&error, path)),
    }
    close_to_others(path);
    Ok(())
}

/// Takes a file's permissions from everyone but its owner. Failing is not an error: whoever is
/// not the owner cannot do it, and then the owner decides.
pub(super) fn close_to_others(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if let Ok(meta) = fs::metadata(path)
            && meta.permissions().mode() & 0o077 != 0
        {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Makes a new name in a folder survive a power loss.
pub(super) fn sync_folder_of(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if cfg!(unix) && !folder.as_os_str().is_empty() => {
            File::open(folder)?.sync_all()
        }
        _ => Ok(()),
    }
}

/// Reads as much of a file's beginning as there is, up to `most` bytes.
pub(super) fn beginning(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A temporary file older than this was left by a process that was killed.
const STALE: Duration = Duration::from_secs(3_600);

/// Removes the temporary files of this beginning that killed processes have left in a folder.
pub(super) fn sweep(folder: &Path, beginning: &str) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|it| it.file_name().to_string_lossy().starts_with(beginning)) {
        let modified = entry.metadata().and_then(|it| it.modified());
        let age = modified.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        if age.is_some_and(|age| age > STALE) {
            // Another process may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
}
