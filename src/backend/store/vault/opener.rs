//! The vault: a random data key per store, wrapped by a key that is not in the store. SPEC E3.
//!
//! `envelope` says what the wrapped key looks like, `unlock` where the wrapping key
//! comes from.
//!
//! Nothing is read before the first secret is needed, and the data key is made only for a store
//! that holds nothing sealed: a store that lost its key file never gets a second data key, which
//! would orphan what the first one sealed.

use uuid::Uuid;

use crate::backend::BackendError;

use super::super::core::Result;
use super::datakeys::{DataKeys, Root, broken, damage};
use super::envelope::{self, Envelope, Source, Wrapping};
use super::head::{self, Head, Outside};
use super::members::{Known, MemberPrint};
use super::seal::KeyBytes;
use super::unlock::Unlocker;

/// Where the key-encryption key comes from.
pub(crate) enum KeySource {
    /// Whatever the envelope says.
    Given(Box<Unlocker>),
    /// Memory only: for a store that lives in memory itself.
    Memory(KeyBytes),
}

/// Opens and makes a store's data key, and remembers it.
pub(crate) struct Vault {
    source: KeySource,
    store: Uuid,
    open: Option<(Vec<u8>, DataKeys)>,
    /// Where the copy of the head lies; `None` in memory.
    outside: Option<Outside>,
    /// The copy as it was before the transaction began: the store is never older than that.
    known: Result<Option<Head>>,
    /// The head that was compared last.
    compared: Option<Vec<u8>>,
    /// What becomes of the copy once the transaction is committed.
    pending: Option<Copied>,
    /// The store was made before there were heads, and the vault is open: it can be upgraded.
    outdated: bool,
    /// The members of the list that was compared, kept once the transaction is over.
    learned: Option<Known>,
}

/// What becomes of the copy of the head.
enum Copied {
    /// It is replaced by a newer one.
    Newer(Vec<u8>),
    /// It is replaced, whatever it was.
    Accepted(Vec<u8>),
    /// It is forgotten.
    Forgotten,
}

/// What a store keeps of its vault, as it is loaded.
pub(crate) struct Loaded {
    /// `None`: nothing was ever sealed.
    pub(crate) envelope: Option<Vec<u8>>,
    /// `None`: nothing was ever sealed, or the store was made before there were heads.
    pub(crate) head: Option<Vec<u8>>,
    /// The link of the entry of the chain that the head names.
    pub(crate) link: Option<[u8; 32]>,
}

/// A data key that was just made.
pub(crate) struct Made {
    pub(crate) envelope: Vec<u8>,
    pub(crate) keys: DataKeys,
}

impl Vault {
    /// The vault of a store; reads nothing yet.
    pub(crate) const fn new(source: KeySource, store: Uuid, outside: Option<Outside>) -> Self {
        let (open, compared, pending, learned) = (None, None, None, None);
        let (known, outdated) = (Ok(None), false);
        Self { source, store, open, outside, known, compared, pending, outdated, learned }
    }

    /// Reads the copy of the head. Before each transaction: what another process commits meanwhile
    /// is newer than what this one sees.
    pub(crate) fn begin(&mut self) {
        self.known = self.outside.as_ref().map_or(Ok(None), Outside::read);
    }

    /// The copy of the head, as it was before the transaction.
    pub(crate) fn known(&self) -> Result<Option<Head>> {
        self.known.clone()
    }

    /// The store that everything sealed is bound to.
    pub(crate) const fn store(&self) -> Uuid {
        self.store
    }

    /// How wrapping keys are come by; `None` for a store in memory.
    pub(crate) fn unlocker(&mut self) -> Option<&mut Unlocker> {
        match &mut self.source {
            KeySource::Given(unlocker) => Some(&mut **unlocker),
            KeySource::Memory(_) => None,
        }
    }

    /// The data keys; `None` when nothing was ever sealed here.
    pub(crate) fn keys(&mut self, mut loaded: Loaded) -> Result<Option<&DataKeys>> {
        let Some(bytes) = loaded.envelope.take() else {
            (self.open, self.compared) = (None, None);
            return Ok(None);
        };
        self.opened(bytes)?;
        self.compare(loaded)?;
        Ok(self.open.as_ref().map(|it| &it.1))
    }

