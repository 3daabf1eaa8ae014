//! The vocabulary of a form's table.

use crate::domain::answers::Sheet;
use crate::domain::health::{Digest, Directory, Level};
use crate::domain::key::KeyKind;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{
    ConnectionType, DirectoryObject, Listed, ObjectKind, Platform, ProfileKind, Side, Timestamp,
};

use super::runbook::portal::{Needed, Place};
use super::{Condition, Link, Picked, Rule, Value, Values};

/// Names a field within its form.
pub type Key = &'static str;

/// A connection type's form.
pub struct Spec {
    /// The type it makes.
    pub kind: ConnectionType,
    /// Where the list of types shows it.
    pub family: Family,
    /// Field that asks which end of the migration it is.
    pub side: Key,
    /// Steps in their order; the first one asks name and type.
    pub steps: &'static [Step],
    /// What is judged: the rules of its own file and those that it shares.
    pub rules: &'static [&'static [&'static Rule]],
    /// The panel of the portal, in its order.
    pub panel: &'static [Place],
    /// What must be there before the panel is filled in.
    pub needed: &'static [Needed],
    /// Page of the vendor with the permissions that it takes, by title; empty: none was found, or the
    /// catalogue has them.
    pub permissions: &'static str,
    /// What the list shows of its answers beside what was found.
    pub summary: fn(&Sheet, &Directory, &mut Digest),
    /// Fills in what a list reported of a connection of this side, as far as it goes.
    pub from_list: fn(&'static Self, &mut Values, &Listed, Side, &Directory),
}

impl std::fmt::Debug for Spec {
    /// Its type names it; the tables would fill pages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spec({})", self.kind.slug())
    }
}

/// Groups of types in lists that offer them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Services of Microsoft 365.
    Microsoft365,
    /// Directories, and the devices in them.
    Directory,
    /// Services of Google.
    Google,
    /// What stands in an own network.
    OnPremises,
}

impl Family {
    /// Its heading.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Microsoft365 => "Microsoft 365",
            Self::Directory => "Directory and devices",
            Self::Google => "Google",
            Self::OnPremises => "On-premises",
        }
    }
}

/// A page of the wizard.
#[derive(Debug)]
pub struct Step {
    /// Names the step.
    pub key: Key,
    /// Title in the step trail: one or two words.
    pub title: &'static str,
    /// When the step is part of the branch.
    pub when: Condition,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// One question.
#[derive(Debug)]
pub struct Field {
    /// Names the field.
    pub key: Key,
    /// Label beside the input.
    pub label: &'static str,
    /// Help for the focused field, in our own words, one to three sentences.
    pub help: &'static str,
    /// What kind of answer.
    pub kind: Kind,
    /// Whether an answer must be given.
    pub need: Need,
    /// When the field is asked.
    pub when: Condition,
    /// What is said where it applies.
    pub notes: &'static [Note],
    /// The pick whose first extra fills this text until it is changed by hand. G7.
    pub filled_by: Option<Key>,
    /// Where in AvePoint Online Services to make what the pick list lacks. G6.
    pub link: Option<Link>,
}

impl Field {
    /// A field that is always asked, with nothing more to say.
    pub const fn new(
        key: Key,
        label: &'static str,
        help: &'static str,
        kind: Kind,
        need: Need,
    ) -> Self {
        Self {
            key,
            label,
            help,
            kind,
            need,
            when: Condition::Always,
            notes: &[],
            filled_by: None,
            link: None,
        }
    }

    /// Why a profile is not of a kind that the field takes; `None`: it is, or is no profile. D15.
    pub fn unfit(&self, picked: &Picked) -> Option<String> {
        let (Kind::PickOne(source) | Kind::PickMany(source)) = self.kind else { return None };
        let Source::AppProfiles { kinds, .. } = source else { return None };
        let kind = picked.traits.profile_kind()?;
        if kinds.contains(&kind) {
            return None;
        }
        let wanted: Vec<&str> = kinds.iter().map(|it| it.label()).collect();
        Some(format!("{} profiles cannot be used here: pick {}", kind.label(), wanted.join(" or ")))
    }
}

/// Whether an answer must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Saving is refused without it; the text says what to do.
    Required(&'static str),
    /// May be left out.
    Optional,
}

/// Kinds of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text {
        /// What it must look like.
        check: Check,
        /// Shown while it is empty.
        example: &'static str,
    },
    /// A masked text.
    Secret {
        /// What it must look like.
        check: Check,
    },
    /// A day that is not over yet, typed as `YYYY-MM-DD`; it stands for its end in UTC.
    Day,
    /// On or off.
    Toggle,
    /// One of a few; the first is what a new form starts with.
    Choice(&'static [Choice]),
    /// One directory object.
    PickOne(Source),
    /// Several directory objects.
    PickMany(Source),
    /// A key that the backend issues.
    Key(KeyKind),
    /// Bulk tokens that the backend issues or the admin pastes.
    Tokens,
    /// Where to get the device agent and how to install it; nothing to answer. D7.
    Agent,
}

