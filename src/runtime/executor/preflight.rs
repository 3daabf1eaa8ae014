//! A pre-flight for the screen: the same use case as on the command line, reported as it goes on. What
//! it waits for comes as a reply.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::{Answers, Means, files};
use crate::app::Answer;
use crate::app::preflight::{
    Ask, Bind, Check, Checked, Code, Ended, Found, Plan as Planned, Progress, Rejudged, Reply,
    SignIn, Waive, Wish,
};
use crate::audit::format::Format;
use crate::audit::waiver::{CheckOf, Grant};
use crate::backend::BackendError;
use crate::backend::graph::{DeviceCode, device_scope};
use crate::checks::preflight::{Run, Subject, Who, field};
use crate::domain::ConnectionId;
use crate::service::preflight::{
    self, AT_ONCE, Domain, Line, Plan, Report, Selection, WHOLE, Waived, formats,
};
use crate::text::{counted, shown};

/// The last run.
pub(super) type Last = Arc<Mutex<Option<Ran>>>;

/// A run that has ended.
#[derive(Debug, Clone)]
pub(super) struct Ran {
    report: Report,
    /// The revision of each connection that was checked.
    revisions: HashMap<ConnectionId, u32>,
    /// Whether its results are kept: everything was checked.
    keeps: bool,
}

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
        last.as_ref().map(|it| it.report.clone())
    };
    let report = report.ok_or_else(|| "there is no report of this pre-flight".to_owned())?;
    let mut text = Vec::new();
    formats::write(&report, format, &mut text).map_err(|error| error.to_string())?;
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    files::write(path, crate::domain::Secret::new(text)).await
}

/// Waives a check, or takes that back, and judges the last report again by the file as it is then.
pub(super) async fn waive(means: Means, it: Waive, last: Last) -> Result<Rejudged, String> {
    let ways = means.services.preflight().ok_or("no pre-flight can be made here")?;
    let now = (means.clock)();
    let file = ways.waivers.clone();
    // The disk may be slow.
    let written = tokio::task::spawn_blocking(move || {
        let Waive { connection, name, check, grant } = it;
        let of = CheckOf { check, connection, name };
        match grant {
            Some((reason, expires)) => {
                let today = now.to_zoned(TimeZone::UTC).date();
                let grant = Grant::new(&reason, today, expires)?;
                file.put(&of, &grant).map_err(|error| error.to_string())?;
            }
            None => _ = file.remove(&of).map_err(|error| error.to_string())?,
        }
        file.read().map_err(|error| error.to_string())
    });
    let written = written.await.map_err(|_| "the waiver was not saved".to_owned())?;
    let waived = Waived(written?);
    let ran = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(ran) = ran else { return Ok(Rejudged::default()) };
    let (report, changed) = ran.report.waived(&waived, now);
    let changed = changed
        .iter()
        .map(|line| (line.connection, line.result.check.clone(), found(line)))
        .collect();
    let ended = keep(ways.results, Ran { report, ..ran }, &last).await;
    Ok(Rejudged { changed, ended })
}

/// Keeps what came of a run: the report for saving, and the results where everything was checked.
async fn keep(results: preflight::Results, ran: Ran, last: &Last) -> Ended {
    let verdict = ran.report.verdict().slug();
    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(ran.clone());
    if !ran.keeps {
        return Ended { verdict, ..Ended::default() };
    }
    // The disk may be slow.
    let written = tokio::task::spawn_blocking(move || {
        let revision = |id: ConnectionId| ran.revisions.get(&id).copied();
        let problem = results.keep(&ran.report, revision).err();
        (ran.report.kept(revision), problem)
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
        let mut plan = plan.await.map_err(|error| words(&error))?;
        plan.waived = Waived(ways.waivers.read().map_err(|error| error.to_string())?);
        self.report(Progress::Planned(Box::new(planned(&plan))));
        let (run, plan) = self.people(run, plan).await;
        self.agree(&run, &plan).await;
        let revisions = plan.revisions();
        let waived = plan.waived.clone();
        let report = self.make(&run, plan).await;
        if let [first, rest @ ..] = waived.idle(&report).as_slice() {
            let more = match rest.len() {
                0 => String::new(),
                many => format!(", and {}", counted(many, "more waiver")),
            };
            self.report(Progress::Note(format!("Note: {first}{more}.")));
        }
        let before =
            if again { last.lock().unwrap_or_else(PoisonError::into_inner).take() } else { None };
        // A run that repeats some checks completes the one before.
        let ran = match before {
            Some(before) => Ran { report: before.report.with(report), ..before },
            None => Ran { report, revisions, keeps: whole },
        };
        Ok(keep(ways.results, ran, last).await)
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
                (Ok(found), Who::Person { token, .. }) => {
                    if let Err(cause) = &found {
                        let text = format!("Sign-in {}: {}.", shown(&it.name), shown(&cause.text));
                        self.report(Progress::Note(text));
                    }
                    *token = Some(found);
                }
                (Ok(_), Who::App(_)) => {}
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
        let mut on_line = |line: &Line| answers.send(Answer::Preflight(progress(line)));
        let checks = preflight::preflight(run, plan, &self.cancel, &mut on_line);
        tokio::pin!(checks);
        tokio::select! {
            biased;
            report = &mut checks => return report,
            () = stopped(&mut self.replies) => self.cancel.cancel(),
        }
        checks.await
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

fn progress(line: &Line) -> Progress {
    Progress::Found {
        connection: line.connection,
        check: line.result.check.clone(),
        found: found(line),
    }
}

fn found(line: &Line) -> Found {
    let it = &line.result;
    Found {
        level: it.level,
        reason: line.reason(),
        text: it.found.clone(),
        fix: it.fix.clone(),
        took: it.took,
        waived: line.waived().map(|(reason, day)| (reason.to_owned(), day)),
    }
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
