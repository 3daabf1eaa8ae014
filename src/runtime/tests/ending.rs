//! What is kept when a session ends, and that it ends in time. E5.

use std::sync::Arc;

use tokio::time::Instant;

use super::fake::Fake;
use super::{Ending, ended, logging};
use crate::backend::BackendError;
use crate::testing::fake::Call;
use crate::testing::harness::{Harness, Setup};

#[tokio::test(start_paused = true)]
async fn a_session_that_is_asked_to_end_keeps_its_draft() {
    for ending in [Ending::Terminated, Ending::HungUp, Ending::Interrupted, Ending::Faulted] {
        let fake = Arc::new(Fake::with(3));
        let mut harness = Harness::start(logging(fake.clone())).await.unwrap();
        assert_eq!(ended(&mut harness, ending).await, "hangup");
        assert_eq!(harness.is_over(), (true, Some(ending)));
        assert_eq!(fake.drafts.lock().unwrap().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_hangs_does_not_hold_up_the_end() {
    let (fake, _gate) = Fake::held(3);
    let mut harness = Harness::begin(logging(fake)).await;
    let start = Instant::now();
    harness.end(Ending::HungUp).await;
    assert_eq!(start.elapsed().as_millis(), 300);
}

#[tokio::test(start_paused = true)]
async fn reading_is_not_waited_for_but_keeping_is() {
    // One permit: the list takes it or the draft does.
    let (fake, gate) = Fake::held(3);
    let fake = Arc::new(fake);
    let mut harness = Harness::begin(logging(fake.clone())).await;
    harness.input(crate::runtime::decode::Input::Key(crate::app::Key::char('q')));
    harness.turn().await;
    assert_eq!(harness.is_over(), (true, None));
    let start = Instant::now();
    let (_, ()) = tokio::join!(harness.finish(), async {
        tokio::task::yield_now().await;
        gate.add_permits(1);
    });
    assert_eq!(start.elapsed().as_millis(), 0, "it ends as soon as the draft is kept");
    assert_eq!(fake.drafts.lock().unwrap().len(), 1);
    assert_eq!(fake.log(), ["page 200", "save_draft"]);
}

#[test]
fn exit_codes_are_those_of_the_signals() {
    assert_eq!(Ending::Faulted.code(), 101);
    assert_eq!(Ending::HungUp.code(), 129);
    assert_eq!(Ending::Interrupted.code(), 130);
    assert_eq!(Ending::Terminated.code(), 143);
}

/// The form of the real program is kept by a second try when the first fails while it ends, and by
/// no third. C7, E5.
#[tokio::test(start_paused = true)]
async fn a_draft_that_fails_while_it_ends_is_tried_once_more() {
    for (failures, kept) in [(0, 1), (1, 1), (2, 0)] {
        let fake = crate::testing::fake::Fake::new();
        let mut harness = Harness::start(Setup::new(fake.clone())).await.unwrap();
        harness.keys("nhalf typed").await.unwrap();
        for _ in 0..failures {
            fake.fail_next(Call::SaveDraft, BackendError::Busy);
        }
        harness.end(Ending::Terminated).await;
        assert_eq!(fake.kept().len(), kept, "after {failures} failures");
        let tries = fake.calls().iter().filter(|it| **it == Call::SaveDraft).count();
        assert_eq!(tries, (failures + 1).min(2));
    }
}

/// The draft that a timer asked for fails just then: it was counted as kept, and is not.
#[tokio::test(start_paused = true)]
async fn a_draft_under_way_that_fails_is_kept_all_the_same() {
    let fake = crate::testing::fake::Fake::new();
    let mut harness = Harness::start(Setup::new(fake.clone())).await.unwrap();
    harness.keys("nhalf typed").await.unwrap();
    fake.hold(Call::SaveDraft);
    fake.fail_next(Call::SaveDraft, BackendError::Busy);
    // The timer of the form, which is the next thing to happen.
    harness.turn().await;
    fake.called(Call::SaveDraft, 1).await;
    let (_, ()) = tokio::join!(harness.end(Ending::HungUp), async {
        tokio::task::yield_now().await;
        fake.release(Call::SaveDraft);
    });
    assert_eq!(fake.kept().len(), 1);
    assert!(fake.kept()[0].content.expose().contains("half typed"));
}
