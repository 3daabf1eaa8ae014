//! Use cases that the screen and the command line share: list, find, show, save, delete, restore,
//! import, permission pre-flight. They return values and never print. SPEC E7.

pub mod agent;
mod audit;
pub mod beside;
mod connections;
pub mod contexts;
pub mod copy;
mod details;
pub mod diff;
pub mod directory;
pub mod doctor;
pub mod evidence;
pub mod files;
mod find;
mod history;
pub mod import;
pub mod list_states;
pub mod permissions;
pub mod preflight;
pub mod removal;
pub mod runbook;
pub mod sample;
pub mod secret_source;
pub mod sessions;
pub(crate) mod store_copy;
#[cfg(test)]
mod tests;
pub mod waivers;

pub use audit::{AuditError, AuditRequest, audit, audit_counting, certificates, differences};
pub use connections::{
    Listing, Picked, Query, Row, all_rows, import_connections, list, listed, merged, plan_import,
    save,
};
pub use details::details;
pub use find::{FindError, find, find_deleted, find_many};
pub use history::{at_revision, history};
