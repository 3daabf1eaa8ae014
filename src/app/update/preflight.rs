//! The pre-flight screen: starts runs, takes what they report, and leads to what can be fixed.
//! SPEC F1-F4.
//!
//! A run goes on while another screen lies over it or its own is put aside; leaving it ends the run.

use std::collections::HashMap;

use super::super::effect::Effect;
use super::super::geometry::preflight_is_wide;
use super::super::modal::{Message, Modal, PreflightMenu};
use super::super::model::{NoticeTone, Waiting};
use super::super::preflight::{
    Ask, Check, Checked, Ended, Line, Progress, Rejudged, Reply, Screen, Wish,
};
use super::super::prompt::{Prompt, Purpose};
use super::super::{Action, Model, ScreenKind};
use super::commands::sent;
use super::{list, marks, moved, screens};
use crate::checks::Level;
use crate::domain::preflight::Kept;
use crate::domain::{ConnectionId, Secret};
use crate::form;
use crate::text::{counted, shown};

/// Checks the marked connections, or the one under the cursor. A run of them that was put aside comes
/// back, and so does any that is still going on.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let which: Vec<ConnectionId> = marks::targets(&mut model.list).iter().map(|it| it.id).collect();
    let known = model.screens.preflight();
    if known.is_some_and(|it| it.is_running() || it.wish.which == which) {
        return screens::bring_back(model, ScreenKind::Preflight);
    }
    begin(model, Wish { which, ..Wish::default() })
}

/// Starts a run on a screen of its own.
pub(super) fn begin(model: &mut Model, wish: Wish) -> Vec<Effect> {
    if wish.which.is_empty() {
        model.say(NoticeTone::Info, "There is no connection to check.");
        return Vec::new();
    }
    let mut effects = screens::leave(model, ScreenKind::Preflight);
    let request = model.request(Waiting::Preflight);
    effects.push(Effect::Preflight { request, wish: wish.clone(), again: false });
    let screen = Screen::new(wish, request, model.now);
    effects.extend(screens::open(model, screen));
    effects
}

/// Repeats some checks of the screen; what else is known stays.
fn repeat(model: &mut Model, wish: Wish) -> Vec<Effect> {
    let request = model.request(Waiting::Preflight);
    let now = model.now;
    let Some(screen) = model.screens.preflight_mut() else { return Vec::new() };
    screen.request = Some(request);
    screen.began = now;
    screen.ended = None;
    vec![Effect::Preflight { request, wish, again: true }]
}

/// Asks what is to be checked: from the list, or again on the screen.
pub(super) fn menu(model: &mut Model, on_screen: bool) {
    let items = if on_screen { again(model) } else { choices(model) };
    if items.is_empty() {
        return;
    }
    model.modals.push(Modal::Preflight(PreflightMenu { items, at: 0, again: on_screen }));
}

/// What can be checked from the list.
fn choices(model: &mut Model) -> Vec<(String, Wish)> {
    let chosen: Vec<ConnectionId> =
        marks::targets(&mut model.list).iter().map(|it| it.id).collect();
    let seen: Vec<ConnectionId> = model.list.shown_rows().map(|it| it.id).collect();
    let all: Vec<ConnectionId> = model.list.rows.iter().map(|it| it.id).collect();
    let marked = !model.list.marks.is_empty();
    let mut sets: Vec<(String, Vec<ConnectionId>)> = Vec::new();
    if !chosen.is_empty() {
        let many = counted(chosen.len(), "marked connection");
        sets.push((if marked { many } else { "this connection".to_owned() }, chosen));
    }
    if !seen.is_empty() && seen.len() < all.len() {
        sets.push((format!("{} shown", counted(seen.len(), "connection")), seen));
    }
    if !all.is_empty() {
        sets.push((format!("all connections ({})", all.len()), all));
    }
    let with = |offline: bool, tail: &str| {
        let item = |(label, which): &(String, Vec<ConnectionId>)| {
            let wish = Wish { which: which.clone(), offline, ..Wish::default() };
            (format!("Check {label}{tail}"), wish)
        };
        sets.iter().map(item).collect::<Vec<_>>()
    };
    [with(false, ""), with(true, ", offline")].concat()
}

