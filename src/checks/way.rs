//! The way of calls to some hosts, layer by layer: route, names, connection, proxy, certificate.

use tokio_util::sync::CancellationToken;
use url::Url;

use super::check::{Check, Fault, Need, Running, Seen, Skip, Stop, always};
use super::lookup::{Answer, Lookups};
use crate::backend::http::{Http, HttpError, Request, Route, Stop as FirstStop};
use crate::domain::Timestamp;

/// Ids of the checks.
pub(super) const ROUTE: &str = "route";
pub(super) const NAMES: &str = "host names";
pub(super) const CONNECTION: &str = "connection";
pub(super) const PROXY: &str = "proxy";
pub(super) const CERTIFICATE: &str = "certificate";

/// For those who only want to know whether hosts answer.
pub static CHECKS: [Check<Way>; 1] = [Check {
    id: "reached",
    area: "Network",
    proves: "Every host answers, with any status.",
    needs: &[Need::Network],
    when: always,
    run: Way::check_answers,
}];

/// A client, and an address of each host to be asked without a token.
#[derive(Clone)]
pub struct Hosts {
    /// The client.
    pub http: Http,
    /// The addresses.
    pub asked: Vec<Url>,
}

/// A host with its route.
#[derive(Clone)]
struct Host {
    http: Http,
    url: Url,
    route: Route,
}

impl Host {
    /// What calls connect to first.
    fn stop(&self) -> FirstStop {
        FirstStop::of(&self.url, &self.route)
    }
}

/// What a host says without a token: any answer at all shows that the way is good.
#[derive(Debug, Clone)]
struct Said {
    status: Result<u16, HttpError>,
    /// Seconds that its clock is ahead of ours.
    ahead: Option<i64>,
}

/// The way to some hosts. What is asked of a host is asked once, however many name it.
#[derive(Clone)]
pub struct Way {
    pub(super) lookups: Lookups,
    pub(super) hosts: Answer<Hosts>,
}

impl Way {
    /// The way to these hosts.
    pub fn to(lookups: Lookups, hosts: Hosts) -> Self {
        let key = hosts.asked.iter().map(Url::as_str).collect::<Vec<_>>().join(" ");
        let ready = std::future::ready(Ok(hosts));
        let hosts = lookups.ask(format!("hosts {key}"), ROUTE, ready, |it| async { Ok(it) });
        Self { lookups, hosts }
    }

    async fn routed(&self) -> Result<Vec<Host>, Stop> {
        let Hosts { http, asked } = self.hosts.clone().await?;
        let host = |url: Url| {
            let route = http.route(&url).map_err(|error| fault(ROUTE, error))?;
            Ok(Host { http: http.clone(), url, route })
        };
        asked.into_iter().map(host).collect()
    }

    /// The name of what is reached first is known.
    fn named(&self, stop: &FirstStop) -> Answer<()> {
        let (key, stop) = (format!("name of {stop:?}"), stop.clone());
        let ready = std::future::ready(Ok(stop));
        self.lookups.ask(
            key,
            NAMES,
            ready,
            |stop: FirstStop| async move { Ok(stop.look_up().await?) },
        )
    }

    fn connected(&self, host: &Host) -> Answer<()> {
        let (stop, limit) = (host.stop(), host.http.options().connect_timeout);
        let key = format!("connection to {stop:?}");
        self.lookups.ask(key, CONNECTION, self.named(&stop), move |()| async move {
            Ok(stop.connect(limit).await?)
        })
    }

    fn said(&self, host: &Host) -> Answer<Said> {
        let (key, host) = (host.url.origin().ascii_serialization(), host.clone());
        let connected = self.connected(&host);
        self.lookups.ask(key, CERTIFICATE, connected, |()| async move {
            let sent = host.http.send(&Request::get(host.url), &CancellationToken::new()).await;
            Ok(match sent {
                Ok(it) => {
                    let now = Timestamp::now().as_second();
                    let ahead = it.date.map(|it| it.as_second() - now);
                    Said { status: Ok(it.status), ahead }
                }
                Err(error) => {
                    let ahead = error.clock_ahead;
                    Said { status: error.status.ok_or(error), ahead }
                }
            })
        })
    }

    async fn all_named(&self) -> Result<Vec<Host>, Stop> {
        let hosts = self.routed().await?;
        for host in &hosts {
            self.named(&host.stop()).await?;
        }
        Ok(hosts)
    }

