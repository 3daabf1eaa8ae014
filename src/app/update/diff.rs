//! The plan held against a live context, and live connections on their way into the plan.

use super::super::contexts::{ContextInfo, ContextKind};
use super::super::diff::{Group, Screen};
use super::super::effect::Effect;
use super::super::modal::{CopyMenu, CopyWhat, ForLive, Lives, Message, Modal};
use super::super::model::{NoticeTone, Waiting};
use super::super::msg::Copied;
use super::super::permissions::turn;
use super::super::{Action, Model, ScreenKind};
use super::{cancel, list, marks, moved, runbook, screens};
use crate::domain::compare::{Entry, Report, Standing, export};
use crate::domain::{ConnectionId, Secret};
use crate::text::{counted, shown};

/// Said where there is no live context.
const NO_LIVE: &str =
    "There is no Fly context to compare with. Add one with jetbridge context add, in a shell.";
/// Said where there is no plan.
const NO_PLAN: &str = "There is no store for the plan.";

fn services(model: &Model) -> impl Iterator<Item = &ContextInfo> {
    model.contexts.all.iter().filter(move |it| it.kind == ContextKind::Fly)
}

/// The plan beside the context that is shown: itself, or for a live one the store that was shown
/// before, else the first.
fn plan_of(model: &Model) -> Option<String> {
    let current = model.contexts.current()?;
    if current.kind.is_plan() {
        return Some(current.name.clone());
    }
    let before = model.contexts.before.as_deref().and_then(|it| model.contexts.named(it));
    let before = before.filter(|it| it.kind.is_plan());
    let first = || model.contexts.all.iter().find(|it| it.kind.is_plan());
    before.or_else(first).map(|it| it.name.clone())
}

/// Which live context is meant: the one that is shown, else the only one, else the one that was
/// compared with last; `None` after the question for it, or after saying that there is none.
pub(super) fn live_of(model: &mut Model, purpose: ForLive) -> Option<String> {
    let current = model.contexts.current().filter(|it| it.kind == ContextKind::Fly);
    if let Some(current) = current {
        return Some(current.name.clone());
    }
    let names: Vec<String> = services(model).map(|it| it.name.clone()).collect();
    match names.as_slice() {
        [] => {
            model.say(NoticeTone::Info, NO_LIVE);
            None
        }
        [only] => Some(only.clone()),
        _ => {
            let last = model.screens.diff().map(|it| it.live.as_str());
            let at = names.iter().position(|it| Some(it.as_str()) == last).unwrap_or(0);
            model.modals.push(Modal::Lives(Lives { names, at, purpose }));
            None
        }
    }
}

/// Opens the comparison. One that was put aside comes back, and is made again from what was read.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match live_of(model, ForLive::Diff) {
        Some(live) => begin(model, live),
        None => Vec::new(),
    }
}

/// Opens the comparison with a live context.
pub(super) fn begin(model: &mut Model, live: String) -> Vec<Effect> {
    let Some(plan) = plan_of(model) else {
        model.say(NoticeTone::Info, NO_PLAN);
        return Vec::new();
    };
    let known = model.screens.diff().is_some_and(|it| it.plan == plan && it.live == live);
    let mut effects = if known {
        screens::bring_back(model, ScreenKind::Diff)
    } else {
        let mut effects = screens::leave(model, ScreenKind::Diff);
        effects.extend(screens::open(model, Screen::new(plan, live)));
        effects
    };
    effects.extend(compare(model, !known));
    effects
}

/// Compares, again if need be.
fn compare(model: &mut Model, fresh: bool) -> Vec<Effect> {
    let Some(before) = model.screens.diff().map(|it| it.asking) else { return Vec::new() };
    let mut effects = cancel(model, before);
    let request = model.request(Waiting::Compare);
    if let Some(screen) = model.screens.diff_mut() {
        screen.asking = Some(request);
        let (plan, live) = (screen.plan.clone(), screen.live.clone());
        effects.push(Effect::Compare { request, plan, live, name: String::new(), fresh });
    }
    effects
}