/// What can be checked again.
fn again(model: &mut Model) -> Vec<(String, Wish)> {
    let Some(screen) = model.screens.preflight() else { return Vec::new() };
    if screen.is_running() {
        model.say(NoticeTone::Info, "The pre-flight is still running: stop it first.");
        return Vec::new();
    }
    let which = screen.wish.which.clone();
    let of = |offline| Wish { which: which.clone(), offline, ..Wish::default() };
    let mut items = Vec::new();
    let open = screen.open_checks();
    if !open.which.is_empty() {
        items.push(("Check again what failed or was not finished".to_owned(), open));
    }
    items.push(("Check everything again".to_owned(), of(false)));
    items.push(("Check everything again, offline".to_owned(), of(true)));
    items
}

/// The choice of the menu.
pub(super) fn chosen(model: &mut Model) -> Vec<Effect> {
    let Some(Modal::Preflight(menu)) = model.modals.pop() else { return Vec::new() };
    let Some((_, wish)) = menu.items.get(menu.at).cloned() else { return Vec::new() };
    if menu.again && !wish.only.is_empty() { repeat(model, wish) } else { begin(model, wish) }
}

/// An action on the screen.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    match action {
        Action::Back => return back(model),
        Action::Refresh => {
            menu(model, true);
            return Vec::new();
        }
        Action::SaveFile => {
            save(model);
            return Vec::new();
        }
        Action::Copy => return copy(model),
        Action::ShowInList => return show_in_list(model),
        Action::Waive => {
            waive(model);
            return Vec::new();
        }
        Action::Details => {
            details(model);
            return Vec::new();
        }
        _ => {}
    }
    let Some(screen) = model.screens.preflight_mut() else { return Vec::new() };
    match action {
        Action::NextPane => screen.in_checks = !screen.in_checks,
        Action::Left => screen.in_checks = false,
        Action::Right => screen.in_checks = true,
        Action::Filter => screen.only_bad = !screen.only_bad,
        Action::Toggle => {
            screen.in_checks = true;
            screen.fold();
        }
        Action::Activate if !screen.in_checks => screen.in_checks = true,
        Action::Activate => match screen.line() {
            Some(Line::Head(..)) => screen.fold(),
            Some(Line::Check(..)) => return fix(model),
            None => {}
        },
        movement if screen.in_checks => {
            let lines = screen.lines();
            let to = moved(screen.place(&lines), lines.len(), page, movement);
            screen.go(&lines, to);
        }
        movement => {
            let (at, count) = (screen.entry_at(), screen.entries().count());
            screen.choose(moved(at, count, page, movement));
        }
    }
    Vec::new()
}

/// Esc: ends the run and keeps what is known; then goes to the connections where they are out of sight,
/// then leaves.
fn back(model: &mut Model) -> Vec<Effect> {
    let wide = preflight_is_wide(model.size);
    let Some(screen) = model.screens.preflight_mut() else { return Vec::new() };
    if let Some(request) = screen.request.filter(|_| !screen.stopping) {
        screen.stopping = true;
        return vec![Effect::PreflightReply { request, reply: Reply::Stop }];
    }
    if !wide && screen.in_checks && !screen.is_running() && screen.connections.len() > 1 {
        screen.in_checks = false;
        return Vec::new();
    }
    screens::leave(model, ScreenKind::Preflight)
}

fn current(model: &Model) -> Option<(&Checked, &Check)> {
    model.screens.preflight().filter(|it| it.in_checks).and_then(Screen::current)
}

