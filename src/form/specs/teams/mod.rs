//! The form of a Microsoft Teams connection: it asks what that of Groups asks (the
//! create-a-connection pages of both).

use crate::domain::ConnectionType;
use crate::form::runbook::portal::Place;
use crate::form::{
    Choice, Condition, Field, Kind, Link, Need, Note, Source, Spec, Step, Tone, Trait,
};

use super::common;
use super::microsoft365::{
    self, ACCOUNTS, APP_PROFILE, DELEGATED, IMPERSONATION_USER, LOCATED, MODERN, MULTI_GEO,
    SERVICE_AUTH,
};
use Condition::{All, Has, Is, Not};

const PANEL: [Place; 13] = microsoft365::panel(&["The box shows for a multi-geo tenant only."]);

/// What the first step says of it.
pub(super) const CHOICE: Choice =
    Choice { key: "Teams", label: "Microsoft Teams", help: "Teams and their channels" };

/// Microsoft Teams.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::Teams,
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
    demands: microsoft365::DEMANDS,
    rules: &[common::RULES, microsoft365::RULES],
    panel: &PANEL,
    summary: microsoft365::summary,
    from_list: microsoft365::from_list,
};

const USED_AS: Field = microsoft365::used_as(&[
    Choice { key: "any", label: "Either", help: "Not decided, or both" },
    Choice { key: "source", label: "Source", help: "Teams are read from this tenant" },
    Choice { key: "destination", label: "Destination", help: "Teams are written to this tenant" },
]);

const TENANT: Field = Field {
    ..common::tenant(
        "tenant",
        "Tenant",
        "The tenant whose teams are read or written. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh. Another tenant empties the picks that belong to this one.",
    )
};

const GEO: Field = Field {
    when: MULTI_GEO,
    ..Field::new(
        "geo",
        "Create in a chosen location",
        "This tenant is multi-geo. Turn it on if teams should be created in a specific location.",
        Kind::Toggle,
        Need::Optional,
    )
};

const LOCATION: Field = Field {
    when: LOCATED,
    notes: &[
        // The destination page of Teams (fly.md, contradictions, 3).
        Note {
            when: All(&[
                LOCATED,
                MODERN,
                Has("delegated", Trait::CustomDelegated),
                Not(&Is("used_as", "source")),
            ]),
            tone: Tone::Note,
            text: "For a chosen location, the custom delegated app needs the delegated permission Directory.ReadWrite.All.",
        },
    ],
    ..Field::new(
        "location",
        "Location",
        "Where the teams are created. What it takes depends on the credentials of the next step.",
        Kind::PickOne(Source::Locations { tenant: "tenant" }),
        Need::Required("pick a location, or turn the choice of a location off"),
    )
};

const CONTAINER: Field = Field {
    link: Some(Link::AutoDiscovery),
    ..Field::new(
        "container",
        "Container for auto map",
        "Its teams are offered for auto mapping. It is listed once a scan job has found objects in it; set up a scan profile (Auto Discovery) if there is none, then refresh.",
        Kind::PickOne(Source::Containers { tenant: "tenant" }),
        Need::Optional,
    )
};
