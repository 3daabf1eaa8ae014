//! One file per connection type, and the list of them.

mod common;
mod device;
mod groups;

use super::{Spec, Values};
use crate::domain::ConnectionType;

/// Every form.
pub static ALL: [&Spec; 2] = [&groups::SPEC, &device::SPEC];

/// The form of a connection type.
pub fn of(kind: ConnectionType) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.kind == kind)
}

/// The form of the type that the first step has chosen. G2, D2.
pub fn chosen(values: &Values) -> Option<&'static Spec> {
    values.choice("type").and_then(ConnectionType::parse).and_then(of)
}