impl Kind {
    /// Whether a value is of the shape that this kind of field takes; a draft of an older version
    /// may hold another.
    pub fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text { .. } | Self::Day, Value::Text(_))
            | (Self::Secret { .. }, Value::Secret(_))
            | (Self::Toggle, Value::Toggle(_))
            | (Self::PickOne(_), Value::One(_))
            | (Self::PickMany(_), Value::Many(_))
            | (Self::Key(_), Value::Key(_))
            | (Self::Tokens, Value::Tokens(_)) => true,
            (Self::Choice(options), Value::Choice(chosen)) => {
                options.iter().any(|option| option.key == *chosen)
            }
            (
                Self::Text { .. }
                | Self::Secret { .. }
                | Self::Day
                | Self::Toggle
                | Self::Choice(_)
                | Self::PickOne(_)
                | Self::PickMany(_)
                | Self::Key(_)
                | Self::Tokens
                | Self::Agent,
                _,
            ) => false,
        }
    }

    /// Whether plain characters are typed into it: as its text, or to search its pick list.
    pub const fn takes_text(self) -> bool {
        match self {
            Self::Text { .. }
            | Self::Secret { .. }
            | Self::Day
            | Self::PickOne(_)
            | Self::PickMany(_) => true,
            Self::Toggle | Self::Choice(_) | Self::Key(_) | Self::Tokens | Self::Agent => false,
        }
    }

    /// Where the entries of a pick list come from.
    pub const fn source(self) -> Option<Source> {
        match self {
            Self::PickOne(source) | Self::PickMany(source) => Some(source),
            Self::Text { .. }
            | Self::Secret { .. }
            | Self::Day
            | Self::Toggle
            | Self::Choice(_)
            | Self::Key(_)
            | Self::Tokens
            | Self::Agent => None,
        }
    }
}

/// An option of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Value kept.
    pub key: &'static str,
    /// Text shown.
    pub label: &'static str,
    /// What it means, in one line.
    pub help: &'static str,
}

/// Where a pick list's entries come from. `tenant` names the field whose pick they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// All tenants of a platform. G3.
    Tenants {
        /// The platform.
        of: Platform,
    },
    /// Locations of the picked tenant. G4.
    Locations {
        /// Field of the tenant.
        tenant: Key,
    },
    /// Containers of the picked tenant. G5.
    Containers {
        /// Field of the tenant.
        tenant: Key,
    },
    /// App profiles of the picked tenant, of these kinds. G6, D13.
    AppProfiles {
        /// Field of the tenant.
        tenant: Key,
        /// Kinds offered.
        kinds: &'static [ProfileKind],
    },
    /// Service accounts of the picked tenant. G9.
    ServiceAccounts {
        /// Field of the tenant.
        tenant: Key,
    },
}

impl Source {
    /// The kind of directory object; `None`: a location is none.
    pub const fn object(self) -> Option<ObjectKind> {
        match self {
            Self::Tenants { .. } => Some(ObjectKind::Tenant),
            Self::Locations { .. } => None,
            Self::Containers { .. } => Some(ObjectKind::Container),
            Self::AppProfiles { .. } => Some(ObjectKind::AppProfile),
            Self::ServiceAccounts { .. } => Some(ObjectKind::ServiceAccount),
        }
    }

    /// Whether an object of its kind is one of those that it offers.
    pub fn offers(self, object: &DirectoryObject) -> bool {
        match (self, object) {
            (Self::Tenants { of }, DirectoryObject::Tenant(it)) => it.platform == of,
            (Self::AppProfiles { kinds, .. }, DirectoryObject::AppProfile(it)) => {
                kinds.contains(&it.kind)
            }
            (
                Self::Tenants { .. }
                | Self::Locations { .. }
                | Self::Containers { .. }
                | Self::AppProfiles { .. }
                | Self::ServiceAccounts { .. },
                _,
            ) => true,
        }
    }

    /// The field whose pick decides what is offered; `None` for tenants.
    pub const fn tenant_field(self) -> Option<Key> {
        match self {
            Self::Tenants { .. } => None,
            Self::Locations { tenant }
            | Self::Containers { tenant }
            | Self::AppProfiles { tenant, .. }
            | Self::ServiceAccounts { tenant } => Some(tenant),
        }
    }
}

/// What a text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Printable, of reasonable length.
    Printable,
    /// A connection name. G1.
    Name,
    /// A GUID. D4.
    Guid,
    /// A user principal name. G7.
    Upn,
    /// A DNS domain name. D11.
    Domain,
    /// A domain account. D11.
    DomainUser,
    /// A local Windows user. D8.
    LocalUser,
    /// An address that begins with `https://`.
    Https,
    /// A path of a `.ppkg`. D16.
    EnrolmentPath,
    /// A password under the policy, not holding the user name of that field. D8.
    Password {
        /// Field of the user name.
        user: Key,
    },
    /// Anything that is not empty.
    Any,
}

/// What a note is about, which decides how bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Note,
    /// What saving this change does; nothing that stays in the record.
    Change,
}

impl Tone {
    /// How bad it is.
    pub const fn level(self) -> Level {
        match self {
            Self::Note => Level::Advice,
            Self::Change => Level::Warning,
        }
    }
}

/// Something said beside a field where it applies: it instructs, and judges nothing. What judges is
/// a [`Rule`].
#[derive(Debug)]
pub struct Note {
    /// When it applies.
    pub when: Condition,
    /// How it is shown.
    pub tone: Tone,
    /// What is said, one or two sentences.
    pub text: &'static str,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Which field.
    pub field: Key,
    /// What is wrong and what to do, in one line.
    pub message: String,
}

/// What checks need besides the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The present, for expiries.
    pub now: Timestamp,
    /// Password rules. D8.
    pub password: PasswordPolicy,
}
