//! Saved connections as records, and names of files for them.

use std::collections::HashMap;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::backend::{BackendError, Place};
use crate::domain::health::Directory;
use crate::domain::{Answers, Connection, ConnectionId};
use crate::form::lookup::Lookup;
use crate::form::{file, specs};
use crate::service::directory;
use crate::text::{file_stem, fold};

/// A connection with its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The connection; its secrets are fingerprints.
    pub connection: Connection,
    /// Its answers in the order of the form; secrets say that they stay.
    pub fields: Vec<(String, Json)>,
}

/// Reads the records of connections, some at a time, so that any number of them can be written.
pub struct Exporter<'a> {
    backend: &'a Place,
    directory: &'a Directory,
    lookup: Lookup<'a>,
}

impl<'a> Exporter<'a> {
    /// An exporter of this backend, whose directory was read whole.
    pub fn new(backend: &'a Place, directory: &'a Directory) -> Self {
        Self { backend, directory, lookup: Lookup::new(directory) }
    }

    /// The records of these connections, in this order; one that is gone by now is left out.
    ///
    /// # Errors
    /// What the backend answers.
    pub async fn read(&self, ids: &[ConnectionId]) -> Result<Vec<Exported>, BackendError> {
        let found = self.backend.connections(ids.to_vec()).await?;
        Ok(found.into_iter().map(|it| self.record(it)).collect())
    }

    fn record(&self, connection: Connection) -> Exported {
        let mut fields = fields_of(&connection, self.directory, &self.lookup);
        // By it a new name in the file is a rename. Name and type come before it.
        let id = Json::from(connection.id.to_string());
        fields.insert(fields.len().min(2), ("id".to_owned(), id));
        Exported { connection, fields }
    }
}

/// How many are done, of how many.
pub type OnDone<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

/// Connections that are read at a time.
const AT_A_TIME: usize = 200;

/// The records of these connections, in this order; reports how many are read. One that is gone by now
/// is left out.
///
/// # Errors
/// What the backend answers.
pub async fn exported_counting(
    backend: &Place,
    ids: &[ConnectionId],
    on_done: OnDone<'_>,
) -> Result<Vec<Exported>, BackendError> {
    let directory = directory::whole(backend).await?;
    let exporter = Exporter::new(backend, &directory);
    let mut out = Vec::with_capacity(ids.len());
    for part in ids.chunks(AT_A_TIME) {
        on_done(out.len(), ids.len());
        out.extend(exporter.read(part).await?);
    }
    Ok(out)
}

/// The record of a connection.
pub(super) fn fields_of(
    connection: &Connection,
    directory: &Directory,
    lookup: &Lookup<'_>,
) -> Vec<(String, Json)> {
    let own = |(key, value): (&str, Json)| (key.to_owned(), value);
    match (&connection.answers, specs::of(connection.kind)) {
        (Answers::Form(_), Some(spec)) => {
            let values = spec.opened(connection, directory);
            file::record(spec, &values, lookup).into_iter().map(own).collect()
        }
        (Answers::Listed(_) | Answers::Form(_), spec) => {
            let mut out = vec![
                own(("name", Json::from(connection.name.as_str()))),
                own(("type", Json::from(connection.kind.slug()))),
            ];
            if spec.is_some() {
                out.push(own(("listed", Json::from(true))));
            }
            out.push(own(("side", Json::from(connection.side.slug()))));
            if let Answers::Listed(listed) = &connection.answers
                && !listed.tenant.is_empty()
            {
                out.push(own(("tenant", Json::from(listed.tenant.as_str()))));
            }
            if !connection.description.is_empty() {
                out.push(own(("description", Json::from(connection.description.as_str()))));
            }
            out
        }
    }
}

/// Keys that a row of a list has.
pub(super) const LISTED: [&str; 7] =
    ["name", "type", "id", "listed", "side", "tenant", "description"];

/// The record that fields are set in: a row of a list starts from what its form opens with as soon as
/// one of them is an answer of that form.
pub(super) fn base_of(
    connection: &Connection,
    fields: &[(String, Json)],
    directory: &Directory,
    lookup: &Lookup<'_>,
) -> Vec<(String, Json)> {
    let spec = specs::of(connection.kind).filter(|spec| {
        let answers = |key: &str| spec.field(key).is_some() && !LISTED.contains(&key);
        connection.answers.listed().is_some() && fields.iter().any(|(key, _)| answers(key))
    });
    let Some(spec) = spec else { return fields_of(connection, directory, lookup) };
    let record = file::record(spec, &spec.opened(connection, directory), lookup);
    // What a pick fills in is filled in by the one that is set.
    let answered = record.into_iter().filter(|(_, value)| value.as_str() != Some(""));
    answered.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A file name for each of these names, without its extension: letters, digits, `-` and `_` only,
/// safe on every system, and no two alike even where case does not count. The same names give the
/// same file names in every store.
pub fn file_names(names: &[&str]) -> Vec<String> {
    let stems: Vec<(String, bool)> = names.iter().map(|name| file_stem(name)).collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for (stem, _) in &stems {
        *count.entry(stem).or_default() += 1;
    }
    let names = names.iter().zip(&stems).map(|(name, (stem, whole))| {
        if *whole && count.get(stem.as_str()) == Some(&1) {
            stem.clone()
        } else {
            format!("{stem}-{}", digest(name))
        }
    });
    names.collect()
}

/// Eight hexadecimal digits that stay the same for a name.
fn digest(name: &str) -> String {
    let bytes = Sha256::digest(fold(name).as_bytes());
    bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
