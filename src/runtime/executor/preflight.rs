//! A pre-flight for the screen: the same use case as on the command line, reported as it goes on. What
//! it waits for comes as a reply.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::{Answers, Means, files};
use crate::app::Answer;
use crate::app::preflight::{
    Ask, Bind, Check, Checked, Code, Ended, Found, Plan as Planned, Progress, Reply, SignIn, Wish,
};
use crate::audit::format::Format;
use crate::backend::BackendError;
use crate::backend::graph::{DeviceCode, device_scope};
use crate::checks::preflight::{Run, Subject, Who, field};
use crate::domain::ConnectionId;
use crate::service::preflight::{
    self, AT_ONCE, Domain, Line, Plan, Report, Selection, WHOLE, formats,
};
use crate::text::shown;

/// The report of the last run, and the revisions that it is about.
pub(super) type Last = Arc<Mutex<Option<(Report, HashMap<ConnectionId, u32>)>>>;

/// Runs it to its end, or until somebody stops it; dropping this ends it too. It has a thread of its own:
/// hundreds of checks are under way, and the screen answers keys meanwhile.
pub(super) async fn run(
    means: Means,
    wish: Wish,
    again: bool,
    replies: UnboundedReceiver<Reply>,
    answers: Answers,
    last: Last,
) {
    let cancel = CancellationToken::new();
    let _ends = cancel.clone().drop_guard();
    let runtime = Handle::current();
    let mut face = Face { means, answers: answers.clone(), replies, cancel };
    let work = move || runtime.block_on(face.checked(wish, again, &last));
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.unwrap_or_else(|_| Err("the pre-flight ended early".to_owned()));
    answers.send(Answer::PreflightDone(done));
}

/// Writes the report of the last run in the format that the name asks for.
pub(super) async fn save(path: PathBuf, last: Last) -> Result<PathBuf, String> {
    let Some(format) = Format::of_path(&path) else {
        let known = ".html, .md, .csv, .json, .jsonl or .xml";
        return Err(format!("the format does not follow from the name; end it with {known}"));
    };
    let report = {
        let last = last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|it| it.0.clone())
    };
    let report = report.ok_or_else(|| "there is no report of this pre-flight".to_owned())?;
    let mut text = Vec::new();
    formats::write(&report, format, &mut text).map_err(|error| error.to_string())?;
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    files::write(path, crate::domain::Secret::new(text)).await
}

/// The screen as a run sees it.
struct Face {
    means: Means,
    answers: Answers,
    replies: UnboundedReceiver<Reply>,
    cancel: CancellationToken,
}

impl Face {
    fn report(&self, progress: Progress) {
        self.answers.send(Answer::Preflight(progress));
    }

    async fn checked(&mut self, wish: Wish, again: bool, last: &Last) -> Result<Ended, String> {
        let ways = self.means.services.preflight();
        let ways = ways.ok_or("no pre-flight can run here")?;
        let now = (self.means.clock)();
        let run = ways.means.run(self.means.backend.clone(), now, wish.offline);
        let run = run.map_err(|error| format!("{error}. {}", error.hint()))?;
        let whole = wish.only.is_empty() && !wish.offline;
        let selection =
            Selection { only: wish.only, offline: wish.offline, ..Selection::default() };
        let plan = preflight::prepare(&self.means.backend, &wish.which, &run, &selection);
        let plan = plan.await.map_err(|error| words(&error))?;
        self.report(Progress::Planned(Box::new(planned(&plan))));
        let (run, plan) = self.people(run, plan).await;
        self.agree(&run, &plan).await;
        let revisions = plan.revisions();
        let report = self.make(&run, plan).await;
        Ok(self.keep(ways.results, (report, revisions), (whole, again), last).await)
    }

    /// Lets people sign in whose sign-ins serve a tenant of the plan.
    async fn people(&mut self, run: Run, plan: Plan) -> (Run, Plan) {
        let waiting = preflight::waiting(&run, &plan).await;
        if waiting.is_empty() {
            return (run, plan);
        }
        let mut people = Vec::with_capacity(waiting.len());
        for mut it in waiting {
            if self.cancel.is_cancelled() {
                break;
            }
            let Ok(http) = run.http() else { break };
            let ask = SignIn {
                name: it.name.clone(),
                tenant: it.tenant.clone(),
                client: it.client_id.to_string(),
                scope: device_scope(),
                code: None,
            };
            let show = |code: Option<Code>| {
                let ask = Ask::SignIn(SignIn { code, ..ask.clone() });
                self.answers.send(Answer::Preflight(Progress::Asks(Some(Box::new(ask)))));
            };
            show(None);
            let clock = self.means.clock;
            let mut on_code = |code: &DeviceCode| {
                let lasts = i64::try_from(code.lasts).unwrap_or(i64::MAX);
                let ends = clock().saturating_add(jiff::SignedDuration::from_secs(lasts));
                let (url, ends) = (code.url.to_string(), ends.unwrap_or_else(|_| clock()));
                show(Some(Code { url, code: code.code.clone(), ends }));
            };
            let endpoints = run.endpoints(it.cloud);
            let signed_in = preflight::person(&http, &endpoints, &it, &mut on_code);
            let outcome = tokio::select! {
                biased;
                reply = skipped(&mut self.replies) => Err(reply),
                outcome = signed_in => Ok(outcome),
            };
            match (outcome, &mut it.who) {
                (Ok(Ok(found)), Who::Person { token, .. }) => *token = Some(found),
                (Ok(Ok(_)), Who::App(_)) => {}
                (Ok(Err(cause)), _) => {
                    let text = format!("Sign-in {}: {}.", shown(&it.name), shown(&cause.text));
                    self.report(Progress::Note(text));
                }
                (Err(Reply::Stop), _) => self.cancel.cancel(),
                (Err(Reply::SkipSignIn | Reply::Agree(_)), _) => {}
            }
            people.push(it);
        }
        self.report(Progress::Asks(None));
        preflight::signed_in(&run, plan, people)
    }

