//! The Connections screen.

use super::*;
use crate::app::Modal;
use crate::app::modal::DeleteDialog;
use crate::backend::BackendError;
use crate::domain::removal::{Outcome, Target};
use crate::domain::{ConnectionType, Secret};

#[test]
fn c1_the_first_page_is_shown_before_the_rest() {
    let mut model = Model::new((80, 24), now(), settings(), ALL);
    start(&mut model);
    let request = RequestId(1);
    let first = Answer::Rows { total: Some(3), rows: vec![row(1, "a")], done: false };
    send(&mut model, Msg::Answer(request, first));
    assert_eq!(shown(&model), ["a"]);
    assert!(!model.list.loaded);
    let rest = Answer::Rows { total: None, rows: vec![row(2, "b"), row(3, "c")], done: true };
    send(&mut model, Msg::Answer(request, rest));
    assert_eq!(shown(&model), ["a", "b", "c"]);
    assert!(model.list.loaded);
}

/// Whatever is pressed while pages come, the list is as if it had come at once.
#[test]
fn pages_lead_to_the_list_that_would_have_come_at_once() {
    let names: Vec<String> = (0..60).map(|it| format!("row-{it:03}")).collect();
    let rows = |from: usize, to: usize| {
        let some = names.iter().zip(1u128..).skip(from).take(to - from);
        some.map(|(name, number)| row(number, name)).collect::<Vec<_>>()
    };
    for pressed in
        ["", "j", "jj", "G", "Gk", "/row-01<enter>", "/4", "s", "S", "jjs", "<space>j", "Ggg"]
    {
        let mut model = Model::new((80, 24), now(), settings(), ALL);
        start(&mut model);
        for (from, to, done) in [(0, 20, false), (20, 35, false), (35, 60, true)] {
            let answer = Answer::Rows { total: Some(60), rows: rows(from, to), done };
            send(&mut model, Msg::Answer(RequestId(1), answer));
            if from == 0 {
                keys(&mut model, pressed);
            }
            let (stepwise, at, top) = (model.list.shown.clone(), model.list.at, model.list.top);
            super::super::list::refresh_view(&mut model);
            assert_eq!(stepwise, model.list.shown, "{pressed:?}, {to} rows");
            assert_eq!((at, top), (model.list.at, model.list.top), "{pressed:?}, {to} rows");
        }
    }
}

#[test]
fn c3_search_narrows_per_key_and_the_cursor_comes_back() {
    let mut model = listing(&["alpha", "beta-groups", "gamma-groups"]);
    keys(&mut model, "j");
    assert_eq!(here(&model), "beta-groups");
    keys(&mut model, "/GAM");
    assert_eq!(shown(&model), ["gamma-groups"]);
    assert_eq!(here(&model), "gamma-groups");
    keys(&mut model, "<esc>");
    assert_eq!(here(&model), "beta-groups");
    // Accepting the search moves to what it led to.
    keys(&mut model, "/gam<enter><esc>");
    assert_eq!(here(&model), "gamma-groups");
    assert_eq!(shown(&model).len(), 3);
}

#[test]
fn c3_marks_survive_search_sort_and_refresh() {
    let mut model = listing(&["alpha", "beta", "gamma"]);
    keys(&mut model, "<space>/gam<enter>sS<esc>");
    assert_eq!(model.list.marks, [id(1)].into());
    let effects = keys(&mut model, "r");
    let [Effect::Load { request }, Effect::ReadDrafts { .. }, Effect::ReadPreflights { .. }] =
        effects[..]
    else {
        panic!("{effects:?}")
    };
    // The old rows stay until the new ones are complete; a row that is gone loses its mark.
    assert_eq!(shown(&model).len(), 3);
    let answer = Answer::Rows { total: Some(1), rows: vec![row(2, "beta")], done: false };
    send(&mut model, Msg::Answer(request, answer));
    assert_eq!(shown(&model).len(), 3);
    let answer = Answer::Rows { total: None, rows: vec![row(3, "gamma")], done: true };
    send(&mut model, Msg::Answer(request, answer));
    assert_eq!(model.list.rows.len(), 2);
    assert_eq!(model.list.marks, [].into());
}

#[test]
fn c7_a_failed_refresh_keeps_the_rows() {
    let mut model = listing(&["alpha", "beta"]);
    keys(&mut model, "<space>r");
    let failed = Answer::LoadFailed(BackendError::Busy);
    let request = last(&model);
    send(&mut model, Msg::Answer(request, failed));
    assert_eq!(shown(&model), ["alpha", "beta"]);
    assert_eq!(model.list.marks, [id(1)].into());
    assert_eq!(model.list.error, Some(BackendError::Busy));
    assert!(model.notice.unwrap().text.contains("try again"));
}

