//! Which connection a record means: the one with its id, or else the one with its name. An id that
//! is found under another name is a rename.

use std::collections::{HashMap, HashSet};

use super::entry::Entry;
use super::mistake::Mistake;
use super::want::Base;
use crate::backend::{BackendError, Place};
use crate::domain::{Connection, ConnectionId, Summary};
use crate::text::{fold, shown};

/// Ids named at most.
const SHOWN: usize = 5;

/// A record with what it changes.
pub(super) struct Matched<'e> {
    pub(super) entry: &'e Entry,
    pub(super) base: Base,
    /// Why it was not matched by its id.
    pub(super) note: Option<String>,
}

/// Matches every record, in the order of the records, but for names that one of them frees for
/// another: that one comes first.
pub(super) async fn matched<'e>(
    backend: &Place,
    entries: &'e [Entry],
    mistakes: &mut Vec<Mistake>,
) -> Result<Vec<Matched<'e>>, BackendError> {
    let mut own: Vec<Option<Connection>> = Vec::with_capacity(entries.len());
    let mut claimed: HashMap<ConnectionId, usize> = HashMap::new();
    // What is no id is reported with the rest of the record.
    let known = saved(backend, entries.iter().filter_map(|it| it.id().ok().flatten())).await?;
    for (at, entry) in entries.iter().enumerate() {
        let saved = entry.id().ok().flatten().and_then(|id| known.get(&id).cloned());
        if let Some(saved) = &saved
            && let Some(first) = claimed.insert(saved.id, at).and_then(|it| entries.get(it))
        {
            mistakes.push(entry.mistake("id", format!("{} has this id too", first.place)));
        }
        own.push(saved);
    }
    let renamed = entries.iter().zip(&own).filter(|(entry, own)| !keeps_name(entry, own.as_ref()));
    let (held, holding) = holders(backend, renamed.map(|(entry, _)| entry.name())).await?;
    // The record that frees the name of this one.
    let mut frees: Vec<Option<usize>> = Vec::with_capacity(entries.len());
    for (entry, own) in entries.iter().zip(&mut own) {
        if keeps_name(entry, own.as_ref()) {
            frees.push(None);
            continue;
        }
        let holders = held.get(entry.name()).map_or(&[][..], Vec::as_slice);
        if own.is_none() && holders.len() > 1 {
            frees.push(None);
            mistakes.push(entry.mistake("name", several(holders)));
            continue;
        }
        let holder = holders.first().and_then(|it| holding.get(&it.id)).cloned();
        let other = holder.as_ref().and_then(|it| claimed.get(&it.id)).copied();
        frees.push(other);
        match holder {
            Some(_) if other.is_some() => {}
            Some(holder) if own.is_some() => mistakes.push(entry.mistake("name", taken(&holder))),
            holder if own.is_none() => *own = holder,
            _ => {}
        }
    }
    let gone = gone(backend, entries, &own).await?;
    let order = order(&frees, entries, mistakes);
    let mut pairs: Vec<Option<Matched<'e>>> = entries
        .iter()
        .zip(own)
        .map(|(entry, own)| {
            let note = if own.is_none() { note(entry, &gone) } else { None };
            let base = own.map_or(Base::New, |it| Base::Change(Box::new(it)));
            Some(Matched { entry, base, note })
        })
        .collect();
    Ok(order.into_iter().filter_map(|at| pairs.get_mut(at)?.take()).collect())
}

/// Problems of records that create connections, and whose id is that of one already.
pub(super) async fn not_there(
    backend: &Place,
    entries: &[Entry],
) -> Result<Vec<Mistake>, BackendError> {
    let known = saved(backend, entries.iter().filter_map(|it| it.id().ok().flatten())).await?;
    let mut out = Vec::new();
    for entry in entries {
        let Ok(Some(id)) = entry.id() else { continue };
        if let Some(saved) = known.get(&id) {
            let name = shown(&saved.name);
            out.push(entry.mistake(
                "id",
                format!("is that of {name}: leave it out to create a copy, or use apply to change {name}"),
            ));
        }
    }
    Ok(out)
}