    /// Opens an envelope, unless it is the one that is open.
    fn opened(&mut self, bytes: Vec<u8>) -> Result<()> {
        let opened = match self.open.take() {
            Some(known) if known.0 == bytes => known,
            before => {
                self.compared = None;
                let envelope = Envelope::read(&bytes)?;
                // A passphrase of before, or of somebody else, opens nothing that opened for members.
                if envelope.team.is_none() && !self.members()?.all.is_empty() {
                    let detail = "what opens the vault was exchanged: it opened for members, and now \
                                  with a key that all share";
                    return Err(BackendError::Untrusted { detail: detail.to_owned() });
                }
                let keys = self.reopen(&envelope, before)?;
                (bytes, keys)
            }
        };
        self.open = Some(opened);
        Ok(())
    }

    /// Compares the head with what is open, once for each head.
    fn compare(&mut self, loaded: Loaded) -> Result<()> {
        let Some((envelope, keys)) = &self.open else { return Ok(()) };
        if loaded.head.is_some() && loaded.head == self.compared {
            return Ok(());
        }
        let known = self.known()?;
        self.outdated = !head::check(&loaded, keys, envelope, known)?;
        // Also what others wrote: whoever only reads must notice when it goes back.
        if let Some(head) = loaded.head.as_ref().filter(|it| Head::read(it) != known) {
            self.pending.get_or_insert_with(|| Copied::Newer(head.clone()));
        }
        self.learned = Envelope::read(envelope)?.team.map(|it| it.known());
        self.compared = loaded.head;
        Ok(())
    }

    /// Whether an envelope is open or nobody has to be asked for what opens it.
    pub(crate) fn is_at_hand(&self, envelope: &[u8]) -> bool {
        self.open.as_ref().is_some_and(|it| it.0 == envelope)
            || matches!(self.source, KeySource::Memory(_))
            || Envelope::read(envelope).is_ok_and(|it| it.source == Source::File)
    }

    /// The data keys, where they are open and were compared with a head.
    pub(crate) fn at_hand(&self) -> Option<&DataKeys> {
        self.open.as_ref().filter(|_| self.compared.is_some()).map(|it| &it.1)
    }

    /// The data keys of an envelope, whatever the head says.
    pub(crate) fn unchecked(&mut self, envelope: &[u8]) -> Result<&DataKeys> {
        let before = self.open.take().filter(|it| it.0 == envelope);
        if before.is_none() {
            self.compared = None;
        }
        let opened = match before {
            Some(open) => open,
            None => (envelope.to_vec(), self.reopen(&Envelope::read(envelope)?, None)?),
        };
        Ok(&self.open.insert(opened).1)
    }

    /// The members whom this machine knows.
    pub(crate) fn members(&self) -> Result<Known> {
        self.outside.as_ref().map_or_else(|| Ok(Known::default()), Outside::known)
    }

    /// From now on this machine knows a member whose fingerprint was compared.
    pub(crate) fn trust(&self, print: MemberPrint, name: &str) -> Result<()> {
        let Some(outside) = &self.outside else { return Ok(()) };
        let mut known = outside.known()?;
        if !known.has(print) {
            known.all.push((print, name.to_owned()));
        }
        outside.keep_known(&known)
    }

    /// The members of the envelope that was written or compared last, until the transaction ends.
    pub(crate) fn learned(&self) -> Option<Known> {
        self.learned.clone()
    }

    /// An envelope was written: it is open, and its members are known from now on.
    pub(crate) fn learn(&mut self, envelope: &[u8], keys: DataKeys) -> Result<()> {
        self.learned = Envelope::read(envelope)?.team.map(|it| it.known());
        self.open = Some((envelope.to_vec(), keys));
        Ok(())
    }

    /// A newer head was written.
    pub(crate) fn wrote(&mut self, head: Vec<u8>) {
        self.outdated = false;
        self.compared = Some(head.clone());
        self.pending = Some(Copied::Newer(head));
    }

