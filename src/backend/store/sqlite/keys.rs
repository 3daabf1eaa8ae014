//! Issued keys: which there are, and which connection uses which. SPEC D6, D12.
//!
//! The text of a key is kept sealed with its connection only. Here is a keyed hash, by which a
//! key that somebody types is recognised.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::domain::key::{self, ENTROPY, Key, KeyKind, KeyStanding};
use crate::domain::{Connection as Record, ConnectionId, Secret, Timestamp};

use super::super::vault::datakeys::DataKeys;
use super::super::vault::seal;
use super::db::Context;
use super::failure::Result;
use super::row::{moment, uuid};
use crate::backend::store::core::invalid;

/// What a save means for the issued key of a connection.
#[derive(Default)]
pub(super) enum KeyUse {
    /// It uses none, or one that another product issued.
    #[default]
    Nothing,
    /// It keeps using the one it had.
    Kept,
    /// It begins to use this one.
    Taken(Taken),
}

impl KeyUse {
    /// The use of a key with this text. Keys of other products are not remembered: nobody can
    /// ask this store about them.
    pub(super) fn of(keys: &DataKeys, text: &Secret) -> Self {
        key::parse(text.expose()).map_or(Self::Nothing, |key| {
            let hash = keys.key_hash(&key.text);
            Self::Taken(Taken { hash, kind: key.kind })
        })
    }
}

/// A key that a connection begins to use.
pub(super) struct Taken {
    hash: [u8; 32],
    kind: KeyKind,
}

/// Issues a key. Until a connection is saved with it, it is known as unused.
pub(super) fn issue(tx: &Transaction<'_>, context: &mut Context, kind: KeyKind) -> Result<Key> {
    let entropy: [u8; ENTROPY] = seal::random().map_err(|error| invalid(error.to_string()))?;
    let (key, now) = (key::issue(kind, &entropy), context.now());
    let hash = context.vault.keys_or_make(tx, now)?.key_hash(&key.text);
    remember(tx, &Taken { hash, kind }, now, &context.actor)?;
    Ok(key)
}

fn remember(tx: &Transaction<'_>, key: &Taken, at: Timestamp, by: &str) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO issued_keys (hash, kind, issued_at, issued_by) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?;
    let kind = match key.kind {
        KeyKind::Configuration => "configuration",
        KeyKind::Connection => "connection",
    };
    statement.execute(params![key.hash, kind, at.as_microsecond(), by])?;
    Ok(())
}

/// Writes down which key a saved connection uses; what it used before is superseded.
pub(super) fn take(
    tx: &Transaction<'_>,
    context: &Context,
    record: &Record,
    usage: &KeyUse,
) -> Result<()> {
    let (id, now) = (record.id.0, context.now());
    let taken = match usage {
        KeyUse::Kept => return Ok(()),
        KeyUse::Nothing => None,
        KeyUse::Taken(key) => Some(key),
    };
    tx.prepare_cached(
        "UPDATE key_uses SET superseded_at = ?2 WHERE connection = ?1 AND superseded_at IS NULL",
    )?
    .execute(params![id.as_bytes(), now.as_microsecond()])?;
    let Some(key) = taken else { return Ok(()) };
    // A key that came with the record, from another store say, is known from now on.
    let issued_at =
        record.answers.sheet().and_then(|it| Some(it.key()?.1.issued_at)).unwrap_or(now);
    remember(tx, key, issued_at, &context.actor)?;
    tx.prepare_cached(
        "INSERT INTO key_uses (hash, connection, since) VALUES (?1, ?2, ?3)
         ON CONFLICT (hash, connection) DO UPDATE SET superseded_at = NULL",
    )?
    .execute(params![key.hash, id.as_bytes(), now.as_microsecond()])?;
    Ok(())
}

/// What is known of a key. In use wins over the rest, the oldest use first: after a clone that is
/// the original, for as long as it keeps the key.
pub(super) fn check(tx: &Transaction<'_>, context: &mut Context, key: &Key) -> Result<KeyStanding> {
    let Some(keys) = context.vault.keys(tx)? else { return Ok(KeyStanding::Unknown) };
    let hash = keys.key_hash(&key.text);
    if let Some(standing) = used(tx, &hash)? {
        return Ok(standing);
    }
    let issued: Option<i64> = tx
        .prepare_cached("SELECT issued_at FROM issued_keys WHERE hash = ?1")?
        .query_row([hash], |row| row.get(0))
        .optional()?;
    Ok(match issued {
        None => KeyStanding::Unknown,
        Some(at) => KeyStanding::Unused { issued_at: moment(at)? },
    })
}

fn used(conn: &Connection, hash: &[u8; 32]) -> Result<Option<KeyStanding>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, name, superseded_at, deleted_at FROM key_uses
         JOIN connections ON id = connection WHERE hash = ?1
         ORDER BY superseded_at IS NOT NULL, deleted_at IS NOT NULL, superseded_at DESC, since
         LIMIT 1",
    )?;
    let mut rows = statement.query([hash])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (superseded, deleted): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
    let name: String = row.get(1)?;
    Ok(Some(match (superseded, deleted) {
        (Some(at), _) => KeyStanding::Superseded { name, at: moment(at)? },
        (None, Some(at)) => KeyStanding::Deleted { name, at: moment(at)? },
        (None, None) => KeyStanding::Current { connection: ConnectionId(uuid(row, 0)?), name },
    }))
}
