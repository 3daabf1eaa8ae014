//! The real loop on services that are slow, break off or never answer, and between contexts: keys
//! go on working, and what is cancelled ends at once. C7, E1.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::fake::{Fake, Service, row};
use crate::backend::{BackendError, Place};
use crate::domain::Timestamp;
use crate::domain::context::ContextKind;
use crate::runtime::decode::Input;
use crate::service::contexts::{ContextInfo, Contexts, OpenError, Opening};
use crate::testing::harness::{Harness, Setup};
use crate::testing::keys::parse_keys;

fn setup(backend: Fake) -> Setup {
    Setup::new(backend)
}

/// Types without waiting for what is under way; says what is shown after each key was handled.
async fn typed(harness: &mut Harness, keys: &str) -> String {
    for key in parse_keys(keys).unwrap() {
        harness.input(Input::Key(key));
        harness.turn().await;
    }
    harness.screen()
}

/// Runs until the screen shows a text.
async fn until(harness: &mut Harness, text: &str) -> String {
    while !harness.screen().contains(text) {
        let turn = tokio::time::timeout(Duration::from_secs(300), harness.turn()).await;
        assert!(turn.is_ok(), "{text:?} never comes:\n{}", harness.screen());
    }
    harness.screen()
}

/// A service with remembered rows of the day before; it now reports one more.
fn remembering(count: usize) -> Service {
    let service = Service::held(count + 1);
    let yesterday = Timestamp::from_second(1_780_000_000 - 86_400).unwrap();
    let rows = (0..count).map(row).collect();
    *service.remembered.lock().unwrap() = Some((rows, yesterday));
    service
}

