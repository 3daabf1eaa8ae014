//! The sealed secrets of connections.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::backend::BackendError;
use crate::domain::destination::Destination;
use crate::domain::{Connection as Record, ConnectionId, Fingerprint, Held, Secret};

use super::super::vault::datakeys::{DataKeys, destination_hash};
use super::chain::{self, Kind};
use super::db::Context;
use super::failure::{Failure, Result};
use super::keys::KeyUse;
use super::row::load;
use super::save::write_answers;
use crate::backend::store::core::damaged;

/// A secret as its row has it.
pub(super) struct Row {
    version: u32,
    fingerprint: String,
    sealed: Vec<u8>,
    /// Where it goes; `None`: sealed before secrets were bound to that.
    destination: Option<[u8; 32]>,
}

/// A secret to be written.
struct Sealed {
    field: String,
    fingerprint: Fingerprint,
    bytes: Vec<u8>,
    destination: [u8; 32],
}

/// What a save does to the secrets of a connection, ready to be written once its row is there.
#[derive(Default)]
pub(super) struct Plan {
    sealed: Vec<Sealed>,
    fields: HashSet<String>,
    /// What becomes of the connection's issued key.
    pub(super) key: KeyUse,
}

#[cfg(test)]
impl Row {
    pub(super) const fn version(&self) -> u32 {
        self.version
    }
}

fn row(conn: &Connection, id: ConnectionId, field: &str) -> Result<Option<Row>> {
    let mut statement = conn.prepare_cached(
        // Once there is a head everything is bound: what is not goes nowhere.
        "SELECT version, fingerprint, sealed, CASE
             WHEN destination IS NULL AND EXISTS (SELECT 1 FROM head) THEN zeroblob(32)
             ELSE destination END
         FROM secrets WHERE connection = ?1 AND field = ?2",
    )?;
    let found = statement.query_row(params![id.0.as_bytes(), field], |row| {
        let destination: Option<Vec<u8>> = row.get(3)?;
        // What is no hash fits nowhere.
        let destination = destination.map(|it| it.try_into().unwrap_or([0; 32]));
        let (version, fingerprint, sealed) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Row { version, fingerprint, sealed, destination })
    });
    Ok(found.optional()?)
}

/// Where the secret of a field goes by a record's answers.
fn goes(record: &Record, field: &str) -> [u8; 32] {
    destination_hash(&Destination::of(record.answers.sheet(), field))
}

/// Opens a row for where it goes by the answers, and makes sure that it holds what its fingerprint
/// says: an older sealed text of the same field would open, too.
pub(super) fn open(
    keys: &DataKeys,
    id: ConnectionId,
    field: &str,
    row: &Row,
    goes: &[u8; 32],
) -> Result<Secret> {
    let bound = match &row.destination {
        Some(bound) if bound != goes => {
            return Err(BackendError::SecretElsewhere { field: field.to_owned() }.into());
        }
        Some(_) => Some(goes),
        None => None,
    };
    let secret = keys.open_secret(id.0, (field, row.version), bound, &row.sealed)?;
    if keys.fingerprint(&secret).0 != row.fingerprint {
        return Err(stale(field));
    }
    Ok(secret)
}

/// Hands every sealed secret to `work`, with its connection and where it goes.
pub(super) fn each(
    conn: &Connection,
    mut work: impl FnMut(&Record, &str, &Row, &[u8; 32]) -> Result<()>,
) -> Result<()> {
    // The places first: a table is not changed while it is read.
    let mut statement =
        conn.prepare("SELECT connection, field FROM secrets ORDER BY connection, field")?;
    let places = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let places: Vec<(Vec<u8>, String)> = places.collect::<rusqlite::Result<_>>()?;
    let mut record: Option<Record> = None;
    for (id, field) in places {
        let id = uuid::Uuid::from_slice(&id).map_err(|_| damaged("an id is not 16 bytes"))?;
        let id = ConnectionId(id);
        let row = row(conn, id, &field)?.ok_or_else(|| stale(&field))?;
        let of = match record.take() {
            Some(same) if same.id == id => same,
            _ => load(conn, id)?.ok_or_else(|| damaged("a secret belongs to nothing"))?.0,
        };
        work(&of, &field, &row, &goes(&of, &field))?;
        record = Some(of);
    }
    Ok(())
}

/// Seals every secret of before secrets were bound for where it goes by the answers.
pub(super) fn bind(tx: &Transaction<'_>, keys: &DataKeys) -> Result<()> {
    each(tx, |record, field, row, goes| {
        if row.destination.is_some() {
            return Ok(());
        }
        let secret = open(keys, record.id, field, row, goes)?;
        let sealed = keys.seal_secret(record.id.0, (field, row.version), goes, &secret)?;
        put(tx, record.id, field, (&row.fingerprint, &sealed, goes))?;
        fault!("head.secret");
        Ok(())
    })
}

fn put(
    tx: &Transaction<'_>,
    id: ConnectionId,
    field: &str,
    (fingerprint, sealed, goes): (&str, &[u8], &[u8; 32]),
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE secrets SET fingerprint = ?3, sealed = ?4, destination = ?5
         WHERE connection = ?1 AND field = ?2",
    )?
    .execute(params![id.0.as_bytes(), field, fingerprint, sealed, goes])?;
    Ok(())
}

