//! Performs effects: each as a task of its own that answers, can be cancelled and times out.
//! E1. Nothing here holds up the loop.

mod agent;
mod check;
mod contexts;
mod export;
mod files;
mod keep;
mod load;
mod plan;
mod preflight;
mod services;
mod tasks;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

#[cfg(test)]
pub(super) use preflight::planned;
pub use services::Shared;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::session::Event;
use crate::app::preflight::Reply as PreflightReply;
use crate::app::{Answer, Effect, RequestId};
use crate::backend::graph::{Endpoints, Reading};
use crate::backend::http::HttpOptions;
use crate::backend::{BackendError, Place, Reply};
use crate::domain::{ObjectId, ObjectKind, Timestamp};
use crate::service::contexts::Contexts;
use crate::service::list_states::ListStates;
use crate::service::runbook::ticks::Ticks;
use crate::service::sessions::Sessions;
use crate::service::{AuditRequest, evidence};
use contexts::Opened;
pub(crate) use contexts::shown;

/// Use cases that go beyond one backend.
pub trait Services: Send + Sync {
    /// Loads the sample workspace; says how many connections were made.
    fn load_sample<'a>(&'a self, backend: &'a Place, now: Timestamp) -> Reply<'a, usize>;

    /// Imports a directory file, all or nothing; says how many objects, or its problems line by
    /// line.
    fn import_directory<'a>(
        &'a self,
        backend: &'a Place,
        path: PathBuf,
    ) -> Pin<Box<dyn Future<Output = Result<usize, Vec<String>>> + Send + 'a>>;

    /// Adds what Microsoft Graph has of a kind to the directory, and says in one line what came of it;
    /// empty: nobody can be asked.
    fn refresh_directory<'a>(
        &'a self,
        _backend: &'a Place,
        _kind: ObjectKind,
        _tenant: Option<ObjectId>,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(std::future::ready(String::new()))
    }

    /// Where the ticks of runbooks are kept.
    fn ticks(&self) -> Ticks {
        plan::nowhere()
    }

    /// Where it is kept how lists were left.
    fn list_states(&self) -> ListStates {
        ListStates::default()
    }

    /// Which screens are running.
    fn sessions(&self) -> Sessions {
        Sessions::default()
    }

    /// How a pre-flight is made; `None`: none can be.
    fn preflight(&self) -> Option<Preflights> {
        None
    }
}

/// How pre-flights are made, and where their results are kept.
#[derive(Debug, Clone)]
pub struct Preflights {
    /// How the world is reached.
    pub means: crate::service::preflight::Means,
    /// Where results are kept.
    pub results: crate::service::preflight::Results,
    /// Days from which one is outdated; 0: never.
    pub outdated_days: i64,
    /// Where waivers of checks are kept.
    pub waivers: crate::service::waivers::WaiverFile,
}

/// What tasks work with.
#[derive(Clone)]
pub struct Means {
    /// The backend.
    pub backend: Place,
    /// Use cases beyond it.
    pub services: Arc<dyn Services>,
    /// Every context, the backend being that of the active one; `None`: there is no other.
    pub contexts: Option<Contexts>,
    /// How long one call may take.
    pub timeout: Duration,
    /// How a live check reaches Microsoft.
    pub http: HttpOptions,
    /// A server that plays Microsoft; `None`: that of the cloud.
    pub stand_in: Option<Endpoints>,
    /// The present.
    pub clock: fn() -> Timestamp,
}

impl Means {
    /// How long a service may be silent while it reads something long: longer than the HTTP client
    /// goes on trying, so that its error, which says more, comes first.
    fn silence(&self) -> Duration {
        self.timeout.max(self.http.total + Duration::from_secs(5))
    }

    /// The answer of a call, or that it took too long.
    async fn within<T>(&self, call: Reply<'_, T>) -> Result<T, BackendError> {
        match tokio::time::timeout(self.timeout, call).await {
            Ok(answer) => answer,
            Err(_) => Err(BackendError::TimedOut { seconds: self.timeout.as_secs() }),
        }
    }
}

/// A request under way.
struct Task {
    token: CancellationToken,
    since: Instant,
    /// Keeps something that would be lost.
    keeps: bool,
    /// Follows something for as long as it is shown: nobody waits for its end.
    follows: bool,
}

