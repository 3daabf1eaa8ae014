//! Files that are believed: those with a secret, and those that say where a secret goes or which
//! program runs, such as the configuration. As ssh does, one that somebody else owns or can change
//! is refused before anything in it counts.
//!
//! Such a file is a plain one, opened once and never through a link; what is judged is what was
//! opened, because the name may be another's by then.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::{Doing, FileError, Why};
use super::owner::Owner;
use super::pem;
use super::read::{self, Links};
use super::write::folder_of;

/// Others than the owner can read or change it.
const OPEN: u32 = 0o077;
/// Others than the owner can change it.
const CHANGEABLE: u32 = 0o022;
/// In a folder with this bit only the owner of a file can replace it.
const STICKY: u32 = 0o1000;

/// Everything in a file with a secret, such as a client secret, a private key, or the vault's key.
///
/// # Errors
/// [`FileError`], also when group or others can read or change the file (they may have done so
/// already), when somebody else owns it, and for a descriptor: children and other programs share it.
pub fn bytes(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = read::open_as(path, limit, Links::Refuse)?;
    refused(path, refusal(&opened.meta, OPEN))?;
    read::rest(opened, path, limit)
}

/// Everything in a PEM file with a certificate. One that holds a private key too is a file with a
/// secret.
///
/// # Errors
/// [`FileError`], as of [`bytes`] where a key is in it.
pub fn certificate(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = read::open(path, limit)?;
    let why = match (opened.by_link, opened.meta.is_file()) {
        (true, _) => Some(Why::Link(path.to_owned())),
        (false, true) => refusal(&opened.meta, OPEN),
        (false, false) => Some(Why::Descriptor),
    };
    let bytes = read::rest(opened, path, limit)?;
    match why {
        Some(why) if pem::text(&bytes).is_ok_and(|text| text.contains("PRIVATE KEY")) => {
            Err(FileError::new(path, Doing::Read, why))
        }
        _ => Ok(bytes),
    }
}

/// Opens a file that is believed, such as the configuration: others may read it. Neither they nor
/// the folder that it lies in may let somebody change or replace it.
///
/// # Errors
/// [`FileError`].
pub fn trusted(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = read::open_as(path, limit, Links::Refuse)?;
    // The empty device holds nothing to believe.
    if opened.meta.is_file() {
        refused(path, refusal(&opened.meta, CHANGEABLE))?;
        place_of(path)?;
    }
    read::rest(opened, path, limit)
}

/// Everything in a file of the system or of this user that may stand behind a link, such as a list
/// of certificate authorities.
///
/// # Errors
/// [`FileError`], also when somebody else owns it or can change it.
pub fn authority(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = read::open(path, limit)?;
    if opened.meta.is_file() {
        refused(path, refusal(&opened.meta, CHANGEABLE))?;
    }
    read::rest(opened, path, limit)
}

/// Refuses a file whose folder lets somebody else replace it.
///
/// # Errors
/// [`FileError`], of the folder.
pub fn place_of(file: &Path) -> Result<(), FileError> {
    judged(folder_of(file), STICKY)
}

/// Refuses a folder of data that somebody else owns or can write to; one that is not there
/// is none.
///
/// # Errors
/// [`FileError`].
pub fn folder(path: &Path) -> Result<(), FileError> {
    judged(path, 0)
}

/// Refuses a file of ours that another library opens by its name: a link, and one that somebody else
/// owns or can change. One that is not there is none.
///
/// # Errors
/// [`FileError`].
pub fn file(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => refused(path, Some(Why::Link(path.to_owned()))),
        Ok(meta) if meta.is_file() => refused(path, refusal(&meta, CHANGEABLE)),
        // What it is instead is found where it is opened.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// `fine`: bits that make a folder good enough that others can write to.
fn judged(folder: &Path, fine: u32) -> Result<(), FileError> {
    match fs::metadata(folder) {
        Ok(meta) if meta.mode() & fine != 0 => Ok(()),
        Ok(meta) if meta.is_dir() => refused(folder, refusal(&meta, CHANGEABLE)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Whether only this user and root can change what this says; for programs.
pub(super) fn unchanged(meta: &Metadata) -> bool {
    refusal(meta, CHANGEABLE).is_none()
}

fn refused(path: &Path, why: Option<Why>) -> Result<(), FileError> {
    why.map_or(Ok(()), |why| Err(FileError::new(path, Doing::Read, why)))
}

/// Why a file or folder is not believed; `open`: bits of the mode that it must not have.
fn refusal(meta: &Metadata, open: u32) -> Option<Why> {
    let me = rustix::process::geteuid().as_raw();
    // Root could change everything anyway.
    if ![me, 0].contains(&meta.uid()) {
        return Some(Why::Owned(Owner(meta.uid())));
    }
    let mode = meta.mode() & 0o777;
    match mode & open {
        0 => None,
        // Read alone gives a secret away; a folder holds none itself.
        _ if open == OPEN => Some(Why::OpenToOthers(mode)),
        _ => Some(Why::Changeable(mode)),
    }
}
