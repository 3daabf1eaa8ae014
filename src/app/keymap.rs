//! Which key does what, where. Data with defaults, changed by the config, conflicts reported all
//! at once.

use std::collections::{BTreeMap, HashMap};

use super::{Action, Context, Key};

use Action as A;
use Context as C;

/// Default bindings: the action, where it applies, its keys. The first key is the one shown.
/// Arrows and letters side by side (UX.md §4), and no basic action on letters alone: on another
/// keyboard layout they are others; nothing on ctrl-a, ctrl-b, ctrl-space, ctrl-q,
/// which multiplexers and terminals take.
const DEFAULTS: &[(Action, &[Context], &[&str])] = &[
    (
        A::Up,
        &[
            C::List,
            C::Filter,
            C::Dialog,
            C::Menu,
            C::Review,
            C::Permissions,
            C::Audit,
            C::Diff,
            C::Runbook,
        ],
        &["up", "k"],
    ),
    (
        A::Down,
        &[
            C::List,
            C::Filter,
            C::Dialog,
            C::Menu,
            C::Review,
            C::Permissions,
            C::Audit,
            C::Diff,
            C::Runbook,
        ],
        &["down", "j"],
    ),
    (
        A::Up,
        &[C::Search, C::AuditSearch, C::DiffSearch, C::Picker, C::Palette, C::Help],
        &["up", "ctrl-p"],
    ),
    (
        A::Down,
        &[C::Search, C::AuditSearch, C::DiffSearch, C::Picker, C::Palette, C::Help],
        &["down", "ctrl-n"],
    ),
    (
        A::PageUp,
        &[
            C::List,
            C::Search,
            C::Filter,
            C::Picker,
            C::Palette,
            C::Help,
            C::Menu,
            C::Dialog,
            C::Review,
            C::Permissions,
            C::Audit,
            C::AuditSearch,
            C::Diff,
            C::DiffSearch,
            C::Runbook,
        ],
        &["pgup"],
    ),
    (
        A::PageDown,
        &[
            C::List,
            C::Search,
            C::Filter,
            C::Picker,
            C::Palette,
            C::Help,
            C::Menu,
            C::Dialog,
            C::Review,
            C::Permissions,
            C::Audit,
            C::AuditSearch,
            C::Diff,
            C::DiffSearch,
            C::Runbook,
        ],
        &["pgdn"],
    ),
    (A::ScrollUp, &[C::Audit, C::Menu], &["shift-up", "K"]),
    (A::ScrollDown, &[C::Audit, C::Menu], &["shift-down", "J"]),
    (A::ScrollUp, &[C::AuditSearch], &["shift-up"]),
    (A::ScrollDown, &[C::AuditSearch], &["shift-down"]),
    (
        A::Top,
        &[C::List, C::Filter, C::Menu, C::Review, C::Permissions, C::Audit, C::Diff, C::Runbook],
        &["home", "g"],
    ),
    (
        A::Bottom,
        &[C::List, C::Filter, C::Menu, C::Review, C::Permissions, C::Audit, C::Diff, C::Runbook],
        &["end", "G"],
    ),
    (A::Open, &[C::List], &["enter", "e"]),
    (A::Create, &[C::List], &["n", "f7"]),
    (A::Contexts, &[C::List], &["c", "ctrl-o"]),
    (A::Contexts, &[C::Form, C::FormText, C::Review], &["ctrl-o"]),
    (A::Clone, &[C::List], &["C"]),
    (A::Delete, &[C::List], &["d", "del", "f8"]),
    (A::Delete, &[C::Menu], &["d", "del"]),
    (A::Undo, &[C::List, C::Runbook], &["u", "shift-del"]),
    (A::Search, &[C::List, C::Audit, C::Diff], &["/", "f6"]),
    (A::Filter, &[C::List, C::Audit], &["f", "f4"]),
    (A::ClearFilter, &[C::List, C::Audit, C::Diff], &["x"]),
    (A::ClearFilter, &[C::Filter], &["x", "del"]),
    (A::Mark, &[C::List], &["space", "ins"]),
    (A::MarkRange, &[C::List], &["v"]),
    (A::MarkUp, &[C::List], &["shift-up", "K"]),
    (A::MarkDown, &[C::List], &["shift-down", "J"]),
    (A::MarkAll, &[C::List], &["a"]),
    (A::Invert, &[C::List], &["i", "*"]),
    (A::Unmark, &[C::List], &["U"]),
    (A::Sort, &[C::List], &["s"]),
    (A::SortReverse, &[C::List], &["S"]),
    (A::Details, &[C::List, C::Audit], &["tab", "l"]),
    (A::Details, &[C::Diff, C::Runbook], &["tab", "i"]),
    (A::History, &[C::List], &["h"]),
    (A::Copy, &[C::List, C::Permissions, C::Audit], &["y"]),
    (A::CopyMenu, &[C::List, C::Runbook], &["Y"]),
    (A::CopyMenu, &[C::Diff], &["y", "Y", "w"]),
    (A::Refresh, &[C::List, C::Audit, C::Diff], &["r", "f5"]),
    (A::Refresh, &[C::Picker], &["f5", "ctrl-r"]),
    (A::Drafts, &[C::List], &["R"]),
    (A::Deleted, &[C::List], &["D"]),
    (A::Sample, &[C::List], &["L"]),
    (A::ImportDirectory, &[C::List], &["I"]),
    (A::NextField, &[C::Form, C::FormText, C::Prompt], &["tab", "down"]),
    (A::PrevField, &[C::Form, C::FormText, C::Prompt], &["shift-tab", "up"]),
    (A::PrevField, &[C::Review], &["shift-tab"]),
    (A::NextStep, &[C::Form, C::FormText], &["pgdn", "ctrl-n"]),
    (A::PrevStep, &[C::Form, C::FormText], &["pgup", "ctrl-p"]),
    (A::PrevStep, &[C::Review], &["ctrl-p"]),
    (
        A::Activate,
        &[
            C::Form,
            C::FormText,
            C::Picker,
            C::Prompt,
            C::Palette,
            C::Menu,
            C::Review,
            C::Search,
            C::Filter,
            C::Dialog,
            C::Permissions,
            C::Audit,
            C::AuditSearch,
            C::Diff,
            C::DiffSearch,
            C::Runbook,
        ],
        &["enter"],
    ),
    (A::Left, &[C::Form, C::Dialog, C::Permissions, C::Diff], &["left", "h"]),
    (A::Right, &[C::Form, C::Dialog, C::Permissions, C::Diff], &["right", "l"]),
    (A::Left, &[C::Prompt], &["ctrl-left"]),
    (A::Right, &[C::Prompt], &["ctrl-right"]),
    (A::Toggle, &[C::Form, C::Filter, C::Permissions, C::Runbook], &["space"]),
    (A::Toggle, &[C::Picker], &["tab", "ctrl-t"]),
    (A::Save, &[C::Form, C::FormText, C::Review], &["ctrl-s", "f2"]),
    (A::Reveal, &[C::Form, C::FormText, C::Prompt], &["ctrl-r"]),
    (A::CopyValue, &[C::Form, C::FormText], &["ctrl-y"]),
    (A::CopyValue, &[C::Review, C::Runbook], &["y"]),
    (A::CopyCommand, &[C::Form], &["i"]),
    (A::FetchAgent, &[C::Form], &["d"]),
    (A::Generate, &[C::Form], &["g"]),
    (A::Paste, &[C::Form], &["p"]),
    (A::ClearField, &[C::Form], &["del", "backspace"]),
    (A::ClearField, &[C::FormText], &["ctrl-u"]),
    (A::AddObject, &[C::Picker], &["f7", "ctrl-e"]),
    (A::EditObject, &[C::Picker], &["f4"]),
    (A::OpenLink, &[C::Picker], &["f6", "ctrl-o"]),
    (A::Permissions, &[C::List], &["P", "p", "f3"]),
    (A::Permissions, &[C::Form, C::FormText, C::Review], &["f3"]),
    (A::Audit, &[C::List], &["A"]),
    (A::ShowInList, &[C::Audit], &["o"]),
    (A::NextPane, &[C::Permissions], &["tab", "shift-tab"]),
    (A::NextTab, &[C::Permissions, C::Diff], &["]", "ctrl-right"]),
    (A::PrevTab, &[C::Permissions, C::Diff], &["[", "ctrl-left"]),
    (A::NextFormat, &[C::Permissions], &["o"]),
    (A::OnlyGaps, &[C::Permissions], &["m"]),
    (A::CheckManifest, &[C::Permissions], &["c"]),
    (A::CheckToken, &[C::Permissions], &["t"]),
    (A::CheckLive, &[C::Permissions], &["L"]),
    (A::SaveFile, &[C::Permissions, C::Audit, C::Runbook], &["w"]),
    (A::Diff, &[C::List, C::Runbook], &["="]),
    (A::Runbook, &[C::List, C::Diff], &["b"]),
    (A::CopyToPlan, &[C::List, C::Diff], &[">"]),
    (A::ResetTicks, &[C::Runbook], &["X"]),
    (A::Confirm, &[C::Dialog], &["y"]),
    (A::Back, &C::ALL, &["esc", "ctrl-g"]),
    (A::Back, &[C::Filter, C::Menu, C::Permissions, C::Audit, C::Diff, C::Runbook], &["q"]),
    (A::Back, &[C::Dialog], &["n", "q"]),
    (
        A::Help,
        &[
            C::List,
            C::Filter,
            C::Form,
            C::Review,
            C::Permissions,
            C::Audit,
            C::Diff,
            C::Runbook,
            C::Menu,
            C::Dialog,
        ],
        &["?", "f1"],
    ),
    (
        A::Help,
        &[C::Search, C::AuditSearch, C::DiffSearch, C::FormText, C::Picker, C::Prompt],
        &["f1"],
    ),
    (
        A::Palette,
        &[C::List, C::Form, C::Review, C::Permissions, C::Audit, C::Diff, C::Runbook],
        &[":", "f9"],
    ),
    (A::Palette, &[C::FormText], &["f9"]),
    (
        A::Commands,
        &[
            C::List,
            C::Filter,
            C::Form,
            C::Review,
            C::Permissions,
            C::Audit,
            C::Diff,
            C::Runbook,
            C::Dialog,
            C::Menu,
        ],
        &["!", "f12"],
    ),
    (A::Commands, &[C::FormText, C::Picker, C::Prompt], &["f12"]),
    (A::Message, &[C::List, C::Form, C::Review, C::Audit, C::Diff, C::Runbook], &["m", "f10"]),
    (A::Message, &[C::Permissions], &["M", "f10"]),
    (A::Message, &[C::FormText], &["f10"]),
    (A::ToggleMouse, &[C::List], &["M"]),
    (A::Redraw, &C::ALL, &["ctrl-l"]),
    (
        A::Suspend,
        &[
            C::List,
            C::Form,
            C::FormText,
            C::Review,
            C::Permissions,
            C::Audit,
            C::Diff,
            C::Runbook,
            C::Picker,
        ],
        &["ctrl-z"],
    ),
    (A::Quit, &[C::List], &["q"]),
    (A::Quit, &C::ALL, &["ctrl-c"]),
];

