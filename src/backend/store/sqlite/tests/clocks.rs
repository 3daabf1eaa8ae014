//! A clock that jumps: set back by years, set forward by decades, and back again. Nothing is lost,
//! nothing is ordered wrongly, no id comes twice. RELIABILITY §6.

use super::Home;
use crate::backend::{FormDraft, PageRequest, TokenRequest};
use crate::domain::Secret;
use crate::domain::key::KeyKind;
use crate::testing::contract::{block_on, change, held, new, source};
use crate::testing::contract::{delete, restore};

/// Seconds of ten years.
const YEARS: i64 = 10 * 365 * 86_400;
/// Jumps one after the other.
const JUMPS: [i64; 6] = [-YEARS, 5 * YEARS, -4 * YEARS, 1, -3_600, 0];

fn draft(home: &Home, number: usize) -> FormDraft {
    FormDraft {
        id: "form".into(),
        connection: None,
        title: format!("draft {number}"),
        content: Secret::new(format!("not-real-draft {number}")),
        saved_at: home.clock.now(),
    }
}

#[test]
fn a_clock_that_jumps_loses_and_reorders_nothing() {
    let home = Home::new();
    let store = home.open();
    block_on(async {
        let key = store.issue_key(KeyKind::Configuration).await.unwrap();
        let first = source("first", held(&key, home.clock.now()));
        let mut saved = store.save(new(first)).await.unwrap();
        for (number, jump) in JUMPS.into_iter().enumerate() {
            home.clock.pass(jump);
            // A save is the newest revision, whatever day it says it is.
            let (before, edit) = (saved.revision, format!("after jump {number}"));
            saved =
                store.save(change(&saved, |it| it.description.clone_from(&edit))).await.unwrap();
            assert_eq!(saved.revision, before + 1);
            let history = store.history(saved.id).await.unwrap();
            let revisions: Vec<u32> = history.iter().map(|it| it.revision).collect();
            assert!(revisions.is_sorted_by(|a, b| a > b), "{revisions:?}");
            // The draft of a form is the one kept last.
            store.save_draft(draft(&home, number)).await.unwrap();
            let drafts = store.drafts().await.unwrap();
            assert_eq!(drafts.len(), 1);
            assert_eq!(drafts[0].content.expose(), format!("not-real-draft {number}"));
            // New connections, keys and tokens are distinguished from all before.
            let key = store.issue_key(KeyKind::Configuration).await.unwrap();
            let name = format!("new {number}");
            store.save(new(source(&name, held(&key, home.clock.now())))).await.unwrap();
            let expires_at = home.clock.now() + jiff::SignedDuration::from_hours(48);
            let token = TokenRequest { display_name: name, expires_at, pasted: None };
            store.issue_token(token).await.unwrap();
            // Deleting and taking it back work in the past and in the future.
            let outcome = delete(&store, &[saved.id]).await;
            assert!(outcome[0].result.is_ok());
            home.clock.pass(-7);
            let outcome = restore(&store, &[saved.id]).await;
            assert!(outcome[0].result.is_ok());
            saved = store.connection(saved.id).await.unwrap();
        }
        let rows = store.page(PageRequest { after: None, limit: 99 }).await.unwrap().rows;
        let ids: std::collections::BTreeSet<_> = rows.iter().map(|it| it.id).collect();
        assert_eq!((rows.len(), ids.len()), (1 + JUMPS.len(), 1 + JUMPS.len()));
        store.check_sealed().await.unwrap();
    });
    drop(store);
    // Also for a process that starts on another day.
    home.clock.pass(-2 * YEARS);
    let store = home.open();
    block_on(store.check_sealed()).unwrap();
    assert_eq!(block_on(store.count()).unwrap(), 1 + JUMPS.len());
}