/// Requests under way and the means to perform more.
pub struct Executor {
    means: Means,
    sender: UnboundedSender<Event>,
    tasks: HashMap<RequestId, Task>,
    /// Contexts that were opened.
    opened: Opened,
    /// Ticks of runbooks: each change is made to what the one before it left.
    ticks: Order,
    /// Drafts, and saves, which end with forgetting one: neither may undo what came after it, and
    /// reading them sees what was asked for before. C7.
    drafts: Order,
    /// Pre-flights that wait for replies.
    replies: HashMap<RequestId, UnboundedSender<PreflightReply>>,
    /// What the last pre-flight found.
    preflight: preflight::Last,
}

/// Work that is done in the order in which it was asked for, whatever the backend answers first.
#[derive(Default)]
struct Order(Option<oneshot::Receiver<()>>);

impl Order {
    /// The work, once all before it is done or was taken back.
    fn after<F: Future>(&mut self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let (done, next) = oneshot::channel();
        let before = self.0.replace(next);
        async move {
            // Dropping it ends the wait of the next.
            let _done = done;
            if let Some(before) = before {
                let _ = before.await;
            }
            work.await
        }
    }
}

/// Where a task sends its answers; once it was cancelled they go nowhere.
#[derive(Clone)]
struct Answers {
    request: RequestId,
    token: CancellationToken,
    sender: UnboundedSender<Event>,
}

impl Answers {
    fn send(&self, answer: Answer) {
        if !self.token.is_cancelled() {
            // Nobody listens once the loop has ended.
            let _ = self.sender.send(Event::Answer(self.request, answer));
        }
    }
}

impl Executor {
    /// Nothing under way.
    pub fn new(means: Means, sender: UnboundedSender<Event>) -> Self {
        let opened = Opened::with(&means);
        let (ticks, drafts) = (Order::default(), Order::default());
        Self {
            means,
            sender,
            tasks: HashMap::new(),
            opened,
            ticks,
            drafts,
            replies: HashMap::new(),
            preflight: preflight::Last::default(),
        }
    }

    /// Performs an effect. Those that concern the terminal are the loop's and do nothing here.
    pub fn perform(&mut self, effect: Effect) {
        let means = self.means.clone();
        match effect {
            Effect::Load { request } => {
                self.spawn(request, false, |answers| load::load(means, answers));
            }
            Effect::Refresh { request } => {
                self.spawn(request, false, |answers| load::refresh(means, answers));
            }
            it @ (Effect::Watch { .. } | Effect::Changes { .. } | Effect::Opens { .. }) => {
                self.perform_shared(it);
            }
            Effect::OpenContext { request, name } => {
                let opened = self.opened.clone();
                self.spawn(request, false, |answers| async move {
                    contexts::open(&means, opened, name, &answers).await;
                });
            }
            Effect::UseContext { name } => self.use_context(&name),
            Effect::Look { request, id } => self.answer(request, false, async move {
                Answer::Looked(tasks::details(&means, id).await)
            }),
            Effect::Projects { request } => self.answer(request, false, async move {
                Answer::Projects(load::projects(&means).await)
            }),
            it @ (Effect::Open { .. }
            | Effect::OpenDeleted { .. }
            | Effect::OpenRevision { .. }
            | Effect::Save { .. }) => self.perform_on_form(it),
            Effect::Delete { request, targets } => self.answer(request, true, async move {
                Answer::Deleted(tasks::delete(&means, targets).await)
            }),
            Effect::Restore { request, targets } => self.answer(request, true, async move {
                Answer::Restored(tasks::restore(&means, targets).await)
            }),
            Effect::Purge { request, targets } => self.answer(request, true, async move {
                Answer::Purged(tasks::purge(&means, targets).await)
            }),
            Effect::UsedBy { request, ids } => self.answer(request, false, async move {
                Answer::UsedBy(means.within(means.backend.used_by(ids)).await)
            }),
            Effect::ListDeleted { request } => self.answer(request, false, async move {
                Answer::DeletedList(means.within(means.backend.deleted()).await)
            }),
            Effect::ReadHistory { request, id } => self.answer(request, false, async move {
                Answer::History(tasks::history(&means, id).await)
            }),
            Effect::Objects { request, kind, tenant } => self.answer(request, false, async move {
                Answer::Objects(means.within(means.backend.objects(kind, tenant)).await)
            }),
            Effect::RefreshObjects { request, kind, tenant } => {
                self.answer(request, false, async move {
                    Answer::ObjectsRefreshed(tasks::refresh_objects(&means, kind, tenant).await)
                });
            }
            Effect::PutObject { request, object } => self.answer(request, true, async move {
                Answer::ObjectPut(tasks::put(&means, object).await)
            }),
            Effect::IssueKey { request, kind } => self.answer(request, true, async move {
                Answer::KeyIssued(means.within(means.backend.issue_key(kind)).await)
            }),
            Effect::IssueToken { request, token } => self.answer(request, true, async move {
                Answer::TokenIssued(means.within(means.backend.issue_token(token)).await)
            }),
            Effect::Reveal { request, id, path } => self.answer(request, false, async move {
                Answer::Revealed(means.within(means.backend.reveal(id, path)).await)
            }),
            it @ (Effect::ReadDrafts { .. }
            | Effect::KeepDraft { .. }
            | Effect::DiscardDraft { .. }
            | Effect::KeepList { .. }) => self.perform_keeping(it),
            Effect::LoadSample { request } => self.answer(request, true, async move {
                Answer::SampleLoaded(tasks::sample(&means).await)
            }),
            Effect::ImportDirectory { request, path } => self.answer(request, true, async move {
                let call = means.services.import_directory(&means.backend, files::typed(&path));
                Answer::DirectoryImported(call.await)
            }),
            it @ (Effect::WriteFile { .. } | Effect::Export { .. }) => self.perform_to_file(it),
            it @ (Effect::Audit { .. } | Effect::CheckFile { .. } | Effect::CheckLive { .. }) => {
                self.perform_check(it);
            }
            it @ (Effect::Compare { .. } | Effect::CopyToPlan { .. } | Effect::Ticks { .. }) => {
                self.perform_on_plan(it)
            }
            Effect::FetchAgent { request, from, to, checks, unverified } => {
                let checks = (checks, unverified);
                self.spawn(request, false, |it| agent::fetch(means.http, from, to, checks, it));
            }
            it @ (Effect::Preflight { .. }
            | Effect::PreflightReply { .. }
            | Effect::SavePreflight { .. }
            | Effect::Waive { .. }
            | Effect::ReadPreflights { .. }) => self.perform_preflight(it),
            Effect::Cancel { request } => self.cancel(request),
            Effect::Copy { .. } | Effect::Mouse(_) | Effect::Redraw | Effect::Suspend => {}
        }
    }

