//! Connections as files: reading, writing, and what a set of files would change. Issue 5, point 1.
//!
//! A file holds whole records with the keys of the forms; a connection is identified by its name. The
//! records go through the same forms and rules as the wizard. Reading the files, asking for
//! secrets and printing are the command line's.

mod apply;
mod brake;
mod document;
mod entry;
mod export;
mod json;
mod matching;
mod mistake;
mod one;
mod plan;
mod record;
mod reference;
mod resolve;
mod saved;
mod toml;
mod toml_text;
mod want;

#[cfg(test)]
mod tests;

pub use apply::{Done, apply};
pub use brake::{PruneLimit, TooMany, too_many};
pub use document::{ById, Preflights, Table, document, table};
pub use entry::{Entry, Input, MAX_BYTES, Place, Records, Syntax, read};
pub use export::{Exported, Exporter, OnDone, exported_counting, file_names};
pub use mistake::{FilesError, Mistake, SHOWN};
pub use one::{CopyOf, Edit, change_all, change_one, clone_one, create_all, record_of, value_of};
pub use plan::{Action, FieldChange, Plan, Planned, Step, plan, read_secrets};
pub use reference::{Reference, SecretRead, SecretSource};
pub use saved::{Document, FileDigest, changed_files, stale};
pub use toml_text::{TOML_HEAD, inline, toml_record, toml_text};
pub use want::{Ask, Options, Work};