    async fn all_connected(&self) -> Result<Vec<Host>, Stop> {
        let hosts = self.all_named().await?;
        for host in &hosts {
            self.connected(host).await?;
        }
        Ok(hosts)
    }

    /// To how many hosts the proxy connects.
    async fn passed_proxy(&self) -> Result<(Vec<Host>, usize), Stop> {
        let hosts = self.all_connected().await?;
        let mut many = 0;
        for host in hosts.iter().filter(|it| it.route != Route::Direct) {
            match self.said(host).await?.status {
                // Whatever comes after the proxy is for the next check.
                Err(error) if error.kind.is_of_proxy() => return Err(fault(PROXY, error)),
                Ok(_) | Err(_) => many += 1,
            }
        }
        Ok((hosts, many))
    }

    /// The first status without a token, where TLS is spoken.
    pub(super) async fn trusted(&self) -> Result<Option<u16>, Stop> {
        let mut first = None;
        for host in self.passed_proxy().await?.0.iter().filter(|it| it.url.scheme() == "https") {
            let status = self.said(host).await?.status.map_err(|it| fault(CERTIFICATE, it))?;
            first = first.or(Some(status));
        }
        Ok(first)
    }

    /// Whether every host answers at all, and how many seconds the clock of the last that says so
    /// is ahead.
    pub async fn answers(&self) -> (Result<(), Stop>, Option<i64>) {
        let hosts = match self.passed_proxy().await {
            Ok((hosts, _)) => hosts,
            Err(stop) => return (Err(stop), None),
        };
        let mut ahead = None;
        for host in &hosts {
            let said = match self.said(host).await {
                Ok(said) => said,
                Err(stop) => return (Err(stop), ahead),
            };
            ahead = said.ahead.or(ahead);
            if let Err(error) = said.status {
                return (Err(fault(CERTIFICATE, error)), ahead);
            }
        }
        (Ok(()), ahead)
    }

    fn check_answers(&self) -> Running {
        let way = self.clone();
        Box::pin(async move { way.answers().await.0.map(|()| Seen::ok("it answers")) })
    }

    pub(super) fn check_route(&self) -> Running {
        let way = self.clone();
        Box::pin(async move { Ok(Seen::ok(route_words(&way.routed().await?))) })
    }

    pub(super) fn check_names(&self) -> Running {
        let way = self.clone();
        let words = ["the name of the proxy is known", "both names are known"];
        Box::pin(async move { Ok(behind_proxy(&way.all_named().await?, words)) })
    }

    pub(super) fn check_connection(&self) -> Running {
        let way = self.clone();
        let words = ["the proxy can be reached", "both hosts can be reached"];
        Box::pin(async move { Ok(behind_proxy(&way.all_connected().await?, words)) })
    }

    pub(super) fn check_proxy(&self) -> Running {
        let way = self.clone();
        Box::pin(async move {
            match way.passed_proxy().await?.1 {
                0 => Err(Stop::Skip(Skip::Nothing("there is no proxy on the way"))),
                1 => Ok(Seen::ok("it connects to the host that needs it")),
                _ => Ok(Seen::ok("it connects to both hosts")),
            }
        })
    }

    pub(super) fn check_certificate(&self) -> Running {
        let way = self.clone();
        Box::pin(async move {
            match way.trusted().await? {
                Some(status) => Ok(Seen::ok(format!("trusted; {status} without a token"))),
                None => Err(Stop::Skip(Skip::Nothing("plain http on this machine has none"))),
            }
        })
    }
}

fn fault(owner: &'static str, error: HttpError) -> Stop {
    Stop::Fault(Fault { owner, cause: error.into() })
}

fn behind_proxy(hosts: &[Host], [proxy, direct]: [&str; 2]) -> Seen {
    let all = hosts.iter().all(|it| it.stop().proxy);
    Seen::ok(if all { proxy } else { direct })
}

fn route_words(hosts: &[Host]) -> String {
    let words = |route: &Route| match route {
        Route::Direct => "direct".to_owned(),
        Route::Proxy(place) => format!("through the proxy {place}"),
    };
    match hosts {
        [api, token] if api.route != token.route => {
            format!("the API {}, the sign-in {}", words(&api.route), words(&token.route))
        }
        [Host { route: Route::Direct, .. }, ..] | [] => "direct, without a proxy".to_owned(),
        [first, ..] => words(&first.route),
    }
}
