//! Which screens are running: each holds a lock on a file of its own for as long as it lives, so
//! that others can distinguish a form that is open there from one that was left behind. C7, E5.
//!
//! The kernel lets go of a lock when its process ends, however it ends. Where files cannot be
//! locked every form counts as left behind, which costs nothing: a resumed form is kept under an
//! id of its own, and never writes over another's.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::write;

/// Folder of the locks, below the data directory.
const FOLDER: &str = "sessions";

/// The running screens.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    /// Folder of the locks; `None`: nobody else is looked for.
    folder: Option<PathBuf>,
    /// Name of this one.
    own: String,
    /// Locked while this is held anywhere.
    _lock: Option<Arc<File>>,
}

impl Sessions {
    /// Begins a session with a name that was never used. One that cannot be written down runs all the same.
    pub fn begin(data_dir: &Path, own: &str) -> Self {
        let folder = data_dir.join(FOLDER);
        let lock = begin(&folder, own).inspect_err(|error| {
            tracing::warn!(%error, "this session cannot be announced to others");
        });
        Self { folder: Some(folder), own: own.to_owned(), _lock: lock.ok().map(Arc::new) }
    }

    /// Every running screen, for a process that is none.
    pub fn others(data_dir: &Path) -> Self {
        Self { folder: Some(data_dir.join(FOLDER)), ..Self::default() }
    }

    /// Whether the form of a draft is open in another process: `app::update::draft` begins each id with
    /// the session that made it.
    pub fn holds(&self, draft: &str) -> bool {
        self.runs_elsewhere(draft.split('-').next().unwrap_or_default())
    }

    /// Whether a session with this name is running in another process.
    pub fn runs_elsewhere(&self, name: &str) -> bool {
        let safe = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric());
        let Some(folder) = self.folder.as_ref().filter(|_| safe && name != self.own) else {
            return false;
        };
        File::open(folder.join(name)).is_ok_and(|file| locked(&file))
    }
}

/// Somebody else holds it.
fn locked(file: &File) -> bool {
    matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
}

fn begin(folder: &Path, own: &str) -> std::io::Result<File> {
    write::folder(folder).map_err(std::io::Error::other)?;
    sweep(folder);
    // It gets its name only when it is locked: nobody takes it for one that was left behind.
    let file = tempfile::Builder::new().prefix(".session").tempfile_in(folder)?;
    file.as_file().try_lock()?;
    file.persist(folder.join(own)).map_err(|error| error.error)
}

/// Takes away what sessions left that ended without a word.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // One that is being made has no name yet.
        let named = !entry.file_name().to_string_lossy().starts_with('.');
        if named && File::open(&path).is_ok_and(|file| !locked(&file)) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_seen_by_others_for_as_long_as_it_lives() {
        let folder = tempfile::tempdir().unwrap();
        let first = Sessions::begin(folder.path(), "first");
        let second = Sessions::begin(folder.path(), "second");
        assert!(second.runs_elsewhere("first") && first.runs_elsewhere("second"));
        // Not itself, not one that never was, nothing outside of the folder.
        for name in ["first", "third", "", "../second", "a/b", "."] {
            assert!(!first.runs_elsewhere(name), "{name}");
        }
        let copy = second.clone();
        drop(second);
        assert!(first.runs_elsewhere("second"), "one of it is left");
        drop(copy);
        assert!(!first.runs_elsewhere("second"));
        // What it left behind goes with the next.
        let _third = Sessions::begin(folder.path(), "third");
        let mut names: Vec<_> = fs::read_dir(folder.path().join(FOLDER))
            .unwrap()
            .map(|it| it.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["first", "third"]);
    }

    #[test]
    fn where_nothing_can_be_written_it_runs_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let session = Sessions::begin(&file, "first");
        assert!(!session.runs_elsewhere("second"));
        assert!(!Sessions::default().runs_elsewhere("second"));
    }
}