#[test]
fn c2_filters_combine_with_search_and_one_key_clears_them() {
    let mut model = listing(&["alpha-a", "beta-a", "gamma"]);
    let mut rows: Vec<Summary> = model.list.rows.iter().cloned().collect();
    if let Some(row) = rows.get_mut(1) {
        row.kind = ConnectionType::Device;
    }
    model.list.rows.merge(rows, [].into());
    // The first facet is Microsoft 365 Groups, the second Devices.
    keys(&mut model, "fj<space><enter>");
    assert_eq!(shown(&model), ["beta-a"]);
    keys(&mut model, "/alpha<enter>");
    assert_eq!(shown(&model), Vec::<String>::new());
    keys(&mut model, "x");
    assert_eq!(shown(&model).len(), 3);
    assert!(model.list.filter.is_empty());
    // Esc in the panel brings the former filter back.
    keys(&mut model, "f<space><esc>");
    assert!(model.list.filter.is_empty());
}

#[test]
fn c5_ranges_all_and_invert_mark_what_is_shown() {
    let mut model = listing(&["a", "b", "c", "d", "x"]);
    keys(&mut model, "vjjv");
    assert_eq!(model.list.marks, [id(1), id(2), id(3)].into());
    keys(&mut model, "/d<enter>a<esc>");
    assert_eq!(model.list.marks.len(), 4);
    keys(&mut model, "i");
    assert_eq!(model.list.marks, [id(5)].into());
    keys(&mut model, "<esc>");
    assert!(model.list.marks.is_empty());
    keys(&mut model, "g<shift-down><shift-down>");
    assert_eq!(model.list.marks, [id(1), id(2), id(3)].into());
}

#[test]
fn c5_delete_names_its_targets_and_counts_hidden_ones() {
    let mut model = listing(&["alpha", "beta", "gamma"]);
    keys(&mut model, "<space><space>/gam<enter>");
    assert_eq!(keys(&mut model, "d"), []);
    let Some(Modal::Delete(DeleteDialog { plan, at, .. })) = model.modals.last() else {
        panic!("{:?}", model.modals)
    };
    let names: Vec<&str> = plan.targets.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["alpha", "beta"]);
    assert_eq!((plan.hidden, *at), (2, 0));
    // None of them is in sight, so their number must be typed: neither enter nor y is enough.
    assert_eq!(keys(&mut model, "y<enter>"), []);
    assert_eq!(model.modals.len(), 1);
    keys(&mut model, "<esc>");
    assert!(model.modals.is_empty());
    let targets = vec![
        Target { id: id(1), name: "alpha".to_owned(), revision: 1 },
        Target { id: id(2), name: "beta".to_owned(), revision: 1 },
    ];
    let effects = keys(&mut model, "d2<enter>");
    assert_eq!(effects, [Effect::Delete { request: last(&model), targets }]);
}

#[test]
fn c5_failures_stay_marked_and_the_rest_can_be_undone() {
    let mut model = listing(&["alpha", "beta"]);
    keys(&mut model, "ady");
    let outcomes = vec![
        Outcome { id: id(1), name: "alpha".to_owned(), result: Ok(2) },
        Outcome { id: id(2), name: "beta".to_owned(), result: Err(BackendError::Busy) },
    ];
    let request = last(&model);
    assert_eq!(send(&mut model, Msg::Answer(request, Answer::Deleted(Ok(outcomes)))), []);
    assert_eq!(shown(&model), ["beta"]);
    let reported = |model: &Model| model.notice.as_ref().unwrap().text.clone();
    assert_eq!(reported(&model), "Deleted alpha; u brings it back. 1 failed.");
    assert_eq!(model.list.marks, [id(2)].into());
    let Some(Modal::Message(message)) = model.modals.pop() else { panic!("no report") };
    assert!(
        message
            .lines
            .iter()
            .any(|line| line.contains("beta") && line.contains("another jetbridge"))
    );
    // The undo is for the deletion that was made, and for none that came later.
    let deleted = Target { id: id(1), name: "alpha".to_owned(), revision: 2 };
    let effects = keys(&mut model, "u");
    let request = last(&model);
    assert_eq!(effects, [Effect::Restore { request, targets: vec![deleted] }]);
    let back = vec![Outcome { id: id(1), name: "alpha".to_owned(), result: Ok(3) }];
    let answer = Answer::Restored(Ok((back, vec![row(1, "alpha")])));
    send(&mut model, Msg::Answer(request, answer));
    assert_eq!(shown(&model), ["alpha", "beta"]);
    assert_eq!((here(&model), &*reported(&model)), ("alpha", "Restored alpha."));
    assert_eq!(keys(&mut model, "u"), []);
    // Several are counted.
    keys(&mut model, "Uady");
    let gone = |number, name: &str| Outcome { id: id(number), name: name.into(), result: Ok(2) };
    let outcomes = vec![gone(1, "alpha"), gone(2, "beta")];
    let request = last(&model);
    send(&mut model, Msg::Answer(request, Answer::Deleted(Ok(outcomes))));
    assert_eq!(reported(&model), "Deleted 2 connections; u brings them back.");
}

