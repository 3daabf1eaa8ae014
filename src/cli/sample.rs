//! `jetbridge sample load`.

use super::session::{Session, wait};
use super::wiring;
use crate::error::{Exit, Failure};

/// Loads the sample workspace into the store.
pub fn load(session: &mut Session<'_, '_>, json: bool) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let loaded = wait(wiring::load_sample(&*backend, session.now))??;
    if json {
        let answer = serde_json::json!({ "version": 1, "loaded": loaded });
        session.printer.json(&answer)?;
    } else {
        session.printer.line(&loaded)?;
    }
    Ok(Exit::Ok)
}
