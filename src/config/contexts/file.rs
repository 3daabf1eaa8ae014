//! The configuration as a file that is edited: read once, replaced whole or not at all, and never
//! over what somebody else wrote in between. SPEC E2.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError};

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
    #[error("{} was changed by somebody else in the meantime", .0.display())]
    Changed(PathBuf),
    /// The new text is no valid configuration.
    #[error("the change would make the configuration invalid")]
    Invalid(ConfigError),
    /// It cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
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
        let text = String::from_utf8(before.clone().unwrap_or_default()).unwrap_or_default();
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
        let io = |path: &Path, error| WriteError::Io { path: path.to_owned(), error };
        // What a link points to is replaced, not the link.
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = target.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        private_folder(folder).map_err(|error| io(folder, error))?;
        let mut new = tempfile::Builder::new()
            .prefix(".config")
            .tempfile_in(folder)
            .map_err(|error| io(folder, error))?;
        new.write_all(text.as_bytes())
            .and_then(|()| new.as_file().sync_all())
            .map_err(|error| io(&target, error))?;
        // Of two jetbridge that write at once one waits here, and finds the other's text.
        let _turn = turn(folder);
        if bytes(&target).map_err(|error| io(&target, error))? != self.before {
            return Err(WriteError::Changed(self.path));
        }
        new.persist(&target).map_err(|error| io(&target, error.error))?;
        #[cfg(unix)]
        fs::File::open(folder).and_then(|it| it.sync_all()).map_err(|error| io(folder, error))?;
        Ok(())
    }
}

/// The file's bytes; `None` when it is not there.
fn bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    Read::take(&mut file, crate::config::MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A lock on the folder while the answer lives. Where there are none the comparison alone guards.
fn turn(folder: &Path) -> Option<fs::File> {
    let file = fs::File::open(folder).ok()?;
    file.lock().ok()?;
    Some(file)
}
