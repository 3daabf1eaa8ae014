//! State of the runbook screen: what to do in the portal, step by step.

use std::collections::BTreeSet;

use super::effect::RequestId;
use crate::domain::ConnectionId;
use crate::form::runbook::{Aside, Remark, Runbook, Severity, Step};
use crate::text::some_counted;

/// The screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// The connection.
    pub id: ConnectionId,
    /// Its revision: ticks belong to it.
    pub revision: u32,
    /// What to do.
    pub runbook: Runbook,
    /// Ids of the steps that are done.
    pub ticked: BTreeSet<String>,
    /// Last request that reads or keeps ticks: older answers do not count.
    pub keeping: Option<RequestId>,
    /// The ticks are those of the file, not the first guess.
    pub known: bool,
    /// Comparison under way that confirms the last step.
    pub confirming: Option<RequestId>,
    /// What was ticked before everything was reset.
    pub before_reset: Option<BTreeSet<String>>,
    /// Cursor, an index into the rows.
    pub at: usize,
}

/// A row of the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Row<'a> {
    /// What to know before the first step.
    Before(&'a [Remark]),
    /// A step, with its number from 1.
    Step(usize, &'a Step),
    /// What is in the plan only.
    Asides(&'a [Aside]),
}

impl Screen {
    /// The screen for a runbook whose ticks are on their way.
    pub const fn new(id: ConnectionId, revision: u32, runbook: Runbook) -> Self {
        Self {
            id,
            revision,
            runbook,
            ticked: BTreeSet::new(),
            keeping: None,
            known: false,
            confirming: None,
            before_reset: None,
            at: 0,
        }
    }

    /// Every row, in order.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        if !self.runbook.before.is_empty() {
            rows.push(Row::Before(&self.runbook.before));
        }
        rows.extend(self.runbook.steps.iter().zip(1..).map(|(step, at)| Row::Step(at, step)));
        if !self.runbook.asides.is_empty() {
            rows.push(Row::Asides(&self.runbook.asides));
        }
        rows
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<Row<'_>> {
        self.rows().get(self.at).copied()
    }

    /// The step under the cursor.
    pub fn step(&self) -> Option<&Step> {
        match self.current()? {
            Row::Step(_, step) => Some(step),
            Row::Before(_) | Row::Asides(_) => None,
        }
    }

    /// Whether a step is done.
    pub fn is_done(&self, step: &Step) -> bool {
        self.ticked.contains(step.id)
    }

    /// How many steps are done.
    pub fn done(&self) -> usize {
        self.runbook.steps.iter().filter(|it| self.is_done(it)).count()
    }

    /// `4 of 11`.
    pub fn progress(&self) -> String {
        format!("{} of {}", self.done(), self.runbook.steps.len())
    }

    /// The remarks counted by how much they matter: `1 refused, 2 warnings, 3 notes`.
    pub fn before_words(&self) -> String {
        let count = |wanted: Severity| {
            self.runbook.before.iter().filter(|it| it.severity == wanted).count()
        };
        let refused = count(Severity::Refused);
        let parts = [
            (refused > 0).then(|| format!("{refused} refused")),
            some_counted(count(Severity::Warning), "warning"),
            some_counted(count(Severity::Note), "note"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Row of the first step that is not done; the last row when all are.
    pub(super) fn first_open(&self) -> usize {
        let rows = self.rows();
        let open = |it: &Row<'_>| matches!(it, Row::Step(_, step) if !self.is_done(step));
        rows.iter().position(open).unwrap_or(rows.len().saturating_sub(1))
    }
}
