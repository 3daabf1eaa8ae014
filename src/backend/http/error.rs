//! What can go wrong with a call, as a value that can be compared, shown and kept.

mod transport;

use std::error::Error as StdError;
use std::fmt;

use serde_json::Value;

pub(super) use transport::{chain, of_transport};

use super::Route;
use crate::text::shown;

/// Longest message of a server that is kept, in characters.
const MAX_MESSAGE: usize = 300;
/// Clock differences below this many seconds are not worth a word.
const CLOCK_TOLERANCE: i64 = 120;

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HttpErrorKind {
    /// The client could not be built.
    Setup,
    /// The address has no host, or holds a user name or password.
    BadUrl,
    /// The address is not https.
    NotHttps,
    /// The host name is unknown.
    Dns,
    /// Nobody answers at the address.
    Refused,
    /// The network does not lead to the address.
    Unreachable,
    /// The certificate of the server is signed by nobody who is trusted.
    Untrusted,
    /// The certificate of the server has expired, or is not valid yet.
    CertificateDates,
    /// The certificate of the server is for another name.
    CertificateName,
    /// What answers does not speak TLS.
    NotTls,
    /// The connection broke while TLS was set up.
    TlsCut,
    /// TLS failed in another way.
    Tls,
    /// A variable that names a proxy has a value that does not.
    ProxySetting,
    /// The host name of the proxy is unknown.
    ProxyDns,
    /// Nobody answers at the proxy's address.
    ProxyUnreachable,
    /// TLS with the proxy itself failed.
    ProxyTls,
    /// The proxy wants a user name and password, or others than it was given.
    ProxyAuth,
    /// The proxy did not connect to the server.
    Proxy,
    /// No connection through the proxy in time.
    ProxyTimeout,
    /// No connection in time.
    ConnectTimeout,
    /// The connection broke.
    Broken,
    /// The answer stopped coming.
    Stalled,
    /// The whole call took too long.
    Deadline,
    /// The answer is longer than allowed.
    TooLarge,
    /// The answer is not the JSON that was expected.
    NotJson,
    /// The server redirects elsewhere.
    Redirected,
    /// 400
    BadRequest,
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 409
    Conflict,
    /// 429
    Throttled,
    /// 500 to 599
    Server,
    /// Any other status that is no success.
    Status,
    /// A page names a next one on another host.
    ForeignLink,
    /// A page names a next one that was read already.
    RepeatedLink,
    /// More pages or entries than are read.
    TooManyPages,
    /// Cancelled.
    Cancelled,
}

impl HttpErrorKind {
    /// The kind of a status that is no success.
    pub const fn of_status(status: u16) -> Self {
        match status {
            300..=399 => Self::Redirected,
            400 => Self::BadRequest,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::Throttled,
            407 => Self::ProxyAuth,
            500..=599 => Self::Server,
            _ => Self::Status,
        }
    }

    /// Whether a read may succeed when it is tried again in a moment.
    pub const fn is_transient(self) -> bool {
        match self {
            Self::Broken | Self::TlsCut | Self::Throttled | Self::Server => true,
            Self::Setup
            | Self::BadUrl
            | Self::NotHttps
            | Self::Dns
            | Self::Refused
            | Self::Unreachable
            | Self::Untrusted
            | Self::CertificateDates
            | Self::CertificateName
            | Self::NotTls
            | Self::Tls
            | Self::ProxySetting
            | Self::ProxyDns
            | Self::ProxyUnreachable
            | Self::ProxyTls
            | Self::ProxyAuth
            | Self::Proxy
            | Self::ProxyTimeout
            | Self::ConnectTimeout
            | Self::Stalled
            | Self::Deadline
            | Self::TooLarge
            | Self::NotJson
            | Self::Redirected
            | Self::BadRequest
            | Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound
            | Self::Conflict
            | Self::Status
            | Self::ForeignLink
            | Self::RepeatedLink
            | Self::TooManyPages
            | Self::Cancelled => false,
        }
    }

