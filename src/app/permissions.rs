//! State of the permissions screen: a scenario on one side, what follows from it on the other.
//! SPEC P1-P9.

mod facts;

pub use crate::permissions::covers;
pub use facts::{Entry, Fact};

use crate::domain::Cloud;
use crate::form::{Trait, Values};
use crate::permissions::gap::{Evidence, Report, Source, check};
use crate::permissions::manifest::{Built, Form, manifest};
use crate::permissions::{
    Geo, Job, Mailbox, Method, Requirement, Scenario, Step, TermStore, checklist, requirements,
};

/// The permissions screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// What is asked about.
    pub scenario: Scenario,
    /// Name of the connection it was opened for.
    pub subject: Option<String>,
    /// Focused choice of the scenario, an index into [`Choice::ALL`].
    pub choice: usize,
    /// The focus is on what follows, not on the scenario.
    pub in_result: bool,
    /// Which result is shown.
    pub tab: Tab,
    /// Cursor in the result, an index into its entries or lines.
    pub at: usize,
    /// Form of the manifest.
    pub format: Form,
    /// What is known of an app.
    pub evidence: Option<Evidence>,
    /// The app held against the scenario.
    pub report: Option<Report>,
    /// Of the check, only what is not met.
    pub only_gaps: bool,
}

/// What follows from the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tab {
    /// Every requirement with condition and purpose. P4, P5.
    Needs,
    /// The manifest. P6.
    Manifest,
    /// Procedure and role notes. P2, P3, P7, P8.
    Steps,
    /// What an app has against what is needed. P9.
    Check,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 4] = [Self::Needs, Self::Manifest, Self::Steps, Self::Check];

    /// Its heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Needs => "Needed",
            Self::Manifest => "Manifest",
            Self::Steps => "Checklist",
            Self::Check => "Gap check",
        }
    }
}

/// A choice of the scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// How the connection signs in.
    Method,
    /// Copy, merge or both.
    Job,
    /// Cloud of the destination.
    Cloud,
    /// Where groups are created.
    Geo,
    /// Sensitivity labels.
    Labels,
    /// Tenant discovery.
    Discovery,
    /// Planners.
    Planner,
    /// How mailboxes are reached.
    Mailbox,
    /// What is done with terms.
    TermStore,
    /// Whether the consent user owns the groups.
    GroupOwner,
}

impl Choice {
    /// Every choice, in order.
    pub const ALL: [Self; 10] = [
        Self::Method,
        Self::Job,
        Self::Cloud,
        Self::Geo,
        Self::Labels,
        Self::Discovery,
        Self::Planner,
        Self::Mailbox,
        Self::TermStore,
        Self::GroupOwner,
    ];

    /// Its label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Method => "Sign-in",
            Self::Job => "Job",
            Self::Cloud => "Cloud",
            Self::Geo => "Location",
            Self::Labels => "Sensitivity labels",
            Self::Discovery => "Tenant discovery",
            Self::Planner => "Planners",
            Self::Mailbox => "Mailboxes",
            Self::TermStore => "Term store",
            Self::GroupOwner => "Consent user",
        }
    }

    /// What is chosen, in words.
    pub const fn value(self, scenario: &Scenario) -> &'static str {
        const fn yes(on: bool) -> &'static str {
            if on { "Yes" } else { "No" }
        }
        match self {
            Self::Method => scenario.method.label(),
            Self::Job => scenario.job.label(),
            Self::Cloud => scenario.cloud.label(),
            Self::Geo => scenario.geo.label(),
            Self::Labels => yes(scenario.labels),
            Self::Discovery => yes(scenario.discovery),
            Self::Planner => yes(scenario.planner),
            Self::Mailbox => scenario.mailbox.label(),
            Self::TermStore => scenario.term_store.label(),
            Self::GroupOwner if scenario.group_owner => "Owns the Groups",
            Self::GroupOwner => "Does not own the Groups",
        }
    }

    /// The scenario with the next option, or the one before.
    fn changed(self, scenario: &Scenario, back: bool) -> Scenario {
        let mut next = *scenario;
        match self {
            Self::Method => next.method = turn(Method::ALL, next.method, back),
            Self::Job => next.job = turn(Job::ALL, next.job, back),
            Self::Cloud => next.cloud = turn(&Cloud::ALL, next.cloud, back),
            Self::Geo => next.geo = turn(Geo::ALL, next.geo, back),
            Self::Labels => next.labels = !next.labels,
            Self::Discovery => next.discovery = !next.discovery,
            Self::Planner => next.planner = !next.planner,
            Self::Mailbox => next.mailbox = turn(Mailbox::ALL, next.mailbox, back),
            Self::TermStore => next.term_store = turn(TermStore::ALL, next.term_store, back),
            Self::GroupOwner => next.group_owner = !next.group_owner,
        }
        next
    }
}