#[test]
fn c6_copy_sends_names_of_marks_and_says_so_honestly() {
    let mut model = listing(&["alpha", "beta"]);
    let effects = keys(&mut model, "ay");
    assert_eq!(effects, [Effect::Copy { text: Secret::new("alpha\nbeta") }]);
    assert!(model.notice.as_ref().unwrap().text.starts_with("Sent 2 names"));
}

#[test]
fn c6_sort_keeps_the_cursor_on_its_row() {
    let mut model = listing(&["alpha", "beta", "gamma"]);
    keys(&mut model, "jS");
    assert_eq!(shown(&model), ["gamma", "beta", "alpha"]);
    assert_eq!(here(&model), "beta");
}

#[test]
fn a_read_only_backend_refuses_with_a_reason() {
    let mut model = listing(&["alpha"]);
    model.capabilities.write = false;
    model.capabilities.delete = false;
    model.capabilities.edit_directory = false;
    assert_eq!(keys(&mut model, "dnCDI"), []);
    assert!(model.modals.is_empty() && model.screens.form().is_none());
    assert!(model.notice.unwrap().text.contains("read-only"));
}

#[test]
fn e6_a_tiny_terminal_takes_only_the_way_out() {
    let mut model = listing(&["alpha"]);
    send(&mut model, Msg::Resize(10, 3));
    keys(&mut model, "dn/");
    assert!(model.modals.is_empty() && model.screens.form().is_none() && !model.list.search.typing);
    keys(&mut model, "q");
    assert!(model.quit);
}

