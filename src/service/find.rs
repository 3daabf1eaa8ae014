//! Finds the connections that somebody means: by name, by id, or by the beginning of an id. What
//! fits several is never guessed.

use std::collections::{BTreeMap, HashMap};

use super::connections::each_page;
use crate::backend::{BackendError, DeletedConnection, Place};
use crate::domain::removal::Target;
use crate::domain::{ConnectionId, Summary};
use crate::text::nearest;
use crate::text::{fold, shown};

/// Shortest beginning of an id that is looked for: shorter ones are words.
const SHORTEST_PREFIX: usize = 4;
/// Candidates named at most.
const CANDIDATES: usize = 10;
/// Most names that are suggested for a text.
const SUGGESTIONS: usize = 3;
/// Most texts that names are suggested for: more of them are another list, not typing mistakes.
const SUGGESTED: usize = 10;

/// Why no connection was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// Nothing has this name or id.
    #[error("no connection is named {0}, and no id starts with it", shown(.text))]
    NotFound {
        /// What was asked for.
        text: String,
        /// Names that may have been meant.
        near: Vec<String>,
    },
    /// Several connections have this name, or ids that start with it.
    #[error("{} fits {count} connections", shown(.text))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// How many it fits.
        count: usize,
        /// Those it fits, the first of them.
        candidates: Vec<Target>,
    },
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl FindError {
    /// What to do, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::NotFound { near, .. } if !near.is_empty() => {
                let names: Vec<_> = near.iter().map(|name| shown(name)).collect();
                format!("Did you mean {}?", names.join(", "))
            }
            Self::NotFound { .. } => "`jetbridge list` shows every name.".to_owned(),
            Self::Ambiguous { .. } => "Give the id of the one that you mean.".to_owned(),
            Self::Backend(error) => error.hint(),
        }
    }

    /// The connections that it could be, one line each; empty when that is not the problem.
    pub fn candidates(&self) -> Vec<String> {
        match self {
            Self::Ambiguous { count, candidates, .. } => {
                let line = |it: &Target| format!("{}  {}", it.id, shown(&it.name));
                let more = count.saturating_sub(candidates.len());
                let more = (more > 0).then(|| format!("and {more} more"));
                candidates.iter().map(line).chain(more).collect()
            }
            Self::NotFound { .. } | Self::Backend(_) => Vec::new(),
        }
    }
}

/// The connection with this name or id, or else the only one whose id begins so.
///
/// # Errors
/// [`FindError`]
pub async fn find(backend: &Place, text: &str) -> Result<Target, FindError> {
    let mut found = find_many(backend, &[text.to_owned()]).await?;
    found.pop().unwrap_or_else(|| Err(BackendError::NotFound.into()))
}

/// As [`find`] for several, in few calls however many they are: the list is read only for what has
/// neither name nor id, and then once.
///
/// # Errors
/// What the backend answers.
pub async fn find_many(
    backend: &Place,
    texts: &[String],
) -> Result<Vec<Result<Target, FindError>>, BackendError> {
    let known = exact(backend, texts).await?;
    let mut index = Index::default();
    if known.iter().any(Vec::is_empty) {
        each_page(backend, |rows| rows.iter().for_each(|row| index.add(row))).await?;
    }
    let mut suggested = 0;
    let each = known.into_iter().zip(texts).map(|(found, text)| {
        verdict(text, found).unwrap_or_else(|| index.look(text, &mut suggested))
    });
    Ok(each.collect())
}

