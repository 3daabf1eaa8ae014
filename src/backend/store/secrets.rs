//! The sealed secrets of connections.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::backend::BackendError;
use crate::domain::{Connection as Record, ConnectionId, Fingerprint, Held, Secret};

use super::datakeys::DataKeys;
use super::db::Context;
use super::failure::{Failure, Result, damaged};
use super::keys::KeyUse;

/// A secret as its row has it.
pub(super) struct Row {
    version: u32,
    fingerprint: String,
    sealed: Vec<u8>,
}

/// A secret to be written.
struct Sealed {
    field: String,
    fingerprint: Fingerprint,
    bytes: Vec<u8>,
}

/// What a save does to the secrets of a connection, ready to be written once its row is there.
#[derive(Default)]
pub(super) struct Plan {
    sealed: Vec<Sealed>,
    fields: HashSet<String>,
    /// What becomes of the connection's issued key.
    pub(super) key: KeyUse,
}

fn row(conn: &Connection, id: ConnectionId, field: &str) -> Result<Option<Row>> {
    let mut statement = conn.prepare_cached(
        "SELECT version, fingerprint, sealed FROM secrets WHERE connection = ?1 AND field = ?2",
    )?;
    let found = statement.query_row(params![id.0.as_bytes(), field], |row| {
        Ok(Row { version: row.get(0)?, fingerprint: row.get(1)?, sealed: row.get(2)? })
    });
    Ok(found.optional()?)
}

/// Opens a row and makes sure that it holds what its fingerprint says: an older sealed text of
/// the same field would open, too.
pub(super) fn open(keys: &DataKeys, id: ConnectionId, field: &str, row: &Row) -> Result<Secret> {
    let secret = keys.open_secret(id.0, field, row.version, &row.sealed)?;
    if keys.fingerprint(&secret).0 != row.fingerprint {
        return Err(stale(field));
    }
    Ok(secret)
}

/// Hands every sealed secret to `work`.
pub(super) fn each(
    conn: &Connection,
    mut work: impl FnMut(ConnectionId, &str, &Row) -> Result<()>,
) -> Result<()> {
    // The places first: a table is not changed while it is read.
    let mut statement =
        conn.prepare("SELECT connection, field FROM secrets ORDER BY connection, field")?;
    let places = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let places: Vec<(Vec<u8>, String)> = places.collect::<rusqlite::Result<_>>()?;
    for (id, field) in places {
        let id = uuid::Uuid::from_slice(&id).map_err(|_| damaged("an id is not 16 bytes"))?;
        let id = ConnectionId(id);
        let row = row(conn, id, &field)?.ok_or_else(|| stale(&field))?;
        work(id, &field, &row)?;
    }
    Ok(())
}

/// Seals every secret with another data key, and says how many there are.
pub(super) fn seal_anew(tx: &Transaction<'_>, old: &DataKeys, new: &DataKeys) -> Result<u64> {
    let mut count = 0;
    each(tx, |id, field, row| {
        let sealed = new.seal_secret(id.0, field, row.version, &open(old, id, field, row)?)?;
        tx.prepare_cached("UPDATE secrets SET sealed = ?3 WHERE connection = ?1 AND field = ?2")?
            .execute(params![id.0.as_bytes(), field, sealed])?;
        count += 1;
        fault!("rotate.secret");
        Ok(())
    })?;
    Ok(count)
}

fn stale(field: &str) -> Failure {
    let detail = format!("{field}: it is not the text that was saved last");
    BackendError::Vault { detail }.into()
}

