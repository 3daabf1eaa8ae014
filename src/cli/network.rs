//! How to reach Microsoft Entra ID, Microsoft Graph and AvePoint Fly, as the configuration has it.

#[cfg(any(test, feature = "testing"))]
use super::stand_in::instead;
use crate::backend::ad::dns::NameServers;
use crate::backend::graph::Endpoints;
use crate::backend::http::HttpOptions;
use crate::config::Config;
use crate::error::Failure;
use crate::service::permissions::http_options;

/// How to reach services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// How the client behaves.
    pub options: HttpOptions,
    /// A server on this machine that plays both; `None`: those of the cloud.
    pub stand_in: Option<Endpoints>,
    /// The same server where it plays AvePoint Fly: below `fly/`, and `connect/token`.
    pub stand_in_url: Option<url::Url>,
    /// Who is asked for the records of domains.
    pub name_servers: NameServers,
}

/// What the configuration says; in tests, the server that stands in.
pub fn network(config: &Config, env: &dyn Fn(&str) -> Option<String>) -> Result<Network, Failure> {
    let Config { network: it, .. } = config;
    let options = http_options(it.ca_bundle.clone(), it.timeout());
    let name_servers = NameServers::System;
    instead(Network { options, stand_in: None, stand_in_url: None, name_servers }, env)
}

/// Nothing stands in for anybody in what is shipped.
#[cfg(not(any(test, feature = "testing")))]
fn instead(network: Network, _: &dyn Fn(&str) -> Option<String>) -> Result<Network, Failure> {
    Ok(network)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_configuration_reaches_the_client() {
        let mut config = Config::default();
        let usual = network(&config, &|_| None).unwrap();
        assert_eq!(usual.options, crate::backend::http::HttpOptions::default());
        assert_eq!(usual.stand_in, None);
        config.network.ca_bundle = Some("/etc/corporate.pem".into());
        config.network.timeout_seconds = 5;
        let options = network(&config, &|_| None).unwrap().options;
        let five = Duration::from_secs(5);
        assert_eq!(options.ca_bundle, config.network.ca_bundle);
        assert_eq!(options.total, five);
        for seconds in 1..=600 {
            config.network.timeout_seconds = seconds;
            let it = network(&config, &|_| None).unwrap().options;
            assert!(it.connect_timeout < it.read_timeout.min(it.total), "{seconds}: {it:?}");
        }
        assert_eq!((options.read_timeout, options.max_wait), (five, five));
        assert!(!options.http_loopback);
    }
}
