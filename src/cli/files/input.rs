//! Reads connection files: files, folders of them, standard input.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cli::file_args::is_standard;
use crate::cli::session::Session;
use crate::error::Failure;
use crate::files::{FileError, Why, encoding, read as bounded};
use crate::service::files::{FileDigest, Input, MAX_BYTES, Syntax};
use crate::text::shown;

/// The texts of files with the digest of each.
#[derive(Debug, Default)]
pub struct Inputs {
    /// What they hold.
    pub inputs: Vec<Input>,
    /// What a plan calls them.
    pub digests: Vec<FileDigest>,
    /// Whether standard input is among them.
    pub stdin: bool,
    /// Folders with such files that lie in one that was given, and are not read.
    pub beside: Vec<String>,
}

/// Reads every file; a folder gives its `.toml` and `.json` files in the order of their names.
pub fn read(session: &mut Session<'_, '_>, paths: &[PathBuf]) -> Result<Inputs, Failure> {
    let (mut out, mut wrong) = (Inputs::default(), Vec::new());
    let mut seen = HashSet::new();
    for path in paths {
        if is_standard(path) {
            if out.stdin {
                continue;
            }
            out.stdin = true;
            if session.terminals.input {
                session.printer.say("Reading from the terminal; end with Ctrl-D.");
            }
            match standard(&mut session.input) {
                Ok(text) => {
                    out.add("standard input".to_owned(), Path::new("-"), PathBuf::new(), text)
                }
                Err(error) => wrong.push(why(&error)),
            }
            continue;
        }
        let files = match path.is_dir() {
            true => {
                out.beside.extend(below(path).iter().map(|it| name(it)));
                folder(path)
            }
            false => Ok(vec![path.clone()]),
        };
        match files {
            Ok(files) => {
                for file in files {
                    let identity = std::fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
                    if !seen.insert(identity) {
                        continue;
                    }
                    match bounded::text(&file, MAX_BYTES) {
                        Ok(text) => out.add_file(&file, text),
                        Err(error) => wrong.push(why(&error)),
                    }
                }
            }
            Err(why) => wrong.push(format!("{}: {why}", name(path))),
        }
    }
    if wrong.is_empty() {
        return Ok(out);
    }
    let mut failure = Failure::new("some of the input cannot be read")
        .hint("Check the paths and their permissions; nothing was changed.");
    failure.why = wrong;
    Err(failure)
}

impl Inputs {
    /// Says which folders are not read; with `prune` what they hold would be deleted, so that is
    /// refused.
    pub fn whole(&self, session: &mut Session<'_, '_>, prune: bool) -> Result<(), Failure> {
        if self.beside.is_empty() {
            return Ok(());
        }
        let what = format!("folders in folders are not read: {}", self.beside.join(", "));
        if prune {
            return Err(Failure::usage(what)
                .because("--prune would delete what they hold")
                .hint("Name each folder with -f of its own."));
        }
        session.printer.say(&format!("note: {what}"));
        Ok(())
    }

    fn add_file(&mut self, path: &Path, text: String) {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        self.add(path.to_string_lossy().into_owned(), path, folder, text);
    }

    fn add(&mut self, name: String, path: &Path, folder: PathBuf, text: String) {
        let syntax = match path.extension().map(|it| it.to_ascii_lowercase()) {
            Some(it) if it == "toml" => Syntax::Toml,
            Some(it) if it == "json" => Syntax::Json,
            _ => Syntax::guess(&text),
        };
        let bytes = Sha256::digest(text.as_bytes());
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.digests.push(FileDigest {
            path: whole.to_string_lossy().into_owned(),
            sha256: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        });
        self.inputs.push(Input { name, folder, syntax, text });
    }
}

fn name(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// The connection files of a folder. Hidden ones belong to editors.
fn folder(path: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| error.to_string())? {
        let mut file = entry.map_err(|error| error.to_string())?.path();
        // Those of this folder are shown as they would be given.
        if path == Path::new(".") {
            file = file.strip_prefix(path).map(Path::to_owned).unwrap_or(file);
        }
        let hidden = file.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
        let known = file
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("toml") || it.eq_ignore_ascii_case("json"));
        if known && !hidden && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        Err("there is no .toml or .json file in it".to_owned())
    } else {
        Ok(files)
    }
}

/// The folders in a folder that hold connection files.
fn below(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.map(|it| it.path()).filter(|it| it.is_dir() && folder(it).is_ok()).collect();
    found.sort();
    found
}

/// What comes on standard input.
fn standard(input: &mut dyn Read) -> Result<String, FileError> {
    let name = "standard input";
    let bytes = bounded::stream(input, name, MAX_BYTES)?;
    encoding::text(bytes.to_vec()).map_err(|it| FileError::stream(name, Why::NotText(it)))
}

/// What happened and what to do, in one line.
fn why(error: &FileError) -> String {
    format!("{error}. {}", error.hint())
}
