//! `jetbridge delete`. SPEC C5.

use super::args::DeleteArgs;
use super::report::Report;
use super::session::{Session, counted, wait};
use crate::backend::{Backend, BackendError};
use crate::domain::ConnectionId;
use crate::domain::removal::{DeletePlan, Target};
use crate::domain::text::shown;
use crate::error::{Exit, Failure};
use crate::service;

/// Names listed before the question; the rest is counted.
const NAMED: usize = 20;

/// Most ids in the line that undoes a deletion.
const MOST_IDS: usize = 10;

pub fn run(session: &mut Session<'_, '_>, args: &DeleteArgs) -> Result<Exit, Failure> {
    if !session.yes && !args.dry_run && !session.can_ask() {
        return Err(session
            .nobody("whether to delete")
            .hint("Add --yes to delete, or --dry-run to see what would be deleted."));
    }
    let backend = session.backend()?;
    let mut report = Report::default();
    let found = wait(service::find_many(&*backend, &args.which))??;
    let targets = report.targets(&args.which, found, Failure::from);
    let plan = DeletePlan {
        targets: targets
            .into_iter()
            .map(|it| Target { id: it.id, name: it.name, revision: None })
            .collect(),
        hidden: 0,
    };
    if args.dry_run {
        report.add(
            plan.targets
                .into_iter()
                .map(|it| crate::domain::removal::Outcome {
                    id: it.id,
                    name: it.name,
                    result: Ok(()),
                })
                .collect(),
        );
        return report.print(session, "would delete", args.answer.format());
    }
    let ids: Vec<ConnectionId> = plan.targets.iter().map(|it| it.id).collect();
    if !ids.is_empty() && !session.yes && !agreed(session, &*backend, &plan)? {
        return Err(Failure::new("nothing was deleted")
            .because("you did not agree")
            .hint("Answer as the question says to delete, or give --yes."));
    }
    if !ids.is_empty() {
        report.add(wait(service::delete_many(&*backend, ids))??);
    }
    let exit = report.print(session, "deleted", args.answer.format())?;
    if args.answer.format().is_table() && !report.done.is_empty() {
        let what = match report.done.len() {
            1..=MOST_IDS => report.done.iter().map(|it| it.id.to_string()).collect(),
            // What is pasted would be longer than a screen.
            _ => vec!["--list".to_owned()],
        };
        session.printer.say(&format!("hint: undo with `jetbridge restore {}`", what.join(" ")));
    }
    Ok(exit)
}

/// Shows the plan and asks.
fn agreed(
    session: &mut Session<'_, '_>,
    backend: &dyn Backend,
    plan: &DeletePlan,
) -> Result<bool, Failure> {
    let uses = projects(backend, plan)?;
    for target in plan.targets.iter().take(NAMED) {
        let used = uses.iter().find(|(id, _)| *id == target.id).map(|(_, names)| {
            let names: Vec<_> = names.iter().map(|name| shown(name)).collect();
            format!("  used by {}", names.join(", "))
        });
        session.printer.say(&format!("  {}{}", shown(&target.name), used.unwrap_or_default()));
    }
    if plan.targets.len() > NAMED {
        session.printer.say(&format!("  and {} more", plan.targets.len() - NAMED));
    }
    let count = plan.targets.len();
    session.agree(&format!("Delete {}?", counted(count, "connection")), "delete", count)
}

/// Which projects use the targets, where the backend knows.
fn projects(
    backend: &dyn Backend,
    plan: &DeletePlan,
) -> Result<Vec<(ConnectionId, Vec<String>)>, Failure> {
    if !backend.capabilities().usage {
        return Ok(Vec::new());
    }
    let ids = plan.targets.iter().map(|it| it.id).collect();
    match wait(backend.used_by(ids))? {
        Ok(uses) => Ok(uses.into_iter().filter(|(_, names)| !names.is_empty()).collect()),
        Err(BackendError::Unsupported(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
