//! Work that tests count: comparisons of ids, foldings of names, distances between words, records
//! read.
//!
//! A test that something stays linear measures it twice, for few and for many, by [`of`]: figures
//! that no machine and no load changes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    unnamed: AtomicU64,
    named: Mutex<BTreeMap<&'static str, u64>>,
}

thread_local! {
    static COUNTER: RefCell<Arc<Counter>> = RefCell::default();
}

/// The counter of this thread.
pub(crate) fn current() -> Arc<Counter> {
    COUNTER.with_borrow(Arc::clone)
}

/// Makes this thread count for another one, whose work it does.
pub(crate) fn adopt(counter: Arc<Counter>) {
    COUNTER.set(counter);
}

pub(crate) fn count() {
    COUNTER.with_borrow(|it| it.unnamed.fetch_add(1, Ordering::Relaxed));
}

pub(crate) fn count_named(name: &'static str) {
    COUNTER.with_borrow(|it| *it.named.lock().unwrap().entry(name).or_default() += 1);
}

/// What something gives, and how much work it was.
pub(crate) fn of<T>(something: impl FnOnce() -> T) -> (T, u64) {
    let before = current().unnamed.load(Ordering::Relaxed);
    let done = something();
    (done, current().unnamed.load(Ordering::Relaxed) - before)
}

/// How often the work of this name was done so far.
pub(crate) fn times(name: &'static str) -> u64 {
    current().named.lock().unwrap().get(name).copied().unwrap_or_default()
}

/// Asserts that ten times as much is no more than about ten times the work.
pub(crate) fn assert_linear(mut work: impl FnMut(usize) -> u64) {
    let (few, many) = (work(200), work(2_000));
    assert!(few > 0, "nothing was counted");
    assert!(many <= few * 15, "{few} for 200, {many} for 2,000");
}
