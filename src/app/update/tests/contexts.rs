//! Switching contexts, live lists, what a read-only context refuses, and where a connection is
//! used.

use super::*;
use crate::app::contexts::{ContextInfo, ContextKind, Projects, Ready};
use crate::app::details::Looked;
use crate::app::model::{Reading, Waiting};
use crate::app::{Action, Context, Modal};
use crate::backend::{BackendError, ReadOnly};
use crate::domain::{Answers, Connection, ConnectionType, Listed, Origin, Project, Side};

/// What a Fly service can do.
fn live() -> Capabilities {
    Capabilities { projects: true, ..closed(ReadOnly::Fly) }
}

fn closed(why: ReadOnly) -> Capabilities {
    Capabilities {
        write: false,
        delete: false,
        history: false,
        edit_directory: false,
        keys: false,
        tokens: false,
        drafts: false,
        usage: false,
        projects: false,
        shared: false,
        read_only: Some(why),
    }
}

fn info(name: &str, kind: ContextKind) -> ContextInfo {
    ContextInfo {
        name: name.to_owned(),
        kind,
        label: None,
        colour: None,
        place: String::new(),
        read_only: kind == ContextKind::Fly,
        installer: crate::domain::agent::Installer::default(),
    }
}

/// A store called `plan` with these rows, and a service called `contoso` beside it.
fn two(names: &[&str]) -> Model {
    let mut model = listing(names);
    model.contexts.all = vec![info("plan", ContextKind::Store), info("contoso", ContextKind::Fly)];
    model.contexts.active = "plan".to_owned();
    model
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Switches to the service; gives what is asked for then.
fn to_contoso(model: &mut Model) -> Vec<Effect> {
    let effects = keys(model, "c<enter>");
    let request = last(model);
    assert_eq!(effects, [Effect::OpenContext { request, name: "contoso".into() }]);
    let ready = Ok(Ready { capabilities: live(), place: Box::default() });
    send(model, Msg::Answer(request, Answer::ContextOpened(ready)))
}

/// A live list with these remembered rows, refreshed at 09:00 that day, nothing under way.
fn live_list(names: &[&str]) -> Model {
    let mut model = two(&["alpha"]);
    to_contoso(&mut model);
    refreshed(&mut model, names);
    model.notice = None;
    model
}

fn numbered(names: &[&str]) -> Vec<Summary> {
    names.iter().zip(1..).map(|(name, number)| row(number, name)).collect()
}

fn refreshed(model: &mut Model, names: &[&str]) -> Vec<Effect> {
    let request = model.list.loading.unwrap();
    let as_of = Some(at("2026-11-22T09:00:00Z"));
    send(
        model,
        Msg::Answer(
            request,
            Answer::Refreshed { rows: numbered(names), as_of, remarks: Vec::new() },
        ),
    )
}

fn far(have: usize, total: Option<usize>) -> Reading {
    Reading { have, total, note: None }
}

fn said(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| &it.text)
}

#[test]
fn one_key_and_enter_switch_to_the_other_context() {
    let mut model = two(&["alpha"]);
    keys(&mut model, "c");
    assert_eq!(model.modals, [Modal::Contexts { at: 1 }]);
    keys(&mut model, "<esc>");
    let effects = to_contoso(&mut model);
    let request = last(&model);
    assert_eq!(effects, [Effect::UseContext { name: "contoso".into() }, Effect::Load { request }]);
    assert_eq!((model.contexts.active.as_str(), model.list.rows.len()), ("contoso", 0));
    assert_eq!(said(&model), "Switched to contoso: Fly, read-only.");
    // And back: the cursor of the menu is on where one came from.
    assert_eq!(keys(&mut model, "c"), []);
    assert_eq!(model.modals, [Modal::Contexts { at: 0 }]);
}

