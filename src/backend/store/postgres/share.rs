//! What a team store adds to a place: what others change, who is there, and the list of the last time.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch::Sender;
use uuid::Uuid;

use super::feed::{Feed, Rights};
use super::{TeamOptions, Worker, copy, list, watch};
use crate::backend::shared::{Changes, Kept, OnNews, Shared, Step};
use crate::backend::store::worker::Manner;
use crate::backend::{Capabilities, Reply};
use crate::domain::{ConnectionId, Timestamp};

/// See above.
pub(super) struct Team {
    pub(super) worker: Arc<Worker>,
    pub(super) options: TeamOptions,
    pub(super) feed: Arc<Feed>,
    /// What distinguishes this session from every other one.
    pub(super) session: Uuid,
    /// What is open here.
    pub(super) open: Sender<Option<ConnectionId>>,
    /// The list of the last time, once it was read.
    kept: Mutex<Option<Kept>>,
    read_at: Mutex<Option<Timestamp>>,
    /// The file has what this process saw, so that what follows can be added to it.
    follows: Arc<AtomicBool>,
}

impl Team {
    pub(super) fn new(worker: Arc<Worker>, options: TeamOptions, feed: Arc<Feed>) -> Self {
        Self {
            worker,
            options,
            feed,
            session: Uuid::now_v7(),
            open: Sender::new(None),
            kept: Mutex::default(),
            read_at: Mutex::default(),
            follows: Arc::default(),
        }
    }

    fn file(&self) -> Option<&Path> {
        self.options.copy.as_deref()
    }

    fn server(&self) -> String {
        self.options.address.to_string()
    }

    /// Reads the list of the last time; what was known of the store then.
    pub(super) fn recall(&self) -> Option<Rights> {
        let path = self.file()?;
        let found = copy::read(path, &self.server())?;
        let known = self.feed.known();
        if known.is_some_and(|(store, _)| store != found.store) {
            return None;
        }
        self.feed.recall(found.store, found.list.step, found.rights);
        if found.long {
            copy::write(path, &self.server(), found.store, found.rights, &found.list);
        }
        self.follows.store(true, Ordering::SeqCst);
        *lock(&self.read_at) = Some(found.list.as_of);
        *lock(&self.kept) = Some(found.list);
        Some(found.rights)
    }

    /// When the list of the last time was read.
    pub(super) fn read_at(&self) -> Option<Timestamp> {
        *lock(&self.read_at)
    }

    /// Forgets the list of the last time, and how far the store was then.
    pub(super) fn accept(&self) {
        self.feed.accept();
        self.follows.store(false, Ordering::SeqCst);
        if let Some(path) = self.file() {
            copy::forget(path);
        }
    }
}

fn lock<T>(it: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared for Team {
    fn capabilities(&self) -> Capabilities {
        self.feed.capabilities()
    }

    fn kept(&self) -> Option<Kept> {
        if let Some(kept) = lock(&self.kept).take() {
            return Some(kept);
        }
        self.recall()?;
        lock(&self.kept).take()
    }

    fn keep(&self, list: &Kept) {
        let (Some(path), Some((store, rights))) = (self.file(), self.feed.known()) else { return };
        copy::write(path, &self.server(), store, rights, list);
        self.follows.store(true, Ordering::SeqCst);
    }

    fn changes(&self, since: Step) -> Reply<'_, Option<Changes>> {
        let (path, follows) = (self.options.copy.clone(), Arc::clone(&self.follows));
        self.worker.call(Manner::BreakOff, move |db| {
            let changes = db.read(|tx, context| list::changed(tx, context, since))?;
            if let (Some(changes), Some(path)) = (&changes, path)
                && changes.step > since
                && follows.load(Ordering::SeqCst)
            {
                copy::add(&path, since, Timestamp::now(), changes);
            }
            Ok(changes)
        })
    }

    fn watch<'a>(&'a self, on_news: OnNews<'a>) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(watch::watch(self, on_news))
    }

    fn opens(&self, connection: Option<ConnectionId>) {
        self.open.send_replace(connection);
    }
}
