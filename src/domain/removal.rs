//! Deleting in two values: a plan that is shown, then outcomes that are reported. SPEC C5.

use super::ConnectionId;

/// What a deletion would remove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletePlan {
    /// Every connection that would be deleted, in the order of the list.
    pub targets: Vec<Target>,
    /// How many of them the filter or search hides from view.
    pub hidden: usize,
}

/// One connection of a [`DeletePlan`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its identity.
    pub id: ConnectionId,
    /// Its name when the plan was made.
    pub name: String,
    /// Its revision then; `None`: whatever it is by now.
    pub revision: Option<u32>,
}

/// What became of one connection of a bulk operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<E> {
    /// Which connection.
    pub id: ConnectionId,
    /// Its name.
    pub name: String,
    /// Done, or why not.
    pub result: Result<(), E>,
}
