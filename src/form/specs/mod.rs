//! One file per connection type, and the list of them.

mod common;
mod device;
mod groups;
mod microsoft365;
mod teams;

pub use common::INCOMPLETE;
pub use groups::APP_PROFILE_ALONE;

use super::{Choice, Spec, Values};
use crate::domain::ConnectionType;

/// Makes the registry of the modules that hold a type each.
macro_rules! types {
    ($($module:ident),+) => {
        /// Every form.
        pub static ALL: &[&Spec] = &[$(&$module::SPEC),+];
        /// What the first step offers.
        const OFFERED: &[Choice] = &[$($module::CHOICE),+];
    };
}

types![groups, device, teams];

/// The form of a connection type.
pub fn of(kind: ConnectionType) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.kind == kind)
}

/// Whether there is a form for this type; the others are listed and audited only.
pub fn has_form(kind: ConnectionType) -> bool {
    of(kind).is_some()
}

/// The form of the type that the first step has chosen. G2, D2.
pub fn chosen(values: &Values) -> Option<&'static Spec> {
    values.choice("type").and_then(ConnectionType::parse).and_then(of)
}
