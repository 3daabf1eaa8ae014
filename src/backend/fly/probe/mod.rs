//! Walks to AvePoint Fly one rung at a time, and says where it ended and why.

mod shape;

use std::io;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use super::call::Caller;
use super::explain::read_failed;
use super::{FlyCredential, FlyOptions, wire};
use crate::backend::BackendError;
use crate::backend::http::{HttpError, HttpErrorKind, HttpOptions, Request};

/// A rung of the ladder, in the order in which they are climbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The names of both hosts are known.
    Dns,
    /// Both hosts can be reached.
    Tcp,
    /// The API's certificate is trusted.
    Tls,
    /// The sign-in gives a token.
    Token,
    /// The list's first page can be read.
    FirstPage,
}

impl Step {
    /// Every rung, in order.
    pub const ALL: [Self; 5] = [Self::Dns, Self::Tcp, Self::Tls, Self::Token, Self::FirstPage];

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Dns => "host names",
            Self::Tcp => "connection",
            Self::Tls => "certificate",
            Self::Token => "sign-in",
            Self::FirstPage => "first page",
        }
    }
}

/// How a rung went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RungOutcome {
    /// Reached.
    Passed,
    /// Not tried apart, because of what the detail says.
    Skipped,
    /// Here it ended.
    Failed,
}

/// One rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// Which.
    pub step: Step,
    /// How it went.
    pub outcome: RungOutcome,
    /// What was found, in one line.
    pub detail: String,
    /// What to do, when it failed; else empty.
    pub hint: String,
    /// How long it took.
    pub took: Duration,
}

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProbeReport {
    /// The rungs that were tried; the last one failed, if any.
    pub rungs: Vec<Rung>,
    /// Whether it ended because the service did not let us in: exit code 4.
    pub auth: bool,
    /// The lines of [`Self::redacted`].
    facts: Vec<String>,
}

impl ProbeReport {
    /// Whether every rung was reached.
    pub fn passed(&self) -> bool {
        self.rungs.len() == Step::ALL.len() && self.failed().is_none()
    }

    /// The rung at which it ended.
    pub fn failed(&self) -> Option<&Rung> {
        self.rungs.iter().find(|it| it.outcome == RungOutcome::Failed)
    }

    /// The report as text that can be sent to others: statuses, names of headers, keys and types of
    /// the JSON, counts, numbers of enums and times taken. No names, no ids, no addresses but those
    /// of the presets, and no secrets.
    pub fn redacted(&self) -> String {
        let mut text = format!(
            "jetbridge {}: report of a context, without names, ids and secrets\n",
            env!("CARGO_PKG_VERSION")
        );
        for fact in &self.facts {
            text.push_str(fact);
            text.push('\n');
        }
        text
    }
}

/// Climbs the rungs until one fails; each is told as soon as it is done. What is asked of the
/// service is what reading the list asks: a token, and the first page.
pub async fn probe(
    options: &FlyOptions,
    cancel: &CancellationToken,
    on_rung: &mut dyn FnMut(&Rung),
) -> ProbeReport {
    let mut report = ProbeReport::default();
    report.facts.push(shape::addresses(&options.settings));
    let mut climb = Climb { options, caller: None, direct: None, facts: Vec::new() };
    for step in Step::ALL {
        let started = Instant::now();
        let reached = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(BackendError::Cancelled),
            reached = climb.step(step) => reached,
        };
        let took = started.elapsed();
        let rung = match reached {
            Ok(Reached { outcome, detail }) => {
                Rung { step, outcome, detail, hint: String::new(), took }
            }
            Err(error) => {
                report.auth = matches!(error, BackendError::SignIn(_) | BackendError::Forbidden(_));
                climb.facts.push(shape::failure(&error));
                let (detail, hint) = (error.to_string(), error.hint());
                Rung { step, outcome: RungOutcome::Failed, detail, hint, took }
            }
        };
        let done = rung.outcome == RungOutcome::Failed;
        report.facts.push(shape::rung(&rung));
        report.facts.append(&mut climb.facts);
        on_rung(&rung);
        report.rungs.push(rung);
        if done {
            break;
        }
    }
    report
}

/// A rung that did not fail.
struct Reached {
    outcome: RungOutcome,
    detail: String,
}

fn passed(detail: impl Into<String>) -> Reached {
    Reached { outcome: RungOutcome::Passed, detail: detail.into() }
}

fn skipped(detail: impl Into<String>) -> Reached {
    Reached { outcome: RungOutcome::Skipped, detail: detail.into() }
}

/// Somebody on the ladder.
struct Climb<'a> {
    options: &'a FlyOptions,
    caller: Option<Caller>,
    /// Why the service cannot be reached without a proxy, if it cannot.
    direct: Option<&'static str>,
    /// For the report.
    facts: Vec<String>,
}

