//! Credentials of contexts, sealed and bound to the context's name. SPEC E3.
//!
//! They are no part of a connection, so they have calls of their own beside the trait.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::Store;
use super::datakeys::DataKeys;
use super::failure::Result;
use super::worker::Manner;
use crate::backend::{BackendError, Reply};
use crate::domain::Secret;

/// One credential per context: a client secret, or the private key of a certificate as PEM.
pub(super) const SCHEMA: &str = "
CREATE TABLE context_secrets (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    sealed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Hands every sealed credential to `work`: name of the context and sealed bytes.
pub(super) fn each(
    conn: &Connection,
    mut work: impl FnMut(&str, &[u8]) -> Result<()>,
) -> Result<()> {
    // All first: a table is not changed while it is read. There are a few.
    let mut statement = conn.prepare("SELECT name, sealed FROM context_secrets ORDER BY name")?;
    let found: Vec<(String, Vec<u8>)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    found.iter().try_for_each(|(name, sealed)| work(name, sealed))
}

/// Seals every credential with another data key, and says how many there are.
pub(super) fn seal_anew(tx: &Transaction<'_>, old: &DataKeys, new: &DataKeys) -> Result<u64> {
    let mut count = 0;
    each(tx, |name, sealed| {
        let sealed = new.seal_context(name, &old.open_context(name, sealed)?)?;
        tx.prepare_cached("UPDATE context_secrets SET sealed = ?2 WHERE name = ?1")?
            .execute(params![name, sealed])?;
        count += 1;
        fault!("rotate.context");
        Ok(())
    })?;
    Ok(count)
}

impl Store {
    /// Seals the credential of a context in place of the one it has.
    pub fn put_context_secret(&self, name: String, secret: Secret) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            db.write(|tx, context| {
                let now = context.now();
                let sealed = context.vault.keys_or_make(tx, now)?.seal_context(&name, &secret)?;
                tx.prepare_cached(
                    "INSERT INTO context_secrets (name, sealed, sealed_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (name) DO UPDATE
                     SET sealed = excluded.sealed, sealed_at = excluded.sealed_at",
                )?
                .execute(params![name, sealed, now.as_microsecond()])?;
                Ok(())
            })
        })
    }

    /// The sealed credential of a context. Fails with [`BackendError::SecretMissing`], and with
    /// [`BackendError::Vault`] when it was altered or belongs to another context or store.
    pub fn context_secret(&self, name: String) -> Reply<'_, Secret> {
        self.worker.call(Manner::BreakOff, move |db| {
            db.read(|tx, context| {
                let sealed: Option<Vec<u8>> = tx
                    .prepare_cached("SELECT sealed FROM context_secrets WHERE name = ?1")?
                    .query_row([&name], |row| row.get(0))
                    .optional()?;
                let missing = || BackendError::SecretMissing { field: format!("context {name}") };
                let sealed = sealed.ok_or_else(missing)?;
                context.vault.needed(tx, "a context's secret")?.open_context(&name, &sealed)
            })
        })
    }

    /// Forgets the sealed credential of a context; tells whether there was one.
    pub fn forget_context_secret(&self, name: String) -> Reply<'_, bool> {
        self.worker.call(Manner::Finish, move |db| {
            db.write(|tx, _| {
                let gone = tx
                    .prepare_cached("DELETE FROM context_secrets WHERE name = ?1")?
                    .execute([&name])?;
                Ok(gone > 0)
            })
        })
    }
}
