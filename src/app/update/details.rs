//! The details of the connection under the cursor: what is asked for them, and how they are moved. C6.

use super::super::contexts::Projects;
use super::super::details::Looked;
use super::super::effect::{Effect, RequestId};
use super::super::modal::Modal;
use super::super::model::Waiting;
use super::super::msg::Reply;
use super::super::{Action, Model, geometry};
use super::{cancel, list, moved, scrolled};
use crate::backend::Details;

/// Opens everything that is known of the connection under the cursor.
pub(super) fn open(model: &mut Model) {
    if model.list.current().is_some() {
        model.modals.push(Modal::Details { top: 0 });
    }
}

/// A movement in these details: up and down scroll, left and right go to the row before or after.
pub(super) fn turn(model: &mut Model, movement: Action) {
    match movement {
        Action::Left => list::go(model, model.list.at.saturating_sub(1)),
        Action::Right => list::go(model, model.list.at + 1),
        _ => {}
    }
    let last = geometry::dialog_hidden(model);
    let page = usize::from(model.size.1 / 2);
    let Some(Modal::Details { top }) = model.modals.last_mut() else { return };
    *top = match movement {
        Action::Left | Action::Right => 0,
        movement => moved(*top, last + 1, page, movement),
    };
}

/// Scrolls the pane.
pub(super) fn scroll(model: &mut Model, action: Action) {
    let hidden = geometry::list_hidden(model);
    model.list.details_top = scrolled(model.list.details_top, hidden, action);
}

/// Asks for what the details show, when they are open and it is not there.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    let open =
        model.list.details || model.modals.iter().any(|it| matches!(it, Modal::Details { .. }));
    let row = model.list.current().filter(|_| open);
    let Some((id, revision)) = row.map(|row| (row.id, row.revision)) else {
        return Vec::new();
    };
    if model.live.looked.as_ref().is_some_and(|it| (it.id, it.revision) == (id, revision)) {
        return projects(model);
    }
    let before = model.live.looked.take();
    if before.as_ref().is_none_or(|it| it.id != id) {
        // Another connection is read from its beginning.
        model.list.details_top = 0;
    }
    let mut effects = cancel(model, before.and_then(|it| it.request));
    let request = model.request(Waiting::Look);
    model.live.looked = Some(Looked { id, revision, request: Some(request), answer: None });
    effects.push(Effect::Look { request, id });
    effects.extend(projects(model));
    effects
}

/// The projects are asked for once, where there are some.
fn projects(model: &mut Model) -> Vec<Effect> {
    if !model.capabilities.projects || model.live.projects != Projects::Unknown {
        return Vec::new();
    }
    let request = model.request(Waiting::Projects);
    model.live.projects = Projects::Asking(request);
    vec![Effect::Projects { request }]
}

/// What was asked for.
pub(super) fn looked(
    model: &mut Model,
    request: RequestId,
    reply: Reply<Box<Details>>,
) -> Vec<Effect> {
    if let Some(looked) = model.live.looked.as_mut().filter(|it| it.request == Some(request)) {
        looked.request = None;
        looked.answer = Some(reply);
    }
    Vec::new()
}
