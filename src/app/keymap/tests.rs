//! Tests of the keymap.

use super::super::Context as C;
use super::*;

fn overrides(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    pairs
        .iter()
        .map(|(name, keys)| ((*name).to_owned(), keys.iter().map(|it| (*it).to_owned()).collect()))
        .collect()
}

#[test]
fn the_defaults_have_no_conflict() {
    assert_eq!(Keymap::with(&BTreeMap::new()).err(), None);
    for (_, _, keys) in DEFAULTS {
        for key in *keys {
            assert!(key.parse::<Key>().is_ok(), "{key}");
        }
    }
}

#[test]
fn every_action_can_be_reached_and_named() {
    let map = Keymap::default();
    for action in Action::ALL {
        assert!(Context::ALL.iter().any(|it| !map.keys(*it, *action).is_empty()), "{action:?}");
        assert_eq!(Action::ALL.iter().filter(|it| it.slug() == action.slug()).count(), 1);
    }
    for context in Context::ALL {
        assert!(!map.keys(context, Action::Back).is_empty(), "{context:?}");
        assert!(!map.keys(context, Action::Quit).is_empty(), "{context:?}");
    }
}

/// What is needed to work at all has a key without a letter or sign, because these are elsewhere
/// on other keyboard layouts; everything else is in the palette, which has one.
#[test]
fn basic_actions_need_no_letters() {
    use Action as A;
    let map = Keymap::default();
    let everywhere = |place, action| map.keys(place, action).iter().any(|it| it.is_everywhere());
    let basic: &[(Context, &[Action])] = &[
        (
            C::List,
            &[
                A::Up,
                A::Down,
                A::PageUp,
                A::PageDown,
                A::Top,
                A::Bottom,
                A::Open,
                A::Create,
                A::Delete,
                A::Undo,
                A::Search,
                A::Filter,
                A::Mark,
                A::Details,
                A::Refresh,
                A::Permissions,
                A::Back,
                A::Help,
                A::Palette,
                A::Commands,
                A::Message,
            ],
        ),
        (C::Search, &[A::Up, A::Down, A::Activate, A::Back, A::Help]),
        (C::Filter, &[A::Up, A::Down, A::Toggle, A::ClearFilter, A::Activate, A::Back]),
        (
            C::Form,
            &[
                A::NextField,
                A::PrevField,
                A::NextStep,
                A::PrevStep,
                A::Left,
                A::Right,
                A::Toggle,
                A::Activate,
                A::Save,
                A::ClearField,
                A::Back,
                A::Palette,
                A::Help,
            ],
        ),
        (
            C::FormText,
            &[A::NextField, A::PrevField, A::NextStep, A::Save, A::Back, A::Palette, A::Help],
        ),
        (C::Review, &[A::Up, A::Down, A::Save, A::Activate, A::Back, A::Palette, A::Help]),
        (
            C::Permissions,
            &[A::Up, A::Down, A::Left, A::Right, A::Toggle, A::NextPane, A::NextTab, A::PrevTab],
        ),
        (C::Audit, &[A::Up, A::Down, A::Activate, A::Search, A::Filter, A::Details, A::Refresh]),
        (C::Diff, &[A::Up, A::Down, A::Activate, A::Search, A::NextTab, A::PrevTab, A::Refresh]),
        (C::Runbook, &[A::Up, A::Down, A::Toggle, A::Activate, A::Details, A::Undo]),
        (C::Picker, &[A::Up, A::Down, A::Toggle, A::Activate, A::AddObject, A::EditObject]),
        (C::Prompt, &[A::NextField, A::PrevField, A::Activate, A::Back, A::Help]),
        (C::Dialog, &[A::Up, A::Down, A::Left, A::Right, A::Activate, A::Back, A::Help]),
        (C::Menu, &[A::Up, A::Down, A::Activate, A::Delete, A::Back, A::Help]),
    ];
    for (place, actions) in basic {
        for action in *actions {
            assert!(everywhere(*place, *action), "{action:?} in {place:?}");
        }
    }
    for place in Context::ALL.into_iter().filter(|it| !map.keys(*it, A::Palette).is_empty()) {
        assert!(everywhere(place, A::Palette), "{place:?}");
    }
}

#[test]
fn redraw_is_redraw_everywhere() {
    let key: Key = "ctrl-l".parse().unwrap();
    for place in Context::ALL {
        assert_eq!(Keymap::default().resolve(place, key), Some(Action::Redraw), "{place:?}");
    }
}

#[test]
fn an_override_replaces_the_keys_of_its_action() {
    let map = Keymap::with(&overrides(&[("delete", &["ctrl-d"])])).unwrap();
    assert_eq!(map.hint(Context::List, Action::Delete), "ctrl-d");
    assert_eq!(map.resolve(Context::List, Key::char('d')), None);
}

#[test]
fn all_problems_are_reported_at_once() {
    let problems = Keymap::with(&overrides(&[
        ("delte", &["d"]),
        ("create", &["d"]),
        ("sort", &["ctrl-ctrl"]),
        ("quit", &[]),
        ("activate", &["ctrl-j"]),
        ("reveal", &["j"]),
    ]))
    .unwrap_err();
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(text.iter().any(|it| it.contains("did you mean delete?")), "{text:?}");
    assert!(text.iter().any(|it| it.contains("both create and delete in Connections")), "{text:?}");
    assert!(text.iter().any(|it| it.contains("not a key")), "{text:?}");
    assert!(text.iter().any(|it| it.contains("quit must keep")), "{text:?}");
}

#[test]
fn a_plain_key_applies_where_no_text_is_typed() {
    let map = Keymap::with(&overrides(&[("next-field", &["j"]), ("quit", &["q", "Q"])])).unwrap();
    assert_eq!(map.resolve(Context::Form, Key::char('j')), Some(Action::NextField));
    assert_eq!(map.hint(Context::FormText, Action::NextField), "tab");
    assert_eq!(map.resolve(Context::List, Key::char('Q')), Some(Action::Quit));
    // Where q closes, it goes on closing; where it is typed, ctrl-c still quits.
    assert_eq!(map.resolve(Context::Menu, Key::char('q')), Some(Action::Back));
    assert_eq!(map.hint(Context::FormText, Action::Quit), "ctrl-c");
    let problems = Keymap::with(&overrides(&[("save-copy", &["x"]), ("add", &["x"])])).unwrap_err();
    assert!(
        problems.iter().any(|it| it.to_string().contains("add: x is typed as text")),
        "{problems:?}"
    );
}
