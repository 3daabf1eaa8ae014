//! The file of waivers of checks: read for each pre-flight, and changed check by check from screen and
//! command line alike. SPEC F7

use std::fmt;
use std::path::{Path, PathBuf};

use crate::audit::waiver::{self, CheckOf, Grant};
use crate::audit::{CheckWaiver, Waivers};
use crate::checks::preflight::rows;
use crate::domain::secret::name_for_message;
use crate::files::write::{self, Existing};
use crate::files::{FileError, read};
use crate::text::{nearest, shown};

/// Where waivers of checks are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaiverFile {
    /// The file, which need not be there; `None`: none are kept, as for sample data.
    pub path: Option<PathBuf>,
    /// Whether it must not be changed.
    pub read_only: bool,
}

/// Why a file of waivers cannot be used.
#[derive(Debug)]
pub enum WaiverError {
    /// It cannot be read or written.
    File(FileError),
    /// It has mistakes: its name, and a line for each.
    Lines(String, Vec<String>),
    /// Nothing is kept here, or nothing may be changed.
    Closed(&'static str),
}

impl fmt::Display for WaiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Lines(name, lines) => {
                write!(f, "{name} cannot be used: {}", lines.join("; "))
            }
            Self::Closed(why) => f.write_str(why),
        }
    }
}

impl From<FileError> for WaiverError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl WaiverFile {
    /// The waivers of checks; none where there is no file.
    ///
    /// # Errors
    /// [`WaiverError`]
    pub fn read(&self) -> Result<Vec<CheckWaiver>, WaiverError> {
        match &self.path {
            Some(path) => Ok(parsed(path, &text(path)?)?.1),
            None => Ok(Vec::new()),
        }
    }

    /// Whether a check is waived, in force or not.
    ///
    /// # Errors
    /// [`WaiverError`]
    pub fn has(&self, of: &CheckOf) -> Result<bool, WaiverError> {
        let about = |it: &CheckWaiver| it.check == of.check && it.is_about(of.connection, &of.name);
        Ok(self.read()?.iter().any(about))
    }

    /// Waives a check, in place of an earlier waiver of it.
    ///
    /// # Errors
    /// [`WaiverError`]; nothing changed.
    pub fn put(&self, of: &CheckOf, grant: &Grant) -> Result<(), WaiverError> {
        let path = self.open()?;
        let changed = waiver::put(&text(path)?, of, grant);
        save(path, &changed.map_err(|all| mistakes(path, all.iter().map(ToString::to_string)))?)
    }

    /// Takes the waivers of a check back; whether there was any.
    ///
    /// # Errors
    /// [`WaiverError`]; nothing changed.
    pub fn remove(&self, of: &CheckOf) -> Result<bool, WaiverError> {
        let path = self.open()?;
        let changed = waiver::remove(&text(path)?, of);
        let changed = changed.map_err(|all| mistakes(path, all.iter().map(ToString::to_string)))?;
        changed.iter().try_for_each(|it| save(path, it))?;
        Ok(changed.is_some())
    }

    fn open(&self) -> Result<&Path, WaiverError> {
        match &self.path {
            None => Err(WaiverError::Closed("waivers are not kept for sample data")),
            Some(_) if self.read_only => {
                Err(WaiverError::Closed("waivers cannot be changed: this session is read-only"))
            }
            Some(path) => Ok(path),
        }
    }
}

/// The waivers in a file that must be there.
///
/// # Errors
/// [`WaiverError`]
pub fn waivers(path: &Path) -> Result<Waivers, WaiverError> {
    parsed(path, &read::text(path, waiver::MAX_FILE as u64)?)
}

/// The text of a file; empty where there is none.
fn text(path: &Path) -> Result<String, WaiverError> {
    match read::if_there(path, waiver::MAX_FILE as u64)? {
        Some(bytes) => Ok(read::text_of(path, bytes)?),
        None => Ok(String::new()),
    }
}

fn save(path: &Path, text: &str) -> Result<(), WaiverError> {
    write::folder(write::folder_of(path))?;
    Ok(write::bytes(path, Existing::Replace, text.as_bytes())?)
}

fn parsed(path: &Path, text: &str) -> Result<Waivers, WaiverError> {
    let read =
        Waivers::parse(text).map_err(|all| mistakes(path, all.iter().map(ToString::to_string)))?;
    let ids: Vec<&str> = rows().iter().map(|it| it.id).collect();
    let unknown = read.1.iter().filter(|it| !ids.contains(&&*it.check));
    let mut unknown = unknown
        .map(|it| {
            let meant = nearest::tail(&it.check, ids.iter().copied());
            format!("line {}: check {}: there is no such check{meant}", it.line, shown(&it.check))
        })
        .peekable();
    match unknown.peek() {
        None => Ok(read),
        Some(_) => Err(mistakes(path, unknown)),
    }
}

fn mistakes(path: &Path, lines: impl Iterator<Item = String>) -> WaiverError {
    WaiverError::Lines(name_for_message(&path.to_string_lossy()).into_owned(), lines.collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ConnectionId;

    fn of(check: &str) -> CheckOf {
        let connection = ConnectionId(Uuid::from_u128(7));
        CheckOf { check: check.into(), connection, name: "alpha".into() }
    }

    fn grant() -> Grant {
        Grant { reason: "r".into(), date: "2026-11-30".parse().unwrap(), expires: None }
    }

    #[test]
    fn what_is_waived_is_in_the_file_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config/waivers.toml");
        let file = WaiverFile { path: Some(path.clone()), read_only: false };
        assert_eq!(file.read().unwrap(), []);
        assert!(!file.remove(&of("acct.mfa")).unwrap());
        assert!(!path.exists(), "nothing to write");
        file.put(&of("acct.mfa"), &grant()).unwrap();
        assert_eq!(file.read().unwrap()[0].check, "acct.mfa");
        assert_eq!(waivers(&path).unwrap().1, file.read().unwrap());
        assert!(file.remove(&of("acct.mfa")).unwrap());
        assert_eq!(file.read().unwrap(), []);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("waivers.toml");
        std::fs::write(&path, "[[waiver]]\ncheck = 'acct.mfaa'\n").unwrap();
        let file = WaiverFile { path: Some(path.clone()), read_only: false };
        let why = file.put(&of("acct.mfa"), &grant()).unwrap_err().to_string();
        assert!(why.contains("line 1: this waiver has no connection"), "{why}");
        assert!(file.read().is_err());
        let closed = WaiverFile { read_only: true, ..file };
        assert!(closed.put(&of("acct.mfa"), &grant()).is_err());
        assert!(WaiverFile::default().put(&of("acct.mfa"), &grant()).is_err());
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("'acct.mfaa'\n"));
    }
}
