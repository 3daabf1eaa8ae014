//! The pure core of the screen: a model, messages that change it, effects it asks for.
//!
//! `update` never awaits, reads no clock, environment or randomness, and holds no handles. Time
//! comes in messages, request ids from a counter in the model.

pub mod action;
pub mod audit;
pub mod contexts;
pub mod details;
pub mod diff;
pub mod drafts;
pub mod effect;
pub mod equivalent;
pub mod facets;
pub mod geometry;
pub mod input;
pub mod key;
pub mod keymap;
pub mod modal;
pub mod model;
pub mod msg;
pub mod permissions;
pub mod picker;
pub mod preflight;
pub mod prompt;
pub mod review;
pub mod rows;
pub mod runbook;
pub mod said;
pub mod screen;
pub mod search;
pub mod shared;
pub mod topic;
pub mod update;
mod waiting;
pub mod wizard;

pub use action::{Action, Context};
pub use effect::{Effect, RequestId};
pub use key::{Key, KeyName};
pub use keymap::Keymap;
pub use modal::Modal;
pub use model::Model;
pub use msg::{Answer, Msg};
pub use screen::{Screen, ScreenKind, Screens};
pub use update::{recall, start, update};
