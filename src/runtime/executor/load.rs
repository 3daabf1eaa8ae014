//! Reading the list: from a store page by page; from a service what is remembered at once, and
//! behind it again. C1, C7, E1.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Answers, Means};
use crate::app::Answer;
use crate::app::model::Reading;
use crate::backend::{
    BackendError, Changes, Cursor, Kept, News, Page, PageRequest, Progress, Reply, Shared, Step,
};
use crate::domain::{Project, Summary};

/// Rows of the first page: more than any screen shows, few enough to come at once.
const FIRST: usize = 200;
/// Rows of every further page.
const FURTHER: usize = 4_096;
/// Most pages: 40 million rows are beyond what fits; a backend that pages in circles ends here.
const PAGES: usize = 10_000;

/// Reads the list. A backend that remembers what it read gives that at once.
pub(super) async fn load(means: Means, answers: Answers) {
    let (means, answers) = (&means, &answers);
    let done = match (means.backend.shared(), means.backend.as_of()) {
        (Some(shared), _) => kept(means, shared, answers).await,
        (None, Some(_)) => remembered(means, answers).await,
        (None, None) => first(means, answers).await,
    };
    if let Err(error) = done {
        answers.send(Answer::LoadFailed(error));
    }
}

/// Reads again what is shown already.
pub(super) async fn refresh(means: Means, answers: Answers) {
    if let Err(error) = refreshed(&means, &answers).await {
        answers.send(Answer::LoadFailed(error));
    }
}

/// Every project.
pub(super) async fn projects(means: &Means) -> Result<Vec<Project>, BackendError> {
    watched(means.silence(), &Mutex::new(Instant::now()), means.backend.projects()).await
}

/// What others changed after a step.
pub(super) async fn changes(means: &Means, since: Step) -> Result<Option<Changes>, BackendError> {
    match means.backend.shared() {
        Some(shared) => means.within(shared.changes(since)).await,
        None => Ok(Some(Changes::default())),
    }
}

/// Follows a place that others change.
pub(super) async fn watch(means: Means, answers: Answers) {
    let on_news = |news: News| {
        answers.send(Answer::News(match news {
            // As it is shown here, which may be less than what its role may do.
            News::Here(_) => News::Here(means.backend.capabilities()),
            other => other,
        }));
    };
    if let Some(shared) = means.backend.shared() {
        shared.watch(&on_news).await;
    }
}

/// Shows the list of the last time at once, and then what changed since.
async fn kept(
    means: &Means,
    shared: &Arc<dyn Shared>,
    answers: &Answers,
) -> Result<(), BackendError> {
    let own = Arc::clone(shared);
    let found = tokio::task::spawn_blocking(move || own.kept()).await;
    let Ok(Some(Kept { as_of, step, rows })) = found else { return first(means, answers).await };
    answers.send(Answer::Step(step));
    answers.send(Answer::Rows { total: Some(rows.len()), rows, done: false });
    answers.send(Answer::Remembered { as_of: Some(as_of) });
    match means.within(shared.changes(step)).await? {
        Some(changes) => answers.send(Answer::Changed(Ok(Some(changes)))),
        None => whole(means, answers).await?,
    }
    Ok(())
}

/// Keeps a list that was read whole, for the next time.
fn keep(means: &Means, step: Option<Step>, rows: Vec<Summary>) {
    if let (Some(shared), Some(step)) = (means.backend.shared().cloned(), step) {
        let as_of = (means.clock)();
        // Nobody waits for the disk.
        drop(tokio::task::spawn_blocking(move || shared.keep(&Kept { as_of, step, rows })));
    }
}

async fn remembered(means: &Means, answers: &Answers) -> Result<(), BackendError> {
    pages(means, answers, false).await?;
    if let Some(as_of) = means.backend.as_of() {
        answers.send(Answer::Remembered { as_of: Some(as_of) });
    }
    refreshed(means, answers).await
}

async fn refreshed(means: &Means, answers: &Answers) -> Result<(), BackendError> {
    reread(means, answers).await?;
    whole(means, answers).await
}

/// Sends the list as it is after a refresh, in one piece.
async fn whole(means: &Means, answers: &Answers) -> Result<(), BackendError> {
    let (rows, step) = all(means).await?;
    if let Some(step) = step {
        answers.send(Answer::Step(step));
        keep(means, Some(step), rows.clone());
    }
    let (as_of, remarks) = (means.backend.as_of(), means.backend.remarks());
    answers.send(Answer::Refreshed { rows, as_of, remarks });
    Ok(())
}

