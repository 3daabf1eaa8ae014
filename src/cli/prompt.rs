//! Asks for a secret without showing it. SPEC E3.

use std::io::{BufRead, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal;
use zeroize::Zeroizing;

use super::output::Printer;
use super::session::Session;
use crate::domain::Secret;
use crate::error::{Exit, Failure};

/// Longest secret that is typed, in bytes; Entra's client secrets have 40.
const LONGEST: usize = 4_096;

/// Whether the terminal is without echo.
static IS_RAW: AtomicBool = AtomicBool::new(false);

/// Gives the terminal its echo back, however the prompt ends.
struct Raw;

impl Raw {
    fn enter() -> std::io::Result<Self> {
        watch();
        IS_RAW.store(true, Ordering::SeqCst);
        terminal::enable_raw_mode()?;
        Ok(Self)
    }

    fn leave() {
        if IS_RAW.swap(false, Ordering::SeqCst) {
            // There is nothing else to try.
            let _ = terminal::disable_raw_mode();
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        Self::leave();
    }
}

/// Ends the process on SIGTERM with the echo given back: the thread that waits for a key cannot.
/// From the first prompt on, for as long as the process lives; without a prompt the signal ends it
/// as it always does.
fn watch() {
    use tokio::signal::unix::{SignalKind, signal};

    /// What a shell shows for a process that SIGTERM ended.
    const ENDED: i32 = 128 + 15;
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let (ready, is_ready) = std::sync::mpsc::channel::<()>();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // Without it the prompt is as before.
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let Ok(mut ended) = signal(SignalKind::terminate()) else { return };
                drop(ready);
                if ended.recv().await.is_some() {
                    Raw::leave();
                    super::editor::end(ENDED);
                }
            });
        };
        if std::thread::Builder::new().name("signals".to_owned()).spawn(work).is_ok() {
            // Its end, or the end of the channel: either way nothing more is to be waited for.
            let _ = is_ready.recv();
        }
    });
}

/// Asks for a secret on the terminal. The caller has made sure that there is one.
pub fn secret(session: &mut Session<'_, '_>, what: &str) -> Result<Secret, Failure> {
    ask(session.printer, session.input, what)
}

/// As [`secret`], before there is a session.
pub fn ask(
    printer: &mut Printer<'_>,
    mut input: &mut dyn BufRead,
    what: &str,
) -> Result<Secret, Failure> {
    let typed = hidden(&mut input, |part| match part {
        Part::Question => printer.ask(&format!("{what} (not shown): ")),
        Part::End => printer.must_say(""),
    });
    match typed? {
        secret if secret.is_empty() => Err(Failure::usage("no secret was given")
            .hint("Type it; `--help` names the ways to pipe it in.")),
        secret => Ok(secret),
    }
}

/// What is said around a secret that is typed.
pub enum Part {
    /// The question, once the terminal shows nothing of what is typed.
    Question,
    /// The end of the line.
    End,
}

/// Asks for a secret that may be left out; `None` at the end of the input, by Ctrl-D too.
pub fn line(session: &mut Session<'_, '_>, question: &str) -> Result<Option<Secret>, Failure> {
    let printer = &mut *session.printer;
    unseen(&mut session.input, |part| match part {
        Part::Question => printer.ask(question),
        Part::End => printer.ask("\n"),
    })
}

/// Gives the terminal its echo back, for whoever ends the process.
pub fn give_back() {
    Raw::leave();
}

/// Reads a secret from the terminal, which shows nothing of it; perhaps an empty one.
pub fn hidden(input: &mut dyn Read, say: impl FnMut(Part)) -> Result<Secret, Failure> {
    Ok(unseen(input, say)?.unwrap_or_else(|| Secret::new("")))
}

fn unseen(input: &mut dyn Read, mut say: impl FnMut(Part)) -> Result<Option<Secret>, Failure> {
    let refused = |error: std::io::Error| {
        Failure::new("the terminal does not hide what is typed")
            .because(error.to_string())
            .hint("Pipe the secret in, or hand it over by a file.")
    };
    // Before the question: what is typed after it is never shown.
    let raw = Raw::enter().map_err(refused)?;
    say(Part::Question);
    let typed = typed(input);
    drop(raw);
    say(Part::End);
    typed
}

/// What is typed up to Enter; `None`: the input ended before anything was. In raw mode the keys come as
/// bytes, Ctrl-C and Ctrl-D too.
fn typed(input: &mut dyn Read) -> Result<Option<Secret>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new("the terminal cannot be read")
            .because(error.to_string())
            .hint("Pipe the secret in, or name a file that holds it.")
    };
    // Never grows, so that no copy of the beginning stays behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0u8]);
    loop {
        let read = match input.read(&mut *byte) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            other => other.map_err(failed)?,
        };
        match *byte {
            _ if read == 0 && bytes.is_empty() => return Ok(None),
            [0x04] if bytes.is_empty() => return Ok(None),
            _ if read == 0 => break,
            [b'\r' | b'\n' | 0x04] => break,
            [0x03] => {
                return Err(Failure { exit: Exit::Interrupted, ..Failure::new("cancelled") }
                    .hint("Run it again when the secret is at hand."));
            }
            [0x08 | 0x7f] => {
                // A character of several bytes goes as a whole.
                while bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            // Ctrl-U: from the beginning.
            [0x15] => bytes.clear(),
            _ if bytes.len() >= LONGEST => {
                return Err(Failure::usage("the secret is too long")
                    .hint("Paste only the secret, without the text around it."));
            }
            [other] => bytes.push(other),
        }
    }
    // Taken as it is: its bytes are checked before they are copied.
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Failure::usage("the secret is not UTF-8")
            .hint("Type it in UTF-8, or name a file that holds it.")
    })?;
    Ok(Some(Secret::new(text.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_the_secret() {
        let of = |keys: &[u8]| typed(&mut &*keys).map(|it| it.unwrap_or_else(|| Secret::new("")));
        assert_eq!(of(b"not-real\rrest").unwrap().expose(), "not-real");
        assert_eq!(of(b"wrong\x15not-reaa\x7fl").unwrap().expose(), "not-real");
        assert_eq!(of("aé\u{7f}b\n".as_bytes()).unwrap().expose(), "ab");
        assert_eq!(of(b"\x7f\x7f a \x04").unwrap().expose(), "a");
        for (keys, ended) in [(&b""[..], true), (b"\x04", true), (b"\r", false), (b"a\x04", false)]
        {
            assert_eq!(typed(&mut &*keys).unwrap().is_none(), ended, "{keys:?}");
        }
        assert_eq!(of(b"abc\x03").unwrap_err().exit, Exit::Interrupted);
        assert_eq!(of(&[0xff, b'\n']).unwrap_err().exit, Exit::Usage);
        assert_eq!(of(&vec![b'x'; LONGEST + 1]).unwrap_err().what, "the secret is too long");
    }
}
