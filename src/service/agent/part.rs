//! The file that is not whole yet: 0600, locked, with a note of what it belongs to.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::AgentError;
use crate::domain::agent::{Checks, Sha256};
use crate::files::read;
use crate::files::write::{self, Existing};

/// Longest note that is read, in bytes.
const NOTE_MAX: u64 = 16 << 10;
/// How often the name may turn out to belong to a file that was put in place meanwhile.
const TRIES: usize = 3;

/// Which file of the server the bytes belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    pub(super) version: u8,
    /// Digest of the location, which itself may hold a signature.
    pub(super) location: String,
    /// Strong `ETag`.
    pub(super) etag: Option<String>,
    /// `Last-Modified`.
    pub(super) modified: Option<String>,
    /// Whole length.
    pub(super) total: Option<u64>,
}

impl Note {
    /// What a server can tell by whether the file is still the same.
    pub(super) fn validator(&self) -> Option<&str> {
        self.etag.as_deref().or(self.modified.as_deref())
    }
}

/// An unfinished file. While it is open no other process takes it.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    location: String,
    hasher: sha2::Sha256,
    /// Bytes in it.
    pub(super) len: u64,
    /// What they belong to.
    pub(super) note: Note,
}

impl Part {
    /// Opens or makes it. What an earlier try left is kept when it belongs to this location and
    /// the server can be asked whether the file is still the same.
    pub(super) fn open(target: &Path, from: &str, resume: bool) -> Result<Self, AgentError> {
        let path = beside(target, ".part");
        let file = locked(&path)?;
        let failed = AgentError::disk(&path);
        file.set_permissions(Permissions::from_mode(0o600)).map_err(&failed)?;
        let location = hex(&sha2::Sha256::digest(from.as_bytes()));
        let len = file.metadata().map_err(&failed)?.len();
        let mut part = Self {
            file,
            path: path.clone(),
            location,
            hasher: sha2::Sha256::new(),
            len,
            note: Note::default(),
        };
        let note = part.read_note().filter(|it| resume && it.validator().is_some());
        let fits = |it: &Note| it.total.is_none_or(|total| len <= total);
        match note {
            Some(note) if len > 0 && fits(&note) => {
                part.hasher = hashed(&mut part.file).map_err(&failed)?.1;
                part.note = note;
            }
            Some(_) | None => part.clear()?,
        }
        Ok(part)
    }

    fn note_path(&self) -> PathBuf {
        beside(&self.path, ".json")
    }

    fn read_note(&self) -> Option<Note> {
        let text = read::bytes(&self.note_path(), NOTE_MAX).ok()?;
        let note: Note = serde_json::from_slice(&text).ok()?;
        (note.version == 1 && note.location == self.location).then_some(note)
    }

    /// Forgets what is in it.
    pub(super) fn clear(&mut self) -> Result<(), AgentError> {
        self.file.set_len(0).map_err(AgentError::disk(&self.path))?;
        self.file.seek(SeekFrom::Start(0)).map_err(AgentError::disk(&self.path))?;
        let _ = fs::remove_file(self.note_path());
        (self.len, self.note, self.hasher) = (0, Note::default(), sha2::Sha256::new());
        Ok(())
    }

    /// Writes down what the bytes to come belong to. Without the note they are only not gone on
    /// with, so a failure to write it is none.
    pub(super) fn begin(&mut self, note: Note) -> Result<(), AgentError> {
        self.note = Note { version: 1, location: self.location.clone(), ..note };
        let path = self.note_path();
        let _ = fs::remove_file(&path);
        if let Ok(text) = serde_json::to_vec(&self.note) {
            let _ = write::bytes(&path, Existing::Replace, &text);
        }
        fault!("agent.noted");
        Ok(())
    }

    /// Writes a piece at the end.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), AgentError> {
        self.file.write_all(piece).map_err(AgentError::disk(&self.path))?;
        self.hasher.update(piece);
        self.len += piece.len() as u64;
        fault!("agent.written");
        Ok(())
    }

    /// Brings what is written to the disk.
    pub(super) fn sync(&self) -> Result<(), AgentError> {
        self.file.sync_data().map_err(AgentError::disk(&self.path))
    }

    /// Takes it away.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(self.note_path());
        let _ = fs::remove_file(&self.path);
    }

    /// Checks it and gives it its name. A file of that name that came up meanwhile is not
    /// overwritten unless `force` says so.
    pub(super) fn place(
        self,
        target: &Path,
        checks: &Checks,
        force: bool,
    ) -> Result<(u64, Sha256), AgentError> {
        let found = Sha256(self.hasher.clone().finalize().into());
        if let Some(wanted) = checks.sha256.filter(|it| *it != found) {
            // Going on with it would end the same way.
            self.discard();
            return Err(AgentError::Digest { wanted, found });
        }
        self.file.sync_all().map_err(AgentError::disk(&self.path))?;
        fault!("agent.synced");
        if force {
            fs::rename(&self.path, target).map_err(AgentError::disk(target))?;
        } else {
            let part = tempfile::TempPath::try_from_path(&self.path);
            let part = part.map_err(AgentError::disk(&self.path))?;
            if let Err(error) = part.persist_noclobber(target) {
                // It stays for the next try.
                let _ = error.path.keep();
                return Err(match error.error.kind() {
                    ErrorKind::AlreadyExists => AgentError::Exists { file: target.to_owned() },
                    kind => AgentError::Disk { file: target.to_owned(), kind },
                });
            }
        }
        fault!("agent.placed");
        let _ = fs::remove_file(self.note_path());
        Ok((self.len, found))
    }
}

/// The unfinished file, made where there is none, and held by this process only.
fn locked(path: &Path) -> Result<File, AgentError> {
    let foreign = || AgentError::Foreign { file: path.to_owned() };
    for _ in 0..TRIES {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(no_follow() | rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
            .open(path)
            .map_err(|error| match error.raw_os_error() {
                // What O_NOFOLLOW answers to a link.
                Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => foreign(),
                _ => AgentError::disk(path)(error),
            })?;
        let own = file.metadata().map_err(AgentError::disk(path))?;
        let mine = own.uid() == rustix::process::geteuid().as_raw();
        if !own.is_file() || !mine || own.nlink() > 1 {
            return Err(foreign());
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(AgentError::Busy { file: path.to_owned() });
            }
            // A file system without locks: two at once would be noticed by the digest only.
            Err(fs::TryLockError::Error(_)) => {}
        }
        // Whoever had it may have put it in place between opening and locking.
        let now = fs::symlink_metadata(path).ok();
        if now.is_some_and(|it| (it.dev(), it.ino()) == (own.dev(), own.ino())) {
            return Ok(file);
        }
    }
    Err(AgentError::Busy { file: path.to_owned() })
}

fn no_follow() -> i32 {
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
}

/// Length and digest of a file.
pub(super) fn digest(path: &Path) -> Result<(u64, Sha256), AgentError> {
    let mut file = File::open(path).map_err(AgentError::disk(path))?;
    let (len, hasher) = hashed(&mut file).map_err(AgentError::disk(path))?;
    Ok((len, Sha256(hasher.finalize().into())))
}

fn hashed(file: &mut File) -> std::io::Result<(u64, sha2::Sha256)> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 128 << 10];
    let mut len = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((len, hasher));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        len += read as u64;
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
