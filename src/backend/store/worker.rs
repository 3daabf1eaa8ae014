//! The thread that owns an engine's connection, and the queue in front of it. Every engine has one.
//!
//! Calls are jobs in a queue, answers come back through a one-shot channel. Dropping a call's
//! future takes it back: a job that has not begun is left out, a job that waits for a lock stops
//! waiting, a long read or an import is broken off (and rolled back). A short write that has
//! begun is finished.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use crate::backend::{BackendError, Reply};

/// From this many rows on a change is a large one.
pub(super) const MANY: usize = 1_000;
/// How long nothing must happen before what can wait is done.
const QUIET: Duration = Duration::from_millis(400);

/// What the thread owns.
pub(super) trait Owned {
    /// Before the first job.
    fn begin(&mut self) {}

    /// Whether something is left for a quiet moment; without it the thread sleeps for good.
    fn is_due(&self) -> bool {
        false
    }

    /// Does a part of it; whether to go on at once while nobody asks for anything.
    fn quiet(&mut self) -> bool {
        false
    }

    /// Before it is closed.
    fn end(&mut self) {}
}

/// Whether a job may be broken off once it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Yes: a read, or a write so long that it must be possible to stop it.
    BreakOff,
    /// No: it takes milliseconds, and whoever asked rather wants it done.
    Finish,
}

impl Manner {
    /// The manner of a write that changes this many rows.
    pub(super) const fn of(rows: usize) -> Self {
        if rows < MANY { Self::Finish } else { Self::BreakOff }
    }
}

/// Raised when nobody waits for a job any more.
type Flag = Arc<AtomicBool>;

/// Shows the running job whether anybody still waits for it.
#[derive(Clone, Default)]
pub(super) struct Cancel {
    job: Arc<Mutex<Option<(Flag, Manner)>>>,
    hurry: Flag,
    leaving: Flag,
    /// Wakes whoever waits for a server when one of these may have changed.
    changed: Arc<Notify>,
}

/// While it lives no lock is waited for.
pub(super) struct Hurry(Flag);

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Cancel {
    fn job(&self, job: Option<(Flag, Manner)>) {
        *self.job.lock().unwrap_or_else(PoisonError::into_inner) = job;
    }

    fn given_up(&self, matters: impl Fn(Manner) -> bool) -> bool {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        job.as_ref().is_some_and(|(flag, manner)| matters(*manner) && flag.load(Ordering::Relaxed))
    }

    /// From now on, until what it returns is dropped, no lock is waited for.
    pub(super) fn hurry(&self) -> Hurry {
        self.hurry.store(true, Ordering::Relaxed);
        Hurry(self.hurry.clone())
    }

    /// Whether to stop waiting for a lock: nothing has been done yet.
    pub(super) fn while_waiting(&self) -> bool {
        self.leaving() || self.hurry.load(Ordering::Relaxed) || self.given_up(|_| true)
    }

    /// Whether what runs takes milliseconds, so that whoever waits for it soon wants to know.
    pub(super) fn is_short(&self) -> bool {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        job.as_ref().is_some_and(|(_, manner)| *manner == Manner::Finish)
    }

    /// Whether the store is being closed.
    pub(super) fn leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// Whether to break off what is running.
    pub(super) fn while_running(&self) -> bool {
        self.given_up(|manner| manner == Manner::BreakOff)
    }

    /// Waits until `matters` is true of it.
    pub(super) async fn until(&self, matters: impl Fn(&Self) -> bool) {
        while !matters(self) {
            self.changed.notified().await;
        }
    }
}

type Opened<'a, D> = Result<&'a mut D, BackendError>;

/// What is done on the thread of the store.
type Work<D> = Box<dyn FnOnce(Opened<'_, D>) + Send>;

struct Job<D> {
    given_up: Flag,
    manner: Manner,
    run: Work<D>,
}

/// Raises the flag when the caller stops waiting; after the answer nobody looks at it.
struct GiveUp(Flag, Arc<Notify>);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.notify_one();
    }
}

