//! Writing what the core decided.

use super::chain;
use super::db::Tx;
use super::value::sql;
use crate::backend::store::core::columns::{
    moment_column, origin_number, own, side_number, unknown,
};
use crate::backend::store::core::secrets::Sealed;
use crate::backend::store::core::{Op, Result, invalid};
use crate::backend::{BackendError, Stamp};
use crate::domain::health::Digest;
use crate::domain::key::KeyKind;
use crate::domain::{Answers, Connection, ConnectionId, Listed};
use crate::text::fold;

/// Writes the operations in their order.
pub(super) fn apply(tx: &Tx<'_>, ops: &[Op]) -> Result<()> {
    ops.iter().try_for_each(|op| write(tx, op))
}

fn write(tx: &Tx<'_>, op: &Op) -> Result<()> {
    match op {
        Op::Record { record, judged, new: true } => {
            if !insert(tx, record, judged)? {
                return Err(BackendError::Other("the new id is taken: save again".to_owned()));
            }
            write_answers(tx, record)?;
        }
        Op::Record { record, judged, new: false } => {
            update(tx, record, judged);
            write_answers(tx, record)?;
        }
        Op::Answers(record) => write_answers(tx, record)?,
        Op::Delete { id, revision, stamp } => tx.put(sql!(
            "UPDATE jetbridge.connections SET revision = $2, deleted_at = $3, deleted_by = $4
             WHERE id = $1",
            id.0,
            *revision,
            stamp.at.as_microsecond(),
            &stamp.by
        )),
        Op::Restore { id, revision } => tx.put(sql!(
            "UPDATE jetbridge.connections SET revision = $2, deleted_at = NULL, deleted_by = NULL
             WHERE id = $1",
            id.0,
            *revision
        )),
        Op::Purge { id, revision, stamp } => purge(tx, *id, *revision, stamp),
        Op::Seal { id, field, sealed } => seal(tx, *id, field, sealed)?,
        Op::Forget { id, field } => tx.put(sql!(
            "DELETE FROM jetbridge.secrets WHERE connection = $1 AND field = $2",
            id.0,
            field
        )),
        Op::Issued { key, stamp } => tx.put(sql!(
            "INSERT INTO jetbridge.issued_keys (hash, kind, issued_at, issued_by)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            key.hash,
            match key.kind {
                KeyKind::Configuration => "configuration",
                KeyKind::Connection => "connection",
            },
            stamp.at.as_microsecond(),
            &stamp.by
        )),
        Op::Supersede { id, at } => tx.put(sql!(
            "UPDATE jetbridge.key_uses SET superseded_at = $2
             WHERE connection = $1 AND superseded_at IS NULL",
            id.0,
            at.as_microsecond()
        )),
        Op::Use { id, hash, since } => tx.put(sql!(
            "INSERT INTO jetbridge.key_uses (hash, connection, since) VALUES ($1, $2, $3)
             ON CONFLICT (hash, connection) DO UPDATE SET superseded_at = NULL",
            *hash,
            id.0,
            since.as_microsecond()
        )),
        Op::Entry { id, entry, secrets } => chain::entry(tx, *id, entry, *secrets)?,
    }
    Ok(())
}

/// Forgets a connection with everything of it. Only the owner of the store may; a member has no right
/// to take anything out of the history.
fn purge(tx: &Tx<'_>, id: ConnectionId, revision: u32, stamp: &Stamp) {
    chain::purged(tx, id, revision, stamp);
    tx.put(sql!(
        "WITH gone AS (DELETE FROM jetbridge.key_uses WHERE connection = $1 RETURNING hash)
         DELETE FROM jetbridge.issued_keys WHERE hash IN (SELECT hash FROM gone)
             AND NOT EXISTS (SELECT 1 FROM jetbridge.key_uses WHERE key_uses.hash = issued_keys.hash
                 AND connection <> $1)",
        id.0
    ));
    tx.put(sql!("DELETE FROM jetbridge.secrets WHERE connection = $1", id.0));
    tx.put(sql!("DELETE FROM jetbridge.answers WHERE connection = $1", id.0));
    tx.put(sql!("DELETE FROM jetbridge.history WHERE connection = $1", id.0));
    tx.put(sql!("DELETE FROM jetbridge.connections WHERE id = $1", id.0));
}