    /// Asks for each domain whether its stored accounts may sign in.
    async fn agree(&mut self, run: &Run, plan: &Plan) {
        if self.cancel.is_cancelled() || plan.sign_ins().is_empty() {
            return;
        }
        let found = tokio::select! {
            biased;
            () = stopped(&mut self.replies) => {
                self.cancel.cancel();
                return;
            }
            found = preflight::domains(run, plan) => found,
        };
        let mut agreed = BTreeSet::new();
        for domain in found {
            // The checks report why none was found.
            let Some(ask) = question(&domain) else { continue };
            self.report(Progress::Asks(Some(Box::new(Ask::Bind(ask)))));
            match self.replies.recv().await {
                Some(Reply::Agree(true)) => {
                    agreed.extend(domain.accounts.into_iter().map(|it| it.0))
                }
                Some(Reply::Stop) | None => {
                    self.cancel.cancel();
                    break;
                }
                Some(Reply::Agree(false) | Reply::SkipSignIn) => {}
            }
        }
        self.report(Progress::Asks(None));
        preflight::agree(run, agreed);
    }

    /// Makes the checks; ends at once when somebody says so.
    async fn make(&mut self, run: &Run, plan: Plan) -> Report {
        let answers = self.answers.clone();
        let mut on_line = |line: &Line| answers.send(Answer::Preflight(found(line)));
        let checks = preflight::preflight(run, plan, &self.cancel, &mut on_line);
        tokio::pin!(checks);
        tokio::select! {
            biased;
            report = &mut checks => return report,
            () = stopped(&mut self.replies) => self.cancel.cancel(),
        }
        checks.await
    }

    /// Keeps what came of it: the report for saving, and the results of those that were checked whole.
    /// A run that repeats some checks completes the one before.
    async fn keep(
        &self,
        results: preflight::Results,
        (report, mut revisions): (Report, HashMap<ConnectionId, u32>),
        (whole, again): (bool, bool),
        last: &Last,
    ) -> Ended {
        let before =
            if again { last.lock().unwrap_or_else(PoisonError::into_inner).take() } else { None };
        let (report, keeps, known) = match before {
            Some((before, known)) => {
                // What was changed in between was not checked whole as it is now.
                revisions.retain(|id, revision| known.get(id) == Some(revision));
                let complete = before.left_out == 0;
                (before.with(report), complete, known)
            }
            None => (report, whole, revisions.clone()),
        };
        let (kept, verdict) = (report.clone(), report.verdict().slug());
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some((report, known));
        if !keeps {
            return Ended { verdict, ..Ended::default() };
        }
        // The disk may be slow.
        let written = tokio::task::spawn_blocking(move || {
            let revision = |id: ConnectionId| revisions.get(&id).copied();
            let problem = results.keep(&kept, revision).err();
            (kept.kept(revision), problem)
        });
        match written.await {
            Ok((kept, problem)) => Ended { verdict, kept, problem },
            Err(_) => Ended {
                verdict,
                problem: Some("the results were not kept".to_owned()),
                ..Ended::default()
            },
        }
    }
}

/// Waits until a sign-in is skipped or the run is stopped.
async fn skipped(replies: &mut UnboundedReceiver<Reply>) -> Reply {
    loop {
        match replies.recv().await {
            Some(Reply::Agree(_)) => {}
            Some(reply @ (Reply::SkipSignIn | Reply::Stop)) => return reply,
            None => return Reply::Stop,
        }
    }
}

/// Waits until the run is stopped.
async fn stopped(replies: &mut UnboundedReceiver<Reply>) {
    while !matches!(replies.recv().await, Some(Reply::Stop) | None) {}
}

fn words(error: &BackendError) -> String {
    let hint = error.hint();
    if hint.is_empty() { format!("{error}.") } else { format!("{error}. {hint}") }
}

/// What is going to be checked, as values.
pub fn planned(plan: &Plan) -> Planned {
    let connections = plan.asked_of().map(|(of, checks)| Checked {
        id: of.connection,
        name: of.name.clone(),
        kind: of.kind,
        reaches: reaches(of),
        checks: checks
            .into_iter()
            .map(|it| Check {
                id: it.id,
                area: it.area,
                proves: it.proves,
                field: field(it.id, of),
                found: None,
            })
            .collect(),
    });
    Planned {
        connections: connections.collect(),
        listed_only: plan.listed_only,
        left_out: plan.left_out,
        at_once: AT_ONCE,
        limit: WHOLE,
    }
}

fn reaches(of: &Subject) -> String {
    let tenant = of.tenant.as_ref().map(|it| it.name.clone());
    tenant.or_else(|| of.domain().map(str::to_owned)).unwrap_or_default()
}

fn found(line: &Line) -> Progress {
    let it = &line.result;
    let found = Found {
        level: it.level,
        reason: line.reason(),
        text: it.found.clone(),
        fix: it.fix.clone(),
        took: it.took,
    };
    Progress::Found { connection: line.connection, check: it.check.clone(), found }
}

/// The question about a domain; `None`: no controller was found, so nobody signs in.
fn question(domain: &Domain) -> Option<Bind> {
    let hosts = domain.hosts.as_ref().ok()?;
    let accounts = domain.accounts.iter().map(|(account, many)| (account.name.clone(), *many));
    Some(Bind {
        domain: domain.name.clone(),
        hosts: hosts.iter().map(ToString::to_string).collect(),
        more: domain.more,
        accounts: accounts.collect(),
    })
}
