//! The commands that do the same as what is on the screen. Issue 5, point 3.

use super::super::effect::Effect;
use super::super::modal::{Commands, Modal};
use super::super::model::NoticeTone;
use super::super::{Keymap, Model, equivalent};
use super::commands::sent;
use crate::domain::Secret;

/// Opens the list of them.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if matches!(model.modals.last(), Some(Modal::Commands(_))) {
        return Vec::new();
    }
    let items = equivalent::commands(model, &Keymap::default());
    if items.is_empty() {
        model.say(NoticeTone::Info, "No command-line equivalent.");
        return Vec::new();
    }
    model.modals.push(Modal::Commands(Commands { items, at: 0 }));
    Vec::new()
}

/// Copies the one under the cursor.
pub(super) fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(Modal::Commands(it)) = model.modals.pop() else { return Vec::new() };
    let Some((_, text)) = it.items.into_iter().nth(it.at) else { return Vec::new() };
    model.say(NoticeTone::Info, sent("the command"));
    vec![Effect::Copy { text: Secret::new(text) }]
}
