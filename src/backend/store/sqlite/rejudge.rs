//! Rows that older rules judged: judged again in chunks, while nobody waits. A row is never judged
//! again by an older program.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::backend::store::core::columns::own;
use crate::domain::ConnectionId;
use crate::form::digest;

use super::apply::update_digest;
use super::directory::referenced;
use super::failure::Result;
use super::row::{load, uuid};

/// Bits of findings by level (`domain::health::Bit`), and by which rules each row was judged.
pub(super) const SCHEMA: &str = "
UPDATE connections SET findings =
    ((findings >> 1 & 1) << 59) | ((findings >> 2 & 1) << 57) | ((findings >> 3 & 1) << 55) |
    ((findings >> 17 & 1) << 53) | ((findings >> 4 & 1) << 51) | ((findings >> 5 & 1) << 49) |
    ((findings & 1) << 39) | ((findings >> 6 & 1) << 37) | ((findings >> 7 & 1) << 35) |
    ((findings >> 8 & 1) << 33) | ((findings >> 13 & 1) << 31) | ((findings >> 15 & 1) << 29) |
    ((findings >> 9 & 1) << 27) | ((findings >> 16 & 1) << 19) | ((findings >> 10 & 1) << 17) |
    ((findings >> 11 & 1) << 15) | ((findings >> 12 & 1) << 13) | ((findings >> 31 & 1) << 62);
-- Twice the version of the rules that set them; one less where the directory changed since and an
-- older program left the judgement to a newer one.
ALTER TABLE connections ADD COLUMN judged INTEGER NOT NULL DEFAULT 0;
-- No row is behind this one. It counted forms before.
UPDATE store SET judged_by = 0;
";

/// Rows of a chunk: a few milliseconds, after which whoever waits is served.
const CHUNK: usize = 200;

/// How far judging again has come: the key of the last row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Behind {
    tomb: Vec<u8>,
    name_key: String,
}

/// Where to begin; `None`: every row is judged by the rules of this program or newer ones.
pub(super) fn behind(conn: &Connection) -> Result<Option<Behind>> {
    let judged: i64 = conn.query_row("SELECT judged_by FROM store", [], |row| row.get(0))?;
    Ok((judged < own()).then(Behind::default))
}

/// Notes with every change that rows may be behind newer rules now.
pub(super) fn note(tx: &Transaction<'_>) -> Result<()> {
    tx.prepare_cached("UPDATE store SET judged_by = ?1 WHERE judged_by > ?1")?.execute([own()])?;
    Ok(())
}

/// Judges the next rows again, deleted ones too; gives where to go on, `None` at the end.
pub(super) fn chunk(conn: &mut Connection, from: &Behind) -> Result<Option<Behind>> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let rows = outdated(&tx, from)?;
    for (id, _) in &rows {
        fault!("judge.row");
        judge_row(&tx, *id)?;
    }
    let last = rows.into_iter().next_back().map(|it| it.1);
    let next = if last.is_some() || *from != Behind::default() {
        // After the last row once more from the start: another program may have been there.
        Some(last.unwrap_or_default())
    } else {
        tx.execute("UPDATE store SET judged_by = ?1 WHERE judged_by < ?1", [own()])?;
        None
    };
    fault!("judge.marked");
    tx.commit()?;
    fault!("judge.committed");
    Ok(next)
}

fn outdated(tx: &Transaction<'_>, from: &Behind) -> Result<Vec<(ConnectionId, Behind)>> {
    let mut statement = tx.prepare_cached(
        "SELECT id, tomb, name_key FROM connections
         WHERE judged < ?1 AND (tomb, name_key) > (?2, ?3) ORDER BY tomb, name_key LIMIT ?4",
    )?;
    let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let mut found = statement.query(params![own(), from.tomb, from.name_key, limit])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let at = Behind { tomb: row.get(1)?, name_key: row.get(2)? };
        rows.push((ConnectionId(uuid(row, 0)?), at));
    }
    Ok(rows)
}

fn judge_row(tx: &Transaction<'_>, id: ConnectionId) -> Result<()> {
    match load(tx, id) {
        Ok(Some((record, _))) => {
            update_digest(tx, id, &digest(&record, &referenced(tx, &record.answers)?))
        }
        // What cannot be read says so where it is opened; its row stays as it is.
        Ok(None) | Err(_) => {
            tx.prepare_cached("UPDATE connections SET judged = ?2 WHERE id = ?1")?
                .execute(params![id.0.as_bytes(), own()])?;
            Ok(())
        }
    }
}
