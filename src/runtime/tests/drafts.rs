//! Drafts from the first key to the last: none outlives the change it was kept for, and the count
//! in the list is that of the store. C7, E5.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::Modal;
use crate::app::wizard::Wizard;
use crate::domain::{Connection, Held, Timestamp, key};
use crate::testing::contract::{change, delete, held, id_of, listed, new, source};
use crate::testing::fake::{Call, Fake};
use crate::testing::harness::{Harness, Setup};

/// A source of devices named `hq`, with a secret and a key.
async fn hq(fake: &Fake) -> Connection {
    let key = fake.issue_key(key::KeyKind::Configuration).await.unwrap();
    fake.save(new(source("hq", held(&key, Timestamp::UNIX_EPOCH)))).await.unwrap()
}

async fn screen(fake: &Fake) -> Harness {
    Harness::start(Setup::new(fake.clone())).await.unwrap()
}

/// One who types, on a backend with `hq` in it.
async fn start() -> (Fake, Harness) {
    let fake = Fake::new();
    hq(&fake).await;
    let harness = screen(&fake).await;
    (fake, harness)
}

fn form(harness: &Harness) -> &Wizard {
    harness.model().screens.form().unwrap()
}

/// Keys, where a word in braces is `{auto}`: time passes, or the field to go to.
async fn play(harness: &mut Harness, script: &str) {
    for part in script.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some("auto") => while timeout(Duration::from_secs(60), harness.turn()).await.is_ok() {},
            Some(field) => go(harness, field).await,
            None => _ = harness.keys(part.trim_end_matches('{')).await.unwrap(),
        }
    }
}

async fn go(harness: &mut Harness, field: &str) {
    for _ in 0..30 {
        if form(harness).focused().is_some_and(|it| it.key == field) {
            return;
        }
        harness.keys("<tab>").await.unwrap();
    }
    panic!("{field} is not asked: {}", harness.screen());
}

/// What is done, and how many drafts there are afterwards; the form is left by it.
const WAYS: [(&str, &str, usize); 19] = [
    (
        "a secret is typed, kept, cleared and left at once",
        "e{client_secret}x{auto}<backspace><esc>",
        0,
    ),
    ("the same when time passes", "e{client_secret}x{auto}<backspace>{auto}<esc>", 0),
    ("a text is typed and taken back", "e!{auto}<backspace><esc>", 0),
    ("a field is emptied and typed again", "e{auto}<backspace>{auto}q<esc>", 0),
    ("a switch is turned on and off", "e{local_admin}<space>{auto}<space>{auto}<esc>", 0),
    ("typed in a new form and taken back", "nx{auto}<backspace><esc>", 0),
    ("the type of a new form is looked at", "n{type}<right>{auto}<esc>", 0),
    (
        "typed, another type, taken back",
        "nx{auto}{type}<right>{auto}<shift-tab><backspace>{auto}<esc>",
        0,
    ),
    (
        "a secret of a new form is typed and cleared",
        "n{type}<right>{client_secret}x{auto}<ctrl-u>{auto}<esc>",
        0,
    ),
    ("a copy that nobody touched", "C{auto}<esc>", 0),
    ("a copy is changed and changed back", "C!{auto}<backspace>{auto}<esc>", 0),
    ("a change is discarded", "e!{auto}<esc><right><enter>", 0),
    ("a change is kept", "e!<esc><enter>", 1),
    ("a change that was kept by itself is kept", "e!{auto}<esc><enter>", 1),
    ("a change is saved", "e!{auto}<ctrl-s><ctrl-s>", 0),
    ("a kept change is resumed and saved", "e!<esc><enter>R<enter><ctrl-s><ctrl-s>", 0),
    ("a kept change is resumed and taken back", "e!<esc><enter>R<enter><backspace><esc>", 0),
    ("a kept copy is resumed and taken back", "C!<esc><enter>R<enter><backspace>{auto}<esc>", 0),
    ("a kept change is discarded in the list", "e!<esc><enter>Rdy<esc>", 0),
];

