//! A text that another program works on, such as an editor: in a private folder of its own, emptied
//! and removed on every way out.
//!
//! What the program leaves beside the text, such as swap files and backups, goes with it. Its content
//! is written over first; the memory-backed folder of the session is taken where there is one.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tempfile::TempDir;

use super::error::{Doing, FileError};
use super::read;
use super::write::{self, Existing};

/// How the name of a folder begins; the number of its process follows.
const BEGINNING: &str = "jetbridge-edit-";
/// Bytes that are written over at once.
const BLOCK: usize = 64 << 10;

/// A folder with one text.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    file: PathBuf,
}

impl Scratch {
    /// A new folder with this text in a file of this name. What processes that were killed left is
    /// removed first.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn new(name: &str, text: &str) -> Result<Self, FileError> {
        let base = base();
        sweep(&base);
        let failed = |error: &std::io::Error| FileError::io(&base, Doing::Write, error);
        let mut builder = tempfile::Builder::new();
        let prefix = format!("{BEGINNING}{}-", std::process::id());
        builder.prefix(&prefix).permissions(fs::Permissions::from_mode(0o700));
        let folder = builder.tempdir_in(&base).map_err(|error| failed(&error))?;
        let file = folder.path().join(name);
        write::bytes(&file, Existing::Keep, text.as_bytes())?;
        Ok(Self { folder, file })
    }

    /// The file, for the program.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// The folder, for whoever empties it in place of this process.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The text as it was left.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn text(&self, limit: u64) -> Result<String, FileError> {
        // Some programs replace the file, so the name counts and not the handle.
        read::text(&self.file, limit)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        empty(self.folder.path());
    }
}

/// Writes over everything in a folder and removes it.
pub fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => empty(&path),
            Ok(kind) if kind.is_file() => blank(&path),
            Ok(_) | Err(_) => {}
        }
    }
    // Another way out may have been faster.
    let _ = fs::remove_dir_all(folder);
}

/// As good as the file system allows: what cannot be written over is removed all the same.
fn blank(path: &Path) {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let Ok(mut file) = OpenOptions::new().write(true).custom_flags(flags).open(path) else {
        return;
    };
    let mut left = file.metadata().map_or(0, |it| it.len());
    let zeros = [0; BLOCK];
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        if file.write_all(zeros.get(..part).unwrap_or_default()).is_err() {
            return;
        }
        left -= part as u64;
    }
    let _ = file.sync_data();
}

/// The folder of this session that lives in memory, or the one for temporary files.
fn base() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let private = |it: &PathBuf| {
        let me = rustix::process::geteuid().as_raw();
        it.is_absolute()
            && fs::metadata(it)
                .is_ok_and(|it| it.is_dir() && it.uid() == me && it.mode() & 0o077 == 0)
    };
    runtime.filter(private).unwrap_or_else(std::env::temp_dir)
}

/// Empties the folders of this user whose process is gone.
fn sweep(base: &Path) {
    let me = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Some(rest) = name.strip_prefix(BEGINNING) else { continue };
        let number = rest.split('-').next().and_then(|it| it.parse().ok());
        let own = fs::symlink_metadata(entry.path()).is_ok_and(|it| it.is_dir() && it.uid() == me);
        if own && number.is_some_and(|it| !runs(it)) {
            empty(&entry.path());
        }
    }
}

fn runs(number: i32) -> bool {
    rustix::process::Pid::from_raw(number)
        .is_some_and(|it| rustix::process::test_kill_process(it) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_text_goes_with_it() {
        let scratch = Scratch::new("record.toml", "canary").unwrap();
        let (folder, file) = (scratch.folder().to_owned(), scratch.path().to_owned());
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        fs::write(folder.join(".record.toml.swp"), "canary").unwrap();
        fs::create_dir(folder.join("backup")).unwrap();
        fs::write(folder.join("backup/record.toml~"), "canary").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.join("link")).unwrap();
        // Its content goes too, for whoever has it open or linked.
        let twin = tempfile::tempdir_in(base()).unwrap();
        fs::hard_link(&file, twin.path().join("twin")).unwrap();
        fs::write(&file, "canary-2").unwrap();
        assert_eq!(scratch.text(100).unwrap(), "canary-2");
        drop(scratch);
        assert!(!folder.exists());
        assert_eq!(fs::read(twin.path().join("twin")).unwrap(), [0; 8]);
    }

    #[test]
    fn what_a_killed_process_left_is_emptied() {
        let base = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let (gone, here) = (child.id(), std::process::id());
        child.wait().unwrap();
        let at = |id: u32| base.path().join(format!("{BEGINNING}{id}-abc"));
        for id in [gone, here] {
            fs::create_dir(at(id)).unwrap();
            fs::write(at(id).join("record.toml"), "canary").unwrap();
        }
        sweep(base.path());
        assert!(!at(gone).exists() && at(here).exists());
    }
}
