//! The form of a Power Platform connection (types.md; its create-a-connection page). It takes an app
//! profile, alone or with a service account.

use crate::domain::{ConnectionType, ProfileKind};
use crate::form::runbook::portal::{DESCRIPTION, How, Place, SEARCH, noted, place};
use crate::form::{Choice, Condition, Field, Need, Note, Spec, Step, Tone, Trait};

use super::common;
use super::microsoft365::container::CONTAINER;
use super::microsoft365::credentials::{self, ACCOUNTS, DELEGATED, LEGACY, MODERN, NO_SERVICE};
use super::microsoft365::{BASE, CONNECTION, PLACE, TENANT};
use Condition::{All, Any, Has};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "PowerPlatform",
    label: "Power Platform",
    help: "Apps, flows and other objects of environments",
};

/// Power Platform.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::PowerPlatform,
    steps: &[
        CONNECTION,
        Step { fields: &[TENANT, ENVIRONMENTS], ..PLACE },
        Step { fields: &[APP_PROFILE, SERVICE_AUTH, ACCOUNTS, DELEGATED], ..credentials::STEP },
    ],
    panel: PANEL,
    permissions: "AvePoint Fly user guide, Permissions for destination Power Platform",
    ..BASE
};

const ENVIRONMENTS: Field = Field {
    label: "Environment container",
    help: "The container of environments that are offered for mapping. It is listed once a scan job has found environments; set up a scan profile (Auto Discovery) if there is none, then refresh.",
    ..CONTAINER
};

const APP_PROFILE: Field = Field {
    notes: &[Note {
        when: All(&[NO_SERVICE, Has("app_profile", Trait::CustomApp)]),
        tone: Tone::Note,
        text: "For an app profile alone AvePoint names Fly for Power Platform or a custom delegated app. Not confirmed: that this one is enough.",
    }],
    ..common::app_profile(
        "app_profile",
        "Fly for Power Platform, or a custom app with delegated permissions. It is always needed; a service account can be added.",
        "tenant",
        ProfileKind::FOR_POWER_PLATFORM,
        Need::Required("pick an app profile of this tenant"),
    )
};

const SERVICE_AUTH: Field = Field {
    notes: &[Note {
        when: Any(&[LEGACY, MODERN]),
        tone: Tone::Note,
        text: "An account under MFA or Conditional Access cannot be used here: then choose none, and let the app profile work alone.",
    }],
    ..credentials::SERVICE_AUTH
};

const PANEL: &[Place] = &[
    place("name", "Connection name", How::Enter),
    place("type", "Connection type", How::Choose),
    noted("tenant", "Tenant", How::Select, &[SEARCH]),
    noted("container", "Environment container", How::Select, &[SEARCH]),
    place("service_auth", "Service account authentication", How::Choose),
    noted("accounts", "Service account", How::SelectSeveral, &[SEARCH]),
    noted("delegated", "Microsoft delegated app profile", How::SelectSeveral, &[SEARCH]),
    noted("app_profile", "App profile", How::Select, &[SEARCH]),
    place(
        "used_as",
        "Used as",
        How::Aside("the panel does not ask for the side: it is for planning only"),
    ),
    DESCRIPTION,
];
