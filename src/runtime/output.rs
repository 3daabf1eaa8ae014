//! Writes to the terminal, and never waits for it once the process is to end.
//!
//! A terminal whose reader has stopped (a stalled line, ctrl-s, a stopped `less`) takes nothing any
//! more, and a plain write would hold up the loop for ever, with the form that it still has to keep.
//! So the terminal is opened a second time, for us alone and without blocking: the flag on standard
//! output itself would be the shell's as well. Where that cannot be done, standard output is used.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// How long a write waits for the terminal after the process was asked to end.
const LAST_WAIT: Duration = Duration::from_millis(150);

/// The terminal of standard output, opened for us alone; `None`: it could not be.
static OWN: OnceLock<Option<OwnedFd>> = OnceLock::new();
/// Wakes a write that waits.
static WAKE: OnceLock<Option<(PipeReader, PipeWriter)>> = OnceLock::new();
/// The process is to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Nothing is drawn any more.
static SILENT: AtomicBool = AtomicBool::new(false);

/// Standard output without the line buffer of `std`, so that a frame leaves in one write.
#[derive(Debug, Default, Clone, Copy)]
pub struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if SILENT.load(Ordering::SeqCst) {
            return Ok(bytes.len());
        }
        loop {
            match rustix::io::write(target(), bytes) {
                Ok(count) => return Ok(count),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => wait()?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From now on no write waits for long. Wakes one that does.
pub fn stop_waiting() {
    if !ENDING.swap(true, Ordering::SeqCst)
        && let Some((_, wake)) = wake()
    {
        let _ = { wake }.write_all(&[0]);
    }
}

/// From now on nothing is written: the terminal is the shell's again, while the loop still keeps
/// what would be lost.
pub fn silence() {
    SILENT.store(true, Ordering::SeqCst);
}

/// Whether the terminal takes output within a time.
pub fn takes_output(within: Duration) -> bool {
    let target = target();
    let mut fds = [PollFd::new(&target, PollFlags::OUT)];
    let within = Timespec::try_from(within).ok();
    rustix::event::poll(&mut fds, within.as_ref()).is_ok()
        && fds.iter().all(|fd| fd.revents().contains(PollFlags::OUT))
}

/// Writes to standard error as much as it takes at once. Past the handle of `std`: whoever runs the
/// screen holds that locked, `eprintln` panics when the terminal is gone, and both wait for a reader
/// that has stopped.
pub fn last_words(mut text: &[u8]) {
    let stderr = rustix::stdio::stderr();
    while !text.is_empty() {
        let mut fds = [PollFd::new(&stderr, PollFlags::OUT)];
        let ready = rustix::event::poll(&mut fds, Some(&Timespec::default()));
        if !matches!(ready, Ok(1)) {
            return;
        }
        match rustix::io::write(stderr, text) {
            Ok(written @ 1..) => text = text.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Ok(0) | Err(_) => return,
        }
    }
}

fn target() -> BorrowedFd<'static> {
    OWN.get_or_init(open).as_ref().map_or_else(rustix::stdio::stdout, OwnedFd::as_fd)
}

fn open() -> Option<OwnedFd> {
    let name = rustix::termios::ttyname(rustix::stdio::stdout(), Vec::new()).ok()?;
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(name, flags, Mode::empty()).ok()
}

fn wake() -> Option<&'static (PipeReader, PipeWriter)> {
    WAKE.get_or_init(|| io::pipe().ok()).as_ref()
}

/// Waits until the terminal takes output again.
fn wait() -> io::Result<()> {
    if ENDING.load(Ordering::SeqCst) {
        return if takes_output(LAST_WAIT) { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) };
    }
    let target = target();
    let mut fds = vec![PollFd::new(&target, PollFlags::OUT)];
    if let Some((woken, _)) = wake() {
        fds.push(PollFd::new(woken, PollFlags::IN));
    }
    match rustix::event::poll(&mut fds, None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
