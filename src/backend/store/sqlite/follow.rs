//! The file behind an open store: whether another one is in its place, or other content is in it.
//! SQLite does not notice either: it would go on with the file of before, whose name is gone, or with
//! pages of before over those of now.

use std::path::Path;
use std::time::SystemTime;

use crate::backend::BackendError;
use crate::text::shown;

use super::OpenOptions;

/// What distinguishes a file from another one in its place, and from itself after somebody wrote to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileStamp {
    /// Device and number of the file; a system without them goes by the rest.
    pub(super) file: Option<(u64, u64)>,
    length: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
    /// That of the file of a name; `None`: there is none.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let file = {
            use std::os::unix::fs::MetadataExt;
            Some((found.dev(), found.ino()))
        };
        #[cfg(not(unix))]
        let file = None;
        Some(Self { file, length: found.len(), modified: found.modified().ok() })
    }
}

/// How a store was opened, and the file as this process left it.
pub(super) struct Opened {
    pub(super) options: OpenOptions,
    /// `None`: it has to be opened again.
    pub(super) stamp: Option<FileStamp>,
}

impl Opened {
    pub(super) fn new(options: OpenOptions) -> Self {
        let stamp = FileStamp::of(&options.path);
        Self { options, stamp }
    }

    /// Whether nobody else wrote to the file. Whoever moves a log into it did, too.
    pub(super) fn is_current(&self) -> bool {
        self.stamp.is_some() && self.stamp == FileStamp::of(&self.options.path)
    }

    /// Takes the file as it is for what this process left.
    pub(super) fn note(&mut self) {
        self.stamp = FileStamp::of(&self.options.path);
    }
}

/// There is no file of that name any more.
pub(super) fn gone(path: &Path) -> BackendError {
    let path = path.display().to_string();
    BackendError::Other(format!("the file of the store is gone: {}", shown(&path)))
}
