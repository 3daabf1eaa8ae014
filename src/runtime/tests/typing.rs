//! Keys as they arrive at the loop: at once, one after the other, before and after a question is
//! drawn.

use std::sync::Arc;
use std::time::Duration;

use super::fake::Fake;
use super::{log, logging};
use crate::app::{Key, KeyName, Modal};
use crate::domain::Timestamp;
use crate::runtime::decode::Input;
use crate::runtime::session::REACTION;
use crate::runtime::typing::GAP;
use crate::service::sample;
use crate::testing::fake::{Call, Fake as Store};
use crate::testing::harness::{Harness, Setup};
use crate::testing::keys::parse_keys;

/// The sample workspace.
async fn sampled() -> (Store, Harness) {
    let store = Store::with_clock("tester", Arc::new(|| Timestamp::UNIX_EPOCH));
    sample::load(&store, Timestamp::UNIX_EPOCH).await.unwrap();
    let setup = Setup { gap: GAP, ..Setup::new(store.clone()) };
    (store, Harness::start(setup).await.unwrap())
}

fn deletions(store: &Store) -> usize {
    store.calls().iter().filter(|it| **it == Call::Delete).count()
}

fn send(harness: &Harness, keys: &str) {
    for key in parse_keys(keys).unwrap() {
        harness.input(Input::Key(key));
    }
}

#[tokio::test(start_paused = true)]
async fn what_arrives_at_once_is_a_text() {
    let setup = Setup { gap: GAP, ..logging(Arc::new(Fake::with(1))) };
    let mut harness = Harness::start(setup).await.unwrap();
    let before = log(&harness).len();
    send(&harness, "Friday<enter>");
    harness.settle().await.unwrap();
    tokio::time::advance(Duration::from_millis(200)).await;
    send(&harness, "b");
    harness.settle().await.unwrap();
    let seen: Vec<&str> =
        log(&harness)[before..].iter().copied().filter(|it| *it != "clock").collect();
    assert_eq!(seen, ["typed \"Friday\\r\"", "key b"]);
}

#[tokio::test(start_paused = true)]
async fn a_command_waits_for_what_may_follow_and_moving_does_not() {
    let setup = Setup { gap: GAP, ..logging(Arc::new(Fake::with(1))) };
    let mut harness = Harness::start(setup).await.unwrap();
    // `b` is a command of the list, `j` moves.
    for (key, waits) in [("j", false), ("b", true), ("<down>", false)] {
        let start = tokio::time::Instant::now();
        let before = log(&harness).len();
        send(&harness, key);
        while log(&harness)[before..].iter().all(|it| *it == "clock") {
            harness.turn().await;
        }
        assert_eq!(start.elapsed() >= GAP, waits, "{key}");
        tokio::time::advance(Duration::from_millis(200)).await;
    }
    // On a slow line the rest comes while the first is held back.
    let before = log(&harness).len();
    for key in ["b", "c", "d"] {
        send(&harness, key);
        harness.turn().await;
        tokio::time::advance(Duration::from_millis(2)).await;
    }
    harness.settle().await.unwrap();
    assert!(!log(&harness)[before..].iter().any(|it| it.starts_with("key")), "{:?}", log(&harness));
}

#[tokio::test]
async fn a_pasted_word_deletes_nothing() {
    for word in ["Friday<enter>", "ady<enter>", "dy", "a<ctrl-j>d<ctrl-j>y<ctrl-j>"] {
        let (store, mut harness) = sampled().await;
        send(&harness, word);
        let screen = harness.settle().await.unwrap();
        assert!(screen.contains("Ignored: "), "{word}: {screen}");
        assert_eq!(deletions(&store), 0, "{word}");
        assert!(harness.model().list.marks.is_empty(), "{word}");
    }
}

#[tokio::test]
async fn a_question_takes_no_key_from_before_it_was_drawn() {
    let (store, mut harness) = sampled().await;
    let y = Input::Key(Key::char('y'));
    // Both were read before the dialog could be drawn.
    harness.input(Input::Key(Key::plain(KeyName::Delete)));
    harness.input(y.clone());
    let screen = harness.settle().await.unwrap();
    assert!(screen.contains("press it again"), "{screen}");
    assert!(matches!(harness.model().modals.last(), Some(Modal::Delete(_))));
    assert_eq!(deletions(&store), 0);
    // Now it is on the screen.
    harness.keys("y").await.unwrap();
    assert_eq!(deletions(&store), 1);
}

/// Consoles type a text key by key: faster than anybody reads, but each key by itself.
#[tokio::test(start_paused = true)]
async fn a_question_is_answered_only_after_a_glance() {
    for (after, deleted) in [(6, 0), (30, 0), (99, 0), (100, 1), (300, 1)] {
        let (store, mut harness) = sampled().await;
        tokio::time::advance(REACTION).await;
        send(&harness, "d");
        harness.settle().await.unwrap();
        assert!(matches!(harness.model().modals.last(), Some(Modal::Delete(_))));
        tokio::time::advance(Duration::from_millis(after)).await;
        send(&harness, "y");
        harness.settle().await.unwrap();
        assert_eq!(deletions(&store), deleted, "{after} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_huge_text_without_marks_does_nothing() {
    let (store, mut harness) = sampled().await;
    let before = harness.screen();
    for c in "zqdy\r".repeat(20_000).chars() {
        let key = if c == '\r' { Key::plain(KeyName::Enter) } else { Key::char(c) };
        harness.input(Input::Key(key));
    }
    let screen = harness.settle().await.unwrap();
    assert_eq!(
        screen.lines().take(20).collect::<Vec<_>>(),
        before.lines().take(20).collect::<Vec<_>>()
    );
    assert_eq!(deletions(&store), 0);
    // In a search it is one text, as far as there is room.
    tokio::time::advance(GAP * 30).await;
    harness.keys("/").await.unwrap();
    for _ in 0..100_000 {
        harness.input(Input::Key(Key::char('x')));
    }
    harness.settle().await.unwrap();
    assert_eq!(harness.model().list.search.value().len(), crate::app::input::MAX);
}
