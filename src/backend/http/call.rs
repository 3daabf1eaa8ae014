//! One call: attempts, waits, the bounded body.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::error::{self, clean};
use super::note::Note;
use super::retry;
use super::{Answer, Body, Http, HttpError, HttpErrorKind, Request, Verb};
use crate::domain::Timestamp;

/// Error bodies are read up to this many bytes; the rest says nothing more.
const MAX_ERROR_BODY: usize = 64 << 10;

impl Http {
    /// Sends a request and reads the answer. Reads are tried again after 429, 5xx and broken
    /// connections, as long as the total time allows; writes never are.
    ///
    /// # Errors
    /// [`HttpError`]; [`HttpErrorKind::Cancelled`] as soon as `cancel` says so.
    pub async fn send(
        &self,
        request: &Request,
        cancel: &CancellationToken,
    ) -> Result<Answer, HttpError> {
        let host = request.host();
        if let Err(kind) = self.check_url(&request.url) {
            return Err(HttpError::new(kind, &host));
        }
        let work = tokio::time::timeout(self.options.total, self.attempts(request));
        // Leaving either branch drops the request, which closes its connection.
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(HttpError::new(HttpErrorKind::Cancelled, &host)),
            done = work => match done {
                Ok(answer) => answer,
                Err(_) => Err(HttpError::new(HttpErrorKind::Deadline, &host)),
            },
        }
    }

    async fn attempts(&self, request: &Request) -> Result<Answer, HttpError> {
        let started = Instant::now();
        let mut noted = Duration::ZERO;
        let mut attempt = 0;
        loop {
            let note = Note::of(request, attempt + 1);
            let error = match reported(note, self.once(request).await) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let asked = error.kind == HttpErrorKind::Throttled || error.retry_after.is_some();
            let again = request.verb == Verb::Get
                && error.kind.is_transient()
                && (self.options.retry_throttled || !asked);
            if !again || attempt >= self.options.retries {
                return Err(error);
            }
            let delay = match error.retry_after {
                Some(seconds) => Duration::from_secs(seconds),
                None => retry::backoff(attempt, retry::chance()),
            };
            // Coming back sooner than asked only prolongs the throttling, and a wait beyond the
            // deadline is a wait for nothing.
            if delay > self.options.max_wait
                || started.elapsed() + noted + delay >= self.options.total
            {
                return Err(error);
            }
            noted += self.pause.wait(delay).await;
            attempt += 1;
        }
    }

    async fn once(&self, request: &Request) -> Result<Answer, HttpError> {
        let host = request.host();
        let route = self.route(&request.url)?;
        let failed = |e: &reqwest::Error| error::of_transport(e, &host, &route);
        let mut response = self.prepared(request).send().await.map_err(|e| failed(&e))?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
        };
        let secrets = request.secrets();
        let request_id = ["request-id", "x-ms-request-id", "client-request-id", "x-request-id"]
            .iter()
            .find_map(|name| header(name))
            .map(|it| clean(&it, &secrets).into_boxed_str());
        let date = header("date").and_then(|it| retry::http_date(&it));
        let wait = header("retry-after")
            .and_then(|it| retry::retry_after(&it, date.unwrap_or_else(Timestamp::now)));
        let header_names: Vec<Box<str>> =
            response.headers().keys().map(|it| it.as_str().into()).collect();
        let success = (200..300).contains(&status);
        let limit = if success { self.options.max_body } else { MAX_ERROR_BODY };
        let body = match read(&mut response, limit).await {
            Ok(body) => body,
            Err(_) if !success => Vec::new(),
            Err(None) => {
                return Err(HttpError {
                    status: Some(status),
                    request_id,
                    message: Some(format!("more than {limit} bytes").into()),
                    ..HttpError::new(HttpErrorKind::TooLarge, &host)
                });
            }
            Err(Some(e)) => return Err(HttpError { request_id, ..failed(&e) }),
        };
        if success {
            return Ok(Answer { status, request_id, date, header_names, host, body });
        }
        let mut error = HttpError {
            status: Some(status),
            request_id,
            clock_ahead: date.map(|it| it.as_second() - Timestamp::now().as_second()),
            retry_after: wait.map(|it| it.as_secs()),
            ..HttpError::new(HttpErrorKind::of_status(status), &host)
        };
        error.read_body(&body, &secrets);
        Err(error)
    }

    pub(super) fn prepared(&self, request: &Request) -> reqwest::RequestBuilder {
        let method = match request.verb {
            Verb::Get => reqwest::Method::GET,
            Verb::Post => reqwest::Method::POST,
            Verb::Patch => reqwest::Method::PATCH,
            Verb::Put => reqwest::Method::PUT,
            Verb::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .client
            .request(method, request.url.clone())
            .header(reqwest::header::ACCEPT, "application/json");
        if let Some(token) = &request.bearer {
            builder = builder.bearer_auth(token.expose());
        }
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        match &request.body {
            Body::None => builder,
            Body::Form(fields) => {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (*name, value.expose())).collect();
                builder.form(&fields)
            }
            Body::Json(value) => builder.json(value),
        }
    }
}

/// The answer, written down.
fn reported(note: Option<Note>, answer: Result<Answer, HttpError>) -> Result<Answer, HttpError> {
    if let Some(note) = note {
        match &answer {
            Ok(answer) => note.answered(answer.status, answer.request_id.as_deref()),
            Err(error) => note.failed(error),
        }
    }
    answer
}

impl Request {
    /// Everything it sends that no error may repeat. Short form values (`client_credentials`) are
    /// no secrets, and cutting them out would maim messages.
    fn secrets(&self) -> Vec<&str> {
        let form: &[(&str, crate::domain::Secret)] = match &self.body {
            Body::Form(fields) => fields,
            Body::None | Body::Json(_) => &[],
        };
        let hidden =
            ["client_secret", "client_assertion", "password", "refresh_token", "device_code"];
        form.iter()
            .filter(|(name, _)| hidden.contains(name))
            .map(|(_, value)| value.expose())
            .chain(self.bearer.iter().map(crate::domain::Secret::expose))
            .collect()
    }
}

/// Reads a body up to a limit; `Err(None)` beyond it.
async fn read(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Vec<u8>, Option<reqwest::Error>> {
    let announced = response.content_length().unwrap_or(0);
    if announced > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(None);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Some)? {
        if body.len() + chunk.len() > limit {
            return Err(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