/// The comparison came, or not: then the old one stays.
pub(super) fn compared(model: &mut Model, result: Result<Box<Report>, String>) {
    let Some(screen) = model.screens.diff_mut() else { return };
    screen.asking = None;
    match result {
        Ok(report) => {
            screen.error = None;
            let reported = match &report.stale {
                Some(why) => Some((NoticeTone::Failed, format!("Live list not refreshed: {why}."))),
                None if report.remarks.is_empty() => None,
                None => Some((NoticeTone::Info, shown(&report.remarks.join(" ")).into_owned())),
            };
            screen.take(*report);
            if let Some((tone, text)) = reported {
                model.say(tone, text);
            }
        }
        Err(why) => {
            screen.error = Some(why.clone());
            model.say(NoticeTone::Failed, format!("Not compared: {why}"));
        }
    }
}

/// An action on the screen.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = usize::from(model.size.1 / 2);
    match action {
        Action::Refresh => return compare(model, true),
        Action::Activate => return activate(model),
        Action::Runbook => return runbook_of(model),
        Action::CopyToPlan => return copy_current(model),
        Action::CopyMenu => return menu(model),
        Action::Details => return explain(model),
        Action::Back => return back(model),
        _ => {}
    }
    let Some(screen) = model.screens.diff_mut() else { return Vec::new() };
    match action {
        Action::NextTab | Action::Right | Action::PrevTab | Action::Left => {
            let back = matches!(action, Action::PrevTab | Action::Left);
            screen.group = turn(&Group::ALL, screen.group, back);
            screen.at = 0;
            screen.settle();
        }
        Action::Search => screen.search.typing = true,
        Action::ClearFilter => {
            screen.search.end();
            screen.settle();
        }
        movement => screen.at = moved(screen.at, screen.shown.len(), page, movement),
    }
    Vec::new()
}

/// Esc: the search line, then the search, then the screen.
fn back(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.diff_mut() else { return Vec::new() };
    if screen.search.end() {
        screen.settle();
        return Vec::new();
    }
    screens::leave(model, ScreenKind::Diff)
}

/// Enter: keeps a search, else goes to the connection in the list.
fn activate(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.diff_mut() else { return Vec::new() };
    if screen.search.keep() {
        return Vec::new();
    }
    let in_plan = screen.plan == model.contexts.active;
    let place = if in_plan { "plan" } else { "live list" };
    let of = |entry: &Entry| {
        let rows = if in_plan { &entry.plan } else { &entry.live };
        rows.first().map(|it| it.id)
    };
    let Some(entry) = screen.current() else { return Vec::new() };
    match of(entry) {
        Some(id) if list::jump(model, id) => {
            model.screens.put_aside(ScreenKind::Diff);
            let text = "Comparison closed: = reopens it.";
            model.say(NoticeTone::Info, text);
        }
        Some(_) => model.say(NoticeTone::Info, "It is not in the list any more: refresh it."),
        None if in_plan => {
            model.say(NoticeTone::Info, "It is only live: > copies it into the plan.");
        }
        None => model.say(NoticeTone::Info, format!("It is not in the {place}.")),
    }
    Vec::new()
}

fn runbook_of(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.diff() else { return Vec::new() };
    let (plan, here) = (screen.plan.clone(), screen.plan == model.contexts.active);
    match screen.current().and_then(|it| it.plan.first()).map(|it| it.id) {
        Some(id) if here => runbook::ask(model, id),
        Some(_) => {
            let text = format!(
                "Runbooks exist only for planned connections; switch to {} first.",
                shown(&plan)
            );
            model.say(NoticeTone::Info, text);
            Vec::new()
        }
        None => {
            model.say(NoticeTone::Info, "It is not planned, so it has no runbook.");
            Vec::new()
        }
    }
}

