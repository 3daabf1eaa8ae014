//! One event in the log per request: never a query, a header, a body, or an id in the path. E3.

use std::time::Instant;

use super::{HttpError, Request, Verb};
use crate::text::shown;

/// A request that has been sent; dropped before its end, it was cancelled.
pub(super) struct Note {
    method: &'static str,
    host: String,
    path: String,
    attempt: u32,
    since: Instant,
    reported: bool,
}

impl Note {
    /// `attempt` counts from 1. `None` while nobody listens, so that it costs nothing.
    pub(super) fn of(request: &Request, attempt: u32) -> Option<Self> {
        tracing::enabled!(tracing::Level::WARN).then(|| Self {
            method: match request.verb {
                Verb::Get => "GET",
                Verb::Post => "POST",
                Verb::Patch => "PATCH",
                Verb::Put => "PUT",
                Verb::Delete => "DELETE",
            },
            host: shown(request.url.host_str().unwrap_or_default()).into_owned(),
            path: redacted(request.url.path()),
            attempt,
            since: Instant::now(),
            reported: false,
        })
    }

    /// It was answered, with a success or what the caller takes as one.
    pub(super) fn answered(mut self, status: u16, request_id: Option<&str>) {
        self.end(Some(status), "ok", request_id, false);
    }

    /// It failed.
    pub(super) fn failed(mut self, error: &HttpError) {
        let outcome = format!("{:?}", error.kind);
        self.end(error.status, &outcome, error.request_id.as_deref(), true);
    }

    fn end(&mut self, status: Option<u16>, outcome: &str, request_id: Option<&str>, bad: bool) {
        self.reported = true;
        let duration_ms = (self.since.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        let Self { method, host, path, attempt, .. } = self;
        if let Some(id) = request_id {
            // The call of the backend that this request is for names it too.
            tracing::Span::current().record("request_id", id);
        }
        if bad {
            tracing::warn!(
                method,
                host,
                path,
                status,
                outcome,
                attempt,
                duration_ms,
                request_id,
                "request"
            );
        } else {
            tracing::debug!(
                method,
                host,
                path,
                status,
                outcome,
                attempt,
                duration_ms,
                request_id,
                "request"
            );
        }
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if !self.reported {
            self.end(None, "cancelled", None, false);
        }
    }
}

/// A path without ids and names: what is not a plain word or a version becomes `{}`. A word is
/// letters only, as the APIs we call name their resources; a tenant, an id or a file is not.
fn redacted(path: &str) -> String {
    let plain = |part: &str| {
        let version = part.strip_prefix('v').is_some_and(|it| {
            !it.is_empty() && it.len() < 6 && it.bytes().all(|c| c.is_ascii_digit() || c == b'.')
        });
        let word = part.len() <= 32 && part.bytes().all(|c| c.is_ascii_alphabetic());
        version || word || part == "oauth2"
    };
    let parts = path.split('/').map(|part| match part.split_once('(') {
        _ if plain(part) => part.to_owned(),
        Some((word, _)) if plain(word) => format!("{word}({{}})"),
        Some(_) | None => "{}".to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn a_path_keeps_its_words_and_loses_ids_and_names() {
        for (path, reported) in [
            ("/contoso.onmicrosoft.com/oauth2/v2.0/token", "/{}/oauth2/v2.0/token"),
            ("/v1.0/servicePrincipals(appId='0f-1')", "/v1.0/servicePrincipals({})"),
            (
                "/v1.0/servicePrincipals/5b0e7b12-0000-4000-8000-000000000001/appRoleAssignments",
                "/v1.0/servicePrincipals/{}/appRoleAssignments",
            ),
            ("/connections/summaries", "/connections/summaries"),
            ("/users/anna%40contoso.example/x", "/users/{}/x"),
            ("/get/Contoso-Agent-4.2.msi", "/get/{}"),
            ("/JBK1C-77777-SECRET", "/{}"),
            ("/vault", "/vault"),
            ("/v1234567", "/{}"),
            ("/", "/"),
        ] {
            assert_eq!(redacted(path), reported, "{path}");
        }
    }
}
