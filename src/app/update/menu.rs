//! Lists in a dialog: what to copy, drafts, deleted connections, history.

use super::super::effect::Effect;
use super::super::geometry;
use super::super::modal::{CopyWhat, ForLive, Modal};
use super::super::model::{NoticeTone, Waiting};
use super::super::prompt::Prompt;
use super::super::{Action, Model};
use super::commands::{proof, sent};
use super::{
    cancel, contexts, dialog, diff, draft, equivalent, moved, preflight, runbook, scrolled,
};
use crate::domain::removal::Target;

/// An action in the list on top.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    let size = model.size;
    match action {
        Action::Back => return close(model),
        Action::Activate => return choose(model),
        Action::Delete => return delete(model),
        _ => {}
    }
    let places = model.contexts.all.len();
    match model.modals.last_mut() {
        Some(Modal::Contexts { at }) => *at = moved(*at, places, page, action),
        Some(Modal::Commands(it)) => it.at = moved(it.at, it.items.len(), page, action),
        Some(Modal::Preflight(it)) => it.at = moved(it.at, it.items.len(), page, action),
        Some(Modal::Lives(it)) => it.at = moved(it.at, it.names.len(), page, action),
        Some(Modal::CopyMenu(menu)) => menu.at = moved(menu.at, menu.items.len(), page, action),
        Some(Modal::Drafts(menu)) => menu.at = moved(menu.at, menu.items.len(), page, action),
        Some(Modal::Deleted(menu)) if action == Action::Toggle => menu.toggle(),
        Some(Modal::Deleted(menu)) => menu.at = moved(menu.at, menu.items.len(), page, action),
        Some(Modal::History { menu, top, .. }) => {
            let at = moved(menu.at, menu.items.len(), page, action);
            // Another entry is read from its beginning.
            *top = if at == menu.at {
                scrolled(*top, geometry::history(size, menu).hidden, action)
            } else {
                0
            };
            menu.at = at;
        }
        _ => {}
    }
    Vec::new()
}

fn close(model: &mut Model) -> Vec<Effect> {
    let loading = match model.modals.pop() {
        Some(Modal::Drafts(menu)) => menu.loading,
        Some(Modal::Deleted(menu)) => menu.loading,
        Some(Modal::History { menu, .. }) => menu.loading,
        _ => None,
    };
    cancel(model, loading)
}

fn choose(model: &mut Model) -> Vec<Effect> {
    match model.modals.last() {
        Some(Modal::Contexts { at }) => {
            let name = model.contexts.all.get(*at).map(|it| it.name.clone());
            model.modals.pop();
            name.map(|name| contexts::switch(model, name)).unwrap_or_default()
        }
        Some(Modal::Commands(_)) => equivalent::copy(model),
        Some(Modal::Preflight(_)) => preflight::chosen(model),
        Some(Modal::Lives(it)) => {
            let chosen = it.names.get(it.at).cloned().map(|name| (name, it.purpose));
            model.modals.pop();
            match chosen {
                Some((live, ForLive::Diff)) => diff::begin(model, live),
                Some((live, ForLive::Confirm)) => runbook::confirm_with(model, live),
                None => Vec::new(),
            }
        }
        Some(Modal::CopyMenu(menu)) => {
            let Some((label, what)) = menu.items.get(menu.at).cloned() else { return Vec::new() };
            model.modals.pop();
            copy(model, label, what)
        }
        Some(Modal::Drafts(menu)) => {
            let Some(kept) = menu.current().cloned() else { return Vec::new() };
            if model.leaving.is_some() {
                return Vec::new();
            }
            draft::resume(model, kept)
        }
        Some(Modal::History { id, menu, .. }) if model.capabilities.write => {
            let Some(revision) = menu.current().map(|it| it.revision) else { return Vec::new() };
            let id = *id;
            if menu.at == 0 {
                let text = "This is how it is now; choose an earlier revision.";
                model.say(NoticeTone::Info, text);
                return Vec::new();
            }
            let request = model.request(Waiting::Revert);
            vec![Effect::OpenRevision { request, id, revision }]
        }
        Some(Modal::Deleted(_)) if model.is_unseen() => dialog::unseen(model),
        Some(Modal::Deleted(menu)) => {
            let targets: Vec<Target> =
                menu.chosen().into_iter().map(|it| Target::from(&it.row)).collect();
            if targets.is_empty() {
                return Vec::new();
            }
            let request = model.request(Waiting::Restore);
            vec![Effect::Restore { request, targets }]
        }
        _ => close(model),
    }
}

fn copy(model: &mut Model, label: &str, what: CopyWhat) -> Vec<Effect> {
    match what {
        CopyWhat::Text(text) => {
            model.say(NoticeTone::Info, sent(&label.to_lowercase()));
            vec![Effect::Copy { text }]
        }
        CopyWhat::File(text, file) => {
            model.modals.push(Modal::Prompt(Box::new(Prompt::save_copy(text, &file))));
            Vec::new()
        }
        CopyWhat::Key(id) => {
            let request = model.request(Waiting::CopyKey(id));
            vec![Effect::Open { request, id }]
        }
    }
}

/// Asks whether to discard the draft under the cursor, or to purge the deleted connection: nothing
/// brings either back.
fn delete(model: &mut Model) -> Vec<Effect> {
    if let Some(Modal::Deleted(menu)) = model.modals.last() {
        if !menu.marks.is_empty() {
            let text = "One connection is purged at a time: clear the marks first.";
            model.say(NoticeTone::Info, text);
            return Vec::new();
        }
        let Some(target) = menu.current().map(|it| Target::from(&it.row)) else {
            return Vec::new();
        };
        let proof = proof(model, 1, 0);
        model.modals.push(Modal::Purge { target, at: 0, proof });
        return Vec::new();
    }
    let Some(Modal::Drafts(menu)) = model.modals.last() else { return Vec::new() };
    let Some(kept) = menu.current() else { return Vec::new() };
    if kept.elsewhere {
        let text = "It is open in another jetbridge: close it there.";
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let (id, title) = (kept.draft.id.clone(), kept.draft.title.clone());
    let proof = proof(model, 1, 0);
    model.modals.push(Modal::Discard { id, title, at: 0, proof });
    Vec::new()
}

/// Discards a draft of the list on top.
pub(super) fn discard(model: &mut Model, id: String) -> Vec<Effect> {
    if let Some(Modal::Drafts(menu)) = model.modals.last_mut() {
        menu.items.retain(|it| it.draft.id != id);
        menu.at = menu.at.min(menu.items.len().saturating_sub(1));
        model.drafts = menu.items.iter().filter(|it| !it.elsewhere).count();
    }
    vec![draft::forget(model, id)]
}
