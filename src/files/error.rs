//! Why a file could not be read or written, with what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::encoding::NotText;
use super::owner::{self, Owner};
use super::path::quoted;
use crate::domain::secret::name_for_message;

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// A file or stream is read.
    Read,
    /// A file is written.
    Write,
}

/// What stood in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// There is no such file, or no such folder to write into.
    Missing,
    /// The system refuses, and why it does where that can be seen.
    Denied(Option<Foreign>),
    /// It is a folder.
    Folder,
    /// It is neither a file nor a folder, but this.
    NotPlain(&'static str),
    /// It holds more bytes than this.
    TooLarge(u64),
    /// It is not text in an encoding that is read.
    NotText(NotText),
    /// It holds a secret, and this mode lets others on the machine read it.
    OpenToOthers(u32),
    /// It is believed only from this user or root, and this one owns it.
    Owned(Owner),
    /// It is believed, and this mode lets others on the machine change it.
    Changeable(u32),
    /// It is a descriptor of this process, which other programs may share.
    Descriptor,
    /// A link stands in the way, this one.
    Link(PathBuf),
    /// It exists, and must not be replaced.
    Exists,
    /// The disk is full.
    Full,
    /// It is no name for a file.
    Name,
    /// What the system says.
    Other(String),
}

/// A file or folder of somebody else that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The file or folder.
    pub path: PathBuf,
    /// Whose it is.
    pub owner: Owner,
}

/// Why a file could not be read or written. The name is left out where it looks like a secret that
/// was given in place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file as messages name it.
    pub name: String,
    /// What was being done.
    pub doing: Doing,
    /// Why it failed.
    pub why: Why,
    path: Option<PathBuf>,
}

impl std::error::Error for FileError {}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.doing {
            Doing::Read => "read",
            Doing::Write => "write",
        };
        write!(f, "cannot {verb} {}: {}", self.name, self.cause())
    }
}

impl FileError {
    /// An error of a file with this path.
    pub fn new(path: &Path, doing: Doing, why: Why) -> Self {
        let name = name_for_message(&path.to_string_lossy()).into_owned();
        Self { name, doing, why, path: Some(path.to_owned()) }
    }

    /// The same with other paths, where these are not to be seen.
    #[must_use]
    pub fn renamed(self, name: impl Fn(&Path) -> PathBuf) -> Self {
        let why = match self.why {
            Why::Denied(Some(it)) => Why::Denied(Some(Foreign { path: name(&it.path), ..it })),
            Why::Link(link) => Why::Link(name(&link)),
            other => other,
        };
        match self.path {
            Some(path) => Self::new(&name(&path), self.doing, why),
            None => Self { why, ..self },
        }
    }

    /// An error of a stream, such as standard input.
    pub fn stream(name: &str, why: Why) -> Self {
        Self { name: name.to_owned(), doing: Doing::Read, why, path: None }
    }

