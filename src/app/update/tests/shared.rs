//! A place that others change too. S3.

use super::{ALL, id, keys, now, row, send, settings};
use crate::app::{Answer, Effect, Model, Msg, RequestId, start};
use crate::backend::{BackendError, Capabilities, Changes, News, Present, Step};
use crate::domain::Summary;

/// A model that nothing was read into yet, of a place that others change too.
fn model() -> Model {
    Model::new((80, 24), now(), settings(), Capabilities { shared: true, ..ALL })
}

/// A list of a team store with these rows, followed from step 5 on.
fn followed(rows: Vec<Summary>) -> (Model, RequestId) {
    let mut model = model();
    let effects = start(&mut model);
    let of = |wanted: fn(&Effect) -> Option<RequestId>| effects.iter().find_map(wanted).unwrap();
    let load = of(|it| if let Effect::Load { request } = it { Some(*request) } else { None });
    let watch = of(|it| if let Effect::Watch { request } = it { Some(*request) } else { None });
    send(&mut model, Msg::Answer(load, Answer::Step(5)));
    let total = Some(rows.len());
    send(&mut model, Msg::Answer(load, Answer::Rows { total, rows, done: true }));
    (model, watch)
}

fn hear(model: &mut Model, watch: RequestId, news: News) -> Vec<Effect> {
    send(model, Msg::Answer(watch, Answer::News(news)))
}

/// The request for what changed after a step.
fn asked(effects: &[Effect]) -> Option<(RequestId, Step)> {
    effects.iter().find_map(|it| match it {
        Effect::Changes { request, since } => Some((*request, *since)),
        _ => None,
    })
}

/// A row as somebody saved it.
fn saved(number: u128, name: &str, by: &str) -> Summary {
    Summary { revision: 2, modified_by: by.into(), ..row(number, name) }
}

fn names(model: &Model) -> Vec<&str> {
    model.list.rows.iter().map(|it| &*it.name).collect()
}

#[test]
fn what_others_change_comes_in_while_cursor_and_marks_stay() {
    let rows = vec![row(1, "alpha"), row(2, "beta"), row(3, "gamma"), row(4, "omega")];
    let (mut model, watch) = followed(rows);
    model.list.marks.extend([id(2), id(4)]);
    model.list.anchor = Some(id(3));
    model.list.at = 2;
    // A step that is known asks for nothing.
    assert_eq!(asked(&hear(&mut model, watch, News::Step(5))), None);
    let effects = hear(&mut model, watch, News::Step(6));
    let (request, since) = asked(&effects).unwrap();
    assert_eq!(since, 5);
    // While that is on its way nothing is asked for twice.
    assert_eq!(asked(&hear(&mut model, watch, News::Step(8))), None);
    let rows = vec![saved(2, "Aardvark", "ben"), row(9, "new")];
    let changes = Changes { step: 7, rows, gone: vec![id(4)] };
    let effects = send(&mut model, Msg::Answer(request, Answer::Changed(Ok(Some(changes)))));
    assert_eq!(names(&model), ["Aardvark", "alpha", "gamma", "new"]);
    assert_eq!(model.list.current().map(|it| it.id), Some(id(3)));
    assert_eq!(model.list.marks, [id(2)].into());
    assert_eq!(model.list.fresh, [id(2), id(9)].into());
    assert!(model.notice.is_some());
    // What was announced meanwhile comes next.
    let (request, since) = asked(&effects).unwrap();
    assert_eq!(since, 7);
    let none = Changes { step: 7, ..Changes::default() };
    let effects = send(&mut model, Msg::Answer(request, Answer::Changed(Ok(Some(none)))));
    // Whatever was announced: no more came of it than that.
    assert_eq!(asked(&effects), None);
    // Who is on a row has seen it.
    keys(&mut model, "<up>");
    keys(&mut model, "<up>");
    assert_eq!(model.list.fresh, [id(9)].into());
}

#[test]
fn too_much_is_read_again_whole_and_a_failure_waits_for_the_next_word() {
    let (mut model, watch) = followed(vec![row(1, "alpha")]);
    let (request, _) = asked(&hear(&mut model, watch, News::Step(6))).unwrap();
    let failed = Answer::Changed(Err(BackendError::Busy));
    assert_eq!(asked(&send(&mut model, Msg::Answer(request, failed))), None);
    assert_eq!(names(&model), ["alpha"]);
    let (request, since) = asked(&hear(&mut model, watch, News::Step(6))).unwrap();
    assert_eq!(since, 5);
    let effects = send(&mut model, Msg::Answer(request, Answer::Changed(Ok(None))));
    assert!(matches!(effects[..], [Effect::Refresh { .. }]), "{effects:?}");
}

