//! What is known about an app, and from where.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

use crate::domain::Timestamp;
use crate::permissions::catalogue::{Kind, Permission, catalogue};
use crate::permissions::import::{AppManifest, ManifestForm, TokenClaims};
use crate::text::shown;

/// How it is known that an app has a permission, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Its registration asks for it; nobody need have consented.
    Declared,
    /// A token had it that has ended since.
    SeenInExpiredToken,
    /// A token has it.
    SeenInToken,
    /// Microsoft Graph lists the consent, for a single user.
    ConsentedForOneUser,
    /// Microsoft Graph lists the consent.
    Consented,
}

impl How {
    /// The words on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::SeenInExpiredToken => "seen in an expired token",
            Self::SeenInToken => "seen in a token",
            Self::ConsentedForOneUser => "consented for one user",
            Self::Consented => "consented",
        }
    }
}

/// One permission that an app has in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// Application id of the API; `None` when it could not be known.
    pub resource: Option<Uuid>,
    /// Id of the permission, where known.
    pub id: Option<Uuid>,
    /// Value of the permission, where known, as it came.
    pub value: Option<String>,
    /// Application or delegated.
    pub kind: Kind,
    /// How it is known.
    pub how: How,
}

impl Holding {
    /// By id, as manifests name it. The value is looked up.
    pub fn by_id(resource: Uuid, id: Uuid, kind: Kind, how: How) -> Self {
        let value = catalogue().by_id(resource, id, kind).map(|it| it.value.clone());
        Self { resource: Some(resource), id: Some(id), value, kind, how }
    }

    /// By value, as tokens name it. The id is looked up. Case matters.
    pub fn by_value(resource: Option<Uuid>, value: &str, kind: Kind, how: How) -> Self {
        let id = resource.and_then(|it| catalogue().by_value(it, value, kind)).map(|it| it.id);
        Self { resource, id, value: Some(value.to_owned()), kind, how }
    }

    /// Whether this is a permission of the catalogue.
    pub fn is(&self, permission: &Permission) -> bool {
        self.kind == permission.kind && self.is_in_any_kind(permission)
    }

    /// Whether this is that permission but for its kind: the same value, or the same id.
    pub fn is_in_any_kind(&self, permission: &Permission) -> bool {
        self.resource == Some(permission.resource.app_id)
            && (self.value.as_deref() == Some(permission.value.as_str())
                || self.id == Some(permission.id))
    }

    /// The permission of the catalogue, if it is one.
    pub fn known(&self) -> Option<&'static Permission> {
        catalogue().permissions.iter().find(|it| self.is(it))
    }
}

/// What a source speaks for: there, what it does not list is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Everything that the registration asks for.
    Declarations,
    /// Every application permission that was consented to.
    ConsentedRoles,
    /// Every delegated permission that was consented to.
    ConsentedScopes,
    /// The permissions of one kind of one API.
    Token {
        /// Application id of the API.
        resource: Uuid,
        /// Which kind.
        kind: Kind,
    },
    /// The app's service principal itself.
    Principal,
    /// Directory roles that the app holds itself.
    DirectoryRoles,
    /// Directory roles that it holds through groups.
    RolesThroughGroups,
}

/// What came of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// Read.
    Read {
        /// How many entries it had.
        found: usize,
    },
    /// A token that had ended.
    Expired {
        /// When.
        at: Option<Timestamp>,
    },
    /// Not allowed.
    Refused {
        /// The permission that reading it takes.
        needs: &'static str,
    },
    /// Something else went wrong.
    Failed {
        /// One line, cleaned, without secrets.
        why: String,
    },
}

/// A place where was looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Its name, cleaned.
    pub name: String,
    /// What it speaks for; `None` when that could not be known.
    pub extent: Option<Extent>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Source {
    /// A source of this name.
    pub fn new(name: impl Into<String>, extent: Option<Extent>, outcome: Outcome) -> Self {
        Self { name: name.into(), extent, outcome }
    }
}

impl fmt::Display for Source {
    /// One line: name and what came of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Read { found } => write!(f, "{}: {found} found", self.name),
            Outcome::Expired { at: Some(at) } => write!(f, "{}: expired at {at}", self.name),
            Outcome::Expired { at: None } => write!(f, "{}: has no expiry", self.name),
            Outcome::Refused { needs } => write!(f, "{}: refused; it needs {needs}", self.name),
            Outcome::Failed { why } => write!(f, "{}: {why}", self.name),
        }
    }
}

