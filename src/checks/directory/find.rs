//! The controllers of a domain: their records, addresses and ports. preflight.md §2.1.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;

use super::{Port, id, of_domain};
use crate::backend::ad::dns::{Dns, DnsError, Srv};
use crate::checks::check::{Cause, Outcome, Running, Seen, Sort, Stop};
use crate::checks::lookup::Answer;
use crate::checks::preflight::{Run, Subject, failed};
use crate::text::{counted, shown};

/// Most controllers that are looked at: those that would be asked first.
const MOST: usize = 8;

/// A domain controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Port of LDAP.
    pub port: u16,
    /// Its addresses, or why there are none.
    pub addresses: Result<Vec<IpAddr>, DnsError>,
}

impl Host {
    /// The address that is used: of the older kind where it has one, as the devices are likely to.
    pub fn address(&self) -> Option<IpAddr> {
        let all = self.addresses.as_ref().ok()?;
        all.iter().find(|it| it.is_ipv4()).or(all.first()).copied()
    }
}

/// Its name and addresses, for people.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses = match &self.addresses {
            Ok(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            Err(_) => "no address".to_owned(),
        };
        write!(f, "{} ({addresses})", shown(&self.name))
    }
}

/// The controllers that are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// Those to ask first in front.
    pub first: Vec<Host>,
    /// How many there are.
    pub total: usize,
}

/// The record that names the controllers of a domain by what they serve.
fn record(service: &str, domain: &str) -> String {
    format!("_{service}._tcp.dc._msdcs.{domain}")
}

/// What a name comes to that has no record.
fn words(error: &DnsError, name: &str) -> String {
    let name = shown(name);
    match error {
        DnsError::NoName => format!("DNS does not know {name}"),
        DnsError::NoRecord => format!("DNS has no such record at {name}"),
        DnsError::Server(code) => format!("the DNS server answers {name} with: {}", shown(code)),
        DnsError::Time => format!("no DNS server answers {name} in time"),
        DnsError::NoServer(why) => format!("no DNS server can be asked for {name}: {}", shown(why)),
    }
}

const USE_ITS_DNS: &str =
    "Correct the domain, or use a DNS server on this machine that knows the domain.";

fn dns(run: &Run) -> Result<Dns, DnsError> {
    Dns::new(run.directory.name_servers, run.patience())
}

async fn servers(run: &Run, name: &str) -> Result<Arc<Vec<Srv>>, DnsError> {
    dns(run)?.servers(name).await.map(Arc::new)
}

impl Run {
    /// How long a name, a port or an answer may take.
    pub(super) fn patience(&self) -> Duration {
        self.http.as_ref().map_or(Duration::from_secs(10), |it| it.options().connect_timeout)
    }

    fn domain_records(&self, domain: &str) -> Answer<Arc<Vec<Srv>>> {
        let (run, name) = (self.clone(), record("ldap", domain));
        let key = format!("records {name}");
        self.lookups.learn(key, id::SRV, std::future::ready(Ok(())), move |()| async move {
            // Nobody is asked without a network.
            run.http()?;
            servers(&run, &name).await.map_err(|it| failed(id::SRV, words(&it, &name), USE_ITS_DNS))
        })
    }

    fn kerberos_records(&self, domain: &str) -> Answer<Arc<Vec<Srv>>> {
        let (run, name) = (self.clone(), record("kerberos", domain));
        let key = format!("records {name}");
        let known = self.domain_records(domain);
        self.lookups.learn(key, id::KERBEROS, known, move |_| async move {
            let fix = "Add the missing record to the DNS zone of the domain.";
            servers(&run, &name).await.map_err(|it| failed(id::KERBEROS, words(&it, &name), fix))
        })
    }

    /// The controllers of a domain with their addresses. At least one has some.
    pub(super) fn domain_hosts(&self, domain: &str) -> Answer<Arc<Hosts>> {
        let (run, key) = (self.clone(), format!("addresses {domain}"));
        let records = self.domain_records(domain);
        self.lookups.ask(key, id::RESOLVE, records, move |records| async move {
            let no_dns =
                |it: DnsError| Cause::new(Sort::Failed, words(&it, "addresses"), USE_ITS_DNS);
            let dns = dns(&run).map_err(no_dns)?;
            let host = async |it: &Srv| Host {
                name: it.host.clone(),
                port: it.port,
                addresses: dns.addresses(&it.host).await,
            };
            let first = join_all(records.iter().take(MOST).map(host)).await;
            let hosts = Hosts { first, total: records.len() };
            match hosts.first.iter().any(|it| it.address().is_some()) {
                true => Ok(Arc::new(hosts)),
                false => Err(Cause::new(Sort::Failed, without(&hosts), ADD_ADDRESSES)),
            }
        })
    }

