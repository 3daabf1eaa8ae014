//! `jetbridge sample load`.

use super::session::{Session, counted, wait};
use crate::error::{Exit, Failure};
use crate::service::sample;

/// Loads the sample workspace into the store.
pub fn load(session: &mut Session<'_, '_>, json: bool) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let report = wait(sample::load(&*backend, session.now))??;
    let added = report.saved + report.listed;
    if json {
        session.printer.json(&serde_json::json!({
            "version": 1,
            "added": added,
            "skipped": report.skipped,
            "objects": report.objects,
        }))?;
        return Ok(Exit::Ok);
    }
    let (connections, objects) =
        (counted(added, "connection"), counted(report.objects, "directory object"));
    session.printer.line(&format!("loaded {connections} and {objects}"))?;
    if report.skipped > 0 {
        let names = counted(report.skipped, "connection");
        session.printer.say(&format!("{names} skipped: one of that name is there."));
    }
    Ok(Exit::Ok)
}