fn copy_current(model: &mut Model) -> Vec<Effect> {
    let Some(screen) = model.screens.diff() else { return Vec::new() };
    let (plan, live) = (screen.plan.clone(), screen.live.clone());
    match screen.current() {
        Some(entry) if entry.standing() == Standing::OnlyLive => {
            let ids = entry.live.iter().map(|it| it.id).collect();
            copy(model, plan, live, ids)
        }
        Some(_) => {
            model.say(NoticeTone::Info, "Only what is live and not planned can be copied.");
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Copies the marked live connections, or the one under the cursor, into the plan.
pub(super) fn copy_marked(model: &mut Model) -> Vec<Effect> {
    let live = model.contexts.current().filter(|it| it.kind == ContextKind::Fly);
    let Some(live) = live.map(|it| it.name.clone()) else {
        let text = "Only connections of a Fly context can be copied into the plan: switch to one.";
        model.say(NoticeTone::Info, text);
        return Vec::new();
    };
    let Some(plan) = plan_of(model) else {
        model.say(NoticeTone::Info, NO_PLAN);
        return Vec::new();
    };
    let ids: Vec<ConnectionId> = marks::targets(&mut model.list).iter().map(|it| it.id).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    copy(model, plan, live, ids)
}

fn copy(model: &mut Model, plan: String, live: String, ids: Vec<ConnectionId>) -> Vec<Effect> {
    if model.waiting.values().any(|it| *it == Waiting::CopyToPlan) {
        return Vec::new();
    }
    let request = model.request(Waiting::CopyToPlan);
    vec![Effect::CopyToPlan { request, plan, live, ids }]
}

/// What was copied; the list and the comparison that show the plan are read again.
pub(super) fn copied(model: &mut Model, result: Result<Copied, String>) -> Vec<Effect> {
    let copied = match result {
        Ok(copied) => copied,
        Err(why) => {
            model.say(NoticeTone::Failed, format!("Not copied: {why}"));
            return Vec::new();
        }
    };
    let count = counted(copied.added, "connection");
    let text = format!("Copied {count} into {}, to be completed there.", shown(&copied.plan));
    if copied.left_out.is_empty() {
        model.say(NoticeTone::Done, text);
    } else {
        model.say(NoticeTone::Info, format!("{text} {} left out.", copied.left_out.len()));
        let title = "Left out".to_owned();
        model.modals.push(Modal::Message(Message { title, lines: copied.left_out, top: 0 }));
    }
    let mut effects = Vec::new();
    if copied.added > 0 && model.contexts.active == copied.plan {
        effects.extend(list::load(model));
    }
    if model.screens.is_open(ScreenKind::Diff) {
        effects.extend(compare(model, false));
    }
    effects
}

/// Copies or saves the comparison.
fn menu(model: &mut Model) -> Vec<Effect> {
    let Some(report) = model.screens.diff().and_then(|it| it.report.as_ref()) else {
        return Vec::new();
    };
    let markdown = Secret::new(export::markdown(report));
    let csv = Secret::new(export::csv(report));
    let items = vec![
        ("Markdown", CopyWhat::Text(markdown.clone())),
        ("CSV", CopyWhat::Text(csv.clone())),
        ("Markdown to a file…", CopyWhat::File(markdown, "comparison.md".to_owned())),
        ("CSV to a file…", CopyWhat::File(csv, "comparison.csv".to_owned())),
    ];
    model.modals.push(Modal::CopyMenu(CopyMenu { items, at: 0 }));
    Vec::new()
}

/// Everything about the entry under the cursor, for terminals where it does not fit below.
fn explain(model: &mut Model) -> Vec<Effect> {
    let Some(entry) = model.screens.diff().and_then(Screen::current) else { return Vec::new() };
    let title = shown(entry.name()).into_owned();
    let lines = lines(entry);
    model.modals.push(Modal::Message(Message { title, lines, top: 0 }));
    Vec::new()
}

/// An entry in sentences, names escaped.
fn lines(entry: &Entry) -> Vec<String> {
    use crate::domain::compare::Verdict;
    let mut out = vec![format!("{}: {}.", entry.standing().label(), entry.words())];
    for (place, rows) in [("Plan", &entry.plan), ("Live", &entry.live)] {
        for row in rows {
            let tenant =
                if row.tenant.is_empty() { "no tenant".into() } else { shown(&row.tenant) };
            let (kind, side) = (row.kind.label(), row.side.label());
            let id = row.live_id.as_deref().map(|it| format!(", id {}", shown(it)));
            out.push(format!("{place}: {kind}, {side}, {tenant}{}", id.unwrap_or_default()));
        }
    }
    let or_none = |text: &str| match text {
        "" => "(none)".to_owned(),
        text => shown(text).into_owned(),
    };
    for it in &entry.findings {
        let label = it.field.label();
        out.push(match it.verdict {
            Verdict::Differs => {
                format!("{label}: plan {}, live {}", or_none(&it.plan), or_none(&it.live))
            }
            Verdict::Unknown(why) => format!("{label}: unknown, {}.", why.text()),
        });
    }
    out
}
