//! How `--live` signs in. No secret is ever an argument. SPEC E3, P9.

use std::path::Path;

use zeroize::Zeroizing;

use super::args::LoginArgs;
use crate::backend::graph::{
    AppLogin, CertificateError, ClientCertificate, Credential, GraphError,
};
use crate::backend::http::{HttpError, HttpErrorKind};
use crate::cli::file_args::is_standard;
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::domain::Secret;
use crate::error::{Exit, Failure};
use crate::service::secret_source::{self, Shape, SourceError};

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
        standard(session, Shape::Word)?
    } else if let Some(file) = args.secret_file.as_deref() {
        match is_standard(file) {
            true => standard(session, Shape::Word)?,
            false => secret_source::from_file(file, Shape::Word).map_err(refused)?,
        }
    } else if session.can_ask() {
        prompt::secret(session, "Client secret")?
    } else {
        return Err(session.nobody("for the client secret that --live needs").hint("Pipe the secret in with --secret-stdin, or give --secret-file, or --certificate and --key.",
        ));
    };
    Ok(Credential::Secret(secret))
}

fn pair(
    session: &mut Session<'_, '_>,
    certificate: &Path,
    key: &Path,
) -> Result<ClientCertificate, Failure> {
    let text = if is_standard(certificate) {
        let secret = standard(session, Shape::Pem)?;
        Zeroizing::new(secret.expose().to_owned())
    } else {
        secret_source::certificate(certificate)?
    };
    let key = match (certificate == key, is_standard(key)) {
        (true, _) => Secret::new(text.as_str()),
        (false, true) => standard(session, Shape::Pem)?,
        (false, false) => Secret::new(secret_source::key(key)?.as_str()),
    };
    let found = ClientCertificate::from_pem(&text, &key)?;
    session.printer.say(&format!("Certificate with thumbprint {}.", found.thumbprint()));
    Ok(found)
}

/// A secret that is all of standard input.
fn standard(session: &mut Session<'_, '_>, shape: Shape) -> Result<Secret, Failure> {
    if session.terminals.input {
        session.printer.say("Reading from the terminal; end with Ctrl-D.");
    }
    let read = secret_source::from_reader(&mut *session.input, "standard input", shape);
    read.map_err(refused)
}

/// What was given is no secret: that is wrong usage, a file that cannot be read is none.
fn refused(error: SourceError) -> Failure {
    let exit = if error.content { Exit::Usage } else { Exit::Failure };
    Failure { exit, ..Failure::from(error) }
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
            GraphError::Tenant | GraphError::ClientId => {
                Some("`jetbridge permissions check --help` says what can be given.".into())
            }
            GraphError::Certificate(_)
            | GraphError::Endpoint
            | GraphError::SignIn(_)
            | GraphError::Http(_) => error.hint(),
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
