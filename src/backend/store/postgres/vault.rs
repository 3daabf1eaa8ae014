//! The rows of the vault, its keys for whoever has a transaction, and changing what opens it. What is
//! sealed and what shows that it was altered is the vault's, as for the embedded store; but a key file
//! of one machine opens nothing for the others, so a team store never has one.

use uuid::Uuid;

use super::db::{Context, State, Tx};
use super::failure::{ServerError, ServerStep};
use super::value::{column, number, one, sql};
use super::{chain, drafts, secrets};
use crate::backend::BackendError;
use crate::backend::store::core::Result;
use crate::backend::store::core::chain::{Kind, Mark, START};
use crate::backend::store::core::columns::moment;
use crate::backend::store::core::secrets::{goes, open};
use crate::backend::store::vault::datakeys::{DataKeys, Root, broken, damage};
use crate::backend::store::vault::envelope::{self, Envelope, Source, Wrapping};
use crate::backend::store::vault::head::Head;
use crate::backend::store::vault::members::{self, Member, MemberKey};
use crate::backend::store::vault::opener::Loaded;
use crate::backend::store::vault::seal::KeyBytes;
use crate::backend::store::vault::unlock::NewKey;
use crate::backend::store::vault::{keyfile, keyring};
use crate::backend::store::{Lock, Rotated, VaultStatus};

/// The rows as the transaction found them: it holds the store, so they are as they are now until it
/// writes others.
fn loaded(state: &State) -> Loaded {
    let State { envelope, head, link } = state.clone();
    let first = head.as_deref().and_then(Head::read).is_some_and(|it| it.seq == 0);
    Loaded { envelope, head, link: if first { Some(START) } else { link } }
}

/// The data keys; `None`: nothing was ever sealed here.
pub(super) fn keys<'a>(tx: &Tx<'_>, context: &'a mut Context) -> Result<Option<&'a DataKeys>> {
    context.vault.keys(loaded(tx.state()))
}

/// The data keys of a store that must have them, to open `what`.
pub(super) fn needed<'a>(
    tx: &Tx<'_>,
    context: &'a mut Context,
    what: &str,
) -> Result<&'a DataKeys> {
    if tx.state().envelope.is_none() {
        may_make(tx, context)?;
    }
    keys(tx, context)?.ok_or_else(|| {
        ServerError::failure(
            ServerStep::Work,
            format!("{what} cannot be sealed: the vault of this store is not set up"),
            "`jetbridge vault init --source members` sets it up once; then `jetbridge team invite` lets the others in.",
        )
    })
}

/// Opens the vault unless somebody has to type for it, or it cannot be opened.
pub(super) fn open_unasked(tx: &Tx<'_>, context: &mut Context) {
    let envelope = tx.state().envelope.as_deref().and_then(|it| Envelope::read(it).ok());
    if envelope.is_some_and(|it| it.source != Source::Passphrase)
        && let Err(error) = keys(tx, context)
    {
        tracing::debug!(%error, "the vault stays sealed");
    }
}

/// Refuses a data key where there was one.
pub(super) fn may_make(tx: &Tx<'_>, context: &Context) -> Result<()> {
    let rows = tx.rows(sql!(
        "SELECT EXISTS (SELECT 1 FROM jetbridge.secrets)
             OR EXISTS (SELECT 1 FROM jetbridge.issued_keys)"
    ))?;
    context.vault.may_make(column(&one(rows)?, 0)?)
}

/// Brings the head up to what a transaction did, where the vault is open.
pub(super) fn settle(tx: &Tx<'_>, context: &mut Context) -> Result<()> {
    let Some(envelope) = tx.state().envelope.clone() else { return Ok(()) };
    let before = tx.state().head.as_deref().and_then(Head::read);
    let last = *tx.last.borrow();
    let settled = before.is_some_and(|it| it.covers(last.0, &envelope));
    if settled || tx.has_head.get() || !context.vault.is_at_hand(&envelope) {
        return Ok(());
    }
    // Whatever is in the way of that is an error of whoever needs a secret, not of this change.
    let Ok(Some(keys)) = keys(tx, context) else { return Ok(()) };
    let head = head(tx, keys, &envelope, before.map_or(1, |it| it.epoch))?;
    context.vault.wrote(head);
    Ok(())
}

