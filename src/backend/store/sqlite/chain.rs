//! The rows of the chain, see [`core::chain`](crate::backend::store::core::chain).

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::failure::Result;
use crate::backend::store::core::chain::{self, Entry, Kind, Mark, Row, START};
use crate::backend::store::core::damaged;
use crate::backend::{BackendError, HistoryEntry};
use crate::domain::ConnectionId;

/// The last entry: its number and its link.
pub(super) fn last(conn: &Connection) -> Result<Option<(u64, [u8; 32])>> {
    let mut statement =
        conn.prepare_cached("SELECT seq, link FROM chain ORDER BY seq DESC LIMIT 1")?;
    let found: Option<(i64, Vec<u8>)> =
        statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.map(|(seq, link)| Ok((u64::try_from(seq).unwrap_or(0), hash(&link)?))).transpose()
}

/// The link of an entry; of number 0 the one before the first.
pub(super) fn link_at(conn: &Connection, seq: u64) -> Result<Option<[u8; 32]>> {
    if seq == 0 {
        return Ok(Some(START));
    }
    let mut statement = conn.prepare_cached("SELECT link FROM chain WHERE seq = ?1")?;
    let found: Option<Vec<u8>> =
        statement.query_row([i64::try_from(seq).unwrap_or(-1)], |row| row.get(0)).optional()?;
    found.map(|it| hash(&it)).transpose()
}

fn hash(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| damaged("a link of the chain is not 32 bytes").into())
}

/// Adds an entry, and before the first one all that a store of before has.
pub(super) fn append(tx: &Transaction<'_>, mark: &Mark<'_>) -> Result<()> {
    if last(tx)?.is_none() {
        adopt(tx)?;
    }
    push(tx, mark)
}

fn push(tx: &Transaction<'_>, mark: &Mark<'_>) -> Result<()> {
    let (seq, before) = last(tx)?.unwrap_or((0, START));
    let seq = seq + 1;
    let link = mark.link(&before, seq);
    tx.prepare_cached(
        "INSERT INTO chain (seq, kind, subject, revision, content, secrets, note, link)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        i64::try_from(seq).unwrap_or(i64::MAX),
        mark.kind.number(),
        mark.subject,
        mark.revision,
        mark.content,
        mark.secrets,
        mark.note,
        link
    ])?;
    Ok(())
}

/// Writes an entry of the history and links it, with the secrets that its connection has then; before
/// the first one all that a store of before has.
pub(super) fn entry(
    tx: &Transaction<'_>,
    id: ConnectionId,
    entry: &HistoryEntry,
    secrets: [u8; 32],
) -> Result<()> {
    if last(tx)?.is_none() {
        adopt(tx)?;
    }
    let changes = serde_json::to_string(&entry.changes)
        .map_err(|error| BackendError::Other(format!("the history cannot be written: {error}")))?;
    let (revision, at) = (entry.revision, entry.at.as_microsecond());
    tx.prepare_cached(
        "INSERT INTO history (connection, revision, at, by, action, changes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![id.0.as_bytes(), revision, at, entry.by, entry.action, changes])?;
    let texts = [entry.by.as_bytes(), entry.action.as_bytes(), changes.as_bytes()];
    let content = chain::content(at, texts);
    push(tx, &Mark { revision, content, secrets, ..Mark::of(Kind::History, id.0.as_bytes()) })
}

fn history(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let text = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_bytes()?);
    let content = chain::content(row.get(2)?, [text(3)?, text(4)?, text(5)?]);
    Ok(Row { connection: row.get(0)?, revision: row.get(1)?, content })
}

fn rows(conn: &Connection) -> Result<Vec<Row>> {
    let mut statement = conn.prepare(
        "SELECT connection, revision, at, by, action, changes FROM history ORDER BY rowid",
    )?;
    Ok(statement.query_map([], history)?.collect::<rusqlite::Result<_>>()?)
}

/// Links everything that a store of before has, in the order in which it was written.
pub(super) fn adopt(tx: &Transaction<'_>) -> Result<()> {
    let (rows, secrets) = (rows(tx)?, secrets(tx)?);
    rows.iter().try_for_each(|row| {
        let Row { connection, revision, content } = row;
        let secrets = secrets.get(connection).copied().unwrap_or(START);
        let mark = Mark::of(Kind::History, connection);
        push(tx, &Mark { revision: *revision, content: *content, secrets, ..mark })
    })
}

/// Which secrets each connection has that has any.
fn secrets(conn: &Connection) -> Result<HashMap<Vec<u8>, [u8; 32]>> {
    let mut statement =
        conn.prepare("SELECT connection, field, version FROM secrets ORDER BY connection, field")?;
    let mut all: HashMap<Vec<u8>, Vec<(String, u32)>> = HashMap::new();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    for row in rows {
        let (connection, secret) = row?;
        all.entry(connection).or_default().push(secret);
    }
    let hash = |it: &[(String, u32)]| chain::secrets(it.iter().map(|it| (it.0.as_str(), it.1)));
    Ok(all.into_iter().map(|(connection, it)| (connection, hash(&it))).collect())
}

/// What in the history is not as it was written. `sealed`: the last entry that the head covers.
pub(super) fn findings(conn: &Connection, sealed: u64) -> Result<Vec<String>> {
    let named = |subject: &[u8]| {
        let name = "SELECT name FROM connections WHERE id = ?1";
        conn.query_row(name, [subject], |row| row.get(0)).ok()
    };
    Ok(chain::findings(&entries(conn, 0)?, rows(conn)?, &secrets(conn)?, sealed, named))
}

/// The last entry about a subject: its number, revision and secrets.
pub(super) fn latest(
    conn: &Connection,
    kind: Kind,
    subject: &[u8],
) -> Result<Option<(u64, u32, [u8; 32])>> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, revision, secrets FROM chain WHERE subject = ?1 AND kind = ?2
         ORDER BY seq DESC LIMIT 1",
    )?;
    let found: Option<(i64, u32, Vec<u8>)> = statement
        .query_row(params![subject, kind.number()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found
        .map(|(seq, revision, secrets)| {
            Ok((u64::try_from(seq).unwrap_or(0), revision, hash(&secrets)?))
        })
        .transpose()
}

fn entries(conn: &Connection, from: u64) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare(
        "SELECT seq, kind, subject, revision, content, secrets, note, link FROM chain
         WHERE seq >= ?1 ORDER BY seq",
    )?;
    let mut rows = statement.query([i64::try_from(from).unwrap_or(i64::MAX)])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, content, secrets, link): (i64, Vec<u8>, Vec<u8>, Vec<u8>) =
            (row.get(0)?, row.get(4)?, row.get(5)?, row.get(7)?);
        all.push(Entry {
            seq: u64::try_from(seq).unwrap_or(0),
            kind: row.get(1)?,
            subject: row.get(2)?,
            revision: row.get(3)?,
            content: hash(&content)?,
            secrets: hash(&secrets)?,
            note: row.get(6)?,
            link: hash(&link)?,
        });
    }
    Ok(all)
}

/// Whether everything from an entry on is linked as it was written: with the last link
/// authenticated, nothing in between was changed.
pub(super) fn holds_since(conn: &Connection, from: u64) -> Result<bool> {
    let Some(before) = link_at(conn, from.saturating_sub(1))? else { return Ok(false) };
    Ok(chain::holds(&entries(conn, from)?, (from.saturating_sub(1), before)))
}
