//! Issued keys, see [`core::keys`](crate::backend::store::core::keys).

use rusqlite::{OptionalExtension, Transaction};

use crate::backend::store::core::keys::{self, Used};
use crate::backend::store::core::{invalid, secrets::Keys as _};
use crate::backend::store::vault::seal;
use crate::domain::key::{ENTROPY, Key, KeyKind, KeyStanding};
use crate::domain::{ConnectionId, Timestamp};

use super::apply::apply;
use super::db::Context;
use super::failure::Result;
use super::row::uuid;
use crate::backend::store::core::columns::moment;

/// Issues a key.
pub(super) fn issue(tx: &Transaction<'_>, context: &mut Context, kind: KeyKind) -> Result<Key> {
    let entropy: [u8; ENTROPY] = seal::random().map_err(|error| invalid(error.to_string()))?;
    let now = context.stamp();
    let (key, op) = keys::issue(kind, &entropy, context.keys_or_make(tx)?, &now);
    apply(tx, &op)?;
    Ok(key)
}

/// What is known of a key.
pub(super) fn check(tx: &Transaction<'_>, context: &mut Context, key: &Key) -> Result<KeyStanding> {
    let Some(known) = context.keys(tx)? else { return Ok(KeyStanding::Unknown) };
    let hash = known.key_hash(&key.text);
    let issued_at: Option<i64> = tx
        .prepare_cached("SELECT issued_at FROM issued_keys WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    let mut statement = tx.prepare_cached(
        "SELECT id, name, since, superseded_at, deleted_at FROM key_uses
         JOIN connections ON id = connection WHERE hash = ?1",
    )?;
    let mut rows = statement.query([hash])?;
    let mut uses = Vec::new();
    let at = |it: Option<i64>| -> Result<Option<Timestamp>> { Ok(it.map(moment).transpose()?) };
    while let Some(row) = rows.next()? {
        uses.push(Used {
            connection: ConnectionId(uuid(row, 0)?),
            name: row.get(1)?,
            since: moment(row.get(2)?)?,
            superseded_at: at(row.get(3)?)?,
            deleted_at: at(row.get(4)?)?,
        });
    }
    Ok(keys::standing(at(issued_at)?, uses))
}
