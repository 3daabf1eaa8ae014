//! What checks learn of objects of the directory, on the way. SPEC F8

use uuid::Uuid;

use crate::domain::{ObjectId, Timestamp};

/// A fact about an object of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Learned {
    /// The tenant, by its id in the directory.
    pub tenant: ObjectId,
    /// What it is.
    pub what: What,
}

/// What was learned. People are named by user principal name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    /// Whether MFA is registered for a person.
    Mfa(String, bool),
    /// Whether a person can sign in.
    Enabled(String, bool),
    /// Whether a person has a mailbox license.
    Mailbox(String, bool),
    /// The locations of the tenant; none: it has none.
    Locations(Vec<String>),
    /// The app behind an app profile.
    App(ObjectId, Uuid),
    /// When the last credential of an app ends.
    Ends(Uuid, Timestamp),
}
