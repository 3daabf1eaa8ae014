//! The permission pre-flight of the screen and the command line: the client for live calls, and the
//! scenarios of a stored connection. SPEC P1, P9.

use std::path::PathBuf;
use std::time::Duration;

use crate::backend::http::HttpOptions;
use crate::backend::{BackendError, Place};
use crate::domain::answers::Sheet;
use crate::domain::health::Directory;
use crate::domain::{ObjectKind, Side};
use crate::form::specs;
use crate::permissions::{COVERED, Job, Scenario, connection, covers};
use crate::text::shown;

use super::{FindError, find};

/// The options of every client of the product, from what can be configured: an extra CA bundle,
/// and the longest time of one call, repetitions and waits included.
pub fn http_options(ca_bundle: Option<PathBuf>, timeout: Duration) -> HttpOptions {
    let usual = HttpOptions::default();
    HttpOptions {
        // No part of a call may take longer than the whole; a connection ends before it, so that the
        // error names what did not answer.
        connect_timeout: usual.connect_timeout.min(timeout * 3 / 4),
        read_timeout: usual.read_timeout.min(timeout),
        max_wait: usual.max_wait.min(timeout),
        total: timeout,
        ca_bundle,
        ..usual
    }
}

/// A stored connection with what there is to check for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Name of the connection, as it came.
    pub name: String,
    /// Its side: the requirements are those of a destination.
    pub side: Side,
    /// One scenario per app or account; never empty.
    pub scenarios: Vec<Scenario>,
}

/// Why a connection gives no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// There is no such connection.
    #[error(transparent)]
    Find(#[from] FindError),
    /// Of another type.
    #[error(
        "{} is of the type {kind}; only Microsoft 365 Groups connections have requirements here",
        shown(name)
    )]
    OtherType {
        /// Its name, as it came.
        name: String,
        /// Its type.
        kind: String,
        /// Page of the vendor with what it takes; empty: none is known.
        page: &'static str,
    },
    /// Without a credential that is known.
    #[error("{} has no app profile or service account that is known here", shown(.0))]
    NoCredential(String),
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl SubjectError {
    /// What to do, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::Find(error) => error.hint(),
            Self::OtherType { page, .. } => {
                let those =
                    format!("`jetbridge list --type {}` shows those that have", COVERED.slug());
                match *page {
                    "" => format!("{those}."),
                    page => format!("{those}; for this type see: {page}."),
                }
            }
            Self::NoCredential(_) => {
                "Finish its form and import its app profile, or give --method instead.".to_owned()
            }
            Self::Backend(error) => error.hint(),
        }
    }
}

/// The scenarios of the connection with this name, id or beginning of an id, for a job.
///
/// # Errors
/// [`SubjectError`]
pub async fn subject(backend: &Place, text: &str, job: Job) -> Result<Subject, SubjectError> {
    let found = find(backend, text).await?;
    let it = backend.connection(found.id).await?;
    if !covers(it.kind) {
        let kind = it.kind.label().to_string();
        let page = specs::of(it.kind).map_or("", |spec| spec.permissions);
        return Err(SubjectError::OtherType { name: it.name, kind, page });
    }
    let sheet = it.answers.sheet();
    let (Some(sheet), Some(tenant)) = (sheet, sheet.and_then(Sheet::tenant)) else {
        // Known from a list only: of the right type, but its form was never filled in.
        return Err(SubjectError::NoCredential(it.name));
    };
    let mut objects = backend.objects(ObjectKind::Tenant, None).await?;
    objects.extend(backend.objects(ObjectKind::AppProfile, Some(tenant.clone())).await?);
    let directory: Directory = objects.into_iter().collect();
    let scenarios = connection::scenarios(sheet, &directory, job);
    if scenarios.is_empty() {
        return Err(SubjectError::NoCredential(it.name));
    }
    Ok(Subject { name: it.name, side: it.side, scenarios })
}
