//! TLS to a domain controller: the authorities of the system and those of `ca_bundle`, the name of the
//! host checked.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate;
use crate::backend::http::{HttpError, HttpErrorKind, HttpOptions, authorities};
use crate::domain::Timestamp;

/// Whom to trust. Clones share it.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why a certificate, or TLS, is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsError {
    /// Nobody trusted issued the certificate.
    Untrusted,
    /// It is of another host.
    Name,
    /// It is over, or not valid yet.
    Dates,
    /// The other side does not speak TLS, or ended it.
    Ended(String),
    /// Anything else.
    Other(String),
}

impl Trust {
    /// As calls over HTTPS trust.
    ///
    /// # Errors
    /// [`HttpErrorKind::Setup`]
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        let mut extra = Vec::new();
        if let Some(path) = &options.ca_bundle {
            extra.extend(authorities(path)?.into_iter().map(CertificateDer::from));
        }
        let setup = |error: rustls::Error| HttpError {
            message: Some(error.to_string().into()),
            ..HttpError::new(HttpErrorKind::Setup, "")
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(setup)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(setup)?
            // The verifier is the platform's, the one of every other call.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// TLS over this stream to this host, with the day on which its certificate ends.
    pub(super) async fn wrap(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> Result<(TlsStream<TcpStream>, Option<Timestamp>), TlsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name)?;
        let wrapped = TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await;
        let stream = wrapped.map_err(|error| why(&error))?;
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let end = certificates.first().and_then(|it| certificate::end(it));
        Ok((stream, end))
    }
}

fn why(error: &std::io::Error) -> TlsError {
    use CertificateError as Bad;
    let inner = error.get_ref().and_then(|it| it.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(bad)) => match bad {
            Bad::Expired
            | Bad::ExpiredContext { .. }
            | Bad::NotValidYet
            | Bad::NotValidYetContext { .. } => TlsError::Dates,
            Bad::UnknownIssuer => TlsError::Untrusted,
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => TlsError::Name,
            other => TlsError::Other(other.to_string()),
        },
        Some(rustls::Error::InvalidMessage(_)) => TlsError::Ended("it does not speak TLS".into()),
        Some(other) => TlsError::Other(other.to_string()),
        None => TlsError::Ended(error.kind().to_string()),
    }
}
