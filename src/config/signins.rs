//! `[signins.NAME]`: who signs in to a tenant for the pre-flight, an app or a person. Secrets come
//! from the same sources as those of contexts and never stand in the file. SPEC F3.

use toml_edit::{Array, DocumentMut, Item, Table, Value};
use uuid::Uuid;

use super::Config;
use super::contexts::CredentialConfig;
use super::contexts::edit::{self, EditError};
use super::contexts::read::{Keeper, credential, refuse_plain, required};
use super::reader::{Reader, Section};
use crate::domain::context;
use crate::domain::{NationalCloud, SecretSource, rules};

/// A sign-in of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInConfig {
    /// Tenant id or domain.
    pub tenant: String,
    /// Its cloud.
    pub cloud: NationalCloud,
    /// Application (client) id, a GUID.
    pub client_id: String,
    /// How the app signs in; `None`: a person does, by device code.
    pub credential: Option<CredentialConfig>,
    /// The only person who is accepted, as user principal name.
    pub user: Option<String>,
    /// App profiles of the tenant by name or id, each with the client id of its app.
    pub apps: Vec<(String, Uuid)>,
}

/// What names a sign-in's sealed secret: no context can be called so.
pub fn sealed_as(name: &str) -> String {
    format!("signin/{name}")
}

/// Reads `[signins]`.
pub(super) fn read<'a>(reader: &mut Reader<'a>, top: &mut Section<'a>, config: &mut Config) {
    let section = reader.section(top, "signins");
    for (name, line, mut table) in reader.tables(&section) {
        if let Err(message) = self::name(&name) {
            reader.report_line(line, section.key(&name), message);
        }
        let found = one(reader, &mut table, &name, line);
        reader.leave(table);
        if let Some(found) = found {
            config.signins.insert(name, found);
        }
    }
}

/// Checks the name of a sign-in: that of a context could be the same.
///
/// # Errors
/// What is wrong with it.
pub fn name(text: &str) -> Result<&str, String> {
    context::name(text).map_err(|message| message.replace("a context's name", "a sign-in's name"))
}

/// Checks a tenant: an id or a domain.
///
/// # Errors
/// What it must be.
pub fn tenant(text: &str) -> Result<String, String> {
    let text = text.trim();
    if let Ok(id) = Uuid::try_parse(text) {
        return Ok(id.to_string());
    }
    match rules::domain(text) {
        Ok(domain) if domain.contains('.') => Ok(domain),
        Ok(_) | Err(_) => Err("must be the id of a tenant or one of its domains".to_owned()),
    }
}

/// Checks the app of an app profile, written as `profile = client id`.
///
/// # Errors
/// What it must be.
pub fn app(text: &str) -> Result<(String, Uuid), String> {
    let wrong = || "must be app profiles with their client ids, such as \"Fly custom = GUID\"";
    let (profile, id) = text.rsplit_once('=').ok_or_else(wrong)?;
    let id = rules::guid(id).map_err(|_| wrong())?;
    match profile.trim() {
        "" => Err(wrong().to_owned()),
        profile => Ok((profile.to_owned(), id)),
    }
}

fn one<'a>(
    reader: &mut Reader<'a>,
    table: &mut Section<'a>,
    name: &str,
    line: Option<usize>,
) -> Option<SignInConfig> {
    let keeper = Keeper { command: "signin add --replace", name };
    refuse_plain(reader, table, keeper);
    let tenant = required(reader, table, "tenant", line, tenant);
    let clouds = NationalCloud::ALL.map(|it| (it.slug(), it));
    let cloud = reader.word(table, "cloud", &clouds).unwrap_or_default();
    let client_id = required(reader, table, "client_id", line, |text| {
        rules::guid(text).map(|it| it.to_string()).map_err(|problem| problem.0)
    });
    let user = reader.text(table, "user", |text| rules::upn(text).map_err(|problem| problem.0));
    let apps = reader.texts(table, "apps", |all| all.iter().map(|it| app(it)).collect());
    let is_app = table.has("credential");
    let found = if is_app {
        credential(reader, table, keeper, line)
    } else {
        table.take("credential");
        None
    };
    if is_app && user.is_some() {
        let message = "belongs to the sign-in of a person: leave it or credential out".to_owned();
        reader.report_line(line, table.key("user"), message);
    }
    if found.as_ref().and_then(CredentialConfig::source) == Some(&SecretSource::Stdin) {
        let message = "cannot be \"stdin\": several sign-ins could not share it".to_owned();
        reader.report_line(line, table.key("credential"), message);
    }
    if is_app && found.is_none() {
        return None;
    }
    Some(SignInConfig {
        tenant: tenant?,
        cloud,
        client_id: client_id?,
        credential: found,
        user,
        apps: apps.unwrap_or_default(),
    })
}