    /// What others change in the place, and what they see of this one.
    fn perform_shared(&mut self, effect: Effect) {
        let means = self.means.clone();
        match effect {
            Effect::Watch { request } => {
                self.spawn(request, false, |answers| load::watch(means, answers));
                if let Some(task) = self.tasks.get_mut(&request) {
                    task.follows = true;
                }
            }
            Effect::Changes { request, since } => self.answer(request, false, async move {
                Answer::Changed(load::changes(&means, since).await)
            }),
            Effect::Opens { connection } => {
                if let Some(shared) = means.backend.shared() {
                    shared.opens(connection);
                }
            }
            _ => {}
        }
    }

    /// Writing a file that somebody asked for.
    fn perform_to_file(&mut self, effect: Effect) {
        let means = self.means.clone();
        match effect {
            Effect::WriteFile { request, path, text } => self.answer(request, true, async move {
                Answer::FileWritten(files::write(path, text).await)
            }),
            Effect::Export { request, ids, format, path, warning_days } => {
                let wanted = export::Wanted { ids, format, path, warning_days };
                self.spawn(request, true, |answers| async move {
                    let written = export::export(&means, wanted, &answers).await;
                    answers.send(Answer::FileWritten(written));
                });
            }
            _ => {}
        }
    }

    /// Auditing, and checking the permissions of an app: by a file, or live.
    fn perform_check(&mut self, effect: Effect) {
        let means = self.means.clone();
        match effect {
            Effect::Audit { request, of, password, warning_days } => {
                self.answer(request, false, async move {
                    let audit = AuditRequest::all(warning_days, password);
                    Answer::Audited(tasks::audit(&means, of, audit).await.map(Arc::new))
                });
            }
            Effect::CheckFile { request, path, holds } => self
                .answer(request, false, async move { check::file(path, holds, means.clock).await }),
            Effect::CheckLive { request, login, scenario } => {
                self.spawn(request, false, |answers| async move {
                    let steps = answers.clone();
                    let report = move |step: Reading| steps.send(Answer::CheckStep(step.label()));
                    let (http, login) = (means.http, check::login(login));
                    let found =
                        evidence::live(http, means.stand_in, login, &scenario, report).await;
                    answers.send(Answer::Checked(found.map(Box::new)));
                });
            }
            _ => {}
        }
    }

