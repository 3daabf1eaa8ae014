//! Between the columns and the domain.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::domain::health::Findings;
use crate::domain::{Answers, Connection as Record, ConnectionId, ConnectionType, Listed, Summary};
use crate::text::Texts;

use super::failure::Result;
use super::{history, secrets};
use crate::backend::store::core::columns::{CHANGE, moment, origin, seconds, side};
use crate::backend::store::core::{Found, damaged};

/// Columns of a row of the list, in the order that [`summary`] reads them.
pub(super) const SUMMARY: &str = "id, name, kind, side, tenant_name, credentials, modified_at, \
     modified_by, findings, expires_at, revision, unknown";

/// A row of the list; the query begins with [`SUMMARY`].
pub(super) fn summary(row: &Row<'_>, texts: &mut Texts) -> Result<Summary> {
    let expires: Option<i64> = row.get(9)?;
    let unknown: u32 = row.get(11)?;
    let modified = (unknown & CHANGE == 0).then(|| row.get(6)).transpose()?;
    Ok(Summary {
        id: ConnectionId(uuid(row, 0)?),
        name: text(row, 1)?.into(),
        kind: ConnectionType::from_number(row.get(2)?),
        side: side(row.get(3)?, unknown)?,
        tenant: texts.share(text(row, 4)?),
        credentials: texts.share(text(row, 5)?),
        modified_at: modified.map(seconds),
        modified_by: texts.share(text(row, 7)?),
        findings: Findings::from_column(row.get(8)?),
        expires_at: expires.map(seconds),
        revision: row.get(10)?,
    })
}

/// A text column without copying it.
pub(super) fn text<'a>(row: &'a Row<'_>, at: usize) -> Result<&'a str> {
    match row.get_ref(at)? {
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| damaged("a text is not valid UTF-8").into())
        }
        _ => Err(damaged("a column holds no text").into()),
    }
}

/// An id column.
pub(super) fn uuid(row: &Row<'_>, at: usize) -> Result<Uuid> {
    match row.get_ref(at)? {
        ValueRef::Blob(bytes) => {
            Uuid::from_slice(bytes).map_err(|_| damaged("an id is not 16 bytes").into())
        }
        _ => Err(damaged("a column holds no id").into()),
    }
}

/// A connection, deleted or not, with all that the core needs to change it.
pub(super) fn found(conn: &Connection, id: ConnectionId) -> Result<Option<Found>> {
    let Some((record, deleted)) = load(conn, id)? else { return Ok(None) };
    let (last, secrets) = (history::last(conn, id)?, secrets::of(conn, id)?);
    Ok(Some(Found { record, deleted, last, secrets }))
}

/// A whole connection, deleted or not, and whether it is deleted.
pub(super) fn load(conn: &Connection, id: ConnectionId) -> Result<Option<(Record, bool)>> {
    work!();
    let mut statement = conn.prepare_cached(
        "SELECT revision, name, description, kind, side, origin, created_at, created_by,
                modified_at, modified_by, tenant_name, json, deleted_at IS NOT NULL, unknown
         FROM connections LEFT JOIN answers ON connection = id WHERE id = ?1",
    )?;
    // Two layers of errors: SQLite's by the closure, ours as its value.
    let found = statement.query_row([id.0.as_bytes()], |row| Ok(record(row, id))).optional()?;
    found.transpose()
}

fn record(row: &Row<'_>, id: ConnectionId) -> Result<(Record, bool)> {
    let json: Option<String> = row.get(11)?;
    let unknown: u32 = row.get(13)?;
    let modified = (unknown & CHANGE == 0).then(|| row.get(8)).transpose()?;
    let answers = match json {
        None => Answers::Listed(Listed { tenant: row.get(10)?, live: None }),
        Some(json) => serde_json::from_str(&json)
            .map_err(|error| damaged(format!("the answers of {id} cannot be read: {error}")))?,
    };
    let record = Record {
        id,
        revision: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        kind: ConnectionType::from_number(row.get(3)?),
        side: side(row.get(4)?, unknown)?,
        answers,
        origin: origin(row.get(5)?)?,
        created_at: Some(moment(row.get(6)?)?),
        created_by: row.get(7)?,
        modified_at: modified.map(moment).transpose()?,
        modified_by: row.get(9)?,
    };
    Ok((record, row.get(12)?))
}