    /// A head was written that counts whatever the copy says.
    pub(crate) fn accepted(&mut self, head: Vec<u8>) {
        self.wrote(head.clone());
        self.pending = Some(Copied::Accepted(head));
    }

    /// The store has no vault, and that is right.
    pub(crate) fn forget_outside(&mut self) {
        self.pending = Some(Copied::Forgotten);
    }

    /// What the transaction wrote is there to stay, or is not.
    pub(crate) fn ended(&mut self, committed: bool) {
        let pending = self.pending.take();
        if !committed {
            self.learned = None;
            // It was compared with what is gone.
            if pending.is_some() {
                self.compared = None;
            }
            return;
        }
        let Some(outside) = &self.outside else { return };
        let wrote = pending.is_some();
        match pending {
            Some(Copied::Newer(head)) => outside.put(&head),
            Some(Copied::Accepted(head)) => outside.replace(&head),
            Some(Copied::Forgotten) => outside.forget(),
            None => {}
        }
        let shared = || self.compared.as_deref().and_then(Head::read);
        let known = match self.learned.take() {
            Some(known) => known,
            // It opens with a key that all share, and that is right.
            None if wrote && shared().is_some_and(|it| !it.is_of_members()) => Known::default(),
            None => return,
        };
        if let Err(error) = outside.keep_known(&known) {
            tracing::warn!(%error, "the list of known members cannot be written");
        }
    }

    /// Whether the store is to be upgraded, and can be.
    pub(crate) const fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// Opens an envelope that was not seen before.
    fn reopen(
        &mut self,
        envelope: &Envelope<'_>,
        before: Option<(Vec<u8>, DataKeys)>,
    ) -> Result<DataKeys> {
        match self.unwrap_all(envelope) {
            Ok((root, older)) => Ok(DataKeys::derive(self.store, root).with_older(older)),
            // Another process gave the same data key another passphrase: whoever was let in
            // before stays in, since nobody can be asked while the screen is up.
            Err(BackendError::Locked { detail }) => before
                .map(|(_, keys)| keys)
                .filter(|keys| envelope.data_id == Some(keys.root().id()))
                .ok_or(BackendError::Locked { detail }),
            Err(other) => Err(other),
        }
    }

    /// What an envelope wraps.
    pub(crate) fn unwrap(&mut self, envelope: &Envelope<'_>) -> Result<Root> {
        Ok(self.unwrap_all(envelope)?.0)
    }

    /// What an envelope wraps, and the data keys of before.
    fn unwrap_all(&mut self, envelope: &Envelope<'_>) -> Result<(Root, Vec<Root>)> {
        if let Some(team) = &envelope.team {
            let known = self.members()?;
            let KeySource::Given(unlocker) = &mut self.source else {
                return Err(damage("a store in memory has no members"));
            };
            return team.open(self.store, unlocker.member(self.store)?, &known);
        }
        let root = match &mut self.source {
            KeySource::Given(unlocker) => unlocker.open(self.store, envelope),
            KeySource::Memory(key) => envelope.open(self.store, key),
        };
        Ok((root?, Vec::new()))
    }

    /// What wraps the first data key of a store.
    pub(crate) fn first(&self) -> Result<Wrapping> {
        match &self.source {
            KeySource::Given(unlocker) => unlocker.first(),
            KeySource::Memory(key) => {
                Ok(Wrapping { source: Source::File, kdf: None, key: key.clone() })
            }
        }
    }

    /// Makes the data key of a store that has none.
    pub(crate) fn make(&self, wrapping: &Wrapping) -> Result<Made> {
        let root = Root::random().map_err(|e| broken("the data key", e))?;
        let envelope = envelope::wrap(self.store, wrapping, &root)?;
        Ok(Made { envelope, keys: DataKeys::derive(self.store, root) })
    }

    /// Refuses a data key where there was one. `orphans`: something is sealed.
    pub(crate) fn may_make(&self, orphans: bool) -> Result<()> {
        if orphans {
            let detail = "the store's wrapped data key is gone from its file".to_owned();
            return Err(BackendError::Untrusted { detail });
        }
        head::may_make(self.store, self.known()?)
    }
}
