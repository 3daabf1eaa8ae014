//! What is kept for single connections beside the store: a small file each, in folders below the data
//! directory. A purge takes them along.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend::store::Forget;
use crate::domain::ConnectionId;
use crate::files::{Doing, FileError, write};

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Steps of a runbook that are done.
    Ticks,
    /// The last result of the pre-flight.
    Preflight,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ticks, Self::Preflight];

    const fn name(self) -> &'static str {
        match self {
            Self::Ticks => "runbooks",
            Self::Preflight => "preflight",
        }
    }
}

/// The folder of one kind, with a file for each connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder(Option<PathBuf>);

impl Folder {
    /// Below the data directory; `None`: nothing is kept, as for a sample in memory.
    pub fn below(data_dir: Option<&Path>, kind: Kind) -> Self {
        Self(data_dir.map(|it| it.join(kind.name())))
    }

    /// Where it is.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }

    /// The file of a connection.
    pub fn file(&self, id: ConnectionId) -> Option<PathBuf> {
        self.0.as_ref().map(|it| it.join(format!("{id}.json")))
    }
}

/// Removes every file of these connections.
///
/// # Errors
/// A file is there and cannot be removed.
pub fn forget(data_dir: &Path, which: &HashSet<ConnectionId>) -> Result<(), FileError> {
    for folder in Kind::ALL.map(|kind| Folder::below(Some(data_dir), kind)) {
        let Some(path) = folder.path().filter(|it| it.exists()) else { continue };
        let mut removed = false;
        for file in which.iter().filter_map(|id| folder.file(*id)) {
            match fs::remove_file(&file) {
                Ok(()) => removed = true,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(FileError::io(&file, Doing::Write, &error)),
            }
        }
        if removed {
            // After a power loss they stay removed.
            let synced = write::sync_folder(path);
            synced.map_err(|error| FileError::io(path, Doing::Write, &error))?;
        }
    }
    Ok(())
}

/// The same, for a store that purges.
pub fn forgetting(data_dir: &Path) -> Forget {
    let data_dir = data_dir.to_owned();
    Arc::new(move |which| forget(&data_dir, which))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> ConnectionId {
        ConnectionId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn files_of_every_kind_go_and_those_of_others_stay() {
        let data = tempfile::tempdir().unwrap();
        let files = |number| {
            Kind::ALL.map(|it| Folder::below(Some(data.path()), it).file(id(number)).unwrap())
        };
        // Nothing was ever kept: nothing to do, and nothing is created.
        forget(data.path(), &HashSet::from([id(1)])).unwrap();
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
        for file in [files(1), files(2)].concat() {
            write::folder(write::folder_of(&file)).unwrap();
            fs::write(file, "{}").unwrap();
        }
        for _ in 0..2 {
            forgetting(data.path())(&HashSet::from([id(1), id(3)])).unwrap();
            assert!(files(1).iter().all(|it| !it.exists()));
            assert!(files(2).iter().all(|it| it.exists()));
        }
        // What cannot be removed is an error that names it.
        for file in files(4) {
            fs::create_dir(&file).unwrap();
            let error = forget(data.path(), &HashSet::from([id(4)])).unwrap_err().to_string();
            assert!(error.contains(&file.display().to_string()), "{error}");
            fs::remove_dir(&file).unwrap();
        }
    }
}