// C7: everything that was chosen in a context is there when one comes back.
#[test]
fn coming_back_finds_marks_search_filter_order_and_cursor() {
    let mut model = two(&["alpha-groups", "beta-groups", "gamma"]);
    keys(&mut model, "<space>/groups<enter>jS");
    model.list.filter.sides.insert(Side::Any);
    let list = model.list.clone();
    to_contoso(&mut model);
    assert!(model.list.marks.is_empty() && model.list.search.is_empty());
    keys(&mut model, "c<enter>");
    let request = last(&model);
    let ready = Ok(Ready { capabilities: ALL, place: Box::default() });
    let effects = send(&mut model, Msg::Answer(request, Answer::ContextOpened(ready)));
    // What the service was asked for ends; the store is read again, its drafts are counted.
    let [Effect::Cancel { .. }, Effect::UseContext { name }, Effect::Load { request }, drafts] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(name, "plan");
    assert_eq!(drafts, &Effect::ReadDrafts { request: last(&model) });
    let rows = numbered(&["alpha-groups", "beta-groups", "gamma"]);
    let answer = Answer::Rows { total: None, rows, done: true };
    send(&mut model, Msg::Answer(*request, answer));
    assert_eq!(model.list, list);
}

#[test]
fn a_context_that_does_not_open_changes_nothing() {
    let mut model = two(&["alpha", "beta"]);
    keys(&mut model, "<space>c<enter>");
    let (request, list) = (last(&model), model.list.clone());
    let why = Err("the secret was refused. Set it again.".to_owned());
    assert_eq!(send(&mut model, Msg::Answer(request, Answer::ContextOpened(why))), []);
    assert_eq!((&model.list, model.contexts.active.as_str()), (&list, "plan"));
    assert_eq!(said(&model), "Not switched to contoso: the secret was refused. Set it again.");
    assert_eq!(model.contexts.opening, None);
}

// E1: opening may take for ever; the list can be used, and escape ends it.
#[test]
fn escape_stops_opening_and_the_list_stays() {
    let mut model = two(&["alpha", "beta"]);
    keys(&mut model, "c<enter>");
    let request = last(&model);
    keys(&mut model, "j<space>");
    assert_eq!(model.list.marks, [id(2)].into());
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    assert_eq!(said(&model), "Not switched; plan stays open.");
    // An answer on its way is dropped.
    let before = model.clone();
    let ready = Ok(Ready { capabilities: live(), place: Box::default() });
    assert_eq!(send(&mut model, Msg::Answer(request, Answer::ContextOpened(ready))), []);
    assert_eq!(model, before);
}

// C7: what was typed is asked about first; a draft goes to the context it was typed in.
#[test]
fn a_changed_form_is_asked_about_before_the_switch() {
    let mut model = two(&["alpha"]);
    keys(&mut model, "nx<ctrl-o><enter>");
    assert_eq!(model.modals, [Modal::Leave { at: 1, quit: false }]);
    // Staying keeps the form, and nothing happens later.
    keys(&mut model, "<esc>");
    assert!(model.screens.form().is_some() && model.contexts.wanted.is_none());
    assert_eq!(keys(&mut model, "<ctrl-o><enter><up><enter>"), []);
    assert!(model.screens.form().is_some() && model.contexts.wanted.is_none());
    let effects = keys(&mut model, "<ctrl-o><enter><enter>");
    let [Effect::KeepDraft { request, .. }] = &effects[..] else { panic!("{effects:?}") };
    // The switch waits for the draft.
    let effects = send(&mut model, Msg::Answer(*request, Answer::DraftKept(Ok(()))));
    let [Effect::ReadDrafts { .. }, open] = &effects[..] else { panic!("{effects:?}") };
    let request = last(&model);
    assert_eq!(open, &Effect::OpenContext { request, name: "contoso".into() });
    let ready = Ok(Ready { capabilities: live(), place: Box::default() });
    send(&mut model, Msg::Answer(request, Answer::ContextOpened(ready)));
    assert!(!model.waiting.values().any(|it| *it == Waiting::CountDrafts));
}

#[test]
fn a_form_begun_while_a_context_opens_is_not_taken_away() {
    let mut model = two(&["alpha"]);
    keys(&mut model, "c<enter>");
    let request = last(&model);
    keys(&mut model, "nx");
    let ready = Ok(Ready { capabilities: live(), place: Box::default() });
    assert_eq!(send(&mut model, Msg::Answer(request, Answer::ContextOpened(ready))), []);
    assert!(model.screens.form().is_some());
    assert_eq!(model.contexts.active, "plan");
    assert!(said(&model).contains("finish that, then switch again"), "{}", said(&model));
}

