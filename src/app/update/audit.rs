//! The audit screen.

use std::sync::Arc;

use super::super::audit::{Screen, facts};
use super::super::effect::Effect;
use super::super::geometry::{audit_hidden, audit_pane, audit_rows};
use super::super::modal::{Message, Modal};
use super::super::model::{NoticeTone, Waiting};
use super::super::msg::Reply;
use super::super::prompt::Prompt;
use super::super::{Action, Model, ScreenKind};
use super::commands::sent;
use super::{cancel, failure, list, moved, screens, scrolled};
use crate::audit::format::{Format, text};
use crate::audit::{Hit, Report};
use crate::domain::{ConnectionId, Secret, document};
use crate::form;
use crate::text::shown;

/// Findings of a rule that a saved page lists at most.
const MOST: usize = 1_000;

/// Opens the screen, or comes back to it.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if model.screens.audit().is_some() {
        return screens::bring_back(model, ScreenKind::Audit);
    }
    let mut effects = screens::open(model, Screen::default());
    effects.extend(run(model));
    effects
}

/// Audits, first or again. The old report stays until the new one is there. C7.
pub(super) fn run(model: &mut Model) -> Vec<Effect> {
    let before = model.screens.audit().and_then(|it| it.loading);
    let mut effects = cancel(model, before);
    let request = model.request(Waiting::Audit);
    let Some(screen) = model.screens.audit_mut() else { return effects };
    screen.loading = Some(request);
    screen.error = None;
    effects.push(Effect::Audit {
        request,
        of: model.place_name().to_owned(),
        password: model.settings.password,
        warning_days: model.settings.warning_days,
    });
    effects
}

/// Something was saved: what was found before may be fixed.
pub(super) fn outdated(model: &mut Model) -> Vec<Effect> {
    if model.screens.audit().is_some() { run(model) } else { Vec::new() }
}

/// The report, or why there is none.
pub(super) fn done(model: &mut Model, reply: Reply<Arc<Report>>) {
    let height = audit_rows(model);
    let Some(screen) = model.screens.audit_mut() else { return };
    screen.loading = None;
    match reply {
        Ok(report) => {
            screen.report = Some(report);
            screen.apply(height);
        }
        Err(error) => {
            let text = failure("Audit failed", &error);
            screen.error = Some(error);
            // Without findings the reason stands in their place.
            if screen.report.is_some() {
                model.say(NoticeTone::Failed, text);
            }
        }
    }
}

/// Keeps the cursor on screen after the terminal changed.
pub(super) fn keep_in_view(model: &mut Model) {
    let height = audit_rows(model);
    if let Some(screen) = model.screens.audit_mut() {
        screen.keep_in_view(height);
    }
}

/// An action on the screen, or in its search line.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let (height, hidden) = (audit_rows(model), audit_hidden(model));
    let Some(screen) = model.screens.audit_mut() else { return Vec::new() };
    match action {
        Action::Activate if screen.search.keep() => {}
        Action::Activate | Action::Open => return fix(model),
        Action::ShowInList => return show_in_list(model),
        Action::Search => screen.search.typing = true,
        Action::Filter => {
            screen.next_level();
            screen.apply(height);
        }
        Action::ClearFilter => clear(screen, height),
        Action::Sort => {
            screen.by_rule = !screen.by_rule;
            screen.apply(height);
        }
        Action::Details => details(model),
        Action::Refresh => return run(model),
        Action::Copy => return copy(model),
        Action::SaveFile => save(model),
        Action::Back => return back(model, height),
        Action::ScrollUp | Action::ScrollDown => {
            screen.details_top = scrolled(screen.details_top, hidden, action);
        }
        movement => {
            let before = screen.at;
            let page = height.saturating_sub(1).max(1);
            screen.at = moved(screen.at, screen.shown.len(), page, movement);
            // Another finding is read from its beginning.
            if screen.at != before {
                screen.details_top = 0;
            }
            screen.keep_in_view(height);
            // The head above the first finding is worth seeing.
            if screen.at == 0 {
                screen.top = 0;
            }
        }
    }
    Vec::new()
}