#[tokio::test(start_paused = true)]
async fn no_draft_outlives_the_change_it_was_kept_for() {
    for (what, script, expected) in WAYS {
        let (fake, mut harness) = start().await;
        play(&mut harness, script).await;
        let shown = harness.screen();
        assert!(
            harness.model().screens.form().is_none() && harness.model().modals.is_empty(),
            "{what}: {shown}"
        );
        assert_eq!(fake.kept().len(), expected, "{what}: {shown}");
        assert_eq!(harness.model().drafts, expected, "{what}: {shown}");
        // Ending the program changes nothing about it.
        harness.keys("q").await.unwrap();
        harness.finish().await;
        assert_eq!(fake.kept().len(), expected, "{what}, after the end");
    }
}

#[tokio::test(start_paused = true)]
async fn quitting_a_form_that_is_as_it_began_leaves_no_draft() {
    for script in [
        "e!{auto}<backspace><ctrl-c>",
        "nx{auto}<backspace><ctrl-c>",
        "C!{auto}<backspace><ctrl-c>",
    ] {
        let (fake, mut harness) = start().await;
        play(&mut harness, script).await;
        assert_eq!(harness.is_over(), (true, None), "{script}");
        harness.finish().await;
        assert_eq!(fake.kept().len(), 0, "{script}");
    }
}

/// After a save that failed a draft may be there although nobody knows: it goes with the form.
#[tokio::test(start_paused = true)]
async fn a_draft_of_a_refused_save_goes_when_the_form_is_discarded() {
    for leave in [
        "<esc><esc><right><enter>",
        "<esc><ctrl-p><ctrl-p><ctrl-p><ctrl-p><ctrl-p><end><backspace><esc>",
    ] {
        let (fake, mut harness) = start().await;
        play(&mut harness, "e!{auto}").await;
        assert_eq!(fake.kept().len(), 1);
        fake.fail_next(Call::Save, crate::backend::BackendError::Busy);
        play(&mut harness, "<ctrl-s><ctrl-s>").await;
        harness.keys(leave).await.unwrap();
        assert!(harness.model().screens.form().is_none(), "{leave}: {}", harness.screen());
        assert_eq!((fake.kept().len(), harness.model().drafts), (0, 0), "{leave}");
    }
}

/// A draft that is kept while its form is being saved comes after the save forgot it.
#[tokio::test(start_paused = true)]
async fn a_draft_kept_during_a_save_goes_with_it() {
    let (fake, mut harness) = start().await;
    play(&mut harness, "e!<ctrl-s>").await;
    fake.hold(Call::Save);
    harness.input(crate::runtime::decode::Input::Key(
        crate::testing::keys::parse_keys("<ctrl-s>").unwrap()[0],
    ));
    while timeout(Duration::from_secs(10), harness.turn()).await.is_ok() {
        if form(&harness).drafted {
            break;
        }
    }
    assert!(form(&harness).drafted);
    fake.release(Call::Save);
    harness.settle().await.unwrap();
    assert!(harness.model().screens.form().is_none(), "{}", harness.screen());
    assert_eq!((fake.kept().len(), harness.model().drafts), (0, 0));
}

/// A draft that cannot be discarded is still there, and is shown to be.
#[tokio::test(start_paused = true)]
async fn a_draft_that_cannot_be_discarded_stays_in_the_list() {
    let (fake, mut harness) = start().await;
    play(&mut harness, "e!<esc><enter>R").await;
    fake.fail_next(Call::DiscardDraft, crate::backend::BackendError::Busy);
    harness.keys("dy").await.unwrap();
    let Some(Modal::Drafts(menu)) = harness.model().modals.last() else { panic!() };
    assert_eq!((menu.items.len(), harness.model().drafts, fake.kept().len()), (1, 1, 1));
    assert!(harness.screen().contains("Draft not discarded"), "{}", harness.screen());
}

/// Another process keeps one, too: reading the list again counts it.
#[tokio::test(start_paused = true)]
async fn refreshing_counts_the_drafts_of_others() {
    let (fake, mut harness) = start().await;
    let mut other = screen(&fake).await;
    play(&mut other, "e!<esc><enter>").await;
    assert_eq!(harness.model().drafts, 0);
    harness.keys("r").await.unwrap();
    assert_eq!(harness.model().drafts, 1);
    assert!(harness.screen().contains("1 draft"), "{}", harness.screen());
}

