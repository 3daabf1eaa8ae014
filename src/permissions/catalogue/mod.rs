//! Every permission, role, duty and step that is known, as data. SPEC P2-P8.
//!
//! The data is `assets/permissions.toml`; it is part of the binary and read once. The tests loop
//! over it and prove that it is well-formed.

mod condition;
mod load;
mod row;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use condition::{Condition, Need};
pub use row::Row;

use super::scenario::Scenario;
use crate::domain::Cloud;

/// Where a fact was read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Page or repository.
    pub name: String,
    /// Date of that state, or the day on which it was read, `YYYY-MM-DD`.
    pub dated: String,
}

/// An API that grants permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Short key, for example `graph`.
    pub key: String,
    /// Its application id, the same in every tenant.
    pub app_id: Uuid,
    /// Name shown in the portal.
    pub name: String,
    /// Name in 21Vianet, where it differs.
    pub name_21vianet: Option<String>,
    /// Audiences that its tokens carry, without trailing slash.
    pub audiences: Vec<String>,
    /// Ends of host names of its audiences.
    pub audience_suffixes: Vec<String>,
    /// Where that was read.
    pub source: Arc<Source>,
}

impl Resource {
    /// The name that the portal of a cloud shows.
    pub fn name_in(&self, cloud: Cloud) -> &str {
        match (cloud, &self.name_21vianet) {
            (Cloud::China21Vianet, Some(name)) => name,
            (Cloud::Commercial | Cloud::UsGov | Cloud::China21Vianet, _) => &self.name,
        }
    }

    /// Whether a token's `aud` means this API: its id, a known address, or a tenant's own host.
    pub fn is_audience(&self, aud: &str) -> bool {
        let aud = aud.trim_end_matches('/');
        if Uuid::parse_str(aud) == Ok(self.app_id) {
            return true;
        }
        if self.audiences.iter().any(|it| it.eq_ignore_ascii_case(aud)) {
            return true;
        }
        let host = aud.strip_prefix("https://").unwrap_or_default().to_ascii_lowercase();
        // Some tokens carry `id/host@tenant`, with the id of the API first.
        let id = aud.split('/').next().and_then(|it| Uuid::parse_str(it).ok());
        id == Some(self.app_id) || self.audience_suffixes.iter().any(|it| host.ends_with(it))
    }
}

/// A Microsoft Entra directory role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Short key.
    pub key: String,
    /// Template id, the same in every tenant.
    pub id: Uuid,
    /// Name shown in the portal.
    pub name: String,
    /// Where that was read.
    pub source: Arc<Source>,
}

/// How sure a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sure {
    /// The vendor's own documentation says so.
    Documented,
    /// Others quote the vendor.
    Reported,
}

impl Sure {
    /// The words on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Documented => "documented by Microsoft",
            Self::Reported => "reported by others, not confirmed",
        }
    }
}

/// One date of a retirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Milestone {
    /// The day, `YYYY-MM-DD`.
    pub on: String,
    /// What happens on it.
    pub what: String,
    /// How sure that is.
    pub sure: Sure,
    /// Where it was read.
    pub source: Source,
}

/// An API that is going away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retirement {
    /// Short key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What to do about it.
    pub what_to_do: String,
    /// What happens when, in order.
    pub dates: Vec<Milestone>,
}

/// Application permission or delegated permission, in the words of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub enum Kind {
    /// Application permission: the app acts for itself.
    Role,
    /// Delegated permission: the app acts for a user.
    Scope,
}

impl Kind {
    /// The word used by the portal.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Role => "Application",
            Self::Scope => "Delegated",
        }
    }
}

/// Another way to meet a need.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// What can be done instead.
    pub how: String,
    /// When a scenario chooses it.
    pub when: Condition,
}

/// One permission of one API, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The API.
    pub resource: Arc<Resource>,
    /// The value, as tokens carry it; case matters.
    pub value: String,
    /// Application or delegated.
    pub kind: Kind,
    /// The id within the API. The same id can mean something else in another API.
    pub id: Uuid,
    /// Official name.
    pub display_name: String,
    /// What Fly does with it, in our words.
    pub purpose: String,
    /// Who needs it; empty for rows that only cover others.
    pub needs: Vec<Need>,
    /// Other ways to meet the need.
    pub alternatives: Vec<Alternative>,
    /// Values of bigger permissions of the same API and kind that include it.
    pub covered_by: Vec<String>,
    /// Directory roles without which it does nothing, or not enough.
    pub roles_beside: Vec<Arc<Role>>,
    /// What else to know.
    pub notes: Vec<String>,
    /// What to say when an app has it without need.
    pub beyond: Option<String>,
    /// What the product page says, where that differs.
    pub page_says: Option<String>,
    /// The retirement that takes it away.
    pub retiring: Option<Arc<Retirement>>,
    /// Where value, id and kind were read.
    pub source: Arc<Source>,
}

impl Permission {
    /// Whether a scenario needs it.
    pub fn needed(&self, scenario: &Scenario) -> bool {
        self.needs.iter().any(|it| it.applies(scenario))
    }
}

/// What sort of thing a duty is, which decides who can see whether it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyKind {
    /// A Microsoft Entra directory role.
    DirectoryRole,
    /// An application role assignment in Exchange.
    ExchangeRbac,
    /// A role in Exchange.
    ExchangeRole,
    /// A licence.
    Licence,
    /// Membership of the Groups.
    Membership,
    /// Nothing meets it: the scenario cannot work.
    Impossible,
}

