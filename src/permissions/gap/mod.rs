//! What an app has against what a scenario needs. SPEC P9.
//!
//! [`Evidence`] is gathered from manifests, tokens or Microsoft Graph, and says for each thing how
//! it is known: declared is not consented, and seen in a token is not confirmed by Graph.
//! [`check`] judges it.

mod evidence;
mod judge;
mod report;
#[cfg(test)]
mod tests;

pub use evidence::{Evidence, Extent, Holding, How, Outcome, Source};
pub use judge::check;
pub use report::{Beyond, Counts, Line, Report, Standing, Verdict, Why};
