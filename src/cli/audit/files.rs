//! Files that an audit reads.

use std::path::Path;

use crate::audit::baseline::BaselineError;
use crate::audit::{Baseline, Waivers, waiver};
use crate::checks::preflight::rows;
use crate::error::Failure;
use crate::files::read;
use crate::text::{nearest, shown};

/// Longest baseline that is read, in bytes: some million findings.
const MAX_BASELINE: usize = 1 << 30;

/// The waivers in a file.
pub fn waivers(path: &Path) -> Result<Waivers, Failure> {
    let text = text(path, waiver::MAX_FILE)?;
    let refused = |why: Vec<String>| {
        let mut failure = Failure::usage(format!("{} cannot be used", name(path))).hint(
            "Fix these lines; `jetbridge audit --help` and `jetbridge preflight --help` show how a waiver is written.",
        );
        failure.why = why;
        failure
    };
    let read = Waivers::parse(&text);
    let read = read.map_err(|all| refused(all.iter().map(ToString::to_string).collect()))?;
    let ids: Vec<&str> = rows().iter().map(|it| it.id).collect();
    let unknown = read.1.iter().filter(|it| !ids.contains(&&*it.check));
    let unknown: Vec<String> = unknown
        .map(|it| {
            let meant = nearest::tail(&it.check, ids.iter().copied());
            format!("line {}: check {}: there is no such check{meant}", it.line, shown(&it.check))
        })
        .collect();
    if unknown.is_empty() { Ok(read) } else { Err(refused(unknown)) }
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