/// Opens the form of the connection at the field that the check is about; the screen stays below, and
/// a run goes on.
fn fix(model: &mut Model) -> Vec<Effect> {
    let Some((of, check)) = current(model) else { return Vec::new() };
    let (id, kind, field) = (of.id, of.kind, check.field);
    if !form::has_form(kind) {
        let text = format!("{} has no form in jetbridge: it is listed only.", kind.label());
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    let request = model.request(Waiting::Fix { id, field, from: ScreenKind::Preflight });
    vec![Effect::Open { request, id }]
}

/// Puts the cursor of the list on the connection. A run goes on.
fn show_in_list(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.preflight() else { return Vec::new() };
    let of = match (screen.in_checks, screen.current()) {
        (true, Some((of, _))) => Some(of.id),
        (true, None) | (false, _) => screen.shown().map(|it| it.id),
    };
    let running = screen.is_running();
    if of.is_some_and(|id| !list::jump(model, id)) {
        model.say(NoticeTone::Info, "It is not in the list any more: refresh it.");
        return Vec::new();
    }
    model.screens.put_aside(ScreenKind::Preflight);
    if running {
        model.say(NoticeTone::Info, "The pre-flight keeps running; start it again to see it.");
    }
    Vec::new()
}

/// Everything about a check, label and text; what comes from outside is escaped.
pub(super) fn facts(of: &Checked, check: &Check) -> Vec<String> {
    let mut lines = vec![format!("Connection: {}", shown(&of.name))];
    lines.push(format!("Proves: {}", check.proves));
    let Some(found) = &check.found else {
        lines.push("Seen: nothing yet".to_owned());
        return lines;
    };
    lines.push(format!("Seen: {}", shown(&found.text)));
    if !found.fix.is_empty() {
        lines.push(format!("Fix: {}", shown(&found.fix)));
    }
    lines
}

fn details(model: &mut Model) {
    let message = current(model).map(|(of, check)| Message {
        title: check.id.to_owned(),
        lines: facts(of, check),
        top: 0,
    });
    match message {
        Some(message) => model.modals.push(Modal::Message(message)),
        None => model.say(NoticeTone::Info, "Choose a check to see its details."),
    }
}

/// Copies what to do about the check under the cursor.
fn copy(model: &mut Model) -> Vec<Effect> {
    let fix = current(model).and_then(|(_, check)| check.found.as_ref()).map(|it| it.fix.clone());
    match fix {
        None => model.say(NoticeTone::Info, "Choose a check to copy what to do about it."),
        Some(fix) if fix.is_empty() => model.say(NoticeTone::Info, "There is nothing to fix here."),
        Some(fix) => {
            model.say(NoticeTone::Info, sent("the fix"));
            return vec![Effect::Copy { text: Secret::new(shown(&fix).into_owned()) }];
        }
    }
    Vec::new()
}

/// Asks where to save the report.
fn save(model: &mut Model) {
    let Some(screen) = model.screens.preflight() else { return };
    if screen.is_running() {
        model.say(NoticeTone::Info, "The report is saved once the pre-flight has ended.");
    } else if screen.connections.is_empty() {
        model.say(NoticeTone::Info, "Nothing was checked, so there is no report.");
    } else {
        model.modals.push(Modal::Prompt(Box::new(Prompt::save_preflight())));
    }
}

/// Asks why the check under the cursor may fail, and until when.
fn waive(model: &mut Model) {
    let running = model.screens.preflight().is_some_and(Screen::is_running);
    let prompt = current(model).and_then(|(of, check)| {
        let found = check.found.as_ref()?;
        let can = found.level == Level::Fail || found.waived.is_some();
        can.then(|| Prompt::waive(of.id, &of.name, check.id, found.waived.as_ref()))
    });
    match prompt {
        _ if running => {
            model.say(NoticeTone::Info, "A check is waived once the pre-flight has ended.");
        }
        Some(prompt) => model.modals.push(Modal::Prompt(Box::new(prompt))),
        None => model.say(NoticeTone::Info, "Choose a check that failed to waive it."),
    }
}

/// A check is waived, or is not any more.
pub(super) fn waived(model: &mut Model, result: Result<Rejudged, String>) -> Vec<Effect> {
    let asked = match model.modals.last_mut() {
        Some(Modal::Prompt(prompt)) if matches!(prompt.purpose, Purpose::Waive(_)) => Some(prompt),
        Some(_) | None => None,
    };
    match (result, asked) {
        (Ok(now), asked) => {
            if asked.is_some() {
                model.modals.pop();
            }
            if let Some(screen) = model.screens.preflight_mut() {
                for (connection, check, found) in now.changed {
                    screen.found(connection, &check, found);
                }
                screen.judged(now.ended.verdict);
            }
            match now.ended.problem {
                Some(problem) => model.say(NoticeTone::Failed, problem),
                None => model.say(NoticeTone::Done, "The waivers are saved."),
            }
            model.preflights.extend(now.ended.kept);
        }
        (Err(why), Some(prompt)) => prompt.fail(why),
        (Err(why), None) => model.say(NoticeTone::Failed, why),
    }
    Vec::new()
}

/// What a run reports.
pub(super) fn progress(model: &mut Model, progress: Progress) -> Vec<Effect> {
    let Some(screen) = model.screens.preflight_mut() else { return Vec::new() };
    match progress {
        Progress::Planned(plan) => {
            screen.planned(*plan);
            // With one connection there is nothing to choose from.
            screen.in_checks |= screen.connections.len() == 1;
        }
        Progress::Asks(ask) => {
            screen.ask = ask;
            let aside = screen.ask.is_some() && !is_on_top(model);
            if aside {
                model.say(NoticeTone::Info, "The pre-flight waits for an answer.");
            }
        }
        Progress::Note(text) => model.say(NoticeTone::Info, text),
        Progress::Found { connection, check, found } => screen.found(connection, &check, found),
    }
    Vec::new()
}

/// The results of earlier runs; what came of one in between is newer.
pub(super) fn remember(model: &mut Model, read: HashMap<ConnectionId, Kept>) -> Vec<Effect> {
    for (id, kept) in read {
        let newer = |known: &Kept| known.at > kept.at;
        if !model.preflights.get(&id).is_some_and(newer) {
            model.preflights.insert(id, kept);
        }
    }
    Vec::new()
}

/// The run ended, or in one line why there is none.
pub(super) fn done(model: &mut Model, result: Result<Ended, String>) -> Vec<Effect> {
    let now = model.now;
    let on_top = is_on_top(model);
    let Some(screen) = model.screens.preflight_mut() else { return Vec::new() };
    match result {
        Ok(ended) => {
            let stopped = screen.stopping;
            screen.ended(now, ended.verdict);
            if let Some(problem) = ended.problem {
                model.say(NoticeTone::Failed, problem);
            } else if stopped {
                model.say(NoticeTone::Info, "Stopped; what was known by then is kept here.");
            } else if !on_top {
                let text = format!("The pre-flight has ended: {}.", ended.verdict);
                model.say(NoticeTone::Info, text);
            }
            model.preflights.extend(ended.kept);
        }
        Err(why) => {
            screen.ended(now, "");
            screen.error = Some(why.clone());
            if !screen.connections.is_empty() || !on_top {
                model.say(NoticeTone::Failed, why);
            }
        }
    }
    Vec::new()
}

fn is_on_top(model: &Model) -> bool {
    model.screens.top().kind() == ScreenKind::Preflight
}

/// Shows what the run waits for as soon as nothing else lies over its screen, and takes the question
/// away when it is settled.
pub(super) fn raise(model: &mut Model) {
    let ask = model.screens.preflight().and_then(|it| it.ask.as_deref());
    let wanted = ask.map(|it| match it {
        Ask::SignIn(_) => Modal::SignIn,
        Ask::Bind(_) => Modal::Bind { at: 0 },
    });
    let same = |it: &Modal| {
        wanted
            .as_ref()
            .is_some_and(|wanted| std::mem::discriminant(it) == std::mem::discriminant(wanted))
    };
    model.modals.retain(|it| !matches!(it, Modal::SignIn | Modal::Bind { .. }) || same(it));
    if let Some(wanted) = wanted.filter(|_| model.modals.is_empty() && is_on_top(model)) {
        model.modals.push(wanted);
    }
}

/// Answers what the run waits for.
pub(super) fn reply(model: &mut Model, reply: Reply) -> Vec<Effect> {
    let Some(screen) = model.screens.preflight_mut() else { return Vec::new() };
    screen.ask = None;
    screen.request.map(|request| Effect::PreflightReply { request, reply }).into_iter().collect()
}

/// Copies the code that is entered in a browser.
pub(super) fn copy_code(model: &mut Model) -> Vec<Effect> {
    let ask = model.screens.preflight().and_then(|it| it.ask.as_deref());
    let Some(Ask::SignIn(it)) = ask else { return Vec::new() };
    let Some(code) = it.code.as_ref().map(|it| shown(&it.code).into_owned()) else {
        model.say(NoticeTone::Info, "There is no code yet.");
        return Vec::new();
    };
    model.say(NoticeTone::Info, sent("the code"));
    vec![Effect::Copy { text: Secret::new(code) }]
}
