//! A live context as a backend: it lists, and refuses everything else with the reason.

use std::sync::Arc;

use super::Fly;
use super::snapshot::Snapshot;
use crate::backend::{
    BackendError, Capabilities, DeletedConnection, FormDraft, HistoryEntry, Live, OnProgress, Page,
    PageRequest, Place, ReadOnly, Reads, Reply, Selected,
};
use crate::domain::key::{Key, KeyStanding};
use crate::domain::query::Filter;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, ObjectId, ObjectKind, Project, Secret, Summary,
    Timestamp,
};

/// Refuses with the reason: creation is portal-only (fly.md §1).
macro_rules! refused {
    ($what:literal) => {
        Box::pin(std::future::ready(Err(BackendError::Unsupported(concat!(
            $what,
            " (AvePoint Fly publishes no way to: use the portal)"
        )))))
    };
}

/// An answer that is there already.
fn ready<'a, T: Send + 'a>(value: T) -> Reply<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Fly {
    /// Answers from the list that was read last; from an empty one when none ever was.
    fn answer<'a, T: Default + Send + 'a>(&self, of: impl FnOnce(&Snapshot) -> T) -> Reply<'a, T> {
        ready(self.snapshot().map_or_else(T::default, |it: Arc<Snapshot>| of(&it)))
    }
}

impl From<Fly> for Place {
    fn from(fly: Fly) -> Self {
        Self::listed(Arc::new(fly), ReadOnly::Fly)
    }
}

impl Reads for Fly {
    fn capabilities(&self) -> Capabilities {
        Capabilities::FLY
    }

    fn count(&self) -> Reply<'_, usize> {
        self.answer(Snapshot::len)
    }

    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        self.answer(|it| it.page(&request))
    }

    fn summaries(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        self.answer(|it| it.summaries(&ids))
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        let context = &self.caller.settings.context;
        let found = match self.snapshot() {
            Some(snapshot) => snapshot.connection(id, context),
            None => Err(BackendError::NotFound),
        };
        Box::pin(std::future::ready(found))
    }

    fn named(&self, names: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>> {
        self.answer(|it| names.iter().map(|name| it.named(name)).collect())
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        ready(Vec::new())
    }

    fn history(&self, _: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        ready(Vec::new())
    }

    fn objects(&self, _: ObjectKind, _: Option<ObjectId>) -> Reply<'_, Vec<DirectoryObject>> {
        ready(Vec::new())
    }

    fn check_key(&self, _: Key) -> Reply<'_, KeyStanding> {
        refused!("checking a key")
    }

    fn reveal(&self, _: ConnectionId, _: String) -> Reply<'_, Secret> {
        refused!("showing a secret")
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        ready(Vec::new())
    }

    fn used_by(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        refused!("listing the projects that use a connection")
    }
}

impl Live for Fly {
    fn as_of(&self) -> Option<Timestamp> {
        self.snapshot().map(|it| it.as_of)
    }

    fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        Box::pin(self.read_again(on_progress))
    }

    fn select<'a>(
        &'a self,
        filter: &'a Filter,
        on_progress: OnProgress<'a>,
    ) -> Reply<'a, Option<Selected>> {
        Box::pin(self.read_some(filter, on_progress))
    }

    fn remarks(&self) -> Vec<String> {
        self.all_remarks()
    }

    fn projects(&self) -> Reply<'_, Vec<Project>> {
        Box::pin(self.read_projects())
    }
}
