//! The store's calls for its vault and its backups.

use crate::backend::{BackendError, Reply};

use super::super::vault::envelope::Envelope;
use super::super::vault::keyring;
use super::super::vault::unlock::NewKey;
use super::super::worker::Manner;
use super::rekey::{self, Rotated, VaultStatus};
use super::{Store, backup, chain, head, opener};
use crate::backend::store::VaultCalls;

impl Store {
    /// What is known of the vault; opens nothing and asks nobody.
    pub fn vault_status(&self) -> Reply<'_, VaultStatus> {
        self.worker.call(Manner::BreakOff, |db| db.read(rekey::status))
    }

    /// Opens the vault, if there is one, by asking if need be; whether there is one.
    ///
    /// # Errors
    /// [`BackendError::Locked`] and [`BackendError::Vault`], as every call that needs a secret.
    pub fn unlock(&self) -> Reply<'_, bool> {
        self.worker
            .call(Manner::BreakOff, |db| db.read(|tx, context| Ok(context.keys(tx)?.is_some())))
    }

    /// Opens every sealed secret and draft, and says how many there are. The first that does not
    /// open is the error.
    pub fn check_sealed(&self) -> Reply<'_, Rotated> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, context| match context.keys(tx)? {
                Some(keys) => rekey::open_all(tx, keys),
                // Nothing was ever sealed, or the vault is gone.
                None => context.may_make(tx).map(|()| Rotated::default()),
            })
        })
    }

    /// What in the history is not as it was written. Opens no vault: what the head covers counts as
    /// far as [`Store::check_sealed`] finds the head to be right.
    pub fn check_history(&self) -> Reply<'_, Vec<String>> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, _| {
                let sealed = head::seen(tx)?.map_or(0, |it| it.seq);
                chain::findings(tx, sealed)
            })
        })
    }

    /// Takes the store as it is for the right one.
    ///
    /// # Errors
    /// As every call that opens the vault, but not for what the head says.
    pub fn accept(&self, reason: String) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            // Whoever has to type does it before others wait.
            let opened = db.read(|tx, context| {
                if let Some(envelope) = opener::row(tx)? {
                    context.vault.unchecked(&envelope)?;
                }
                Ok(())
            });
            opened?;
            db.write(|tx, context| head::accept(tx, context, &reason))
        })
    }

    /// Sets the vault up before the first secret. Fails with [`BackendError::Invalid`] when there
    /// is one.
    pub fn vault_init(&self, new: NewKey) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let new = db.read(|tx, context| rekey::prepare(tx, context, &new, false))?;
            fault!("init.prepared");
            db.write(|tx, context| rekey::init(tx, context, &new))?;
            fault!("init.committed");
            Ok(())
        })
    }

    /// Wraps the data key again: one row changes.
    ///
    /// # Errors
    /// [`BackendError::Invalid`] without a vault, [`BackendError::Locked`] and
    /// [`BackendError::Vault`] when it does not open; the vault is then as it was.
    pub fn rewrap(&self, new: NewKey) -> Reply<'_, ()> {
        self.worker.call(Manner::Finish, move |db| {
            let new = db.read(|tx, context| rekey::prepare(tx, context, &new, true))?;
            fault!("rewrap.prepared");
            db.write(|tx, context| rekey::rewrap(tx, context, &new))?;
            fault!("rewrap.committed");
            // The old row leaves the log, too.
            db.checkpoint();
            fault!("rewrap.settled");
            Ok(())
        })
    }

    /// Makes a new data key, wraps it, and seals everything again, all or nothing. Errors as for
    /// [`Store::rewrap`], also when a secret or draft does not open.
    pub fn rotate(&self, new: NewKey) -> Reply<'_, Rotated> {
        self.worker.call(Manner::BreakOff, move |db| {
            let new = db.read(|tx, context| rekey::prepare(tx, context, &new, true))?;
            fault!("rotate.prepared");
            let done = db.write(|tx, context| rekey::rotate(tx, context, &new))?;
            fault!("rotate.committed");
            db.checkpoint();
            fault!("rotate.settled");
            Ok(done)
        })
    }

    /// Takes the wrapping key out of the cache; whether it was there.
    ///
    /// # Errors
    /// [`BackendError::Other`] when the keyring cannot be used.
    pub fn forget_cached(&self) -> Reply<'_, bool> {
        self.worker.call(Manner::BreakOff, |db| {
            db.read(|tx, context| {
                let store = context.vault.store();
                let Some(bytes) = opener::row(tx)? else { return Ok(false) };
                let name = keyring::name(store, Envelope::read(&bytes)?.key_id);
                let cache = context.vault.unlocker().and_then(|it| it.cache());
                let Some(cache) = cache else { return Ok(false) };
                cache.forget(&name).ok_or_else(|| {
                    let why = cache.broken().unwrap_or_default();
                    BackendError::Other(format!("the kernel's keyring cannot be used: {why}"))
                        .into()
                })
            })
        })
    }

    /// Writes one sealed file with everything. See [`backup`].
    pub fn back_up(&self, wanted: backup::Wanted) -> Reply<'_, backup::Made> {
        self.worker.call(Manner::BreakOff, move |db| backup::create(db, &wanted))
    }
}

/// As the store itself has them.
impl VaultCalls for Store {
    fn vault_status(&self) -> Reply<'_, VaultStatus> {
        Self::vault_status(self)
    }

    fn unlock(&self) -> Reply<'_, bool> {
        Self::unlock(self)
    }

    fn check_sealed(&self) -> Reply<'_, Rotated> {
        Self::check_sealed(self)
    }

    fn check_history(&self) -> Reply<'_, Vec<String>> {
        Self::check_history(self)
    }

    fn accept(&self, reason: String) -> Reply<'_, ()> {
        Self::accept(self, reason)
    }

    fn vault_init(&self, new: NewKey) -> Reply<'_, ()> {
        Self::vault_init(self, new)
    }

    fn rewrap(&self, new: NewKey) -> Reply<'_, ()> {
        Self::rewrap(self, new)
    }

    fn rotate(&self, new: NewKey) -> Reply<'_, Rotated> {
        Self::rotate(self, new)
    }

    fn forget_cached(&self) -> Reply<'_, bool> {
        Self::forget_cached(self)
    }
}
