//! Reads `[contexts]`, and refuses a secret that stands in it without repeating it.

use std::ops::Range;

use super::check::{address, agent_url, data_centre, label, sha256, whole_path};
use super::{Address, ContextConfig, ContextPlace, CredentialConfig, FlyConfig, TeamConfig};
use crate::config::Config;
use crate::config::reader::{Reader, Section, kind};
use crate::domain::context::{self, ContextColour, ContextKind, KidForm, LOCAL};
use crate::domain::secret_source::is_credential_name;
use crate::domain::server::ServerAddress;
use crate::domain::{SecretSource, rules};
use crate::text::nearest;
use toml_edit::Item;

type Span = Option<Range<usize>>;

/// Most words of a command.
const COMMAND_MAX: usize = 64;
/// Keys under which people write a secret down.
const PLAIN: [&str; 5] = ["secret", "client_secret", "password", "key", "token"];

/// Reads `[contexts]` and `context`.
pub fn read<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let section = reader.section(top, "contexts");
    for (name, line, mut table) in reader.tables(&section) {
        let twin = config.contexts.keys().find(|it| it.eq_ignore_ascii_case(&name));
        if let Some(twin) = twin {
            // Files are named after contexts, and not every file system distinguishes them.
            let message = format!("differs from {twin} in case only: give it another name");
            reader.report_line(line, section.key(&name), message);
        }
        if let Err(message) = context::name(&name) {
            reader.report_line(line, section.key(&name), message);
        }
        let found = one(reader, &mut table, &name, line);
        reader.leave(table);
        if let Some(found) = found {
            config.contexts.insert(name, found);
        } else {
            // Known by its name, so that `context` is not reported as well.
            let place = ContextPlace::Store { path: None };
            let none = ContextConfig {
                place,
                label: None,
                colour: None,
                agent_url: None,
                agent_sha256: None,
            };
            config.contexts.entry(name).or_insert(none);
        }
    }
    let names = &config.contexts;
    let active = reader.text(top, "context", |text| {
        if text == LOCAL || names.contains_key(text) {
            return Ok(text.to_owned());
        }
        let meant = nearest::tail(text, names.keys().map(String::as_str).chain([LOCAL]));
        Err(format!("there is no [contexts.NAME] with this name{meant}"))
    });
    if let Some(active) = active {
        config.context = active;
    }
}

const fn keeper(name: &str) -> Keeper<'_> {
    Keeper { command: "context edit", name }
}

/// Refuses the keys under which people write a secret down.
pub fn refuse_plain<'a>(reader: &mut Reader<'a>, table: &mut Section<'a>, keeper: Keeper<'_>) {
    for key in PLAIN {
        if let Some((_, span)) = table.take_unlisted(key) {
            plain(reader, span, table.key(key), keeper);
        }
    }
}

fn one<'a>(
    reader: &mut Reader<'a>,
    table: &mut Section<'a>,
    name: &str,
    line: Option<usize>,
) -> Option<ContextConfig> {
    let label = reader.text(table, "label", label).flatten();
    let colours = ContextColour::ALL.map(|it| (it.slug(), it));
    let colour = reader.word(table, "colour", &colours);
    let agent_url = reader.text(table, "agent_url", agent_url).flatten();
    let agent_sha256 = reader.text(table, "agent_sha256", sha256).flatten();
    refuse_plain(reader, table, keeper(name));
    let kinds = [
        (ContextKind::Store.slug(), ContextKind::Store),
        (ContextKind::Postgres.slug(), ContextKind::Postgres),
        (ContextKind::Fly.slug(), ContextKind::Fly),
    ];
    let missing = !table.has("kind");
    let kind = match reader.word(table, "kind", &kinds) {
        // The built-in one needs no more than its name.
        None if missing && name == LOCAL => Some(ContextKind::Store),
        None if missing => {
            let message = "is missing: set \"store\", \"postgres\" or \"fly\"".to_owned();
            reader.report_line(line, table.key("kind"), message);
            None
        }
        other => other,
    };
    let place = match kind {
        Some(ContextKind::Store) => store(reader, table, name),
        Some(ContextKind::Postgres) => postgres(reader, table, name, line),
        Some(ContextKind::Fly) => fly(reader, table, name, line),
        None => {
            // Whatever else stands there cannot be judged, so it is not called unknown.
            for key in [
                "path",
                "data_centre",
                "url",
                "ca",
                "identity_url",
                "client_id",
                "credential",
                "kid",
            ] {
                table.take(key);
            }
            None
        }
    }?;
    Some(ContextConfig { place, label, colour, agent_url, agent_sha256 })
}