/// For each text the connections that have it as name or id.
async fn exact(backend: &Place, texts: &[String]) -> Result<Vec<Vec<Target>>, BackendError> {
    let named = backend.named(texts.to_vec()).await?;
    let ids: Vec<Option<ConnectionId>> = texts.iter().map(|it| it.trim().parse().ok()).collect();
    let wanted: Vec<ConnectionId> = ids.iter().flatten().copied().collect();
    let rows = match wanted.is_empty() {
        true => Vec::new(),
        false => backend.summaries(wanted).await?,
    };
    let by_id: HashMap<ConnectionId, Summary> = rows.into_iter().map(|it| (it.id, it)).collect();
    let hide = backend.behind().map(|it| it.hide);
    let each = named.into_iter().zip(ids).map(|(rows, id)| {
        let mut found: Vec<Target> = rows.iter().map(Target::from).collect();
        // Where names are hidden, a real id leads to the row with its pseudonym.
        let hidden = || id.zip(hide).map(|(id, hide)| hide.id(id));
        let row = id.and_then(|id| by_id.get(&id)).or_else(|| by_id.get(&hidden()?));
        if let Some(row) = row.filter(|row| found.iter().all(|it| it.id != row.id)) {
            found.push(row.into());
        }
        found
    });
    Ok(each.collect())
}

/// Each text among these deleted connections, as [`find_many`] among those that are there.
pub fn find_deleted(
    deleted: &[DeletedConnection],
    texts: &[String],
) -> Vec<Result<Target, FindError>> {
    let mut index = Index::default();
    deleted.iter().for_each(|it| index.add(&it.row));
    let mut suggested = 0;
    texts.iter().map(|text| index.look(text, &mut suggested)).collect()
}

/// The only one that was found; `None`: none was.
fn verdict(text: &str, mut found: Vec<Target>) -> Option<Result<Target, FindError>> {
    let count = found.len();
    if count > 1 {
        found.truncate(CANDIDATES);
        let text = text.to_owned();
        return Some(Err(FindError::Ambiguous { text, count, candidates: found }));
    }
    found.pop().map(Ok)
}

/// A whole list to look texts up in.
#[derive(Default)]
struct Index {
    rows: Vec<Target>,
    by_name: HashMap<String, Vec<usize>>,
    by_id: BTreeMap<String, usize>,
}

impl Index {
    fn add(&mut self, row: &Summary) {
        let at = self.rows.len();
        self.by_id.insert(row.id.to_string(), at);
        self.by_name.entry(fold(row.name.trim())).or_default().push(at);
        self.rows.push(row.into());
    }

    fn look(&self, text: &str, suggested: &mut usize) -> Result<Target, FindError> {
        let folded = fold(text.trim());
        let mut at = self.exact(&folded);
        if at.is_empty() {
            at = self.beginning(&folded);
        }
        let found = at.into_iter().filter_map(|at| self.rows.get(at).cloned()).collect();
        verdict(text, found).unwrap_or_else(|| {
            *suggested += 1;
            let near = if *suggested <= SUGGESTED { self.near(&folded) } else { Vec::new() };
            Err(FindError::NotFound { text: text.to_owned(), near })
        })
    }

    /// Those with this name or id.
    fn exact(&self, folded: &str) -> Vec<usize> {
        let mut at = self.by_name.get(folded).cloned().unwrap_or_default();
        let id = folded.parse::<ConnectionId>().ok();
        let by_id = id.and_then(|id| self.by_id.get(&id.to_string()));
        at.extend(by_id.filter(|it| !at.contains(it)).copied().into_iter().collect::<Vec<_>>());
        at
    }

    /// Those whose id begins so.
    fn beginning(&self, folded: &str) -> Vec<usize> {
        let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
        if folded.len() < SHORTEST_PREFIX || !folded.chars().all(hex) {
            return Vec::new();
        }
        let from = self.by_id.range(folded.to_owned()..);
        from.take_while(|(id, _)| id.starts_with(folded)).map(|(_, at)| *at).collect()
    }

    /// Names that hold the text, and those near to it, the nearest first.
    fn near(&self, folded: &str) -> Vec<String> {
        let mut near: Vec<(usize, &str)> = Vec::new();
        // One or two letters are in too many names to be worth a suggestion.
        let long = folded.chars().count() > 2;
        for row in &self.rows {
            let holds = long && fold(&row.name).contains(folded);
            let distance = if holds { Some(0) } else { nearest::nearness(folded, &row.name) };
            if let Some(distance) = distance {
                let place = near.partition_point(|(it, _)| *it <= distance);
                near.insert(place, (distance, &row.name));
                near.truncate(SUGGESTIONS);
            }
        }
        near.into_iter().map(|(_, name)| name.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests;
