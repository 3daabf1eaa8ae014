//! Copying a whole store into another one: connections with history and secrets, issued keys, directory, the
//! drafts of this person. The source is only read. What is there already as it should be is left, so a copy
//! that was broken off goes on, with what changed in the source since; what was changed in the target is never
//! overwritten. SPEC S5.

use std::collections::{HashMap, HashSet};

use crate::backend::store::{Moved, Moving};
use crate::backend::{BackendError, FormDraft};
use crate::domain::{ConnectionId, DirectoryObject, Fingerprint, ObjectKind, Secret};

/// Connections that are copied in one transaction.
const TOGETHER: usize = 200;
/// Most names that are listed.
const MOST: usize = 20;

/// What was copied, and read back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Connections, deleted ones too.
    pub(crate) connections: usize,
    /// Of these, those that were there already.
    pub(crate) already: usize,
    /// Of these, those that were there as they had been before.
    pub(crate) changed: usize,
    /// Of these, those that are deleted.
    pub(crate) deleted: usize,
    /// Their secrets.
    pub(crate) secrets: usize,
    /// Entries of the history.
    pub(crate) entries: usize,
    /// Issued keys.
    pub(crate) keys: usize,
    /// Objects of the directory.
    pub(crate) objects: usize,
    /// Drafts of this person.
    pub(crate) drafts: usize,
}

/// Why a copy ended.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Both are the same store.
    Same,
    /// The history of the source is not as it was written.
    History(Vec<String>),
    /// These are in the target, and differ.
    Differ(Vec<String>),
    /// Read back, these are not as they are in the source.
    Unlike(Vec<String>),
    /// The source.
    Source(BackendError),
    /// The target.
    Target(BackendError),
}

/// What would be copied.
///
/// # Errors
/// As for [`copy`], for what can be known before.
pub(crate) async fn plan(from: &dyn Moving, to: &dyn Moving) -> Result<Copied, Stop> {
    let (ids, there) = begin(from, to).await?;
    let (already, changed) = each(from, to, &ids, &there, false).await?;
    Ok(Copied { connections: ids.len(), already, changed, ..Copied::default() })
}

async fn begin(
    from: &dyn Moving,
    to: &dyn Moving,
) -> Result<(Vec<ConnectionId>, HashSet<ConnectionId>), Stop> {
    let whose = from.place().identity().await.map_err(Stop::Source)?;
    if whose == to.place().identity().await.map_err(Stop::Target)? {
        return Err(Stop::Same);
    }
    let problems = from.check_history().await.map_err(Stop::Source)?;
    if !problems.is_empty() {
        return Err(Stop::History(problems));
    }
    from.check_sealed().await.map_err(Stop::Source)?;
    let ids = from.ids().await.map_err(Stop::Source)?;
    Ok((ids, to.ids().await.map_err(Stop::Target)?.into_iter().collect()))
}

/// Copies everything, and reads it back.
///
/// # Errors
/// [`Stop`]; what was copied until then stays, and another run goes on from there.
pub(crate) async fn copy(from: &dyn Moving, to: &dyn Moving) -> Result<Copied, Stop> {
    let (ids, there) = begin(from, to).await?;
    let issued = from.issued().await.map_err(Stop::Source)?;
    let keys = issued.rows.len();
    to.adopt(issued).await.map_err(Stop::Target)?;
    let (already, changed) = each(from, to, &ids, &there, true).await?;
    let objects = objects(from, to).await?;
    let (mut done, renamed) = verify(from, to, &ids).await?;
    done.drafts = drafts(from, to, &renamed).await?;
    let kept = to.issued().await.map_err(Stop::Target)?;
    let missing = from.issued().await.map_err(Stop::Source)?;
    if !missing.rows.iter().all(|it| kept.rows.contains(it)) {
        return Err(Stop::Unlike(vec!["issued keys".to_owned()]));
    }
    Ok(Copied { already, changed, keys, objects, ..done })
}

/// Copies the connections, or only compares those that are there; how many are there as they should be, and how
/// many as they were before. What changed comes first and at once: one may have the name now that another one
/// had, or that a new one has.
async fn each(
    from: &dyn Moving,
    to: &dyn Moving,
    ids: &[ConnectionId],
    there: &HashSet<ConnectionId>,
    writes: bool,
) -> Result<(usize, usize), Stop> {
    let (known, new): (Vec<_>, Vec<_>) = ids.iter().copied().partition(|it| there.contains(it));
    let (mut already, mut changed) = (0, Vec::new());
    for part in known.chunks(TOGETHER) {
        let originals = from.take(part.to_vec()).await.map_err(Stop::Source)?;
        let copies = by_id(to.take(part.to_vec()).await.map_err(Stop::Target)?);
        let (same, differ, behind) = sorted(originals, &copies);
        if !differ.is_empty() {
            return Err(Stop::Differ(differ));
        }
        already += same;
        changed.extend(behind);
    }
    let count = changed.len();
    if !writes {
        return Ok((already, count));
    }
    if !changed.is_empty() {
        to.put(changed).await.map_err(Stop::Target)?;
    }
    for part in new.chunks(TOGETHER) {
        let originals = from.take(part.to_vec()).await.map_err(Stop::Source)?;
        to.put(originals).await.map_err(Stop::Target)?;
    }
    Ok((already, count))
}

