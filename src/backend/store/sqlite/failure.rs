//! Errors of the store's own code, and what SQLite's and the system's codes mean to a user.

use std::path::Path;

use rusqlite::ffi::{self, ErrorCode};

use crate::backend::BackendError;
#[cfg(test)]
use crate::testing::fault::Injected;

/// An error inside the store, before it is known to which file it belongs.
#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite refused or failed.
    Sql(rusqlite::Error),
    /// Already in the words of the backend.
    Backend(BackendError),
}

/// What the store's own functions return.
pub(super) type Result<T> = std::result::Result<T, Failure>;

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        Self::Backend(error)
    }
}

#[cfg(test)]
impl From<Injected> for Failure {
    fn from(at: Injected) -> Self {
        Self::Backend(at.into())
    }
}

impl Failure {
    /// The error as the trait reports it, for the store at `path`.
    pub(super) fn at(self, path: &Path) -> BackendError {
        match self {
            Self::Backend(error) => error,
            Self::Sql(error) => from_sql(&error, path),
        }
    }
}

fn from_sql(error: &rusqlite::Error, path: &Path) -> BackendError {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            from_code(*code, text.clone().unwrap_or_else(|| code.to_string()), path)
        }
        // A column does not hold what the schema says: not a value this program wrote.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::QueryReturnedNoRows => {
            BackendError::Damaged { detail: error.to_string() }
        }
        other => BackendError::Other(other.to_string()),
    }
}

fn from_code(code: ffi::Error, text: String, path: &Path) -> BackendError {
    match code.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => BackendError::Busy,
        ErrorCode::OperationInterrupted => BackendError::Cancelled,
        ErrorCode::DiskFull => BackendError::DiskFull,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            BackendError::ReadOnly { path: path.to_owned() }
        }
        ErrorCode::DatabaseCorrupt => BackendError::Damaged { detail: text },
        ErrorCode::NotADatabase => BackendError::NotAStore { path: path.to_owned() },
        ErrorCode::SystemIoFailure if code.extended_code == ffi::SQLITE_IOERR_SHORT_READ => {
            BackendError::Damaged { detail: text }
        }
        _ => BackendError::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(code: i32) -> BackendError {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        Failure::Sql(error).at(Path::new("/data/store.db"))
    }

    #[test]
    fn each_code_has_its_word() {
        let path = Path::new("/data/store.db").to_owned();
        assert_eq!(reported(ffi::SQLITE_BUSY), BackendError::Busy);
        assert_eq!(reported(ffi::SQLITE_LOCKED), BackendError::Busy);
        assert_eq!(reported(ffi::SQLITE_INTERRUPT), BackendError::Cancelled);
        assert_eq!(reported(ffi::SQLITE_FULL), BackendError::DiskFull);
        assert_eq!(reported(ffi::SQLITE_READONLY), BackendError::ReadOnly { path: path.clone() });
        assert_eq!(reported(ffi::SQLITE_NOTADB), BackendError::NotAStore { path });
        assert!(matches!(reported(ffi::SQLITE_CORRUPT), BackendError::Damaged { .. }));
        assert!(matches!(reported(ffi::SQLITE_IOERR_SHORT_READ), BackendError::Damaged { .. }));
        assert!(matches!(reported(ffi::SQLITE_IOERR_WRITE), BackendError::Other(_)));
    }
}
