//! How each context was left: one small file per context below the data directory, 0600. C7.
//!
//! Beside the store and not in the state directory, which people send along with the log: a search
//! text and the tenants of a filter are names. What is lost here is lost time at most, so a file
//! that cannot be read is no error: the list begins as new, and the next change writes it whole. Nor
//! is a disk waited for, which may be slow just when somebody quits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::domain::health::Level;
use crate::domain::query::{Column, Filter, Sort};
use crate::domain::{ConnectionId, ConnectionType, ListState, Side, context};
use crate::files::read;
use crate::files::write::{self, Existing};
use crate::text::shown;

/// Longest file that is read, in bytes: 400,000 marks.
const LARGEST: u64 = 16 << 20;
/// Longest search text that is kept, in bytes.
const LONGEST: usize = 1_000;
/// The form of the file.
const VERSION: u8 = 1;

/// Where the states of lists are kept.
#[derive(Debug, Clone, Default)]
pub struct ListStates {
    /// Folder of the files; `None`: nothing is kept, as for a sample in memory.
    folder: Option<PathBuf>,
    /// The latest turn that was written, by context: a slow write never undoes a later one.
    written: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    version: u8,
    #[serde(skip_serializing_if = "String::is_empty")]
    search: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    types: Vec<ConnectionType>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    tenants: BTreeSet<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sides: Vec<Side>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    health: Vec<String>,
    sort: String,
    descending: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<ConnectionId>,
    details: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    marks: BTreeSet<ConnectionId>,
}

impl ListStates {
    /// Kept below the data directory; `None`: not kept at all.
    pub fn below(data_dir: Option<&Path>) -> Self {
        Self { folder: data_dir.map(|it| it.join("places")), ..Self::default() }
    }

    /// The name of a context is safe as that of a file; whatever is none has no file.
    fn file(&self, name: &str) -> Option<PathBuf> {
        let safe = context::name(name).is_ok_and(|it| it == name);
        let folder = self.folder.as_ref().filter(|_| safe)?;
        Some(folder.join(format!("{name}.json")))
    }

    /// How a context was left; as new when nothing readable is kept.
    pub fn read(&self, name: &str) -> ListState {
        let Some(path) = self.file(name) else { return ListState::default() };
        match read(&path) {
            Ok(Some(kept)) => kept.place(),
            Ok(None) => ListState::default(),
            Err(error) => {
                tracing::warn!(%error, "the saved state of the list cannot be read");
                ListState::default()
            }
        }
    }

    /// Keeps how a context was left. `turn` grows with each call; one that comes too late is left out.
    ///
    /// # Errors
    /// One line: what could not be written.
    pub fn write(&self, name: &str, place: &ListState, turn: u64) -> Result<(), String> {
        let Some(path) = self.file(name) else { return Ok(()) };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.get(name).is_some_and(|it| *it >= turn) {
            return Ok(());
        }
        let done =
            if *place == ListState::default() { remove(&path) } else { replace(&path, place) };
        done.map_err(|error| {
            let name = path.display().to_string();
            format!("The state of the list was not saved in {}: {error}.", shown(&name))
        })?;
        written.insert(name.to_owned(), turn);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Option<Kept>, String> {
    let read = read::if_there(path, LARGEST).map_err(|error| error.to_string())?;
    let Some(bytes) = read else { return Ok(None) };
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    // A newer form is left to whoever writes it.
    Ok(Some(kept).filter(|it| it.version == VERSION))
}

/// One line: why it was not done.
fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Never half a file, also with two processes at once.
fn replace(path: &Path, place: &ListState) -> Result<(), String> {
    let text = serde_json::to_vec(&Kept::of(place)).map_err(|error| error.to_string())?;
    write::folder(write::folder_of(path))
        .and_then(|()| write::bytes(path, Existing::Replace, &text))
        .map_err(|error| error.cause())
}

impl Kept {
    fn of(place: &ListState) -> Self {
        let ListState { search, filter, sort, cursor, marks, details } = place;
        Self {
            version: VERSION,
            // A paste of a book is no search that anybody comes back to.
            search: if search.len() > LONGEST { String::new() } else { search.clone() },
            types: filter.types.iter().copied().collect(),
            tenants: filter.tenants.clone(),
            sides: filter.sides.iter().copied().collect(),
            health: filter.levels.iter().map(|it| it.label().to_owned()).collect(),
            sort: sort.column.label().to_owned(),
            descending: sort.descending,
            cursor: *cursor,
            details: *details,
            marks: marks.clone(),
        }
    }

    fn place(self) -> ListState {
        let level = |word: &String| Level::ALL.into_iter().find(|it| it.label() == *word);
        let column = Column::ALL.into_iter().find(|it| it.label() == self.sort);
        ListState {
            search: self.search,
            filter: Filter {
                types: self.types.into_iter().collect(),
                tenants: self.tenants,
                sides: self.sides.into_iter().collect(),
                levels: self.health.iter().filter_map(level).collect(),
            },
            sort: Sort { column: column.unwrap_or_default(), descending: self.descending },
            cursor: self.cursor,
            marks: self.marks,
            details: self.details,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> ListState {
        ListState {
            search: "hq".to_owned(),
            filter: Filter {
                types: [ConnectionType::Device, ConnectionType::M365Group].into(),
                tenants: ["contoso.example".to_owned(), String::new()].into(),
                sides: [Side::Source].into(),
                levels: Level::ALL.into(),
            },
            sort: Sort { column: Column::ModifiedBy, descending: true },
            cursor: Some(ConnectionId(uuid::Uuid::from_u128(7))),
            marks: (1..4).map(|it| ConnectionId(uuid::Uuid::from_u128(it))).collect(),
            details: true,
        }
    }

    #[test]
    fn a_place_survives_a_restart_and_belongs_to_its_context() {
        let folder = tempfile::tempdir().unwrap();
        let states = || ListStates::below(Some(folder.path()));
        assert_eq!(states().read("local"), ListState::default());
        states().write("local", &place(), 1).unwrap();
        assert_eq!(states().read("local"), place());
        assert_eq!(states().read("contoso"), ListState::default());
        for column in Column::ALL {
            let sort = Sort { column, descending: false };
            states().write("contoso", &ListState { sort, ..place() }, 1).unwrap();
            assert_eq!(states().read("contoso").sort, sort);
        }
        // Nothing to remember leaves nothing behind.
        states().write("contoso", &ListState::default(), 1).unwrap();
        states().write("contoso", &ListState::default(), 1).unwrap();
        let names = fs::read_dir(folder.path().join("places")).unwrap();
        let names: Vec<_> = names.map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["local.json"]);
    }

    // E2
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        ListStates::below(Some(folder.path())).write("local", &place(), 1).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("places")), 0o700);
        assert_eq!(mode(&folder.path().join("places/local.json")), 0o600);
    }

