//! `jetbridge sample load`.

use clap::Subcommand;

use super::answer::{Format, FormatArgs, one};
use super::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::service::sample;
use crate::text::counted;

/// Commands of `sample`.
#[derive(Debug, Subcommand)]
pub enum SampleVerb {
    /// Load the sample workspace into the store
    Load {
        /// Only show what would be loaded
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        answer: FormatArgs,
    },
}

/// Loads the sample workspace into the store.
pub fn load(session: &mut Session<'_, '_>, dry_run: bool, format: Format) -> Result<Exit, Failure> {
    let backend = session.backend()?;
    let report = match dry_run {
        true => wait(sample::plan(&backend, session.now))??,
        false => wait(sample::load(&backend, session.now))??,
    };
    let added = report.saved + report.listed;
    let record = serde_json::json!({
        "dry_run": dry_run,
        "added": added,
        "skipped": report.skipped,
        "objects": report.objects,
    });
    if one(session.printer, format, &["dry_run", "added", "skipped", "objects"], &record)? {
        return Ok(Exit::Ok);
    }
    let verb = if dry_run { "would load" } else { "loaded" };
    let (connections, objects) =
        (counted(added, "connection"), counted(report.objects, "directory object"));
    session.printer.line(&format!("{verb} {connections} and {objects}"))?;
    if report.skipped > 0 {
        let names = counted(report.skipped, "connection");
        session.printer.say(&format!("{names} skipped: the name exists already."));
    }
    Ok(Exit::Ok)
}