/// Everything that is known about an app.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Evidence {
    /// Permissions, each with how it is known; the same one can be there in several ways.
    pub holdings: Vec<Holding>,
    /// Template ids of directory roles that the app holds.
    pub directory_roles: Vec<Uuid>,
    /// Apps that the sources spoke of; more than one is a mix-up.
    pub app_ids: Vec<Uuid>,
    /// Tenants that the sources spoke of; more than one is a mix-up.
    pub tenants: Vec<Uuid>,
    /// Where was looked, in order.
    pub sources: Vec<Source>,
}

impl Evidence {
    /// What a manifest declares.
    pub fn from_manifest(app: &AppManifest) -> Self {
        let mut out = Self::default();
        for (resource, access) in app.manifest.entries() {
            out.holdings.push(Holding::by_id(resource, access.id, access.kind, How::Declared));
        }
        out.note_app(app.app_id);
        let name = match (&app.name, app.form) {
            (Some(name), _) => format!("Manifest of {}", shown(name)),
            (None, ManifestForm::Array | ManifestForm::Fragment) => "Manifest".to_owned(),
            (None, ManifestForm::Graph | ManifestForm::OldPortal) => "App object".to_owned(),
        };
        let found = out.holdings.len();
        out.sources.push(Source::new(name, Some(Extent::Declarations), Outcome::Read { found }));
        out
    }

    /// What tokens show. `now` decides which have ended.
    pub fn from_tokens(tokens: &[TokenClaims], now: Timestamp) -> Self {
        let mut out = Self::default();
        for (at, token) in tokens.iter().enumerate() {
            out.add_token(&format!("Token {}", at + 1), token, now);
        }
        out
    }

    /// Adds what one token shows, under a name.
    pub fn add_token(&mut self, name: &str, token: &TokenClaims, now: Timestamp) {
        let expired = token.expired(now);
        let how = if expired { How::SeenInExpiredToken } else { How::SeenInToken };
        for value in &token.values {
            self.holdings.push(Holding::by_value(token.resource, value, token.kind, how));
        }
        // A user's token lists the user's roles, not the app's.
        if !expired && token.kind == Kind::Role {
            self.directory_roles.extend(&token.directory_roles);
        }
        self.note_app(token.app_id);
        self.note_tenant(token.tenant);
        let api = token.resource.and_then(|it| catalogue().resource(it));
        let api = api.map_or_else(|| shown(&token.audience).into_owned(), |it| it.name.clone());
        let outcome = if expired {
            Outcome::Expired { at: token.expires }
        } else {
            Outcome::Read { found: token.values.len() }
        };
        let extent = token.resource.map(|resource| Extent::Token { resource, kind: token.kind });
        self.sources.push(Source::new(format!("{name} ({api})"), extent, outcome));
    }

    /// Remembers an app that a source spoke of.
    pub fn note_app(&mut self, app_id: Option<Uuid>) {
        if let Some(app_id) = app_id.filter(|it| !self.app_ids.contains(it)) {
            self.app_ids.push(app_id);
        }
    }

    /// Remembers a tenant that a source spoke of.
    pub fn note_tenant(&mut self, tenant: Option<Uuid>) {
        if let Some(tenant) = tenant.filter(|it| !self.tenants.contains(it)) {
            self.tenants.push(tenant);
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.holdings.extend(other.holdings);
        self.directory_roles.extend(other.directory_roles);
        other.app_ids.into_iter().for_each(|it| self.note_app(Some(it)));
        other.tenants.into_iter().for_each(|it| self.note_tenant(Some(it)));
        self.sources.extend(other.sources);
        self
    }

    /// Whether something spoke for the extent, so that absence means something.
    pub fn speaks_for(&self, extent: Extent) -> bool {
        self.sources
            .iter()
            .any(|it| it.extent == Some(extent) && matches!(it.outcome, Outcome::Read { .. }))
    }

    /// The permission that reading the extent would have taken, if it was refused.
    pub fn refused(&self, extent: Extent) -> Option<&'static str> {
        self.sources.iter().filter(|it| it.extent == Some(extent)).find_map(|it| match it.outcome {
            Outcome::Refused { needs } => Some(needs),
            Outcome::Read { .. } | Outcome::Expired { .. } | Outcome::Failed { .. } => None,
        })
    }

    /// Whether reading the extent failed for another reason.
    pub fn failed(&self, extent: Extent) -> bool {
        self.sources
            .iter()
            .any(|it| it.extent == Some(extent) && matches!(it.outcome, Outcome::Failed { .. }))
    }
}