    #[test]
    fn a_late_write_does_not_undo_a_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let states = ListStates::below(Some(folder.path()));
        states.write("local", &place(), 2).unwrap();
        states.clone().write("local", &ListState::default(), 1).unwrap();
        assert_eq!(states.read("local"), place());
        // Each context has its own turns.
        states.write("other", &place(), 1).unwrap();
        assert_eq!(states.read("other"), place());
    }

    #[test]
    fn what_cannot_be_read_is_as_new_and_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let states = || ListStates::below(Some(folder.path()));
        let path = folder.path().join("places/local.json");
        fs::create_dir(folder.path().join("places")).unwrap();
        let broken: [&[u8]; 6] = [
            b"",
            b"{\"version\":1,",
            b"[]",
            b"\xff\xfe",
            b"{\"version\":9,\"search\":\"x\"}",
            b"{\"version\":1,\"types\":[\"no-such-type\"]}",
        ];
        for text in broken {
            fs::write(&path, text).unwrap();
            assert_eq!(states().read("local"), ListState::default());
        }
        // What is not known in a readable file is left out.
        fs::write(&path, "{\"version\":1,\"sort\":\"Moon\",\"health\":[\"ok\",\"odd\"]}").unwrap();
        let found = states().read("local");
        assert_eq!((found.sort, found.filter.levels), (Sort::default(), [Level::Good].into()));
        states().write("local", &place(), 1).unwrap();
        assert_eq!(states().read("local"), place());
    }

    #[test]
    fn nothing_leaves_the_folder_and_a_sample_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let states = ListStates::below(Some(folder.path()));
        for name in ["../x", "", "a/b", ".", " local"] {
            states.write(name, &place(), 1).unwrap();
            assert_eq!(states.read(name), ListState::default());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let nowhere = ListStates::below(None);
        nowhere.write("local", &place(), 1).unwrap();
        assert_eq!(nowhere.read("local"), ListState::default());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_reported_and_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let states = ListStates::below(Some(&file));
        let why = states.write("local", &place(), 1).unwrap_err();
        assert!(why.contains("was not saved in"), "{why}");
        fs::remove_file(&file).unwrap();
        states.write("local", &place(), 1).unwrap();
        assert_eq!(states.read("local"), place());
    }

    #[test]
    fn a_search_of_a_book_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let states = ListStates::below(Some(folder.path()));
        let long = ListState { search: "x".repeat(LONGEST + 1), ..place() };
        states.write("local", &long, 1).unwrap();
        assert_eq!(states.read("local"), ListState { search: String::new(), ..place() });
    }
}
