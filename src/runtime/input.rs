//! Reads the terminal.
//!
//! A thread of its own reads: half a sequence and a terminal that is gone may never hold up the loop.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::decode::{Decoder, Input};
use super::session::Event;
use super::watch::Ending;
use crate::app::Msg;

/// Failures in a row after which the terminal counts as gone.
const PATIENCE: usize = 16;
/// Bytes read at once.
const CHUNK: usize = 4_096;

/// Starts to read the terminal. The thread ends with the process, or when nobody listens.
///
/// # Errors
/// When no thread can be started.
pub fn start(sender: UnboundedSender<Event>) -> std::io::Result<()> {
    std::thread::Builder::new().name("input".into()).spawn(move || {
        let (mut decoder, mut failures) = (Decoder::default(), 0);
        let mut buffer = Zeroizing::new([0; CHUNK]);
        let (mut at, mut out) = (Instant::now(), Vec::new());
        while failures < PATIENCE {
            match wait(decoder.waits()) {
                Ok(true) => match rustix::io::read(rustix::stdio::stdin(), &mut *buffer) {
                    Ok(count @ 1..) => {
                        (at, failures) = (Instant::now(), 0);
                        decoder.feed(buffer.get(..count).unwrap_or_default(), &mut out);
                    }
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    Ok(0) | Err(_) => failures += 1,
                },
                Ok(false) => decoder.settle(&mut out),
                Err(Errno::INTR) => {}
                Err(_) => failures += 1,
            }
            for input in out.drain(..) {
                if sender.send(Event::Input(at, input)).is_err() {
                    return;
                }
            }
        }
        let _ = sender.send(Event::End(Ending::HungUp));
    })?;
    Ok(())
}

/// Waits for something to read, at most so long; whether there is.
fn wait(most: Option<Duration>) -> Result<bool, Errno> {
    let stdin = rustix::stdio::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let most = most.and_then(|it| Timespec::try_from(it).ok());
    rustix::event::poll(&mut fds, most.as_ref()).map(|ready| ready > 0)
}

/// Whether something was typed that is not read yet.
pub fn is_pending() -> bool {
    wait(Some(Duration::ZERO)).unwrap_or(false)
}

/// The message that something from the terminal is, when nothing else is known of it.
pub fn message(input: Input) -> Msg {
    match input {
        Input::Key(key) => Msg::Key(key),
        Input::Meta(key) => Msg::Meta(key),
        Input::Paste(text) => Msg::Paste(text),
        Input::Click(column, row) => Msg::Click(column, row),
        Input::Wheel(rows) => Msg::Wheel(rows),
        Input::Resize(width, height) => Msg::Resize(width, height),
    }
}

/// Two messages of which only the sum or the last counts, as one.
pub fn merged(first: &Msg, second: &Msg) -> Option<Msg> {
    match (first, second) {
        (Msg::Resize(..), Msg::Resize(width, height)) => Some(Msg::Resize(*width, *height)),
        (Msg::Wheel(one), Msg::Wheel(other)) => Some(Msg::Wheel(one.saturating_add(*other))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Key;

    #[test]
    fn only_the_last_size_and_the_sum_of_the_wheel_count() {
        assert_eq!(merged(&Msg::Resize(1, 1), &Msg::Resize(80, 24)), Some(Msg::Resize(80, 24)));
        assert_eq!(merged(&Msg::Wheel(3), &Msg::Wheel(-6)), Some(Msg::Wheel(-3)));
        assert_eq!(merged(&Msg::Wheel(3), &Msg::Key(Key::char('a'))), None);
        assert_eq!(merged(&Msg::Paste("a".into()), &Msg::Paste("b".into())), None);
    }
}
