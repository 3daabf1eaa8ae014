//! `jetbridge context add`, `edit`, `use` and `remove`: each reads the configuration, shows what is
//! wrong before anything is written, and replaces the file whole.

use super::Desk;
use super::args::FieldArgs;
use super::credential::describe;
use super::fields::Fields;
use super::{open, trust};
use crate::backend::fly::presets;
use crate::backend::graph::{CertificateError, ClientCertificate, certificate_expiry};
use crate::backend::store::{OpenOptions, Store};
use crate::cli::answer::{Format, VERSION, object};
use crate::cli::prompt;
use crate::cli::session::{Session, wait};
use crate::config::contexts::file::ConfigFile;
use crate::config::contexts::{Address, ContextConfig, ContextPlace, CredentialConfig, edit};
use crate::domain::context::{self, ContextKind, LOCAL, is_production};
use crate::domain::secret::name_for_message;
use crate::domain::{Secret, SecretSource};
use crate::error::{Exit, Failure};
use crate::files::path::pasted;
use crate::service::list_states::ListStates;
use crate::service::secret_source::{self, Shape};

/// Adds a context.
pub fn add(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: Option<String>,
    activate: bool,
    args: &FieldArgs,
    format: Format,
) -> Result<Exit, Failure> {
    let (file, config) = desk.file()?;
    let free = |name: &str| match context::name(name) {
        Err(message) => Err(message),
        Ok(LOCAL) => Err("local is the store of this user and always exists".to_owned()),
        Ok(name) if config.contexts.keys().any(|it| it.eq_ignore_ascii_case(name)) => Err(format!(
            "a context named {name} exists already: `jetbridge context edit {name}` changes it"
        )),
        Ok(name) => Ok(name.to_owned()),
    };
    let asks = session.can_ask();
    let name = match name {
        Some(name) => free(&name).map_err(|message| {
            Failure::usage(format!("{} cannot be added", name_for_message(&name)))
                .because(message)
                .hint("Choose a name of letters, digits and dashes that is not in use.")
        })?,
        None if asks => super::ask::ask(session, "Name of the context", None, free)?,
        None => {
            return Err(Failure::usage("the name of the context is not given")
                .hint("Write it after `context add`."));
        }
    };
    let fields = Fields::default().with(args)?;
    // With everything given there is nothing to ask.
    let (fields, asked) = match asks && fields.clone().finish().is_err() {
        true => (fields.ask(session, (args.kind.is_some(), args.secret.any()))?, true),
        false => (fields, false),
    };
    let context = fields.finish()?;
    let mut text = edit::put(file.text(), &name, &context).map_err(cannot)?;
    // The secret follows the question where it comes from: nobody types it into the next one.
    let secret = match args.dry_run {
        true => given(session, &name, &context, args)?,
        false => secret(session, &name, &context, args, true)?,
    };
    check_credential(session, &context, secret.as_ref())?;
    let activate = activate || asked && session.confirm("Work on it from now on?")?;
    if activate {
        text = edit::activate(&text, &name).map_err(cannot)?;
    }
    if args.dry_run {
        file.check(&text)?;
        reported(session, "would add", &name, &context, format)?;
        return Ok(Exit::Ok);
    }
    trust::typed(desk.paths, &context)?;
    write(desk, file, &text, &name, secret)?;
    reported(session, "added", &name, &context, format)?;
    if activate {
        session.printer.say(&format!("{name} is the active context now."));
    }
    if context.place.kind() == ContextKind::Fly {
        scope(session);
    }
    if context.place.credential().is_some() {
        session
            .printer
            .say(&format!("hint: `jetbridge context test {name}` shows whether it works."));
    }
    Ok(Exit::Ok)
}

/// Changes a context.
pub fn edit(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    args: &FieldArgs,
    format: Format,
) -> Result<Exit, Failure> {
    let (file, config) = desk.file()?;
    let Some(before) = config.contexts.get(name) else {
        open::known(&config, name)?;
        return Err(Failure::usage("local is the store of this user and cannot be changed")
            .hint("`jetbridge context add` adds another one."));
    };
    let fields = Fields::of(before).with(args)?;
    let fields = match (args.any(), session.can_ask()) {
        (true, _) => fields,
        (false, true) => fields.ask(session, (false, false))?,
        (false, false) => {
            return Err(Failure::usage("no change was given")
                .hint("`jetbridge context edit --help` lists the options."));
        }
    };
    let context = fields.finish()?;
    // A secret that is sealed already is kept, unless another one is given or its kind changes.
    let same = stored_shape(before).is_some() && stored_shape(before) == stored_shape(&context);
    let text = edit::put(file.text(), name, &context).map_err(cannot)?;
    let secret = match args.dry_run {
        true => given(session, name, &context, args)?,
        false => secret(session, name, &context, args, !same)?,
    };
    if args.secret.any() || credential(before) != credential(&context) {
        check_credential(session, &context, secret.as_ref())?;
    }
    if args.dry_run {
        file.check(&text)?;
        reported(session, "would change", name, &context, format)?;
        return Ok(Exit::Ok);
    }
    let forget = stored_shape(before).is_some() && stored_shape(&context).is_none();
    if args.url.is_some() || args.identity_url.is_some() || !args.any() {
        trust::typed(desk.paths, &context)?;
    }
    write(desk, file, &text, name, secret)?;
    if forget {
        forget_secret(desk, name)?;
        session.printer.say("The secret that was sealed for it is forgotten.");
    }
    reported(session, "changed", name, &context, format)?;
    Ok(Exit::Ok)
}

