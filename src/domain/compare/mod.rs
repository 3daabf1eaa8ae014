//! The plan held against what AvePoint Fly lists: matched by folded name and type, compared in what
//! the service reports (fly.md §1, `ConnectionSummaryModel`). Pure: both sides come in as values.
//!
//! Two steps, so that whole records are read for pairs only: [`matched`] pairs rows of the lists,
//! [`judge`] compares the records of a pair.

pub mod export;
mod fields;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use fields::{Credentials, Known, Named, judge};

use super::{ConnectionId, ConnectionType, Second, Side, Summary, Timestamp};
use crate::text::{SharedText, fold, shown};

/// What the live service reports of no connection (fly.md §1): said once and never compared.
pub const NOT_REPORTED: &[&str] = &[
    "location",
    "container for auto map",
    "impersonation user",
    "client ID",
    "client secret, passwords, keys and bulk tokens",
    "local administrator",
    "how devices rejoin or join, domain and enrollment file",
];

/// What is compared of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// How the name is written: pairs are found whatever the case, Fly looks for the exact name.
    Name,
    /// Connection type.
    Type,
    /// Which end of the migration.
    Side,
    /// Tenant, by id where both are known, else by name.
    Tenant,
    /// Free text.
    Description,
    /// App profile, by id.
    AppProfile,
    /// Service accounts, by id.
    ServiceAccounts,
    /// Delegated app profiles, by id.
    DelegatedProfiles,
}

impl Field {
    /// Every field, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Type,
        Self::Side,
        Self::Tenant,
        Self::Description,
        Self::AppProfile,
        Self::ServiceAccounts,
        Self::DelegatedProfiles,
    ];

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Type => "Type",
            Self::Side => "Side",
            Self::Tenant => "Tenant",
            Self::Description => "Description",
            Self::AppProfile => "App profile",
            Self::ServiceAccounts => "Service accounts",
            Self::DelegatedProfiles => "Delegated profiles",
        }
    }

    /// The word in JSON and CSV.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Type => "type",
            Self::Side => "side",
            Self::Tenant => "tenant",
            Self::Description => "description",
            Self::AppProfile => "app_profile",
            Self::ServiceAccounts => "service_accounts",
            Self::DelegatedProfiles => "delegated_profiles",
        }
    }
}

/// Why a field cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The service does not report it of this connection.
    NotReported,
    /// The plan has several, and the one id that the service reports is among them.
    OneOfSeveral,
    /// One side has a GUID, the other a name or address.
    OtherIds,
    /// The plan does not know it: the connection is still to be completed, or its form does not
    /// ask it.
    NotPlanned,
}

impl Why {
    /// In one line.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotReported => "the live service does not report it",
            Self::OneOfSeveral => {
                "the plan has several; the service reports one, and it is among them"
            }
            Self::OtherIds => "the plan knows it by another kind of id than the service",
            Self::NotPlanned => "the plan does not know it",
        }
    }

    /// The word in JSON and CSV.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::NotReported => "not-told",
            Self::OneOfSeveral => "one-of-several",
            Self::OtherIds => "other-ids",
            Self::NotPlanned => "not-planned",
        }
    }
}

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The sides differ.
    Differs,
    /// Nobody can know from here.
    Unknown(Why),
}

/// A field that is not simply the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which field.
    pub field: Field,
    /// What became of it.
    pub verdict: Verdict,
    /// What the plan has, as it came; empty: nothing.
    pub plan: String,
    /// What is live, as it came; empty: nothing.
    pub live: String,
}

/// A row of one of the two lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Its identity in its list.
    pub id: ConnectionId,
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub kind: ConnectionType,
    /// Its side.
    pub side: Side,
    /// Tenant or domain by name; may be empty.
    pub tenant: SharedText,
    /// Last save; `None`: unknown.
    pub modified_at: Option<Second>,
    /// Who saved it last.
    pub modified_by: SharedText,
    /// Its id in AvePoint Fly, where it was asked for.
    pub live_id: Option<Box<str>>,
}

impl From<Summary> for Brief {
    fn from(row: Summary) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            side: row.side,
            tenant: row.tenant,
            modified_at: row.modified_at,
            modified_by: row.modified_by,
            live_id: None,
        }
    }
}

