//! Ways in for the fuzzer: the readers of what a service answers, and of the list that is kept.

use serde_json::Value;

use super::row::Row;
use super::snapshot::Snapshot;
use super::{cache, token, wire};
use crate::backend::http::read_json;
use crate::backend::{BackendError, PageRequest};
use crate::domain::{Summary, Timestamp};

/// Reads a page in either envelope and gives its rows as they are listed. What is kept of them is
/// read again as the same.
pub fn page(bytes: &[u8]) -> Vec<Summary> {
    let Ok(page) = read_json::<Value>(bytes) else { return Vec::new() };
    let Some(envelope) = wire::envelope(page) else { return Vec::new() };
    for item in &envelope.items {
        let _ = wire::project(item);
    }
    let rows: Vec<Row> = envelope.items.iter().filter_map(wire::connection).collect();
    let kept = serde_json::to_vec(&rows).unwrap_or_default();
    let again: Option<Vec<Row>> = serde_json::from_slice(&kept).ok();
    assert_eq!(again.as_ref(), Some(&rows), "rows changed by being kept");
    listed(rows)
}

/// Reads a kept list, and gives its rows as they are listed.
pub fn cached(bytes: &[u8]) -> Vec<Summary> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    cache::content(text).map(|it| paged(&it)).unwrap_or_default()
}

/// Reads the answer of a sign-in: in how many seconds the token is renewed.
///
/// # Errors
/// What is wrong with it.
pub fn token(bytes: &[u8]) -> Result<i64, BackendError> {
    token::fuzzed(bytes, Timestamp::UNIX_EPOCH)
}

fn listed(rows: Vec<Row>) -> Vec<Summary> {
    paged(&Snapshot::of_rows(rows, Timestamp::UNIX_EPOCH, Vec::new()))
}

/// Every row, page by page, and what is known of each.
fn paged(list: &Snapshot) -> Vec<Summary> {
    let (mut out, mut after) = (Vec::new(), None);
    loop {
        let page = list.page(&PageRequest { after, limit: 3 });
        out.extend(page.rows);
        assert!(out.len() <= list.len(), "more rows than there are");
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(out.len(), list.len(), "pages lose rows");
    for row in &out {
        assert!(list.connection(row.id, "fuzzed").is_ok(), "a row without its connection");
        assert!(
            list.named(&row.name).iter().any(|it| it.id == row.id),
            "{:?} is not found",
            row.name
        );
    }
    out
}
