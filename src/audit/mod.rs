//! The audit: a registry of rules as data, what judges connections by them, waivers, baselines,
//! and the report in every format. SPEC C1, E3, E4, E7.
//!
//! Values in, values out: nothing here prints, reads a file or a clock, or calls anybody.
//! - [`rule`], [`rules`]: every rule there is, and which of them are asked;
//! - [`judge`]: connections in, [`Hit`]s out;
//! - [`waiver`]: findings that somebody took responsibility for, until a day;
//! - [`baseline`]: what an earlier audit found, and what changed since;
//! - [`report`]: all of that together;
//! - [`format`]: the report as table cells, JSON, JSON lines, CSV, Markdown, JUnit or HTML.

pub mod baseline;
pub mod format;
pub mod hit;
pub mod judge;
pub mod report;
pub mod rule;
pub mod rules;
pub mod waiver;

pub use baseline::Baseline;
pub use hit::{Fingerprint, Hit, Since, Standing, Subject};
pub use judge::{Auditor, Look, Setup};
pub use report::{Change, Report, Request};
pub use rule::{Rule, Selection};
pub use waiver::{CheckWaiver, Waiver, Waivers};

/// Days without a change from which a connection counts as stale.
pub const STALE_DAYS: i64 = 180;