fn clear(screen: &mut Screen, height: usize) {
    screen.search.end();
    screen.level = None;
    screen.apply(height);
}

/// Search, then level, then an audit that runs again, then the screen.
fn back(model: &mut Model, height: usize) -> Vec<Effect> {
    let Some(screen) = model.screens.audit_mut() else { return Vec::new() };
    if screen.search.end() {
        screen.apply(height);
        return Vec::new();
    }
    if screen.level.take().is_some() {
        screen.apply(height);
        return Vec::new();
    }
    if screen.report.is_none() || screen.loading.is_none() {
        return screens::leave(model, ScreenKind::Audit);
    }
    let loading = screen.loading.take();
    model.say(NoticeTone::Info, "Audit stopped; these are the previous findings.");
    cancel(model, loading)
}

fn current(model: &Model) -> Option<&Hit> {
    model.screens.audit().and_then(Screen::current)
}

/// Opens the form of the connection at the field that fixes it; the screen stays below.
fn fix(model: &mut Model) -> Vec<Effect> {
    let Some(hit) = current(model) else { return Vec::new() };
    let (id, kind, field) = (hit.subject.id, hit.subject.kind, hit.field);
    if !form::has_form(kind) {
        let text =
            format!("{} has no form in jetbridge: {}.", kind.label(), form::why_listed(kind));
        let effects = show_in_list(model);
        model.say(NoticeTone::Info, text);
        return effects;
    }
    let request = model.request(Waiting::Fix { id, field, from: ScreenKind::Audit });
    vec![Effect::Open { request, id }]
}

/// Puts the cursor of the list on the connection; search and filter go where they hide it.
fn show_in_list(model: &mut Model) -> Vec<Effect> {
    let Some(id) = current(model).map(|hit| hit.subject.id) else { return Vec::new() };
    if !reveal(model, id) {
        model.say(NoticeTone::Info, "This connection is not in the list any more: audit again.");
        return Vec::new();
    }
    model.screens.put_aside(ScreenKind::Audit);
    Vec::new()
}

fn reveal(model: &mut Model, id: ConnectionId) -> bool {
    if place(model, id).is_none() && model.list.rows.iter().any(|row| row.id == id) {
        list::act(model, Action::ClearFilter);
    }
    match place(model, id) {
        Some(at) => {
            model.list.search.keep();
            list::go(model, at);
            true
        }
        None => false,
    }
}

fn place(model: &Model, id: ConnectionId) -> Option<usize> {
    model.list.shown_rows().position(|row| row.id == id)
}

/// Shows or hides the details; where there is no room beside the list, in a dialog.
fn details(model: &mut Model) {
    let roomy = audit_pane(model.size).is_some();
    let Some(screen) = model.screens.audit_mut() else { return };
    if roomy {
        screen.plain = !screen.plain;
        keep_in_view(model);
        return;
    }
    let Some(hit) = screen.current() else { return };
    let lines = facts(hit).into_iter().map(|(label, text)| format!("{label}: {text}")).collect();
    let title = hit.rule.title.to_owned();
    model.modals.push(Modal::Message(Message { title, lines, top: 0 }));
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(hit) = current(model) else { return Vec::new() };
    let mut text = format!("{}: {}\n", hit.rule.title, shown(&hit.subject.name));
    for (label, fact) in facts(hit) {
        text.push_str(&format!("{label}: {fact}\n"));
    }
    model.say(NoticeTone::Info, sent("the finding"));
    vec![Effect::Copy { text: Secret::new(text) }]
}

/// Saves the report to a file in one of the formats that people ask for.
fn save(model: &mut Model) {
    let report = model.screens.audit().and_then(|it| it.report.clone());
    let Some(report) = report else { return };
    let texts = document::Format::ALL.map(|it| {
        let format = match it {
            document::Format::Csv => Format::Csv,
            document::Format::Json => Format::Json,
            document::Format::Markdown => Format::Markdown,
            document::Format::Html => Format::Html,
        };
        Secret::new(text(&report, format, MOST))
    });
    let first = document::Format::Html;
    let prompt = Prompt::save_as("Save the audit", "audit.html", first, texts.to_vec());
    model.modals.push(Modal::Prompt(Box::new(prompt)));
}
