//! AvePoint Fly as a place that has connections: its public API, read only. fly.md §1, §2.
//!
//! The list is answered from what was read last, kept in memory and in a cache; refreshing reads it
//! again. Only two reads are made, GET /connections/summaries and GET /projects/summaries, because
//! nothing else about connections is published.

mod cache;
mod call;
mod calls;
mod explain;
#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub mod fuzzed;
mod pages;
pub mod presets;
mod row;
mod serve;
mod snapshot;
#[cfg(test)]
pub(crate) mod standin;
#[cfg(test)]
mod tests;
mod token;
mod wire;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

pub use calls::FlyCalls;
pub use token::prove;

use super::graph::ClientCertificate;
use super::http::{Http, HttpOptions};
use super::{BackendError, OnProgress, Progress, Selected};
use crate::domain::context::KidForm;
use crate::domain::health::Horizon;
use crate::domain::query::Filter;
use crate::domain::{ConnectionId, ConnectionType, Project, Secret, Side, Timestamp};
use crate::text::{Texts, counted};
use call::Caller;
use pages::{Query, Reader, Step as PageStep, Whole, read_whole};
use row::Row;
use snapshot::{Entry, Snapshot};

/// The one scope of Fly's API. There is no read-only one, so that even an audit is granted writing
/// (fly.md §1, **D** register-app.md).
pub const SCOPE: &str = "fly.graph.readwrite.all";

/// Path of the connections below the API's address.
const CONNECTIONS: &str = "connections/summaries";
/// Path of the projects.
const PROJECTS: &str = "projects/summaries";

/// What an app registration of AvePoint Online Services signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlyCredential {
    /// A client secret.
    Secret(Secret),
    /// A certificate with its key.
    Certificate(ClientCertificate),
    /// It was not read, because nobody is to be called.
    Unread,
}

impl FlyCredential {
    /// What it is, in a word.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Secret(_) => "secret",
            Self::Certificate(_) => "certificate",
            Self::Unread => "credential that was not read",
        }
    }
}

/// Where a context's AvePoint Fly is, and as whom to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlySettings {
    /// Name of the context.
    pub context: String,
    /// Address of the API; a slash at its end makes no difference.
    pub api: Url,
    /// Address that gives tokens.
    pub token_url: Url,
    /// Client id of the app registration.
    pub client_id: String,
    /// Its secret or certificate.
    pub credential: FlyCredential,
    /// How a signed sign-in names its certificate.
    pub kid: KidForm,
}

/// How a context is opened.
#[derive(Debug, Clone)]
pub struct FlyOptions {
    /// Where and as whom.
    pub settings: FlySettings,
    /// How its HTTP client behaves.
    pub http: HttpOptions,
    /// File that keeps the last good answer, one per context; `None`: none is kept.
    pub cache: Option<PathBuf>,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

/// A live context.
#[derive(Debug)]
pub struct Fly {
    caller: Caller,
    cache: Option<PathBuf>,
    clock: fn() -> Timestamp,
    state: RwLock<State>,
}

/// What is remembered between calls.
#[derive(Debug, Default)]
struct State {
    list: Option<Arc<Snapshot>>,
    /// What is wrong with the cache.
    cache: Option<String>,
}

/// Makes the HTTP client of a context. Waiting after a 429 is done for a whole list, not per call.
fn client(options: &HttpOptions) -> Result<Http, BackendError> {
    let options = HttpOptions { retry_throttled: false, ..options.clone() };
    Http::new(options).map_err(|error| explain::read_failed(&error))
}

impl Fly {
    /// Opens a context: reads its cache, and asks nothing of the network.
    ///
    /// # Errors
    /// [`BackendError::Remote`] when the HTTP client cannot be set up. A cache that cannot be used
    /// is no error: see [`Backend::remarks`](super::Backend::remarks).
    pub fn open(options: FlyOptions) -> Result<Self, BackendError> {
        Ok(Self::with_http(client(&options.http)?, options))
    }

    fn with_http(http: Http, options: FlyOptions) -> Self {
        let state = match &options.cache {
            None => State::default(),
            Some(path) => match cache::read(path, &options.settings) {
                cache::Found::List(list) => State { list: Some(Arc::new(*list)), cache: None },
                cache::Found::Nothing(why) => State { list: None, cache: why },
            },
        };
        Self {
            caller: Caller::new(http, &options),
            clock: options.clock,
            cache: options.cache,
            state: RwLock::new(state),
        }
    }

