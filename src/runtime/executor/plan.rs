//! The plan and a live context side by side, and the ticks of runbooks.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::contexts::{self, Opened};
use super::{Executor, Means, Services};
use crate::app::effect::TickChange;
use crate::app::msg::Copied;
use crate::app::{Answer, Effect};
use crate::backend::BackendError;
use crate::domain::ConnectionId;
use crate::domain::compare::{Report, Wanted};
use crate::service::copy;
use crate::service::diff::{Compared, DiffError, Fresh, diff};
use crate::service::runbook::ticks::{Change, Ticks};
use crate::text::shown;

/// Longest that a comparison may take, in multiples of what one call may: it is thousands of them.
const CALLS: u32 = 10;

impl Executor {
    /// Performs what concerns the plan beside a live context; other effects are not its own.
    pub(super) fn perform_on_plan(&mut self, effect: Effect) {
        let means = self.means.clone();
        match effect {
            Effect::Compare { request, plan, live, name, fresh } => {
                let opened = self.opened.clone();
                self.answer(request, false, async move {
                    compare(&means, &opened, (plan, live), name, fresh).await
                });
            }
            Effect::CopyToPlan { request, plan, live, ids } => {
                let opened = self.opened.clone();
                self.answer(request, true, async move {
                    copy_to_plan(&means, &opened, (plan, live), ids).await
                });
            }
            Effect::Ticks { request, id, revision, change } => {
                let (services, keeps) = (means.services, change.is_some());
                let work = self.ticks.after(ticks(services, (id, revision), change));
                self.answer(request, keeps, work);
            }
            _ => {}
        }
    }
}

/// Holds the plan against a live context.
async fn compare(
    means: &Means,
    opened: &Opened,
    (plan, live): (String, String),
    name: String,
    fresh: bool,
) -> Answer {
    Answer::Compared(compared(means, opened, (plan, live), name, fresh).await.map(Box::new))
}

async fn compared(
    means: &Means,
    opened: &Opened,
    (plan, live): (String, String),
    name: String,
    fresh: bool,
) -> Result<Report, String> {
    let ours = contexts::backend(means, opened, plan.clone()).await?;
    let theirs = contexts::backend(means, opened, live.clone()).await?;
    let wanted = Wanted { name, ..Wanted::default() };
    let fresh = if fresh { Fresh::IfPossible } else { Fresh::Cached };
    let place = |name, backend| Compared { name, backend };
    let call = diff(place(&plan, &ours), place(&live, &theirs), fresh, &wanted, &|_| {});
    let limit = means.silence().max(means.timeout) * CALLS;
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(|error| line(&error)),
        Err(_) => Err(sentence(&BackendError::TimedOut { seconds: limit.as_secs() })),
    }
}

fn line(error: &DiffError) -> String {
    let hint = error.error.hint();
    if hint.is_empty() { format!("{error}.") } else { format!("{error}. {hint}") }
}

fn sentence(error: &BackendError) -> String {
    let hint = error.hint();
    if hint.is_empty() { format!("{error}.") } else { format!("{error}. {hint}") }
}

/// Copies live connections into the plan.
async fn copy_to_plan(
    means: &Means,
    opened: &Opened,
    (plan, live): (String, String),
    ids: Vec<ConnectionId>,
) -> Answer {
    Answer::CopiedToPlan(copied(means, opened, (plan, live), ids).await)
}

async fn copied(
    means: &Means,
    opened: &Opened,
    (plan, live): (String, String),
    ids: Vec<ConnectionId>,
) -> Result<Copied, String> {
    let ours = contexts::backend(means, opened, plan.clone()).await?;
    let theirs = contexts::backend(means, opened, live).await?;
    let copied = copy::copy(&ours, &theirs, ids, false).await.map_err(|error| sentence(&error))?;
    let left_out =
        copied.left_out.iter().map(|it| format!("{}: {}.", shown(&it.name), it.why)).collect();
    Ok(Copied { plan, added: copied.added.len(), left_out })
}

/// Reads or changes ticks. The disk may be slow, so a thread does it.
async fn ticks(
    services: Arc<dyn Services>,
    (id, revision): (ConnectionId, u32),
    change: Option<TickChange>,
) -> Answer {
    let work = tokio::task::spawn_blocking(move || {
        let ticks = services.ticks();
        match change {
            None => ticks.read(id, revision),
            Some(change) => ticks.change(id, revision, of(change)),
        }
    });
    let done: Result<BTreeSet<String>, String> =
        work.await.unwrap_or_else(|_| Err("The ticks were not kept.".into()));
    Answer::Ticks(done)
}

fn of(change: TickChange) -> Change {
    match change {
        TickChange::Tick(steps) => Change::Tick(steps),
        TickChange::Untick(steps) => Change::Untick(steps),
        TickChange::Reset => Change::Reset,
    }
}

/// Nothing is kept where nobody says where.
pub(super) fn nowhere() -> Ticks {
    Ticks::below(None)
}
