//! Keys in, screen out: the real core and view on the embedded store.

use crate::backend::store::Store;
use crate::domain::Timestamp;
use crate::form::Value;
use crate::permissions::manifest::{Form, manifest};
use crate::permissions::{Job, Method, Scenario};
use crate::service::sample;
use crate::testing::harness::{Harness, Setup};

#[tokio::test]
async fn the_sample_is_listed_searched_and_left() {
    let store = Store::in_memory("test").unwrap();
    let report = sample::load(&store, Timestamp::now()).await.unwrap();
    let count = report.saved + report.listed;
    let mut harness = Harness::start(Setup::new(store)).await.unwrap();
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

// P4, P6, P9: keys in, and each result on screen; a file is read on the way.
#[tokio::test]
async fn the_permissions_are_shown_and_an_app_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    let scenario = Scenario::new(Method::CustomApp, Job::Both);
    let text = manifest(&scenario).manifest.render(Form::Property);
    std::fs::write(&path, text).unwrap();
    let store = Store::in_memory("test").unwrap();
    let mut harness = Harness::start(Setup::new(store)).await.unwrap();
    let list = harness.screen();
    let needed = harness.keys("P").await.unwrap();
    assert!(needed.contains("[Needed]") && needed.contains("Domain.Read.All"), "{needed}");
    let manifest = harness.keys("<tab>]").await.unwrap();
    assert!(manifest.contains("requiredResourceAccess"), "{manifest}");
    let steps = harness.keys("]").await.unwrap();
    assert!(steps.contains("1. Sign in to AvePoint Online Services"), "{steps}");
    harness.keys("c").await.unwrap();
    harness.paste(path.to_str().unwrap()).await.unwrap();
    let declared = harness.keys("<enter>").await.unwrap();
    assert!(declared.contains("[Gap check]") && declared.contains("i declared"), "{declared}");
    // Labels need what this app does not declare.
    let gaps = harness.keys("<tab>gjjjj<space><tab>m").await.unwrap();
    assert!(gaps.contains("✗ missing") && !gaps.contains("i declared"), "{gaps}");
    assert_eq!(harness.keys("<esc>").await.unwrap(), list);
}

/// A key ties agents to one connection: a copy is given one of its own. C6, D6, G10.
#[tokio::test]
async fn a_copy_has_no_key_until_it_gets_one() {
    let store = Store::in_memory("test").unwrap();
    sample::load(&store, Timestamp::now()).await.unwrap();
    let mut harness = Harness::start(Setup::new(store)).await.unwrap();
    let keys = |harness: &Harness| {
        let form = harness.model().screens.form().unwrap();
        form.values.iter().filter(|(_, value)| matches!(value, Value::Key(_))).count()
    };
    harness.keys("/contoso-devices-field<enter><enter>").await.unwrap();
    assert_eq!(keys(&harness), 1);
    harness.keys("<esc>C").await.unwrap();
    assert_eq!(keys(&harness), 0);
    let refused = harness.keys("<ctrl-s><ctrl-s>").await.unwrap();
    assert!(refused.contains("key"), "{refused}");
    assert!(harness.model().screens.form().is_some(), "it is not saved without a key");
}
