//! A place that keeps connections: what can be read from it, what can be written to it, if anything,
//! and what a live service adds. Every call goes through it, so every call can be written down:
//! name, duration, outcome, request id. E1, E3.
//!
//! Each call is declared once, below; that makes the trait which backends implement and the method
//! which everybody calls. Of arguments only the id or the name that a call is about is written down,
//! as the log's rule for names has it; of answers only how many there are. An error is written down
//! by its kind, and by its text only where names may stand in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::{Instrument, Level, Span, field};

use super::{
    BackendError, Behind, Capabilities, DeletedConnection, FormDraft, HistoryEntry, ImportRow,
    Imported, OnProgress, Page, PageRequest, ReadOnly, Reply, Revision, SaveRequest, Selected,
    Shared, TokenRequest,
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

/// Number of the last call of this process, to distinguish calls that run at once.
static LAST: AtomicU64 = AtomicU64::new(0);

/// A place that keeps connections. A clone is the same place.
#[derive(Clone)]
pub struct Place {
    reads: Arc<dyn Reads>,
    writes: Result<Arc<dyn Writes>, ReadOnly>,
    live: Option<Arc<dyn Live>>,
    shared: Option<Arc<dyn Shared>>,
    watch: Option<Watch>,
    /// Drafts are not kept, whatever the backend could.
    no_drafts: bool,
}

/// What happens to every call.
#[derive(Clone)]
struct Watch {
    names: Names,
    limit: Option<Duration>,
}

impl Place {
    /// A place that is read and written.
    pub fn new<T: Reads + Writes + 'static>(backend: Arc<T>) -> Self {
        let writes = Ok(Arc::clone(&backend) as Arc<dyn Writes>);
        Self { reads: backend, writes, live: None, shared: None, watch: None, no_drafts: false }
    }

    /// A place of which only a list can be read.
    pub fn listed<T: Reads + Live + 'static>(backend: Arc<T>, why: ReadOnly) -> Self {
        let live = Some(Arc::clone(&backend) as Arc<dyn Live>);
        let shared = None;
        Self { reads: backend, writes: Err(why), live, shared, watch: None, no_drafts: false }
    }

    /// The same with what it adds that several people change at once.
    #[must_use]
    pub fn with_shared<T: Shared + 'static>(self, shared: Arc<T>) -> Self {
        Self { shared: Some(shared), ..self }
    }

    /// What it adds that several people change at once, if it is such a place.
    pub fn shared(&self) -> Option<&Arc<dyn Shared>> {
        self.shared.as_ref()
    }

    /// The same with what a live service adds.
    #[must_use]
    pub fn with_live<T: Live + 'static>(self, live: Arc<T>) -> Self {
        Self { live: Some(live), ..self }
    }

    /// The same, and nothing can be written to it.
    #[must_use]
    pub fn read_only(self) -> Self {
        // Where the place itself cannot be written, leaving the flag out would not help.
        let writes = Err(self.writes.err().unwrap_or(ReadOnly::Asked));
        Self { writes, ..self }
    }

    /// The same, and nothing can be written to it for this reason.
    #[must_use]
    pub fn closed(self, why: ReadOnly) -> Self {
        Self { writes: Err(why), ..self }
    }

    /// The same, and it keeps no drafts.
    #[must_use]
    pub fn without_drafts(self) -> Self {
        Self { no_drafts: true, ..self }
    }

    /// The same with every call written down, and ended when it takes longer than `limit`.
    #[must_use]
    pub fn logged(self, names: Names, limit: Option<Duration>) -> Self {
        Self { watch: Some(Watch { names, limit }), ..self }
    }

    /// What it can do.
    pub fn capabilities(&self) -> Capabilities {
        let mut can = match &self.shared {
            Some(shared) => Capabilities { shared: true, ..shared.capabilities() },
            None => self.reads.capabilities(),
        };
        can.drafts &= !self.no_drafts;
        match self.writes {
            Ok(_) => can,
            Err(why) => can.without_writing(why),
        }
    }

    /// Why it does not do `what`, which its capabilities leave out.
    pub fn refusal(&self, what: &'static str) -> BackendError {
        match self.capabilities().read_only {
            Some(why @ (ReadOnly::Role | ReadOnly::Replica)) => why.refusal(),
            Some(_) | None => BackendError::Unsupported(what),
        }
    }

    /// What stands behind pseudonyms, for choosing and judging by what they hide: none of it may be
    /// shown. `None`: everything is shown as it is.
    pub fn behind(&self) -> Option<Behind<'_>> {
        self.reads.behind()
    }

    /// When what is listed was read, for a place that lists what it remembers; `None`: it is what
    /// there is now.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.live.as_ref()?.as_of()
    }

    /// What to know about the list as it stands, one line each: rows left out, a list that changed
    /// while it was read, a cache that could not be used.
    pub fn remarks(&self) -> Vec<String> {
        self.live.as_ref().map_or_else(Vec::new, |it| it.remarks())
    }

    /// See [`Reads::mark`]. Not written down: whoever watches asks every second.
    pub fn mark(&self) -> Reply<'_, Option<u64>> {
        self.reads.mark()
    }

    /// See [`Live::refresh`]; a place that is not live is what there is now.
    pub fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()> {
        match &self.live {
            Some(live) => self.note("refresh", nothing, one, live.refresh(on_progress)),
            None => Box::pin(async { Ok(()) }),
        }
    }

    /// See [`Live::select`].
    pub fn select<'a>(
        &'a self,
        filter: &'a Filter,
        on_progress: OnProgress<'a>,
    ) -> Reply<'a, Option<Selected>> {
        let count = |it: &Option<Selected>| it.as_ref().map_or(0, |it| it.rows.len());
        match &self.live {
            Some(live) => self.note("select", nothing, count, live.select(filter, on_progress)),
            None => Box::pin(async { Ok(None) }),
        }
    }

    /// See [`Live::projects`].
    pub fn projects(&self) -> Reply<'_, Vec<Project>> {
        match &self.live {
            Some(live) => self.note("projects", nothing, Vec::len, live.projects()),
            None => Box::pin(async { Err(BackendError::Unsupported("listing projects")) }),
        }
    }

    const fn reads(&self) -> Result<&Arc<dyn Reads>, ReadOnly> {
        Ok(&self.reads)
    }

    fn writes(&self) -> Result<&Arc<dyn Writes>, ReadOnly> {
        let now = self.shared.as_ref().and_then(|it| it.capabilities().read_only);
        self.writes.as_ref().map_err(|why| *why).and_then(|it| now.map_or(Ok(it), Err))
    }

    /// Writes down how a call ends, and ends one that takes too long. The call itself is made
    /// before, as without this.
    fn note<'a, T: Send + 'a>(
        &'a self,
        name: &'static str,
        about: impl FnOnce(&Names) -> Option<String>,
        count: fn(&T) -> usize,
        call: Reply<'a, T>,
    ) -> Reply<'a, T> {
        let Some(Watch { names, limit }) = &self.watch else { return call };
        let call = match *limit {
            None => call,
            Some(limit) => Box::pin(async move {
                let late = |_| BackendError::TimedOut { seconds: limit.as_secs() };
                tokio::time::timeout(limit, call).await.map_err(late)?
            }),
        };
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
        if let Some(about) = about(names) {
            span.record("about", about);
        }
        let mut end = End { span: span.clone(), since: Instant::now(), reported: false };
        let work = async move {
            let answer = call.await;
            end.report(names, answer.as_ref().map(count));
            answer
        };
        Box::pin(work.instrument(span))
    }
}

