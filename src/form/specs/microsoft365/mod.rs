//! What forms of Microsoft 365 types share, part by part: the page of a type asks some of them. G3-G11;
//! the create-a-connection pages.

pub(super) mod container;
pub(super) mod credentials;
pub(super) mod impersonation;
pub(super) mod location;
pub(super) mod sites;

use crate::domain::ConnectionType;
use crate::form::runbook::portal::{DESCRIPTION, How, Needed, Place, SEARCH, noted, place};
use crate::form::{Choice, Condition, Family, Field, Kind, Need, Spec, Step};

use super::{common, expiry};
use container::CONTAINER;

/// What a type starts from: it names its own steps, and its rules where it asks more.
pub(super) const BASE: Spec = Spec {
    kind: ConnectionType::Unknown,
    family: Family::Microsoft365,
    side: "used_as",
    steps: &[],
    rules: &[common::RULES, expiry::RULES, container::RULES, credentials::RULES],
    panel: &panel(&["The box appears for a multi-geo tenant only."]),
    needed: NEEDED,
    permissions: "",
    summary: credentials::summary,
    from_list: credentials::from_list,
};

/// Name, type, side.
pub(super) const CONNECTION: Step = Step {
    key: "connection",
    title: "Connection",
    when: Condition::Always,
    fields: &[common::NAME, common::TYPE, USED_AS, common::DESCRIPTION],
};

/// Tenant and container.
pub(super) const PLACE: Step =
    Step { key: "tenant", title: "Tenant", when: Condition::Always, fields: &[TENANT, CONTAINER] };

/// All credentials, with the impersonation user of a custom app.
pub(super) const CREDENTIALS: Step = Step {
    fields: &[
        credentials::APP_PROFILE,
        impersonation::IMPERSONATION_USER,
        credentials::SERVICE_AUTH,
        credentials::ACCOUNTS,
        credentials::DELEGATED,
    ],
    ..credentials::STEP
};

/// G3.
pub(super) const TENANT: Field = common::tenant(
    "tenant",
    "Tenant",
    "The tenant that is read or written. Not in the list? Connect it in AvePoint Online Services under Tenant management, then refresh. Changing the tenant clears the choices that belong to it.",
);

/// For types whose objects have no name of their own here.
pub(super) const USED_AS: Field = used_as(&[
    Choice { key: "any", label: "Either", help: "Not decided, or both" },
    Choice { key: "source", label: "Source", help: "It is read from" },
    Choice { key: "destination", label: "Destination", help: "It is written to" },
]);

/// The form of the product does not ask the side, but lists of connections report it.
pub(super) const fn used_as(choices: &'static [Choice]) -> Field {
    Field::new(
        "used_as",
        "Used as",
        "Source or destination of the migration it is planned for. It sorts and filters the list; the connection itself can be either.",
        Kind::Choice(choices),
        Need::Optional,
    )
}

/// What must be there before the panel is filled in. G3, G5.
pub(super) const NEEDED: &[Needed] = &[
    common::TENANT_NEEDED,
    (
        "container",
        None,
        "The portal lists a container once a scan job has run in AvePoint Online Services and found objects in it.",
    ),
];

/// The panel of the portal, in the order of the live panel of Groups (fly.md §3); the pages of the others
/// ask a part of the same. Order and labels are those of the product, sentences our own; `geo` is said
/// of the box for a location.
pub(super) const fn panel(geo: &'static [&'static str]) -> [Place; 14] {
    [
        place("name", "Connection name", How::Enter),
        place("type", "Connection type", How::Choose),
        noted("tenant", "Tenant", How::Select, &[SEARCH]),
        noted(
            "geo",
            "Create in the following location of destination multi-geo tenant",
            How::Tick,
            geo,
        ),
        place("location", "Location of the destination multi-geo tenant", How::Select),
        noted("container", "Container for auto map", How::Select, &[SEARCH]),
        ADMIN_URL,
        noted("app_profile", "App profile", How::Select, &[SEARCH]),
        noted(
            "impersonation_user",
            "Impersonation user",
            How::Enter,
            &[
                "The portal fills in the user of AvePoint Online Services: what you enter here overrides it.",
            ],
        ),
        place("service_auth", "Service account authentication", How::Choose),
        noted("accounts", "Service account", How::SelectSeveral, &[SEARCH]),
        noted("delegated", "Microsoft delegated app profile", How::SelectSeveral, &[SEARCH]),
        place(
            "used_as",
            "Used as",
            How::Aside("the panel does not ask for the side: it is for planning only"),
        ),
        DESCRIPTION,
    ]
}

/// Where the panel asks for the admin center.
pub(super) const ADMIN_URL: Place = place("admin_url", "SharePoint admin center URL", How::Enter);
