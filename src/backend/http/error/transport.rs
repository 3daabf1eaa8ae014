//! What a failed call of the HTTP client means: which layer failed, and how.

use std::error::Error as StdError;
use std::io;

use super::{HttpError, HttpErrorKind, Route, clean};
use crate::text::shown;

/// The messages of an error and its causes, without the address.
pub(in crate::backend::http) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = Some(error);
    while let Some(error) = at {
        let part = match error.downcast_ref::<reqwest::Error>() {
            // Its text holds the address with the query.
            Some(_) => String::new(),
            None => error.to_string(),
        };
        // The client's own word for the layer, which the kind says better.
        let own = part.starts_with("client error (");
        if !own && !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
        at = error.source();
    }
    clean(&parts.join(": "), &[])
}

/// A failure below HTTP, on this way to the host.
pub(in crate::backend::http) fn of_transport(
    error: &reqwest::Error,
    host: &str,
    route: &Route,
) -> HttpError {
    let causes = causes(error);
    let of_proxy = match route {
        Route::Proxy(place) => kind_of_proxy(error, &causes).map(|kind| (kind, place)),
        Route::Direct => None,
    };
    if let Some((kind, place)) = of_proxy {
        let message = match kind {
            HttpErrorKind::Proxy => Some(shown(host).into_owned()),
            HttpErrorKind::ProxyAuth if place.signs_in => {
                Some("it does not accept this user name and password (407)".to_owned())
            }
            HttpErrorKind::ProxyAuth => {
                Some("it asks for a user name and password (407)".to_owned())
            }
            HttpErrorKind::ProxyTls => Some(chain(error)),
            _ => None,
        };
        let new = HttpError::new(kind, &place.to_string());
        return HttpError { message: message.map(Into::into), ..new };
    }
    let kind = kind_of(error, &causes);
    // Where the kind says it all, the system's own words only repeat it.
    let reported = matches!(
        kind,
        HttpErrorKind::Dns
            | HttpErrorKind::Refused
            | HttpErrorKind::Untrusted
            | HttpErrorKind::CertificateDates
            | HttpErrorKind::CertificateName
            | HttpErrorKind::NotTls
            | HttpErrorKind::TlsCut
            | HttpErrorKind::ConnectTimeout
            | HttpErrorKind::Stalled
    );
    let message = Some(chain(error)).filter(|it| !reported && !it.is_empty()).map(Into::into);
    HttpError { message, ..HttpError::new(kind, host) }
}

/// An error with its causes, those that input and output wrap included.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut out = Vec::new();
    let mut at: Option<&'a (dyn StdError + 'static)> = Some(error);
    while let Some(error) = at {
        out.push(error);
        // What an I/O error wraps is not its source: that would be one further down.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        at = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    out
}

type Causes<'a> = [&'a (dyn StdError + 'static)];

/// The kind of a failure at a proxy; `None`: it let us through. hyper-util keeps the type of its
/// errors to itself, so that their text says it.
fn kind_of_proxy(error: &reqwest::Error, causes: &Causes<'_>) -> Option<HttpErrorKind> {
    let texts = causes.iter().map(ToString::to_string);
    let mut of_tunnel = texts.filter_map(|it| it.strip_prefix("tunnel error: ").map(str::to_owned));
    Some(match of_tunnel.next().as_deref() {
        Some("proxy authorization required") => HttpErrorKind::ProxyAuth,
        Some("failed to create underlying connection") => match kind_of(error, causes) {
            HttpErrorKind::Dns => HttpErrorKind::ProxyDns,
            HttpErrorKind::Refused | HttpErrorKind::Unreachable => HttpErrorKind::ProxyUnreachable,
            HttpErrorKind::ConnectTimeout | HttpErrorKind::Stalled => HttpErrorKind::ProxyTimeout,
            _ => HttpErrorKind::ProxyTls,
        },
        Some(_) => HttpErrorKind::Proxy,
        None if error.is_timeout() && error.is_connect() => HttpErrorKind::ProxyTimeout,
        None => return None,
    })
}

/// The kind of a failure below HTTP.
fn kind_of(error: &reqwest::Error, causes: &Causes<'_>) -> HttpErrorKind {
    if error.is_builder() {
        return HttpErrorKind::BadUrl;
    }
    if error.is_dns() {
        return HttpErrorKind::Dns;
    }
    if error.is_timeout() {
        return match error.is_connect() {
            true => HttpErrorKind::ConnectTimeout,
            false => HttpErrorKind::Stalled,
        };
    }
    if let Some(tls) = causes.iter().find_map(|it| it.downcast_ref::<rustls::Error>()) {
        return kind_of_tls(tls);
    }
    let mut io = causes.iter().filter_map(|it| it.downcast_ref::<io::Error>());
    if io.any(|it| it.kind() == io::ErrorKind::ConnectionRefused) {
        return HttpErrorKind::Refused;
    }
    match error.is_connect() {
        false => HttpErrorKind::Broken,
        true if causes.iter().any(|it| it.to_string() == "tcp connect error") => {
            HttpErrorKind::Unreachable
        }
        true => HttpErrorKind::TlsCut,
    }
}

fn kind_of_tls(error: &rustls::Error) -> HttpErrorKind {
    use rustls::CertificateError as Wrong;
    match error {
        rustls::Error::InvalidCertificate(Wrong::UnknownIssuer) => HttpErrorKind::Untrusted,
        rustls::Error::InvalidCertificate(
            Wrong::Expired
            | Wrong::ExpiredContext { .. }
            | Wrong::NotValidYet
            | Wrong::NotValidYetContext { .. },
        ) => HttpErrorKind::CertificateDates,
        rustls::Error::InvalidCertificate(
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. },
        ) => HttpErrorKind::CertificateName,
        rustls::Error::InvalidMessage(_) => HttpErrorKind::NotTls,
        _ => HttpErrorKind::Tls,
    }
}
