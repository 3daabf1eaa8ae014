//! Purging: a deleted connection goes for good, with its answers, secrets, keys, history and drafts.
//! SPEC C5; issue 13.
//!
//! What is kept for it outside the store goes too, shortly before the end: a purge that is stopped just
//! then leaves a deleted connection without the ticks of its runbook. What was there is overwritten (`secure_delete`) and leaves the log with the next checkpoint. The
//! chain keeps that it was purged, by whom and when, and the links of its history: hashes, so that the
//! rest of the chain still shows whether it was altered.

use rusqlite::{Connection, Transaction};

use crate::backend::store::core::chain::{Kind, Mark};
use crate::backend::store::core::remove as decided;
use crate::backend::{BackendError, Revision, Stamp};
use crate::domain::removal::Outcome;
use crate::domain::{ConnectionId, Timestamp};

use super::chain;
use super::db::Context;
use super::failure::Result;
use super::row::uuid;
use super::{drafts, remove};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Purges each deletion that still has its revision; one that was restored is left alone.
pub(super) fn purge(
    tx: &Transaction<'_>,
    context: &mut Context,
    which: &[Revision],
) -> Result<Vec<Outcome<BackendError>>> {
    let now = context.stamp();
    let outcomes =
        remove::each(tx, context, which, |found, wanted| Ok(decided::purge(found, wanted, &now)))?;
    fault!("purge.rows");
    let gone = outcomes.iter().filter(|it| it.result.is_ok()).map(|it| it.id).collect();
    drafts::forget_of(tx, context, &gone)?;
    fault!("purge.drafts");
    // Before the end: what stays behind would belong to nobody and never go.
    if let Some(forget) = context.forget.as_ref().filter(|_| !gone.is_empty()) {
        forget(&gone).map_err(BackendError::from)?;
    }
    fault!("purge.beside");
    Ok(outcomes)
}

/// Everything of one connection but its drafts.
pub(super) fn forget(
    tx: &Transaction<'_>,
    id: ConnectionId,
    revision: u32,
    stamp: &Stamp,
) -> Result<()> {
    let key = id.0.as_bytes();
    let note = format!("{} {}", stamp.at, stamp.by);
    // First: a store of before is linked with what it has.
    chain::append(tx, &Mark { revision, note: &note, ..Mark::of(Kind::Purged, key) })?;
    // A key that no other connection uses or used is forgotten with it.
    tx.prepare_cached("DELETE FROM key_uses WHERE connection = ?1 RETURNING hash")?
        .query_map([key], |row| row.get::<_, Vec<u8>>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?
        .iter()
        .try_for_each(|hash| {
            tx.prepare_cached(
                "DELETE FROM issued_keys WHERE hash = ?1
             AND NOT EXISTS (SELECT 1 FROM key_uses WHERE key_uses.hash = issued_keys.hash)",
            )?
            .execute([hash])
            .map(drop)
        })?;
    for table in ["secrets", "answers", "history"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE connection = ?1"))?.execute([key])?;
    }
    fault!("purge.parts");
    tx.prepare_cached("DELETE FROM connections WHERE id = ?1")?.execute([key])?;
    Ok(())
}

/// Deletions that are older than that many days, as they are now.
pub(super) fn due(conn: &Connection, now: Timestamp, days: u32) -> Result<Vec<Revision>> {
    let latest = now.as_microsecond().saturating_sub(i64::from(days).saturating_mul(DAY));
    // The primary key begins with what marks a deleted one.
    let mut statement = conn.prepare_cached(
        "SELECT id, revision FROM connections WHERE tomb > x'' AND deleted_at <= ?1",
    )?;
    let mut rows = statement.query([latest])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(Revision { id: ConnectionId(uuid(row, 0)?), revision: row.get(1)? });
    }
    Ok(all)
}
