//! Files with secrets: read only when nobody but their owner can read them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::{Doing, FileError, Why};
use super::read;

/// Everything in a file with a secret, such as a client secret, a private key, or a certificate
/// with its key.
///
/// # Errors
/// [`FileError`], also when group or others can read or change the file: they may have done so
/// already. What a caller opened for us (`/dev/fd/3`) is judged as it is.
pub fn bytes(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = read::open(path, limit)?;
    // Of the opened file: its name may be another's by now.
    let mode = opened.meta.permissions().mode() & 0o777;
    if opened.meta.is_file() && mode & 0o077 != 0 {
        return Err(FileError::new(path, Doing::Read, Why::OpenToOthers(mode)));
    }
    read::rest(opened, path, limit)
}
