//! Programs that are started: found at a place that only the user or the system can change, and given
//! nothing that is not theirs.
//!
//! A name without a folder is looked for in the folders of PATH that are absolute and that not
//! everybody can write to; a path must be a whole one, because what `./tool` is depends on where
//! jetbridge was started. Descriptors that were handed to jetbridge are closed for its children by
//! [`keep_descriptors`], its own variables are taken out of their environment by [`command`].

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::path::given;
use super::secret;

/// The folders for programs where PATH names none that is safe.
const USUAL: &str = "/usr/local/bin:/usr/bin:/bin";
/// Beginnings of variables with what is ours alone.
const OWN: [&str; 2] = ["JETBRIDGE_", "CREDENTIALS_DIRECTORY"];

/// Why a program is not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProgram {
    /// No folder of PATH that is searched has it, or there is no such file.
    Missing,
    /// It is a path that depends on the working folder.
    Relative,
    /// Everybody can change it, or somebody else owns it.
    Changeable,
    /// It is no file that may be run.
    NotRunnable,
}

impl fmt::Display for NoProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no such program",
            Self::Relative => "it is a path relative to the working folder",
            Self::Changeable => "others on this machine own it or can change it",
            Self::NotRunnable => "it may not be run",
        })
    }
}

impl NoProgram {
    /// What to do.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Missing => "Give its full path, or install it in a folder of PATH.",
            Self::Relative => "Give its full path, from / or ~/ on.",
            Self::Changeable => {
                "Check the program, then run chmod go-w on it, or install your own copy."
            }
            Self::NotRunnable => "Run chmod u+x on it, or name the program itself.",
        }
    }
}

/// The program at its whole path, ready for arguments: it inherits none of our own variables, and
/// looks for programs where we do.
///
/// # Errors
/// [`NoProgram`].
pub fn command(program: &str) -> Result<Command, NoProgram> {
    let path = safe_path(env::var_os("PATH").as_deref());
    let mut command = Command::new(found(program, &path)?);
    command.env("PATH", path);
    for (name, _) in env::vars_os() {
        if is_own(&name) {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Where a program is.
///
/// # Errors
/// [`NoProgram`].
pub fn find(program: &str) -> Result<PathBuf, NoProgram> {
    found(program, &safe_path(env::var_os("PATH").as_deref()))
}

/// Descriptors beside the three standard ones stay with this process: no program that it starts
/// inherits what the caller opened for it.
pub fn keep_descriptors() {
    close_fds::set_fds_cloexec(3, &[]);
}

fn found(program: &str, path: &OsStr) -> Result<PathBuf, NoProgram> {
    let named = given(program);
    if named.is_absolute() {
        return runnable(&named).map(|()| named);
    }
    if program.contains('/') {
        return Err(NoProgram::Relative);
    }
    let mut why = NoProgram::Missing;
    for folder in env::split_paths(path) {
        let file = folder.join(program);
        match runnable(&file) {
            Ok(()) => return Ok(file),
            Err(NoProgram::Missing) => {}
            Err(other) => why = other,
        }
    }
    Err(why)
}

fn runnable(file: &Path) -> Result<(), NoProgram> {
    let meta = fs::metadata(file).map_err(|_| NoProgram::Missing)?;
    if !meta.is_file() || meta.mode() & 0o111 == 0 {
        return Err(NoProgram::NotRunnable);
    }
    secret::unchanged(&meta).then_some(()).ok_or(NoProgram::Changeable)
}

/// The folders of a PATH that say the same wherever we are started, and that not everybody can
/// write to.
fn safe_path(path: Option<&OsStr>) -> OsString {
    let folders = path.map(env::split_paths).into_iter().flatten();
    let safe = folders.filter(|it| {
        it.is_absolute() && fs::metadata(it).is_ok_and(|meta| meta.mode() & 0o002 == 0)
    });
    match env::join_paths(safe) {
        Ok(path) if !path.is_empty() => path,
        Ok(_) | Err(_) => USUAL.into(),
    }
}

fn is_own(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_uppercase();
    OWN.iter().any(|it| name.starts_with(it))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn tool(folder: &Path, mode: u32) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("tool"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(folder.join("tool"), fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn only_folders_that_stay_and_are_not_everybodys_are_searched() {
        let folder = tempfile::tempdir().unwrap();
        let (good, open) = (folder.path().join("good"), folder.path().join("open"));
        tool(&good, 0o755);
        tool(&open, 0o755);
        for mode in [0o777, 0o1777] {
            fs::set_permissions(&open, fs::Permissions::from_mode(mode)).unwrap();
            let list = format!(":.:bin:{}:{}:/none", open.display(), good.display());
            let path = safe_path(Some(OsStr::new(&list)));
            assert_eq!(path, good.as_os_str());
            assert_eq!(found("tool", &path), Ok(good.join("tool")));
        }
        for nothing in [None, Some(""), Some(":"), Some("."), Some("bin:../x")] {
            assert_eq!(safe_path(nothing.map(OsStr::new)), USUAL, "{nothing:?}");
        }
    }

    #[test]
    fn a_program_is_a_runnable_file_that_others_cannot_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().as_os_str();
        for (mode, wanted) in [
            (0o755, Ok(())),
            (0o700, Ok(())),
            (0o644, Err(NoProgram::NotRunnable)),
            (0o775, Err(NoProgram::Changeable)),
            (0o757, Err(NoProgram::Changeable)),
        ] {
            tool(folder.path(), mode);
            let whole = folder.path().join("tool");
            assert_eq!(found("tool", path).map(|_| ()), wanted, "{mode:o}");
            assert_eq!(found(whole.to_str().unwrap(), path).map(|_| ()), wanted, "{mode:o}");
        }
        for relative in ["./tool", "bin/tool", "../tool"] {
            assert_eq!(found(relative, path), Err(NoProgram::Relative));
        }
        assert_eq!(found("no-such-tool", path), Err(NoProgram::Missing));
    }

    #[test]
    fn our_own_variables_are_not_inherited() {
        for own in ["JETBRIDGE_DATA_DIR", "jetbridge_x", "CREDENTIALS_DIRECTORY"] {
            assert!(is_own(OsStr::new(own)), "{own}");
        }
        assert!(!is_own(OsStr::new("PATH")) && !is_own(OsStr::new("HTTPS_PROXY")));
    }
}
