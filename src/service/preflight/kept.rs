//! The last result of each connection: one small file per connection below the data directory, 0600. It
//! holds counts and ids of checks, no names and nothing that was found. SPEC F7.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Counts, Report, Verdict};
use crate::checks::Level;
use crate::domain::{ConnectionId, Timestamp};
use crate::files::read;
use crate::files::write::{self, Existing};
use crate::text::shown;

/// Longest file that is read, in bytes.
const LARGEST: u64 = 64 << 10;

/// A result that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    version: u8,
    /// Version of the program that made the checks.
    pub program: String,
    /// Revision of the connection that was checked.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
    /// What it came to: the word of [`Verdict`].
    pub verdict: String,
    /// How many came out how.
    pub counts: Counts,
    /// Checks that failed, by id.
    pub failed: Vec<String>,
}

impl Kept {
    /// Whether it still says something of this revision, checked by this program.
    pub fn is_current(&self, revision: u32) -> bool {
        self.revision == revision && self.program == env!("CARGO_PKG_VERSION")
    }
}

/// Where results are kept.
#[derive(Debug, Clone)]
pub struct Results {
    folder: Option<PathBuf>,
}

impl Results {
    /// Kept below the data directory; `None`: not kept at all, as for a sample in memory.
    pub fn below(data_dir: Option<&Path>) -> Self {
        Self { folder: data_dir.map(|it| it.join("preflight")) }
    }

    fn file(&self, id: ConnectionId) -> Option<PathBuf> {
        self.folder.as_ref().map(|it| it.join(format!("{id}.json")))
    }

    /// The last result of a connection; `None`: there is none, or none that can be read.
    pub fn read(&self, id: ConnectionId) -> Option<Kept> {
        let bytes = read::if_there(&self.file(id)?, LARGEST).ok()??;
        serde_json::from_slice(&bytes).ok().filter(|it: &Kept| it.version == 1)
    }

    /// Keeps what a run came to, for every connection that was checked whole; `revision` is the one
    /// that was checked.
    ///
    /// # Errors
    /// One line: what could not be written.
    pub fn keep(
        &self,
        report: &Report,
        revision: impl Fn(ConnectionId) -> Option<u32>,
    ) -> Result<(), String> {
        let Some(folder) = &self.folder else { return Ok(()) };
        for lines in report.lines.chunk_by(|a, b| a.connection == b.connection) {
            let Some(id) = lines.first().map(|it| it.connection) else { continue };
            let part = Report { lines: lines.to_vec(), connections: 1, ..report.empty() };
            let (Some(revision), Some(path)) = (revision(id), self.file(id)) else { continue };
            if part.verdict() == Verdict::Unfinished {
                continue;
            }
            let failed = lines.iter().filter(|it| it.result.level == Level::Fail);
            let kept = Kept {
                version: 1,
                program: env!("CARGO_PKG_VERSION").to_owned(),
                revision,
                at: report.at,
                verdict: part.verdict().slug().to_owned(),
                counts: part.counts(),
                failed: failed.map(|it| it.result.check.clone()).collect(),
            };
            let failed = |why: String| {
                let place = path.display().to_string();
                format!("the result was not kept in {}: {why}", shown(&place))
            };
            let text = serde_json::to_vec(&kept).map_err(|error| failed(error.to_string()))?;
            write::folder(folder).map_err(|error| failed(error.cause()))?;
            write::bytes(&path, Existing::Replace, &text).map_err(|error| failed(error.cause()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::Line;
    use super::*;
    use crate::checks::{CheckResult, Seen, Skip, Stop};

    fn line(id: u128, check: &str, level: Level) -> Line {
        let outcome = match level {
            Level::Skipped => Err(Stop::Skip(Skip::Cancelled)),
            Level::Fail => Ok(Seen::fail("found", "fix")),
            Level::Ok | Level::Warning => Ok(Seen::ok("found")),
        };
        let result =
            CheckResult { level, ..CheckResult::ok("Area", check, "canary: what was found") };
        let connection = ConnectionId(Uuid::from_u128(id));
        Line { connection, name: "canary-name".into(), outcome, result }
    }

    #[test]
    fn a_result_belongs_to_a_revision_and_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::below(Some(folder.path()));
        let lines = vec![
            line(1, "tenant.exists", Level::Fail),
            line(1, "net.login", Level::Ok),
            line(2, "net.login", Level::Ok),
            line(3, "net.login", Level::Skipped),
        ];
        let report = Report {
            at: Timestamp::UNIX_EPOCH,
            connections: 3,
            lines,
            listed_only: 0,
            left_out: 0,
        };
        results.keep(&report, |_| Some(4)).unwrap();
        let kept = |id: u128| results.read(ConnectionId(Uuid::from_u128(id)));
        let first = kept(1).unwrap();
        assert_eq!(
            (first.verdict.as_str(), first.failed),
            ("failed", vec!["tenant.exists".to_owned()])
        );
        assert_eq!(kept(2).unwrap().verdict, "passed");
        assert!(kept(2).unwrap().is_current(4) && !kept(2).unwrap().is_current(5));
        assert_eq!(kept(3), None, "one that was ended says nothing");
        for entry in std::fs::read_dir(folder.path().join("preflight")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains("canary"), "{text}");
        }
        Results::below(None).keep(&report, |_| Some(1)).unwrap();
    }
}
