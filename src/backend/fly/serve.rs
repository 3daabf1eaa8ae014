//! A live context as a backend: it lists, and refuses everything else with the reason.

use std::sync::Arc;

use super::Fly;
use super::snapshot::Snapshot;
use crate::backend::{
    Backend, BackendError, Capabilities, DeletedConnection, FormDraft, HistoryEntry, ImportRow,
    Imported, OnProgress, Page, PageRequest, Reply, Revision, SaveRequest, Selected, TokenRequest,
};
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::query::Filter;
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
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

impl Backend for Fly {
    fn capabilities(&self) -> Capabilities {
        Capabilities::FLY
    }

    fn as_of(&self) -> Option<Timestamp> {
        self.snapshot().map(|it| it.as_of)
    }

    fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        Box::pin(self.read_anew(on_progress))
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

    fn save(&self, _: SaveRequest) -> Reply<'_, Connection> {
        refused!("saving a connection")
    }

    fn delete(&self, _: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        refused!("deleting connections")
    }

    fn restore(&self, _: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        refused!("restoring connections")
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        ready(Vec::new())
    }

    fn history(&self, _: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        ready(Vec::new())
    }

    fn import(&self, _: Vec<ImportRow>) -> Reply<'_, Imported> {
        refused!("importing connections")
    }

    fn objects(&self, _: ObjectKind, _: Option<ObjectId>) -> Reply<'_, Vec<DirectoryObject>> {
        ready(Vec::new())
    }

    fn put_objects(&self, _: Vec<DirectoryObject>) -> Reply<'_, usize> {
        refused!("editing the directory")
    }

    fn issue_key(&self, _: KeyKind) -> Reply<'_, Key> {
        refused!("issuing a key")
    }

    fn check_key(&self, _: Key) -> Reply<'_, KeyStanding> {
        refused!("checking a key")
    }

    fn issue_token(&self, _: TokenRequest) -> Reply<'_, BulkToken> {
        refused!("issuing a bulk token")
    }

    fn reveal(&self, _: ConnectionId, _: String) -> Reply<'_, Secret> {
        refused!("showing a secret")
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        ready(Vec::new())
    }

    fn save_draft(&self, _: FormDraft) -> Reply<'_, ()> {
        refused!("keeping a draft")
    }

    fn discard_draft(&self, _: String) -> Reply<'_, ()> {
        ready(())
    }

    fn used_by(&self, _: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        refused!("telling which projects use a connection")
    }

    fn projects(&self) -> Reply<'_, Vec<Project>> {
        Box::pin(self.read_projects())
    }
}
