//! The rows of the chain, see [`core::chain`](crate::backend::store::core::chain).

use std::collections::HashMap;

use tokio_postgres::Row as Columns;

use super::db::Tx;
use super::value::{Value, column, hash, number, sql};
use crate::backend::store::core::Result;
use crate::backend::store::core::chain::{self, Entry, Kind, Mark, Row, START};
use crate::backend::{BackendError, HistoryEntry, Stamp};
use crate::domain::ConnectionId;

/// Adds an entry; the transaction holds the store, so nobody adds another one at the same time.
pub(super) fn append(tx: &Tx<'_>, mark: &Mark<'_>) {
    let (seq, before) = *tx.last.borrow();
    let seq = seq + 1;
    let link = mark.link(&before, seq);
    tx.put(sql!(
        "INSERT INTO jetbridge.chain (seq, kind, subject, revision, content, secrets, note, link)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        seq,
        mark.kind.number(),
        mark.subject,
        mark.revision,
        mark.content,
        mark.secrets,
        mark.note,
        link
    ));
    tx.last.replace((seq, link));
}

/// A connection was purged with its history.
pub(super) fn purged(tx: &Tx<'_>, id: ConnectionId, revision: u32, stamp: &Stamp) {
    let note = format!("{} {}", stamp.at, stamp.by);
    append(tx, &Mark { revision, note: &note, ..Mark::of(Kind::Purged, id.0.as_bytes()) });
}

/// Writes an entry of the history and links it, with the secrets that its connection has then.
pub(super) fn entry(
    tx: &Tx<'_>,
    id: ConnectionId,
    entry: &HistoryEntry,
    secrets: [u8; 32],
) -> Result<()> {
    let changes = serde_json::to_string(&entry.changes)
        .map_err(|error| BackendError::Other(format!("the history cannot be written: {error}")))?;
    let (revision, at) = (entry.revision, entry.at.as_microsecond());
    let texts = [entry.by.as_bytes(), entry.action.as_bytes(), changes.as_bytes()];
    let content = chain::content(at, texts);
    tx.put(sql!(
        "INSERT INTO jetbridge.history (connection, revision, at, by, action, changes)
         VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        revision,
        at,
        &entry.by,
        &entry.action,
        changes
    ));
    append(tx, &Mark { revision, content, secrets, ..Mark::of(Kind::History, id.0.as_bytes()) });
    Ok(())
}

/// The last entry about a subject: its number and its secrets.
pub(super) fn latest(tx: &Tx<'_>, kind: Kind, subject: &[u8]) -> Result<Option<(u64, [u8; 32])>> {
    let rows = tx.rows(sql!(
        "SELECT seq, secrets FROM jetbridge.chain WHERE subject = $1 AND kind = $2
         ORDER BY seq DESC LIMIT 1",
        subject,
        kind.number()
    ))?;
    rows.first().map(|row| Ok((number(row, 0)?, hash(row, 1)?))).transpose()
}

/// Refuses a connection whose history is not as it was written, but for what somebody took for right.
pub(super) fn intact(tx: &Tx<'_>, id: ConnectionId, name: &str) -> Result<()> {
    let mut answers = tx.all(vec![
        sql!(
            "SELECT revision, at, by, action, changes FROM jetbridge.history WHERE connection = $1",
            id.0
        ),
        sql!(
            "SELECT revision, content, seq > coalesce((SELECT max(seq) FROM jetbridge.chain
                 WHERE kind = $3), 0) FROM jetbridge.chain WHERE subject = $1 AND kind = $2",
            &id.0.as_bytes()[..],
            Kind::History.number(),
            Kind::Accepted.number()
        ),
    ])?;
    let (linked, rows) = (answers.pop().unwrap_or_default(), answers.pop().unwrap_or_default());
    let mut found: HashMap<u32, [u8; 32]> = HashMap::new();
    for row in rows {
        let text = |at: usize| column::<&str>(&row, at).map(str::as_bytes);
        let content = chain::content(column(&row, 1)?, [text(2)?, text(3)?, text(4)?]);
        found.insert(number(&row, 0)?, content);
    }
    let refused = |revision: u32, what: &str| {
        let name = crate::text::shown(name);
        let detail = format!("the history of {name}, revision {revision}: the entry {what}");
        Err(BackendError::Untrusted { detail })
    };
    for row in linked {
        let revision = number(&row, 0)?;
        let (content, counts): ([u8; 32], bool) = (hash(&row, 1)?, column(&row, 2)?);
        match found.remove(&revision) {
            Some(it) if it == content => {}
            _ if !counts => {}
            Some(_) => return refused(revision, "was edited"),
            None => return refused(revision, "was deleted"),
        }
    }
    found.into_keys().min().map_or(Ok(()), |revision| refused(revision, "was added"))
}

