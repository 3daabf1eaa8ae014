//! What is kept so that a restart finds it: forms in progress, and how lists were left. C7, E5.

use super::{Executor, Means};
use crate::app::msg::KeptDraft;
use crate::app::{Answer, Effect};
use crate::backend::{BackendError, FormDraft};
use crate::domain::{ConnectionId, ListState};

impl Executor {
    /// Performs what concerns drafts and how lists were left; other effects are not its own.
    pub(super) fn perform_keeping(&mut self, effect: Effect) {
        let means = self.means.clone();
        match effect {
            Effect::ReadDrafts { request } => {
                let work = self.drafts.after(async move { Answer::Drafts(drafts(&means).await) });
                self.answer(request, false, work);
            }
            Effect::KeepDraft { request, draft: kept, instead_of } => {
                let work = self
                    .drafts
                    .after(async move { Answer::DraftKept(draft(&means, kept, instead_of).await) });
                self.answer(request, true, work);
            }
            Effect::DiscardDraft { request, id } => {
                let work = self.drafts.after(async move {
                    Answer::DraftDiscarded(means.within(means.backend.discard_draft(id)).await)
                });
                self.answer(request, true, work);
            }
            Effect::KeepList { request, context, state } => {
                self.answer(request, true, async move {
                    Answer::ListKept(keep_list(&means, context, *state, request.0).await)
                });
            }
            _ => {}
        }
    }
}

/// Keeps a draft, and then forgets the one that it takes the place of: after a kill in between
/// there are two, never none.
async fn draft(
    means: &Means,
    draft: FormDraft,
    instead_of: Option<String>,
) -> Result<(), BackendError> {
    means.within(means.backend.save_draft(draft)).await?;
    match instead_of {
        Some(id) => means.within(means.backend.discard_draft(id)).await,
        None => Ok(()),
    }
}

/// The kept drafts, and which of them are open in other processes.
async fn drafts(means: &Means) -> Result<Vec<KeptDraft>, BackendError> {
    let mut drafts = means.within(means.backend.drafts()).await?;
    // These go on in the editor that they were typed in.
    drafts.retain(|it| !it.id.starts_with(FormDraft::TEXT));
    let sessions = means.services.sessions();
    let kept = |draft: FormDraft| {
        let elsewhere = sessions.holds(&draft.id);
        KeptDraft { draft, elsewhere }
    };
    Ok(drafts.into_iter().map(kept).collect())
}

/// The kept drafts of a connection. Without them it can be opened all the same.
pub(super) async fn drafts_of(means: Means, id: ConnectionId) -> Vec<KeptDraft> {
    if !means.backend.capabilities().drafts {
        return Vec::new();
    }
    let mut all = drafts(&means).await.unwrap_or_default();
    all.retain(|it| it.draft.connection == Some(id));
    all
}

/// How a list was left. The disk may be slow, so a thread reads it.
pub(super) async fn place(means: &Means, context: String) -> ListState {
    let states = means.services.list_states();
    tokio::task::spawn_blocking(move || states.read(&context)).await.unwrap_or_default()
}

/// Keeps how a list was left.
async fn keep_list(
    means: &Means,
    context: String,
    state: ListState,
    turn: u64,
) -> Result<(), String> {
    let states = means.services.list_states();
    let work = tokio::task::spawn_blocking(move || states.write(&context, &state, turn));
    work.await.unwrap_or_else(|_| Err("The state of the list was not saved.".into()))
}
