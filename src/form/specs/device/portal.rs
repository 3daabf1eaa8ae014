//! The panel of the portal for devices: order and labels as the product's page has them, sentences
//! our own. Source: fly.md §4 and the create-a-connection page.

use crate::form::runbook::portal::{
    DESCRIPTION, How, Needed, Place, SEARCH, UNNAMED, noted, place,
};
use crate::form::specs::common;

/// Active Directory and Entra ID Devices, in the order of the product's page.
pub(super) const PANEL: &[Place] = &[
    place("name", "Connection name", How::Enter),
    place("type", "Connection type", How::Choose),
    place("side", "Configure source or destination connection", How::Choose),
    place("client_id", "AvePoint Online Services application (client) ID", How::Enter),
    place("client_secret", "Client secret", How::Secret("client secret")),
    place(
        "configuration_key",
        "Generate configuration key",
        How::Generate("each device agent takes it when it is installed"),
    ),
    noted(
        "agent",
        "Download and install device agent",
        How::Download,
        &[
            "Every device to migrate needs it. Push the .msi silently by Group Policy where you can.",
        ],
    ),
    place("local_admin", "Create a local administrator on device", How::Tick),
    noted("local_admin_user", "User name", How::Enter, &[UNNAMED]),
    noted(
        "local_admin_password",
        "Password",
        How::Secret("local administrator's password"),
        &[UNNAMED],
    ),
    place("entra", "Connect source Microsoft Entra ID", How::Tick),
    noted(
        "source_tenant",
        "Tenant",
        How::Select,
        &[
            "Which fields follow the box is not documented: select the tenant where the panel asks for one.",
        ],
    ),
    noted(
        "source_app_profile",
        "App profile",
        How::Select,
        &[
            "Which fields follow the box is not documented: select the profile where the panel asks for one.",
        ],
    ),
    place("destination", "Destination", How::Choose),
    place("join", "How to rejoin the device to the new Microsoft Entra ID domain?", How::Choose),
    noted("tenant", "Tenant", How::Select, &[SEARCH]),
    place("app_profile", "App profile", How::Select),
    place("join_app_profile", "App profile", How::Select),
    place("rejoin", "How to rejoin the device to the new Active Directory domain?", How::Choose),
    noted("domain_user", "Username", How::Enter, &[UNNAMED]),
    noted("domain_password", "Password", How::Secret("domain account's password"), &[UNNAMED]),
    noted("domain", "Domain name", How::Enter, &[UNNAMED]),
    noted(
        "connection_key",
        "Generate",
        How::Generate("the Active Directory agent takes it when it is installed"),
        &["Install that agent on a member server of the domain, not on a domain controller."],
    ),
    noted(
        "bulk_tokens",
        "Join devices to Microsoft Entra ID: Get bulk token",
        How::Token,
        &["The portal gets its own token and shows the latest. Note its expiry in the plan."],
    ),
    place("enrolment_path", "Bulk enrollment file path", How::Enter),
    place(
        "client_secret_expires",
        "Secret expires on",
        How::Aside("the panel does not ask for it: the list warns before that day"),
    ),
    DESCRIPTION,
];

/// What must be there before the panel is filled in.
pub(super) const NEEDED: &[Needed] = &[
    common::TENANT_NEEDED,
    ("source_tenant", None, common::TENANT_NEEDED.2),
    // D4; fly.md §4
    (
        "client_id",
        None,
        "The app registration is created in AvePoint Online Services under Administration > App registrations, with a client secret and the permission fly.admigration.readwrite.all.",
    ),
    // D8: the policy of the domain decides, not the portal.
    (
        "local_admin_password",
        None,
        "The password must meet the policy of the devices' Active Directory; by default at least 7 characters of 3 kinds.",
    ),
    // fly.md §4
    (
        "rejoin",
        Some("offline"),
        "Joining offline needs an external trust between the domains, set up from a domain controller of the source.",
    ),
    // D11
    (
        "rejoin",
        Some("online"),
        "The account must be in Administrators or Domain Admins of the destination domain.",
    ),
    // D16
    (
        "join",
        Some("enrolment-file"),
        "The enrollment file, created with Windows Configuration Designer, must be in place before devices are moved.",
    ),
];