    /// Whether no server was reached, so that the next call would fare no better.
    pub const fn is_unreachable(self) -> bool {
        matches!(
            self,
            Self::Setup
                | Self::Dns
                | Self::Refused
                | Self::Unreachable
                | Self::Untrusted
                | Self::CertificateDates
                | Self::CertificateName
                | Self::NotTls
                | Self::TlsCut
                | Self::Tls
                | Self::ConnectTimeout
                | Self::Stalled
                | Self::Deadline
        ) || self.is_of_proxy()
    }

    /// Whether it happened before or at the proxy.
    pub const fn is_of_proxy(self) -> bool {
        matches!(
            self,
            Self::ProxySetting
                | Self::ProxyDns
                | Self::ProxyUnreachable
                | Self::ProxyTls
                | Self::ProxyAuth
                | Self::Proxy
                | Self::ProxyTimeout
        )
    }

    /// What went wrong, in a few words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Setup => "the HTTP client could not be set up",
            Self::BadUrl => "the address cannot be used",
            Self::NotHttps => "the address is not https",
            Self::Dns => "the host name is unknown",
            Self::Refused => "the connection was refused",
            Self::Unreachable => "the host cannot be reached",
            Self::Untrusted => "the certificate is not trusted",
            Self::CertificateDates => "the certificate has expired or is not valid yet",
            Self::CertificateName => "the certificate is for another name",
            Self::NotTls => "the server does not speak TLS",
            Self::TlsCut => "the connection was cut while TLS was set up",
            Self::Tls => "the secure connection failed",
            Self::ProxySetting => "this is not the address of a proxy",
            Self::ProxyDns => "the host name of the proxy is unknown",
            Self::ProxyUnreachable => "the proxy cannot be reached",
            Self::ProxyTls => "the secure connection to the proxy failed",
            Self::ProxyAuth => "the proxy did not accept the sign-in",
            Self::Proxy => "the proxy did not connect to the host",
            Self::ProxyTimeout => "no connection through the proxy in time",
            Self::ConnectTimeout => "no connection in time",
            Self::Broken => "the connection broke",
            Self::Stalled => "the answer stopped coming",
            Self::Deadline => "the call took too long",
            Self::TooLarge => "the answer is too long",
            Self::NotJson => "the answer is not the expected JSON",
            Self::Redirected => "the server redirects elsewhere, which is not followed",
            Self::BadRequest => "the request was not accepted",
            Self::Unauthorized => "not signed in",
            Self::Forbidden => "not allowed",
            Self::NotFound => "not found",
            Self::Conflict => "in conflict with an existing entry",
            Self::Throttled => "too many requests",
            Self::Server => "the server failed",
            Self::Status => "an unexpected answer",
            Self::ForeignLink => "the next page is on another host",
            Self::RepeatedLink => "the pages go in circles",
            Self::TooManyPages => "there are more pages than the limit",
            Self::Cancelled => "cancelled",
        }
    }

    /// What to do about it.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Setup => "Check ca_bundle, SSL_CERT_FILE and SSL_CERT_DIR.",
            Self::BadUrl => "Check the address in the config; it must not hold a password.",
            Self::NotHttps => "Use an address that starts with https://.",
            Self::Dns => {
                "Check the address and the network; if only a proxy leads out, set HTTPS_PROXY to http://HOST:PORT."
            }
            Self::Refused | Self::Unreachable => {
                "Check the address and port and the firewall; if only a proxy leads out, set HTTPS_PROXY to http://HOST:PORT."
            }
            Self::Untrusted | Self::Tls => {
                "If a proxy or firewall inspects the traffic, set ca_bundle under [network] to its certificate authority."
            }
            Self::CertificateDates => {
                "Check this machine's clock; if it is right, the server needs a new certificate."
            }
            Self::CertificateName => {
                "Check the address; a proxy, a firewall or a sign-in page of the network may be answering instead."
            }
            Self::NotTls => {
                "Check the address and port; a sign-in page of the network may be answering instead."
            }
            Self::TlsCut => {
                "A firewall or an inspecting proxy may block this host: ask to allow it, then try again."
            }
            Self::ProxySetting => {
                "Set it to http://HOST:PORT, with http://USER:PASSWORD@HOST:PORT where the proxy asks for that, or unset it."
            }
            Self::ProxyDns | Self::ProxyUnreachable => {
                "Check HTTPS_PROXY: host and port of the proxy; and NO_PROXY, if this host is reached without it."
            }
            Self::ProxyTls => {
                "Check whether HTTPS_PROXY must begin with http:// instead of https://, and ca_bundle under [network]."
            }
            Self::ProxyAuth => {
                "Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT, special characters percent-encoded. Proxies that require Negotiate or NTLM are not supported."
            }
            Self::Proxy => {
                "The proxy may not allow this host, or not reach it: ask to allow it, or name it in NO_PROXY if it is reached without the proxy."
            }
            Self::ProxyTimeout => {
                "Check HTTPS_PROXY, and whether the proxy allows and reaches this host."
            }
            Self::ConnectTimeout | Self::Stalled | Self::Deadline | Self::Broken => {
                "Check the network, then try again."
            }
            Self::TooLarge | Self::NotJson => {
                "Something other than the API may have answered: check the address and the proxy."
            }
            Self::Redirected => {
                "Check the address: it may be an old one, or a sign-in page is in between."
            }
            Self::BadRequest | Self::Status => {
                "See the message; if it does not help, report it with the request id."
            }
            Self::Unauthorized => {
                "Sign in again; check client id, secret or certificate, and this machine's clock."
            }
            Self::Forbidden => {
                "Grant the permission that the message names, or use an account that has it."
            }
            Self::NotFound => "Check the id and the tenant; then refresh.",
            Self::Conflict => "Refresh, then try again.",
            Self::Throttled => "Wait a minute, then try again.",
            Self::Server => "Try again later; if it persists, report it with the request id.",
            Self::ForeignLink | Self::RepeatedLink | Self::TooManyPages => {
                "Nothing of the list is used. Report it with the request id."
            }
            Self::Cancelled => "Start it again when you want it.",
        }
    }
}

