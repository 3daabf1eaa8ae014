//! Files the screen writes.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::domain::Secret;
use crate::domain::text::shown;

/// Writes a new file that only its owner can read. The disk may be slow, so a thread does it.
pub(super) async fn write(path: PathBuf, text: Secret) -> Result<PathBuf, String> {
    let path = expanded(path);
    let written = tokio::task::spawn_blocking(move || write_now(&path, &text).map(|()| path));
    written.await.unwrap_or_else(|_| Err("The file was not written.".into()))
}

fn write_now(path: &Path, text: &Secret) -> Result<(), String> {
    let failed = |error: std::io::Error| {
        let place = path.display().to_string();
        let place = shown(&place);
        match error.kind() {
            ErrorKind::AlreadyExists => format!("{place} is there already. Choose another name."),
            ErrorKind::NotFound => format!("The folder of {place} is not there. Make it first."),
            ErrorKind::PermissionDenied => {
                format!("{place} may not be written. Choose another folder.")
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                format!("The disk is full: {place} was not written. Free some space.")
            }
            _ => format!("{place} was not written: {error}"),
        }
    };
    // E2: 0600. An existing file is never overwritten, a link never followed.
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.expose().as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a file would be taken for a whole one.
        let _ = fs::remove_file(path);
        failed(error)
    })
}

/// The path with a leading `~` in place of which the home folder stands, as shells do.
pub(super) fn expanded(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), directories::BaseDirs::new()) {
        (Ok(rest), Some(base)) => base.home_dir().join(rest),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
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
        assert!(again.contains("there already"), "{again}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "fake-secret");
    }

    #[test]
    fn a_failure_says_what_to_do_and_never_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_now(&folder.path().join("no/such/key.txt"), &Secret::new("fake-secret"))
            .unwrap_err();
        assert!(error.contains("Make it first") && !error.contains("fake-secret"), "{error}");
    }

    #[test]
    fn the_home_folder_may_be_written_as_a_tilde() {
        let home = directories::BaseDirs::new().unwrap().home_dir().to_owned();
        assert_eq!(expanded("~/a.txt".into()), home.join("a.txt"));
        assert_eq!(expanded("~a.txt".into()), PathBuf::from("~a.txt"));
        assert_eq!(expanded("/x/~/a".into()), PathBuf::from("/x/~/a"));
    }
}
