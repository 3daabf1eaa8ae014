//! Forms as data: a static table of steps and fields per connection type, the values that were
//! answered, and what follows from both. The wizard, the command line and file import share it.

pub mod branches;
pub mod check;
pub mod compare;
pub mod condition;
pub mod draft;
pub mod edit;
pub mod field;
pub mod file;
pub mod history;
pub mod judge;
pub mod link;
pub mod lookup;
pub mod read;
mod record;
mod rule;
pub mod runbook;
pub mod spec;
pub mod specs;
pub mod submit;
pub mod value;

#[cfg(test)]
mod tests;

pub use branches::branches;
pub use check::{check_field, check_step};
pub use compare::{Difference, differences};
pub use condition::Condition;
pub use edit::{carry, differ, initial, picked, refresh, set_choice, set_toggle, switch_type};
pub use field::{
    Check, Choice, Family, Field, FieldError, Key, Kind, Limits, Need, Note, Source, Spec, Step,
    Tone,
};
pub use judge::digest;
pub use link::Link;
#[cfg(test)]
pub(crate) use record::kept;
pub use record::{read_only, replaces};
pub(crate) use rule::rules;
pub use rule::{Advice, Case, End, Rule, Sink, When};
pub use specs::{has_form, why_listed};
pub use submit::{Review, answered, review, submit, warnings};
pub use value::{Picked, Trait, Traits, Value, Values};
