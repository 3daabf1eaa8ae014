//! The HTTP client of the product. SPEC E1, E3, E4; RELIABILITY §5.
//!
//! rustls with the system's roots and an extra CA bundle, system proxies, timeouts, https only, no
//! redirects, retries of reads only with `Retry-After` honoured, bounded bodies, paging that stays
//! on its host. Dropping a call, or cancelling its token, ends its request. There is no pinning and
//! no way to accept an invalid certificate.

mod call;
mod error;
mod note;
mod page;
mod proxy;
mod retry;
mod stop;
mod stream;
mod surrogate;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use url::{Host, Url};

pub use error::{HttpError, HttpErrorKind};
pub use page::{Page, PageLimits, odata};
pub use proxy::{ProxyPlace, ProxySource, ProxyVariable, Route, proxy_variables};
pub use stop::Stop;
pub use stream::Stream;
#[cfg(any(test, feature = "testing"))]
pub(in crate::backend) use surrogate::read as read_json;

use crate::domain::{Secret, Timestamp};
use crate::files::pem::{self, Damaged, Pem};
use proxy::Proxies;
use retry::Pause;

/// How the client behaves. The defaults suit interactive use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptions {
    /// Longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// Longest time without a byte of an answer.
    pub read_timeout: Duration,
    /// Longest time of one call, retries and waits included.
    pub total: Duration,
    /// Longest body that is read, in bytes after decompression.
    pub max_body: usize,
    /// How often a read is tried again.
    pub retries: u32,
    /// Longest wait that a server can ask for; beyond it the call ends with its error.
    pub max_wait: Duration,
    /// Whether a read that was answered with 429, or with how long to wait, is tried again after the
    /// wait. A caller that sends several at once waits for all of them itself, with [`Http::wait`],
    /// and can say so.
    pub retry_throttled: bool,
    /// PEM file with certificates of authorities to trust besides the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Where proxies are named.
    pub proxy: ProxySource,
    /// Whether plain http is let through to this machine, and to it only (127.0.0.0/8, ::1,
    /// localhost), past any proxy. For tests that play a server.
    pub http_loopback: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total: Duration::from_secs(120),
            max_body: 16 << 20,
            retries: 4,
            max_wait: Duration::from_secs(60),
            retry_throttled: true,
            ca_bundle: None,
            proxy: ProxySource::System,
            http_loopback: false,
        }
    }
}

impl HttpOptions {
    /// With [`Self::http_loopback`].
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub const fn with_http_loopback(mut self) -> Self {
        self.http_loopback = true;
        self
    }
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads; may be tried again.
    Get,
    /// Writes; never tried again.
    Post,
    /// Writes; never tried again.
    Patch,
    /// Writes; never tried again.
    Put,
    /// Writes; never tried again.
    Delete,
}

/// What a request sends. Its debug form never shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Body {
    None,
    Form(Vec<(&'static str, Secret)>),
    Json(serde_json::Value),
}

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub(crate) verb: Verb,
    pub(crate) url: Url,
    pub(crate) bearer: Option<Secret>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

impl std::fmt::Debug for Request {
    /// Verb and address without query: nothing that may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "Request({:?} {host}{})", self.verb, self.url.path())
    }
}

impl Request {
    /// A request without body.
    pub const fn new(verb: Verb, url: Url) -> Self {
        Self { verb, url, bearer: None, headers: Vec::new(), body: Body::None }
    }

    /// A read.
    pub const fn get(url: Url) -> Self {
        Self::new(Verb::Get, url)
    }

    /// A form, as token endpoints take it. Its values are kept out of every error.
    pub fn form(url: Url, fields: Vec<(&'static str, Secret)>) -> Self {
        Self { body: Body::Form(fields), ..Self::new(Verb::Post, url) }
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: serde_json::Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(mut self, token: &Secret) -> Self {
        self.bearer = Some(token.clone());
        self
    }

    /// With a header that is no secret.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The address.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }
}

/// A successful answer. Its debug form does not show the body, which may hold a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status, 200 to 299.
    pub status: u16,
    /// Id by which the server's operators find the request.
    pub request_id: Option<Box<str>>,
    /// The server's clock.
    pub date: Option<Timestamp>,
    /// Names of its headers, in no order; their values may be anybody's.
    pub header_names: Vec<Box<str>>,
    host: String,
    body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({} from {}, {} bytes)", self.status, self.host, self.body.len())
    }
}

impl Answer {
    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body read as JSON; an empty one reads as `null`.
    ///
    /// # Errors
    /// [`HttpErrorKind::NotJson`], without any of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let body: &[u8] = if self.body.is_empty() { b"null" } else { &self.body };
        surrogate::read(body).map_err(|_| HttpError {
            status: Some(self.status),
            request_id: self.request_id.clone(),
            ..HttpError::new(HttpErrorKind::NotJson, &self.host)
        })
    }
}

/// The client. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    proxies: Proxies,
    options: HttpOptions,
    pause: Pause,
}

