//! Changing what opens the vault, and what it opens. RELIABILITY §4.
//!
//! Re-wrapping changes one row. A rotation of everything makes a new data key and a new index key, and
//! seals every secret and draft again, in one transaction: after a kill at any moment the store is
//! either as it was, opened by the old wrapping key, or as it will be, opened by the new one. A key
//! file gets its new key before the transaction ends and keeps the old one, so that both cases open.

use std::path::Path;

use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

use crate::backend::BackendError;
use crate::domain::Timestamp;

use super::super::vault::datakeys::{DataKeys, Root, broken, damage};
use super::super::vault::envelope::{self, Envelope, Source, Wrapping};
use super::super::vault::kdf::Cost;
use super::super::vault::seal::KeyBytes;
use super::super::vault::unlock::NewKey;
use super::super::vault::{keyfile, keyring};
use super::chain;
use super::db::Context;
use super::failure::Result;
use super::{head, opener, secrets};
use crate::backend::store::core::chain::{Kind, Mark};
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::secrets::{goes, open};

/// What is known of a vault without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultStatus {
    /// The store's own id, which everything sealed is bound to.
    pub store: Uuid,
    /// The envelope; `None`: nothing was ever sealed, or [`VaultStatus::gone`].
    pub lock: Option<Lock>,
    /// Why there is no envelope although there was one.
    pub gone: Option<String>,
    /// What members of a team compare to see that they look at the same store.
    pub state: Option<String>,
    /// Sealed secrets of connections.
    pub secrets: u64,
    /// Sealed drafts.
    pub drafts: u64,
    /// Sealed credentials of contexts.
    pub contexts: u64,
    /// Whether the cache holds the wrapping key now; `None`: there is no cache, or it cannot be
    /// used.
    pub cached: Option<bool>,
    /// Why the cache cannot be used.
    pub cache_broken: Option<String>,
}

/// What an envelope shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Where the wrapping key comes from.
    pub source: Source,
    /// What a guess costs; not for a key file.
    pub cost: Option<Cost>,
    /// Names the wrapping key: 16 hexadecimal digits.
    pub key_id: String,
    /// When the data key was made.
    pub made_at: Timestamp,
}

/// What a rotation of everything sealed again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rotated {
    /// Secrets of connections.
    pub secrets: u64,
    /// Drafts.
    pub drafts: u64,
    /// Credentials of contexts.
    pub contexts: u64,
    /// What each of them is: the connection with the field, or the context. Whoever had the old keys
    /// may know them, so they are to be changed where they come from.
    pub sources: Vec<String>,
}

/// Says what is known without opening anything.
pub(super) fn status(tx: &Transaction<'_>, context: &mut Context) -> Result<VaultStatus> {
    let count = |table: &str| -> Result<u64> {
        let found: i64 =
            tx.query_row(&format!("SELECT count(*) FROM {table}"), [], |it| it.get(0))?;
        Ok(u64::try_from(found).unwrap_or(0))
    };
    let store = context.vault.store();
    let mut status = VaultStatus {
        store,
        lock: None,
        gone: None,
        state: None,
        secrets: count("secrets")?,
        drafts: count("drafts")?,
        contexts: count("context_secrets")?,
        cached: None,
        cache_broken: None,
    };
    let Some(bytes) = opener::row(tx)? else {
        let gone = context.may_make(tx).err().map(|it| it.at(Path::new("")));
        status.gone = gone.map(|it| it.to_string());
        return Ok(status);
    };
    let envelope = Envelope::read(&bytes)?;
    let made_at: i64 = tx.query_row("SELECT made_at FROM vault", [], |row| row.get(0))?;
    if let Some(cache) = context.vault.unlocker().and_then(|it| it.cache()) {
        let found = cache.get(&keyring::name(store, envelope.key_id));
        status.cached = cache.broken().is_none().then_some(found.is_some());
        status.cache_broken = cache.broken().map(str::to_owned);
    }
    status.lock = Some(Lock {
        source: envelope.source,
        cost: envelope.cost(),
        key_id: keyfile::hex(&envelope.key_id).to_string(),
        made_at: moment(made_at)?,
    });
    Ok(status)
}

/// A wrapping key, made before the store is locked for writing: nobody waits for a command or for
/// the derivation.
pub(super) struct Prepared {
    before: Option<Vec<u8>>,
    root: Option<Root>,
    wrapping: Wrapping,
}

/// Opens the vault, if there is one, and makes the new wrapping key.
pub(super) fn prepare(
    conn: &Connection,
    context: &mut Context,
    new: &NewKey,
    set_up: bool,
) -> Result<Prepared> {
    let before = opener::row(conn)?;
    if before.is_some() != set_up {
        let text = if set_up {
            "nothing is sealed yet, and no vault is set up"
        } else {
            "the vault exists already"
        };
        return Err(BackendError::Invalid(text.into()).into());
    }
    if before.is_none() {
        context.may_make(conn)?;
    }
    let source = match &before {
        Some(bytes) => Some(Envelope::read(bytes)?.source),
        None => None,
    };
    let root = context.keys(conn)?.map(|keys| keys.root().clone());
    let none = || BackendError::Unsupported("changing what opens a store in memory");
    let wrapping = context.vault.unlocker().ok_or_else(none)?.make(new, source)?;
    Ok(Prepared { before, root, wrapping })
}

impl Prepared {
    /// The same, with another key that recognises issued keys.
    pub(super) fn issuing(mut self, key: KeyBytes) -> Self {
        self.root = self.root.map(|it| Root { issued: key, ..it });
        self
    }

