//! The live permission check: sign-in of an app and a few reads of Microsoft Graph. SPEC P9; graph.md §2, §3.
//!
//! Needs no permission to begin with: tokens alone report the roles. Each further read
//! that is refused says which permission it would take. Nothing is ever written.

mod calls;
mod certificate;
mod device;
mod evidence;
mod signin;
mod tenant;
#[cfg(test)]
mod tests;

use url::Url;
use uuid::Uuid;

pub use calls::{GraphReader, MOST, segment};
pub use certificate::{CertificateError, ClientCertificate, certificate_expiry};
pub use device::{DeviceCode, DeviceLogin, scope as device_scope};
pub use evidence::{Reading, TokenRead, apis, read_app, read_token};
#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub use signin::fuzzed as fuzzed_refusal;
pub use signin::{Credential, SignInError};
pub use tenant::{PublicTenant, find_tenant};

use super::http::HttpError;
use crate::domain::{Cloud, NationalCloud};

/// Where a cloud signs in and where its Microsoft Graph is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Sign-in, with a slash at its end.
    pub login: Url,
    /// Microsoft Graph, with a slash at its end; without version.
    pub graph: Url,
}

impl Endpoints {
    /// Both addresses, for another cloud or a test.
    ///
    /// # Errors
    /// [`GraphError::Endpoint`] when one is no address.
    pub fn new(login: &str, graph: &str) -> Result<Self, GraphError> {
        let base = |it: &str| {
            let mut text = it.trim().to_owned();
            if !text.ends_with('/') {
                text.push('/');
            }
            Url::parse(&text).map_err(|_| GraphError::Endpoint)
        };
        Ok(Self { login: base(login)?, graph: base(graph)? })
    }

    /// The addresses of a cloud (graph.md §2). US Government means GCC High; for DoD see
    /// [`Self::dod`].
    pub fn of(cloud: Cloud) -> Self {
        match cloud {
            Cloud::Commercial => {
                Self::fixed("https://login.microsoftonline.com", "https://graph.microsoft.com")
            }
            Cloud::UsGov => {
                Self::fixed("https://login.microsoftonline.us", "https://graph.microsoft.us")
            }
            Cloud::China21Vianet => Self::fixed(
                "https://login.partner.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
            ),
        }
    }

    /// The addresses of US Government DoD.
    pub fn dod() -> Self {
        Self::fixed("https://login.microsoftonline.us", "https://dod-graph.microsoft.us")
    }

    /// The addresses of a cloud, DoD distinguished.
    pub fn at(cloud: NationalCloud) -> Self {
        match cloud {
            NationalCloud::Dod => Self::dod(),
            NationalCloud::Global | NationalCloud::GccHigh | NationalCloud::China => {
                Self::of(cloud.cloud())
            }
        }
    }

    #[expect(clippy::expect_used, reason = "fixed addresses, each of them parsed by a test")]
    fn fixed(login: &str, graph: &str) -> Self {
        Self::new(login, graph).expect("a fixed address")
    }
}

/// An app that signs in for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppLogin {
    tenant: String,
    client_id: Uuid,
    credential: Credential,
}

impl AppLogin {
    /// Tenant (GUID or domain), application (client) id, and secret or certificate.
    ///
    /// # Errors
    /// [`GraphError::Tenant`] or [`GraphError::ClientId`]; neither repeats what was given, which may
    /// be a secret in the wrong place.
    pub fn new(tenant: &str, client_id: &str, credential: Credential) -> Result<Self, GraphError> {
        let tenant = tenant.trim();
        let domain = tenant.contains('.')
            && tenant.len() <= 253
            && tenant.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            });
        if Uuid::parse_str(tenant).is_err() && !domain {
            return Err(GraphError::Tenant);
        }
        let client_id = Uuid::parse_str(client_id.trim()).map_err(|_| GraphError::ClientId)?;
        Ok(Self { tenant: tenant.to_owned(), client_id, credential })
    }

    /// Tenant id or domain.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Application (client) id.
    pub const fn client_id(&self) -> Uuid {
        self.client_id
    }
}

/// Why a live check could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// The tenant cannot be one.
    #[error(
        "the tenant is neither a GUID nor a domain name: see Overview in the Microsoft Entra admin center"
    )]
    Tenant,
    /// The client id is not a GUID.
    #[error(
        "the client id is not a GUID: it is the Application (client) ID of the app registration"
    )]
    ClientId,
    /// An address in the config is none.
    #[error(
        "an endpoint in the config is not an address: it must look like https://graph.microsoft.com"
    )]
    Endpoint,
    /// The certificate or key cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Microsoft Entra ID refused the sign-in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The call itself failed, or was cancelled.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl GraphError {
    /// What to do about it, where the message does not say so itself.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Tenant | Self::ClientId | Self::Endpoint => None,
            Self::Certificate(error) => Some(error.hint().to_owned()),
            Self::SignIn(error) => Some(error.hint.clone()),
            Self::Http(error) => Some(error.hint()),
        }
    }
}
