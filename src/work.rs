//! Work that tests count: comparisons of ids, foldings of names, distances between words, records
//! read. In the product they are nothing at all.
//!
//! A test that something stays linear measures it twice, for few and for many, by [`of`]: figures
//! that no machine and no load changes.

/// Counts one piece of work.
macro_rules! work {
    () => {
        #[cfg(test)]
        $crate::work::count();
    };
}

#[cfg(test)]
pub(crate) use testing::*;

#[cfg(test)]
mod testing {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    thread_local! {
        static COUNTER: RefCell<Arc<AtomicU64>> = RefCell::default();
    }

    /// The counter of this thread.
    pub(crate) fn current() -> Arc<AtomicU64> {
        COUNTER.with_borrow(Arc::clone)
    }

    /// Makes this thread count for another one, whose work it does.
    pub(crate) fn adopt(counter: Arc<AtomicU64>) {
        COUNTER.set(counter);
    }

    pub(crate) fn count() {
        COUNTER.with_borrow(|it| it.fetch_add(1, Ordering::Relaxed));
    }

    /// What something gives, and how much work it was.
    pub(crate) fn of<T>(something: impl FnOnce() -> T) -> (T, u64) {
        let before = current().load(Ordering::Relaxed);
        let done = something();
        (done, current().load(Ordering::Relaxed) - before)
    }

    /// Asserts that ten times as much is no more than about ten times the work.
    pub(crate) fn assert_linear(mut work: impl FnMut(usize) -> u64) {
        let (few, many) = (work(200), work(2_000));
        assert!(few > 0, "nothing was counted");
        assert!(many <= few * 15, "{few} for 200, {many} for 2,000");
    }
}
