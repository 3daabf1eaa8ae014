//! The pre-flight: what the branch of each connection needs, proven or disproven from this machine
//! before the migration does. SPEC F1-F6.
//!
//! A [`Subject`] is a connection with its answers and what the directory knows of them; a check is
//! there for it when its answers ask for it. All subjects share one [`Run`], so that each distinct
//! question is asked once. Nothing is written anywhere: Microsoft Graph is only ever read.
//!
//! To add checks: a file with a `static` of rows, and a line in [`rows`].

/// What a check needs that asks Microsoft Graph with these permissions.
macro_rules! graph {
    ($($permission:literal),+) => {
        &[Need::Network, Need::Secret, $(Need::Permission($permission)),+]
    };
}

mod apps;
mod ask;
mod credentials;
mod devices;
mod fields;
mod files;
mod geo;
mod learned;
mod network;
mod ppkg;
mod run;
mod share;
mod signin;
mod subject;
mod tenant;
#[cfg(test)]
pub(in crate::checks) mod tests;
mod unreadable;
mod users;

pub use fields::field;
pub use files::Mount;
pub use geo::SITES;
pub use learned::{Learned, What};
pub(in crate::checks) use network::judged as clock;
pub use run::{Ground, Run};
pub(in crate::checks) use run::{failed, fault};
pub use signin::{As, Opening, SignIn, SignedIn, Who};
pub use subject::{Profile, Subject, TenantRef};

use super::check::{Check, Need};
use super::directory;

/// Ids of checks that own the faults of shared questions.
pub mod id {
    /// The sign-in host can be reached.
    pub const LOGIN: &str = "net.login";
    /// Microsoft Graph can be reached.
    pub const GRAPH: &str = "net.graph";
    /// A sign-in of the tenant is accepted.
    pub const SIGN_IN: &str = "signin";
    /// The tenant exists.
    pub const TENANT: &str = "tenant.exists";
    /// The app behind each app profile is there.
    pub const APP: &str = "app.enabled";
}

/// Every check, in the order in which one presupposes the other.
pub fn rows() -> Vec<Check<Subject>> {
    let parts: [&[Check<Subject>]; 12] = [
        &network::CHECKS,
        &tenant::CHECKS,
        &signin::CHECKS,
        &apps::CHECKS,
        &users::CHECKS,
        &geo::CHECKS,
        &devices::CHECKS,
        &credentials::CHECKS,
        &files::CHECKS,
        &share::CHECKS,
        &directory::CHECKS,
        &unreadable::CHECKS,
    ];
    parts.concat()
}

/// Whether a check needs nothing but this machine.
pub fn is_local(check: &Check<Subject>) -> bool {
    !check.needs.contains(&Need::Network)
}
