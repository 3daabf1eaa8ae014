//! In and out: the one place that opens files for reading and writes files. SPEC E2, E3.
//!
//! [`read`] bounds every input before it is read, [`write`] replaces files whole and never through
//! a link, [`secret`] says who may read a file with a secret, [`path`] makes a path of what people
//! type and paste. `tests/house.rs` forbids other ways, with the exceptions it names.

mod error;
pub mod owner;
pub mod path;
pub mod read;
pub mod secret;
pub mod write;

pub use error::{Doing, FileError, Why};

#[cfg(test)]
mod tests;
