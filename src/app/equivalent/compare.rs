//! Commands of the comparison of plan and live, and of the portal runbook.

use super::super::diff::Group;
use super::super::modal::ForLive;
use super::super::runbook::{Row, Screen};
use super::super::{Context, Modal, Model};
use super::line::Line;
use super::places::{named, targets};
use super::{EMPTY, Equivalent, TICKS, top};
use crate::domain::compare::{Entry, Standing};
use crate::form::runbook::Step;

/// The comparison that is shown; while there is none, the one that would be made.
pub(in crate::app) fn shown(model: &Model) -> Equivalent {
    let Some(screen) = model.screens.diff() else { return begun(model).into() };
    let line = Line::bare("diff").option("--plan", &screen.plan).option("--live", &screen.live);
    let line = match screen.group {
        Group::Open => line,
        Group::Of(Standing::Differs) => line.word("--only differing"),
        Group::Of(Standing::OnlyPlan) => line.word("--only plan"),
        Group::Of(Standing::OnlyLive) => line.word("--only live"),
        Group::Of(Standing::Ambiguous) => line.word("--only ambiguous"),
        Group::Of(Standing::Same) => line.word("--only same"),
    };
    match screen.search.value().trim() {
        "" => line.into(),
        text => line.option("--name", text).into(),
    }
}

fn begun(model: &Model) -> Line {
    let line = Line::bare("diff");
    match (model.contexts.current(), top(model)) {
        (Some(_), Some(Modal::Lives(it))) if it.purpose == ForLive::Diff => {
            let live = it.names.get(it.at).map_or("CONTEXT", String::as_str);
            line.option("--plan", &model.contexts.active).option("--live", live)
        }
        (Some(info), _) if model.is_live() => line.option("--live", &info.name),
        (Some(info), _) => line.option("--plan", &info.name),
        (None, _) => line,
    }
}

/// The same with a form for other programs, or for a file.
pub(in crate::app) fn written(model: &Model) -> Equivalent {
    match shown(model) {
        Equivalent::Command(text) => Equivalent::Command(format!("{text} -o markdown")),
        Equivalent::OnlyOnScreen(why) => Equivalent::OnlyOnScreen(why),
    }
}

/// A command on the entry under the cursor, in the plan where it is there.
fn on_entry(model: &Model, verb: &str) -> Equivalent {
    let Some(screen) = model.screens.diff() else { return EMPTY };
    let of = |entry: &Entry| match (entry.plan.first(), entry.live.first()) {
        (Some(it), _) => Some((screen.plan.clone(), it.name.to_string(), it.id)),
        (None, Some(it)) => {
            // Of several with one name only the id says which.
            let name = if entry.live.len() == 1 { it.name.to_string() } else { String::new() };
            Some((screen.live.clone(), name, it.id))
        }
        (None, None) => None,
    };
    match screen.current().and_then(of) {
        Some((context, name, id)) => {
            Line::bare(verb).option("--context", &context).connection(&name, id).into()
        }
        None => EMPTY,
    }
}

/// The connection of the entry under the cursor.
pub(in crate::app) fn looked(model: &Model) -> Equivalent {
    on_entry(model, "show")
}

/// The runbook of an entry, of the row under the cursor, or the one that is shown.
pub(in crate::app) fn runbook(model: &Model, place: Context) -> Equivalent {
    if let Some(screen) = model.screens.runbook() {
        return of(model, screen).into();
    }
    match place {
        Context::Diff | Context::DiffSearch => on_entry(model, "runbook"),
        _ => match model.list.current() {
            Some(row) => named(Line::new(model, "runbook"), row).into(),
            None => EMPTY,
        },
    }
}

fn of(model: &Model, screen: &Screen) -> Line {
    Line::new(model, "runbook").connection(&screen.runbook.name, screen.id)
}

/// What is done with the shown runbook.
pub(in crate::app) fn with_runbook(model: &Model, more: impl FnOnce(Line) -> Line) -> Equivalent {
    match model.screens.runbook() {
        Some(screen) => more(of(model, screen)).into(),
        None => TICKS,
    }
}

/// Ticking the step under the cursor, or taking its tick away.
pub(in crate::app) fn ticked(model: &Model) -> Equivalent {
    let Some(screen) = model.screens.runbook() else { return TICKS };
    match screen.current() {
        // Only what is live ticks the last step.
        Some(Row::Step(_, step)) if step.id == Step::CONFIRM && !screen.is_done(step) => {
            confirmed(model)
        }
        Some(Row::Step(_, step)) => {
            let flag = if screen.is_done(step) { "--untick" } else { "--tick" };
            of(model, screen).option(flag, step.id).into()
        }
        Some(Row::Before(_) | Row::Asides(_)) | None => of(model, screen).into(),
    }
}

/// The comparison from the list, or the one that ticks the last step of a runbook.
pub(in crate::app) fn begin(model: &Model, place: Context) -> Equivalent {
    match place {
        Context::Runbook => confirmed(model),
        _ => begun(model).into(),
    }
}

fn confirmed(model: &Model) -> Equivalent {
    let live = match top(model) {
        Some(Modal::Lives(it)) => it.names.get(it.at).cloned(),
        Some(_) | None => None,
    };
    with_runbook(model, |line| match &live {
        Some(name) => line.option("--live", name),
        None => line.word("--live"),
    })
}

/// Choosing a live context.
pub(in crate::app) fn chosen(model: &Model, purpose: ForLive) -> Equivalent {
    match purpose {
        ForLive::Diff => begun(model).into(),
        ForLive::Confirm => confirmed(model),
    }
}

/// Copying live connections into the plan.
pub(in crate::app) fn copied(model: &Model, place: Context) -> Equivalent {
    if let (Context::Diff | Context::DiffSearch, Some(screen)) = (place, model.screens.diff()) {
        let Some(live) = screen.current().and_then(|it| it.live.first()) else { return EMPTY };
        let line = Line::bare("import").option("--context", &screen.plan);
        return line.option("--from", &screen.live).connection(&live.name, live.id).into();
    }
    let rows = targets(&model.list);
    if rows.is_empty() || !model.is_live() {
        return EMPTY;
    }
    let line = Line::bare("import").option("--from", &model.contexts.active);
    rows.into_iter().fold(line, named).into()
}
