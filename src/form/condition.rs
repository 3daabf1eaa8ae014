//! When a step, field, advice or rule applies.

use super::{Key, Trait, Value, Values};
use crate::domain::Held;
use crate::domain::health::{is_built_in, not_shared};
use crate::domain::token::TokenOrigin;

/// A condition over the values of a form. An enum and not a function, so that branches can be
/// listed, tested and printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Always.
    Always,
    /// The choice has this option.
    Is(Key, &'static str),
    /// The toggle is on.
    On(Key),
    /// There is an answer.
    Answered(Key),
    /// Exactly one object is picked.
    Single(Key),
    /// A picked object has this trait.
    Has(Key, Trait),
    /// The text starts like this.
    Starts(Key, &'static str),
    /// The text is the name of a user that Windows brings itself. D8.
    BuiltIn(Key),
    /// The text is a path that other machines may not see. D16.
    NotShared(Key),
    /// The token in use is a local stand-in. D15.
    StandIn(Key),
    /// A key that agents may use already was replaced by another. D6.
    Replaced(Key),
    /// The other does not hold.
    Not(&'static Condition),
    /// All hold.
    All(&'static [Condition]),
    /// At least one holds.
    Any(&'static [Condition]),
}

impl Condition {
    /// Whether it holds for these values.
    pub fn holds(&self, values: &Values) -> bool {
        match self {
            Self::Always => true,
            Self::Is(key, option) => values.choice(key) == Some(option),
            Self::On(key) => values.toggle(key),
            Self::Answered(key) => values.answered(key),
            Self::Single(key) => values.picks(key).len() == 1,
            Self::Has(key, wanted) => values.picks(key).iter().any(|it| it.traits.has(*wanted)),
            Self::Starts(key, head) => values.text(key).trim_start().starts_with(head),
            Self::BuiltIn(key) => is_built_in(values.text(key)),
            Self::NotShared(key) => {
                values.answered(key) && not_shared(values.text(key).trim()).is_some()
            }
            Self::StandIn(key) => {
                values.tokens(key).last().is_some_and(|it| it.origin == TokenOrigin::Local)
            }
            Self::Replaced(key) => values.is_replaced(key),
            Self::Not(inner) => !inner.holds(values),
            Self::All(inner) => inner.iter().all(|it| it.holds(values)),
            Self::Any(inner) => inner.iter().any(|it| it.holds(values)),
        }
    }

    /// Every field the condition reads.
    pub fn keys(&self) -> Vec<Key> {
        match self {
            Self::Always => Vec::new(),
            Self::Is(key, _)
            | Self::On(key)
            | Self::Answered(key)
            | Self::Single(key)
            | Self::Has(key, _)
            | Self::Starts(key, _)
            | Self::BuiltIn(key)
            | Self::NotShared(key)
            | Self::StandIn(key)
            | Self::Replaced(key) => vec![key],
            Self::Not(inner) => inner.keys(),
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::keys).collect(),
        }
    }
}

impl Value {
    /// Whether this counts as an answer.
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Text(text) => !text.trim().is_empty(),
            Self::Secret(Held::New(secret)) => !secret.is_empty(),
            Self::Many(picked) => !picked.is_empty(),
            Self::Tokens(tokens) => !tokens.is_empty(),
            Self::Secret(Held::Stored(_))
            | Self::Toggle(_)
            | Self::Choice(_)
            | Self::One(_)
            | Self::Key(_) => true,
        }
    }
}
