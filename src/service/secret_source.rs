//! Reads secrets from where they are kept: a file for its owner only, a command, standard input, a
//! systemd credential. SPEC E3; RELIABILITY §4.
//!
//! Everything is bounded, and no error holds any of what was read, an argument of a command, or a
//! value of the environment.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use crate::domain::secret::name_for_message;
use crate::domain::{Secret, SecretSource};
use crate::files::pem::{self, MAX_PEM};
use crate::files::{FileError, Why, encoding, program, read, secret};
use crate::text::shown;

/// Longest time that a command may take: somebody may have to type a passphrase.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// Longest secret of one word, in bytes; Entra's client secrets have 40.
const MAX_WORD: usize = 4_096;
/// Longest secret of one line, in bytes: tokens are longer.
const MAX_LINE: usize = 64 << 10;

/// What is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One word, such as a client secret: nothing in it is white space.
    Word,
    /// One line, such as a password: white space within it counts.
    Line,
    /// A PEM text, such as a private key.
    Pem,
}

impl Shape {
    const fn limit(self) -> usize {
        match self {
            Self::Word => MAX_WORD,
            Self::Line => MAX_LINE,
            Self::Pem => MAX_PEM,
        }
    }
}

/// Why a secret could not be read: what and why in one line, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    /// What happened, and why.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// It could be read, but what is in it is no such secret.
    pub content: bool,
}

impl SourceError {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), content: false }
    }

    fn of_content(what: String, hint: &str) -> Self {
        Self { content: true, ..Self::new(what, hint) }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.what))
    }
}

impl std::error::Error for SourceError {}

impl From<FileError> for SourceError {
    fn from(error: FileError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

/// Reads from a file, a command or a systemd credential; `None` for the two that only the caller
/// can reach: the store, and standard input ([`from_reader`]).
///
/// `credentials` is `$CREDENTIALS_DIRECTORY` of this process.
pub async fn read(
    source: &SecretSource,
    shape: Shape,
    credentials: Option<&Path>,
) -> Option<Result<Secret, SourceError>> {
    match source {
        SecretSource::Stored | SecretSource::Stdin => None,
        SecretSource::File(path) => Some(from_file(path, shape)),
        SecretSource::Command(words) => Some(from_command(words, shape, COMMAND_TIMEOUT).await),
        SecretSource::Systemd(name) => Some(from_systemd(name, credentials, shape)),
    }
}

/// All of a file that only its owner may read.
///
/// # Errors
/// [`SourceError`], also when group or others may read it: they may have done so already.
pub fn from_file(path: &Path, shape: Shape) -> Result<Secret, SourceError> {
    shaped(&secret::bytes(path, shape.limit() as u64)?, &named(path), shape)
}

/// The text of a file with a certificate, as it is. A file that holds its key too is one with a
/// secret.
///
/// # Errors
/// [`SourceError`].
pub fn certificate(path: &Path) -> Result<Zeroizing<String>, SourceError> {
    plain_text(&secret::certificate(path, MAX_PEM as u64)?, path)
}

/// The text of a file with a private key, as it is.
///
/// # Errors
/// [`SourceError`], also when group or others may read it.
pub fn key(path: &Path) -> Result<Zeroizing<String>, SourceError> {
    plain_text(&secret::bytes(path, MAX_PEM as u64)?, path)
}

fn plain_text(bytes: &[u8], path: &Path) -> Result<Zeroizing<String>, SourceError> {
    pem::text(bytes).map_err(|_| {
        SourceError::new(format!("{} is not text in UTF-8", named(path)), "Give a PEM file.")
    })
}

fn named(path: &Path) -> String {
    name_for_message(&path.to_string_lossy()).into_owned()
}

/// A systemd credential: a file of this name below `$CREDENTIALS_DIRECTORY`. systemd itself keeps
/// others out, by an access list that looks like a mode of 0440.
///
/// # Errors
/// [`SourceError`].
pub fn from_systemd(
    name: &str,
    credentials: Option<&Path>,
    shape: Shape,
) -> Result<Secret, SourceError> {
    let Some(folder) = credentials else {
        return Err(SourceError::new(
            format!("the systemd credential {name} is missing: CREDENTIALS_DIRECTORY is not set"),
            "Run jetbridge as a service with LoadCredential= or LoadCredentialEncrypted=.",
        ));
    };
    let label = format!("the systemd credential {name}");
    let bytes = secret::trusted(&folder.join(name), shape.limit() as u64);
    let bytes = bytes.map_err(|error| {
        SourceError::new(format!("cannot read {label}: {}", error.cause()), error.hint())
    })?;
    shaped(&bytes, &label, shape)
}

/// All of what a reader gives; `name` is what messages call it.
///
/// # Errors
/// [`SourceError`].
pub fn from_reader(reader: impl Read, name: &str, shape: Shape) -> Result<Secret, SourceError> {
    match read::stream(reader, name, shape.limit() as u64) {
        Ok(bytes) => shaped(&bytes, name, shape),
        Err(error) if matches!(error.why, Why::TooLarge(_)) => Err(too_long(name)),
        Err(error) => Err(error.into()),
    }
}

/// What a program prints. It is run without a shell, without our own variables, with nothing on its
/// standard input; what it prints to standard error is not kept. Dropping the call ends it.
///
/// # Errors
/// [`SourceError`]; of the command it names the program only.
pub async fn from_command(
    words: &[String],
    shape: Shape,
    timeout: Duration,
) -> Result<Secret, SourceError> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(SourceError::new("the command for the secret is empty", "Name a program."));
    };
    let name = format!("the command {}", name_for_message(program));
    let check = "Run it yourself: it must print the secret and nothing else.";
    let refused = |why: String, hint: &str| {
        SourceError::new(format!("{name} cannot be started: {why}"), hint)
    };
    let found = program::command(program);
    let mut command = found.map_err(|why| refused(why.to_string(), why.hint()))?;
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| refused(error.kind().to_string(), "Run it by hand to see why."))?;
    let mut bytes = buffer(shape);
    let run = async {
        if let Some(out) = child.stdout.take() {
            out.take(shape.limit() as u64 + 1).read_to_end(&mut bytes).await?;
        }
        // Whoever prints more than fits is not waited for.
        if bytes.len() > shape.limit() {
            return Ok(None);
        }
        child.wait().await.map(Some)
    };
    let ended = tokio::time::timeout(timeout, run).await.map_err(|_| {
        let text = format!("{name} gave no answer within {} s", timeout.as_secs());
        SourceError::new(text, check)
    })?;
    let failed = |why: String| SourceError::new(format!("{name} failed: {why}"), check);
    match ended {
        Err(error) => Err(failed(error.kind().to_string())),
        Ok(Some(status)) if !status.success() => Err(failed(match status.code() {
            Some(code) => format!("it ended with {code}"),
            None => "it was ended by a signal".to_owned(),
        })),
        Ok(_) => shaped(&bytes, &format!("the output of {name}"), shape),
    }
}

