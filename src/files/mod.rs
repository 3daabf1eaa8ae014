//! In and out: the one place that opens files for reading and writes files. SPEC E2, E3.
//!
//! [`read`] bounds every input before it is read, [`write`] replaces files whole and never through
//! a link, [`secret`] says which files are believed: those with a secret, and the configuration, [`path`] makes a path of what people
//! type and paste. [`encoding`] makes text of bytes, [`table`], [`json`] and [`pem`] read what
//! Excel, PowerShell and OpenSSL write; a [`Problem`] is what was wrong and where. `tests/house.rs` forbids other ways, with the exceptions it names.

pub mod der;
pub mod encoding;
mod error;
pub mod json;
pub mod owner;
pub mod path;
pub mod pem;
mod problem;
pub mod program;
pub mod read;
pub mod scratch;
pub mod secret;
pub mod table;
pub mod write;

pub use error::{Doing, FileError, Foreign, Why};
pub use problem::{Place, Problem};

#[cfg(test)]
mod tests;
