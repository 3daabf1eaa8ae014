//! Finds the connection that somebody means: by name, by id, or by the beginning of an id.

use super::connections::each_page;
use crate::backend::{Backend, BackendError, DeletedConnection};
use crate::domain::text::{fold, shown};
use crate::domain::{ConnectionId, nearest};

/// Shortest beginning of an id that is looked for: shorter ones are words.
const SHORTEST_PREFIX: usize = 4;
/// Candidates named at most.
const CANDIDATES: usize = 10;

/// A connection that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its identity.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
}

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
    /// Several ids start with this, or several deleted connections had this name.
    #[error("{} fits several connections", shown(.text))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// Those it fits, the first of them.
        candidates: Vec<Found>,
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
            Self::Ambiguous { .. } => "Write more of the id.".to_owned(),
            Self::Backend(error) => error.hint(),
        }
    }

    /// The connections that it could be, one line each; empty when that is not the problem.
    pub fn candidates(&self) -> Vec<String> {
        match self {
            Self::Ambiguous { candidates, .. } => {
                candidates.iter().map(|it| format!("{}  {}", it.id, shown(&it.name))).collect()
            }
            Self::NotFound { .. } | Self::Backend(_) => Vec::new(),
        }
    }
}

/// The connection with this name, id or unique beginning of an id, in that order.
pub async fn find(backend: &dyn Backend, text: &str) -> Result<Found, FindError> {
    let mut found = find_many(backend, &[text.to_owned()]).await?;
    found.pop().unwrap_or_else(|| Err(BackendError::NotFound.into()))
}

/// As [`find`] for several; the list is read at most once for all of them.
pub async fn find_many(
    backend: &dyn Backend,
    texts: &[String],
) -> Result<Vec<Result<Found, FindError>>, BackendError> {
    let mut out: Vec<Result<Found, Search>> = Vec::with_capacity(texts.len());
    for text in texts {
        out.push(exact(backend, text).await?.ok_or_else(|| Search::new(text)));
    }
    let mut searches: Vec<&mut Search> =
        out.iter_mut().filter_map(|it| it.as_mut().err()).collect();
    if !searches.is_empty() {
        each_page(backend, |rows| {
            for row in &rows {
                let id = row.id.to_string();
                searches.iter_mut().for_each(|search| search.look(row.id, &id, &row.name));
            }
        })
        .await?;
    }
    Ok(out.into_iter().map(|it| it.or_else(Search::verdict)).collect())
}

async fn exact(backend: &dyn Backend, text: &str) -> Result<Option<Found>, BackendError> {
    let by_name = backend.find(text.trim().to_owned()).await?;
    let Some(id) = by_name.or_else(|| text.trim().parse().ok()) else { return Ok(None) };
    match backend.connection(id).await {
        Ok(connection) => Ok(Some(Found { id, name: connection.name })),
        Err(BackendError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Most names that are suggested.
const SUGGESTIONS: usize = 3;

/// A search through the whole list, for what no name fits.
struct Search {
    text: String,
    /// Beginning of an id; `None` when the text cannot be one.
    prefix: Option<String>,
    fits: Vec<Found>,
    /// Names that hold the text, and those near to it, the nearest first; each with its distance.
    near: Vec<(usize, String)>,
}

impl Search {
    fn new(text: &str) -> Self {
        let folded = fold(text.trim());
        let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
        let prefix = (folded.len() >= SHORTEST_PREFIX && folded.chars().all(hex)).then_some(folded);
        Self { text: text.to_owned(), prefix, fits: Vec::new(), near: Vec::new() }
    }

    fn look(&mut self, id: ConnectionId, id_text: &str, name: &str) {
        if let Some(prefix) = &self.prefix
            && id_text.starts_with(prefix.as_str())
            && self.fits.len() <= CANDIDATES
        {
            self.fits.push(Found { id, name: name.to_owned() });
        }
        let text = fold(self.text.trim());
        // One or two letters are in too many names to be worth a suggestion.
        let holds = text.chars().count() > 2 && fold(name).contains(&text);
        if let Some(distance) = if holds { Some(0) } else { nearest::nearness(&text, name) } {
            let place = self.near.partition_point(|(it, _)| *it <= distance);
            self.near.insert(place, (distance, name.to_owned()));
            self.near.truncate(SUGGESTIONS);
        }
    }

    fn verdict(self) -> Result<Found, FindError> {
        verdict(self.text, self.fits, self.near.into_iter().map(|(_, name)| name).collect())
    }
}

fn verdict(text: String, mut fits: Vec<Found>, near: Vec<String>) -> Result<Found, FindError> {
    if fits.len() > 1 {
        fits.truncate(CANDIDATES);
        return Err(FindError::Ambiguous { text, candidates: fits });
    }
    fits.pop().ok_or(FindError::NotFound { text, near })
}

/// The deleted connection with this name, id or unique beginning of an id.
pub fn find_deleted(deleted: &[DeletedConnection], text: &str) -> Result<Found, FindError> {
    let folded = fold(text.trim());
    let found = |it: &DeletedConnection| Found { id: it.row.id, name: it.row.name.to_string() };
    let by = |fits: &dyn Fn(&DeletedConnection) -> bool| -> Vec<Found> {
        deleted.iter().filter(|it| fits(it)).map(found).collect()
    };
    let mut fits = by(&|it| it.row.id.to_string() == folded);
    if fits.is_empty() {
        fits = by(&|it| fold(&it.row.name) == folded);
    }
    if fits.is_empty() && folded.len() >= SHORTEST_PREFIX {
        fits = by(&|it| it.row.id.to_string().starts_with(&folded));
    }
    let names = deleted.iter().map(|it| &*it.row.name);
    let near = nearest::nearest(text.trim(), names).map(str::to_owned);
    verdict(text.to_owned(), fits, near.into_iter().collect())
}
