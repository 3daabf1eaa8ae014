//! When the loop wakes, and that it sleeps otherwise. Time is tokio's paused clock.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::fake::Fake;
use super::{log, logging};
use crate::app::Model;
use crate::app::input::TextInput;
use crate::app::wizard::Wizard;
use crate::domain::ConnectionType;
use crate::form::{Value, Values};
use crate::testing::harness::Harness;

/// Opens a form in which something was typed.
pub fn open_form(model: &mut Model) {
    let mut values = Values::default();
    values.set("name", Value::Text("changed".into()));
    model.screens.open(Wizard {
        kind: ConnectionType::M365Group,
        target: None,
        secrets_from: None,
        draft: "d".into(),
        values,
        original: Values::default(),
        partial: false,
        kept: None,
        drafted: false,
        replaces: None,
        restore: false,
        sent: None,
        step: 0,
        field: 0,
        input: TextInput::default(),
        errors: std::collections::BTreeMap::new(),
        revealed: None,
        busy: None,
        top: 0,
    });
}

/// Times, in milliseconds from now, at which the loop wakes within a while.
async fn wakes(harness: &mut Harness, within: Duration) -> Vec<u128> {
    let start = Instant::now();
    let mut times = Vec::new();
    loop {
        let left = within.saturating_sub(start.elapsed());
        if timeout(left, harness.turn()).await.is_err() {
            return times;
        }
        times.push(start.elapsed().as_millis());
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_loop_never_wakes() {
    let mut harness = Harness::start(logging(Fake::with(3))).await.unwrap();
    let frames = harness.frames();
    assert_eq!(wakes(&mut harness, Duration::from_hours(1)).await, [] as [u128; 0]);
    assert_eq!(harness.frames(), frames);
}

#[tokio::test(start_paused = true)]
async fn the_first_frame_does_not_wait_for_slow_rows() {
    let (fake, gate) = Fake::held(3);
    let start = Instant::now();
    let mut harness = Harness::begin(logging(fake)).await;
    assert_eq!(start.elapsed().as_millis(), 10);
    assert_eq!((harness.frames(), harness.screen().trim()), (1, ""));
    gate.add_permits(10);
    assert!(harness.settle().await.unwrap().starts_with("connection-000000\n"));
}

#[tokio::test(start_paused = true)]
async fn the_spinner_turns_only_for_what_takes_long() {
    let (fake, gate) = Fake::held(3);
    let mut harness = Harness::begin(logging(fake)).await;
    // 10 ms have passed while the first frame waited.
    assert_eq!(wakes(&mut harness, Duration::from_millis(500)).await, [190, 310, 430]);
    gate.add_permits(10);
    harness.settle().await.unwrap();
    assert_eq!(log(&harness).iter().filter(|it| **it == "tick").count(), 3);
    // Reading the drafts has no label: it turns nothing, however long it takes.
    let held = Fake::held(0);
    let mut harness = Harness::begin(logging(held.0)).await;
    held.1.add_permits(1);
    harness.settle().await.unwrap();
    harness.input(crate::runtime::decode::Input::Key(crate::app::Key::char('d')));
    harness.turn().await;
    assert_eq!(wakes(&mut harness, Duration::from_secs(9)).await, [] as [u128; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_changed_form_is_kept_every_three_seconds_until_it_is() {
    let mut harness = Harness::start(logging(Fake::with(1))).await.unwrap();
    harness.keys("f").await.unwrap();
    // Kept once; nothing changed since, so nothing more.
    assert_eq!(wakes(&mut harness, Duration::from_secs(60)).await, [3_000]);
    assert_eq!(log(&harness).last(), Some(&"autosave"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_answers_times_out() {
    let (fake, _gate) = Fake::held(3);
    let mut harness = Harness::begin(logging(fake)).await;
    let start = Instant::now();
    while !harness.model().waiting.is_empty() {
        harness.turn().await;
    }
    // E1: 30 s from the start, 10 ms of which the first frame took.
    assert_eq!(start.elapsed().as_millis(), 29_990);
}
