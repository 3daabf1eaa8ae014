//! A domain controller as anybody sees it: which domain it serves, its clock, its certificate.
//! preflight.md §2.1, §2.2.

use std::net::SocketAddr;
use std::sync::Arc;

use super::find::Host;
use super::{id, of_domain};
use crate::backend::ad::ldap::{LdapError, Plain, RootDse, Secure};
use crate::backend::ad::tls::{TlsError, Trust};
use crate::checks::check::{Cause, Outcome, Running, Seen, Skip, Sort, Stop};
use crate::checks::lookup::Answer;
use crate::checks::preflight::{Run, Subject, clock, failed};
use crate::domain::Timestamp;
use crate::domain::token::Left;
use crate::text::shown;

/// The controller that is asked: the first that serves the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Controller {
    /// Its name.
    pub(super) host: String,
    /// Its port of LDAP.
    pub(super) ldap: SocketAddr,
    /// What it says of itself, to anybody.
    pub(super) root: RootDse,
}

/// How TLS is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// On the port of LDAP.
    StartTls,
    /// On a port of its own.
    Ldaps,
}

impl Way {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::StartTls => "StartTLS",
            Self::Ldaps => "LDAPS",
        }
    }
}

/// How TLS to a controller stands. Without it nobody signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Safety {
    /// Trusted, by this way, until then.
    Trusted(Way, Option<Timestamp>),
    /// There is TLS, and it is not accepted.
    Refused(TlsError),
    /// There is none: how StartTLS and LDAPS ended.
    None(LdapError, LdapError),
}

/// What a server without an answer comes to.
pub(super) fn words(error: &LdapError) -> String {
    match error {
        LdapError::Connect(why) => why.clone(),
        LdapError::Time => "no answer in time".to_owned(),
        LdapError::Ended => "it ended the connection".to_owned(),
        LdapError::NotLdap => "it does not speak LDAP as a domain controller does".to_owned(),
        LdapError::Tls(TlsError::Untrusted) => {
            "its certificate is not from a trusted authority".to_owned()
        }
        LdapError::Tls(TlsError::Name) => "its certificate is of another host".to_owned(),
        LdapError::Tls(TlsError::Dates) => "its certificate expired or is not valid yet".to_owned(),
        LdapError::Tls(TlsError::Ended(why) | TlsError::Other(why)) => {
            format!("TLS: {}", shown(why))
        }
        LdapError::Refused(code, text) => format!("result {code}: {}", shown(text)),
        LdapError::Referral => "it names another server, which is not asked".to_owned(),
    }
}

/// Where a domain begins in the directory.
fn naming_context(domain: &str) -> String {
    domain.split('.').map(|it| format!("DC={it}")).collect::<Vec<_>>().join(",")
}

/// The domain that begins there.
fn domain_of(context: &str) -> String {
    let parts = context.split(',').filter_map(|it| {
        let (key, value) = it.split_once('=')?;
        key.eq_ignore_ascii_case("dc").then_some(value)
    });
    parts.collect::<Vec<_>>().join(".").to_lowercase()
}

async fn root_dse(at: SocketAddr, run: &Run) -> Result<RootDse, LdapError> {
    Plain::connect(at, run.patience()).await?.root_dse().await
}

impl Run {
    /// The controller that is asked.
    pub(super) fn controller(&self, domain: &str) -> Answer<Arc<Controller>> {
        let (run, domain) = (self.clone(), domain.to_owned());
        let (reachable, key) = (self.reachable(&domain), format!("controller {domain}"));
        self.lookups.learn(key, id::ROOT, reachable, move |hosts| async move {
            let mut why = None;
            for (host, at) in hosts.iter() {
                match root_dse(*at, &run).await {
                    Ok(root) if is_of(&root, &domain) => {
                        let (host, ldap) = (host.name.clone(), *at);
                        return Ok(Arc::new(Controller { host, ldap, root }));
                    }
                    Ok(root) => why = Some(other_domain(host, &root, &domain)),
                    Err(error) => {
                        let text = format!("{}: {}", shown(&host.name), words(&error));
                        why = why.or(Some(failed(id::ROOT, text, CHECK_CONTROLLERS)));
                    }
                }
            }
            Err(why.unwrap_or(Stop::Skip(Skip::Nothing("no domain controller was asked"))))
        })
    }

    /// Whom to trust.
    fn trust(&self) -> Result<Trust, Cause> {
        match &self.http {
            Some(http) => Trust::new(http.options()).map_err(Cause::from),
            None => Err(Cause::new(Sort::Failed, "--offline makes no calls", "")),
        }
    }

    fn safety(&self, domain: &str) -> Answer<Safety> {
        let (run, key) = (self.clone(), format!("TLS of {domain}"));
        self.lookups.ask(key, id::TLS, self.controller(domain), move |it| async move {
            let trust = run.trust()?;
            let mut ended = Vec::new();
            for way in [Way::StartTls, Way::Ldaps] {
                match secured(&run, &it, way, &trust).await {
                    Ok(secure) => return Ok(Safety::Trusted(way, secure.certificate_ends)),
                    Err(LdapError::Tls(error)) if !matches!(error, TlsError::Ended(_)) => {
                        return Ok(Safety::Refused(error));
                    }
                    Err(other) => ended.push(other),
                }
            }
            let mut ended = ended.into_iter();
            let mut next = || ended.next().unwrap_or(LdapError::Ended);
            Ok(Safety::None(next(), next()))
        })
    }

