//! State of the screen that holds the plan against a live context.

use super::effect::RequestId;
use super::search::Search;
use crate::domain::compare::{Entry, Report, Standing};
use crate::text::fold;

/// The screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    /// Name of the plan's context.
    pub plan: String,
    /// Name of the live context.
    pub live: String,
    /// What was found; stays while it is read again. C7.
    pub report: Option<Report>,
    /// Why the last comparison failed, in one line.
    pub error: Option<String>,
    /// Comparison under way.
    pub asking: Option<RequestId>,
    /// Which entries are shown.
    pub group: Group,
    /// Search text.
    pub search: Search,
    /// Shown entries, indexes into those of the report.
    pub shown: Vec<usize>,
    /// How many entries each group has, in the order of [`Group::ALL`].
    pub counts: [usize; 6],
    /// Cursor, an index into `shown`.
    pub at: usize,
}

/// A group of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Whatever is not the same.
    Open,
    /// One standing.
    Of(Standing),
}

impl Group {
    /// Every group, in order.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Of(Standing::Differs),
        Self::Of(Standing::OnlyPlan),
        Self::Of(Standing::OnlyLive),
        Self::Of(Standing::Ambiguous),
        Self::Of(Standing::Same),
    ];

    /// Its heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "All open",
            Self::Of(standing) => standing.label(),
        }
    }

    /// Its heading in narrow places.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Of(standing) => standing.short(),
        }
    }

    fn holds(self, standing: Standing) -> bool {
        match self {
            Self::Open => standing != Standing::Same,
            Self::Of(wanted) => standing == wanted,
        }
    }
}

impl Screen {
    /// The screen before anything was compared.
    pub fn new(plan: String, live: String) -> Self {
        Self {
            plan,
            live,
            report: None,
            error: None,
            asking: None,
            group: Group::Open,
            search: Search::default(),
            shown: Vec::new(),
            counts: [0; 6],
            at: 0,
        }
    }

    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.entry(self.at)
    }

    /// The entry at a place in `shown`.
    pub fn entry(&self, place: usize) -> Option<&Entry> {
        self.report.as_ref()?.entries.get(*self.shown.get(place)?)
    }

    /// How many entries a group has.
    pub fn count(&self, group: Group) -> usize {
        let places = Group::ALL.iter().zip(self.counts);
        places.into_iter().find(|(it, _)| **it == group).map_or(0, |(_, count)| count)
    }

    /// Takes a new report; the cursor stays on its name as far as that is there.
    pub(super) fn take(&mut self, report: Report) {
        let name = self.current().map(|it| fold(it.name()));
        let mut counts = [0; 6];
        for entry in &report.entries {
            let standing = entry.standing();
            for (group, count) in Group::ALL.iter().zip(&mut counts) {
                *count += usize::from(group.holds(standing));
            }
        }
        self.counts = counts;
        self.report = Some(report);
        self.settle();
        let place = name.and_then(|name| {
            (0..self.shown.len())
                .find(|at| self.entry(*at).is_some_and(|it| fold(it.name()) == name))
        });
        self.at = place.unwrap_or(self.at);
    }

    /// Computes what is shown after group or search changed.
    pub(super) fn settle(&mut self) {
        let words = self.search.words();
        let entries = self.report.as_ref().map_or(&[][..], |it| it.entries.as_slice());
        let wanted =
            |entry: &Entry| self.group.holds(entry.standing()) && words.are_in(&[entry.name()]);
        self.shown =
            entries.iter().enumerate().filter(|(_, it)| wanted(it)).map(|(at, _)| at).collect();
        self.at = self.at.min(self.shown.len().saturating_sub(1));
    }
}
