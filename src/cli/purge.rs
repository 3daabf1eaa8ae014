//! `jetbridge purge`: deleted connections are forgotten for good. SPEC C5; issue 13.

use super::answer::FormatArgs;
use super::choose::{ChooseArgs, Chosen};
use super::report::{Report, few};
use super::restore::not_deleted;
use super::session::{Session, wait};
use crate::error::{Exit, Failure};
use crate::service::{find, removal};
use crate::text::{counted, shown};

/// Arguments of `purge`.
#[derive(Debug, clap::Args)]
pub struct PurgeArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// Only show what would be purged
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub const PURGE_HELP: &str = "\
A purged connection is gone with its answers, secrets, history, drafts, runbook ticks and pre-flight
result; nothing brings it back, and its bytes are overwritten in the store. A note remains that it
was purged: its id, when and by whom. Backups created before still contain it. `jetbridge restore
--list` shows what is deleted; purge_days under [store] in the configuration purges automatically.";

pub fn run(session: &mut Session<'_, '_>, args: &PurgeArgs) -> Result<Exit, Failure> {
    let format = args.answer.format();
    args.choose
        .required("purge")
        .map_err(|it| it.hint("`jetbridge restore --list` shows what is deleted."))?;
    if !session.yes && !args.dry_run && !session.can_ask() {
        return Err(session
            .nobody("whether to purge")
            .hint("Add --yes to purge, or --dry-run to see what would be purged."));
    }
    let backend = session.backend()?;
    let deleted = wait(backend.deleted())??;
    let Chosen { targets, failed } = args.choose.deleted(session, &deleted, not_deleted)?;
    let mut report = Report { done: Vec::new(), failed };
    // Names of connections that are there lead nowhere: deleting comes first, and can be undone.
    for (text, failure) in &mut report.failed {
        if let Ok(target) = wait(find(&backend, text))? {
            *failure = Failure::new("it is not deleted")
                .hint(format!("`jetbridge delete {}` deletes it first.", shown(&target.name)));
        }
    }
    if args.dry_run {
        report.done = targets;
        return report.print(session, "would purge", format);
    }
    if targets.is_empty() {
        if report.failed.is_empty() {
            session.printer.say("No deleted connection matches; nothing was purged.");
        }
        return report.print(session, "purged", format);
    }
    if !session.yes {
        few(session, &targets, |_| None);
        session
            .printer
            .must_say("Nothing brings them back; their secrets, history and drafts go with them.");
        let question = format!("Purge {}?", counted(targets.len(), "connection"));
        if !session.agree(&question, "purge", targets.len())? {
            return Err(Failure::new("nothing was purged")
                .because("you did not agree")
                .hint("Confirm as asked to purge, or use --yes."));
        }
    }
    report.add(wait(removal::purge(&backend, targets))??);
    report.print(session, "purged", format)
}
