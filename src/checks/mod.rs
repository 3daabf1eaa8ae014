//! Live checks: rows over shared lookups, and the one runner for all of them.
//!
//! A [`Check`] is a row. What it needs from outside it asks of a lookup: asked once per key and run
//! and shared by all who await it, so that two hundred connections of one tenant ask once. A lookup
//! names the check that owns its fault: that one fails, every other is skipped *after* it, and
//! nobody declares what depends on what. [`run`] is bounded, ends at once when it is cancelled, and
//! reports each result as it comes.

pub mod app;
mod check;
pub mod directory;
pub mod fly;
mod lookup;
pub mod preflight;
mod runner;
pub mod store;
pub mod team;
#[cfg(test)]
mod tests;
pub mod way;

pub use check::{
    Cause, Check, CheckResult, Fault, Level, Need, Outcome, Running, Seen, Skip, Sort, Stop,
    always, judged,
};
pub use lookup::{Answer, Lookups};
pub use runner::{Finished, Limits, run};
