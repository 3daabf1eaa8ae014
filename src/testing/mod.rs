//! What tests, benches and the fuzzer need of the library. Behind the feature `testing`, which only
//! they ask for: nothing of it is in what is shipped but these three macros, which are nothing there.

/// Marks a place between two steps, where a test can make an operation fail or kill the process: see
/// [`fault`].
macro_rules! fault {
    ($name:literal) => {
        #[cfg(test)]
        $crate::testing::fault::reach($name)?;
    };
}

/// A place where `JETBRIDGE_TEST_PANIC` can make a panic happen, once: for the tests of what a panic
/// leaves.
macro_rules! panic_if_asked {
    ($scene:literal) => {{
        #[cfg(any(test, feature = "testing"))]
        $crate::testing::panic::panic_if_asked($scene);
    }};
}

/// Counts one piece of work for [`work`]. With a name it is counted apart, for what may happen only so
/// many times.
macro_rules! work {
    () => {
        #[cfg(test)]
        $crate::testing::work::count();
    };
    ($name:literal) => {
        #[cfg(test)]
        $crate::testing::work::count_named($name);
    };
}

#[cfg(test)]
pub(crate) mod audit;
#[cfg(test)]
pub(crate) mod contract;
#[cfg(test)]
pub(crate) mod controllers;
#[cfg(test)]
mod details;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
#[cfg(test)]
pub(crate) mod fault;
#[cfg(any(test, feature = "testing"))]
pub mod fuzzing;
#[cfg(any(test, feature = "testing"))]
pub mod harness;
#[cfg(any(test, feature = "testing"))]
pub mod keys;
#[cfg(any(test, feature = "testing"))]
pub mod line;
#[cfg(any(test, feature = "testing"))]
pub mod panic;
#[cfg(test)]
pub(crate) mod pgbouncer;
#[cfg(any(test, feature = "testing"))]
pub mod postgres;
#[cfg(any(test, feature = "testing"))]
pub mod samba;
#[cfg(test)]
pub(crate) mod server;
#[cfg(test)]
pub(crate) mod service;
#[cfg(test)]
pub(crate) mod work;

#[cfg(test)]
pub(crate) use details::details;
