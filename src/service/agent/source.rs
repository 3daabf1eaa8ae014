//! Where an installer comes from: a server, over redirects, or a path.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use url::Url;

use super::{AgentError, Download, Step, on_disk};
use crate::backend::http::{Http, HttpError, HttpErrorKind, Request, Stream};
use crate::files::{Doing, FileError, Why};

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Bytes that are read from a path at once.
const PIECE: u64 = 256 << 10;

/// Where the installer is.
#[derive(Debug)]
pub(super) enum Source {
    Web(Box<Http>, Url),
    File(PathBuf),
}

/// Pieces of it to come.
pub(super) enum Pieces {
    Web(Box<Stream>),
    File(File, PathBuf),
}

/// An installer that can be read.
pub(super) struct Opened {
    pub(super) pieces: Pieces,
    /// Length, where it is known.
    pub(super) total: Option<u64>,
    /// Host that gives it.
    pub(super) host: Option<String>,
}

impl Source {
    pub(super) fn of(
        location: &str,
        http: impl FnOnce() -> Result<Http, HttpError>,
    ) -> Result<Self, AgentError> {
        if location.is_empty() {
            return Err(AgentError::Location("none is configured"));
        }
        if location.contains("://") {
            let url =
                Url::parse(location).map_err(|_| AgentError::Location("it is not an address"))?;
            return Ok(Self::Web(Box::new(http()?), url));
        }
        if location.starts_with("\\\\") {
            return Err(AgentError::Share);
        }
        Ok(Self::File(location.into()))
    }

    /// How long to wait before another try, and what waits; `None` when it is not worth it.
    pub(super) fn retry_in(&self, error: &HttpError, attempt: u32) -> Option<(&Http, Duration)> {
        let Self::Web(http, _) = self else { return None };
        Some((http, http.retry_in(error, attempt)?))
    }

    pub(super) async fn open(&self, run: &Download<'_>) -> Result<Opened, AgentError> {
        let limit = run.order.checks.max_bytes;
        let opened = match self {
            Self::Web(http, url) => from_web(http, url, run).await?,
            Self::File(path) => {
                let path = path.clone();
                on_disk(move || from_file(path)).await?
            }
        };
        match opened.total {
            Some(total) if total > limit => Err(AgentError::TooLarge { limit }),
            _ => Ok(opened),
        }
    }
}

impl Pieces {
    pub(super) async fn next(
        &mut self,
        cancel: &CancellationToken,
    ) -> Result<Option<Vec<u8>>, AgentError> {
        match self {
            Self::Web(stream) => Ok(stream.chunk(cancel).await?),
            Self::File(..) if cancel.is_cancelled() => Err(AgentError::Stopped),
            Self::File(file, path) => {
                let failed = |error: &std::io::Error| AgentError::read(path, error);
                let file = file.try_clone().map_err(|error| failed(&error))?;
                let mut piece = Vec::new();
                let read = tokio::task::spawn_blocking(move || {
                    file.take(PIECE).read_to_end(&mut piece).map(|_| piece)
                });
                let piece = read.await.map_err(|_| AgentError::Stopped)?;
                let piece = piece.map_err(|error| failed(&error))?;
                Ok((!piece.is_empty()).then_some(piece))
            }
        }
    }
}

/// A pipe would be waited for, for ever: only a plain file is opened.
fn from_file(path: PathBuf) -> Result<Opened, AgentError> {
    let failed = |error: std::io::Error| AgentError::read(&path, &error);
    let known = std::fs::metadata(&path).map_err(failed)?;
    if !known.is_file() {
        let why = if known.is_dir() { Why::Folder } else { Why::NotPlain("a pipe or device") };
        return Err(FileError::new(&path, Doing::Read, why).into());
    }
    let file = File::open(&path).map_err(failed)?;
    Ok(Opened { pieces: Pieces::File(file, path), total: Some(known.len()), host: None })
}

/// Sends the request and follows redirects. No credentials: neither sent nor in an address.
async fn from_web(http: &Http, url: &Url, run: &Download<'_>) -> Result<Opened, AgentError> {
    let mut url = url.clone();
    for _ in 0..=REDIRECTS {
        let stream = http.open(&Request::get(url.clone()), run.cancel).await?;
        match (stream.status, stream.location()) {
            (200, _) => {
                let (host, total) = (stream.host().to_owned(), stream.length);
                if let Some(what) = not_the_file(&stream) {
                    return Err(AgentError::NotTheFile { host, what });
                }
                (run.report)(Step::From(host.clone()));
                return Ok(Opened {
                    pieces: Pieces::Web(Box::new(stream)),
                    total,
                    host: Some(host),
                });
            }
            (301 | 302 | 303 | 307 | 308, Some(next)) => {
                same_host(&url, &next, run)?;
                url = next;
            }
            (300..400, _) => {
                return Err(HttpError::new(HttpErrorKind::Redirected, stream.host()).into());
            }
            (status, _) => {
                let error = HttpError::new(HttpErrorKind::Status, stream.host());
                return Err(HttpError { status: Some(status), ..error }.into());
            }
        }
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    Err(AgentError::Redirects { host, limit: REDIRECTS })
}

/// Without a digest the file is whatever a host gives, so only the host that was named may give it.
fn same_host(url: &Url, next: &Url, run: &Download<'_>) -> Result<(), AgentError> {
    if run.order.checks.sha256.is_some() || url.origin() == next.origin() {
        return Ok(());
    }
    let host = |it: &Url| it.host_str().unwrap_or_default().to_owned();
    Err(AgentError::OtherHost { from: host(url), to: host(next) })
}

/// What came in place of a file.
fn not_the_file(stream: &Stream) -> Option<&'static str> {
    let kind = stream.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let packed = |it: &str| !it.eq_ignore_ascii_case("identity");
    if kind.starts_with("text/html") {
        Some("a web page was sent in place of the installer")
    } else if stream.header("content-encoding").is_some_and(packed) {
        Some("the file was sent compressed, which was not requested")
    } else {
        (stream.length == Some(0)).then_some("the file is empty")
    }
}
