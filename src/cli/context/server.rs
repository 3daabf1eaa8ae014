//! What a context that is a team store is opened with: its server, and how it signs in there.

use std::sync::{Arc, PoisonError};

use super::open::{Openers, cache};
use super::trust;
use crate::backend::store::postgres::Login;
use crate::backend::store::{ServerError, TeamOptions};
use crate::config::contexts::{CredentialConfig, TeamConfig};
use crate::domain::SecretSource;
use crate::domain::destination::Destination;
use crate::files::pem::{Key, Pem};
use crate::service::beside;
use crate::service::contexts::OpenError;
use crate::service::secret_source::{self, Shape};

impl Openers {
    /// What a team store is opened with. Its password is read for each connection, but for one that
    /// somebody had to type or to open a vault for.
    pub async fn team(
        self: &Arc<Self>,
        name: &str,
        team: &TeamConfig,
    ) -> Result<TeamOptions, OpenError> {
        trust::check_server(&self.paths, name, team)?;
        let login = match &team.credential {
            CredentialConfig::Secret(source) => {
                let goes = || trust::server_destination(&self.config, team);
                let kept = matches!(source, SecretSource::Stored | SecretSource::Stdin);
                let read = self.context_secret(name, source, Shape::Line, goes);
                let first = read.await.map_err(OpenError::of_credential)?;
                let (own, name, source) = (Arc::clone(self), name.to_owned(), source.clone());
                let first = std::sync::Mutex::new(Some(first));
                Login::Password(Arc::new(move || {
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(known) = if kept { first.clone() } else { first.take() } {
                        return Box::pin(std::future::ready(Ok(known)));
                    }
                    let (own, name, source) = (own.clone(), name.clone(), source.clone());
                    Box::pin(async move {
                        let read = own.context_secret(&name, &source, Shape::Line, || {
                            Ok(Destination::default())
                        });
                        read.await.map_err(|it| ServerError::of_password(it.what, it.hint))
                    })
                }))
            }
            CredentialConfig::Certificate { certificate, key } => {
                let goes = || trust::server_destination(&self.config, team);
                let key = match key {
                    Some(source) => self
                        .context_secret(name, source, Shape::Pem, goes)
                        .await
                        .map_err(OpenError::of_credential)?,
                    // The key lies in it, so it must be closed to others.
                    None => secret_source::from_file(certificate, Shape::Pem)?,
                };
                let pem = secret_source::certificate(certificate)?;
                let broken = |_| {
                    OpenError::new(
                        format!("the certificate or key of {name} is damaged"),
                        format!("`jetbridge context edit {name}` names another file."),
                    )
                };
                let chain = Pem::parse(&pem).map_err(broken)?.certificates;
                let key = Pem::parse(key.expose()).map_err(broken)?.keys.into_iter().next();
                let key = match key {
                    Some(Key::Pkcs8(it) | Key::Pkcs1(it)) if !chain.is_empty() => it,
                    _ => {
                        return Err(OpenError::new(
                            format!("{name} has no certificate with an RSA key"),
                            "Give both in PEM form; the key must be RSA, without a passphrase.",
                        ));
                    }
                };
                Login::Certificate { chain, key }
            }
        };
        let mut unlock = self
            .keys
            .unlock(&self.config)
            .map_err(|failure| OpenError::new(failure.what, failure.hints.join(" ")))?;
        let own = Arc::clone(self);
        unlock.member = Some(Arc::new(move |store| own.member_seed(store)));
        let authorities = self.config.network.ca_bundle.iter().chain(&team.ca);
        Ok(TeamOptions {
            address: team.address.clone(),
            authorities: authorities.cloned().collect(),
            login,
            unlock,
            key_path: self.paths.vault_key.clone(),
            forget: Some(beside::forgetting(&self.paths.data_dir)),
            copy: Some(cache(&self.paths, name)),
            clock: None,
        })
    }
}
