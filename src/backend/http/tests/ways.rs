//! Whatever is in the way: its layer is named, the same by whoever calls, and never another one.

use std::sync::Arc;

use super::played::{self, CA, Door, Proxy, Site, site};
use super::*;
use crate::backend::fly::{Fly, FlyCredential, FlyOptions, FlySettings};
use crate::backend::graph::{AppLogin, Credential, Endpoints};
use crate::backend::{BackendError, Live as _};
use crate::checks::app::App;
use crate::checks::fly::tests::{failed, tested};
use crate::checks::{Level, Lookups, Sort, Stop};
use crate::permissions::{Job, Method, Scenario};

const PASSWORD: &str = "canary-pw-not-real";
/// `me:right`
const LETTERS: &str = "bWU6cmlnaHQ=";

/// A fault, and how it shows.
struct Fault {
    name: &'static str,
    /// `HTTPS_PROXY`; empty: none.
    proxy: String,
    no_proxy: &'static str,
    /// Address of every service.
    url: String,
    kind: HttpErrorKind,
    /// The host that the error names.
    host: String,
    step: &'static str,
}

const HOST: &str = "fly.contoso.example";

fn well() -> Site {
    Site::Answers(Box::new(|_| (200, "{}".to_owned())))
}

/// Faults on the straight way.
fn direct() -> Vec<Fault> {
    use HttpErrorKind as Kind;
    let fault = |name, url: String, kind, step| {
        let host = Url::parse(&url).unwrap().host_str().unwrap().to_owned();
        Fault { name, proxy: String::new(), no_proxy: "", url, kind, host, step }
    };
    let at = |it| format!("https://{}/", site(it));
    vec![
        fault("unknown name", "https://fly.invalid/".into(), Kind::Dns, "host names"),
        fault("nobody", format!("https://{}/", played::nobody()), Kind::Refused, "connection"),
        fault("no TLS", at(Site::Plain), Kind::NotTls, "certificate"),
        fault("cut", at(Site::Cut), Kind::TlsCut, "certificate"),
        fault("silent", at(Site::Silent), Kind::ConnectTimeout, "certificate"),
        fault("expired", at(Site::Expired), Kind::CertificateDates, "certificate"),
    ]
}

/// Faults of a proxy, and behind it.
fn proxied() -> Vec<Fault> {
    use HttpErrorKind as Kind;
    let of = |name, proxy: String, kind, step| {
        let host = proxy.rsplit_once('@').map_or(&*proxy, |it| it.1);
        let host = host.trim_start_matches("http://").trim_start_matches("https://").to_owned();
        Fault { name, proxy, no_proxy: "", url: format!("https://{HOST}/"), kind, host, step }
    };
    let door = |it| Proxy::new(it).address;
    let behind = |name, it, kind, step| {
        let proxy = Proxy::new(Door::Open(site(it))).url();
        Fault { host: HOST.to_owned(), ..of(name, proxy, kind, step) }
    };
    let locked = door(Door::Locked(LETTERS, site(well())));
    let setting = |name, value: &str| Fault {
        host: "HTTPS_PROXY".to_owned(),
        ..of(name, value.to_owned(), Kind::ProxySetting, "route")
    };
    vec![
        setting("backslash", r"http://CORP\me:canary-pw-not-real@proxy:8080"),
        setting("a word", "DIRECT"),
        setting("SOCKS", "socks5://proxy:1080"),
        of("unknown proxy", "http://proxy.invalid:3128".into(), Kind::ProxyDns, "host names"),
        of(
            "dead proxy",
            format!("http://{}", played::nobody()),
            Kind::ProxyUnreachable,
            "connection",
        ),
        of("silent proxy", format!("http://{}", door(Door::Silent)), Kind::ProxyTimeout, "proxy"),
        of("no sign-in", format!("http://{locked}"), Kind::ProxyAuth, "proxy"),
        of("wrong password", format!("http://me:{PASSWORD}@{locked}"), Kind::ProxyAuth, "proxy"),
        of("not allowed", format!("http://{}", door(Door::Says(403))), Kind::Proxy, "proxy"),
        of("no way on", format!("http://{}", door(Door::Says(502))), Kind::Proxy, "proxy"),
        of("shut", format!("http://{}", door(Door::Shut)), Kind::Proxy, "proxy"),
        of("TLS to a plain one", format!("https://{}", site(Site::Plain)), Kind::ProxyTls, "proxy"),
        behind("no TLS behind it", Site::Plain, Kind::NotTls, "certificate"),
        behind("cut behind it", Site::Cut, Kind::TlsCut, "certificate"),
        behind("expired behind it", Site::Expired, Kind::CertificateDates, "certificate"),
        Fault {
            url: "https://other.example/".into(),
            host: "other.example".into(),
            ..behind("another name behind it", well(), Kind::CertificateName, "certificate")
        },
        // The proxy is dead, and this host is not its business.
        Fault {
            name: "NO_PROXY",
            proxy: format!("http://{}", played::nobody()),
            no_proxy: ".invalid",
            url: "https://fly.invalid/".into(),
            kind: Kind::Dns,
            host: "fly.invalid".into(),
            step: "host names",
        },
    ]
}

fn options(fault: &Fault, bundle: &std::path::Path) -> HttpOptions {
    HttpOptions {
        connect_timeout: Duration::from_millis(400),
        retries: 0,
        ca_bundle: Some(bundle.to_owned()),
        proxy: ProxySource::Fixed {
            proxy: fault.proxy.clone(),
            no_proxy: fault.no_proxy.to_owned(),
        },
        ..HttpOptions::default()
    }
}

