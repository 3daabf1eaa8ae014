//! A server on this machine that plays Microsoft Entra ID, Microsoft Graph and AvePoint Fly for tests.

use std::net::SocketAddr;

use super::network::Network;
use crate::backend::ad::dns::NameServers;
use crate::backend::graph::Endpoints;
use crate::error::Failure;

/// Names a server on this machine that plays Microsoft Entra ID, Microsoft Graph and AvePoint Fly. For tests, and
/// therefore in no help. It can name nothing but this machine: a variable in somebody's environment
/// must not send a secret elsewhere.
const STAND_IN: &str = "JETBRIDGE_LOOPBACK_STAND_IN";

/// Names a DNS server on this machine, with its port. For tests.
const NAME_SERVER: &str = "JETBRIDGE_TEST_NAME_SERVER";

/// The network of a test that names servers; else as it is.
pub fn instead(
    mut network: Network,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Network, Failure> {
    if let Some(address) = env(NAME_SERVER) {
        let server = address.parse::<SocketAddr>().ok().filter(|it| it.ip().is_loopback());
        let server = server.ok_or_else(|| {
            let what = format!("{NAME_SERVER} must be an address of this machine with a port");
            Failure::usage(what).hint("Unset it: it is for tests.")
        })?;
        network.name_servers = NameServers::At(server);
    }
    let Some(address) = env(STAND_IN) else {
        return Ok(network);
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
        options: network.options.clone().with_http_loopback(),
        stand_in: Some(stand_in),
        stand_in_url: Some(url),
        ..network
    })
}

#[cfg(test)]
mod tests {
    use super::super::network::network;
    use crate::config::Config;
    use crate::error::Exit;

    /// E3: no variable sends a secret to another machine.
    #[test]
    fn a_stand_in_is_on_this_machine_or_refused() {
        let with = |address: &str| {
            network(&Config::default(), &|name| {
                (name == super::STAND_IN).then(|| address.to_owned())
            })
        };
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
}