/// What a live service adds to a place.
pub trait Live: Send + Sync {
    /// When what is listed was read; `None`: it never was.
    fn as_of(&self) -> Option<Timestamp>;

    /// What to know about the list as it stands, one line each.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Reads again what is listed, and reports it meanwhile. Until it succeeds, the other calls
    /// answer from what was read before; a failed or dropped refresh changes nothing.
    fn refresh<'a>(&'a self, on_progress: OnProgress<'a>) -> Reply<'a, ()>;

    /// Reads again only the rows of these types and sides, where the place can distinguish them
    /// exactly; nothing else of a filter counts, and what is remembered stays as it is. `None`:
    /// refresh, and filter what is listed.
    fn select<'a>(
        &'a self,
        _filter: &'a Filter,
        _on_progress: OnProgress<'a>,
    ) -> Reply<'a, Option<Selected>> {
        Box::pin(async { Ok(None) })
    }

    /// The projects with their platforms; only with [`Capabilities::projects`].
    fn projects(&self) -> Reply<'_, Vec<Project>> {
        Box::pin(async { Err(BackendError::Unsupported("listing projects")) })
    }
}

/// A trait of calls, and the method of [`Place`] for each. In brackets: what a call is about, and how
/// much its answer is, for the log.
macro_rules! calls {
    (
        $(#[$about_trait:meta])*
        trait $Trait:ident by $side:ident { $($head:tt)* }
        $(
            $(#[$doc:meta])*
            fn $name:ident(&$self:ident $(, $arg:ident: $ty:ty)*) -> $out:ty, [$about:expr, $count:expr] $body:tt
        )*
    ) => {
        $(#[$about_trait])*
        pub trait $Trait: Send + Sync {
            $($head)*
            $( $(#[$doc])* fn $name(&$self $(, $arg: $ty)*) -> Reply<'_, $out> $body )*
        }

        impl Place {
            $(
                $(#[$doc])*
                pub fn $name(&$self $(, $arg: $ty)*) -> Reply<'_, $out> {
                    let about = $about;
                    match $self.$side() {
                        Ok(it) => $self.note(stringify!($name), about, $count, it.$name($($arg),*)),
                        Err(why) => Box::pin(std::future::ready(Err(why.refusal()))),
                    }
                }
            )*
        }
    };
}

calls! {
    /// What can be read from a place.
    trait Reads by reads {
        /// What the backend can do.
        fn capabilities(&self) -> Capabilities;

        /// What stands behind pseudonyms. `None`: everything is shown as it is.
        fn behind(&self) -> Option<Behind<'_>> {
            None
        }

        /// A number that is another one once somebody else changed something; `None`: there is none, and
        /// only reading again shows what changed.
        fn mark(&self) -> Reply<'_, Option<u64>> {
            Box::pin(async { Ok(None) })
        }
    }

    /// How many connections there are, deleted ones aside.
    fn count(&self) -> usize, [nothing, |it| *it];

    /// A stretch of the list.
    fn page(&self, request: PageRequest) -> Page, [nothing, |it| it.rows.len()];

    /// The rows of these connections, in no order; those that are not there are left out.
    fn summaries(&self, which: Vec<ConnectionId>) -> Vec<Summary>, [ids(&which), Vec::len];

    /// A whole connection. Fails with [`BackendError::NotFound`].
    fn connection(&self, id: ConnectionId) -> Connection, [ids(&[id]), one];

    /// A deleted connection, whole, as it can be restored. Fails with [`BackendError::NotFound`],
    /// also when it is not deleted.
    fn deleted_connection(&self, id: ConnectionId) -> Connection, [ids(&[id]), one] {
        let _ = id;
        Box::pin(async { Err(BackendError::NotFound) })
    }

    /// These connections, whole, in the same order; those that are not there are left out.
    fn connections(&self, which: Vec<ConnectionId>) -> Vec<Connection>, [ids(&which), Vec::len] {
        Box::pin(async move {
            let mut found = Vec::with_capacity(which.len());
            for id in which {
                match self.connection(id).await {
                    Ok(connection) => found.push(connection),
                    Err(BackendError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
    }

    /// What distinguishes this place from every other one, for files that belong to it; `None`: it has
    /// nothing that does.
    fn identity(&self) -> Option<String>, [nothing, one] {
        Box::pin(async { Ok(None) })
    }

    /// Whether the rules of this program judged every row; with `wait`, not before they did. While the
    /// program is newer than the store, its rows are judged again behind the other calls.
    fn judged(&self, wait: bool) -> bool, [nothing, one] {
        Box::pin(async move {
            let _ = wait;
            Ok(true)
        })
    }

    /// For each of these names the rows that have it, whatever the case, in the same order. Only
    /// AvePoint Fly lets several connections share a name.
    fn named(&self, sought: Vec<String>) -> Vec<Vec<Summary>>,
        [name(&sought), |it| it.iter().map(Vec::len).sum()];

    /// Deleted connections, the latest first.
    fn deleted(&self) -> Vec<DeletedConnection>, [nothing, Vec::len];

    /// Every saved change of a connection, the latest first.
    fn history(&self, id: ConnectionId) -> Vec<HistoryEntry>, [ids(&[id]), Vec::len];

    /// Directory objects of a kind: of one tenant, or of all.
    fn objects(&self, kind: ObjectKind, tenant: Option<ObjectId>) -> Vec<DirectoryObject>,
        [object(tenant.as_ref()), Vec::len];

    /// What is known of a well-formed key.
    fn check_key(&self, key: Key) -> KeyStanding, [nothing, one];

    /// The text of a stored secret, by the field's path such as `client_secret`.
    fn reveal(&self, id: ConnectionId, field: String) -> Secret, [ids(&[id]), one];

    /// Every kept draft, the latest first.
    fn drafts(&self) -> Vec<FormDraft>, [nothing, Vec::len];

    /// Names of the projects that use these connections; only with [`Capabilities::usage`].
    fn used_by(&self, which: Vec<ConnectionId>) -> Vec<(ConnectionId, Vec<String>)>,
        [ids(&which), Vec::len];
}

calls! {
    /// What can be written to a place.
    trait Writes by writes {}

    /// Makes or changes a connection. Fails with [`BackendError::NameTaken`],
    /// [`BackendError::Conflict`], [`BackendError::Deleted`] or [`BackendError::NotFound`]; then
    /// nothing is changed.
    fn save(&self, request: SaveRequest) -> Connection, [saved(&request), one];

    /// Deletes each of these that still has its revision, all in one change: one outcome per id in
    /// the same order. One of another revision is left alone with [`BackendError::Conflict`]; one
    /// that is deleted already counts as done.
    fn delete(&self, which: Vec<Revision>) -> Vec<Outcome<BackendError>>, [only(&which), |it| done(it)];

    /// Takes back each deletion that still has its revision, all in one change: one outcome per id
    /// in the same order. One deleted at another revision is left alone with
    /// [`BackendError::Conflict`]; one that is not deleted counts as done.
    fn restore(&self, which: Vec<Revision>) -> Vec<Outcome<BackendError>>, [only(&which), |it| done(it)];

    /// Forgets each of these deleted connections for good if it still has its revision, all in one
    /// change: one outcome per id in the same order. One that was restored or deleted again is left
    /// alone with [`BackendError::Conflict`].
    fn purge(&self, which: Vec<Revision>) -> Vec<Outcome<BackendError>>, [only(&which), |it| done(it)];

    /// Adds listed connections, all or none.
    fn import(&self, rows: Vec<ImportRow>) -> Imported, [nothing, |it| it.added];

    /// Adds or replaces directory objects, all or none, and judges their connections again.
    fn put_objects(&self, objects: Vec<DirectoryObject>) -> usize, [nothing, |it| *it];

    /// Issues a key. The one it replaces stays valid until the connection is saved.
    fn issue_key(&self, kind: KeyKind) -> Key, [nothing, one];

    /// Makes a bulk token: a local stand-in, or the pasted one with its name and expiry.
    fn issue_token(&self, request: TokenRequest) -> BulkToken, [nothing, one];

    /// Keeps a draft in place of the one with its id.
    fn save_draft(&self, draft: FormDraft) -> (), [nothing, one];

    /// Forgets a draft; no error when there is none.
    fn discard_draft(&self, id: String) -> (), [nothing, one];
}

/// How a call ended; one that was dropped before says so.
struct End {
    span: Span,
    since: Instant,
    reported: bool,
}

impl End {
    fn report(&mut self, names: &Names, answer: Result<usize, &BackendError>) {
        self.reported = true;
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
        if !self.reported {
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

fn name(sought: &[String]) -> impl FnOnce(&Names) -> Option<String> + use<> {
    let one = match sought {
        [one] => Some(one.clone()),
        _ => None,
    };
    move |names| one.map(|it| names.name(&it))
}

fn object(id: Option<&ObjectId>) -> impl FnOnce(&Names) -> Option<String> + use<> {
    let id = id.map(|it| it.0.clone());
    move |names| id.map(|it| names.id(&it))
}

fn saved(request: &SaveRequest) -> impl FnOnce(&Names) -> Option<String> + use<> {
    let target = request.target.map(|it| it.id.to_string());
    let name = request.draft.name.clone();
    move |names| Some(target.map_or_else(|| names.name(&name), |it| names.id(&it)))
}

/// How many of several were done.
fn done(outcomes: &[Outcome<BackendError>]) -> usize {
    outcomes.iter().filter(|it| it.result.is_ok()).count()
}

#[cfg(test)]
mod tests;
