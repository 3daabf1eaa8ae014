//! Where the command line meets the store and the screen.
//!
//! These are written beside this module and are joined here, in one place.

use std::sync::Arc;

use super::screen::Launch;
use super::session::wait;
use crate::backend::store::{OpenOptions, Store};
use crate::backend::{Backend, BackendError};
use crate::config::{Config, Paths};
use crate::domain::Timestamp;
use crate::error::{Exit, Failure};
use crate::service::sample;

/// The backend that verbs work on: the embedded store, or for a demonstration a sample in memory.
pub fn open(paths: &Paths, config: &Config, demo: bool) -> Result<Arc<dyn Backend>, Failure> {
    if demo {
        return demonstration();
    }
    open_store(paths, config)
}

/// Opens the embedded store.
pub fn open_store(paths: &Paths, config: &Config) -> Result<Arc<dyn Backend>, Failure> {
    let actor = config.author(&|name| std::env::var(name).ok());
    let options = OpenOptions::new(&paths.store, &paths.vault_key, actor);
    Ok(Arc::new(Store::open(options)?))
}

/// The sample workspace in memory; gone when the process ends.
fn demonstration() -> Result<Arc<dyn Backend>, Failure> {
    let store = Store::in_memory("demo")?;
    wait(sample::load(&store, Timestamp::now()))??;
    Ok(Arc::new(store))
}

/// Runs the screen to its end.
pub fn run_screen(launch: Launch) -> Result<Exit, Failure> {
    let _ = launch;
    Err(BackendError::Unsupported("the screen").into())
}
