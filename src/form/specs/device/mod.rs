//! The form of an Active Directory and Entra ID Devices connection. SPEC D1-D17.

mod destination;
mod listed;
mod portal;
mod source;
mod summary;

use crate::domain::ConnectionType;
use crate::form::{Choice, Condition, Family, Field, Kind, Need, Spec, Step};

use super::{common, expiry};
use Condition::{All, Always, Any, Is};
use destination::{
    APP_PROFILE, BULK_TOKENS, CONNECTION_KEY, DOMAIN, DOMAIN_PASSWORD, DOMAIN_USER, ENROLMENT_PATH,
    JOIN, JOIN_APP_PROFILE, REJOIN, TARGET, TENANT,
};
use source::{
    AGENT, CLIENT_ID, CLIENT_SECRET, CLIENT_SECRET_EXPIRES, CONFIGURATION_KEY, ENTRA, LOCAL_ADMIN,
    LOCAL_ADMIN_PASSWORD, LOCAL_ADMIN_USER, SOURCE_APP_PROFILE, SOURCE_TENANT,
};

/// What the first step says of it.
pub(super) const CHOICE: Choice = Choice {
    key: "Device",
    label: "Active Directory and Entra ID Devices",
    help: "Windows devices that change their domain or tenant",
};

/// Active Directory and Entra ID Devices.
pub(super) static SPEC: Spec = Spec {
    kind: ConnectionType::Device,
    family: Family::Directory,
    side: "side",
    steps: &[
        Step {
            key: "connection",
            title: "Connection",
            when: Always,
            fields: &[common::NAME, common::TYPE, SIDE, common::DESCRIPTION],
        },
        Step {
            key: "registration",
            title: "App registration",
            when: SOURCE,
            fields: &[CLIENT_ID, CLIENT_SECRET, CLIENT_SECRET_EXPIRES],
        },
        Step { key: "agent", title: "Agent", when: SOURCE, fields: &[CONFIGURATION_KEY, AGENT] },
        Step {
            key: "local_admin",
            title: "Local admin",
            when: SOURCE,
            fields: &[LOCAL_ADMIN, LOCAL_ADMIN_USER, LOCAL_ADMIN_PASSWORD],
        },
        Step {
            key: "entra",
            title: "Entra ID",
            when: SOURCE,
            fields: &[ENTRA, SOURCE_TENANT, SOURCE_APP_PROFILE],
        },
        Step {
            key: "destination",
            title: "Destination",
            when: DESTINATION,
            fields: &[TARGET, JOIN],
        },
        Step {
            key: "tenant",
            title: "Tenant",
            when: All(&[DESTINATION, Any(&[HYBRID, ENTRA_ID])]),
            fields: &[TENANT, APP_PROFILE, JOIN_APP_PROFILE],
        },
        Step {
            key: "rejoin",
            title: "Rejoin",
            when: All(&[DESTINATION, Any(&[ACTIVE_DIRECTORY, HYBRID])]),
            fields: &[REJOIN, DOMAIN, DOMAIN_USER, DOMAIN_PASSWORD, CONNECTION_KEY],
        },
        Step {
            key: "join",
            title: "Join",
            when: All(&[DESTINATION, ENTRA_ID]),
            fields: &[BULK_TOKENS, ENROLMENT_PATH],
        },
    ],
    // Every answer of a branch is required by its own field.
    rules: &[common::RULES, source::RULES, destination::RULES, expiry::RULES],
    panel: portal::PANEL,
    needed: portal::NEEDED,
    permissions: "AvePoint Fly user guide, Required permissions for device migration",
    summary: summary::of,
    from_list: listed::from_list,
};

const SOURCE: Condition = Is("side", "source");
const DESTINATION: Condition = Is("side", "destination");
const ACTIVE_DIRECTORY: Condition = Is("destination", "active-directory");
const HYBRID: Condition = Is("destination", "hybrid");
const ENTRA_ID: Condition = Is("destination", "entra-id");

/// D3.
const SIDE: Field = Field::new(
    "side",
    "Side",
    "Whether devices leave this environment or arrive in it. A migration needs one connection of each.",
    Kind::Choice(&[
        Choice { key: "source", label: "Source", help: "Devices leave this domain or tenant" },
        Choice {
            key: "destination",
            label: "Destination",
            help: "Devices join this domain or tenant",
        },
    ]),
    Need::Required("choose source or destination"),
);
