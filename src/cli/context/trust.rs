//! `jetbridge context trust`: hosts beside AvePoint's own that a secret may be sent to. The list lies
//! outside the configuration, so that no file that somebody hands over can extend it.

use std::path::PathBuf;

use sha2::Digest;
use url::Url;

use super::Desk;
use super::open;
use crate::backend::fly::presets;
use crate::backend::graph::Endpoints;
use crate::cli::answer::{Format, VERSION, object};
use crate::cli::session::Session;
use crate::config::contexts::{ContextConfig, ContextPlace, FlyConfig, TeamConfig};
use crate::config::{Config, Paths, SignInConfig};
use crate::domain::agent::Sha256;
use crate::domain::destination::Destination;
use crate::error::{Exit, Failure};
use crate::files::write::{self, Existing};
use crate::files::{FileError, Why, secret};
use crate::service::contexts::OpenError;
use crate::text::shown;

/// Longest list.
const MAX: u64 = 64 << 10;
/// Longest file of certificate authorities, as of calls.
const MAX_BUNDLE: u64 = 8 << 20;

fn file(paths: &Paths) -> PathBuf {
    paths.config_dir.join("trusted-hosts")
}

/// Every host that somebody trusts.
fn hosts(paths: &Paths) -> Result<Vec<String>, FileError> {
    let path = file(paths);
    let text = match secret::trusted(&path, MAX) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(FileError { why: Why::Missing, .. }) => String::new(),
        Err(error) => return Err(error),
    };
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

fn write(paths: &Paths, hosts: &[String]) -> Result<(), FileError> {
    let path = file(paths);
    write::folder(write::folder_of(&path))?;
    let lines: String = hosts.iter().map(|it| format!("{it}\n")).collect();
    let text =
        format!("# Hosts that jetbridge sends secrets to: `jetbridge context trust`.\n{lines}");
    write::bytes(&path, Existing::Replace, text.as_bytes())
}

/// A host with its port, where that is not the one of HTTPS.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_lowercase();
    url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

/// Refuses a Fly service at hosts that are neither AvePoint's nor trusted, before its secret is
/// touched.
pub fn check(paths: &Paths, name: &str, fly: &FlyConfig) -> Result<(), OpenError> {
    let (api, token) = open::addresses(fly)?;
    let known = hosts(paths).map_err(|it| OpenError::new(it.to_string(), it.hint()))?;
    for url in [&token, &api] {
        let host = host_of(url);
        if !presets::is_own(url) && !known.contains(&host) {
            let refused = OpenError::new(
                format!("the context {name} would send its secret to {}", shown(&host)),
                format!(
                    "That host is not AvePoint's; `jetbridge context trust {}` allows it.",
                    shown(&host)
                ),
            );
            return Err(OpenError { auth: true, ..refused });
        }
    }
    Ok(())
}

/// Where the credential of a Fly context goes: to its hosts, as its client, by whoever vouches for
/// the hosts.
pub fn destination(config: &Config, fly: &FlyConfig) -> Result<Destination, OpenError> {
    let (api, token) = open::addresses(fly)?;
    let bundle = authorities(config)?;
    Ok(Destination::new([
        ("api", api.origin().ascii_serialization()),
        ("sign-in", token.origin().ascii_serialization()),
        ("client", fly.client_id.to_lowercase()),
        ("authorities", bundle),
    ]))
}

/// Where the credential of a sign-in goes: to the fixed host of its cloud, to its tenant as its client.
pub fn sign_in_destination(config: &Config, it: &SignInConfig) -> Result<Destination, OpenError> {
    let login = Endpoints::at(it.cloud).login;
    Ok(Destination::new([
        ("sign-in", login.origin().ascii_serialization()),
        ("tenant", it.tenant.to_lowercase()),
        ("client", it.client_id.to_lowercase()),
        ("authorities", authorities(config)?),
    ]))
}

/// The digest of the certificate authorities of the configuration; empty: it names none.
fn authorities(config: &Config) -> Result<String, OpenError> {
    config.network.ca_bundle.as_deref().map_or_else(|| Ok(String::new()), digest_of)
}

