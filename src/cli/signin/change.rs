//! `jetbridge signin add` and `remove`: each reads the configuration, shows what is wrong before
//! anything is written, and replaces the file whole.

use serde_json::json;

use super::args::FieldArgs;
use super::known;
use crate::cli::answer::{Format, VERSION, object};
use crate::cli::context::credential::{describe, source};
use crate::cli::context::{Desk, change, fields, trust};
use crate::cli::prompt;
use crate::cli::session::{Session, wait};
use crate::config::SignInConfig;
use crate::config::contexts::CredentialConfig;
use crate::config::signins::{self, sealed_as};
use crate::domain::secret::name_for_message;
use crate::domain::{Secret, SecretSource, rules};
use crate::error::{Exit, Failure};
use crate::service::secret_source::{self, Shape};

/// Adds a sign-in.
pub fn add(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    args: &FieldArgs,
    format: Format,
) -> Result<Exit, Failure> {
    let (file, config) = desk.file()?;
    let name = signins::name(name).map_err(|message| {
        Failure::usage(format!("{} cannot be added", name_for_message(name)))
            .because(message)
            .hint("Choose a name of letters, digits and dashes.")
    })?;
    if config.signins.contains_key(name) && !args.replace {
        return Err(Failure::usage(format!("a sign-in named {name} exists already"))
            .hint("Add --replace to put this one in its place."));
    }
    let found = made(args)?;
    let text = signins::put(file.text(), name, &found).map_err(change::cannot)?;
    file.check(&text)?;
    let secret = match args.dry_run {
        true => None,
        false => secret(session, name, args, found.credential.as_ref())?,
    };
    let outcome = if args.dry_run { "would-add" } else { "added" };
    if !args.dry_run {
        if let Some(secret) = secret {
            let goes = trust::sign_in_destination(&config, &found)?;
            wait(change::store(desk)?.put_context_secret(sealed_as(name), goes, secret))??;
        }
        file.replace(&text)?;
    }
    let sign_in = found.credential.as_ref().map_or("a person, by device code".into(), describe);
    let answer = json!({ "version": VERSION, "outcome": outcome, "name": name,
        "tenant": found.tenant, "cloud": found.cloud.slug(), "sign_in": sign_in });
    if object(session.printer, format, &answer)? {
        return Ok(Exit::Ok);
    }
    session.printer.line(&format!("{} {name}", outcome.replace('-', " ")))?;
    session.printer.say(&format!("  tenant   {} ({})", found.tenant, found.cloud.label()));
    session.printer.say(&format!("  sign-in  {sign_in}"));
    session.printer.say(&format!("hint: `jetbridge signin test {name}` shows whether it works."));
    Ok(Exit::Ok)
}

/// The sign-in that the options describe; every wrong one is reported at once.
fn made(args: &FieldArgs) -> Result<SignInConfig, Failure> {
    let mut wrong = Vec::new();
    let mut take = |flag: &str, message: String| wrong.push(format!("{flag}: {message}"));
    let tenant = signins::tenant(&args.tenant).map_err(|it| take("--tenant", it)).ok();
    let client_id = rules::guid(&args.client_id).map_err(|it| take("--client-id", it.0)).ok();
    let user = args.user.as_deref().map(rules::upn).transpose();
    let user = user.map_err(|it| take("--user", it.0)).ok().flatten();
    let apps: Vec<_> = args
        .apps
        .iter()
        .filter_map(|it| signins::app(it).map_err(|it| take("--app", it)).ok())
        .collect();
    let kept = source(&args.secret).map_err(|it| take("--secret-from", it)).ok().flatten();
    let certificate = args.certificate.as_deref().map(fields::absolute).transpose();
    let certificate = certificate.map_err(|it| take("--certificate", it)).ok().flatten();
    let credential = match (args.device_code, certificate, kept) {
        (true, ..) => None,
        (false, Some(certificate), key) => Some(CredentialConfig::Certificate { certificate, key }),
        (false, None, Some(source)) => Some(CredentialConfig::Secret(source)),
        (false, None, None) => Some(CredentialConfig::Secret(SecretSource::Stored)),
    };
    match (tenant, client_id) {
        (Some(tenant), Some(client_id)) if wrong.is_empty() => Ok(SignInConfig {
            tenant,
            cloud: args.cloud,
            client_id: client_id.to_string(),
            credential,
            user,
            apps,
        }),
        _ => {
            let mut failure = Failure::usage("these options cannot be used")
                .hint("`jetbridge signin add --help` lists the options.");
            failure.why = wrong;
            Err(failure)
        }
    }
}

/// The secret to seal: from standard input, from a file, or typed; `None`: nothing is to be sealed.
fn secret(
    session: &mut Session<'_, '_>,
    name: &str,
    args: &FieldArgs,
    credential: Option<&CredentialConfig>,
) -> Result<Option<Secret>, Failure> {
    let shape = match credential {
        Some(it) if it.is_stored() => match it {
            CredentialConfig::Secret(_) => Shape::Word,
            CredentialConfig::Certificate { .. } => Shape::Pem,
        },
        Some(_) | None => return Ok(None),
    };
    if let Some(path) = &args.secret.secret_file {
        return Ok(Some(secret_source::from_file(path, shape)?));
    }
    if session.can_ask() && shape == Shape::Word {
        return prompt::secret(session, "Client secret").map(Some);
    }
    if args.secret.secret_stdin {
        let read = secret_source::from_reader(&mut session.input, "standard input", shape);
        return Ok(Some(read?));
    }
    Err(Failure::usage(format!("the secret to seal for {name} is not given"))
        .hint("Pipe it in with --secret-stdin, or give --secret-file."))
}

/// Removes a sign-in and what is sealed for it.
pub fn remove(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    dry_run: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let (file, config) = desk.file()?;
    let found = known(&config, name)?;
    let sealed = found.credential.as_ref().is_some_and(CredentialConfig::is_stored);
    if !dry_run && !session.yes {
        if !session.can_ask() {
            return Err(session.nobody("whether to remove it").hint("Add --yes to remove it."));
        }
        let and = if sealed { " and forget its sealed secret" } else { "" };
        if !session.agree(&format!("Remove the sign-in {name}{and}?"), "remove it", 1)? {
            return Err(Failure::new("nothing was removed")
                .because("you did not agree")
                .hint("Confirm as asked to remove it, or use --yes."));
        }
    }
    if !dry_run {
        let text = signins::remove(file.text(), name).map_err(change::cannot)?;
        file.replace(&text)?;
        if sealed {
            change::forget_secret(desk, &sealed_as(name))?;
        }
    }
    let outcome = if dry_run { "would-remove" } else { "removed" };
    let answer = json!({ "version": VERSION, "outcome": outcome, "name": name });
    if object(session.printer, format, &answer)? {
        return Ok(Exit::Ok);
    }
    session.printer.line(&format!("{} {name}", outcome.replace('-', " ")))?;
    Ok(Exit::Ok)
}
