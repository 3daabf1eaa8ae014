//! Answers that nobody waits for any more change nothing.

use super::*;
use crate::app::Modal;
use crate::app::model::Waiting;
use crate::app::msg::{Opened, Saved};
use crate::backend::BackendError;
use crate::domain::{Answers, Connection, ConnectionType, Listed, Origin, Secret, Side};

fn connection(number: u128) -> Connection {
    Connection {
        id: id(number),
        revision: 2,
        name: "alpha".to_owned(),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Any,
        answers: Answers::Listed(Listed { tenant: "Contoso".to_owned(), live: None }),
        origin: Origin::Local,
        created_at: Some(now()),
        created_by: "anna".to_owned(),
        modified_at: Some(now()),
        modified_by: "anna".to_owned(),
    }
}

/// One answer of every kind.
fn answers() -> Vec<Answer> {
    let saved = Saved { connection: connection(1), row: row(1, "changed") };
    vec![
        Answer::Rows { total: Some(9), rows: vec![row(9, "late")], done: true },
        Answer::Remembered { as_of: Some(now()) },
        Answer::Progress { rows: vec![row(9, "late")], reading: Default::default() },
        Answer::Refreshed { rows: vec![row(9, "late")], as_of: Some(now()), remarks: Vec::new() },
        Answer::LoadFailed(BackendError::Busy),
        Answer::Opened(Ok(Box::new(Opened {
            connection: connection(1),
            objects: Vec::new(),
            drafts: Vec::new(),
        }))),
        Answer::Saved(Ok(Box::new(saved))),
        Answer::Deleted(Ok(Vec::new())),
        Answer::Restored(Ok((Vec::new(), Vec::new()))),
        Answer::Purged(Ok(Vec::new())),
        Answer::UsedBy(Ok(Vec::new())),
        Answer::DeletedList(Ok(Vec::new())),
        Answer::History(Ok(Vec::new())),
        Answer::Objects(Ok(Vec::new())),
        Answer::ObjectPut(Err(BackendError::Busy)),
        Answer::KeyIssued(Err(BackendError::Busy)),
        Answer::TokenIssued(Err(BackendError::Busy)),
        Answer::Revealed(Ok(Secret::new("fake-secret"))),
        Answer::Drafts(Ok(Vec::new())),
        Answer::DraftKept(Err(BackendError::Busy)),
        Answer::DraftDiscarded(Err(BackendError::Busy)),
        Answer::ListKept(Err("no".to_owned())),
        Answer::SampleLoaded(Ok(40)),
        Answer::DirectoryImported(Ok(3)),
        Answer::CheckStep("Signing in".to_owned()),
        Answer::Checked(Ok(Box::default())),
        Answer::FileWritten(Err("no".to_owned())),
        Answer::ContextOpened(Err("no".to_owned())),
        Answer::Looked(Ok(Box::new(crate::testing::details(connection(1))))),
        Answer::Projects(Ok(Vec::new())),
        Answer::AgentProgress { done: 1, total: Some(2) },
        Answer::AgentFetched(Err("no".to_owned())),
    ]
}

#[test]
fn an_answer_nobody_waits_for_is_dropped() {
    for answer in answers() {
        let mut model = listing(&["alpha"]);
        let before = model.clone();
        assert_eq!(send(&mut model, Msg::Answer(RequestId(777), answer.clone())), []);
        assert_eq!(model, before, "{answer:?}");
    }
}

#[test]
fn opening_is_dropped_once_another_form_is_open() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "<enter>");
    let request = last(&model);
    keys(&mut model, "n");
    let screens = model.screens.clone();
    let opened = Opened { connection: connection(1), objects: Vec::new(), drafts: Vec::new() };
    send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
    assert_eq!(model.screens, screens);
}

#[test]
fn closing_a_pick_list_cancels_what_it_asked_for() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "n<pgdn><enter>");
    assert!(matches!(model.modals.last(), Some(Modal::Picker(_))), "{:?}", model.modals);
    let request = last(&model);
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    let before = model.clone();
    send(&mut model, Msg::Answer(request, Answer::Objects(Ok(Vec::new()))));
    assert_eq!(model, before);
}

#[test]
fn a_second_refresh_cancels_the_first() {
    let mut model = listing(&["alpha"]);
    let effects = keys(&mut model, "r");
    let Some(Effect::Load { request: first }) = effects.first().cloned() else {
        panic!("{effects:?}")
    };
    let effects = keys(&mut model, "r");
    assert!(
        matches!(effects[..], [Effect::Cancel { request }, Effect::Load { .. }, ..] if request == first),
        "{effects:?}"
    );
    let late = Answer::Rows { total: None, rows: vec![row(9, "late")], done: true };
    send(&mut model, Msg::Answer(first, late));
    assert_eq!(shown(&model), ["alpha"]);
}

/// Whoever went on to another screen keeps it: what was on its way to the top comes no more.
#[test]
fn going_on_to_another_screen_stops_what_would_cover_it() {
    for (asks, goes_on) in
        [("<enter>", "A"), ("C", "A"), ("P", "A"), ("b", "A"), ("<enter>", "n"), ("P", "n")]
    {
        let mut model = listing(&["alpha"]);
        let effects = keys(&mut model, asks);
        assert!(matches!(effects[..], [Effect::Open { .. }]), "{asks}: {effects:?}");
        let request = last(&model);
        let effects = keys(&mut model, goes_on);
        assert!(effects.contains(&Effect::Cancel { request }), "{asks}{goes_on}: {effects:?}");
        let before = model.clone();
        let opened = Opened { connection: connection(1), objects: Vec::new(), drafts: Vec::new() };
        send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
        assert_eq!(model, before, "{asks}{goes_on}");
    }
}

/// What a screen asked for goes with it; what the list asked for, and what writes, does not.
#[test]
fn leaving_a_screen_stops_only_what_it_waits_for() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "rA");
    let audit = last(&model);
    keys(&mut model, "<esc>");
    assert!(!model.waiting.contains_key(&audit));
    assert!(model.waiting.values().any(|it| *it == Waiting::Load), "{:?}", model.waiting);

    let mut model = listing(&["alpha"]);
    keys(&mut model, "A");
    let written = model.request(Waiting::WriteFile);
    keys(&mut model, "<esc>");
    assert_eq!(model.waiting.into_keys().collect::<Vec<_>>(), [written]);
}
