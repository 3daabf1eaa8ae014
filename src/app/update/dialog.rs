//! Questions with choices: delete, leave, conflict, regenerate, and messages.

use super::super::effect::Effect;
use super::super::geometry::{MESSAGE_WIDTH, text_rows};
use super::super::modal::{Conflict, DeleteDialog, HasDraft, Modal, Proof};
use super::super::model::{NoticeTone, Then, Waiting};
use super::super::preflight::Reply;
use super::super::{Action, Model};
use super::{
    cancel, conflict, contexts, details, draft, list_state, menu, moved, preflight, secrets, wizard,
};

/// An action in the question on top.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    let width = usize::from(model.size.0.saturating_sub(4).min(MESSAGE_WIDTH));
    let is_unseen = model.is_unseen();
    let Some(modal) = model.modals.last_mut() else { return Vec::new() };
    match (modal, action) {
        (Modal::Delete(dialog), Action::Left | Action::Right) => dialog.at = 1 - dialog.at.min(1),
        (Modal::Delete(dialog), Action::Up | Action::Down | Action::PageUp | Action::PageDown) => {
            dialog.top = moved(dialog.top, dialog.plan.targets.len(), page, action);
        }
        (
            Modal::Message(message),
            Action::Up | Action::Down | Action::PageUp | Action::PageDown,
        ) => {
            let lines = message.lines.iter().map(|line| text_rows(line, width)).sum();
            message.top = moved(message.top, lines, page, action);
        }
        (Modal::Leave { at, .. }, Action::Left | Action::Up) => *at = at.saturating_sub(1),
        (Modal::Leave { at, .. }, Action::Right | Action::Down) => *at = (*at + 1).min(2),
        (
            Modal::Regenerate { at, .. }
            | Modal::Discard { at, .. }
            | Modal::Purge { at, .. }
            | Modal::Bind { at }
            | Modal::HasDraft(HasDraft { at, .. }),
            Action::Left | Action::Right | Action::Up | Action::Down,
        ) => {
            *at = 1 - (*at).min(1);
        }
        (Modal::Details { .. }, Action::Back | Action::Activate | Action::Confirm) => {
            model.modals.pop();
        }
        (Modal::Details { .. }, movement) => details::turn(model, movement),
        (_, Action::Back) => return close(model),
        (_, Action::Confirm | Action::Activate) if is_unseen => return unseen(model),
        (_, Action::Confirm) => return answer(model, true),
        (_, Action::Activate) => return answer(model, false),
        (Modal::Conflict(it), _) => conflict::act(it, action, page),
        _ => {}
    }
    Vec::new()
}

/// Refuses an answer that was typed before its question could be read: it was not meant for it.
pub(super) fn unseen(model: &mut Model) -> Vec<Effect> {
    let text = "That key came before this question could be read: press it again.";
    model.say(NoticeTone::Info, text);
    Vec::new()
}

/// An action in a question whose number must be typed.
pub(super) fn prove(model: &mut Model, action: Action) -> Vec<Effect> {
    let is_unseen = model.is_unseen();
    let Some(modal) = model.modals.last_mut() else { return Vec::new() };
    match action {
        Action::Back => return close(model),
        Action::Activate if is_unseen => return unseen(model),
        Action::Activate if modal.proof().is_some_and(Proof::is_given) => {
            return answer(model, true);
        }
        Action::Activate => {
            if let Some(proof) = modal.proof_mut() {
                proof.wrong = true;
            }
        }
        _ => {}
    }
    // Arrows scroll the names, as in a question without a line to type in.
    let by = match action {
        Action::PrevField => Action::Up,
        Action::NextField => Action::Down,
        _ => return Vec::new(),
    };
    if let Modal::Delete(dialog) = modal {
        dialog.top = moved(dialog.top, dialog.plan.targets.len(), 1, by);
    }
    Vec::new()
}

fn close(model: &mut Model) -> Vec<Effect> {
    match model.modals.pop() {
        Some(
            Modal::Delete(DeleteDialog { asking, .. }) | Modal::Conflict(Conflict { asking, .. }),
        ) => cancel(model, asking),
        Some(Modal::Leave { .. }) => {
            model.contexts.wanted = None;
            Vec::new()
        }
        Some(Modal::SignIn) => preflight::reply(model, Reply::SkipSignIn),
        Some(Modal::Bind { .. }) => preflight::reply(model, Reply::Agree(false)),
        _ => Vec::new(),
    }
}

/// Carries out the focused choice, or with `yes` the one that says yes.
fn answer(model: &mut Model, yes: bool) -> Vec<Effect> {
    let Some(modal) = model.modals.pop() else { return Vec::new() };
    match modal {
        Modal::Delete(dialog) if yes || dialog.at == 1 => {
            let mut effects = cancel(model, dialog.asking);
            let request = model.request(Waiting::Delete);
            effects.push(Effect::Delete { request, targets: dialog.plan.targets });
            effects
        }
        Modal::Delete(dialog) => cancel(model, dialog.asking),
        Modal::Leave { at, quit } => leave(model, if yes { 1 } else { at }, quit),
        Modal::Conflict(it) => conflict::decide(model, it),
        Modal::SignIn => preflight::copy_code(model),
        Modal::Bind { at } => preflight::reply(model, Reply::Agree(yes || at == 1)),
        Modal::Regenerate { field, at, .. } if yes || at == 1 => secrets::issue(model, field),
        Modal::HasDraft(it) if yes || it.at == 0 => draft::resume_here(model, &it.kept),
        Modal::Discard { id, at, .. } if yes || at == 1 => menu::discard(model, id),
        Modal::Purge { target, at, .. } if yes || at == 1 => {
            let request = model.request(Waiting::Purge);
            vec![Effect::Purge { request, targets: vec![target] }]
        }
        _ => Vec::new(),
    }
}

/// Leaves a changed form: 0 stays, 1 keeps a draft, 2 discards.
pub(super) fn leave(model: &mut Model, choice: usize, quit: bool) -> Vec<Effect> {
    if choice == 1
        && let Some(effects) = draft::leave(model, if quit { Then::Quit } else { Then::Leave })
    {
        return effects;
    }
    let mut effects = match choice {
        1 => Vec::new(),
        2 => draft::discard(model),
        _ => {
            model.contexts.wanted = None;
            return Vec::new();
        }
    };
    let kept = choice == 1 && model.screens.form().is_some_and(|form| form.kept.is_some());
    effects.extend(wizard::close(model));
    effects.extend(left(model, kept, quit));
    effects
}

/// A form was left, its draft kept or not.
pub(super) fn left(model: &mut Model, kept: bool, quit: bool) -> Vec<Effect> {
    model.quit |= quit;
    if quit {
        return list_state::keep(model);
    }
    if kept {
        let text = "Draft kept. The list of connections shows how to resume it.";
        model.say(NoticeTone::Info, text);
    }
    let mut effects = vec![draft::count(model)];
    effects.extend(contexts::go_on(model));
    effects
}
