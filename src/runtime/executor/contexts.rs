//! Opening contexts, each once; coming back to one finds it open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::{Answers, Means};
use crate::app::Answer;
use crate::app::contexts::{ContextInfo, Contexts, Ready};
use crate::backend::{BackendError, Place};
use crate::service::contexts::OpenError;

/// The contexts that were opened, by name.
#[derive(Clone, Default)]
pub(super) struct Opened(Arc<Mutex<HashMap<String, Place>>>);

impl Opened {
    /// The one that the session begins with.
    pub(super) fn with(means: &Means) -> Self {
        let opened = Self::default();
        let active = means.contexts.as_ref().and_then(|it| it.active());
        if let Some(active) = active {
            opened.put(&active.name, means.backend.clone());
        }
        opened
    }

    pub(super) fn get(&self, name: &str) -> Option<Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn put(&self, name: &str, backend: Place) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), backend);
    }
}

/// Opens a context, and says what it can do.
pub(super) async fn open(means: &Means, opened: Opened, name: String, answers: &Answers) {
    let ready = match backend(means, &opened, name.clone()).await {
        Ok(backend) => {
            let place = Box::new(super::keep::place(means, name).await);
            Ok(Ready { capabilities: backend.capabilities(), place })
        }
        Err(why) => Err(why),
    };
    answers.send(Answer::ContextOpened(ready));
}

/// The backend of a context, opened if need be. On a thread of its own, because a store may have to
/// wait for its file. Fails with one line: why, and what to do.
pub(super) async fn backend(means: &Means, opened: &Opened, name: String) -> Result<Place, String> {
    if let Some(backend) = opened.get(&name) {
        return Ok(backend);
    }
    let Some(contexts) = means.contexts.clone() else {
        return Err("there is no such context.".into());
    };
    // Dropping this future does not reach the thread; the token does.
    let token = CancellationToken::new();
    let _ends_with_us = token.clone().drop_guard();
    let (runtime, wanted) = (tokio::runtime::Handle::current(), name.clone());
    let work = tokio::task::spawn_blocking(move || {
        runtime.block_on(token.run_until_cancelled(async { contexts.open(&wanted).await }))
    });
    match tokio::time::timeout(means.timeout, work).await {
        Ok(Ok(Some(Ok(backend)))) => {
            opened.put(&name, backend.clone());
            Ok(backend)
        }
        Ok(Ok(Some(Err(error)))) => Err(line(&error)),
        Ok(Ok(None) | Err(_)) => Err(line(&BackendError::Cancelled.into())),
        Err(_) => Err(line(&BackendError::TimedOut { seconds: means.timeout.as_secs() }.into())),
    }
}

/// What happened, why, and what to do, in one line.
fn line(error: &OpenError) -> String {
    if error.hint.is_empty() { format!("{error}.") } else { format!("{error}. {}", error.hint) }
}

/// What the screen shows of the contexts that the command line found.
pub(crate) fn shown(contexts: Option<&crate::service::contexts::Contexts>) -> Contexts {
    let Some(contexts) = contexts else { return Contexts::default() };
    let info = |it: &crate::service::contexts::ContextInfo| ContextInfo {
        name: it.name.clone(),
        kind: it.kind,
        label: it.label.clone(),
        colour: it.colour,
        place: it.place.clone(),
        read_only: it.read_only,
        installer: it.installer.clone(),
    };
    Contexts {
        all: contexts.list().iter().map(info).collect(),
        active: contexts.active().map(|it| it.name.clone()).unwrap_or_default(),
        ..Contexts::default()
    }
}
