//! Files with secrets: read only when nobody but their owner can read them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::{Doing, FileError, Why};
use super::pem;
use super::read::{self, Opened};

/// Everything in a file with a secret, such as a client secret, a private key, or a certificate
/// with its key.
///
/// # Errors
/// [`FileError`], also when group or others can read or change the file: they may have done so
/// already. What a caller opened for us (`/dev/fd/3`) is judged as it is.
pub fn bytes(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = read::open(path, limit)?;
    if let Some(why) = refusal(&opened) {
        return Err(FileError::new(path, Doing::Read, why));
    }
    read::rest(opened, path, limit)
}

/// Everything in a PEM file with a certificate. One that holds a private key too is a file with a
/// secret.
///
/// # Errors
/// [`FileError`], as of [`bytes`] where a key is in it.
pub fn certificate(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = read::open(path, limit)?;
    let open = refusal(&opened);
    let bytes = read::rest(opened, path, limit)?;
    match open {
        Some(why) if pem::text(&bytes).is_ok_and(|text| text.contains("PRIVATE KEY")) => {
            Err(FileError::new(path, Doing::Read, why))
        }
        _ => Ok(bytes),
    }
}

/// Why an open file cannot hold a secret.
fn refusal(opened: &Opened) -> Option<Why> {
    // Of the opened file: its name may be another's by now.
    let mode = opened.meta.permissions().mode() & 0o777;
    (opened.meta.is_file() && mode & 0o077 != 0).then_some(Why::OpenToOthers(mode))
}
