//! The file that holds the key-encryption key. SPEC E3; RELIABILITY §4.
//!
//! It is made at the first secret, 0600, outside the data folder, so that a copied store alone
//! opens no secret. One file serves all stores of a user; each has its own data key. Form:
//!
//! ```text
//! # jetbridge vault key …                          comment lines, for whoever finds the file
//! jbvk1:<64 hexadecimal digits>:<8 digits>         the key, and the start of its SHA-256
//! ```

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::backend::BackendError;

use super::failure::from_io;
use super::files::{beginning, close_to_others, private_folder_of, sync_folder_of};
use super::seal::{KeyBytes, random_key};

const PREFIX: &str = "jbvk1:";
const COMMENT: &str = "# jetbridge vault key: it opens the sealed secrets of your stores.\n\
                       # Keep it private and backed up, but never beside the stores.\n";
/// A key file is far shorter; whatever is longer is something else.
const LONGEST: u64 = 4_096;

/// Reads the key; `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<KeyBytes>, BackendError> {
    let bytes = match beginning(path, LONGEST) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &format!("cannot be read ({error})"))),
    };
    close_to_others(path);
    let key = std::str::from_utf8(&bytes).ok().and_then(parse);
    key.map(Some).ok_or_else(|| unusable(path, "is not a vault key, or was altered"))
}

/// Reads the key, or makes one. Of several processes that make it at once one wins, and all use
/// its key: the file gets its name only when it is whole, and only if the name is free.
pub(super) fn read_or_make(path: &Path) -> Result<KeyBytes, BackendError> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    private_folder_of(path)?;
    let key = random_key().map_err(|error| BackendError::Vault { detail: error.to_string() })?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let made = write(&key, folder).map_err(|error| from_io(&error, folder))?;
    match made.persist_noclobber(path) {
        Ok(_) => sync_folder_of(path).map_err(|error| from_io(&error, folder))?,
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(from_io(&error.error, path)),
    }
    // Whoever won: what counts is what the file holds.
    read(path)?.ok_or_else(|| unusable(path, "vanished while it was made"))
}

/// Writes the key to a temporary file, which is 0600 from its first moment.
fn write(key: &KeyBytes, folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".vault-key").tempfile_in(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    let hex = hex(&**key);
    let line = Zeroizing::new(format!("{COMMENT}{PREFIX}{}:{}\n", *hex, check(key)));
    file.write_all(line.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn parse(text: &str) -> Option<KeyBytes> {
    let line = text.lines().map(str::trim).find(|it| !it.is_empty() && !it.starts_with('#'))?;
    let (digits, sum) = line.strip_prefix(PREFIX)?.split_once(':')?;
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut key: KeyBytes = Zeroizing::new([0; 32]);
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (sum == check(&key)).then_some(key)
}

fn check(key: &KeyBytes) -> String {
    hex(Sha256::digest(key.as_slice()).get(..4).unwrap_or_default()).to_string()
}

/// Lower-case hexadecimal digits, wiped when dropped.
pub(super) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(*out, "{byte:02x}");
    }
    out
}

fn unusable(path: &Path, what: &str) -> BackendError {
    BackendError::Vault { detail: format!("the key file {} {what}", path.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config/vault.key");
        assert!(read(&path).unwrap().is_none());
        let key = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().unwrap()), 0o700);
            // Opened to others by accident, it is closed again.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert_eq!(read(&path).unwrap().unwrap(), key);
            assert_eq!(mode(&path), 0o600);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing left over");
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        read_or_make(&path).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let at = good.find(PREFIX).unwrap() + PREFIX.len();
        let mut altered = good.clone().into_bytes();
        altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
        let cut = good.as_bytes()[..good.len() - 4].to_vec();
        for bad in [altered, cut, b"hello".to_vec(), Vec::new(), vec![0xff; 9_000]] {
            fs::write(&path, &bad).unwrap();
            let error = read_or_make(&path).unwrap_err();
            assert!(
                matches!(&error, BackendError::Vault { detail } if detail.contains("vault.key"))
            );
            assert_eq!(fs::read(&path).unwrap(), bad, "the file is left as it was");
        }
    }

    #[test]
    fn makers_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        let start = std::sync::Barrier::new(16);
        let keys: Vec<KeyBytes> = std::thread::scope(|scope| {
            let make = || {
                start.wait();
                read_or_make(&path).unwrap()
            };
            let all: Vec<_> = (0..16).map(|_| scope.spawn(make)).collect();
            all.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }
}
