//! What a destination Microsoft 365 Groups connection needs, and whether an app has it. SPEC P1-P9.
//!
//! Values in, values out: nothing here prints, reads a file or a clock, or calls anybody.
//! - [`catalogue`]: every permission, role and step, from `assets/permissions.toml`;
//! - [`scenario`]: the choices that decide what is needed;
//! - [`connection`]: the scenarios of a connection's own answers;
//! - [`requirement`]: what a scenario needs, and the checklist to get there;
//! - [`manifest`]: `requiredResourceAccess` for exactly that;
//! - [`import`]: what an app has, from a manifest or from access tokens;
//! - [`gap`]: the one against the other;
//! - [`handoff`]: the need as Markdown for the admin who grants it.

pub mod catalogue;
pub mod connection;
pub mod gap;
pub mod handoff;
pub mod import;
pub mod manifest;
pub mod requirement;
pub mod scenario;

pub use catalogue::{Catalogue, Kind, catalogue};
pub use connection::{COVERED, covers};
pub use requirement::{Requirement, Step, What, cautions, checklist, requirements};
pub use scenario::{Geo, Job, Mailbox, Method, Scenario, TermStore};