/// Opening a connection that has a draft says so, and either way loses nothing.
#[tokio::test(start_paused = true)]
async fn opening_a_connection_offers_its_draft() {
    for (answer, name, drafts) in
        [("<enter>", "hq!", 1), ("y", "hq!", 1), ("<down><enter>", "hq", 1), ("<esc>", "hq", 1)]
    {
        let (fake, mut harness) = start().await;
        let lab = fake.save(new(listed("lab"))).await.unwrap();
        play(&mut harness, "e!<esc><enter>e").await;
        let shown = harness.screen();
        assert!(shown.contains("This connection has a draft"), "{shown}");
        harness.keys(answer).await.unwrap();
        assert!(harness.model().modals.is_empty(), "{answer}: {}", harness.screen());
        assert_eq!(form(&harness).values.text("name"), name, "{answer}");
        assert!(form(&harness).target.is_some());
        assert_eq!(fake.kept().len(), drafts, "{answer}");
        // Typed since, it is kept as one of its own, and nothing is offered for a copy.
        play(&mut harness, "?{auto}").await;
        let names: Vec<_> = fake.kept().iter().map(|it| it.title.clone()).collect();
        assert!(names.iter().any(|it| it.starts_with(&format!("{name}?"))), "{names:?}");
        play(&mut harness, "<esc><enter>C").await;
        assert!(harness.model().modals.is_empty(), "{}", harness.screen());
        assert!(id_of(&fake, &lab.name).await.is_some());
    }
}

/// The latest of several is offered, and the rest is counted.
#[tokio::test(start_paused = true)]
async fn the_latest_of_several_drafts_is_offered() {
    let (_, mut harness) = start().await;
    play(&mut harness, "e!<esc><enter>e<down><enter>?<esc><enter>e").await;
    let shown = harness.screen();
    assert!(shown.contains("more in the list of drafts"), "{shown}");
    let Some(Modal::HasDraft(it)) = harness.model().modals.last() else { panic!() };
    assert_eq!(it.more, 1);
}

/// A copy that is resumed still knows the secrets of the original: emptying a field brings back the
/// stored one, as in a form that was never left.
#[tokio::test(start_paused = true)]
async fn a_resumed_copy_keeps_the_stored_secrets() {
    let (fake, mut harness) = start().await;
    play(&mut harness, "C{client_secret}x<esc><enter>R<enter>{client_secret}<ctrl-u>").await;
    assert!(matches!(form(&harness).values.secret("client_secret"), Some(Held::Stored(_))));
    // Also when the original is deleted meanwhile.
    play(&mut harness, "x<esc><enter>").await;
    let id = id_of(&fake, "hq").await.unwrap();
    delete(&fake, &[id]).await;
    play(&mut harness, "R<enter>{client_secret}<ctrl-u>").await;
    assert!(matches!(form(&harness).values.secret("client_secret"), Some(Held::Stored(_))));
}

/// The connection of a draft was deleted since: resumed, it is restored by the save with its key and
/// its secrets.
#[tokio::test(start_paused = true)]
async fn a_draft_of_a_deleted_connection_restores_it() {
    for changed in [false, true] {
        let (fake, mut harness) = start().await;
        let id = id_of(&fake, "hq").await.unwrap();
        play(&mut harness, "e!<esc><enter>").await;
        if changed {
            let now = fake.connection(id).await.unwrap();
            fake.save(change(&now, |it| it.description = "theirs".into())).await.unwrap();
        }
        let key = fake.reveal(id, "configuration_key".to_owned()).await.unwrap();
        delete(&fake, &[id]).await;
        play(&mut harness, "R<enter>").await;
        assert!(harness.screen().contains("saving offers to restore it"), "{}", harness.screen());
        play(&mut harness, "<ctrl-s><ctrl-s>").await;
        let shown = harness.screen();
        assert!(shown.contains("Someone else deleted this connection"), "{shown}");
        assert_eq!(shown.contains("theirs"), changed, "{shown}");
        play(&mut harness, "<down><down><enter>").await;
        let shown = harness.screen();
        assert!(shown.contains("Restored and saved hq!"), "{shown}");
        let back = fake.connection(id).await.unwrap();
        assert_eq!(back.name, "hq!");
        assert_eq!(fake.reveal(id, "configuration_key".to_owned()).await, Ok(key));
        assert_eq!((fake.kept().len(), harness.model().drafts), (0, 0));
    }
}
