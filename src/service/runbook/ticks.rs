//! Which steps of a runbook are done: one small file per connection below the data directory, 0600,
//! for one revision of the plan. It holds ids of steps, no answers.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::ConnectionId;
use crate::files::write::{self, Existing};
use crate::files::{Doing, FileError, read};
use crate::service::beside::{Folder, Kind};
use crate::text::shown;

/// Longest file that is read, in bytes: a runbook has some twenty steps.
const LARGEST: u64 = 64 * 1024;

/// Where ticks are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticks {
    folder: Folder,
}

/// What is done to ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Steps are done.
    Tick(Vec<String>),
    /// Steps are not done after all.
    Untick(Vec<String>),
    /// Every step is still to be done.
    Reset,
}

impl Change {
    /// The ticked steps after it.
    pub fn on(self, mut ticked: BTreeSet<String>) -> BTreeSet<String> {
        match self {
            Self::Tick(steps) => ticked.extend(steps),
            Self::Untick(steps) => ticked.retain(|it| !steps.contains(it)),
            Self::Reset => ticked.clear(),
        }
        ticked
    }
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    version: u8,
    revision: u32,
    ticked: BTreeSet<String>,
}

impl Ticks {
    /// Kept below the data directory; `None`: not kept at all.
    pub fn below(data_dir: Option<&Path>) -> Self {
        Self { folder: Folder::below(data_dir, Kind::Ticks) }
    }

    /// The ticked steps. Those of another revision do not count: the answers changed since.
    ///
    /// # Errors
    /// One line: what is wrong with the file, and what to do.
    pub fn read(&self, id: ConnectionId, revision: u32) -> Result<BTreeSet<String>, String> {
        let Some(path) = self.folder.file(id) else { return Ok(BTreeSet::new()) };
        let failed = |why: String| {
            let place = path.display().to_string();
            format!(
                "The ticks in {} cannot be read: {why}. Remove the file to start again.",
                shown(&place)
            )
        };
        let read = read::if_there(&path, LARGEST).map_err(|error| failed(error.cause()))?;
        let Some(text) = read else { return Ok(BTreeSet::new()) };
        let kept: Kept =
            serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
        if kept.version != 1 {
            return Err(failed(format!("version {} is of a newer jetbridge", kept.version)));
        }
        Ok(if kept.revision == revision { kept.ticked } else { BTreeSet::new() })
    }

    /// Changes what is kept, and gives what is ticked then. Another process that ticks another step
    /// at the same time is waited for, so that neither tick is lost.
    ///
    /// # Errors
    /// One line: what could not be read or written, and what to do.
    pub fn change(
        &self,
        id: ConnectionId,
        revision: u32,
        change: Change,
    ) -> Result<BTreeSet<String>, String> {
        let Some(path) = self.folder.file(id) else {
            return Ok(change.on(BTreeSet::new()));
        };
        let failed = |why: String| {
            let place = path.display().to_string();
            format!("The ticks were not kept in {}: {why}.", shown(&place))
        };
        let _alone = self.lock().map_err(|error| failed(error.cause()))?;
        let ticked = match change {
            // Also the way out of a damaged file.
            Change::Reset => BTreeSet::new(),
            Change::Tick(_) | Change::Untick(_) => self.read(id, revision)?,
        };
        let kept = Kept { version: 1, revision, ticked: change.on(ticked) };
        let text = serde_json::to_vec(&kept).map_err(|error| failed(error.to_string()))?;
        write::bytes(&path, Existing::Replace, &text).map_err(|error| failed(error.cause()))?;
        Ok(kept.ticked)
    }

    /// Holds the folder for this process until the file is dropped.
    fn lock(&self) -> Result<Option<File>, FileError> {
        let Some(folder) = self.folder.path() else { return Ok(None) };
        write::folder(folder)?;
        let path = folder.join("lock");
        let lock = write::lock_file(&path)?;
        // Held for a write of a few hundred bytes only.
        lock.lock().map_err(|error| FileError::io(&path, Doing::Write, &error))?;
        Ok(Some(lock))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ID: ConnectionId = ConnectionId(uuid::Uuid::from_u128(7));

    fn tick(steps: &[&str]) -> Change {
        Change::Tick(steps.iter().map(|it| (*it).to_owned()).collect())
    }

    fn names(steps: BTreeSet<String>) -> Vec<String> {
        steps.into_iter().collect()
    }

    #[test]
    fn ticks_survive_a_restart_and_belong_to_a_revision() {
        let folder = tempfile::tempdir().unwrap();
        let ticks = || Ticks::below(Some(folder.path()));
        assert_eq!(ticks().read(ID, 1), Ok(BTreeSet::new()));
        ticks().change(ID, 1, tick(&["open", "name"])).unwrap();
        let left = ticks().change(ID, 1, Change::Untick(vec!["open".into()])).unwrap();
        assert_eq!(names(left), ["name"]);
        assert_eq!(names(ticks().read(ID, 1).unwrap()), ["name"]);
        // The plan changed: its steps are to be done again.
        assert_eq!(ticks().read(ID, 2), Ok(BTreeSet::new()));
        assert_eq!(names(ticks().change(ID, 2, tick(&["save"])).unwrap()), ["save"]);
        assert_eq!(ticks().change(ID, 2, Change::Reset), Ok(BTreeSet::new()));
        assert_eq!(ticks().read(ID, 2), Ok(BTreeSet::new()));
    }

    // E2
    #[test]
    fn only_the_owner_can_read_them() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Ticks::below(Some(folder.path())).change(ID, 1, tick(&["open"])).unwrap();
        let own = folder.path().join("runbooks");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&own), 0o700);
        for entry in fs::read_dir(&own).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }

    #[test]
    fn a_damaged_file_says_so_and_can_be_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let ticks = Ticks::below(Some(folder.path()));
        ticks.change(ID, 1, tick(&["open"])).unwrap();
        fs::write(ticks.folder.file(ID).unwrap(), "{\"version\":1,").unwrap();
        assert!(ticks.read(ID, 1).unwrap_err().contains("Remove the file"));
        assert!(ticks.change(ID, 1, tick(&["name"])).is_err(), "nothing is thrown away unasked");
        assert_eq!(ticks.change(ID, 1, Change::Reset), Ok(BTreeSet::new()));
        fs::write(ticks.folder.file(ID).unwrap(), "{\"version\":9,\"revision\":1,\"ticked\":[]}")
            .unwrap();
        assert!(ticks.read(ID, 1).unwrap_err().contains("newer"));
    }

    // A second process: neither tick is lost.
    #[test]
    fn ticks_made_at_once_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let ticks = Ticks::below(Some(folder.path()));
                scope.spawn(move || {
                    for step in 0..10 {
                        let step = format!("{thread}-{step}");
                        ticks.change(ID, 1, Change::Tick(vec![step])).unwrap();
                    }
                });
            }
        });
        assert_eq!(Ticks::below(Some(folder.path())).read(ID, 1).unwrap().len(), 40);
    }

    #[test]
    fn a_sample_keeps_nothing() {
        let ticks = Ticks::below(None);
        assert_eq!(names(ticks.change(ID, 1, tick(&["open"])).unwrap()), ["open"]);
        assert_eq!(ticks.read(ID, 1), Ok(BTreeSet::new()));
    }
}
