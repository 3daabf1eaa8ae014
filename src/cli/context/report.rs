//! The report of `context test --report`: what somebody can send who sees the real service answer
//! differently. It holds no names, ids, addresses or secrets.

use std::path::Path;

use super::credential::describe;
use super::test::bare;
use crate::backend::fly::presets;
use crate::checks::Finished;
use crate::cli::checks::TEST;
use crate::config::Config;
use crate::config::contexts::{Address, ContextPlace, FlyConfig};
use crate::domain::Timestamp;
use crate::error::Failure;
use crate::files::write::{self, Existing};

/// Writes it; a report that is there is replaced.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    Ok(write::bytes(path, Existing::Replace, text.as_bytes())?)
}

/// The report.
pub fn text(
    config: &Config,
    place: &ContextPlace,
    checks: &[Finished],
    service: Option<&str>,
    now: Timestamp,
) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line("jetbridge context test".to_owned());
    line(format!("version      {}", env!("CARGO_PKG_VERSION")));
    line(format!("system       {} {}", std::env::consts::OS, std::env::consts::ARCH));
    line(format!("day          {}", now.strftime("%Y-%m-%d")));
    line(format!("kind         {}", place.kind().slug()));
    if let ContextPlace::Fly(fly) = place {
        line(format!("data centre  {}", centre(fly)));
        line(format!("identity     {}", identity(fly)));
        line(format!("sign-in      {}", describe(&fly.credential)));
    }
    if let ContextPlace::Postgres(team) = place {
        line(format!("sign-in      {}", describe(&team.credential)));
    }
    let proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let proxy = proxy.iter().any(|name| std::env::var_os(name).is_some_and(|it| !it.is_empty()));
    line(format!("proxy        {}", if proxy { "set" } else { "not set" }));
    let bundle = if config.network.ca_bundle.is_some() { "set" } else { "not set" };
    line(format!("CA bundle    {bundle}"));
    line(format!("time limit   {} s", config.network.timeout_seconds));
    line(String::new());
    for it in checks {
        // The details name files and hosts; those of the service follow without names.
        TEST.lines(&bare(&it.result), None).into_iter().for_each(&mut line);
    }
    if let Some(service) = service {
        line(service.trim_end().to_owned());
    }
    out
}

/// The data centre where it is one of AvePoint's; any other address would name a customer.
fn centre(fly: &FlyConfig) -> String {
    let known = match &fly.address {
        Address::DataCentre(name) => presets::ALL.iter().find(|it| it.name == name),
        Address::Url(url) => presets::of_api(url),
    };
    match (known, &fly.address) {
        (Some(it), _) => format!("{} ({})", it.name, it.evidence.label()),
        (None, Address::DataCentre(name)) => name.clone(),
        (None, Address::Url(url)) => {
            let end = url.path().trim_end_matches('/').ends_with("/fly");
            format!("another address, {} /fly at its end", if end { "with" } else { "without" })
        }
    }
}

/// Whose sign-in address it is.
fn identity(fly: &FlyConfig) -> String {
    let Some(url) = &fly.identity_url else { return "derived".to_owned() };
    let known = presets::ALL.iter().find(|it| it.token_url == url.as_str());
    known.map_or("another address".to_owned(), |it| format!("that of {}", it.name))
}
