//! The last result of each connection: one small file per connection below the data directory, 0600.
//! SPEC F7.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::{Report, Verdict};
use crate::checks::Level;
use crate::domain::ConnectionId;
use crate::domain::preflight::Kept;
use crate::files::read;
use crate::files::write::{self, Existing};
use crate::service::beside::{Folder, Kind};
use crate::text::shown;

/// Longest file that is read, in bytes.
const LARGEST: u64 = 64 << 10;

/// Where results are kept.
#[derive(Debug, Clone, Default)]
pub struct Results {
    folder: Folder,
}

impl Results {
    /// Kept below the data directory; `None`: not kept at all, as for a sample in memory.
    pub fn below(data_dir: Option<&Path>) -> Self {
        Self { folder: Folder::below(data_dir, Kind::Preflight) }
    }

    /// The last result of a connection; `None`: there is none, or none that can be read.
    pub fn read(&self, id: ConnectionId) -> Option<Kept> {
        let bytes = read::if_there(&self.folder.file(id)?, LARGEST).ok()??;
        serde_json::from_slice(&bytes).ok().filter(Kept::is_readable)
    }

    /// Every result, also of connections that are gone by now.
    pub fn all(&self) -> HashMap<ConnectionId, Kept> {
        let Some(folder) = self.folder.path() else { return HashMap::new() };
        let Ok(entries) = fs::read_dir(folder) else { return HashMap::new() };
        let id =
            |path: &Path| path.file_stem()?.to_str()?.parse::<uuid::Uuid>().ok().map(ConnectionId);
        let ids = entries.filter_map(|it| id(&it.ok()?.path()));
        ids.filter_map(|id| Some((id, self.read(id)?))).collect()
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
        let Some(folder) = self.folder.path() else { return Ok(()) };
        for (id, kept) in report.kept(revision) {
            let Some(path) = self.folder.file(id) else { continue };
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

impl Report {
    /// What is worth keeping: of every connection that was checked whole, at its revision.
    pub fn kept(
        &self,
        revision: impl Fn(ConnectionId) -> Option<u32>,
    ) -> Vec<(ConnectionId, Kept)> {
        let mut out = Vec::new();
        for lines in self.lines.chunk_by(|a, b| a.connection == b.connection) {
            let Some(id) = lines.first().map(|it| it.connection) else { continue };
            let part = Self { lines: lines.to_vec(), connections: 1, ..self.empty() };
            let Some(revision) = revision(id) else { continue };
            let verdict = part.verdict();
            if verdict == Verdict::Unfinished {
                continue;
            }
            let failed = lines.iter().filter(|it| it.result.level == Level::Fail);
            let failures =
                failed.map(|it| (it.result.check.clone(), it.result.fix.clone())).unzip();
            let kept = Kept::new(revision, self.at, verdict.slug(), part.counts(), failures);
            out.push((id, kept));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::Line;
    use super::*;
    use crate::checks::{CheckResult, Seen, Skip, Stop};
    use crate::domain::Timestamp;

    fn line(id: u128, check: &str, level: Level) -> Line {
        let outcome = match level {
            Level::Skipped => Err(Stop::Skip(Skip::Cancelled)),
            Level::Fail => Ok(Seen::fail("found", "fix")),
            Level::Ok | Level::Warning => Ok(Seen::ok("found")),
        };
        let result =
            CheckResult { level, ..CheckResult::ok("Area", check, "canary: what was found") };
        let connection = ConnectionId(Uuid::from_u128(id));
        Line::new(connection, "canary-name".to_owned(), outcome, result)
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
            failed: None,
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
        let mut all: Vec<u128> = results.all().into_keys().map(|it| it.0.as_u128()).collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
        assert!(Results::below(None).all().is_empty());
        for entry in std::fs::read_dir(folder.path().join("preflight")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains("canary"), "{text}");
        }
        Results::below(None).keep(&report, |_| Some(1)).unwrap();
    }
}