/// How a name stands. Ordered as the groups are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// One on each side, and they differ.
    Differs,
    /// Only in the plan.
    OnlyPlan,
    /// Only live.
    OnlyLive,
    /// Several of this name on one side: Fly takes the first of equal names (fly.md §5), so
    /// whoever names it may get the wrong one.
    Ambiguous,
    /// One on each side, the same as far as can be known.
    Same,
}

impl Standing {
    /// Every standing, in the order of the groups.
    pub const ALL: [Self; 5] =
        [Self::Differs, Self::OnlyPlan, Self::OnlyLive, Self::Ambiguous, Self::Same];

    /// Heading of the group.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Differs => "Differs",
            Self::OnlyPlan => "Only in the plan",
            Self::OnlyLive => "Only live",
            Self::Ambiguous => "Ambiguous",
            Self::Same => "Same",
        }
    }

    /// A word for narrow places.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Differs => "Differs",
            Self::OnlyPlan => "Plan",
            Self::OnlyLive => "Live",
            Self::Ambiguous => "Ambig.",
            Self::Same => "Same",
        }
    }

    /// The word on the command line, in JSON and CSV.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Differs => "differing",
            Self::OnlyPlan => "plan",
            Self::OnlyLive => "live",
            Self::Ambiguous => "ambiguous",
            Self::Same => "same",
        }
    }

    /// The sign that stands before it in a text.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Differs => "~",
            Self::OnlyPlan => "-",
            Self::OnlyLive => "+",
            Self::Ambiguous => "!",
            Self::Same => "=",
        }
    }
}

/// A name with what each side has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// In the plan; more than one only when the name is ambiguous there.
    pub plan: Vec<Brief>,
    /// Live; more than one only when the name is ambiguous there.
    pub live: Vec<Brief>,
    /// Of the pair, what is not simply the same. Of an ambiguous name, the pair is the only one
    /// of the same type, if there is one.
    pub findings: Vec<Finding>,
}

impl Entry {
    /// The name as the plan writes it, else as it is live.
    pub fn name(&self) -> &str {
        self.plan.first().or(self.live.first()).map_or("", |it| &it.name)
    }

    /// The type in the plan, else live.
    pub fn kind(&self) -> ConnectionType {
        let first = self.plan.first().or(self.live.first());
        first.map_or(ConnectionType::Unknown, |it| it.kind)
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let differs = || self.findings.iter().any(|it| it.verdict == Verdict::Differs);
        match (self.plan.len(), self.live.len()) {
            (2.., _) | (_, 2..) => Standing::Ambiguous,
            (_, 0) => Standing::OnlyPlan,
            (0, _) => Standing::OnlyLive,
            (1, 1) if differs() => Standing::Differs,
            (1, 1) => Standing::Same,
        }
    }

    /// Fields that differ.
    pub fn differing(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|it| it.verdict == Verdict::Differs)
    }

    /// The two connections to compare: the only ones, else the only ones of one type.
    pub fn pair(&self) -> Option<(ConnectionId, ConnectionId)> {
        if let ([plan], [live]) = (self.plan.as_slice(), self.live.as_slice()) {
            return Some((plan.id, live.id));
        }
        let only = |all: &[Brief], kind: ConnectionType| {
            let mut same = all.iter().filter(|it| it.kind == kind);
            same.next().filter(|_| same.next().is_none()).map(|it| it.id)
        };
        let kind = self.plan.first()?.kind;
        Some((only(&self.plan, kind)?, only(&self.live, kind)?))
    }

    /// Whether the live list shows what was planned, in a sentence.
    ///
    /// # Errors
    /// The sentence that says why not.
    pub fn confirmed(&self, live: &str) -> Result<String, String> {
        let live = shown(live);
        match self.standing() {
            Standing::Same => Ok(format!("Confirmed: {live} lists it as planned.")),
            Standing::OnlyPlan => Err(format!("Not confirmed: {live} does not list it yet.")),
            Standing::OnlyLive => Err(format!("Not confirmed: only {live} has it.")),
            Standing::Ambiguous => Err(format!(
                "Not confirmed: {live} has several of this name, and Fly takes the first."
            )),
            Standing::Differs => {
                Err(format!("Not confirmed: in {live} it differs in {}.", self.words()))
            }
        }
    }

    /// What has to be looked at, in a few words.
    pub fn words(&self) -> String {
        match self.standing() {
            Standing::Differs => {
                let fields: Vec<String> =
                    self.differing().map(|it| it.field.label().to_lowercase()).collect();
                fields.join(", ")
            }
            Standing::OnlyPlan => "not live yet".to_owned(),
            Standing::OnlyLive => "not planned".to_owned(),
            Standing::Ambiguous => {
                format!("{} in the plan, {} live", self.plan.len(), self.live.len())
            }
            Standing::Same if self.findings.is_empty() => "same".to_owned(),
            Standing::Same => "the same, as far as the service reports".to_owned(),
        }
    }
}

