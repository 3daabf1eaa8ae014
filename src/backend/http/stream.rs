//! A body that is too large to be held: read piece by piece, by whoever keeps it.

use std::time::Duration;

use reqwest::header;
use tokio_util::sync::CancellationToken;

use super::error::{self, clean};
use super::note::Note;
use super::retry;
use super::{Http, HttpError, HttpErrorKind, Request, Route, Verb};
use crate::domain::Timestamp;
use url::Url;

/// An answer whose body has not been read. Dropping it ends the request.
pub struct Stream {
    /// Status: 200 to 399.
    pub status: u16,
    /// Bytes that the body has, where the server says so.
    pub length: Option<u64>,
    response: reqwest::Response,
    host: String,
    url: Url,
    route: Route,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({} from {})", self.status, self.host)
    }
}

impl Stream {
    /// A header of the answer, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|it| it.to_str().ok())
    }

    /// Host that answered.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where a redirect leads; `None` when it leads nowhere that can be understood.
    pub fn location(&self) -> Option<Url> {
        self.url.join(self.header("location")?).ok()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`HttpErrorKind::Broken`] and its like; [`HttpErrorKind::Cancelled`].
    pub async fn chunk(
        &mut self,
        cancel: &CancellationToken,
    ) -> Result<Option<Vec<u8>>, HttpError> {
        let host = self.host.clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(HttpError::new(HttpErrorKind::Cancelled, &host)),
            piece = self.response.chunk() => piece
                .map(|it| it.map(Into::into))
                .map_err(|e| error::of_transport(&e, &host, &self.route)),
        }
    }
}

/// Any file, and as it lies there: its digest is that of the file, not of a packed body.
fn as_it_is() -> header::HeaderMap {
    let mut headers = header::HeaderMap::new();
    headers.insert(header::ACCEPT, header::HeaderValue::from_static("*/*"));
    headers.insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity"));
    headers
}

impl Http {
    /// A client for files: it leaves bodies as they are.
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn for_files(options: super::HttpOptions) -> Result<Self, HttpError> {
        Self::build(options, false)
    }

    /// Sends a read once and gives its answer before the body: a success, or a redirect, which
    /// the caller may follow. No token or secret may be in the request.
    ///
    /// # Errors
    /// [`HttpError`] for any other status and for what fails below HTTP.
    pub async fn open(
        &self,
        request: &Request,
        cancel: &CancellationToken,
    ) -> Result<Stream, HttpError> {
        let note = Note::of(request, 1);
        let answer = self.open_quietly(request, cancel).await;
        if let Some(note) = note {
            match &answer {
                Ok(stream) => note.answered(stream.status, None),
                Err(error) => note.failed(error),
            }
        }
        answer
    }

    async fn open_quietly(
        &self,
        request: &Request,
        cancel: &CancellationToken,
    ) -> Result<Stream, HttpError> {
        let host = request.host();
        if let Err(kind) = self.check_url(&request.url) {
            return Err(HttpError::new(kind, &host));
        }
        let route = self.route(&request.url)?;
        debug_assert!(request.verb == Verb::Get && request.bearer.is_none());
        let response = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(HttpError::new(HttpErrorKind::Cancelled, &host)),
            response = self.prepared(request).headers(as_it_is()).send() => {
                response.map_err(|e| error::of_transport(&e, &host, &route))?
            }
        };
        let status = response.status().as_u16();
        let text = |name: header::HeaderName| {
            response.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
        };
        if (200..400).contains(&status) {
            let length = text(header::CONTENT_LENGTH).and_then(|it| it.parse().ok());
            return Ok(Stream { status, length, response, host, url: request.url.clone(), route });
        }
        let date = text(header::DATE).and_then(|it| retry::http_date(&it));
        let wait = text(header::RETRY_AFTER)
            .and_then(|it| retry::retry_after(&it, date.unwrap_or_else(Timestamp::now)));
        let id = response.headers().get("x-request-id").and_then(|it| it.to_str().ok());
        Err(HttpError {
            status: Some(status),
            request_id: id.map(|it| clean(it, &[]).into()),
            retry_after: wait.map(|it| it.as_secs()),
            ..HttpError::new(HttpErrorKind::of_status(status), &host)
        })
    }

    /// How long to wait before a read is tried again, as this client does for its own; `attempt`
    /// counts from 0. `None` when it is not worth it: too many attempts, a failure that will stay,
    /// a wait longer than allowed.
    pub fn retry_in(&self, error: &HttpError, attempt: u32) -> Option<Duration> {
        let again = error.kind.is_transient() || error.kind == HttpErrorKind::Stalled;
        if !again || attempt >= self.options.retries {
            return None;
        }
        let delay = match error.retry_after {
            Some(seconds) => Duration::from_secs(seconds),
            None => retry::backoff(attempt, retry::chance()),
        };
        (delay <= self.options.max_wait).then_some(delay)
    }
}
