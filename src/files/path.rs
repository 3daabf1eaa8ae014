//! Paths as people give them: with `~` where no shell read it, as `file://` addresses, and with the
//! quotes and backslashes that dragging and copying add.

use crate::text::shell;
use std::path::{Path, PathBuf};

/// The path that an option, a variable or a configuration names: `~` and `~/…` are the home folder,
/// a `file://` address is the file that it addresses. Everything else stays as it is.
pub fn given(path: impl Into<PathBuf>) -> PathBuf {
    named(path.into(), home().as_deref())
}

/// The path in a text that was typed, pasted or dropped: as [`given`], and without blanks around it,
/// without quotes or backslashes of a shell. A file whose name holds those is still found.
pub fn pasted(text: &str) -> PathBuf {
    let plain = given(text.trim());
    if std::fs::symlink_metadata(&plain).is_ok() {
        return plain;
    }
    of_windows(text).unwrap_or_else(|| given(unwrapped(text)))
}

/// The text without what dragging and copying add; `~` stays. Nothing is looked up.
pub fn unwrapped(text: &str) -> String {
    let text = trimmed(text);
    // Blanks without quotes, as in a path that was typed, are part of it.
    let word = match shell_words::split(text).map(<[String; 1]>::try_from) {
        Ok(Ok([word])) => word,
        _ => text.to_owned(),
    };
    let file = address(&word).and_then(|it| it.into_os_string().into_string().ok());
    file.unwrap_or(word)
}

/// A path as one word of a POSIX shell.
pub fn quoted(path: &Path) -> String {
    shell::quote(&path.to_string_lossy())
}

/// The home folder of this user.
pub fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|it| !it.as_os_str().is_empty())
}

fn named(path: PathBuf, home: Option<&Path>) -> PathBuf {
    if let Some(file) = path.to_str().and_then(address) {
        return file;
    }
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home.to_owned(),
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

/// The file of a `file://` address; `None` where it is of another machine, or none.
fn address(text: &str) -> Option<PathBuf> {
    if !text.starts_with("file:/") {
        return None;
    }
    url::Url::parse(text).ok()?.to_file_path().ok()
}

/// Without blanks around it, but for one that a backslash keeps.
fn trimmed(text: &str) -> &str {
    let start = text.trim_start();
    let end = start.trim_end();
    let slashes = end.len() - end.trim_end_matches('\\').len();
    let kept = usize::from(slashes % 2 == 1 && start.len() > end.len());
    start.get(..end.len() + kept).unwrap_or(end)
}

/// Where the Linux of a Windows machine has a path such as `C:\Users\anna\m.json`.
fn of_windows(text: &str) -> Option<PathBuf> {
    let text = text.trim().trim_matches(['"', '\'']);
    let (drive, rest) = text.split_once(":\\")?;
    let letter = Some(drive).filter(|it| it.len() == 1)?.chars().next()?;
    let mount = Path::new("/mnt").join(letter.to_ascii_lowercase().to_string());
    (letter.is_ascii_alphabetic() && mount.is_dir()).then(|| mount.join(rest.replace('\\', "/")))
}

/// The words of a command as a shell would take them, such as an editor with its arguments; where
/// quotes do not close, the words between blanks.
pub fn words(command: &str) -> Vec<String> {
    shell_words::split(command)
        .unwrap_or_else(|_| command.split_whitespace().map(str::to_owned).collect())
}
