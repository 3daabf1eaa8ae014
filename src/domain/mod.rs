//! What a connection is, and the rules that need nothing but the values themselves.
//!
//! No I/O, clock or randomness here: time and identifiers come in as arguments.

pub mod agent;
pub mod answers;
pub mod change;
pub mod compare;
pub mod connection;
pub mod context;
pub mod destination;
pub mod directory;
pub mod document;
pub mod evidence;
pub mod health;
pub mod id;
pub mod key;
mod list_state;
pub mod live;
pub mod locale;
pub mod preflight;
pub mod query;
pub mod removal;
pub mod rules;
mod second;
pub mod secret;
pub mod secret_source;
pub mod server;
pub mod token;

pub use connection::{
    Answers, Connection, ConnectionType, Draft, Listed, Origin, Side, Summary, UNNAMED,
    reported_name,
};
pub use directory::{
    AppProfile, Cloud, Container, DirectoryObject, Mfa, NationalCloud, ObjectKind, Platform,
    Portals, ProfileKind, ProfileStatus, ServiceAccount, Tenant,
};
pub use evidence::{Checked, Evidence, Fact};
pub use id::{ConnectionId, ObjectId};
pub use list_state::ListState;
pub use live::{LiveOrigin, Project};
pub use second::Second;
pub use secret::{Fingerprint, Held, Secret};
pub use secret_source::SecretSource;

/// A moment in time, UTC.
pub use jiff::Timestamp;