/// Who has to have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// The app's service principal.
    App,
    /// Every service account.
    ServiceAccount,
    /// The user who consented.
    ConsentUser,
    /// The impersonation user of a custom app profile.
    ImpersonationUser,
}

impl Holder {
    /// The words on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::App => "the app",
            Self::ServiceAccount => "each service account",
            Self::ConsentUser => "the consent user",
            Self::ImpersonationUser => "the impersonation user",
        }
    }
}

/// A need that no manifest can hold: a role, a licence, a membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Short key.
    pub key: String,
    /// What sort of thing it is.
    pub what: DutyKind,
    /// Who has to have it.
    pub holder: Holder,
    /// A few words.
    pub title: String,
    /// What it is for.
    pub text: String,
    /// Directory roles of which one is enough.
    pub any_of: Vec<Arc<Role>>,
    /// Something that would do as well and cannot be seen.
    pub unseen_alternative: Option<String>,
    /// Who needs it.
    pub needs: Vec<Need>,
    /// What to do next to have or to check it.
    pub next_step: String,
    /// The retirement that takes it away.
    pub retiring: Option<Arc<Retirement>>,
    /// The line of SPEC.md.
    pub spec: String,
    /// Where it was read.
    pub source: Arc<Source>,
}

/// One step of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// Short key.
    pub key: String,
    /// A few words.
    pub title: String,
    /// What to do.
    pub text: String,
    /// Who needs it.
    pub needs: Vec<Need>,
    /// The line of SPEC.md.
    pub spec: String,
    /// Where it was read.
    pub source: Arc<Source>,
}

/// Something to know before relying on a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// Short key.
    pub key: String,
    /// What to know.
    pub text: String,
    /// Who needs to know.
    pub needs: Vec<Need>,
    /// The retirement that it warns of.
    pub retiring: Option<Arc<Retirement>>,
    /// Where it was read.
    pub source: Arc<Source>,
}

/// Everything that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// APIs, in the order in which a manifest names them.
    pub resources: Vec<Arc<Resource>>,
    /// Directory roles.
    pub roles: Vec<Arc<Role>>,
    /// Retirements.
    pub retirements: Vec<Arc<Retirement>>,
    /// Permissions, in the order in which tables and manifests name them.
    pub permissions: Vec<Permission>,
    /// What no manifest can hold.
    pub duties: Vec<Duty>,
    /// The checklist.
    pub steps: Vec<StepRow>,
    /// What to know.
    pub cautions: Vec<Caution>,
}

impl Catalogue {
    /// Day of the newest source, `YYYY-MM-DD`.
    pub fn newest(&self) -> &str {
        let permissions = self.permissions.iter().map(|it| &it.source);
        let all = permissions
            .chain(self.resources.iter().map(|it| &it.source))
            .chain(self.cautions.iter().map(|it| &it.source));
        all.map(|it| it.dated.as_str()).max().unwrap_or_default()
    }

    /// The API with this application id.
    pub fn resource(&self, app_id: Uuid) -> Option<&Arc<Resource>> {
        self.resources.iter().find(|it| it.app_id == app_id)
    }

    /// The API that a token's `aud` means.
    pub fn resource_of_audience(&self, aud: &str) -> Option<&Arc<Resource>> {
        self.resources.iter().find(|it| it.is_audience(aud))
    }

    /// The permission with this id, of this API and kind.
    pub fn by_id(&self, app_id: Uuid, id: Uuid, kind: Kind) -> Option<&Permission> {
        self.permissions
            .iter()
            .find(|it| it.resource.app_id == app_id && it.id == id && it.kind == kind)
    }

    /// The permission with this value, of this API and kind. Case matters, as in tokens.
    pub fn by_value(&self, app_id: Uuid, value: &str, kind: Kind) -> Option<&Permission> {
        self.permissions
            .iter()
            .find(|it| it.resource.app_id == app_id && it.value == value && it.kind == kind)
    }

    /// Every permission that a word may mean: its value in any case, or its id.
    pub fn explain(&self, word: &str) -> Vec<&Permission> {
        let word = word.trim();
        let id = Uuid::parse_str(word).ok();
        self.permissions
            .iter()
            .filter(|it| it.value.eq_ignore_ascii_case(word) || Some(it.id) == id)
            .collect()
    }

    /// Values that resemble a word that [`Self::explain`] does not know: at most five, sorted.
    pub fn suggestions(&self, word: &str) -> Vec<&str> {
        let word = word.trim().to_ascii_lowercase();
        let stem = word.split(['.', '_']).next().unwrap_or_default();
        if stem.len() < 3 {
            return Vec::new();
        }
        let mut found: Vec<&str> = self
            .permissions
            .iter()
            .map(|it| it.value.as_str())
            .filter(|it| it.to_ascii_lowercase().contains(stem))
            .collect();
        found.sort_unstable();
        found.dedup();
        found.truncate(5);
        found
    }

    /// One row per permission that some scenario needs, as `permissions list` gives them.
    pub fn rows(&self, cloud: Cloud) -> Vec<Row<'_>> {
        self.permissions
            .iter()
            .filter(|it| !it.needs.is_empty())
            .map(|it| Row::of(it, cloud))
            .collect()
    }
}

/// The catalogue.
pub fn catalogue() -> &'static Catalogue {
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the binary and a test reads it; an empty catalogue would call every app complete"
    )]
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        load::parse(include_str!("../../../assets/permissions.toml"))
            .expect("assets/permissions.toml is well-formed")
    });
    &CATALOGUE
}
