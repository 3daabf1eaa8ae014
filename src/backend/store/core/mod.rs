//! What a store decides, without knowing a database: from what was loaded and a request it makes the
//! result and what is to be written. An engine loads and writes.

pub(crate) mod token;

use crate::backend::BackendError;

/// What the functions of core and vault return.
pub(crate) type Result<T> = std::result::Result<T, BackendError>;

/// A value in the store that no version of jetbridge writes.
pub(crate) fn damaged(detail: impl Into<String>) -> BackendError {
    BackendError::Damaged { detail: detail.into() }
}

/// A value that the store does not accept.
pub(crate) fn invalid(text: impl Into<String>) -> BackendError {
    BackendError::Invalid(text.into())
}
