//! The one way in which the model changes: a message in, effects out. Pure.
//!
//! Each place owns its arms: `list`, `wizard`, `picker`, `prompt`, `dialog`, `menu`, `panel`;
//! `answer` takes what effects come back with.

mod agent;
mod answer;
mod audit;
mod commands;
mod conflict;
mod contexts;
mod details;
mod dialog;
mod diff;
mod draft;
mod equivalent;
mod keys;
mod list;
mod list_state;
mod marks;
mod menu;
mod panel;
mod permissions;
mod picker;
mod preflight;
mod prompt;
mod runbook;
mod save;
mod screens;
mod search;
mod secrets;
mod shared;
#[cfg(test)]
mod tests;
mod wizard;

pub use list_state::recall;
pub use picker::link;

use zeroize::Zeroize;

use super::effect::{Effect, RequestId};
use super::modal::{Help, Palette};
use super::model::{NoticeTone, Waiting};
use super::search::Search;
use super::{Action, Answer, Context, Keymap, Modal, Model, Msg, ScreenKind};

/// What the program asks for at its start.
pub fn start(model: &mut Model) -> Vec<Effect> {
    if let Some(left) = list_state::as_left(model) {
        model.say(NoticeTone::Info, left);
    }
    let mut effects = list::load(model);
    effects.extend(shared::begin(model));
    if model.capabilities.drafts {
        let request = model.request(Waiting::CountDrafts);
        effects.push(Effect::ReadDrafts { request });
        effects.push(read_preflights(model));
    }
    effects
}

/// Reads the results of earlier pre-flights, of connections that can have drafts: others have no answers
/// to check.
fn read_preflights(model: &mut Model) -> Effect {
    Effect::ReadPreflights { request: model.request(Waiting::ReadPreflights) }
}

/// Changes the model by one message and returns what is to be done outside.
pub fn update(model: &mut Model, keymap: &Keymap, msg: Msg) -> Vec<Effect> {
    list_state::touch(model, &msg);
    let before = question(model);
    // Only what is read or answered changes rows.
    let answered = matches!(msg, Msg::Answer(..));
    let mut effects = change(model, keymap, msg);
    if answered {
        list::count_levels(model);
    }
    effects.extend(details::follow(model));
    effects.extend(shared::follow(model));
    preflight::raise(model);
    if question(model) != before {
        model.asked += 1;
    }
    effects
}

/// Distinguishes what has the keys.
fn question(model: &Model) -> (usize, Option<std::mem::Discriminant<Modal>>) {
    (model.modals.len(), model.modals.last().map(std::mem::discriminant))
}

fn change(model: &mut Model, keymap: &Keymap, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Clock(now) => {
            model.now = now;
            Vec::new()
        }
        Msg::Key(key) => keys::press(model, keymap, key),
        Msg::Meta(key) => keys::meta(model, keymap, key),
        Msg::Typed(mut text) => {
            let effects = keys::typed(model, keymap, &text);
            // It may be a secret.
            text.zeroize();
            effects
        }
        Msg::Paste(mut text) => {
            // What was said before is about what was done before.
            model.notice = None;
            let effects = keys::paste(model, keymap, &text);
            text.zeroize();
            effects
        }
        Msg::Shown(number) => {
            model.seen = number;
            Vec::new()
        }
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            list::keep_in_view(model);
            audit::keep_in_view(model);
            Vec::new()
        }
        Msg::Click(x, y) => click(model, x, y),
        Msg::Wheel(rows) => wheel(model, rows),
        Msg::Tick => {
            model.spin = model.spin.wrapping_add(1);
            Vec::new()
        }
        Msg::Autosave => keep_all(model),
        Msg::Hangup => {
            model.quit = true;
            keep_all(model)
        }
        Msg::Answer(request, answer) => answered(model, keymap, request, answer),
        Msg::NotCopied { bytes, limit } => {
            let text = format!(
                "Not copied: {bytes} bytes are more than terminals take ({limit}). Save it to a file instead."
            );
            model.say(NoticeTone::Failed, text);
            Vec::new()
        }
    }
}

fn answered(model: &mut Model, keymap: &Keymap, request: RequestId, answer: Answer) -> Vec<Effect> {
    // The list comes in several answers; every other request has one.
    let waiting = if answer.more() {
        model.waiting.get(&request).cloned()
    } else {
        model.waiting.remove(&request)
    };
    match waiting {
        Some(waiting) => answer::apply(model, keymap, request, waiting, answer),
        // Nobody waits for it any more.
        None => Vec::new(),
    }
}

