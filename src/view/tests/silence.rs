//! Every key answers: it changes what is shown, asks for something, or says why it does nothing.

use super::fixtures;
use crate::app::{Action, Keymap, Model, Msg, update};

/// What a key may leave as it is without a word: a cursor at its end, and the way back where there is
/// nothing to go back from.
fn may_be_silent(action: Action) -> bool {
    action.moves()
        || matches!(
            action,
            Action::Back
                | Action::Left
                | Action::Right
                | Action::NextTab
                | Action::PrevTab
                | Action::NextField
                | Action::PrevField
        )
}

/// Without what no answer changes.
fn compared(model: &Model) -> Model {
    let mut model = model.clone();
    (model.asked, model.seen) = (0, 0);
    model
}

#[test]
fn no_key_is_silent_on_any_screen() {
    let keymap = Keymap::default();
    let mut silent = Vec::new();
    for (name, mut model, spec) in fixtures::everything() {
        // Forms of a table that only drawing knows have other keys.
        let own = model.screens.form().and_then(|it| it.spec());
        if let (Some(own), Some(drawn)) = (own, spec)
            && !std::ptr::eq(own, drawn)
        {
            continue;
        }
        model.notice = None;
        model.seen = model.asked;
        let context = model.context();
        for (action, keys) in keymap.of(context) {
            let Some(key) = keys.first().filter(|_| !may_be_silent(action)) else { continue };
            let before = compared(&model);
            let mut after = model.clone();
            let effects = update(&mut after, &keymap, Msg::Key(*key));
            if effects.is_empty() && after.reported().is_none() && compared(&after) == before {
                silent.push(format!("{name}: {key} {}", action.slug()));
            }
        }
    }
    assert!(silent.is_empty(), "{} keys:\n{}", silent.len(), silent.join("\n"));
}
