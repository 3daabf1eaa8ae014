//! The portal runbook: ticks, values to copy, and the confirmation by the live list.

use std::collections::BTreeSet;

use super::super::contexts::ContextKind;
use super::super::effect::{Effect, RequestId, TickChange};
use super::super::modal::{CopyMenu, CopyWhat, ForLive, Message, Modal};
use super::super::model::{NoticeTone, Waiting};
use super::super::msg::Opened;
use super::super::prompt::Prompt;
use super::super::runbook::{Row, Screen};
use super::super::{Action, Model, ScreenKind};
use super::commands::sent;
use super::{cancel, diff, moved, screens};
use crate::domain::compare::{Finding, Report};
use crate::domain::health::Directory;
use crate::domain::{ConnectionId, Secret};
use crate::form;
use crate::form::Limits;
use crate::form::runbook::{Entry, NoRunbook, Severity, Step, markdown, of_connection};
use crate::text::{file_stem, fold, shown};

/// Opens the runbook of the connection under the cursor.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some((id, kind)) = model.list.current().map(|row| (row.id, row.kind)) else {
        return Vec::new();
    };
    if model.contexts.current().is_some_and(|it| it.kind == ContextKind::Fly) {
        let text = "Runbooks exist only for planned connections: > copies this one into the plan, or switch to it.";
        model.say(NoticeTone::Info, text);
        return Vec::new();
    }
    if !form::has_form(kind) {
        model.say(NoticeTone::Info, format!("No runbook: {}.", NoRunbook::NoForm(kind)));
        return Vec::new();
    }
    ask(model, id)
}

/// Asks for a connection to make its runbook.
pub(super) fn ask(model: &mut Model, id: ConnectionId) -> Vec<Effect> {
    let request = model.request(Waiting::Runbook);
    vec![Effect::Open { request, id }]
}

/// The connection came: shows its runbook and asks for its ticks.
pub(super) fn opened(model: &mut Model, opened: &Opened) -> Vec<Effect> {
    let directory: Directory = opened.objects.iter().cloned().collect();
    let limits = Limits { now: model.now, password: model.settings.password };
    let connection = &opened.connection;
    match of_connection(connection, &directory, &limits, model.settings.warning_days) {
        Ok(runbook) => {
            let screen = Screen::new(connection.id, connection.revision, runbook);
            let mut effects = screens::open(model, screen);
            effects.extend(keep(model, None));
            effects
        }
        Err(why) => {
            model.say(NoticeTone::Info, format!("No runbook: {why}."));
            Vec::new()
        }
    }
}

/// Reads or changes the ticks.
fn keep(model: &mut Model, change: Option<TickChange>) -> Vec<Effect> {
    let request = model.request(Waiting::Ticks);
    let Some(screen) = model.screens.runbook_mut() else { return Vec::new() };
    screen.keeping = Some(request);
    vec![Effect::Ticks { request, id: screen.id, revision: screen.revision, change }]
}

/// The ticks as they are kept. An answer that a later change overtook does not count.
pub(super) fn ticks(
    model: &mut Model,
    request: RequestId,
    result: Result<BTreeSet<String>, String>,
) -> Vec<Effect> {
    let Some(screen) = model.screens.runbook_mut() else { return Vec::new() };
    match result {
        Ok(ticked) if screen.keeping == Some(request) => {
            screen.keeping = None;
            screen.ticked = ticked;
            if !std::mem::replace(&mut screen.known, true) && !screen.ticked.is_empty() {
                // Goes on where it was left.
                screen.at = screen.first_open();
            }
        }
        Ok(_) => {}
        Err(why) => {
            let text = format!(
                "{why} Reset the ticks to start again; until then they last as long as this screen."
            );
            model.say(NoticeTone::Failed, text);
        }
    }
    Vec::new()
}

/// An action on the screen.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    match action {
        Action::Toggle => return toggle(model, false),
        Action::Activate => return toggle(model, true),
        Action::Diff => return confirm(model),
        Action::CopyValue => return copy_value(model),
        Action::CopyMenu => return copy_menu(model),
        Action::SaveFile => return save(model),
        Action::ResetTicks => return reset(model),
        Action::Undo => return undo(model),
        Action::Details => return explain(model),
        Action::Back => return screens::leave(model, ScreenKind::Runbook),
        _ => {}
    }
    if let Some(screen) = model.screens.runbook_mut() {
        screen.at = moved(screen.at, screen.rows().len(), page, action);
    }
    Vec::new()
}

