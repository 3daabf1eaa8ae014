//! Any backend with every call written down: name, duration, outcome, request id. The wrapper is
//! the only way in, so no call can be forgotten. E1, E3.
//!
//! Of arguments only the id or the name that a call is about is told, as the log's rule for names
//! has it; of answers only how many there are. An error is told by its kind, and by its text only
//! where names may stand in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::{Instrument, Level, Span, field};

use super::{
    Backend, BackendError, Behind, Capabilities, DeletedConnection, FormDraft, HistoryEntry,
    ImportRow, Imported, OnProgress, Page, PageRequest, Reply, Revision, SaveRequest, Selected,
    TokenRequest,
};
use crate::domain::key::{Key, KeyKind, KeyStanding};
use crate::domain::query::Filter;
use crate::domain::removal::Outcome;
use crate::domain::token::BulkToken;
use crate::domain::{
    Connection, ConnectionId, DirectoryObject, ObjectId, ObjectKind, Project, Secret, Summary,
    Timestamp,
};
use crate::log::Names;

/// Number of the last call of this process, to tell calls apart that run at once.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A backend whose calls are written down.
pub struct Logged {
    inner: Arc<dyn Backend>,
    names: Names,
    limit: Option<Duration>,
}

impl Logged {
    /// Writes down every call of a backend, and ends one that takes longer than `limit`.
    pub const fn new(inner: Arc<dyn Backend>, names: Names, limit: Option<Duration>) -> Self {
        Self { inner, names, limit }
    }

    /// The call, ended when it takes too long.
    fn bounded<'a, T: Send + 'a>(&self, call: Reply<'a, T>) -> Reply<'a, T> {
        let Some(limit) = self.limit else { return call };
        Box::pin(async move {
            let late = |_| BackendError::TimedOut { seconds: limit.as_secs() };
            tokio::time::timeout(limit, call).await.map_err(late)?
        })
    }

    /// Writes down how a call ends. The call itself is made before, as without this.
    fn note<'a, T: Send + 'a>(
        &'a self,
        name: &'static str,
        about: impl FnOnce(&Names) -> Option<String>,
        count: fn(&T) -> usize,
        call: Reply<'a, T>,
    ) -> Reply<'a, T> {
        let call = self.bounded(call);
        if !tracing::enabled!(Level::ERROR) {
            return call;
        }
        let span = tracing::error_span!(
            "call",
            call = name,
            number = LAST.fetch_add(1, Ordering::Relaxed) + 1,
            about = field::Empty,
            request_id = field::Empty,
        );
        if let Some(about) = about(&self.names) {
            span.record("about", about);
        }
        let mut end = End { span: span.clone(), since: Instant::now(), told: false };
        let work = async move {
            let answer = call.await;
            end.tell(&self.names, answer.as_ref().map(count));
            answer
        };
        Box::pin(work.instrument(span))
    }
}

/// How a call ended; one that was dropped before says so.
struct End {
    span: Span,
    since: Instant,
    told: bool,
}

impl End {
    fn tell(&mut self, names: &Names, answer: Result<usize, &BackendError>) {
        self.told = true;
        let duration_ms = self.milliseconds();
        match answer {
            Ok(count) => self.span.in_scope(|| {
                tracing::info!(outcome = "ok", duration_ms, count, "backend");
            }),
            Err(error) => {
                let outcome = kind(error);
                let detail = names.are_plain().then(|| error.to_string());
                self.span.in_scope(|| {
                    tracing::error!(outcome, duration_ms, detail, "backend");
                });
            }
        }
    }

    fn milliseconds(&self) -> f64 {
        // To the microsecond: more is noise.
        (self.since.elapsed().as_secs_f64() * 1e6).round() / 1e3
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if !self.told {
            let duration_ms = self.milliseconds();
            self.span.in_scope(|| {
                tracing::info!(outcome = "cancelled", duration_ms, "backend");
            });
        }
    }
}

/// The name of an error's variant, and nothing of what it holds.
fn kind(error: &BackendError) -> String {
    let text = format!("{error:?}");
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().to_owned()
}

fn ids(ids: &[ConnectionId]) -> impl FnOnce(&Names) -> Option<String> + use<> {
    let one = match ids {
        [one] => Some(one.to_string()),
        _ => None,
    };
    move |names| one.map(|it| names.id(&it))
}

fn only(which: &[Revision]) -> impl FnOnce(&Names) -> Option<String> + use<> {
    match which {
        [one] => ids(&[one.id]),
        _ => ids(&[]),
    }
}

const fn nothing(_: &Names) -> Option<String> {
    None
}

const fn one<T>(_: &T) -> usize {
    1
}

impl Backend for Logged {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn as_of(&self) -> Option<Timestamp> {
        self.inner.as_of()
    }

    fn remarks(&self) -> Vec<String> {
        self.inner.remarks()
    }

    fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        self.note("refresh", nothing, one, self.inner.refresh(on_progress))
    }

    fn select<'a>(
        &'a self,
        filter: &'a Filter,
        on_progress: OnProgress<'a>,
    ) -> Reply<'a, Option<Selected>> {
        let count = |it: &Option<Selected>| it.as_ref().map_or(0, |it| it.rows.len());
        self.note("select", nothing, count, self.inner.select(filter, on_progress))
    }

    fn projects(&self) -> Reply<'_, Vec<Project>> {
        self.note("projects", nothing, Vec::len, self.inner.projects())
    }

    fn count(&self) -> Reply<'_, usize> {
        self.note("count", nothing, |it| *it, self.inner.count())
    }

    fn page(&self, request: PageRequest) -> Reply<'_, Page> {
        self.note("page", nothing, |it| it.rows.len(), self.inner.page(request))
    }

    fn summaries(&self, which: Vec<ConnectionId>) -> Reply<'_, Vec<Summary>> {
        self.note("summaries", ids(&which), Vec::len, self.inner.summaries(which))
    }

    fn connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        self.note("connection", ids(&[id]), one, self.inner.connection(id))
    }

    fn deleted_connection(&self, id: ConnectionId) -> Reply<'_, Connection> {
        let call = self.inner.deleted_connection(id);
        self.note("deleted_connection", ids(&[id]), one, call)
    }

    fn connections(&self, which: Vec<ConnectionId>) -> Reply<'_, Vec<Connection>> {
        self.note("connections", ids(&which), Vec::len, self.inner.connections(which))
    }

    fn identity(&self) -> Reply<'_, Option<String>> {
        self.note("identity", nothing, one, self.inner.identity())
    }

    fn behind(&self) -> Option<Behind<'_>> {
        self.inner.behind()
    }

    fn named(&self, sought: Vec<String>) -> Reply<'_, Vec<Vec<Summary>>> {
        let one = match sought.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        let about = move |names: &Names| one.map(|it| names.name(&it));
        let count = |it: &Vec<Vec<Summary>>| it.iter().map(Vec::len).sum();
        self.note("named", about, count, self.inner.named(sought))
    }

    fn save(&self, request: SaveRequest) -> Reply<'_, Connection> {
        let target = request.target.map(|it| it.id.to_string());
        let name = request.draft.name.clone();
        let about =
            move |names: &Names| Some(target.map_or_else(|| names.name(&name), |it| names.id(&it)));
        self.note("save", about, one, self.inner.save(request))
    }

    fn delete(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.note("delete", only(&which), |it| done(it), self.inner.delete(which))
    }

    fn restore(&self, which: Vec<Revision>) -> Reply<'_, Vec<Outcome<BackendError>>> {
        self.note("restore", only(&which), |it| done(it), self.inner.restore(which))
    }

    fn deleted(&self) -> Reply<'_, Vec<DeletedConnection>> {
        self.note("deleted", nothing, Vec::len, self.inner.deleted())
    }

    fn history(&self, id: ConnectionId) -> Reply<'_, Vec<HistoryEntry>> {
        self.note("history", ids(&[id]), Vec::len, self.inner.history(id))
    }

    fn import(&self, rows: Vec<ImportRow>) -> Reply<'_, Imported> {
        self.note("import", nothing, |it| it.added, self.inner.import(rows))
    }

    fn objects(
        &self,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Reply<'_, Vec<DirectoryObject>> {
        let of = tenant.as_ref().map(|it| it.0.clone());
        let about = move |names: &Names| of.map(|it| names.id(&it));
        self.note("objects", about, Vec::len, self.inner.objects(kind, tenant))
    }

    fn put_objects(&self, objects: Vec<DirectoryObject>) -> Reply<'_, usize> {
        self.note("put_objects", nothing, |it| *it, self.inner.put_objects(objects))
    }

    fn issue_key(&self, kind: KeyKind) -> Reply<'_, Key> {
        self.note("issue_key", nothing, one, self.inner.issue_key(kind))
    }

    fn check_key(&self, key: Key) -> Reply<'_, KeyStanding> {
        self.note("check_key", nothing, one, self.inner.check_key(key))
    }

    fn issue_token(&self, request: TokenRequest) -> Reply<'_, BulkToken> {
        self.note("issue_token", nothing, one, self.inner.issue_token(request))
    }

    fn reveal(&self, id: ConnectionId, field: String) -> Reply<'_, Secret> {
        self.note("reveal", ids(&[id]), one, self.inner.reveal(id, field))
    }

    fn drafts(&self) -> Reply<'_, Vec<FormDraft>> {
        self.note("drafts", nothing, Vec::len, self.inner.drafts())
    }

    fn save_draft(&self, draft: FormDraft) -> Reply<'_, ()> {
        self.note("save_draft", nothing, one, self.inner.save_draft(draft))
    }

    fn discard_draft(&self, id: String) -> Reply<'_, ()> {
        self.note("discard_draft", nothing, one, self.inner.discard_draft(id))
    }

    fn used_by(&self, which: Vec<ConnectionId>) -> Reply<'_, Vec<(ConnectionId, Vec<String>)>> {
        self.note("used_by", ids(&which), Vec::len, self.inner.used_by(which))
    }
}

/// How many of several were done.
fn done(outcomes: &[Outcome<BackendError>]) -> usize {
    outcomes.iter().filter(|it| it.result.is_ok()).count()
}

#[cfg(test)]
mod tests;