/// The connection with this name, where one has it: a live context may have several.
pub(super) async fn named(backend: &Place, name: &str) -> Result<Option<Connection>, BackendError> {
    let (rows, whole) = holders(backend, std::iter::once(name)).await?;
    let first = rows.into_values().flatten().next();
    Ok(first.and_then(|it| whole.get(&it.id).cloned()))
}

/// Every connection with this name.
/// What is asked for in one call.
const AT_A_TIME: usize = 500;

/// Whether the record leaves its connection the name that it has.
fn keeps_name(entry: &Entry, own: Option<&Connection>) -> bool {
    own.is_some_and(|it| fold(it.name.trim()) == fold(entry.name()))
}

/// The connections that have these names.
async fn holders(
    backend: &Place,
    names: impl Iterator<Item = &str>,
) -> Result<(HashMap<String, Vec<Summary>>, HashMap<ConnectionId, Connection>), BackendError> {
    let names: Vec<String> = names.filter(|it| !it.is_empty()).map(str::to_owned).collect();
    let mut rows = HashMap::with_capacity(names.len());
    for names in names.chunks(AT_A_TIME) {
        let found = backend.named(names.to_vec()).await?;
        rows.extend(names.iter().cloned().zip(found));
    }
    let first = rows.values().filter_map(|it| Some(it.first()?.id));
    let whole = saved(backend, first).await?;
    Ok((rows, whole))
}

/// Those of these connections that are there, whole.
async fn saved(
    backend: &Place,
    ids: impl Iterator<Item = ConnectionId>,
) -> Result<HashMap<ConnectionId, Connection>, BackendError> {
    let ids: Vec<ConnectionId> = ids.collect();
    let mut out = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_A_TIME) {
        let found = backend.connections(ids.to_vec()).await?;
        out.extend(found.into_iter().map(|it| (it.id, it)));
    }
    Ok(out)
}

fn several(rows: &[Summary]) -> String {
    let ids: Vec<String> = rows.iter().take(SHOWN).map(|it| it.id.to_string()).collect();
    let more = match rows.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{} connections have this name: add the id of the one you mean, of {}{more}",
        rows.len(),
        ids.join(", ")
    )
}

fn taken(holder: &Connection) -> String {
    format!(
        "a connection named {} exists already, with the id {}: rename or delete that one first, or choose another name",
        shown(&holder.name),
        holder.id
    )
}

/// The deleted connections, where a record has an id that is not there.
async fn gone(
    backend: &Place,
    entries: &[Entry],
    own: &[Option<Connection>],
) -> Result<HashSet<ConnectionId>, BackendError> {
    let mut unknown = entries
        .iter()
        .zip(own)
        .filter(|(entry, own)| own.is_none() && entry.fields.contains_key("id"));
    if unknown.next().is_none() {
        return Ok(HashSet::new());
    }
    match backend.deleted().await {
        Ok(deleted) => Ok(deleted.into_iter().map(|it| it.row.id).collect()),
        Err(BackendError::Unsupported(_)) => Ok(HashSet::new()),
        Err(error) => Err(error),
    }
}

/// Why a record with an id creates a connection.
fn note(entry: &Entry, gone: &HashSet<ConnectionId>) -> Option<String> {
    let id = entry.id().ok().flatten()?;
    Some(match gone.contains(&id) {
        true => format!(
            "not a rename: the connection {id} is deleted; `jetbridge restore {id}` brings it back"
        ),
        false => format!("not a rename: no connection here has the id {id}"),
    })
}

/// The order in which every name is free when it is needed.
fn order(frees: &[Option<usize>], entries: &[Entry], mistakes: &mut Vec<Mistake>) -> Vec<usize> {
    let mut out = Vec::with_capacity(frees.len());
    let mut done = vec![false; frees.len()];
    for start in 0..frees.len() {
        let (mut chain, mut next) = (Vec::new(), Some(start));
        while let Some(at) = next.filter(|at| done.get(*at) == Some(&false)) {
            if let Some(it) = done.get_mut(at) {
                *it = true;
            }
            chain.push(at);
            next = frees.get(at).copied().flatten();
        }
        if next.is_some_and(|at| chain.contains(&at))
            && let Some(entry) = entries.get(start)
        {
            let message = "these records exchange their names: rename one to a third name first";
            mistakes.push(entry.mistake("name", message));
        }
        out.extend(chain.into_iter().rev());
    }
    out
}
