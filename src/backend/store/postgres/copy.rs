//! The list as this machine read it last, in a file ([`cache`]): one line with all rows, and behind it
//! a line for each time that others changed some. It holds no secret, sealed or not.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::feed::Rights;
use crate::backend::shared::{Changes, Kept, Step};
use crate::backend::{ReadOnly, cache};
use crate::domain::health::Findings;
use crate::domain::{ConnectionId, ConnectionType, Second, Side, Summary, Timestamp};
use crate::text::{Texts, fold};

/// Version of the form; a file of another is not used.
const VERSION: u32 = 1;
/// Lines of changes from which the file is written again whole.
const LINES: usize = 64;

/// What the file begins with: the server, the database and the role.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    jetbridge_team_list: u32,
    server: String,
}

impl Head {
    fn of(server: &str) -> Self {
        Self { jetbridge_team_list: VERSION, server: server.to_owned() }
    }
}

/// A row. The short names are those of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    i: Uuid,
    n: String,
    k: u16,
    s: Side,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    t: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    c: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    m: Option<i64>,
    b: String,
    f: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<i64>,
    r: u32,
}

impl From<&Summary> for Row {
    fn from(it: &Summary) -> Self {
        Self {
            i: it.id.0,
            n: it.name.to_string(),
            k: it.kind.number(),
            s: it.side,
            t: it.tenant.to_string(),
            c: it.credentials.to_string(),
            m: it.modified_at.map(Second::get),
            b: it.modified_by.to_string(),
            f: it.findings.to_column(),
            e: it.expires_at.map(Second::get),
            r: it.revision,
        }
    }
}

impl Row {
    fn summary(self, texts: &mut Texts) -> Summary {
        Summary {
            id: ConnectionId(self.i),
            name: self.n.into(),
            kind: ConnectionType::from_number(self.k),
            side: self.s,
            tenant: texts.share(&self.t),
            credentials: texts.share(&self.c),
            modified_at: self.m.map(Second::new),
            modified_by: texts.share(&self.b),
            findings: Findings::from_column(self.f),
            expires_at: self.e.map(Second::new),
            revision: self.r,
        }
    }
}

/// All rows, and what was known of the store then.
#[derive(Serialize, Deserialize)]
struct Content {
    store: Uuid,
    step: Step,
    as_of: Timestamp,
    rights: KeptRights,
    rows: Vec<Row>,
}

/// [`Rights`] in a file.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct KeptRights {
    role_reads_only: bool,
    replica: bool,
    sealed: bool,
    asks: bool,
}

impl From<Rights> for KeptRights {
    fn from(it: Rights) -> Self {
        Self {
            role_reads_only: it.read_only == Some(ReadOnly::Role),
            replica: it.read_only == Some(ReadOnly::Replica),
            sealed: it.sealed,
            asks: it.asks,
        }
    }
}

impl From<KeptRights> for Rights {
    fn from(it: KeptRights) -> Self {
        let read_only = match (it.role_reads_only, it.replica) {
            (true, _) => Some(ReadOnly::Role),
            (false, true) => Some(ReadOnly::Replica),
            (false, false) => None,
        };
        Self { read_only, sealed: it.sealed, asks: it.asks }
    }
}

/// Rows that changed after a step.
#[derive(Serialize, Deserialize)]
struct Line {
    since: Step,
    step: Step,
    as_of: Timestamp,
    rows: Vec<Row>,
    gone: Vec<Uuid>,
}

/// A file that was read.
pub(super) struct Found {
    pub(super) store: Uuid,
    pub(super) rights: Rights,
    pub(super) list: Kept,
    /// It has so many lines of changes that it is better written again.
    pub(super) long: bool,
}

/// Reads it. `None`: there is none that can be used; the server has everything.
pub(super) fn read(path: &Path, server: &str) -> Option<Found> {
    let text = match cache::read(path, &Head::of(server)) {
        Ok(text) => text?,
        Err(why) => {
            tracing::warn!(why, "the kept list cannot be used");
            return None;
        }
    };
    content(&text)
}