fn digest_of(path: &std::path::Path) -> Result<String, OpenError> {
    let read = secret::authority(path, MAX_BUNDLE);
    let bytes = read.map_err(|it| OpenError::new(it.to_string(), it.hint()))?;
    Ok(Sha256(sha2::Sha256::digest(&*bytes).into()).to_string())
}

/// Refuses the server of a team store that nobody trusts, before its password is touched.
pub fn check_server(paths: &Paths, name: &str, team: &TeamConfig) -> Result<(), OpenError> {
    let known = hosts(paths).map_err(|it| OpenError::new(it.to_string(), it.hint()))?;
    let place = team.address.place();
    if known.contains(&place) {
        return Ok(());
    }
    let place = shown(&place);
    let refused = OpenError::new(
        format!("the context {name} would sign in to {place}, which is not trusted here"),
        format!("`jetbridge context trust {place}` allows it, if it is your server."),
    );
    Err(refused.of_credential())
}

/// Where the password of a team store goes: to its server, for its database, as its role.
pub fn server_destination(config: &Config, team: &TeamConfig) -> Result<Destination, OpenError> {
    let own = match &team.ca {
        None => String::new(),
        Some(path) => digest_of(path)?,
    };
    Ok(Destination::new([
        ("server", team.address.place()),
        ("database", team.address.database.clone()),
        ("role", team.address.user.clone()),
        ("plain", team.address.plain.to_string()),
        ("authorities", authorities(config)?),
        ("own authorities", own),
    ]))
}

/// Trusts the hosts of a context whose addresses somebody typed just now.
pub fn typed(paths: &Paths, context: &ContextConfig) -> Result<(), Failure> {
    let wanted: Vec<String> = match &context.place {
        ContextPlace::Store { .. } => return Ok(()),
        ContextPlace::Postgres(team) => vec![team.address.place()],
        ContextPlace::Fly(fly) => {
            let (api, token) = open::addresses(fly)?;
            let others = [api, token].into_iter().filter(|it| !presets::is_own(it));
            others.map(|it| host_of(&it)).collect()
        }
    };
    let mut known = hosts(paths)?;
    let before = known.len();
    for host in wanted {
        if !known.contains(&host) {
            known.push(host);
        }
    }
    if known.len() > before { Ok(write(paths, &known)?) } else { Ok(()) }
}

/// What to do with the list.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// About which host; `None`: nothing.
    pub host: Option<&'a str>,
    /// Trust it no longer.
    pub remove: bool,
    /// Only show it as it would be.
    pub dry_run: bool,
}

/// Lists the trusted hosts, or changes the list.
pub fn run(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    Change { host, remove, dry_run }: Change<'_>,
    format: Format,
) -> Result<Exit, Failure> {
    let mut known = hosts(desk.paths)?;
    if let Some(host) = host {
        let host = host.trim().to_lowercase();
        let parsed = Url::parse(&format!("https://{host}")).ok();
        let parsed = parsed.filter(|it| host_of(it) == host);
        if parsed.is_none() {
            return Err(Failure::usage(format!("{} is not the name of a host", shown(&host)))
                .hint("Give the name alone, such as fly.example.com or fly.example.com:8443."));
        }
        let had = known.contains(&host);
        known.retain(|it| *it != host);
        if !remove {
            known.push(host.clone());
        } else if !had {
            return Err(Failure::new(format!("{} is not trusted", shown(&host)))
                .hint("`jetbridge context trust` lists the hosts that are."));
        }
        known.sort();
        match dry_run {
            true => session.printer.say("note: shown as it would be; the list stays as it is"),
            false => write(desk.paths, &known)?,
        }
    }
    if !format.is_table() {
        let answer = serde_json::json!({ "version": VERSION, "hosts": known });
        object(session.printer, format, &answer)?;
        return Ok(Exit::Ok);
    }
    if known.is_empty() {
        session.printer.say("No hosts are trusted besides AvePoint's.");
    }
    for host in &known {
        session.printer.line(&shown(host))?;
    }
    Ok(Exit::Ok)
}
