//! Saving a connection: checks, secrets, keys and history in one transaction. SPEC G12, D17.

use rusqlite::{Connection as Sql, Transaction, params};

use crate::backend::{BackendError, SaveRequest, Stamp};
use crate::domain::change::changes;
use crate::domain::health::Digest;
use crate::domain::rules::{self, DESCRIPTION_MAX};
use crate::domain::{Answers, Connection, ConnectionId, Draft, Listed, Origin, Timestamp};
use crate::form::{digest, replaces};
use crate::text::fold;

use super::db::Context;
use super::failure::Result;
use super::history::{self, Action};
use super::row::{load, micros, origin_number, side_number, unknown};
use super::{directory, keys, list, remove, secrets};
use crate::backend::store::core::invalid;

/// Makes or changes a connection.
pub(super) fn save(
    tx: &Transaction<'_>,
    context: &mut Context,
    request: SaveRequest,
) -> Result<Connection> {
    let SaveRequest { target, draft, secrets_from, restore, stamp } = request;
    let draft = checked(draft)?;
    let (mut deleted, mut before) = (false, None);
    if let Some(target) = target {
        let (found, is_deleted) = load(tx, target.id)?.ok_or(BackendError::NotFound)?;
        if found.revision != target.revision || is_deleted && !restore {
            return Err(history::latest(tx, &found, is_deleted)?.into());
        }
        (deleted, before) = (is_deleted, Some(found));
    }
    replaces(&draft, before.as_ref()).map_err(invalid)?;
    let owner = before.as_ref().map(|it| it.id);
    if let Some((id, name)) = list::named(tx, &fold(&draft.name))?
        && Some(id) != owner
    {
        return Err(BackendError::NameTaken { name, id }.into());
    }
    if let Some(found) = before.as_mut().filter(|_| deleted) {
        remove::note(tx, context, found, Action::Restored)?;
        found.revision += 1;
    }
    let mut record = compose(context, draft, before.as_ref(), stamp);
    let plan = secrets::plan(tx, context, &mut record, owner, secrets_from)?;
    let judged = digest(&record, &directory::referenced(tx, &record.answers)?);
    let action = match &before {
        None => {
            if !insert(tx, &record, &judged)? {
                return Err(BackendError::Other("the new id is taken: save again".into()).into());
            }
            if record.origin == Origin::Imported { Action::Imported } else { Action::Created }
        }
        Some(before) => {
            history::keep_import(tx, before)?;
            update(tx, &record, &judged)?;
            if deleted {
                // After its name: that of before may be another's by now.
                remove::bring_back(tx, record.id, record.revision)?;
            }
            Action::Changed
        }
    };
    fault!("save.row");
    write_answers(tx, &record)?;
    fault!("save.answers");
    plan.write(tx, &record)?;
    fault!("save.secrets");
    keys::take(tx, context, &record, &plan.key)?;
    fault!("save.keys");
    let entry = history::entry(action, &record, changes(before.as_ref(), Some(&record)));
    history::write(tx, record.id, &entry)?;
    fault!("save.history");
    Ok(record)
}

/// The draft with its texts in canonical form.
fn checked(mut draft: Draft) -> Result<Draft> {
    draft.name = rules::name(&draft.name).map_err(|it| invalid(format!("name: {it}")))?;
    draft.description = rules::printable(&draft.description, DESCRIPTION_MAX)
        .map_err(|it| invalid(format!("description: {it}")))?;
    Ok(draft)
}

fn compose(
    context: &Context,
    draft: Draft,
    before: Option<&Connection>,
    stamp: Option<Stamp>,
) -> Connection {
    // A new record with a stamp comes from a file.
    let origin = if stamp.is_some() { Origin::Imported } else { Origin::Local };
    let (at, by) = match stamp {
        Some(stamp) => (micros(stamp.at), stamp.by),
        None => (context.now(), context.actor.clone()),
    };
    Connection {
        id: before.map_or_else(|| ConnectionId(context.new_id()), |it| it.id),
        revision: before.map_or(1, |it| it.revision + 1),
        name: draft.name,
        description: draft.description,
        kind: draft.kind,
        side: draft.side,
        answers: draft.answers,
        origin: before.map_or(origin, |it| it.origin),
        created_at: before.map_or(Some(at), |it| it.created_at),
        created_by: before.map_or_else(|| by.clone(), |it| it.created_by.clone()),
        modified_at: Some(at),
        modified_by: by,
    }
}

/// Writes the row of a new connection; `false`: its name or its id is taken.
pub(super) fn insert(conn: &Sql, record: &Connection, judged: &Digest) -> Result<bool> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO connections (id, revision, name_key, name, kind, side, tenant_name,
             credentials, modified_at, modified_by, findings, expires_at, tenant, description,
             origin, created_at, created_by, unknown, tomb)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             x'')
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
        judged.findings.0,
        judged.expires_at.map(|it| it.as_microsecond()),
        judged.tenant.as_ref().map(|it| it.as_str()),
        record.description,
        origin_number(record.origin),
        moment_column(record.created_at),
        record.created_by,
        unknown(record),
    ])?;
    Ok(rows == 1)
}

fn update(conn: &Sql, record: &Connection, judged: &Digest) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "UPDATE connections SET revision = ?2, name_key = ?3, name = ?4, kind = ?5, side = ?6,
             modified_at = ?7, modified_by = ?8, description = ?9, unknown = ?10 WHERE id = ?1",
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

/// A moment in its column; the column `unknown` tells that it is none.
fn moment_column(at: Option<Timestamp>) -> i64 {
    at.unwrap_or_default().as_microsecond()
}

/// Writes what the rules found, when it changed.
pub(super) fn update_digest(conn: &Sql, id: ConnectionId, judged: &Digest) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "UPDATE connections SET tenant_name = ?2, credentials = ?3, findings = ?4,
             expires_at = ?5, tenant = ?6
         WHERE id = ?1 AND (tenant_name, credentials, findings, expires_at, tenant)
             IS NOT (?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![
        id.0.as_bytes(),
        judged.tenant_name,
        judged.credentials,
        judged.findings.0,
        judged.expires_at.map(|it| it.as_microsecond()),
        judged.tenant.as_ref().map(|it| it.as_str()),
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
