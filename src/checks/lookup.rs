//! Questions that several checks share.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;

use super::check::{Cause, Fault, Skip, Sort, Stop};

/// The answer to a question, for everybody who awaits it. Whoever awaits it drives it.
pub type Answer<V> = Shared<UnderWay<V>>;

type Work<V> = Pin<Box<dyn Future<Output = Result<V, Stop>> + Send>>;

/// A question that can be ended while somebody still holds its answer.
pub struct UnderWay<V>(Arc<Mutex<Slot<V>>>);

struct Slot<V> {
    /// `None`: answered, or ended.
    work: Option<Work<V>>,
    /// Who is to hear of an end.
    waker: Option<Waker>,
}

impl<V> Future for UnderWay<V> {
    type Output = Result<V, Stop>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(work) = slot.work.as_mut() else {
            return Poll::Ready(Err(Stop::Skip(Skip::Cancelled)));
        };
        let answer = work.as_mut().poll(context);
        if answer.is_ready() {
            slot.work = None;
        } else {
            slot.waker = Some(context.waker().clone());
        }
        answer
    }
}

/// Ends the questions of a run when it is dropped.
pub struct Ending(Lookups);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The questions of one run. Clones share them.
#[derive(Clone)]
pub struct Lookups(Arc<Inner>);

struct Inner {
    each: Duration,
    asked: Mutex<HashMap<(TypeId, String), Asked>>,
}

struct Asked {
    /// An [`Answer`] of the type in the key.
    answer: Box<dyn Any + Send>,
    end: Arc<dyn Fn() + Send + Sync>,
}

impl Lookups {
    /// No questions yet; each will have this long.
    pub fn new(each: Duration) -> Self {
        Self(Arc::new(Inner { each, asked: Mutex::default() }))
    }

    /// The answer to the question of this key, asked by whoever needs it first. What it needs
    /// `before` does not count towards its time. When it fails, that is the fault of the check
    /// `owner`.
    pub fn ask<B, V, Q>(
        &self,
        key: impl Into<String>,
        owner: &'static str,
        before: impl Future<Output = Result<B, Stop>> + Send + 'static,
        question: impl FnOnce(B) -> Q + Send + 'static,
    ) -> Answer<V>
    where
        B: Send + 'static,
        V: Clone + Send + Sync + 'static,
        Q: Future<Output = Result<V, Cause>> + Send + 'static,
    {
        self.learn(key, owner, before, move |before| {
            let question = question(before);
            async move { question.await.map_err(|cause| Stop::Fault(Fault { owner, cause })) }
        })
    }

    /// As [`Self::ask`], for a question that may not be answerable: then nothing failed, and whoever
    /// awaits it is skipped for the same reason. Only its time limit is the fault of `owner`.
    pub fn learn<B, V, Q>(
        &self,
        key: impl Into<String>,
        owner: &'static str,
        before: impl Future<Output = Result<B, Stop>> + Send + 'static,
        question: impl FnOnce(B) -> Q + Send + 'static,
    ) -> Answer<V>
    where
        B: Send + 'static,
        V: Clone + Send + Sync + 'static,
        Q: Future<Output = Result<V, Stop>> + Send + 'static,
    {
        let key = (TypeId::of::<V>(), key.into());
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let known = asked.get(&key).and_then(|it| it.answer.downcast_ref::<Answer<V>>());
        if let Some(answer) = known {
            return answer.clone();
        }
        let each = self.0.each;
        let work: Work<V> = Box::pin(async move {
            let question = question(before.await?);
            let answer = tokio::time::timeout(each, question).await;
            answer.unwrap_or_else(|_| Err(Stop::Fault(Fault { owner, cause: no_answer(each) })))
        });
        let slot = Arc::new(Mutex::new(Slot { work: Some(work), waker: None }));
        let answer = UnderWay(Arc::clone(&slot)).shared();
        let end = move || {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let (work, waker) = (slot.work.take(), slot.waker.take());
            drop(slot);
            // The request first, then those who wait for it.
            drop(work);
            waker.into_iter().for_each(Waker::wake);
        };
        asked.insert(key, Asked { answer: Box::new(answer.clone()), end: Arc::new(end) });
        answer
    }

    /// Ends whatever is under way, and forgets every answer, tokens among them; whoever still waits
    /// hears that it was cancelled.
    pub fn end(&self) {
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        // An answer may know the questions that it was an answer to: a circle, which nothing else frees.
        let asked_until_now = std::mem::take(&mut *asked);
        // A question under way elsewhere may ask another one.
        drop(asked);
        asked_until_now.values().for_each(|it| (it.end)());
    }

    /// Ends them when it is dropped, in whatever way that comes about.
    pub fn ending(&self) -> Ending {
        Ending(self.clone())
    }
}

fn no_answer(within: Duration) -> Cause {
    Cause {
        kind: "no answer in time".to_owned(),
        ..Cause::new(
            Sort::Failed,
            format!("no answer within {} s", within.as_secs()),
            "Try again; if it persists, check the network, or allow more time with --timeout.",
        )
    }
}
