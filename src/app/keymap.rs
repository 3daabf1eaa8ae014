//! Which key does what, where. Data with defaults, changed by the config, conflicts reported all
//! at once.

mod defaults;

use std::collections::{BTreeMap, HashMap};

use super::{Action, Context, Key};
use crate::text::nearest;
use defaults::DEFAULTS;

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
        "{action}: {key} is typed as text, or taken, where this applies: add ctrl or choose a function key"
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

    /// The defaults with some actions bound again; every problem is reported, not the first only.
    /// An action's keys are replaced wherever it applies.
    pub fn with(overrides: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<KeymapError>> {
        let mut problems = Vec::new();
        let mut wanted: HashMap<Action, Vec<Key>> = HashMap::new();
        for (name, keys) in overrides {
            let Some(action) = Action::ALL.iter().copied().find(|it| it.slug() == name) else {
                let meant = nearest::tail(name, Action::ALL.iter().map(|it| it.slug()));
                problems.push(KeymapError::UnknownAction(name.clone(), meant));
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
            if parsed.is_empty() && matches!(action, Action::Back | Action::Quit) {
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
    let everywhere = matches!(
        action,
        Action::Back | Action::Quit | Action::Help | Action::Redraw | Action::Suspend
    );
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

#[cfg(test)]
mod tests;
