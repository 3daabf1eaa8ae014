//! How the bytes come from a server: over redirects and breaks, and by what RFC 9110 §13 and §14
//! let a server say of them.

use std::path::PathBuf;

use url::Url;

use super::part::{Note, Part};
use super::pump::{Pieces, Run};
use super::{AgentError, Step, on_disk};
use crate::backend::http::{Http, HttpError, HttpErrorKind, Request, Stream};
use crate::domain::agent::Checks;

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Breaks that are gone on after, in all; without progress the client's own limit ends it sooner.
const BREAKS: usize = 100;
/// Times that it is begun anew.
const ANEW: usize = 2;

/// Where the installer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Web(Url),
    File(PathBuf),
}

impl Source {
    pub(super) fn of(location: &str) -> Result<Self, AgentError> {
        if location.is_empty() {
            return Err(AgentError::Location("none is configured"));
        }
        if location.contains("://") {
            let url = Url::parse(location);
            return url.map(Self::Web).map_err(|_| AgentError::Location("it is no address"));
        }
        if location.starts_with("\\\\") && !cfg!(windows) {
            return Err(AgentError::Share);
        }
        Ok(Self::File(location.into()))
    }
}

/// A part that is whole.
pub(super) struct Whole {
    pub(super) part: Part,
    pub(super) host: Option<String>,
    pub(super) resumed_at: u64,
    pub(super) length_told: bool,
}

/// Why a try ended before the file was whole.
pub(super) enum Stop {
    /// For good.
    Failed(AgentError),
    /// The call broke; another may go on.
    Broke(HttpError),
    /// What is here does not fit what the server has now.
    Anew(&'static str),
}

impl From<AgentError> for Stop {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Http(error) => Self::Broke(error),
            other => Self::Failed(other),
        }
    }
}

impl From<HttpError> for Stop {
    fn from(error: HttpError) -> Self {
        Self::from(AgentError::from(error))
    }
}

/// What a download works with.
struct Call<'a> {
    http: &'a Http,
    url: &'a Url,
    run: &'a Run<'a>,
}

/// Fetches over the network. What came is kept for the next try unless it is of no use.
pub(super) async fn from_web(
    http: &Http,
    url: &Url,
    part: Part,
    run: &Run<'_>,
) -> Result<Whole, AgentError> {
    let call = Call { http, url, run };
    match call.until_whole(part).await {
        Ok(whole) => Ok(whole),
        Err((part, error)) => {
            let useless =
                matches!(error, AgentError::TooLarge { .. } | AgentError::NotTheFile { .. });
            if let Some(part) = part.filter(|it| useless || it.len == 0) {
                part.discard();
            }
            Err(error)
        }
    }
}

impl Call<'_> {
    /// Asks again after breaks, and anew when the file has changed.
    async fn until_whole(&self, mut part: Part) -> Result<Whole, (Option<Part>, AgentError)> {
        let mut resumed_at = part.len;
        let (mut attempt, mut breaks, mut anew) = (0, 0, 0);
        let mut host = String::new();
        loop {
            let before = part.len;
            let (back, end) = self.once(part, &mut host).await;
            part = back.ok_or((None, AgentError::Stopped))?;
            match end {
                Ok(length_told) => {
                    return Ok(Whole { part, host: Some(host), resumed_at, length_told });
                }
                Err(Stop::Failed(error)) => return Err((Some(part), error)),
                Err(Stop::Anew(why)) => {
                    anew += 1;
                    // A server that cannot make up its mind must not keep us for ever.
                    if anew > ANEW {
                        let what = "the file changes all the time";
                        return Err((Some(part), AgentError::NotTheFile { host, what }));
                    }
                    resumed_at = 0;
                    (self.run.told)(Step::Anew(why));
                    let cleared = on_disk(move || Ok((part.clear(), part))).await;
                    let (cleared, empty) = cleared.map_err(|error| (None, error))?;
                    part = empty;
                    if let Err(error) = cleared {
                        return Err((Some(part), error));
                    }
                }
                Err(Stop::Broke(error)) => {
                    attempt = if part.len > before { 0 } else { attempt };
                    breaks += 1;
                    if breaks > BREAKS || !self.wait(&error, attempt).await {
                        let error = match self.run.cancel.is_cancelled() {
                            true => AgentError::Stopped,
                            false => AgentError::Http(error),
                        };
                        return Err((Some(part), error));
                    }
                    attempt += 1;
                }
            }
        }
    }

    /// Waits before the next try; false when there shall be none.
    async fn wait(&self, error: &HttpError, attempt: u32) -> bool {
        let Some(delay) = self.http.retry_in(error, attempt) else { return false };
        (self.run.told)(Step::Again(error.to_string()));
        self.run.cancel.run_until_cancelled(self.http.wait(delay)).await.is_some()
    }

    /// One request, as far as it gets. The part comes back unless its thread is gone.
    async fn once(&self, part: Part, host: &mut String) -> (Option<Part>, Result<bool, Stop>) {
        if part.len > 0 && part.note.validator().is_none() {
            let why = "the server does not tell whether the file is still the same";
            return (Some(part), Err(Stop::Anew(why)));
        }
        let stream = match self.ask(&part, host).await {
            Ok(stream) => stream,
            Err(stop) => return (Some(part), Err(stop)),
        };
        let total = match answer(&stream, &part, self.run.checks) {
            Ok(Answer::Whole) => return (Some(part), Ok(true)),
            Ok(Answer::Body { total }) => total,
            Err(stop) => return (Some(part), Err(stop)),
        };
        if part.len > 0 {
            (self.run.told)(Step::Resumed(part.len));
        }
        let note = (part.len == 0).then(|| note_of(&stream, total));
        let mut pieces = Pieces::Web(Box::new(stream));
        let (part, end) = self.run.pump(part, note, &mut pieces, total).await;
        let Err(stop) = end else {
            let whole = part.as_ref().map_or(0, |it| it.len);
            // A body that ends early without an error is a break like any other.
            if total.is_some_and(|total| whole < total) {
                let broken = HttpError::new(HttpErrorKind::Broken, host);
                return (part, Err(Stop::Broke(broken)));
            }
            return (part, Ok(total.is_some()));
        };
        (part, Err(stop))
    }

    /// Sends the request and follows redirects. No credentials: neither sent nor in an address.
    async fn ask(&self, part: &Part, host: &mut String) -> Result<Stream, Stop> {
        let mut url = self.url.clone();
        for _ in 0..=REDIRECTS {
            let mut request = Request::get(url.clone());
            if let (true, Some(validator)) = (part.len > 0, part.note.validator()) {
                request = request
                    .header("range", format!("bytes={}-", part.len))
                    .header("if-range", validator);
            }
            let stream = self.http.open(&request, self.run.cancel).await?;
            if !(300..400).contains(&stream.status) {
                if *host != stream.host() {
                    stream.host().clone_into(host);
                    (self.run.told)(Step::From(host.clone()));
                }
                return Ok(stream);
            }
            match (stream.status, stream.location()) {
                (301 | 302 | 303 | 307 | 308, Some(next)) => url = next,
                _ => {
                    let error = HttpError::new(HttpErrorKind::Redirected, stream.host());
                    return Err(Stop::Failed(AgentError::Http(error)));
                }
            }
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Err(Stop::Failed(AgentError::Redirects { host, limit: REDIRECTS }))
    }
}