/// Room for everything, so that growing leaves no copies behind.
fn buffer(shape: Shape) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(shape.limit() + 64))
}

const ALONE: &str = "It must hold the secret's value alone.";

fn too_long(name: &str) -> SourceError {
    SourceError::of_content(format!("{name} has more than a secret"), ALONE)
}

/// The secret in bytes that were read from `name`.
///
/// # Errors
/// What they are instead.
pub fn shaped(bytes: &[u8], name: &str, shape: Shape) -> Result<Secret, SourceError> {
    let wrong =
        |what: &str, hint: &str| Err(SourceError::of_content(format!("{name} {what}"), hint));
    if bytes.len() > shape.limit() {
        return Err(too_long(name));
    }
    let read = match shape {
        Shape::Pem => pem::text(bytes),
        Shape::Word | Shape::Line => encoding::wiped(bytes),
    };
    let text = match read {
        Ok(text) => text,
        Err(_) => return wrong("is not text in UTF-8", ALONE),
    };
    if text.trim().is_empty() {
        return wrong("holds no secret", "Write the secret's value, and nothing else.");
    }
    let is_pem = text.contains("-----BEGIN");
    match shape {
        Shape::Pem if is_pem => Ok(Secret::new(text.as_str())),
        Shape::Pem => wrong("holds no PEM", "Give a private key as PEM (BEGIN PRIVATE KEY)."),
        Shape::Word | Shape::Line if is_pem => {
            wrong("holds a PEM, not a secret", "Give a certificate and its key with --certificate.")
        }
        Shape::Word => match text.trim() {
            word if word.contains(['\n', '\r']) => wrong(
                "holds several lines, and a secret is one",
                "Copy the secret's value again, without line ends in it.",
            ),
            word if word.chars().any(|c| c.is_whitespace() || c.is_control()) => {
                Err(too_long(name))
            }
            word => Ok(Secret::new(word)),
        },
        Shape::Line => {
            let line = text.trim_end_matches(['\r', '\n']);
            match line.chars().any(char::is_control) {
                true => wrong("holds more than one line", ALONE),
                false => Ok(Secret::new(line)),
            }
        }
    }
}

