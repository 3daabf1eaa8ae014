//! What `doctor` finds out about contexts, proxies and servers' clocks.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::gather::folder;
use crate::backend::graph::{CertificateError, ClientCertificate};
use crate::backend::http::{Http, ProxyVariable, proxy_variables};
use crate::checks::way::{self, Hosts, Way};
use crate::checks::{CheckResult, Level, Limits, Lookups, run};
use crate::cli::context::open::{Wish, addresses};
use crate::cli::network;
use crate::cli::session::until_interrupt;
use crate::config::contexts::{ContextPlace, CredentialConfig, FlyConfig};
use crate::config::{Config, Paths};
use crate::domain::secret_source::{LITERAL, holds_literal};
use crate::domain::{Secret, SecretSource};
use crate::error::Failure;
use crate::files::program;
use crate::service::doctor::{self as facts, Context, Said};
use crate::service::secret_source::{self, Shape, SourceError};

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// Every configured context; with `call` also whether it is reached, and how many seconds the
/// last server's clock is ahead.
pub fn contexts(
    paths: &Paths,
    config: &Config,
    sealed: &[String],
    call: bool,
    wish: &Wish,
) -> Result<(Vec<Context>, Option<i64>), Failure> {
    let mut all = Vec::new();
    let mut asked = Vec::new();
    let client = call.then(|| client(config));
    for (name, it) in &config.contexts {
        if wish.context.as_ref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        all.push(match &it.place {
            ContextPlace::Store { path } => of_store(name, path.as_ref().unwrap_or(&paths.store)),
            // Reached by `context test` only: it takes a sign-in to know anything.
            ContextPlace::Postgres(_) => continue,
            ContextPlace::Fly(fly) => {
                let mut context = of_fly(name, fly, sealed);
                match (&client, addresses(fly)) {
                    (None, _) => {}
                    (Some(Err(error)), _) => context.reached = Some(Err(error.clone())),
                    (Some(Ok(_)), Err(it)) => context.reached = Some(Err((it.what, it.hint))),
                    (Some(Ok(http)), Ok((api, token))) => {
                        asked.push((
                            all.len(),
                            Hosts { http: http.clone(), asked: vec![api, token] },
                        ));
                    }
                }
                context
            }
        });
    }
    let ahead = reach(&mut all, asked, config.network.timeout() * 2)?;
    Ok((all, ahead))
}

/// Notes which contexts answer, none of them signed in to: any answer is one. Gives how many
/// seconds the last server's clock is ahead.
fn reach(
    all: &mut [Context],
    asked: Vec<(usize, Hosts)>,
    each: Duration,
) -> Result<Option<i64>, Failure> {
    let lookups = Lookups::new(each);
    let (at, ways): (Vec<usize>, Vec<Way>) =
        asked.into_iter().map(|(at, it)| (at, Way::to(lookups.clone(), it))).unzip();
    let limits = Limits { at_once: 8, whole: each * 10 };
    let (found, ahead) = until_interrupt(async {
        let none = CancellationToken::new();
        let found = run(&lookups, &ways, &way::CHECKS, limits, &none, &mut |_| {}).await;
        let mut ahead = None;
        for way in &ways {
            ahead = way.answers().await.1.or(ahead);
        }
        (found, ahead)
    })?;
    for it in found {
        let context = at.get(it.subject).and_then(|at| all.get_mut(*at));
        let CheckResult { level, found, fix, .. } = it.result;
        let said = if level == Level::Ok { Ok(found) } else { Err((found, fix)) };
        context.into_iter().for_each(|it| it.reached = Some(said.clone()));
    }
    Ok(ahead)
}

fn of_store(name: &str, path: &Path) -> Context {
    let file = folder(path);
    let said = match (file.exists, file.writable) {
        (true, true) => Ok("there".to_owned()),
        (true, false) => Err((
            format!("{} cannot be written to{}", path.display(), file.owner()),
            file.to_do("Check its owner and permissions, or work on it with --read-only."),
        )),
        (false, true) => Ok("created when something is saved".to_owned()),
        (false, false) => Err((
            format!("{} does not exist and cannot be created", path.display()),
            format!("`jetbridge context edit {name} --path FILE` names another file."),
        )),
    };
    Context {
        name: name.to_owned(),
        what: format!("store {}", path.display()),
        credential: Some(said),
        unknown: None,
        reached: None,
    }
}

fn of_fly(name: &str, fly: &FlyConfig, sealed: &[String]) -> Context {
    let host = addresses(fly).ok().and_then(|it| it.0.host_str().map(str::to_owned));
    let what = format!("Fly at {}", host.unwrap_or_else(|| "an unknown address".to_owned()));
    let mut context =
        Context { name: name.to_owned(), what, credential: None, unknown: None, reached: None };
    match &fly.credential {
        CredentialConfig::Secret(source) => match look(name, source, Shape::Word, sealed) {
            Looked::Reported(said) => context.credential = Some(said.map(|it| it.1)),
            Looked::Unknown(why) => context.unknown = Some(why),
        },
        CredentialConfig::Certificate { certificate, key } => {
            let key = match key {
                Some(source) => look(name, source, Shape::Pem, sealed),
                // The key lies in it, so it must be closed to others.
                None => reported(secret_source::from_file(certificate, Shape::Pem), "one file"),
            };
            match key {
                Looked::Reported(Err(error)) => context.credential = Some(Err(error)),
                Looked::Reported(Ok((Some(key), _))) => {
                    context.credential = Some(pair(name, certificate, &key));
                }
                Looked::Reported(Ok((None, found))) => {
                    let read = secret_source::certificate(certificate);
                    let found = format!("certificate can be read, its key is {found}");
                    context.credential = Some(read.map(|_| found).map_err(parts));
                }
                Looked::Unknown(why) => context.unknown = Some(why),
            }
        }
    }
    context
}