    /// Whether a port is open from here; else why not.
    fn open(&self, at: SocketAddr) -> Answer<Result<(), String>> {
        let limit = self.patience();
        let key = format!("port {at}");
        self.lookups.ask(key, id::PORTS, std::future::ready(Ok(())), move |()| async move {
            Ok(match tokio::time::timeout(limit, TcpStream::connect(at)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.kind().to_string()),
                Err(_) => Err("no answer".to_owned()),
            })
        })
    }

    /// The controllers whose port of LDAP is open, with that place. At least one.
    pub(super) fn reachable(&self, domain: &str) -> Answer<Arc<Vec<(Host, SocketAddr)>>> {
        let (run, hosts) = (self.clone(), self.domain_hosts(domain));
        let key = format!("reachable {domain}");
        self.lookups.learn(key, id::PORTS, hosts, move |hosts| async move {
            let open = async |host: &Host| {
                let at = SocketAddr::new(host.address()?, host.port);
                let open = matches!(run.open(at).await, Ok(Ok(())));
                open.then(|| (host.clone(), at))
            };
            let found: Vec<_> = join_all(hosts.first.iter().map(open)).await;
            let found: Vec<_> = found.into_iter().flatten().collect();
            match found.is_empty() {
                true => {
                    Err(failed(id::PORTS, "no domain controller answers LDAP from here", OPEN_THEM))
                }
                false => Ok(Arc::new(found)),
            }
        })
    }
}

const ADD_ADDRESSES: &str = "Add the missing address records, or remove servers that are gone.";
const OPEN_THEM: &str =
    "Open the ports from here, and from the devices: only theirs are used in a migration.";

/// The controllers without an address, and why.
fn without(hosts: &Hosts) -> String {
    let parts = hosts.first.iter().filter_map(|it| {
        let error = it.addresses.as_ref().err()?;
        Some(words(error, &it.name))
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// The first of many.
fn of_all(hosts: &Hosts) -> String {
    let (many, total) = (hosts.first.len(), hosts.total);
    if many < total { format!(" (the first {many} of {total} looked at)") } else { String::new() }
}

pub(super) fn check_records(subject: &Subject) -> Running {
    of_domain(subject, async |run: Run, domain: String| {
        let found = run.domain_records(&domain).await?;
        Ok(Seen::ok(named("domain controller", &found)))
    })
}

/// A device that joins asks for a ticket first. preflight.md §2.1
pub(super) fn check_kerberos(subject: &Subject) -> Running {
    of_domain(subject, async |run: Run, domain: String| {
        let found = run.kerberos_records(&domain).await?;
        Ok(Seen::ok(named("Kerberos server", &found)))
    })
}

fn named(what: &str, found: &[Srv]) -> String {
    let names: Vec<_> = found.iter().take(3).map(|it| shown(&it.host)).collect();
    let more = if found.len() > names.len() { ", …" } else { "" };
    format!("{}: {}{more}", counted(found.len(), what), names.join(", "))
}

pub(super) fn check_addresses(subject: &Subject) -> Running {
    of_domain(subject, async |run: Run, domain: String| {
        let hosts = run.domain_hosts(&domain).await?;
        let missing = without(&hosts);
        if !missing.is_empty() {
            return Ok(Seen::warning(missing, ADD_ADDRESSES));
        }
        let many = counted(hosts.first.len(), "domain controller");
        Ok(Seen::ok(format!("addresses of {many} known{}", of_all(&hosts))))
    })
}

pub(super) fn check_ports(subject: &Subject) -> Running {
    of_domain(subject, ports)
}

async fn ports(run: Run, domain: String) -> Outcome {
    let hosts = run.domain_hosts(&domain).await?;
    let places: Vec<(&Host, IpAddr)> =
        hosts.first.iter().filter_map(|it| Some((it, it.address()?))).collect();
    let mut asked = Vec::new();
    for (host, address) in &places {
        let ldap = Port { number: host.port, service: "LDAP", needed: true };
        for port in std::iter::once(ldap).chain(run.directory.ports.iter().copied()) {
            asked.push((*host, port, run.open(SocketAddr::new(*address, port.number))));
        }
    }
    let (about, answers): (Vec<_>, Vec<_>) =
        asked.into_iter().map(|(host, port, answer)| ((host, port), answer)).unzip();
    let answers = join_all(answers).await;
    let mut closed: Vec<(&Host, Port, String)> = Vec::new();
    for ((host, port), answer) in about.into_iter().zip(answers) {
        if let Err(why) = answer? {
            closed.push((host, port, why));
        }
    }
    Ok(judged(&hosts, places.len(), &closed))
}

/// How the ports stand: `many` controllers were asked, these are closed.
fn judged(hosts: &Hosts, many: usize, closed: &[(&Host, Port, String)]) -> Seen {
    let named = |needed: bool| {
        let parts = closed.iter().filter(|it| it.1.needed == needed).map(|(host, port, why)| {
            format!("{} ({}) of {}: {why}", port.number, port.service, shown(&host.name))
        });
        parts.collect::<Vec<_>>().join("; ")
    };
    let (needed, others) = (named(true), named(false));
    let others = match others.is_empty() {
        true => String::new(),
        false => format!("; not needed for a join and closed: {others}"),
    };
    // LDAP may have another port on each of them.
    let everywhere =
        |port: &Port| closed.iter().filter(|it| it.1.service == port.service).count() == many;
    if needed.is_empty() {
        let controllers = counted(many, "domain controller");
        let words = format!("open from here on {controllers}{}{others}", of_all(hosts));
        Seen::ok(words)
    } else if closed.iter().any(|it| it.1.needed && everywhere(&it.1)) {
        Seen::fail(format!("closed from here: {needed}"), OPEN_THEM)
    } else {
        Seen::warning(format!("closed from here: {needed}"), OPEN_THEM)
    }
}

/// What a question of a domain that failed comes to, in words.
pub fn why(stop: &Stop) -> String {
    match stop {
        Stop::Skip(why) => why.to_string(),
        Stop::Fault(it) => it.cause.text.clone(),
    }
}