impl<'a> Climb<'a> {
    async fn step(&mut self, step: Step) -> Result<Reached, BackendError> {
        match step {
            Step::Dns => self.dns().await,
            Step::Tcp => self.tcp().await,
            Step::Tls => self.tls().await,
            Step::Token => self.token().await,
            Step::FirstPage => self.first_page().await,
        }
    }

    /// The caller, made once. Nothing is tried twice: whoever tests wants to know now.
    fn caller(&mut self) -> Result<&Caller, BackendError> {
        if self.caller.is_none() {
            let http = HttpOptions { retries: 0, ..self.options.http.clone() };
            self.caller = Some(Caller::new(super::client(&http)?, self.options));
        }
        self.caller.as_ref().ok_or(BackendError::Cancelled)
    }

    fn hosts(&self) -> [&'a Url; 2] {
        [&self.options.settings.api, &self.options.settings.token_url]
    }

    async fn dns(&mut self) -> Result<Reached, BackendError> {
        for url in self.hosts() {
            let Some(Host::Domain(name)) = url.host() else { continue };
            if tokio::net::lookup_host((name, port(url))).await.is_err() {
                return self.unless_by_proxy(url, HttpErrorKind::Dns).await;
            }
        }
        Ok(passed("both names are known"))
    }

    async fn tcp(&mut self) -> Result<Reached, BackendError> {
        if let Some(why) = self.direct {
            return Ok(skipped(why));
        }
        for url in self.hosts() {
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            let connect = tokio::net::TcpStream::connect((host, port(url)));
            let kind = match tokio::time::timeout(self.options.http.connect_timeout, connect).await
            {
                Ok(Ok(_)) => continue,
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    HttpErrorKind::Refused
                }
                Ok(Err(_)) => HttpErrorKind::Broken,
                Err(_) => HttpErrorKind::ConnectTimeout,
            };
            return self.unless_by_proxy(url, kind).await;
        }
        Ok(passed("both hosts can be reached"))
    }

    /// A failure, unless the API is reached all the same: then a proxy leads there, and only the
    /// HTTP client knows it.
    async fn unless_by_proxy(
        &mut self,
        url: &Url,
        kind: HttpErrorKind,
    ) -> Result<Reached, BackendError> {
        let error = HttpError::new(kind, url.host_str().unwrap_or_default());
        let own = url == &self.options.settings.api;
        if own && self.without_token().await.is_ok() {
            let why = "a proxy leads there, so it is not tried apart";
            self.direct = Some(why);
            return Ok(skipped(why));
        }
        Err(read_failed(&error))
    }

    async fn tls(&mut self) -> Result<Reached, BackendError> {
        if self.options.settings.api.scheme() != "https" {
            return Ok(skipped("plain http on this machine has none"));
        }
        let status = self.without_token().await?;
        Ok(passed(format!("trusted; {status} without a token")))
    }

    /// Asks for the list without a token: any answer at all shows that the way is good.
    async fn without_token(&mut self) -> Result<u16, BackendError> {
        let caller = self.caller()?;
        let mut url = caller.at(super::CONNECTIONS);
        url.query_pairs_mut().append_pair("top", "1");
        match caller.http.send(&Request::get(url), &CancellationToken::new()).await {
            Ok(answer) => Ok(answer.status),
            Err(error) => error.status.ok_or_else(|| read_failed(&error)),
        }
    }

    async fn token(&mut self) -> Result<Reached, BackendError> {
        self.caller()?.token().await?;
        Ok(passed(match self.options.settings.credential {
            FlyCredential::Secret(_) => "signed in with the secret",
            FlyCredential::Certificate(_) => "signed in with the certificate",
        }))
    }

    async fn first_page(&mut self) -> Result<Reached, BackendError> {
        let caller = self.caller()?;
        let mut url = caller.at(super::CONNECTIONS);
        url.query_pairs_mut()
            .append_pair("sortBy", "name")
            .append_pair("sortOrder", "0")
            .append_pair("top", "200")
            .append_pair("skip", "0");
        let answer = caller.get(&url).await?;
        self.facts.push(shape::answer(&answer, &url));
        let page = answer.json().ok().and_then(wire::envelope).ok_or_else(|| {
            read_failed(&HttpError {
                status: Some(answer.status),
                request_id: answer.request_id.clone(),
                ..HttpError::new(HttpErrorKind::NotJson, url.host_str().unwrap_or_default())
            })
        })?;
        let here = page.items.len();
        Ok(passed(match page.total {
            Some(total) => format!("{here} of {total} connections came"),
            None => format!("{here} connections came; the total is not told"),
        }))
    }
}

fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or(443)
}