/// Makes a context the active one.
pub fn activate(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    dry_run: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let (file, config) = desk.file()?;
    open::known(&config, name)?;
    if dry_run {
        short(session, "would be active", name, format, "would make {} the active context")?;
        return Ok(Exit::Ok);
    }
    if config.context != name {
        let text = edit::activate(file.text(), name).map_err(cannot)?;
        file.replace(&text)?;
    }
    short(session, "active", name, format, "{} is the active context")?;
    if std::env::var_os(open::VARIABLE).is_some_and(|it| !it.is_empty() && it != name) {
        session
            .printer
            .say(&format!("note: {} names another one and overrides it.", open::VARIABLE));
    }
    Ok(Exit::Ok)
}

/// Removes a context, what is sealed for it, and its cached list.
pub fn remove(
    session: &mut Session<'_, '_>,
    desk: &Desk<'_>,
    name: &str,
    dry_run: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let (file, config) = desk.file()?;
    let Some(context) = config.contexts.get(name) else {
        open::known(&config, name)?;
        return Err(Failure::usage("local is the store of this user and cannot be removed")
            .hint("`jetbridge context use NAME` works on another one."));
    };
    let sealed = stored_shape(context).is_some();
    if dry_run {
        short(session, "would remove", name, format, "would remove {}")?;
        return Ok(Exit::Ok);
    }
    if !session.yes {
        if !session.can_ask() {
            return Err(session.nobody("whether to remove it").hint("Add --yes to remove it."));
        }
        let and = if sealed { " and forget its sealed secret" } else { "" };
        let question = format!("Remove the context {name}{and}?");
        let agreed = match context.label.as_deref().is_some_and(is_production) {
            true => session.agree_by(&format!("{question} Type {name} to remove it: "))? == name,
            false => session.agree(&question, "remove it", 1)?,
        };
        if !agreed {
            return Err(Failure::new("nothing was removed")
                .because("you did not agree")
                .hint("Confirm as asked to remove it, or use --yes."));
        }
    }
    let (text, was_active) = edit::remove(file.text(), name).map_err(cannot)?;
    file.replace(&text)?;
    short(session, "removed", name, format, "removed {}")?;
    match &context.place {
        ContextPlace::Store { path: Some(path) } => {
            session.printer.say(&format!("The store's file stays: {}", path.display()));
        }
        ContextPlace::Store { path: None } => {}
        ContextPlace::Postgres(team) => {
            drop_cache(desk, name)?;
            session.printer.say(&format!("The store on the server stays: {}", team.address));
        }
        ContextPlace::Fly(_) => drop_cache(desk, name)?,
    }
    // A later context of this name is another place.
    ListStates::below(Some(&desk.paths.data_dir))
        .write(name, &Default::default(), 1)
        .map_err(|why| Failure::new(why).hint("The context itself is removed."))?;
    if sealed {
        forget_secret(desk, name)?;
        session.printer.say("Its sealed secret is forgotten.");
    }
    if was_active {
        session.printer.say("It was the active context: that is local now.");
    }
    Ok(Exit::Ok)
}

pub fn cannot(error: edit::EditError) -> Failure {
    Failure::usage(error.to_string()).hint(
        "Change that part of the configuration in an editor; `jetbridge paths` names the file.",
    )
}

/// What is sealed for a context: nothing, a secret, or a key.
fn stored_shape(context: &ContextConfig) -> Option<Shape> {
    let credential = context.place.credential().filter(|it| it.is_stored())?;
    Some(shape(context.place.kind(), credential))
}

/// What a secret looks like: a password may hold spaces.
pub const fn shape(kind: ContextKind, credential: &CredentialConfig) -> Shape {
    match (credential, kind) {
        (CredentialConfig::Certificate { .. }, _) => Shape::Pem,
        (CredentialConfig::Secret(_), ContextKind::Postgres) => Shape::Line,
        (CredentialConfig::Secret(_), ContextKind::Store | ContextKind::Fly) => Shape::Word,
    }
}

