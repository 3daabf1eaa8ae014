//! How `--live` signs in. No secret is ever an argument. SPEC E3, P9.

use std::path::Path;

use zeroize::Zeroizing;

use super::args::LoginArgs;
use crate::backend::graph::{
    AppLogin, CertificateError, ClientCertificate, Credential, GraphError,
};
use crate::backend::http::HttpError;
use crate::checks::Cause;
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
        let own = matches!(error, GraphError::Tenant | GraphError::ClientId);
        let failure = Self::from(Cause::from(error));
        match own {
            true => failure.hint("`jetbridge permissions check --help` lists the options."),
            false => failure,
        }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Cause::from(error).into()
    }
}