fn by_id(all: Vec<Moved>) -> HashMap<ConnectionId, Moved> {
    all.into_iter().map(|it| (it.record.id, it)).collect()
}

/// How many are there as they should be, the names of those that differ, and those whose last changes are
/// missing.
fn sorted(
    originals: Vec<Moved>,
    copies: &HashMap<ConnectionId, Moved>,
) -> (usize, Vec<String>, Vec<Moved>) {
    let (mut same, mut differ, mut behind) = (0, Vec::new(), Vec::new());
    for it in originals {
        match copies.get(&it.record.id) {
            None => behind.push(it),
            Some(copy) if copy.is_copy_of(&it) => same += 1,
            Some(copy) if copy.is_before(&it) => behind.push(it),
            Some(_) => differ.push(it.record.name),
        }
    }
    (same, differ, behind)
}

/// Copies the directory, and reads it back; how many objects there are.
async fn objects(from: &dyn Moving, to: &dyn Moving) -> Result<usize, Stop> {
    let (mut all, mut new): (Vec<DirectoryObject>, Vec<DirectoryObject>) = Default::default();
    for kind in ObjectKind::ALL {
        let there = to.place().objects(kind, None).await.map_err(Stop::Target)?;
        let wanted = from.place().objects(kind, None).await.map_err(Stop::Source)?;
        new.extend(wanted.iter().filter(|it| !there.contains(it)).cloned());
        all.extend(wanted);
    }
    if !new.is_empty() {
        to.place().put_objects(new).await.map_err(Stop::Target)?;
    }
    let mut there = Vec::new();
    for kind in ObjectKind::ALL {
        there.extend(to.place().objects(kind, None).await.map_err(Stop::Target)?);
    }
    let missing = all.iter().filter(|it| !there.contains(it));
    let missing: Vec<String> = missing.map(|it| it.name().to_owned()).take(MOST).collect();
    if missing.is_empty() { Ok(all.len()) } else { Err(Stop::Unlike(missing)) }
}

/// Reads every connection from both, and compares. Fingerprints of before with those of now.
async fn verify(
    from: &dyn Moving,
    to: &dyn Moving,
    ids: &[ConnectionId],
) -> Result<(Copied, Vec<(Fingerprint, Fingerprint)>), Stop> {
    let (mut done, mut renamed, mut unlike) = (Copied::default(), Vec::new(), Vec::new());
    for part in ids.chunks(TOGETHER) {
        let originals = from.take(part.to_vec()).await.map_err(Stop::Source)?;
        let copies = by_id(to.take(part.to_vec()).await.map_err(Stop::Target)?);
        for it in originals {
            done.connections += 1;
            done.deleted += usize::from(it.deleted.is_some());
            done.secrets += it.secrets.len();
            done.entries += it.history.len();
            match copies.get(&it.record.id).filter(|copy| copy.is_copy_of(&it)) {
                Some(copy) => renamed.extend(copy.renamed(&it)),
                None => unlike.push(it.record.name),
            }
        }
    }
    unlike.truncate(MOST);
    if unlike.is_empty() { Ok((done, renamed)) } else { Err(Stop::Unlike(unlike)) }
}

/// Copies the drafts of this person, which name kept secrets by their fingerprints.
async fn drafts(
    from: &dyn Moving,
    to: &dyn Moving,
    renamed: &[(Fingerprint, Fingerprint)],
) -> Result<usize, Stop> {
    let all = from.place().drafts().await.map_err(Stop::Source)?;
    let there = to.place().drafts().await.map_err(Stop::Target)?;
    let renamed: HashMap<&str, &str> =
        renamed.iter().map(|(before, after)| (before.0.as_str(), after.0.as_str())).collect();
    let all: Vec<FormDraft> = all.into_iter().map(|it| rename(it, &renamed)).collect();
    for draft in &all {
        match there.iter().find(|it| it.id == draft.id) {
            Some(found) if found == draft => {}
            Some(found) if found.saved_at > draft.saved_at => {
                return Err(Stop::Differ(vec![format!("draft {}", found.title)]));
            }
            Some(_) | None => to.place().save_draft(draft.clone()).await.map_err(Stop::Target)?,
        }
    }
    let there = to.place().drafts().await.map_err(Stop::Target)?;
    match all.iter().find(|it| !there.contains(it)) {
        Some(missing) => Err(Stop::Unlike(vec![format!("draft {}", missing.title)])),
        None => Ok(all.len()),
    }
}

fn rename(draft: FormDraft, renamed: &HashMap<&str, &str>) -> FormDraft {
    // Between quotation marks only, as answers are written; both have the same length.
    let mut content = String::with_capacity(draft.content.expose().len());
    let mut parts = draft.content.expose().split('"').peekable();
    while let Some(part) = parts.next() {
        content.push_str(renamed.get(part).copied().unwrap_or(part));
        if parts.peek().is_some() {
            content.push('"');
        }
    }
    FormDraft { content: Secret::new(content), ..draft }
}

#[cfg(test)]
mod tests;