/// Nothing is remembered: a store has nothing to reread and gives its pages, a service sends its
/// rows as they come and then has them all in order.
async fn first(means: &Means, answers: &Answers) -> Result<(), BackendError> {
    reread(means, answers).await?;
    if means.backend.as_of().is_some() {
        return whole(means, answers).await;
    }
    let judged = pages(means, answers, true).await?;
    if !judged {
        // They can be used; what the rules of this program say of them comes when it is known.
        answers.send(Answer::Remembered { as_of: None });
        means.backend.judged(true).await?;
        whole(means, answers).await?;
    }
    Ok(())
}

/// Has the backend read again, reporting how far it is. It may take as long as it likes, so long as
/// it gets on.
async fn reread(means: &Means, answers: &Answers) -> Result<(), BackendError> {
    let heard = Mutex::new(Instant::now());
    let on_progress = |progress: Progress| {
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let Progress { rows, have, total, note } = progress;
        answers.send(Answer::Progress { rows, reading: Reading { have, total, note } });
    };
    watched(means.silence(), &heard, means.backend.refresh(&on_progress)).await
}

/// The answer of a call, or that nothing was heard of it for too long.
async fn watched<T>(
    silence: Duration,
    heard: &Mutex<Instant>,
    mut call: Reply<'_, T>,
) -> Result<T, BackendError> {
    loop {
        let until = *heard.lock().unwrap_or_else(PoisonError::into_inner) + silence;
        tokio::select! {
            biased;
            answer = &mut call => return answer,
            () = sleep_until(until) => {}
        }
        let last = *heard.lock().unwrap_or_else(PoisonError::into_inner);
        if last + silence <= Instant::now() {
            return Err(BackendError::TimedOut { seconds: silence.as_secs() });
        }
    }
}

/// Sends the list: the first page, then how many there are and the rest. `last`: nothing follows,
/// unless it gives `false`: older rules judged some of the rows.
async fn pages(means: &Means, answers: &Answers, last: bool) -> Result<bool, BackendError> {
    let first = page(means, None, FIRST).await?;
    let (mut after, step) = (first.next, first.step);
    // A copy for the disk, where there is one to keep.
    let mut copy = Vec::new();
    if let Some(step) = step {
        answers.send(Answer::Step(step));
        copy.clone_from(&first.rows);
    }
    if after.is_none() {
        let total = Some(first.rows.len());
        keep(means, step, copy);
        answers.send(Answer::Rows { total, rows: first.rows, done: last });
        return Ok(true);
    }
    answers.send(Answer::Rows { total: None, rows: first.rows, done: false });
    let total = Some(means.within(means.backend.count()).await?);
    for _ in 0..PAGES {
        let next = page(means, after, FURTHER).await?;
        if step.is_some() {
            copy.extend_from_slice(&next.rows);
        }
        after = next.next;
        if after.is_none() {
            keep(means, step, copy);
            // A store judges so many rows before its first page that one page is always right.
            let judged = !last || means.within(means.backend.judged(false)).await?;
            answers.send(Answer::Rows { total, rows: next.rows, done: last && judged });
            return Ok(judged);
        }
        answers.send(Answer::Rows { total, rows: next.rows, done: false });
        // The rows that are there can be drawn before the next come. Asking for those first saved no time
        // that could be measured, and held a page more.
        tokio::task::yield_now().await;
    }
    Err(endless())
}

/// The whole list.
async fn all(means: &Means) -> Result<(Vec<Summary>, Option<Step>), BackendError> {
    let (mut rows, mut after, mut step) = (Vec::new(), None, None);
    for _ in 0..PAGES {
        let next = page(means, after, FURTHER).await?;
        rows.extend(next.rows);
        // What was changed since the first page is not in it.
        step = step.or(next.step);
        after = next.next;
        if after.is_none() {
            return Ok((rows, step));
        }
        tokio::task::yield_now().await;
    }
    Err(endless())
}

fn endless() -> BackendError {
    BackendError::Other("the list does not end".into())
}

async fn page(means: &Means, after: Option<Cursor>, limit: usize) -> Result<Page, BackendError> {
    means.within(means.backend.page(PageRequest { after, limit })).await
}
