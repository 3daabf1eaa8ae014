//! The list as it was read last, in the order of the names, and the answers from it.

use std::collections::HashMap;

use super::row::Row;
use crate::backend::{BackendError, Cursor, Page, PageRequest};
use crate::domain::{Connection, ConnectionId, Summary, Timestamp};
use crate::text::{Texts, fold};

/// One row, ready to be listed: made once, when the row is read.
#[derive(Debug)]
pub(super) struct Entry {
    /// Folded name.
    key: String,
    pub(super) summary: Summary,
    pub(super) row: Row,
}

impl Entry {
    pub(super) fn new(row: Row, texts: &mut Texts) -> Self {
        Self { key: key(&row.name), summary: row.summary(texts), row }
    }
}

/// A list that was read whole.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// When it was read.
    pub(super) as_of: Timestamp,
    /// What to know about it, one line each.
    pub(super) remarks: Vec<String>,
    entries: Vec<Entry>,
    places: HashMap<ConnectionId, usize>,
}

impl Snapshot {
    /// Of rows as they were kept.
    pub(super) fn of_rows(rows: Vec<Row>, as_of: Timestamp, remarks: Vec<String>) -> Self {
        let mut texts = Texts::default();
        let entries = rows.into_iter().map(|row| Entry::new(row, &mut texts));
        Self::new(entries.collect(), as_of, remarks)
    }

    /// Orders the rows. Of two with the same identity the first stays.
    pub(super) fn new(mut entries: Vec<Entry>, as_of: Timestamp, remarks: Vec<String>) -> Self {
        entries.sort_by(|a, b| (&a.key, a.summary.id).cmp(&(&b.key, b.summary.id)));
        let mut places = HashMap::with_capacity(entries.len());
        entries.retain(|it| {
            let at = places.len();
            match places.entry(it.summary.id) {
                std::collections::hash_map::Entry::Occupied(_) => false,
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(at);
                    true
                }
            }
        });
        Self { as_of, remarks, entries, places }
    }

    /// How many rows there are.
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The rows as they came, for the cache.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.entries.iter().map(|it| &it.row)
    }

    /// Every row, in the order of the names.
    pub(super) fn all(&self) -> impl Iterator<Item = &Summary> {
        self.entries.iter().map(|it| &it.summary)
    }

    /// A stretch of the list.
    pub(super) fn page(&self, request: &PageRequest) -> Page {
        let start = request.after.as_ref().map_or(0, |after| {
            self.entries.partition_point(|it| {
                (it.key.as_str(), it.summary.id) <= (after.name_key.as_str(), after.id)
            })
        });
        let rest = self.entries.get(start..).unwrap_or_default();
        let shown = rest.get(..request.limit.max(1)).unwrap_or(rest);
        let more = shown.len() < rest.len();
        let next = shown.last().filter(|_| more);
        Page {
            rows: shown.iter().map(|it| it.summary.clone()).collect(),
            next: next.map(|it| Cursor { name_key: it.key.clone(), id: it.summary.id }),
            step: None,
        }
    }

    /// The rows of these connections.
    pub(super) fn summaries(&self, ids: &[ConnectionId]) -> Vec<Summary> {
        ids.iter().filter_map(|id| self.entry(*id)).map(|it| it.summary.clone()).collect()
    }

    /// What is known of a connection.
    pub(super) fn connection(
        &self,
        id: ConnectionId,
        context: &str,
    ) -> Result<Connection, BackendError> {
        self.entry(id).map(|it| it.row.connection(context)).ok_or(BackendError::NotFound)
    }

    /// Every connection with this name. Fly lets several share one, and takes the first of them
    /// itself (fly.md §5): nobody can know which is meant.
    pub(super) fn named(&self, name: &str) -> Vec<Summary> {
        let key = key(name.trim());
        let start = self.entries.partition_point(|it| it.key < key);
        let same = self.entries.iter().skip(start).take_while(|it| it.key == key);
        same.map(|it| it.summary.clone()).collect()
    }

    fn entry(&self, id: ConnectionId) -> Option<&Entry> {
        self.places.get(&id).and_then(|at| self.entries.get(*at))
    }
}

/// The folded name; most names need no table for it.
fn key(name: &str) -> String {
    work!("key");
    if name.is_ascii() { name.to_ascii_lowercase() } else { fold(name) }
}