/// What its secret is called.
pub const fn called(kind: ContextKind) -> &'static str {
    match kind {
        ContextKind::Postgres => "Password",
        ContextKind::Store | ContextKind::Fly => "Client secret",
    }
}

/// The secret to seal: from standard input, from a file, or typed; `None`: nothing is to be sealed.
fn secret(
    session: &mut Session<'_, '_>,
    name: &str,
    context: &ContextConfig,
    args: &FieldArgs,
    needed: bool,
) -> Result<Option<Secret>, Failure> {
    let Some(shape) = stored_shape(context) else { return Ok(None) };
    if args.secret.secret_stdin {
        if session.can_ask() && shape != Shape::Pem {
            return prompt::secret(session, called(context.place.kind())).map(Some);
        }
        let read = secret_source::from_reader(&mut session.input, "standard input", shape);
        return Ok(Some(read?));
    }
    if let Some(path) = &args.secret.secret_file {
        return Ok(Some(secret_source::from_file(path, shape)?));
    }
    if !needed {
        return Ok(None);
    }
    if !session.can_ask() {
        return Err(Failure::usage(format!("the secret to seal for {name} is not given"))
            .hint("Pipe it in with --secret-stdin, or give --secret-file."));
    }
    if shape != Shape::Pem {
        return prompt::secret(session, called(context.place.kind())).map(Some);
    }
    // Many lines cannot be typed without echo.
    let question = "File with the private key (PEM, 0600), to be sealed";
    let key = super::ask::ask(session, question, None, |it| {
        secret_source::from_file(&pasted(it), shape).map_err(|error| error.to_string())
    })?;
    Ok(Some(key))
}

/// The secret to seal, where options name it and nobody has to be asked: a dry run checks it, too.
fn given(
    session: &mut Session<'_, '_>,
    name: &str,
    context: &ContextConfig,
    args: &FieldArgs,
) -> Result<Option<Secret>, Failure> {
    let piped = args.secret.secret_stdin && !session.terminals.input;
    match stored_shape(context) {
        Some(_) if piped || args.secret.secret_file.is_some() => {
            secret(session, name, context, args, false)
        }
        _ => Ok(None),
    }
}

const fn credential(context: &ContextConfig) -> Option<&CredentialConfig> {
    context.place.credential()
}

/// Checks that the secret, or certificate and key, are there, can be read by their owner only and
/// belong together, as far as this can be known now: no command is run, and nobody is asked.
fn check_credential(
    session: &mut Session<'_, '_>,
    context: &ContextConfig,
    sealed: Option<&Secret>,
) -> Result<(), Failure> {
    let (certificate, key) = match credential(context) {
        Some(CredentialConfig::Certificate { certificate, key }) => (certificate, key),
        Some(CredentialConfig::Secret(SecretSource::File(path))) => {
            let shape =
                shape(context.place.kind(), &CredentialConfig::Secret(SecretSource::Stored));
            secret_source::from_file(path, shape)?;
            return Ok(());
        }
        Some(CredentialConfig::Secret(_)) | None => return Ok(()),
    };
    let pem = secret_source::certificate(certificate)?;
    let key = match key {
        None => Some(secret_source::from_file(certificate, Shape::Pem)?),
        Some(SecretSource::Stored) => sealed.cloned(),
        Some(SecretSource::File(path)) => Some(secret_source::from_file(path, Shape::Pem)?),
        Some(SecretSource::Command(_) | SecretSource::Stdin | SecretSource::Systemd(_)) => None,
    };
    let end = certificate_expiry(&pem)?;
    if let Some(key) = key {
        ClientCertificate::from_pem(&pem, &key)?;
    }
    if end < session.now {
        session.printer.say(&format!("warning: {}", CertificateError::Expired));
        session.printer.say(&format!("hint: {}", CertificateError::Expired.hint()));
    }
    Ok(())
}

/// Seals the secret and writes the configuration. The text is checked before; when writing it
/// fails a secret that was sealed for a new context is forgotten again.
fn write(
    desk: &Desk<'_>,
    file: ConfigFile,
    text: &str,
    name: &str,
    secret: Option<Secret>,
) -> Result<(), Failure> {
    let after = file.check(text)?;
    let before = file.check(file.text())?;
    let is_new = after.contexts.contains_key(name) && !before.contexts.contains_key(name);
    let sealed = secret.is_some();
    let goes = match after.contexts.get(name).map(|it| &it.place) {
        Some(ContextPlace::Fly(fly)) if fly.credential.is_stored() => {
            Some(trust::destination(&after, fly)?)
        }
        Some(ContextPlace::Postgres(team)) if team.credential.is_stored() => {
            Some(trust::server_destination(&after, team)?)
        }
        Some(_) | None => None,
    };
    match (secret, goes) {
        (Some(secret), goes) => {
            let goes = goes.unwrap_or_default();
            wait(store(desk)?.put_context_secret(name.to_owned(), goes, secret))??;
        }
        (None, Some(goes)) if desk.paths.store.exists() => {
            if wait(store(desk)?.context_secret_fits(name.to_owned(), goes))?? == Some(false) {
                return Err(Failure::usage(format!(
                    "the sealed secret of {name} was entered for another destination"
                ))
                .because("nothing was changed")
                .hint("Enter it again with the change: add --secret-stdin."));
            }
        }
        (None, _) => {}
    }
    file.replace(text).map_err(|error| {
        if sealed && is_new {
            // It is not reachable by any name; failing leaves it sealed.
            let _ = forget_secret(desk, name);
        }
        Failure::from(error)
    })
}