/// What a server's answer means for the part.
enum Answer {
    /// There is nothing more to come.
    Whole,
    /// The rest, or all of it.
    Body { total: Option<u64> },
}

fn answer(stream: &Stream, part: &Part, checks: &Checks) -> Result<Answer, Stop> {
    const CHANGED: &str = "the file has changed, or the server does not go on where it stopped";
    let range = stream.header("content-range");
    let total = match stream.status {
        416 if part.len == 0 => return Err(unexpected(stream)),
        // RFC 9110 §15.5.17: the server had checked If-Range and names its length.
        416 if range.and_then(unsatisfied) == Some(part.len) => return Ok(Answer::Whole),
        416 => return Err(Stop::Anew("the server has less than what is here")),
        206 if part.len == 0 => return Err(unexpected(stream)),
        206 => match range.and_then(satisfied) {
            Some((first, total)) if first == part.len && same(stream, &part.note, total) => total,
            _ => return Err(Stop::Anew(CHANGED)),
        },
        200 if part.len > 0 => return Err(Stop::Anew(CHANGED)),
        200 => stream.length,
        _ => return Err(unexpected(stream)),
    };
    let what = |what| Stop::Failed(AgentError::NotTheFile { host: stream.host().into(), what });
    let kind = stream.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.starts_with("text/html") {
        return Err(what("a web page came in place of the installer"));
    }
    if stream.header("content-encoding").is_some_and(|it| !it.eq_ignore_ascii_case("identity")) {
        return Err(what("the file came packed, which was not asked for"));
    }
    if stream.status == 200 && total == Some(0) {
        return Err(what("the file is empty"));
    }
    if total.is_some_and(|it| it > checks.max_bytes) {
        return Err(AgentError::TooLarge { limit: checks.max_bytes }.into());
    }
    Ok(Answer::Body { total })
}

fn unexpected(stream: &Stream) -> Stop {
    Stop::Failed(AgentError::Http(HttpError {
        status: Some(stream.status),
        ..HttpError::new(HttpErrorKind::Status, stream.host())
    }))
}

/// Whether a partial answer belongs to the file that was begun: what it repeats must be equal.
fn same(stream: &Stream, note: &Note, total: Option<u64>) -> bool {
    let tag = stream.header("etag").filter(|it| !it.starts_with("W/"));
    let equal = |new: Option<&str>, old: Option<&str>| match (new, old) {
        (Some(new), Some(old)) => new == old,
        _ => true,
    };
    let lengths = total.zip(note.total).is_none_or(|(new, old)| new == old);
    lengths && equal(tag, note.etag.as_deref())
}

/// `bytes 100-199/200` or `bytes 100-199/*`: the first byte and the whole length.
fn satisfied(range: &str) -> Option<(u64, Option<u64>)> {
    let (span, total) = range.trim().strip_prefix("bytes ")?.split_once('/')?;
    let first = span.split_once('-')?.0.trim().parse().ok()?;
    Some((first, total.trim().parse().ok()))
}

/// `bytes */200`: the whole length.
fn unsatisfied(range: &str) -> Option<u64> {
    range.trim().strip_prefix("bytes */")?.parse().ok()
}

/// What the server says of the file, to ask by it later. A weak tag does not tell bytes apart.
fn note_of(stream: &Stream, total: Option<u64>) -> Note {
    let text = |name: &str| stream.header(name).map(str::to_owned);
    let etag = text("etag").filter(|it| !it.starts_with("W/"));
    Note { etag, modified: text("last-modified"), total, ..Note::default() }
}