    /// What the system said of a file.
    pub fn io(path: &Path, doing: Doing, error: &io::Error) -> Self {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => Why::Denied(owner::in_the_way(path)),
            io::ErrorKind::NotFound => Why::Missing,
            io::ErrorKind::IsADirectory => Why::Folder,
            io::ErrorKind::AlreadyExists => Why::Exists,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Why::Full,
            io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => Why::Name,
            io::ErrorKind::NotADirectory => Why::Other("a part of its path is not a folder".into()),
            io::ErrorKind::ReadOnlyFilesystem => Why::Other("the file system is read-only".into()),
            kind => Why::Other(kind.to_string()),
        };
        Self::new(path, doing, why)
    }

    /// Why, without the name of the file.
    pub fn cause(&self) -> String {
        let reading = self.doing == Doing::Read;
        match &self.why {
            Why::Missing if reading => "no such file".to_owned(),
            Why::Missing => "no such folder".to_owned(),
            Why::Denied(None) => "permission denied".to_owned(),
            Why::Denied(Some(it)) if self.path.as_deref() == Some(&*it.path) => {
                format!("it is owned by {}", it.owner)
            }
            Why::Denied(Some(it)) => {
                let folder = name_for_message(&it.path.to_string_lossy()).into_owned();
                format!("permission denied: {folder} is owned by {}", it.owner)
            }
            Why::Folder => "it is a folder".to_owned(),
            Why::NotPlain(what) => format!("it is {what}, not a plain file"),
            Why::TooLarge(most) => format!("it is larger than {}", size(*most)),
            Why::NotText(why) => why.to_string(),
            Why::OpenToOthers(mode) => {
                format!(
                    "it holds a secret, and others on this machine can read it (mode {mode:03o})"
                )
            }
            Why::Owned(owner) => format!("it is owned by {owner}"),
            Why::Changeable(mode) => {
                format!("others on this machine can change it (mode {mode:03o})")
            }
            Why::Descriptor => "it is a descriptor, not a file".to_owned(),
            Why::Link(link) if self.path.as_deref() == Some(&**link) => {
                "it is a symbolic link".to_owned()
            }
            Why::Link(link) => {
                let link = name_for_message(&link.to_string_lossy()).into_owned();
                format!("{link} is a symbolic link that someone else can change")
            }
            Why::Exists => "it exists already".to_owned(),
            Why::Full => "the disk is full".to_owned(),
            Why::Name => "it is not the name of a file".to_owned(),
            Why::Other(text) => text.clone(),
        }
    }

    /// What to do; may be empty.
    pub fn hint(&self) -> String {
        let reading = self.doing == Doing::Read;
        match &self.why {
            Why::Missing if self.hides_name() => {
                "If this is a secret or a token, consider it exposed: never type it as an argument; \
                 put it into a file or pipe it in."
                    .to_owned()
            }
            Why::Missing if reading => "Check the path.".to_owned(),
            Why::Missing => "Create the folder first, or choose another.".to_owned(),
            Why::Denied(Some(it)) => it.owner.give_back(&it.path),
            Why::Denied(None) if reading => "Check who can read it.".to_owned(),
            Why::Denied(None) => "Choose a file in a folder that you can write to.".to_owned(),
            Why::Folder => "Name a file in it.".to_owned(),
            Why::NotPlain(_) if reading => {
                "Name a plain file, or - for standard input where the command takes it.".to_owned()
            }
            Why::NotPlain(_) => "Choose another name.".to_owned(),
            Why::TooLarge(_) => "Check that this is the right file.".to_owned(),
            Why::NotText(why) => why.hint().to_owned(),
            Why::OpenToOthers(_) => {
                let file = self.path.as_deref().map(quoted).unwrap_or_default();
                format!("Run chmod 600 {file}; replace the secret if someone may have read it.")
            }
            Why::Owned(owner) => {
                owner.give_back(self.path.as_deref().unwrap_or(Path::new("")))
            }
            Why::Changeable(_) => {
                let path = self.path.as_deref().map(quoted).unwrap_or_default();
                format!("Check what is in it, then run chmod go-w {path}.")
            }
            Why::Descriptor => {
                "Name a plain file, or pipe it in as standard input where the command takes it."
                    .to_owned()
            }
            Why::Link(link) => match std::fs::canonicalize(link) {
                Ok(real) => format!("Name the real path: {}.", quoted(&real)),
                Err(_) => "Choose another name, or remove the link.".to_owned(),
            },
            Why::Exists => "Choose another name, or remove it.".to_owned(),
            Why::Full => "Free some space, then try again.".to_owned(),
            Why::Name => "Name a file.".to_owned(),
            Why::Other(_) if reading => "Check the file and the disk.".to_owned(),
            Why::Other(_) => "Choose a file in a folder that you can write to.".to_owned(),
        }
    }

    fn hides_name(&self) -> bool {
        self.path
            .as_deref()
            .is_some_and(|it| crate::domain::secret::may_be_secret(&it.to_string_lossy()))
    }
}

/// A limit in the largest unit that divides it.
fn size(bytes: u64) -> String {
    [(30, "GB"), (20, "MB"), (10, "KB")]
        .into_iter()
        .find(|(shift, _)| bytes >= 1 << shift && bytes.is_multiple_of(1 << shift))
        .map_or_else(
            || format!("{bytes} bytes"),
            |(shift, unit)| format!("{} {unit}", bytes >> shift),
        )
}
