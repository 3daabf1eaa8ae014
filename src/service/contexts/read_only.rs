//! A backend that nothing can be written to, whatever the one behind it can do: `--read-only`.

use std::sync::Arc;

use crate::backend::{
    Backend, BackendError, Behind, Capabilities, DeletedConnection, FormDraft, HistoryEntry,
    ImportRow, Imported, OnProgress, Page, PageRequest, ReadOnly, Reply, Revision, SaveRequest,
    Selected, TokenRequest,
};
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::query::Filter;
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, ObjectId, ObjectKind, Project, Secret, Summary,
    Timestamp,
};

/// Reads from another backend and refuses everything else, before that is asked.
pub struct Closed(Arc<dyn Backend>);

impl Closed {
    /// What every writing call is refused with.
    pub const REFUSAL: &'static str = "changing anything while jetbridge runs read-only";

    /// Closes a backend to writing.
    pub fn new(inner: Arc<dyn Backend>) -> Self {
        Self(inner)
    }

    fn refuse<T: Send + 'static>() -> Reply<'static, T> {
        Box::pin(std::future::ready(Err(BackendError::Unsupported(Self::REFUSAL))))
    }
}

impl Backend for Closed {
    fn capabilities(&self) -> Capabilities {
        let inner = self.0.capabilities();
        Capabilities {
            write: false,
            delete: false,
            edit_directory: false,
            tokens: false,
            drafts: false,
            // Where the place itself cannot be written, leaving the flag out would not help.
            read_only: inner.read_only.or(Some(ReadOnly::Asked)),
            ..inner
        }
    }

    fn as_of(&self) -> Option<Timestamp> {
        self.0.as_of()
    }

    fn remarks(&self) -> Vec<String> {
        self.0.remarks()
    }

    fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        self.0.refresh(on_progress)
    }

    fn select<'a>(
        &'a self,
        filter: &'a Filter,
        on_progress: OnProgress<'a>,
    ) -> Reply<'a, Option<Selected>> {
        self.0.select(filter, on_progress)
    }

    fn count(&self) -> Reply<'_, usize> {
        self.0.count()
    }

    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        self.0.page(request)
    }

    fn summaries(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        self.0.summaries(ids)
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.0.connection(id)
    }

    fn deleted_connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.0.deleted_connection(id)
    }

    fn connections(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<Connection>> {
        self.0.connections(ids)
    }

    fn identity(&self) -> Reply<'_, Option<String>> {
        self.0.identity()
    }

    fn behind(&self) -> Option<Behind<'_>> {
        self.0.behind()
    }

    fn named(&self, names: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>> {
        self.0.named(names)
    }

    fn save(&self, _: SaveRequest) -> Reply<'_, Connection> {
        Self::refuse()
    }

    fn delete(&self, _: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        Self::refuse()
    }

    fn restore(&self, _: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        Self::refuse()
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        self.0.deleted()
    }

    fn history(&self, id: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        self.0.history(id)
    }

    fn import(&self, _: Vec<ImportRow>) -> Reply<'_, Imported> {
        Self::refuse()
    }

    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        self.0.objects(kind, tenant)
    }

    fn put_objects(&self, _: Vec<DirectoryObject>) -> Reply<'_, usize> {
        Self::refuse()
    }

    fn issue_key(&self, _: KeyKind) -> Reply<'_, Key> {
        Self::refuse()
    }

    fn check_key(&self, key: Key) -> Reply<'_, KeyStanding> {
        self.0.check_key(key)
    }

    fn issue_token(&self, _: TokenRequest) -> Reply<'_, BulkToken> {
        Self::refuse()
    }

    fn reveal(&self, id: ConnectionId, field: String) -> Reply<'_, Secret> {
        self.0.reveal(id, field)
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        self.0.drafts()
    }

    fn save_draft(&self, _: FormDraft) -> Reply<'_, ()> {
        Self::refuse()
    }

    fn discard_draft(&self, _: String) -> Reply<'_, ()> {
        Self::refuse()
    }

    fn used_by(&self, ids: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        self.0.used_by(ids)
    }

    fn projects(&self) -> Reply<'_, Vec<Project>> {
        self.0.projects()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{block, now, rows, with};

    #[test]
    fn every_method_of_the_trait_is_answered() {
        crate::backend::contract::answers_every_method(include_str!("read_only.rs"), "Closed");
    }

    /// Every call that writes is refused, and what was there is there.
    #[test]
    fn nothing_is_written_and_everything_is_read() {
        let fake = with(&["alpha", "beta"]);
        let before = rows(&fake);
        let ids: Vec<ConnectionId> = before.iter().map(|it| it.id).collect();
        let inner = Arc::new(fake);
        let closed = Closed::new(inner.clone());
        let token = TokenRequest { display_name: "t".into(), expires_at: now(), pasted: None };
        let draft = FormDraft {
            id: "d".into(),
            connection: None,
            title: String::new(),
            content: Secret::new("not-real"),
            saved_at: now(),
        };
        let seen: Vec<Revision> =
            before.iter().map(|it| Revision { id: it.id, revision: it.revision }).collect();
        let refusals = [
            block(closed.delete(seen.clone())).err(),
            block(closed.restore(seen)).err(),
            block(closed.import(Vec::new())).err(),
            block(closed.put_objects(Vec::new())).err(),
            block(closed.issue_key(KeyKind::Connection)).err(),
            block(closed.issue_token(token)).err(),
            block(closed.save_draft(draft)).err(),
            block(closed.discard_draft("d".into())).err(),
        ];
        for refusal in refusals {
            assert_eq!(refusal, Some(BackendError::Unsupported(Closed::REFUSAL)));
        }
        let can = closed.capabilities();
        assert!(!can.write && !can.delete && !can.edit_directory && can.history);
        assert_eq!(can.read_only, Some(ReadOnly::Asked));
        assert_eq!(block(closed.count()), Ok(2));
        assert_eq!(block(closed.summaries(ids)).unwrap().len(), 2);
        assert_eq!(rows(&inner), before);
    }
}
