//! Switching between contexts, and what is shown of a live connection beyond its row.
//!
//! Opening and using are two steps: the old context stays whole until the new one is there, and
//! everything asked for before goes to the context it was asked in.

use super::super::Model;
use super::super::contexts::{Left, Live, Projects, Ready};
use super::super::effect::{Effect, RequestId};
use super::super::modal::Modal;
use super::super::model::{List, NoticeTone, Waiting};
use super::super::msg::Reply;
use super::super::rows::Rows;
use super::{ask_to_leave, cancel, list, list_state, screens, shared, wizard};
use crate::domain::{ListState, Project};
use crate::text::shown;

/// Rows read this short a time ago are not read again only because one comes back, in seconds.
const FRESH: i64 = 60;

/// Opens the menu of contexts; the cursor is on the one that was shown before.
pub(super) fn menu(model: &mut Model) -> Vec<Effect> {
    let contexts = &model.contexts;
    if contexts.all.is_empty() {
        let text =
            "There is no other context here. Add one with jetbridge context add, in a shell.";
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let place = |name: &str| contexts.all.iter().position(|it| it.name == name);
    let other = || contexts.all.iter().position(|it| it.name != contexts.active);
    let at = contexts.before.as_deref().and_then(place).or_else(other).unwrap_or(0);
    model.modals.push(Modal::Contexts { at });
    Vec::new()
}

/// Switches to a context; a changed form is asked about first. C7.
pub(super) fn switch(model: &mut Model, name: String) -> Vec<Effect> {
    if name == model.contexts.active {
        model.say(NoticeTone::Info, format!("{} is shown already.", shown(&name)));
        return Vec::new();
    }
    if let Some(doing) = writing(model) {
        model.say(NoticeTone::Info, format!("{doing}: wait for the answer, then switch."));
        return Vec::new();
    }
    model.contexts.wanted = Some(name);
    if model.screens.form().is_some_and(|form| form.changed()) {
        return ask_to_leave(model, false);
    }
    go_on(model)
}

/// Opens the context that is wanted, once nothing is in the way.
pub(super) fn go_on(model: &mut Model) -> Vec<Effect> {
    let Some(name) = model.contexts.wanted.take() else { return Vec::new() };
    let before = model.contexts.opening.take().map(|(request, _)| request);
    let mut effects = cancel(model, before);
    let request = model.request(Waiting::Context);
    model.contexts.opening = Some((request, name.clone()));
    effects.push(Effect::OpenContext { request, name });
    effects
}

/// Stays in the context that is shown.
pub(super) fn stop_opening(model: &mut Model) -> Vec<Effect> {
    let request = model.contexts.opening.take().map(|(request, _)| request);
    model.say(
        NoticeTone::Info,
        format!("Not switched; {} stays open.", shown(&model.contexts.active)),
    );
    cancel(model, request)
}

/// What is being written, in words, if anything is: its answer belongs to this context.
fn writing(model: &Model) -> Option<&'static str> {
    let writes = |it: &&Waiting| {
        matches!(
            it,
            Waiting::Save
                | Waiting::Delete
                | Waiting::Restore
                | Waiting::Purge
                | Waiting::PutObject
                | Waiting::Key
                | Waiting::Token
                | Waiting::Sample
                | Waiting::ImportDirectory
        )
    };
    model.waiting.values().find(writes).map(Waiting::label)
}