/// A failed call, small enough to be handed around. It never holds a secret: what a request sent is cut out of what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpError {
    /// What sort of failure it is.
    pub kind: HttpErrorKind,
    /// The host, empty when there is none.
    pub host: Box<str>,
    /// Status of the answer, if there was one.
    pub status: Option<u16>,
    /// The server's code for it, cleaned.
    pub code: Option<Box<str>>,
    /// The server's or the system's message, cleaned, in one line.
    pub message: Option<Box<str>>,
    /// Id by which the server's operators find the request, cleaned.
    pub request_id: Option<Box<str>>,
    /// Seconds that the server's clock is ahead of ours, where it said so.
    pub clock_ahead: Option<i64>,
    /// Seconds that the server asked to wait.
    pub retry_after: Option<u64>,
}

impl HttpError {
    /// A failure without further details.
    pub fn new(kind: HttpErrorKind, host: &str) -> Self {
        Self {
            kind,
            host: shown(host).into(),
            status: None,
            code: None,
            message: None,
            request_id: None,
            clock_ahead: None,
            retry_after: None,
        }
    }

    /// The failure that an answer of this status and body reports.
    #[cfg(any(test, feature = "testing"))]
    pub(in crate::backend) fn of_body(status: u16, body: &[u8]) -> Self {
        let mut error = Self::new(HttpErrorKind::of_status(status), "host.example");
        error.status = Some(status);
        error.read_body(body, &[]);
        error
    }

    /// What to do about it, in a sentence or two.
    pub fn hint(&self) -> String {
        match self.clock_words() {
            Some(words)
                if matches!(
                    self.kind,
                    HttpErrorKind::BadRequest
                        | HttpErrorKind::Unauthorized
                        | HttpErrorKind::Forbidden
                ) =>
            {
                format!("This machine's clock is {words}: set it right, then try again.")
            }
            Some(_) | None => self.kind.hint().to_owned(),
        }
    }

    /// How far this machine's clock is off, where that is worth a word.
    pub fn clock_words(&self) -> Option<String> {
        let ahead = self.clock_ahead.filter(|it| it.abs() > CLOCK_TOLERANCE)?;
        let minutes = ahead.abs() / 60;
        Some(if ahead > 0 {
            format!("{minutes} minutes slow")
        } else {
            format!("{minutes} minutes fast")
        })
    }

