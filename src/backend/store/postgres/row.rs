//! Between the columns and the domain.

use tokio_postgres::Row;

use super::db::Tx;
use super::value::{Statement, column, number, sql};
use crate::backend::Stamp;
use crate::backend::store::core::columns::{CHANGE, moment, origin, seconds, side};
use crate::backend::store::core::secrets::{Sealed, Secrets};
use crate::backend::store::core::{Found, Result, damaged};
use crate::domain::health::Findings;
use crate::domain::{
    Answers, Connection as Record, ConnectionId, ConnectionType, Fingerprint, Listed, Summary,
};
use crate::text::Texts;

/// A query of rows of the list, in the order of columns that [`summary`] reads.
macro_rules! summaries {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, kind, side, tenant_name, credentials, modified_at, modified_by,
                 findings, expires_at, revision, unknown, deleted_at, deleted_by
             FROM jetbridge.connections ",
            $rest
        )
    };
}
pub(super) use summaries;

/// A row of the list.
pub(super) fn summary(row: &Row, texts: &mut Texts) -> Result<Summary> {
    let expires: Option<i64> = column(row, 9)?;
    let unknown: u32 = number(row, 11)?;
    let modified = (unknown & CHANGE == 0).then(|| column(row, 6)).transpose()?;
    let name: &str = column(row, 1)?;
    Ok(Summary {
        id: ConnectionId(column(row, 0)?),
        name: name.into(),
        kind: ConnectionType::from_number(number(row, 2)?),
        side: side(column(row, 3)?, unknown)?,
        tenant: texts.share(column(row, 4)?),
        credentials: texts.share(column(row, 5)?),
        modified_at: modified.map(seconds),
        modified_by: texts.share(column(row, 7)?),
        findings: Findings::from_column(column(row, 8)?),
        expires_at: expires.map(seconds),
        revision: number(row, 10)?,
    })
}

/// The rows of whole connections, deleted or not.
pub(super) fn loading(ids: &[ConnectionId]) -> Statement {
    sql!(
        "SELECT id, revision, name, description, kind, side, origin, created_at, created_by,
                modified_at, modified_by, tenant_name, json, deleted_at IS NOT NULL, unknown
         FROM jetbridge.connections LEFT JOIN jetbridge.answers ON connection = id
         WHERE id = ANY ($1)",
        ids.iter().map(|it| it.0).collect::<Vec<_>>()
    )
}

/// A whole connection, deleted or not, and whether it is deleted.
pub(super) fn load(tx: &Tx<'_>, id: ConnectionId) -> Result<Option<(Record, bool)>> {
    tx.rows(loading(&[id]))?.first().map(record).transpose()
}

/// A row of [`loading`].
pub(super) fn record(row: &Row) -> Result<(Record, bool)> {
    let id = ConnectionId(column(row, 0)?);
    let json: Option<&str> = column(row, 12)?;
    let unknown: u32 = number(row, 14)?;
    let modified = (unknown & CHANGE == 0).then(|| column(row, 9)).transpose()?;
    let answers = match json {
        None => Answers::Listed(Listed { tenant: column(row, 11)?, live: None }),
        Some(json) => serde_json::from_str(json)
            .map_err(|error| damaged(format!("the answers of {id} cannot be read: {error}")))?,
    };
    let record = Record {
        id,
        revision: number(row, 1)?,
        name: column(row, 2)?,
        description: column(row, 3)?,
        kind: ConnectionType::from_number(number(row, 4)?),
        side: side(column(row, 5)?, unknown)?,
        answers,
        origin: origin(column(row, 6)?)?,
        created_at: Some(moment(column(row, 7)?)?),
        created_by: column(row, 8)?,
        modified_at: modified.map(moment).transpose()?,
        modified_by: column(row, 10)?,
    };
    Ok((record, column(row, 13)?))
}

/// A connection, deleted or not, with all that the core needs to change it.
pub(super) fn found(tx: &Tx<'_>, id: ConnectionId) -> Result<Option<Found>> {
    Ok(all_found(tx, &[id])?.pop())
}

/// Those of these connections that are there, in the same order: in one round trip.
pub(super) fn all_found(tx: &Tx<'_>, ids: &[ConnectionId]) -> Result<Vec<Found>> {
    let keys = || ids.iter().map(|it| it.0).collect::<Vec<_>>();
    let mut answers = tx.all(vec![
        loading(ids),
        sql!(
            "SELECT DISTINCT ON (connection) connection, at, by FROM jetbridge.history
             WHERE connection = ANY ($1) ORDER BY connection, revision DESC",
            keys()
        ),
        sql!(
            "SELECT connection, field, version, fingerprint, sealed, destination
             FROM jetbridge.secrets WHERE connection = ANY ($1)",
            keys()
        ),
    ])?;
    let (secrets, lasts, records) = (answers.pop(), answers.pop(), answers.pop());
    let mut all = std::collections::HashMap::new();
    for row in records.unwrap_or_default() {
        let (record, deleted) = record(&row)?;
        let id = record.id;
        all.insert(id, Found { record, deleted, last: None, secrets: Secrets::new() });
    }
    for row in lasts.unwrap_or_default() {
        if let Some(found) = all.get_mut(&ConnectionId(column(&row, 0)?)) {
            found.last = Some(Stamp { at: moment(column(&row, 1)?)?, by: column(&row, 2)? });
        }
    }
    for row in secrets.unwrap_or_default() {
        if let Some(found) = all.get_mut(&ConnectionId(column(&row, 0)?)) {
            let destination: &[u8] = column(&row, 5)?;
            let sealed = Sealed {
                version: number(&row, 2)?,
                fingerprint: Fingerprint(column(&row, 3)?),
                bytes: column(&row, 4)?,
                // What is no hash fits nowhere.
                destination: Some(destination.try_into().unwrap_or([0; 32])),
            };
            found.secrets.insert(column(&row, 1)?, sealed);
        }
    }
    Ok(ids.iter().filter_map(|id| all.remove(id)).collect())
}
