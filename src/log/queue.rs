//! From whoever logs to the thread that writes: bounded, and never waited for.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::escape;
use super::file::Files;

/// Lines that may wait to be written.
const WAITING: usize = 1_024;

enum Message {
    Line(Vec<u8>),
    /// Answered when everything before is written.
    Flush(SyncSender<()>),
}

/// The queue. Its thread starts with the first line and sleeps while there is none.
#[derive(Clone)]
pub(super) struct Queue(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    keep: u32,
    max_bytes: u64,
    /// `None`: the thread could not be started.
    sender: OnceLock<Option<SyncSender<Message>>>,
    /// Lines that found the queue full.
    dropped: Arc<AtomicU64>,
}

impl Queue {
    pub(super) fn new(folder: PathBuf, keep: u32, max_bytes: u64) -> Self {
        let sender = OnceLock::new();
        Self(Arc::new(Shared { folder, keep, max_bytes, sender, dropped: Arc::default() }))
    }

    fn sender(&self) -> Option<&SyncSender<Message>> {
        let shared = &self.0;
        let sender = shared.sender.get_or_init(|| {
            let (sender, messages) = sync_channel(WAITING);
            let files = Files::new(shared.folder.clone(), shared.keep, shared.max_bytes);
            let dropped = Arc::clone(&shared.dropped);
            let thread = std::thread::Builder::new().name("log".into());
            thread.spawn(move || write(&messages, files, &dropped)).ok().map(|_| sender)
        });
        sender.as_ref()
    }

    fn send(&self, line: Vec<u8>) {
        let taken = self.sender().is_some_and(|it| it.try_send(Message::Line(line)).is_ok());
        if !taken {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what came before is written, no longer than this; says whether it is.
    pub(super) fn flush(&self, longest: Duration) -> bool {
        // Without a line there is no thread, and nothing to wait for.
        let Some(Some(sender)) = self.0.sender.get() else { return true };
        let (done, written) = sync_channel(1);
        sender.try_send(Message::Flush(done)).is_ok() && written.recv_timeout(longest).is_ok()
    }
}

fn write(messages: &Receiver<Message>, mut files: Files, dropped: &AtomicU64) {
    while let Ok(message) = messages.recv() {
        match message {
            Message::Line(line) => files.write(&line, dropped.swap(0, Ordering::Relaxed)),
            Message::Flush(done) => {
                let _ = done.try_send(());
            }
        }
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// Takes one line in one write, as the formatter gives it, and never fails.
pub(super) struct Line<'a>(&'a Queue);

impl io::Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(line) = escape::line(bytes, std::process::id()) {
            self.0.send(line);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
