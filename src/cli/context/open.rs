//! Which context a run works on, and how each is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::{member, trust};
use crate::backend::fly::{Fly, FlyCredential, FlyOptions, FlySettings, presets};
use crate::backend::graph::ClientCertificate;
use crate::backend::redacted::Hide;
use crate::backend::store::{Moving, Source, Store, TeamStore, VaultCalls};
use crate::backend::{BackendError, Place};
use crate::cli::keys::Keys;
use crate::cli::network::Network;
use crate::cli::several;
use crate::cli::wiring;
use crate::config::contexts::{
    Address, ContextConfig, ContextPlace, CredentialConfig, FlyConfig, TeamConfig,
};
use crate::config::{Config, Paths};
use crate::domain::agent::Installer;
use crate::domain::context::{ContextKind, LOCAL};
use crate::domain::destination::Destination;
use crate::domain::secret::name_for_message;
use crate::domain::{Secret, SecretSource, Timestamp};
use crate::error::{Exit, Failure};
use crate::service::contexts::{ContextInfo, Contexts, OpenError, Opening};
use crate::service::secret_source::{self, Shape, SourceError};
use crate::text::nearest;

/// Names the context when `--context` does not.
pub const VARIABLE: &str = "JETBRIDGE_CONTEXT";
/// Folder of the cached lists below the data folder.
const CACHES: &str = "live";

