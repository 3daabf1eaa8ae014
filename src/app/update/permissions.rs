//! The permissions screen. P1-P9.

use super::super::effect::Effect;
use super::super::modal::{Message, Modal};
use super::super::model::{NoticeTone, Waiting};
use super::super::permissions::{Choice, Screen, Tab, covers, of_values, turn};
use super::super::prompt::Prompt;
use super::super::wizard::Wizard;
use super::super::{Action, Model, RequestId, ScreenKind};
use super::commands::sent;
use super::{moved, screens};
use crate::domain::Secret;
use crate::domain::health::Directory;
use crate::form::runbook;
use crate::permissions::gap::Evidence;
use crate::permissions::manifest::Form;
use crate::permissions::{Job, Method, Scenario, connection, handoff};
use crate::text::shown;

/// Opens the screen: from a Groups form with its answers, from the list for the Groups connection
/// under the cursor, else for the plain case. Another form shows what its answers take.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if let Some(form) = model.screens.form() {
        if !covers(form.kind) {
            let message = needs(form);
            model.modals.push(Modal::Message(message));
            return Vec::new();
        }
        let name = form.values.text("name").trim();
        let subject = (!name.is_empty()).then(|| name.to_owned());
        let screen = Screen::new(of_values(&form.values), subject);
        return screens::open(model, screen);
    }
    match model.list.current() {
        Some(row) if covers(row.kind) => {
            let id = row.id;
            let request = model.request(Waiting::Permissions);
            vec![Effect::Open { request, id }]
        }
        Some(row) => {
            let name = shown(&row.name).into_owned();
            let text = format!("Shows Microsoft 365 Groups in general, not {name}.");
            model.say(NoticeTone::Info, text);
            show(model, None, None)
        }
        None => show(model, None, None),
    }
}

/// What a form that the screen does not cover needs outside of it.
fn needs(form: &Wizard) -> Message {
    let needed = form.spec().map(|spec| runbook::needed(spec, &form.values).collect::<Vec<_>>());
    let mut lines = vec!["The permissions screen covers Microsoft 365 Groups only.".to_owned()];
    let page = form.spec().map(|it| it.permissions).filter(|it| !it.is_empty());
    lines.extend(page.map(|it| format!("Documented by the vendor: {it}.")));
    lines.extend(needed.unwrap_or_default().iter().map(|(label, text)| format!("{label}: {text}")));
    Message { title: format!("Needed for {}", form.kind.label()), lines, top: 0 }
}

fn show(model: &mut Model, scenario: Option<Scenario>, subject: Option<String>) -> Vec<Effect> {
    let scenario = scenario.unwrap_or(Scenario::new(Method::CustomApp, Job::Both));
    screens::open(model, Screen::new(scenario, subject))
}

/// The connection whose permissions were asked for.
pub(super) fn opened(model: &mut Model, opened: &super::super::msg::Opened) -> Vec<Effect> {
    let directory: Directory = opened.objects.iter().cloned().collect();
    let sheet = opened.connection.answers.sheet().filter(|_| covers(opened.connection.kind));
    let scenarios = sheet.map(|it| connection::scenarios(it, &directory, Job::Both));
    let scenario = scenarios.and_then(|it| it.into_iter().next());
    if scenario.is_none() {
        let text = "Its credentials are unknown here, so this is the default scenario; change it on the left.";
        model.say(NoticeTone::Info, text);
    }
    show(model, scenario, Some(opened.connection.name.clone()))
}