    /// Opening a connection in a form, and saving it: in turn with its drafts.
    fn perform_on_form(&mut self, effect: Effect) {
        let means = self.means.clone();
        match effect {
            Effect::Open { request, id } => {
                let drafts = self.drafts.after(keep::drafts_of(means.clone(), id));
                self.answer(request, false, async move {
                    let drafts = drafts.await;
                    let opened = tasks::open(&means, means.backend.connection(id), drafts).await;
                    Answer::Opened(opened.map(Box::new))
                });
            }
            Effect::OpenRevision { request, id, revision } => {
                self.answer(request, false, async move {
                    let past = tasks::open_revision(&means, id, revision).await;
                    Answer::RevisionOpened(past.map(Box::new))
                });
            }
            Effect::OpenDeleted { request, id } => self.answer(request, false, async move {
                let call = means.backend.deleted_connection(id);
                Answer::Opened(tasks::open(&means, call, Vec::new()).await.map(Box::new))
            }),
            Effect::Save { request, save, draft } => {
                let work = self.drafts.after(async move {
                    Answer::Saved(tasks::save(&means, *save, draft).await.map(Box::new))
                });
                self.answer(request, true, work);
            }
            _ => {}
        }
    }

    /// Checking connections live, and what came of it.
    fn perform_preflight(&mut self, effect: Effect) {
        let (means, last) = (self.means.clone(), self.preflight.clone());
        match effect {
            Effect::Preflight { request, wish, again } => {
                let (sender, replies) = mpsc::unbounded_channel();
                self.replies.insert(request, sender);
                self.spawn(request, false, |answers| {
                    preflight::run(means, wish, again, replies, answers, last)
                });
            }
            Effect::PreflightReply { request, reply } => {
                if let Some(sender) = self.replies.get(&request) {
                    // One that has just ended waits for nothing any more.
                    let _ = sender.send(reply);
                }
            }
            Effect::SavePreflight { request, path } => self.answer(request, true, async move {
                Answer::FileWritten(preflight::save(files::typed(&path), last).await)
            }),
            Effect::Waive { request, waive } => self.answer(request, true, async move {
                Answer::Waived(preflight::waive(means, *waive, last).await)
            }),
            Effect::ReadPreflights { request } => self.answer(request, false, async move {
                let results = means.services.preflight().map(|it| it.results).unwrap_or_default();
                let read = tokio::task::spawn_blocking(move || results.all()).await;
                Answer::Preflights(read.unwrap_or_default())
            }),
            _ => {}
        }
    }

    fn answer(
        &mut self,
        request: RequestId,
        keeps: bool,
        work: impl Future<Output = Answer> + Send + 'static,
    ) {
        self.spawn(request, keeps, |answers| async move { answers.send(work.await) });
    }

    fn spawn<F>(&mut self, request: RequestId, keeps: bool, work: impl FnOnce(Answers) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let token = CancellationToken::new();
        let answers = Answers { request, token: token.clone(), sender: self.sender.clone() };
        let work = work(answers);
        let until = token.clone();
        tokio::spawn(async move {
            // Dropping the call cancels it, as the Backend trait promises.
            let _ = until.run_until_cancelled(work).await;
        });
        let (since, follows) = (Instant::now(), false);
        self.tasks.insert(request, Task { token, since, keeps, follows });
    }

    /// Everything performed from now on goes to this context; what is under way stays with its own.
    fn use_context(&mut self, name: &str) {
        if let Some(backend) = self.opened.get(name) {
            self.means.backend = backend;
        }
    }

    fn cancel(&mut self, request: RequestId) {
        self.replies.remove(&request);
        if let Some(task) = self.tasks.remove(&request) {
            task.token.cancel();
        }
    }

    /// An answer arrived: the request may be done with it.
    pub fn arrived(&mut self, request: RequestId, answer: &Answer) {
        if !answer.more() {
            self.replies.remove(&request);
            self.tasks.remove(&request);
        }
    }

    /// Whether anything is under way.
    pub fn is_idle(&self) -> bool {
        self.tasks.values().all(|it| it.follows)
    }

    /// Whether anything is under way that keeps what would be lost.
    pub fn is_keeping(&self) -> bool {
        self.tasks.values().any(|task| task.keeps)
    }

    /// Since when the longest of these requests is under way.
    pub fn since(&self, counts: impl Fn(RequestId) -> bool) -> Option<Instant> {
        self.tasks.iter().filter(|(id, _)| counts(**id)).map(|(_, task)| task.since).min()
    }

    /// Cancels what keeps nothing, at the end.
    pub fn stop_reading(&mut self) {
        self.tasks.retain(|_, task| {
            if !task.keeps {
                task.token.cancel();
            }
            task.keeps
        });
    }
}
