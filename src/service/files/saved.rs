//! A plan as a file: what was shown, so that exactly that is applied, or nothing.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::plan::{Action, Plan, Step};
use crate::domain::{ConnectionId, Timestamp};
use crate::files::json;
use crate::text::shown;

/// Version of the document.
const VERSION: u32 = 1;

/// A plan written down. It holds no secret: secrets are read again when it is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Version of the format.
    pub version: u32,
    /// When the plan was made.
    pub made_at: Timestamp,
    /// What distinguishes the store that it was made for from others; `None`: nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// Whether what no file names would be deleted.
    pub prune: bool,
    /// The only connections that it is about; empty: all that the files name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// The files, in their order.
    pub files: Vec<FileDigest>,
    /// Every step.
    pub connections: Vec<Step>,
    /// How many steps do what.
    pub summary: Summary,
}

/// A file as the plan read it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileDigest {
    /// Its path.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// How many steps do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// To be created.
    pub create: usize,
    /// To be changed.
    pub change: usize,
    /// Left alone.
    pub unchanged: usize,
    /// To be deleted.
    pub delete: usize,
}

impl Document {
    /// The document of a plan.
    pub fn new(plan: &Plan, files: Vec<FileDigest>, prune: bool, made_at: Timestamp) -> Self {
        Self {
            version: VERSION,
            made_at,
            store: None,
            prune,
            targets: Vec::new(),
            files,
            connections: plan.steps.iter().map(|it| it.step.clone()).collect(),
            summary: Summary {
                create: plan.count(Action::Create),
                change: plan.count(Action::Change),
                unchanged: plan.count(Action::Unchanged),
                delete: plan.count(Action::Delete),
            },
        }
    }

    /// The same, for this store.
    #[must_use]
    pub fn of(self, store: Option<String>) -> Self {
        Self { store, ..self }
    }

    /// The same, about these connections alone.
    #[must_use]
    pub fn about(self, targets: &[String]) -> Self {
        Self { targets: targets.to_vec(), ..self }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// One line: it is not a plan, or of another version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let json: serde_json::Value = json::parse(text).map_err(|error| error.to_string())?;
        match json.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(format!("it has version {version}: update jetbridge")),
            None => return Err("it is not a plan".to_owned()),
        }
        // The parser's words may quote the text.
        serde_json::from_value(json)
            .map_err(|error| format!("it is not a plan: {}", shown(&error.to_string())))
    }
}

/// Which files are not as a plan read them, one line each.
pub fn changed_files(saved: &[FileDigest], fresh: &[FileDigest]) -> Vec<String> {
    let fresh: HashSet<&FileDigest> = fresh.iter().collect();
    saved
        .iter()
        .filter(|old| !fresh.contains(old))
        .map(|old| format!("{} was changed since the plan was made", shown(&old.path)))
        .collect()
}

/// Why a plan made now is not the one that was written down, one line each; empty: it is.
pub fn stale(saved: &Document, fresh: &Document) -> Vec<String> {
    let mut out = changed_files(&saved.files, &fresh.files);
    if saved.store.is_some() && saved.store != fresh.store {
        // Creations alone would fit into any store.
        out.push("it was made for another store or context".to_owned());
        return out;
    }
    let now = Steps::of(&fresh.connections);
    for old in &saved.connections {
        let name = shown(&old.name);
        match now.same(old) {
            None => out.push(format!("{name} no longer exists")),
            Some(new) if alike(old, new) => {}
            Some(new) if old.action == Action::Create && new.id.is_some() => {
                out.push(format!("{name} was created since"));
            }
            Some(new) if old.id.is_some() && new.id.is_none() => {
                out.push(format!("{name} was deleted since"));
            }
            Some(new) if new.revision != old.revision => out.push(format!(
                "{name} was saved since: it has revision {}, the plan was made from {}",
                new.revision.unwrap_or_default(),
                old.revision.unwrap_or_default()
            )),
            Some(_) => out.push(format!("{name} would now be changed in another way")),
        }
    }
    let then = Steps::of(&saved.connections);
    for new in &fresh.connections {
        if !then.knows(new) {
            out.push(format!("{} is new since the plan was made", shown(&new.name)));
        }
    }
    out
}

/// Steps by what they are about.
struct Steps<'a> {
    by_id: HashMap<ConnectionId, &'a Step>,
    by_name: HashMap<&'a str, &'a Step>,
    unsaved: HashMap<&'a str, &'a Step>,
}

impl<'a> Steps<'a> {
    fn of(steps: &'a [Step]) -> Self {
        // Of several the first counts.
        let steps = || steps.iter().rev();
        Self {
            by_id: steps().filter_map(|it| Some((it.id?, it))).collect(),
            by_name: steps().map(|it| (it.name.as_str(), it)).collect(),
            unsaved: steps()
                .filter(|it| it.id.is_none())
                .map(|it| (it.name.as_str(), it))
                .collect(),
        }
    }

    /// The step about the same connection.
    fn same(&self, it: &Step) -> Option<&'a Step> {
        let name = it.name.as_str();
        match it.id {
            Some(id) => self.by_id.get(&id).or_else(|| self.unsaved.get(name)),
            None => self.by_name.get(name),
        }
        .copied()
    }

    fn knows(&self, it: &Step) -> bool {
        it.id.is_some_and(|id| self.by_id.contains_key(&id))
            || self.by_name.contains_key(it.name.as_str())
    }
}

/// Whether two steps do the same. Where the record is does not count, nor from where the paths in it
/// are written: the files themselves are compared.
fn alike(a: &Step, b: &Step) -> bool {
    let plain = |it: &Step| {
        let mut it = Step { place: None, ..it.clone() };
        it.reads.iter_mut().for_each(|read| read.file = read.file.take().map(|_| String::new()));
        it
    };
    plain(a) == plain(b)
}