/// Does an action in a place. The palette comes this way too.
pub(super) fn act(model: &mut Model, context: Context, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => return quit(model),
        Action::Help => {
            model.modals.push(Modal::Help(Help::of(context)));
            return Vec::new();
        }
        Action::Palette => {
            model.modals.push(Modal::Palette(palette(context)));
            return Vec::new();
        }
        Action::ToggleMouse => {
            model.mouse = !model.mouse;
            let text = if model.mouse {
                "Mouse on: hold shift to select text with it."
            } else {
                "Mouse off: it selects text again."
            };
            model.say(NoticeTone::Info, text);
            return vec![Effect::Mouse(model.mouse)];
        }
        Action::Redraw => return vec![Effect::Redraw],
        Action::Message => {
            match model.said_whole() {
                Some(message) => model.modals.push(Modal::Message(message)),
                None => model.say(NoticeTone::Info, "No messages yet."),
            }
            return Vec::new();
        }
        Action::Commands => return equivalent::open(model),
        Action::Permissions => return permissions::open(model),
        Action::Contexts => return contexts::menu(model),
        Action::Audit => return audit::open(model),
        Action::Suspend => {
            let mut effects = keep_all(model);
            effects.push(Effect::Suspend);
            return effects;
        }
        _ => {}
    }
    if let Some(reason) = model.refused(context, action) {
        model.say(NoticeTone::Info, reason);
        return Vec::new();
    }
    match context {
        Context::List | Context::Search => list::act(model, action),
        Context::Filter | Context::FilterSearch => panel::act(model, action),
        Context::Form | Context::FormText | Context::Review => wizard::act(model, action),
        Context::Permissions => permissions::act(model, action),
        Context::Audit | Context::AuditSearch => audit::act(model, action),
        Context::Diff | Context::DiffSearch => diff::act(model, action),
        Context::Runbook => runbook::act(model, action),
        Context::Preflight => preflight::act(model, action),
        Context::Picker => picker::act(model, action),
        Context::Prompt => prompt::act(model, action),
        Context::Dialog => dialog::act(model, action),
        Context::Menu => menu::act(model, action),
        Context::Help => help(model, action),
        Context::Palette => choose(model, action),
    }
}

fn click(model: &mut Model, _x: u16, y: u16) -> Vec<Effect> {
    // Only rows of the list answer the mouse; everything else is a key away.
    if model.context() == Context::List || model.context() == Context::Search {
        list::click(model, y);
    }
    Vec::new()
}

fn wheel(model: &mut Model, rows: i16) -> Vec<Effect> {
    let action = if rows < 0 { Action::Up } else { Action::Down };
    let context = model.context();
    if matches!(context, Context::Form | Context::FormText) {
        return Vec::new();
    }
    let mut effects = Vec::new();
    for _ in 0..rows.unsigned_abs().min(9) {
        effects.extend(act(model, context, action));
    }
    effects
}

/// Quits, asking only when a changed form is open. C7.
fn quit(model: &mut Model) -> Vec<Effect> {
    model.contexts.wanted = None;
    if model.screens.form().is_some_and(|form| form.changed()) {
        ask_to_leave(model, true)
    } else {
        model.quit = true;
        keep_all(model)
    }
}

/// Asks what becomes of the changed form, which lies on top for that.
fn ask_to_leave(model: &mut Model, quit: bool) -> Vec<Effect> {
    model.modals.clear();
    model.modals.push(Modal::Leave { at: 1, quit });
    screens::leave(model, ScreenKind::Permissions)
}

/// Keeps all that would be lost: the form in progress, and how the list is left. C7, E5.
fn keep_all(model: &mut Model) -> Vec<Effect> {
    let mut effects = draft::keep(model);
    effects.extend(list_state::keep(model));
    effects
}

/// Stops waiting for a request and has it stopped.
fn cancel(model: &mut Model, request: Option<RequestId>) -> Vec<Effect> {
    match request {
        Some(request) if model.waiting.remove(&request).is_some() => {
            vec![Effect::Cancel { request }]
        }
        _ => Vec::new(),
    }
}

fn help(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    let Some(Modal::Help(help)) = model.modals.last_mut() else { return Vec::new() };
    match action {
        Action::Up => help.top = help.top.saturating_sub(1),
        Action::Down => help.top += 1,
        Action::PageUp => help.top = help.top.saturating_sub(page),
        Action::PageDown => help.top += page,
        Action::NextTab | Action::PrevTab => help.turn(action == Action::PrevTab),
        Action::Back if help.search.end() => {}
        Action::Back => _ = model.modals.pop(),
        _ => {}
    }
    Vec::new()
}

fn palette(context: Context) -> Palette {
    let mut actions: Vec<Action> =
        Keymap::default().of(context).map(|(action, _)| action).collect();
    // Whoever looks for an action by name knows how to move.
    actions.sort_by_key(|it| it.moves());
    Palette { context, search: Search::default(), at: 0, actions }
}

fn choose(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Modal::Palette(palette)) = model.modals.last_mut() else { return Vec::new() };
    let matches = palette.matches();
    let last = matches.len().saturating_sub(1);
    match action {
        Action::Up => palette.at = palette.at.saturating_sub(1),
        Action::Down => palette.at = (palette.at + 1).min(last),
        Action::PageUp => palette.at = palette.at.saturating_sub(10),
        Action::PageDown => palette.at = (palette.at + 10).min(last),
        Action::Back => _ = model.modals.pop(),
        Action::Activate => {
            let (chosen, context) = (matches.get(palette.at).copied(), palette.context);
            model.modals.pop();
            if let Some(chosen) = chosen {
                return act(model, context, chosen);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Moves a cursor in a list of `count` lines, a page being `page` lines.
fn moved(at: usize, count: usize, page: usize, action: Action) -> usize {
    let last = count.saturating_sub(1);
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at + page,
        Action::Top => 0,
        Action::Bottom => last,
        _ => at,
    }
    .min(last)
}

/// Scrolls details of which `hidden` lines are out of sight when the first is in it.
fn scrolled(top: usize, hidden: usize, action: Action) -> usize {
    match action {
        Action::ScrollUp => top.min(hidden).saturating_sub(1),
        Action::ScrollDown => (top + 1).min(hidden),
        _ => top,
    }
}

/// What failed and what to do, in one line.
fn failure(what: &str, error: &crate::backend::BackendError) -> String {
    let hint = error.hint();
    if hint.is_empty() { format!("{what}: {error}.") } else { format!("{what}: {error}. {hint}") }
}