/// A context is open, or not: then nothing has changed.
pub(super) fn opened(model: &mut Model, reply: Result<Ready, String>) -> Vec<Effect> {
    let Some((_, name)) = model.contexts.opening.take() else { return Vec::new() };
    let ready = match reply {
        Ok(ready) => ready,
        Err(why) => {
            let text = format!("Not switched to {}: {why}", shown(&name));
            model.say(NoticeTone::Failed, text);
            return Vec::new();
        }
    };
    // Opening may take long, and the user may have gone on meanwhile.
    if writing(model).is_some() || model.screens.form().is_some_and(|form| form.changed()) {
        let text = format!(
            "{} is open, but something else was begun here: finish that, then switch again.",
            shown(&name)
        );
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    enter(model, name, ready)
}

/// Leaves one context and enters another as it was left, reading its rows again.
fn enter(model: &mut Model, name: String, ready: Ready) -> Vec<Effect> {
    let mut effects = list_state::keep(model);
    effects.extend(shared::end(model));
    effects.extend(wizard::close(model));
    effects.extend(screens::leave_all(model));
    effects.push(Effect::UseContext { name: name.clone() });
    park(model, &name, *ready.place);
    model.capabilities = ready.capabilities;
    model.modals.clear();
    list::keep_in_view(model);
    effects.extend(shared::begin(model));
    // What others changed meanwhile is asked for as if it had never been left.
    let followed = model.capabilities.shared && model.list.loaded && model.list.step.is_some();
    if followed || is_fresh(model) {
        model.list.error = None;
    } else {
        effects.extend(list::load(model));
    }
    if ready.capabilities.drafts {
        let request = model.request(Waiting::CountDrafts);
        effects.push(Effect::ReadDrafts { request });
    }
    let kind = model.contexts.current().map_or("", |it| it.kind_word());
    let closed = if ready.capabilities.read_only.is_some() { ", read-only" } else { "" };
    let mut text = format!("Switched to {}: {kind}{closed}.", shown(&name));
    if let Some(left) = list_state::as_left(model) {
        text = format!("{text} {left}");
    }
    model.say(NoticeTone::Done, text);
    effects
}

/// Puts the shown list aside and takes that of `name` from where it was put when it was left.
fn park(model: &mut Model, name: &str, place: ListState) {
    let pane = model.list.details;
    let mut list = std::mem::take(&mut model.list);
    list.loading = None;
    list.incoming = None;
    list.reading = None;
    list.search.keep();
    if !list.loaded {
        list.rows = Rows::default();
        list.shown = Vec::new();
        list.order = Vec::new();
    }
    let mut live = std::mem::take(&mut model.live);
    live.forget_pending();
    let undo = std::mem::take(&mut model.undo);
    let kept = std::mem::take(&mut model.keeping).kept;
    let left = Left { list, undo, drafts: model.drafts, live, kept };
    let contexts = &mut model.contexts;
    let before = std::mem::replace(&mut contexts.active, name.to_owned());
    contexts.left.insert(before.clone(), left);
    contexts.before = Some(before);
    if let Some(left) = contexts.left.remove(name) {
        (model.list, model.undo, model.drafts, model.live) =
            (left.list, left.undo, left.drafts, left.live);
        model.keeping.kept = left.kept;
    } else {
        model.list = List { details: pane, ..List::default() };
        model.drafts = 0;
        list_state::recall(model, place);
        model.list.details |= pane;
    }
}

fn is_fresh(model: &Model) -> bool {
    let Some(as_of) = model.list.as_of.filter(|_| model.list.loaded) else { return false };
    let age = model.now.as_second().saturating_sub(as_of.as_second());
    (0..FRESH).contains(&age)
}

impl Live {
    /// What is on its way will not come any more.
    fn forget_pending(&mut self) {
        self.looked = self.looked.take().filter(|it| it.answer.is_some());
        if matches!(self.projects, Projects::Asking(_)) {
            self.projects = Projects::Unknown;
        }
    }
}

/// The projects.
pub(super) fn projects(
    model: &mut Model,
    request: RequestId,
    reply: Reply<Vec<Project>>,
) -> Vec<Effect> {
    if model.live.projects == Projects::Asking(request) {
        model.live.projects = match reply {
            Ok(projects) => Projects::Known(projects),
            Err(error) => Projects::Failed(error),
        };
    }
    Vec::new()
}

/// What could not be read is asked for again with the rows.
pub(super) fn ask_again(model: &mut Model) {
    if matches!(model.live.projects, Projects::Failed(_)) {
        model.live.projects = Projects::Unknown;
    }
    model.live.looked = model.live.looked.take().filter(|it| !matches!(it.answer, Some(Err(_))));
}

/// The rows are new: what was read beside the old ones is not shown any more.
pub(super) fn forget(model: &mut Model) -> Vec<Effect> {
    let live = std::mem::take(&mut model.live);
    let mut effects = cancel(model, live.looked.and_then(|it| it.request));
    if let Projects::Asking(request) = live.projects {
        effects.extend(cancel(model, Some(request)));
    }
    effects
}