/// The text of a stored secret.
pub(super) fn reveal(
    tx: &Transaction<'_>,
    context: &mut Context,
    id: ConnectionId,
    field: &str,
) -> Result<Secret> {
    let mut record = super::list::connection(tx, id)?;
    let missing = || BackendError::SecretMissing { field: field.to_owned() };
    let told = record.answers.secrets_mut().into_iter().find_map(|(path, held)| match held {
        Held::Stored(fingerprint) if path == field => Some(fingerprint.0.clone()),
        Held::Stored(_) | Held::New(_) => None,
    });
    let told = told.ok_or_else(missing)?;
    let row = row(tx, id, field)?.ok_or_else(missing)?;
    if row.fingerprint != told {
        return Err(stale(field));
    }
    open(context.vault.needed(tx, field)?, id, field, &row)
}

/// Turns every secret of `record` into a stored one and says what to write. Kept secrets are not
/// opened, so a store without its key file can still be edited.
///
/// A clone takes secrets by value, each sealed anew for its new place; an issued key among them
/// is then used by two connections, and a key check names whichever still uses it.
pub(super) fn plan(
    tx: &Transaction<'_>,
    context: &mut Context,
    record: &mut Record,
    target: Option<ConnectionId>,
    from: Option<ConnectionId>,
) -> Result<Plan> {
    let (id, version, now) = (record.id, record.revision, context.now());
    let mut plan = Plan::default();
    let key = record.answers.key_path();
    for (field, held) in record.answers.secrets_mut() {
        plan.fields.insert(field.clone());
        let secret = match held {
            Held::New(secret) => secret.clone(),
            Held::Stored(fingerprint) => {
                if has(tx, target, &field, fingerprint)?.is_some() {
                    if key.as_ref() == Some(&field) {
                        plan.key = KeyUse::Kept;
                    }
                    continue;
                }
                let missing = || BackendError::SecretMissing { field: field.clone() };
                let source = has(tx, from, &field, fingerprint)?;
                let (source, row) = source.ok_or_else(missing)?;
                open(context.vault.needed(tx, &field)?, source, &field, &row)?
            }
        };
        let keys = context.vault.keys_or_make(tx, now)?;
        let fingerprint = keys.fingerprint(&secret);
        *held = Held::Stored(fingerprint.clone());
        if key.as_ref() == Some(&field) {
            plan.key = KeyUse::of(keys, &secret);
        }
        let bytes = keys.seal_secret(id.0, &field, version, &secret)?;
        plan.sealed.push(Sealed { field, fingerprint, bytes });
    }
    Ok(plan)
}

fn has(
    tx: &Transaction<'_>,
    id: Option<ConnectionId>,
    field: &str,
    wanted: &Fingerprint,
) -> Result<Option<(ConnectionId, Row)>> {
    let Some(id) = id else { return Ok(None) };
    let found = row(tx, id, field)?.filter(|row| row.fingerprint == wanted.0);
    Ok(found.map(|row| (id, row)))
}

impl Plan {
    /// Writes what was sealed and forgets what the answers do not name any more.
    pub(super) fn write(&self, tx: &Transaction<'_>, record: &Record) -> Result<()> {
        let id = record.id.0;
        let mut statement = tx.prepare_cached(
            "INSERT INTO secrets (connection, field, version, fingerprint, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (connection, field) DO UPDATE SET version = excluded.version,
                 fingerprint = excluded.fingerprint, sealed = excluded.sealed",
        )?;
        for it in &self.sealed {
            let (field, fingerprint) = (&it.field, &it.fingerprint.0);
            statement.execute(params![
                id.as_bytes(),
                field,
                record.revision,
                fingerprint,
                it.bytes
            ])?;
        }
        let mut named = tx.prepare_cached("SELECT field FROM secrets WHERE connection = ?1")?;
        let stored = named.query_map([id.as_bytes()], |row| row.get(0))?;
        let stored: Vec<String> = stored.collect::<rusqlite::Result<_>>()?;
        let mut forget =
            tx.prepare_cached("DELETE FROM secrets WHERE connection = ?1 AND field = ?2")?;
        for field in stored.iter().filter(|it| !self.fields.contains(*it)) {
            forget.execute(params![id.as_bytes(), field])?;
        }
        Ok(())
    }
}