#[test]
fn while_the_server_is_away_nothing_is_lost_and_nothing_is_changed() {
    let (mut model, watch) = followed(vec![row(1, "alpha"), row(2, "beta")]);
    let as_of = model.now;
    let away = || News::Away { as_of, why: "the line broke".into() };
    hear(&mut model, watch, away());
    assert_eq!(model.list.as_of, Some(as_of));
    assert!(model.notice.as_ref().unwrap().text.contains("the line broke"));
    for key in ["n", "d", "D"] {
        let effects = keys(&mut model, key);
        assert!(effects.is_empty() && model.modals.is_empty(), "{key}: {effects:?}");
        assert!(model.screens.form().is_none(), "{key}");
    }
    // Moving and searching answer.
    keys(&mut model, "<down>");
    assert_eq!(model.list.current().map(|it| it.id), Some(id(2)));
    // A step that is heard late asks nobody.
    assert_eq!(asked(&hear(&mut model, watch, News::Step(9))), None);
    hear(&mut model, watch, away());
    let here = News::Here(model.capabilities);
    let effects = hear(&mut model, watch, here);
    let (request, since) = asked(&effects).unwrap();
    assert_eq!(since, 5);
    assert_eq!(model.list.as_of, Some(as_of), "not before it is known what changed");
    let changes = Changes { step: 9, rows: vec![saved(1, "alpha", "ben")], gone: Vec::new() };
    send(&mut model, Msg::Answer(request, Answer::Changed(Ok(Some(changes)))));
    assert_eq!((model.list.as_of, model.shared.away.clone()), (None, None));
}

#[test]
fn a_list_that_was_never_read_is_read_once_the_server_is_there() {
    let mut model = model();
    let effects = start(&mut model);
    let [Effect::Load { request: load }, Effect::Watch { request: watch }, ..] = effects[..] else {
        panic!("{effects:?}")
    };
    let error = BackendError::Busy;
    send(&mut model, Msg::Answer(load, Answer::LoadFailed(error)));
    let as_of = model.now;
    hear(&mut model, watch, News::Away { as_of, why: "refused".into() });
    assert_eq!(model.list.as_of, None, "there is nothing that could be old");
    let here = News::Here(model.capabilities);
    let effects = hear(&mut model, watch, here);
    // Drafts as well: what was kept here while it was away goes to it with that.
    let read = matches!(effects[..], [Effect::ReadDrafts { .. }, Effect::Load { .. }]);
    assert!(read, "{effects:?}");
}

#[test]
fn the_list_of_the_last_time_is_shown_until_it_is_known_what_changed() {
    let mut model = model();
    let effects = start(&mut model);
    let [Effect::Load { request: load }, Effect::Watch { request: watch }, ..] = effects[..] else {
        panic!("{effects:?}")
    };
    let as_of = model.now;
    send(&mut model, Msg::Answer(load, Answer::Step(3)));
    let rows = vec![row(1, "alpha")];
    send(&mut model, Msg::Answer(load, Answer::Rows { total: Some(1), rows, done: false }));
    send(&mut model, Msg::Answer(load, Answer::Remembered { as_of: Some(as_of) }));
    assert_eq!((names(&model), model.list.as_of), (vec!["alpha"], Some(as_of)));
    // The load itself asks for what changed.
    assert_eq!(asked(&hear(&mut model, watch, News::Step(4))), None);
    let changes = Changes { step: 4, rows: vec![row(2, "beta")], gone: Vec::new() };
    let effects = send(&mut model, Msg::Answer(load, Answer::Changed(Ok(Some(changes)))));
    assert_eq!(asked(&effects), None);
    assert_eq!((names(&model), model.list.as_of), (vec!["alpha", "beta"], None));
    assert_eq!(model.list.loading, None);
}

#[test]
fn who_else_has_a_connection_open_is_in_its_details() {
    let (mut model, watch) = followed(vec![row(1, "alpha")]);
    let since = model.now;
    let present = vec![Present { connection: id(1), by: "ben".into(), since }];
    hear(&mut model, watch, News::Present(present));
    assert!(model.open_elsewhere(id(1)).unwrap().starts_with("ben since "));
    assert_eq!(model.open_elsewhere(id(2)), None);
    hear(&mut model, watch, News::Present(Vec::new()));
    assert_eq!(model.open_elsewhere(id(1)), None);
}
