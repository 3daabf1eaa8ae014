//! One folder per connection type, and the list of them. What several share stands in `common` and
//! `microsoft365`.

mod active_directory;
mod common;
mod device;
mod entra_id;
mod exchange;
mod exchange_on_premises;
mod expiry;
mod google_drive;
mod groups;
mod microsoft365;
mod onedrive;
mod power_platform;
mod public_folders;
mod sharepoint;
mod teams;
mod teams_chat;

pub use common::INCOMPLETE;
pub use groups::APP_PROFILE_ALONE;

use super::{Choice, Family, Spec, Values};
use crate::domain::ConnectionType;

/// Makes the registry of the modules that hold a type each.
macro_rules! types {
    ($($module:ident),+ $(,)?) => {
        /// Every form.
        pub static ALL: &[&Spec] = &[$(&$module::SPEC),+];
        /// What the first step offers.
        const OFFERED: &[Choice] = &[$($module::CHOICE),+];
    };
}

types![
    groups,
    device,
    teams,
    sharepoint,
    onedrive,
    exchange,
    public_folders,
    teams_chat,
    power_platform,
    entra_id,
    active_directory,
    google_drive,
    exchange_on_premises,
];

/// Types of which a list may report connections, but whose form is not known (types.md).
pub const LISTED: [(ConnectionType, Family); 4] = [
    (ConnectionType::Gmail, Family::Google),
    (ConnectionType::GoogleChat, Family::Google),
    (ConnectionType::GoogleGroup, Family::Google),
    (ConnectionType::GoogleDirectMessage, Family::Google),
];

/// The form of a connection type.
pub fn of(kind: ConnectionType) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.kind == kind)
}

/// Whether there is a form for this type; the others are listed and audited only.
pub fn has_form(kind: ConnectionType) -> bool {
    of(kind).is_some()
}

/// Why a type has no form, as the end of a sentence.
pub fn why_listed(kind: ConnectionType) -> &'static str {
    if LISTED.iter().any(|(it, _)| *it == kind) {
        "no AvePoint page on how to create one was found, so its fields are not known"
    } else {
        "this version of jetbridge does not know the type"
    }
}

/// The form of the type that the first step has chosen. G2, D2.
pub fn chosen(values: &Values) -> Option<&'static Spec> {
    values.choice("type").and_then(ConnectionType::parse).and_then(of)
}