/// An action on the screen.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    let Some(screen) = model.screens.permissions_mut() else { return Vec::new() };
    match action {
        Action::NextPane => screen.in_result = !screen.in_result,
        Action::NextTab | Action::PrevTab => {
            screen.tab = turn(&Tab::ALL, screen.tab, action == Action::PrevTab);
            screen.at = 0;
        }
        Action::Left | Action::Right | Action::Toggle | Action::Activate if !screen.in_result => {
            screen.turn(action == Action::Left);
        }
        Action::Activate | Action::Toggle => return explain(model),
        Action::Left | Action::Right => {
            screen.tab = turn(&Tab::ALL, screen.tab, action == Action::Left);
            screen.at = 0;
        }
        Action::NextFormat => {
            screen.format = turn(&Form::ALL, screen.format, false);
            screen.tab = Tab::Manifest;
            screen.at = 0;
        }
        Action::OnlyGaps => {
            screen.only_gaps = !screen.only_gaps;
            screen.tab = Tab::Check;
            screen.at = 0;
        }
        Action::CheckManifest => ask(model, Prompt::check_manifest()),
        Action::CheckToken => ask(model, Prompt::check_tokens()),
        Action::CheckLive => ask(model, Prompt::check_live()),
        Action::Copy => return copy(model),
        Action::SaveFile => save(model),
        Action::Back => return screens::leave(model, ScreenKind::Permissions),
        movement if screen.in_result => {
            screen.at = moved(screen.at, screen.count(), page, movement);
        }
        movement => screen.choice = moved(screen.choice, Choice::ALL.len(), page, movement),
    }
    Vec::new()
}

/// Everything about the entry under the cursor, for terminals where it does not fit below.
fn explain(model: &mut Model) -> Vec<Effect> {
    let reported = model.screens.permissions().map(Screen::facts).unwrap_or_default();
    if let Some((title, facts)) = reported {
        let lines = facts.iter().map(|it| format!("{}: {}", it.label, it.text)).collect();
        model.modals.push(Modal::Message(Message { title, lines, top: 0 }));
    }
    Vec::new()
}

fn ask(model: &mut Model, prompt: Prompt) {
    model.modals.push(Modal::Prompt(Box::new(prompt)));
}

/// What the shown result is as a text, and what to call it.
fn text(screen: &Screen) -> (String, &'static str) {
    match (screen.tab, &screen.report) {
        (Tab::Manifest, _) => (screen.built().manifest.render(screen.format), "the manifest"),
        (Tab::Check, Some(report)) => (handoff::report(report), "the check as Markdown"),
        (Tab::Needs | Tab::Steps | Tab::Check, _) => {
            (handoff::markdown(&screen.scenario), "the requirements as Markdown")
        }
    }
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let Some((text, what)) = model.screens.permissions().map(text) else { return Vec::new() };
    model.say(NoticeTone::Info, sent(what));
    vec![Effect::Copy { text: Secret::new(text) }]
}

fn save(model: &mut Model) {
    let Some(screen) = model.screens.permissions() else { return };
    let file = match (screen.tab, &screen.report) {
        (Tab::Manifest, _) => "app-manifest.json",
        (Tab::Check, Some(_)) => "permission-check.md",
        (Tab::Needs | Tab::Steps | Tab::Check, _) => "permissions.md",
    };
    let (text, _) = text(screen);
    ask(model, Prompt::save_copy(Secret::new(text), file));
}

/// What is known of an app.
pub(super) fn check_step(model: &mut Model, request: RequestId, text: String) {
    if let Some(Modal::Prompt(prompt)) = model.modals.last_mut()
        && prompt.waiting == Some(request)
    {
        prompt.doing = Some(text);
    }
}

/// A check of an app ended.
pub(super) fn checked(model: &mut Model, result: Result<Box<Evidence>, String>) {
    match result {
        Ok(evidence) => {
            if matches!(model.modals.last(), Some(Modal::Prompt(_))) {
                model.modals.pop();
            }
            let Some(screen) = model.screens.permissions_mut() else { return };
            screen.learn(*evidence);
            screen.tab = Tab::Check;
            screen.in_result = true;
            screen.at = 0;
        }
        Err(problem) => match model.modals.last_mut() {
            Some(Modal::Prompt(prompt)) => prompt.fail(problem),
            _ => model.say(NoticeTone::Failed, problem),
        },
    }
}