/// `$CREDENTIALS_DIRECTORY`, as systemd sets it for a service.
pub fn credentials_directory(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    env("CREDENTIALS_DIRECTORY").filter(|it| !it.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const CANARY: &str = "canary8Q~Not-A-Real-Secret.0123456789abc";

    fn run<F: Future>(call: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(call)
    }

    fn command(script: &str, timeout: Duration) -> Result<Secret, SourceError> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        run(from_command(&words, Shape::Word, timeout))
    }

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        for mode in [0o600, 0o400] {
            let (_folder, path) = file(&format!("\u{feff}{CANARY}\r\n"), mode);
            assert_eq!(from_file(&path, Shape::Word), Ok(Secret::new(CANARY)));
        }
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let (_folder, path) = file(CANARY, mode);
            let error = from_file(&path, Shape::Word).unwrap_err();
            assert!(error.what.contains("others on this machine can read"), "{error}");
            assert!(error.hint.contains("chmod 600") && !error.what.contains("canary"), "{error}");
        }
    }

    #[test]
    fn what_is_no_secret_is_reported_without_being_repeated() {
        let pem = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";
        for (text, shape, words) in [
            ("", Shape::Word, "holds no secret"),
            (" \n", Shape::Line, "holds no secret"),
            ("canary canary", Shape::Word, "more than a secret"),
            ("canary\ncanary\n", Shape::Word, "several lines"),
            ("canary\r\ncanary", Shape::Word, "several lines"),
            ("canary\ncanary\n", Shape::Line, "more than one line"),
            (pem, Shape::Word, "holds a PEM"),
            (CANARY, Shape::Pem, "holds no PEM"),
            (&"canary".repeat(20_000), Shape::Line, "more than a secret"),
        ] {
            let error = from_reader(text.as_bytes(), "standard input", shape).unwrap_err();
            assert!(error.what.starts_with("standard input ") && error.what.contains(words));
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        let line = from_reader(" a b \n".as_bytes(), "x", Shape::Line).unwrap();
        assert_eq!(line.expose(), " a b ");
        assert_eq!(from_reader(pem.as_bytes(), "x", Shape::Pem), Ok(Secret::new(pem)));
        assert!(from_reader(&[0xff, 0x00, 0xc0][..], "x", Shape::Word).is_err());
    }

    #[test]
    fn a_command_is_bounded_and_named_by_its_program() {
        let soon = Duration::from_secs(20);
        assert_eq!(
            command(&format!("echo {CANARY}; echo noise >&2"), soon),
            Ok(Secret::new(CANARY))
        );
        let cases = [
            (format!("echo {CANARY}; exit 3"), "it ended with 3"),
            ("kill -9 $$".to_owned(), "ended by a signal"),
            ("true".to_owned(), "holds no secret"),
            ("yes canary".to_owned(), "has more than a secret"),
            ("cat".to_owned(), "holds no secret"),
        ];
        for (script, words) in cases {
            let error = command(&script, soon).unwrap_err();
            assert!(error.what.contains(words), "{script}: {error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
        let error = command("exec tail -f /dev/null", Duration::ZERO).unwrap_err();
        assert!(error.what.contains("gave no answer within"), "{error}");
        let none = run(from_command(&["/no/such/program".to_owned()], Shape::Word, soon));
        assert!(none.unwrap_err().what.contains("there is no such program"));
    }

    #[test]
    fn a_credential_of_systemd_is_read_below_its_folder() {
        let (folder, _) = file(CANARY, 0o440);
        let dir = Some(folder.path());
        assert_eq!(from_systemd("secret", dir, Shape::Word), Ok(Secret::new(CANARY)));
        assert!(from_systemd("none", dir, Shape::Word).unwrap_err().what.contains("no such file"));
        let unset = from_systemd("secret", None, Shape::Word).unwrap_err();
        assert!(unset.what.contains("CREDENTIALS_DIRECTORY is not set"), "{unset}");
        assert!(from_file(folder.path(), Shape::Word).unwrap_err().what.contains("it is a folder"));
    }
}
