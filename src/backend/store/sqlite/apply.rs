//! Writing what the core decided.

use rusqlite::{Connection as Sql, Transaction, params};

use crate::backend::store::core::keys::Issued;
use crate::backend::store::core::secrets::Sealed;
use crate::backend::store::core::{Op, invalid};
use crate::backend::{BackendError, Stamp};
use crate::domain::health::Digest;
use crate::domain::key::KeyKind;
use crate::domain::{Answers, Connection, ConnectionId, Listed};
use crate::text::fold;

use super::chain;
use super::failure::Result;
use super::purge;
use crate::backend::store::core::columns::{
    moment_column, origin_number, own, side_number, unknown,
};

/// Writes one operation.
pub(super) fn apply(tx: &Transaction<'_>, op: &Op) -> Result<()> {
    match op {
        Op::Record { record, judged, new: true } => {
            if !insert(tx, record, judged)? {
                let text = "the new id is taken: save again".to_owned();
                return Err(BackendError::Other(text).into());
            }
            fault!("save.row");
            write_answers(tx, record)?;
            fault!("save.answers");
        }
        Op::Record { record, judged, new: false } => {
            update(tx, record, judged)?;
            write_answers(tx, record)?;
        }
        Op::Answers(record) => write_answers(tx, record)?,
        Op::Delete { id, revision, stamp } => {
            let (at, by) = (stamp.at.as_microsecond(), &stamp.by);
            tx.prepare_cached(
                "UPDATE connections SET tomb = id, revision = ?2, deleted_at = ?3, deleted_by = ?4
                 WHERE id = ?1",
            )?
            .execute(params![id.0.as_bytes(), revision, at, by])?;
        }
        Op::Restore { id, revision } => {
            tx.prepare_cached(
                "UPDATE connections SET tomb = x'', revision = ?2, deleted_at = NULL,
                     deleted_by = NULL
                 WHERE id = ?1",
            )?
            .execute(params![id.0.as_bytes(), revision])?;
        }
        Op::Purge { id, revision, stamp } => purge::forget(tx, *id, *revision, stamp)?,
        Op::Seal { id, field, sealed } => {
            seal(tx, *id, field, sealed)?;
            fault!("save.secrets");
        }
        Op::Forget { id, field } => {
            tx.prepare_cached("DELETE FROM secrets WHERE connection = ?1 AND field = ?2")?
                .execute(params![id.0.as_bytes(), field])?;
        }
        Op::Issued { key, stamp } => issued(tx, key, stamp)?,
        Op::Supersede { id, at } => {
            tx.prepare_cached(
                "UPDATE key_uses SET superseded_at = ?2
                 WHERE connection = ?1 AND superseded_at IS NULL",
            )?
            .execute(params![id.0.as_bytes(), at.as_microsecond()])?;
        }
        Op::Use { id, hash, since } => {
            tx.prepare_cached(
                "INSERT INTO key_uses (hash, connection, since) VALUES (?1, ?2, ?3)
                 ON CONFLICT (hash, connection) DO UPDATE SET superseded_at = NULL",
            )?
            .execute(params![hash, id.0.as_bytes(), since.as_microsecond()])?;
            fault!("save.keys");
        }
        Op::Entry { id, entry, secrets } => {
            chain::entry(tx, *id, entry, *secrets)?;
            fault!("save.history");
        }
    }
    Ok(())
}

fn seal(tx: &Transaction<'_>, id: ConnectionId, field: &str, sealed: &Sealed) -> Result<()> {
    let Sealed { version, fingerprint, bytes, destination } = sealed;
    tx.prepare_cached(
        "INSERT INTO secrets (connection, field, version, fingerprint, sealed, destination)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (connection, field) DO UPDATE SET version = excluded.version,
             fingerprint = excluded.fingerprint, sealed = excluded.sealed,
             destination = excluded.destination",
    )?
    .execute(params![id.0.as_bytes(), field, version, fingerprint.0, bytes, destination])?;
    Ok(())
}

