//! The form of a Microsoft 365 Groups connection. SPEC G1-G12.

mod judge;

use crate::domain::ConnectionType;
use crate::domain::health::Finding;
use crate::form::runbook::portal::Place;
use crate::form::{
    Advice, Choice, Condition, Field, Kind, Link, Need, Source, Spec, Step, Tone, Trait,
};

use super::common;
use super::microsoft365::{
    self, ACCOUNTS, IMPERSONATION_USER, LOCATED, MODERN, MULTI_GEO, NO_APP, NO_SERVICE,
    SERVICE_AUTH,
};
use Condition::{All, Answered, Has, Is, Not, On};

const PANEL: [Place; 13] = microsoft365::panel(&[
    "The box shows for a multi-geo tenant only, and counts for Copy Group jobs.",
]);

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "M365Group",
    label: "Microsoft 365 Groups",
    help: "Groups that Aviator copies or merges",
};

/// Microsoft 365 Groups.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::M365Group,
    side: "used_as",
    steps: &[
        Step {
            key: "connection",
            title: "Connection",
            when: Condition::Always,
            fields: &[common::NAME, common::TYPE, USED_AS, common::DESCRIPTION],
        },
        Step {
            key: "tenant",
            title: "Tenant",
            when: Condition::Always,
            fields: &[TENANT, GEO, LOCATION, CONTAINER],
        },
        Step {
            key: "credentials",
            title: "Credentials",
            when: Condition::Always,
            fields: &[APP_PROFILE, IMPERSONATION_USER, SERVICE_AUTH, ACCOUNTS, DELEGATED],
        },
    ],
    rules: microsoft365::RULES,
    panel: &PANEL,
    judge: judge::judge,
    from_list: microsoft365::from_list,
};

const USED_AS: Field = microsoft365::used_as(&[
    Choice { key: "any", label: "Either", help: "Not decided, or both" },
    Choice { key: "source", label: "Source", help: "Groups are read from this tenant" },
    Choice { key: "destination", label: "Destination", help: "Groups are written to this tenant" },
]);

/// G3.
const TENANT: Field = Field {
    advice: &[common::missing("tenant")],
    ..common::tenant(
        "tenant",
        "Tenant",
        "The tenant whose groups are read or written. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh. Another tenant empties the picks that belong to this one.",
    )
};

/// G4.
const GEO: Field = Field {
    when: MULTI_GEO,
    advice: &[
        Advice {
            when: All(&[LOCATED, Is("used_as", "source")]),
            tone: Tone::Note,
            text: "A location counts only where groups are written: it has no effect on a source.",
        },
        Advice {
            when: All(&[MULTI_GEO, Not(&On("geo"))]),
            tone: Tone::Note,
            text: "Without a location, groups keep the location of a multi-geo source; else they go to the central one.",
        },
    ],
    ..Field::new(
        "geo",
        "Create in a chosen location",
        "This tenant is multi-geo. Turn it on if Copy Group jobs should create groups in a specific location.",
        Kind::Toggle,
        Need::Optional,
    )
};

/// G4: what the answers given mean for a chosen location.
const LOCATION_NEEDS_OTHER: Advice = Advice {
    when: All(&[
        LOCATED,
        NO_APP,
        MODERN,
        Has("delegated", Trait::FlyDelegated),
        Not(&Has("delegated", Trait::CustomDelegated)),
        // One that is not known may be the custom app that does.
        Not(&Has("delegated", Trait::Missing)),
    ]),
    tone: Tone::Problem(Finding::LocationNotServed),
    text: "Fly delegated profiles alone cannot create groups in a chosen location: use a custom delegated profile, or add an app profile.",
};
/// The page asks for it in every multi-geo destination, whether or not a location is chosen.
const GEO_CUSTOM_DELEGATED: Advice = Advice {
    when: All(&[
        MULTI_GEO,
        MODERN,
        Has("delegated", Trait::CustomDelegated),
        Not(&Is("used_as", "source")),
    ]),
    tone: Tone::Note,
    text: "In a multi-geo destination, the custom delegated app needs the delegated permission Directory.Read.All to copy Groups.",
};
const LOCATION_FLY_APP: Advice = Advice {
    when: All(&[LOCATED, NO_SERVICE, Has("app_profile", Trait::FlyApp)]),
    tone: Tone::Note,
    text: "For a chosen location with this profile alone, give the Fly app the Global, SharePoint or Exchange Administrator role.",
};
const LOCATION_CUSTOM_APP: Advice = Advice {
    when: All(&[LOCATED, NO_SERVICE, Has("app_profile", Trait::CustomApp)]),
    tone: Tone::Note,
    text: "For a chosen location with this profile alone, the custom app needs the permission Directory.ReadWrite.All.",
};

/// G4.
const LOCATION: Field = Field {
    when: LOCATED,
    advice: &[
        LOCATION_NEEDS_OTHER,
        GEO_CUSTOM_DELEGATED,
        LOCATION_FLY_APP,
        LOCATION_CUSTOM_APP,
        microsoft365::LOCATION_UNKNOWN,
    ],
    ..Field::new(
        "location",
        "Location",
        "Where Copy Group jobs create the groups. What it takes depends on the credentials of the next step.",
        Kind::PickOne(Source::Locations { tenant: "tenant" }),
        Need::Required("pick a location, or turn the choice of a location off"),
    )
};

/// G5.
const CONTAINER: Field = Field {
    advice: &[microsoft365::CONTAINER_EMPTY, common::missing("container")],
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
    advice: &[
        common::invalid("app_profile"),
        common::missing("app_profile"),
        LOCATION_FLY_APP,
        LOCATION_CUSTOM_APP,
        Advice {
            when: All(&[Answered("app_profile"), NO_SERVICE]),
            tone: Tone::Problem(Finding::AppProfileAlone),
            text: "Some objects are not supported with an app profile: for a complete migration add service accounts below.",
        },
        microsoft365::APP_IS_FASTER,
    ],
    ..microsoft365::APP_PROFILE
};

/// G10, G11.
const DELEGATED: Field = Field {
    when: MODERN,
    advice: &[
        common::invalid("delegated"),
        common::missing("delegated"),
        LOCATION_NEEDS_OTHER,
        GEO_CUSTOM_DELEGATED,
        microsoft365::SINGLE_DELEGATED,
    ],
    ..microsoft365::DELEGATED
};
