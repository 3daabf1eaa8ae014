//! Whose a file is, and the command that gives it back: after `sudo` files of ours belong to root.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::Foreign;
use super::path::quoted;
use super::read;

/// Longest list of users that is looked into.
const MAX_PASSWD: u64 = 1 << 20;

/// Somebody who owns files on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(
    /// The user's number.
    pub u32,
);

/// The account that this process runs as, as the machine's own list names it; the environment is
/// whatever somebody sets.
pub fn account() -> String {
    Owner(rustix::process::geteuid().as_raw()).to_string()
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, user_name(self.0)) {
            (0, _) => f.write_str("root"),
            (_, Some(name)) => f.write_str(&crate::text::shown(&name)),
            (number, None) => write!(f, "user {number}"),
        }
    }
}

impl Owner {
    /// What to do about a file or folder of this owner: the command that returns what `sudo` left.
    pub fn give_back(self, path: &Path) -> String {
        if self.0 != 0 {
            return format!("Run jetbridge as {self}, or choose another path.");
        }
        let me = rustix::process::geteuid().as_raw();
        let me = user_name(me).unwrap_or_else(|| me.to_string());
        let all = if path.is_dir() { "-R " } else { "" };
        let files: Vec<String> = self.left_with(path).iter().map(|it| quoted(it)).collect();
        format!("Run sudo chown {all}{me} {}; run jetbridge without sudo.", files.join(" "))
    }
}

impl Owner {
    /// The path, and beside a file of ours the others of ours that this owner has: what `sudo` left
    /// is rarely one file.
    fn left_with(self, path: &Path) -> Vec<PathBuf> {
        const OURS: [&str; 3] = ["config.toml", "vault.key", "connections.db"];
        let is_ours = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            OURS.iter().any(|it| name.starts_with(it))
        };
        let mut found = vec![path.to_owned()];
        if is_ours(path) {
            let entries = fs::read_dir(super::write::folder_of(path)).into_iter().flatten();
            found.extend(entries.flatten().map(|it| it.path()).filter(|it| {
                let meta = fs::symlink_metadata(it);
                it != path && is_ours(it) && meta.is_ok_and(|it| it.is_file() && it.uid() == self.0)
            }));
        }
        found.sort();
        found
    }
}

/// What keeps this process from a path: the path itself, or the nearest folder above it that can be
/// seen, when it is somebody else's. Root is kept from nothing by that.
pub fn in_the_way(path: &Path) -> Option<Foreign> {
    let me = rustix::process::geteuid().as_raw();
    if me == 0 {
        return None;
    }
    let whole = std::path::absolute(path).ok()?;
    let seen = whole.ancestors().find_map(|it| Some((it, fs::metadata(it).ok()?)))?;
    let (at, meta) = seen;
    // A folder of the system, such as / or /etc, is rightly root's.
    let own_folder = at == whole || meta.mode() & 0o077 == 0;
    (meta.uid() != me && own_folder)
        .then(|| Foreign { path: at.to_owned(), owner: Owner(meta.uid()) })
}

/// The name of a user in the machine's own list; directories are not asked.
fn user_name(number: u32) -> Option<String> {
    let list = read::bytes(Path::new("/etc/passwd"), MAX_PASSWD).ok()?;
    let list = String::from_utf8_lossy(&list);
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number.to_string()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_ours_that_is_left_is_returned_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let me = Owner(rustix::process::geteuid().as_raw());
        for name in ["config.toml", "vault.key", "connections.db", "connections.db-wal", "a.csv"] {
            fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink("a.csv", at("config.toml.link")).unwrap();
        let all = ["config.toml", "connections.db", "connections.db-wal", "vault.key"].map(at);
        for path in &all {
            assert_eq!(me.left_with(path), all);
        }
        assert_eq!(me.left_with(&at("a.csv")), [at("a.csv")], "other files are not ours to return");
        let other = Owner(me.0 + 1);
        assert_eq!(other.left_with(&at("vault.key")), [at("vault.key")]);
    }
}