/// The store of this user, which keeps the secrets.
pub fn store(desk: &Desk<'_>) -> Result<Store, Failure> {
    let (path, key) = (&desk.paths.store, &desk.paths.vault_key);
    // A configuration that does not load names no key command.
    let unlock = desk.keys.unlock(&desk.config().unwrap_or_default())?;
    Ok(Store::open(OpenOptions { unlock, ..OpenOptions::new(path, key, "context") })?)
}

/// Forgets what is sealed under a name.
pub fn forget_secret(desk: &Desk<'_>, name: &str) -> Result<(), Failure> {
    if desk.paths.store.exists() {
        wait(store(desk)?.forget_context_secret(name.to_owned()))??;
    }
    Ok(())
}

fn drop_cache(desk: &Desk<'_>, name: &str) -> Result<(), Failure> {
    let path = open::cache(desk.paths, name);
    // Drafts of a team store that its server never got; nothing opens them without the context.
    let drafts = path.with_extension("drafts");
    for (path, gone) in
        [(&path, std::fs::remove_file(&path)), (&drafts, std::fs::remove_dir_all(&drafts))]
    {
        match gone {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let what = format!("what was cached, {}, cannot be removed", path.display());
                return Err(Failure::new(what)
                    .because(error.to_string())
                    .hint("Remove it; the context itself is removed."));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Says what was done with a context that has nothing more to report.
fn short(
    session: &mut Session<'_, '_>,
    outcome: &str,
    name: &str,
    format: Format,
    text: &str,
) -> Result<(), Failure> {
    let outcome = outcome.replace(' ', "-");
    let answer = serde_json::json!({ "version": VERSION, "outcome": outcome, "name": name });
    if object(session.printer, format, &answer)? {
        return Ok(());
    }
    session.printer.line(&text.replace("{}", name))
}

/// Says what was written.
fn reported(
    session: &mut Session<'_, '_>,
    verb: &str,
    name: &str,
    context: &ContextConfig,
    format: Format,
) -> Result<(), Failure> {
    let sign_in = context.place.credential().map(describe);
    let addresses = match &context.place {
        ContextPlace::Fly(fly) => open::addresses(fly).ok(),
        ContextPlace::Postgres(_) | ContextPlace::Store { .. } => None,
    };
    let server = match &context.place {
        ContextPlace::Postgres(team) => Some(team.address.to_string()),
        ContextPlace::Fly(_) | ContextPlace::Store { .. } => None,
    };
    let (api, tokens) = addresses.map(|it| (it.0.to_string(), it.1.to_string())).unzip();
    let answer = serde_json::json!({
        "version": VERSION,
        "outcome": verb.replace(' ', "-"),
        "name": name,
        "kind": context.place.kind().slug(),
        "api": api,
        "tokens": tokens,
        "server": server,
        "sign_in": sign_in,
    });
    if object(session.printer, format, &answer)? {
        return Ok(());
    }
    session.printer.line(&format!("{verb} {name}"))?;
    if let Some(server) = server {
        session.printer.say(&format!("  server   {server}"));
        session.printer.say(&format!("  sign-in  {}", sign_in.unwrap_or_default()));
    }
    let ContextPlace::Fly(fly) = &context.place else { return Ok(()) };
    if let Ok((api, token)) = open::addresses(fly) {
        let preset = match &fly.address {
            Address::DataCentre(name) => presets::find(name),
            Address::Url(_) => None,
        };
        let basis = preset.map(|it| format!(" ({})", it.evidence.label())).unwrap_or_default();
        session.printer.say(&format!("  API      {api}{basis}"));
        session.printer.say(&format!("  tokens   {token}"));
    }
    session.printer.say(&format!("  sign-in  {}", describe(&fly.credential)));
    Ok(())
}

/// What the credential can do. fly.md §1, Token.
fn scope(session: &mut Session<'_, '_>) {
    session.printer.say(
        "note: the sign-in asks for the scope fly.graph.readwrite.all. AvePoint lists no read-only one, so\n\
         anyone with this credential can also write with it. jetbridge itself only reads. Give it an\n\
         app registration of its own, keep it where only you can read it, and let it expire soon.",
    );
}
