//! The way of calls to some hosts, layer by layer: route, names, connection, proxy, certificate.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use url::Url;

use super::check::{Outcome, Running, Seen, Skip, Stop, judged};
use super::lookup::{Answer, Lookups};
use crate::backend::http::{Http, HttpError, Request, Route, Stop as FirstStop};

/// Ids of the checks.
pub(super) const ROUTE: &str = "route";
pub(super) const NAMES: &str = "host names";
pub(super) const CONNECTION: &str = "connection";
pub(super) const PROXY: &str = "proxy";
pub(super) const CERTIFICATE: &str = "certificate";

/// A client, and an address of each host to be asked without a token.
#[derive(Clone)]
pub(super) struct Hosts {
    pub(super) http: Http,
    pub(super) asked: Vec<Url>,
}

/// Hosts with their routes.
pub(super) struct Road {
    http: Http,
    hosts: Vec<(Url, Route)>,
}

impl Road {
    /// What calls connect to first, each once.
    fn stops(&self) -> Vec<FirstStop> {
        let mut stops: Vec<FirstStop> =
            self.hosts.iter().map(|it| FirstStop::of(&it.0, &it.1)).collect();
        stops.dedup();
        stops
    }
}

/// The lookups of a way. A subject gives its hosts, and a name that no other hosts of the run have.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) lookups: Lookups,
    pub(super) name: String,
    pub(super) hosts: Answer<Hosts>,
}

impl Way {
    fn key(&self, what: &str) -> String {
        format!("{what} of {}", self.name)
    }

    fn routed(&self) -> Answer<Arc<Road>> {
        let hosts = self.hosts.clone();
        self.lookups.ask(self.key(ROUTE), ROUTE, hosts, |Hosts { http, asked }| async move {
            let route = |url: Url| http.route(&url).map(|it| (url, it));
            let hosts: Result<Vec<_>, HttpError> = asked.into_iter().map(route).collect();
            Ok(Arc::new(Road { hosts: hosts?, http }))
        })
    }

    fn named(&self) -> Answer<Arc<Road>> {
        self.lookups.ask(self.key(NAMES), NAMES, self.routed(), |road: Arc<Road>| async move {
            for stop in road.stops() {
                stop.look_up().await?;
            }
            Ok(road)
        })
    }

    fn connected(&self) -> Answer<Arc<Road>> {
        let named = self.named();
        self.lookups.ask(self.key(CONNECTION), CONNECTION, named, |road: Arc<Road>| async move {
            for stop in road.stops() {
                stop.connect(road.http.options().connect_timeout).await?;
            }
            Ok(road)
        })
    }

    /// What a host says without a token: any answer at all shows that the way is good.
    fn answer(&self, url: &Url) -> Answer<Result<u16, HttpError>> {
        let key = self.key(&url.origin().ascii_serialization());
        let url = url.clone();
        self.lookups.ask(key, CERTIFICATE, self.connected(), |road: Arc<Road>| async move {
            let sent = road.http.send(&Request::get(url), &CancellationToken::new()).await;
            Ok(match sent {
                Ok(answer) => Ok(answer.status),
                Err(error) => error.status.ok_or(error),
            })
        })
    }

    /// To how many hosts the proxy connects.
    fn passed_proxy(&self) -> Answer<(Arc<Road>, usize)> {
        let way = self.clone();
        let answers = async move {
            let road = way.connected().await?;
            let mut answers = Vec::new();
            for (url, _) in road.hosts.iter().filter(|it| it.1 != Route::Direct) {
                answers.push(way.answer(url).await?);
            }
            Ok((road, answers))
        };
        self.lookups.ask(self.key(PROXY), PROXY, answers, |(road, answers)| async move {
            let many = answers.len();
            // Whatever comes after the proxy is for the next check.
            match answers.into_iter().filter_map(Result::err).find(|it| it.kind.is_of_proxy()) {
                Some(error) => Err(error.into()),
                None => Ok((road, many)),
            }
        })
    }

    /// The first status without a token, where TLS is spoken.
    pub(super) fn trusted(&self) -> Answer<Option<u16>> {
        let way = self.clone();
        let answers = async move {
            let (road, _) = way.passed_proxy().await?;
            let mut answers = Vec::new();
            for (url, _) in road.hosts.iter().filter(|it| it.0.scheme() == "https") {
                let answer = way.answer(url).await?;
                let failed = answer.is_err();
                answers.push(answer);
                if failed {
                    break;
                }
            }
            Ok(answers)
        };
        self.lookups.ask(self.key(CERTIFICATE), CERTIFICATE, answers, |answers| async move {
            let statuses: Result<Vec<u16>, HttpError> = answers.into_iter().collect();
            Ok(statuses?.first().copied())
        })
    }

    pub(super) fn check_route(&self) -> Running {
        judged(self.routed(), |road| Ok(Seen::ok(route_words(&road.hosts))))
    }

    pub(super) fn check_names(&self) -> Running {
        let words = ["the name of the proxy is known", "both names are known"];
        judged(self.named(), move |road| behind_proxy(&road, words))
    }

    pub(super) fn check_connection(&self) -> Running {
        let words = ["the proxy can be reached", "both hosts can be reached"];
        judged(self.connected(), move |road| behind_proxy(&road, words))
    }

    pub(super) fn check_proxy(&self) -> Running {
        judged(self.passed_proxy(), |(_, connected)| match connected {
            0 => Err(Stop::Skip(Skip::Nothing("there is no proxy on the way"))),
            1 => Ok(Seen::ok("it connects to the host that needs it")),
            _ => Ok(Seen::ok("it connects to both hosts")),
        })
    }

    pub(super) fn check_certificate(&self) -> Running {
        judged(self.trusted(), |status| match status {
            Some(status) => Ok(Seen::ok(format!("trusted; {status} without a token"))),
            None => Err(Stop::Skip(Skip::Nothing("plain http on this machine has none"))),
        })
    }
}

fn behind_proxy(road: &Road, [proxy, hosts]: [&str; 2]) -> Outcome {
    let all = road.stops().iter().all(|it| it.proxy);
    Ok(Seen::ok(if all { proxy } else { hosts }))
}

fn route_words(hosts: &[(Url, Route)]) -> String {
    let words = |route: &Route| match route {
        Route::Direct => "direct".to_owned(),
        Route::Proxy(place) => format!("through the proxy {place}"),
    };
    match hosts {
        [(_, api), (_, token)] if api != token => {
            format!("the API {}, the sign-in {}", words(api), words(token))
        }
        [(_, Route::Direct), ..] | [] => "direct, without a proxy".to_owned(),
        [(_, route), ..] => words(route),
    }
}
