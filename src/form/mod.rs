//! Forms as data: a static table of steps and fields per connection type, the values that were
//! answered, and what follows from both. The wizard, the command line and file import share it.

pub mod condition;
pub mod field;
pub mod specs;
pub mod submit;
pub mod value;

pub use condition::Condition;
pub use field::{
    Advice, Check, Choice, Field, FieldError, Key, Kind, Limits, Need, Refusal, Rule, Source, Spec,
    Step, Tone,
};
pub use submit::{review, submit};
pub use value::{Picked, Trait, Traits, Value, Values};
