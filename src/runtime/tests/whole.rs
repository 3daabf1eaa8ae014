//! Keys in, screen out: the real core and view on the embedded store.

use std::sync::Arc;

use crate::backend::store::Store;
use crate::domain::Timestamp;
use crate::runtime::testing::{Harness, Setup};
use crate::service::sample;

#[tokio::test]
async fn the_sample_is_listed_searched_and_left() {
    let store = Store::in_memory("test").unwrap();
    let report = sample::load(&store, Timestamp::now()).await.unwrap();
    let count = report.saved + report.listed;
    let mut harness = Harness::start(Setup::new(Arc::new(store))).await.unwrap();
    let all = harness.screen();
    assert!(all.contains(&count.to_string()), "{all}");
    // C3: live per key, and escape brings everything back.
    let none = harness.keys("/zzzz").await.unwrap();
    assert!(none.contains(&format!("0 of {count}")), "{none}");
    assert_eq!(harness.keys("<esc>").await.unwrap(), all);
    // Every size is survived, and nothing is lost by it. C7.
    harness.resize(1, 1).await.unwrap();
    assert_eq!(harness.resize(80, 24).await.unwrap(), all);
    harness.keys("q").await.unwrap();
    assert_eq!(harness.is_over(), (true, None));
}