fn seal(tx: &Tx<'_>, id: ConnectionId, field: &str, sealed: &Sealed) -> Result<()> {
    let Sealed { version, fingerprint, bytes, destination } = sealed;
    let destination = destination.ok_or_else(|| invalid("a secret without its destination"))?;
    tx.put(sql!(
        "INSERT INTO jetbridge.secrets
             (connection, field, version, fingerprint, sealed, destination)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (connection, field) DO UPDATE SET version = excluded.version,
             fingerprint = excluded.fingerprint, sealed = excluded.sealed,
             destination = excluded.destination",
        id.0,
        field,
        *version,
        &fingerprint.0,
        bytes.as_slice(),
        destination
    ));
    Ok(())
}

/// Writes the row of a new connection; `false`: its id is taken.
fn insert(tx: &Tx<'_>, record: &Connection, judged: &Digest) -> Result<bool> {
    let rows = tx.rows(sql!(
        "INSERT INTO jetbridge.connections (id, revision, name_key, name, kind, side, tenant_name,
             credentials, modified_at, modified_by, findings, expires_at, tenant, description,
             origin, created_at, created_by, unknown, judged)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19)
         ON CONFLICT DO NOTHING RETURNING 1::bigint",
        record.id.0,
        record.revision,
        fold(&record.name),
        &record.name,
        i64::from(record.kind.number()),
        side_number(record.side),
        &judged.tenant_name,
        &judged.credentials,
        moment_column(record.modified_at),
        &record.modified_by,
        judged.findings.to_column(),
        judged.expires_at.map(|it| it.as_microsecond()),
        judged.tenant.as_ref().map(|it| it.as_str()),
        &record.description,
        origin_number(record.origin),
        moment_column(record.created_at),
        &record.created_by,
        unknown(record),
        own(),
    ))?;
    Ok(!rows.is_empty())
}

fn update(tx: &Tx<'_>, record: &Connection, judged: &Digest) {
    tx.put(sql!(
        "UPDATE jetbridge.connections SET revision = $2, name_key = $3, name = $4, kind = $5,
             side = $6, modified_at = $7, modified_by = $8, description = $9, unknown = $10,
             judged = 0
         WHERE id = $1",
        record.id.0,
        record.revision,
        fold(&record.name),
        &record.name,
        i64::from(record.kind.number()),
        side_number(record.side),
        moment_column(record.modified_at),
        &record.modified_by,
        &record.description,
        unknown(record)
    ));
    update_digest(tx, record.id, judged);
}

/// Writes what the rules found, when it changed; findings of newer rules stay, and are marked for the
/// program that knows them.
pub(super) fn update_digest(tx: &Tx<'_>, id: ConnectionId, judged: &Digest) {
    tx.put(sql!(
        "UPDATE jetbridge.connections SET tenant_name = $2, credentials = $3, expires_at = $5,
             tenant = $6, findings = CASE WHEN judged > $7 THEN findings ELSE $4 END,
             judged = CASE WHEN judged > $7 THEN (judged - 1) | 1 ELSE $7 END
         WHERE id = $1 AND (tenant_name, credentials, findings, expires_at, tenant, judged)
             IS DISTINCT FROM ($2, $3, $4, $5, $6, $7)",
        id.0,
        &judged.tenant_name,
        &judged.credentials,
        judged.findings.to_column(),
        judged.expires_at.map(|it| it.as_microsecond()),
        judged.tenant.as_ref().map(|it| it.as_str()),
        own()
    ));
}

/// The answers as JSON; `None`: a tenant's name alone lies in a column of the row.
pub(super) fn json(record: &Connection) -> Result<Option<String>> {
    if let Answers::Listed(Listed { live: None, .. }) = record.answers {
        return Ok(None);
    }
    serde_json::to_string(&record.answers)
        .map(Some)
        .map_err(|error| invalid(format!("the answers cannot be written: {error}")))
}

fn write_answers(tx: &Tx<'_>, record: &Connection) -> Result<()> {
    tx.put(match json(record)? {
        None => sql!("DELETE FROM jetbridge.answers WHERE connection = $1", record.id.0),
        Some(json) => sql!(
            "INSERT INTO jetbridge.answers (connection, json) VALUES ($1, $2)
             ON CONFLICT (connection) DO UPDATE SET json = excluded.json",
            record.id.0,
            json
        ),
    });
    Ok(())
}
