//! The form of a Microsoft 365 Groups connection. SPEC G1-G12.

use crate::domain::ConnectionType;
use crate::domain::health::{Bit, Level};
use crate::form::{
    Choice, Condition, Field, Kind, Link, Need, Note, Source, Spec, Step, Tone, Trait, When, rules,
};

use super::microsoft365::credentials::{ACCOUNTS, MODERN, NO_APP, NO_SERVICE, SERVICE_AUTH};
use super::microsoft365::impersonation::IMPERSONATION_USER;
use super::microsoft365::location::{LOCATED, MULTI_GEO};
use super::microsoft365::{self, container, credentials, impersonation, location};
use super::{common, expiry};
use Condition::{All, Answered, Has, Is, Not, On};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "M365Group",
    label: "Microsoft 365 Groups",
    help: "Groups that Aviator copies or merges",
};

/// Microsoft 365 Groups.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::M365Group,
    steps: &[
        Step {
            fields: &[common::NAME, common::TYPE, USED_AS, common::DESCRIPTION],
            ..microsoft365::CONNECTION
        },
        Step { fields: &[TENANT, GEO, LOCATION, CONTAINER], ..microsoft365::PLACE },
        Step {
            fields: &[APP_PROFILE, IMPERSONATION_USER, SERVICE_AUTH, ACCOUNTS, DELEGATED],
            ..microsoft365::CREDENTIALS
        },
    ],
    rules: &[
        common::RULES,
        expiry::RULES,
        location::RULES,
        container::RULES,
        credentials::RULES,
        impersonation::RULES,
        RULES,
    ],
    panel: &microsoft365::panel(&[
        "The box appears for a multi-geo tenant only, and applies to Copy Group jobs.",
    ]),
    ..microsoft365::BASE
};

const USED_AS: Field = microsoft365::used_as(&[
    Choice { key: "any", label: "Either", help: "Not decided, or both" },
    Choice { key: "source", label: "Source", help: "Groups are read from this tenant" },
    Choice { key: "destination", label: "Destination", help: "Groups are written to this tenant" },
]);

/// G3.
const TENANT: Field = Field {
    ..common::tenant(
        "tenant",
        "Tenant",
        "The tenant whose groups are read or written. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh. Changing the tenant clears the choices that belong to it.",
    )
};

/// G4.
const GEO: Field = Field {
    when: MULTI_GEO,
    notes: &[Note {
        when: All(&[MULTI_GEO, Not(&On("geo"))]),
        tone: Tone::Note,
        text: "Without a location, groups keep the location of a multi-geo source; else they go to the central one.",
    }],
    ..Field::new(
        "geo",
        "Create in a chosen location",
        "This tenant is multi-geo. Turn it on if Copy Group jobs should create groups in a specific location.",
        Kind::Toggle,
        Need::Optional,
    )
};

rules! {
    /// The chosen credentials cannot create groups in the chosen location. G4; a custom delegated app
    /// can (fly.md §3).
    LOCATION_NOT_SERVED {
        id: "location-not-served",
        level: Level::Error,
        bit: Some(Bit(49)),
        since: 1,
        fields: &["location", "delegated"],
        title: "Location out of reach",
        word: "location",
        means: "Fly delegated app profiles alone cannot create groups in a chosen location.",
        why: "AvePoint states that a connection with the Fly delegated app profile alone cannot create in a chosen location, and names a custom delegated app profile instead.",
        source: "AvePoint, migration to a destination multi-geo tenant",
        fix: "Add an app profile or use a custom delegated app.",
        with: "the form, step Credentials: enter on the audit screen",
        when: When::Holds(
            All(&[
                LOCATED,
                NO_APP,
                MODERN,
                Has("delegated", Trait::FlyDelegated),
                Not(&Has("delegated", Trait::CustomDelegated)),
                // One that is not known may be the custom app that does.
                Not(&Has("delegated", Trait::Missing)),
            ]),
            |case| {
                let location = case.label("location");
                format!("Location {location} with Fly delegated profiles alone.")
            },
        ),
    }
    /// An app profile without service account. G11.
    APP_PROFILE_ALONE {
        id: "app-profile-alone",
        level: Level::Advice,
        bit: Some(Bit(13)),
        since: 1,
        fields: &["service_auth", "app_profile"],
        title: "App profile alone",
        word: "app only",
        means: "Some objects are not supported with an app profile alone.",
        why: "An app profile is throttled less, but a few objects and settings need a user's sign-in.",
        source: "AvePoint, create a connection for Microsoft 365 Groups",
        fix: "Add a service account for completeness.",
        with: "the form, step Credentials: enter on the audit screen",
        when: When::Holds(All(&[Answered("app_profile"), NO_SERVICE]), |_| {
            "An app profile and no service account.".to_owned()
        }),
    }
}

/// The page asks for it in every multi-geo destination, whether or not a location is chosen.
const GEO_CUSTOM_DELEGATED: Note = Note {
    when: All(&[
        MULTI_GEO,
        MODERN,
        Has("delegated", Trait::CustomDelegated),
        Not(&Is("used_as", "source")),
    ]),
    tone: Tone::Note,
    text: "In a multi-geo destination, the custom delegated app needs the delegated permission Directory.Read.All to copy Groups.",
};
const LOCATION_FLY_APP: Note = Note {
    when: All(&[LOCATED, NO_SERVICE, Has("app_profile", Trait::FlyApp)]),
    tone: Tone::Note,
    text: "For a chosen location with this profile alone, give the Fly app the Global, SharePoint or Exchange Administrator role.",
};
const LOCATION_CUSTOM_APP: Note = Note {
    when: All(&[LOCATED, NO_SERVICE, Has("app_profile", Trait::CustomApp)]),
    tone: Tone::Note,
    text: "For a chosen location with this profile alone, the custom app needs the permission Directory.ReadWrite.All.",
};

/// G4.
const LOCATION: Field = Field {
    when: LOCATED,
    notes: &[GEO_CUSTOM_DELEGATED, LOCATION_FLY_APP, LOCATION_CUSTOM_APP],
    ..Field::new(
        "location",
        "Location",
        "Where Copy Group jobs create the groups. What this needs depends on the credentials of the next step.",
        Kind::PickOne(Source::Locations { tenant: "tenant" }),
        Need::Required("pick a location, or turn the choice of a location off"),
    )
};

/// G5.
const CONTAINER: Field = Field {
    link: Some(Link::AutoDiscovery),
    ..Field::new(
        "container",
        "Container for auto map",
        "Its groups are offered for auto mapping. It is listed once a scan job has found objects in it; set up a scan profile (Auto Discovery) if there is none, then refresh.",
        Kind::PickOne(Source::Containers { tenant: "tenant" }),
        Need::Optional,
    )
};

/// G6, G7, G11.
const APP_PROFILE: Field = Field {
    notes: &[LOCATION_FLY_APP, LOCATION_CUSTOM_APP, credentials::APP_IS_FASTER],
    ..credentials::APP_PROFILE
};

/// G10, G11.
const DELEGATED: Field = Field { notes: &[GEO_CUSTOM_DELEGATED], ..credentials::DELEGATED };
