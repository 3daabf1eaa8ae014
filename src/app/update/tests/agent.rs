//! Fetching the device agent from the form. D7, E1.

use super::forms::{device_source, go, open};
use super::*;
use crate::app::Modal;
use crate::app::model::{Fetching, NoticeTone};
use crate::domain::agent::Checks;

/// A device form on its agent field.
fn at_agent() -> Model {
    let mut model = listing(&["taken"]);
    open(&mut model, device_source(), Vec::new());
    go(&mut model, "agent");
    model
}

fn fetch(model: &mut Model) -> RequestId {
    assert_eq!(keys(model, "d"), []);
    assert!(matches!(model.modals.last(), Some(Modal::Prompt(_))), "{:?}", model.modals);
    let effects = keys(model, "<enter>");
    let request = last(model);
    let wanted = Effect::FetchAgent {
        request,
        from: "https://agent.example/DeviceAgent.msi".to_owned(),
        to: "~/DeviceAgent.msi".into(),
        checks: Checks::default(),
    };
    assert_eq!(effects, [wanted]);
    assert!(model.modals.is_empty());
    request
}

#[test]
fn d7_the_agent_is_fetched_while_the_form_goes_on() {
    let mut model = at_agent();
    let request = fetch(&mut model);
    assert_eq!(model.busy(), Some("Fetching the agent"));
    for done in [10, 20] {
        let answer = Answer::AgentProgress { done, total: Some(90) };
        assert_eq!(send(&mut model, Msg::Answer(request, answer)), []);
        assert_eq!(model.fetching, Some(Fetching { request, done, total: Some(90) }));
    }
    // Nothing is in the way meanwhile.
    assert_eq!(keys(&mut model, "<tab>"), []);
    assert_eq!(model.waiting.len(), 1);
    send(&mut model, Msg::Answer(request, Answer::AgentFetched(Ok("It is there.".to_owned()))));
    assert_eq!((model.fetching, model.waiting.len()), (None, 0));
    let notice = model.notice.unwrap();
    assert_eq!((notice.tone, notice.text.as_str()), (NoticeTone::Done, "It is there."));
}

#[test]
fn esc_stops_the_download_before_it_leaves_the_form() {
    let mut model = at_agent();
    let request = fetch(&mut model);
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    assert!(model.form.is_some() && model.fetching.is_none());
    let late = Answer::AgentProgress { done: 1, total: None };
    let before = model.clone();
    send(&mut model, Msg::Answer(request, late));
    assert_eq!(model, before);
    keys(&mut model, "<esc>");
    assert!(model.form.is_none());
}

#[test]
fn it_outlives_the_form_and_stops_from_the_list() {
    let mut model = at_agent();
    let request = fetch(&mut model);
    // As a save does.
    model.form = None;
    let answer = Answer::AgentProgress { done: 5, total: None };
    send(&mut model, Msg::Answer(request, answer));
    assert!(model.fetching.is_some());
    assert_eq!(keys(&mut model, "<esc>"), [Effect::Cancel { request }]);
    assert_eq!(model.fetching, None);
}

#[test]
fn a_second_one_waits_for_the_first() {
    let mut model = at_agent();
    fetch(&mut model);
    assert_eq!(keys(&mut model, "d"), []);
    assert!(model.modals.is_empty());
    assert!(model.notice.unwrap().text.contains("already"));
}

#[test]
fn without_a_location_it_says_where_to_set_one() {
    let mut model = at_agent();
    model.settings.agent_url = None;
    assert_eq!(keys(&mut model, "d"), []);
    assert!(model.modals.is_empty());
    assert!(model.notice.unwrap().text.contains("download_url under [agent]"));
}

#[test]
fn an_empty_path_is_asked_for_again() {
    let mut model = at_agent();
    assert_eq!(keys(&mut model, "d<ctrl-u><enter>"), []);
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!() };
    assert_eq!(prompt.error.as_deref(), Some("enter the path of the file"));
}