    /// What is wrapped now. Fails when another process was faster: it may have set another
    /// passphrase, which must not be undone.
    fn unchanged(&self, tx: &Transaction<'_>) -> Result<&Root> {
        let root = self.root.as_ref().filter(|_| self.before.is_some());
        let same = opener::row(tx)? == self.before;
        Ok(root.filter(|_| same).ok_or(BackendError::Busy)?)
    }
}

/// Makes the data key of a store that has none, wrapped as asked.
pub(super) fn init(tx: &Transaction<'_>, context: &mut Context, new: &Prepared) -> Result<()> {
    if opener::row(tx)?.is_some() {
        return Err(BackendError::Busy.into());
    }
    context.make(tx, &new.wrapping)?;
    // Opened at once: what was typed or printed must do it again.
    context.needed(tx, "the vault").map(|_| ())
}

/// Wraps the same data key again.
pub(super) fn rewrap(tx: &Transaction<'_>, context: &mut Context, new: &Prepared) -> Result<()> {
    let root = new.unchanged(tx)?;
    fault!("rewrap.begun");
    let store = context.vault.store();
    let envelope = envelope::wrap(store, &new.wrapping, root)?;
    fault!("rewrap.wrapped");
    opens(context, &envelope, root)?;
    fault!("rewrap.checked");
    tx.execute("UPDATE vault SET envelope = ?1", [&envelope])?;
    let keys = DataKeys::derive(store, root.clone());
    renewed(tx, context, &keys, &envelope, 0)?;
    fault!("rewrap.row");
    Ok(())
}

/// Writes the head for what opens the vault from now on.
fn renewed(
    tx: &Transaction<'_>,
    context: &mut Context,
    keys: &DataKeys,
    envelope: &[u8],
    more: u32,
) -> Result<()> {
    let before = head::seen(tx)?;
    bind_unbound(tx, keys)?;
    chain::append(tx, &Mark::of(Kind::Vault, keys.store().as_bytes()))?;
    let epoch = before.map_or(1, |it| it.epoch).saturating_add(more);
    let bytes = head::write(tx, keys, envelope, epoch)?;
    context.vault.wrote(bytes);
    Ok(())
}

/// Binds what was sealed before secrets were bound to where they go.
pub(super) fn bind(tx: &Transaction<'_>, keys: &DataKeys) -> Result<()> {
    secrets::bind(tx, keys)?;
    super::contexts::bind(tx, keys)
}

/// As [`bind`], for a store that has no head yet.
pub(super) fn bind_unbound(tx: &Transaction<'_>, keys: &DataKeys) -> Result<()> {
    if head::seen(tx)?.is_some() { Ok(()) } else { bind(tx, keys) }
}

/// Makes new keys, wraps them, and seals every secret and draft again.
pub(super) fn rotate(
    tx: &Transaction<'_>,
    context: &mut Context,
    new: &Prepared,
) -> Result<Rotated> {
    let root = new.unchanged(tx)?;
    fault!("rotate.begun");
    let store = context.vault.store();
    let next = root.rotated().map_err(|e| broken("the data key", e))?;
    let envelope = envelope::wrap(store, &new.wrapping, &next)?;
    fault!("rotate.wrapped");
    opens(context, &envelope, &next)?;
    fault!("rotate.checked");
    let (old, new) = (DataKeys::derive(store, root.clone()), DataKeys::derive(store, next));
    let done = reseal(tx, &old, &new)?;
    let now = context.now().as_microsecond();
    tx.execute("UPDATE vault SET envelope = ?1, made_at = ?2", params![envelope, now])?;
    renewed(tx, context, &new, &envelope, 1)?;
    fault!("rotate.row");
    Ok(done)
}

/// Seals everything with other keys.
pub(super) fn reseal(tx: &Transaction<'_>, old: &DataKeys, new: &DataKeys) -> Result<Rotated> {
    let secrets = secrets::reseal(tx, old, new)?;
    fault!("rotate.secrets");
    let drafts = super::drafts::reseal(tx, old, new, &secrets.fingerprints)?;
    fault!("rotate.drafts");
    let contexts = super::contexts::reseal(tx, old, new)?;
    fault!("rotate.contexts");
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let count_secrets = count(secrets.all.len());
    let of_contexts = contexts.iter().map(|name| format!("context {name}"));
    Ok(Rotated {
        secrets: count_secrets,
        drafts,
        contexts: count(contexts.len()),
        sources: secrets.all.into_iter().chain(of_contexts).collect(),
    })
}

/// Opens every secret and draft with these keys, and says how many there are. The first that
/// does not open is the error.
pub(super) fn open_all(conn: &Connection, keys: &DataKeys) -> Result<Rotated> {
    let mut all = Rotated::default();
    secrets::each(conn, |found| {
        for (field, sealed) in &found.secrets {
            all.secrets += 1;
            open(keys, found.record.id, field, sealed, &goes(&found.record, field))?;
        }
        Ok(())
    })?;
    super::drafts::each(conn, |id, saved_at, sealed| {
        all.drafts += 1;
        keys.open_draft(id, saved_at, sealed)?;
        Ok(())
    })?;
    super::contexts::each(conn, |row| {
        all.contexts += 1;
        row.open(keys).map(|_| ())
    })?;
    Ok(all)
}

/// Whether the new envelope opens by the way that everybody will take from now on.
fn opens(context: &mut Context, bytes: &[u8], root: &Root) -> Result<()> {
    if context.vault.unwrap(&Envelope::read(bytes)?)? != *root {
        return Err(damage("the new wrapping does not open what it wraps").into());
    }
    Ok(())
}