#[test]
fn a_deletion_under_way_is_waited_for() {
    let mut model = two(&["alpha"]);
    keys(&mut model, "dy");
    assert_eq!(keys(&mut model, "c<enter>"), []);
    assert_eq!(said(&model), "Deleting: wait for the answer, then switch.");
}

#[test]
fn without_another_context_the_key_says_how_to_add_one() {
    let mut model = listing(&["alpha"]);
    assert_eq!(keys(&mut model, "c"), []);
    assert!(model.modals.is_empty() && said(&model).contains("jetbridge context add"));
}

// C1, C7: what is remembered is there at once; the fresh rows take its place in one go.
#[test]
fn remembered_rows_come_first_and_fresh_ones_take_their_place_at_once() {
    let mut model = two(&["alpha"]);
    to_contoso(&mut model);
    let request = last(&model);
    let rows = numbered(&["a", "b", "c"]);
    send(&mut model, Msg::Answer(request, Answer::Rows { total: Some(3), rows, done: false }));
    let as_of = at("2026-11-21T18:00:00Z");
    send(&mut model, Msg::Answer(request, Answer::Remembered { as_of: Some(as_of) }));
    assert_eq!(shown(&model), ["a", "b", "c"]);
    assert!(model.list.loaded && model.list.loading == Some(request));
    assert_eq!(model.rows_age().as_deref(), Some("yesterday 18:00"));
    keys(&mut model, "j<space>/c<enter>");
    let answer = Answer::Progress { rows: vec![row(9, "zeta")], reading: far(1, Some(3)) };
    send(&mut model, Msg::Answer(request, answer));
    assert_eq!(model.list.rows.len(), 3, "nothing is mixed with what is remembered");
    assert_eq!(model.list.reading, Some(far(1, Some(3))));
    refreshed(&mut model, &["aa", "b", "c", "cc"]);
    assert_eq!(shown(&model), ["c", "cc"]);
    assert_eq!((here(&model), model.list.marks.clone()), ("c", [id(2)].into()));
    assert_eq!(model.rows_age().as_deref(), Some("09:00"));
    assert_eq!((model.list.loading, model.list.reading), (None, None));
}

#[test]
fn without_remembered_rows_they_are_shown_as_they_come_and_the_cursor_stays() {
    let mut model = two(&["alpha"]);
    to_contoso(&mut model);
    let request = last(&model);
    let progress = |model: &mut Model, rows: Vec<Summary>, have| {
        send(model, Msg::Answer(request, Answer::Progress { rows, reading: far(have, Some(6)) }));
    };
    progress(&mut model, vec![row(5, "e"), row(3, "c")], 2);
    assert_eq!(shown(&model), ["c", "e"]);
    keys(&mut model, "j<space>");
    let line = model.list.at - model.list.top;
    // A row that comes twice is there once.
    progress(&mut model, vec![row(1, "a"), row(3, "c"), row(6, "f")], 5);
    assert_eq!(shown(&model), ["a", "c", "e", "f"]);
    assert_eq!((here(&model), model.list.marks.len()), ("e", 1));
    assert_eq!(model.list.at - model.list.top, line + 1, "as far as there is room above");
    refreshed(&mut model, &["a", "b", "c", "d", "e", "f"]);
    assert_eq!((here(&model), model.list.rows.len()), ("e", 6));
}

// The row under the cursor does not move on the screen while rows come before it.
#[test]
fn the_cursors_row_stays_where_it_is_on_the_screen() {
    let mut model = two(&["alpha"]);
    to_contoso(&mut model);
    let request = last(&model);
    let rows = |from: u128, to: u128| (from..to).map(|n| row(n, &format!("row-{n:04}"))).collect();
    let progress = |model: &mut Model, rows: Vec<Summary>| {
        send(model, Msg::Answer(request, Answer::Progress { rows, reading: far(1, None) }));
    };
    progress(&mut model, rows(500, 600));
    keys(&mut model, "<pgdn><pgdn>jjj");
    let (name, line) = (here(&model).to_owned(), model.list.at - model.list.top);
    progress(&mut model, rows(100, 300));
    assert_eq!((here(&model), model.list.at - model.list.top), (name.as_str(), line));
}

