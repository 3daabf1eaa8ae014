//! The directory that gives names to the ids of records: all of it, or what one connection can name; and what
//! Microsoft Graph knows of its objects. SPEC F8

mod refresh;
#[cfg(test)]
mod tests;
mod update;

pub use refresh::{Found, Wanted, add_new, refresh};
pub use update::{Change, GRAPH, Update, learned};

use crate::backend::{BackendError, Place};
use crate::domain::answers::Sheet;
use crate::domain::health::Directory;
use crate::domain::{Connection, ObjectId, ObjectKind};

/// Every object that records can name.
///
/// # Errors
/// When the backend fails. A backend without a directory has an empty one.
pub async fn whole(backend: &Place) -> Result<Directory, BackendError> {
    gathered(backend, None).await
}

/// What this connection can name: the objects of its tenant.
///
/// # Errors
/// As [`whole`].
pub async fn of(backend: &Place, connection: &Connection) -> Result<Directory, BackendError> {
    match connection.answers.sheet().and_then(Sheet::tenant) {
        Some(tenant) => gathered(backend, Some(tenant.clone())).await,
        None => Ok(Directory::default()),
    }
}

/// Reads the objects kind by kind.
async fn gathered(backend: &Place, tenant: Option<ObjectId>) -> Result<Directory, BackendError> {
    work!("directory");
    let mut objects = Vec::new();
    for kind in ObjectKind::ALL {
        let within = tenant.clone().filter(|_| kind != ObjectKind::Tenant);
        match backend.objects(kind, within).await {
            Ok(found) => objects.extend(found),
            // Nothing can be named then but what a connection has already.
            Err(BackendError::Unsupported(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(objects.into_iter().collect())
}