/// What the command line and the environment say about contexts.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// `--context`.
    pub context: Option<String>,
    /// Whether it names more than one, or `--all-contexts` was given.
    pub several: several::Asked,
    /// `--read-only`.
    pub read_only: bool,
    /// `--cached`.
    pub cached: bool,
    /// `--demo`.
    pub demo: bool,
    /// What may open a vault.
    pub keys: Keys,
    /// `--no-input`.
    pub no_input: bool,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--redact`, or `redact` under `[ui]`.
    pub redact: bool,
}

/// The name of the context to work on: flag, then environment, then configuration.
///
/// # Errors
/// A usage failure when there is no such context.
pub fn chosen(
    wish: &Wish,
    env: &dyn Fn(&str) -> Option<String>,
    config: &Config,
) -> Result<String, Failure> {
    let from_env = || env(VARIABLE).filter(|it| !it.is_empty());
    let (name, said) = match (&wish.context, from_env()) {
        (Some(name), _) => (name.clone(), "--context"),
        (None, Some(name)) => (name, VARIABLE),
        (None, None) => return Ok(config.context.clone()),
    };
    known(config, &name).map_err(|failure| failure.because(format!("{said} names it")))?;
    Ok(name)
}

/// Refuses a name that no context has.
///
/// # Errors
/// A usage failure.
pub fn known(config: &Config, name: &str) -> Result<(), Failure> {
    if name == LOCAL || config.contexts.contains_key(name) {
        return Ok(());
    }
    let shown = name_for_message(name);
    let meant = nearest::lead(name, config.contexts.keys().map(String::as_str).chain([LOCAL]));
    Err(Failure::usage(format!("there is no context {shown}"))
        .hint(format!("{meant}`jetbridge context list` shows them all.")))
}

/// The contexts that sign in with a certificate, by the name that is shown, each with its file.
fn certificates(config: &Config, hide: Option<&Hide>) -> Vec<(String, PathBuf)> {
    let file = |it: &ContextConfig| match it.place.credential()? {
        CredentialConfig::Certificate { certificate, .. } => Some(certificate.clone()),
        CredentialConfig::Secret(_) => None,
    };
    let shown = |name: &str| hide.map_or_else(|| name.to_owned(), |hide| hidden_name(name, hide));
    config.contexts.iter().filter_map(|(name, it)| Some((shown(name), file(it)?))).collect()
}

/// A failure that names nobody.
fn bare() -> OpenError {
    OpenError::new("the context cannot be opened", "Run it without --redact to see why.")
}

/// A context's name as it is shown where names are hidden; every user has a local store.
pub fn hidden_name(name: &str, hide: &Hide) -> String {
    if name == LOCAL { name.to_owned() } else { hide.name("context", name) }
}

/// What the configuration names, with what stands for each: the net below the pseudonyms that
/// backends give, for what reaches an answer or a message by another way.
pub fn words(config: &Config, paths: &Paths, hide: &Hide) -> Vec<(String, String)> {
    let place = |it: &Path| (it.display().to_string(), hide.place(it).display().to_string());
    let host = |it: &str| (it.to_owned(), hide.name("host", it));
    let mut out: Vec<_> =
        [&paths.store, &paths.vault_key, &paths.config_file].map(|it| place(it)).into();
    out.extend([&paths.config_dir, &paths.data_dir, &paths.state_dir].map(|it| place(it)));
    out.extend(config.network.ca_bundle.iter().map(|it| place(it)));
    out.push((config.author(), hide.person(&config.author())));
    out.extend(crate::cli::doctor::proxies().iter().map(|it| host(it)));
    for (name, it) in &config.signins {
        out.push((name.clone(), hide.name("sign-in", name)));
        out.push((it.tenant.clone(), hide.name("tenant", &it.tenant)));
        out.push((it.client_id.clone(), hide.name("id", &it.client_id)));
        out.extend(it.user.iter().map(|it| (it.clone(), hide.name("user", it))));
        out.extend(it.apps.iter().map(|it| (it.0.clone(), hide.name("app-profile", &it.0))));
    }
    for (name, context) in &config.contexts {
        out.push((name.clone(), hidden_name(name, hide)));
        out.extend(context.label.iter().map(|it| (it.clone(), hide.name("label", it))));
        if let Some(credential) = context.place.credential() {
            if let CredentialConfig::Certificate { certificate, .. } = credential {
                out.push(place(certificate));
            }
            if let Some(SecretSource::File(file)) = credential.source() {
                out.push(place(file));
            }
        }
        match &context.place {
            ContextPlace::Store { path } => out.extend(path.iter().map(|it| place(it))),
            ContextPlace::Postgres(team) => {
                out.push(host(&team.address.host));
                out.push((team.address.user.clone(), hide.person(&team.address.user)));
                out.extend(team.ca.iter().map(|it| place(it)));
            }
            ContextPlace::Fly(fly) => {
                out.push((fly.client_id.clone(), hide.name("id", &fly.client_id)));
                let named = match &fly.address {
                    Address::Url(url) => url.host_str(),
                    // A data centre of AvePoint names nobody.
                    Address::DataCentre(_) => None,
                };
                let tokens = fly.identity_url.as_ref().and_then(|it| it.host_str());
                out.extend(named.into_iter().chain(tokens).map(host));
            }
        }
    }
    out
}

/// What is known of a context, without what names somebody.
pub fn hidden(info: ContextInfo, hide: &Hide) -> ContextInfo {
    let ContextInfo { name, kind, label, colour, place, read_only, active, installer: _ } = info;
    ContextInfo {
        name: hidden_name(&name, hide),
        kind,
        label: label.map(|it| hide.name("label", &it)),
        colour,
        place: match kind {
            ContextKind::Store => hide.place(Path::new(&place)).display().to_string(),
            ContextKind::Postgres | ContextKind::Fly => hide.name("address", &place),
        },
        read_only,
        active,
        // Its address names somebody.
        installer: Installer::default(),
    }
}

/// Everything that opening needs, owned, so that the screen can open one at any time.
pub struct Openers {
    /// Where things are.
    pub paths: Paths,
    /// The configuration.
    pub config: Config,
    /// How to reach services; what is wrong with it concerns only those who do.
    pub network: Result<Network, Failure>,
    /// What was read from standard input, for the context that asked for it.
    pub typed: Option<(String, Secret)>,
    /// Whether everything is closed to writing.
    pub read_only: bool,
    /// Whether services are answered for from what was read last, and nobody is called.
    pub cached: bool,
    /// Longest that one call may take.
    pub limit: Option<Duration>,
    /// Hides names; `None`: they are shown.
    pub hide: Option<Hide>,
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
    /// What may open a vault.
    pub keys: Keys,
}

impl Openers {
    /// The contexts of a session that works on `active`.
    pub fn contexts(self: Arc<Self>, active: &str) -> Contexts {
        let list = infos(&self.paths, &self.config, active, self.read_only);
        let certificates = certificates(&self.config, self.hide.as_ref());
        let Some(hide) = self.hide.clone() else {
            return Contexts::new(
                list,
                Arc::new(move |name| Arc::clone(&self).open(name.to_owned())),
            )
            .with_certificates(certificates);
        };
        let list: Vec<ContextInfo> = list.into_iter().map(|it| hidden(it, &hide)).collect();
        let alias = move |name: &str| hidden_name(name, &hide);
        let open = move |name: &str| -> Opening {
            let opening = Arc::clone(&self).open(self.meant(name));
            // What went wrong may name files, hosts and people.
            Box::pin(async {
                opening.await.map_err(|error| OpenError {
                    auth: error.auth,
                    cancelled: error.cancelled,
                    ..bare()
                })
            })
        };
        Contexts::new(list, Arc::new(open))
            .with_alias(Arc::new(alias))
            .with_certificates(certificates)
    }

    /// The real name of a context that goes by a pseudonym.
    fn meant(&self, name: &str) -> String {
        let by =
            |it: &&String| self.hide.as_ref().is_some_and(|hide| hidden_name(it, hide) == name);
        self.config.contexts.keys().find(by).map_or_else(|| name.to_owned(), String::clone)
    }

    /// Opens one by its name.
    pub fn open(self: Arc<Self>, name: String) -> Opening {
        Box::pin(async move {
            let backend: Place = match place(&self.config, &name) {
                None => return Err(unknown(&name)),
                Some(ContextPlace::Store { path }) => self.store(path, false).await?.into(),
                Some(ContextPlace::Postgres(team)) => self.team_place(&name, &team).await?,
                Some(ContextPlace::Fly(fly)) => Fly::open(self.fly(&name, &fly).await?)?.into(),
            };
            let backend = wiring::logged(backend, &self.paths, &self.config, self.limit);
            let backend = if self.read_only { backend.read_only() } else { backend };
            Ok(wiring::hidden(backend, self.hide.as_ref()))
        })
    }

    /// A team store. The screen begins with the list of the last time where there is one, also when the
    /// server does not answer; a vault that has to be asked for is opened before.
    async fn team_place(
        self: &Arc<Self>,
        name: &str,
        team: &TeamConfig,
    ) -> Result<Place, OpenError> {
        let store = TeamStore::start(self.team(name, team).await?)?;
        let kept = if self.keys.at_once() { store.recall() } else { None };
        let asks = kept.map(|it| it.1);
        if let Some((id, false)) = kept {
            let own = self.keys.store(&self.paths, &self.config, &self.paths.store);
            let own =
                own.map_err(|failure| OpenError::new(failure.what, failure.hints.join(" ")))?;
            member::unlock(own, id).await?;
            return Ok(store.into());
        }
        match store.opened().await {
            Ok(_) => self.unlock(&store).await?,
            Err(BackendError::Server(it)) if asks.is_some() && it.is_away() => {}
            Err(error) => return Err(error.into()),
        }
        Ok(store.into())
    }

    /// A whole store, to be moved.
    ///
    /// # Errors
    /// [`OpenError`]; also for a context that is no store.
    pub(crate) async fn whole(self: &Arc<Self>, name: &str) -> Result<Box<dyn Moving>, OpenError> {
        Ok(match place(&self.config, name) {
            None => return Err(unknown(name)),
            Some(ContextPlace::Store { path }) => Box::new(self.store(path, false).await?),
            Some(ContextPlace::Postgres(team)) => {
                let store = TeamStore::start(self.team(name, &team).await?)?;
                store.opened().await?;
                Box::new(store)
            }
            Some(ContextPlace::Fly(_)) => {
                let what = format!("the context {} is not a store", name_for_message(name));
                return Err(OpenError::new(what, "Name a store: local, or one of a team."));
            }
        })
    }

    async fn store(&self, path: Option<PathBuf>, apart: bool) -> Result<Store, OpenError> {
        let path = path.unwrap_or_else(|| self.paths.store.clone());
        let mut options = self
            .keys
            .store(&self.paths, &self.config, &path)
            .map_err(|failure| OpenError::new(failure.what, failure.hints.join(" ")))?;
        if apart {
            options.unlock.given = None;
        }
        let store = Store::start(options)?;
        store.opened().await?;
        self.unlock(&store).await?;
        Ok(store)
    }

    /// Opens a vault that needs more than a key file, where the screen is about to begin. Whoever is no
    /// member of a team works without its secrets.
    async fn unlock(&self, store: &dyn VaultCalls) -> Result<(), OpenError> {
        if self.keys.at_once() {
            let lock = store.vault_status().await?.lock;
            if lock.is_some_and(|it| it.source != Source::File) {
                match store.unlock().await {
                    Err(BackendError::Membership { .. }) => {}
                    other => drop(other?),
                }
            }
        }
        Ok(())
    }

    /// What a Fly context is opened with; reads its credential.
    pub async fn fly(&self, name: &str, fly: &FlyConfig) -> Result<FlyOptions, OpenError> {
        let network = self
            .network
            .as_ref()
            .map_err(|failure| OpenError::new(failure.what.clone(), failure.hints.join(" ")))?;
        let credential = match self.cached {
            // Nobody is called, so no command is run for it and no vault is opened.
            true => FlyCredential::Unread,
            false => {
                trust::check(&self.paths, name, fly).map_err(OpenError::of_credential)?;
                let credential = self.credential(name, fly).await;
                credential.map_err(OpenError::of_credential)?
            }
        };
        let (api, token_url) = match &network.stand_in_url {
            Some(url) => (join(url, "fly")?, join(url, "connect/token")?),
            None => addresses(fly)?,
        };
        Ok(FlyOptions {
            settings: FlySettings {
                context: name.to_owned(),
                api,
                token_url,
                client_id: fly.client_id.clone(),
                credential,
                kid: fly.kid,
            },
            http: network.options.clone(),
            cache: Some(cache(&self.paths, name)),
            clock: Timestamp::now,
        })
    }

    async fn credential(&self, name: &str, fly: &FlyConfig) -> Result<FlyCredential, OpenError> {
        let goes = || trust::destination(&self.config, fly);
        match &fly.credential {
            CredentialConfig::Secret(source) => {
                let secret = self.context_secret(name, source, Shape::Word, goes).await;
                secret.map(FlyCredential::Secret)
            }
            CredentialConfig::Certificate { certificate, key } => {
                let key = match key {
                    Some(source) => self.context_secret(name, source, Shape::Pem, goes).await?,
                    // The key lies in it, so it must be closed to others.
                    None => secret_source::from_file(certificate, Shape::Pem)?,
                };
                let pem = secret_source::certificate(certificate)?;
                let pair = ClientCertificate::from_pem(&pem, &key).map_err(|error| {
                    let hint = format!(
                        "{} `jetbridge context edit {name}` names another file.",
                        error.hint()
                    );
                    OpenError::new(error.to_string(), hint)
                })?;
                Ok(FlyCredential::Certificate(pair))
            }
        }
    }

    pub(super) async fn context_secret(
        &self,
        name: &str,
        source: &SecretSource,
        shape: Shape,
        goes: impl FnOnce() -> Result<Destination, OpenError>,
    ) -> Result<Secret, OpenError> {
        let owner = Owner {
            key: name.to_owned(),
            what: format!("the context {name}"),
            seal: format!("jetbridge context edit {name} --secret-stdin"),
            apart: matches!(place(&self.config, name), Some(ContextPlace::Postgres(_))),
        };
        if let SecretSource::Stdin = source {
            let typed = self.typed.iter().find(|(context, _)| context == name);
            return typed.map(|(_, secret)| secret.clone()).ok_or_else(|| {
                OpenError::new(
                    format!("the secret of {name} comes from standard input, which was not read"),
                    format!("Start with `jetbridge --context {name}`, or keep the secret elsewhere: `{}` seals one.", owner.seal),
                )
            });
        }
        self.secret(&owner, source, shape, goes).await
    }

    /// The secret of a context or sign-in, from where it is kept.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn secret(
        &self,
        owner: &Owner,
        source: &SecretSource,
        shape: Shape,
        goes: impl FnOnce() -> Result<Destination, OpenError>,
    ) -> Result<Secret, OpenError> {
        let Owner { key, what, seal, apart } = owner;
        let missing = || {
            OpenError::new(
                format!("no secret is sealed for {what}"),
                format!("`{seal}` seals one."),
            )
        };
        if let Some(read) = secret_source::read(source, shape, self.credentials.as_deref()).await {
            return Ok(read?);
        }
        if !self.paths.store.exists() {
            return Err(missing());
        }
        let goes = goes()?;
        let store = self.store(None, *apart).await?;
        store.context_secret(key.clone(), goes).await.map_err(|error| match error {
            BackendError::SecretElsewhere { .. } => {
                let what =
                    format!("the sealed secret of {what} was entered for another destination");
                let hint = format!(
                    "Check its addresses, client id and ca_bundle; if they are right, enter the \
                     secret again: `{seal}`."
                );
                OpenError { auth: true, ..OpenError::new(what, hint) }
            }
            BackendError::SecretMissing { .. } => missing(),
            other => other.into(),
        })
    }
}

/// Whose secret it is, for messages and for the store.
pub struct Owner {
    /// What the store calls it.
    pub key: String,
    /// What people call it.
    pub what: String,
    /// The command that seals another one.
    pub seal: String,
    /// What `--vault-key-fd` gives opens another vault than the one that keeps this secret.
    pub apart: bool,
}

impl From<SourceError> for OpenError {
    fn from(error: SourceError) -> Self {
        Self::new(error.what, error.hint)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        if error.cancelled {
            return BackendError::Cancelled.into();
        }
        let exit = if error.auth { Exit::Auth } else { Exit::Failure };
        Self { exit, ..Self::new(error.what) }.hint(error.hint)
    }
}

/// What a context is and where; the built-in one needs no configuration.
pub fn place(config: &Config, name: &str) -> Option<ContextPlace> {
    match config.contexts.get(name) {
        Some(found) => Some(found.place.clone()),
        None if name == LOCAL => Some(ContextPlace::Store { path: None }),
        None => None,
    }
}

/// Address of the API and of its sign-in.
pub fn addresses(fly: &FlyConfig) -> Result<(Url, Url), OpenError> {
    let parsed = |text: &str| {
        Url::parse(text).map_err(|_| {
            OpenError::new(
                "an address of the context is not valid",
                "Fix it with `jetbridge context edit NAME --url URL`.",
            )
        })
    };
    let (api, preset) = match &fly.address {
        Address::Url(url) => (url.clone(), presets::of_api(url)),
        Address::DataCentre(name) => match presets::find(name) {
            Some(preset) => (parsed(preset.api)?, Some(preset)),
            None => {
                return Err(OpenError::new(
                    format!("there is no data centre {name}"),
                    "`jetbridge context add --help` names them all.",
                ));
            }
        },
    };
    // Fly's own module takes the commercial address for any host that it does not know (fly.md §1).
    let derived = preset.map_or(COMMERCIAL, |it| it.token_url);
    let token = match &fly.identity_url {
        Some(url) => url.clone(),
        None => parsed(derived)?,
    };
    Ok((api, token))
}

/// Where commercial tenants sign in. fly.md §1.
const COMMERCIAL: &str = "https://identity.avepointonlineservices.com/connect/token";

fn join(base: &Url, path: &str) -> Result<Url, OpenError> {
    base.join(path).map_err(|_| {
        OpenError::new("the stand-in's address cannot be used", "Unset it: it is for tests.")
    })
}

/// Where the last good list of a context is kept.
pub fn cache(paths: &Paths, name: &str) -> PathBuf {
    paths.data_dir.join(CACHES).join(format!("{name}.cache"))
}

fn unknown(name: &str) -> OpenError {
    let what = format!("there is no context {}", name_for_message(name));
    OpenError::new(what, "`jetbridge context list` shows them all.")
}

/// What is known of every context: the built-in one first, the others by name.
pub fn infos(paths: &Paths, config: &Config, active: &str, closed: bool) -> Vec<ContextInfo> {
    let others = config.contexts.keys().map(String::as_str).filter(|it| *it != LOCAL);
    let info = |name: &str| {
        let found = config.contexts.get(name);
        let place = place(config, name).unwrap_or(ContextPlace::Store { path: None });
        let kind = place.kind();
        ContextInfo {
            name: name.to_owned(),
            kind,
            label: found.and_then(|it| it.label.clone()),
            colour: found.and_then(|it| it.colour),
            place: match &place {
                ContextPlace::Store { path } => {
                    path.as_ref().unwrap_or(&paths.store).display().to_string()
                }
                ContextPlace::Postgres(team) => team.address.to_string(),
                ContextPlace::Fly(fly) => {
                    addresses(fly).map_or_else(|_| String::new(), |it| it.0.to_string())
                }
            },
            read_only: closed || kind == ContextKind::Fly,
            active: name == active,
            installer: config.installer_of(name),
        }
    };
    std::iter::once(LOCAL).chain(others).map(info).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_is_broken_off_is_no_failure_of_the_store() {
        let failure = Failure::from(OpenError::from(BackendError::Cancelled));
        assert_eq!((failure.exit, failure.hints.len()), (Exit::Interrupted, 1), "{failure:?}");
    }
}
