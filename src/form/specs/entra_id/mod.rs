//! The form of a Microsoft Entra ID connection (types.md; its create-a-connection page): a tenant with
//! location and container, an app profile, and no account.

use crate::domain::health::{Bit, Level};
use crate::domain::{ConnectionType, ProfileKind};
use crate::form::{Choice, Condition, Family, Field, Need, Spec, Step, Trait, When, rules};

use super::microsoft365::container::{self, CONTAINER};
use super::microsoft365::location::{self, GEO, LOCATION};
use super::microsoft365::{BASE, CONNECTION, PLACE, TENANT, credentials};
use super::{common, expiry};
use Condition::{All, Has, Is};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "Entra",
    label: "Microsoft Entra ID",
    help: "Users, groups and other objects of a tenant",
};

/// Microsoft Entra ID.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::Entra,
    family: Family::Directory,
    steps: &[
        CONNECTION,
        Step { fields: &[TENANT, GEO, LOCATION, CONTAINER], ..PLACE },
        Step { fields: &[APP_PROFILE], ..credentials::STEP },
    ],
    rules: &[common::RULES, expiry::RULES, location::RULES, container::RULES, RULES],
    permissions: "AvePoint Online Services user guide, Fly for Entra ID source",
    ..BASE
};

const APP_PROFILE: Field = common::app_profile(
    "app_profile",
    "Fly for Entra ID source, Fly for Entra ID source and destination, or your own app. This type takes no service account.",
    "tenant",
    ProfileKind::FOR_ENTRA_ID,
    Need::Required("pick an app profile of this tenant"),
);

rules! {
    /// The app of a source at a destination.
    ENTRA_SOURCE_APP {
        id: "entra-source-app",
        level: Level::Warning,
        bit: Some(Bit(25)),
        since: 3,
        fields: &["app_profile"],
        title: "Source app at a destination",
        word: "source app",
        means: "Fly for Entra ID source is picked for a destination.",
        why: "AvePoint offers two apps: one for a source, and one for source and destination.",
        source: "AvePoint, app profiles: Fly for Entra ID source",
        fix: "Pick Fly for Entra ID source and destination, or a custom app.",
        with: "the form, field App profile: enter on the audit screen",
        when: When::Holds(
            All(&[Is("used_as", "destination"), Has("app_profile", Trait::FlyForEntraIdSource)]),
            |case| format!("App profile {}.", case.label("app_profile")),
        ),
    }
}
