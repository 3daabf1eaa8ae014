//! The configuration as a file that is edited: read once, replaced whole or not at all, and never
//! over what somebody else wrote in between. SPEC E2.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError};
use crate::files::encoding;
use crate::files::write::{self, Existing, Readers};
use crate::files::{Doing, FileError, Why, secret};

/// A configuration that was read to be changed.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    before: Option<Vec<u8>>,
    text: String,
}

/// Why a configuration could not be changed; the file is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It was changed by somebody else since it was read.
    #[error("{} was changed by someone else in the meantime", .0.display())]
    Changed(PathBuf),
    /// The new text is no valid configuration.
    #[error("the change would make the configuration invalid")]
    Invalid(ConfigError),
    /// It cannot be written.
    #[error("{0}")]
    Io(FileError),
}

impl From<FileError> for WriteError {
    fn from(error: FileError) -> Self {
        Self::Io(error)
    }
}

impl ConfigFile {
    /// Reads the file with its configuration; one that is missing is empty.
    ///
    /// # Errors
    /// [`ConfigError`]: a file with mistakes is not edited.
    pub fn read(path: &Path, asked_for: bool) -> Result<(Self, Config), ConfigError> {
        let config = Config::load(path, asked_for)?;
        // Read again rather than trusted to be the same: what counts is the text that is edited.
        let before = bytes(path).ok().flatten();
        let text = encoding::text(before.clone().unwrap_or_default()).unwrap_or_default();
        let config = match Config::parse(&text, path) {
            Ok(again) if before.is_some() => again,
            Ok(_) => config,
            Err(error) => return Err(error),
        };
        Ok((Self { path: path.to_owned(), before, text }, config))
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the new text would mean. Nothing is written.
    ///
    /// # Errors
    /// [`WriteError::Invalid`].
    pub fn check(&self, text: &str) -> Result<Config, WriteError> {
        Config::parse(text, &self.path).map_err(WriteError::Invalid)
    }

    /// Replaces the file with a text, readable and writable for its owner only.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn replace(self, text: &str) -> Result<(), WriteError> {
        self.check(text)?;
        let target = &self.path;
        let folder = write::folder_of(target);
        write::folder(folder)?;
        let mut new = write::begin(target, Existing::Replace, Readers::Owner)?;
        new.write_all(text.as_bytes())
            .map_err(|error| FileError::io(target, Doing::Write, &error))?;
        // Of two jetbridge that write at once one waits here, and finds the other's text.
        let _turn = turn(folder);
        if bytes(target)? != self.before {
            return Err(WriteError::Changed(self.path));
        }
        Ok(new.finish()?)
    }
}

/// The file's bytes; `None` when it is not there.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match secret::trusted(path, crate::config::MAX_BYTES) {
        Err(FileError { why: Why::Missing, .. }) => Ok(None),
        read => read.map(|it| Some(it.to_vec())),
    }
}

/// A lock on the folder while the answer lives. Where there are none the comparison alone guards.
fn turn(folder: &Path) -> Option<fs::File> {
    let file = fs::File::open(folder).ok()?;
    file.lock().ok()?;
    Some(file)
}
