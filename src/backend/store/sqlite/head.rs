//! The row of the head, see [`vault::head`](crate::backend::store::vault::head).

use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::backend::store::core::chain::{Kind, Mark, START};
use crate::backend::store::vault::datakeys::DataKeys;
use crate::backend::store::vault::head::Head;

use super::db::Context;
use super::failure::Result;
use super::{chain, opener, rekey};

/// What the step of the schema adds: the head, the chain, and what sealed texts are bound to.
pub(super) const SCHEMA: &str = "
-- Authenticated with the data key; no row until the first secret (see head.rs).
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes BLOB NOT NULL
) STRICT;

-- What was done, each entry linked to the one before (see chain.rs).
CREATE TABLE chain (
    seq INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    subject BLOB NOT NULL,
    revision INTEGER NOT NULL,
    content BLOB NOT NULL,
    secrets BLOB NOT NULL,
    note TEXT NOT NULL,
    link BLOB NOT NULL
) STRICT;
CREATE INDEX chain_by_subject ON chain (subject, seq);

-- SHA-256 of where a secret goes; NULL: sealed before that was bound to it.
ALTER TABLE secrets ADD COLUMN destination BLOB;
ALTER TABLE context_secrets ADD COLUMN destination BLOB;
ALTER TABLE context_secrets ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
";

/// The row of the head.
pub(super) fn row(conn: &Connection) -> Result<Option<Vec<u8>>> {
    let found = conn.prepare_cached("SELECT bytes FROM head")?.query_row([], |row| row.get(0));
    Ok(found.optional()?)
}

/// The head of the store, not authenticated: for whoever cannot open the vault.
pub(super) fn seen(conn: &Connection) -> Result<Option<Head>> {
    Ok(row(conn)?.as_deref().and_then(Head::read))
}

/// Writes the head for these keys over everything that the chain has; the caller hands the bytes to
/// the copy once they are committed.
pub(super) fn write(
    tx: &Transaction<'_>,
    keys: &DataKeys,
    envelope: &[u8],
    epoch: u32,
) -> Result<Vec<u8>> {
    let last = chain::last(tx)?.unwrap_or((0, START));
    let bytes = Head::made(keys, envelope, epoch, last)?;
    tx.execute(
        "INSERT INTO head (one, bytes) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET bytes = ?1",
        [&bytes],
    )?;
    fault!("head.row");
    Ok(bytes)
}

/// Brings the head up to what a transaction did, where the vault is open or opens by itself. A store
/// of before is upgraded: what is sealed gets bound.
pub(super) fn settle(tx: &Transaction<'_>, context: &mut Context) -> Result<()> {
    let Some(envelope) = opener::row(tx)? else { return Ok(()) };
    let before = seen(tx)?;
    let last = chain::last(tx)?.map_or(0, |it| it.0);
    if before.is_some_and(|it| it.covers(last, &envelope)) {
        return Ok(());
    }
    // Whatever is in the way of that is an error of whoever needs a secret, not of this change.
    let Some(keys) = context.at_hand(tx, &envelope) else { return Ok(()) };
    let epoch = before.map_or(1, |it| it.epoch);
    if before.is_none() {
        rekey::bind(tx, keys)?;
        chain::append(tx, &Mark::of(Kind::Vault, keys.store().as_bytes()))?;
        fault!("head.bound");
    }
    let bytes = write(tx, keys, &envelope, epoch)?;
    context.vault.wrote(bytes);
    Ok(())
}

/// Takes the store as it is for the right one, and says why in the chain.
pub(super) fn accept(tx: &Transaction<'_>, context: &mut Context, reason: &str) -> Result<()> {
    // A copy that cannot be read is replaced, too.
    let known = context.vault.known().unwrap_or_default();
    let by = context.actor.clone();
    chain::append(
        tx,
        &Mark { note: &format!("{by}: {reason}"), ..Mark::of(Kind::Accepted, b"accepted") },
    )?;
    let Some(envelope) = opener::row(tx)? else {
        tx.execute("DELETE FROM head", [])?;
        context.vault.forget_outside();
        return Ok(());
    };
    let before = seen(tx)?;
    let epoch = before.iter().chain(&known).map(|it| it.epoch).max().unwrap_or(0);
    let keys = context.vault.unchecked(&envelope)?;
    if before.is_none() {
        rekey::bind(tx, keys)?;
    }
    let bytes = write(tx, keys, &envelope, epoch.saturating_add(1))?;
    context.vault.accepted(bytes);
    Ok(())
}