/// Both lists by folded name, in the order of the names. Nothing is compared yet.
pub fn matched(plan: Vec<Brief>, live: Vec<Brief>) -> Vec<Entry> {
    let empty = || Entry { plan: Vec::new(), live: Vec::new(), findings: Vec::new() };
    let mut by_name: BTreeMap<String, Entry> = BTreeMap::new();
    for row in plan {
        by_name.entry(fold(row.name.trim())).or_insert_with(empty).plan.push(row);
    }
    for row in live {
        by_name.entry(fold(row.name.trim())).or_insert_with(empty).live.push(row);
    }
    by_name.into_values().collect()
}

/// Which entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Types on either side; empty: all.
    pub types: BTreeSet<ConnectionType>,
    /// A part of the name, whatever the case; empty: any.
    pub name: String,
    /// Only these standings; empty: all.
    pub only: BTreeSet<Standing>,
}

impl Wanted {
    /// Whether a row of a list may belong to what is wanted, before anything was matched.
    fn holds(&self, row: &Brief) -> bool {
        self.types.is_empty() || self.types.contains(&row.kind)
    }

    /// Whether an entry is wanted by type and name, however it stands.
    pub fn names(&self, entry: &Entry) -> bool {
        let typed = entry.plan.iter().chain(&entry.live).any(|it| self.holds(it));
        let needle = fold(self.name.trim());
        typed && (needle.is_empty() || fold(entry.name()).contains(&needle))
    }

    /// Whether an entry is wanted.
    pub fn accepts(&self, entry: &Entry) -> bool {
        (self.only.is_empty() || self.only.contains(&entry.standing())) && self.names(entry)
    }
}

/// Both sides, held against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Name of the plan's context.
    pub plan: String,
    /// Name of the live context.
    pub live: String,
    /// When the live list was read; `None`: it is what there is now.
    pub as_of: Option<Timestamp>,
    /// Why the live list could not be read again, when it could not.
    pub stale: Option<String>,
    /// What to know about the live list, one line each: it may lack rows.
    pub remarks: Vec<String>,
    /// Every name, in their order.
    pub entries: Vec<Entry>,
}

impl Report {
    /// How many entries stand like this.
    pub fn count(&self, standing: Standing) -> usize {
        self.entries.iter().filter(|it| it.standing() == standing).count()
    }

    /// Whether anything is not the same.
    pub fn differs(&self) -> bool {
        self.entries.iter().any(|it| it.standing() != Standing::Same)
    }

    /// The counts in words: `2 differ, 1 only live, 40 same`.
    pub fn summary(&self) -> String {
        let word = |standing: Standing, count: usize| match standing {
            Standing::Differs if count == 1 => "differs",
            Standing::Differs => "differ",
            Standing::OnlyPlan => "only in the plan",
            Standing::OnlyLive => "only live",
            Standing::Ambiguous => "ambiguous",
            Standing::Same => "the same",
        };
        let reported: Vec<String> = Standing::ALL
            .into_iter()
            .map(|it| (it, self.count(it)))
            .filter(|(_, count)| *count > 0)
            .map(|(it, count)| format!("{count} {}", word(it, count)))
            .collect();
        if reported.is_empty() { "Nothing to compare".to_owned() } else { reported.join(", ") }
    }
}