/// A resolved keymap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    by_key: HashMap<(Context, Key), Action>,
    by_action: BTreeMap<(Context, Action), Vec<Key>>,
}

/// What is wrong with the `[keys]` of a config.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// No such action.
    #[error("{0:?} is not an action{1}")]
    UnknownAction(String, String),
    /// No such key.
    #[error("{action}: {source}")]
    UnknownKey {
        /// The action it was to be bound to.
        action: String,
        /// What is wrong with it.
        source: super::key::UnknownKey,
    },
    /// Wherever the action applies, the key is typed as text or has another use.
    #[error(
        "{action}: {key} is typed as text, or taken, wherever this applies: add ctrl or choose a function key"
    )]
    Nowhere {
        /// The action.
        action: &'static str,
        /// The key.
        key: String,
    },
    /// Two actions want the same key in the same place.
    #[error("{key} is bound to both {first} and {second} in {context}")]
    Conflict {
        /// The key.
        key: String,
        /// One action.
        first: &'static str,
        /// The other action.
        second: &'static str,
        /// Where.
        context: &'static str,
    },
    /// Nothing would be left to leave or quit with.
    #[error("{0} must keep at least one key")]
    NoKey(&'static str),
}

impl KeymapError {
    /// Names of the actions it is about.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::UnknownAction(name, _) => (name.as_str(), None),
            Self::UnknownKey { action, .. } => (action.as_str(), None),
            Self::Nowhere { action, .. } => (*action, None),
            Self::Conflict { first, second, .. } => (*first, Some(*second)),
            Self::NoKey(name) => (*name, None),
        };
        std::iter::once(first).chain(second)
    }
}