#[test]
fn paging_keeps_the_cursor_on_screen() {
    let names: Vec<String> = (0..100).map(|n| format!("row-{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut model = listing(&names);
    let height = model.list_height();
    for step in ["<pgdn>", "<pgdn>", "G", "<pgup>", "k", "g", "<end>"] {
        keys(&mut model, step);
        let list = &model.list;
        assert!(list.top <= list.at && list.at < list.top + height, "{step}");
    }
    send(&mut model, Msg::Resize(80, 12));
    let (list, height) = (&model.list, model.list_height());
    assert!(list.top <= list.at && list.at < list.top + height);
}

#[test]
fn the_order_is_reported_in_words() {
    let mut model = listing(&["alpha"]);
    let mut reported = Vec::new();
    for _ in 0..9 {
        keys(&mut model, "s");
        reported.push(model.notice.as_ref().unwrap().text.clone());
    }
    assert!(
        reported.contains(&"Sorted by who changed it last, ascending.".to_owned()),
        "{reported:?}"
    );
    assert!(reported.contains(&"Sorted by name, ascending.".to_owned()), "{reported:?}");
}

/// Removing and restoring many rows: hash look-ups, never a list within a list.
#[test]
fn ten_times_as_many_rows_removed_and_restored_take_ten_times_the_work() {
    crate::testing::work::assert_linear(|count| {
        let names: Vec<String> = (0..count).map(|it| format!("row {it:05}")).collect();
        let mut model = listing(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let outcomes = |revision| -> Vec<Outcome<BackendError>> {
            let one = |(at, name): (u128, &String)| Outcome {
                id: id(at),
                name: name.clone(),
                result: Ok(revision),
            };
            (1..).zip(&names).map(one).collect()
        };
        keys(&mut model, &format!("ad{count}<enter>"));
        let request = last(&model);
        let gone = Msg::Answer(request, Answer::Deleted(Ok(outcomes(2))));
        let (_, removed) = crate::testing::work::of(|| send(&mut model, gone));
        assert!(shown(&model).is_empty());
        keys(&mut model, "u");
        let request = last(&model);
        let rows = (1..).zip(&names).map(|(at, name)| row(at, name)).collect();
        let back = Msg::Answer(request, Answer::Restored(Ok((outcomes(3), rows))));
        let (_, restored) = crate::testing::work::of(|| send(&mut model, back));
        assert_eq!((shown(&model).len(), model.undo.len()), (count, 0));
        removed + restored
    });
}

// Marked deleted connections come back together.
#[test]
fn several_deleted_connections_are_restored_at_once() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "D");
    let request = last(&model);
    let deleted = |number: u128, name: &str| crate::backend::DeletedConnection {
        row: row(number, name),
        at: model.now,
        by: "anna".to_owned(),
    };
    let gone = vec![deleted(7, "seven"), deleted(8, "eight"), deleted(9, "nine")];
    send(&mut model, Msg::Answer(request, Answer::DeletedList(Ok(gone))));
    let effects = keys(&mut model, "<space><down><space><enter>");
    let [Effect::Restore { targets, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(targets.iter().map(|it| it.id).collect::<Vec<_>>(), [id(7), id(9)]);
    // A second press takes the mark away.
    keys(&mut model, "<home><space><up><space>");
    let Some(Modal::Deleted(menu)) = model.modals.last() else { panic!("no dialog") };
    assert_eq!(menu.marks.len(), 2, "one less, and one more again");
}

/// Three connections with an error, a warning and neither, of two types.
fn levelled() -> Model {
    let mut model = listing(&["alpha", "beta", "gamma"]);
    let mut rows: Vec<Summary> = model.list.rows.iter().cloned().collect();
    rows[0].expires_at = Some(crate::domain::Second::new(model.now.as_second() - 86_400));
    rows[1].expires_at = Some(crate::domain::Second::new(model.now.as_second() + 5 * 86_400));
    rows[2].kind = ConnectionType::Device;
    model.list.rows.merge(rows, [].into());
    model
}

#[test]
fn quick_filters_are_one_key_and_the_same_key_ends_them() {
    for (typed, expected) in [
        ("E", &["alpha"][..]),
        ("EE", &["alpha", "beta", "gamma"]),
        ("W", &["alpha", "beta"]),
        ("WW", &["alpha", "beta", "gamma"]),
        ("EW", &["alpha", "beta"]),
        ("WE", &["alpha"]),
        ("Ex", &["alpha", "beta", "gamma"]),
        ("E<esc>", &["alpha", "beta", "gamma"]),
        // The same keys in the panel, where cancelling brings back what was before.
        ("fE<enter>", &["alpha"]),
        ("fW<enter>", &["alpha", "beta"]),
        ("fEE<enter>", &["alpha", "beta", "gamma"]),
        ("EfW<esc>", &["alpha"]),
    ] {
        let mut model = levelled();
        keys(&mut model, typed);
        assert_eq!(shown(&model), expected, "{typed}");
        assert!(model.modals.is_empty(), "{typed}");
    }
}

#[test]
fn the_next_problem_is_one_key_away_and_around_the_end() {
    for (typed, expected) in [
        (".", "beta"),
        ("..", "alpha"),
        (",", "beta"),
        (",,", "alpha"),
        ("G.", "alpha"),
        ("G,", "beta"),
        // Only among what is shown; the only one is the next one, too.
        ("E.", "alpha"),
        ("/gamma<enter>.", "gamma"),
    ] {
        let mut model = levelled();
        assert_eq!(keys(&mut model, typed), [], "{typed}");
        assert_eq!(here(&model), expected, "{typed}");
        let nothing = model.notice.as_ref().is_some_and(|it| it.text.contains("No problem"));
        assert_eq!(nothing, expected == "gamma", "{typed}");
    }
    let mut model = listing(&[]);
    keys(&mut model, ".,");
    assert_eq!(here(&model), "");
}

#[test]
fn the_panel_is_searched_and_walked_by_section() {
    for (typed, expected) in [
        // The most frequent type comes first.
        ("f<space><enter>", &["alpha", "beta"][..]),
        // The next section is health, worst first; then back around to the types.
        ("f<tab><space><enter>", &["alpha"]),
        ("f<tab><shift-tab><space><enter>", &["alpha", "beta"]),
        // What is typed searches every section, and a space ticks meanwhile.
        ("f/warn<space><enter><enter>", &["beta"]),
        ("f/devices<space><enter><enter>", &["gamma"]),
        ("f/warn<space><esc><enter>", &["beta"]),
        // Nothing is ticked where nothing is found.
        ("f/zzz<space><enter><enter>", &["alpha", "beta", "gamma"]),
        ("f/warn<space><esc><esc>", &["alpha", "beta", "gamma"]),
    ] {
        let mut model = levelled();
        keys(&mut model, typed);
        assert_eq!(shown(&model), expected, "{typed}");
        assert!(model.modals.is_empty(), "{typed}");
    }
}

#[test]
fn the_panel_keeps_its_order_while_counts_change() {
    let mut model = levelled();
    keys(&mut model, "f");
    let order = |model: &Model| match model.modals.last() {
        Some(Modal::Filter(it)) => it.facets.iter().map(|it| it.0.clone()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let before = order(&model);
    // One error, of the more frequent type: the other type has no rows left.
    keys(&mut model, "<tab><space>");
    assert_eq!(order(&model), before);
}