// A cancelled refresh ends at once and leaves the rows.
#[test]
fn escape_cancels_a_refresh_before_anything_else() {
    let mut model = live_list(&["a", "b"]);
    keys(&mut model, "<space>");
    assert_eq!(keys(&mut model, "r"), [Effect::Refresh { request: last(&model) }]);
    let request = last(&model);
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    assert_eq!((shown(&model).len(), model.list.marks.len()), (2, 1));
    assert_eq!(said(&model), "Refresh cancelled; the rows are as they were.");
    assert_eq!(model.list.loading, None);
    // A search being typed is left first.
    keys(&mut model, "r/b");
    assert_eq!(keys(&mut model, "<esc>"), []);
    assert!(model.list.loading.is_some() && model.list.search.is_empty());
}

#[test]
fn a_first_reading_that_breaks_off_leaves_what_came_and_says_so() {
    for cancel in [false, true] {
        let mut model = two(&["alpha"]);
        to_contoso(&mut model);
        let request = last(&model);
        let answer = Answer::Progress { rows: numbered(&["a"]), reading: far(1, Some(3)) };
        send(&mut model, Msg::Answer(request, answer));
        if cancel {
            assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
            assert!(said(&model).contains("incomplete, 1 row came"), "{}", said(&model));
        } else {
            let failed = Answer::LoadFailed(BackendError::Busy);
            send(&mut model, Msg::Answer(request, failed));
        }
        assert_eq!(shown(&model), ["a"]);
        assert!(!model.list.loaded && model.list.error.is_some());
        // Reading again starts from nothing.
        assert_eq!(keys(&mut model, "r"), [Effect::Load { request: last(&model) }]);
        refreshed(&mut model, &["a", "b", "c"]);
        assert_eq!(shown(&model), ["a", "b", "c"]);
        assert_eq!(model.list.error, None);
    }
}

#[test]
fn what_is_to_know_about_fresh_rows_is_said() {
    let mut model = live_list(&["a"]);
    keys(&mut model, "r");
    let request = last(&model);
    let remarks = vec!["2 rows came twice.".to_owned(), "The list grew.".to_owned()];
    let answer = Answer::Refreshed { rows: numbered(&["a"]), as_of: Some(now()), remarks };
    send(&mut model, Msg::Answer(request, answer));
    assert_eq!(said(&model), "2 rows came twice. The list grew.");
}

// C7: why, what to do and how old the rows are, in one line.
#[test]
fn a_failed_refresh_says_how_old_the_rows_are() {
    let mut model = live_list(&["a", "b"]);
    keys(&mut model, "r");
    let request = last(&model);
    let failed = Answer::LoadFailed(BackendError::TimedOut { seconds: 125 });
    send(&mut model, Msg::Answer(request, failed));
    assert_eq!(said(&model), "Not refreshed: no answer within 125 s. Try again.");
    assert_eq!(shown(&model), ["a", "b"]);
    assert_eq!(model.rows_age().as_deref(), Some("09:00"), "the title says how old they are");
    // The whole of it, also once something else was done: the rows are still old.
    for before in ["", "j", "x"] {
        assert_eq!(keys(&mut model, before), []);
        assert_eq!(keys(&mut model, "m"), []);
        let Some(Modal::Message(message)) = model.modals.last() else { panic!("a message") };
        assert_eq!(
            message.lines,
            [
                "Not refreshed: no answer within 125 s. Try again.",
                "The rows in the list are as of 09:00."
            ]
        );
        keys(&mut model, "<esc>");
    }
    // Read again, what was said last is left.
    keys(&mut model, "r");
    let request = last(&model);
    let rows = model.list.rows.iter().cloned().collect();
    let fresh = Answer::Refreshed { rows, as_of: Some(now()), remarks: Vec::new() };
    send(&mut model, Msg::Answer(request, fresh));
    keys(&mut model, "m");
    let Some(Modal::Message(message)) = model.modals.last() else { panic!("a message") };
    assert_eq!(message.lines, ["Not refreshed: no answer within 125 s. Try again."]);
}