/// Writes the head for these keys over everything that the chain has.
fn head(tx: &Tx<'_>, keys: &DataKeys, envelope: &[u8], epoch: u32) -> Result<Vec<u8>> {
    let last = *tx.last.borrow();
    let bytes = Head::made(keys, envelope, epoch, last)?;
    tx.has_head.set(true);
    tx.put(sql!(
        "INSERT INTO jetbridge.head (one, bytes, seq) VALUES (true, $1, $2)
         ON CONFLICT (one) DO UPDATE SET bytes = excluded.bytes, seq = excluded.seq",
        bytes.as_slice(),
        last.0
    ));
    Ok(bytes)
}

/// What is known of the vault; opens nothing.
pub(super) fn status(tx: &Tx<'_>, context: &mut Context) -> Result<VaultStatus> {
    let row = one(tx.rows(sql!(
        "SELECT (SELECT count(*) FROM jetbridge.secrets), (SELECT count(*) FROM jetbridge.drafts),
             (SELECT made_at FROM jetbridge.vault)"
    ))?)?;
    let store = context.vault.store();
    let mut status = VaultStatus {
        store,
        lock: None,
        gone: None,
        state: tx.state().head.as_deref().and_then(Head::read).map(|it| it.shown()),
        secrets: number(&row, 0)?,
        drafts: number(&row, 1)?,
        contexts: 0,
        cached: None,
        cache_broken: None,
    };
    let (Some(bytes), Some(made_at)) = (&tx.state().envelope, column::<Option<i64>>(&row, 2)?)
    else {
        status.gone = may_make(tx, context).err().map(|it| it.to_string());
        return Ok(status);
    };
    let envelope = Envelope::read(bytes)?;
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

/// A wrapping key, made before the store is held: nobody waits for a command or for the derivation.
pub(super) struct Prepared {
    before: Option<Vec<u8>>,
    root: Option<Root>,
    older: Vec<Root>,
    how: How,
}

/// How the data key is wrapped from now on.
enum How {
    /// With one key that all share.
    Shared(Wrapping),
    /// For each member; who has no wrap yet gets one from this member.
    Members(Vec<Member>),
}

/// What becomes of the members.
pub(super) enum Change {
    /// Another one.
    Add(String, MemberKey),
    /// All but these.
    Remove(Vec<MemberKey>),
}

/// Opens the vault, if there is one, and makes the new wrapping key.
pub(super) fn prepare(
    tx: &Tx<'_>,
    context: &mut Context,
    new: &NewKey,
    set_up: bool,
) -> Result<Prepared> {
    let before = tx.state().envelope.clone();
    if before.is_some() != set_up {
        return Err(BackendError::Invalid(match set_up {
            true => "nothing is sealed yet, and no vault is set up".into(),
            false => "the vault exists already".into(),
        }));
    }
    if before.is_none() {
        may_make(tx, context)?;
    }
    if *new == NewKey::File {
        return Err(BackendError::Invalid(
            "a key file opens the vault on this machine only: choose a passphrase or a key command"
                .into(),
        ));
    }
    let source = match &before {
        Some(bytes) => Some(Envelope::read(bytes)?.source),
        None => None,
    };
    let (root, older) = opened(tx, context)?;
    let none = || BackendError::Unsupported("changing what opens the vault");
    let how = match (new, source) {
        (NewKey::Members, Some(Source::Members)) | (NewKey::Same, Some(Source::Members)) => {
            let bytes = before.as_deref().unwrap_or_default();
            let again = |it: Member| Member { wrap: None, ..it };
            How::Members(members_of(bytes)?.into_iter().map(again).collect())
        }
        (NewKey::Members, _) => How::Members(vec![myself(context)?]),
        _ => How::Shared(context.vault.unlocker().ok_or_else(none)?.make(new, source)?),
    };
    if let How::Shared(Wrapping { source: Source::File, .. }) = how {
        return Err(none());
    }
    Ok(Prepared { before, root, older, how })
}

/// The keys of the vault, and those of before.
fn opened(tx: &Tx<'_>, context: &mut Context) -> Result<(Option<Root>, Vec<Root>)> {
    let keys = keys(tx, context)?;
    Ok((keys.map(|it| it.root().clone()), keys.map_or_else(Vec::new, |it| it.older().to_vec())))
}

/// The members of an envelope.
pub(super) fn members_of(envelope: &[u8]) -> Result<Vec<Member>> {
    Envelope::read(envelope)?.team.map(|it| it.members).ok_or_else(|| {
        BackendError::Invalid("the vault of this store does not open for members: `jetbridge vault rotate --source members` changes that".into())
    })
}

/// This person, as the first member.
fn myself(context: &mut Context) -> Result<Member> {
    let (now, store) = (context.stamp(), context.vault.store());
    let own = context.vault.unlocker().ok_or_else(members::no_key)?.member(store)?;
    Ok(Member {
        name: now.by.clone(),
        key: own.public(),
        added_by: now.by,
        added_at: now.at.as_microsecond(),
        wrap: None,
    })
}

/// Opens the vault, and changes its members.
pub(super) fn prepare_members(
    tx: &Tx<'_>,
    context: &mut Context,
    change: &Change,
) -> Result<Prepared> {
    let before = tx.state().envelope.clone();
    let nothing = || {
        BackendError::Invalid(
            "no vault is set up: `jetbridge vault init --source members` does that".into(),
        )
    };
    let mut all = members_of(before.as_deref().ok_or_else(nothing)?)?;
    let (root, older) = opened(tx, context)?;
    let (now, store) = (context.stamp(), context.vault.store());
    match change {
        Change::Add(name, key) => {
            if all.iter().any(|it| it.key == *key) {
                return Err(BackendError::Invalid("this key is a member's already".into()));
            }
            all.push(Member {
                name: name.clone(),
                key: *key,
                added_by: now.by,
                added_at: now.at.as_microsecond(),
                wrap: None,
            });
        }
        Change::Remove(keys) => {
            let own = context.vault.unlocker().ok_or_else(members::no_key)?;
            let own = own.member(store)?.public();
            if keys.contains(&own) {
                return Err(BackendError::Invalid("another member has to remove you: your own key cannot be the one that is taken out".into()));
            }
            all.retain(|it| !keys.contains(&it.key));
            all.iter_mut().for_each(|it| it.wrap = None);
        }
    }
    Ok(Prepared { before, root, older, how: How::Members(all) })
}

impl Prepared {
    /// The same, with another key that recognises issued keys.
    pub(super) fn issuing(mut self, key: KeyBytes) -> Self {
        self.root = self.root.map(|it| Root { issued: key, ..it });
        self
    }

    /// What is wrapped now. Fails when somebody was faster: another passphrase must not be undone.
    fn unchanged(&self, tx: &Tx<'_>) -> Result<&Root> {
        let same = tx.state().envelope == self.before;
        self.root.as_ref().filter(|_| same && self.before.is_some()).ok_or(BackendError::Busy)
    }

    /// The envelope around a root, which opens by the way that everybody takes from now on.
    fn envelope(
        &self,
        context: &mut Context,
        epoch: u32,
        root: &Root,
        older: &[Root],
    ) -> Result<Vec<u8>> {
        let store = context.vault.store();
        let bytes = match &self.how {
            How::Shared(wrapping) => envelope::wrap(store, wrapping, root)?,
            How::Members(all) => {
                let own = context.vault.unlocker().ok_or_else(members::no_key)?.member(store)?;
                members::made(own, store, epoch, (root, older), all)?
            }
        };
        if context.vault.unwrap(&Envelope::read(&bytes)?)? == *root {
            return Ok(bytes);
        }
        Err(damage("the new wrapping does not open what it wraps"))
    }
}

/// Makes the data key of a store that has none.
pub(super) fn init(tx: &Tx<'_>, context: &mut Context, new: &Prepared) -> Result<()> {
    if tx.state().envelope.is_some() {
        return Err(BackendError::Busy);
    }
    may_make(tx, context)?;
    let root = Root::random().map_err(|e| broken("the data key", e))?;
    let envelope = new.envelope(context, 1, &root, &[])?;
    let keys = DataKeys::derive(context.vault.store(), root);
    tx.put(sql!(
        "INSERT INTO jetbridge.vault (one, envelope, made_at) VALUES (true, $1, $2)",
        envelope.as_slice(),
        context.now().as_microsecond()
    ));
    renewed(tx, context, &keys, &envelope, (1, "set up"))
}

/// Wraps the same data key in another way. `note`: what it was, for the chain.
pub(super) fn rewrap(tx: &Tx<'_>, context: &mut Context, new: &Prepared, note: &str) -> Result<()> {
    let root = new.unchanged(tx)?;
    let store = context.vault.store();
    let envelope = new.envelope(context, epoch(tx), root, &new.older)?;
    tx.put(sql!("UPDATE jetbridge.vault SET envelope = $1", envelope.as_slice()));
    let keys = DataKeys::derive(store, root.clone()).with_older(new.older.clone());
    renewed(tx, context, &keys, &envelope, (epoch(tx), note))
}

/// Makes new keys, wraps them, and seals every secret and the own drafts again. Drafts of others stay
/// sealed with the old key. A team keeps that, sealed with the new one, so they still open; with a key
/// that all share nobody has it any more.
pub(super) fn rotate(
    tx: &Tx<'_>,
    context: &mut Context,
    new: &Prepared,
    note: &str,
) -> Result<Rotated> {
    let root = new.unchanged(tx)?;
    let store = context.vault.store();
    unaltered(tx)?;
    let next = root.rotated().map_err(|e| broken("the data key", e))?;
    let next_epoch = epoch(tx).saturating_add(1);
    let mut before = vec![root.clone()];
    before.extend(new.older.iter().cloned());
    let envelope = new.envelope(context, next_epoch, &next, &before)?;
    let old = DataKeys::derive(store, root.clone()).with_older(new.older.clone());
    let new = DataKeys::derive(store, next).with_older(before);
    let (names, fingerprints) = secrets::seal_again(tx, &old, &new)?;
    let drafts = drafts::seal_again(tx, &old, &new, &fingerprints)?;
    tx.put(sql!(
        "UPDATE jetbridge.vault SET envelope = $1, made_at = $2",
        envelope.as_slice(),
        context.now().as_microsecond()
    ));
    renewed(tx, context, &new, &envelope, (next_epoch, note))?;
    Ok(Rotated {
        secrets: u64::try_from(names.len()).unwrap_or(u64::MAX),
        drafts,
        contexts: 0,
        sources: names,
    })
}

/// What somebody altered is not sealed again as if it were right.
fn unaltered(tx: &Tx<'_>) -> Result<()> {
    let covered = tx.state().head.as_deref().and_then(Head::read).map_or(0, |it| it.seq);
    match chain::findings(tx, covered)?.into_iter().next() {
        Some(detail) => Err(BackendError::Untrusted { detail }),
        None => Ok(()),
    }
}

/// What [`rotate`] would seal again, and what would be in the way of it.
pub(super) fn would_rotate(tx: &Tx<'_>, context: &mut Context) -> Result<Rotated> {
    unaltered(tx)?;
    open_all(tx, context)
}

/// Takes the store as it is for the right one, and says why in the chain.
pub(super) fn accept(tx: &Tx<'_>, context: &mut Context, reason: &str) -> Result<()> {
    let known = context.vault.known().unwrap_or_default();
    let note = format!("{}: {reason}", context.stamp().by);
    chain::append(tx, &Mark { note: &note, ..Mark::of(Kind::Accepted, b"accepted") });
    let Some(mut envelope) = tx.state().envelope.clone() else {
        tx.put(sql!("DELETE FROM jetbridge.head"));
        context.vault.forget_outside();
        return Ok(());
    };
    let epoch = epoch(tx).max(known.map_or(0, |it| it.epoch)).saturating_add(1);
    let keys = context.vault.unchecked(&envelope)?;
    if Envelope::read(&envelope)?.team.is_some() {
        // The epoch is bound to what is wrapped.
        let again = |it: Member| Member { wrap: None, ..it };
        let (root, older) = (keys.root().clone(), keys.older().to_vec());
        let all = members_of(&envelope)?.into_iter().map(again).collect();
        let new = Prepared { before: None, root: None, older, how: How::Members(all) };
        envelope = new.envelope(context, epoch, &root, &new.older)?;
        tx.put(sql!("UPDATE jetbridge.vault SET envelope = $1", envelope.as_slice()));
        let keys = DataKeys::derive(context.vault.store(), root).with_older(new.older);
        context.vault.learn(&envelope, keys)?;
    }
    let keys = context.vault.unchecked(&envelope)?;
    let head = head(tx, keys, &envelope, epoch)?;
    context.vault.accepted(head);
    Ok(())
}

/// The epoch of the head.
fn epoch(tx: &Tx<'_>) -> u32 {
    tx.state().head.as_deref().and_then(Head::read).map_or(1, |it| it.epoch)
}

/// Writes the head for what opens the vault from now on.
fn renewed(
    tx: &Tx<'_>,
    context: &mut Context,
    keys: &DataKeys,
    envelope: &[u8],
    (epoch, note): (u32, &str),
) -> Result<()> {
    let note = format!("{}: {note}", context.stamp().by);
    chain::append(tx, &Mark { note: &note, ..Mark::of(Kind::Vault, keys.store().as_bytes()) });
    let head = head(tx, keys, envelope, epoch)?;
    let again = DataKeys::derive(keys.store(), keys.root().clone());
    context.vault.learn(envelope, again.with_older(keys.older().to_vec()))?;
    context.vault.wrote(head);
    Ok(())
}

/// Opens every secret and the own drafts, and says how many there are.
pub(super) fn open_all(tx: &Tx<'_>, context: &mut Context) -> Result<Rotated> {
    let mut all = Rotated::default();
    let Some(keys) = keys(tx, context)? else { return Ok(all) };
    for found in secrets::all(tx)? {
        for (field, sealed) in &found.secrets {
            all.secrets += 1;
            all.sources.push(found.named(field));
            open(keys, found.record.id, field, sealed, &goes(&found.record, field))?;
        }
    }
    all.drafts = drafts::open_all(tx, keys)?;
    Ok(all)
}

/// Takes the wrapping key out of the cache; whether it was there.
pub(super) fn forget_cached(tx: &Tx<'_>, context: &mut Context) -> Result<bool> {
    let store: Uuid = context.vault.store();
    let Some(bytes) = &tx.state().envelope else { return Ok(false) };
    let name = keyring::name(store, Envelope::read(bytes)?.key_id);
    let Some(cache) = context.vault.unlocker().and_then(|it| it.cache()) else { return Ok(false) };
    cache.forget(&name).ok_or_else(|| {
        let why = cache.broken().unwrap_or_default();
        BackendError::Other(format!("the kernel's keyring cannot be used: {why}"))
    })
}
