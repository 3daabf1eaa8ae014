//! The sealed secrets of connections, see [`core::secrets`](crate::backend::store::core::secrets).

use rusqlite::{Connection, Transaction};

use crate::backend::BackendError;
use crate::backend::store::core::chain::Kind;
use crate::backend::store::core::secrets::{Renamed, Sealed, Secrets};
use crate::backend::store::core::{Found, Op, damaged};
use crate::backend::store::vault::datakeys::DataKeys;
use crate::domain::{ConnectionId, Fingerprint, Secret};

use super::apply::apply;
use super::chain;
use super::db::Context;
use super::failure::Result;
use super::row::found;

/// The secrets of a connection.
pub(super) fn of(conn: &Connection, id: ConnectionId) -> Result<Secrets> {
    let mut statement = conn.prepare_cached(
        // Once there is a head everything is bound: what is not goes nowhere.
        "SELECT field, version, fingerprint, sealed, CASE
             WHEN destination IS NULL AND EXISTS (SELECT 1 FROM head) THEN zeroblob(32)
             ELSE destination END
         FROM secrets WHERE connection = ?1",
    )?;
    let rows = statement.query_map([id.0.as_bytes()], |row| {
        let destination: Option<Vec<u8>> = row.get(4)?;
        let sealed = Sealed {
            version: row.get(1)?,
            fingerprint: Fingerprint(row.get(2)?),
            bytes: row.get(3)?,
            // What is no hash fits nowhere.
            destination: destination.map(|it| it.try_into().unwrap_or([0; 32])),
        };
        Ok((row.get(0)?, sealed))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Hands every connection that has secrets to `work`.
pub(super) fn each(conn: &Connection, mut work: impl FnMut(&Found) -> Result<()>) -> Result<()> {
    // The ids first: a table is not changed while it is read.
    let mut statement =
        conn.prepare("SELECT DISTINCT connection FROM secrets ORDER BY connection")?;
    let ids = statement.query_map([], |row| row.get(0))?;
    let ids: Vec<Vec<u8>> = ids.collect::<rusqlite::Result<_>>()?;
    ids.iter().try_for_each(|id| {
        let id = uuid::Uuid::from_slice(id).map_err(|_| damaged("an id is not 16 bytes"))?;
        let found = found(conn, ConnectionId(id))?;
        work(&found.ok_or_else(|| damaged("a secret belongs to nothing"))?)
    })
}

/// Seals every secret of before secrets were bound for where it goes by the answers.
pub(super) fn bind(tx: &Transaction<'_>, keys: &DataKeys) -> Result<()> {
    each(tx, |found| {
        let (ops, _) = found.seal_again(keys, keys, |it| it.destination.is_none())?;
        ops.iter().try_for_each(|op| {
            apply(tx, op)?;
            fault!("head.secret");
            Ok(())
        })
    })
}

/// What sealing every secret with other keys came to.
#[derive(Default)]
pub(super) struct Resealed {
    /// Connection and field of each, by name.
    pub(super) all: Vec<String>,
    pub(super) fingerprints: Renamed,
}

/// Seals every secret with other keys. Its fingerprint changes with them, in the answers too.
pub(super) fn reseal(tx: &Transaction<'_>, old: &DataKeys, new: &DataKeys) -> Result<Resealed> {
    let mut done = Resealed::default();
    each(tx, |found| {
        let (ops, fingerprints) = found.seal_again(old, new, |_| true)?;
        done.fingerprints.extend(fingerprints);
        for op in &ops {
            apply(tx, op)?;
            if let Op::Seal { field, .. } = op {
                done.all.push(found.named(field));
                fault!("rotate.secret");
            } else {
                fault!("rotate.answers");
            }
        }
        Ok(())
    })?;
    Ok(done)
}

/// The text of a stored secret.
pub(super) fn reveal(
    tx: &Transaction<'_>,
    context: &mut Context,
    id: ConnectionId,
    field: &str,
) -> Result<Secret> {
    let found = found(tx, id)?.filter(|it| !it.deleted).ok_or(BackendError::NotFound)?;
    // Before anybody is asked for a key.
    found.secret(field)?;
    let secret = found.reveal(field, context.needed(tx, field)?)?;
    if let Some((seq, _, linked)) = chain::latest(tx, Kind::History, id.0.as_bytes())? {
        found.is_current(field, linked, chain::holds_since(tx, seq)?)?;
    }
    Ok(secret)
}