#[tokio::test(start_paused = true)]
async fn remembered_rows_are_in_the_first_frame_and_fresh_ones_follow() {
    let service = remembering(1_000);
    let gate = Arc::clone(&service.gate);
    let mut harness = Harness::begin(setup(Fake::service(service))).await;
    assert_eq!(harness.frames(), 1);
    let first = harness.screen();
    assert!(first.contains("connection-000000"), "{first}");
    let screen = until(&mut harness, "as of yesterday").await;
    assert!(screen.contains("Refreshing, esc cancels"), "{screen}");
    // The list can be used while nothing comes.
    let screen = typed(&mut harness, "j<space>/00099<enter>").await;
    assert!(screen.contains("11 of 1,000") && screen.contains("1 marked"), "{screen}");
    gate.add_permits(2);
    let screen = until(&mut harness, "400 of 1,001").await;
    assert!(screen.contains("11 of 1,000"), "{screen}");
    gate.add_permits(100);
    let screen = harness.settle().await.unwrap();
    assert!(screen.contains("11 of 1,001") && screen.contains("1 marked"), "{screen}");
    assert!(screen.contains("as of") && !screen.contains("yesterday"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn without_remembered_rows_the_first_piece_is_shown_at_once() {
    let service = Service::held(1_000);
    let gate = Arc::clone(&service.gate);
    let mut harness = Harness::begin(setup(Fake::service(service))).await;
    assert!(harness.screen().contains("Reading the list"), "{}", harness.screen());
    gate.add_permits(1);
    let screen = until(&mut harness, "connection-000000").await;
    assert!(screen.contains("Reading 200 of 1,000"), "{screen}");
    typed(&mut harness, "jj").await;
    gate.add_permits(100);
    let screen = harness.settle().await.unwrap();
    assert!(screen.contains("1,000  ✓ 1,000"), "{screen}");
    assert!(screen.contains("3/1,000"), "{screen}");
}

// A service that never answers: keys work, and escape ends the request at once.
#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_is_left_at_once() {
    let service = remembering(500);
    let dropped = Arc::clone(&service.dropped);
    let mut harness = Harness::begin(setup(Fake::service(service))).await;
    until(&mut harness, "as of").await;
    let started = Instant::now();
    for _ in 0..20 {
        typed(&mut harness, "<down>").await;
    }
    let screen = typed(&mut harness, "<space>?").await;
    assert!(screen.contains("Keys: Connections"), "{screen}");
    let screen = typed(&mut harness, "<esc><esc>").await;
    assert!(screen.contains("Refresh cancelled; the rows are as they were."), "{screen}");
    assert!(screen.contains("1 marked") && screen.contains("22/500"), "{screen}");
    assert!(started.elapsed() < Duration::from_secs(1));
    // Its task ends as soon as it is given the thread.
    tokio::task::yield_now().await;
    assert_eq!(dropped.load(Ordering::SeqCst), 1, "the request itself has ended");
    harness.settle().await.unwrap();
    // Nothing is left that could wake the loop.
    let idle = tokio::time::timeout(Duration::from_hours(1), harness.turn()).await;
    assert!(idle.is_err());
}

// Slow is not dead: so long as something comes, nothing is given up; silence ends it.
#[tokio::test(start_paused = true)]
async fn a_slow_service_is_waited_for_and_a_silent_one_is_not() {
    let service = remembering(2_000);
    let gate = Arc::clone(&service.gate);
    let mut setup = setup(Fake::service(service));
    setup.timeout = Duration::from_secs(2);
    setup.http.total = Duration::from_secs(5);
    let mut harness = Harness::begin(setup).await;
    until(&mut harness, "as of").await;
    let started = Instant::now();
    for piece in 1..=8 {
        let next = started + Duration::from_secs(piece * 8);
        while tokio::time::timeout_at(next, harness.turn()).await.is_ok() {}
        gate.add_permits(1);
    }
    assert!(harness.model().list.loading.is_some(), "64 s, and still reading");
    let screen = until(&mut harness, "Not refreshed").await;
    assert!(screen.contains("as of yesterday"), "{screen}");
    let took = started.elapsed().as_secs();
    // The HTTP client tries for 5 s; what it would say comes first.
    assert_eq!(took, 74);
    assert!(screen.contains("/2,000"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_breaks_off_keeps_the_rows_and_says_why() {
    let service = Service { broken: Some(2), ..remembering(1_000) };
    service.gate.add_permits(100);
    let mut harness = Harness::start(setup(Fake::service(service))).await.unwrap();
    let screen = harness.screen();
    assert!(screen.contains("✗ Not refreshed: "), "{screen}");
    assert!(screen.contains("1,000  ") && screen.contains("as of yesterday"), "{screen}");
    assert!(screen.contains("not refreshed, r tries again"), "{screen}");
    // The same after any key: it does not go away with the notice.
    let screen = harness.keys("j").await.unwrap();
    assert!(screen.contains("2/1,000"), "{screen}");
    assert!(screen.contains("Not refreshed"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_first_reading_that_breaks_off_is_asked_to_be_incomplete() {
    let service = Service { broken: Some(2), ..Service::held(1_000) };
    service.gate.add_permits(100);
    let mut harness = Harness::start(setup(Fake::service(service))).await.unwrap();
    let screen = harness.screen();
    assert!(screen.contains("incomplete, 400 of 1,000"), "{screen}");
    let screen = harness.keys("r").await.unwrap();
    assert!(screen.contains("incomplete, 400 of 1,000"), "{screen}");
}

#[tokio::test]
async fn the_details_of_a_live_row_say_what_can_be_known() {
    let service = remembering(3);
    service.gate.add_permits(100);
    let mut harness = Harness::start(setup(Fake::service(service))).await.unwrap();
    let screen = harness.keys("j<enter>").await.unwrap();
    assert!(screen.contains("connection-000001") && screen.contains("Created"), "{screen}");
    let screen = harness.keys("<pgdn>").await.unwrap();
    assert!(screen.contains("No project reads from Microsoft 365 Groups."), "{screen}");
    assert!(screen.contains("does not mean unused"), "{screen}");
    let screen = harness.keys("<esc>d").await.unwrap();
    assert!(screen.contains("AvePoint Fly publishes no way to change connections"), "{screen}");
}

fn info(name: &str, kind: ContextKind, active: bool) -> ContextInfo {
    ContextInfo {
        name: name.into(),
        kind,
        label: None,
        colour: None,
        place: String::new(),
        read_only: kind == ContextKind::Fly,
        installer: crate::domain::agent::Installer::default(),
        active,
    }
}

/// The store `plan` beside the context `contoso`, opened like this.
fn beside(store: Arc<Fake>, open: impl Fn() -> Opening + Send + Sync + 'static) -> Setup {
    let list =
        vec![info("plan", ContextKind::Store, true), info("contoso", ContextKind::Fly, false)];
    let opener = move |name: &str| {
        assert_eq!(name, "contoso", "the first is open already");
        open()
    };
    Setup { contexts: Some(Contexts::new(list, Arc::new(opener))), ..Setup::new(store) }
}

#[tokio::test]
async fn contexts_are_switched_and_each_keeps_what_was_done_in_it() {
    let service = remembering(3);
    service.gate.add_permits(100);
    let (store, fly) = (Arc::new(Fake::with(5)), Arc::new(Fake::service(service)));
    let opened = Arc::clone(&fly);
    let setup = beside(Arc::clone(&store), move || {
        let backend = Place::from(opened.clone());
        Box::pin(async { Ok(backend) })
    });
    let mut harness = Harness::start(setup).await.unwrap();
    let plan = harness.keys("j<space>").await.unwrap();
    assert!(plan.lines().next().unwrap().contains("plan · store"), "{plan}");
    let live = harness.keys("c<enter>").await.unwrap();
    let title = live.lines().next().unwrap();
    assert!(title.contains("contoso · Fly") && title.contains("READ-ONLY"), "{live}");
    assert!(live.contains("4  ✓ 4  as of"), "{live}");
    assert!(live.contains("Switched to contoso"), "{live}");
    let asked = store.log().len();
    harness.keys("<tab>").await.unwrap();
    assert_eq!(store.log().len(), asked, "the store is not asked for what is live");
    assert!(fly.log().contains(&"projects".to_owned()));
    let back = harness.keys("c<enter>").await.unwrap();
    assert!(back.contains("1 marked") && back.contains("3/5"), "{back}");
    assert!(back.contains("Switched to plan: store."), "{back}");
    // Three switches, one opening: the opener refuses any other name.
    let again = harness.keys("c<enter>").await.unwrap();
    assert!(again.contains("4  ✓ 4  as of"), "{again}");
}

#[tokio::test]
async fn a_context_that_does_not_open_says_why_in_one_line() {
    let setup = beside(Arc::new(Fake::with(5)), || {
        Box::pin(async {
            Err(OpenError::new("the secret file is not there", "Create it with mode 0600."))
        })
    });
    let mut harness = Harness::start(setup).await.unwrap();
    let screen = harness.keys("c<enter>").await.unwrap();
    assert!(screen.contains("Not switched to contoso: the secret file is not there."), "{screen}");
    assert!(screen.lines().next().unwrap().contains("plan · store"), "{screen}");
    assert!(screen.contains("5  ✓ 5"), "{screen}");
}

// A command that is asked for the secret may hang: keys work, and escape ends it.
#[tokio::test]
async fn a_context_that_never_opens_is_left_and_its_opening_ends() {
    let ended = Arc::new(Semaphore::new(0));
    let begun = Arc::new(Semaphore::new(0));
    let (report, reported) = (Arc::clone(&ended), Arc::clone(&begun));
    let setup = beside(Arc::new(Fake::with(5)), move || {
        struct Ends(Arc<Semaphore>);
        impl Drop for Ends {
            fn drop(&mut self) {
                self.0.add_permits(1);
            }
        }
        let (ends, reported) = (Ends(Arc::clone(&report)), Arc::clone(&reported));
        Box::pin(async move {
            let _ends = ends;
            reported.add_permits(1);
            std::future::pending::<()>().await;
            Err(OpenError::from(BackendError::Cancelled))
        })
    });
    let mut harness = Harness::start(setup).await.unwrap();
    let screen = typed(&mut harness, "c<enter>jj").await;
    assert!(screen.contains("Opening contoso, esc cancels"), "{screen}");
    assert!(screen.contains("3/5"), "{screen}");
    begun.acquire().await.unwrap().forget();
    let screen = typed(&mut harness, "<esc>").await;
    assert!(screen.contains("Not switched; plan stays open."), "{screen}");
    // The drop reaches the thread: no test can hang here but one that has found a fault.
    let end = tokio::time::timeout(Duration::from_secs(20), ended.acquire()).await;
    assert!(end.is_ok());
}
