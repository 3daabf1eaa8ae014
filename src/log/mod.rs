//! The log: JSON lines in a folder of its own, 0600, rotated by size and number. E3, E4.
//!
//! What is written down are calls, with their durations and outcomes: no secret, no text that was
//! typed, and of names a pseudonym unless the configuration asks for them. Logging never prints,
//! never blocks and never fails the program: lines go over a bounded queue to a thread that starts
//! with the first line; what does not fit, or cannot be written, is counted and left out.

mod escape;
mod file;
mod names;
mod queue;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

pub use names::Names;
use queue::Queue;

/// Longest wait for what is still to be written when the process ends.
const LAST_LINES: Duration = Duration::from_millis(200);

/// The queue of this process.
static QUEUE: OnceLock<Queue> = OnceLock::new();

/// How much is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Nothing.
    Off,
    /// What failed for good.
    Error,
    /// What failed and was tried again.
    Warn,
    /// Every call of a backend.
    #[default]
    Info,
    /// Every request over the network.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// Every level with its name, in the order of the amount.
    pub const ALL: [(&'static str, Self); 6] = [
        ("off", Self::Off),
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];

    const fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// What the log is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Its folder, 0700.
    pub folder: PathBuf,
    /// How much is written down.
    pub level: Level,
    /// Files that are kept, the one in use included.
    pub keep: u32,
    /// Most bytes of a file.
    pub max_bytes: u64,
}

/// Starts the log of this process. Nothing is made before the first line.
pub fn start(options: Options) {
    if options.level == Level::Off {
        return;
    }
    let queue = Queue::new(options.folder, options.keep, options.max_bytes);
    let queue = QUEUE.get_or_init(|| queue).clone();
    // A second start, in one process only by a fault, leaves the first as it is.
    let _ = tracing::subscriber::set_global_default(subscriber(options.level, queue));
}

/// Waits a moment for what is still to be written: before the process ends.
pub fn flush() {
    if let Some(queue) = QUEUE.get() {
        queue.flush(LAST_LINES);
    }
}

/// Our own events only: what libraries say may hold anything.
fn subscriber(level: Level, queue: Queue) -> impl Subscriber + Send + Sync {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        // It would print them.
        .log_internal_errors(false)
        .with_writer(queue);
    let ours = Targets::new().with_target("jetbridge", level.filter());
    tracing_subscriber::registry().with(ours).with(lines)
}
