//! What the thread of a team store, whoever watches it and its place know together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use super::link::ServerFacts;
use crate::backend::shared::Step;
use crate::backend::store::core::Result;
use crate::backend::store::vault::envelope::{Envelope, Source};
use crate::backend::{BackendError, Capabilities, ReadOnly};
use crate::domain::Timestamp;

/// What the role that signed in may do, and what is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rights {
    /// Why nothing can be written; `None`: it can.
    pub(super) read_only: Option<ReadOnly>,
    /// A vault is set up.
    pub(super) sealed: bool,
    /// Somebody has to type a passphrase to open it.
    pub(super) asks: bool,
}

#[derive(Debug, Default)]
struct State {
    /// `None`: nothing is known yet.
    rights: Option<Rights>,
    store: Option<Uuid>,
    answered: Option<Timestamp>,
}

/// See above.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// The furthest step that was seen.
    highest: AtomicU64,
    state: Mutex<State>,
    /// The connection of the thread broke, or somebody asks whether the server answers.
    pub(super) doubt: Notify,
}

impl Feed {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known from an earlier time.
    pub(super) fn recall(&self, store: Uuid, step: Step, rights: Rights) {
        self.highest.fetch_max(step, Ordering::SeqCst);
        let mut state = self.state();
        state.store.get_or_insert(store);
        state.rights.get_or_insert(rights);
    }

    /// A connection was made.
    pub(super) fn entered(&self, facts: &ServerFacts) {
        let mut state = self.state();
        let asks = state.rights.is_some_and(|it| it.asks) && facts.sealed;
        state.store = facts.store;
        state.rights = Some(Rights { read_only: facts.read_only, sealed: facts.sealed, asks });
    }

    /// The furthest step that was seen: what is asked from now on is not before it.
    pub(super) fn floor(&self) -> Step {
        self.highest.load(Ordering::SeqCst)
    }

    /// The server was at a step, and was asked when `floor` was the furthest.
    pub(super) fn at(&self, step: Step, floor: Step) -> Result<()> {
        self.state().answered = Some(Timestamp::now());
        if step < floor {
            let detail = format!(
                "an older copy of it took its place: {step} changes were made to it, and there were {floor} when it was last used here"
            );
            return Err(BackendError::Untrusted { detail });
        }
        self.highest.fetch_max(step, Ordering::SeqCst);
        Ok(())
    }

    /// The step that a change of this session made.
    pub(super) fn committed(&self, step: Step) {
        self.highest.fetch_max(step, Ordering::SeqCst);
    }

    /// The vault that a transaction found.
    pub(super) fn vault(&self, envelope: Option<&[u8]>) {
        if let Some(rights) = &mut self.state().rights {
            rights.sealed = envelope.is_some();
            let read = envelope.and_then(|it| Envelope::read(it).ok());
            rights.asks = read.is_some_and(|it| it.source == Source::Passphrase);
        }
    }

    /// Whatever step it is at is the right one.
    pub(super) fn accept(&self) {
        self.highest.store(0, Ordering::SeqCst);
    }

    /// The store, and what may be done; `None`: nothing is known yet.
    pub(super) fn known(&self) -> Option<(Uuid, Rights)> {
        let state = self.state();
        state.store.zip(state.rights)
    }

    /// When the server answered last.
    pub(super) fn answered(&self) -> Option<Timestamp> {
        self.state().answered
    }

    /// What can be done there.
    pub(super) fn capabilities(&self) -> Capabilities {
        let Some(rights) = self.state().rights else { return Capabilities::STORE };
        // A draft is sealed, or not kept.
        let can = Capabilities { drafts: rights.sealed, ..Capabilities::STORE };
        rights.read_only.map_or(can, |why| can.without_writing(why))
    }
}
