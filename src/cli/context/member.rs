//! The own member key of a team store: sealed in the store of this user, one for each team store.

use uuid::Uuid;

use super::open::Openers;
use crate::backend::BackendError;
use crate::backend::store::{MemberKey, OpenOptions, Store, member_key, new_member_seed};
use crate::cli::session::wait;
use crate::domain::Secret;
use crate::domain::destination::Destination;

/// What the own store calls it: no context can have this name.
fn name(store: Uuid) -> String {
    format!("team {store}")
}

/// Where it goes: nowhere but to this store.
fn goes(store: Uuid) -> Destination {
    Destination::new([("team store", store.to_string())])
}

fn waited<T>(call: impl Future<Output = Result<T, BackendError>>) -> Result<T, BackendError> {
    wait(call).map_err(|failure| BackendError::Other(failure.what))?
}

/// The seed of it; `None`: there is none.
fn read(own: &Store, store: Uuid) -> Result<Option<Secret>, BackendError> {
    match waited(own.context_secret(name(store), goes(store))) {
        Ok(seed) => Ok(Some(seed)),
        Err(BackendError::SecretMissing { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

impl Openers {
    /// The seed of the own member key for a store. Runs on the thread of that store.
    pub(super) fn member_seed(&self, store: Uuid) -> Result<Option<Secret>, BackendError> {
        if !self.paths.store.exists() {
            return Ok(None);
        }
        let options = self.keys.store(&self.paths, &self.config, &self.paths.store);
        let options = options.map_err(|failure| BackendError::Other(failure.what))?;
        read(&Store::open(options)?, store)
    }
}

/// Has whatever opens the own member key asked for, where there is one: while the screen is up nobody can be.
///
/// # Errors
/// The own store or its vault does not open.
pub(super) async fn unlock(options: OpenOptions, store: Uuid) -> Result<(), BackendError> {
    if !options.path.exists() {
        return Ok(());
    }
    let own = Store::start(options)?;
    own.opened().await?;
    match own.context_secret(name(store), goes(store)).await {
        Ok(_) | Err(BackendError::SecretMissing { .. }) => Ok(()),
        Err(other) => Err(other),
    }
}

/// The own public key for a store; `None`: this machine has none.
///
/// # Errors
/// The own store or its vault does not open.
pub fn own(options: OpenOptions, store: Uuid) -> Result<Option<MemberKey>, BackendError> {
    if !options.path.exists() {
        return Ok(None);
    }
    read(&Store::open(options)?, store)?.map(|it| member_key(&it)).transpose()
}

/// The own public key for a store; made where there is none.
///
/// # Errors
/// The own store or its vault does not open.
pub fn ensure(options: OpenOptions, store: Uuid) -> Result<MemberKey, BackendError> {
    let own = Store::open(options)?;
    let seed = match read(&own, store)? {
        Some(seed) => seed,
        None => {
            let seed = new_member_seed()?;
            waited(own.put_context_secret(name(store), goes(store), seed.clone()))?;
            seed
        }
    };
    member_key(&seed)
}
