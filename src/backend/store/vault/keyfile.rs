//! The file that holds the key-encryption keys. SPEC E3; RELIABILITY §4.
//!
//! It is made at the first secret, 0600, outside the data folder, so that a copied store alone
//! opens no secret. One file serves all stores of a user; each has its own data key. Form:
//!
//! ```text
//! # jetbridge vault key …                          comment lines, for whoever finds the file
//! jbvk1:<64 hexadecimal digits>:<8 digits>         the key, and the start of its SHA-256
//! jbvk1:…                                          keys before it, the latest first
//! ```
//!
//! A rotation puts a new key in front and keeps the others: other stores and older backups are
//! wrapped with them. They open nothing that was wrapped again.

use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::backend::BackendError;
use crate::files::write::{self, Existing, Readers, Unfinished};
use crate::files::{FileError, Why, secret};

use super::super::files::{from_io, private_folder_of, sync_folder_of};
use super::seal::{KeyBytes, random_key};

const PREFIX: &str = "jbvk1:";
const COMMENT: &str = "# jetbridge vault key: it opens the sealed secrets of your stores.\n\
                       # Keep it private and backed up, but never beside the stores.\n\
                       # The first key is the current one; older ones open older backups.\n";
/// Most keys in a file; one is added by each rotation.
const MOST: usize = 200;
/// A key file is shorter; whatever is longer is something else.
pub(crate) const LONGEST: u64 = 32 * 1024;
/// How long another process may take to write the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the keys, the current one first; `None` when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<KeyBytes>>, BackendError> {
    secret::place_of(path)?;
    let bytes = match secret::bytes(path, LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.why == Why::Missing => return Ok(None),
        Err(error) => return Err(refused(path, &error)),
    };
    let keys = std::str::from_utf8(&bytes).ok().and_then(parse);
    keys.map(Some).ok_or_else(|| unusable(path, "is not a vault key, or was altered"))
}

/// Also a file that others can read or change: then the key may not be ours alone any more.
fn refused(path: &Path, error: &FileError) -> BackendError {
    match &error.why {
        Why::OpenToOthers(mode) => {
            let what = format!(
                "is open to others (mode {mode:03o}): run `chmod 600` on it, and `jetbridge vault \
                 rotate --all` if someone may have read it"
            );
            unusable(path, &what)
        }
        Why::TooLarge(_) => unusable(path, "is not a vault key, or was altered"),
        _ => unusable(path, &format!("cannot be used: {}. {}", error.cause(), error.hint())),
    }
}

/// Reads the current key, or makes one. Of several processes that make it at once one succeeds, and
/// all use its key: the file gets its name only when it is whole, and only if the name is free.
pub(crate) fn read_or_make(path: &Path) -> Result<KeyBytes, BackendError> {
    if let Some(key) = current(path)? {
        return Ok(key);
    }
    private_folder_of(path)?;
    let key = new_key()?;
    match write(std::slice::from_ref(&key), path, Existing::Keep) {
        Ok(made) => {
            fault!("keyfile.written");
            made.finish().or_else(taken)?;
        }
        Err(BackendError::File(error)) => taken(*error)?,
        Err(error) => return Err(error),
    }
    // Whoever won: what counts is what the file holds.
    current(path)?.ok_or_else(|| unusable(path, "vanished while it was made"))
}

/// Another process made the file in the meantime, which is as good.
fn taken(error: FileError) -> Result<(), FileError> {
    if error.why == Why::Exists { Ok(()) } else { Err(error) }
}

/// Puts a new key in front of those of the file, and gives it.
pub(crate) fn add(path: &Path) -> Result<KeyBytes, BackendError> {
    private_folder_of(path)?;
    // Two that add at once would otherwise each drop the other's key.
    let _lock = lock(path)?;
    let key = new_key()?;
    let mut keys = read(path)?.unwrap_or_default();
    if keys.len() >= MOST {
        let what = format!("holds {MOST} keys: remove the last lines, which only old backups need");
        return Err(unusable(path, &what));
    }
    keys.insert(0, key.clone());
    let made = write(&keys, path, Existing::Replace)?;
    made.place()?;
    fault!("keyfile.placed");
    sync_folder_of(path).map_err(|error| from_io(&error, path))?;
    fault!("keyfile.synced");
    Ok(key)
}

/// The keys in a text of the file's form.
pub(crate) fn parse(text: &str) -> Option<Vec<KeyBytes>> {
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    let keys = lines.map(parse_line).collect::<Option<Vec<KeyBytes>>>()?;
    (!keys.is_empty() && keys.len() <= MOST).then_some(keys)
}

fn current(path: &Path) -> Result<Option<KeyBytes>, BackendError> {
    Ok(read(path)?.and_then(|keys| keys.into_iter().next()))
}

