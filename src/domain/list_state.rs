//! How somebody left a list: what was marked and searched for, the filter, the order, the cursor. C7.

use std::collections::BTreeSet;

use super::ConnectionId;
use super::query::{Filter, Sort};

/// What a list comes back with after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListState {
    /// Search text. C3.
    pub search: String,
    /// Filter. C2.
    pub filter: Filter,
    /// Order. C6.
    pub sort: Sort,
    /// The row of the cursor.
    pub cursor: Option<ConnectionId>,
    /// The marked rows. C5.
    pub marks: BTreeSet<ConnectionId>,
    /// The details pane is open.
    pub details: bool,
}

impl ListState {
    /// Whether rows are hidden in it.
    pub fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || !self.filter.is_empty()
    }
}
