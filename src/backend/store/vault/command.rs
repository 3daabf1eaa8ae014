//! The key command: a program of the user's that prints what opens the vault. RELIABILITY §4.
//!
//! It is run as it is written, without a shell, and given nothing: no input, none of our own
//! variables. Its output is short, in time, and wiped. What it says on standard error is not
//! repeated, because nobody knows what it says there.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::backend::BackendError;
use crate::domain::Secret;
use crate::files::program;
use crate::text::shown;

/// Longest output, in bytes.
const LONGEST: usize = 4_096;
/// How long a program may take to end once it has closed its output, between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// A program that prints what opens the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCommand {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// How long it may take; somebody may have to touch a token.
    pub timeout: Duration,
}

impl KeyCommand {
    /// Runs it and gives its output without the white space around it.
    pub(crate) fn run(&self) -> Result<Secret, BackendError> {
        let (program, arguments) =
            self.argv.split_first().ok_or_else(|| damage("`key_command` is empty"))?;
        let name = Path::new(program).file_name().map(|it| it.to_string_lossy());
        let name = shown(&name.unwrap_or_default()).into_owned();
        let failed = |what: &str| damage(&format!("the key command {name} {what}"));
        let mut command = program::command(program)
            .map_err(|why| failed(&format!("cannot be run: {why}. {}", why.hint())))?;
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child =
            command.spawn().map_err(|error| failed(&format!("cannot be run: {error}")))?;
        let output = self.watch(&mut child);
        if output.is_err() {
            // Failing means that it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        let bytes = output.map_err(|what| failed(&what))?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| failed("printed something other than text"))?;
        match text.trim() {
            "" => Err(failed("printed nothing")),
            text => Ok(Secret::new(text)),
        }
    }

    /// Its output, once it has ended well and in time.
    fn watch(&self, child: &mut Child) -> Result<Zeroizing<Vec<u8>>, String> {
        let begun = Instant::now();
        let late = || format!("gave no answer within {} s", self.timeout.as_secs_f32());
        let Some(mut stdout) = child.stdout.take() else {
            return Err("has no output".to_owned());
        };
        let (send, receive) = mpsc::channel();
        // A thread of its own: what the program has started may keep the pipe open for ever.
        let reader = std::thread::Builder::new().name("key-command".into()).spawn(move || {
            let read = bounded(&mut stdout);
            // Nobody listening: it took too long.
            let _ = send.send(read);
        });
        reader.map_err(|error| format!("cannot be watched: {error}"))?;
        let bytes = receive.recv_timeout(self.timeout).map_err(|_| late())??;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if begun.elapsed() < self.timeout => std::thread::sleep(LOOK),
                Ok(None) => return Err(late()),
                Err(error) => return Err(format!("cannot be watched: {error}")),
            }
        };
        if status.success() { Ok(bytes) } else { Err(format!("ended with {status}")) }
    }
}

/// Everything up to the limit, in memory that never moves.
fn bounded(from: &mut impl Read) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(vec![0; LONGEST + 1]);
    let mut filled = 0;
    loop {
        let rest = bytes.get_mut(filled..).unwrap_or_default();
        if rest.is_empty() {
            return Err(format!("printed more than {LONGEST} bytes"));
        }
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot be read: {error}")),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn damage(detail: &str) -> BackendError {
    BackendError::Locked { detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, timeout: Duration) -> Result<Secret, BackendError> {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        KeyCommand { argv, timeout }.run()
    }

    fn refused(script: &str) -> String {
        run(script, Duration::from_secs(20)).unwrap_err().to_string()
    }

    #[test]
    fn the_output_is_trimmed_and_bounded() {
        let long = Duration::from_secs(20);
        assert_eq!(run("echo '  not-real '", long).unwrap().expose(), "not-real");
        assert_eq!(run("printf 'not real'; echo noise >&2", long).unwrap().expose(), "not real");
        assert!(refused("exit 0").contains("sh printed nothing"));
        assert!(refused("head -c 5000 /dev/zero").contains("more than 4096 bytes"));
        // It never ends, and is not waited for.
        assert!(refused("yes").contains("more than 4096 bytes"));
        assert!(refused("printf '\\377'").contains("something other than text"));
    }

    #[test]
    fn a_failure_shows_the_code_and_nothing_it_said() {
        let text = refused("echo not-real-secret; echo not-real-secret >&2; exit 7");
        assert!(text.contains("exit status: 7") && !text.contains("not-real"), "{text}");
        let command = KeyCommand { argv: vec!["/no/such/program".into()], timeout: LOOK };
        assert!(
            command
                .run()
                .unwrap_err()
                .to_string()
                .contains("program cannot be run: there is no such program")
        );
        let nothing = KeyCommand { argv: Vec::new(), timeout: LOOK };
        assert!(nothing.run().is_err());
    }

    #[test]
    fn it_is_not_waited_for_longer_than_reported() {
        let begun = Instant::now();
        let short = Duration::from_millis(150);
        // Silent; closed its output but runs on; left somebody who keeps the pipe open.
        for script in ["sleep 60", "exec >&-; sleep 60", "sleep 60 & echo x"] {
            let error = run(script, short).unwrap_err().to_string();
            assert!(error.contains("no answer within 0.15 s"), "{script}: {error}");
        }
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    /// E3: the arguments go as they are, and nothing reads them as a line of shell.
    #[test]
    fn no_shell_reads_the_arguments() {
        let argv = ["/bin/echo", "$HOME;", "`id`"].map(str::to_owned).to_vec();
        let command = KeyCommand { argv, timeout: Duration::from_secs(20) };
        assert_eq!(command.run().unwrap().expose(), "$HOME; `id`");
    }
}
