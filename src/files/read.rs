//! Reading, bounded before it begins: only plain files, nothing that never ends, nothing larger
//! than what is expected.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::encoding;
use super::error::{Doing, FileError, Why};

/// Room that is set aside at first; most files are shorter.
const FIRST: usize = 16 << 10;

/// A reader that fails rather than give more bytes than its limit.
#[derive(Debug)]
pub struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Bounded<R> {
    /// Bounds a reader that is no file, such as standard input.
    pub const fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX);
        let most = most.min(buffer.len());
        let read = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::ErrorKind::FileTooLarge.into()),
        }
        Ok(read)
    }
}

/// An open file with what the system says of it.
#[derive(Debug)]
pub struct Opened {
    /// Its bytes; more than the limit is an error of the kind [`io::ErrorKind::FileTooLarge`].
    pub bytes: Bounded<File>,
    /// What the open file is; its name may be another's by now.
    pub meta: Metadata,
    /// The name was a link when it was opened.
    pub by_link: bool,
}

/// What becomes of a name that is a link, or that of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// It is followed.
    Follow,
    /// It is refused.
    Refuse,
}

/// Opens a plain file of at most `limit` bytes. A pipe or device is opened only where the name is
/// that of a descriptor which the caller has opened for us, such as `/dev/stdin` or what a shell
/// makes of `<(command)`.
///
/// # Errors
/// [`FileError`], before anything is read.
pub fn open(path: &Path, limit: u64) -> Result<Opened, FileError> {
    open_as(path, limit, Links::Follow)
}

/// As [`open`], with a say in links.
///
/// # Errors
/// [`FileError`], before anything is read.
pub fn open_as(path: &Path, limit: u64, links: Links) -> Result<Opened, FileError> {
    let refused = |why| Err(FileError::new(path, Doing::Read, why));
    let failed = |error: &io::Error| match error.raw_os_error() {
        Some(code) if links == Links::Refuse && code == Errno::LOOP.raw_os_error() => {
            FileError::new(path, Doing::Read, Why::Link(path.to_owned()))
        }
        _ => FileError::io(path, Doing::Read, error),
    };
    let ours = is_descriptor(path);
    if ours && links == Links::Refuse {
        return refused(Why::Descriptor);
    }
    let by_link = !ours && std::fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    if by_link && links == Links::Refuse {
        return refused(Why::Link(path.to_owned()));
    }
    // Asked before it is opened: opening alone can act on a device.
    let named = std::fs::metadata(path).map_err(|error| failed(&error))?;
    if !ours && let Some(why) = unfit(&named) {
        return refused(why);
    }
    let mut flags = OFlags::empty();
    if !ours {
        // A pipe that took its name in the meantime must not be waited for.
        flags |= OFlags::NONBLOCK;
    }
    if links == Links::Refuse {
        flags |= OFlags::NOFOLLOW;
    }
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    let file = options.open(path).map_err(|error| failed(&error))?;
    let meta = file.metadata().map_err(|error| failed(&error))?;
    if !ours && let Some(why) = unfit(&meta) {
        return refused(why);
    }
    if meta.is_dir() {
        return refused(Why::Folder);
    }
    if meta.is_file() && meta.len() > limit {
        return refused(Why::TooLarge(limit));
    }
    Ok(Opened { bytes: Bounded::new(file, limit), meta, by_link })
}

/// Everything in a file of at most `limit` bytes, wiped when dropped.
///
/// # Errors
/// [`FileError`].
pub fn bytes(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    rest(open(path, limit)?, path, limit)
}

/// As many of these bytes of a plain file as there are: a piece of one that may be large.
///
/// # Errors
/// [`FileError`].
pub fn part(path: &Path, from: u64, length: usize) -> Result<Vec<u8>, FileError> {
    let file = open(path, u64::MAX)?.bytes.inner;
    let mut out = vec![0; length];
    let mut have = 0;
    while have < length {
        let room = out.get_mut(have..).unwrap_or_default();
        match file.read_at(room, from.saturating_add(have as u64)) {
            Ok(0) => break,
            Ok(read) => have += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FileError::io(path, Doing::Read, &error)),
        }
    }
    out.truncate(have);
    Ok(out)
}

/// Everything in a file that is open.
pub(super) fn rest(
    opened: Opened,
    path: &Path,
    limit: u64,
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    all(opened.bytes, limit).map_err(|error| {
        if error.kind() == io::ErrorKind::FileTooLarge {
            return FileError::new(path, Doing::Read, Why::TooLarge(limit));
        }
        FileError::io(path, Doing::Read, &error)
    })
}

/// As [`bytes`]; `None` where there is no such file.
///
/// # Errors
/// [`FileError`].
pub fn if_there(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, FileError> {
    match bytes(path, limit) {
        Err(FileError { why: Why::Missing, .. }) => Ok(None),
        read => read.map(Some),
    }
}

/// Everything in a stream of at most `limit` bytes, wiped when dropped; `name` is what messages call
/// it.
///
/// # Errors
/// [`FileError`].
pub fn stream(reader: impl Read, name: &str, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    all(Bounded::new(reader, limit), limit).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::FileTooLarge => Why::TooLarge(limit),
            kind => Why::Other(kind.to_string()),
        };
        FileError::stream(name, why)
    })
}

/// The text in a file, in whichever encoding.
///
/// # Errors
/// [`FileError`].
pub fn text(path: &Path, limit: u64) -> Result<String, FileError> {
    text_of(path, bytes(path, limit)?)
}

/// The text in what was read from a file, in whichever encoding.
///
/// # Errors
/// [`FileError`].
pub fn text_of(path: &Path, mut bytes: Zeroizing<Vec<u8>>) -> Result<String, FileError> {
    encoding::text(std::mem::take(&mut *bytes))
        .map_err(|why| FileError::new(path, Doing::Read, Why::NotText(why)))
}

/// Reads to the end without leaving copies behind: a buffer that is full is wiped before its content
/// goes on in a larger one.
fn all(mut reader: impl Read, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut out = Zeroizing::new(Vec::with_capacity(FIRST.min(most.saturating_add(1))));
    let mut chunk = Zeroizing::new(vec![0; FIRST]);
    loop {
        let read = match reader.read(&mut chunk) {
            Ok(0) => return Ok(out),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if out.len() + read > out.capacity() {
            let mut wider = Zeroizing::new(Vec::with_capacity(2 * (out.len() + read)));
            wider.extend_from_slice(&out);
            out = wider;
        }
        out.extend_from_slice(chunk.get(..read).unwrap_or_default());
    }
}

/// Why something is no plain file; the empty device counts as one.
fn unfit(meta: &Metadata) -> Option<Why> {
    let kind = meta.file_type();
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some(Why::Folder);
    }
    let null = std::fs::metadata("/dev/null").ok().filter(|it| it.file_type().is_char_device());
    match null {
        Some(null) if kind.is_char_device() && null.rdev() == meta.rdev() => None,
        _ => Some(Why::NotPlain(what(kind))),
    }
}

/// What something is that is neither file nor folder.
pub(super) fn what(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// Whether a path names a descriptor that this process was started with.
fn is_descriptor(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let number = ["/dev/fd/", "/proc/self/fd/"].iter().find_map(|it| text.strip_prefix(it));
    text == "/dev/stdin" || number.is_some_and(|it| it.parse::<u32>().is_ok())
}
