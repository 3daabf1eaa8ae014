//! The commands that do the same as the screen: exactly which, and how they are copied.

use super::*;
use crate::app::equivalent::{Equivalent, of};
use crate::app::model::NoticeTone;
use crate::app::{Action, Context, Modal};
use crate::domain::context::ContextKind;
use crate::domain::health::Level;
use crate::domain::{ConnectionType, Side};
use crate::permissions::Scenario;

fn command(model: &Model, action: Action) -> String {
    match of(model, model.context(), action) {
        Equivalent::Command(text) => text,
        Equivalent::OnlyOnScreen(why) => panic!("{action:?}: {why}"),
    }
}

fn offered(model: &Model) -> Vec<String> {
    match model.modals.last() {
        Some(Modal::Commands(it)) => it.items.iter().map(|it| it.1.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_list_is_reported_with_its_filter_and_order() {
    let mut model = listing(&["alpha", "beta"]);
    assert_eq!(command(&model, Action::Refresh), "jetbridge list");
    model.list.filter.types.extend([ConnectionType::Device, ConnectionType::M365Group]);
    model.list.filter.sides.insert(Side::Source);
    model.list.filter.levels.insert(Level::Good);
    model.list.filter.tenants.insert("Contoso & Co".to_owned());
    keys(&mut model, "/it's<enter>sS");
    assert_eq!(
        command(&model, Action::Refresh),
        "jetbridge list --type M365Group --type Device --side source --health ok \
         --tenant 'Contoso & Co' --search 'it'\\''s' --sort type --reverse"
    );
    model.list.search.line = "-x".into();
    assert!(command(&model, Action::Search).contains(" --search=-x "));
}

#[test]
fn what_is_done_to_connections_names_them() {
    let mut model = listing(&["alpha", "beta gamma", "delta"]);
    assert_eq!(command(&model, Action::Open), "jetbridge edit alpha");
    assert_eq!(command(&model, Action::History), "jetbridge show alpha --history");
    assert_eq!(command(&model, Action::Clone), "jetbridge clone alpha NEWNAME");
    assert_eq!(command(&model, Action::Delete), "jetbridge delete alpha --yes");
    keys(&mut model, "<space><space>");
    let both = "jetbridge delete alpha 'beta gamma' --yes";
    assert_eq!(command(&model, Action::Delete), both);
    assert_eq!(
        command(&model, Action::CopyMenu),
        "jetbridge export alpha 'beta gamma' --format csv"
    );
    // In the dialog, and offered there first.
    keys(&mut model, "d");
    assert_eq!(command(&model, Action::Confirm), both);
    keys(&mut model, "!");
    assert_eq!(offered(&model)[0], both);
    // A range that is not ended yet counts, as it does for the deletion.
    let mut model = listing(&["alpha", "beta", "gamma"]);
    keys(&mut model, "vj");
    assert_eq!(command(&model, Action::Delete), "jetbridge delete alpha beta --yes");
    assert!(model.list.range.is_some(), "asking ends no range");
}

/// E4: a name that acts on a terminal, or looks like an option, is shown by its id.
#[test]
fn hostile_names_are_shown_by_their_ids() {
    for name in ["-rf", "a\u{1b}]52;c;eA==\u{7}", "a\nb", "\u{202e}x", " padded", "--yes"] {
        let model = listing(&[name]);
        assert_eq!(command(&model, Action::Open), format!("jetbridge edit {}", id(1)), "{name:?}");
    }
    let model = listing(&["$(reboot); `x` & \"y\""]);
    assert_eq!(command(&model, Action::Open), "jetbridge edit '$(reboot); `x` & \"y\"'");
}

#[test]
fn what_does_not_fit_on_a_command_line_says_so() {
    let names: Vec<String> = (0..2_000).map(|it| format!("connection-{it:04}")).collect();
    let mut model = listing(&names.iter().map(String::as_str).collect::<Vec<_>>());
    keys(&mut model, "a");
    let reported = of(&model, Context::List, Action::Delete);
    assert!(
        matches!(reported, Equivalent::OnlyOnScreen(why) if why.contains("filter")),
        "{reported:?}"
    );
}

#[test]
fn several_contexts_are_named_and_the_sample_is_marked() {
    let info = |name: &str| crate::app::contexts::ContextInfo {
        name: name.to_owned(),
        kind: ContextKind::Store,
        label: None,
        colour: None,
        place: String::new(),
        read_only: false,
        installer: crate::domain::agent::Installer::default(),
    };
    let mut model = listing(&["alpha"]);
    model.contexts.all = vec![info("local"), info("wave-2")];
    model.contexts.active = "wave-2".to_owned();
    assert_eq!(command(&model, Action::Audit), "jetbridge audit --context wave-2");
    model.contexts.active = "local".to_owned();
    assert_eq!(command(&model, Action::Open), "jetbridge edit --context local alpha");
    keys(&mut model, "c");
    let to = command(&model, Action::Activate);
    assert!(to.starts_with("jetbridge --context "), "{to}");
    let mut model = listing(&["alpha"]);
    model.settings.demo = true;
    assert_eq!(command(&model, Action::Refresh), "jetbridge list --demo");
}

/// A pseudonym leads back with --redact only, and there nothing is changed.
#[test]
fn where_names_are_redacted_commands_are_too_and_none_changes_anything() {
    let mut model = listing(&["connection-0123456789"]);
    model.capabilities.read_only = Some(crate::backend::ReadOnly::Redacted);
    assert_eq!(command(&model, Action::Refresh), "jetbridge list --redact");
    assert_eq!(
        command(&model, Action::History),
        "jetbridge show --redact connection-0123456789 --history"
    );
    for action in [Action::Create, Action::Open, Action::Clone, Action::Delete, Action::Sample] {
        let reported = of(&model, Context::List, action);
        assert!(
            matches!(reported, Equivalent::OnlyOnScreen(why) if why.contains("--redact")),
            "{action:?}: {reported:?}"
        );
    }
    keys(&mut model, "!");
    let offered = offered(&model);
    assert!(offered.contains(&"jetbridge audit --redact".to_owned()), "{offered:#?}");
    assert!(!offered.iter().any(|it| it.contains(" delete ")), "{offered:#?}");
}

#[test]
fn a_form_is_shown_by_what_was_changed() {
    let mut model = listing(&["alpha"]);
    keys(&mut model, "n");
    assert_eq!(command(&model, Action::Save), "jetbridge create -f FILE");
    let form = model.screens.form_mut().unwrap();
    form.original.set("name", crate::form::Value::Text("alpha".to_owned()));
    form.values = form.original.clone();
    form.target = Some(crate::backend::Revision { id: id(1), revision: 3 });
    assert_eq!(command(&model, Action::Save), "jetbridge edit alpha");
    let form = model.screens.form_mut().unwrap();
    form.values.set("name", crate::form::Value::Text("alpha 2".to_owned()));
    form.values.set("description", crate::form::Value::Text("it's new".to_owned()));
    assert_eq!(
        command(&model, Action::Save),
        "jetbridge edit alpha --set 'name=alpha 2' --set 'description=it'\\''s new'"
    );
    let form = model.screens.form_mut().unwrap();
    (form.target, form.secrets_from) = (None, Some(id(1)));
    assert_eq!(
        command(&model, Action::Save),
        format!("jetbridge clone {} 'alpha 2' --set 'description=it'\\''s new'", id(1))
    );
}

/// P1: no two scenarios have the same command, and each is understood.
#[test]
fn every_scenario_has_a_command_of_its_own() {
    let mut model = listing(&[]);
    keys(&mut model, "P");
    let mut seen = std::collections::HashSet::new();
    for (at, scenario) in Scenario::all().enumerate() {
        model.screens.permissions_mut().unwrap().scenario = scenario;
        let text = command(&model, Action::Right);
        if at % 97 == 0 {
            let words: Vec<String> = text.split(' ').skip(1).map(str::to_owned).collect();
            assert_eq!(crate::cli::help::parses(&words), Ok(()), "{text}");
        }
        assert!(seen.insert(text), "{scenario:?}");
    }
    assert_eq!(seen.len(), Scenario::count());
}

#[test]
fn a_command_is_chosen_and_sent_to_the_clipboard() {
    let mut model = listing(&["alpha"]);
    assert_eq!(keys(&mut model, "!"), []);
    let all = offered(&model);
    assert_eq!(all[0], "jetbridge list");
    assert!(all.contains(&"jetbridge delete alpha --yes".to_owned()), "{all:#?}");
    assert_eq!(keys(&mut model, "!"), [], "it opens once");
    assert_eq!(model.modals.len(), 1);
    let effects = keys(&mut model, "j<enter>");
    let [Effect::Copy { text }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(text.expose(), all[1]);
    assert!(model.modals.is_empty());
    keys(&mut model, "!<esc>");
    assert!(model.modals.is_empty());
}

#[test]
fn a_place_without_commands_says_so() {
    let mut model = listing(&["alpha"]);
    model.modals.push(Modal::Regenerate { field: "key", at: 0, proof: None });
    keys(&mut model, "!");
    let notice = model.notice.unwrap();
    assert_eq!(notice.tone, NoticeTone::Info);
    assert!(notice.text.contains("No command-line equivalent"), "{}", notice.text);
}