#[test]
fn without_anything_said_there_is_no_message() {
    let mut model = listing(&["alpha"]);
    assert_eq!(keys(&mut model, "m"), []);
    assert!(model.modals.is_empty());
    assert_eq!(said(&model), "No messages yet.");
}

#[test]
fn rows_read_a_moment_ago_are_not_read_again_on_coming_back() {
    let mut model = live_list(&["a"]);
    model.list.as_of = Some(now());
    for fresh in [true, false] {
        keys(&mut model, "c<enter>");
        let request = last(&model);
        let ready = Ok(Ready { capabilities: ALL, place: Box::default() });
        send(&mut model, Msg::Answer(request, Answer::ContextOpened(ready)));
        assert_eq!(model.contexts.active, "plan");
        if !fresh {
            send(&mut model, Msg::Clock(at("2026-11-22T10:05:00Z")));
        }
        keys(&mut model, "c<enter>");
        let request = last(&model);
        let ready = Ok(Ready { capabilities: live(), place: Box::default() });
        let effects = send(&mut model, Msg::Answer(request, Answer::ContextOpened(ready)));
        assert_eq!(shown(&model), ["a"]);
        assert_eq!(
            effects.iter().any(|it| matches!(it, Effect::Refresh { .. })),
            !fresh,
            "{effects:?}"
        );
    }
}

#[test]
fn a_read_only_context_says_why_and_what_to_do_instead() {
    for why in [ReadOnly::Fly, ReadOnly::Asked] {
        let mut model = listing(&["alpha"]);
        model.capabilities = closed(why);
        for key in ["n", "C", "d", "u", "D", "I", "R", "L"] {
            model.notice = None;
            assert_eq!(keys(&mut model, key), [], "{key}");
            assert!(model.modals.is_empty() && model.screens.form().is_none(), "{key}");
            assert_eq!(said(&model), why.reason(), "{key}");
        }
        keys(&mut model, "h");
        assert_eq!(said(&model), "This context keeps no history.");
        // The palette comes the same way.
        keys(&mut model, ":clone<enter>");
        assert_eq!(said(&model), why.reason());
    }
}

// What is refused is exactly what writes; moving, marking, copying and searching stay.
#[test]
fn only_what_writes_is_refused() {
    let mut model = listing(&["alpha"]);
    let refused = |model: &Model, place| -> Vec<Action> {
        Keymap::default()
            .of(place)
            .map(|(action, _)| action)
            .filter(|action| model.refused(place, *action).is_some())
            .collect()
    };
    for place in Context::ALL {
        assert_eq!(refused(&model, place), [], "{place:?}");
    }
    model.capabilities = closed(ReadOnly::Fly);
    use Action as A;
    assert_eq!(
        refused(&model, Context::List),
        [
            A::Create,
            A::Clone,
            A::Delete,
            A::Undo,
            A::History,
            A::Drafts,
            A::Deleted,
            A::Sample,
            A::ImportDirectory,
            A::Preflight,
            A::PreflightMenu
        ]
    );
    assert_eq!(refused(&model, Context::Review), [A::Save]);
    assert_eq!(refused(&model, Context::Menu), []);
}

/// Opens a connection of a store that may only be looked at.
fn looking() -> Model {
    let mut model = listing(&["alpha"]);
    model.capabilities = closed(ReadOnly::Asked);
    let effects = keys(&mut model, "<enter>");
    let request = last(&model);
    assert_eq!(effects, [Effect::Open { request, id: id(1) }]);
    let opened = crate::app::msg::Opened {
        connection: connection(1),
        objects: Vec::new(),
        drafts: Vec::new(),
    };
    send(&mut model, Msg::Answer(request, Answer::Opened(Ok(Box::new(opened)))));
    model
}

fn connection(number: u128) -> Connection {
    Connection {
        id: id(number),
        revision: 1,
        name: "alpha".to_owned(),
        description: String::new(),
        kind: ConnectionType::M365Group,
        side: Side::Any,
        answers: Answers::Listed(Listed::default()),
        origin: Origin::Fly,
        created_at: Some(now()),
        created_by: "anna".to_owned(),
        modified_at: Some(now()),
        modified_by: "anna".to_owned(),
    }
}

