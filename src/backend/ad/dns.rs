//! The records by which a domain is found. Never through the proxy. preflight.md §2.1.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError as AnswerError, NetError};
use hickory_resolver::proto::rr::{RData, RecordType};

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameServers {
    /// Those of the system.
    #[default]
    System,
    /// This one.
    At(SocketAddr),
}

/// Why there is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsError {
    /// The name does not exist.
    NoName,
    /// The name exists without such a record.
    NoRecord,
    /// The DNS server answers with this error.
    Server(String),
    /// No DNS server answers in time.
    Time,
    /// The system names no DNS server, or none can be asked.
    NoServer(String),
}

/// A server as a record names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// Smaller is asked first.
    pub priority: u16,
    /// Larger is asked more often.
    pub weight: u16,
    /// Its port.
    pub port: u16,
    /// Its name, in lower case and without the dot at the end.
    pub host: String,
}

/// Asks DNS servers. Each question is asked once.
pub struct Dns(TokioResolver);

impl Dns {
    /// With this long for an answer.
    ///
    /// # Errors
    /// [`DnsError::NoServer`]
    pub fn new(servers: NameServers, limit: Duration) -> Result<Self, DnsError> {
        let failed = |error: NetError| DnsError::NoServer(error.to_string());
        let mut builder = match servers {
            NameServers::System => TokioResolver::builder_tokio().map_err(failed)?,
            NameServers::At(address) => {
                let [mut udp, mut tcp] = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                (udp.port, tcp.port) = (address.port(), address.port());
                let server = NameServerConfig::new(address.ip(), true, vec![udp, tcp]);
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
                    .with_options(ResolverOpts::default())
            }
        };
        let options = builder.options_mut();
        options.timeout = limit;
        // What gets no answer is reported, not asked again.
        options.attempts = 1;
        options.cache_size = 0;
        Ok(Self(builder.build().map_err(failed)?))
    }

    /// The servers that a record names, those to ask first in front.
    ///
    /// # Errors
    /// [`DnsError`]
    pub async fn servers(&self, record: &str) -> Result<Vec<Srv>, DnsError> {
        let found = self.0.lookup(rooted(record), RecordType::SRV).await.map_err(why)?;
        let mut all: Vec<Srv> = found
            .answers()
            .iter()
            .filter_map(|it| match &it.data {
                RData::SRV(it) => Some(Srv {
                    priority: it.priority,
                    weight: it.weight,
                    port: it.port,
                    host: it.target.to_ascii().trim_end_matches('.').to_lowercase(),
                }),
                _ => None,
            })
            // The root in place of a name: the service is not there.
            .filter(|it| !it.host.is_empty())
            .collect();
        all.sort_by(|a, b| (a.priority, b.weight, &a.host).cmp(&(b.priority, a.weight, &b.host)));
        all.dedup_by(|a, b| a.host == b.host);
        if all.is_empty() { Err(DnsError::NoRecord) } else { Ok(all) }
    }

    /// The addresses of a host.
    ///
    /// # Errors
    /// [`DnsError`]
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        let found = self.0.lookup_ip(rooted(host)).await.map_err(why)?;
        let all: Vec<IpAddr> = found.iter().collect();
        if all.is_empty() { Err(DnsError::NoRecord) } else { Ok(all) }
    }
}

/// The name from the root, so that no search list is tried.
fn rooted(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

fn why(error: NetError) -> DnsError {
    match error {
        _ if error.is_nx_domain() => DnsError::NoName,
        _ if error.is_no_records_found() => DnsError::NoRecord,
        NetError::Timeout => DnsError::Time,
        NetError::Dns(AnswerError::ResponseCode(code)) => DnsError::Server(code.to_string()),
        other => DnsError::NoServer(other.to_string()),
    }
}