/// What looking at a source of secrets said.
enum Looked {
    /// It gives one, or cannot; the secret itself where it had to be read.
    Reported(Said<(Option<Secret>, String)>),
    /// More than looking would be needed.
    Unknown(String),
}

fn parts(error: SourceError) -> (String, String) {
    (error.what, error.hint)
}

fn reported(read: Result<Secret, SourceError>, found: &str) -> Looked {
    Looked::Reported(read.map(|it| (Some(it), found.to_owned())).map_err(parts))
}

/// Looks at a source without running or asking anything.
fn look(name: &str, source: &SecretSource, shape: Shape, sealed: &[String]) -> Looked {
    match source {
        SecretSource::Stored if sealed.iter().any(|it| it == name) => {
            Looked::Reported(Ok((None, "sealed in the local store".to_owned())))
        }
        SecretSource::Stored => Looked::Reported(Err((
            "no secret is sealed for it in the local store".to_owned(),
            format!("`jetbridge context edit {name} --secret-stdin` seals one."),
        ))),
        SecretSource::File(path) => {
            reported(secret_source::from_file(path, shape), "secret in a file")
        }
        SecretSource::Systemd(it) => {
            let folder = secret_source::credentials_directory(&env);
            let read = secret_source::from_systemd(it, folder.as_deref(), shape);
            reported(read, "a systemd credential")
        }
        SecretSource::Stdin => Looked::Unknown("its secret comes from standard input".to_owned()),
        SecretSource::Command(words) => {
            let program = words.first().map(String::as_str).unwrap_or_default();
            if holds_literal(words) {
                let hint = format!("`jetbridge context edit {name}` names another source.");
                return Looked::Reported(Err((LITERAL.to_owned(), hint)));
            }
            match program::find(program) {
                Ok(_) => {
                    let why = "its secret comes from a command, which exists and was not run";
                    Looked::Unknown(why.to_owned())
                }
                Err(why) => Looked::Reported(Err((
                    format!("the program that gives its secret cannot be started: {why}"),
                    format!(
                        "{} Or `jetbridge context edit {name}` names another source.",
                        why.hint()
                    ),
                ))),
            }
        }
    }
}

/// Whether certificate and key belong together and are valid now.
fn pair(name: &str, certificate: &Path, key: &Secret) -> Said<String> {
    let hint = |error: CertificateError| {
        format!("{} `jetbridge context edit {name}` names another file.", error.hint())
    };
    let pem = secret_source::certificate(certificate).map_err(parts)?;
    let pair = ClientCertificate::from_pem(&pem, key).map_err(|it| (it.to_string(), hint(it)))?;
    pair.check_dates(crate::domain::Timestamp::now()).map_err(|it| (it.to_string(), hint(it)))?;
    Ok(match pair.valid() {
        Some((_, until)) => format!("certificate valid until {}", until.strftime("%Y-%m-%d")),
        None => "certificate and key belong together".to_owned(),
    })
}

fn client(config: &Config) -> Said<Http> {
    let network =
        network::network(config, &env).map_err(|it| (it.what.clone(), it.hints.join(" ")))?;
    Http::new(network.options).map_err(|error| (error.to_string(), error.hint()))
}

/// Variables that name a proxy, with host and port where they can be read.
pub fn proxies() -> Vec<ProxyVariable> {
    proxy_variables(&|name| std::env::var(name).ok())
}

/// Proxies, certificate authorities, and whether a client can be made of them.
pub fn network(config: &Config, broken: bool) -> facts::Network {
    let no_proxy = env("NO_PROXY").or_else(|| env("no_proxy")).unwrap_or_default();
    let certificates = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(|name| {
            let path = PathBuf::from(std::env::var_os(name).filter(|it| !it.is_empty())?);
            let there = if name == "SSL_CERT_FILE" { path.is_file() } else { some_folder(&path) };
            Some((name, path, there))
        })
        .collect();
    facts::Network {
        proxies: proxies(),
        no_proxy: no_proxy.split(',').filter(|it| !it.trim().is_empty()).count(),
        certificates,
        ca_bundle: config.network.ca_bundle.clone(),
        client: (!broken).then(|| client(config).map(|_| ())),
    }
}

/// `SSL_CERT_DIR` may name several folders.
fn some_folder(list: &Path) -> bool {
    std::env::split_paths(list).any(|it| it.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_looked_at_and_not_used() {
        let command = |word: &str| SecretSource::Command(vec![word.to_owned(), "secret".into()]);
        let reported =
            |source: &SecretSource| match look("prod", source, Shape::Word, &["eu".into()]) {
                Looked::Reported(Ok((_, found))) => found,
                Looked::Reported(Err((what, _))) => what,
                Looked::Unknown(why) => why,
            };
        assert!(reported(&SecretSource::Stored).contains("no secret is sealed"));
        assert!(reported(&SecretSource::Stdin).contains("standard input"));
        assert!(reported(&command("/does/not/exist/op")).contains("no such program"));
        assert!(
            reported(&SecretSource::File("/does/not/exist".into())).contains("/does/not/exist")
        );
        assert!(reported(&command("sh")).contains("was not run"));
    }
}
