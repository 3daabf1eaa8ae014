//! Takes the terminal and gives it back, on every way out. E5.
//!
//! Own code instead of `ratatui::init` and `restore`: those print when the terminal is gone, and
//! printing panics there (RELIABILITY §2). Nothing here prints, panics or asks the terminal
//! anything (UX 13); no text from outside goes into a title.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use rustix::process::Signal;
use rustix::termios::LocalModes;

use super::output::{Stdout, takes_output};

/// Alternate screen, cleared for terminals that have none, and bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[m\x1b[2J\x1b[H\x1b[?2004h";
/// Attributes, scroll margins and links off, then everything that was switched on, in reverse.
const LEAVE: &[u8] = b"\x1b[m\x1b]8;;\x1b\\\x1b[r\x1b[?2004l\x1b[?1049l\x1b[?25h";
/// Clicks and wheel with SGR coordinates; no motion, which would flood a slow line.
pub const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// Gives the mouse back.
pub const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Used when the terminal does not report its size.
const ASSUMED: (u16, u16) = (80, 24);

/// The terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// The mouse was switched on.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Columns and rows of the terminal.
///
/// # Errors
/// When standard output is no terminal, or it is gone.
pub fn size() -> io::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())?;
    // Serial lines and some containers say 0x0.
    Ok(if size.ws_col == 0 || size.ws_row == 0 { ASSUMED } else { (size.ws_col, size.ws_row) })
}

/// Takes the terminal; does nothing when it is taken.
///
/// # Errors
/// When raw mode cannot be set or nothing can be written; then nothing stays switched on.
pub fn enter() -> io::Result<()> {
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let taken = enable_raw_mode().and_then(|()| {
        Stdout.write_all(ENTER)?;
        if MOUSE.load(Ordering::SeqCst) { Stdout.write_all(MOUSE_ON) } else { Ok(()) }
    });
    if taken.is_err() {
        leave();
    }
    taken
}

/// Gives the terminal back; does nothing when it is not taken. What fails is left: the terminal
/// may be gone.
pub fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut bytes = Vec::with_capacity(64);
    if MOUSE.load(Ordering::SeqCst) {
        bytes.extend_from_slice(MOUSE_OFF);
    }
    bytes.extend_from_slice(LEAVE);
    let _ = Stdout.write_all(&bytes);
    let _ = disable_raw_mode();
}

/// As [`leave`], but never waits: for a terminal that takes no output any more.
pub fn abandon() {
    if takes_output(Duration::ZERO) {
        leave();
    } else if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
    }
}

/// Gives the terminal back when it goes out of scope.
#[derive(Debug)]
#[must_use = "the terminal is given back when this is dropped"]
pub struct Guard(());

impl Guard {
    /// Takes the terminal, and the mouse if wanted.
    ///
    /// # Errors
    /// As [`enter`].
    pub fn take(mouse: bool) -> io::Result<Self> {
        MOUSE.store(mouse, Ordering::SeqCst);
        enter()?;
        Ok(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// Whether keys come as they are pressed, and none of them is a signal.
fn is_raw() -> bool {
    let modes = rustix::termios::tcgetattr(rustix::stdio::stdin());
    modes.is_ok_and(|it| !it.local_modes.intersects(LocalModes::ICANON | LocalModes::ISIG))
}

/// What the loop asks of the terminal beside drawing.
pub trait Control {
    /// Remembers whether the mouse is taken, so that it is given back.
    fn mouse(&mut self, on: bool);

    /// Whether something was typed that is not read yet.
    fn has_input(&self) -> bool;

    /// Gives the terminal back and stops until the shell continues us, then takes it again.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    fn suspend(&mut self) -> io::Result<()>;

    /// Takes the terminal again after somebody else stopped and continued us.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    fn resume(&mut self) -> io::Result<()>;
}

/// The real terminal.
#[derive(Debug, Default, Clone, Copy)]
pub struct Real;

impl Control for Real {
    fn mouse(&mut self, on: bool) {
        MOUSE.store(on, Ordering::SeqCst);
    }

    fn has_input(&self) -> bool {
        super::input::is_pending()
    }

    fn suspend(&mut self) -> io::Result<()> {
        leave();
        // The whole group, as a terminal's ctrl-z does, so that a wrapping script stops as well.
        // A group without a shell ignores it; then we are back at once. On one thread the signal
        // is delivered before the call returns.
        let _ = rustix::process::kill_current_process_group(Signal::TSTP);
        enter()
    }

    fn resume(&mut self) -> io::Result<()> {
        // Where the shell has set its own modes meanwhile, ours are set from the start. Not where they
        // are ours: a ctrl-c in the moment without them would end the program.
        if !is_raw() {
            let _ = disable_raw_mode();
        }
        TAKEN.store(false, Ordering::SeqCst);
        enter()
    }
}