/// What sealing every secret with other keys came to.
#[derive(Default)]
pub(super) struct SealedAnew {
    /// Name of the connection and path of the field of each.
    pub(super) all: Vec<(String, String)>,
    /// Fingerprints of before with those of now.
    pub(super) fingerprints: Vec<(String, String)>,
}

/// Seals every secret with other keys. Its fingerprint changes with them, in the answers too.
pub(super) fn seal_anew(
    tx: &Transaction<'_>,
    old: &DataKeys,
    new: &DataKeys,
) -> Result<SealedAnew> {
    let mut done = SealedAnew::default();
    let mut touched: Vec<ConnectionId> = Vec::new();
    each(tx, |record, field, row, goes| {
        let secret = open(old, record.id, field, row, goes)?;
        let fingerprint = new.fingerprint(&secret).0;
        let sealed = new.seal_secret(record.id.0, (field, row.version), goes, &secret)?;
        put(tx, record.id, field, (&fingerprint, &sealed, goes))?;
        done.all.push((record.name.clone(), field.to_owned()));
        done.fingerprints.push((row.fingerprint.clone(), fingerprint));
        if touched.last() != Some(&record.id) {
            touched.push(record.id);
        }
        fault!("rotate.secret");
        Ok(())
    })?;
    for id in touched {
        let Some((mut record, _)) = load(tx, id)? else { continue };
        for (field, held) in record.answers.secrets_mut() {
            if let (Held::Stored(told), Some(row)) = (held, row(tx, id, &field)?) {
                told.0 = row.fingerprint;
            }
        }
        write_answers(tx, &record)?;
        fault!("rotate.answers");
    }
    Ok(done)
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
    let goes = goes(&record, field);
    let secret = open(context.vault.needed(tx, field)?, id, field, &row, &goes)?;
    current(tx, id, field)?;
    Ok(secret)
}

/// Refuses a secret of a connection whose secrets are not those of its last change: somebody wrote
/// older rows back.
fn current(tx: &Transaction<'_>, id: ConnectionId, field: &str) -> Result<()> {
    let Some((seq, _, secrets)) = chain::latest(tx, Kind::History, id.0.as_bytes())? else {
        return Ok(());
    };
    if secrets != chain::secrets_of(tx, id.0.as_bytes())? || !chain::holds_since(tx, seq)? {
        return Err(stale(field));
    }
    Ok(())
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
    let sheet = record.answers.sheet().cloned();
    for (field, held) in record.answers.secrets_mut() {
        plan.fields.insert(field.clone());
        let goes = destination_hash(&Destination::of(sheet.as_ref(), &field));
        let secret = match held {
            Held::New(secret) => secret.clone(),
            Held::Stored(fingerprint) => {
                let elsewhere = || BackendError::SecretElsewhere { field: field.clone() };
                if let Some((_, row)) = has(tx, target, &field, fingerprint)? {
                    if !fits(tx, target, &field, &row, &goes)? {
                        return Err(elsewhere().into());
                    }
                    if key.as_ref() == Some(&field) {
                        plan.key = KeyUse::Kept;
                    }
                    continue;
                }
                let missing = || BackendError::SecretMissing { field: field.clone() };
                let source = has(tx, from, &field, fingerprint)?;
                let (source, row) = source.ok_or_else(missing)?;
                if !fits(tx, Some(source), &field, &row, &goes)? {
                    return Err(elsewhere().into());
                }
                open(context.vault.needed(tx, &field)?, source, &field, &row, &goes)?
            }
        };
        let keys = context.vault.keys_or_make(tx, now)?;
        let fingerprint = keys.fingerprint(&secret);
        *held = Held::Stored(fingerprint.clone());
        if key.as_ref() == Some(&field) {
            plan.key = KeyUse::of(keys, &secret);
        }
        let bytes = keys.seal_secret(id.0, (&field, version), &goes, &secret)?;
        plan.sealed.push(Sealed { field, fingerprint, bytes, destination: goes });
    }
    Ok(plan)
}

/// Whether a stored secret goes where it is kept for. One that is not bound yet goes where the stored
/// answers say.
fn fits(
    tx: &Transaction<'_>,
    of: Option<ConnectionId>,
    field: &str,
    row: &Row,
    goes: &[u8; 32],
) -> Result<bool> {
    let bound = match (row.destination, of) {
        (Some(bound), _) => Some(bound),
        (None, Some(id)) => load(tx, id)?.map(|(record, _)| self::goes(&record, field)),
        (None, None) => None,
    };
    Ok(bound.as_ref() == Some(goes))
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
            "INSERT INTO secrets (connection, field, version, fingerprint, sealed, destination)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (connection, field) DO UPDATE SET version = excluded.version,
                 fingerprint = excluded.fingerprint, sealed = excluded.sealed,
                 destination = excluded.destination",
        )?;
        for it in &self.sealed {
            let (field, fingerprint) = (&it.field, &it.fingerprint.0);
            statement.execute(params![
                id.as_bytes(),
                field,
                record.revision,
                fingerprint,
                it.bytes,
                it.destination
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
