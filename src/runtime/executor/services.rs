//! The use cases that the screen shares with the command line.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use super::{Preflights, Services};
use crate::backend::{BackendError, Place, Reply};
use crate::domain::{DirectoryObject, ObjectId, ObjectKind, Tenant, Timestamp};
use crate::files::read;
use crate::service::directory as directory_of;
use crate::service::import::{ImportError, MAX_BYTES, directory};
use crate::service::list_states::ListStates;
use crate::service::runbook::ticks::Ticks;
use crate::service::sample;
use crate::service::sessions::Sessions;

/// Those of `service`.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Where the ticks of runbooks are kept.
    pub ticks: Ticks,
    /// Where it is kept how lists were left.
    pub list_states: ListStates,
    /// Which screens are running, this one among them.
    pub sessions: Sessions,
    /// How pre-flights are made; `None`: none can be.
    pub preflight: Option<Preflights>,
}

impl Default for Shared {
    /// Keeps nothing.
    fn default() -> Self {
        Self {
            ticks: Ticks::below(None),
            list_states: ListStates::default(),
            sessions: Sessions::default(),
            preflight: None,
        }
    }
}

impl Services for Shared {
    fn load_sample<'a>(&'a self, backend: &'a Place, now: Timestamp) -> Reply<'a, usize> {
        Box::pin(async move {
            let report = sample::load(backend, now).await?;
            Ok(report.saved + report.listed)
        })
    }

    fn import_directory<'a>(
        &'a self,
        backend: &'a Place,
        path: PathBuf,
    ) -> Pin<Box<dyn Future<Output = Result<usize, Vec<String>>> + Send + 'a>> {
        Box::pin(import(backend, path))
    }

    fn refresh_directory<'a>(
        &'a self,
        backend: &'a Place,
        kind: ObjectKind,
        tenant: Option<ObjectId>,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async move {
            let Some(Preflights { means, .. }) = self.preflight.clone() else {
                return String::new();
            };
            if kind == ObjectKind::Container || !backend.capabilities().edit_directory {
                return String::new();
            }
            // The system's certificates come from the disk.
            let place = backend.clone();
            let run =
                tokio::task::spawn_blocking(move || means.run(place, Timestamp::now(), false));
            match run.await {
                Ok(Ok(run)) => directory_of::add_new(&run, backend, kind, tenant).await,
                Ok(Err(error)) => format!("Microsoft Graph was not asked: {error}"),
                Err(_) => {
                    "Microsoft Graph was not asked: the check could not be started".to_owned()
                }
            }
        })
    }

    fn ticks(&self) -> Ticks {
        self.ticks.clone()
    }

    fn list_states(&self) -> ListStates {
        self.list_states.clone()
    }

    fn sessions(&self) -> Sessions {
        self.sessions.clone()
    }

    fn preflight(&self) -> Option<Preflights> {
        self.preflight.clone()
    }
}

async fn import(backend: &Place, path: PathBuf) -> Result<usize, Vec<String>> {
    let tenants = tenants(backend).await.map_err(refused)?;
    // The disk may be slow and the file long, so a thread reads it.
    let read = tokio::task::spawn_blocking(move || {
        let file = read::open(&path, MAX_BYTES);
        let file = file.map_err(|error| vec![error.to_string(), error.hint()])?.bytes;
        directory::read(file, None, &tenants).map_err(|error| problems(&error))
    });
    let read = read.await.unwrap_or_else(|_| Err(vec!["The file was not read.".into()]))?;
    let count = read.rows.len();
    backend.put_objects(read.rows).await.map_err(refused)?;
    Ok(count)
}

async fn tenants(backend: &Place) -> Result<Vec<Tenant>, BackendError> {
    let objects = backend.objects(ObjectKind::Tenant, None).await?;
    let tenant = |object| match object {
        DirectoryObject::Tenant(tenant) => Some(tenant),
        DirectoryObject::Container(_)
        | DirectoryObject::AppProfile(_)
        | DirectoryObject::ServiceAccount(_) => None,
    };
    Ok(objects.into_iter().filter_map(tenant).collect())
}

fn refused(error: BackendError) -> Vec<String> {
    let hint = error.hint();
    if hint.is_empty() { vec![error.to_string()] } else { vec![error.to_string(), hint] }
}

fn problems(error: &ImportError) -> Vec<String> {
    let lines = error.lines();
    if lines.is_empty() { vec![error.to_string(), error.hint().to_owned()] } else { lines }
}