    /// How to connect inside TLS; else whoever would is skipped after the check of TLS.
    pub(super) async fn safe_way(&self, domain: &str) -> Result<(Arc<Controller>, Way), Stop> {
        match self.safety(domain).await? {
            Safety::Trusted(way, _) => Ok((self.controller(domain).await?, way)),
            Safety::Refused(_) | Safety::None(..) => Err(Stop::Skip(Skip::After(id::TLS))),
        }
    }

    /// Connects inside TLS to the controller, and makes sure once more that it serves the domain: what
    /// was said before TLS could be from anybody.
    pub(super) async fn secure(
        &self,
        controller: &Controller,
        way: Way,
        domain: &str,
    ) -> Result<Secure, Cause> {
        let failed = |text: String| Cause::new(Sort::Failed, text, CHECK_CONTROLLERS);
        let trust = self.trust()?;
        let mut secure = secured(self, controller, way, &trust)
            .await
            .map_err(|it| failed(format!("{}: {}", shown(&controller.host), words(&it))))?;
        match secure.root_dse().await {
            Ok(root) if is_of(&root, domain) => Ok(secure),
            Ok(root) => Err(failed(other_words(&controller.host, &root))),
            Err(error) => Err(failed(format!("{}: {}", shown(&controller.host), words(&error)))),
        }
    }
}

async fn secured(
    run: &Run,
    controller: &Controller,
    way: Way,
    trust: &Trust,
) -> Result<Secure, LdapError> {
    let (limit, at, host) = (run.patience(), controller.ldap, &*controller.host);
    match way {
        Way::StartTls => Plain::connect(at, limit).await?.start_tls(trust, host).await,
        Way::Ldaps => {
            let at = SocketAddr::new(at.ip(), run.directory.ldaps);
            Secure::connect(at, limit, trust, host).await
        }
    }
}

fn is_of(root: &RootDse, domain: &str) -> bool {
    root.domain.eq_ignore_ascii_case(&naming_context(domain))
}

const CHECK_CONTROLLERS: &str = "Check the domain controller, or the record that names it.";

fn other_words(host: &str, root: &RootDse) -> String {
    format!("{} serves another domain: {}", shown(host), shown(&domain_of(&root.domain)))
}

fn other_domain(host: &Host, root: &RootDse, domain: &str) -> Stop {
    failed(
        id::ROOT,
        other_words(&host.name, root),
        format!("Correct the domain of the connection, or the records of {}.", shown(domain)),
    )
}

pub(super) fn check_root(subject: &Subject) -> Running {
    of_domain(subject, async |run: Run, domain: String| {
        let it = run.controller(&domain).await?;
        let host = shown(&it.host);
        if it.root.synchronized == Some(false) {
            return Ok(Seen::warning(
                format!("{host} has not caught up with the other domain controllers"),
                "Wait until it has, or check the replication (repadmin /showrepl).",
            ));
        }
        Ok(Seen::ok(format!("{host} serves {}", shown(&domain))))
    })
}

pub(super) fn check_clock(subject: &Subject) -> Running {
    of_domain(subject, async |run: Run, domain: String| {
        match run.controller(&domain).await?.root.ahead {
            Some(ahead) => Ok(clock(ahead)),
            None => {
                Err(Stop::Skip(Skip::NotReadable("the domain controller did not send its time")))
            }
        }
    })
}

pub(super) fn check_tls(subject: &Subject) -> Running {
    of_domain(subject, async |run: Run, domain: String| {
        let host = run.controller(&domain).await?.host.clone();
        judged(&run, &host, run.safety(&domain).await?)
    })
}

fn judged(run: &Run, host: &str, safety: Safety) -> Outcome {
    let host = shown(host);
    let because = |error: TlsError| words(&LdapError::Tls(error));
    Ok(match safety {
        Safety::Trusted(way, None) => Seen::ok(format!("{host} is trusted, by {}", way.label())),
        Safety::Trusted(way, Some(end)) => {
            let day = end.strftime("%Y-%m-%d");
            let words =
                format!("{host} is trusted, by {}; its certificate ends {day}", way.label());
            match Left::of(run.now, end) {
                left if left.is_soon(run.warning_days) => {
                    Seen::warning(words, "Renew the certificate of the domain controller.")
                }
                _ => Seen::ok(words),
            }
        }
        Safety::Refused(error) => {
            let fix = match error {
                TlsError::Untrusted => {
                    "Set ca_bundle under [network] to the certificate authority of the domain. Until then no sign-in is tried."
                }
                TlsError::Name => {
                    "Issue a certificate with the full name of the domain controller among its subject alternative names."
                }
                _ => "Renew the certificate of the domain controller.",
            };
            Seen::warning(format!("{host} is not trusted: {}", because(error)), fix)
        }
        Safety::None(start_tls, ldaps) => Seen::warning(
            format!(
                "{host} offers no TLS; StartTLS: {}; LDAPS: {}",
                words(&start_tls),
                words(&ldaps)
            ),
            "Give the domain controller a certificate. No password is sent without TLS.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_and_where_it_begins_are_the_same() {
        assert_eq!(naming_context("corp.example"), "DC=corp,DC=example");
        assert_eq!(domain_of("DC=Corp,dc=Example"), "corp.example");
        assert_eq!(domain_of("CN=x,"), "");
    }
}