/// Ticks or unticks a step; with `go_on` it is done, and the next one is shown. The last step is
/// ticked by the live list only.
fn toggle(model: &mut Model, go_on: bool) -> Vec<Effect> {
    let Some(screen) = model.screens.runbook_mut() else { return Vec::new() };
    let Some((id, done)) = screen.step().map(|it| (it.id, screen.is_done(it))) else {
        return if go_on { explain(model) } else { Vec::new() };
    };
    if id == Step::CONFIRM && (go_on || !done) {
        return confirm(model);
    }
    let steps = vec![id.to_owned()];
    screen.before_reset = None;
    let change = if done && !go_on {
        screen.ticked.remove(id);
        TickChange::Untick(steps)
    } else {
        screen.ticked.insert(id.to_owned());
        TickChange::Tick(steps)
    };
    if go_on {
        screen.at = (screen.at + 1).min(screen.rows().len().saturating_sub(1));
    }
    if done && go_on {
        return Vec::new();
    }
    keep(model, Some(change))
}

fn reset(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.runbook_mut() else { return Vec::new() };
    let ticked = std::mem::take(&mut screen.ticked);
    screen.before_reset = (!ticked.is_empty()).then_some(ticked);
    screen.at = 0;
    model.say(NoticeTone::Done, "All ticks cleared; undo brings them back.");
    keep(model, Some(TickChange::Reset))
}

fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.runbook_mut() else { return Vec::new() };
    let Some(ticked) = screen.before_reset.take() else {
        model.say(NoticeTone::Info, "Nothing to undo: there was no reset.");
        return Vec::new();
    };
    screen.ticked.clone_from(&ticked);
    keep(model, Some(TickChange::Tick(ticked.into_iter().collect())))
}

/// Holds the connection against the live list.
fn confirm(model: &mut Model) -> Vec<Effect> {
    match diff::live_of(model, ForLive::Confirm) {
        Some(live) => confirm_with(model, live),
        None => Vec::new(),
    }
}

/// Holds the connection against this live list.
pub(super) fn confirm_with(model: &mut Model, live: String) -> Vec<Effect> {
    let plan = model.contexts.active.clone();
    let Some(before) = model.screens.runbook().map(|it| it.confirming) else { return Vec::new() };
    let mut effects = cancel(model, before);
    let request = model.request(Waiting::Confirm);
    if let Some(screen) = model.screens.runbook_mut() {
        screen.confirming = Some(request);
        let name = screen.runbook.name.clone();
        effects.push(Effect::Compare { request, plan, live, name, fresh: true });
    }
    effects
}

/// What the live list says: the last step is ticked when nothing differs, and unticked otherwise.
pub(super) fn confirmed(model: &mut Model, result: Result<Box<Report>, String>) -> Vec<Effect> {
    let Some(screen) = model.screens.runbook_mut() else { return Vec::new() };
    screen.confirming = None;
    let report = match result {
        Ok(report) => report,
        Err(why) => {
            model.say(NoticeTone::Failed, format!("Not confirmed: {why}"));
            return Vec::new();
        }
    };
    if let Some(why) = &report.stale {
        // An old list can neither confirm nor deny what was just saved.
        model.say(NoticeTone::Failed, format!("Not confirmed, the live list was not read: {why}"));
        return Vec::new();
    }
    let name = fold(screen.runbook.name.trim());
    let entry = report.entries.iter().find(|it| fold(it.name().trim()) == name);
    let steps = vec![Step::CONFIRM.to_owned()];
    match entry.map_or(Err("Not confirmed: the plan does not have it any more.".to_owned()), |it| {
        it.confirmed(&report.live)
    }) {
        Ok(said) => {
            screen.ticked.insert(Step::CONFIRM.to_owned());
            model.say(NoticeTone::Done, said);
            keep(model, Some(TickChange::Tick(steps)))
        }
        Err(said) => {
            let was = screen.ticked.remove(Step::CONFIRM);
            let lines: Vec<String> =
                entry.map(|it| it.differing().map(difference).collect()).unwrap_or_default();
            model.say(NoticeTone::Failed, said);
            if !lines.is_empty() {
                let title = "It differs".to_owned();
                model.modals.push(Modal::Message(Message { title, lines, top: 0 }));
            }
            if was { keep(model, Some(TickChange::Untick(steps))) } else { Vec::new() }
        }
    }
}

fn difference(it: &Finding) -> String {
    let or_none = |text: &str| match text {
        "" => "(none)".to_owned(),
        text => shown(text).into_owned(),
    };
    format!("{}: plan {}, live {}", it.field.label(), or_none(&it.plan), or_none(&it.live))
}

