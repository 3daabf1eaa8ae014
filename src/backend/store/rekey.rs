//! Changing what opens the vault, and what it opens. RELIABILITY §4.
//!
//! Re-wrapping changes one row. A rotation of everything makes a new data key and seals every
//! secret and draft anew, in one transaction: after a kill at any moment the store is either as it
//! was, opened by the old wrapping key, or as it shall be, opened by the new one. A key file gets
//! its new key before the transaction ends and keeps the old one, so that both cases open.

use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

use crate::backend::BackendError;
use crate::domain::{ConnectionId, Timestamp};

use super::datakeys::{DataKeys, Root, broken, told};
use super::db::Context;
use super::envelope::{self, Envelope, Source, Wrapping};
use super::failure::Result;
use super::kdf::Cost;
use super::keyring;
use super::row::moment;
use super::unlock::NewKey;
use super::{secrets, vault};

/// What is known of a vault without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultStatus {
    /// The store's own id, which everything sealed is bound to.
    pub store: Uuid,
    /// The envelope; `None`: nothing was ever sealed.
    pub lock: Option<Lock>,
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

/// What an envelope tells.
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

/// What a rotation of everything sealed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotated {
    /// Secrets of connections.
    pub secrets: u64,
    /// Drafts.
    pub drafts: u64,
    /// Credentials of contexts.
    pub contexts: u64,
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
        secrets: count("secrets")?,
        drafts: count("drafts")?,
        contexts: count("context_secrets")?,
        cached: None,
        cache_broken: None,
    };
    let Some(bytes) = vault::row(tx)? else { return Ok(status) };
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
        key_id: super::keyfile::hex(&envelope.key_id).to_string(),
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
    let before = vault::row(conn)?;
    if before.is_some() != set_up {
        let text = if set_up {
            "nothing is sealed yet, and no vault is set up"
        } else {
            "the vault is there already"
        };
        return Err(BackendError::Invalid(text.into()).into());
    }
    let source = match &before {
        Some(bytes) => Some(Envelope::read(bytes)?.source),
        None => None,
    };
    let root = context.vault.keys(conn)?.map(|keys| keys.root().clone());
    let none = || BackendError::Unsupported("changing what opens a store in memory");
    let wrapping = context.vault.unlocker().ok_or_else(none)?.make(new, source)?;
    Ok(Prepared { before, root, wrapping })
}

impl Prepared {
    /// What is wrapped now. Fails when another process was faster: it may have set another
    /// passphrase, which must not be undone.
    fn unchanged(&self, tx: &Transaction<'_>) -> Result<&Root> {
        let root = self.root.as_ref().filter(|_| self.before.is_some());
        let same = vault::row(tx)? == self.before;
        Ok(root.filter(|_| same).ok_or(BackendError::Busy)?)
    }
}

/// Makes the data key of a store that has none, wrapped as told.
pub(super) fn init(tx: &Transaction<'_>, context: &mut Context, new: &Prepared) -> Result<()> {
    if vault::row(tx)?.is_some() {
        return Err(BackendError::Busy.into());
    }
    let now = context.now();
    context.vault.make(tx, now, &new.wrapping)?;
    // Opened at once: what was typed or printed must do it again.
    context.vault.needed(tx, "the vault").map(|_| ())
}

/// Wraps the same data key anew.
pub(super) fn rewrap(tx: &Transaction<'_>, context: &mut Context, new: &Prepared) -> Result<()> {
    let root = new.unchanged(tx)?;
    fault!("rewrap.begun");
    let envelope = envelope::wrap(context.vault.store(), &new.wrapping, root)?;
    fault!("rewrap.wrapped");
    opens(context, &envelope, root)?;
    fault!("rewrap.checked");
    tx.execute("UPDATE vault SET envelope = ?1", [&envelope])?;
    fault!("rewrap.row");
    Ok(())
}

/// Makes a new data key, wraps it, and seals every secret and draft anew.
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
    let secrets = secrets::seal_anew(tx, &old, &new)?;
    fault!("rotate.secrets");
    let drafts = super::drafts::seal_anew(tx, &old, &new)?;
    fault!("rotate.drafts");
    let contexts = super::contexts::seal_anew(tx, &old, &new)?;
    fault!("rotate.contexts");
    let now = context.now().as_microsecond();
    tx.execute("UPDATE vault SET envelope = ?1, made_at = ?2", params![envelope, now])?;
    fault!("rotate.row");
    Ok(Rotated { secrets, drafts, contexts })
}

/// Opens every secret and draft with these keys, and says how many there are. The first that
/// does not open is the error.
pub(super) fn open_all(conn: &Connection, keys: &DataKeys) -> Result<Rotated> {
    let mut all = Rotated::default();
    secrets::each(conn, |id: ConnectionId, field, row| {
        all.secrets += 1;
        secrets::open(keys, id, field, row).map(|_| ())
    })?;
    super::drafts::each(conn, |id, saved_at, sealed| {
        all.drafts += 1;
        keys.open_draft(id, saved_at, sealed).map(|_| ())
    })?;
    super::contexts::each(conn, |name, sealed| {
        all.contexts += 1;
        keys.open_context(name, sealed).map(|_| ())
    })?;
    Ok(all)
}

/// Whether the new envelope opens by the way that everybody will take from now on.
fn opens(context: &mut Context, bytes: &[u8], root: &Root) -> Result<()> {
    let found = context.vault.unwrap(&Envelope::read(bytes)?)?;
    if found.data != root.data || found.index != root.index {
        return Err(told("the new wrapping does not open what it wraps"));
    }
    Ok(())
}