    /// The list that was read last.
    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).list.clone()
    }

    fn all_remarks(&self) -> Vec<String> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let list = state.list.iter().flat_map(|it| it.remarks.iter().cloned());
        state.cache.iter().cloned().chain(list).collect()
    }

    /// Reads the connections of the types and sides of a filter past what is remembered, where the
    /// service decides both exactly. They are checked again here: a version that does not know a
    /// parameter sends everything. Never sent are the search, which does not find names with " - ",
    /// and the tenants, which not every version knows (fly.md §1).
    async fn read_some(
        &self,
        filter: &Filter,
        on_progress: OnProgress<'_>,
    ) -> Result<Option<Selected>, BackendError> {
        let exact = exact(filter);
        if exact.is_empty() {
            return Ok(None);
        }
        let whole = self.read_rows(exact, on_progress).await?;
        let asked = Filter {
            types: filter.types.clone(),
            sides: filter.sides.clone(),
            ..Filter::default()
        };
        let list = Snapshot::new(whole.rows, (self.clock)(), whole.remarks);
        // Types and sides do not depend on the time.
        let at = Horizon::usual(list.as_of);
        let rows = list.all().filter(|row| asked.accepts(row, at)).cloned().collect();
        Ok(Some(Selected { rows, remarks: list.remarks }))
    }

    /// Reads the list again and keeps it.
    async fn read_again(&self, on_progress: OnProgress<'_>) -> Result<(), BackendError> {
        let as_of = (self.clock)();
        let Whole { rows, mut remarks } = self.read_rows(Vec::new(), on_progress).await?;
        remarks.extend(unknown_sides(&rows));
        let (path, settings) = (self.cache.clone(), self.caller.settings.clone());
        // Ordering and writing 100,000 rows is too long for the thread that draws.
        let work = tokio::task::spawn_blocking(move || {
            let list = Snapshot::new(rows, as_of, remarks);
            let kept = path.map(|path| (cache::write(&path, &settings, &list), path));
            (list, kept)
        });
        let (list, kept) = work.await.map_err(|error| BackendError::Other(error.to_string()))?;
        let complaint = kept.and_then(|(result, path)| {
            let error = result.err()?;
            let path = path.display().to_string();
            Some(format!(
                "The list could not be saved for next time ({}: {error}).",
                crate::text::shown(&path)
            ))
        });
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *state = State { list: Some(Arc::new(list)), cache: complaint };
        Ok(())
    }

    async fn read_rows(
        &self,
        exact: Vec<(&'static str, String)>,
        on_progress: OnProgress<'_>,
    ) -> Result<Whole<Entry>, BackendError> {
        let mut parameters = vec![("sortBy", "name".to_owned()), ("sortOrder", "0".to_owned())];
        parameters.extend(exact);
        let query = Query { path: CONNECTIONS, parameters };
        let texts = std::sync::Mutex::new(Texts::default());
        let entry =
            |row| Entry::new(row, &mut texts.lock().unwrap_or_else(PoisonError::into_inner));
        let on_step = |step: PageStep<'_, Entry>| {
            on_progress(Progress {
                rows: step.rows.iter().map(|it| it.summary.clone()).collect(),
                have: step.have,
                total: step.total,
                note: step.note,
            });
        };
        read_whole(&self.caller, &query, Reader { read: read_row, keep: &entry }, &on_step).await
    }

    async fn read_projects(&self) -> Result<Vec<Project>, BackendError> {
        let parameters = vec![("sortBy", "name".to_owned()), ("sortOrder", "0".to_owned())];
        let query = Query { path: PROJECTS, parameters };
        let reader = Reader { read: wire::project, keep: &|it| it };
        let whole = read_whole(&self.caller, &query, reader, &|_| {}).await?;
        let mut projects = whole.rows;
        projects.sort_by_cached_key(|it| crate::text::fold(&it.name));
        Ok(projects)
    }
}

/// What of a filter the service decides exactly, as it takes it: of an array each value under the
/// same key (fly.md §1).
fn exact(filter: &Filter) -> Vec<(&'static str, String)> {
    let mut parameters = Vec::new();
    // What has no number cannot be asked for.
    if !filter.types.contains(&ConnectionType::Unknown) {
        parameters.extend(filter.types.iter().map(|it| ("types", it.number().to_string())));
    }
    let numbers: Option<Vec<u16>> = filter.sides.iter().map(|it| number_of(*it)).collect();
    let numbers = numbers.into_iter().flatten();
    parameters.extend(numbers.map(|it| ("sides", it.to_string())));
    parameters
}

fn read_row(value: &serde_json::Value) -> Option<(ConnectionId, Row)> {
    wire::connection(value).map(|row| (row.identity(), row))
}

/// The number by which the service can be asked for a side (fly.md §1, `ConnectionSide`). Not 0,
/// which is All: asking for it beside others could mean either.
const fn number_of(side: Side) -> Option<u16> {
    match side {
        Side::Any | Side::Unknown => None,
        Side::Source => Some(1),
        Side::Destination => Some(2),
    }
}

/// Says which sides have numbers that mean nothing here.
fn unknown_sides(rows: &[Entry]) -> Option<String> {
    let unknown: Vec<u16> = rows.iter().filter_map(|it| it.row.unknown_side()).collect();
    let numbers: std::collections::BTreeSet<String> = unknown.iter().map(u16::to_string).collect();
    let numbers: Vec<String> = numbers.into_iter().collect();
    (!unknown.is_empty()).then(|| {
        format!(
            "The side of {} has a number that this version does not know ({}): shown as Unknown.",
            counted(unknown.len(), "row"),
            numbers.join(", ")
        )
    })
}
