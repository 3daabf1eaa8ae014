//! `jetbridge delete`. SPEC C5.

use super::answer::FormatArgs;
use super::choose::{ChooseArgs, Chosen};
use super::report::{Report, few};
use super::session::{Session, wait};
use crate::backend::{BackendError, Place};
use crate::domain::ConnectionId;
use crate::domain::removal::{DeletePlan, Target};
use crate::error::{Exit, Failure};
use crate::service::removal;
use crate::text::{counted, shown};

/// Arguments of `delete`.
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Only show what would be deleted
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

/// Most ids in the line that undoes a deletion.
const MOST_IDS: usize = 10;

pub fn run(session: &mut Session<'_, '_>, args: &DeleteArgs) -> Result<Exit, Failure> {
    args.choose.required("delete")?;
    if !session.yes && !args.dry_run && !session.can_ask() {
        return Err(session
            .nobody("whether to delete")
            .hint("Add --yes to delete, or --dry-run to see what would be deleted."));
    }
    let backend = session.backend()?;
    let Chosen { targets, failed } = args.choose.live(session, &backend)?;
    let plan = DeletePlan { targets, hidden: 0 };
    let mut report = Report { done: Vec::new(), failed };
    let format = args.answer.format();
    if args.dry_run {
        report.done = plan.targets;
        return report.print(session, "would delete", format);
    }
    if plan.targets.is_empty() {
        if report.failed.is_empty() {
            session.printer.say("No connection matches; nothing was deleted.");
        }
        return report.print(session, "deleted", format);
    }
    if !session.yes && !agreed(session, &backend, &plan)? {
        return Err(Failure::new("nothing was deleted")
            .because("you did not agree")
            .hint("Confirm as asked to delete, or use --yes."));
    }
    report.add(wait(removal::delete(&backend, plan.targets))??);
    let exit = report.print(session, "deleted", format)?;
    if format.is_table() && !report.done.is_empty() {
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
    backend: &Place,
    plan: &DeletePlan,
) -> Result<bool, Failure> {
    let uses = projects(backend, plan)?;
    let used = |it: &Target| {
        let names = &uses.iter().find(|(id, _)| *id == it.id)?.1;
        let names: Vec<_> = names.iter().map(|name| shown(name)).collect();
        Some(format!("  used by {}", names.join(", ")))
    };
    few(session, &plan.targets, used);
    let count = plan.targets.len();
    session.agree(&format!("Delete {}?", counted(count, "connection")), "delete", count)
}

/// Which projects use the targets, where the backend knows.
fn projects(
    backend: &Place,
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
