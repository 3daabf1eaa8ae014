//! How to reach Microsoft Entra ID, Microsoft Graph and AvePoint Fly, as the configuration has it.

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
}

/// Names a server on this machine that plays Microsoft Entra ID, Microsoft Graph and AvePoint Fly. For tests, and
/// therefore in no help. It can name nothing but this machine: a variable in somebody's environment
/// must not send a secret elsewhere.
const STAND_IN: &str = "JETBRIDGE_LOOPBACK_STAND_IN";

/// What the configuration says, and the stand-in of a test.
pub fn network(config: &Config, env: &dyn Fn(&str) -> Option<String>) -> Result<Network, Failure> {
    let Config { network: it, .. } = config;
    let options = http_options(it.ca_bundle.clone(), it.timeout());
    let Some(address) = env(STAND_IN) else {
        return Ok(Network { options, stand_in: None, stand_in_url: None });
    };
    let loopback = url::Url::parse(&address).ok().filter(|url| {
        let here = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(_)) | None => false,
        };
        here && url.scheme() == "http" && url.username().is_empty() && url.password().is_none()
    });
    let Some(url) = loopback else {
        return Err(Failure::usage(format!(
            "{STAND_IN} must be http:// and an address of this machine"
        ))
        .hint("Unset it: it is for tests."));
    };
    let stand_in = Endpoints::new(url.as_str(), url.as_str()).map_err(|error| {
        Failure::usage(format!("{STAND_IN}: {error}")).hint("Unset it: it is for tests.")
    })?;
    Ok(Network {
        options: options.with_http_loopback(),
        stand_in: Some(stand_in),
        stand_in_url: Some(url),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Exit;

    /// E3: no variable sends a secret to another machine.
    #[test]
    fn a_stand_in_is_on_this_machine_or_refused() {
        let with = |address: &str| network(&Config::default(), &|_| Some(address.to_owned()));
        for good in ["http://127.0.0.1:8080/", "http://[::1]:8080"] {
            let network = with(good).unwrap();
            assert!(network.options.http_loopback && network.stand_in.is_some(), "{good}");
        }
        for bad in [
            "http://evil.example/",
            "https://127.0.0.1/",
            "http://localhost:1/",
            "http://127.0.0.1.evil.example/",
            "http://me:secret@127.0.0.1/",
            "http://192.0.2.1/",
            "127.0.0.1",
            "",
        ] {
            let failure = with(bad).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{bad}");
            assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
        }
    }

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
