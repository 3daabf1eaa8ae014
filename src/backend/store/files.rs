//! Files and folders of the store: private from the moment they exist. SPEC E2.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::backend::BackendError;
use crate::files::{FileError, Why, read, secret, write};

/// Makes the folder that a file lies in, with all above it, for this user alone. One that is there
/// already keeps its permissions: others may look into it, and [`place`] refuses what they can change.
pub(crate) fn private_folder_of(file: &Path) -> Result<(), BackendError> {
    let folder = write::folder_of(file);
    write::folder(folder).map_err(|error| match error.why {
        Why::Denied(_) => BackendError::ReadOnly { path: folder.to_owned() },
        _ => error.into(),
    })
}

/// Makes an empty file for this user alone; a file that is there is kept, and closed to others.
pub(crate) fn private_file(path: &Path) -> Result<(), BackendError> {
    secret::file(path)?;
    if fs::symlink_metadata(path).is_err() {
        write::lock_file(path).map_err(|error| match error.why {
            Why::Denied(_) => BackendError::ReadOnly { path: path.to_owned() },
            _ => error.into(),
        })?;
    }
    close_to_others(path);
    Ok(())
}

/// Takes a file's permissions from everyone but its owner. Failing is not an error: whoever is
/// not the owner cannot do it, and then the owner decides. What a link leads to stays as it is.
pub(crate) fn close_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Ok(meta) = fs::symlink_metadata(path)
        && meta.is_file()
        && meta.permissions().mode() & 0o077 != 0
    {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    }
}

/// Refuses a store that somebody else owns, can change or can replace: its folder, its file, and
/// what SQLite keeps beside it.
pub(crate) fn place(store: &Path) -> Result<(), FileError> {
    secret::folder(write::folder_of(store))?;
    for end in ["", "-wal", "-shm", "-journal", ".lock"] {
        let mut name = store.as_os_str().to_owned();
        name.push(end);
        secret::file(Path::new(&name))?;
    }
    Ok(())
}

/// Makes a new name in a folder survive a power loss.
pub(crate) fn sync_folder_of(file: &Path) -> io::Result<()> {
    write::sync_folder(write::folder_of(file))
}

/// Reads as much of a file's beginning as there is, up to `most` bytes.
pub(crate) fn beginning(path: &Path, most: u64) -> Result<Vec<u8>, BackendError> {
    let file = read::open(path, u64::MAX).map_err(|error| match error.why {
        Why::Denied(_) => BackendError::ReadOnly { path: path.to_owned() },
        _ => error.into(),
    })?;
    let mut bytes = Vec::new();
    file.bytes.take(most).read_to_end(&mut bytes).map_err(|error| from_io(&error, path))?;
    Ok(bytes)
}

/// A failed file operation of our own at `path`.
pub(crate) fn from_io(error: &io::Error, path: &Path) -> BackendError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            BackendError::ReadOnly { path: path.to_owned() }
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BackendError::DiskFull,
        _ => BackendError::Other(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_errors_are_distinguished() {
        let path = Path::new("/data");
        let reported = |kind: io::ErrorKind| from_io(&kind.into(), path);
        assert_eq!(reported(io::ErrorKind::StorageFull), BackendError::DiskFull);
        assert_eq!(
            reported(io::ErrorKind::ReadOnlyFilesystem),
            BackendError::ReadOnly { path: path.to_owned() }
        );
        assert!(matches!(reported(io::ErrorKind::NotFound), BackendError::Other(_)));
    }
}
