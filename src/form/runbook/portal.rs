//! The panel of the portal, field by field: order and labels as the product's pages and screens
//! have them, sentences our own. Sources: fly.md §3 (Groups, as seen in the live panel) and §4, and
//! the create-a-connection pages of Groups and devices.

use crate::domain::ConnectionType;
use crate::form::{Key, Kind, Values};

/// Where the portal asks for a field, and how.
#[derive(Debug)]
pub(super) struct Place {
    /// Field of our form.
    pub key: Key,
    /// Label in the portal.
    pub label: &'static str,
    /// What is done there.
    pub how: How,
    /// What to know there.
    pub notes: &'static [&'static str],
}

/// What is done with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// A text is entered.
    Enter,
    /// One entry of a list is selected.
    Select,
    /// Several entries of a list are selected.
    SelectSeveral,
    /// One of a few options is chosen.
    Choose,
    /// A box is ticked or left empty.
    Tick,
    /// A secret is pasted; what it is.
    Secret(&'static str),
    /// The portal makes a key; where it goes.
    Generate(&'static str),
    /// The portal gets a bulk token.
    Token,
    /// The device agent is downloaded.
    Download,
    /// The documented panel does not ask it; why it is in the plan.
    Aside(&'static str),
}

impl How {
    /// Whether a value of the plan is entered or selected.
    pub(super) const fn is_entered(self) -> bool {
        matches!(self, Self::Enter | Self::Select | Self::SelectSeveral | Self::Choose)
    }
}

const fn place(key: Key, label: &'static str, how: How) -> Place {
    Place { key, label, how, notes: &[] }
}

const fn noted(key: Key, label: &'static str, how: How, notes: &'static [&'static str]) -> Place {
    Place { key, label, how, notes }
}

/// The service keeps a description (fly.md §1); no page shows where the panel asks for it.
const DESCRIPTION: Place = place(
    "description",
    "Description",
    How::Aside("the documented panel does not ask it; enter it if yours does"),
);

const SEARCH: &str = "Type a part of the name into the list's search box and press Enter. The reload button beside it reads the list again.";
const UNNAMED: &str = "The public page does not name this label.";

/// Microsoft 365 Groups, in the order of the live panel (fly.md §3).
const GROUPS: &[Place] = &[
    place("name", "Connection name", How::Enter),
    place("type", "Connection type", How::Choose),
    noted("tenant", "Tenant", How::Select, &[SEARCH]),
    noted(
        "geo",
        "Create in the following location of destination multi-geo tenant",
        How::Tick,
        &["The box shows for a multi-geo tenant only, and counts for Copy Group jobs."],
    ),
    place("location", "Location of the destination multi-geo tenant", How::Select),
    noted("container", "Container for auto map", How::Select, &[SEARCH]),
    noted("app_profile", "App profile", How::Select, &[SEARCH]),
    noted(
        "impersonation_user",
        "Impersonation user",
        How::Enter,
        &["The portal fills in the user of AvePoint Online Services: what you enter here wins."],
    ),
    place("service_auth", "Service account authentication", How::Choose),
    noted("accounts", "Service account", How::SelectSeveral, &[SEARCH]),
    noted("delegated", "Microsoft delegated app profile", How::SelectSeveral, &[SEARCH]),
    place("used_as", "Used as", How::Aside("the panel asks no side: it is for planning only")),
    DESCRIPTION,
];

/// Active Directory and Entra ID Devices, in the order of the product's page.
const DEVICE: &[Place] = &[
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
        &["The portal gets a token of its own and shows the latest. Note its expiry in the plan."],
    ),
    place("enrolment_path", "Bulk enrollment file path", How::Enter),
    place(
        "client_secret_expires",
        "Secret expires on",
        How::Aside("the panel does not ask it: the list warns by it"),
    ),
    DESCRIPTION,
];

/// The panel of a connection type; empty where no form is known.
pub(super) fn panel(kind: ConnectionType) -> &'static [Place] {
    match kind {
        ConnectionType::M365Group => GROUPS,
        ConnectionType::Device => DEVICE,
        _ => &[],
    }
}

/// Whether a choice is the option that stands for nothing: the portal has no such option, so that
/// there is nothing to choose.
pub(super) fn is_none(values: &Values, key: Key) -> bool {
    values.choice(key) == Some("none")
}

/// Options whose words in the portal are not those of our form.
const OPTIONS: [(Key, &str, &str); 7] = [
    ("service_auth", "legacy", "Legacy authentication"),
    ("service_auth", "modern", "Modern authentication"),
    ("rejoin", "online", "Rejoin online using AD user credentials"),
    ("rejoin", "offline", "Rejoin offline using agent"),
    ("join", "bulk-token", "Rejoin online using Microsoft Entra ID app and bulk token"),
    ("join", "enrolment-file", "Rejoin offline using an enrollment file"),
    ("used_as", "any", "Either end"),
];

impl Place {
    /// An option in the words of the portal.
    pub(super) fn option(&self, kind: Kind, option: &str) -> String {
        let own = OPTIONS.iter().find(|(key, it, _)| *key == self.key && *it == option);
        if let Some((_, _, label)) = own {
            return (*label).to_owned();
        }
        let Kind::Choice(options) = kind else { return option.to_owned() };
        let label = options.iter().find(|it| it.key == option).map(|it| it.label);
        label.unwrap_or(option).to_owned()
    }

    /// What to do here.
    pub(super) fn todo(&self, values: &Values, answered: bool) -> String {
        let unknown = super::is_missing(values, self.key);
        let text = match self.how {
            How::Enter if answered => "Enter it as it stands here.",
            How::Enter => "Leave it empty.",
            How::Select if unknown => {
                "The plan knows it by this id only: find the entry that it belongs to, and select it."
            }
            How::Select if answered => "Select it.",
            How::Select if self.key == "container" => "Leave None selected.",
            How::Select => "Leave it without a selection.",
            How::SelectSeveral if unknown => {
                "The plan knows one of them by its id only: find the entries, and select each."
            }
            How::SelectSeveral => "Select each of these, and no other.",
            How::Choose if is_none(values, self.key) => {
                "Leave the default selected, and select no service account."
            }
            How::Choose => "Choose it.",
            How::Tick if values.toggle(self.key) => "Tick the box.",
            How::Tick => "Leave the box empty.",
            How::Secret(_) => {
                "Copy the secret from jetbridge and paste it. It is not in this runbook."
            }
            How::Generate(goes) => {
                return format!("Click it, and copy the key that the portal shows: {goes}.");
            }
            How::Token => "Click Get bulk token, and enter both values.",
            How::Download => "Click Download device agent.",
            How::Aside(_) => "",
        };
        text.to_owned()
    }
}