fn new_key() -> Result<KeyBytes, BackendError> {
    random_key().map_err(|error| BackendError::Vault { detail: error.to_string() })
}

/// The file beside the key file that is locked while it is changed.
fn lock(path: &Path) -> Result<File, BackendError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = write::lock_file(&name)?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => return Err(BackendError::Busy),
            Err(TryLockError::Error(error)) => return Err(from_io(&error, &name)),
        }
    }
}

/// Writes the keys to a temporary file, which is 0600 from its first moment.
fn write(keys: &[KeyBytes], path: &Path, existing: Existing) -> Result<Unfinished, BackendError> {
    let mut file = write::begin(path, existing, Readers::Owner)?;
    let mut written = || -> io::Result<()> {
        file.write_all(COMMENT.as_bytes())?;
        for key in keys {
            let hex = hex(&**key);
            let line = Zeroizing::new(format!("{PREFIX}{}:{}\n", *hex, check(key)));
            file.write_all(line.as_bytes())?;
        }
        file.flush()
    };
    written().map_err(|error| from_io(&error, path))?;
    Ok(file)
}

fn parse_line(line: &str) -> Option<KeyBytes> {
    let (digits, sum) = line.strip_prefix(PREFIX)?.split_once(':')?;
    if digits.len() != 64 || !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = KeyBytes::empty();
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (sum == check(&key)).then_some(key)
}

fn check(key: &KeyBytes) -> String {
    hex(Sha256::digest(key.as_slice()).get(..4).unwrap_or_default()).to_string()
}

/// Lower-case hexadecimal digits, wiped when dropped.
pub(crate) fn hex(bytes: &[u8]) -> Zeroizing<String> {
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
    use std::fs;

    use super::*;

    #[test]
    fn a_key_file_is_private_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config/vault.key");
        assert!(read(&path).unwrap().is_none());
        let key = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap(), key);
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        // Opened to others, it is refused, whichever of them may read or write it.
        for open in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
            assert_eq!(read_or_make(&path).unwrap_err().to_string(), error);
            assert_eq!(add(&path).unwrap_err().to_string(), error);
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let names = || fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(names(), 2, "the file, and the lock of `add`");
    }

    #[test]
    fn a_new_key_stands_in_front_of_the_old_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config/vault.key");
        let first = add(&path).unwrap();
        let second = add(&path).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), [second.clone(), first]);
        assert_eq!(read_or_make(&path).unwrap(), second);
    }

    #[test]
    fn adding_at_once_loses_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        let added: Vec<KeyBytes> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..12).map(|_| scope.spawn(|| add(&path).unwrap())).collect();
            all.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let kept = read(&path).unwrap().unwrap();
        assert_eq!(kept.len(), added.len());
        assert!(added.iter().all(|key| kept.contains(key)));
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
        for bad in [altered, cut, b"hello".to_vec(), Vec::new(), vec![0xff; 90_000]] {
            fs::write(&path, &bad).unwrap();
            let error = read_or_make(&path).unwrap_err();
            assert!(
                matches!(&error, BackendError::Vault { detail } if detail.contains("vault.key"))
            );
            assert_eq!(fs::read(&path).unwrap(), bad, "the file is left as it was");
        }
    }

    #[test]
    fn a_line_that_is_no_key_is_no_key_file() {
        let key = random_key().unwrap();
        let (digits, sum) = (hex(&*key), check(&key));
        assert_eq!(parse(&format!("# x\n\n {PREFIX}{}:{sum} \n", *digits)).unwrap(), [key]);
        for bad in [
            format!("{PREFIX}{}", *digits),
            format!("{}:{sum}", *digits),
            format!("{PREFIX}{}0:{sum}", *digits),
            format!("{PREFIX}{}:{sum}", &digits[1..]),
            format!("{PREFIX}g{}:{sum}", &digits[1..]),
            format!("{PREFIX}{}:{sum}0", *digits),
            "# only words\n".to_owned(),
        ] {
            assert!(parse(&bad).is_none(), "a line of {} characters", bad.len());
        }
    }

    #[test]
    fn a_full_key_file_says_how_to_make_room_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.key");
        let keys: Vec<KeyBytes> = (0..MOST).map(|_| random_key().unwrap()).collect();
        write(&keys, &path, Existing::Keep).unwrap().finish().unwrap();
        assert!(fs::metadata(&path).unwrap().len() < LONGEST);
        let error = add(&path).unwrap_err().to_string();
        assert!(error.contains("200 keys: remove the last lines"), "{error}");
        assert_eq!(read(&path).unwrap().unwrap(), keys);
    }

    #[test]
    fn what_cannot_be_read_is_no_missing_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_or_make(folder.path()).unwrap_err().to_string();
        assert!(error.contains("it is a folder"), "{error}");
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