    /// Takes code, message and request id from an error body, whichever API wrote it.
    pub(super) fn read_body(&mut self, body: &[u8], secrets: &[&str]) {
        let Ok(json) = super::surrogate::read::<Value>(body) else { return };
        let text = |value: &Value, keys: &[&str]| {
            keys.iter().find_map(|key| value.get(*key).and_then(Value::as_str)).map(str::to_owned)
        };
        let (code, message, id) = match &json["error"] {
            // Microsoft Graph; the inner error is spelled in two ways and can be nested.
            Value::Object(_) => {
                let error = &json["error"];
                let inner = error.get("innerError").or_else(|| error.get("innererror"));
                let id = inner.and_then(|it| text(it, &["request-id", "client-request-id"]));
                (text(error, &["code"]), text(error, &["message"]), id)
            }
            // Token endpoints.
            Value::String(code) => (
                Some(code.clone()),
                text(&json, &["error_description"]),
                text(&json, &["correlation_id", "trace_id"]),
            ),
            // AvePoint.
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => (
                text(&json, &["errorCode", "code"]),
                text(&json, &["errorMessage", "message"]),
                text(&json, &["requestId"]),
            ),
        };
        self.code = code.map(|it| clean(&it, secrets).into());
        self.message = message.map(|it| clean(&it, secrets).into()).or_else(|| self.message.take());
        self.request_id =
            self.request_id.take().or_else(|| id.map(|it| clean(&it, secrets).into()));
    }
}

impl fmt::Display for HttpError {
    /// One line: host, what went wrong, code, message, request id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.host.is_empty() {
            write!(f, "{}: ", self.host)?;
        }
        f.write_str(self.kind.label())?;
        match (self.status, &self.code) {
            (Some(status), Some(code)) => write!(f, " ({status}, {code})")?,
            (Some(status), None) => write!(f, " ({status})")?,
            (None, Some(code)) => write!(f, " ({code})")?,
            (None, None) => {}
        }
        if let Some(message) = &self.message {
            let joint = if self.kind == HttpErrorKind::Proxy { " " } else { ": " };
            write!(f, "{joint}{message}")?;
        }
        if let Some(seconds) = self.retry_after {
            write!(f, "; wait {seconds} s")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl StdError for HttpError {}

/// Text of a server made fit for one line of ours: without what the request sent in secret,
/// without anything that looks like a token, cleaned, and cut. E3, E4
pub(super) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|it| !it.is_empty()) {
        text = text.replace(secret, "…");
        // A service that repeats a form repeats it as it was sent.
        let sent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        text = without(&text, &sent.replace('+', "%20"));
        text = without(&text, &sent);
    }
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if word.contains("eyJ") && word.len() > 20 { "…" } else { word })
        .collect();
    let line = words.join(" ");
    let short: String = line.chars().take(MAX_MESSAGE).collect();
    let cut = if short.len() < line.len() { "…" } else { "" };
    format!("{}{cut}", shown(&short))
}

/// The text without every place where this stands, in capitals or not.
fn without(text: &str, what: &str) -> String {
    let (lower, what) = (text.to_ascii_lowercase(), what.to_ascii_lowercase());
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for (at, _) in lower.match_indices(&what) {
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push('…');
        from = at + what.len();
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
#[cfg(test)]
mod tests {
    use super::*;

    /// E3: also in the form in which it was sent.
    #[test]
    fn a_secret_is_cut_out_however_it_is_written() {
        let secret = "fake8Q~a b+c/é";
        for said in [
            "fake8Q~a b+c/é",
            "fake8Q%7Ea+b%2Bc%2F%C3%A9",
            "fake8Q%7ea%20b%2bc%2f%c3%a9",
            "FAKE8Q%7EA+B%2BC%2F%C3%A9",
        ] {
            let text = clean(&format!("no: client_secret={said}&x"), &[secret]);
            assert_eq!(text, "no: client_secret=…&x", "{said}");
        }
        assert_eq!(clean("plain Ä text", &[secret]), "plain Ä text");
    }
}
