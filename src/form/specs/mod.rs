//! One file per connection type, and the list of them.

use super::Spec;
use crate::domain::ConnectionType;

/// Every form.
pub static ALL: [&Spec; 0] = [];

/// The form of a connection type.
pub fn of(kind: ConnectionType) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.kind == kind)
}
