//! The rows of the vault, and its keys for whoever has a transaction.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::backend::store::core::chain::{Kind, Mark};
use crate::backend::store::vault::datakeys::{DataKeys, damage};
use crate::backend::store::vault::envelope::Wrapping;
use crate::backend::store::vault::head::Head;
use crate::backend::store::vault::opener::{Loaded, Made};

use super::db::Context;
use super::failure::Result;
use super::{chain, head};

/// The row of a store's envelope; `None` when nothing was ever sealed.
pub(super) fn row(conn: &Connection) -> Result<Option<Vec<u8>>> {
    let found = conn
        .prepare_cached("SELECT envelope FROM vault")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Read each time: another process may have made or re-wrapped the data key, and a transaction that
/// made it may have been rolled back.
fn loaded(conn: &Connection) -> Result<Loaded> {
    let (envelope, head) = (row(conn)?, head::row(conn)?);
    let link = match head.as_deref().and_then(Head::read) {
        Some(head) => chain::link_at(conn, head.seq)?,
        None => None,
    };
    Ok(Loaded { envelope, head, link })
}

impl Context {
    /// The data keys; `None` when nothing was ever sealed here.
    pub(super) fn keys(&mut self, conn: &Connection) -> Result<Option<&DataKeys>> {
        Ok(self.vault.keys(loaded(conn)?)?)
    }

    /// The data keys of a store that must have them, to open `what`.
    pub(super) fn needed(&mut self, conn: &Connection, what: &str) -> Result<&DataKeys> {
        let missing = || damage(format!("the store has no data key to open {what}"));
        Ok(self.keys(conn)?.ok_or_else(missing)?)
    }

    /// The data keys, made at the first secret. Part of the caller's transaction, so that of two
    /// processes that save their first secret at once the second finds the first one's key.
    pub(super) fn keys_or_make(&mut self, tx: &Transaction<'_>) -> Result<&DataKeys> {
        if self.keys(tx)?.is_none() {
            self.may_make(tx)?;
            let wrapping = self.vault.first()?;
            self.make(tx, &wrapping)?;
        }
        self.needed(tx, "a secret")
    }

    /// Makes the data key of a store that has none.
    pub(super) fn make(&mut self, tx: &Transaction<'_>, wrapping: &Wrapping) -> Result<()> {
        self.may_make(tx)?;
        let Made { envelope, keys } = self.vault.make(wrapping)?;
        fault!("init.wrapped");
        tx.execute(
            "INSERT INTO vault (one, envelope, made_at) VALUES (1, ?1, ?2)",
            params![envelope, self.now().as_microsecond()],
        )?;
        fault!("init.row");
        chain::append(tx, &Mark::of(Kind::Vault, keys.store().as_bytes()))?;
        let head = head::write(tx, &keys, &envelope, 1)?;
        self.vault.wrote(head);
        Ok(())
    }

    /// Refuses a data key where there was one.
    pub(super) fn may_make(&self, conn: &Connection) -> Result<()> {
        let orphans: bool = conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM drafts)
                 OR EXISTS (SELECT 1 FROM issued_keys)
                 OR EXISTS (SELECT 1 FROM context_secrets)",
            [],
            |row| row.get(0),
        )?;
        Ok(self.vault.may_make(orphans)?)
    }

    /// The data keys where they are open or nobody has to be asked for them; whatever is in the way
    /// of that is no matter of a change that needs none.
    pub(super) fn at_hand(&mut self, conn: &Connection, envelope: &[u8]) -> Option<&DataKeys> {
        let at_hand = self.vault.is_at_hand(envelope);
        if at_hand { self.keys(conn).ok().flatten() } else { None }
    }
}
