//! Files the screen writes.

use std::path::{Path, PathBuf};

use crate::domain::Secret;
use crate::files::path::pasted;
use crate::files::write::{self, Existing};

/// Writes a new file that only its owner can read. The disk may be slow, so a thread does it.
pub(super) async fn write(path: PathBuf, text: Secret) -> Result<PathBuf, String> {
    let written = tokio::task::spawn_blocking(move || {
        let path = typed(&path);
        write_now(&path, &text).map(|()| path)
    });
    written.await.unwrap_or_else(|_| Err("The file was not written.".into()))
}

/// The path in what was typed or pasted on the screen.
pub(super) fn typed(path: &Path) -> PathBuf {
    pasted(&path.to_string_lossy())
}

fn write_now(path: &Path, text: &Secret) -> Result<(), String> {
    let written = write::bytes(path, Existing::Keep, text.expose().as_bytes());
    written.map_err(|error| format!("{error}. {}", error.hint()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_new_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.txt");
        write_now(&path, &Secret::new("fake-secret")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "fake-secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = write_now(&path, &Secret::new("other")).unwrap_err();
        assert!(again.contains("exists already"), "{again}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "fake-secret");
    }

    #[test]
    fn a_failure_says_what_to_do_and_never_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_now(&folder.path().join("no/such/key.txt"), &Secret::new("fake-secret"))
            .unwrap_err();
        assert!(
            error.contains("Create the folder first") && !error.contains("fake-secret"),
            "{error}"
        );
    }
}
