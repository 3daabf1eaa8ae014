//! Where the credential of a context comes from: as options, as answers, in words.

use std::path::Path;

use super::args::SecretArgs;
use super::ask::{ask, choose};
use super::fields::{absolute, typed};
use crate::cli::session::Session;
use crate::config::contexts::CredentialConfig;
use crate::domain::SecretSource;
use crate::domain::secret_source::{LITERAL, holds_literal, is_credential_name};
use crate::error::Failure;
use crate::files::path;

/// The source that the options name; `None`: none of them.
pub fn source(args: &SecretArgs) -> Result<Option<SecretSource>, String> {
    if args.secret_stdin || args.secret_file.is_some() {
        return Ok(Some(SecretSource::Stored));
    }
    if !args.secret_command.is_empty() {
        return command(args.secret_command.clone())
            .map(|it| Some(SecretSource::Command(it)))
            .map_err(|message| format!("--secret-command: {message}"));
    }
    let Some(text) = &args.secret_from else { return Ok(None) };
    let wrong = "--secret-from: must be file:PATH, systemd:NAME or stdin".to_owned();
    match text.split_once(':') {
        None if text == "stdin" => Ok(Some(SecretSource::Stdin)),
        Some(("file", path)) => absolute(Path::new(path))
            .map(|it| Some(SecretSource::File(it)))
            .map_err(|message| format!("--secret-from: {message}")),
        Some(("systemd", name)) if is_credential_name(name) => {
            Ok(Some(SecretSource::Systemd(name.to_owned())))
        }
        Some(_) | None => Err(wrong),
    }
}

#[derive(Clone, Copy)]
enum From {
    Stored,
    File,
    Command,
    Stdin,
    Systemd,
}

/// Asks how to sign in.
pub fn ask_credential(
    session: &mut Session<'_, '_>,
    present: Option<&CredentialConfig>,
) -> Result<CredentialConfig, Failure> {
    let (path, source) = match present {
        Some(CredentialConfig::Certificate { certificate, key }) => {
            (Some(certificate.display().to_string()), key.as_ref())
        }
        Some(CredentialConfig::Secret(source)) => (None, Some(source)),
        None => (None, None),
    };
    let word = if path.is_some() { "certificate" } else { "secret" };
    let kinds = [("secret", false), ("certificate", true)];
    if !choose(session, "Sign in with", &kinds, Some(word))? {
        return ask_source(session, "the secret", source).map(CredentialConfig::Secret);
    }
    let question = "File with the certificate (PEM), full path";
    let certificate = ask(session, question, path.as_deref(), typed)?;
    let same = [("same", true), ("other", false)];
    let word = if source.is_some() { "other" } else { "same" };
    if choose(
        session,
        "Its private key is in the same file or comes from another place",
        &same,
        Some(word),
    )? {
        return Ok(CredentialConfig::Certificate { certificate, key: None });
    }
    let key = ask_source(session, "the key", source)?;
    Ok(CredentialConfig::Certificate { certificate, key: Some(key) })
}

fn ask_source(
    session: &mut Session<'_, '_>,
    what: &str,
    present: Option<&SecretSource>,
) -> Result<SecretSource, Failure> {
    let words = [
        ("stored", From::Stored),
        ("file", From::File),
        ("command", From::Command),
        ("stdin", From::Stdin),
        ("systemd", From::Systemd),
    ];
    let word = present.map_or("stored", SecretSource::slug);
    let question = format!("Where {what} comes from; stored: sealed in the local store");
    Ok(match choose(session, &question, &words, Some(word))? {
        From::Stored => SecretSource::Stored,
        From::Stdin => SecretSource::Stdin,
        From::File => SecretSource::File(ask(session, "Its file, full path", None, typed)?),
        From::Systemd => {
            SecretSource::Systemd(ask(session, "Name of the credential", None, |it| {
                let good = is_credential_name(it);
                good.then(|| it.to_owned()).ok_or_else(|| "a name, without a path".to_owned())
            })?)
        }
        From::Command => {
            let question =
                "Program and arguments, quoted where they hold spaces; there is no shell";
            SecretSource::Command(ask(session, question, None, |it| command(path::words(it)))?)
        }
    })
}

/// A command that can stand in the configuration.
fn command(words: Vec<String>) -> Result<Vec<String>, String> {
    if words.is_empty() {
        return Err("a program".to_owned());
    }
    if words.iter().any(|it| it == "--secret-command") {
        return Err("write it once, before the program and all its arguments".to_owned());
    }
    if holds_literal(&words) { Err(LITERAL.to_owned()) } else { Ok(words) }
}

/// How a context signs in, in one line without paths, arguments or names.
pub fn describe(credential: &CredentialConfig) -> String {
    match credential {
        CredentialConfig::Secret(source) => format!("secret, {}", source.label()),
        CredentialConfig::Certificate { key: None, .. } => {
            "certificate, key in the same file".to_owned()
        }
        CredentialConfig::Certificate { key: Some(source), .. } => {
            format!("certificate, key {}", source.label())
        }
    }
}