impl Default for Keymap {
    fn default() -> Self {
        // The defaults are proven by a test; without overrides nothing can be wrong with them.
        Self::with(&BTreeMap::new()).unwrap_or_else(|_| Self::empty())
    }
}

impl Keymap {
    fn empty() -> Self {
        Self { by_key: HashMap::new(), by_action: BTreeMap::new() }
    }

    /// The defaults with some actions bound anew; every problem is reported, not the first only.
    /// An action's keys are replaced wherever it applies.
    pub fn with(overrides: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<KeymapError>> {
        let mut problems = Vec::new();
        let mut wanted: HashMap<Action, Vec<Key>> = HashMap::new();
        for (name, keys) in overrides {
            let Some(action) = Action::ALL.iter().copied().find(|it| it.slug() == name) else {
                problems.push(KeymapError::UnknownAction(name.clone(), nearest(name)));
                continue;
            };
            let mut parsed = Vec::new();
            for key in keys {
                match key.parse() {
                    Ok(key) => parsed.push(key),
                    Err(source) => {
                        problems.push(KeymapError::UnknownKey { action: name.clone(), source })
                    }
                }
            }
            if parsed.is_empty() && matches!(action, A::Back | A::Quit) {
                problems.push(KeymapError::NoKey(action.slug()));
            }
            wanted.insert(action, parsed);
        }
        let mut map = Self::empty();
        for (action, contexts, defaults) in DEFAULTS {
            let defaults: Vec<Key> = defaults.iter().filter_map(|key| key.parse().ok()).collect();
            for context in *contexts {
                let keys = match wanted.get(action) {
                    Some(keys) => fitting(*context, *action, keys, &defaults),
                    None => &defaults,
                };
                for key in keys {
                    map.bind(*context, *key, *action, &mut problems);
                }
            }
        }
        for (action, keys) in &wanted {
            let bound =
                |key: &&Key| map.by_key.iter().any(|((_, it), to)| it == *key && to == action);
            for key in keys.iter().filter(|key| !bound(key)) {
                problems.push(KeymapError::Nowhere { action: action.slug(), key: key.to_string() });
            }
        }
        problems.dedup();
        if problems.is_empty() { Ok(map) } else { Err(problems) }
    }

    fn bind(
        &mut self,
        context: Context,
        key: Key,
        action: Action,
        problems: &mut Vec<KeymapError>,
    ) {
        match self.by_key.insert((context, key), action) {
            Some(other) if other != action => problems.push(KeymapError::Conflict {
                key: key.to_string(),
                first: other.slug(),
                second: action.slug(),
                context: context.label(),
            }),
            Some(_) => {}
            None => self.by_action.entry((context, action)).or_default().push(key),
        }
    }

    /// What a key does in a place.
    pub fn resolve(&self, context: Context, key: Key) -> Option<Action> {
        self.by_key.get(&(context, key)).copied()
    }

    /// The keys of an action in a place, the shown one first.
    pub fn keys(&self, context: Context, action: Action) -> &[Key] {
        self.by_action.get(&(context, action)).map_or(&[], Vec::as_slice)
    }

    /// The key shown for an action in a place; empty when it has none there.
    pub fn hint(&self, context: Context, action: Action) -> String {
        self.keys(context, action).first().map(Key::to_string).unwrap_or_default()
    }

    /// Every action of a place with its keys, in the order of the actions.
    pub fn of(&self, context: Context) -> impl Iterator<Item = (Action, &[Key])> {
        self.by_action
            .iter()
            .filter(move |((place, _), _)| *place == context)
            .map(|((_, action), keys)| (*action, keys.as_slice()))
    }
}

/// The keys of an action in one place: those of the config, or the defaults where one of the
/// config's cannot be meant, because it is typed there, or because the action applies nearly
/// everywhere and the place has another use for the key.
fn fitting<'k>(
    context: Context,
    action: Action,
    wanted: &'k [Key],
    defaults: &'k [Key],
) -> &'k [Key] {
    let everywhere = matches!(action, A::Back | A::Quit | A::Help | A::Redraw | A::Suspend);
    let taken = |key: &Key| {
        DEFAULTS.iter().any(|(other, contexts, keys)| {
            *other != action
                && contexts.contains(&context)
                && keys.iter().any(|it| it.parse::<Key>().as_ref() == Ok(key))
        })
    };
    let fits =
        |key: &Key| !(context.takes_text() && key.typed().is_some() || everywhere && taken(key));
    if wanted.iter().all(fits) { wanted } else { defaults }
}

