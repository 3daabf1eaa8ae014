//! Files that an audit reads.

use std::path::Path;

use crate::audit::baseline::BaselineError;
use crate::audit::{Baseline, Waivers};
use crate::error::Failure;
use crate::files::read;
use crate::service;
use crate::service::waivers::WaiverError;
use crate::text::shown;

/// Longest baseline that is read, in bytes: some million findings.
const MAX_BASELINE: usize = 1 << 30;

/// The waivers in a file.
pub fn waivers(path: &Path) -> Result<Waivers, Failure> {
    service::waivers::waivers(path).map_err(refused)
}

/// Why a file of waivers cannot be used.
pub fn refused(error: WaiverError) -> Failure {
    match error {
        WaiverError::File(error) => error.into(),
        WaiverError::Closed(why) => Failure::usage(why),
        WaiverError::Lines(name, lines) => {
            let mut failure = Failure::usage(format!("{name} cannot be used")).hint(
                "Fix these lines; `jetbridge audit --help` and `jetbridge preflight --help` show how a waiver is written.",
            );
            failure.why = lines;
            failure
        }
    }
}

/// The baseline in a file.
pub fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let text = text(path, MAX_BASELINE)?;
    Baseline::parse(&text).map_err(|error| {
        let hint = match error {
            BaselineError::TooNew(_) => "Update jetbridge.",
            BaselineError::NoBaseline(_) | BaselineError::OtherStore => {
                "Write one with `jetbridge audit --write-baseline FILE`."
            }
        };
        Failure::usage(format!("{}: {error}", name(path))).hint(hint)
    })
}

fn text(path: &Path, most: usize) -> Result<String, Failure> {
    Ok(read::text(path, most as u64)?)
}

fn name(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}
