//! What an app has: read from a file, or asked of Microsoft. P9.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::{Means, files};
use crate::app::effect::{CheckFile, LiveLogin, LiveProof};
use crate::backend::graph::{
    AppLogin, ClientCertificate, Credential, Endpoints, GraphError, live_check,
};
use crate::backend::http::Http;
use crate::domain::{Secret, Timestamp};
use crate::permissions::Scenario;
use crate::permissions::gap::Evidence;
use crate::permissions::import::{self, MAX_MANIFEST, MAX_TOKENS_TEXT};

/// Longest PEM file, in bytes; the library refuses longer ones with a word.
const MAX_PEM: usize = 256 << 10;

/// What a file tells, or one line why it tells nothing. The disk may be slow, so a thread reads.
pub(super) async fn file(
    path: PathBuf,
    holds: CheckFile,
    clock: fn() -> Timestamp,
) -> Result<Evidence, String> {
    let path = files::expanded(path);
    let read = tokio::task::spawn_blocking(move || match holds {
        CheckFile::Manifest => {
            let app = import::manifest(&text(&path, MAX_MANIFEST)?).map_err(named(&path))?;
            Ok(Evidence::from_manifest(&app))
        }
        CheckFile::Tokens => {
            let tokens = import::tokens(&text(&path, MAX_TOKENS_TEXT)?).map_err(named(&path))?;
            Ok(Evidence::from_tokens(&tokens, clock()))
        }
    });
    read.await.unwrap_or_else(|_| Err("The file was not read.".into()))
}

/// The text of a file, cut one byte after `limit`: whoever reads it refuses what is longer. It may
/// be a secret, so it is wiped.
fn text(path: &Path, limit: usize) -> Result<Zeroizing<String>, String> {
    // Room at once, so that growing leaves no copies behind; most files are short.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit.min(16 << 10)));
    let read = File::open(path).and_then(|it| it.take(limit as u64 + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(import::unreadable(&path.to_string_lossy(), error.kind()).to_string());
    }
    import::text(&bytes).map(Zeroizing::new).map_err(named(path))
}

/// A problem with the file that has it; its name is left out where it may be a secret. E3.
fn named<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String + '_ {
    move |error| format!("{}: {error}", import::name_for_message(&path.to_string_lossy()))
}

/// What Microsoft tells, or one line why it tells nothing. Dropping this ends its requests.
pub(super) async fn live(
    means: &Means,
    login: LiveLogin,
    scenario: Scenario,
) -> Result<Evidence, String> {
    let options = means.http.clone();
    // The system's certificates and PEM files come from the disk.
    let made = tokio::task::spawn_blocking(move || {
        let login = app_login(login)?;
        let http = Http::new(options).map_err(|it| line(&it.into()))?;
        Ok::<_, String>((login, http))
    });
    let (login, http) =
        made.await.unwrap_or_else(|_| Err("The check could not be started.".into()))?;
    let endpoints = means.stand_in.clone().unwrap_or_else(|| Endpoints::of(scenario.cloud));
    let cancel = CancellationToken::new();
    let _ended = cancel.clone().drop_guard();
    let told = live_check(&http, &endpoints, &login, &scenario, &cancel, &|_| ()).await;
    told.map_err(|error| line(&error))
}

fn app_login(login: LiveLogin) -> Result<AppLogin, String> {
    // What is wrong with the lines is said before a file is touched.
    let fits = AppLogin::new(&login.tenant, &login.client_id, Credential::Secret(Secret::new("")));
    fits.map_err(|error| line(&error))?;
    let credential = match login.proof {
        LiveProof::Secret(secret) => Credential::Secret(secret),
        LiveProof::Certificate { certificate, key } => {
            let (certificate, key) = (files::expanded(certificate), files::expanded(key));
            let pem = text(&certificate, MAX_PEM)?;
            let key = Secret::new(text(&key, MAX_PEM)?.as_str());
            let pair = ClientCertificate::from_pem(&pem, &key);
            Credential::Certificate(pair.map_err(|error| line(&error.into()))?)
        }
    };
    AppLogin::new(&login.tenant, &login.client_id, credential).map_err(|error| line(&error))
}

/// Problem and hint in one line.
fn line(error: &GraphError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}. {hint}"),
        None => error.to_string(),
    }
}
