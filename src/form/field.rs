//! The vocabulary of a form's table.

use crate::domain::health::Directory;
use crate::domain::key::KeyKind;
use crate::domain::rules::PasswordPolicy;
use crate::domain::{Answers, Connection, ConnectionType, ProfileKind, Side, Timestamp};

use super::{Condition, Trait, Values};

/// Names a field within its form.
pub type Key = &'static str;

/// A connection type's form.
pub struct Spec {
    /// The type it makes.
    pub kind: ConnectionType,
    /// Steps in their order; the first one asks name and type.
    pub steps: &'static [Step],
    /// What must hold across fields.
    pub rules: &'static [Rule],
    /// Builds the answers from values that passed every check; only visible fields are read. D17.
    /// `Err` names the field that is missing after all.
    pub build: fn(&Values) -> Result<(Side, Answers), Key>,
    /// Fills values from a saved connection; secrets as stored. C4.
    pub prefill: fn(&Connection, &Directory) -> Values,
}

/// A page of the wizard.
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
    pub advice: &'static [Advice],
    /// Objects that the pick list shows but refuses, with the reason.
    pub refuse: &'static [Refusal],
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
    /// A day, typed as `YYYY-MM-DD`.
    Day,
    /// On or off.
    Toggle,
    /// One of a few.
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
    /// All tenants. G3.
    Tenants,
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
    /// The field whose pick decides what is offered; `None` for tenants.
    pub const fn tenant_field(self) -> Option<Key> {
        match self {
            Self::Tenants => None,
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

/// Tone of an advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Note,
    /// Likely to go wrong.
    Warning,
}

/// Something said beside a field where it applies.
pub struct Advice {
    /// When it applies.
    pub when: Condition,
    /// How it is shown.
    pub tone: Tone,
    /// What is said, one or two sentences.
    pub text: &'static str,
}

/// Objects that cannot be picked.
pub struct Refusal {
    /// Objects with this trait.
    pub with: Trait,
    /// Why, and what to do.
    pub why: &'static str,
}

/// A rule across fields: where `when` holds, the field has this error.
pub struct Rule {
    /// When it is broken.
    pub when: Condition,
    /// Field that shows it.
    pub field: Key,
    /// What is wrong and what to do.
    pub message: &'static str,
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

impl Spec {
    /// Steps of the branch that the values are in.
    pub fn visible_steps<'a>(
        &'static self,
        values: &'a Values,
    ) -> impl Iterator<Item = &'static Step> + 'a {
        self.steps.iter().filter(move |step| step.when.holds(values))
    }

    /// Fields of the branch that the values are in, step by step.
    pub fn visible_fields<'a>(
        &'static self,
        values: &'a Values,
    ) -> impl Iterator<Item = &'static Field> + 'a {
        self.visible_steps(values).flat_map(move |step| step.visible_fields(values))
    }

    /// Every field, visible or not.
    pub fn fields(&'static self) -> impl Iterator<Item = &'static Field> {
        self.steps.iter().flat_map(|step| step.fields)
    }

    /// The field with this key.
    pub fn field(&'static self, key: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.key == key)
    }

    /// Fields whose pick lists depend on this one: a change clears them. G5.
    pub fn dependents(&'static self, key: Key) -> impl Iterator<Item = &'static Field> {
        self.fields().filter(move |field| match field.kind {
            Kind::PickOne(source) | Kind::PickMany(source) => source.tenant_field() == Some(key),
            Kind::Text { .. }
            | Kind::Secret { .. }
            | Kind::Day
            | Kind::Toggle
            | Kind::Choice(_)
            | Kind::Key(_)
            | Kind::Tokens
            | Kind::Agent => false,
        })
    }
}

impl Step {
    /// Fields that the values make visible.
    pub fn visible_fields<'a>(
        &'static self,
        values: &'a Values,
    ) -> impl Iterator<Item = &'static Field> + 'a {
        self.fields.iter().filter(move |field| field.when.holds(values))
    }
}
