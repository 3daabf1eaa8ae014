//! Walks to AvePoint Fly one rung at a time, and says where it ended and why.

mod shape;
mod way;

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use url::Url;
use way::Stop;

use super::call::Caller;
use super::explain::read_failed;
use super::{FlyOptions, wire};
use crate::backend::BackendError;
use crate::backend::http::{HttpError, HttpErrorKind, HttpOptions, Request, Route};

/// A rung of the ladder, in the order in which they are climbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is known which way calls take: straight, or through a proxy.
    Route,
    /// The names of both hosts are known, or that of the proxy.
    Dns,
    /// Both hosts can be reached, or the proxy.
    Tcp,
    /// The proxy connects to both hosts.
    Proxy,
    /// The certificates of both hosts are trusted.
    Tls,
    /// The sign-in gives a token.
    Token,
    /// The list's first page can be read.
    FirstPage,
}

impl Step {
    /// Every rung, in order.
    pub const ALL: [Self; 7] =
        [Self::Route, Self::Dns, Self::Tcp, Self::Proxy, Self::Tls, Self::Token, Self::FirstPage];

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Dns => "host names",
            Self::Tcp => "connection",
            Self::Proxy => "proxy",
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
    let mut climb = Climb { options, caller: None, answers: Vec::new(), facts: Vec::new() };
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
    /// What hosts said without a token, as far as they were asked.
    answers: Vec<(&'a Url, Result<u16, HttpError>)>,
    /// For the report.
    facts: Vec<String>,
}

impl<'a> Climb<'a> {
    async fn step(&mut self, step: Step) -> Result<Reached, BackendError> {
        match step {
            Step::Route => self.route(),
            Step::Dns => self.dns().await,
            Step::Tcp => self.tcp().await,
            Step::Proxy => self.proxy().await,
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

    /// The way to each host.
    fn routes(&mut self) -> Result<Vec<(&'a Url, Route)>, BackendError> {
        let hosts = self.hosts();
        let http = &self.caller()?.http;
        let route = |url| http.route(url).map(|it| (url, it)).map_err(|it| read_failed(&it));
        hosts.into_iter().map(route).collect()
    }

    fn route(&mut self) -> Result<Reached, BackendError> {
        let routes = self.routes()?;
        let words = |route: &Route| match route {
            Route::Direct => "direct".to_owned(),
            Route::Proxy(place) => format!("through the proxy {place}"),
        };
        Ok(passed(match routes.as_slice() {
            [(_, api), (_, token)] if api != token => {
                format!("the API {}, the sign-in {}", words(api), words(token))
            }
            [(_, Route::Direct), ..] | [] => "direct, without a proxy".to_owned(),
            [(_, route), ..] => words(route),
        }))
    }

    /// What calls connect to first, each once.
    fn stops(&mut self) -> Result<Vec<Stop>, BackendError> {
        let mut stops: Vec<Stop> = self.routes()?.iter().map(|it| Stop::of(it.0, &it.1)).collect();
        stops.dedup();
        Ok(stops)
    }

    async fn dns(&mut self) -> Result<Reached, BackendError> {
        let stops = self.stops()?;
        for stop in &stops {
            stop.look_up().await.map_err(|it| read_failed(&it))?;
        }
        let proxy = stops.iter().all(|it| it.proxy);
        Ok(passed(if proxy { "the name of the proxy is known" } else { "both names are known" }))
    }

    async fn tcp(&mut self) -> Result<Reached, BackendError> {
        let stops = self.stops()?;
        for stop in &stops {
            let limit = self.options.http.connect_timeout;
            stop.connect(limit).await.map_err(|it| read_failed(&it))?;
        }
        let proxy = stops.iter().all(|it| it.proxy);
        Ok(passed(if proxy { "the proxy can be reached" } else { "both hosts can be reached" }))
    }

    async fn proxy(&mut self) -> Result<Reached, BackendError> {
        let mut connected = 0;
        for (url, route) in self.routes()? {
            if route == Route::Direct {
                continue;
            }
            // Whatever comes after the proxy is for the next rung.
            if let Err(error) = self.without_token(url).await?
                && error.kind.is_of_proxy()
            {
                return Err(read_failed(&error));
            }
            connected += 1;
        }
        Ok(match connected {
            0 => skipped("there is no proxy on the way"),
            1 => passed("it connects to the host that needs it"),
            _ => passed("it connects to both hosts"),
        })
    }

    async fn tls(&mut self) -> Result<Reached, BackendError> {
        let mut status = None;
        for url in self.hosts().into_iter().filter(|it| it.scheme() == "https") {
            let answer = self.without_token(url).await?.map_err(|it| read_failed(&it))?;
            status = status.or(Some(answer));
        }
        Ok(match status {
            Some(status) => passed(format!("trusted; {status} without a token")),
            None => skipped("plain http on this machine has none"),
        })
    }

    /// Asks a host without a token: any answer at all shows that the way is good. Each is asked
    /// once.
    async fn without_token(
        &mut self,
        url: &'a Url,
    ) -> Result<Result<u16, HttpError>, BackendError> {
        let known = self.answers.iter().find(|it| it.0.origin() == url.origin());
        if let Some((_, answer)) = known {
            return Ok(answer.clone());
        }
        let of_api = url == &self.options.settings.api;
        let caller = self.caller()?;
        let mut asked = if of_api { caller.at(super::CONNECTIONS) } else { url.clone() };
        if of_api {
            asked.query_pairs_mut().append_pair("top", "1");
        }
        let answer = match caller.http.send(&Request::get(asked), &CancellationToken::new()).await {
            Ok(answer) => Ok(answer.status),
            Err(error) => error.status.ok_or(error),
        };
        self.answers.push((url, answer.clone()));
        Ok(answer)
    }

    async fn token(&mut self) -> Result<Reached, BackendError> {
        self.caller()?.token().await?;
        let credential = self.options.settings.credential.label();
        Ok(passed(format!("signed in with the {credential}")))
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
