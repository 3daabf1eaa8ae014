//! How `--live` signs in. No secret is ever an argument. SPEC E3, P9.

use std::path::Path;

use zeroize::Zeroizing;

use super::args::LoginArgs;
use super::input;
use crate::backend::graph::{
    AppLogin, CertificateError, ClientCertificate, Credential, GraphError, refuse_pkcs12,
};
use crate::backend::http::{HttpError, HttpErrorKind};
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::domain::Secret;
use crate::error::{Exit, Failure};
use crate::service::secret_source::{self, Shape};

/// Longest file with a client secret, in bytes; Entra's have 40.
const MAX_SECRET: usize = 4_096;
/// Longest PEM file; the library refuses longer ones with a word.
const MAX_PEM: usize = 256 << 10;

/// Tenant, app and credential. The first two are checked before anything is asked for.
pub fn login(session: &mut Session<'_, '_>, args: &LoginArgs) -> Result<AppLogin, Failure> {
    let tenant = args.tenant.as_deref().unwrap_or_default();
    let client_id = args.client_id.as_deref().unwrap_or_default();
    AppLogin::new(tenant, client_id, Credential::Secret(Secret::new("")))?;
    let credential = credential(session, args)?;
    Ok(AppLogin::new(tenant, client_id, credential)?)
}

fn credential(session: &mut Session<'_, '_>, args: &LoginArgs) -> Result<Credential, Failure> {
    if let Some(certificate) = &args.certificate {
        let key = args.key.as_deref().unwrap_or(certificate);
        let found = pair(session, certificate, key)?;
        return Ok(Credential::Certificate(found));
    }
    let secret = if args.secret_stdin {
        secret(session, Path::new("-"))?
    } else if let Some(file) = &args.secret_file {
        note_readers(session, file);
        secret(session, file)?
    } else if session.can_ask() {
        prompt::secret(session, "Client secret")?
    } else {
        return Err(session.nobody("for the client secret that --live needs").hint("Pipe the secret in with --secret-stdin, or give --secret-file, or --certificate and --key.",
        ));
    };
    Ok(Credential::Secret(secret))
}

/// A secret that is all of a file or of standard input.
fn secret(session: &mut Session<'_, '_>, path: &Path) -> Result<Secret, Failure> {
    let text = input::text(session, path, MAX_SECRET)?;
    let read = secret_source::shaped(text.as_bytes(), &input::name(path), Shape::Word);
    read.map_err(|error| Failure::usage(error.what).hint(error.hint))
}

fn pair(
    session: &mut Session<'_, '_>,
    certificate: &Path,
    key: &Path,
) -> Result<ClientCertificate, Failure> {
    if certificate != key {
        note_readers(session, key);
    }
    refuse_pkcs12(certificate)?;
    refuse_pkcs12(key)?;
    let text = input::text(session, certificate, MAX_PEM)?;
    let key = match certificate == key {
        true => Zeroizing::new(text.to_string()),
        false => input::text(session, key, MAX_PEM)?,
    };
    let found = ClientCertificate::from_pem(&text, &Secret::new(key.as_str()))?;
    session.printer.say(&format!("Certificate with thumbprint {}.", found.thumbprint()));
    Ok(found)
}

/// Says that others may read a secret's file; they may have done so already.
fn note_readers(session: &mut Session<'_, '_>, path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open = std::fs::metadata(path)
            .is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o077 != 0);
        if open {
            session.printer.say(&format!(
                "warning: others on this machine may read {}: chmod 600",
                input::name(path)
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = (session, path);
}

impl From<CertificateError> for Failure {
    fn from(error: CertificateError) -> Self {
        GraphError::from(error).into()
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        let exit = match &error {
            GraphError::Tenant | GraphError::ClientId | GraphError::Endpoint => Exit::Usage,
            GraphError::Certificate(_) => Exit::Failure,
            GraphError::SignIn(_) => Exit::Auth,
            GraphError::Http(error) => exit_of(error.kind),
        };
        let hint = match &error {
            GraphError::Certificate(_) => {
                Some("Give the app's certificate with --certificate and its key with --key.".into())
            }
            GraphError::Tenant | GraphError::ClientId => {
                Some("`jetbridge permissions check --help` says what can be given.".into())
            }
            GraphError::Endpoint | GraphError::SignIn(_) | GraphError::Http(_) => error.hint(),
        };
        Self { exit, ..Self::new(error.to_string()) }.hint(hint.unwrap_or_default())
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        GraphError::from(error).into()
    }
}

/// What a failed call of the token endpoint, or a client that cannot be made, ends with.
const fn exit_of(kind: HttpErrorKind) -> Exit {
    match kind {
        HttpErrorKind::Cancelled => Exit::Interrupted,
        // The configuration is wrong: a CA bundle, an address, a proxy.
        HttpErrorKind::Setup
        | HttpErrorKind::BadUrl
        | HttpErrorKind::NotHttps
        | HttpErrorKind::ProxySetting => Exit::Usage,
        HttpErrorKind::Unauthorized | HttpErrorKind::Forbidden => Exit::Auth,
        HttpErrorKind::Dns
        | HttpErrorKind::Refused
        | HttpErrorKind::Unreachable
        | HttpErrorKind::Untrusted
        | HttpErrorKind::CertificateDates
        | HttpErrorKind::CertificateName
        | HttpErrorKind::NotTls
        | HttpErrorKind::TlsCut
        | HttpErrorKind::Tls
        | HttpErrorKind::ProxyDns
        | HttpErrorKind::ProxyUnreachable
        | HttpErrorKind::ProxyTls
        | HttpErrorKind::ProxyAuth
        | HttpErrorKind::Proxy
        | HttpErrorKind::ProxyTimeout
        | HttpErrorKind::ConnectTimeout
        | HttpErrorKind::Broken
        | HttpErrorKind::Stalled
        | HttpErrorKind::Deadline
        | HttpErrorKind::TooLarge
        | HttpErrorKind::NotJson
        | HttpErrorKind::Redirected
        | HttpErrorKind::BadRequest
        | HttpErrorKind::NotFound
        | HttpErrorKind::Conflict
        | HttpErrorKind::Throttled
        | HttpErrorKind::Server
        | HttpErrorKind::Status
        | HttpErrorKind::ForeignLink
        | HttpErrorKind::RepeatedLink
        | HttpErrorKind::TooManyPages => Exit::Failure,
    }
}
