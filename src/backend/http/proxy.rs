//! Which way a call takes: straight to its host, or through the proxy that the environment names.
//!
//! The decision is hyper-util's, which reqwest itself asks: nothing here can disagree with what the
//! client does. What is added is the judgement of a value that it would ignore without a word.

use std::fmt;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::{HttpError, HttpErrorKind, HttpOptions};

/// Variables that can name a proxy, in the order in which they are asked.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];

/// Where proxies are named. Its debug form holds no value: it may hold a password.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum ProxySource {
    /// In the environment, and in the settings of Windows and macOS.
    #[default]
    System,
    /// Here, as `HTTPS_PROXY` and `NO_PROXY` would name them.
    Fixed {
        /// The proxy.
        proxy: String,
        /// Hosts that are reached without it.
        no_proxy: String,
    },
}

impl fmt::Debug for ProxySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Fixed { .. } => "Fixed",
        })
    }
}

/// The way to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Straight there.
    Direct,
    /// Through a proxy.
    Proxy(ProxyPlace),
}

/// Where a proxy is, without user name and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyPlace {
    /// Its host, an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether a user name is given with it.
    pub signs_in: bool,
}

impl fmt::Display for ProxyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// A variable that names a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyVariable {
    /// Its name.
    pub name: &'static str,
    /// The proxy, or why its value names none.
    pub place: Result<ProxyPlace, &'static str>,
    /// Whether calls go by it. They are all https, and the first variable that has a value decides.
    pub used: bool,
}

/// Every variable that names a proxy, in the order in which they are asked.
pub fn proxy_variables(env: &dyn Fn(&str) -> Option<String>) -> Vec<ProxyVariable> {
    let deciding = deciding(env).map(|it| it.0);
    let all = VARIABLES.iter().filter_map(|name| Some((*name, filled(env, name)?)));
    all.map(|(name, value)| ProxyVariable {
        name,
        place: place(&value),
        used: deciding == Some(name),
    })
    .collect()
}

fn filled(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    env(name).filter(|it| !it.is_empty())
}

/// The variable that decides for https, with its value: of each pair the first that is set at all,
/// as in curl. A CGI program has none: a visitor could set `HTTP_PROXY`.
fn deciding(env: &dyn Fn(&str) -> Option<String>) -> Option<(&'static str, String)> {
    if env("REQUEST_METHOD").is_some() {
        return None;
    }
    let of = |pair: [&'static str; 2]| {
        let (name, value) = pair.into_iter().find_map(|name| Some((name, env(name)?)))?;
        (!value.is_empty()).then_some((name, value))
    };
    of(["HTTPS_PROXY", "https_proxy"]).or_else(|| of(["ALL_PROXY", "all_proxy"]))
}

/// Where a value leads.
///
/// # Errors
/// Why it names no proxy, without any of it.
fn place(value: &str) -> Result<ProxyPlace, &'static str> {
    const NO_ADDRESS: &str = "its value is not the address of a proxy";
    const ENCODE: &str = "special characters in its user name and password must be \
         percent-encoded: @ as %40, / as %2F, # as %23, : as %3A";
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, value),
    };
    match scheme.as_deref() {
        Some("http" | "https") | None => {}
        Some(it) if it.starts_with("socks") => return Err("SOCKS proxies are not supported"),
        Some(_) => return Err(NO_ADDRESS),
    }
    if value.contains('\\') {
        return Err("the backslash in its user name must be written as %5C");
    }
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if after.contains('@') || authority.matches('@').count() > 1 {
        return Err(ENCODE);
    }
    let script = after.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if script.ends_with(".pac") || script.ends_with("/wpad.dat") {
        return Err(
            "it is the address of a script for automatic configuration: take the proxy from it",
        );
    }
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |it| (Some(it.0), it.1));
    let found = Matcher::builder().https(value).build().intercept(&probe_uri().ok_or(NO_ADDRESS)?);
    let Some(found) = found else {
        return Err(if user.is_some() { ENCODE } else { NO_ADDRESS });
    };
    let uri = found.uri();
    let named = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = host.rsplit_once(':').filter(|it| !it.1.contains(']'));
    // What automatic configuration calls `DIRECT`, and words such as `none`.
    let word = scheme.is_none() && port.is_none() && !named.contains(['.', ':']);
    if named.is_empty() || (word && named != "localhost") {
        return Err(NO_ADDRESS);
    }
    if port.is_some_and(|it| !it.1.parse::<u16>().is_ok_and(|it| it > 0)) {
        return Err("the port of its address is not a number from 1 to 65535");
    }
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Ok(ProxyPlace {
        host: named.to_owned(),
        port: uri.port_u16().unwrap_or(usual),
        signs_in: user.is_some(),
    })
}

