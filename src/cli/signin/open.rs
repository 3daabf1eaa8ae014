//! The sign-ins of the configuration, as the checks take them: a credential is read when it is needed.

use std::sync::Arc;

use uuid::Uuid;

use crate::backend::graph::{ClientCertificate, Credential};
use crate::checks::preflight::{SignIn, Who};
use crate::checks::{Cause, Sort};
use crate::cli::context::open::{Openers, Owner};
use crate::cli::context::trust;
use crate::config::SignInConfig;
use crate::config::contexts::CredentialConfig;
use crate::config::signins::sealed_as;
use crate::domain::SecretSource;
use crate::service::contexts::OpenError;
use crate::service::secret_source::{self, Shape};

/// Every sign-in.
pub fn all(openers: &Arc<Openers>) -> Vec<SignIn> {
    openers.config.signins.iter().filter_map(|(name, it)| one(openers, name, it)).collect()
}

/// A sign-in; `None`: its client id is none, which the configuration does not take.
pub fn one(openers: &Arc<Openers>, name: &str, it: &SignInConfig) -> Option<SignIn> {
    let who = match &it.credential {
        None => Who::Person { user: it.user.clone(), token: None },
        Some(credential) => {
            let (openers, name) = (Arc::clone(openers), name.to_owned());
            let (it, credential) = (it.clone(), credential.clone());
            Who::App(Arc::new(move || {
                let (openers, name) = (Arc::clone(&openers), name.clone());
                let (it, kept) = (it.clone(), credential.clone());
                Box::pin(async move {
                    credential_of(&openers, &name, &it, &kept)
                        .await
                        .map_err(|error| Cause::new(Sort::Refused, error.to_string(), error.hint))
                })
            }))
        }
    };
    Some(SignIn {
        name: name.to_owned(),
        tenant: it.tenant.clone(),
        cloud: it.cloud,
        client_id: Uuid::try_parse(&it.client_id).ok()?,
        apps: it.apps.clone(),
        who,
    })
}

/// Whose secret it is.
pub fn owner(name: &str) -> Owner {
    Owner {
        key: sealed_as(name),
        what: format!("the sign-in {name}"),
        seal: format!("jetbridge signin add {name} --replace --secret-stdin"),
        apart: false,
    }
}

async fn credential_of(
    openers: &Openers,
    name: &str,
    it: &SignInConfig,
    credential: &CredentialConfig,
) -> Result<Credential, OpenError> {
    let owner = owner(name);
    let secret = async |source: &SecretSource, shape: Shape| {
        let goes = || trust::sign_in_destination(&openers.config, it);
        openers.secret(&owner, source, shape, goes).await
    };
    match credential {
        CredentialConfig::Secret(source) => {
            secret(source, Shape::Word).await.map(Credential::Secret)
        }
        CredentialConfig::Certificate { certificate, key } => {
            let key = match key {
                Some(source) => secret(source, Shape::Pem).await?,
                None => secret_source::from_file(certificate, Shape::Pem)?,
            };
            let pem = secret_source::certificate(certificate)?;
            let pair = ClientCertificate::from_pem(&pem, &key)
                .map_err(|error| OpenError::new(error.to_string(), error.hint()))?;
            Ok(Credential::Certificate(pair))
        }
    }
}
