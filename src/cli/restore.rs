//! `jetbridge restore`. SPEC C5.

use std::borrow::Cow;
use std::collections::HashSet;

use super::answer::{FormatArgs, records};
use super::choose::{ChooseArgs, Chosen};
use super::limit::LimitArgs;
use super::report::{Report, few};
use super::session::{Session, minute, wait};
use super::table::{self, Column};
use crate::backend::DeletedConnection;
use crate::domain::ConnectionId;
use crate::error::{Exit, Failure};
use crate::service::{FindError, removal};
use crate::text::{counted, shown};

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    pub choose: ChooseArgs,
    /// List what can be restored
    #[arg(long, conflicts_with = "which")]
    pub list: bool,
    #[command(flatten)]
    pub limit: LimitArgs,
    /// Only show what would be restored
    #[arg(long, conflicts_with = "list")]
    pub dry_run: bool,
    #[command(flatten)]
    pub answer: FormatArgs,
}

pub fn run(session: &mut Session<'_, '_>, args: &RestoreArgs) -> Result<Exit, Failure> {
    let format = args.answer.format();
    if !args.list && args.limit != LimitArgs::default() {
        return Err(Failure::usage("--limit is for --list")
            .hint("Add --list, or choose fewer by names or filters."));
    }
    if !args.list {
        args.choose
            .required("restore")
            .map_err(|it| it.hint("`jetbridge restore --list` shows what can be restored."))?;
    }
    // Names on the command line are an answer; how many a filter shows has to be seen first.
    let asks = args.choose.is_open() && !session.yes && !args.dry_run && !args.list;
    if asks && !session.can_ask() {
        return Err(session
            .nobody("whether to restore")
            .hint("Add --yes to restore, or --dry-run to see what would be restored."));
    }
    let backend = session.backend()?;
    let deleted = wait(backend.deleted())??;
    if args.list {
        return list(session, args, deleted);
    }
    let Chosen { targets, failed } = args.choose.deleted(session, &deleted, not_deleted)?;
    let mut report = Report { done: Vec::new(), failed };
    if args.dry_run {
        report.done = targets;
        return report.print(session, "would restore", format);
    }
    if targets.is_empty() {
        if report.failed.is_empty() {
            session.printer.say("No deleted connection matches; nothing was restored.");
        }
        return report.print(session, "restored", format);
    }
    if asks {
        few(session, &targets, |_| None);
        let question = format!("Restore {}?", counted(targets.len(), "connection"));
        if !session.confirm(&question)? {
            return Err(Failure::new("nothing was restored")
                .because("you did not agree")
                .hint("Answer y to restore, or give --yes."));
        }
    }
    report.add(wait(removal::restore(&backend, targets))??);
    report.print(session, "restored", format)
}

/// The same search among other connections says so.
pub fn not_deleted(error: FindError) -> Failure {
    match error {
        FindError::NotFound { text, near } if near.is_empty() => {
            Failure::new(format!("no deleted connection is named {}", shown(&text)))
                .hint("`jetbridge restore --list` shows what can be restored.")
        }
        FindError::NotFound { ref text, .. } => {
            Failure::new(format!("no deleted connection is named {}", shown(text)))
                .hint(error.hint())
        }
        FindError::Ambiguous { .. } | FindError::Backend(_) => error.into(),
    }
}

/// Columns of CSV.
const FIELDS: [&str; 7] = ["id", "name", "type", "side", "tenant", "deleted_at", "deleted_by"];

const COLUMNS: [Column<DeletedConnection>; 5] = [
    Column { title: "NAME", cell: |it| (&*it.row.name).into(), least: 16, rank: 0 },
    Column { title: "TYPE", cell: |it| it.row.kind.label().to_string().into(), least: 10, rank: 3 },
    Column { title: "DELETED", cell: |it| minute(it.at).into(), least: 17, rank: 1 },
    Column { title: "BY", cell: |it| Cow::Borrowed(&it.by), least: 8, rank: 2 },
    Column { title: "ID", cell: |it| it.row.id.to_string().into(), least: 36, rank: 4 },
];

fn list(
    session: &mut Session<'_, '_>,
    args: &RestoreArgs,
    mut deleted: Vec<DeletedConnection>,
) -> Result<Exit, Failure> {
    let format = args.answer.format();
    if !args.choose.filter.is_empty() {
        let chosen = args.choose.deleted(session, &deleted, not_deleted)?;
        let shown: HashSet<ConnectionId> = chosen.targets.into_iter().map(|it| it.id).collect();
        deleted.retain(|it| shown.contains(&it.row.id));
    }
    args.limit.cut(session.printer, &mut deleted);
    let out = |it: &DeletedConnection| {
        serde_json::json!({
            "id": it.row.id,
            "name": it.row.name,
            "type": it.row.kind,
            "side": it.row.side,
            "tenant": &*it.row.tenant,
            "deleted_at": it.at,
            "deleted_by": it.by,
        })
    };
    let printed = records(session.printer, format, "deleted", &FIELDS, deleted.iter().map(out))?;
    if printed {
    } else if deleted.is_empty() {
        let none = match args.choose.filter.is_empty() {
            true => "Nothing is deleted.",
            false => "No deleted connection matches.",
        };
        session.printer.say(none);
    } else {
        table::print(session.printer, &COLUMNS, &deleted)?;
    }
    Ok(Exit::Ok)
}