/// An address that every proxy would be asked for.
fn probe_uri<T: std::str::FromStr>() -> Option<T> {
    "https://host.invalid/".parse().ok()
}

/// The ways that a client takes.
#[derive(Clone)]
pub(super) struct Proxies {
    /// What decides; `None`: nothing goes through a proxy.
    matcher: Option<Arc<Matcher>>,
    /// The variable that would decide if its value named a proxy, and why it names none; with what
    /// `NO_PROXY` says of a host.
    wrong: Option<(&'static str, &'static str, Arc<Matcher>)>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxies(…)")
    }
}

impl Proxies {
    pub(super) fn new(options: &HttpOptions) -> Self {
        let env = |name: &str| std::env::var(name).ok();
        match &options.proxy {
            // Plain http to this machine is for tests that play a server.
            ProxySource::System if options.http_loopback => Self { matcher: None, wrong: None },
            ProxySource::System => {
                let no_proxy = ["NO_PROXY", "no_proxy"].into_iter().find_map(env);
                let named = deciding(&env);
                Self::of(Matcher::from_system(), named, &no_proxy.unwrap_or_default())
            }
            ProxySource::Fixed { proxy, no_proxy } => {
                let matcher = Matcher::builder().https(proxy).no(no_proxy).build();
                let named = (!proxy.is_empty()).then(|| (VARIABLES[0], proxy.clone()));
                Self::of(matcher, named, no_proxy)
            }
        }
    }