/// The action whose name shares most of its beginning with a mistyped one.
fn nearest(name: &str) -> String {
    let shared =
        |it: &&Action| it.slug().chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    Action::ALL
        .iter()
        .max_by_key(|it| (shared(it), std::cmp::Reverse(it.slug().len())))
        .filter(|it| shared(it) >= 2)
        .map(|it| format!("; did you mean {}?", it.slug()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        pairs
            .iter()
            .map(|(name, keys)| {
                ((*name).to_owned(), keys.iter().map(|it| (*it).to_owned()).collect())
            })
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
        let everywhere =
            |place, action| map.keys(place, action).iter().any(|it| it.is_everywhere());
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
                &[
                    A::Up,
                    A::Down,
                    A::Left,
                    A::Right,
                    A::Toggle,
                    A::NextPane,
                    A::NextTab,
                    A::PrevTab,
                ],
            ),
            (
                C::Audit,
                &[A::Up, A::Down, A::Activate, A::Search, A::Filter, A::Details, A::Refresh],
            ),
            (
                C::Diff,
                &[A::Up, A::Down, A::Activate, A::Search, A::NextTab, A::PrevTab, A::Refresh],
            ),
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
        assert!(
            text.iter().any(|it| it.contains("both create and delete in Connections")),
            "{text:?}"
        );
        assert!(text.iter().any(|it| it.contains("not a key")), "{text:?}");
        assert!(text.iter().any(|it| it.contains("quit must keep")), "{text:?}");
    }

    #[test]
    fn a_plain_key_applies_where_no_text_is_typed() {
        let map =
            Keymap::with(&overrides(&[("next-field", &["j"]), ("quit", &["q", "Q"])])).unwrap();
        assert_eq!(map.resolve(Context::Form, Key::char('j')), Some(Action::NextField));
        assert_eq!(map.hint(Context::FormText, Action::NextField), "tab");
        assert_eq!(map.resolve(Context::List, Key::char('Q')), Some(Action::Quit));
        // Where q closes, it goes on closing; where it is typed, ctrl-c still quits.
        assert_eq!(map.resolve(Context::Menu, Key::char('q')), Some(Action::Back));
        assert_eq!(map.hint(Context::FormText, Action::Quit), "ctrl-c");
        let problems =
            Keymap::with(&overrides(&[("save-copy", &["x"]), ("add", &["x"])])).unwrap_err();
        assert!(
            problems.iter().any(|it| it.to_string().contains("add: x is typed as text")),
            "{problems:?}"
        );
    }
}
