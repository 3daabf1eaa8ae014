//! Issued keys, see [`core::keys`](crate::backend::store::core::keys).

use super::apply::apply;
use super::db::{Context, Tx};
use super::value::{column, sql};
use super::vault;
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::keys::{self, Used};
use crate::backend::store::core::{Result, invalid, secrets::Keys as _};
use crate::backend::store::vault::seal;
use crate::domain::key::{ENTROPY, Key, KeyKind, KeyStanding};
use crate::domain::{ConnectionId, Timestamp};

/// Issues a key.
pub(super) fn issue(tx: &Tx<'_>, context: &mut Context, kind: KeyKind) -> Result<Key> {
    let entropy: [u8; ENTROPY] = seal::random().map_err(|error| invalid(error.to_string()))?;
    let now = context.stamp();
    let (key, op) = keys::issue(kind, &entropy, vault::needed(tx, context, "a key")?, &now);
    apply(tx, &[op])?;
    Ok(key)
}

/// What is known of a key.
pub(super) fn check(tx: &Tx<'_>, context: &mut Context, key: &Key) -> Result<KeyStanding> {
    let Some(known) = vault::keys(tx, context)? else { return Ok(KeyStanding::Unknown) };
    let hash = known.key_hash(&key.text);
    let mut answers = tx.all(vec![
        sql!("SELECT issued_at FROM jetbridge.issued_keys WHERE hash = $1", hash),
        sql!(
            "SELECT id, name, since, superseded_at, deleted_at FROM jetbridge.key_uses
             JOIN jetbridge.connections ON id = connection WHERE hash = $1",
            hash
        ),
    ])?;
    let at = |it: Option<i64>| -> Result<Option<Timestamp>> { it.map(moment).transpose() };
    let (uses, issued) = (answers.pop().unwrap_or_default(), answers.pop().unwrap_or_default());
    let issued = issued.first().map(|row| column(row, 0)).transpose()?;
    let used = |row| {
        Ok(Used {
            connection: ConnectionId(column(row, 0)?),
            name: column(row, 1)?,
            since: moment(column(row, 2)?)?,
            superseded_at: at(column(row, 3)?)?,
            deleted_at: at(column(row, 4)?)?,
        })
    };
    let uses = uses.iter().map(used).collect::<Result<_>>()?;
    Ok(keys::standing(at(issued)?, uses))
}
