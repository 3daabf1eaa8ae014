//! The way to a host as every call takes it: name and connection of what is reached first, the
//! proxy or the host itself.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use super::{HttpError, HttpErrorKind, Route};

/// What is connected to first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Its host, an IPv6 address without brackets.
    host: String,
    port: u16,
    /// Whether it is a proxy.
    pub proxy: bool,
}

impl Stop {
    /// The first stop of a route to an address.
    pub fn of(url: &Url, route: &Route) -> Self {
        match route {
            Route::Proxy(place) => Self { host: place.host.clone(), port: place.port, proxy: true },
            Route::Direct => {
                let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
                Self { host, port: url.port_or_known_default().unwrap_or(443), proxy: false }
            }
        }
    }

    /// As errors of real calls name it.
    fn error(&self, direct: HttpErrorKind, proxy: HttpErrorKind) -> HttpError {
        match self.proxy {
            true => HttpError::new(proxy, &format!("{}:{}", self.host, self.port)),
            false => HttpError::new(direct, &self.host),
        }
    }

    /// Whether its name is known.
    ///
    /// # Errors
    /// [`HttpErrorKind::Dns`] or [`HttpErrorKind::ProxyDns`]
    pub async fn look_up(&self) -> Result<(), HttpError> {
        if self.host.parse::<IpAddr>().is_ok() {
            return Ok(());
        }
        match tokio::net::lookup_host((self.host.as_str(), self.port)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(self.error(HttpErrorKind::Dns, HttpErrorKind::ProxyDns)),
        }
    }

    /// Whether somebody answers there.
    ///
    /// # Errors
    /// It refuses, cannot be reached, or does not answer in time.
    pub async fn connect(&self, limit: Duration) -> Result<(), HttpError> {
        let connect = tokio::net::TcpStream::connect((self.host.as_str(), self.port));
        let (direct, proxy) = match tokio::time::timeout(limit, connect).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                (HttpErrorKind::Refused, HttpErrorKind::ProxyUnreachable)
            }
            Ok(Err(_)) => (HttpErrorKind::Unreachable, HttpErrorKind::ProxyUnreachable),
            Err(_) => (HttpErrorKind::ConnectTimeout, HttpErrorKind::ProxyTimeout),
        };
        Err(self.error(direct, proxy))
    }
}
