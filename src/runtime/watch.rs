//! Notices that the process is to end: signals, and a terminal that vanished. E5, RELIABILITY §2.
//!
//! Two threads that sleep until something happens. They do not depend on the loop: if it has not
//! ended the process in time, because a write hangs in a dead line, they do.

use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::decode::Input;
use super::session::Event;
use super::{output, terminal};

/// How long the loop has to end the process; then it is ended. Together well below a second.
const GRACE: Duration = Duration::from_millis(800);

/// Why the process is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// SIGTERM
    Terminated,
    /// SIGINT from outside; ctrl-c is a key.
    Interrupted,
    /// SIGHUP, or the terminal is gone.
    HungUp,
    /// A panic, on whichever thread.
    Faulted,
}

impl Ending {
    /// Exit code: 128 and the number of the signal, as shells show it; that of a panic.
    pub const fn code(self) -> u8 {
        match self {
            Self::Faulted => super::crash::EXIT_CODE,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// Starts to watch.
///
/// # Errors
/// When no thread can be started or a signal cannot be caught.
pub fn start(sender: &UnboundedSender<Event>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    // Caught from here on, before the first frame.
    let mut caught = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    let signals = sender.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            loop {
                match caught.next().await {
                    Caught::Continued => {
                        let _ = signals.send(Event::Continued);
                    }
                    Caught::Resized => {
                        if let Ok((width, height)) = terminal::size() {
                            let input = Input::Resize(width, height);
                            let _ = signals.send(Event::Input(Instant::now(), input));
                        }
                    }
                    Caught::End(ending) => end(&signals, ending),
                }
            }
        });
    })?;
    let hangup = sender.clone();
    std::thread::Builder::new().name("hangup".into()).spawn(move || {
        if wait_for_hangup() {
            end(&hangup, Ending::HungUp);
        }
    })?;
    Ok(())
}

/// Informs the loop, and ends the process when the loop does not.
pub(super) fn end(sender: &UnboundedSender<Event>, ending: Ending) -> ! {
    output::stop_waiting();
    if sender.send(Event::End(ending)).is_ok() {
        std::thread::sleep(GRACE);
    }
    terminal::abandon();
    crate::log::flush();
    std::process::exit(i32::from(ending.code()));
}

/// Sleeps until the terminal is gone; false when it cannot be watched.
fn wait_for_hangup() -> bool {
    let stdin = rustix::stdio::stdin();
    loop {
        // Nothing is asked for: hang-up and errors always arrive, input never wakes us.
        let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
        match rustix::event::poll(&mut fds, None) {
            Ok(_) => {
                let [fd] = fds;
                if fd.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                    return true;
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

enum Caught {
    End(Ending),
    Continued,
    Resized,
}

struct Signals {
    term: tokio::signal::unix::Signal,
    hup: tokio::signal::unix::Signal,
    int: tokio::signal::unix::Signal,
    cont: tokio::signal::unix::Signal,
    size: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            int: signal(SignalKind::interrupt())?,
            cont: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            size: signal(SignalKind::window_change())?,
        })
    }

    async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.term.recv() => Caught::End(Ending::Terminated),
            _ = self.hup.recv() => Caught::End(Ending::HungUp),
            _ = self.int.recv() => Caught::End(Ending::Interrupted),
            _ = self.cont.recv() => Caught::Continued,
            _ = self.size.recv() => Caught::Resized,
        }
    }
}