/// The entry after, or before, the one that is chosen; round at the ends.
pub(super) fn turn<T: Copy + PartialEq>(all: &[T], now: T, back: bool) -> T {
    let at = all.iter().position(|it| *it == now).unwrap_or(0);
    let count = all.len().max(1);
    let next = if back { (at + count - 1) % count } else { (at + 1) % count };
    all.get(next).copied().unwrap_or(now)
}

impl Screen {
    /// The screen for a scenario.
    pub const fn new(scenario: Scenario, subject: Option<String>) -> Self {
        Self {
            scenario,
            subject,
            choice: 0,
            in_result: false,
            tab: Tab::Needs,
            at: 0,
            format: Form::Property,
            evidence: None,
            report: None,
            only_gaps: false,
        }
    }

    /// The focused choice.
    pub fn focused(&self) -> Choice {
        Choice::ALL.get(self.choice).copied().unwrap_or(Choice::Method)
    }

    /// What the scenario needs.
    pub fn needs(&self) -> Vec<Requirement> {
        requirements(&self.scenario)
    }

    /// The steps to get there.
    pub fn steps(&self) -> Vec<Step> {
        checklist(&self.scenario)
    }

    /// The manifest with its warnings.
    pub fn built(&self) -> Built {
        manifest(&self.scenario)
    }

    /// Entries of the shown result that the cursor moves over.
    pub fn count(&self) -> usize {
        match self.tab {
            Tab::Needs => self.needs().len(),
            Tab::Manifest => self.built().manifest.render(self.format).lines().count(),
            Tab::Steps => self.steps().len(),
            Tab::Check => self.entries().len(),
        }
    }

    /// Changes the focused choice; the check follows.
    pub(super) fn turn(&mut self, back: bool) {
        self.scenario = self.focused().changed(&self.scenario, back);
        self.judge();
    }

    /// Takes in what a source reported. It joins what others reported of the same app; where it speaks of
    /// the same things they are forgotten, or a consent that was withdrawn would live on.
    pub(super) fn learn(&mut self, news: Evidence) {
        let joined = match self.evidence.take() {
            Some(known) if goes_with(&known, &news) => known.and(news),
            Some(_) | None => news,
        };
        self.evidence = Some(joined);
        self.judge();
    }

    /// Holds what is known against the scenario.
    pub(super) fn judge(&mut self) {
        self.report = self.evidence.as_ref().map(|it| check(&self.scenario, it));
        self.at = self.at.min(self.count().saturating_sub(1));
    }
}

/// Whether two sources may speak of one app, and of different things.
fn goes_with(known: &Evidence, news: &Evidence) -> bool {
    let same_app = known.app_ids.is_empty()
        || news.app_ids.is_empty()
        || news.app_ids.iter().any(|it| known.app_ids.contains(it));
    let again = |it: &Source| {
        it.extent.is_none_or(|it| news.sources.iter().any(|new| new.extent == Some(it)))
    };
    same_app && !known.sources.iter().any(again)
}

/// The scenario of a Groups form as far as it is answered. A form that is half done still shows
/// sign-in, cloud and location.
pub fn of_values(values: &Values) -> Scenario {
    let tenant = values.picks("tenant").first().map(|it| it.traits).unwrap_or_default();
    let profile = values.picks("app_profile").first().and_then(|it| it.traits.profile_kind());
    let chosen = values.choice("service_auth");
    let legacy = chosen == Some("legacy") && values.answered("accounts");
    let delegated: Vec<_> = if chosen == Some("modern") {
        values.picks("delegated").iter().filter_map(|it| it.traits.profile_kind()).collect()
    } else {
        Vec::new()
    };
    let methods = Method::for_credentials(profile, legacy, &delegated);
    let mut scenario =
        Scenario::new(methods.first().copied().unwrap_or(Method::CustomApp), Job::Both);
    scenario.cloud = if tenant.has(Trait::China21Vianet) {
        Cloud::China21Vianet
    } else if tenant.has(Trait::UsGov) {
        Cloud::UsGov
    } else {
        Cloud::Commercial
    };
    scenario.geo = if values.toggle("geo") && values.answered("location") {
        Geo::Chosen
    } else if tenant.has(Trait::MultiGeo) {
        Geo::Multi
    } else {
        Geo::Single
    };
    scenario
}
