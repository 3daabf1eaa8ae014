//! Writing: whole or not at all, never through a link, and for the owner alone.
//!
//! A file grows under another name in the same folder (mode 0600), is brought to the disk and only
//! then gets its name. What has the name is never written into: it is refused, or replaced whole.
//! The name must not be a symbolic link. Links above it are followed when they can only have been
//! made by this user, by root, or by the owner of the folder they lie in; a link that somebody else
//! left in a folder that all can write to is refused. Folders that are made are 0700.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::error::{Doing, FileError, Why};
use super::read;

/// How the name of a file begins until it is whole.
const TEMPORARY: &str = ".jetbridge-new-";

/// What becomes of a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// It is replaced, once the new one is whole.
    Replace,
}

/// Who can read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner only (0600): everything with data.
    Owner,
    /// Everyone whom the user's mask allows: pages of the manual.
    Everyone,
}

/// A file that has no name yet. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Unfinished {
    file: BufWriter<NamedTempFile>,
    target: PathBuf,
    existing: Existing,
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes these bytes into a file that only its owner can read.
///
/// # Errors
/// [`FileError`]; then what had the name still has it, unchanged.
pub fn bytes(path: &Path, existing: Existing, bytes: &[u8]) -> Result<(), FileError> {
    with(path, existing, |out| out.write_all(bytes))
}

/// Writes a file that only its owner can read.
///
/// # Errors
/// [`FileError`], also for an error of `fill`; then what had the name still has it, unchanged.
pub fn with(
    path: &Path,
    existing: Existing,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    let mut file = begin(path, existing, Readers::Owner)?;
    fill(&mut file).map_err(|error| FileError::io(path, Doing::Write, &error))?;
    file.finish()
}

/// Writes many files into a folder, which is made if it is not there.
///
/// # Errors
/// [`FileError`] of the first that fails; those before it are written.
pub fn many(
    folder: &Path,
    existing: Existing,
    files: impl Iterator<Item = (PathBuf, io::Result<Vec<u8>>)>,
) -> Result<(), FileError> {
    self::folder(folder)?;
    for (path, bytes) in files {
        let failed = |error: &io::Error| FileError::io(&path, Doing::Write, error);
        let bytes = bytes.map_err(|error| failed(&error))?;
        let mut file = begun(&path, existing, Readers::Owner)?;
        file.write_all(&bytes).map_err(|error| failed(&error))?;
        file.place()?;
    }
    // Once: for each of them the whole folder would be listed again.
    sweep(folder, TEMPORARY);
    sync_folder(folder).map_err(|error| FileError::io(folder, Doing::Write, &error))
}

/// Begins a file: everything that can be refused is refused here.
///
/// # Errors
/// [`FileError`].
pub fn begin(path: &Path, existing: Existing, readers: Readers) -> Result<Unfinished, FileError> {
    let file = begun(path, existing, readers)?;
    sweep(folder_of(path), TEMPORARY);
    Ok(file)
}

