//! A log of a test's own: written to a folder that goes with it, for this thread only.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

use super::file::NAME;
use super::queue::Queue;
use super::{Level, Names, subscriber};

/// Hears nothing. While one subscriber is all there is, tracing asks that of the thread which comes by
/// an event first whether the event is of interest: a thread without a log would say no for all.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// The log, as long as it lives.
pub(crate) struct TestLog {
    pub(crate) folder: tempfile::TempDir,
    queue: Queue,
    _guard: DefaultGuard,
}

impl TestLog {
    pub(crate) fn new(level: Level) -> Self {
        LazyLock::force(&SECOND);
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::new(folder.path().join("log"), 3, 1 << 20);
        let guard = tracing::subscriber::set_default(subscriber(level, queue.clone()));
        Self { folder, queue, _guard: guard }
    }

    pub(crate) fn names(&self) -> Names {
        Names::redacted(&self.folder.path().join("log"))
    }

    /// Everything written so far.
    pub(crate) fn text(&self) -> String {
        self.queue_flush();
        std::fs::read_to_string(self.folder.path().join("log").join(NAME)).unwrap_or_default()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl TestLog {
    pub(crate) fn queue_flush(&self) {
        // A queue that is full of what came before takes the wish as soon as there is room.
        let end = std::time::Instant::now() + Duration::from_secs(10);
        while !self.queue.flush(Duration::from_secs(10)) {
            assert!(std::time::Instant::now() < end, "the log does not get on");
            std::thread::yield_now();
        }
    }
}
