//! `[contexts.NAME]`: the stores and Fly services that jetbridge can work on, and where the
//! credential of each comes from. A secret itself never stands in the configuration. SPEC E3.

pub mod check;
pub mod edit;
pub mod file;
pub(super) mod read;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use url::Url;

pub(super) use read::read;

use crate::domain::SecretSource;
use crate::domain::context::{ContextColour, ContextKind, KidForm};
use crate::domain::server::ServerAddress;

/// One context of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextConfig {
    /// What it is and where.
    pub place: ContextPlace,
    /// A word for people, such as `PROD`.
    pub label: Option<String>,
    /// Its colour on the screen.
    pub colour: Option<ContextColour>,
    /// Where the installer of the device agent is for this context; `None`: as `[agent]` says.
    pub agent_url: Option<String>,
    /// SHA-256 that the installer must have, 64 lower-case hexadecimal digits.
    pub agent_sha256: Option<String>,
}

/// What a context is and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextPlace {
    /// A store.
    Store {
        /// Its file; `None`: the one of this user.
        path: Option<PathBuf>,
    },
    /// A store on a PostgreSQL server.
    Postgres(Box<TeamConfig>),
    /// The public API of AvePoint Fly.
    Fly(Box<FlyConfig>),
}

impl ContextPlace {
    /// What it is.
    pub const fn kind(&self) -> ContextKind {
        match self {
            Self::Store { .. } => ContextKind::Store,
            Self::Postgres(_) => ContextKind::Postgres,
            Self::Fly(_) => ContextKind::Fly,
        }
    }

    /// How it signs in, if it does.
    pub const fn credential(&self) -> Option<&CredentialConfig> {
        match self {
            Self::Store { .. } => None,
            Self::Postgres(team) => Some(&team.credential),
            Self::Fly(fly) => Some(&fly.credential),
        }
    }
}

/// How the server of a team store is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamConfig {
    /// The server, the database, the role.
    pub address: ServerAddress,
    /// A file with certificate authorities beside those of the system and of `[network]`.
    pub ca: Option<PathBuf>,
    /// How it signs in.
    pub credential: CredentialConfig,
}

/// How a Fly service is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlyConfig {
    /// Where it is.
    pub address: Address,
    /// Where tokens are given out; `None`: as the address says.
    pub identity_url: Option<Url>,
    /// Application (client) id of the app registration, a GUID.
    pub client_id: String,
    /// How it signs in.
    pub credential: CredentialConfig,
    /// How a signed sign-in names its certificate.
    pub kid: KidForm,
}

/// Where a Fly service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A data centre by its name.
    DataCentre(String),
    /// Its base address.
    Url(Url),
}

/// Where the credential of a Fly service comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialConfig {
    /// A client secret.
    Secret(SecretSource),
    /// A certificate with its private key, both PEM.
    Certificate {
        /// File with the certificate.
        certificate: PathBuf,
        /// Where the key comes from; `None`: from the same file.
        key: Option<SecretSource>,
    },
}

impl CredentialConfig {
    /// Where its secret part comes from; `None`: from the certificate's own file.
    pub const fn source(&self) -> Option<&SecretSource> {
        match self {
            Self::Secret(source) => Some(source),
            Self::Certificate { key, .. } => key.as_ref(),
        }
    }

    /// Whether its secret part is sealed in the local store.
    pub const fn is_stored(&self) -> bool {
        matches!(self.source(), Some(SecretSource::Stored))
    }
}