/// The caller's end of the queue.
pub(super) struct Worker<D> {
    jobs: Option<mpsc::Sender<Job<D>>>,
    thread: Option<JoinHandle<()>>,
    cancel: Cancel,
}

impl<D: Owned + 'static> Worker<D> {
    /// Starts the thread, which opens the store with `open` before its first job. When that
    /// fails every job gets the error.
    pub(super) fn start(
        open: impl FnOnce(Cancel) -> Result<D, BackendError> + Send + 'static,
    ) -> Result<Self, BackendError> {
        let (jobs, queue) = mpsc::channel();
        let cancel = Cancel::default();
        let shared = cancel.clone();
        let work = move || serve(&queue, &shared, open);
        #[cfg(test)]
        let work = crate::testing::fault::carrying(work);
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(work)
            .map_err(|error| BackendError::Other(format!("cannot start a thread: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), cancel })
    }

    /// Queues a job when the answer is first awaited.
    pub(super) fn call<T: Send + 'static>(
        &self,
        manner: Manner,
        work: impl FnOnce(&mut D) -> Result<T, BackendError> + Send + 'static,
    ) -> Reply<'_, T> {
        Box::pin(async move {
            let given_up = Flag::default();
            let _guard = GiveUp(given_up.clone(), self.cancel.changed.clone());
            let (answer, reply) = oneshot::channel();
            // Nobody listening is fine: the call was taken back.
            let run = Box::new(move |db: Opened<'_, D>| drop(answer.send(db.and_then(work))));
            self.send(Job { given_up, manner, run })?;
            reply.await.map_err(|_| gone())?
        })
    }

    /// Waits until the store is open, on the calling thread.
    pub(super) fn wait_until_open(&self) -> Result<(), BackendError> {
        let (answer, reply) = mpsc::channel();
        let run = Box::new(move |db: Opened<'_, D>| drop(answer.send(db.map(|_| ()))));
        self.send(Job { given_up: Flag::default(), manner: Manner::Finish, run })?;
        reply.recv().map_err(|_| gone())?
    }

    fn send(&self, job: Job<D>) -> Result<(), BackendError> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(gone)
    }
}

impl<D> Drop for Worker<D> {
    /// Closes the store. Nobody can be waiting any more, since replies borrow the store, so this
    /// takes no longer than the short write that runs; no lock is waited for.
    fn drop(&mut self) {
        self.cancel.leaving.store(true, Ordering::Relaxed);
        self.cancel.changed.notify_one();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked while it opened the store has nothing to close.
            let _ = thread.join();
        }
    }
}

fn gone() -> BackendError {
    BackendError::Other("the store has stopped: start jetbridge again".into())
}

fn serve<D: Owned>(
    queue: &mpsc::Receiver<Job<D>>,
    cancel: &Cancel,
    open: impl FnOnce(Cancel) -> Result<D, BackendError>,
) {
    let mut db = open(cancel.clone());
    if let Ok(db) = &mut db {
        db.begin();
    }
    let mut pause = QUIET;
    loop {
        // What is left is done in quiet moments, after which an idle store sleeps for good.
        let next = match &mut db {
            Ok(db) if db.is_due() => match queue.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {
                    pause = if db.quiet() { Duration::ZERO } else { QUIET };
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => None,
                Ok(job) => Some(job),
            },
            Ok(_) | Err(_) => queue.recv().ok(),
        };
        let Some(job) = next else { break };
        pause = QUIET;
        if job.given_up.load(Ordering::Relaxed) {
            continue;
        }
        cancel.job(Some((job.given_up, job.manner)));
        // A panic ends the process, but not before the form in progress is kept, which is a job
        // as well. Its transaction was rolled back as it unwound. C7, E5.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            (job.run)(db.as_mut().map_err(|error| error.clone()));
        }));
        cancel.job(None);
    }
    if let Ok(db) = &mut db {
        db.end();
    }
}
