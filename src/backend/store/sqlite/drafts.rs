//! Forms in progress. SPEC E5. Everything but a draft's id and time is sealed: what somebody
//! typed and did not save is nobody's business.

use std::collections::HashSet;

use rusqlite::{Connection, Transaction, params};

use crate::backend::FormDraft;
use crate::domain::{ConnectionId, Fingerprint};

use super::super::vault::datakeys::{self, DataKeys};
use super::db::Context;
use super::failure::Result;
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::damaged;
use crate::backend::store::core::draft::{pack, rename, unpack};

/// Every draft, the latest first.
pub(super) fn list(tx: &Transaction<'_>, context: &mut Context) -> Result<Vec<FormDraft>> {
    let mut statement =
        tx.prepare_cached("SELECT id, saved_at, sealed FROM drafts ORDER BY saved_at DESC, id")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, saved_at, sealed): (String, i64, Vec<u8>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let keys = context.needed(tx, "a draft")?;
        let plain = keys.open_draft(&id, saved_at, &sealed)?;
        let (connection, title, content) =
            unpack(&plain).ok_or_else(|| damaged("a draft cannot be read"))?;
        let content = datakeys::text(content, "a draft")?;
        let title = String::from_utf8_lossy(title).into_owned();
        all.push(FormDraft { id, connection, title, content, saved_at: moment(saved_at)? });
    }
    Ok(all)
}

/// Keeps a draft in place of the one with its id.
pub(super) fn keep(tx: &Transaction<'_>, context: &mut Context, draft: &FormDraft) -> Result<()> {
    let saved_at = draft.saved_at.as_microsecond();
    let keys = context.keys_or_make(tx)?;
    let sealed = keys.seal_draft(&draft.id, saved_at, &pack(draft))?;
    tx.prepare_cached(
        "INSERT INTO drafts (id, saved_at, sealed) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET saved_at = excluded.saved_at, sealed = excluded.sealed",
    )?
    .execute(params![draft.id, saved_at, sealed])?;
    Ok(())
}

/// Forgets a draft.
pub(super) fn discard(tx: &Transaction<'_>, id: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM drafts WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Forgets every draft of these connections. Whose a draft is stands sealed in it, so the vault is
/// opened where there is one.
pub(super) fn forget_of(
    tx: &Transaction<'_>,
    context: &mut Context,
    which: &HashSet<ConnectionId>,
) -> Result<()> {
    if which.is_empty() || !any(tx)? {
        return Ok(());
    }
    let keys = context.needed(tx, "a draft")?;
    let mut found = Vec::new();
    each(tx, |id, saved_at, sealed| {
        let plain = keys.open_draft(id, saved_at, sealed)?;
        let (connection, ..) = unpack(&plain).ok_or_else(|| damaged("a draft cannot be read"))?;
        if connection.is_some_and(|it| which.contains(&it)) {
            found.push(id.to_owned());
        }
        Ok(())
    })?;
    found.iter().try_for_each(|id| discard(tx, id))
}

/// Whether there is a draft.
pub(super) fn any(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("SELECT EXISTS (SELECT 1 FROM drafts)", [], |row| row.get(0))?)
}

/// Hands every sealed draft to `work`: id, time and sealed bytes.
pub(super) fn each(
    conn: &Connection,
    mut work: impl FnMut(&str, i64, &[u8]) -> Result<()>,
) -> Result<()> {
    // The ids first: a table is not changed while it is read.
    let mut statement = conn.prepare("SELECT id FROM drafts ORDER BY id")?;
    let ids: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut one = conn.prepare("SELECT saved_at, sealed FROM drafts WHERE id = ?1")?;
    for id in ids {
        let (saved_at, sealed): (i64, Vec<u8>) =
            one.query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        work(&id, saved_at, &sealed)?;
    }
    Ok(())
}

/// Seals every draft with another data key, and says how many there are.
///
/// A draft names the secrets that it keeps by their fingerprints, which change with the keys.
pub(super) fn reseal(
    tx: &Transaction<'_>,
    old: &DataKeys,
    new: &DataKeys,
    fingerprints: &[(Fingerprint, Fingerprint)],
) -> Result<u64> {
    let mut count = 0;
    each(tx, |id, saved_at, sealed| {
        let mut plain = old.open_draft(id, saved_at, sealed)?;
        for (before, after) in fingerprints {
            rename(&mut plain, &format!("\"{}\"", before.0), &format!("\"{}\"", after.0));
        }
        let sealed = new.seal_draft(id, saved_at, &plain)?;
        tx.prepare_cached("UPDATE drafts SET sealed = ?2 WHERE id = ?1")?
            .execute(params![id, sealed])?;
        count += 1;
        fault!("rotate.draft");
        Ok(())
    })?;
    Ok(count)
}
