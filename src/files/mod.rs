//! In and out: the one place that opens files for reading and writes files. SPEC E2, E3.
//!
//! [`read`] bounds every input before it is read, [`write`] replaces files whole and never through
//! a link, [`secret`] says who may read a file with a secret, [`path`] makes a path of what people
//! type and paste. [`encoding`] makes text of bytes, [`table`], [`json`] and [`pem`] read what
//! Excel, PowerShell and OpenSSL write. `tests/house.rs` forbids other ways, with the exceptions it names.

pub mod der;
pub mod encoding;
mod error;
pub mod json;
pub mod owner;
pub mod path;
pub mod pem;
pub mod read;
pub mod secret;
pub mod table;
pub mod write;

pub use error::{Doing, FileError, Foreign, Why};

#[cfg(test)]
mod tests;
