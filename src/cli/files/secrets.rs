//! Secrets that a connection file refers to: from files that only their owner can read, and from
//! programs. Nothing of them reaches an error, a log or an argument. E3.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::domain::Secret;
use crate::files::encoding;
use crate::files::path::given;
use crate::service::files::SecretSource;
use crate::service::secret_source::{self, Shape};
use crate::text::shown;

/// Most bytes of a secret.
const LONGEST: usize = 64 * 1024;
/// How long a program may take.
const TIME: Duration = Duration::from_secs(30);

/// Reads from this machine.
#[derive(Debug)]
pub struct Secrets {
    /// How long a program may take.
    time: Duration,
}

impl Secrets {
    pub const fn new() -> Self {
        Self { time: TIME }
    }
}

impl SecretSource for Secrets {
    fn file(&mut self, path: &Path) -> Result<Option<Secret>, String> {
        let read = secret_source::from_file(path, Shape::Line);
        read.map(Some).map_err(|error| format!("{error}. {}", error.hint))
    }

    fn command(&mut self, argv: &[String]) -> Result<Option<Secret>, String> {
        let Some((program, args)) = argv.split_first() else {
            return Err("the command is empty".to_owned());
        };
        let name = shown(program).into_owned();
        let mut started = Command::new(given(program));
        // Our own variables are none of its business, as with every program that we start for a secret.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JETBRIDGE_") {
                started.env_remove(name);
            }
        }
        let mut child = started
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // What it says there may be anything, so it is not repeated.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{name} cannot be started: {error}"))?;
        let read = printed(&mut child, self.time);
        if read.is_err() {
            // It may have ended by itself, which is as good.
            let _ = child.kill();
        }
        let bytes = read.map_err(|why| format!("{name} {why}"));
        let status =
            child.wait().map_err(|error| format!("{name} cannot be waited for: {error}"))?;
        let bytes = bytes?;
        if !status.success() {
            return Err(format!("{name} failed ({status}): run it by hand to see why"));
        }
        of_bytes(&bytes).map(Some).map_err(|why| format!("what {name} printed {why}"))
    }
}

/// What the program printed, once it has ended.
fn printed(child: &mut Child, time: Duration) -> Result<Zeroizing<Vec<u8>>, String> {
    let until = Instant::now() + time;
    let late = || format!("did not end within {} s: it was stopped", time.as_secs());
    let Some(output) = child.stdout.take() else { return Err("prints nothing".to_owned()) };
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(4_096));
        let read = output.take(LONGEST as u64 + 1).read_to_end(&mut bytes);
        // Nobody waits for it any more once the time is up.
        let _ = send.send(read.map(|_| bytes));
    });
    let bytes = match receive.recv_timeout(time) {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(format!("cannot be read from: {error}")),
        Err(RecvTimeoutError::Timeout) => return Err(late()),
        Err(RecvTimeoutError::Disconnected) => return Err("cannot be read from".to_owned()),
    };
    if bytes.len() > LONGEST {
        return Err("printed more than a secret can have".to_owned());
    }
    // It has closed its output, which is as good as the end; some go on for a moment.
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if Instant::now() >= until {
            return Err(late());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(bytes)
}

/// The secret without the line end that editors and programs add.
fn of_bytes(bytes: &[u8]) -> Result<Secret, &'static str> {
    if bytes.len() > LONGEST {
        return Err("has more than a secret can have");
    }
    let text = encoding::wiped(bytes).map_err(|_| "is not UTF-8 text")?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err("is empty"),
        text if text.contains('\n') => Err("has more than one line"),
        text => Ok(Secret::new(text)),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn argv(words: &[&str]) -> Vec<String> {
        words.iter().map(|it| (*it).to_owned()).collect()
    }

    fn written(text: &[u8], mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_is_read_when_it_is_the_owners_alone() {
        let mut secrets = Secrets::new();
        for mode in [0o600, 0o400, 0o700] {
            let (_folder, path) = written(b"not-real\r\n", mode);
            assert_eq!(secrets.file(&path).unwrap().unwrap().expose(), "not-real");
        }
        for mode in [0o640, 0o604, 0o660, 0o620, 0o644] {
            let (_folder, path) = written(b"not-real", mode);
            let error = secrets.file(&path).unwrap_err();
            assert!(error.contains("chmod 600") && !error.contains("not-real"), "{error}");
        }
        for (bytes, part) in [
            (&b""[..], "holds no secret"),
            (b"a\nb", "more than one line"),
            (&[0xff, 0xfe, 0x00], "not "),
            (&[b'x'; LONGEST + 1], "larger than 64 KB"),
        ] {
            let (_folder, path) = written(bytes, 0o600);
            let error = secrets.file(&path).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        assert!(secrets.file(Path::new("/nowhere")).unwrap_err().contains("no such file"));
        assert!(secrets.file(Path::new("/")).unwrap_err().contains("is a folder"));
    }

    #[test]
    fn a_program_is_run_without_a_shell() {
        let mut secrets = Secrets::new();
        let secret =
            secrets.command(&argv(&["printf", "%s\\n", "$HOME; not-real"])).unwrap().unwrap();
        assert_eq!(secret.expose(), "$HOME; not-real");
        let error = secrets.command(&argv(&["/nowhere/op"])).unwrap_err();
        assert!(error.contains("/nowhere/op cannot be started"), "{error}");
    }

    #[test]
    fn a_program_that_fails_says_nothing_of_what_it_printed() {
        let mut secrets = Secrets::new();
        let script = "echo not-real; echo not-real >&2; exit 3";
        let error = secrets.command(&argv(&["sh", "-c", script])).unwrap_err();
        assert!(error.contains("exit status: 3") && !error.contains("not-real"), "{error}");
        let error = secrets.command(&argv(&["true"])).unwrap_err();
        assert!(error.contains("is empty"), "{error}");
        let error = secrets.command(&argv(&["yes"])).unwrap_err();
        assert!(error.contains("more than a secret"), "{error}");
    }

    #[test]
    fn a_program_that_hangs_is_stopped() {
        let mut secrets = Secrets { time: Duration::from_millis(200) };
        let began = Instant::now();
        for script in ["sleep 60", "echo x; exec >&-; sleep 60", "sleep 60 & wait"] {
            let error = secrets.command(&argv(&["sh", "-c", script])).unwrap_err();
            assert!(error.contains("was stopped"), "{error}");
        }
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