fn fly(fault: &Fault, http: &HttpOptions) -> FlyOptions {
    let url = Url::parse(&fault.url).unwrap();
    FlyOptions {
        settings: FlySettings {
            context: "live".to_owned(),
            api: url.clone(),
            token_url: url.join("connect/token").unwrap(),
            client_id: "22222222-2222-2222-2222-222222222222".to_owned(),
            credential: FlyCredential::Secret(Secret::new(CANARY)),
            kid: crate::domain::context::KidForm::Base64Url,
        },
        http: http.clone(),
        cache: None,
        clock: Timestamp::now,
    }
}

/// What each of those who call says of a fault: a call, a list, a context's test, a live check.
async fn heard(fault: &Fault, bundle: &std::path::Path) -> [String; 4] {
    let options = options(fault, bundle);
    let http = Http::new(options.clone()).unwrap();
    assert!(!format!("{http:?} {options:?}").contains(PASSWORD), "{}", fault.name);
    let url = Url::parse(&fault.url).unwrap();
    let call = get(&http, url).await.unwrap_err();
    assert_eq!((call.kind, &*call.host), (fault.kind, &*fault.host), "{}: {call}", fault.name);
    assert!(!call.hint().is_empty() && call.status.is_none(), "{}", fault.name);
    let fly = fly(fault, &options);
    let list = Fly::open(fly.clone()).unwrap().refresh(&|_| {}).await.unwrap_err();
    assert!(matches!(list, BackendError::Remote(_)), "no sign-in is blamed: {list:?}");
    let (context, checks) = tested(fly.clone()).await;
    let check = failed(&checks);
    assert_eq!(check.result.check, fault.step, "{}: {}", fault.name, check.result.found);
    let Err(Stop::Fault(owned)) = &check.outcome else { panic!("{check:?}") };
    assert!(owned.cause.sort != Sort::Refused && checks.last() == Some(check), "{}", fault.name);
    let redacted = context.redacted(&checks).unwrap();
    assert!(!redacted.contains(&fault.host), "{redacted}");
    let found = check.result.clone();
    let endpoints = Endpoints::new(&fault.url, &fault.url).unwrap();
    let secret = Credential::Secret(Secret::new(CANARY));
    let login = AppLogin::new("contoso.example", &fly.settings.client_id, secret).unwrap();
    let scenario = Scenario::new(Method::CustomApp, Job::Copy);
    let lookups = Lookups::new(Duration::from_secs(60));
    let app = App {
        lookups,
        http: http.clone(),
        endpoints,
        login,
        progress: Arc::new(|_| {}),
        owner: crate::checks::app::SIGN_IN,
    };
    let Err(Stop::Fault(check)) = app.evidence(&scenario).await else { panic!("{}", fault.name) };
    assert_eq!(check.cause.fix, call.hint(), "{}", fault.name);
    assert_eq!(found.fix, call.hint(), "{}", fault.name);
    [call.to_string(), list.to_string(), found.found, check.cause.text]
}

/// A text without its digits.
fn timeless(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[tokio::test]
async fn a_fault_has_the_same_layer_for_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("ca.pem");
    std::fs::write(&bundle, CA).unwrap();
    for fault in direct().into_iter().chain(proxied()) {
        let said = heard(&fault, &bundle).await;
        let [call, others @ ..] = &said;
        for other in others {
            // An expired certificate is reported with the second it was looked at.
            assert_eq!(timeless(other), timeless(call), "{}", fault.name);
        }
        assert!(call.contains(fault.kind.label()), "{}: {call}", fault.name);
        let all = said.join(" ");
        assert!(!all.contains(PASSWORD) && !all.contains("canary"), "E3: {all}");
        // A layer before the host never blames the host's, and the other way round.
        assert_eq!(call.contains("proxy"), fault.kind.is_of_proxy(), "{}: {call}", fault.name);
    }
}

/// The way that is shown is the way that is taken.
#[tokio::test]
async fn a_proxy_is_used_with_its_password_and_reported_without() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("ca.pem");
    std::fs::write(&bundle, CA).unwrap();
    let answer = |line: &str| match line.starts_with("POST ") {
        true => (200, json!({ "access_token": "fake", "expires_in": 3600 }).to_string()),
        false => (200, json!({ "data": { "data": [], "totalCount": 0 } }).to_string()),
    };
    let proxy = Proxy::new(Door::Locked(LETTERS, site(Site::Answers(Box::new(answer)))));
    let fault =
        Fault { proxy: format!("http://me:right@{}", proxy.address), ..proxied().remove(0) };
    let (_, checks) = tested(fly(&fault, &options(&fault, &bundle))).await;
    assert!(checks.iter().all(|it| it.result.level == Level::Ok), "{checks:?}");
    let reported: Vec<&str> = checks.iter().skip(1).map(|it| &*it.result.found).collect();
    assert_eq!(reported[0], format!("through the proxy {}", proxy.address));
    assert_eq!(
        reported[1..4],
        ["the name of the proxy is known", "the proxy can be reached", "it connects to both hosts"]
    );
    assert!(!reported.join(" ").contains("right"), "{reported:?}");
    assert!(proxy.seen().iter().all(|it| it.starts_with(&format!("CONNECT {HOST}:443"))));
}
