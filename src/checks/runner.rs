//! Runs checks: several at once, in the order of the rows, until they end or somebody ends them.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::check::{Check, CheckResult, Level, Outcome, Skip, Stop};
use super::lookup::Lookups;

/// What a run may take. How long one question may take is said where lookups are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Checks under way at once.
    pub at_once: usize,
    /// Time for all of them.
    pub whole: Duration,
}

/// A check that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Of which subject, by its place.
    pub subject: usize,
    /// What it came to. A fault or reason is its own; one of another check's is [`Skip::After`] here.
    pub outcome: Outcome,
    /// The same for people.
    pub result: CheckResult,
}

/// Makes the checks of every subject over these lookups and reports each as it ends. All of it is
/// one future: dropping it, cancelling, or the end of its time ends whatever is under way at once,
/// and what was not finished is reported as skipped because of that.
pub async fn run<S>(
    lookups: &Lookups,
    subjects: &[S],
    checks: &[Check<S>],
    limits: Limits,
    cancel: &CancellationToken,
    on_finished: &mut dyn FnMut(&Finished),
) -> Vec<Finished> {
    let _ending = lookups.ending();
    let asked: Vec<(usize, &Check<S>)> = subjects
        .iter()
        .enumerate()
        .flat_map(|(at, subject)| {
            checks.iter().filter(|it| (it.when)(subject)).map(move |check| (at, check))
        })
        .collect();
    let mut open: Vec<bool> = vec![true; asked.len()];
    let mut all = Vec::with_capacity(asked.len());
    let end = async {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Skip::Cancelled,
            () = tokio::time::sleep(limits.whole) => Skip::TimeUp(limits.whole),
        }
    };
    tokio::pin!(end);
    let jobs = asked.iter().enumerate().filter_map(|(job, (at, check))| {
        let subject = subjects.get(*at)?;
        Some(async move {
            let begun = Instant::now();
            let outcome = (check.run)(subject).await;
            (job, outcome, begun.elapsed())
        })
    });
    let mut under_way = stream::iter(jobs).buffer_unordered(limits.at_once.max(1));
    let why = loop {
        let next = tokio::select! {
            biased;
            why = &mut end => break why,
            next = under_way.next() => next,
        };
        let Some((job, outcome, took)) = next else { return all };
        let (Some((at, check)), Some(open)) = (asked.get(job), open.get_mut(job)) else { continue };
        *open = false;
        let here = |owner: &str| {
            let subject = subjects.get(*at);
            checks.iter().any(|it| it.id == owner && subject.is_some_and(|s| (it.when)(s)))
        };
        let finished = finished(*at, check, outcome, Some(took), here);
        on_finished(&finished);
        all.push(finished);
    };
    drop(under_way);
    for ((at, check), _) in asked.iter().zip(&open).filter(|(_, open)| **open) {
        let finished = finished(*at, check, Err(Stop::Skip(why.clone())), None, |_| true);
        on_finished(&finished);
        all.push(finished);
    }
    all
}

/// Gives a fault, and a reason to skip, to the check that owns it. Where that one is not part of the
/// run, nobody else would report it, so whoever met it does.
fn finished<S>(
    subject: usize,
    check: &Check<S>,
    outcome: Outcome,
    took: Option<Duration>,
    is_here: impl Fn(&str) -> bool,
) -> Finished {
    let owner = match &outcome {
        Err(Stop::Fault(it)) => Some(it.owner),
        Err(Stop::Skip(Skip::Owned(owner, _))) => Some(*owner),
        Ok(_) | Err(Stop::Skip(_)) => None,
    };
    let outcome = match (outcome, owner.filter(|it| *it != check.id && is_here(it))) {
        (_, Some(owner)) => Err(Stop::Skip(Skip::After(owner))),
        (Err(Stop::Skip(why)), None) => Err(Stop::Skip(why.plain())),
        (other, None) => other,
    };
    let (level, found, fix) = match &outcome {
        Ok(seen) => (seen.level, seen.text.clone(), seen.fix.clone()),
        Err(Stop::Skip(why)) => (Level::Skipped, why.to_string(), why.fix()),
        Err(Stop::Fault(it)) => (Level::Fail, it.cause.text.clone(), it.cause.fix.clone()),
    };
    // How long it waited for another check is no time of its own.
    let took = took.filter(|_| level != Level::Skipped);
    let result =
        CheckResult { area: check.area, check: check.id.to_owned(), level, found, fix, took };
    Finished { subject, outcome, result }
}
