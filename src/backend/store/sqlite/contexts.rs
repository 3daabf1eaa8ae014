//! Credentials of contexts, sealed and bound to the context's name and to where they go. SPEC E3.
//!
//! They are no part of a connection, so they have calls of their own beside the trait.

use rusqlite::{Connection, Transaction, params};

use super::super::core::secrets::destination_hash;
use super::super::vault::datakeys::{DataKeys, damage};
use super::super::worker::Manner;
use super::Store;
use super::chain;
use super::failure::Result;
use crate::backend::store::core::chain::{Kind, Mark};
use crate::backend::{BackendError, Reply};
use crate::domain::Secret;
use crate::domain::destination::Destination;

/// One credential per context: a client secret, or the private key of a certificate as PEM.
pub(super) const SCHEMA: &str = "
CREATE TABLE context_secrets (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    sealed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Where a credential goes that was sealed before credentials were bound to that: it is bound by its
/// first use.
const UNBOUND: [u8; 32] = [0; 32];
/// What is no hash fits nowhere.
const NOWHERE: [u8; 32] = [1; 32];

/// A credential as its row has it.
pub(super) struct Row {
    name: String,
    sealed: Vec<u8>,
    destination: Option<[u8; 32]>,
    revision: u32,
}

impl Row {
    #[cfg(test)]
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn open(&self, keys: &DataKeys) -> Result<Secret> {
        Ok(keys.open_context(&self.name, self.revision, self.destination.as_ref(), &self.sealed)?)
    }
}

fn rows(conn: &Connection, of: Option<&str>) -> Result<Vec<Row>> {
    let mut statement = conn.prepare_cached(
        // Once there is a head everything is bound: what is not goes nowhere.
        "SELECT name, sealed, CASE
             WHEN destination IS NULL AND EXISTS (SELECT 1 FROM head) THEN x'00'
             ELSE destination END, revision
         FROM context_secrets WHERE ?1 IS NULL OR name = ?1 ORDER BY name",
    )?;
    let rows = statement.query_map([of], |row| {
        let destination: Option<Vec<u8>> = row.get(2)?;
        let destination = destination.map(|it| it.try_into().unwrap_or(NOWHERE));
        Ok(Row { name: row.get(0)?, sealed: row.get(1)?, destination, revision: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Hands every sealed credential to `work`.
pub(super) fn each(conn: &Connection, work: impl FnMut(&Row) -> Result<()>) -> Result<()> {
    // All first: a table is not changed while it is read. There are a few.
    rows(conn, None)?.iter().try_for_each(work)
}

/// Seals every credential with other keys, and says of which contexts they are.
pub(super) fn reseal(tx: &Transaction<'_>, old: &DataKeys, new: &DataKeys) -> Result<Vec<String>> {
    let mut all = Vec::new();
    each(tx, |row| {
        put(tx, new, row, row.destination.unwrap_or(UNBOUND), &row.open(old)?)?;
        all.push(row.name.clone());
        fault!("rotate.context");
        Ok(())
    })?;
    Ok(all)
}

/// Seals what was sealed before credentials were bound, for the destination of its first use.
pub(super) fn bind(tx: &Transaction<'_>, keys: &DataKeys) -> Result<()> {
    each(tx, |row| {
        if row.destination.is_none() {
            put(tx, keys, row, UNBOUND, &row.open(keys)?)?;
            fault!("head.context");
        }
        Ok(())
    })
}

fn put(
    tx: &Transaction<'_>,
    keys: &DataKeys,
    row: &Row,
    destination: [u8; 32],
    secret: &Secret,
) -> Result<()> {
    let sealed = keys.seal_context(&row.name, row.revision, &destination, secret)?;
    tx.prepare_cached(
        "UPDATE context_secrets SET sealed = ?2, destination = ?3, revision = ?4 WHERE name = ?1",
    )?
    .execute(params![row.name, sealed, destination, row.revision])?;
    Ok(())
}

/// The revision of a context's credential that the chain knows; 0: none.
fn linked(conn: &Connection, name: &str) -> Result<Option<u32>> {
    let found = chain::latest(conn, Kind::Context, name.as_bytes())?;
    let Some((seq, revision, _)) = found else { return Ok(None) };
    Ok(Some(if chain::holds_since(conn, seq)? { revision } else { u32::MAX }))
}

impl Store {
    /// Seals the credential of a context in place of the one it has, for where it goes.
    pub fn put_context_secret(
        &self,
        name: String,
        destination: Destination,
        secret: Secret,
    ) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            db.write(|tx, context| {
                let now = context.now();
                let destination = destination_hash(&destination);
                let revision = linked(tx, &name)?.unwrap_or(0).saturating_add(1);
                let sealed = context.keys_or_make(tx)?.seal_context(
                    &name,
                    revision,
                    &destination,
                    &secret,
                )?;
                tx.prepare_cached(
                    "INSERT INTO context_secrets (name, sealed, sealed_at, destination, revision)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (name) DO UPDATE
                     SET sealed = excluded.sealed, sealed_at = excluded.sealed_at,
                         destination = excluded.destination, revision = excluded.revision",
                )?
                .execute(params![
                    name,
                    sealed,
                    now.as_microsecond(),
                    destination,
                    revision
                ])?;
                chain::append(tx, &Mark { revision, ..Mark::of(Kind::Context, name.as_bytes()) })
            })
        })
    }

    /// The sealed credential of a context, for where it goes. Fails with
    /// [`BackendError::SecretMissing`], with [`BackendError::SecretElsewhere`] when it was entered for
    /// another destination, and with [`BackendError::Vault`] when it was altered, is an older one or
    /// belongs to another context or store.
    pub fn context_secret(&self, name: String, destination: Destination) -> Reply<'_, Secret> {
        self.worker.call(Manner::BreakOff, move |db| {
            let goes = destination_hash(&destination);
            let (secret, unbound) = db.read(|tx, context| {
                let field = || format!("context {name}");
                let row = rows(tx, Some(&name))?.pop();
                let row = row.ok_or_else(|| BackendError::SecretMissing { field: field() })?;
                let unbound = row.destination.is_none_or(|it| it == UNBOUND);
                if !unbound && row.destination != Some(goes) {
                    return Err(BackendError::SecretElsewhere { field: field() }.into());
                }
                let secret = row.open(context.needed(tx, "a context's secret")?)?;
                if linked(tx, &name)?.is_some_and(|it| it != row.revision) {
                    return Err(damage(
                        "a context's secret: it is not the one that was sealed last",
                    )
                    .into());
                }
                Ok((secret, unbound))
            })?;
            if unbound {
                db.write(|tx, context| {
                    let keys = context.needed(tx, "a context's secret")?;
                    let Some(mut row) = rows(tx, Some(&name))?.pop() else { return Ok(()) };
                    // Another one from now on: the one that is not bound must not come back.
                    row.revision = linked(tx, &name)?.unwrap_or(0).saturating_add(1);
                    put(tx, keys, &row, goes, &secret)?;
                    let revision = row.revision;
                    let mark = Mark { revision, ..Mark::of(Kind::Context, name.as_bytes()) };
                    chain::append(tx, &mark)
                })?;
            }
            Ok(secret)
        })
    }

    /// Whether the sealed credential of a context was entered for this destination; `None`: there is
    /// none, or it is bound by its first use. Opens nothing.
    pub fn context_secret_fits(
        &self,
        name: String,
        destination: Destination,
    ) -> Reply<'_, Option<bool>> {
        self.worker.call(Manner::BreakOff, move |db| {
            db.read(|tx, _| {
                let bound = rows(tx, Some(&name))?.pop().and_then(|it| it.destination);
                let bound = bound.filter(|it| *it != UNBOUND);
                Ok(bound.map(|it| it == destination_hash(&destination)))
            })
        })
    }

    /// Forgets the sealed credential of a context; reports whether there was one.
    pub fn forget_context_secret(&self, name: String) -> Reply<'_, bool> {
        self.worker.call(Manner::Finish, move |db| {
            db.write(|tx, _| {
                let gone = tx
                    .prepare_cached("DELETE FROM context_secrets WHERE name = ?1")?
                    .execute([&name])?;
                if gone > 0 {
                    let revision = linked(tx, &name)?.unwrap_or(0).saturating_add(1);
                    let mark = Mark { revision, ..Mark::of(Kind::Context, name.as_bytes()) };
                    chain::append(tx, &mark)?;
                }
                Ok(gone > 0)
            })
        })
    }
}
