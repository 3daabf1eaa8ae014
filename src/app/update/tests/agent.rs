//! Fetching the device agent from the form. D7, E1.

use super::forms::{device_source, go, open};
use super::*;
use crate::app::contexts::{ContextInfo, ContextKind, Ready};
use crate::app::model::{Fetching, NoticeTone};
use crate::app::{Action, Context, Modal, equivalent};
use crate::domain::agent::{Checks, Installer, Sha256};

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
        checks: VERIFIED,
        unverified: false,
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
    assert!(model.screens.form().is_some() && model.fetching.is_none());
    let late = Answer::AgentProgress { done: 1, total: None };
    let before = model.clone();
    send(&mut model, Msg::Answer(request, late));
    assert_eq!(model, before);
    keys(&mut model, "<esc>");
    assert!(model.screens.form().is_none());
}

#[test]
fn it_outlives_the_form_and_stops_from_the_list() {
    let mut model = at_agent();
    let request = fetch(&mut model);
    // As a save does.
    model.screens.close(crate::app::ScreenKind::Form);
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
    model.settings.installer.url = None;
    assert_eq!(keys(&mut model, "d"), []);
    assert!(model.modals.is_empty());
    assert!(model.notice.unwrap().text.contains("download_url under [agent]"));
}

/// Nothing can be compared with it: it is downloaded only after the word was typed.
#[test]
fn without_a_hash_the_word_must_be_typed() {
    for (typed, accepted) in [("", false), ("y", false), ("verified", false), ("unverified", true)]
    {
        let mut model = at_agent();
        model.settings.installer.checks = Checks::default();
        keys(&mut model, "d");
        let command = equivalent::of(&model, Context::Prompt, Action::Activate);
        assert!(format!("{command:?}").contains("--unverified"), "{command:?}");
        assert_eq!(keys(&mut model, "<enter>"), []);
        let effects = keys(&mut model, &format!("{typed}<enter>"));
        let asked = matches!(&effects[..], [Effect::FetchAgent { unverified: true, .. }]);
        assert_eq!(asked, accepted, "{typed}: {effects:?}");
        if !accepted {
            let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!("{typed}") };
            assert!(prompt.error.as_deref().unwrap().contains("type unverified"), "{prompt:?}");
        }
    }
}

#[test]
fn an_empty_path_is_asked_for_again() {
    let mut model = at_agent();
    assert_eq!(keys(&mut model, "d<ctrl-u><enter>"), []);
    let Some(Modal::Prompt(prompt)) = model.modals.last() else { panic!() };
    assert_eq!(prompt.error.as_deref(), Some("enter the path of the file"));
}

fn context(name: &str, digit: u8) -> ContextInfo {
    let url = Some(format!("https://{name}.example/Agent.msi"));
    let checks = Checks { sha256: Some(Sha256([digit; 32])), ..Checks::default() };
    ContextInfo {
        name: name.to_owned(),
        kind: ContextKind::Store,
        label: None,
        colour: None,
        place: String::new(),
        read_only: false,
        installer: Installer { url, checks },
    }
}

/// What belongs to a context is that of the one that is shown, also after a switch: the agent's
/// address and digest, and the name under which it is audited.
#[test]
fn after_a_switch_everything_is_of_the_context_that_is_shown() {
    let mut model = listing(&["taken"]);
    model.contexts.all = vec![context("one", 1), context("two", 2)];
    model.contexts.active = "one".to_owned();
    for (name, digit) in [("one", 1), ("two", 2), ("one", 1)] {
        if model.contexts.active != name {
            keys(&mut model, "c<enter>");
            let ready = Ok(Ready { capabilities: ALL, place: Box::default() });
            let request = last(&model);
            send(&mut model, Msg::Answer(request, Answer::ContextOpened(ready)));
            let request = model.list.loading.unwrap();
            let rows = vec![row(1, "taken")];
            send(&mut model, Msg::Answer(request, Answer::Rows { total: None, rows, done: true }));
        }
        assert_eq!(model.contexts.active, name);
        let effects = keys(&mut model, "A");
        let audited = effects.iter().find_map(|it| match it {
            Effect::Audit { of, .. } => Some(of.as_str()),
            _ => None,
        });
        assert_eq!(audited, Some(name));
        keys(&mut model, "<esc>");
        open(&mut model, device_source(), Vec::new());
        go(&mut model, "agent");
        keys(&mut model, "d");
        let effects = keys(&mut model, "<enter>");
        let [Effect::FetchAgent { from, checks, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(*from, format!("https://{name}.example/Agent.msi"));
        assert_eq!(checks.sha256, Some(Sha256([digit; 32])));
        let request = last(&model);
        send(&mut model, Msg::Answer(request, Answer::AgentFetched(Ok(String::new()))));
        keys(&mut model, "<esc>");
        assert!(model.screens.form().is_none(), "{:?}", model.modals);
    }
}