/// Copies what the step takes; a secret through the store, only because it was asked for. E3.
fn copy_value(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.runbook() else { return Vec::new() };
    let Some(step) = screen.step() else {
        model.say(NoticeTone::Info, "Only the values of a step can be copied.");
        return Vec::new();
    };
    match step.entries.as_slice() {
        [Entry::Secret { path, what }] => {
            let (id, path, what) = (screen.id, (*path).to_owned(), *what);
            let request = model.request(Waiting::CopyStep(what));
            vec![Effect::Reveal { request, id, path }]
        }
        [] | [Entry::Missing(_)] => {
            model.say(NoticeTone::Info, "There is nothing to copy here.");
            Vec::new()
        }
        [Entry::Labelled { .. }, ..] => {
            let items = step.entries.iter().filter_map(|it| match it {
                Entry::Labelled { label, text } => {
                    Some((*label, CopyWhat::Text(Secret::new(shown(text)))))
                }
                Entry::Text(_) | Entry::Secret { .. } | Entry::Missing(_) => None,
            });
            let items = items.collect();
            model.modals.push(Modal::CopyMenu(CopyMenu { items, at: 0 }));
            Vec::new()
        }
        entries => {
            let texts: Vec<_> = entries
                .iter()
                .filter_map(|it| match it {
                    Entry::Text(text) => Some(shown(text)),
                    Entry::Labelled { .. } | Entry::Secret { .. } | Entry::Missing(_) => None,
                })
                .collect();
            let text = Secret::new(texts.join("\n"));
            let what = format!("the value of {}", step.label);
            model.say(NoticeTone::Info, sent(&what));
            vec![Effect::Copy { text }]
        }
    }
}

/// The text of a step's secret came.
pub(super) fn revealed(model: &mut Model, what: &str, text: Secret) -> Vec<Effect> {
    model.say(NoticeTone::Info, sent(&format!("the {what}")));
    vec![Effect::Copy { text }]
}

fn as_markdown(model: &Model) -> Option<Secret> {
    let screen = model.screens.runbook()?;
    Some(Secret::new(markdown(&screen.runbook, &screen.ticked)))
}

/// The file that is suggested for the runbook.
fn file(model: &Model) -> String {
    let name = model.screens.runbook().map(|it| file_stem(&it.runbook.name).0);
    format!("runbook-{}.md", name.unwrap_or_default())
}

fn copy_menu(model: &mut Model) -> Vec<Effect> {
    let file = file(model);
    if let Some(text) = as_markdown(model) {
        let items = vec![
            ("Markdown, without secrets", CopyWhat::Text(text.clone())),
            ("Markdown to a file…", CopyWhat::File(text, file)),
        ];
        model.modals.push(Modal::CopyMenu(CopyMenu { items, at: 0 }));
    }
    Vec::new()
}

fn save(model: &mut Model) -> Vec<Effect> {
    let file = file(model);
    if let Some(text) = as_markdown(model) {
        model.modals.push(Modal::Prompt(Box::new(Prompt::save_copy(text, &file))));
    }
    Vec::new()
}

/// Everything about the row under the cursor, for terminals where it does not fit below.
fn explain(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.runbook() else { return Vec::new() };
    let (title, lines) = match screen.current() {
        None => return Vec::new(),
        Some(Row::Before(remarks)) => {
            let line = |it: &crate::form::runbook::Remark| {
                let word = match it.severity {
                    Severity::Refused => "The portal will refuse this: ",
                    Severity::Warning => "Warning: ",
                    Severity::Note => "",
                };
                let about = it.about.map(|it| format!("{it}: ")).unwrap_or_default();
                format!("{word}{about}{}", it.text)
            };
            ("Before you begin".to_owned(), remarks.iter().map(line).collect())
        }
        Some(Row::Step(number, step)) => {
            let mut lines = vec![step.todo.clone()];
            lines.extend(step.entries.iter().map(said));
            lines.extend(step.notes.iter().map(|it| shown(it).into_owned()));
            (format!("{number}. {}", step.label), lines)
        }
        Some(Row::Asides(asides)) => {
            let line = |it: &crate::form::runbook::Aside| {
                let value = if it.value.is_empty() { "not set".into() } else { shown(&it.value) };
                format!("{}: {value} ({})", it.label, it.why)
            };
            ("In the plan only".to_owned(), asides.iter().map(line).collect())
        }
    };
    model.modals.push(Modal::Message(Message { title, lines, top: 0 }));
    Vec::new()
}

/// A value in words; names escaped, a secret never shown.
fn said(entry: &Entry) -> String {
    match entry {
        Entry::Text(text) => shown(text).into_owned(),
        Entry::Labelled { label, text } => format!("{label}: {}", shown(text)),
        Entry::Secret { what, .. } => format!("(the {what} is copied, never shown)"),
        Entry::Missing(message) => format!("Not answered in the plan: {message}."),
    }
}