fn begun(path: &Path, existing: Existing, readers: Readers) -> Result<Unfinished, FileError> {
    let refused = |why| FileError::new(path, Doing::Write, why);
    if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(refused(Why::Name));
    }
    let folder = folder_of(path);
    if let Some(link) = foreign_link(folder) {
        return Err(refused(Why::Link(link)));
    }
    match fs::symlink_metadata(path) {
        Ok(there) => {
            if let Some(why) = unfit(path, &there, existing) {
                return Err(refused(why));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(FileError::io(path, Doing::Write, &error)),
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    if readers == Readers::Everyone {
        builder.permissions(Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder).map_err(|error| {
        // Of the folder: the file itself is not touched yet.
        let at = if error.kind() == io::ErrorKind::PermissionDenied { folder } else { path };
        refused(FileError::io(at, Doing::Write, &error).why)
    })?;
    let file = BufWriter::with_capacity(64 << 10, file);
    Ok(Unfinished { file, target: path.to_owned(), existing })
}

impl Unfinished {
    /// Brings it to the disk and gives it its name, for good.
    ///
    /// # Errors
    /// [`FileError`]; then what had the name still has it.
    pub fn finish(self) -> Result<(), FileError> {
        let target = self.target.clone();
        self.place()?;
        sync_folder(folder_of(&target))
            .map_err(|error| FileError::io(&target, Doing::Write, &error))
    }

    /// As [`Self::finish`], but a power loss may still undo the name: [`sync_folder`] makes it last.
    ///
    /// # Errors
    /// [`FileError`]; then what had the name still has it.
    pub fn place(mut self) -> Result<(), FileError> {
        self.settle()?;
        let Self { file, target, existing } = self;
        let failed = |error: &io::Error| FileError::io(&target, Doing::Write, error);
        let file = file.into_inner().map_err(|error| failed(error.error()))?;
        let named = match existing {
            Existing::Keep => file.persist_noclobber(&target),
            Existing::Replace => file.persist(&target),
        };
        named.map(|_| ()).map_err(|error| failed(&error.error))
    }

    /// Brings what is written so far to the disk, and reports its length.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn settle(&mut self) -> Result<u64, FileError> {
        let mut settled = || {
            self.file.flush()?;
            let file = self.file.get_ref().as_file();
            file.sync_all()?;
            Ok(file.metadata()?.len())
        };
        settled().map_err(|error: io::Error| FileError::io(&self.target, Doing::Write, &error))
    }
}

/// Makes a folder, with all above it, for this user alone; one that is there stays as it is.
///
/// # Errors
/// [`FileError`].
pub fn folder(path: &Path) -> Result<(), FileError> {
    made(path, 0o700)
}

/// Makes a folder for what everyone can read, such as the pages of the manual.
///
/// # Errors
/// [`FileError`].
pub fn shared_folder(path: &Path) -> Result<(), FileError> {
    made(path, 0o777)
}

fn made(path: &Path, mode: u32) -> Result<(), FileError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(link) = foreign_link(path) {
        return Err(FileError::new(path, Doing::Write, Why::Link(link)));
    }
    let made = DirBuilder::new().recursive(true).mode(mode).create(path);
    made.map_err(|error| FileError::io(path, Doing::Write, &error))
}

/// Opens a file that stands for a lock, or that another library fills, and makes it where there is
/// none: for its owner only, never through a link.
///
/// # Errors
/// [`FileError`].
pub fn lock_file(path: &Path) -> Result<File, FileError> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => {
            FileError::new(path, Doing::Write, Why::Link(path.to_owned()))
        }
        _ => FileError::io(path, Doing::Write, &error),
    })?;
    match file.metadata().map(|it| it.file_type()) {
        Ok(kind) if !kind.is_file() => {
            Err(FileError::new(path, Doing::Write, Why::NotPlain(read::what(kind))))
        }
        _ => Ok(file),
    }
}

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a new name in a folder survive a power loss.
///
/// # Errors
/// What the system says; a file system that cannot do it is none.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(folder).and_then(|it| it.sync_all()) {
        // A folder that can be written but not read, and file systems without the call.
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => {
            Ok(())
        }
        done => done,
    }
}

/// A temporary file older than this was left by a process that was killed.
const STALE: Duration = Duration::from_secs(3_600);

/// Removes the files of this beginning that killed processes left in a folder.
pub fn sweep(folder: &Path, beginning: &str) {
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

/// Why what has the name keeps it.
fn unfit(path: &Path, there: &Metadata, existing: Existing) -> Option<Why> {
    let kind = there.file_type();
    if kind.is_symlink() {
        Some(Why::Link(path.to_owned()))
    } else if kind.is_dir() {
        Some(Why::Folder)
    } else if !kind.is_file() {
        Some(Why::NotPlain(read::what(kind)))
    } else {
        (existing == Existing::Keep).then_some(Why::Exists)
    }
}

/// A link in the path of a folder that somebody else may have put there.
fn foreign_link(folder: &Path) -> Option<PathBuf> {
    let me = rustix::process::geteuid().as_raw();
    let whole = std::path::absolute(folder).ok()?;
    let mut above: Option<Metadata> = None;
    for at in whole.ancestors().collect::<Vec<_>>().into_iter().rev() {
        let meta = fs::symlink_metadata(at).ok()?;
        if meta.is_symlink() {
            let open = above.as_ref().is_none_or(|it| it.mode() & 0o022 != 0);
            let holder = above.as_ref().map_or(0, MetadataExt::uid);
            if open && ![me, 0, holder].contains(&meta.uid()) {
                return Some(at.to_owned());
            }
        }
        above = fs::metadata(at).ok();
    }
    None
}