impl Http {
    /// Builds the client.
    ///
    /// # Errors
    /// [`HttpErrorKind::Setup`] when the CA bundle cannot be read or holds no certificate, or the
    /// system's roots cannot be loaded.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        Self::build(options, true)
    }

    /// With bodies unpacked on the way in, or left as they come.
    fn build(options: HttpOptions, unpack: bool) -> Result<Self, HttpError> {
        install_tls_provider();
        let mut builder = reqwest::Client::builder()
            .tls_backend_rustls()
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .https_only(!options.http_loopback)
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .gzip(unpack)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .user_agent(concat!("jetbridge/", env!("CARGO_PKG_VERSION")));
        if let ProxySource::Fixed { proxy, no_proxy } = &options.proxy {
            // One that names no proxy is refused call by call.
            let no_proxy = reqwest::NoProxy::from_string(no_proxy);
            builder = match reqwest::Proxy::https(proxy) {
                Ok(it) => builder.proxy(it.no_proxy(no_proxy)),
                Err(_) => builder.no_proxy(),
            };
        } else if options.http_loopback {
            builder = builder.no_proxy();
        }
        if let Some(path) = &options.ca_bundle {
            builder = builder.tls_certs_merge(read_bundle(path)?);
        }
        let client = builder.build().map_err(|e| HttpError {
            message: Some(error::chain(&e).into()),
            ..HttpError::new(HttpErrorKind::Setup, "")
        })?;
        let proxies = Proxies::new(&options);
        Ok(Self { client, proxies, options, pause: Pause::Sleep })
    }

    /// A client that notes its waits instead of waiting.
    #[cfg(test)]
    pub(crate) fn for_tests(
        options: HttpOptions,
    ) -> (Self, std::sync::Arc<std::sync::Mutex<Vec<Duration>>>) {
        Self::noting_waits(Self::new(options.with_http_loopback()).unwrap())
    }

    /// The client with its waits noted instead of waited for.
    #[cfg(test)]
    pub(crate) fn noting_waits(
        mut http: Self,
    ) -> (Self, std::sync::Arc<std::sync::Mutex<Vec<Duration>>>) {
        let waits = std::sync::Arc::default();
        http.pause = Pause::Note(std::sync::Arc::clone(&waits));
        (http, waits)
    }

    /// The way that a call to this address takes.
    ///
    /// # Errors
    /// [`HttpErrorKind::ProxySetting`]
    pub fn route(&self, url: &Url) -> Result<Route, HttpError> {
        self.proxies.route(url).map_err(|it| *it)
    }

    /// What it was built with.
    pub const fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// Waits between two calls.
    pub async fn wait(&self, delay: Duration) {
        self.pause.wait(delay).await;
    }

    /// Refuses whatever is not https, or http to this machine where that is let through; and
    /// addresses with a user name or password in them, which would end up in logs.
    fn check_url(&self, url: &Url) -> Result<(), HttpErrorKind> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HttpErrorKind::BadUrl);
        }
        let loopback = match url.host() {
            None => return Err(HttpErrorKind::BadUrl),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
        };
        match url.scheme() {
            "https" => Ok(()),
            "http" if loopback && self.options.http_loopback => Ok(()),
            _ => Err(HttpErrorKind::NotHttps),
        }
    }
}

/// Makes ring the provider of rustls, in the one place that chooses it. A second call finds it
/// installed already.
fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Longest file of certificate authorities; a system's own has some 250 KB.
const MAX_BUNDLE: u64 = 8 << 20;

/// The authorities in a file, as DER.
///
/// # Errors
/// [`HttpErrorKind::Setup`] when it cannot be read or holds no certificate.
pub fn authorities(path: &std::path::Path) -> Result<Vec<Vec<u8>>, HttpError> {
    let pem = crate::files::secret::authority(path, MAX_BUNDLE)
        .map_err(|error| bad_bundle(path, &error.cause()))?;
    let text = pem::text(&pem).map_err(|_| bad_bundle(path, NO_CERTIFICATES))?;
    let found = Pem::parse(&text).map_err(|Damaged| bad_bundle(path, "the PEM text is damaged"))?;
    if found.certificates.is_empty() {
        return Err(bad_bundle(path, "there is no certificate in it"));
    }
    Ok(found.certificates)
}

const NO_CERTIFICATES: &str = "it is not a PEM file with certificates";

fn bad_bundle(path: &std::path::Path, why: &str) -> HttpError {
    let path = path.display().to_string();
    HttpError {
        message: Some(format!("CA bundle {}: {why}", crate::text::shown(&path)).into()),
        ..HttpError::new(HttpErrorKind::Setup, "")
    }
}

fn read_bundle(path: &std::path::Path) -> Result<Vec<reqwest::Certificate>, HttpError> {
    let found = authorities(path)?;
    let read = found.iter().map(|der| reqwest::Certificate::from_der(der));
    read.collect::<Result<_, _>>().map_err(|_| bad_bundle(path, NO_CERTIFICATES))
}
