//! The files of the log: appended to, rotated, quiet about every failure.
//!
//! Several processes write to one file: each line is one write to its end. Whoever finds it full
//! rotates, under a lock; the others notice that the name belongs to another file now.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The file in use.
pub(super) const NAME: &str = "jetbridge.log";
/// After a failure nothing is tried for this long.
const REST: Duration = Duration::from_secs(1);

/// The files.
pub(super) struct Files {
    folder: PathBuf,
    keep: u32,
    max_bytes: u64,
    open: Option<File>,
    /// The last line was written in part.
    torn: bool,
    /// Lines that were left out.
    lost: u64,
    failed: Option<Instant>,
}

impl Files {
    pub(super) fn new(folder: PathBuf, keep: u32, max_bytes: u64) -> Self {
        Self { folder, keep, max_bytes, open: None, torn: false, lost: 0, failed: None }
    }

    /// Writes a line, or counts it as lost. `dropped` are lines that never came here.
    pub(super) fn write(&mut self, line: &[u8], dropped: u64) {
        self.lost += dropped;
        if self.failed.is_some_and(|at| at.elapsed() < REST) {
            self.lost += 1;
            return;
        }
        self.failed = None;
        if self.try_write(line).is_none() {
            self.lost += 1;
            self.open = None;
            self.failed = Some(Instant::now());
        }
    }

    /// As if the rest after a failure were over.
    #[cfg(test)]
    pub(super) fn rested(&mut self) {
        self.failed = None;
    }

    fn try_write(&mut self, line: &[u8]) -> Option<()> {
        self.ready(line.len() as u64)?;
        if self.torn {
            self.append(b"\n")?;
        }
        if self.lost > 0 {
            let text = format!(
                "{{\"pid\":{},\"timestamp\":\"{}\",\"level\":\"WARN\",\"target\":\"jetbridge::log\",\
                 \"message\":\"lines lost\",\"lost\":{}}}\n",
                std::process::id(),
                jiff::Timestamp::now(),
                self.lost
            );
            self.append(text.as_bytes())?;
            self.lost = 0;
        }
        self.append(line)
    }

    /// In one write where the system takes it whole, so that no other process' line gets between.
    fn append(&mut self, bytes: &[u8]) -> Option<()> {
        let file = self.open.as_mut()?;
        let mut rest = bytes;
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(0) => return None,
                Ok(written) => {
                    self.torn = written < rest.len();
                    rest = rest.get(written..).unwrap_or_default();
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        Some(())
    }

    /// Has the file open that bears the name, with room for a line.
    fn ready(&mut self, more: u64) -> Option<()> {
        let path = self.folder.join(NAME);
        let current = self.open.as_ref().and_then(|it| it.metadata().ok());
        let named = fs::symlink_metadata(&path).ok();
        let same = matches!((&current, &named), (Some(own), Some(it))
            if (own.dev(), own.ino()) == (it.dev(), it.ino()));
        if !same {
            self.open = Some(open(&self.folder, &path)?);
        }
        let len = self.open.as_ref()?.metadata().ok()?.len();
        if len > 0 && len + more > self.max_bytes {
            self.rotate(&path, more);
            self.open = Some(open(&self.folder, &path)?);
        }
        Some(())
    }

    /// Gives each file the next number; the last goes. Whoever does not get the lock writes on.
    fn rotate(&self, path: &Path, more: u64) {
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(no_follow())
            .open(self.folder.join(".lock"));
        let Ok(lock) = lock else { return };
        if lock.try_lock().is_err() {
            return;
        }
        let full = fs::symlink_metadata(path).is_ok_and(|it| it.len() + more > self.max_bytes);
        if !full {
            return;
        }
        let numbered = |number: u32| self.folder.join(format!("jetbridge.{number}.log"));
        let old = self.keep.saturating_sub(1);
        for number in (1..old).rev() {
            let _ = fs::rename(numbered(number), numbered(number + 1));
        }
        if old == 0 {
            let _ = fs::remove_file(path);
        } else {
            let _ = fs::rename(path, numbered(1));
        }
        // Fewer are kept than before.
        for number in old + 1..=old + 100 {
            if fs::remove_file(numbered(number)).is_err() {
                break;
            }
        }
    }
}

/// Opens the file for its owner only; `None` where it is a link or somebody else's.
fn open(folder: &Path, path: &Path) -> Option<File> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
    let known = fs::symlink_metadata(folder).ok()?;
    let me = rustix::process::geteuid().as_raw();
    if !known.is_dir() || known.uid() != me {
        return None;
    }
    if known.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700)).ok()?;
    }
    // A pipe in its place must not be waited for.
    let flags = no_follow() | rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)
        .ok()?;
    let own = file.metadata().ok()?;
    if !own.is_file() || own.uid() != me {
        return None;
    }
    if own.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600)).ok()?;
    }
    Some(file)
}

fn no_follow() -> i32 {
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
}