fn issued(tx: &Transaction<'_>, key: &Issued, stamp: &Stamp) -> Result<()> {
    let kind = match key.kind {
        KeyKind::Configuration => "configuration",
        KeyKind::Connection => "connection",
    };
    tx.prepare_cached(
        "INSERT INTO issued_keys (hash, kind, issued_at, issued_by) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?
    .execute(params![key.hash, kind, stamp.at.as_microsecond(), stamp.by])?;
    Ok(())
}

/// Writes the row of a new connection; `false`: its name or its id is taken.
pub(super) fn insert(conn: &Sql, record: &Connection, judged: &Digest) -> Result<bool> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO connections (id, revision, name_key, name, kind, side, tenant_name,
             credentials, modified_at, modified_by, findings, expires_at, tenant, description,
             origin, created_at, created_by, unknown, judged, tomb)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, x'')
         ON CONFLICT DO NOTHING",
    )?;
    let rows = statement.execute(params![
        record.id.0.as_bytes(),
        record.revision,
        fold(&record.name),
        record.name,
        record.kind.number(),
        side_number(record.side),
        judged.tenant_name,
        judged.credentials,
        moment_column(record.modified_at),
        record.modified_by,
        judged.findings.to_column(),
        judged.expires_at.map(|it| it.as_microsecond()),
        judged.tenant.as_ref().map(|it| it.as_str()),
        record.description,
        origin_number(record.origin),
        moment_column(record.created_at),
        record.created_by,
        unknown(record),
        own(),
    ])?;
    Ok(rows == 1)
}

fn update(conn: &Sql, record: &Connection, judged: &Digest) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "UPDATE connections SET revision = ?2, name_key = ?3, name = ?4, kind = ?5, side = ?6,
             modified_at = ?7, modified_by = ?8, description = ?9, unknown = ?10, judged = 0
         WHERE id = ?1",
    )?;
    statement.execute(params![
        record.id.0.as_bytes(),
        record.revision,
        fold(&record.name),
        record.name,
        record.kind.number(),
        side_number(record.side),
        moment_column(record.modified_at),
        record.modified_by,
        record.description,
        unknown(record),
    ])?;
    update_digest(conn, record.id, judged)
}

/// Writes what the rules found, when it changed; findings of newer rules stay, and are marked for
/// the program that knows them.
pub(super) fn update_digest(conn: &Sql, id: ConnectionId, judged: &Digest) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "UPDATE connections SET tenant_name = ?2, credentials = ?3, expires_at = ?5, tenant = ?6,
             findings = CASE WHEN judged > ?7 THEN findings ELSE ?4 END,
             judged = CASE WHEN judged > ?7 THEN (judged - 1) | 1 ELSE ?7 END
         WHERE id = ?1 AND (tenant_name, credentials, findings, expires_at, tenant, judged)
             IS NOT (?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    statement.execute(params![
        id.0.as_bytes(),
        judged.tenant_name,
        judged.credentials,
        judged.findings.to_column(),
        judged.expires_at.map(|it| it.as_microsecond()),
        judged.tenant.as_ref().map(|it| it.as_str()),
        own(),
    ])?;
    Ok(())
}

pub(super) fn write_answers(conn: &Sql, record: &Connection) -> Result<()> {
    // A tenant's name alone lies in a column of the row.
    if let Answers::Listed(Listed { live: None, .. }) = record.answers {
        conn.prepare_cached("DELETE FROM answers WHERE connection = ?1")?
            .execute([record.id.0.as_bytes()])?;
        return Ok(());
    }
    let json = serde_json::to_string(&record.answers)
        .map_err(|error| invalid(format!("the answers cannot be written: {error}")))?;
    conn.prepare_cached(
        "INSERT INTO answers (connection, json) VALUES (?1, ?2)
         ON CONFLICT (connection) DO UPDATE SET json = excluded.json",
    )?
    .execute(params![record.id.0.as_bytes(), json])?;
    Ok(())
}