/// The text with this sign-in, new or in place of the one of its name.
///
/// # Errors
/// [`EditError`].
pub fn put(text: &str, name: &str, it: &SignInConfig) -> Result<String, EditError> {
    let mut document = parse(text)?;
    let all = document.entry("signins").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let all = all.as_table_like_mut().ok_or(EditError)?;
    let mut table = Table::new();
    table.insert("tenant", Item::Value(Value::from(it.tenant.as_str())));
    if it.cloud != NationalCloud::default() {
        table.insert("cloud", Item::Value(Value::from(it.cloud.slug())));
    }
    table.insert("client_id", Item::Value(Value::from(it.client_id.as_str())));
    if let Some(credential) = &it.credential {
        table.insert("credential", Item::Value(edit::credential(credential)));
    }
    if let Some(user) = &it.user {
        table.insert("user", Item::Value(Value::from(user.as_str())));
    }
    if !it.apps.is_empty() {
        let apps: Array = it.apps.iter().map(|(profile, id)| format!("{profile} = {id}")).collect();
        table.insert("apps", Item::Value(Value::Array(apps)));
    }
    all.insert(name, Item::Table(table));
    Ok(document.to_string())
}

/// The text without this sign-in.
///
/// # Errors
/// [`EditError`].
pub fn remove(text: &str, name: &str) -> Result<String, EditError> {
    let mut document = parse(text)?;
    if let Some(all) = document.get_mut("signins") {
        all.as_table_like_mut().ok_or(EditError)?.remove(name);
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, EditError> {
    text.strip_prefix('\u{feff}').unwrap_or(text).parse().map_err(|_| EditError)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const ID: &str = "22222222-2222-4222-8222-222222222222";

    fn parsed(text: &str) -> Result<Config, Vec<String>> {
        Config::parse(text, Path::new("config.toml")).map_err(|it| it.lines().collect())
    }

    fn app_sign_in() -> SignInConfig {
        SignInConfig {
            tenant: "contoso.example".into(),
            cloud: NationalCloud::GccHigh,
            client_id: ID.into(),
            credential: Some(CredentialConfig::Secret(SecretSource::Stored)),
            user: None,
            apps: vec![("Fly = custom".into(), ID.parse().unwrap())],
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let person = SignInConfig {
            cloud: NationalCloud::Global,
            credential: None,
            user: Some("admin@contoso.example".into()),
            apps: Vec::new(),
            ..app_sign_in()
        };
        for it in [app_sign_in(), person] {
            let text = put("# mine\nuser = 'anna'\n", "contoso", &it).unwrap();
            assert!(text.starts_with("# mine"), "{text}");
            let config = parsed(&text).unwrap();
            assert_eq!(config.signins.get("contoso"), Some(&it), "{text}");
            let without = remove(&text, "contoso").unwrap();
            assert!(parsed(&without).unwrap().signins.is_empty(), "{without}");
        }
    }

    #[test]
    fn mistakes_are_named_and_no_secret_is_repeated() {
        let secret = "fake8Q~not-a-real-secret";
        for (line, word) in [
            ("tenant = 'nowhere'", "tenant: must be the id"),
            ("client_id = 'x'", "client_id: "),
            ("cloud = 'mars'", "cloud: must be one of \"global\""),
            ("apps = ['Fly']", "apps: must be app profiles"),
            ("credential = 'fake8Q~not-a-real-secret'", "must not be in the configuration"),
            ("secret = 'fake8Q~not-a-real-secret'", "must not be in the configuration"),
            ("credential = { secret = 'stdin' }", "cannot be \"stdin\""),
            ("credential = { secret = 'stored' }\nuser = 'a@b.example'", "belongs to the sign-in"),
            ("more = 1", "unknown key"),
        ] {
            let key = line.split(' ').next().unwrap();
            let rest =
                [("tenant", "'contoso.example'".to_owned()), ("client_id", format!("'{ID}'"))];
            let rest =
                rest.iter().filter(|it| it.0 != key).map(|(key, it)| format!("{key} = {it}\n"));
            let text = format!("[signins.contoso]\n{line}\n{}", rest.collect::<String>());
            let problems = parsed(&text).unwrap_err();
            assert!(problems.iter().any(|it| it.contains(word)), "{line}: {problems:?}");
            assert!(!format!("{problems:?}").contains(secret), "{problems:?}");
        }
    }
}
