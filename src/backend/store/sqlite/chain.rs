//! The chain: every entry of the history, and everything that changes a secret, linked to the one
//! before by SHA-256. The head of the store authenticates the last link, so an entry that was
//! edited, deleted, added or moved shows.
//!
//! A save without the vault links too; the head covers it with the next change that has the vault.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::failure::Result;
use crate::backend::store::core::damaged;

/// The link before the first entry.
pub(super) const START: [u8; 32] = [0; 32];
/// Most findings that are named.
const MOST: usize = 20;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An entry of the history of a connection.
    History,
    /// The secret of a context was sealed or forgotten.
    Context,
    /// A connection was purged with its history.
    Purged,
    /// What opens the vault was changed.
    Vault,
    /// Somebody took the store for the right one.
    Accepted,
}

impl Kind {
    const fn number(self) -> i64 {
        match self {
            Self::History => 1,
            Self::Context => 2,
            Self::Purged => 3,
            Self::Vault => 4,
            Self::Accepted => 5,
        }
    }
}

/// An entry to be added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'a> {
    pub(super) kind: Kind,
    /// The connection's id, the context's name.
    pub(super) subject: &'a [u8],
    pub(super) revision: u32,
    /// SHA-256 of what is recorded elsewhere.
    pub(super) content: [u8; 32],
    /// SHA-256 of which secrets the subject has, see [`secrets_of`].
    pub(super) secrets: [u8; 32],
    pub(super) note: &'a str,
}

impl<'a> Mark<'a> {
    /// One without more to say.
    pub(super) const fn of(kind: Kind, subject: &'a [u8]) -> Self {
        Self { kind, subject, revision: 0, content: START, secrets: START, note: "" }
    }

    fn link(&self, before: &[u8; 32], seq: u64) -> [u8; 32] {
        let mut sum = Sha256::new().chain_update(b"jetbridge chain").chain_update(before);
        sum.update(seq.to_be_bytes());
        sum.update(self.kind.number().to_be_bytes());
        sum.update(self.revision.to_be_bytes());
        sum.update(self.content);
        sum.update(self.secrets);
        text(&mut sum, self.subject);
        text(&mut sum, self.note.as_bytes());
        sum.finalize().into()
    }
}

fn text(sum: &mut Sha256, bytes: &[u8]) {
    sum.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    sum.update(bytes);
}

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

/// A row of the history as it is linked.
struct Told {
    connection: Vec<u8>,
    revision: u32,
    content: [u8; 32],
}

const HISTORY: &str = "SELECT connection, revision, at, by, action, changes FROM history";

fn told(row: &rusqlite::Row<'_>) -> rusqlite::Result<Told> {
    let (connection, revision): (Vec<u8>, u32) = (row.get(0)?, row.get(1)?);
    let at: i64 = row.get(2)?;
    let mut sum = Sha256::new().chain_update(b"jetbridge history").chain_update(at.to_be_bytes());
    for column in 3..6 {
        text(&mut sum, row.get_ref(column)?.as_bytes()?);
    }
    Ok(Told { connection, revision, content: sum.finalize().into() })
}

/// Links an entry of the history that was just written, and before the first one all that a store of
/// before has.
pub(super) fn link(tx: &Transaction<'_>, connection: Uuid, revision: u32) -> Result<()> {
    if last(tx)?.is_none() {
        return adopt(tx);
    }
    let mut statement =
        tx.prepare_cached(&format!("{HISTORY} WHERE connection = ?1 AND revision = ?2"))?;
    let row = statement.query_row(params![connection.as_bytes(), revision], told)?;
    of_history(tx, &row)
}

fn of_history(tx: &Transaction<'_>, row: &Told) -> Result<()> {
    let secrets = secrets_of(tx, &row.connection)?;
    let mark = Mark {
        revision: row.revision,
        content: row.content,
        secrets,
        ..Mark::of(Kind::History, &row.connection)
    };
    push(tx, &mark)
}

/// Links everything that a store of before has, in the order in which it was written.
pub(super) fn adopt(tx: &Transaction<'_>) -> Result<()> {
    let mut statement = tx.prepare(&format!("{HISTORY} ORDER BY rowid"))?;
    let rows: Vec<Told> = statement.query_map([], told)?.collect::<rusqlite::Result<_>>()?;
    rows.iter().try_for_each(|row| of_history(tx, row))
}