fn store<'a>(reader: &mut Reader<'a>, table: &mut Section<'a>, name: &str) -> Option<ContextPlace> {
    let path = reader.text(table, "path", |text| match name == LOCAL {
        true => Err("the store of the built-in context local has a fixed path, see `jetbridge paths`; add another context for another store".to_owned()),
        false => whole_path(text),
    });
    Some(ContextPlace::Store { path })
}

fn postgres<'a>(
    reader: &mut Reader<'a>,
    table: &mut Section<'a>,
    name: &str,
    line: Option<usize>,
) -> Option<ContextPlace> {
    if name == LOCAL {
        let message = "local is the store of this user: give this context another name";
        reader.report_line(line, table.key("kind"), message.to_owned());
    }
    let address = required(reader, table, "url", line, ServerAddress::parse);
    let ca = reader.text(table, "ca", whole_path);
    let credential = credential(reader, table, keeper(name), line);
    Some(ContextPlace::Postgres(Box::new(TeamConfig {
        address: address?,
        ca,
        credential: credential?,
    })))
}

fn fly<'a>(
    reader: &mut Reader<'a>,
    table: &mut Section<'a>,
    name: &str,
    line: Option<usize>,
) -> Option<ContextPlace> {
    if name == LOCAL {
        let message = "local is the store of this user: give this context another name";
        reader.report_line(line, table.key("kind"), message.to_owned());
    }
    let (has_centre, has_url) = (table.has("data_centre"), table.has("url"));
    let centre = reader.text(table, "data_centre", data_centre);
    let url = reader.text(table, "url", address);
    let address = match (centre, url) {
        (Some(_), Some(_)) => {
            let message = "cannot be used with data_centre".to_owned();
            reader.report_line(line, table.key("url"), message);
            None
        }
        (Some(centre), None) => Some(Address::DataCentre(centre)),
        (None, Some(url)) => Some(Address::Url(url)),
        (None, None) => {
            if !has_centre && !has_url {
                let message = "is missing: name a data centre, or give the base address as url";
                reader.report_line(line, table.key("data_centre"), message.to_owned());
            }
            None
        }
    };
    let identity_url = reader.text(table, "identity_url", self::address);
    let client_id = required(reader, table, "client_id", line, |text| {
        rules::guid(text).map(|it| it.to_string()).map_err(|problem| problem.0)
    });
    let credential = credential(reader, table, keeper(name), line);
    let forms = KidForm::ALL.map(|it| (it.slug(), it));
    let kid = reader.word(table, "kid", &forms).unwrap_or_default();
    Some(ContextPlace::Fly(Box::new(FlyConfig {
        address: address?,
        identity_url,
        client_id: client_id?,
        credential: credential?,
        kid,
    })))
}

pub fn required<'a, T>(
    reader: &mut Reader<'a>,
    table: &mut Section<'a>,
    key: &'static str,
    line: Option<usize>,
    check: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    if !table.has(key) {
        reader.report_line(line, table.key(key), "is missing".to_owned());
    }
    reader.text(table, key, check)
}

/// Who keeps a secret: the command that enters it again, and the name that it is given there.
#[derive(Clone, Copy)]
pub struct Keeper<'n> {
    pub command: &'static str,
    pub name: &'n str,
}

