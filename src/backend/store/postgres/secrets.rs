//! The sealed secrets of connections, see [`core::secrets`](crate::backend::store::core::secrets).

use super::apply::apply;
use super::chain;
use super::db::{Context, Tx};
use super::row::{all_found, found};
use super::value::{column, sql};
use super::vault;
use crate::backend::BackendError;
use crate::backend::store::core::chain::Kind;
use crate::backend::store::core::secrets::Renamed;
use crate::backend::store::core::{Found, Op, Result};
use crate::backend::store::vault::datakeys::DataKeys;
use crate::domain::{ConnectionId, Secret};

/// Every connection that has secrets.
pub(super) fn all(tx: &Tx<'_>) -> Result<Vec<Found>> {
    let rows =
        tx.rows(sql!("SELECT DISTINCT connection FROM jetbridge.secrets ORDER BY connection"))?;
    let ids: Vec<ConnectionId> =
        rows.iter().map(|row| column(row, 0).map(ConnectionId)).collect::<Result<_>>()?;
    all_found(tx, &ids)
}

/// Seals every secret with other keys. Its fingerprint changes with them, in the answers too. The name
/// of the connection and the field of each, and the fingerprints of before with those of now.
pub(super) fn seal_again(
    tx: &Tx<'_>,
    old: &DataKeys,
    new: &DataKeys,
) -> Result<(Vec<String>, Renamed)> {
    let (mut names, mut fingerprints) = (Vec::new(), Renamed::new());
    for found in all(tx)? {
        let (ops, renamed) = found.seal_again(old, new, |_| true)?;
        fingerprints.extend(renamed);
        names.extend(ops.iter().filter_map(|op| match op {
            Op::Seal { field, .. } => Some(found.named(field)),
            _ => None,
        }));
        apply(tx, &ops)?;
    }
    Ok((names, fingerprints))
}

/// The text of a stored secret.
pub(super) fn reveal(
    tx: &Tx<'_>,
    context: &mut Context,
    id: ConnectionId,
    field: &str,
) -> Result<Secret> {
    let found = found(tx, id)?.filter(|it| !it.deleted).ok_or(BackendError::NotFound)?;
    // Before anybody is asked for a key.
    found.secret(field)?;
    let secret = found.reveal(field, vault::needed(tx, context, field)?)?;
    if let Some((seq, linked)) = chain::latest(tx, Kind::History, id.0.as_bytes())? {
        found.is_current(field, linked, chain::holds_since(tx, seq)?)?;
    }
    chain::intact(tx, id, &found.record.name)?;
    Ok(secret)
}