/// What stands behind the head. A line that was cut off in the middle ends it.
fn content(text: &str) -> Option<Found> {
    let mut lines = text.lines();
    let first: Content = serde_json::from_str(lines.next()?).ok()?;
    let (mut step, mut as_of, mut count) = (first.step, first.as_of, 0);
    let mut later: HashMap<Uuid, Option<Row>> = HashMap::new();
    for line in lines {
        let Ok(line) = serde_json::from_str::<Line>(line) else { break };
        if line.since > step {
            break;
        }
        count += 1;
        step = step.max(line.step);
        as_of = as_of.max(line.as_of);
        later.extend(line.gone.into_iter().map(|it| (it, None)));
        later.extend(line.rows.into_iter().map(|it| (it.i, Some(it))));
    }
    let mut texts = Texts::default();
    let same = first.rows.into_iter().filter(|it| !later.contains_key(&it.i));
    let mut rows: Vec<Summary> = same.map(|it| it.summary(&mut texts)).collect();
    let changed = !later.is_empty();
    rows.extend(later.into_values().flatten().map(|it| it.summary(&mut texts)));
    if changed {
        rows.sort_by_cached_key(|it| (fold(&it.name), it.id));
    }
    let list = Kept { as_of, step, rows };
    let rights = first.rights.into();
    Some(Found { store: first.store, rights, list, long: count > LINES })
}

/// Replaces it.
pub(super) fn write(path: &Path, server: &str, store: Uuid, rights: Rights, list: &Kept) {
    let rows = list.rows.iter().map(Row::from).collect();
    let (step, as_of, rights) = (list.step, list.as_of, rights.into());
    let content = Content { store, step, as_of, rights, rows };
    if let Err(error) = cache::write(path, &Head::of(server), &content) {
        tracing::warn!(%error, "the list cannot be kept for the next time");
    }
}

/// Adds what changed after a step, in one piece. Where there is no file there is nothing to add to.
pub(super) fn add(path: &Path, since: Step, as_of: Timestamp, changes: &Changes) {
    let line = Line {
        since,
        step: changes.step,
        as_of,
        rows: changes.rows.iter().map(Row::from).collect(),
        gone: changes.gone.iter().map(|it| it.0).collect(),
    };
    let Ok(mut line) = serde_json::to_vec(&line) else { return };
    line.push(b'\n');
    let file = OpenOptions::new().append(true).open(path);
    if let Err(error) = file.and_then(|mut it| it.write_all(&line)) {
        tracing::warn!(%error, "the list cannot be kept for the next time");
    }
}

/// Forgets it.
pub(super) fn forget(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the kept list cannot be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::rows::tests::row;

    fn names(found: &Found) -> Vec<&str> {
        found.list.rows.iter().map(|it| &*it.name).collect()
    }

    #[test]
    fn what_is_kept_is_read_again_with_what_changed_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("caches/team.cache");
        let (server, store) = ("postgres://anna@db:5432/plan", Uuid::from_u128(7));
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        let rights = Rights { read_only: Some(ReadOnly::Role), sealed: true, asks: true };
        let rows = vec![row(1, "alpha"), row(2, "Beta"), row(3, "gamma")];
        let list = Kept { as_of: at, step: 4, rows };
        assert!(read(&path, server).is_none());
        add(&path, 4, at, &Changes::default());
        assert!(!path.exists(), "there is nothing to add to");
        write(&path, server, store, rights, &list);
        let found = read(&path, server).unwrap();
        assert_eq!((found.list, found.store, found.rights), (list, store, rights));
        // Of another server, database or role nothing is shown.
        assert!(read(&path, "postgres://ben@db:5432/plan").is_none());

        let changes = Changes {
            step: 6,
            rows: vec![row(4, "aardvark"), row(3, "zeta")],
            gone: vec![ConnectionId(Uuid::from_u128(1))],
        };
        add(&path, 4, at, &changes);
        // Steps that were missed: what follows cannot be believed.
        add(&path, 9, at, &Changes { step: 10, rows: vec![row(9, "later")], gone: Vec::new() });
        let found = read(&path, server).unwrap();
        assert_eq!((names(&found), found.list.step), (vec!["aardvark", "Beta", "zeta"], 6));
        // A line that was cut off is as if it had not been written.
        write(&path, server, store, rights, &found.list);
        add(&path, 6, at, &Changes { step: 7, rows: vec![row(5, "whole")], gone: Vec::new() });
        add(&path, 7, at, &Changes { step: 8, rows: vec![row(6, "torn")], gone: Vec::new() });
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 9]).unwrap();
        let found = read(&path, server).unwrap();
        assert_eq!(
            (names(&found), found.list.step),
            (vec!["aardvark", "Beta", "whole", "zeta"], 7)
        );
        for damaged in ["", "{}", "{}\n", "x\ny\n"] {
            std::fs::write(&path, damaged).unwrap();
            assert!(read(&path, server).is_none(), "{damaged:?}");
        }
    }
}