/// How the context, or the sign-in, signs in.
pub fn credential<'a>(
    reader: &mut Reader<'a>,
    table: &mut Section<'a>,
    name: Keeper<'_>,
    line: Option<usize>,
) -> Option<CredentialConfig> {
    let path = table.key("credential");
    let Some((item, span)) = table.take("credential") else {
        let message =
            "is missing: such as { secret = \"stored\" }, or { certificate = \"/…/app.pem\" }";
        reader.report_line(line, path, message.to_owned());
        return None;
    };
    if item.as_str().is_some() {
        plain(reader, span, path, name);
        return None;
    }
    let Some(_) = item.as_table_like() else {
        let message =
            format!("must be a table such as {{ secret = \"stored\" }}, not {}", kind(item));
        reader.report(span, path, message);
        return None;
    };
    let mut inner = reader.section(table, "credential");
    let secret = inner.take("secret");
    let found = if inner.has("certificate") {
        if let Some((_, span)) = secret {
            let message = "cannot be used with certificate";
            reader.report(span, inner.key("secret"), message);
        }
        certificate(reader, &mut inner, name)
    } else if let Some((item, span)) = secret {
        if let Some((_, span)) = inner.take("key") {
            let message = "belongs to a certificate: leave it out";
            reader.report(span, inner.key("key"), message);
        }
        source(reader, item, span, inner.key("secret"), name).map(CredentialConfig::Secret)
    } else {
        reader.report(span, path, "needs secret or certificate");
        None
    };
    for key in ["certificate", "key"] {
        inner.take(key);
    }
    reader.leave(inner);
    found
}

/// A certificate, and where its key comes from.
fn certificate<'a>(
    reader: &mut Reader<'a>,
    inner: &mut Section<'a>,
    name: Keeper<'_>,
) -> Option<CredentialConfig> {
    let file = reader.text(inner, "certificate", whole_path);
    let key = match inner.take("key") {
        Some((item, span)) => Some(source(reader, item, span, inner.key("key"), name)?),
        None => None,
    };
    Some(CredentialConfig::Certificate { certificate: file?, key })
}

const SOURCES: &str =
    "\"stored\", \"stdin\", { file = \"…\" }, { command = [\"…\"] } or { systemd = \"…\" }";

/// Where a secret comes from. Any other text would be the secret itself.
fn source<'a>(
    reader: &mut Reader<'a>,
    item: &'a Item,
    span: Span,
    path: String,
    name: Keeper<'_>,
) -> Option<SecretSource> {
    match item.as_str() {
        Some("stored") => return Some(SecretSource::Stored),
        Some("stdin") => return Some(SecretSource::Stdin),
        Some(_) => {
            plain(reader, span, path, name);
            return None;
        }
        None => {}
    }
    let table = item.as_table_like();
    let single = table.filter(|it| it.len() == 1).and_then(|it| it.iter().next());
    let Some((word, value)) = single else {
        reader.report(span, path, format!("must be one of {SOURCES}, not {}", kind(item)));
        return None;
    };
    let made = match word {
        "file" => value.as_str().ok_or_else(quoted).and_then(whole_path).map(SecretSource::File),
        "systemd" => value.as_str().ok_or_else(quoted).and_then(|name| {
            is_credential_name(name)
                .then(|| SecretSource::Systemd(name.to_owned()))
                .ok_or_else(|| "must be the name of a credential, without a path".to_owned())
        }),
        "command" => command(value).map(SecretSource::Command),
        _ => Err(format!("must be one of {SOURCES}")),
    };
    made.map_err(|message| reader.report(span, path, message)).ok()
}

fn quoted() -> String {
    "must be a text in quotes".to_owned()
}

fn command(value: &Item) -> Result<Vec<String>, String> {
    let words: Option<Vec<String>> = value
        .as_array()
        .and_then(|list| list.iter().map(|it| it.as_str().map(str::to_owned)).collect());
    let words = words.filter(|it| (1..=COMMAND_MAX).contains(&it.len()));
    match words {
        Some(words) if !words.iter().any(|it| it.contains('\0')) && !words[0].trim().is_empty() => {
            Ok(words)
        }
        Some(_) | None => Err("command must be a list: the program and its arguments, such as [\"pass\", \"show\", \"fly\"]; there is no shell".to_owned()),
    }
}

/// E3: the line, and what to do; never the text.
fn plain(reader: &mut Reader<'_>, span: Span, path: String, keeper: Keeper<'_>) {
    let (command, name) = (keeper.command, context::name(keeper.name).unwrap_or("NAME"));
    let message = format!(
        "a secret must not be in the configuration: remove it, treat it as exposed and create a new one, then run `jetbridge {command} {name} --secret-stdin`; what is allowed here is its source: {SOURCES}"
    );
    reader.report(span, path, message);
}
