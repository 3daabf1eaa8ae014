//! What tests of the layers above need of the scripted backend: one with connections in it.

use std::sync::Arc;

use crate::backend::{Capabilities, ImportRow, PageRequest};
use crate::domain::{ConnectionId, ConnectionType, Side, Summary, Timestamp};
use crate::testing::fake::{ALL, Fake};

/// The moment at which everything in it happens.
pub const NOW: &str = "2026-03-01T12:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub fn block<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// An empty backend, used by `test`.
pub fn empty() -> Fake {
    Fake::with_clock("test", Arc::new(now))
}

/// One with listed connections of these names.
pub fn with(names: &[&str]) -> Fake {
    let fake = empty();
    for name in names {
        add(&fake, name, ConnectionType::Gmail, Side::Source, "contoso");
    }
    fake
}

/// Adds a listed connection.
pub fn add(
    fake: &Fake,
    name: &str,
    kind: ConnectionType,
    side: Side,
    tenant: &str,
) -> ConnectionId {
    let row = ImportRow {
        line: 1,
        id: None,
        name: name.to_owned(),
        description: String::new(),
        kind,
        side,
        tenant: tenant.to_owned(),
        live: None,
        modified_at: None,
        modified_by: String::new(),
    };
    let done = block(fake.import(vec![row])).unwrap();
    assert_eq!(done.added, 1, "{name}");
    block(crate::testing::contract::id_of(fake, name)).unwrap()
}

/// From now on it can be read only.
pub fn read_only(fake: &Fake) {
    fake.set_capabilities(Capabilities {
        write: false,
        delete: false,
        edit_directory: false,
        ..ALL
    });
}

/// Every live connection, in the order of the list.
pub fn rows(fake: &Fake) -> Vec<Summary> {
    block(fake.page(PageRequest { after: None, limit: 10_000 })).unwrap().rows
}