/// Which secrets a connection has: every field with the revision that sealed it. A text of an older
/// revision in its place is another secret.
pub(super) fn secrets_of(conn: &Connection, connection: &[u8]) -> Result<[u8; 32]> {
    let mut statement = conn.prepare_cached(
        "SELECT field, version FROM secrets WHERE connection = ?1 ORDER BY field",
    )?;
    let mut rows = statement.query([connection])?;
    let mut sum = Sha256::new().chain_update(b"jetbridge secrets");
    let mut any = false;
    while let Some(row) = rows.next()? {
        any = true;
        let (field, version): (String, u32) = (row.get(0)?, row.get(1)?);
        text(&mut sum, field.as_bytes());
        sum.update(version.to_be_bytes());
    }
    Ok(if any { sum.finalize().into() } else { START })
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

/// An entry as its row has it.
struct Entry {
    seq: u64,
    kind: i64,
    subject: Vec<u8>,
    revision: u32,
    content: [u8; 32],
    secrets: [u8; 32],
    note: String,
    link: [u8; 32],
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

const KINDS: [Kind; 5] = [Kind::History, Kind::Context, Kind::Purged, Kind::Vault, Kind::Accepted];

impl Entry {
    fn kind(&self) -> Option<Kind> {
        KINDS.into_iter().find(|it| it.number() == self.kind)
    }

    /// Whether it is what was linked after the one before.
    fn follows(&self, (seq, link): (u64, [u8; 32])) -> bool {
        let Some(kind) = self.kind() else { return false };
        let mark = Mark {
            kind,
            subject: &self.subject,
            revision: self.revision,
            content: self.content,
            secrets: self.secrets,
            note: &self.note,
        };
        self.seq == seq + 1 && self.link == mark.link(&link, self.seq)
    }
}

/// Whether everything from an entry on is linked as it was written: with the last link
/// authenticated, nothing in between was changed.
pub(super) fn holds_since(conn: &Connection, from: u64) -> Result<bool> {
    let Some(before) = link_at(conn, from.saturating_sub(1))? else { return Ok(false) };
    let mut at = (from.saturating_sub(1), before);
    for entry in entries(conn, from)? {
        if !entry.follows(at) {
            return Ok(false);
        }
        at = (entry.seq, entry.link);
    }
    Ok(true)
}

/// What in the history is not as it was written, in words, each with its connection. `sealed`: the
/// last entry that the head covers.
pub(super) fn findings(conn: &Connection, sealed: u64) -> Result<Vec<String>> {
    let all = entries(conn, 0)?;
    let mut found = Vec::new();
    let name = |subject: &[u8]| -> String {
        let named: rusqlite::Result<String> =
            conn.query_row("SELECT name FROM connections WHERE id = ?1", [subject], |row| {
                row.get(0)
            });
        let id = || Uuid::from_slice(subject).map(|it| it.to_string());
        named.or_else(|_| id()).unwrap_or_else(|_| String::from_utf8_lossy(subject).into_owned())
    };
    // What somebody took for right is not reported again.
    let accepted = all.iter().filter(|it| it.kind() == Some(Kind::Accepted) && it.seq <= sealed);
    let accepted = accepted.map(|it| it.seq).max().unwrap_or(0);
    let last = all.last().map_or(0, |it| it.seq);
    if last < sealed {
        found.push(format!("{} entries of the history are missing at its end", sealed - last));
    }
    let mut at = (0, START);
    for entry in &all {
        if entry.seq > accepted && !entry.follows(at) {
            let (name, revision) = (name(&entry.subject), entry.revision);
            found.push(format!(
                "the history of {name}, revision {revision}: the entry was moved, or one before it \
                 was deleted"
            ));
        }
        at = (entry.seq, entry.link);
    }
    let purged: HashSet<&[u8]> = all
        .iter()
        .filter(|it| it.kind() == Some(Kind::Purged))
        .map(|it| it.subject.as_slice())
        .collect();
    let mut rows: HashMap<(Vec<u8>, u32), [u8; 32]> = HashMap::new();
    let mut statement = conn.prepare(HISTORY)?;
    for row in statement.query_map([], told)? {
        let row = row?;
        rows.insert((row.connection, row.revision), row.content);
    }
    let mut latest: HashMap<&[u8], &Entry> = HashMap::new();
    for entry in all.iter().filter(|it| it.kind() == Some(Kind::History)) {
        latest.insert(&entry.subject, entry);
        let what = match rows.remove(&(entry.subject.clone(), entry.revision)) {
            Some(content) if content == entry.content => continue,
            Some(_) => "was edited",
            None if purged.contains(entry.subject.as_slice()) => continue,
            None => "was deleted",
        };
        if entry.seq > accepted {
            let (name, revision) = (name(&entry.subject), entry.revision);
            found.push(format!("the history of {name}, revision {revision}: the entry {what}"));
        }
    }
    let begun = !all.is_empty();
    for (connection, revision) in rows.into_keys().filter(|_| begun) {
        let name = name(&connection);
        found.push(format!("the history of {name}, revision {revision}: the entry was added"));
    }
    for (subject, entry) in latest {
        if entry.seq > accepted && secrets_of(conn, subject)? != entry.secrets {
            found.push(format!("{}: its secrets are not those of its last change", name(subject)));
        }
    }
    found.sort();
    found.truncate(MOST);
    Ok(found)
}
