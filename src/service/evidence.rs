//! What an app has: read from a file, or asked of Microsoft. Problems are one line each, with what
//! to do, and never hold any of what was read. SPEC P9, E3.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::backend::graph::{
    AppLogin, ClientCertificate, Credential, Endpoints, GraphError, Reading,
};
use crate::backend::http::{Http, HttpOptions};
use crate::checks::app::{self, App};
use crate::checks::{Fault, Lookups, Stop};
use crate::domain::secret::name_for_message;
use crate::domain::{Secret, Timestamp};
use crate::files::{FileError, encoding, read};
use crate::permissions::Scenario;
use crate::permissions::gap::Evidence;
use crate::permissions::import::{self, MAX_MANIFEST, MAX_TOKENS_TEXT};
use crate::service::secret_source::{self, SourceError};

/// Who signs in for a live check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Tenant id or domain.
    pub tenant: String,
    /// Application (client) id.
    pub client_id: String,
    /// What proves the app's identity.
    pub proof: Proof,
}

/// What proves an app's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A client secret.
    Secret(Secret),
    /// PEM files of certificate and key; they may be one.
    Certificate {
        /// Certificate.
        certificate: PathBuf,
        /// Private key.
        key: PathBuf,
    },
}

/// What the manifest in a file declares. Blocks on the disk.
///
/// # Errors
/// One line.
pub fn of_manifest(path: &Path) -> Result<Evidence, String> {
    let app = import::manifest(&text(path, MAX_MANIFEST)?).map_err(named(path))?;
    Ok(Evidence::from_manifest(&app))
}

/// What the tokens in a file carry; `now` decides which have ended. Blocks on the disk.
///
/// # Errors
/// One line.
pub fn of_tokens(path: &Path, now: Timestamp) -> Result<Evidence, String> {
    let tokens = import::tokens(&text(path, MAX_TOKENS_TEXT)?).map_err(named(path))?;
    Ok(Evidence::from_tokens(&tokens, now))
}

/// The text of a file of at most `limit` bytes. It may be a secret, so it is wiped.
fn text(path: &Path, limit: usize) -> Result<Zeroizing<String>, String> {
    let bytes = read::bytes(path, limit as u64).map_err(|it| hinted(&it))?;
    encoding::wiped(&bytes).map_err(named(path))
}

/// What happened and what to do, in one line.
fn hinted(error: &FileError) -> String {
    format!("{error}. {}", error.hint())
}

/// A problem with the file that has it; its name is left out where it may be a secret.
fn named<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String + '_ {
    move |error| format!("{}: {error}", name_for_message(&path.to_string_lossy()))
}

/// What Microsoft reports of an app, or the server that stands in for it. `report` hears
/// each step before it is done. Dropping this ends its requests.
///
/// # Errors
/// One line.
pub async fn live(
    options: HttpOptions,
    stand_in: Option<Endpoints>,
    login: Login,
    scenario: &Scenario,
    report: impl Fn(Reading) + Send + Sync + 'static,
) -> Result<Evidence, String> {
    // The system's certificates and PEM files come from the disk.
    let made = tokio::task::spawn_blocking(move || {
        let login = app_login(login)?;
        let http = Http::new(options).map_err(|it| line(&it.into()))?;
        Ok::<_, String>((login, http))
    });
    let (login, http) =
        made.await.unwrap_or_else(|_| Err("The check could not be started.".into()))?;
    let endpoints = stand_in.unwrap_or_else(|| Endpoints::of(scenario.cloud));
    let lookups = Lookups::new(app::patience(http.options()));
    let app =
        App { lookups, http, endpoints, login, progress: Arc::new(report), owner: app::SIGN_IN };
    app.evidence(scenario).await.map_err(|stop| match stop {
        Stop::Fault(Fault { cause, .. }) => sentences(&cause.text, &cause.fix),
        Stop::Skip(why) => why.to_string(),
    })
}

fn app_login(login: Login) -> Result<AppLogin, String> {
    // What is wrong with the lines is said before a file is touched.
    let fits = AppLogin::new(&login.tenant, &login.client_id, Credential::Secret(Secret::new("")));
    fits.map_err(|error| line(&error))?;
    let credential = match login.proof {
        Proof::Secret(secret) => Credential::Secret(secret),
        Proof::Certificate { certificate, key } => {
            let read = |error: SourceError| format!("{error}. {}", error.hint);
            let pem = secret_source::certificate(&certificate).map_err(read)?;
            let key = Secret::new(secret_source::key(&key).map_err(read)?.as_str());
            let pair = ClientCertificate::from_pem(&pem, &key);
            Credential::Certificate(pair.map_err(|error| line(&error.into()))?)
        }
    };
    AppLogin::new(&login.tenant, &login.client_id, credential).map_err(|error| line(&error))
}

/// Problem and hint in one line.
fn line(error: &GraphError) -> String {
    sentences(&error.to_string(), &error.hint().unwrap_or_default())
}

fn sentences(what: &str, hint: &str) -> String {
    if hint.is_empty() { what.to_owned() } else { format!("{what}. {hint}") }
}
