//! The checks of a context in AvePoint Fly: what is asked of the service is what reading the list
//! asks, a token and the first page.

mod shape;
#[cfg(test)]
pub(crate) mod tests;

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use super::check::{Cause, Check, Need, Running, Seen, Stop, always, judged};
use super::lookup::{Answer, Lookups};
use super::runner::Finished;
use super::way::{CERTIFICATE, CONNECTION, Hosts, NAMES, PROXY, ROUTE, Way};
use crate::backend::fly::{FlyCalls, FlyOptions};

const CREDENTIAL: &str = "credential";
const SIGN_IN: &str = "sign-in";
const FIRST_PAGE: &str = "first page";

const NETWORK: &str = "Network";
const SERVICE: &str = "Service";

/// The checks, in the order in which one presupposes the other.
pub static CHECKS: [Check<FlyContext>; 8] = [
    Check {
        id: CREDENTIAL,
        area: SERVICE,
        proves: "The credential of the context can be read.",
        needs: &[Need::Secret],
        when: always,
        run: |it| judged(it.options.clone(), |_| Ok(Seen::ok("read"))),
    },
    Check {
        id: ROUTE,
        area: NETWORK,
        proves: "The route of calls is known: direct, or through a proxy.",
        needs: &[],
        when: always,
        run: |it| it.way.check_route(),
    },
    Check {
        id: NAMES,
        area: NETWORK,
        proves: "The names of both hosts, or of the proxy, are known.",
        needs: &[Need::Network],
        when: always,
        run: |it| it.way.check_names(),
    },
    Check {
        id: CONNECTION,
        area: NETWORK,
        proves: "Both hosts can be reached, or the proxy.",
        needs: &[Need::Network],
        when: always,
        run: |it| it.way.check_connection(),
    },
    Check {
        id: PROXY,
        area: NETWORK,
        proves: "The proxy connects to both hosts.",
        needs: &[Need::Network],
        when: always,
        run: |it| it.way.check_proxy(),
    },
    Check {
        id: CERTIFICATE,
        area: NETWORK,
        proves: "The certificates of both hosts are trusted.",
        needs: &[Need::Network],
        when: always,
        run: |it| it.way.check_certificate(),
    },
    Check {
        id: SIGN_IN,
        area: SERVICE,
        proves: "The sign-in gives a token.",
        needs: &[Need::Network, Need::Secret],
        when: always,
        run: FlyContext::check_sign_in,
    },
    Check {
        id: FIRST_PAGE,
        area: SERVICE,
        proves: "The first page of the list can be read.",
        needs: &[Need::Network, Need::Secret],
        when: always,
        run: FlyContext::check_first_page,
    },
];

/// A context that is checked.
#[derive(Clone)]
pub struct FlyContext {
    options: Answer<Arc<FlyOptions>>,
    calls: Answer<Arc<FlyCalls>>,
    way: Way,
    /// What the first page looks like, for the report.
    shape: Arc<Mutex<Option<String>>>,
}

impl FlyContext {
    /// A context whose credential is still to be read, by this.
    pub fn new(
        lookups: Lookups,
        opening: impl Future<Output = Result<FlyOptions, Cause>> + Send + 'static,
    ) -> Self {
        let options = lookups.ask("options", CREDENTIAL, std::future::ready(Ok(())), |()| async {
            opening.await.map(Arc::new)
        });
        let calls =
            lookups.ask("calls", ROUTE, options.clone(), |options: Arc<FlyOptions>| async move {
                Ok(Arc::new(FlyCalls::new(&options)?))
            });
        let hosts = lookups.ask("hosts", ROUTE, calls.clone(), |it: Arc<FlyCalls>| async move {
            Ok(Hosts { http: it.http().clone(), asked: it.hosts() })
        });
        let way = Way { lookups, hosts };
        Self { options, calls, way, shape: Arc::default() }
    }

    fn signed_in(&self) -> Answer<Arc<FlyCalls>> {
        let (way, calls) = (self.way.clone(), self.calls.clone());
        let before = async move {
            way.trusted().await?;
            calls.await
        };
        self.way.lookups.ask(SIGN_IN, SIGN_IN, before, |calls: Arc<FlyCalls>| async move {
            calls.sign_in().await?;
            Ok(calls)
        })
    }

    fn check_sign_in(&self) -> Running {
        let (signed_in, options) = (self.signed_in(), self.options.clone());
        Box::pin(async move {
            signed_in.await?;
            let credential = options.await?.settings.credential.label();
            Ok(Seen::ok(format!("signed in with the {credential}")))
        })
    }

    fn check_first_page(&self) -> Running {
        let shape = Arc::clone(&self.shape);
        let question = |calls: Arc<FlyCalls>| async move {
            let (page, url) = calls.first_page().await?;
            let seen = shape::answer(&page, &url);
            *shape.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            Ok(FlyCalls::counted(&page, &url)?)
        };
        let counted = self.way.lookups.ask(FIRST_PAGE, FIRST_PAGE, self.signed_in(), question);
        judged(counted, |(here, total)| {
            Ok(Seen::ok(match total {
                Some(total) => format!("{here} of {total} connections received"),
                None => format!("{here} connections received; the total is not reported"),
            }))
        })
    }

    /// What the service answered, as text that can be sent to others: statuses, names of headers,
    /// keys and types of the JSON, counts and numbers of enums. No names, no ids, no addresses and
    /// no secrets. `None`: the credential could not be read.
    pub fn redacted(&self, results: &[Finished]) -> Option<String> {
        self.options.peek()?.as_ref().ok()?;
        let mut text = String::new();
        for it in results.iter().filter(|it| it.result.check != CREDENTIAL) {
            let shape = self.shape.lock().unwrap_or_else(PoisonError::into_inner);
            let shape = shape.as_ref().filter(|_| it.result.check == FIRST_PAGE);
            let fault = match &it.outcome {
                Err(Stop::Fault(fault)) => Some(format!("  {}", fault.cause.kind)),
                _ => None,
            };
            let details: Vec<String> =
                shape.map(ToString::to_string).into_iter().chain(fault).collect();
            if !details.is_empty() {
                text.push_str(&format!(
                    "\n{}, what came:\n{}\n",
                    it.result.check,
                    details.join("\n")
                ));
            }
        }
        Some(text)
    }
}
