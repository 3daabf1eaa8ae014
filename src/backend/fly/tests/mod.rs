//! The live context against a service on this machine.

mod clocks;
mod faults;
mod kept;
mod list;
mod token;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::standin::{Asked, Links, Play, Standin, clock, error, fly, options, pass, row, rows};
use super::*;
use crate::backend::{Live, PageRequest, Progress, ReadOnly, Reads};
use crate::domain::{Answers, ConnectionType, Origin, Summary};
use crate::testing::server::{Reply, Server};

/// Waits that a client noted instead of waiting.
type Waits = Arc<Mutex<Vec<Duration>>>;

/// Refreshes without looking.
async fn refresh(fly: &Fly) -> Result<(), BackendError> {
    fly.refresh(&|_| {}).await
}

/// Refreshes and gives what was reported on the way.
async fn watched(fly: &Fly) -> (Result<(), BackendError>, Vec<Progress>) {
    let reported = Mutex::new(Vec::new());
    let result = fly.refresh(&|it| reported.lock().unwrap().push(it)).await;
    (result, reported.into_inner().unwrap())
}

/// Every row, in the order of the names, a few at a time.
async fn all(fly: &Fly) -> Vec<Summary> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = fly.page(PageRequest { after, limit: 7 }).await.unwrap();
        rows.extend(page.rows);
        match page.next {
            None => return rows,
            next => after = next,
        }
    }
}
