//! The impersonation user of a custom app profile. G7.

use crate::domain::health::{Bit, Level};
use crate::form::{Check, Condition, Field, Kind, Need, Trait, When, rules};

use Condition::{All, Answered, Has, Not};

/// G7.
pub(in crate::form::specs) const IMPERSONATION_USER: Field = Field {
    when: Has("app_profile", Trait::CustomApp),
    filled_by: Some("app_profile"),
    ..Field::new(
        "impersonation_user",
        "Impersonation user",
        "A user of this tenant with an Exchange Online license, by which Fly identifies the tenant. Overrides the user set in AvePoint Online Services.",
        Kind::Text { check: Check::Upn, example: "fly.user@contoso.example" },
        Need::Required("enter the user principal name of a user with an Exchange Online license"),
    )
};

rules! {
    /// A custom app profile without impersonation user. G7.
    NO_IMPERSONATION_USER {
        id: "no-impersonation-user",
        level: Level::Error,
        bit: Some(Bit(51)),
        since: 1,
        refuses: true,
        fields: &["impersonation_user"],
        title: "No impersonation user",
        word: "no user",
        means: "A custom app profile needs an impersonation user.",
        why: "With a custom app profile, the impersonation user identifies the tenant; what is set in the connection overrides AvePoint Online Services.",
        fix: "Enter one that has an Exchange Online license.",
        with: "the form, field Impersonation user: enter on the audit screen",
        when: When::Holds(
            All(&[Has("app_profile", Trait::CustomApp), Not(&Answered("impersonation_user"))]),
            |_| "No impersonation user is set.".to_owned(),
        ),
    }
}
