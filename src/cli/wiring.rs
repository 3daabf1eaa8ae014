//! Where the command line meets the store, the sample workspace and the screen.
//!
//! These are written beside this module and are joined here, in one place.

use std::sync::Arc;

use super::screen::Launch;
use crate::backend::{Backend, BackendError};
use crate::config::{Config, Paths};
use crate::domain::Timestamp;
use crate::error::{Exit, Failure};

/// The backend that verbs work on: the embedded store, or for a demonstration a sample in memory.
pub fn open(paths: &Paths, config: &Config, demo: bool) -> Result<Arc<dyn Backend>, Failure> {
    if demo {
        return Err(BackendError::Unsupported("a demonstration").into());
    }
    open_store(paths, config)
}

/// Opens the embedded store.
pub fn open_store(paths: &Paths, config: &Config) -> Result<Arc<dyn Backend>, Failure> {
    let _ = (paths, config);
    Err(BackendError::Unsupported("opening the embedded store").into())
}

/// Loads the sample workspace and says in a line what was loaded.
pub async fn load_sample(backend: &dyn Backend, now: Timestamp) -> Result<String, Failure> {
    let _ = (backend, now);
    Err(BackendError::Unsupported("loading the sample workspace").into())
}

/// Runs the screen to its end.
pub fn run_screen(launch: Launch) -> Result<Exit, Failure> {
    let _ = launch;
    Err(BackendError::Unsupported("the screen").into())
}