#[test]
fn a_form_that_is_only_looked_at_takes_no_changes() {
    let mut model = looking();
    let values = model.screens.form().unwrap().values.clone();
    for typed in ["x", "<backspace>", "<ctrl-s>", "<ctrl-u>", "<ctrl-k>"] {
        model.notice = None;
        assert_eq!(keys(&mut model, typed), [], "{typed}");
        assert_eq!(said(&model), ReadOnly::Asked.reason(), "{typed}");
    }
    send(&mut model, Msg::Paste("pasted".to_owned()));
    keys(&mut model, "<home><end><left>");
    let form = model.screens.form().unwrap();
    assert_eq!((&form.values, form.input.value()), (&values, "alpha"));
    // Through every field and back out without a question.
    for _ in 0..40 {
        keys(&mut model, "<tab>");
        let picks = model.modals.len();
        keys(&mut model, "<right><space><del>");
        assert_eq!(model.modals.len(), picks);
    }
    keys(&mut model, "<esc>");
    while model.screens.form().is_some() {
        assert!(model.modals.is_empty());
        keys(&mut model, "<esc>");
    }
}

#[test]
fn enter_on_a_live_row_opens_its_details_and_asks_for_what_they_show() {
    let mut model = live_list(&["alpha", "beta"]);
    let effects = keys(&mut model, "<enter>");
    let (look, projects) = (RequestId(last(&model).0 - 1), last(&model));
    assert_eq!(
        effects,
        [Effect::Look { request: look, id: id(1) }, Effect::Projects { request: projects }]
    );
    assert_eq!(model.modals, [Modal::Details { top: 0 }]);
    assert!(model.screens.form().is_none());
    send(
        &mut model,
        Msg::Answer(look, Answer::Looked(Ok(Box::new(crate::testing::details(connection(1)))))),
    );
    let project = Project {
        name: "EMEA".to_owned(),
        source: ConnectionType::Exchange,
        destination: ConnectionType::M365Group,
    };
    let answer = Answer::Projects(Ok(vec![project.clone()]));
    assert_eq!(send(&mut model, Msg::Answer(projects, answer)), []);
    assert_eq!(model.live.projects, Projects::Known(vec![project]));
    // The next row asks for itself only; the projects stay.
    let effects = keys(&mut model, "l");
    assert_eq!(effects, [Effect::Look { request: last(&model), id: id(2) }]);
    // On once more before the answer: the first is not wanted any more.
    let request = last(&model);
    let effects = keys(&mut model, "h");
    assert_eq!(
        effects,
        [Effect::Cancel { request }, Effect::Look { request: last(&model), id: id(1) }]
    );
    keys(&mut model, "<esc>");
    assert!(model.modals.is_empty());
    assert_eq!(keys(&mut model, "j"), [], "nothing is asked for what is not shown");
}

#[test]
fn the_pane_asks_again_for_what_failed_and_for_what_is_new() {
    let mut model = live_list(&["alpha"]);
    keys(&mut model, "<tab>");
    let (look, projects) = (RequestId(last(&model).0 - 1), last(&model));
    send(&mut model, Msg::Answer(look, Answer::Looked(Err(BackendError::NotFound))));
    send(&mut model, Msg::Answer(projects, Answer::Projects(Err(BackendError::Busy))));
    assert_eq!(model.live.projects, Projects::Failed(BackendError::Busy));
    assert_eq!(keys(&mut model, "k"), []);
    let effects = keys(&mut model, "r");
    let kinds: Vec<bool> = effects
        .iter()
        .map(|it| matches!(it, Effect::Look { .. } | Effect::Projects { .. }))
        .collect();
    assert_eq!(kinds, [false, true, true], "{effects:?}");
    // The fresh rows make what was read beside the old ones worthless.
    let effects = refreshed(&mut model, &["alpha"]);
    assert!(effects.iter().any(|it| matches!(it, Effect::Projects { .. })), "{effects:?}");
    let Some(Looked { answer: None, request: Some(_), .. }) = &model.live.looked else {
        panic!("{:?}", model.live.looked)
    };
}
