//! What a failed call to AvePoint Fly means, and what to do.

use super::{FlyCredential, SCOPE};
use crate::backend::BackendError;
use crate::backend::error::Remote;
use crate::backend::http::{HttpError, HttpErrorKind};
use crate::text::shown;

/// Where app registrations are made (fly.md §7).
const REGISTRATIONS: &str = "AvePoint Online Services, Administration > App registrations";

/// A failed read.
pub(super) fn read_failed(error: &HttpError) -> BackendError {
    use HttpErrorKind as Kind;
    let hint = match error.kind {
        Kind::Cancelled => return BackendError::Cancelled,
        // A clock that is off explains a refusal better than anything else.
        Kind::Unauthorized | Kind::Forbidden if error.clock_words().is_some() => error.hint(),
        // fly.md §1: 401 is an expired token; this one was renewed just now.
        Kind::Unauthorized => {
            "The token is not accepted although it is new: check that the API address and the sign-in address belong to the same data centre.".to_owned()
        }
        Kind::Forbidden => {
            format!("Give the app registration the scope {SCOPE}: {REGISTRATIONS}.")
        }
        Kind::NotFound => {
            "Check the API address of the context: the data centre, and whether it ends in /fly."
                .to_owned()
        }
        Kind::BadRequest | Kind::Conflict | Kind::Status => {
            "Refresh again; if it persists, send what `jetbridge context test --report` writes."
                .to_owned()
        }
        Kind::Throttled if error.retry_after.is_some() => "Wait that long, then refresh.".to_owned(),
        Kind::Throttled => "Wait a minute, then refresh.".to_owned(),
        Kind::Server => {
            "AvePoint Fly reports an internal error: refresh later; if it persists, report it with the request id."
                .to_owned()
        }
        Kind::NotJson | Kind::TooLarge => {
            "Something other than AvePoint Fly may have answered: check the API address and the proxy."
                .to_owned()
        }
        Kind::ForeignLink | Kind::RepeatedLink | Kind::TooManyPages => {
            "The list is left as it was. Send what `jetbridge context test --report` writes."
                .to_owned()
        }
        Kind::Setup
        | Kind::BadUrl
        | Kind::NotHttps
        | Kind::Dns
        | Kind::Refused
        | Kind::Unreachable
        | Kind::Untrusted
        | Kind::CertificateDates
        | Kind::CertificateName
        | Kind::NotTls
        | Kind::TlsCut
        | Kind::Tls
        | Kind::ProxySetting
        | Kind::ProxyDns
        | Kind::ProxyUnreachable
        | Kind::ProxyTls
        | Kind::ProxyAuth
        | Kind::Proxy
        | Kind::ProxyTimeout
        | Kind::ConnectTimeout
        | Kind::Broken
        | Kind::Stalled
        | Kind::Deadline
        | Kind::Redirected => error.hint(),
    };
    let remote = remote(error, error.to_string(), hint);
    if error.kind == Kind::Unauthorized {
        BackendError::SignIn(remote)
    } else if error.kind == Kind::Forbidden {
        BackendError::Forbidden(remote)
    } else {
        BackendError::Remote(remote)
    }
}

/// A sign-in that failed. The codes are OAuth's (RFC 6749 §5.2); Fly documents none of its own.
pub(super) fn sign_in_failed(error: &HttpError, credential: &FlyCredential) -> BackendError {
    if error.kind == HttpErrorKind::Cancelled {
        return BackendError::Cancelled;
    }
    if !matches!(error.status, Some(400 | 401 | 403)) {
        let hint = match error.kind {
            HttpErrorKind::NotFound => {
                "Check the sign-in address of the context: it ends in /connect/token.".to_owned()
            }
            HttpErrorKind::NotJson | HttpErrorKind::TooLarge => {
                "Something else may have answered: check the sign-in address and the proxy."
                    .to_owned()
            }
            _ => error.hint(),
        };
        // Of a way that does not lead there the error reports where it ends.
        let what = match error.kind.is_unreachable() {
            true => error.to_string(),
            false => format!("sign-in: {error}"),
        };
        return BackendError::Remote(remote(error, what, hint));
    }
    let signed = matches!(credential, FlyCredential::Certificate(_));
    // What is signed is valid for a time by the server's clock; a secret does not know of time.
    if let Some(words) = error.clock_words().filter(|_| signed) {
        let what = format!("this machine's clock is {words}, and the sign-in is signed by it");
        let what = format!("sign-in refused: {what}; {error}");
        return BackendError::SignIn(remote(error, what, error.hint()));
    }
    let (what, hint) = match error.code.as_deref() {
        Some("invalid_client") if signed => (
            "the client id or its certificate is not accepted",
            format!(
                "Check client id, and whether this certificate is the one of the app registration: {REGISTRATIONS}. If it is, set kid = \"hex\" for the context."
            ),
        ),
        Some("invalid_client") => (
            "the client id or its secret is not accepted",
            format!(
                "Check client id and secret, and whether the secret has expired: {REGISTRATIONS}."
            ),
        ),
        Some("invalid_scope") => (
            "the app registration may not use Fly's API",
            format!("Give it the scope {SCOPE}: {REGISTRATIONS}."),
        ),
        Some("unauthorized_client" | "unsupported_grant_type") => (
            "the app registration may not sign in for itself",
            format!("Create one for an app with a secret or certificate: {REGISTRATIONS}."),
        ),
        Some(_) | None => (
            "the sign-in address does not accept the request",
            format!("Check sign-in address, client id and credential: {REGISTRATIONS}."),
        ),
    };
    BackendError::SignIn(remote(error, format!("sign-in refused: {what}; {error}"), hint))
}

/// A sign-in that could not even be tried.
pub(super) fn no_sign_in(what: impl std::fmt::Display, hint: &str) -> BackendError {
    BackendError::SignIn(Box::new(Remote {
        kind: HttpErrorKind::Unauthorized,
        what: shown(&what.to_string()).into_owned(),
        hint: hint.to_owned(),
        status: None,
        code: None,
        request_id: None,
    }))
}

fn remote(error: &HttpError, what: String, hint: String) -> Box<Remote> {
    Box::new(Remote {
        kind: error.kind,
        what,
        hint,
        status: error.status,
        code: error.code.clone(),
        request_id: error.request_id.clone(),
    })
}