    fn of(matcher: Matcher, named: Option<(&'static str, String)>, no_proxy: &str) -> Self {
        let wrong = named.and_then(|(name, value)| Some((name, place(&value).err()?)));
        let wrong = wrong.map(|(name, why)| {
            let any = Matcher::builder().https("http://proxy.invalid").no(no_proxy).build();
            (name, why, Arc::new(any))
        });
        Self { matcher: Some(Arc::new(matcher)), wrong }
    }

    /// The way to an address.
    ///
    /// # Errors
    /// [`HttpErrorKind::ProxySetting`]: a proxy was meant, and going past it would help nobody.
    pub(super) fn route(&self, url: &Url) -> Result<Route, Box<HttpError>> {
        let Ok(uri) = url.as_str().parse() else { return Ok(Route::Direct) };
        if let Some((name, why, any)) = &self.wrong
            && any.intercept(&uri).is_some()
        {
            let error = HttpError::new(HttpErrorKind::ProxySetting, name);
            return Err(Box::new(HttpError { message: Some((*why).into()), ..error }));
        }
        let found = self.matcher.as_ref().and_then(|it| it.intercept(&uri));
        Ok(found.map_or(Route::Direct, |it| {
            let proxy = it.uri();
            let usual = if proxy.scheme_str() == Some("https") { 443 } else { 80 };
            Route::Proxy(ProxyPlace {
                host: proxy.host().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
                port: proxy.port_u16().unwrap_or(usual),
                signs_in: it.basic_auth().is_some(),
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value leads where the client would go by it, or is refused with the reason. What is
    /// refused is what the client would ignore, or take for another host than is meant.
    #[test]
    fn a_value_names_a_proxy_or_says_why_not() {
        for (value, expected) in [
            ("http://proxy.example:3128/", Ok("proxy.example:3128")),
            ("http://me:canary-pw@proxy.example:3128", Ok("proxy.example:3128")),
            ("http://CORP%5Cme:canary%40pw@proxy.example:3128", Ok("proxy.example:3128")),
            ("https://proxy.example", Ok("proxy.example:443")),
            ("http://proxy.example", Ok("proxy.example:80")),
            ("HTTP://proxy:8080", Ok("proxy:8080")),
            ("proxy:8080", Ok("proxy:8080")),
            ("me:canary-pw@proxy:8080", Ok("proxy:8080")),
            ("proxy.example", Ok("proxy.example:80")),
            ("127.0.0.1:1", Ok("127.0.0.1:1")),
            ("http://[::1]:8080", Ok("[::1]:8080")),
            (r"http://CORP\me:canary-pw@proxy:8080", Err("%5C")),
            (r"CORP\me:canary-pw@proxy:8080", Err("%5C")),
            ("http://me:canary@pw@proxy:8080", Err("percent-encoded")),
            ("http://me:canary/pw@proxy:8080", Err("percent-encoded")),
            ("http://me:canary#pw@proxy:8080", Err("percent-encoded")),
            ("http://me:canary?pw@proxy:8080", Err("percent-encoded")),
            ("http://me:canary pw@proxy:8080", Err("percent-encoded")),
            ("http://me:canary<pw@proxy:8080", Err("percent-encoded")),
            ("socks5://proxy:1080", Err("SOCKS")),
            ("socks5h://me:canary@proxy:1080", Err("SOCKS")),
            ("DIRECT", Err("not the address")),
            ("none", Err("not the address")),
            ("PROXY proxy:8080; DIRECT", Err("not the address")),
            ("http://wpad/wpad.dat", Err("script")),
            ("http://proxy.example:8080/corp.PAC?x=1", Err("script")),
            ("ftp://proxy:8080", Err("not the address")),
            ("http://", Err("not the address")),
            ("http://:8080", Err("not the address")),
            ("http://proxy:port", Err("number")),
            ("http://proxy:0", Err("number")),
            ("http://proxy:99999", Err("n")),
        ] {
            match (place(value), expected) {
                (Ok(place), Ok(expected)) => assert_eq!(place.to_string(), expected, "{value}"),
                (Err(why), Err(part)) => {
                    assert!(why.contains(part) && !why.contains("canary"), "{value}: {why}");
                }
                (found, _) => panic!("{value}: {found:?}"),
            }
        }
    }

    /// What is judged here is what the client itself asks for: the same value, the same place.
    #[test]
    fn every_value_that_is_taken_leads_the_client_to_the_same_place() {
        let url = Url::parse("https://fly.example/x").unwrap();
        for value in ["http://me:pw@proxy:3128", "proxy.example", "https://[::1]", "a:1"] {
            let fixed =
                ProxySource::Fixed { proxy: value.into(), no_proxy: "other.example".into() };
            let proxies = Proxies::new(&HttpOptions { proxy: fixed, ..HttpOptions::default() });
            assert_eq!(proxies.route(&url), Ok(Route::Proxy(place(value).unwrap())), "{value}");
            let other = Url::parse("https://a.other.example/").unwrap();
            assert_eq!(proxies.route(&other), Ok(Route::Direct), "NO_PROXY");
        }
        let fixed = ProxySource::Fixed { proxy: "DIRECT".into(), no_proxy: "other.example".into() };
        let proxies = Proxies::new(&HttpOptions { proxy: fixed, ..HttpOptions::default() });
        let error = proxies.route(&url).unwrap_err();
        assert_eq!((error.kind, &*error.host), (HttpErrorKind::ProxySetting, "HTTPS_PROXY"));
        let other = Url::parse("https://other.example/").unwrap();
        assert_eq!(proxies.route(&other), Ok(Route::Direct), "NO_PROXY comes first");
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        for (variables, used) in [
            (&[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:1")][..], Some("HTTPS_PROXY")),
            (
                &[("HTTPS_PROXY", ""), ("https_proxy", "b:1"), ("ALL_PROXY", "c:1")],
                Some("ALL_PROXY"),
            ),
            (&[("https_proxy", "b:1"), ("ALL_PROXY", "c:1")], Some("https_proxy")),
            (&[("HTTP_PROXY", "a:1")], None),
            (&[("HTTPS_PROXY", "a:1"), ("REQUEST_METHOD", "GET")], None),
            (&[("all_proxy", "DIRECT")], Some("all_proxy")),
        ] {
            let env = |name: &str| {
                let found = variables.iter().find(|it| it.0 == name);
                found.map(|it| it.1.to_owned())
            };
            let reported = proxy_variables(&env);
            let found: Vec<_> = reported.iter().filter(|it| it.used).map(|it| it.name).collect();
            assert_eq!(found, Vec::from_iter(used), "{variables:?}");
            assert!(reported.iter().all(|it| variables.iter().any(|(name, _)| *name == it.name)));
        }
    }
}
