//! How a list was left: kept on the way, and brought back. C7.

use super::*;
use crate::app::contexts::{ContextInfo, ContextKind, Ready};
use crate::app::recall;
use crate::backend::BackendError;
use crate::domain::query::{Column, Filter, Sort};
use crate::domain::{ListState, Side};

fn context(name: &str) -> ContextInfo {
    ContextInfo {
        name: name.to_owned(),
        kind: ContextKind::Store,
        label: None,
        colour: None,
        place: String::new(),
        read_only: false,
        installer: crate::domain::agent::Installer::default(),
    }
}

/// A model in the context `plan`.
fn planning(names: &[&str]) -> Model {
    let mut model = listing(names);
    model.contexts.all = vec![context("plan"), context("other")];
    model.contexts.active = "plan".to_owned();
    model
}

fn kept(effects: &[Effect]) -> Option<(&str, &ListState)> {
    effects.iter().find_map(|it| match it {
        Effect::KeepList { context, state, .. } => Some((context.as_str(), &**state)),
        _ => None,
    })
}

fn left() -> ListState {
    ListState {
        search: "b".to_owned(),
        filter: Filter { sides: [Side::Any].into(), ..Filter::default() },
        sort: Sort { column: Column::Name, descending: true },
        cursor: Some(id(2)),
        marks: [id(1), id(9)].into(),
        details: true,
    }
}

#[test]
fn c7_what_was_marked_searched_and_sorted_is_kept() {
    let mut model = planning(&["a", "ab", "b"]);
    assert_eq!(send(&mut model, Msg::Autosave), [], "nothing was done yet");
    keys(&mut model, "<space>S/b<enter><down>");
    assert!(model.keeping.touched);
    let effects = send(&mut model, Msg::Autosave);
    let (context, state) = kept(&effects).unwrap();
    assert_eq!(context, "plan");
    assert_eq!(state.search, "b");
    assert_eq!(state.sort, Sort { column: Column::Name, descending: true });
    assert_eq!(state.marks, [id(1)].into());
    assert_eq!(state.cursor, Some(model.list.current().unwrap().id));
    assert!(!model.keeping.touched);
    assert_eq!(send(&mut model, Msg::Autosave), [], "it is kept already");
    // A key that changes nothing writes nothing.
    keys(&mut model, "<down>");
    assert_eq!(kept(&send(&mut model, Msg::Autosave)), None);
}

#[test]
fn c7_every_way_out_keeps_it() {
    let ways: [fn(&mut Model) -> Vec<Effect>; 5] = [
        |model| keys(model, "q"),
        |model| keys(model, "<ctrl-z>"),
        |model| send(model, Msg::Hangup),
        |model| {
            // The program ends once the draft is kept.
            assert_eq!(keys(model, "nx<ctrl-c><enter>").len(), 1);
            let request = last(model);
            send(model, Msg::Answer(request, Answer::DraftKept(Ok(()))))
        },
        |model| {
            keys(model, "c<enter>");
            let ready = Ready { capabilities: ALL, place: Box::default() };
            let request = last(model);
            send(model, Msg::Answer(request, Answer::ContextOpened(Ok(ready))))
        },
    ];
    for (number, way) in ways.iter().enumerate() {
        let mut model = planning(&["a", "b"]);
        keys(&mut model, "<space>");
        let effects = way(&mut model);
        let (context, state) = kept(&effects).unwrap_or_else(|| panic!("{number}: {effects:?}"));
        assert_eq!((context, state.marks.len()), ("plan", 1), "way {number}");
        // Never stopped before it is kept.
        if let Some(at) = effects.iter().position(|it| *it == Effect::Suspend) {
            assert_eq!(at, effects.len() - 1);
        }
    }
}

#[test]
fn c7_a_list_comes_back_as_it_was_left_and_says_so() {
    let mut model = Model::new((80, 24), now(), settings(), ALL);
    model.contexts.active = "plan".to_owned();
    recall(&mut model, left());
    start(&mut model);
    let text = &model.notice.as_ref().unwrap().text;
    assert_eq!(text, "As you left it: search and filter are on, 2 rows marked.");
    // Asked to end before the rows are there, it keeps what was kept.
    keys(&mut model, "<down>");
    assert_eq!(kept(&send(&mut model.clone(), Msg::Hangup)), None);
    let request = model.list.loading.unwrap();
    let rows = ["ab", "b", "c"].iter().zip(1..).map(|(name, number)| row(number, name)).collect();
    let answer = Answer::Rows { total: Some(3), rows, done: true };
    send(&mut model, Msg::Answer(request, answer));
    assert_eq!(shown(&model), ["b", "ab"]);
    assert_eq!(here(&model), "b");
    assert!(model.list.details);
    // A mark of what is gone is gone.
    assert_eq!(model.list.marks, [id(1)].into());
    // One key shows everything again.
    keys(&mut model, "x");
    assert_eq!(shown(&model).len(), 3);
}

#[test]
fn a_plain_list_says_nothing() {
    let mut model = Model::new((80, 24), now(), settings(), ALL);
    recall(&mut model, ListState { cursor: Some(id(2)), ..ListState::default() });
    start(&mut model);
    assert_eq!(model.notice, None);
}

#[test]
fn c7_each_context_has_its_own() {
    let mut model = planning(&["a", "b"]);
    keys(&mut model, "<space>c<enter>");
    let request = last(&model);
    let ready = Ready { capabilities: ALL, place: Box::new(left()) };
    send(&mut model, Msg::Answer(request, Answer::ContextOpened(Ok(ready))));
    assert_eq!(model.contexts.active, "other");
    assert_eq!(model.list.search.value(), "b");
    let text = &model.notice.as_ref().unwrap().text;
    assert!(text.ends_with("As you left it: search and filter are on, 2 rows marked."), "{text}");
    // Back again: what this session knows counts, not what was kept before it.
    keys(&mut model, "c<enter>");
    let request = last(&model);
    let ready = Ready { capabilities: ALL, place: Box::new(left()) };
    send(&mut model, Msg::Answer(request, Answer::ContextOpened(Ok(ready))));
    assert_eq!(model.list.search.value(), "");
    assert_eq!(model.list.marks, [id(1)].into());
}

#[test]
fn a_nameless_context_keeps_nothing() {
    let mut model = listing(&["a"]);
    keys(&mut model, "<space>");
    assert_eq!(send(&mut model, Msg::Autosave), []);
    assert_eq!(keys(&mut model, "q"), []);
}

#[test]
fn a_failed_write_is_reported_and_tried_again() {
    let mut model = planning(&["a"]);
    keys(&mut model, "<space>");
    assert!(kept(&send(&mut model, Msg::Autosave)).is_some());
    let request = last(&model);
    let failed = Answer::ListKept(Err(BackendError::Busy.to_string()));
    send(&mut model, Msg::Answer(request, failed));
    assert!(model.notice.is_some());
    keys(&mut model, "<down>");
    assert!(kept(&send(&mut model, Msg::Autosave)).is_some());
}