fn entries(tx: &Tx<'_>, from: u64) -> Result<Vec<Entry>> {
    let rows = tx.rows(sql!(
        "SELECT seq, kind, subject, revision, content, secrets, note, link FROM jetbridge.chain
         WHERE seq >= $1 ORDER BY seq",
        from
    ))?;
    let entry = |row: &Columns| {
        Ok(Entry {
            seq: number(row, 0)?,
            kind: column(row, 1)?,
            subject: column(row, 2)?,
            revision: number(row, 3)?,
            content: hash(row, 4)?,
            secrets: hash(row, 5)?,
            note: column(row, 6)?,
            link: hash(row, 7)?,
        })
    };
    rows.iter().map(entry).collect()
}

/// Whether everything from an entry on is linked as it was written: with the last link authenticated,
/// nothing in between was changed.
pub(super) fn holds_since(tx: &Tx<'_>, from: u64) -> Result<bool> {
    let mut all = entries(tx, from.saturating_sub(1))?;
    let before = match from {
        0 | 1 => (0, START),
        _ if all.first().is_some_and(|it| it.seq == from - 1) => {
            let first = all.remove(0);
            (first.seq, first.link)
        }
        _ => return Ok(false),
    };
    Ok(chain::holds(&all, before))
}

/// What in the history is not as it was written. `sealed`: the last entry that the head covers.
pub(super) fn findings(tx: &Tx<'_>, sealed: u64) -> Result<Vec<String>> {
    let all = entries(tx, 0)?;
    let mut rows = Vec::new();
    for row in tx.rows(sql!(
        "SELECT connection, revision, at, by, action, changes FROM jetbridge.history
         ORDER BY connection, revision"
    ))? {
        let id: uuid::Uuid = column(&row, 0)?;
        let text = |at: usize| column::<&str>(&row, at).map(str::as_bytes);
        let content = chain::content(column(&row, 2)?, [text(3)?, text(4)?, text(5)?]);
        let connection = id.as_bytes().to_vec();
        rows.push(Row { connection, revision: number(&row, 1)?, content });
    }
    let mut secrets: HashMap<Vec<u8>, Vec<(String, u32)>> = HashMap::new();
    for row in tx.rows(sql!(
        "SELECT connection, field, version FROM jetbridge.secrets ORDER BY connection, field"
    ))? {
        let id: uuid::Uuid = column(&row, 0)?;
        let secret = (column(&row, 1)?, number(&row, 2)?);
        secrets.entry(id.as_bytes().to_vec()).or_default().push(secret);
    }
    let of = |it: &[(String, u32)]| chain::secrets(it.iter().map(|it| (it.0.as_str(), it.1)));
    let secrets = secrets.into_iter().map(|(id, it)| (id, of(&it))).collect();
    let mut names = HashMap::new();
    let ids: Vec<uuid::Uuid> =
        all.iter().filter_map(|it| uuid::Uuid::from_slice(&it.subject).ok()).collect();
    let named =
        sql!("SELECT id, name FROM jetbridge.connections WHERE id = ANY ($1)", Value::Ids(ids));
    for row in tx.rows(named)? {
        names.insert(column::<uuid::Uuid>(&row, 0)?, column::<String>(&row, 1)?);
    }
    let name = |subject: &[u8]| names.get(&uuid::Uuid::from_slice(subject).ok()?).cloned();
    Ok(chain::findings(&all, rows, &secrets, sealed, name))
}
