//! Opening and leaving screens, and what becomes of the requests that are for them.

use super::super::effect::{Effect, RequestId};
use super::super::model::Waiting;
use super::super::{Model, Screen, ScreenKind};
use super::cancel;

/// Opens a screen on top. Whatever else was on its way to the top comes no more: the user went on.
pub(super) fn open(model: &mut Model, screen: impl Into<Screen>) -> Vec<Effect> {
    model.screens.open(screen);
    stop(model, Waiting::opens)
}

/// Brings a screen back to the top, as far as it was put aside.
pub(super) fn bring_back(model: &mut Model, kind: ScreenKind) -> Vec<Effect> {
    if model.screens.bring_back(kind) { stop(model, Waiting::opens) } else { Vec::new() }
}

/// Leaves a screen and stops what it waits for.
pub(super) fn leave(model: &mut Model, kind: ScreenKind) -> Vec<Effect> {
    model.screens.close(kind);
    stop(model, |it| it.screen() == Some(kind))
}

/// Leaves every screen, the list among them.
pub(super) fn leave_all(model: &mut Model) -> Vec<Effect> {
    model.screens = Default::default();
    stop(model, |it| it.screen().is_some())
}

fn stop(model: &mut Model, unwanted: impl Fn(&Waiting) -> bool) -> Vec<Effect> {
    let gone: Vec<RequestId> =
        model.waiting.iter().filter(|(_, it)| unwanted(it)).map(|(id, _)| *id).collect();
    gone.into_iter().flat_map(|request| cancel(model, Some(request))).collect()
}
